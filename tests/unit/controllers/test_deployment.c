/* test_deployment.c - the Deployment controller against a scripted API server: what it makes, scales, deletes and says.
 */
#include "base/clk.h"
#include "check_main.h"
#include "client/ctl.h"
#include "client/sim.h"
#include "fake_rest.h"

extern const struct ctl_spec deployment_controller;

static struct fake_server server;
static struct rest *client;
static struct ctl_host *host;
static pthread_mutex_t lock = MUTEX_INIT;      /* what the handler reads and writes */
static const char *deployment, *sets, *pods;   /* items of the first lists */
static const char *taken;                      /* the set that has the name already, or NULL */
static int refuse_create;                      /* HTTP code; 0: creates succeed */
static char made[8192], put[8192], said[8192]; /* bodies: the last set made and updated, the last status */
static char events[16384];

static bool has(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }
static void keep(char *out, size_t max, struct str s) { snprintf(out, max, "%.*s", STR_ARG(s)); }

static void answer_list(const struct fake_request *rq, struct fake_reply *rp)
{
    static const struct {
        const char *plural, *kind, *version, **items;
    } rows[] = {{"/deployments", "DeploymentList", "apps/v1", &deployment},
                {"/replicasets", "ReplicaSetList", "apps/v1", &sets},
                {"/pods", "PodList", "v1", &pods}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (has(rq->path, rows[i].plural))
            buf_addf(&rp->body,
                     "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[%s]}",
                     rows[i].kind, rows[i].version, *rows[i].items);
}

static void refuse(struct fake_reply *rp, int code, const char *reason)
{
    rp->status = code;
    buf_addf(&rp->body,
             "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"%s\",\"message\":\"no more sets\",\"code\":%d}",
             reason, code);
}

static void answer_set(const struct fake_request *rq, struct fake_reply *rp)
{
    if (str_eqc(rq->method, "GET") && taken) {
        buf_cstr(&rp->body, taken);
    } else if (str_eqc(rq->method, "POST") && taken) {
        refuse(rp, 409, "AlreadyExists");
    } else if (str_eqc(rq->method, "POST") && refuse_create) {
        refuse(rp, refuse_create, "Forbidden");
    } else if (str_eqc(rq->method, "DELETE")) {
        buf_cstr(&rp->body, "{}");
    } else {
        bool is_post = str_eqc(rq->method, "POST");
        keep(is_post ? made : put, sizeof made, rq->body);
        rp->status = is_post ? 201 : 200;
        buf_str(&rp->body, rq->body);
    }
}

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    if (has(rq->path, "sim.kubestep.dev")) {
        rp->status = 404;
    } else if (has(rq->path, "watch=true")) {
        rp->stream = true;
    } else if (has(rq->path, "/events")) {
        if (strlen(events) + rq->body.n < sizeof events - 1) strncat(events, rq->body.p, rq->body.n);
        buf_cstr(&rp->body, "{}");
    } else if (has(rq->path, "/deployments/web/status")) {
        keep(said, sizeof said, rq->body);
        buf_str(&rp->body, rq->body);
    } else if (has(rq->path, "/namespaces/d/replicasets")) {
        answer_set(rq, rp);
    } else {
        answer_list(rq, rp);
    }
    mutex_unlock(&lock);
}

static void up(const char *first, const char *first_sets, const char *first_pods)
{
    deployment = first;
    sets = first_sets;
    pods = first_pods;
    made[0] = put[0] = said[0] = events[0] = '\0';
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    host = ctl_host_new(client, "controllers");
    ctl_start(host, &deployment_controller);
    ck_assert(ctl_host_run(host));
}

static void down(void)
{
    ctl_host_free(host);
    rest_free(client);
    fake_stop(&server);
    refuse_create = 0;
    taken = NULL;
}

#define SETS   "/apis/apps/v1/namespaces/d/replicasets"
#define STATUS "PUT /apis/apps/v1/namespaces/d/deployments/web/status"

/* Waits until n such requests came and all is quiet; then there are no more. */
static void expect_requests(const char *what, int n)
{
    FAKE_WAIT(fake_count(&server, what) >= n && ctl_host_idle(host));
    ck_assert_msg(fake_count(&server, what) == n, "%d times %s", fake_count(&server, what), what);
}

/* A body that the server was sent, as a tree. */
static const struct json *sent(struct arena *a, const char *body)
{
    struct err e = ERR_INIT;
    mutex_lock(&lock);
    const struct json *j = json_parse(a, str_of(arena_strdup(a, body)), &e);
    mutex_unlock(&lock);
    ck_assert_msg(j != NULL, "%s: %s", e.text, body);
    return j;
}

