/* test_sets.c - the StatefulSet and DaemonSet controllers against a scripted API server: what they write, in which
 * order, and what wakes them. */
#include "base/clk.h"
#include "client/ctl.h"
#include "client/sim.h"
#include "controllers/history.h"
#include "controllers/statefulset.h"
#include "fake_rest.h"
#include "sets_support.h"

extern const struct ctl_spec statefulset_controller, daemonset_controller;

enum { BODIES = 64 };

static struct fake_server server;
static struct rest *client;
static struct ctl_host *host;
static pthread_mutex_t lock = MUTEX_INIT;                    /* what the handler reads and writes */
static const char *sets, *pods, *nodes, *claims, *revisions; /* items of the first lists */
static int taken;                                            /* so many names of revisions are taken */
static char *bodies[BODIES];                                 /* "METHOD path\nbody" of writes, events left out */
static int nbodies;

static const char *items_of(struct str path, const char **kind)
{
    static const struct {
        const char *part, *kind, **items;
    } rows[] = {{"/statefulsets", "StatefulSet", &sets},
                {"/daemonsets", "DaemonSet", &sets},
                {"/controllerrevisions", "ControllerRevision", &revisions},
                {"/persistentvolumeclaims", "PersistentVolumeClaim", &claims},
                {"/nodes", "Node", &nodes},
                {"/pods", "Pod", &pods}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (memmem(path.p, path.n, rows[i].part, strlen(rows[i].part))) {
            *kind = rows[i].kind;
            return *rows[i].items;
        }
    return NULL;
}

static bool has(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

/* What is created comes back with a uid; a revision's name may be taken. */
static void answer_write(const struct fake_request *rq, struct fake_reply *rp)
{
    if (nbodies < BODIES)
        bodies[nbodies++] = xasprintf("%.*s %.*s\n%.*s", STR_ARG(rq->method), STR_ARG(rq->path), STR_ARG(rq->body));
    if (str_eqc(rq->method, "POST") && has(rq->path, "/controllerrevisions") && taken-- > 0) {
        rp->status = 409;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\",\"message\":\"taken\",\"code\":409}");
        return;
    }
    if (str_eqc(rq->method, "PATCH") && has(rq->path, "/controllerrevisions")) {
        buf_cstr(&rp->body, "{\"metadata\":{\"name\":\"web-b\"}}");
        return;
    }
    rp->status = str_eqc(rq->method, "POST") ? 201 : 200;
    buf_str(&rp->body, rq->body.n ? rq->body : STR("{}"));
}

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    const char *kind = NULL;
    mutex_lock(&lock);
    if (has(rq->path, "sim.kubestep.dev"))
        rp->status = 404;
    else if (has(rq->path, "watch=true"))
        rp->stream = true;
    else if (has(rq->path, "/events"))
        buf_cstr(&rp->body, "{}");
    else if (!str_eqc(rq->method, "GET"))
        answer_write(rq, rp);
    else if (has(rq->path, "/controllerrevisions/")) /* the one that has the name */
        buf_cstr(&rp->body, "{\"kind\":\"ControllerRevision\",\"apiVersion\":\"apps/v1\",\"metadata\":{\"name\":\"x\"},"
                            "\"data\":{\"other\":1}}");
    else {
        const char *items = items_of(rq->path, &kind);
        buf_addf(&rp->body,
                 "{\"kind\":\"%sList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"5\"}"
                 ",\"items\":[%s]}",
                 kind, items ? items : "");
    }
    mutex_unlock(&lock);
}

static void up(const struct ctl_spec *spec)
{
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    host = ctl_host_new(client, "controllers");
    ctl_start(host, spec);
    ck_assert(ctl_host_run(host));
}

static void down(void)
{
    ctl_host_free(host);
    rest_free(client);
    fake_stop(&server);
    while (nbodies) free(bodies[--nbodies]);
    sets = pods = nodes = claims = revisions = NULL;
    taken = 0;
}

/* The n-th write whose first line contains `part`; NULL. In the arena. */
static const struct json *body_of(struct arena *a, const char *part, int n)
{
    const struct json *found = NULL;
    mutex_lock(&lock);
    for (int i = 0; i < nbodies && !found; i++) {
        struct str body, line = str_cut(str_of(bodies[i]), '\n', &body);
        struct err e = ERR_INIT;
        if (has(line, part) && n-- == 0) found = json_parse(a, str_copy(a, body), &e);
    }
    mutex_unlock(&lock);
    return found;
}

