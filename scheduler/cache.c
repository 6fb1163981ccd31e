/* cache.c - see cache.h.
 * Reads: nodes and pods from the informers, decisions of cycles.   Writes: node_info. */
#include "scheduler/cache_priv.h"

#include "api/quantity.h"

#include <stdlib.h>

static _Atomic uint32_t tables; /* that were made */

static void listed(void *arg, enum listed kind, const struct object *was, const struct object *now)
{
    struct cache *c = arg;
    mutex_lock(&c->lock);
    storage_put(c->storage, kind, was, now);
    mutex_unlock(&c->lock);
}

struct cache *cache_new(void)
{
    struct cache *c = xcalloc(1, sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    c->listers = listers_new();
    c->census = census_new();
    c->storage = storage_new();
    listers_on(c->listers, listed, c);
    return c;
}

struct listers *cache_listers(struct cache *c) { return c->listers; }
struct census *cache_census(struct cache *c) { return c->census; }
struct storage *cache_storage(struct cache *c) { return c->storage; }
void cache_lock(struct cache *c) { mutex_lock(&c->lock); }
void cache_unlock(struct cache *c) { mutex_unlock(&c->lock); }

/* ---- Nodes ---- */

static struct cached_node *node_of(struct cache *c, struct str name)
{
    struct cached_node *n = map_get(&c->nodes, name);
    if (n) return n;
    n = xcalloc(1, sizeof *n);
    n->info.name = sym_get(name);
    census_give_slot(c->census, &n->info);
    map_set(&c->nodes, name, n);
    return n;
}

static void read_taints(struct node_info *n, const struct json *node)
{
    struct taint *v = ARENA_ARRAY(&n->keep.arena, struct taint, obj_count(node, ".spec.taints"));
    n->taints = v;
    for (OBJ_EACH(t, node, ".spec.taints")) {
        struct str value = obj_str(t, ".value");
        v[n->ntaints++] = (struct taint){.key = keep_sym(&n->keep, obj_str(t, ".key")),
                                         .value = keep_sym(&n->keep, value.p ? value : STR("")),
                                         .effect = effect_of(obj_str(t, ".effect"))};
    }
}

void cache_count_image(struct cache *c, struct node_image *image)
{
    struct image_count *count = map_get(&c->images, sym_str(image->name));
    if (!count) {
        count = xcalloc(1, sizeof *count);
        count->bytes = image->bytes;
        map_set(&c->images, sym_str(image->name), count);
    }
    count->nodes++;
    image->bytes = count->bytes;
    image->nodes = &count->nodes;
}

static void drop_images(struct cache *c, struct node_info *n)
{
    for (int i = 0; i < n->nimages; i++) {
        struct image_count *count = map_get(&c->images, sym_str(n->images[i].name));
        if (--count->nodes == 0) free(map_take(&c->images, sym_str(n->images[i].name)));
    }
    n->nimages = 0;
}

/* By the address of their names; of equal names the one that was said first. */
static int compare_images(const void *a, const void *b)
{
    const struct node_image *x = a, *y = b;
    if (x->name != y->name) return x->name < y->name ? -1 : 1;
    return x->nodes < y->nodes ? -1 : 1;
}

static void read_images(struct cache *c, struct node_info *n, const struct json *node)
{
    size_t names = 0;
    for (OBJ_EACH(it, node, ".status.images")) names += obj_count(it, ".names");
    struct node_image *v = ARENA_ARRAY(&n->keep.arena, struct node_image, names);
    int *said = ARENA_ARRAY(&n->keep.arena, int, names), said_n = 0;
    n->images = v;
    for (OBJ_EACH(it, node, ".status.images")) {
        for (OBJ_EACH(name, it, ".names")) {
            if (!json_is(name, JSON_STR)) continue;
            v[said_n] =
                (struct node_image){keep_sym(&n->keep, obj_text(name)), obj_int(it, ".sizeBytes", 0), &said[said_n]};
            said_n++;
        }
    }
    if (said_n) qsort(v, (size_t)said_n, sizeof *v, compare_images);
    for (int i = 0; i < said_n; i++) {
        if (n->nimages && v[n->nimages - 1].name == v[i].name) continue;
        v[n->nimages] = v[i];
        cache_count_image(c, &v[n->nimages++]);
    }
}

static void read_features(struct node_info *n, const struct json *node)
{
    const struct sym **v = ARENA_ARRAY(&n->keep.arena, const struct sym *, obj_count(node, ".status.declaredFeatures"));
    n->features = v;
    for (OBJ_EACH(f, node, ".status.declaredFeatures")) v[n->nfeatures++] = keep_sym(&n->keep, obj_text(f));
}

static int64_t pods_max(const struct json *node)
{
    struct str text = obj_str(node, ".status.allocatable.pods");
    struct qty q;
    struct err e = ERR_INIT;
    return qty_parse(text, &q, &e) ? qty_value(&q) : 0;
}

/* The node object's part of *n; the rest is empty. */
static void read_node(struct cache *c, struct node_info *n, const struct object *node)
{
    *n = (struct node_info){0};
    labels_read(&n->labels, &n->keep, node->labels);
    read_taints(n, node->root);
    n->unschedulable = obj_bool(node->root, ".spec.unschedulable", false);
    amounts_read(&n->total, &n->keep.arena, obj_get(node->root, ".status.allocatable"));
    n->pods_max = pods_max(node->root);
    read_images(c, n, node->root);
    read_features(n, node->root);
}

static unsigned changes_of(const struct node_info *was, const struct node_info *now)
{
    unsigned changes = 0;
    if (!amounts_equal(&was->total, &now->total) || was->pods_max != now->pods_max) changes |= NODE_ALLOCATABLE;
    if (!labels_equal(&was->labels, &now->labels)) changes |= NODE_LABELS;
    if (!taints_equal(was, now) || (was->unschedulable && !now->unschedulable)) changes |= NODE_TAINTS;
    bool features = was->nfeatures != now->nfeatures;
    for (int i = 0; i < was->nfeatures && !features; i++) features = was->features[i] != now->features[i];
    return features ? changes | NODE_FEATURES : changes;
}

/* Gives the new object's part the pods' part of the old. */
static void take_pods(struct node_info *to, const struct node_info *from)
{
    to->name = from->name;
    to->pods = from->pods;
    to->npods = from->npods;
    to->cap = from->cap;
    to->with_affinity = from->with_affinity;
    to->with_anti = from->with_anti;
    to->with_ports = from->with_ports;
    to->used = from->used;
    to->non_zero = from->non_zero;
    to->index = from->index;
    to->slot = from->slot;
}

void cache_set_node(struct cache *c, const struct object *node, cache_node_fn *changed, void *arg)
{
    mutex_lock(&c->lock);
    struct cached_node *n = node_of(c, node->name);
    drop_images(c, &n->info); /* first: sizes of images that no other node has are taken anew */
    struct node_info was = n->info;
    bool known = n->real;
    read_node(c, &n->info, node);
    take_pods(&n->info, &was);
    unsigned changes = known ? changes_of(&was, &n->info) : NODE_ADDED;
    if (!known) node_tree_add(&c->tree, &n->info);
    if (!known || ((changes & NODE_LABELS) && node_tree_move(&c->tree, &n->info, &was))) c->order_stale = true;
    if (changes & NODE_LABELS) census_node(c->census, &was, false);
    if (changes & (NODE_ADDED | NODE_LABELS)) census_node(c->census, &n->info, true);
    n->real = true;
    if (changes && changed) changed(arg, changes, known ? &was : NULL, &n->info);
    keep_release(&was.keep);
    mutex_unlock(&c->lock);
}

static void free_node(struct cache *c, struct cached_node *n)
{
    census_take_slot(c->census, &n->info);
    drop_images(c, &n->info);
    keep_release(&n->info.keep);
    for (int i = 0; i < n->info.npods; i++) pod_info_unref(n->info.pods[i]);
    free(n->info.pods);
    amounts_release(&n->info.used);
    sym_unref(n->info.name);
    free(n);
}

void cache_remove_node(struct cache *c, struct str name, cache_node_fn *changed, void *arg)
{
    mutex_lock(&c->lock);
    struct cached_node *n = map_get(&c->nodes, name);
    if (n && n->real) {
        n->real = false;
        drop_images(c, &n->info);
        node_tree_remove(&c->tree, &n->info);
        census_node(c->census, &n->info, false);
        c->order_stale = true;
        if (changed) changed(arg, NODE_REMOVED, &n->info, NULL);
        if (n->info.npods == 0) free_node(c, map_take(&c->nodes, name));
    }
    mutex_unlock(&c->lock);
}

/* ---- The order ---- */

static void reorder(struct cache *c)
{
    c->ordered = xreallocarray(c->ordered, (size_t)c->tree.count + 1, sizeof *c->ordered);
    node_tree_list(&c->tree, c->ordered);
    for (int i = 0; i < c->tree.count; i++) c->ordered[i]->index = i;
    node_table_unref(c->table);
    c->table = NULL;
    c->order_stale = false;
}

struct node_info *const *cache_nodes(struct cache *c, int *count)
{
    if (c->order_stale) reorder(c);
    *count = c->tree.count;
    return c->ordered;
}

const struct node_table *cache_table(struct cache *c)
{
    int n;
    struct node_info *const *nodes = cache_nodes(c, &n);
    if (!c->table) {
        struct node_table *t = xmalloc(sizeof *t + (size_t)n * sizeof *t->names);
        atomic_init(&t->refs, 1);
        t->id = atomic_fetch_add(&tables, 1) + 1;
        t->n = n;
        for (int i = 0; i < n; i++) t->names[i] = sym_get(sym_str(nodes[i]->name));
        c->table = t;
    }
    atomic_fetch_add(&((struct node_table *)(uintptr_t)c->table)->refs, 1);
    return c->table;
}

const struct node_table *node_table_ref(const struct node_table *held)
{
    struct node_table *t = (struct node_table *)(uintptr_t)held;
    atomic_fetch_add(&t->refs, 1);
    return held;
}

void node_table_unref(const struct node_table *held)
{
    struct node_table *t = (struct node_table *)(uintptr_t)held;
    if (!t || atomic_fetch_sub(&t->refs, 1) != 1) return;
    for (int i = 0; i < t->n; i++) sym_unref(t->names[i]);
    free(t);
}

struct node_info *cache_node(struct cache *c, struct str name)
{
    struct cached_node *n = map_get(&c->nodes, name);
    return n && n->real ? &n->info : NULL;
}

const struct node_info *cache_node_of(struct cache *c, const struct pod_info *p)
{
    struct cached_pod *at = map_get(&c->pods, p->uid);
    return at ? cache_node(c, sym_str(at->node)) : NULL;
}

/* ---- Pods ---- */

static void tally(struct cache *c, const struct node_info *n, int sign)
{
    c->with_affinity += n->with_affinity > 0 ? sign : 0;
    c->with_anti += n->with_anti > 0 ? sign : 0;
}

static void put_on(struct cache *c, const struct cached_pod *p)
{
    struct node_info *n = &node_of(c, sym_str(p->node))->info;
    tally(c, n, -1);
    node_info_add(n, p->pod);
    census_pod(c->census, n, p->pod, 1);
    tally(c, n, 1);
}

static void take_off(struct cache *c, const struct cached_pod *p)
{
    struct cached_node *n = node_of(c, sym_str(p->node));
    tally(c, &n->info, -1);
    census_pod(c->census, &n->info, p->pod, -1);
    node_info_remove(&n->info, p->pod->uid);
    tally(c, &n->info, 1);
    if (n->info.npods == 0 && !n->real) free_node(c, map_take(&c->nodes, sym_str(p->node)));
}

/* What was known of the pod; its reference is the caller's. */
static const struct pod_info *drop_pod(struct cache *c, struct str uid)
{
    struct cached_pod *p = map_take(&c->pods, uid);
    if (!p) return NULL;
    const struct pod_info *was = p->pod;
    take_off(c, p);
    sym_unref(p->node);
    free(p);
    return was;
}

static void add_pod(struct cache *c, const struct pod_info *pod, const struct sym *node, bool assumed)
{
    struct cached_pod *p = xcalloc(1, sizeof *p);
    *p = (struct cached_pod){.pod = pod_info_ref(pod), .node = sym_get(sym_str(node)), .assumed = assumed};
    map_set(&c->pods, pod->uid, p);
    put_on(c, p);
}

static void drop_nomination(struct cache *c, struct str uid);

const struct pod_info *cache_set_pod(struct cache *c, const struct pod_info *pod)
{
    mutex_lock(&c->lock);
    const struct pod_info *was = drop_pod(c, pod->uid);
    drop_nomination(c, pod->uid);
    add_pod(c, pod, pod->node, false);
    mutex_unlock(&c->lock);
    return was;
}

const struct pod_info *cache_remove_pod(struct cache *c, struct str uid)
{
    mutex_lock(&c->lock);
    const struct cached_pod *p = map_get(&c->pods, uid);
    const struct pod_info *placed = p && p->assumed ? pod_info_on(p->pod, p->node) : NULL;
    const struct pod_info *was = drop_pod(c, uid);
    drop_nomination(c, uid);
    mutex_unlock(&c->lock);
    if (!placed) return was;
    pod_info_unref(was);
    return placed;
}

void cache_assume(struct cache *c, const struct pod_info *pod, const struct sym *node)
{
    mutex_lock(&c->lock);
    pod_info_unref(drop_pod(c, pod->uid));
    drop_nomination(c, pod->uid);
    add_pod(c, pod, node, true);
    mutex_unlock(&c->lock);
}

void cache_forget(struct cache *c, struct str uid)
{
    mutex_lock(&c->lock);
    const struct cached_pod *p = map_get(&c->pods, uid);
    if (p && p->assumed) pod_info_unref(drop_pod(c, uid));
    mutex_unlock(&c->lock);
}

bool cache_is_assumed(struct cache *c, struct str uid)
{
    mutex_lock(&c->lock);
    const struct cached_pod *p = map_get(&c->pods, uid);
    bool assumed = p && p->assumed;
    mutex_unlock(&c->lock);
    return assumed;
}

int cache_with_affinity(struct cache *c) { return c->with_affinity; }
int cache_with_anti(struct cache *c) { return c->with_anti; }

/* ---- Nominations ---- */

static void drop_nomination(struct cache *c, struct str uid)
{
    struct nomination *m = map_take(&c->nominations, uid);
    if (!m) return;
    struct nominated *there = map_get(&c->nominated, sym_str(m->node));
    int at = 0;
    while (there->pods[at] != m->pod) at++;
    memmove(&there->pods[at], &there->pods[at + 1], (size_t)(--there->n - at) * sizeof *there->pods);
    if (there->n == 0) {
        map_take(&c->nominated, sym_str(m->node));
        free(there->pods);
        free(there);
    }
    pod_info_unref(m->pod);
    sym_unref(m->node);
    free(m);
}

void cache_add_nomination(struct cache *c, const struct pod_info *pod, const struct sym *node)
{
    struct nomination *m = xcalloc(1, sizeof *m);
    struct nominated *there = map_get(&c->nominated, sym_str(node));
    *m = (struct nomination){pod_info_ref(pod), sym_get(sym_str(node))};
    map_set(&c->nominations, pod->uid, m);
    if (!there) {
        there = xcalloc(1, sizeof *there);
        map_set(&c->nominated, sym_str(node), there);
    }
    if (there->n == there->cap) {
        there->cap = there->cap ? 2 * there->cap : 4;
        there->pods = xreallocarray(there->pods, (size_t)there->cap, sizeof *there->pods);
    }
    there->pods[there->n++] = m->pod;
}

void cache_nominate(struct cache *c, const struct pod_info *pod, const struct sym *node)
{
    mutex_lock(&c->lock);
    bool placed = map_has(&c->pods, pod->uid);
    const struct sym *held = node && !placed ? sym_get(sym_str(node)) : NULL;
    drop_nomination(c, pod->uid);
    if (held) cache_add_nomination(c, pod, held);
    sym_unref(held);
    mutex_unlock(&c->lock);
}

const struct pod_info *const *cache_nominated(struct cache *c, const struct sym *node, int *count)
{
    struct nominated *there = c->nominated.count ? map_get(&c->nominated, sym_str(node)) : NULL;
    *count = there ? there->n : 0;
    return there ? there->pods : NULL;
}

bool cache_any_nominated(struct cache *c) { return c->nominations.count > 0; }

/* ---- The end ---- */

void cache_free(struct cache *c)
{
    if (!c) return;
    while (c->nominations.count) drop_nomination(c, c->nominations.entries[0].key);
    while (c->pods.count) pod_info_unref(drop_pod(c, c->pods.entries[0].key));
    while (c->nodes.count) free_node(c, map_take(&c->nodes, c->nodes.entries[0].key));
    census_free(c->census);
    map_release(&c->nodes, NULL);
    map_release(&c->pods, NULL);
    map_release(&c->images, NULL);
    map_release(&c->nominations, NULL);
    map_release(&c->nominated, NULL);
    node_tree_release(&c->tree);
    node_table_unref(c->table);
    free(c->ordered);
    listers_free(c->listers);
    storage_free(c->storage);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
