/* test_replicaset.c - the ReplicaSet controller against a scripted API server: scaling up and down, adopting,
 * releasing, status. */
#include "replicas_support.h"

#include "controllers/replicaset.h"

START_TEST(makes_what_is_missing)
{
    up(RS("3", ""), "");
    EXPECT_REQUESTS("POST /api/v1/namespaces/d/pods", 3);
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *pod = json_parse(&a, str_of(last_pod), &e);
    ck_assert_msg(pod != NULL, "%s", e.text);
    ck_assert(obj_is(pod, ".metadata.generateName", "rs-") && obj_is(pod, ".metadata.namespace", "d"));
    ck_assert(obj_is(pod, ".metadata.labels.app", "web") && obj_is(pod, ".metadata.annotations.n", "1"));
    ck_assert(obj_is(pod, ".spec.containers[0].name", "c"));
    const struct json *owner = obj_controller(pod);
    ck_assert(obj_is(owner, ".uid", "U") && obj_is(owner, ".kind", "ReplicaSet") &&
              obj_bool(owner, ".blockOwnerDeletion", false));
    ck_assert(!obj_has(pod, ".metadata.name"));
    FAKE_WAIT(fake_count(&server, "POST /api/v1/namespaces/d/events") > 0);
    down();
}
END_TEST

START_TEST(a_refusal_costs_one_request) /* batches of 1, 2, 4: not a hundred requests that all fail */
{
    refuse_create = 403;
    up(RS("100", ""), "");
    FAKE_WAIT(fake_count(&server, "POST /api/v1/namespaces/d/pods") >= 1);
    FAKE_WAIT(fake_count(&server, "/events") >= 1);
    ck_assert_int_lt(fake_count(&server, "POST /api/v1/namespaces/d/pods"), 50); /* a few retries with back-off */
    down();
}
END_TEST

#define READY(s)                                                                                                       \
    ",\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"" s                           \
    "\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}"
#define ON(n) ",\"spec\":{\"nodeName\":\"" n "\"}"

START_TEST(deletes_those_that_are_missed_least)
{
    up(RS("2", ""),
       POD("ready", WEB OWNED, ON("n1") READY("True")) "," POD("unready", WEB OWNED, ON("n2") READY("False")) "," POD(
           "pending", WEB OWNED,
           ON("n3") ",\"status\":{\"phase\":\"Pending\"}") "," POD("nowhere", WEB OWNED,
                                                                   ",\"status\":{\"phase\":"
                                                                   "\"Pending\"}") "," POD("chea"
                                                                                           "p",
                                                                                           WEB OWNED ",\"an"
                                                                                                     "notat"
                                                                                                     "ions"
                                                                                                     "\":{"
                                                                                                     "\"con"
                                                                                                     "troll"
                                                                                                     "er."
                                                                                                     "kuber"
                                                                                                     "netes"
                                                                                                     ".io/"
                                                                                                     "pod-"
                                                                                                     "delet"
                                                                                                     "ion-"
                                                                                                     "cost"
                                                                                                     "\":"
                                                                                                     "\"-"
                                                                                                     "5\"}",
                                                                                           ON("n"
                                                                                              "4")
                                                                                               READY(
                                                                                                   "T"
                                                                                                   "r"
                                                                                                   "u"
                                                                                                   "e")) "," POD("done",
                                                                                                                 WEB OWNED,
                                                                                                                 ",\"st"
                                                                                                                 "atus"
                                                                                                                 "\":{"
                                                                                                                 "\"pha"
                                                                                                                 "se\":"
                                                                                                                 "\"Suc"
                                                                                                                 "ceede"
                                                                                                                 "d\""
                                                                                                                 "}")); /* finished: counts neither way */
    EXPECT_REQUESTS("DELETE /api/v1/namespaces/d/pods", 3);
    static const char *const order[] = {"nowhere", "pending", "unready"};
    for (int i = 0; i < 3; i++) ck_assert_str_eq(deleted[i], order[i]);
    ck_assert_int_eq(fake_count(&server, "POST /api/v1/namespaces/d/pods"), 0);
    down();
    up(RS("1", ""), POD("ready", WEB OWNED, ON("n1") READY("True")) "," POD(
                        "cheap", WEB OWNED ",\"annotations\":{\"controller.kubernetes.io/pod-deletion-cost\":\"-5\"}",
                        ON("n2") READY("True")));
    EXPECT_REQUESTS("DELETE /api/v1/namespaces/d/pods", 1);
    ck_assert_str_eq(deleted[0], "cheap");
    down();
}
END_TEST