#define EXPECT_REQUESTS(what, n)                                                                                       \
    do {                                                                                                               \
        FAKE_WAIT(fake_count(&server, (what)) >= (n) && ctl_host_idle(host));                                          \
        ck_assert_int_eq(fake_count(&server, (what)), (n));                                                            \
    } while (0)

#define IN "/namespaces/d/"
#define META(name)                                                                                                     \
    "\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\",\"uid\":\"U\",\"resourceVersion\":\"3\",\"generation\":"  \
    "2}"
#define TMPL(image)                                                                                                    \
    "{\"metadata\":{\"labels\":{\"app\":\"x\"}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"" image "\"}]}}"
#define SELECTOR "\"selector\":{\"matchLabels\":{\"app\":\"x\"}}"
#define STS(spec)                                                                                                      \
    "{" META("web") ",\"spec\":{" SELECTOR ",\"serviceName\":\"svc\",\"podManagementPolicy\":\"OrderedReady\""         \
                    ",\"updateStrategy\":{\"type\":\"RollingUpdate\"},\"template\":" TMPL("i:2") "," spec "}}"
#define CLAIMS_OF                                                                                                      \
    ",\"volumeClaimTemplates\":[{\"metadata\":{\"name\":\"data\",\"labels\":{\"l\":\"1\"}},"                           \
    "\"spec\":{\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}},\"status\":{\"phase\":\"Pending\"}}]"
#define OWNED(kind, name)                                                                                              \
    ",\"labels\":{\"app\":\"x\",\"controller-revision-hash\":\"h\"},\"ownerReferences\":[{\"apiVersion\":\"apps/v1\"," \
    "\"kind\":\"" kind "\",\"name\":\"" name "\",\"uid\":\"U\",\"controller\":true}]"
#define POD(name, owner, rest)                                                                                         \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\",\"uid\":\"u-" name "\",\"resourceVersion\":\"4\"" owner  \
    "}" rest "}"
#define REVISION(name, number, image)                                                                                  \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\",\"uid\":\"u-" name "\",\"resourceVersion\":\"4\"" OWNED( \
        "StatefulSet",                                                                                                 \
        "web") "},\"revision\":" number                                                                                \
               ",\"data\":{\"spec\":{\"template\":{\"$patch\":\"replace\",\"metadata\":{\"labels\":{\"app\":\"x\"}},"  \
               "\"spec\":{\"containers\":[{\"image\":\"" image "\",\"name\":\"c\"}]}}}}}"

/* ---- StatefulSet ---- */

START_TEST(revision_claim_pod_in_this_order)
{
    struct arena a AUTO_ARENA = {0};
    sets = STS("\"replicas\":2" CLAIMS_OF);
    up(&statefulset_controller);
    EXPECT_REQUESTS("POST /api/v1" IN "pods", 1);
    mutex_lock(&lock);
    ck_assert(strstr(bodies[0], "POST /apis/apps/v1" IN "controllerrevisions") == bodies[0]);
    ck_assert(strstr(bodies[1], "POST /api/v1" IN "persistentvolumeclaims") == bodies[1]);
    ck_assert(strstr(bodies[2], "POST /api/v1" IN "pods") == bodies[2]);
    ck_assert(strstr(bodies[3], "PUT /apis/apps/v1" IN "statefulsets/web/status") == bodies[3]);
    mutex_unlock(&lock);
    const struct json *revision = body_of(&a, "controllerrevisions", 0), *pod = body_of(&a, "pods", 0),
                      *claim = body_of(&a, "persistentvolumeclaims", 0), *status = body_of(&a, "status", 0);
    ck_assert(str_starts(obj_name(revision), STR("web-")) && obj_int(revision, ".revision", 0) == 1);
    ck_assert(
        str_ends(obj_name(revision), obj_map_str(revision, ".metadata.labels", STR("controller.kubernetes.io/hash"))));
    ck_assert(obj_is(obj_controller(revision), ".uid", "U"));
    ck_assert_strn_eq(obj_name(claim), "data-web-0");
    ck_assert(obj_is(claim, ".metadata.labels.l", "1") && obj_is(claim, ".metadata.labels.app", "x"));
    ck_assert(!obj_has(claim, ".status"));
    ck_assert_strn_eq(obj_name(pod), "web-0");
    ck_assert(obj_is(pod, ".spec.hostname", "web-0") && obj_is(pod, ".spec.subdomain", "svc"));
    ck_assert(obj_is(pod, ".spec.volumes[0].persistentVolumeClaim.claimName", "data-web-0"));
    ck_assert_strn_eq(obj_map_str(pod, ".metadata.labels", STR("apps.kubernetes.io/pod-index")), "0");
    ck_assert_strn_eq(obj_map_str(pod, ".metadata.labels", STR("statefulset.kubernetes.io/pod-name")), "web-0");
    ck_assert(str_eq(obj_map_str(pod, ".metadata.labels", STR("controller-revision-hash")), obj_name(revision)));
    ck_assert(str_eq(obj_str(status, ".status.updateRevision"), obj_name(revision)));
    ck_assert_int_eq(obj_int(status, ".status.observedGeneration", 0), 2);
    down();
}
END_TEST

