/* test_sandbox.c - a copy of a cluster computes what the original would, and neither shows what is done to the other;
 * a sandbox that is filled from objects. */
#include "api/yaml.h"
#include "check_main.h"
#include "random_object.h"
#include "scheduler/census.h"
#include "scheduler/config.h"
#include "scheduler/cycle.h"
#include "scheduler/reserve.h"
#include "scheduler/sandbox.h"

enum { SEEDS = 150, NODES = 8, CYCLES = 12 };

static const struct sched_config *config;

static void up(void) { config = config_default(); }

static void down(void)
{
    config_unref(config);
    ck_assert_uint_eq(sym_count(), 0); /* nobody holds a name any more */
}

static const struct object *object_from(const char *yaml)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *j = yaml_parse(&a, str_of(yaml), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, yaml);
    return object_of(j);
}

static void put_pod(struct cache *c, const struct object *pod)
{
    struct pod_info *p = pod_info_new(pod, false);
    pod_info_unref(cache_set_pod(c, p));
    pod_info_unref(p);
}

/* ---- Clusters by chance ---- */

static void put_listed(struct cache *c, enum listed kind, const struct object *o)
{
    listers_put(cache_listers(c), kind, o);
    object_unref(o);
}

static void assume(struct cache *c, struct rnd *r, int number, bool nominate)
{
    AUTO_FREE char *name = xasprintf("n%d", below(r, NODES));
    const struct object *o AUTO_OBJ = random_pod(r, number);
    const struct sym *node = sym_get(str_of(name));
    struct pod_info *p = pod_info_new(o, true);
    if (nominate)
        cache_nominate(c, p, node);
    else
        cache_assume(c, p, node);
    pod_info_unref(p);
    sym_unref(node);
}

static struct cache *random_cluster(struct rnd *r)
{
    struct cache *c = cache_new();
    for (int ns = 0; ns < 2; ns++) {
        put_listed(c, LIST_NAMESPACE, random_namespace(r, ns));
        for (int i = 0; i < CLAIMS; i++) {
            put_listed(c, LIST_CLAIM, random_claim(r, ns, i));
            put_listed(c, LIST_VOLUME, random_volume(r, ns, i));
        }
    }
    for (int i = 0; i < NODES + 3; i++) {
        const struct object *o AUTO_OBJ = random_node(r, i);
        cache_set_node(c, o, NULL, NULL);
    }
    for (int i = 0; i < 24; i++) { /* some of them on a node that there is not */
        AUTO_FREE char *node = xasprintf("n%d", below(r, NODES + 4));
        const struct object *o AUTO_OBJ = random_pod(r, 1000 + i);
        const struct object *bound AUTO_OBJ = pod_on(o, node);
        put_pod(c, bound);
    }
    for (int i = 0; i < 5; i++) assume(c, r, 2000 + i, false);
    for (int i = 0; i < 3; i++) assume(c, r, 3000 + i, true);
    for (int i = 0; i < 3; i++) { /* slots that are free, and a node that only pods name */
        AUTO_FREE char *name = xasprintf("n%d", below(r, NODES));
        cache_remove_node(c, str_of(name), NULL, NULL);
    }
    return c;
}

/* ---- One cycle on two clusters ---- */

struct side {
    struct cache *cache;
    struct cycle cy;
    struct rnd choice;
    int start;
};

static void compute(struct side *s, const struct pod_info *p)
{
    cycle_init(&s->cy, config->profiles[0], p);
    cycle_compute(&s->cy, s->cache, NULL, &s->start, &s->choice);
}

static void same_whys(const struct why *a, const struct why *b)
{
    ck_assert_int_eq(a->n, b->n);
    ck_assert_int_eq(a->plugin, b->plugin);
    for (int i = 0; i < a->n; i++) ck_assert_str_eq(a->texts[i], b->texts[i]);
}