START_TEST(adopts_and_releases)
{
    up(RS("1", ""),
       POD("orphan", WEB, READY("True")) "," POD(
           "stray", "\"labels\":{\"app\":\"other\"}" OWNED,
           READY("True")) "," POD("foreign", WEB ",\"ownerReferences\":[{\"uid\":\"X\",\"controller\":true}]",
                                  READY("True")));
    EXPECT_REQUESTS("PATCH /api/v1/namespaces/d/pods/orphan", 1);
    EXPECT_REQUESTS("PATCH /api/v1/namespaces/d/pods/stray", 1);
    ck_assert_int_eq(fake_count(&server, "PATCH /api/v1/namespaces/d/pods/foreign"), 0);
    ck_assert_int_eq(fake_count(&server, "POST /api/v1/namespaces/d/pods"), 0); /* the orphan is enough */
    down();
}
END_TEST

START_TEST(tells_its_status)
{
    up(RS("2", ""), POD("a", WEB OWNED, ON("n") READY("True")) "," POD("b", WEB OWNED, ON("n") READY("False")));
    EXPECT_REQUESTS("PUT /apis/apps/v1/namespaces/d/replicasets/rs/status", 1);
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    mutex_lock(&lock);
    const struct json *rs = json_parse(&a, str_of(last_status), &e);
    mutex_unlock(&lock);
    ck_assert_int_eq(obj_int(rs, ".status.replicas", -1), 2);
    ck_assert_int_eq(obj_int(rs, ".status.fullyLabeledReplicas", -1), 2);
    ck_assert_int_eq(obj_int(rs, ".status.readyReplicas", -1), 1);
    ck_assert_int_eq(obj_int(rs, ".status.availableReplicas", -1), 1);
    ck_assert_int_eq(obj_int(rs, ".status.observedGeneration", -1), 2);
    down();
}
END_TEST

START_TEST(a_set_that_goes_makes_nothing)
{
    up(RS("3", ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\""), POD("orphan", WEB, READY("True")));
    FAKE_WAIT(fake_count(&server, "/replicasets/rs/status") >= 1 && ctl_host_idle(host));
    ck_assert_int_eq(fake_count(&server, "POST /api/v1/namespaces/d/pods"), 0);
    ck_assert_int_eq(fake_count(&server, "PATCH"), 0);
    down();
}
END_TEST

START_TEST(an_orphan_that_comes_later_is_adopted)
{
    up(RS("0", ""), "");
    FAKE_WAIT(fake_streams(&server, "watch=true") == 2 && ctl_host_idle(host));
    fake_push(&server, "/pods",
              "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"late\","
              "\"namespace\":\"d\",\"uid\":\"u-late\",\"resourceVersion\":\"9\",\"labels\":{\"app\":\"web\"}}}}");
    EXPECT_REQUESTS("PATCH /api/v1/namespaces/d/pods/late", 1);
    EXPECT_REQUESTS("DELETE /api/v1/namespaces/d/pods/late", 1); /* none is wanted */
    down();
}
END_TEST

static const struct json *status_sent(struct arena *a)
{
    struct err e = ERR_INIT;
    mutex_lock(&lock);
    const struct json *rs = json_parse(a, str_of(arena_strdup(a, last_status)), &e);
    mutex_unlock(&lock);
    ck_assert_msg(rs != NULL, "%s: %s", e.text, last_status);
    return obj_get(rs, ".status");
}

START_TEST(a_failure_is_a_condition)
{
    struct arena a AUTO_ARENA = {0};
    refuse_create = 403;
    up(RS("3", ""), "");
    FAKE_WAIT(fake_count(&server, "/replicasets/rs/status") >= 1);
    const struct json *c = obj_find(status_sent(&a), ".conditions", "type", STR("ReplicaFailure"));
    ck_assert(obj_is(c, ".status", "True") && obj_is(c, ".reason", "FailedCreate"));
    ck_assert(obj_is(c, ".message", "no more pods"));
    down();
}
END_TEST

#define GOING ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\""

START_TEST(pods_that_go_are_counted_apart)
{
    struct arena a AUTO_ARENA = {0};
    up(RS("1", ""), POD("a", WEB OWNED, READY("True")) "," POD("b", WEB OWNED GOING, READY("True")));
    EXPECT_REQUESTS("PUT /apis/apps/v1/namespaces/d/replicasets/rs/status", 1);
    ck_assert_int_eq(obj_int(status_sent(&a), ".replicas", -1), 1);
    ck_assert_int_eq(obj_int(status_sent(&a), ".terminatingReplicas", -1), 1);
    down();
}
END_TEST

#define PATIENT(seconds)                                                                                               \
    "{\"metadata\":{\"name\":\"rs\",\"namespace\":\"d\",\"uid\":\"U\",\"resourceVersion\":\"3\"},\"spec\":{"           \
    "\"replicas\":1,"                                                                                                  \
    "\"minReadySeconds\":" seconds ",\"selector\":{\"matchLabels\":{\"app\":\"web\"}}},\"status\":{\"replicas\":0}}"
#define READY_SINCE(t)                                                                                                 \
    ",\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"lastTransitionTime\":\"" t "\"}]}"

