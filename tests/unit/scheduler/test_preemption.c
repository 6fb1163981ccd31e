/* test_preemption.c - who has to go for whom: states worked out by hand, and what must hold of any state. */
#include "base/clk.h"
#include "scheduler/account.h"
#include "world.h"

/* The chosen node and its victims: "n1: a b"; "" without. */
static const char *found(const struct cycle *cy)
{
    static char text[512];
    const struct preemption *p = cy->preemption;
    text[0] = 0;
    if (!p || p->chosen < 0) return text;
    const struct candidate *c = &p->candidates[p->chosen];
    size_t n = (size_t)snprintf(text, sizeof text, "%.*s:", STR_ARG(sym_str(cy->table->names[c->node])));
    for (int i = 0; i < c->nvictims; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, " %.*s", STR_ARG(c->victims[i]->name));
    return text;
}

static const struct candidate *candidate_on(const struct cycle *cy, const char *node)
{
    const struct preemption *p = cy->preemption;
    for (int i = 0; p && i < p->ncandidates; i++)
        if (str_eqc(sym_str(cy->table->names[p->candidates[i].node]), node)) return &p->candidates[i];
    ck_abort_msg("%s is no candidate", node);
}

/* ---- One node ---- */

#define STARTED(day) ",\"startTime\":\"2026-01-" day "T00:00:00Z\""
#define LEAVING      ",\"deletionTimestamp\":\"2026-01-09T00:00:00Z\",\"deletionGracePeriodSeconds\":30"
#define TARGET                                                                                                         \
    ",\"conditions\":[{\"type\":\"DisruptionTarget\",\"status\":\"True\",\"reason\":\"PreemptionByScheduler\"}]"

struct runs { /* on the one node, of 4 cpus */
    const char *name;
    int priority;
    const char *cpu, *meta, *status;
};

static const struct single {
    const char *title;
    struct runs runs[5];
    const char *cpu; /* of the pod, whose priority is 10 */
    const char *budget;
    int allowed;
    const char *found;
    int violations;
} singles[] = {
    {"the less important one goes", {{"a", 1, "2", "", ""}, {"b", 5, "2", "", ""}}, "2", NULL, 0, "n: a", 0},
    {"nobody of the same priority", {{"a", 10, "2", "", ""}, {"b", 5, "2", "", ""}}, "2", NULL, 0, "n: b", 0},
    {"two small ones rather than none", {{"a", 1, "2", "", ""}, {"b", 1, "2", "", ""}}, "3", NULL, 0, "n: b a", 0},
    {"the one that started later goes",
     {{"old", 1, "2", "", STARTED("01")}, {"new", 1, "2", "", STARTED("02")}},
     "2",
     NULL,
     0,
     "n: new",
     0},
    {"one that has not started is the newest",
     {{"none", 1, "2", "", ""}, {"old", 1, "2", "", STARTED("02")}},
     "2",
     NULL,
     0,
     "n: none",
     0},
    {"the important one is put back first, and then nothing else fits",
     {{"big", 5, "3", "", ""}, {"small", 1, "1", "", ""}},
     "1",
     NULL,
     0,
     "n: small",
     0},
    {"the important one does not fit, the other does",
     {{"big", 5, "3", "", ""}, {"small", 1, "1", "", ""}},
     "3",
     NULL,
     0,
     "n: big",
     0},
    {"what a budget keeps is put back first",
     {{"kept", 1, "2", APP("db"), ""}, {"free", 5, "2", "", ""}},
     "2",
     OF_APP("db"),
     0,
     "n: free",
     0},
    {"a budget with room keeps nobody",
     {{"kept", 1, "2", APP("db"), ""}, {"free", 5, "2", "", ""}},
     "2",
     OF_APP("db"),
     1,
     "n: kept",
     0},
    {"a budget is broken when it must be",
     {{"kept", 1, "2", APP("db"), ""}, {"also", 1, "2", APP("db"), ""}},
     "2",
     OF_APP("db"),
     0,
     "n: kept",
     1},
    {"room for one: the second breaks it",
     {{"a", 1, "2", APP("db"), STARTED("01")}, {"b", 1, "2", APP("db"), STARTED("02")}},
     "4",
     OF_APP("db"),
     1,
     "n: a b",
     1},
    {"an empty selector keeps nobody",
     {{"kept", 1, "2", APP("db"), ""}, {"free", 5, "2", "", ""}},
     "2",
     "\"selector\":{}",
     0,
     "n: kept",
     0},
    {"no selector keeps nobody", {{"kept", 1, "4", APP("db"), ""}}, "2", "\"minAvailable\":1", 0, "n: kept", 0},
    {"a leaving pod is a victim like others", {{"a", 1, "4", LEAVING, ""}}, "2", NULL, 0, "n: a", 0},
};

