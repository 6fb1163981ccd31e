/* test_node_lifecycle.c - silent nodes on a clock that the test moves: when they are marked, tainted, and their pods
 * told; what a renewed Lease costs; when nobody is evicted. */
#include "nodes_support.h"

extern const struct ctl_spec node_lifecycle_controller;

#define NEW_TAINT "\"taints\":[{\"key\":\"node.kubernetes.io/not-ready\",\"effect\":\"NoSchedule\"}]"

static void start(const char *nodes, const char *leases, const char *pods)
{
    begin();
    at_s(0);
    serve("/nodes", nodes);
    serve("/leases", leases);
    serve("/pods", pods);
    up(&node_lifecycle_controller);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 3 && ctl_host_idle(host));
}

START_TEST(a_ready_node_loses_the_taint_of_new_ones)
{
    struct arena a AUTO_ARENA = {0};
    start(NODE("n", "3", NEW_TAINT, READY("True", "00:00")), "", "");
    const struct json *patch = written(&a, "PATCH /api/v1/nodes/n", 0);
    ck_assert_str_eq(text(&a, obj_get(patch, ".spec.taints")), "[]");
    ck_assert(obj_is(patch, ".metadata.resourceVersion", "3"));
    EXPECT_WRITES("PATCH", 1);
    EXPECT_WRITES("POST /api/v1/namespaces/default/events", 1);
    const struct json *event = written(&a, "/events", 0);
    ck_assert(obj_is(event, ".reason", "RegisteredNode") && obj_is(event, ".source.component", "node-controller"));
    ck_assert(obj_is(event, ".message", "Node n event: Registered Node n in Controller"));
    down();
}
END_TEST

START_TEST(a_silent_node_is_marked_in_time)
{
    struct arena a AUTO_ARENA = {0};
    start(NODE("n", "3", "", READY("True", "00:00")), LEASE("n", "4", "00:00"), "");
    at_s(49);
    EXPECT_WRITES("PATCH", 0);
    at_s(50);
    const struct json *patch = written(&a, "PATCH /api/v1/nodes/n/status", 0);
    ck_assert(obj_is(obj_condition(patch, "Ready"), ".status", "Unknown"));
    ck_assert(obj_is(obj_condition(patch, "Ready"), ".lastTransitionTime", dated("2026-01-01T00:00:50Z")));
    const struct json *event = written(&a, "/events", 1);
    ck_assert(obj_is(event, ".reason", "NodeNotReady") && obj_is(event, ".type", "Normal"));
    ck_assert(obj_is(event, ".message", "Node n status is now: NodeNotReady"));
    down();
}
END_TEST

START_TEST(a_renewed_lease_costs_no_request)
{
    start(NODE("n", "3", "", READY("True", "00:00")), LEASE("n", "4", "00:00"), "");
    FAKE_WAIT(fake_count(&server, "/events") == 1);
    at_s(30);
    push("/leases", MODIFIED(LEASE("n", "9", "00:30")));
    at_s(60);
    push("/leases", MODIFIED(LEASE("n", "10", "01:00")));
    at_s(109); /* a timer that is late waits for leases: the pushed ones arrive meanwhile */
    FAKE_WAIT(ctl_host_idle(host));
    EXPECT_WRITES("PATCH", 0);
    EXPECT_WRITES("POST /api/v1/namespaces", 1); /* the event from before */
    at_s(110);
    EXPECT_WRITES("PATCH /api/v1/nodes/n/status", 1);
    down();
}
END_TEST

/* The clock leaps over everything: who lives has the time to say so. */
START_TEST(a_leap_kills_nobody_who_lives)
{
    start(NODE("dead", "3", "", READY("True", "00:00")) "," NODE("live", "3", "", READY("True", "00:00")),
          LEASE("dead", "4", "00:00") "," LEASE("live", "4", "00:00"), "");
    at_s(300);
    push("/leases", MODIFIED(LEASE("live", "9", "05:00")));
    EXPECT_WRITES("PATCH /api/v1/nodes/dead/status", 1);
    ck_assert_int_eq(fake_count(&server, "PATCH /api/v1/nodes/live"), 0);
    down();
}
END_TEST