START_TEST(a_ready_pod_becomes_available_in_its_time)
{
    struct arena a AUTO_ARENA = {0};
    const int64_t start_s = 4102444800; /* 2100-01-01 */
    clk_set(&(struct clk_state){.at_ns = (start_s + 10) * 1000000000, .rate = 1, .paused = true});
    up(PATIENT("30"), POD("a", WEB OWNED, READY_SINCE("2100-01-01T00:00:00Z")));
    EXPECT_REQUESTS("PUT /apis/apps/v1/namespaces/d/replicasets/rs/status", 1);
    ck_assert(!obj_has(status_sent(&a), ".availableReplicas"));
    clk_set(&(struct clk_state){.at_ns = (start_s + 29) * 1000000000, .rate = 1, .paused = true});
    clk_set(&(struct clk_state){.at_ns = (start_s + 30) * 1000000000, .rate = 1, .paused = true});
    EXPECT_REQUESTS("PUT /apis/apps/v1/namespaces/d/replicasets/rs/status", 2);
    ck_assert_int_eq(obj_int(status_sent(&a), ".availableReplicas", 0), 1);
    down();
}
END_TEST

/* ---- Which pods are missed least ---- */

static void add_pod(struct objs *l, const char *name, const char *node, const char *since)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const char *text =
        arena_printf(&a,
                     "{\"metadata\":{\"name\":\"%s\",\"uid\":\"%s\",\"creationTimestamp\":\"%s\"},\"spec\":"
                     "{\"nodeName\":\"%s\"},\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":"
                     "\"Ready\",\"status\":\"True\",\"lastTransitionTime\":\"%s\"}]}}",
                     name, name, since, node, since);
    const struct object *pod AUTO_OBJ = object_parse(str_of(text), NULL, &e);
    objs_add(l, pod);
}

START_TEST(crowded_and_much_younger_pods_go_first)
{
    struct objs pods_now AUTO_OBJS = {0}, related AUTO_OBJS = {0};
    add_pod(&pods_now, "b-old", "n1", "2100-01-01T00:00:00Z");
    add_pod(&pods_now, "a-old", "n1", "2100-01-01T00:01:00Z"); /* about as old: by uid */
    add_pod(&pods_now, "young", "n1", "2100-01-01T11:59:00Z");
    add_pod(&pods_now, "crowded", "n2", "2100-01-01T00:00:00Z");
    for (size_t i = 0; i < pods_now.count; i++) objs_add(&related, pods_now.items[i]);
    for (int i = 0; i < 3; i++) add_pod(&related, "sibling", "n2", "2100-01-01T00:00:00Z"); /* of another set */
    replicas_rank(&pods_now, &related, (INT64_C(4102444800) + 12 * 3600) * 1000000000);
    static const char *const order[] = {"crowded", "young", "a-old", "b-old"};
    for (int i = 0; i < 4; i++)
        ck_assert_msg(str_eqc(pods_now.items[i]->name, order[i]), "%d: %.*s", i, STR_ARG(pods_now.items[i]->name));
}
END_TEST

/* ---- ReplicationControllers ---- */

#define RC(replicas)                                                                                                   \
    "{\"metadata\":{\"name\":\"rc\",\"namespace\":\"d\",\"uid\":\"R\",\"resourceVersion\":\"3\"},\"spec\":{"           \
    "\"replicas\":" replicas                                                                                           \
    ",\"selector\":{\"app\":\"web\"},\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"}},\"spec\":{}}},"         \
    "\"status\":{\"replicas\":0}}"

START_TEST(replication_controllers_are_kept_the_same_way)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    up_with(&replication_controller, "", RC("2"),
            POD("orphan", WEB, READY("True")) "," POD("other", "\"labels\":{}", ""));
    EXPECT_REQUESTS("PATCH /api/v1/namespaces/d/pods/orphan", 1);
    EXPECT_REQUESTS("POST /api/v1/namespaces/d/pods", 1);
    ck_assert_int_eq(fake_count(&server, "PATCH"), 1);
    const struct json *pod = json_parse(&a, str_of(last_pod), &e);
    ck_assert(obj_is(obj_controller(pod), ".kind", "ReplicationController"));
    ck_assert(obj_is(obj_controller(pod), ".apiVersion", "v1"));
    FAKE_WAIT(fake_count(&server, "PUT /api/v1/namespaces/d/replicationcontrollers/rc/status") >= 1);
    ck_assert(!obj_has(status_sent(&a), ".terminatingReplicas"));
    down();
}
END_TEST

TEST_MAIN("replicaset", makes_what_is_missing, a_refusal_costs_one_request, deletes_those_that_are_missed_least,
          adopts_and_releases, tells_its_status, a_set_that_goes_makes_nothing, an_orphan_that_comes_later_is_adopted,
          a_failure_is_a_condition, pods_that_go_are_counted_apart, a_ready_pod_becomes_available_in_its_time,
          crowded_and_much_younger_pods_go_first, replication_controllers_are_kept_the_same_way)