START_TEST(a_name_that_is_taken)
{
    struct arena a AUTO_ARENA = {0};
    taken = 1;
    sets = STS("\"replicas\":0");
    up(&statefulset_controller);
    EXPECT_REQUESTS("POST /apis/apps/v1" IN "controllerrevisions", 2);
    ck_assert(
        !str_eq(obj_name(body_of(&a, "controllerrevisions", 0)), obj_name(body_of(&a, "controllerrevisions", 1))));
    FAKE_WAIT(body_of(&a, "status", 0));
    ck_assert_int_eq(obj_int(body_of(&a, "status", 0), ".status.collisionCount", 0), 1);
    down();
}
END_TEST

START_TEST(going_back_gives_a_revision_a_new_number)
{
    struct arena a AUTO_ARENA = {0};
    sets = STS("\"replicas\":0,\"revisionHistoryLimit\":1");
    revisions = REVISION("web-a", "1", "i:0") "," REVISION("web-b", "2", "i:2") "," REVISION("web-c", "3", "i:3");
    up(&statefulset_controller);
    EXPECT_REQUESTS("PATCH /apis/apps/v1" IN "controllerrevisions/web-b", 1);
    ck_assert_int_eq(obj_int(body_of(&a, "PATCH", 0), ".revision", 0), 4);
    ck_assert_int_eq(fake_count(&server, "POST /apis/apps/v1"), 0);
    EXPECT_REQUESTS("DELETE /apis/apps/v1" IN "controllerrevisions/web-a", 1); /* one more than may be kept */
    ck_assert_int_eq(fake_count(&server, "DELETE"), 1);
    down();
}
END_TEST

#define WHEN(deleted, scaled)                                                                                          \
    ",\"persistentVolumeClaimRetentionPolicy\":{\"whenDeleted\":\"" deleted "\",\"whenScaled\":\"" scaled "\"}"

START_TEST(a_claim_of_a_former_pod_holds_the_next_one_back)
{
    sets = STS("\"replicas\":1" CLAIMS_OF WHEN("Retain", "Delete"));
    claims = "{\"metadata\":{\"name\":\"data-web-0\",\"namespace\":\"d\",\"uid\":\"C\",\"resourceVersion\":\"4\","
             "\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"web-0\",\"uid\":\"former\"}]}}";
    up(&statefulset_controller);
    FAKE_WAIT(fake_count(&server, "/statefulsets/web/status") > 0 && ctl_host_idle(host));
    ck_assert_int_eq(fake_count(&server, "POST /api/v1" IN "pods"), 0);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 4);
    fake_push(
        &server, "/persistentvolumeclaims",
        "{\"type\":\"DELETED\",\"object\":{\"kind\":\"PersistentVolumeClaim\",\"apiVersion\":\"v1\",\"metadata\":{"
        "\"name\":\"data-web-0\",\"namespace\":\"d\",\"uid\":\"C\",\"resourceVersion\":\"9\"}}}");
    EXPECT_REQUESTS("POST /api/v1" IN "pods", 1);
    down();
}
END_TEST

#define READY ",\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}"
#define REF(kind, name, uid)                                                                                           \
    "{\"apiVersion\":\"v1\",\"kind\":\"" kind "\",\"name\":\"" name "\",\"uid\":\"" uid "\",\"controller\":true}"

static const struct {
    const char *policy, *had, *gets; /* kinds of owners; NULL: left alone */
    int ordinal;                     /* 0: wanted; 5: surplus */
} owners[] = {
    {WHEN("Retain", "Retain"), "", NULL, 0},
    {WHEN("Retain", "Retain"), REF("StatefulSet", "web", "U"), "", 0},
    {WHEN("Delete", "Retain"), "", "StatefulSet", 0},
    {WHEN("Delete", "Retain"), REF("StatefulSet", "web", "U"), NULL, 5},
    {WHEN("Retain", "Delete"), "", NULL, 0},
    {WHEN("Retain", "Delete"), "", "Pod", 5},
    {WHEN("Delete", "Delete"), REF("StatefulSet", "web", "U"), "Pod", 5},
    {WHEN("Delete", "Delete"), REF("Pod", "web-0", "u-web-0"), "StatefulSet", 0},
    {WHEN("Delete", "Delete"), REF("Pod", "web-0", "former"), NULL, 0},
    {WHEN("Delete", "Delete"), REF("Other", "o", "O"), NULL, 0},
    {WHEN("Delete", "Delete"), REF("Other", "o", "O") "," REF("StatefulSet", "web", "U"), "Other", 0},
};

