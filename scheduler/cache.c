/* cache.c - see cache.h.
 * Reads: nodes and pods from the informers, decisions of cycles.   Writes: node_info. */
#include "scheduler/cache.h"

#include "base/thread.h"
#include "scheduler/framework.h" /* EV_* */
#include "scheduler/volumes.h"

#include <stdlib.h>

struct cached_pod {
    struct pod_info *pod;
    char *node;
    bool assumed;
};

struct cached_node {
    struct node_info info;
    char *name, *zone;
    bool real; /* false: pods name it, but the node itself has not come (or went) */
};

struct cache {
    struct volumes *volumes;    /* locks itself */
    pthread_mutex_t lock;       /* everything below */
    struct map nodes;           /* name -> struct cached_node */
    struct map pods;            /* uid -> struct cached_pod */
    struct node_info **ordered; /* real nodes in node-tree order */
    int count, cap;
    bool order_stale;
};

struct pod_info *pod_info_new(const struct object *pod)
{
    struct pod_info *p = xcalloc(1, sizeof *p);
    p->object = object_ref(pod);
    p->priority = obj_int(pod->root, ".spec.priority", 0);
    res_of_pod(pod->root, &p->need, &p->non_zero_cpu, &p->non_zero_memory);
    return p;
}

void pod_info_free(struct pod_info *p)
{
    if (!p) return;
    object_unref(p->object);
    free(p);
}

