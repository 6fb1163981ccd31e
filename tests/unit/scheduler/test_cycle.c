/* test_cycle.c - how many nodes are looked at and where that begins, the choice among equals, nominated pods, a second
 * computation. Verdicts of plugins: tests/golden/scheduler; how they come together: test_framework.c. */
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

static void down(struct cache *c)
{
    cache_free(c);
    ck_assert_uint_eq(sym_count(), 0);
}

START_TEST(enough_nodes)
{
    static const int rows[][3] = {{0, 0, 0},         {1, 0, 1},      {99, 0, 99},     {100, 0, 100},
                                  {150, 0, 100},     {250, 0, 120},  {1000, 0, 420},  {5000, 0, 500},
                                  {5625, 0, 281},    {6000, 0, 300}, {10000, 0, 500}, {50, 10, 50},
                                  {1000, 100, 1000}, {1000, 5, 100}, {3000, 30, 900}, {INT_MAX, 0, INT_MAX / 20}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(cycle_enough(rows[i][0], rows[i][1]) == rows[i][2], "%d nodes, %d%%: %d", rows[i][0], rows[i][1],
                      cycle_enough(rows[i][0], rows[i][1]));
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
        ck_assert_int_eq(t.cy.feasible, 100);
        ck_assert_int_eq(t.cy.all_nodes, 150);
        ck_assert_strn_eq(cycle_node_at(&t.cy, 0), rounds[i].first);
        ck_assert_int_eq(start, rounds[i].next);
        attempt_end(&t);
    }
    /* Those that do not fit count as looked at, not as found. */
    attempt_begin(&t, "'spec':{'nodeName':'n149'}");
    start = 7;
    cycle_compute(&t.cy, c, NULL, &start, &t.choice);
    ck_assert_int_eq(t.cy.evaluated, 150);
    ck_assert_int_eq(start, 7);
    ck_assert_strn_eq(cycle_node(&t.cy), "n149");
    ck_assert(!t.cy.scored); /* there is nothing to compare */
    attempt_end(&t);
    down(c);
}
END_TEST

START_TEST(a_profile_says_how_many)
{
    struct cache *c = cache_new();
    struct attempt t;
    many(c, 250);
    attempt_begin(&t, ONE(""));
    t.profile->percentage = 60;
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    ck_assert_int_eq(t.cy.evaluated, 150);
    t.profile->count[POINT_SCORE] = 0; /* nobody compares: the first is as good as any */
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    ck_assert_int_eq(t.cy.evaluated, 1);
    ck_assert_strn_eq(cycle_node(&t.cy), "n150");
    attempt_end(&t);
    down(c);
}
END_TEST

START_TEST(ties_are_the_seeds_choice)
{
    struct cache *c = cache_new();
    int chosen[8] = {0};
    many(c, 8);
    for (uint64_t seed = 0; seed < 800; seed++) {
        struct str first = STR_NULL;
        for (int again = 0; again < 2; again++) {
            struct attempt t;
            attempt_begin(&t, ONE(""));
            rnd_stream(&t.choice, seed);
            cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
            ck_assert_int_eq(t.cy.ties, 8);
            int i = t.cy.verdicts[t.cy.fits[t.cy.chosen]].node;
            struct str node = sym_str(cache_nodes(c, &(int){0})[i]->name);
            if (again)
                ck_assert_msg(str_eq(first, node), "seed %d", (int)seed); /* the same draw, the same node */
            else
                chosen[i]++;
            first = node;
            attempt_end(&t);
        }
    }
    for (int i = 0; i < 8; i++) ck_assert_msg(chosen[i] > 60 && chosen[i] < 140, "node %d: %d", i, chosen[i]);
    down(c);
}
END_TEST

START_TEST(the_best_is_no_matter_of_chance)
{
    struct cache *c = cache_new();
    struct attempt t;
    many(c, 5);
    for (int i = 0; i < 4; i++) {
        char pod[16];
        AUTO_FREE char *more = xasprintf("'spec':{'nodeName':'n00%d','containers':[{'name':'c','resources':{'requests':"
                                         "{'cpu':'1'}}}]}",
                                         i);
        snprintf(pod, sizeof pod, "p%d", i);
        set_pod(c, pod, more);
    }
    for (uint64_t seed = 0; seed < 20; seed++) {
        attempt_begin(&t, ONE("'cpu':'1'"));
        rnd_stream(&t.choice, seed);
        cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
        ck_assert_strn_eq(cycle_node(&t.cy), "n004"); /* the empty one */
        ck_assert_int_eq(t.cy.ties, 1);
        attempt_end(&t);
    }
    down(c);
}
END_TEST

