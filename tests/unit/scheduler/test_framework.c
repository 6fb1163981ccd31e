/* test_framework.c - how the plugins' answers come together, with two plugins that answer as a test wants. */
#include "sched_support.h"

/* ---- The plugins ---- */

enum { LEAVE_ALL = -1 };

static struct {
    enum verdict prefilter, filter, prescore;
    int leaves;        /* a row of sets; LEAVE_ALL */
    bool fails_at_b;   /* filter: node b alone */
    int64_t points[3]; /* score of nodes a, b, c */
    int prefilters, filters, prescores, added;
    enum verdict without_extra; /* what filter says when no nominated pod was added to its state */
} said[2];

static const char *const a_b[] = {"a", "b", "b", "never"}, *const b_c[] = {"b", "c"}, *const c_alone[] = {"c"},
                         *const nobody[] = {"nobody"};
static const struct {
    const char *const *names;
    int n;
} sets[] = {{a_b, 4}, {b_c, 2}, {c_alone, 1}, {nobody, 1}, {nobody, 0}};
enum { A_B, B_C, C_ALONE, NOBODY, NONE };

struct counter { /* a plugin's state: the pods that were added to the cluster as it was found */
    int extra;
};

static enum verdict prefilter(struct cycle *cy, void **state, int who)
{
    said[who].prefilters++;
    *state = ARENA_NEW(cycle_arena(cy), struct counter);
    if (said[who].prefilter != V_OK) {
        cycle_whyf(cy, "%d is against it", who);
        return said[who].prefilter;
    }
    const struct sym *names[4];
    for (int i = 0; said[who].leaves != LEAVE_ALL && i < sets[said[who].leaves].n; i++)
        names[i] = keep_sym(cycle_keep(cy), str_of(sets[said[who].leaves].names[i]));
    if (said[who].leaves != LEAVE_ALL) cycle_only(cy, names, sets[said[who].leaves].n);
    return V_OK;
}

static enum verdict filter(struct cycle *cy, const void *state, const struct node_info *n, int who)
{
    const struct counter *c = state;
    said[who].filters++;
    enum verdict v = said[who].filter;
    if (said[who].fails_at_b && !str_eqc(sym_str(n->name), "b")) v = V_OK;
    if (!c->extra && said[who].without_extra != V_OK) v = said[who].without_extra;
    if (v != V_OK) {
        cycle_whyf(cy, "%d refuses", who);
        cycle_why(cy, "and says more");
    }
    return v;
}

static enum verdict prescore(struct cycle *cy, int n, int who)
{
    said[who].prescores++;
    ck_assert_int_ge(n, 2);
    if (said[who].prescore == V_ERROR) cycle_why(cy, "no points");
    return said[who].prescore;
}

static int64_t points(const struct node_info *n, int who) { return said[who].points[sym_str(n->name).p[0] - 'a']; }

static void *clone(struct cycle *cy, const void *state)
{
    return arena_memdup(cycle_arena(cy), state, sizeof(struct counter));
}

#define PLUGIN(who)                                                                                                    \
    static enum verdict prefilter_##who(struct cycle *cy, void **state) { return prefilter(cy, state, who); }          \
    static enum verdict filter_##who(struct cycle *cy, const void *state, const struct node_info *n)                   \
    {                                                                                                                  \
        return filter(cy, state, n, who);                                                                              \
    }                                                                                                                  \
    static void add_##who(struct cycle *cy, void *state, const struct pod_info *p, const struct node_info *n)          \
    {                                                                                                                  \
        (void)cy, (void)p, (void)n;                                                                                    \
        ((struct counter *)state)->extra++;                                                                            \
        said[who].added++;                                                                                             \
    }                                                                                                                  \
    static void remove_##who(struct cycle *cy, void *state, const struct pod_info *p, const struct node_info *n)       \
    {                                                                                                                  \
        (void)cy, (void)p, (void)n;                                                                                    \
        ((struct counter *)state)->extra--;                                                                            \
    }                                                                                                                  \
    static enum verdict prescore_##who(struct cycle *cy, void **state, const struct node_info *const *nodes, int n)    \
    {                                                                                                                  \
        (void)state, (void)nodes;                                                                                      \
        return prescore(cy, n, who);                                                                                   \
    }                                                                                                                  \
    static int64_t score_##who(struct cycle *cy, const void *state, const struct node_info *n)                         \
    {                                                                                                                  \
        (void)cy, (void)state;                                                                                         \
        return points(n, who);                                                                                         \
    }

