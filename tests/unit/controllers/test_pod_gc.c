/* test_pod_gc.c - pods of nodes that are gone or out of service, and pods that were deleted before they had a node. */
#include "nodes_support.h"

extern const struct ctl_spec pod_gc_controller;

#define GOING(name, node, more)                                                                                        \
    "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" name                                           \
    "\",\"namespace\":\"d\",\"uid\":\"u-" name                                                                         \
    "\",\"resourceVersion\":\"4\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{" node "}" more "}"

static void start(const char *nodes, const char *pods)
{
    begin();
    at_s(0);
    serve("/nodes", nodes);
    serve("/pods", pods);
    up(&pod_gc_controller);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 2 && ctl_host_idle(host));
}

START_TEST(orphans_go_after_a_while)
{
    struct arena a AUTO_ARENA = {0};
    start(NODE("n", "3", "", ""),
          POD("p", "gone", "", RUNS) "," POD("done", "gone", "",
                                             ",\"status\":{\"phase\":\"Succeeded\"}") "," POD("fine", "n", "", RUNS));
    at_s(39);
    EXPECT_WRITES("/nodes/gone", 0);
    at_s(40);
    EXPECT_WRITES("DELETE /api/v1/namespaces/d/pods/p", 1);
    EXPECT_WRITES("DELETE /api/v1/namespaces/d/pods/done", 1);
    EXPECT_WRITES("DELETE", 2);
    ck_assert_int_ge(fake_count(&server, "GET /api/v1/nodes/gone"), 1); /* asked before */
    const struct json *patch = written(&a, "PATCH /api/v1/namespaces/d/pods/p/status", 0);
    const struct json *c = obj_condition(patch, "DisruptionTarget");
    ck_assert(obj_is(patch, ".status.phase", "Failed") && obj_is(c, ".reason", "DeletionByPodGC"));
    ck_assert(obj_is(c, ".message", "PodGC: node no longer exists"));
    EXPECT_WRITES("PATCH", 1); /* what has finished stays as it finished */
    ck_assert_int_eq(obj_int(written(&a, "DELETE /api/v1/namespaces/d/pods/p", 0), ".gracePeriodSeconds", -1), 0);
    down();
}
END_TEST

START_TEST(a_node_that_comes_back_in_time)
{
    start("", POD("p", "n", "", RUNS));
    at_s(30);
    push("/nodes", ADDED(NODE("n", "9", "", "")));
    FAKE_WAIT(informer_count(ctl_informer(ctl, "v1/nodes")) == 1 && ctl_host_idle(host));
    at_s(100);
    EXPECT_WRITES("DELETE", 0);
    down();
}
END_TEST

START_TEST(deleted_without_a_node)
{
    struct arena a AUTO_ARENA = {0};
    start("", GOING("p", "", ",\"status\":{\"phase\":\"Pending\"}"));
    EXPECT_WRITES("DELETE /api/v1/namespaces/d/pods/p", 1);
    const struct json *patch = written(&a, "PATCH /api/v1/namespaces/d/pods/p/status", 0);
    ck_assert(obj_is(patch, ".status.phase", "Failed") && !obj_has(patch, ".status.conditions"));
    down();
}
END_TEST

START_TEST(out_of_service)
{
    start(NODE("n", "3", "", READY("Unknown", "00:00")),
          GOING("p", "\"nodeName\":\"n\"", "") "," POD("stays", "n", "", RUNS));
    EXPECT_WRITES("DELETE", 0);
    push(
        "/nodes",
        MODIFIED(NODE("n", "9", "\"taints\":[{\"key\":\"node.kubernetes.io/out-of-service\",\"effect\":\"NoExecute\"}]",
                      READY("Unknown", "00:00"))));
    EXPECT_WRITES("DELETE /api/v1/namespaces/d/pods/p", 1);
    EXPECT_WRITES("DELETE", 1);
    down();
}
END_TEST

TEST_MAIN("pod_gc", orphans_go_after_a_while, a_node_that_comes_back_in_time, deleted_without_a_node, out_of_service)
