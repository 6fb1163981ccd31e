/* test_so_far.c - which calls of plugins a watcher of a cycle is told of, and what is known between two of them. */
#include "scheduler/so_far.h"

#include "base/heap.h"
#include "sched_support.h"
#include "scheduler/queue.h"

struct seen {
    struct call_watcher watcher;
    struct cycle *cy;
    struct buf calls;           /* "Filter NodeName a Success;" */
    const char *point, *plugin; /* here what is known is kept */
    struct str node;
    struct under_way w;
    struct arena arena;
    struct json *found;
};

static void told(struct call_watcher *w, enum point point, int plugin, const struct node_info *n, enum verdict v,
                 int64_t score)
{
    struct seen *s = CONTAINER_OF(w, struct seen, watcher);
    struct str node = n ? sym_str(n->name) : STR("-");
    const char *name = sched_plugins[plugin]->name;
    static struct queued_pod q;
    (void)score;
    buf_addf(&s->calls, "%s %s %.*s %s;", point_names[point], name, STR_ARG(node), verdict_names[v]);
    if (point == POINT_FILTER && n != s->w.node) s->w = (struct under_way){.node = n};
    if (point != POINT_FILTER) s->w.node = NULL;
    if (point == POINT_FILTER && v == V_OK) s->w.passed[s->w.npassed++] = plugin;
    if (point == POINT_FILTER) s->w.verdict = v;
    if (point == POINT_SCORE) s->w.scored = s->w.scored == s->cy->feasible ? 1 : s->w.scored + 1;
    if (!s->point || strcmp(s->point, point_names[point]) != 0 || strcmp(s->plugin, name) != 0 ||
        !str_eq(s->node, node))
        return;
    q.pod = s->cy->pod;
    q.woken_by = "Test";
    s->found = so_far(s->cy, &s->arena, &q, &s->w);
}

/* Nodes a and c, and b with a taint. */
static struct cache *three(void)
{
    struct cache *c = cache_new();
    add_node(c, "a", "", "");
    add_node(c, "b", "", "'spec':{'taints':[{'key':'k','value':'v','effect':'NoSchedule'}]}");
    add_node(c, "c", "", "");
    return c;
}

static void look(struct seen *s, struct cache *c, const char *pod)
{
    struct attempt t;
    attempt_begin(&t, pod);
    buf_init(&s->calls, 1 << 20);
    s->watcher.told = told;
    s->cy = &t.cy;
    t.cy.watcher = &s->watcher;
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    attempt_end(&t);
    cache_free(c);
    s->cy = NULL;
}

static void drop(struct seen *s)
{
    buf_release(&s->calls);
    arena_release(&s->arena);
    ck_assert_uint_eq(sym_count(), 0);
}

START_TEST(calls_in_order)
{
    struct seen s = {0};
    look(&s, three(), ONE("'cpu':'1'"));
    ck_assert_str_eq(
        s.calls.p,
        "PreFilter NodeAffinity - Skip;PreFilter NodePorts - Skip;PreFilter NodeResourcesFit - Success;"
        "PreFilter VolumeRestrictions - Skip;PreFilter NodeVolumeLimits - Skip;PreFilter VolumeBinding - Skip;"
        "PreFilter VolumeZone - Skip;PreFilter PodTopologySpread - Skip;PreFilter InterPodAffinity - Skip;"
        "PreFilter DynamicResources - Skip;PreFilter NodeDeclaredFeatures - Skip;"
        "Filter NodeUnschedulable a Success;Filter NodeName a Success;Filter TaintToleration a Success;"
        "Filter NodeResourcesFit a Success;"
        "Filter NodeUnschedulable b Success;Filter NodeName b Success;"
        "Filter TaintToleration b UnschedulableAndUnresolvable;"
        "Filter NodeUnschedulable c Success;Filter NodeName c Success;Filter TaintToleration c Success;"
        "Filter NodeResourcesFit c Success;"
        "PreScore NodeAffinity - Skip;PreScore NodeResourcesFit - Success;PreScore PodTopologySpread - Skip;"
        "PreScore InterPodAffinity - Skip;PreScore NodeResourcesBalancedAllocation - Success;"
        "Score TaintToleration a Success;Score TaintToleration c Success;"
        "Score NodeResourcesFit a Success;Score NodeResourcesFit c Success;"
        "Score NodeResourcesBalancedAllocation a Success;Score NodeResourcesBalancedAllocation c Success;"
        "Score ImageLocality a Success;Score ImageLocality c Success;NormalizeScore TaintToleration - Success;");
    drop(&s);
}
END_TEST

