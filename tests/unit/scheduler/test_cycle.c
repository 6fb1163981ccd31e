/* test_cycle.c - the failure's text, the choice among equals, how many nodes are looked at, and the Decision. */
#include "sched_support.h"

#include <limits.h>

static void many(struct cache *c, int n)
{
    for (int i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%03d", i);
        add_node(c, name, "", "");
    }
}

static void expect_message(struct cache *c, const char *spec, const char *message)
{
    struct attempt t;
    attempt_run(&t, c, spec);
    ck_assert_int_eq(t.cy.feasible, 0);
    ck_assert_strn_eq(explain_failure(&t.cy), message);
    attempt_end(&t);
}

START_TEST(messages_of_failures)
{
    struct cache *c = cache_new();
    expect_message(c, ONE(""), "no nodes available to schedule pods");
    add_node(c, "a", "", "\"unschedulable\":true");
    add_sized(c, "b", "1", "1Gi");
    add_sized(c, "c", "1", "1Gi");
    expect_message(c, ONE("\"cpu\":\"2\""),
                   "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.");
    expect_message(c, ONE("\"cpu\":\"2\",\"memory\":\"2Gi\""),
                   "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu, 2 Insufficient memory.");
    cache_free(c);
    c = cache_new();
    many(c, 11); /* lines are sorted as text: "10 .." stands before "2 .." and "1 .." before both */
    add_node(c, "x", "", "\"taints\":[{\"key\":\"k\",\"effect\":\"NoExecute\"}]");
    add_node(c, "y", "", "\"taints\":[{\"key\":\"k\",\"effect\":\"NoSchedule\"}]");
    expect_message(c, "\"nodeSelector\":{\"a\":\"b\"}," ONE(""),
                   "0/13 nodes are available: 11 node(s) didn't match Pod's node affinity/selector, "
                   "2 node(s) had untolerated taint(s).");
    cache_free(c);
}
END_TEST

START_TEST(enough_nodes)
{
    static const int rows[][2] = {{0, 0},      {1, 1},      {99, 99},     {100, 100},
                                  {150, 100},  {250, 120},  {1000, 420},  {5000, 500},
                                  {5625, 281}, {6000, 300}, {10000, 500}, {INT_MAX, INT_MAX / 20}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(cycle_enough(rows[i][0]) == rows[i][1], "%d nodes: %d", rows[i][0], cycle_enough(rows[i][0]));
}
END_TEST

START_TEST(rotation_goes_on_where_it_ended)
{
    struct cache *c = cache_new();
    struct attempt t;
    int start = 0;
    many(c, 150);
    const struct {
        const char *first;
        int next;
    } rounds[] = {{"n000", 100}, {"n100", 50}, {"n050", 0}, {"n000", 100}};
    for (size_t i = 0; i < ARRAY_LEN(rounds); i++) {
        attempt_begin(&t, ONE(""));
        cycle_compute(&t.cy, c, NULL, &start, &t.choice);
        ck_assert_int_eq(t.cy.evaluated, 100); /* enough of 150 */
        ck_assert_int_eq(t.cy.all_nodes, 150);
        ck_assert_strn_eq(t.cy.results[0].name, rounds[i].first);
        ck_assert_int_eq(start, rounds[i].next);
        attempt_end(&t);
    }
    /* Those that do not fit count as looked at, not as found. */
    attempt_begin(&t, "\"nodeName\":\"n149\"," ONE(""));
    start = 7;
    cycle_compute(&t.cy, c, NULL, &start, &t.choice);
    ck_assert_int_eq(t.cy.evaluated, 150);
    ck_assert_int_eq(start, 7);
    ck_assert_strn_eq(cycle_node(&t.cy), "n149");
    ck_assert(!t.cy.scored); /* the only one: nothing to compare */
    attempt_end(&t);
    cache_free(c);
}
END_TEST

START_TEST(ties_are_broken_by_the_seed)
{
    struct cache *c = cache_new();
    int won[3] = {0};
    many(c, 3);
    add_sized(c, "worse", "1", "8Gi");
    for (int seed = 1; seed <= 300; seed++) {
        struct str first = STR_NULL;
        char name[16];
        for (int again = 0; again < 2; again++) {
            struct attempt t;
            attempt_begin(&t, ONE("\"cpu\":\"100m\""));
            rnd_stream(&t.choice, (uint64_t)seed);
            cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
            ck_assert_int_eq(t.cy.ties, 3);
            ck_assert_int_ne(cycle_node(&t.cy).p[0], 'w');
            if (again) {
                ck_assert(str_eq(first, cycle_node(&t.cy)));
            } else {
                snprintf(name, sizeof name, "%.*s", STR_ARG(cycle_node(&t.cy)));
                first = str_of(name);
                won[name[3] - '0']++;
            }
            attempt_end(&t);
        }
    }
    for (int i = 0; i < 3; i++) ck_assert_msg(won[i] > 60 && won[i] < 140, "node %d won %d of 300", i, won[i]);
    cache_free(c);
}
END_TEST

START_TEST(only_the_nodes_that_were_returned)
{
    struct cache *c = cache_new();
    struct attempt t;
    struct map only = {0};
    many(c, 3);
    map_set(&only, STR("n001"), &only);
    attempt_begin(&t, ONE(""));
    cycle_compute(&t.cy, c, &only, &t.start, &t.choice);
    ck_assert_int_eq(t.cy.evaluated, 1);
    ck_assert_strn_eq(cycle_node(&t.cy), "n001");
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice); /* a parked cycle looks again */
    ck_assert_int_eq(t.cy.evaluated, 3);
    ck_assert_int_eq(t.cy.feasible, 3);
    map_release(&only, NULL);
    attempt_end(&t);
    cache_free(c);
}
END_TEST