START_TEST(what_was_shown_is_what_happens)
{
    struct cache *c = cache_new();
    struct attempt t;
    many(c, 5);
    attempt_begin(&t, ONE("'cpu':'1'"));
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    for (int i = 0; i < 5; i++) { /* parked and computed again: any of the equals, if it is one still */
        cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
        ck_assert_int_eq(t.cy.evaluated, 5);
        cycle_prefer(&t.cy, STR("n003"));
        ck_assert_strn_eq(cycle_node(&t.cy), "n003");
    }
    set_pod(c, "p", ON("n003", "'cpu':'1'"));
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    cycle_prefer(&t.cy, STR("n003"));
    ck_assert(!str_eqc(cycle_node(&t.cy), "n003"));
    ck_assert_int_eq(t.cy.ties, 4);
    cycle_prefer(&t.cy, STR("never"));
    for (int i = 0; i < 5; i++) {
        char name[8];
        snprintf(name, sizeof name, "n00%d", i);
        cache_remove_node(c, str_of(name), NULL, NULL);
    }
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    cycle_prefer(&t.cy, STR("n003"));
    ck_assert(str_is_null(cycle_node(&t.cy)));
    ck_assert_strn_eq(explain_failure(&t.cy), "no nodes available to schedule pods");
    attempt_end(&t);
    down(c);
}
END_TEST