static void expect_event(const char *text)
{
    FAKE_WAIT(fake_count(&server, "/events") > 0 && ctl_host_idle(host));
    mutex_lock(&lock);
    bool found = strstr(events, text) != NULL;
    mutex_unlock(&lock);
    ck_assert_msg(found, "no %s in %s", text, events);
}

static void expect_reason(const struct json *d, const char *type, const char *reason)
{
    ck_assert_msg(obj_is(obj_condition(d, type), ".reason", reason), "%s: %.*s", type,
                  STR_ARG(obj_str(obj_condition(d, type), ".reason")));
}

static struct str annotation(const struct json *o, const char *key)
{
    return obj_map_str(o, ".metadata.annotations", str_of(key));
}

/* ---- Objects ---- */

#define TEMPLATE(image)                                                                                                \
    "{\"metadata\":{\"labels\":{\"app\":\"web\"}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"" image "\"}]" \
    "}}"
#define ROLLING "\"strategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":1,\"maxUnavailable\":1}}"
#define DEPLOYMENT_META(meta, spec, image, status)                                                                     \
    "{\"metadata\":{\"name\":\"web\",\"namespace\":\"d\",\"uid\":\"D\",\"resourceVersion\":\"3\",\"generation\":"      \
    "2" meta                                                                                                           \
    "},\"spec\":{\"replicas\":4,\"progressDeadlineSeconds\":600,\"selector\":{\"matchLabels\":{\"app\":\"web\"}},"     \
    "\"template\":" TEMPLATE(image) "," spec "},\"status\":{" status "}}"
#define DEPLOYMENT(spec, image, status) DEPLOYMENT_META("", spec, image, status)
#define SET(name, revision, image, wants, has, made_s)                                                                 \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\",\"uid\":\"u-" name                                       \
    "\",\"resourceVersion\":\"4\",\"generation\":1,\"creationTimestamp\":\"2026-01-01T00:00:0" made_s                  \
    "Z\",\"labels\":{\"app\":\"web\"},\"annotations\":{\"deployment.kubernetes.io/revision\":\"" revision              \
    "\",\"deployment.kubernetes.io/desired-replicas\":\"4\",\"deployment.kubernetes.io/max-replicas\":\"5\"},"         \
    "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"name\":\"web\",\"uid\":\"D\","         \
    "\"controller\":true}]},\"spec\":{\"replicas\":" wants ",\"selector\":{\"matchLabels\":{\"app\":\"web\"}},"        \
    "\"template\":" TEMPLATE(image) "},\"status\":{\"replicas\":" has ",\"readyReplicas\":" has                        \
                                    ",\"availableReplicas\":" has                                                      \
                                    ",\"terminatingReplicas\":0,\"observedGeneration\":1}}"
#define DONE(n) "\"observedGeneration\":2,\"replicas\":" n ",\"updatedReplicas\":" n ",\"availableReplicas\":" n

/* ---- Tests ---- */

START_TEST(the_first_set_is_made)
{
    struct arena a AUTO_ARENA = {0};
    up(DEPLOYMENT(ROLLING, "i:1", ""), "", "");
    expect_requests(STATUS, 1);
    expect_requests("POST " SETS, 1);
    const struct json *rs = sent(&a, made), *d = sent(&a, said);
    ck_assert_int_eq(obj_int(rs, ".spec.replicas", 0), 4);
    ck_assert(str_eqc(annotation(rs, "deployment.kubernetes.io/revision"), "1"));
    ck_assert(str_eqc(annotation(rs, "deployment.kubernetes.io/desired-replicas"), "4"));
    ck_assert(str_eqc(annotation(rs, "deployment.kubernetes.io/max-replicas"), "5"));
    ck_assert(str_eqc(annotation(d, "deployment.kubernetes.io/revision"), "1"));
    expect_reason(d, "Progressing", "NewReplicaSetCreated");
    expect_reason(d, "Available", "MinimumReplicasUnavailable");
    ck_assert_int_eq(obj_int(d, ".status.unavailableReplicas", 0), 4);
    expect_event(arena_printf(&a, "Scaled up replica set %.*s from 0 to 4", STR_ARG(obj_name(rs))));
    down();
}
END_TEST