static void try_single(const struct single *c)
{
    struct attempt t;
    world_up();
    add_node("n", 4);
    for (int i = 0; i < 5 && c->runs[i].name; i++)
        put_running("n", c->runs[i].name, c->runs[i].priority, c->runs[i].cpu, c->runs[i].meta, c->runs[i].status);
    if (c->budget) put_budget("budget", c->budget, c->allowed, "");
    attempt_run(&t, 10, c->cpu, "", "");
    ck_assert_msg(strcmp(found(&t.cy), c->found) == 0, "%s: %s", c->title, found(&t.cy));
    ck_assert_int_eq(candidate_on(&t.cy, "n")->violations, c->violations);
    ck_assert_strn_eq(sym_str(t.cy.nominated), "n");
    ck_assert_strn_eq(explain_failure(&t.cy), "0/1 nodes are available: 1 Insufficient cpu.");
    attempt_end(&t);
    world_down();
}

START_TEST(one_node)
{
    for (size_t i = 0; i < ARRAY_LEN(singles); i++) try_single(&singles[i]);
}
END_TEST

START_TEST(pods_that_a_budget_counts_already)
{
    struct attempt t;
    world_up();
    add_node("n", 4);
    put_running("n", "kept", 1, "2", APP("db"), "");
    put_running("n", "free", 5, "2", "", "");
    put_budget("budget", OF_APP("db"), 0, ",\"disruptedPods\":{\"kept\":\"2026-01-01T00:00:00Z\"}");
    attempt_run(&t, 10, "2", "", "");
    ck_assert_str_eq(found(&t.cy), "n: kept");
    attempt_end(&t);
    world_down();
}
END_TEST

/* ---- The choice among nodes ---- */

/* Each node has 4 cpus; the pod wants all of the node. */
static const struct pair {
    enum lost by; /* what makes n2 lose against n1 */
    struct runs on1[3], on2[3];
} pairs[] = {
    {LOST_BUDGETS, {{"a", 9, "4", "", ""}}, {{"b", 1, "4", APP("db"), ""}}},
    {LOST_HIGHEST, {{"a", 3, "2", "", ""}, {"a2", 3, "2", "", ""}}, {{"b", 4, "4", "", ""}}},
    {LOST_SUM, {{"a", 3, "2", "", ""}, {"a2", 1, "2", "", ""}}, {{"b", 3, "2", "", ""}, {"b2", 2, "2", "", ""}}},
    {LOST_SUM, {{"a", 3, "4", "", ""}}, {{"b", 3, "2", "", ""}, {"b2", -5, "2", "", ""}}},
    {LOST_COUNT, {{"a", 3, "4", "", ""}}, {{"b", 3, "2", "", ""}, {"b2", INT32_MIN, "2", "", ""}}},
    {LOST_STARTED, {{"a", 3, "4", "", STARTED("05")}}, {{"b", 3, "4", "", STARTED("04")}}},
    {LOST_STARTED,
     {{"a", 3, "2", "", STARTED("05")}, {"a2", 1, "2", "", STARTED("01")}},
     {{"b", 3, "2", "", STARTED("04")}, {"b2", 1, "2", "", STARTED("07")}}},
};

