/* test_balance.c - how evenly a cluster is used, and where pods are. */
#include "scheduler/balance.h"
#include "try_out.h"

static bool is_old(void *arg, const struct pod_info *p)
{
    (void)arg;
    return !str_starts(p->name, STR("new"));
}

static bool any(void *arg, const struct pod_info *p)
{
    (void)arg, (void)p;
    return true;
}

START_TEST(percentages)
{
    struct balance b[BALANCE_COUNT];
    up();
    balance_measure(sandbox_cache(sandbox), b);
    ck_assert_int_eq(b[BALANCE_CPU].nodes, 0); /* no nodes, no answer */
    has_node("n1", 4, "a");
    has_node("n2", 8, "b");
    has("{apiVersion: v1, kind: Node, metadata: {name: none}, status: {allocatable: {cpu: '0'}}}");
    has_pod("p1", "n1", 0, "3");
    has_pod("p2", "n1", 0, "1");
    has_pod("p3", "n2", 0, "4");
    has_pod("p4", "nowhere", 0, "4");
    balance_measure(sandbox_cache(sandbox), b);
    ck_assert_int_eq(b[BALANCE_CPU].nodes, 2);
    ck_assert_int_eq(b[BALANCE_CPU].mean, 75);
    ck_assert_int_eq(b[BALANCE_CPU].deviation, 25);
    ck_assert_int_eq(b[BALANCE_CPU].min, 50);
    ck_assert_int_eq(b[BALANCE_CPU].max, 100);
    ck_assert_int_eq(b[BALANCE_MEMORY].max, 0);
    ck_assert_int_eq(b[BALANCE_PODS].max, 2); /* 2 of 110 */
    ck_assert_int_eq(b[BALANCE_PODS].min, 1);
    down();
}
END_TEST

START_TEST(absurd_amounts)
{
    struct balance b[BALANCE_COUNT];
    up();
    has("{apiVersion: v1, kind: Node, metadata: {name: n1}, status: {allocatable: {cpu: 1m, memory: '1', pods: '1'}}}");
    has_pod("p", "n1", 0, "9P");
    balance_measure(sandbox_cache(sandbox), b);
    ck_assert_int_eq(b[BALANCE_CPU].max, 1000000000);
    down();
}
END_TEST

START_TEST(where_pods_are)
{
    struct spread_counts c;
    up();
    has_node("n1", 4, "b");
    has_node("n2", 4, "a");
    has_node("n3", 4, "b");
    has_node("n4", 4, "c");
    has("{apiVersion: v1, kind: Node, metadata: {name: bare}}");
    has_pod("p1", "n1", 0, "1");
    has_pod("p2", "n3", 0, "1");
    has_pod("p3", "bare", 0, "1");
    balance_count(sandbox_cache(sandbox), &texts, "topology.kubernetes.io/zone", is_old, NULL, &c);
    has_pod("new1", "n2", 0, "1");
    has_pod("new2", "n1", 0, "1");
    balance_recount(sandbox_cache(sandbox), any, NULL, &c);
    static const struct {
        const char *zone;
        int before, after;
    } rows[] = {{"a", 0, 1}, {"b", 2, 3}, {"c", 0, 0}};
    ck_assert_int_eq(c.n, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_strn_eq(sym_str(c.v[i].value), rows[i].zone);
        ck_assert_int_eq(c.v[i].before, rows[i].before);
        ck_assert_int_eq(c.v[i].after, rows[i].after);
    }
    down();
}
END_TEST

TEST_MAIN("balance", percentages, absurd_amounts, where_pods_are)
