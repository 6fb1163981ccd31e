/* test_cache.c - what nodes hold: assumed, confirmed, forgotten, nominated; images, changes, order; nothing is left. */
#include "sched_support.h"

static const struct node_info *node_named(struct cache *c, const char *name)
{
    cache_lock(c);
    const struct node_info *n = cache_node(c, str_of(name));
    cache_unlock(c); /* one thread: nothing changes behind our back */
    return n;
}

static void expect_used(struct cache *c, const char *node, int64_t cpu, int pods)
{
    const struct node_info *n = node_named(c, node);
    ck_assert_ptr_nonnull(n);
    ck_assert_int_eq(n->used.basic[RES_CPU], cpu);
    ck_assert_int_eq(n->npods, pods);
}

static void expect_order(struct cache *c, const char *want)
{
    AUTO_FREE char *got = order_of(c);
    ck_assert_str_eq(got, want);
}

static void assume(struct cache *c, const char *pod, const char *node)
{
    struct pod_info *p = pod_new(pod, ONE("'cpu':'1'"));
    const struct sym *at = sym_get(str_of(node));
    cache_assume(c, p, at);
    sym_unref(at);
    pod_info_unref(p);
}

/* The end of every test: what was taken was given back. */
static void down(struct cache *c)
{
    cache_free(c);
    ck_assert_uint_eq(sym_count(), 0);
}

START_TEST(assume_confirm_forget)
{
    struct cache *c = cache_new();
    add_node(c, "a", "", "");
    add_node(c, "b", "", "");
    assume(c, "p", "a");
    ck_assert(cache_is_assumed(c, STR("uid-p")));
    expect_used(c, "a", 1000, 1);
    set_pod(c, "p", ON("a", "'cpu':'1'")); /* the watch confirms it: not counted twice */
    ck_assert(!cache_is_assumed(c, STR("uid-p")));
    expect_used(c, "a", 1000, 1);
    cache_forget(c, STR("uid-p")); /* too late: it is real */
    expect_used(c, "a", 1000, 1);
    assume(c, "r", "b");
    cache_forget(c, STR("uid-r"));
    expect_used(c, "b", 0, 0);
    ck_assert(!cache_is_assumed(c, STR("uid-r")));
    assume(c, "s", "a"); /* assumed here, bound there by somebody else */
    set_pod(c, "s", ON("b", "'cpu':'2'"));
    expect_used(c, "a", 1000, 1);
    expect_used(c, "b", 2000, 1);
    cache_forget(c, STR("uid-never"));
    down(c);
}
END_TEST

START_TEST(what_was_there_before)
{
    struct cache *c = cache_new();
    add_node(c, "a", "", "");
    const struct object *o AUTO_OBJ = pod_object("p", ON("a", "'cpu':'2'"));
    struct pod_info *p = pod_info_new(o, false);
    ck_assert_ptr_null(cache_set_pod(c, p));
    const struct object *o2 AUTO_OBJ = pod_object("p", ON("a", "'cpu':'1'"));
    struct pod_info *p2 = pod_info_new(o2, false);
    const struct pod_info *was = cache_set_pod(c, p2);
    ck_assert_ptr_eq(was, p);
    expect_used(c, "a", 1000, 1);
    pod_info_unref(was);
    was = cache_remove_pod(c, STR("uid-p"));
    ck_assert_ptr_eq(was, p2);
    pod_info_unref(was);
    ck_assert_ptr_null(cache_remove_pod(c, STR("uid-p")));
    expect_used(c, "a", 0, 0);
    pod_info_unref(p);
    pod_info_unref(p2);
    down(c);
}
END_TEST