START_TEST(a_new_template_begins_with_the_surge)
{
    struct arena a AUTO_ARENA = {0};
    up(DEPLOYMENT(ROLLING, "i:2", ""), SET("old", "1", "i:1", "4", "4", "1"), "");
    expect_requests("POST " SETS, 1);
    expect_requests("PUT " SETS "/old", 1); /* as many as may be missing: what was made is known without the cache */
    ck_assert_int_eq(obj_int(sent(&a, made), ".spec.replicas", 0), 1);
    ck_assert(str_eqc(annotation(sent(&a, made), "deployment.kubernetes.io/revision"), "2"));
    ck_assert_int_eq(obj_int(sent(&a, put), ".spec.replicas", 0), 3);
    expect_event("Scaled down replica set old from 4 to 3");
    down();
}
END_TEST

START_TEST(old_pods_go_when_fresh_ones_are_there)
{
    struct arena a AUTO_ARENA = {0};
    up(DEPLOYMENT(ROLLING, "i:2", ""), SET("old", "1", "i:1", "4", "4", "1") "," SET("new", "2", "i:2", "1", "1", "2"),
       "");
    expect_requests("PUT " SETS "/old", 1);
    ck_assert_int_eq(obj_int(sent(&a, put), ".spec.replicas", 0), 2);
    expect_event("Scaled down replica set old from 4 to 2");
    ck_assert_int_eq(fake_count(&server, "PUT " SETS "/new"), 0); /* another time */
    down();
}
END_TEST

START_TEST(a_pause_stops_templates_and_not_sizes)
{
    struct arena a AUTO_ARENA = {0};
    up(DEPLOYMENT(ROLLING ",\"paused\":true", "i:2", ""), SET("old", "1", "i:1", "3", "3", "1"), "");
    expect_requests(STATUS, 1);
    expect_requests("PUT " SETS "/old", 1);
    ck_assert_int_eq(obj_int(sent(&a, put), ".spec.replicas", 0), 4);
    ck_assert_int_eq(fake_count(&server, "POST " SETS), 0);
    expect_reason(sent(&a, said), "Progressing", "DeploymentPaused");
    down();
}
END_TEST

START_TEST(a_former_template_takes_a_new_number)
{
    struct arena a AUTO_ARENA = {0};
    up(DEPLOYMENT(ROLLING, "i:1", ""), SET("one", "1", "i:1", "0", "0", "1") "," SET("two", "2", "i:2", "4", "4", "2"),
       "");
    FAKE_WAIT(fake_count(&server, "PUT " SETS "/one") >= 1 && ctl_host_idle(host));
    ck_assert(str_eqc(annotation(sent(&a, put), "deployment.kubernetes.io/revision"), "3"));
    ck_assert(str_eqc(annotation(sent(&a, put), "deployment.kubernetes.io/revision-history"), "1"));
    ck_assert(str_eqc(annotation(sent(&a, said), "deployment.kubernetes.io/revision"), "3"));
    ck_assert_int_eq(fake_count(&server, "POST " SETS), 0);
    down();
}
END_TEST

START_TEST(recreate_waits_for_the_last_old_pod)
{
    static const char pod[] =
        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"p\",\"namespace\":\"d\",\"uid\":\"p\","
        "\"resourceVersion\":\"6\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",\"ownerReferences\":[{\"apiVersion\":"
        "\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"old\",\"uid\":\"u-old\",\"controller\":true}]},\"status\":{"
        "\"phase\":\"Running\"}}";
    struct arena a AUTO_ARENA = {0};
    up(DEPLOYMENT("\"strategy\":{\"type\":\"Recreate\"}", "i:2", ""), SET("old", "1", "i:1", "4", "4", "1"), "");
    expect_requests("PUT " SETS "/old", 1);
    ck_assert_int_eq(obj_int(sent(&a, put), ".spec.replicas", -1), 0);
    ck_assert_int_eq(fake_count(&server, "POST " SETS), 0);
    down();
    up(DEPLOYMENT("\"strategy\":{\"type\":\"Recreate\"}", "i:2", ""), SET("old", "1", "i:1", "0", "0", "1"), pod);
    expect_requests(STATUS, 1);
    ck_assert_int_eq(fake_count(&server, "POST " SETS), 0);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 3);
    fake_push(&server, "/pods", arena_printf(&a, "{\"type\":\"DELETED\",\"object\":%s}", pod));
    expect_requests("POST " SETS, 1);
    ck_assert_int_eq(obj_int(sent(&a, made), ".spec.replicas", -1), 4);
    down();
}
END_TEST

#define STUCK_STATUS                                                                                                   \
    "\"replicas\":4,\"updatedReplicas\":4,\"conditions\":[{\"type\":\"Progressing\",\"status\":\"True\",\"reason\":"   \
    "\"ReplicaSetUpdated\",\"lastUpdateTime\":\"2100-01-01T00:00:00Z\",\"lastTransitionTime\":"                        \
    "\"2100-01-01T00:00:00Z\"}]"

