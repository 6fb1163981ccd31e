/* test_deployment_parts.c - revisions, hashes and the status of Deployments, computed from trees. */
#include "check_main.h"
#include "controllers/deployment.h"

static struct json *tree(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, str_of(arena_strdup(a, text)), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, text);
    return j;
}

static struct str annotation(const struct json *o, const char *key)
{
    return obj_map_str(o, ".metadata.annotations", str_of(key));
}

/* ---- Templates ---- */

START_TEST(templates_are_compared_without_the_hash)
{
    static const struct {
        const char *x, *y;
        bool same;
    } rows[] = {
        {"{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"x\":1}}",
         "{\"metadata\":{\"labels\":{\"pod-template-hash\":\"h\",\"a\":\"b\"}},\"spec\":{\"x\":1}}", true},
        {"{\"metadata\":{},\"spec\":{}}", "{\"metadata\":{\"labels\":{\"pod-template-hash\":\"h\"}},\"spec\":{}}",
         true},
        {"{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"x\":1}}",
         "{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"x\":2}}", false},
        {"{\"metadata\":{\"labels\":{\"a\":\"b\"}}}", "{\"metadata\":{\"labels\":{\"a\":\"c\"}}}", false},
        {"{\"metadata\":{\"labels\":{\"a\":\"b\"}}}", "{\"metadata\":{\"labels\":{\"a\":\"b\",\"c\":\"d\"}}}", false},
        {"{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}", "{\"metadata\":{}}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct json *x = tree(&a, rows[i].x), *y = tree(&a, rows[i].y);
        ck_assert_msg(deployment_same_template(x, y) == rows[i].same && deployment_same_template(y, x) == rows[i].same,
                      "row %zu", i);
    }
}
END_TEST

static const char web[] =
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\",\"namespace\":\"d\","
    "\"uid\":\"D\",\"generation\":2,\"annotations\":{\"kubernetes.io/change-cause\":\"why\",\"deployment.kubernetes.io/"
    "revision\":\"7\",\"kubectl.kubernetes.io/last-applied-configuration\":\"{}\"}},\"spec\":{\"replicas\":4,"
    "\"minReadySeconds\":3,\"progressDeadlineSeconds\":60,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},"
    "\"template\":"
    "{\"metadata\":{\"labels\":{\"app\":\"web\"}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}}}";

START_TEST(a_set_is_named_after_its_template)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct object *d AUTO_OBJ = object_parse(str_of(web), NULL, &e);
    const struct json *rs = deployment_new_set(&a, d, 0), *again = deployment_new_set(&a, d, 0),
                      *other = deployment_new_set(&a, d, 1);
    struct str hash = obj_map_str(rs, ".metadata.labels", STR("pod-template-hash"));
    ck_assert(hash.n >= 5 && json_equal(rs, again));
    for (size_t i = 0; i < hash.n; i++) ck_assert(strchr("bcdfghjklmnpqrstvwxz2456789", hash.p[i]) != NULL);
    ck_assert(str_eq(obj_name(rs), str_printf(&a, "web-%.*s", STR_ARG(hash))));
    ck_assert(!str_eq(obj_name(rs), obj_name(other))); /* a collision gives another hash */
    static const char *const maps[] = {".metadata.labels", ".spec.selector.matchLabels",
                                       ".spec.template.metadata.labels"};
    for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
        ck_assert(str_eq(obj_map_str(rs, maps[i], STR("pod-template-hash")), hash));
        ck_assert(str_eqc(obj_map_str(rs, maps[i], STR("app")), "web"));
    }
    ck_assert(obj_is(obj_controller(rs), ".uid", "D") && obj_int(rs, ".spec.minReadySeconds", 0) == 3);
    ck_assert(deployment_same_template(obj_get(rs, ".spec.template"), obj_get(d->root, ".spec.template")));
}
END_TEST

/* ---- Revisions ---- */