START_TEST(what_was_found_outlives_the_cache)
{
    struct cache *c = cache_new();
    struct attempt t;
    add_node(c, "a", "", "'spec':{'unschedulable':true}");
    add_node(c, "b", "", "");
    attempt_begin(&t, ONE(""));
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    cache_free(c);
    ck_assert_strn_eq(cycle_node(&t.cy), "b");
    ck_assert_strn_eq(cycle_node_at(&t.cy, 0), "a");
    ck_assert_str_eq(t.cy.whys[t.cy.verdicts[0].why].texts[0], "node(s) were unschedulable");
    ck_assert_uint_eq(cycle_refusers(&t.cy), 1u << plugin_find(STR("NodeUnschedulable")));
    attempt_end(&t);
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

START_TEST(only_what_a_request_returned)
{
    struct cache *c = cache_new();
    struct attempt t;
    struct map names = {0};
    many(c, 10);
    map_set(&names, STR("n004"), &t);
    map_set(&names, STR("n007"), &t);
    map_set(&names, STR("never"), &t);
    attempt_begin(&t, ONE(""));
    t.start = 3;
    cycle_compute(&t.cy, c, &names, &t.start, &t.choice);
    ck_assert_int_eq(t.cy.evaluated, 2);
    ck_assert_int_eq(t.start, 5);
    ck_assert_strn_eq(cycle_node_at(&t.cy, 0), "n007"); /* the start turns what is left */
    ck_assert_strn_eq(cycle_node_at(&t.cy, 1), "n004");
    map_release(&names, NULL);
    attempt_end(&t);
    down(c);
}
END_TEST

/* ---- Nominations ---- */

static void nominate(struct cache *c, const char *pod, const char *node, int priority, const char *cpu)
{
    AUTO_FREE char *more = xasprintf("'spec':{'priority':%d,'containers':[{'name':'c','resources':{'requests':{'cpu':"
                                     "'%s'}}}]}",
                                     priority, cpu);
    struct pod_info *p = pod_new(pod, more);
    const struct sym *at = sym_get(str_of(node));
    cache_nominate(c, p, at);
    sym_unref(at);
    pod_info_unref(p);
}

static void expect_fits(struct cache *c, const char *more, bool fits)
{
    struct attempt t;
    attempt_begin(&t, more);
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    ck_assert_msg((t.cy.feasible == 1) == fits, "%s", more);
    attempt_end(&t);
}

START_TEST(nominated_pods_hold_their_room)
{
    struct cache *c = cache_new();
    add_node(c, "a", "", "");
    nominate(c, "n", "a", 5, "3");
    expect_fits(c, "'spec':{'priority':5,'containers':[{'name':'c','resources':{'requests':{'cpu':'2'}}}]}", false);
    expect_fits(c, "'spec':{'priority':4,'containers':[{'name':'c','resources':{'requests':{'cpu':'2'}}}]}", false);
    expect_fits(c, "'spec':{'priority':6,'containers':[{'name':'c','resources':{'requests':{'cpu':'2'}}}]}", true);
    expect_fits(c, "'spec':{'priority':4,'containers':[{'name':'c','resources':{'requests':{'cpu':'1'}}}]}", true);
    cache_lock(c);
    ck_assert_int_eq(cache_node(c, STR("a"))->npods, 0); /* tried on a copy */
    cache_unlock(c);
    nominate(c, "web", "a", 5, "3"); /* the pod itself is not in its own way */
    nominate(c, "n", "b", 5, "3");
    expect_fits(c, "'spec':{'priority':5,'containers':[{'name':'c','resources':{'requests':{'cpu':'3'}}}]}", true);
    down(c);
}
END_TEST

START_TEST(a_nominated_node_comes_first)
{
    struct cache *c = cache_new();
    struct attempt t;
    many(c, 3);
    attempt_begin(&t, ONE("") ",'status':{'nominatedNodeName':'n001'}");
    t.start = 2;
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    ck_assert_int_eq(t.cy.evaluated, 1);
    ck_assert_int_eq(t.start, 2); /* no walk over the nodes began */
    ck_assert_strn_eq(cycle_node(&t.cy), "n001");
    set_pod(c, "p", ON("n001", "'cpu':'4'"));
    attempt_end(&t);
    attempt_begin(&t, ONE("'cpu':'1'") ",'status':{'nominatedNodeName':'n001'}");
    t.start = 1;
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    ck_assert_int_eq(t.cy.evaluated, 3); /* the nominated one once */
    ck_assert_int_eq(t.cy.feasible, 2);
    ck_assert_int_eq(t.start, 1);
    attempt_end(&t);
    down(c);
}
END_TEST

START_TEST(messages_of_failures)
{
    struct cache *c = cache_new();
    struct attempt t;
    many(c, 11); /* lines are sorted as text: "11 .." stands before "2 .." */
    add_node(c, "x", "", "'spec':{'taints':[{'key':'k','effect':'NoExecute'}]}");
    add_node(c, "y", "", "'spec':{'taints':[{'key':'k','effect':'NoSchedule'}]}");
    attempt_begin(&t, "'spec':{'nodeSelector':{'a':'b'}}");
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    ck_assert_strn_eq(explain_failure(&t.cy),
                      "0/13 nodes are available: 11 node(s) didn't match Pod's node affinity/selector, "
                      "2 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/13 nodes are "
                      "available: 13 Preemption is not helpful for scheduling.");
    ck_assert_int_eq(t.cy.nwhys, 3); /* those refused alike share their reasons; there are two taints */
    attempt_end(&t);
    down(c);
}
END_TEST

/* Bit i of `bits` says whether there is enough of resource i. */
static void write_resources(struct buf *out, unsigned bits)
{
    for (int i = 0; i < 13; i++) buf_addf(out, ",'example.com/r%02d':'%d'", i, bits >> i & 1 ? 1 : 0);
}

/* Nodes that are refused each for a set of reasons of its own, and as many again for the same: two that are alike are
 * one, whichever came between; beyond WHYS_MAX all is the last one. */
START_TEST(many_sets_of_reasons)
{
    static const int sets[] = {1, 8, 9, 100, WHYS_MAX, WHYS_MAX + 1, 8190};
    for (size_t k = 0; k < ARRAY_LEN(sets); k++) {
        struct cache *c = cache_new();
        struct buf text AUTO_BUF = {0};
        struct attempt t;
        int nodes = MAX(2 * sets[k], 20);
        buf_init(&text, 4096);
        for (int i = 0; i < nodes; i++) {
            buf_clear(&text);
            buf_addf(&text, "{'metadata':{'name':'n%d'},'status':{'allocatable':{'cpu':'4','memory':'8Gi','pods':'9'",
                     i);
            write_resources(&text, (unsigned)(i % sets[k]));
            buf_cstr(&text, "}}}");
            set_node(c, text.p);
        }
        buf_clear(&text);
        buf_cstr(&text,
                 "'spec':{'preemptionPolicy':'Never','containers':[{'name':'c','resources':{'requests':{'cpu':'1'");
        write_resources(&text, ~0u);
        buf_cstr(&text, "}}}]}");
        attempt_begin(&t, text.p);
        cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
        ck_assert_int_eq(t.cy.nwhys, MIN(sets[k], WHYS_MAX));
        ck_assert_int_eq(t.cy.evaluated, nodes);
        for (int i = 0; i < nodes; i++) {
            int node = atoi(cycle_node_at(&t.cy, i).p + 1), reasons = 0;
            const struct why *w = &t.cy.whys[t.cy.verdicts[i].why];
            if (t.cy.verdicts[i].why == WHYS_MAX - 1 && sets[k] > WHYS_MAX) continue;
            for (int r = 0; r < 13; r++) {
                AUTO_FREE char *want = xasprintf("Insufficient example.com/r%02d", r);
                if ((node % sets[k]) >> r & 1) continue;
                ck_assert_int_lt(reasons, w->n);
                ck_assert_str_eq(w->texts[reasons++], want);
            }
            ck_assert_int_eq(w->n, reasons);
        }
        attempt_end(&t);
        cache_free(c);
    }
}
END_TEST

TEST_MAIN("cycle", enough_nodes, rotation_goes_on_where_it_ended, a_profile_says_how_many, ties_are_the_seeds_choice,
          the_best_is_no_matter_of_chance, what_was_shown_is_what_happens, what_was_found_outlives_the_cache,
          only_what_a_request_returned, nominated_pods_hold_their_room, a_nominated_node_comes_first,
          messages_of_failures, many_sets_of_reasons)