START_TEST(the_deadline_passes_by_the_clusters_clock)
{
    static const char stuck[] =
        "{\"metadata\":{\"name\":\"new\",\"namespace\":\"d\",\"uid\":\"u\",\"resourceVersion\":\"4\",\"annotations\":{"
        "\"deployment.kubernetes.io/revision\":\"1\"},\"labels\":{\"app\":\"web\"},\"ownerReferences\":[{\"kind\":"
        "\"Deployment\",\"name\":\"web\",\"uid\":\"D\",\"controller\":true}]},\"spec\":{\"replicas\":4,"
        "\"template\":" TEMPLATE("i:1") "},\"status\":{\"replicas\":4}}";
    struct arena a AUTO_ARENA = {0};
    const int64_t start_s = 4102444800; /* 2100-01-01 */
    clk_set(&(struct clk_state){.at_ns = start_s * 1000000000, .rate = 1, .paused = true});
    up(DEPLOYMENT(ROLLING, "i:1", STUCK_STATUS), stuck, "");
    expect_requests(STATUS, 1);
    expect_reason(sent(&a, said), "Progressing", "ReplicaSetUpdated");
    clk_set(&(struct clk_state){.at_ns = (start_s + 602) * 1000000000, .rate = 1, .paused = true});
    expect_requests(STATUS, 2);
    expect_reason(sent(&a, said), "Progressing", "ProgressDeadlineExceeded");
    ck_assert(obj_is(obj_condition(sent(&a, said), "Progressing"), ".message",
                     "ReplicaSet \"new\" has timed out progressing."));
    down();
}
END_TEST

START_TEST(the_history_has_an_end)
{
    up(DEPLOYMENT_META(",\"annotations\":{\"deployment.kubernetes.io/revision\":\"9\"}",
                       ROLLING ",\"revisionHistoryLimit\":1", "i:9", DONE("4")),
       SET("r5", "5", "i:5", "0", "0", "1") "," SET("r3", "3", "i:3", "0", "0", "2") "," SET(
           "r4", "4", "i:4", "0", "0", "3") "," SET("r9", "9", "i:9", "4", "4", "4"),
       "");
    expect_requests("DELETE " SETS, 2);
    ck_assert_int_eq(fake_count(&server, "DELETE " SETS "/r3"), 1);
    ck_assert_int_eq(fake_count(&server, "DELETE " SETS "/r4"), 1);
    down();
}
END_TEST

START_TEST(a_taken_name_is_counted)
{
    struct arena a AUTO_ARENA = {0};
    taken = "{\"kind\":\"ReplicaSet\",\"apiVersion\":\"apps/v1\",\"metadata\":{\"name\":\"x\",\"namespace\":\"d\"}}";
    up(DEPLOYMENT(ROLLING, "i:1", ""), "", "");
    FAKE_WAIT(fake_count(&server, STATUS) >= 1);
    ck_assert_int_eq(obj_int(sent(&a, said), ".status.collisionCount", 0), 1);
    down();
}
END_TEST

START_TEST(a_refused_set_is_told)
{
    struct arena a AUTO_ARENA = {0};
    refuse_create = 403;
    up(DEPLOYMENT(ROLLING, "i:1", ""), "", "");
    FAKE_WAIT(fake_count(&server, STATUS) >= 1);
    expect_reason(sent(&a, said), "Progressing", "ReplicaSetCreateError");
    FAKE_WAIT(fake_count(&server, "/events") >= 1);
    mutex_lock(&lock);
    ck_assert(strstr(events, "Failed to create new replica set") && strstr(events, "no more sets"));
    mutex_unlock(&lock);
    down();
}
END_TEST

START_TEST(one_that_goes_makes_nothing)
{
    up(DEPLOYMENT_META(",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"", ROLLING, "i:2", ""),
       SET("old", "1", "i:1", "4", "4", "1"), "");
    expect_requests(STATUS, 1);
    ck_assert_int_eq(fake_count(&server, "POST " SETS) + fake_count(&server, "PUT " SETS), 0);
    down();
}
END_TEST

TEST_MAIN("deployment", the_first_set_is_made, a_new_template_begins_with_the_surge,
          old_pods_go_when_fresh_ones_are_there, a_pause_stops_templates_and_not_sizes,
          a_former_template_takes_a_new_number, recreate_waits_for_the_last_old_pod,
          the_deadline_passes_by_the_clusters_clock, the_history_has_an_end, a_taken_name_is_counted,
          a_refused_set_is_told, one_that_goes_makes_nothing)