START_TEST(pods_may_come_before_their_node_and_outlive_it)
{
    struct cache *c = cache_new();
    set_pod(c, "p", ON("a", "'cpu':'1'"));
    expect_order(c, "");
    ck_assert_ptr_null(node_named(c, "a"));
    add_node(c, "a", "", "");
    expect_used(c, "a", 1000, 1);
    cache_remove_node(c, STR("a"), NULL, NULL);
    expect_order(c, "");
    ck_assert_ptr_null(node_named(c, "a"));
    add_node(c, "a", "", "");
    expect_used(c, "a", 1000, 1);
    cache_remove_node(c, STR("a"), NULL, NULL);
    cache_remove_node(c, STR("a"), NULL, NULL);
    pod_info_unref(cache_remove_pod(c, STR("uid-p"))); /* the last trace of the node goes with it */
    cache_remove_node(c, STR("a"), NULL, NULL);
    set_pod(c, "r", ON("gone", ""));
    down(c);
}
END_TEST

START_TEST(a_change_keeps_the_pods)
{
    struct cache *c = cache_new();
    add_node(c, "a", "'x':'1'", "");
    set_pod(c, "p", ON("a", "'cpu':'1','example.com/gpu':'2'"));
    add_node(c, "a", "'x':'2'", "'spec':{'unschedulable':true}");
    expect_used(c, "a", 1000, 1);
    const struct node_info *n = node_named(c, "a");
    ck_assert(n->unschedulable);
    ck_assert_int_eq(amounts_get(&n->used, res_id(STR("example.com/gpu"))), 2);
    ck_assert_int_eq(n->non_zero.cpu, 1000);
    ck_assert_int_eq(n->non_zero.memory, 200 * 1048576);
    ck_assert_int_eq(n->pods_max, 110);
    down(c);
}
END_TEST

#define ZONE(z) "'topology.kubernetes.io/zone':'" z "'"

START_TEST(the_order_follows_the_nodes)
{
    struct cache *c = cache_new();
    add_node(c, "a1", ZONE("a"), "");
    add_node(c, "a2", ZONE("a"), "");
    add_node(c, "b1", ZONE("b"), "");
    expect_order(c, "a1 b1 a2");
    add_node(c, "a1", ZONE("a") ",'more':'labels'", "");
    expect_order(c, "a1 b1 a2");
    add_node(c, "a1", ZONE("b"), "");
    expect_order(c, "a2 b1 a1");
    cache_remove_node(c, STR("b1"), NULL, NULL);
    expect_order(c, "a2 a1");
    cache_remove_node(c, STR("never"), NULL, NULL);
    down(c);
}
END_TEST