PLUGIN(0)
PLUGIN(1)

static void normalize_1(struct cycle *cy, const void *state, const struct node_info *const *nodes, int64_t *scores,
                        int n)
{
    (void)cy, (void)state, (void)nodes;
    for (int i = 0; i < n; i++) scores[i] = 100 - scores[i];
}

static const struct sched_plugin zebra = {.name = "Zebra",
                                          .prefilter = prefilter_0,
                                          .clone = clone,
                                          .add_pod = add_0,
                                          .remove_pod = remove_0,
                                          .filter = filter_0,
                                          .prescore = prescore_0,
                                          .score = score_0,
                                          .weight = 3};
static const struct sched_plugin ant = {.name = "Ant",
                                        .prefilter = prefilter_1,
                                        .clone = clone,
                                        .add_pod = add_1,
                                        .remove_pod = remove_1,
                                        .filter = filter_1,
                                        .prescore = prescore_1,
                                        .score = score_1,
                                        .normalize = normalize_1,
                                        .weight = 2};
const struct sched_plugin *const sched_plugins[] = {&zebra, &ant, NULL};

/* ---- A cluster of three nodes ---- */

static struct cache *cache;
static struct attempt t;

static void up(void)
{
    memset(said, 0, sizeof said);
    said[0].leaves = said[1].leaves = LEAVE_ALL;
    cache = cache_new();
    for (int i = 0; i < 3; i++) add_node(cache, (const char *[]){"a", "b", "c"}[i], "", "");
    attempt_begin(&t, "");
}

static void compute(void) { cycle_compute(&t.cy, cache, NULL, &t.start, &t.choice); }

static void down(void)
{
    attempt_end(&t);
    cache_free(cache);
    ck_assert_uint_eq(sym_count(), 0);
}

static void expect_message(const char *text)
{
    ck_assert_int_eq(t.cy.feasible, 0);
    ck_assert_int_eq(t.cy.chosen, -1);
    ck_assert_strn_eq(explain_failure(&t.cy), text);
}

START_TEST(the_default_profile_asks_all)
{
    up();
    compute();
    ck_assert_int_eq(t.cy.feasible, 3);
    ck_assert_int_eq(said[0].filters, 3);
    ck_assert_int_eq(said[1].filters, 3);
    ck_assert(profile_asks(t.profile, POINT_SCORE, 1) && !profile_asks(t.profile, POINT_PRE_ENQUEUE, 1));
    ck_assert_int_eq(plugin_find(STR("Ant")), 1);
    ck_assert_int_eq(plugin_find(STR("Bee")), -1);
    down();
}
END_TEST

START_TEST(a_prefilter_that_refuses_for_good_ends_it)
{
    up();
    said[0].prefilter = V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    compute();
    expect_message("0/3 nodes are available: 0 is against it.");
    ck_assert_int_eq(t.cy.refused_by, 0);
    ck_assert_int_eq(t.cy.refusal, V_UNSCHEDULABLE_AND_UNRESOLVABLE);
    ck_assert_uint_eq(cycle_refusers(&t.cy), 1);
    ck_assert_int_eq(said[1].prefilters, 0);
    ck_assert_int_eq(said[1].filters, 0);
    down();
}
END_TEST

START_TEST(one_that_preemption_may_help_does_not_end_it)
{
    up();
    said[0].prefilter = V_UNSCHEDULABLE;
    compute();
    expect_message("0/3 nodes are available: 0 is against it.");
    ck_assert_int_eq(t.cy.refusal, V_UNSCHEDULABLE);
    ck_assert_int_eq(said[1].prefilters, 1); /* preemption asks its filter */
    ck_assert_int_eq(said[1].filters, 0);
    said[1].prefilter = V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    compute();
    expect_message("0/3 nodes are available: 1 is against it.");
    ck_assert_int_eq(t.cy.refusal, V_UNSCHEDULABLE_AND_UNRESOLVABLE);
    down();
}
END_TEST