static void same_found(const struct cycle *a, const struct cycle *b)
{
    ck_assert_int_eq(a->all_nodes, b->all_nodes);
    ck_assert_int_eq(a->evaluated, b->evaluated);
    ck_assert_int_eq(a->feasible, b->feasible);
    ck_assert_int_eq(a->chosen, b->chosen);
    ck_assert_int_eq(a->refusal, b->refusal);
    for (int i = 0; i < a->evaluated; i++) {
        ck_assert(str_eq(cycle_node_at(a, i), cycle_node_at(b, i)));
        ck_assert_int_eq(a->verdicts[i].verdict, b->verdicts[i].verdict);
        if (a->verdicts[i].verdict != V_OK) same_whys(&a->whys[a->verdicts[i].why], &b->whys[b->verdicts[i].why]);
    }
    for (int i = 0; a->scored && i < a->feasible; i++) ck_assert_int_eq(a->totals[i], b->totals[i]);
    ck_assert((a->nominated == NULL) == (b->nominated == NULL));
    ck_assert(str_eq(sym_str(a->nominated), sym_str(b->nominated)));
}

/* True: it was placed, on both. */
static bool place_on_both(struct side *a, struct side *b, const struct object *pod)
{
    struct pod_info *p = pod_info_new(pod, true);
    compute(a, p);
    compute(b, p);
    same_found(&a->cy, &b->cy);
    bool placed = a->cy.chosen >= 0;
    const struct sym *node = placed ? sym_get(cycle_node(&a->cy)) : NULL;
    if (placed) cache_assume(a->cache, p, node);
    if (placed) cache_assume(b->cache, p, node);
    cycle_release(&a->cy);
    cycle_release(&b->cy);
    pod_info_unref(p);
    sym_unref(node);
    return placed;
}

START_TEST(the_same_cycles)
{
    int placed = 0;
    up();
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct rnd r;
        rnd_stream(&r, seed);
        struct side live = {.cache = random_cluster(&r)}, copy = {0};
        struct sandbox *s = sandbox_of(live.cache);
        copy.cache = sandbox_cache(s);
        rnd_stream(&live.choice, seed);
        copy.choice = live.choice;
        for (int i = 0; i < CYCLES; i++) {
            const struct object *pod AUTO_OBJ = random_pod(&r, i);
            placed += place_on_both(&live, &copy, pod);
        }
        sandbox_free(s);
        cache_free(live.cache);
    }
    ck_assert_int_gt(placed, SEEDS); /* or nothing was compared */
    down();
}
END_TEST

/* ---- Apart ---- */

static void add_node(struct cache *c, const char *name, const char *zone)
{
    AUTO_FREE char *yaml = xasprintf("{apiVersion: v1, kind: Node, metadata: {name: %s, labels: {zone: %s, host: %s}}, "
                                     "status: {allocatable: {cpu: '4', memory: 8Gi, pods: '9'}, "
                                     "images: [{names: ['a:1'], sizeBytes: 7}]}}",
                                     name, zone, name);
    const struct object *o AUTO_OBJ = object_from(yaml);
    cache_set_node(c, o, NULL, NULL);
}

static struct pod_info *waiting_pod(const char *name, const char *more)
{
    AUTO_FREE char *yaml = xasprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: default, uid: u-%s}, "
                                     "spec: {containers: [{name: c, resources: {requests: {cpu: '1'}}}]%s}}",
                                     name, name, more);
    const struct object *o AUTO_OBJ = object_from(yaml);
    return pod_info_new(o, true);
}

static void assume_on(struct cache *c, const char *name, const char *node)
{
    struct pod_info *p = waiting_pod(name, "");
    const struct sym *to = sym_get(str_of(node));
    cache_assume(c, p, to);
    sym_unref(to);
    pod_info_unref(p);
}

static int pods_on(struct cache *c, const char *node)
{
    cache_lock(c);
    const struct node_info *n = cache_node(c, str_of(node));
    int pods = n ? n->npods : -1;
    cache_unlock(c);
    return pods;
}

static int64_t cpu_on(struct cache *c, const char *node)
{
    cache_lock(c);
    int64_t used = cache_node(c, str_of(node))->used.basic[RES_CPU];
    cache_unlock(c);
    return used;
}

static int image_nodes(struct cache *c, const char *node)
{
    cache_lock(c);
    int nodes = *cache_node(c, str_of(node))->images[0].nodes;
    cache_unlock(c);
    return nodes;
}

