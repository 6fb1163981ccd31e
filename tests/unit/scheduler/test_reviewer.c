/* test_reviewer.c - reviews from a scripted control stream: what is answered, of which configurations, and that it
 * ends at once when it must. */
#include "base/clk.h"
#include "check_main.h"
#include "cluster.h"
#include "fake_rest.h"
#include "scheduler/reviewer.h"

static struct fake_server server;
static pthread_mutex_t lock = MUTEX_INIT;
static struct buf reviewed; /* lock: the last answer */
static int count;           /* lock: of answers */

static struct rest *client;
static struct sim *sim;
static struct cache *cache;
static struct scope *scope;
static struct reviewer *reviewer;

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    if (str_ends(rq->path, STR("/control?component=scheduler"))) {
        rp->stream = true;
    } else {
        buf_cstr(&rp->body, "{}");
        buf_clear(&reviewed);
        if (str_ends(rq->path, STR("/control/reviewed"))) {
            buf_str(&reviewed, rq->body);
            count++;
        }
    }
    mutex_unlock(&lock);
}

static void up(void)
{
    const struct sched_config *config = config_default();
    buf_init(&reviewed, 8 << 20);
    count = 0;
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    cache = cache_new();
    scope = scope_new(config);
    config_unref(config);
    sim = sim_start(client, "scheduler", false);
    FAKE_WAIT(fake_streams(&server, "component=scheduler"));
    reviewer = reviewer_start(sim, cache, scope, NULL);
    put_node(cache, "n1", "");
    put_node(cache, "n2", "");
    put_pod(cache, "there", "n1", "", "\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"1\"}}}]");
}

static void down(void)
{
    if (reviewer) reviewer_stop(reviewer);
    reviewer = NULL;
    sim_stop(sim);
    rest_free(client);
    fake_stop(&server);
    scope_free(scope);
    cache_free(cache);
    buf_release(&reviewed);
}

static int answers(void)
{
    mutex_lock(&lock);
    int n = count;
    mutex_unlock(&lock);
    return n;
}

/* The answer to a review with these members; the caller's. */
static const struct object *answer(int id, const char *members)
{
    AUTO_FREE char *line = xasprintf("{\"review\":{\"id\":%d,%s}}", id, members);
    int before = answers();
    fake_push(&server, "component=scheduler", line);
    FAKE_WAIT(answers() > before);
    mutex_lock(&lock);
    const struct object *o = json_from(reviewed.p);
    mutex_unlock(&lock);
    ck_assert_int_eq(obj_int(o->root, ".id", 0), id);
    return o;
}

#define POD                                                                                                            \
    "\"workload\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"}," \
    "\"spec\":{\"schedulerName\":\"default-scheduler\",\"priority\":0,\"containers\":[{\"name\":\"c\",\"resources\":{" \
    "\"requests\":{\"cpu\":\"2\"}}}]}}]"
#define CONFIG(members)                                                                                                \
    "{\"apiVersion\":\"kubescheduler.config.k8s.io/v1\",\"kind\":\"KubeSchedulerConfiguration\"," members "}"
#define MOST                                                                                                           \
    CONFIG("\"profiles\":[{\"schedulerName\":\"default-scheduler\",\"pluginConfig\":[{\"name\":\"NodeResourcesFit\","  \
           "\"args\":{\"scoringStrategy\":{\"type\":\"MostAllocated\",\"resources\":[{\"name\":\"cpu\"}]}}}],"         \
           "\"plugins\":{\"score\":{\"disabled\":[{\"name\":\"NodeResourcesBalancedAllocation\"}]}}}]")

static void ck_result(const struct json *result, const char *name, const char *node)
{
    ck_assert_msg(obj_is(result, ".name", name), "%.*s", STR_ARG(obj_str(result, ".name")));
    ck_assert_msg(obj_is(result, ".placements[0].node", node), "%.*s", STR_ARG(obj_str(result, ".placements[0].node")));
}