static void try_pair(const struct pair *c)
{
    const struct runs *on[2] = {c->on1, c->on2};
    static const char *const nodes[2][2] = {{"n1", "n2"}, {"n2", "n1"}};
    for (int order = 0; order < 2; order++) {
        struct attempt t;
        world_up();
        for (int n = 0; n < 2; n++) add_node(nodes[order][n], 4);
        for (int n = 0; n < 2; n++)
            for (int i = 0; i < 3 && on[n][i].name; i++)
                put_running(n ? "n2" : "n1", on[n][i].name, on[n][i].priority, on[n][i].cpu, on[n][i].meta,
                            on[n][i].status);
        put_budget("budget", OF_APP("db"), 0, "");
        attempt_run(&t, 10, "4", "", "");
        ck_assert_int_eq(t.cy.preemption->ncandidates, 2);
        ck_assert_int_eq(candidate_on(&t.cy, "n1")->lost, LOST_NOT);
        ck_assert_int_eq(candidate_on(&t.cy, "n2")->lost, c->by);
        ck_assert_strn_eq(sym_str(t.cy.nominated), "n1");
        attempt_end(&t);
        world_down();
    }
}

START_TEST(which_node)
{
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) try_pair(&pairs[i]);
}
END_TEST

START_TEST(equal_nodes)
{
    struct attempt t;
    world_up();
    add_node("n1", 4);
    add_node("n2", 4);
    put_running("n1", "a", 1, "4", "", STARTED("01"));
    put_running("n2", "b", 1, "4", "", STARTED("01"));
    attempt_run(&t, 10, "4", "", "");
    ck_assert_int_eq(t.cy.preemption->chosen, 0);
    ck_assert_int_eq(t.cy.preemption->candidates[1].lost, LOST_POSITION);
    attempt_end(&t);
    world_down();
}
END_TEST

/* ---- Nobody ---- */

START_TEST(no_victims)
{
    struct attempt t;
    world_up();
    add_node("empty", 1);
    add_node("full", 4);
    add_node("kept", 4);
    add_node("some", 4);
    put_running("full", "a", 10, "4", "", "");
    put_running("some", "b", 10, "3", "", "");
    put_running("some", "b2", 1, "1", "", "");
    const struct object *cordoned AUTO_OBJ = node_object("kept", 4, "", "\"unschedulable\":true");
    cache_set_node(cache, cordoned, NULL, NULL);
    attempt_run(&t, 10, "2", "", "");
    ck_assert_str_eq(found(&t.cy), "");
    /* empty is too small for ever, kept is cordoned: both are not helped. */
    ck_assert_strn_eq(explain_failure(&t.cy),
                      "0/4 nodes are available: 1 node(s) were unschedulable, 3 Insufficient cpu. no new claims to "
                      "deallocate, preemption: 0/4 nodes "
                      "are available: 1 Insufficient cpu, 1 No preemption victims found for incoming pod, 2 Preemption "
                      "is not helpful for scheduling.");
    ck_assert(t.cy.nominates && !t.cy.nominated);
    attempt_end(&t);
    world_down();
}
END_TEST

START_TEST(never)
{
    struct attempt t;
    world_up();
    add_node("n", 4);
    put_running("n", "a", 1, "4", "", "");
    attempt_run(&t, 10, "2", ",\"preemptionPolicy\":\"Never\"", "");
    ck_assert_strn_eq(
        explain_failure(&t.cy),
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due "
        "to preemptionPolicy=Never.");
    ck_assert(!t.cy.nominates);
    attempt_end(&t);
    world_down();
}
END_TEST

#define PROMISED(node) ",\"nominatedNodeName\":\"" node "\""