START_TEST(neither_shows_in_the_other)
{
    up();
    struct cache *live = cache_new();
    add_node(live, "n1", "a");
    add_node(live, "n2", "b");
    assume_on(live, "p1", "n1");
    struct sandbox *s = sandbox_of(live);
    struct cache *copy = sandbox_cache(s);
    ck_assert_int_eq(pods_on(copy, "n1"), 1);
    ck_assert(cache_is_assumed(copy, STR("u-p1")));
    ck_assert_int_eq(image_nodes(copy, "n1"), 2);

    assume_on(copy, "p2", "n1");
    add_node(copy, "n3", "c");
    ck_assert_int_eq(pods_on(copy, "n1"), 2);
    ck_assert_int_eq(cpu_on(copy, "n1"), 2000);
    ck_assert_int_eq(pods_on(live, "n1"), 1);
    ck_assert_int_eq(cpu_on(live, "n1"), 1000);
    ck_assert_int_eq(pods_on(live, "n3"), -1);
    ck_assert_int_eq(image_nodes(copy, "n1"), 3);
    ck_assert_int_eq(image_nodes(live, "n1"), 2);

    cache_forget(live, STR("u-p1"));
    cache_remove_node(live, STR("n2"), NULL, NULL);
    ck_assert_int_eq(pods_on(live, "n1"), 0);
    ck_assert_int_eq(pods_on(copy, "n1"), 2);
    ck_assert_int_eq(pods_on(copy, "n2"), 0);
    ck_assert_int_eq(image_nodes(copy, "n2"), 3);

    const struct object *ns AUTO_OBJ = object_from("{apiVersion: v1, kind: Namespace, metadata: {name: x}}");
    listers_put(cache_listers(copy), LIST_NAMESPACE, ns);
    ck_assert_uint_eq(listers_count(cache_listers(live), LIST_NAMESPACE), 0);
    cache_free(live); /* the copy lives on */
    ck_assert_int_eq(pods_on(copy, "n1"), 2);
    sandbox_free(s);
    down();
}
END_TEST

/* ---- What is taken of storage ---- */

static void put_yaml(struct cache *c, enum listed kind, const char *yaml)
{
    const struct object *o AUTO_OBJ = object_from(yaml);
    listers_put(cache_listers(c), kind, o);
}

#define CLAIM(name)                                                                                                    \
    "{metadata: {name: " name ", namespace: default, uid: u-" name ", resourceVersion: '7'}, spec: {accessModes: "     \
    "[ReadWriteOnce], storageClassName: late, resources: {requests: {storage: 1Gi}}}}"
#define OF_CLAIM(name) ", volumes: [{name: v, persistentVolumeClaim: {claimName: " name "}}]"

/* Where a pod of that claim would go; "" nowhere. */
static char *node_for(struct cache *c, const char *more, struct reserve *held)
{
    struct side s = {.cache = c};
    struct pod_info *p = waiting_pod("web", more);
    struct err e = ERR_INIT;
    rnd_stream(&s.choice, 1);
    compute(&s, p);
    char *node = str_dup(cycle_node(&s.cy));
    if (held) ck_assert(reserve_take(held, &s.cy, c, &e));
    cycle_release(&s.cy);
    pod_info_unref(p);
    return node ? node : xstrdup("");
}

