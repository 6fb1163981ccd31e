/* test_node_tree.c - zones in turn, whatever comes, moves and goes. */
#include "sched_support.h"
#include "scheduler/node_tree.h"

enum { MOST = 40 };

static struct keep texts;
static struct node_info nodes[MOST];

static void name_all(void)
{
    for (int i = 0; i < MOST; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        nodes[i] = (struct node_info){.name = keep_sym(&texts, str_of(name))};
    }
}

static void put_in(struct node_info *n, const char *key, const char *zone)
{
    struct label *l = ARENA_NEW(&texts.arena, struct label);
    *l = (struct label){keep_sym(&texts, str_of(key)), keep_sym(&texts, str_of(zone))};
    n->labels = (struct labels){.v = l, .n = zone ? 1 : 0};
}

static void zone(struct node_info *n, const char *zone) { put_in(n, "topology.kubernetes.io/zone", zone); }

static void expect(const struct node_tree *t, const char *want)
{
    struct node_info *list[MOST];
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 4096);
    node_tree_list(t, list);
    for (int i = 0; i < t->count; i++) buf_addf(&b, "%s%s", i ? " " : "", list[i]->name->text);
    ck_assert_strn_eq(buf_view(&b), want);
}

START_TEST(zones_take_turns)
{
    struct node_tree t = {0};
    static const char *const zones[] = {"a", "a", "a", "b", NULL, NULL, "b"};
    name_all();
    expect(&t, "");
    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        zone(&nodes[i], zones[i]);
        node_tree_add(&t, &nodes[i]);
    }
    expect(&t, "0 3 4 1 6 5 2");
    node_tree_remove(&t, &nodes[1]);
    expect(&t, "0 3 4 2 6 5");
    node_tree_remove(&t, &nodes[3]);
    node_tree_remove(&t, &nodes[6]); /* zone b is no more; when it comes again, it is the last */
    expect(&t, "0 4 2 5");
    node_tree_add(&t, &nodes[3]);
    expect(&t, "0 4 3 2 5");
    node_tree_remove(&t, &nodes[6]); /* not there */
    expect(&t, "0 4 3 2 5");
    node_tree_release(&t);
    ck_assert_int_eq(t.count, 0);
    keep_release(&texts);
}
END_TEST

START_TEST(a_node_moves_only_to_another_zone)
{
    struct node_tree t = {0};
    name_all();
    for (int i = 0; i < 3; i++) {
        zone(&nodes[i], "a");
        node_tree_add(&t, &nodes[i]);
    }
    struct node_info was = nodes[0];
    put_in(&nodes[0], "failure-domain.beta.kubernetes.io/zone", "a"); /* the old label says the same */
    ck_assert(!node_tree_move(&t, &nodes[0], &was));
    expect(&t, "0 1 2");
    was = nodes[1];
    zone(&nodes[1], "b");
    ck_assert(node_tree_move(&t, &nodes[1], &was));
    expect(&t, "0 1 2");
    was = nodes[1];
    zone(&nodes[1], "a");
    ck_assert(node_tree_move(&t, &nodes[1], &was));
    expect(&t, "0 2 1");
    ck_assert_int_eq(t.n, 1);
    node_tree_release(&t);
    keep_release(&texts);
}
END_TEST

START_TEST(region_and_zone_together)
{
    struct node_tree t = {0};
    name_all();
    zone(&nodes[0], "x");
    put_in(&nodes[1], "topology.kubernetes.io/region", "x"); /* a region x is no zone x */
    put_in(&nodes[2], "failure-domain.beta.kubernetes.io/region", "x");
    zone(&nodes[3], "x");
    for (int i = 0; i < 4; i++) node_tree_add(&t, &nodes[i]);
    ck_assert_int_eq(t.n, 2);
    expect(&t, "0 1 3 2");
    node_tree_release(&t);
    keep_release(&texts);
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

TEST_MAIN("node_tree", zones_take_turns, a_node_moves_only_to_another_zone, region_and_zone_together)
