/* test_cache.c - what nodes hold: assumed, confirmed, forgotten, finished; the order over zones; what a change means.
 */
#include "sched_support.h"

static const struct node_info *node_named(struct cache *c, const char *name)
{
    int n;
    const struct node_info *const *nodes = cache_lock_nodes(c, &n);
    const struct node_info *found = NULL;
    for (int i = 0; i < n; i++)
        if (str_eqc(nodes[i]->name, name)) found = nodes[i];
    cache_unlock(c); /* one thread: nothing changes behind our back */
    return found;
}

static void expect_used(struct cache *c, const char *node, int64_t cpu, int64_t pods)
{
    const struct node_info *n = node_named(c, node);
    ck_assert_ptr_nonnull(n);
    ck_assert_int_eq(n->used.count > RES_CPU ? n->used.v[RES_CPU] : 0, cpu);
    ck_assert_int_eq(n->pod_count, pods);
}

static void expect_order(struct cache *c, const char *want)
{
    struct buf b AUTO_BUF = {0};
    int n;
    buf_init(&b, 4096);
    const struct node_info *const *nodes = cache_lock_nodes(c, &n);
    for (int i = 0; i < n; i++) buf_addf(&b, "%s%.*s", i ? " " : "", STR_ARG(nodes[i]->name));
    cache_unlock(c);
    ck_assert_strn_eq(buf_view(&b), want);
}

static void assume(struct cache *c, const char *pod, const char *node)
{
    const struct object *o AUTO_OBJ = pod_of(pod, ONE("\"cpu\":\"1\""));
    struct pod_info *info = pod_info_new(o);
    cache_assume(c, info, str_of(node));
    pod_info_free(info);
}

START_TEST(assume_confirm_forget)
{
    struct cache *c = cache_new();
    add_node(c, "a", "", "");
    add_node(c, "b", "", "");
    assume(c, "p", "a");
    ck_assert(cache_is_assumed(c, STR("uid-p")));
    expect_used(c, "a", 1000, 1);
    add_running(c, "p", "a", ONE("\"cpu\":\"1\"")); /* the watch confirms it: not counted twice */
    ck_assert(!cache_is_assumed(c, STR("uid-p")));
    expect_used(c, "a", 1000, 1);
    cache_forget(c, STR("uid-p")); /* too late: it is real */
    expect_used(c, "a", 1000, 1);
    assume(c, "r", "b");
    cache_forget(c, STR("uid-r"));
    expect_used(c, "b", 0, 0);
    ck_assert(!cache_is_assumed(c, STR("uid-r")));
    assume(c, "s", "a"); /* assumed here, bound there by somebody else */
    add_running(c, "s", "b", ONE("\"cpu\":\"2\""));
    expect_used(c, "a", 1000, 1);
    expect_used(c, "b", 2000, 1);
    ck_assert(cache_remove_pod(c, STR("uid-p")));
    ck_assert(!cache_remove_pod(c, STR("uid-p")));
    expect_used(c, "a", 0, 0);
    cache_free(c);
}
END_TEST

START_TEST(a_finished_pod_takes_no_room)
{
    struct cache *c = cache_new();
    static const char *const phases[] = {"Succeeded", "Failed"};
    add_node(c, "a", "", "");
    for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
        add_running(c, "p", "a", ONE("\"cpu\":\"1\""));
        expect_used(c, "a", 1000, 1);
        AUTO_FREE char *more = xasprintf(
            "\"spec\":{\"nodeName\":\"a\"," ONE("\"cpu\":\"1\"") "},\"status\":{\"phase\":\"%s\"}", phases[i]);
        const struct object *done AUTO_OBJ = object_text("Pod", "p", "", more);
        cache_set_pod(c, done);
        expect_used(c, "a", 0, 0);
    }
    cache_free(c);
}
END_TEST