START_TEST(waits_for_its_victims)
{
    static const struct {
        const char *meta, *status, *promise;
        bool waits;
    } cases[] = {
        {LEAVING, TARGET, PROMISED("n"), true},     {LEAVING, "", PROMISED("n"), false},
        {"", TARGET, PROMISED("n"), false},         {LEAVING, TARGET, "", false},
        {LEAVING, TARGET, PROMISED("gone"), false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct attempt t;
        world_up();
        add_node("n", 4);
        put_running("n", "a", 1, "4", cases[i].meta, cases[i].status);
        attempt_run(&t, 10, "2", "", cases[i].promise);
        if (cases[i].waits)
            ck_assert_strn_eq(t.cy.preemption->message, "not eligible due to a terminating pod on the nominated node.");
        else
            ck_assert_str_eq(found(&t.cy), "n: a");
        attempt_end(&t);
        world_down();
    }
}
END_TEST

/* A node that nothing helps on is not waited for, whoever ends there. */
START_TEST(promise_that_came_to_nothing)
{
    struct attempt t;
    world_up();
    add_node("bad", 4);
    add_node("good", 4);
    const struct object *cordoned AUTO_OBJ = node_object("bad", 4, "", "\"unschedulable\":true");
    cache_set_node(cache, cordoned, NULL, NULL);
    put_running("bad", "a", 1, "4", LEAVING, TARGET);
    put_running("good", "b", 1, "4", "", "");
    attempt_run(&t, 10, "2", "", PROMISED("bad"));
    ck_assert_str_eq(found(&t.cy), "good: b");
    attempt_end(&t);
    world_down();
}
END_TEST

/* The room that victims leave for a more important pod is not free. */
START_TEST(others_that_are_nominated)
{
    struct attempt t;
    world_up();
    add_node("n", 4);
    put_running("n", "a", 1, "2", "", "");
    put_running("n", "b", 1, "2", "", "");
    const struct object *o AUTO_OBJ = pod_object("first", 20, "2", "", "", PROMISED("n"));
    struct pod_info *first = pod_info_new(o, true);
    cache_nominate(cache, first, first->nominated_node);
    attempt_run(&t, 10, "2", "", "");
    ck_assert_str_eq(found(&t.cy), "n: b a"); /* neither has started */
    attempt_end(&t);
    pod_info_unref(first);
    world_down();
}
END_TEST

/* ---- How many candidates ---- */

START_TEST(enough_candidates)
{
    static const struct {
        int percent, least, nodes, enough;
    } cases[] = {{10, 100, 5000, 500}, {10, 100, 1000, 100}, {10, 100, 60, 60}, {0, 3, 10, 3},
                 {50, 0, 9, 4},        {100, 0, 7, 7},       {1, 0, 10, 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct preemption_args a = {.min_percent = cases[i].percent, .min_nodes = cases[i].least};
        ck_assert_int_eq(preemption_enough(&a, cases[i].nodes), cases[i].enough);
    }
}
END_TEST

START_TEST(search_ends_early)
{
    struct attempt t;
    char name[16], pod[16];
    bool began[20] = {false};
    int kinds = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        world_up();
        struct preemption_args *a = profile->args[plugin_find(STR("DefaultPreemption"))];
        a->min_percent = 0;
        a->min_nodes = 3;
        for (int i = 0; i < 20; i++) {
            snprintf(name, sizeof name, "n%02d", i);
            snprintf(pod, sizeof pod, "p%02d", i);
            add_node(name, 4);
            put_running(name, pod, 1, "4", i % 2 ? APP("db") : "", "");
        }
        put_budget("budget", OF_APP("db"), 0, "");
        const struct object *o AUTO_OBJ = pod_object("web", 10, "2", "", "", "");
        attempt_of(&t, o, seed);
        const struct preemption *p = t.cy.preemption;
        ck_assert_int_eq(p->ncandidates, 3);
        ck_assert_int_eq(p->candidates[p->chosen].violations, 0);
        began[p->offset] = true;
        attempt_end(&t);
        world_down();
    }
    for (int i = 0; i < 20; i++) kinds += began[i];
    ck_assert_int_gt(kinds, 15); /* it begins anywhere */
}
END_TEST

START_TEST(arguments)
{
    static const struct {
        const char *args, *error;
    } cases[] = {
        {"{}", NULL},
        {"{\"minCandidateNodesPercentage\":0}", NULL},
        {"{\"minCandidateNodesPercentage\":101}",
         "minCandidateNodesPercentage: Invalid value: 101: not in valid range [0, 100]"},
        {"{\"minCandidateNodesAbsolute\":-1}",
         "minCandidateNodesAbsolute: Invalid value: -1: not in valid range [0, inf)"},
        {"{\"minCandidateNodesPercentage\":-1,\"minCandidateNodesAbsolute\":-1}",
         "[minCandidateNodesPercentage: Invalid value: -1: not in valid range [0, 100], minCandidateNodesAbsolute: "
         "Invalid "
         "value: -1: not in valid range [0, inf)]"},
        {"{\"minCandidateNodesPercentage\":0,\"minCandidateNodesAbsolute\":0}",
         "[minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as "
         "minCandidateNodesAbsolute, "
         "minCandidateNodesAbsolute: Invalid value: 0: cannot be zero at the same time as "
         "minCandidateNodesPercentage]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = ERR_INIT;
        const struct object *o AUTO_OBJ = parse(cases[i].args);
        struct preemption_args *a = preemption_args_new(o->root, &e);
        ck_assert_str_eq(e.text, cases[i].error ? cases[i].error : "");
        ck_assert_int_eq(a != NULL, cases[i].error == NULL);
        preemption_args_free(a);
    }
}
END_TEST

/* ---- What must hold of any state ---- */

static const char *const apps[] = {"", APP("db"), APP("cache")};

static void random_world(struct rnd *r)
{
    int nodes = 1 + (int)rnd_next_below(r, 6);
    world_up();
    for (int n = 0; n < nodes; n++) {
        char node[16], pod[16], cpu[16], status[64];
        snprintf(node, sizeof node, "n%d", n);
        add_node(node, 4);
        for (int i = 0, left = 4000; left > 0 && i < 12; i++) {
            int milli = MIN(left, 250 * (1 + (int)rnd_next_below(r, 6)));
            left -= milli;
            snprintf(pod, sizeof pod, "p%d-%d", n, i);
            snprintf(cpu, sizeof cpu, "%dm", milli);
            snprintf(status, sizeof status, ",\"startTime\":\"2026-01-%02dT00:00:00Z\"",
                     1 + (int)rnd_next_below(r, 28));
            put_running(node, pod, (int)rnd_next_below(r, 12), cpu, apps[rnd_next_below(r, 3)], status);
        }
    }
    put_budget("db", OF_APP("db"), (int)rnd_next_below(r, 3), "");
    put_budget("cache", OF_APP("cache"), (int)rnd_next_below(r, 3), "");
}

static int64_t room_without(const struct node_info *n, const struct candidate *c, int except)
{
    int64_t room = n->total.basic[RES_CPU] - n->used.basic[RES_CPU];
    for (int i = 0; i < c->nvictims; i++)
        if (i != except) room += c->victims[i]->request.basic[RES_CPU];
    return room;
}

/* Pods of an app that a budget still lets go are taken before any that it does not, as long as that is enough. */
static void check_candidate(const struct cycle *cy, const struct candidate *c)
{
    cache_lock(cache);
    const struct node_info *n = cache_node(cache, sym_str(cy->table->names[c->node]));
    int64_t wanted = cy->pod->request.basic[RES_CPU];
    ck_assert_int_ge(c->nvictims, 1);
    ck_assert_int_ge(room_without(n, c, -1), wanted); /* it fits afterwards */
    for (int i = 0; i < c->nvictims; i++) {
        ck_assert_int_lt(c->victims[i]->priority, cy->pod->priority);
        ck_assert_int_lt(room_without(n, c, i), wanted); /* and no victim could stay */
        if (i) ck_assert_int_ge(c->victims[i - 1]->priority, c->victims[i]->priority);
    }
    cache_unlock(cache);
}

/* Does any set of lower pods make room on the node without breaking a budget? Tried one by one: 12 pods are 4096 sets.
 */
static bool gentle_way(const struct cycle *cy, const struct node_info *n)
{
    const struct object *budgets[2] = {listers_get(cache_listers(cache), LIST_BUDGET, STR("default"), STR("db")),
                                       listers_get(cache_listers(cache), LIST_BUDGET, STR("default"), STR("cache"))};
    bool found_one = false;
    for (unsigned set = 1; set < 1u << n->npods && !found_one; set++) {
        int64_t room = n->total.basic[RES_CPU] - n->used.basic[RES_CPU],
                left[2] = {obj_int(budgets[0]->root, ".status.disruptionsAllowed", 0),
                           obj_int(budgets[1]->root, ".status.disruptionsAllowed", 0)};
        bool fine = true;
        for (int i = 0; i < n->npods && fine; i++) {
            const struct pod_info *p = n->pods[i];
            if (!(set & 1u << i)) continue;
            room += p->request.basic[RES_CPU];
            fine = p->priority < cy->pod->priority;
            if (p->labels.n && str_eqc(sym_str(p->labels.v[0].value), "db") && --left[0] < 0) fine = false;
            if (p->labels.n && str_eqc(sym_str(p->labels.v[0].value), "cache") && --left[1] < 0) fine = false;
        }
        found_one = fine && room >= cy->pod->request.basic[RES_CPU];
    }
    object_unref(budgets[0]);
    object_unref(budgets[1]);
    return found_one;
}

START_TEST(what_always_holds)
{
    struct rnd r;
    int chosen = 0, none = 0, broken = 0, gentle = 0;
    rnd_stream(&r, 20260101);
    for (int round = 0; round < 400; round++) {
        struct attempt t;
        char cpu[16];
        random_world(&r);
        snprintf(cpu, sizeof cpu, "%dm", 250 * (1 + (int)rnd_next_below(&r, 16)));
        const struct object *o AUTO_OBJ = pod_object("web", (int)rnd_next_below(&r, 13), cpu, "", "", "");
        attempt_of(&t, o, (uint64_t)round);
        const struct preemption *p = t.cy.preemption;
        if (p) {
            for (int i = 0; i < p->ncandidates; i++) {
                const struct candidate *c = &p->candidates[i];
                check_candidate(&t.cy, c);
                ck_assert_int_ge(c->violations, p->candidates[p->chosen].violations);
                cache_lock(cache);
                const struct node_info *n = cache_node(cache, sym_str(t.cy.table->names[c->node]));
                bool could = gentle_way(&t.cy, n);
                cache_unlock(cache);
                if (c->violations == 0) ck_assert(could);
                broken += c->violations > 0;
                gentle += c->violations == 0;
            }
            chosen += p->chosen >= 0;
            none += p->chosen < 0;
        }
        attempt_end(&t);
        world_down();
    }
    ck_assert_int_gt(chosen, 100);
    ck_assert_int_gt(none, 20);
    ck_assert_int_gt(broken, 20);
    ck_assert_int_gt(gentle, 100);
}
END_TEST

/* ---- In the Decision ---- */

START_TEST(told)
{
    struct attempt t;
    world_up();
    add_node("n1", 4);
    add_node("n2", 4);
    add_node("n3", 4);
    put_running("n1", "a", 1, "4", "", STARTED("01"));
    put_running("n2", "b", 3, "4", "", STARTED("02"));
    put_running("n3", "c", 10, "4", "", "");
    attempt_run(&t, 10, "4", "", "");
    struct json *d = explain_decision(&t.cy, &t.queued);
    account_show(d, &t.cy.arena, &t.cy);
    const struct json *p = obj_get(d, ".status.preemption");
    ck_assert_strn_eq(obj_str(p, ".node"), "n1");
    ck_assert_int_eq(obj_int(p, ".potentialNodes", 0), 3);
    ck_assert_int_eq(obj_int(p, ".candidateCount", 0), 2);
    ck_assert_strn_eq(obj_str(p, ".candidates[0].node"), "n1");
    ck_assert(obj_bool(p, ".candidates[0].chosen", false));
    ck_assert_strn_eq(obj_str(p, ".candidates[0].victims[0].name"), "a");
    ck_assert_int_eq(obj_int(p, ".candidates[0].victims[0].priority", 0), 1);
    ck_assert_strn_eq(obj_str(p, ".candidates[0].earliestStart"), "2026-01-01T00:00:00Z");
    ck_assert_strn_eq(obj_str(p, ".candidates[1].node"), "n2");
    ck_assert_strn_eq(obj_str(p, ".candidates[1].reason"),
                      "on another node the most important victim is less important");
    ck_assert_int_eq(obj_int(p, ".hopelessNodes", 0), 1);
    ck_assert_strn_eq(obj_str(d, ".status.nodes[2].name"), "n3");
    ck_assert_strn_eq(obj_text(obj_first(d, ".status.nodes[2].preemption.reasons")),
                      "No preemption victims found for incoming pod");
    ck_assert(!obj_has(d, ".status.nodes[1].preemption"));
    ck_assert(!obj_has(p, ".message"));
    attempt_end(&t);
    attempt_run(&t, 1, "4", "", "");
    ck_assert_strn_eq(obj_str(explain_decision(&t.cy, &t.queued), ".status.preemption.message"),
                      "0/3 nodes are available: 3 No preemption victims found for incoming pod.");
    attempt_end(&t);
    world_down();
}
END_TEST

TEST_MAIN("preemption", one_node, pods_that_a_budget_counts_already, which_node, equal_nodes, no_victims, never,
          waits_for_its_victims, promise_that_came_to_nothing, others_that_are_nominated, enough_candidates,
          search_ends_early, arguments, what_always_holds, told)