START_TEST(a_table_outlives_the_order)
{
    struct cache *c = cache_new();
    add_node(c, "a", "", "");
    add_node(c, "b", "", "");
    cache_lock(c);
    const struct node_table *t = cache_table(c), *same = cache_table(c);
    cache_unlock(c);
    ck_assert_ptr_eq(t, same);
    node_table_unref(same);
    add_node(c, "a", "'x':'y'", ""); /* changes no order */
    cache_lock(c);
    same = cache_table(c);
    cache_unlock(c);
    ck_assert_ptr_eq(t, same);
    node_table_unref(same);
    cache_remove_node(c, STR("a"), NULL, NULL);
    cache_lock(c);
    const struct node_table *next = cache_table(c);
    cache_unlock(c);
    ck_assert_uint_ne(t->id, next->id);
    ck_assert_int_eq(t->n, 2);
    ck_assert_str_eq(t->names[0]->text, "a");
    ck_assert_int_eq(next->n, 1);
    ck_assert_str_eq(next->names[0]->text, "b");
    node_table_unref(next);
    cache_free(c);
    ck_assert_str_eq(t->names[1]->text, "b");
    node_table_unref(t);
    node_table_unref(NULL);
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

/* ---- Changes ---- */

static struct {
    unsigned changes;
    int calls;
    bool had_was;
    int64_t was_cpu, now_cpu;
} seen;

static void note(void *arg, unsigned changes, const struct node_info *was, const struct node_info *now)
{
    ck_assert_ptr_eq(arg, &seen);
    seen.changes = changes;
    seen.calls++;
    seen.had_was = was;
    seen.was_cpu = was ? was->total.basic[RES_CPU] : 0;
    seen.now_cpu = now->total.basic[RES_CPU];
}

static unsigned changes_of(struct cache *c, const char *node)
{
    const struct object *o AUTO_OBJ = object_text(node);
    seen.changes = 0;
    cache_set_node(c, o, note, &seen);
    return seen.changes;
}

#define NODE(labels, spec, status)                                                                                     \
    "{'metadata':{'name':'a','labels':{" labels "}},'spec':{" spec "},'status':{'allocatable':{" status "}"

static const struct {
    const char *node;
    unsigned changes;
} node_rows[] = {
    {NODE("", "", "'cpu':'4'") "}}", NODE_ADDED},
    {NODE("", "", "'cpu':'4'") "}}", 0},
    {NODE("", "", "'cpu':'4'") ",'conditions':[{'type':'Ready','status':'True'}]}}", 0},
    {NODE("", "", "'cpu':'4','pods':'10'") "}}", NODE_ALLOCATABLE},
    {NODE("", "", "'cpu':'4','pods':'10','x.com/y':'1'") "}}", NODE_ALLOCATABLE},
    {NODE("", "", "'cpu':'3','pods':'10','x.com/y':'1'") "}}", NODE_ALLOCATABLE},
    {NODE("'l':'1'", "", "'cpu':'3','pods':'10','x.com/y':'1'") "}}", NODE_LABELS},
    {NODE("'l':'2'", "", "'cpu':'3','pods':'10','x.com/y':'1'") "}}", NODE_LABELS},
    {NODE("'m':'2'", "", "'cpu':'3','pods':'10','x.com/y':'1'") "}}", NODE_LABELS},
    {NODE("'m':'2'", "'taints':[{'key':'k','effect':'NoSchedule'}]", "'cpu':'3','pods':'10','x.com/y':'1'") "}}",
     NODE_TAINTS},
    {NODE("'m':'2'", "'taints':[{'key':'k','effect':'NoExecute'}]", "'cpu':'3','pods':'10','x.com/y':'1'") "}}",
     NODE_TAINTS},
    {NODE("'m':'2'", "'taints':[{'key':'k','value':'v','effect':'NoExecute'}]",
          "'cpu':'3','pods':'10','x.com/y':'1'") "}}",
     NODE_TAINTS},
    {NODE("'m':'2'", "'unschedulable':true", "'cpu':'3','pods':'10','x.com/y':'1'") "}}", NODE_TAINTS},
    {NODE("'m':'2'", "", "'cpu':'3','pods':'10','x.com/y':'1'") ",'declaredFeatures':['F']}}",
     NODE_TAINTS | NODE_FEATURES},
    {NODE("'m':'2'", "", "'cpu':'3','pods':'10','x.com/y':'1'") ",'declaredFeatures':['G']}}", NODE_FEATURES},
    {NODE("'n':'2'", "'unschedulable':true", "'cpu':'2'") "}}",
     NODE_LABELS | NODE_FEATURES | NODE_ALLOCATABLE}, /* a node that is cordoned lets nobody in */
};

START_TEST(changes_of_nodes)
{
    struct cache *c = cache_new();
    for (size_t i = 0; i < ARRAY_LEN(node_rows); i++) {
        unsigned got = changes_of(c, node_rows[i].node);
        ck_assert_msg(got == node_rows[i].changes, "row %zu: %u", i, got);
    }
    ck_assert_int_eq(seen.calls, (int)ARRAY_LEN(node_rows) - 2); /* nobody is told of nothing */
    ck_assert(seen.had_was);
    ck_assert_int_eq(seen.was_cpu, 3000);
    ck_assert_int_eq(seen.now_cpu, 2000);
    cache_remove_node(c, STR("a"), NULL, NULL);
    ck_assert_uint_eq(changes_of(c, node_rows[0].node), NODE_ADDED);
    ck_assert(!seen.had_was);
    down(c);
}
END_TEST

/* ---- Images ---- */

static const struct node_image *image_on(struct cache *c, const char *node, const char *name)
{
    const struct sym *s = sym_get(str_of(name));
    const struct node_image *found = node_image_find(node_named(c, node), s);
    sym_unref(s);
    return found;
}

static void node_with_images(struct cache *c, const char *name, const char *images)
{
    AUTO_FREE char *text = xasprintf("{'metadata':{'name':'%s'},'status':{'images':[%s]}}", name, images);
    set_node(c, text);
}

START_TEST(images_are_counted)
{
    struct cache *c = cache_new();
    node_with_images(c, "a", "{'names':['x:1','x@sha256:0'],'sizeBytes':10},{'names':['y:1'],'sizeBytes':20}");
    node_with_images(c, "b", "{'names':['x:1'],'sizeBytes':11},{'names':[7,'x:1'],'sizeBytes':12}");
    ck_assert_int_eq(*image_on(c, "a", "x:1")->nodes, 2); /* twice on b is on b */
    ck_assert_int_eq(image_on(c, "b", "x:1")->bytes, 10);
    ck_assert_int_eq(*image_on(c, "a", "x@sha256:0")->nodes, 1);
    ck_assert_ptr_null(image_on(c, "b", "y:1"));
    node_with_images(c, "a", "{'names':['y:1'],'sizeBytes':21}");
    ck_assert_int_eq(*image_on(c, "b", "x:1")->nodes, 1);
    ck_assert_int_eq(image_on(c, "b", "x:1")->bytes, 10); /* somebody has it still */
    ck_assert_int_eq(image_on(c, "a", "y:1")->bytes, 21); /* nobody had it meanwhile */
    cache_remove_node(c, STR("b"), NULL, NULL);
    node_with_images(c, "c", "{'names':['x:1'],'sizeBytes':13}");
    ck_assert_int_eq(image_on(c, "c", "x:1")->bytes, 13);
    down(c);
}
END_TEST

START_TEST(a_removed_node_with_pods_has_no_images)
{
    struct cache *c = cache_new();
    node_with_images(c, "a", "{'names':['x:1'],'sizeBytes':10}");
    node_with_images(c, "b", "{'names':['x:1'],'sizeBytes':10}");
    set_pod(c, "p", ON("a", ""));
    cache_remove_node(c, STR("a"), NULL, NULL);
    ck_assert_int_eq(*image_on(c, "b", "x:1")->nodes, 1);
    down(c);
}
END_TEST

/* ---- Nominations ---- */

static void nominate(struct cache *c, const char *pod, const char *node)
{
    struct pod_info *p = pod_new(pod, ONE(""));
    const struct sym *at = node ? sym_get(str_of(node)) : NULL;
    cache_nominate(c, p, at);
    sym_unref(at);
    pod_info_unref(p);
}

static void expect_nominated(struct cache *c, const char *node, const char *want)
{
    struct buf b AUTO_BUF = {0};
    int n;
    buf_init(&b, 1000);
    const struct sym *at = sym_get(str_of(node));
    cache_lock(c);
    const struct pod_info *const *pods = cache_nominated(c, at, &n);
    for (int i = 0; i < n; i++) buf_addf(&b, "%s%.*s", i ? " " : "", STR_ARG(pods[i]->name));
    cache_unlock(c);
    sym_unref(at);
    ck_assert_strn_eq(buf_view(&b), want);
}

START_TEST(nominations)
{
    struct cache *c = cache_new();
    ck_assert(!cache_any_nominated(c));
    for (int i = 0; i < 6; i++) nominate(c, (const char *[]){"p0", "p1", "p2", "p3", "p4", "p5"}[i], "a");
    expect_nominated(c, "a", "p0 p1 p2 p3 p4 p5");
    nominate(c, "p1", "b");
    nominate(c, "p4", NULL);
    nominate(c, "p9", NULL);
    expect_nominated(c, "a", "p0 p2 p3 p5");
    expect_nominated(c, "b", "p1");
    assume(c, "p2", "a"); /* it has its place */
    set_pod(c, "p0", ON("z", ""));
    pod_info_unref(cache_remove_pod(c, STR("uid-p3")));
    expect_nominated(c, "a", "p5");
    nominate(c, "p5", NULL);
    expect_nominated(c, "a", "");
    ck_assert(cache_any_nominated(c));
    nominate(c, "p1", NULL);
    ck_assert(!cache_any_nominated(c));
    nominate(c, "left-over", "c");
    down(c);
}
END_TEST

/* ---- Tallies ---- */

#define TERM "[{'topologyKey':'zone','labelSelector':{}}]"
#define AFFINE(node, kind)                                                                                             \
    "'spec':{'nodeName':'" node "','affinity':{'" kind "':{'requiredDuringSchedulingIgnoredDuringExecution':" TERM "}" \
    "}"                                                                                                                \
    "}"

START_TEST(nodes_with_affinity_are_counted)
{
    struct cache *c = cache_new();
    add_node(c, "a", "", "");
    add_node(c, "b", "", "");
    set_pod(c, "p", AFFINE("a", "podAffinity"));
    set_pod(c, "q", AFFINE("a", "podAntiAffinity"));
    set_pod(c, "r", AFFINE("b", "podAffinity"));
    ck_assert_int_eq(cache_with_affinity(c), 2);
    ck_assert_int_eq(cache_with_anti(c), 1);
    set_pod(c, "p", ON("a", ""));
    ck_assert_int_eq(cache_with_affinity(c), 2); /* q is there still */
    set_pod(c, "q", ON("a", ""));
    ck_assert_int_eq(cache_with_affinity(c), 1);
    ck_assert_int_eq(cache_with_anti(c), 0);
    pod_info_unref(cache_remove_pod(c, STR("uid-r")));
    ck_assert_int_eq(cache_with_affinity(c), 0);
    down(c);
}
END_TEST

START_TEST(a_copy_is_ones_own)
{
    struct cache *c = cache_new();
    add_node(c, "a", "", "");
    set_pod(c, "p", ON("a", "'cpu':'1','example.com/gpu':'1'"));
    set_pod(c, "q", ON("a", "'cpu':'2'"));
    struct node_info *copy = node_info_copy(node_named(c, "a"));
    ck_assert(node_info_remove(copy, STR("uid-p")));
    ck_assert(!node_info_remove(copy, STR("uid-p")));
    ck_assert_int_eq(copy->used.basic[RES_CPU], 2000);
    struct pod_info *more = pod_new("r", ONE("'cpu':'500m','example.com/other':'3'"));
    for (int i = 0; i < 20; i++) node_info_add(copy, more);
    ck_assert_int_eq(copy->used.basic[RES_CPU], 12000);
    pod_info_unref(more);
    expect_used(c, "a", 3000, 2);
    node_info_copy_free(copy);
    expect_used(c, "a", 3000, 2);
    down(c);
}
END_TEST

START_TEST(many_come_and_go)
{
    struct cache *c = cache_new();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 200; i++) {
            char name[16];
            snprintf(name, sizeof name, "n%d", i % 20);
            if (i < 20) add_node(c, name, ZONE("a"), "");
            AUTO_FREE char *more = xasprintf(
                "'spec':{'nodeName':'%s','containers':[{'name':'c','resources':{'requests':{'cpu':'10m'}}}]}", name);
            snprintf(name, sizeof name, "p%d", i);
            set_pod(c, name, more);
        }
        for (int i = 0; i < 20; i++) {
            char name[16];
            snprintf(name, sizeof name, "n%d", i);
            expect_used(c, name, 100, 10);
            if (i % 2) cache_remove_node(c, str_of(name), NULL, NULL);
        }
        for (int i = 0; i < 200; i++) {
            char uid[24];
            snprintf(uid, sizeof uid, "uid-p%d", i);
            pod_info_unref(cache_remove_pod(c, str_of(uid)));
        }
    }
    down(c);
}
END_TEST

TEST_MAIN("cache", assume_confirm_forget, what_was_there_before, pods_may_come_before_their_node_and_outlive_it,
          a_change_keeps_the_pods, the_order_follows_the_nodes, a_table_outlives_the_order, changes_of_nodes,
          images_are_counted, a_removed_node_with_pods_has_no_images, nominations, nodes_with_affinity_are_counted,
          a_copy_is_ones_own, many_come_and_go)