static const char *owner_kinds(struct arena *a, const struct json *refs)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 4096);
    if (!refs) return NULL;
    for (OBJ_EACH(r, refs, "")) buf_addf(&b, "%s%.*s", b.n ? " " : "", STR_ARG(obj_str(r, ".kind")));
    return str_cstr(a, buf_view(&b));
}

START_TEST(owners_of_claims)
{
    for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct object *set AUTO_OBJ = object_from(arena_printf(
            &a, "{\"apiVersion\":\"apps/v1\",\"kind\":\"StatefulSet\"," META("web") ",\"spec\":{\"replicas\":1%s}}",
            owners[i].policy));
        const struct object *pod AUTO_OBJ = object_from(arena_printf(
            &a, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web-%d\",\"uid\":\"u-web-%d\"}}",
            owners[i].ordinal, owners[i].ordinal));
        const struct object *claim AUTO_OBJ =
            object_from(arena_printf(&a, "{\"metadata\":{\"ownerReferences\":[%s]}}", owners[i].had));
        const char *gets = owner_kinds(&a, statefulset_claim_owners(&a, set, pod, owners[i].ordinal, claim));
        ck_assert_msg(gets == owners[i].gets || (gets && owners[i].gets && strcmp(gets, owners[i].gets) == 0),
                      "row %zu: %s", i, gets ? gets : "left alone");
    }
}
END_TEST

START_TEST(one_goes_and_its_claim_goes_with_it)
{
    struct arena a AUTO_ARENA = {0};
    sets = STS("\"replicas\":1" CLAIMS_OF WHEN("Retain", "Delete"));
    revisions = REVISION("h", "1", "i:2");
    pods = POD("web-0", OWNED("StatefulSet", "web"), READY) "," POD(
        "web-1", OWNED("StatefulSet", "web"), READY) "," POD("web-x", OWNED("StatefulSet", "web"), READY);
    claims = "{\"metadata\":{\"name\":\"data-web-1\",\"namespace\":\"d\",\"uid\":\"C\",\"resourceVersion\":\"4\"}}";
    up(&statefulset_controller);
    EXPECT_REQUESTS("DELETE /api/v1" IN "pods/web-1", 1);
    ck_assert_int_eq(fake_count(&server, "DELETE"), 1);
    const struct json *claim = body_of(&a, "PUT /api/v1" IN "persistentvolumeclaims/data-web-1", 0);
    ck_assert(obj_is(obj_controller(claim), ".uid", "u-web-1"));
    ck_assert_int_eq(fake_count(&server, "PATCH /api/v1" IN "pods/web-x"), 1); /* no member: released */
    ck_assert(body_of(&a, "PATCH /api/v1" IN "pods/web-0", 0) != NULL);        /* lacks the labels that say who it is */
    down();
}
END_TEST

/* ---- DaemonSet ---- */

#define DS                                                                                                             \
    "{\"metadata\":{\"name\":\"d\",\"namespace\":\"d\",\"uid\":\"U\",\"resourceVersion\":\"3\",\"annotations\":{"      \
    "\"deprecated.daemonset.template.generation\":\"1\"}},\"spec\":{" SELECTOR                                         \
    ",\"template\":" TMPL("i:2") ",\"updateStrategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{"                 \
                                 "\"maxUnavailable\":1,\"maxSurge\":0}}}}"
#define DAEMON                                                                                                         \
    ",\"labels\":{\"app\":\"x\",\"pod-template-generation\":\"1\"},\"ownerReferences\":[{\"apiVersion\":\"apps/v1\","  \
    "\"kind\":\"DaemonSet\",\"name\":\"d\",\"uid\":\"U\",\"controller\":true}]"
#define NODE(name, more) "{\"metadata\":{\"name\":\"" name "\",\"uid\":\"" name "\",\"resourceVersion\":\"4\"}" more "}"