START_TEST(by_which_configuration)
{
    static const struct {
        const char *more, *names[2], *nodes[2];
    } rows[] = {
        {"", {"In force"}, {"n2"}},
        {",\"configuration\":" MOST, {"Given"}, {"n1"}},
        {",\"compareWith\":" MOST, {"In force", "Compared"}, {"n2", "n1"}},
        {",\"configuration\":" MOST ",\"compareWith\":" CONFIG("\"parallelism\":1"),
         {"Given", "Compared"},
         {"n1", "n2"}},
    };
    up();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *members = xasprintf(POD "%s", rows[i].more);
        const struct object *o AUTO_OBJ = answer((int)i + 1, members);
        const struct json *results = obj_get(o->root, ".results");
        size_t n = rows[i].names[1] ? 2 : 1;
        ck_assert_uint_eq(obj_count(results, ""), n);
        for (size_t k = 0; k < n; k++) ck_result(json_at(results, k), rows[i].names[k], rows[i].nodes[k]);
    }
    int nodes;
    cache_lock(cache); /* nobody came to the cluster itself */
    struct node_info *const *all = cache_nodes(cache, &nodes);
    int pods = 0;
    for (int i = 0; i < nodes; i++) pods += all[i]->npods;
    cache_unlock(cache);
    ck_assert_int_eq(pods, 1);
    down();
}
END_TEST

START_TEST(what_is_refused)
{
    static const struct {
        const char *members, *at, *text;
        int code;
    } rows[] = {
        {POD ",\"configuration\":" CONFIG("\"percentageOfNodesToScore\":101"), "configuration",
         "percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]", 0},
        {POD ",\"compareWith\":{}", "compareWith", "Object 'Kind' is missing in '{}'", 0},
        {"\"workload\":[]", NULL, "nothing in the workload makes pods", 422},
        {POD ",\"replicas\":-1", NULL, "-1 replicas are none", 422},
    };
    up();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct object *o AUTO_OBJ = answer((int)i + 1, rows[i].members);
        struct str text = obj_str(o->root, rows[i].at ? ".complaints[0]" : ".message");
        ck_assert_msg(str_eqc(text, rows[i].text), "%.*s", STR_ARG(text));
        if (rows[i].at) ck_assert(obj_is(o->root, ".at", rows[i].at));
        ck_assert_int_eq(obj_int(o->root, ".code", 0), rows[i].code);
        ck_assert(!obj_has(o->root, ".results"));
    }
    down();
}
END_TEST

#define MANY(n)                                                                                                        \
    "\"workload\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"metadata\":{\"name\":\"many\",\"namespace\":" \
    "\"default\"},\"spec\":{\"replicas\":" n                                                                           \
    ",\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":"                                        \
    "{\"labels\":{\"a\":\"b\"}},\"spec\":{\"schedulerName\":\"default-scheduler\",\"nodeSelector\":{\"no\":\"node\"}," \
    "\"containers\":[{\"name\":\"c\"}]}}}}]"

START_TEST(too_much)
{
    up();
    const struct object *long_one AUTO_OBJ = answer(1, MANY("20000")); /* each row says why */
    ck_assert_int_eq(obj_int(long_one->root, ".code", 0), 413);
    const struct object *hostile AUTO_OBJ = answer(2, MANY("2147483647"));
    ck_assert_int_eq(obj_int(hostile->root, ".code", 0), 422);
    const struct object *usual AUTO_OBJ = answer(3, MANY("100"));
    ck_assert_int_eq(obj_int(usual->root, ".results[0].unschedulable", 0), 100);
    down();
}
END_TEST

/* A trial that would take long ends when the scheduler does. */
START_TEST(stops_at_once)
{
    up();
    for (int i = 0; i < 2000; i++) {
        AUTO_FREE char *name = xasprintf("m%d", i);
        put_node(cache, name, "");
    }
    for (int i = 0; i < 3; i++)
        fake_push(&server, "component=scheduler", "{\"review\":{\"id\":5,\"fill\":true,\"replicas\":90000," POD "}}");
    fake_push(&server, "component=scheduler", "{\"generation\":3}"); /* behind them: they were taken */
    FAKE_WAIT(fake_count(&server, "control/ack") > 0);
    int64_t began = mono_ms();
    reviewer_stop(reviewer);
    ck_assert_int_lt(mono_ms() - began, 5000);
    reviewer = NULL;
    down();
}
END_TEST

TEST_MAIN("reviewer", by_which_configuration, what_is_refused, too_much, stops_at_once)