START_TEST(wants_what_the_refusing_plugins_wait_for)
{
    struct cache *c = cache_new();
    struct attempt t;
    add_sized(c, "a", "1", "1Gi");
    attempt_run(&t, c, ONE("\"cpu\":\"2\""));
    ck_assert_uint_eq(cycle_wants(&t.cy), EV_NODE_ADD | EV_NODE_MORE_FREE | EV_POD_GONE);
    attempt_end(&t);
    add_node(c, "b", "", "\"taints\":[{\"key\":\"k\",\"effect\":\"NoSchedule\"}]");
    attempt_run(&t, c, ONE("\"cpu\":\"2\""));
    ck_assert_uint_eq(cycle_wants(&t.cy), EV_NODE_ADD | EV_NODE_MORE_FREE | EV_POD_GONE | EV_NODE_TAINTS);
    attempt_end(&t);
    cache_free(c);
}
END_TEST

/* ---- The Decision ---- */

static void expect_names(const struct json *row, const char *names)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 4096);
    json_write(&b, obj_get(row, ".names"));
    ck_assert_strn_eq(buf_view(&b), names);
}

START_TEST(decision_groups_equal_nodes)
{
    struct cache *c = cache_new();
    struct attempt t;
    add_sized(c, "a", "4", "8Gi");
    add_node(c, "closed", "", "\"unschedulable\":true");
    add_sized(c, "b", "4", "8Gi");
    add_sized(c, "tiny1", "1", "8Gi");
    add_sized(c, "small", "3", "8Gi");
    add_sized(c, "tiny2", "1", "8Gi");
    attempt_run(&t, c, ONE("\"cpu\":\"2\",\"memory\":\"1Gi\""));
    const struct json *d = explain_decision(&t.cy, NULL), *nodes = obj_get(d, ".status.nodes");
    ck_assert_uint_eq(obj_count(d, ".status.nodes"), 4);
    const struct json *fit = json_at(nodes, 0), *closed = json_at(nodes, 1), *tiny = json_at(nodes, 2);
    expect_names(fit, "[\"a\",\"b\"]");
    expect_names(closed, "[\"closed\"]");
    expect_names(tiny, "[\"tiny1\",\"tiny2\"]");
    expect_names(json_at(nodes, 3), "[\"small\"]"); /* fits, with other scores */
    ck_assert(obj_bool(fit, ".feasible", false) && !obj_bool(tiny, ".feasible", true));
    /* a refused node's row ends at the filter that refused it, and has no scores */
    ck_assert_uint_eq(obj_count(closed, ".filters"), 1);
    ck_assert_strn_eq(obj_str(closed, ".filters[0].plugin"), "NodeUnschedulable");
    ck_assert_strn_eq(obj_str(closed, ".filters[0].code"), "UnschedulableAndUnresolvable");
    const struct json *last = json_at(obj_get(tiny, ".filters"), obj_count(tiny, ".filters") - 1);
    ck_assert_strn_eq(obj_str(last, ".plugin"), "NodeResourcesFit");
    ck_assert_strn_eq(obj_text(obj_first(last, ".reasons")), "Insufficient cpu");
    ck_assert_uint_eq(obj_count(tiny, ".scores"), 0);
    /* the total is the sum of the weighted scores */
    int64_t sum = 0;
    for (OBJ_EACH(s, fit, ".scores")) {
        ck_assert_int_eq(obj_int(s, ".weighted", -1), obj_int(s, ".normalized", 0) * obj_int(s, ".weight", 0));
        sum += obj_int(s, ".weighted", 0);
    }
    ck_assert_int_eq(obj_int(fit, ".total", -1), sum);
    ck_assert_strn_eq(obj_str(d, ".status.result"), "Scheduled");
    ck_assert_strn_eq(obj_name(d), "web-1");
    ck_assert_int_eq(obj_int(d, ".status.feasible", 0), 3);
    ck_assert_int_eq(obj_int(d, ".status.evaluated", 0), 6);
    ck_assert_int_eq(obj_int(d, ".status.tie.nodes", 0), 2);
    attempt_end(&t);
    cache_free(c);
}
END_TEST

START_TEST(decision_of_a_failure)
{
    struct cache *c = cache_new();
    struct attempt t;
    add_sized(c, "tiny", "1", "1Gi");
    attempt_run(&t, c, ONE("\"cpu\":\"2\""));
    const struct json *d = explain_decision(&t.cy, NULL);
    ck_assert_strn_eq(obj_str(d, ".status.result"), "Unschedulable");
    ck_assert_strn_eq(obj_str(d, ".status.message"), "0/1 nodes are available: 1 Insufficient cpu.");
    ck_assert(!obj_has(d, ".status.node") && !obj_has(d, ".status.tie"));
    d = explain_decision(&t.cy, "the API server said no");
    ck_assert_strn_eq(obj_str(d, ".status.result"), "Error");
    ck_assert_strn_eq(obj_str(d, ".status.message"), "the API server said no");
    struct json *facts = obj_empty(&t.cy.arena);
    explain_facts(&t.cy, facts);
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 4096);
    json_write(&b, facts);
    ck_assert_strn_eq(buf_view(&b), "{\"nodes\":1,\"fit\":0,\"why\":[\"1 Insufficient cpu\"]}");
    attempt_end(&t);
    cache_free(c);
}
END_TEST

TEST_MAIN("cycle", messages_of_failures, enough_nodes, rotation_goes_on_where_it_ended, ties_are_broken_by_the_seed,
          only_the_nodes_that_were_returned, wants_what_the_refusing_plugins_wait_for, decision_groups_equal_nodes,
          decision_of_a_failure)