START_TEST(pods_may_come_before_their_node_and_outlive_it)
{
    struct cache *c = cache_new();
    add_running(c, "p", "a", ONE("\"cpu\":\"1\""));
    expect_order(c, "");
    ck_assert_uint_eq(add_node(c, "a", "", ""), EV_NODE_ADD);
    expect_used(c, "a", 1000, 1);
    cache_remove_node(c, STR("a"));
    expect_order(c, "");
    ck_assert_uint_eq(add_node(c, "a", "", ""), EV_NODE_ADD);
    expect_used(c, "a", 1000, 1);
    cache_remove_node(c, STR("a"));
    ck_assert(cache_remove_pod(c, STR("uid-p"))); /* the last trace of the node goes with it */
    cache_remove_node(c, STR("a"));
    add_running(c, "r", "gone", ONE(""));
    cache_free(c);
}
END_TEST

#define ZONE(z) "\"topology.kubernetes.io/zone\":\"" z "\""

START_TEST(zones_take_turns)
{
    struct cache *c = cache_new();
    add_node(c, "a1", ZONE("a"), "");
    add_node(c, "a2", ZONE("a"), "");
    add_node(c, "a3", ZONE("a"), "");
    add_node(c, "b1", ZONE("b"), "");
    add_node(c, "none1", "", "");
    add_node(c, "none2", "", "");
    expect_order(c, "a1 b1 none1 a2 none2 a3");
    add_node(c, "b2", "\"failure-domain.beta.kubernetes.io/zone\":\"b\"", ""); /* the legacy label says the same */
    expect_order(c, "a1 b1 none1 a2 b2 none2 a3");
    add_node(c, "west", ZONE("a") ",\"topology.kubernetes.io/region\":\"w\"", ""); /* another region, another zone */
    expect_order(c, "a1 b1 none1 west a2 b2 none2 a3");
    cache_remove_node(c, STR("b1"));
    cache_remove_node(c, STR("west"));
    ck_assert(node_named(c, "b2") && node_named(c, "a3") && !node_named(c, "b1") && !node_named(c, "west"));
    cache_free(c);
}
END_TEST

START_TEST(changes_of_nodes_as_events)
{
    static const struct {
        const char *labels, *spec, *cpu, *pods;
        unsigned events;
    } rows[] = {
        {"", "", "4", "110", EV_NODE_ADD},
        {"", "", "4", "110", 0},
        {"", "", "5", "110", EV_NODE_MORE_FREE},
        {"", "", "3", "110", 0}, /* less room lets nobody in */
        {"", "", "3", "111", EV_NODE_MORE_FREE},
        {"", "", "3", "100", 0},
        {"\"a\":\"b\"", "", "3", "100", EV_NODE_LABELS},
        {"\"a\":\"b\"", "\"taints\":[{\"key\":\"k\",\"effect\":\"NoSchedule\"}]", "3", "100", EV_NODE_TAINTS},
        {"\"a\":\"b\"", "", "3", "100", EV_NODE_TAINTS},
        {"\"a\":\"b\"", "\"unschedulable\":true", "3", "100", EV_NODE_TAINTS},
        {"\"a\":\"c\"", "", "4", "100", EV_NODE_LABELS | EV_NODE_TAINTS | EV_NODE_MORE_FREE},
    };
    struct cache *c = cache_new();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct object *n AUTO_OBJ =
            node_text("n", rows[i].labels, rows[i].spec, rows[i].cpu, "8Gi", rows[i].pods, "");
        unsigned ev = cache_set_node(c, n);
        ck_assert_msg(ev == rows[i].events, "row %zu: %u", i, ev);
    }
    ck_assert_int_eq(node_named(c, "n")->pod_count_max, 100);
    cache_free(c);
}
END_TEST

TEST_MAIN("cache", assume_confirm_forget, a_finished_pod_takes_no_room, pods_may_come_before_their_node_and_outlive_it,
          zones_take_turns, changes_of_nodes_as_events)