struct cache *cache_new(void)
{
    struct cache *c = xcalloc(1, sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    c->volumes = volumes_new();
    return c;
}

static void free_pod(void *v)
{
    struct cached_pod *p = v;
    pod_info_free(p->pod);
    free(p->node);
    free(p);
}

static void free_node(void *v)
{
    struct cached_node *n = v;
    object_unref(n->info.object);
    free(n->info.taints);
    free(n->name);
    free(n->zone);
    free(n);
}

void cache_free(struct cache *c)
{
    if (!c) return;
    map_release(&c->pods, free_pod);
    map_release(&c->nodes, free_node);
    free(c->ordered);
    volumes_free(c->volumes);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

struct volumes *cache_volumes(struct cache *c) { return c->volumes; }

/* ---- Nodes ---- */

static struct cached_node *node_of(struct cache *c, struct str name)
{
    struct cached_node *n = map_get(&c->nodes, name);
    if (n) return n;
    n = xcalloc(1, sizeof *n);
    n->name = str_dup(name);
    n->info.name = str_of(n->name);
    map_set(&c->nodes, name, n);
    return n;
}

/* Zone key of a node: legacy labels first (pkg/scheduler/backend/cache/node_tree.go). */
static char *zone_of(const struct json *labels)
{
    static const char *const regions[] = {"failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"};
    static const char *const zones[] = {"failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"};
    struct str region = STR_NULL, zone = STR_NULL;
    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        if (!region.n) region = obj_map_str(labels, "", str_of(regions[i]));
        if (!zone.n) zone = obj_map_str(labels, "", str_of(zones[i]));
    }
    return region.n || zone.n ? xasprintf("%.*s:\x01:%.*s", STR_ARG(region), STR_ARG(zone)) : xstrdup("");
}

static void read_taints(struct node_info *n)
{
    const struct json *root = n->object->root;
    free(n->taints);
    n->ntaints = 0;
    n->taints = xcalloc(obj_count(root, ".spec.taints") + 1, sizeof *n->taints);
    for (OBJ_EACH(t, root, ".spec.taints"))
        n->taints[n->ntaints++] = (struct node_taint){obj_str(t, ".key"), obj_str(t, ".value"), obj_str(t, ".effect")};
}

static int64_t pods_max(const struct json *node)
{
    struct str text = obj_str(node, ".status.allocatable.pods");
    int64_t n = 0;
    return str_to_i64(text, &n) ? n : obj_int(node, ".status.allocatable.pods", 0);
}

/* What about the node changed in a way that can let a waiting pod in. */
static unsigned node_change(const struct node_info *was, const struct object *node)
{
    unsigned ev = 0;
    struct res total;
    const struct json *old = was->object->root, *new = node->root;
    res_from_map(&total, obj_get(new, ".status.allocatable"));
    if (!res_fits(&total, &was->total)) ev |= EV_NODE_MORE_FREE;
    if (pods_max(new) > was->pod_count_max) ev |= EV_NODE_MORE_FREE;
    if (!json_equal(obj_get(old, ".metadata.labels"), obj_get(new, ".metadata.labels"))) ev |= EV_NODE_LABELS;
    const struct json *ot = obj_get(old, ".spec.taints"), *nt = obj_get(new, ".spec.taints");
    if ((ot || nt) && !(ot && nt && json_equal(ot, nt))) ev |= EV_NODE_TAINTS;
    if (obj_bool(old, ".spec.unschedulable", false) != obj_bool(new, ".spec.unschedulable", false))
        ev |= EV_NODE_TAINTS;
    return ev;
}

unsigned cache_set_node(struct cache *c, const struct object *node)
{
    mutex_lock(&c->lock);
    struct cached_node *n = node_of(c, node->name);
    struct node_info *info = &n->info;
    unsigned ev = n->real ? node_change(info, node) : EV_NODE_ADD;
    const struct object *was = info->object;
    info->object = object_ref(node);
    info->labels = node->labels;
    info->unschedulable = obj_bool(node->root, ".spec.unschedulable", false);
    res_from_map(&info->total, obj_get(node->root, ".status.allocatable"));
    info->pod_count_max = pods_max(node->root);
    read_taints(info);
    char *zone = zone_of(node->labels);
    if (!n->real || !n->zone || strcmp(zone, n->zone) != 0) c->order_stale = true;
    free(n->zone);
    n->zone = zone;
    n->real = true;
    object_unref(was);
    mutex_unlock(&c->lock);
    return ev;
}

void cache_remove_node(struct cache *c, struct str name)
{
    mutex_lock(&c->lock);
    struct cached_node *n = map_get(&c->nodes, name);
    if (n) {
        n->real = false;
        c->order_stale = true;
        if (n->info.pod_count == 0) free_node(map_take(&c->nodes, name));
    }
    mutex_unlock(&c->lock);
}

/* Zones in order of first arrival; the i-th node of each in turn, then the next (node_tree.go list()). */
static void reorder(struct cache *c)
{
    int n = (int)c->nodes.count, left = 0, zones = 0;
    if (c->cap < n) {
        c->ordered = xreallocarray(c->ordered, (size_t)n, sizeof *c->ordered);
        c->cap = n;
    }
    struct cached_node **real = xcalloc((size_t)n + 1, sizeof *real);
    int *zone_at = xcalloc((size_t)n + 1, sizeof *zone_at), *rank = xcalloc((size_t)n + 1, sizeof *rank);
    struct map seen = {0}; /* zone -> its number + 1 */
    int *in_zone = xcalloc((size_t)n + 1, sizeof *in_zone);
    for (int i = 0; i < n; i++) {
        struct cached_node *node = c->nodes.entries[i].value;
        if (!node->real) continue;
        intptr_t zone = (intptr_t)map_get(&seen, str_of(node->zone));
        if (!zone) {
            zone = ++zones;
            map_set(&seen, str_of(node->zone), (void *)zone);
        }
        real[left] = node;
        zone_at[left] = (int)zone - 1;
        rank[left++] = in_zone[zone - 1]++;
    }
    c->count = 0;
    for (int r = 0; c->count < left && zones > 1; r++)
        for (int z = 0; z < zones; z++)
            for (int i = 0; in_zone[z] > r && i < left; i++)
                if (zone_at[i] == z && rank[i] == r) {
                    c->ordered[c->count++] = &real[i]->info;
                    break;
                }
    for (int i = 0; zones <= 1 && i < left; i++) c->ordered[c->count++] = &real[i]->info;
    map_release(&seen, NULL);
    free(real);
    free(zone_at);
    free(rank);
    free(in_zone);
    c->order_stale = false;
}

const struct node_info *const *cache_lock_nodes(struct cache *c, int *count)
{
    mutex_lock(&c->lock);
    if (c->order_stale) reorder(c);
    *count = c->count;
    return (const struct node_info *const *)c->ordered;
}

void cache_unlock(struct cache *c) { mutex_unlock(&c->lock); }

/* ---- Pods ---- */

static void account(struct cache *c, const struct cached_pod *p, int sign)
{
    struct cached_node *n = node_of(c, str_of(p->node));
    struct node_info *info = &n->info;
    if (sign > 0)
        res_add(&info->used, &p->pod->need);
    else
        res_sub(&info->used, &p->pod->need);
    info->non_zero_cpu += sign * p->pod->non_zero_cpu;
    info->non_zero_memory += sign * p->pod->non_zero_memory;
    info->pod_count += sign;
    if (info->pod_count == 0 && !n->real) free_node(map_take(&c->nodes, str_of(p->node)));
}

static bool drop_pod(struct cache *c, struct str uid)
{
    struct cached_pod *p = map_take(&c->pods, uid);
    if (!p) return false;
    account(c, p, -1);
    free_pod(p);
    return true;
}

static void add_pod(struct cache *c, struct pod_info *pod, struct str node, bool assumed)
{
    struct cached_pod *p = xcalloc(1, sizeof *p);
    p->pod = pod;
    p->node = str_dup(node);
    p->assumed = assumed;
    map_set(&c->pods, pod->object->uid, p);
    account(c, p, 1);
}

void cache_set_pod(struct cache *c, const struct object *pod)
{
    bool finished = obj_is(pod->root, ".status.phase", "Succeeded") || obj_is(pod->root, ".status.phase", "Failed");
    struct pod_info *info = finished ? NULL : pod_info_new(pod);
    mutex_lock(&c->lock);
    drop_pod(c, pod->uid);
    if (info) add_pod(c, info, obj_str(pod->root, ".spec.nodeName"), false);
    mutex_unlock(&c->lock);
}

bool cache_remove_pod(struct cache *c, struct str uid)
{
    mutex_lock(&c->lock);
    bool was = drop_pod(c, uid);
    mutex_unlock(&c->lock);
    return was;
}

void cache_assume(struct cache *c, const struct pod_info *pod, struct str node)
{
    struct pod_info *copy = pod_info_new(pod->object);
    mutex_lock(&c->lock);
    drop_pod(c, pod->object->uid);
    add_pod(c, copy, node, true);
    mutex_unlock(&c->lock);
}

void cache_forget(struct cache *c, struct str uid)
{
    mutex_lock(&c->lock);
    struct cached_pod *p = map_get(&c->pods, uid);
    if (p && p->assumed) drop_pod(c, uid);
    mutex_unlock(&c->lock);
}

bool cache_is_assumed(struct cache *c, struct str uid)
{
    mutex_lock(&c->lock);
    struct cached_pod *p = map_get(&c->pods, uid);
    bool assumed = p && p->assumed;
    mutex_unlock(&c->lock);
    return assumed;
}