START_TEST(a_pod_for_each_node_old_and_new)
{
    struct arena a AUTO_ARENA = {0};
    sets = DS;
    nodes = NODE("n1", "") "," NODE("n2", ",\"spec\":{\"taints\":[{\"key\":\"k\",\"effect\":\"NoSchedule\"}]}");
    up(&daemonset_controller);
    EXPECT_REQUESTS("POST /api/v1" IN "pods", 1);
    const struct json *pod = body_of(&a, "POST /api/v1" IN "pods", 0);
    ck_assert(obj_is(pod,
                     ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
                     ".nodeSelectorTerms[0].matchFields[0].values[0]",
                     "n1"));
    FAKE_WAIT(fake_streams(&server, "watch=true") == 4);
    fake_push(&server, "/pods",
              "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\","
              "\"metadata\":{\"name\":\"d-1\",\"namespace\":\"d\",\"uid\":\"p1\",\"resourceVersion\":\"8\"" DAEMON "},"
              "\"spec\":{\"nodeName\":\"n1\"}}}");
    fake_push(
        &server, "/nodes",
        "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"n2\","
        "\"uid\":\"n2\",\"resourceVersion\":\"9\"}}}");
    EXPECT_REQUESTS("POST /api/v1" IN "pods", 2);
    down();
}
END_TEST

START_TEST(a_failed_pod_is_replaced_with_patience)
{
    sets = DS;
    nodes = NODE("n1", "");
    pods = POD("d-1", DAEMON, ",\"spec\":{\"nodeName\":\"n1\"},\"status\":{\"phase\":\"Failed\"}");
    clk_set(&(struct clk_state){.at_ns = 2000000000000000000, .rate = 1, .paused = true});
    up(&daemonset_controller);
    EXPECT_REQUESTS("DELETE /api/v1" IN "pods/d-1", 1);
    FAKE_WAIT(fake_count(&server, "POST /api/v1" IN "events") >= 2); /* FailedDaemonPod, SuccessfulDelete */
    ck_assert_int_ge(fake_count(&server, "POST /api/v1" IN "events"), 2);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 4);
    fake_push(&server, "/pods",
              "{\"type\":\"DELETED\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"d-1\","
              "\"namespace\":\"d\",\"uid\":\"u-d-1\",\"resourceVersion\":\"8\"" DAEMON "}}}");
    EXPECT_REQUESTS("POST /api/v1" IN "pods", 1);
    fake_push(&server, "/pods",
              "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\","
              "\"metadata\":{\"name\":\"d-2\",\"namespace\":\"d\",\"uid\":\"p2\",\"resourceVersion\":\"9\"" DAEMON "},"
              "\"spec\":{\"nodeName\":\"n1\"},\"status\":{\"phase\":\"Failed\"}}}");
    FAKE_WAIT(clk_next_due_ns() == 2000000001000000000);
    ck_assert_int_eq(fake_count(&server, "DELETE /api/v1" IN "pods/d-2"), 0); /* not before a second has passed */
    clk_set(&(struct clk_state){.at_ns = 2000000001000000000, .rate = 1, .paused = true});
    EXPECT_REQUESTS("DELETE /api/v1" IN "pods/d-2", 1);
    down();
}
END_TEST

/* ---- History ---- */

START_TEST(data_and_hash)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf b AUTO_BUF = {0};
    const struct json *tmpl = json_parse(&a, STR("{\"spec\":{\"b\":[{\"z\":1,\"y\":2}],\"a\":null}}"), &e);
    struct json *data = history_data(&a, tmpl);
    buf_init(&b, 4096);
    json_write(&b, data);
    ck_assert_strn_eq(buf_view(&b), "{\"spec\":{\"template\":{\"$patch\":\"replace\",\"spec\":{\"a\":null,\"b\":[{"
                                    "\"y\":2,\"z\":1}]}}}}");
    struct str hash = history_hash(&a, data, 0);
    ck_assert(str_eq(hash, history_hash(&a, data, 0)) && !str_eq(hash, history_hash(&a, data, 1)));
    ck_assert_strn_eq(history_hash(&a, json_parse(&a, STR("{}"), &e), 0), "cccc864bc"); /* FNV-1 of "{}0" */
}
END_TEST

TEST_MAIN("sets", revision_claim_pod_in_this_order, a_name_that_is_taken, going_back_gives_a_revision_a_new_number,
          a_claim_of_a_former_pod_holds_the_next_one_back, owners_of_claims, one_goes_and_its_claim_goes_with_it,
          a_pod_for_each_node_old_and_new, a_failed_pod_is_replaced_with_patience, data_and_hash)