START_TEST(sets_of_nodes_are_intersected)
{
    up();
    said[0].leaves = A_B;
    compute();
    ck_assert_int_eq(t.cy.evaluated, 2); /* each once; what does not exist is none */
    ck_assert_int_eq(t.cy.all_nodes, 3);
    said[1].leaves = B_C;
    compute();
    ck_assert_int_eq(t.cy.evaluated, 1);
    ck_assert_strn_eq(cycle_node(&t.cy), "b");
    said[0].filter = V_UNSCHEDULABLE;
    compute();
    expect_message(
        "0/3 nodes are available: 1 0 refuses, 1 and says more, 2 node(s) didn't satisfy plugin(s) [Ant Zebra].");
    ck_assert_uint_eq(cycle_refusers(&t.cy), 3);
    down();
}
END_TEST

START_TEST(sets_that_have_nothing_in_common)
{
    up();
    said[0].leaves = A_B;
    said[1].leaves = C_ALONE;
    compute();
    expect_message("0/3 nodes are available: node(s) didn't satisfy plugin(s) [Ant Zebra] simultaneously.");
    ck_assert_int_eq(t.cy.refusal, V_UNSCHEDULABLE_AND_UNRESOLVABLE);
    ck_assert_int_eq(t.cy.refused_by, -1);
    ck_assert_uint_eq(cycle_refusers(&t.cy), 3);
    said[0].leaves = LEAVE_ALL;
    said[1].leaves = NOBODY; /* a set, though of nodes that do not exist */
    compute();
    expect_message("0/3 nodes are available: 3 node(s) didn't satisfy plugin(s) [Ant].");
    ck_assert_uint_eq(cycle_refusers(&t.cy), 2);
    said[1].leaves = NONE;
    compute();
    expect_message("0/3 nodes are available: node(s) didn't satisfy plugin Ant.");
    ck_assert_uint_eq(cycle_refusers(&t.cy), 2);
    down();
}
END_TEST

START_TEST(the_first_filter_that_refuses_is_the_last)
{
    up();
    said[0].filter = V_UNSCHEDULABLE;
    said[0].fails_at_b = true;
    compute();
    ck_assert_int_eq(said[0].filters, 3);
    ck_assert_int_eq(said[1].filters, 2);
    ck_assert_int_eq(t.cy.feasible, 2);
    ck_assert_int_eq(t.cy.verdicts[1].verdict, V_UNSCHEDULABLE);
    ck_assert_int_eq(t.cy.verdicts[1].plugin, 0);
    down();
}
END_TEST

START_TEST(a_prefilter_that_skips_skips_its_filter)
{
    up();
    said[0].prefilter = V_SKIP;
    said[0].filter = V_UNSCHEDULABLE;
    compute();
    ck_assert_int_eq(t.cy.feasible, 3);
    ck_assert_int_eq(said[0].filters, 0);
    down();
}
END_TEST

START_TEST(errors_end_the_attempt)
{
    up();
    said[1].prefilter = V_ERROR;
    compute();
    ck_assert_str_eq(t.cy.error, "running PreFilter plugin \"Ant\": 1 is against it");
    said[1].prefilter = V_OK;
    said[1].filter = V_ERROR;
    compute();
    ck_assert_str_eq(t.cy.error, "running \"Ant\" filter plugin: 1 refuses, and says more");
    ck_assert_int_eq(t.cy.chosen, -1);
    said[1].fails_at_b = true; /* that a fits is no comfort */
    compute();
    ck_assert_ptr_nonnull(t.cy.error);
    ck_assert_int_eq(t.cy.chosen, -1);
    said[1].filter = V_OK;
    said[0].prescore = V_ERROR;
    compute();
    ck_assert_str_eq(t.cy.error, "running PreScore plugin \"Zebra\": no points");
    ck_assert_int_eq(said[1].prescores, 0);
    ck_assert_int_eq(t.cy.chosen, -1);
    said[0].prescore = V_OK;
    compute(); /* and the next one begins anew */
    ck_assert_ptr_null(t.cy.error);
    ck_assert_int_ge(t.cy.chosen, 0);
    down();
}
END_TEST