START_TEST(reserved_volumes)
{
    up();
    struct cache *live = cache_new();
    struct reserve held = {{0}};
    add_node(live, "n1", "a");
    add_node(live, "n2", "b");
    put_yaml(live, LIST_CLASS,
             "{metadata: {name: late}, provisioner: kubernetes.io/no-provisioner, volumeBindingMode: "
             "WaitForFirstConsumer}");
    put_yaml(live, LIST_CLAIM, CLAIM("a"));
    put_yaml(live, LIST_CLAIM, CLAIM("b"));
    put_yaml(live, LIST_VOLUME,
             "{metadata: {name: v, resourceVersion: '8'}, spec: {capacity: {storage: 1Gi}, accessModes: "
             "[ReadWriteOnce], storageClassName: late, nodeAffinity: {required: {nodeSelectorTerms: "
             "[{matchExpressions: [{key: host, operator: In, values: [n2]}]}]}}}, status: {phase: Available}}");
    struct sandbox *before = sandbox_of(live);
    AUTO_FREE char *first = node_for(live, OF_CLAIM("a"), &held);
    ck_assert_str_eq(first, "n2");
    struct sandbox *after = sandbox_of(live);
    AUTO_FREE char *free_still = node_for(sandbox_cache(before), OF_CLAIM("b"), NULL);
    AUTO_FREE char *taken = node_for(sandbox_cache(after), OF_CLAIM("b"), NULL);
    ck_assert_str_eq(free_still, "n2");
    ck_assert_str_eq(taken, "");
    reserve_give_back(&held, config->profiles[0], live);
    AUTO_FREE char *again = node_for(live, OF_CLAIM("b"), NULL);
    AUTO_FREE char *taken_still = node_for(sandbox_cache(after), OF_CLAIM("b"), NULL);
    ck_assert_str_eq(again, "n2");
    ck_assert_str_eq(taken_still, "");
    sandbox_free(before);
    sandbox_free(after);
    cache_free(live);
    down();
}
END_TEST

/* ---- Filled from objects ---- */

static bool add(struct sandbox *s, const char *yaml)
{
    struct err e = ERR_INIT;
    const struct object *o AUTO_OBJ = object_from(yaml);
    return sandbox_add(s, o, &e);
}

START_TEST(from_objects)
{
    up();
    struct sandbox *s = sandbox_new();
    struct cache *c = sandbox_cache(s);
    add_node(c, "n1", "a");
    ck_assert(add(s, "{apiVersion: v1, kind: Node, metadata: {name: n2}, status: {allocatable: {cpu: 2, pods: '3'}}}"));
    ck_assert(add(s, "{apiVersion: v1, kind: Pod, metadata: {name: a, uid: a}, spec: {nodeName: n2}}"));
    ck_assert(add(s, "{apiVersion: v1, kind: Pod, metadata: {name: b, uid: b}, spec: {nodeName: n2}, "
                     "status: {phase: Succeeded}}"));
    ck_assert(add(s, "{apiVersion: v1, kind: Pod, metadata: {name: c, uid: c}, spec: {}}"));
    ck_assert(add(s, "{apiVersion: v1, kind: Pod, metadata: {name: d, namespace: x}, spec: {nodeName: n2}}"));
    ck_assert(add(s, "{apiVersion: v1, kind: Pod, metadata: {name: e, namespace: x}, spec: {nodeName: n2}}"));
    ck_assert_int_eq(pods_on(c, "n2"), 3); /* those without a uid are two */
    ck_assert(add(s, "{apiVersion: v1, kind: Pod, metadata: {name: d, namespace: x}, spec: {nodeName: n1}}"));
    ck_assert_int_eq(pods_on(c, "n2"), 2); /* the last word counts */
    ck_assert_int_eq(pods_on(c, "n1"), 1);
    ck_assert(add(s, "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}}"));
    ck_assert_uint_eq(listers_count(cache_listers(c), LIST_CLASS), 1);
    ck_assert(add(s, "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: p}, value: 7}"));
    ck_assert_ptr_null(sandbox_default_class(s));
    ck_assert(add(s, "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: q}, value: 5, "
                     "globalDefault: true}"));
    ck_assert(add(s, "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: r}, value: 6, "
                     "globalDefault: true}"));
    ck_assert(str_eqc(sandbox_default_class(s)->name, "q"));
    ck_assert(str_eqc(sandbox_priority_class(s, STR("p"))->name, "p"));
    ck_assert(!add(s, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}"));
    ck_assert(!sandbox_takes(STR("v1"), STR("ConfigMap")) && sandbox_takes(STR("apps/v1"), STR("ReplicaSet")));
    ck_assert(!sandbox_takes(STR("apps/v1beta1"), STR("StatefulSet")) &&
              !sandbox_takes(STR("apps"), STR("ReplicaSet")));
    sandbox_free(s);
    down();
}
END_TEST

TEST_MAIN("sandbox", the_same_cycles, neither_shows_in_the_other, reserved_volumes, from_objects)