/* Preemption tries filters out: these calls are its own affair. */
START_TEST(what_preemption_tries_is_not_told)
{
    struct seen s = {0};
    struct cache *c = cache_new();
    add_node(c, "a", "", "");
    set_pod(c, "old", ON("a", "'cpu':'3'"));
    look(&s, c, "'spec':{'priority':7,'containers':[{'name':'c','resources':{'requests':{'cpu':'2'}}}]}");
    ck_assert_ptr_nonnull(strstr(s.calls.p, "Filter NodeResourcesFit a Unschedulable;PostFilter "));
    const char *post = strstr(s.calls.p, "PostFilter DefaultPreemption - Success;");
    ck_assert_msg(post != NULL, "%s", s.calls.p);
    ck_assert_str_eq(post, "PostFilter DefaultPreemption - Success;");
    drop(&s);
}
END_TEST

START_TEST(known_while_filtering)
{
    struct seen s = {.point = "Filter", .plugin = "TaintToleration", .node = STR("b")};
    look(&s, three(), ONE("'cpu':'1'"));
    const struct json *d = s.found;
    ck_assert_ptr_nonnull(d);
    ck_assert_int_eq(obj_int(d, ".status.evaluated", -1), 1);
    ck_assert_int_eq(obj_int(d, ".status.allNodes", -1), 3);
    ck_assert_uint_eq(obj_count(d, ".status.nodes"), 2);
    ck_assert(obj_is(d, ".status.nodes[0].name", "a") && obj_bool(d, ".status.nodes[0].feasible", false));
    ck_assert(obj_is(d, ".status.nodes[1].name", "b") && !obj_has(d, ".status.nodes[1].feasible"));
    ck_assert_uint_eq(obj_count(d, ".status.nodes[1].filters"), 3);
    ck_assert(obj_is(d, ".status.nodes[1].filters[1].plugin", "NodeName"));
    ck_assert(obj_is(d, ".status.nodes[1].filters[1].code", "Success"));
    ck_assert(obj_is(d, ".status.nodes[1].filters[2].code", "UnschedulableAndUnresolvable"));
    ck_assert(!obj_has(d, ".status.result") && !obj_has(d, ".status.node"));
    drop(&s);
}
END_TEST

START_TEST(known_while_scoring)
{
    struct seen s = {.point = "Score", .plugin = "NodeResourcesFit", .node = STR("a")};
    look(&s, three(), ONE("'cpu':'1'"));
    const struct json *d = s.found;
    ck_assert_uint_eq(obj_count(d, ".status.nodes"), 3);
    ck_assert_uint_eq(obj_count(d, ".status.nodes[0].scores"), 2); /* a has its points of both */
    ck_assert_uint_eq(obj_count(d, ".status.nodes[1].scores"), 0); /* b does not fit */
    ck_assert_uint_eq(obj_count(d, ".status.nodes[2].scores"), 1); /* c comes next */
    ck_assert(obj_is(d, ".status.nodes[0].scores[1].plugin", "NodeResourcesFit"));
    ck_assert_int_eq(obj_int(d, ".status.nodes[0].scores[1].raw", -1), 86); /* (75 + 97) / 2 */
    ck_assert(!obj_has(d, ".status.nodes[0].scores[1].normalized") && !obj_has(d, ".status.nodes[0].total"));
    drop(&s);
}
END_TEST

START_TEST(known_while_normalizing)
{
    struct seen s = {.point = "NormalizeScore", .plugin = "TaintToleration", .node = STR("-")};
    look(&s, three(), ONE("'cpu':'1'"));
    const struct json *d = s.found;
    ck_assert_uint_eq(obj_count(d, ".status.nodes[0].scores"), 4);
    ck_assert_int_eq(obj_int(d, ".status.nodes[0].scores[0].normalized", -1), 100);
    ck_assert_int_eq(obj_int(d, ".status.nodes[0].scores[0].weighted", -1), 300);
    ck_assert(!obj_has(d, ".status.nodes[0].scores[1].normalized") && !obj_has(d, ".status.nodes[0].total"));
    drop(&s);
}
END_TEST

/* Too many nodes for a park: what is counted stays. */
START_TEST(is_bounded)
{
    struct seen s = {.point = "NormalizeScore", .plugin = "TaintToleration", .node = STR("-")};
    struct cache *c = cache_new();
    for (int i = 0; i < 99; i++) {
        AUTO_FREE char *name = xasprintf("%0130d-%03d", 0, i);
        add_node(c, name, "", "");
    }
    look(&s, c, ONE("'cpu':'1'"));
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 1 << 20);
    json_write(&text, s.found);
    ck_assert_uint_le(text.n, SO_FAR_MAX + 64);
    ck_assert_int_eq(obj_int(s.found, ".status.evaluated", -1), 99);
    ck_assert(obj_bool(s.found, ".status.cut", false) && !obj_has(s.found, ".status.nodes"));
    drop(&s);
}
END_TEST

TEST_MAIN("so_far", calls_in_order, what_preemption_tries_is_not_told, known_while_filtering, known_while_scoring,
          known_while_normalizing, is_bounded)