START_TEST(an_unknown_node_is_tainted_and_its_pods_are_not_ready)
{
    struct arena a AUTO_ARENA = {0};
    start(NODE("n", "3", "", READY("Unknown", "00:00")) "," NODE("ok", "3", "", READY("True", "00:00")), "",
          POD("p", "n", "", RUNS) "," POD("other", "ok", "", RUNS) "," POD("unready", "n", "", ""));
    const struct json *patch = written(&a, "PATCH /api/v1/nodes/n", 0);
    ck_assert(obj_is(patch, ".spec.taints[0].effect", "NoSchedule") &&
              obj_is(patch, ".spec.taints[1].effect", "NoExecute"));
    ck_assert(obj_is(patch, ".spec.taints[1].key", "node.kubernetes.io/unreachable"));
    patch = written(&a, "PATCH /api/v1/namespaces/d/pods/p/status", 0);
    ck_assert(obj_is(obj_condition(patch, "Ready"), ".status", "False"));
    ck_assert(obj_is(patch, ".metadata.uid", "u-p"));
    ck_assert_int_eq(fake_count(&server, "pods/other"), 0);
    ck_assert_int_eq(fake_count(&server, "pods/unready"), 0);
    FAKE_WAIT(fake_count(&server, "POST /api/v1/namespaces/d/events") == 1);
    const struct json *event = written(&a, "POST /api/v1/namespaces/d/events", 0);
    ck_assert(obj_is(event, ".reason", "NodeNotReady") && obj_is(event, ".message", "Node is not ready"));
    down();
}
END_TEST

START_TEST(nobody_is_evicted_when_no_node_is_ready)
{
    struct arena a AUTO_ARENA = {0};
    start(NODE("n", "3", "", READY("Unknown", "00:00")), "", "");
    ck_assert_uint_eq(obj_count(written(&a, "PATCH /api/v1/nodes/n", 0), ".spec.taints"), 1);
    /* one comes back: the other may be evicted after all */
    push("/nodes", ADDED(NODE("ok", "9", "", READY("True", "00:00"))));
    ck_assert_uint_eq(obj_count(written(&a, "PATCH /api/v1/nodes/n", 1), ".spec.taints"), 2);
    down();
}
END_TEST

START_TEST(one_node_of_a_zone_after_the_other)
{
    start(NODE("a", "3", "", READY("Unknown", "00:00")) "," NODE("b", "3", "", READY("Unknown", "00:00")) "," NODE(
              "ok", "3", "", READY("True", "00:00")) "," NODE("ok2", "3", "", READY("True", "00:00")),
          LEASE("ok", "4", "01:00") "," LEASE("ok2", "4", "01:00"), "");
    EXPECT_WRITES("PATCH /api/v1/nodes/", 2);
    int evicting = 0;
    mutex_lock(&lock);
    for (int i = 0; i < nwrites; i++) evicting += strstr(writes[i][1], "NoExecute") != NULL;
    mutex_unlock(&lock);
    ck_assert_int_eq(evicting, 1);
    at_s(10);
    FAKE_WAIT(fake_count(&server, "PATCH /api/v1/nodes/") >= 3);
    evicting = 0;
    mutex_lock(&lock);
    for (int i = 0; i < nwrites; i++) evicting += strstr(writes[i][1], "NoExecute") != NULL;
    mutex_unlock(&lock);
    ck_assert_int_eq(evicting, 2);
    down();
}
END_TEST

START_TEST(a_node_that_goes_is_told)
{
    struct arena a AUTO_ARENA = {0};
    start(NODE("n", "3", "", READY("True", "00:00")), "", "");
    push("/nodes", DELETED(NODE("n", "9", "", READY("True", "00:00"))));
    FAKE_WAIT(fake_count(&server, "/events") == 2);
    const struct json *event = written(&a, "/events", 1);
    ck_assert(obj_is(event, ".reason", "RemovingNode"));
    ck_assert(obj_is(event, ".message", "Node n event: Removing Node n from Controller"));
    at_s(500);
    EXPECT_WRITES("PATCH", 0);
    down();
}
END_TEST

TEST_MAIN("node_lifecycle", a_ready_node_loses_the_taint_of_new_ones, a_silent_node_is_marked_in_time,
          a_renewed_lease_costs_no_request, a_leap_kills_nobody_who_lives,
          an_unknown_node_is_tainted_and_its_pods_are_not_ready, nobody_is_evicted_when_no_node_is_ready,
          one_node_of_a_zone_after_the_other, a_node_that_goes_is_told)