START_TEST(revisions_rise_and_former_ones_are_kept)
{
    static const struct {
        const char *has, *history;
        int64_t revision;
        bool changed;
        const char *want, *want_history;
    } rows[] = {
        {NULL, NULL, 1, true, "1", NULL},     {"1", NULL, 1, false, "1", NULL}, {"1", NULL, 3, true, "3", "1"},
        {"3", "1", 5, true, "5", "1,3"},      {"9", NULL, 10, true, "10", "9"}, /* numbers, not texts */
        {"4", NULL, 2, false, "4", NULL}, /* others were deleted: it does not fall */
        {"odd", NULL, 2, false, "odd", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct json *rs = tree(&a, "{\"metadata\":{\"annotations\":{\"kubernetes.io/change-cause\":\"why\"}}}");
        const struct json *d = tree(&a, web);
        if (rows[i].has)
            obj_map_put_str(&a, rs, ".metadata.annotations", STR(DEPLOYMENT_REVISION), str_of(rows[i].has));
        if (rows[i].history)
            obj_map_put_str(&a, rs, ".metadata.annotations", STR("deployment.kubernetes.io/revision-history"),
                            str_of(rows[i].history));
        ck_assert_msg(deployment_annotate(&a, d, rs, rows[i].revision) == rows[i].changed, "row %zu", i);
        ck_assert(str_eqc(annotation(rs, DEPLOYMENT_REVISION), rows[i].want));
        struct str history = annotation(rs, "deployment.kubernetes.io/revision-history");
        ck_assert(rows[i].want_history ? str_eqc(history, rows[i].want_history) : str_is_null(history));
        ck_assert(str_is_null(annotation(rs, "kubectl.kubernetes.io/last-applied-configuration")));
    }
}
END_TEST

START_TEST(the_change_cause_is_copied)
{
    struct arena a AUTO_ARENA = {0};
    struct json *rs = tree(&a, "{\"metadata\":{}}");
    const struct roll_limits l = {.rolling = true, .replicas = 4, .surge = 1};
    ck_assert(deployment_annotate(&a, tree(&a, web), rs, 1));
    ck_assert(str_eqc(annotation(rs, "kubernetes.io/change-cause"), "why"));
    ck_assert(deployment_annotate_sizes(&a, rs, &l) && !deployment_annotate_sizes(&a, rs, &l));
    ck_assert(str_eqc(annotation(rs, "deployment.kubernetes.io/desired-replicas"), "4"));
    ck_assert(str_eqc(annotation(rs, "deployment.kubernetes.io/max-replicas"), "5"));
}
END_TEST

START_TEST(a_long_history_loses_its_beginning)
{
    struct arena a AUTO_ARENA = {0};
    struct json *rs = tree(&a, "{\"metadata\":{}}");
    for (int64_t n = 1; n < 2000; n += 2) deployment_annotate(&a, tree(&a, web), rs, n);
    struct str history = annotation(rs, "deployment.kubernetes.io/revision-history");
    ck_assert(history.n <= 2000 && history.n > 1900 && str_ends(history, STR(",1995,1997")));
    ck_assert(!str_starts(history, STR("1,")));
}
END_TEST

/* ---- Status ---- */

enum { NOW_S = 1800000000 };

#define AT(s) clk_text(&a, NOW_S + (s))

static const char *clk_text(struct arena *a, int64_t s)
{
    struct json *j = obj_empty(a);
    obj_put_time(a, j, ".t", s);
    return str_cstr(a, obj_str(j, ".t"));
}

static const char *reason_of(struct arena *a, const struct json *status, const char *type)
{
    const struct json *c = obj_find(status, ".conditions", "type", str_of(type));
    if (!c) return "none";
    return arena_printf(a, "%.*s %.*s", STR_ARG(obj_str(c, ".status")), STR_ARG(obj_str(c, ".reason")));
}

START_TEST(progress_is_told)
{
    static const struct {
        const char *before;       /* status, with %s for the time of the last update */
        int64_t updated_s;        /* that time, from now */
        int64_t old[2], fresh[2]; /* has, available */
        const char *progressing, *available;
        int64_t again_s;
    } rows[] = {
        {"\"conditions\":[{\"type\":\"Progressing\",\"status\":\"True\",\"reason\":\"NewReplicaSetCreated\","
         "\"lastUpdateTime\":\"%s\"}]",
         -10,
         {0, 0},
         {0, 0},
         "True NewReplicaSetCreated",
         "False MinimumReplicasUnavailable",
         51},
        {"\"conditions\":[{\"type\":\"Progressing\",\"status\":\"True\",\"reason\":\"NewReplicaSetCreated\","
         "\"lastUpdateTime\":\"%s\"}]",
         -10,
         {0, 0},
         {4, 1},
         "True ReplicaSetUpdated",
         "False MinimumReplicasUnavailable",
         61},
        {"\"conditions\":[{\"type\":\"Progressing\",\"status\":\"True\",\"reason\":\"ReplicaSetUpdated\","
         "\"lastUpdateTime\":\"%s\"}]",
         -10,
         {0, 0},
         {4, 4},
         "True NewReplicaSetAvailable",
         "True MinimumReplicasAvailable",
         0},
        /* exactly at the deadline is not beyond it */
        {"\"replicas\":4,\"updatedReplicas\":4,\"conditions\":[{\"type\":\"Progressing\",\"status\":\"True\","
         "\"reason\":\"ReplicaSetUpdated\",\"lastUpdateTime\":\"%s\"}]",
         -60,
         {0, 0},
         {4, 0},
         "True ReplicaSetUpdated",
         "False MinimumReplicasUnavailable",
         1},
        {"\"replicas\":4,\"updatedReplicas\":4,\"conditions\":[{\"type\":\"Progressing\",\"status\":\"True\","
         "\"reason\":\"ReplicaSetUpdated\",\"lastUpdateTime\":\"%s\"}]",
         -61,
         {0, 0},
         {4, 0},
         "False ProgressDeadlineExceeded",
         "False MinimumReplicasUnavailable",
         0},
        /* late, but there it goes */
        {"\"replicas\":4,\"updatedReplicas\":4,\"conditions\":[{\"type\":\"Progressing\",\"status\":\"False\","
         "\"reason\":\"ProgressDeadlineExceeded\",\"lastUpdateTime\":\"%s\"}]",
         -600,
         {0, 0},
         {4, 1},
         "True ReplicaSetUpdated",
         "False MinimumReplicasUnavailable",
         61},
        /* a Deployment that was done is not measured when a pod fails */
        {"\"replicas\":4,\"updatedReplicas\":4,\"availableReplicas\":4,\"conditions\":[{\"type\":\"Progressing\","
         "\"status\":\"True\",\"reason\":\"NewReplicaSetAvailable\",\"lastUpdateTime\":\"%s\"}]",
         -600,
         {0, 0},
         {4, 2},
         "True NewReplicaSetAvailable",
         "False MinimumReplicasUnavailable",
         0},
        /* old pods that go are progress */
        {"\"replicas\":5,\"updatedReplicas\":1,\"conditions\":[{\"type\":\"Progressing\",\"status\":\"True\","
         "\"reason\":\"ReplicaSetUpdated\",\"lastUpdateTime\":\"%s\"}]",
         -61,
         {3, 3},
         {1, 0},
         "True ReplicaSetUpdated",
         "True MinimumReplicasAvailable",
         61},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct json *d = tree(&a, web);
        const char *gap = strstr(rows[i].before, "%s");
        obj_put(&a, d, ".status",
                tree(&a, arena_printf(&a, "{%.*s%s%s}", (int)(gap - rows[i].before), rows[i].before,
                                      AT(rows[i].updated_s), gap + 2)));
        struct roll_set sets[] = {
            {.name = STR("web-1"), .wants = rows[i].old[0], .has = rows[i].old[0], .available = rows[i].old[1]},
            {.name = STR("web-2"), .wants = rows[i].fresh[0], .has = rows[i].fresh[0], .available = rows[i].fresh[1]}};
        const struct roll r = {.limits = {true, 4, 1, 1}, .sets = sets, .count = 2, .fresh = 1};
        struct err e = ERR_INIT;
        const struct object *rs AUTO_OBJ = object_parse(STR("{\"metadata\":{\"name\":\"web-1\"}}"), NULL, &e);
        const struct object *objects[] = {rs, rs};
        struct json *status = deployment_status(&a, d, &r, NOW_S);
        int64_t again_s = deployment_progress(&a, d, &r, objects, status, NOW_S);
        ck_assert_msg(strcmp(reason_of(&a, status, "Progressing"), rows[i].progressing) == 0, "row %zu: %s", i,
                      reason_of(&a, status, "Progressing"));
        ck_assert_msg(strcmp(reason_of(&a, status, "Available"), rows[i].available) == 0, "row %zu", i);
        ck_assert_msg(again_s == rows[i].again_s, "row %zu: again after %d", i, (int)again_s);
    }
}
END_TEST

START_TEST(counts_are_sums)
{
    struct arena a AUTO_ARENA = {0};
    struct json *d = tree(&a, web);
    obj_put_int(&a, d, ".status.collisionCount", 2);
    struct roll_set sets[] = {{.wants = 3, .has = 3, .ready = 2, .available = 1, .terminating = 1},
                              {.wants = 2, .has = 1, .ready = 1, .available = 1, .terminating = 0}};
    const struct roll r = {.limits = {true, 4, 1, 1}, .sets = sets, .count = 2, .fresh = 1};
    const struct json *s = deployment_status(&a, d, &r, NOW_S);
    static const struct {
        const char *path;
        int64_t n;
    } want[] = {{".replicas", 4},          {".updatedReplicas", 1},     {".readyReplicas", 3},
                {".availableReplicas", 2}, {".unavailableReplicas", 3}, {".terminatingReplicas", 1},
                {".collisionCount", 2},    {".observedGeneration", 2}};
    for (size_t i = 0; i < ARRAY_LEN(want); i++) ck_assert_int_eq(obj_int(s, want[i].path, -1), want[i].n);
    sets[1].terminating = -1; /* one that says nothing of them: nothing is said */
    ck_assert(!obj_has(deployment_status(&a, d, &r, NOW_S), ".terminatingReplicas"));
}
END_TEST

START_TEST(pausing_is_noted_once)
{
    struct arena a AUTO_ARENA = {0};
    struct json *d = tree(&a, web);
    deployment_note_pause(&a, d, NOW_S);
    ck_assert(!obj_has(d, ".status"));
    obj_put_bool(&a, d, ".spec.paused", true);
    deployment_note_pause(&a, d, NOW_S);
    ck_assert_str_eq(reason_of(&a, obj_get(d, ".status"), "Progressing"), "Unknown DeploymentPaused");
    const struct json *copy = obj_copy(&a, d);
    deployment_note_pause(&a, d, NOW_S + 9);
    ck_assert(json_equal(copy, d));
    obj_put_bool(&a, d, ".spec.paused", false);
    deployment_note_pause(&a, d, NOW_S + 20);
    ck_assert_str_eq(reason_of(&a, obj_get(d, ".status"), "Progressing"), "Unknown DeploymentResumed");
    obj_put_int(&a, d, ".spec.progressDeadlineSeconds", INT32_MAX); /* no deadline: nobody asks */
    obj_put_bool(&a, d, ".spec.paused", true);
    deployment_note_pause(&a, d, NOW_S + 30);
    ck_assert_str_eq(reason_of(&a, obj_get(d, ".status"), "Progressing"), "Unknown DeploymentResumed");
}
END_TEST

START_TEST(a_failing_set_is_heard)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *d = tree(&a, web);
    struct roll_set sets[] = {{.name = STR("web-1"), .wants = 4}};
    const struct roll r = {.limits = {true, 4, 1, 1}, .sets = sets, .count = 1, .fresh = 0};
    const struct object *failing AUTO_OBJ = object_parse(
        STR("{\"metadata\":{\"name\":\"web-1\"},\"status\":{\"conditions\":[{\"type\":\"ReplicaFailure\",\"status\":"
            "\"True\",\"reason\":\"FailedCreate\",\"message\":\"quota\",\"lastTransitionTime\":\"2026-01-01T00:00:"
            "00Z\"}]}}"),
        NULL, &e);
    const struct object *fine AUTO_OBJ = object_parse(STR("{\"metadata\":{\"name\":\"web-1\"}}"), NULL, &e);
    struct json *status = deployment_status(&a, d, &r, NOW_S);
    deployment_progress(&a, d, &r, &failing, status, NOW_S);
    ck_assert_str_eq(reason_of(&a, status, "ReplicaFailure"), "True FailedCreate");
    ck_assert(obj_is(obj_find(status, ".conditions", "type", STR("ReplicaFailure")), ".message", "quota"));
    obj_put_copy(&a, d, ".status", status);
    status = deployment_status(&a, d, &r, NOW_S + 1);
    deployment_progress(&a, d, &r, &fine, status, NOW_S + 1);
    ck_assert_str_eq(reason_of(&a, status, "ReplicaFailure"), "none");
}
END_TEST

TEST_MAIN("deployment_parts", templates_are_compared_without_the_hash, a_set_is_named_after_its_template,
          revisions_rise_and_former_ones_are_kept, the_change_cause_is_copied, a_long_history_loses_its_beginning,
          progress_is_told, counts_are_sums, pausing_is_noted_once, a_failing_set_is_heard)
