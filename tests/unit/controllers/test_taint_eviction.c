/* test_taint_eviction.c - NoExecute taints: who goes at once, who later, who stays, and what is cancelled. */
#include "nodes_support.h"

extern const struct ctl_spec taint_eviction_controller;

#define TAINTED         "\"taints\":[{\"key\":\"a\",\"effect\":\"NoExecute\"}]"
#define TOLERATES(more) ",\"tolerations\":[{\"key\":\"a\",\"operator\":\"Exists\"" more "}]"

static void start(const char *nodes, const char *pods)
{
    begin();
    at_s(0);
    serve("/nodes", nodes);
    serve("/pods", pods);
    up(&taint_eviction_controller);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 2 && ctl_host_idle(host));
}

START_TEST(those_that_do_not_tolerate_go_at_once)
{
    struct arena a AUTO_ARENA = {0};
    start(NODE("n", "3", TAINTED, "") "," NODE("m", "3", "", ""),
          POD("p", "n", "", RUNS) "," POD("stays", "n", TOLERATES(""), RUNS) "," POD("elsewhere", "m", "", RUNS));
    const struct json *patch = written(&a, "PATCH /api/v1/namespaces/d/pods/p/status", 0);
    const struct json *c = obj_condition(patch, "DisruptionTarget");
    ck_assert(obj_is(c, ".status", "True") && obj_is(c, ".reason", "DeletionByTaintManager"));
    ck_assert(obj_is(c, ".message", "Taint manager: deleting due to NoExecute taint"));
    EXPECT_WRITES("DELETE /api/v1/namespaces/d/pods/p", 1);
    EXPECT_WRITES("DELETE", 1);
    FAKE_WAIT(fake_count(&server, "/events") == 1);
    const struct json *event = written(&a, "/events", 0);
    ck_assert(obj_is(event, ".reason", "TaintManagerEviction") && obj_is(event, ".type", "Normal"));
    ck_assert(obj_is(event, ".message", "Marking for deletion Pod d/p"));
    ck_assert(obj_is(event, ".source.component", "taint-eviction-controller"));
    down();
}
END_TEST

START_TEST(tolerated_for_a_while)
{
    start(NODE("n", "3", TAINTED, ""), POD("p", "n", TOLERATES(",\"tolerationSeconds\":60"),
                                           RUNS) "," POD("q", "n", TOLERATES(",\"tolerationSeconds\":90"), RUNS));
    at_s(59);
    EXPECT_WRITES("DELETE", 0);
    at_s(60);
    EXPECT_WRITES("DELETE /api/v1/namespaces/d/pods/p", 1);
    EXPECT_WRITES("DELETE", 1);
    push("/pods", DELETED(POD("p", "n", TOLERATES(",\"tolerationSeconds\":60"), RUNS)));
    at_s(90);
    EXPECT_WRITES("DELETE /api/v1/namespaces/d/pods/q", 1);
    down();
}
END_TEST

START_TEST(cancelled_when_the_taint_goes)
{
    struct arena a AUTO_ARENA = {0};
    start(NODE("n", "3", TAINTED, ""), POD("p", "n", TOLERATES(",\"tolerationSeconds\":60"), RUNS));
    push("/nodes", MODIFIED(NODE("n", "9", "", "")));
    const struct json *event = written(&a, "/events", 0);
    ck_assert(obj_is(event, ".message", "Cancelling deletion of Pod d/p"));
    at_s(300);
    EXPECT_WRITES("DELETE", 0);
    /* the time begins anew with the next taint */
    push("/nodes", MODIFIED(NODE("n", "10", TAINTED, "")));
    at_s(359);
    EXPECT_WRITES("DELETE", 0);
    down();
}
END_TEST

START_TEST(a_pod_that_comes_later)
{
    start(NODE("n", "3", TAINTED, ""), "");
    push("/pods", ADDED(POD("late", "n", "", RUNS)));
    EXPECT_WRITES("DELETE /api/v1/namespaces/d/pods/late", 1);
    down();
}
END_TEST

TEST_MAIN("taint_eviction", those_that_do_not_tolerate_go_at_once, tolerated_for_a_while, cancelled_when_the_taint_goes,
          a_pod_that_comes_later)