START_TEST(points_are_weighed)
{
    up();
    memcpy(said[0].points, (int64_t[]){10, 20, 30}, sizeof said[0].points);
    memcpy(said[1].points, (int64_t[]){0, 40, 41}, sizeof said[1].points);
    compute();
    ck_assert(t.cy.scored);
    ck_assert_int_eq(t.cy.ncolumns, 2);
    ck_assert_int_eq(t.cy.columns[1].raw[2], 41);
    ck_assert_int_eq(t.cy.columns[1].normalized[2], 59);
    const int64_t totals[] = {3 * 10 + 2 * 100, 3 * 20 + 2 * 60, 3 * 30 + 2 * 59};
    ck_assert_mem_eq(t.cy.totals, totals, sizeof totals);
    ck_assert_strn_eq(cycle_node(&t.cy), "a");
    said[1].prescore = V_SKIP;
    compute();
    ck_assert_int_eq(t.cy.ncolumns, 1);
    ck_assert_int_eq(t.cy.totals[2], 90);
    ck_assert_strn_eq(cycle_node(&t.cy), "c");
    t.profile->weight[0] = -1; /* what weights a profile may have is its reader's matter */
    compute();
    ck_assert_strn_eq(cycle_node(&t.cy), "a");
    down();
}
END_TEST

START_TEST(filters_see_nominated_pods_and_then_do_not)
{
    up();
    struct pod_info *first = pod_new("first", "'spec':{'priority':7}"), *low = pod_new("low", "'spec':{'priority':-1}");
    const struct sym *b = sym_get(STR("b"));
    cache_nominate(cache, first, b);
    cache_nominate(cache, low, b);
    compute();
    ck_assert_int_eq(said[0].filters, 4); /* b twice */
    ck_assert_int_eq(said[0].added, 1);
    ck_assert_int_eq(((struct counter *)t.cy.state[0])->extra, 0); /* on a copy */
    said[0].without_extra = V_UNSCHEDULABLE;                       /* it would fit with them, but they may never come */
    compute();
    ck_assert_int_eq(t.cy.feasible, 0);
    pod_info_unref(first);
    pod_info_unref(low);
    sym_unref(b);
    down();
}
END_TEST

START_TEST(states_for_preemption)
{
    void *states[PLUGINS_MAX];
    int plugin = -1;
    up();
    said[1].prefilter = V_SKIP;
    set_pod(cache, "p", ON("b", "'cpu':'1'"));
    compute();
    cache_lock(cache);
    struct node_info *copy = node_info_copy(cache_node(cache, STR("b")));
    cycle_clone_states(&t.cy, states);
    ck_assert_ptr_ne(states[0], t.cy.state[0]);
    ck_assert_ptr_eq(states[1], t.cy.state[1]);
    const struct pod_info *p = pod_info_ref(copy->pods[0]);
    cycle_remove_pod(&t.cy, states, p, copy);
    cycle_remove_pod(&t.cy, states, p, copy); /* gone already */
    ck_assert_int_eq(copy->npods, 0);
    ck_assert_int_eq(((struct counter *)states[0])->extra, -1);
    cycle_add_pod(&t.cy, states, p, copy);
    ck_assert_int_eq(copy->npods, 1);
    ck_assert_int_eq(((struct counter *)states[0])->extra, 0);
    ck_assert_int_eq(said[1].added, 0); /* it stays out of this cycle */
    said[0].filter = V_UNSCHEDULABLE;
    ck_assert_int_eq(cycle_filter(&t.cy, states, copy, &plugin), V_UNSCHEDULABLE);
    ck_assert_int_eq(plugin, 0);
    ck_assert_str_eq(t.cy.now.texts[0], "0 refuses");
    pod_info_unref(p);
    node_info_copy_free(copy);
    cache_unlock(cache);
    down();
}
END_TEST

START_TEST(reasons_are_bounded)
{
    up();
    for (int i = 0; i < REASONS_MAX + 5; i++) cycle_why(&t.cy, "again");
    ck_assert_int_eq(t.cy.now.n, REASONS_MAX);
    down();
}
END_TEST

TEST_MAIN("framework", the_default_profile_asks_all, a_prefilter_that_refuses_for_good_ends_it,
          one_that_preemption_may_help_does_not_end_it, sets_of_nodes_are_intersected, sets_that_have_nothing_in_common,
          the_first_filter_that_refuses_is_the_last, a_prefilter_that_skips_skips_its_filter, errors_end_the_attempt,
          points_are_weighed, filters_see_nominated_pods_and_then_do_not, states_for_preemption, reasons_are_bounded)
