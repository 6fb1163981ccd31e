/* cache_copy.c - a cache of its own that says what another says now. What is done under the live one's lock is as
 * little as a consistent view needs: the nodes, references to their pods and to what is listed, what is assumed. All
 * that is made of these (the index of pods, the census, the compiled storage) is made afterwards.
 * Reads: a live cache.   Writes: the copy. */
#include "scheduler/cache_priv.h"

#include <stdlib.h>

struct taken { /* under the live lock, for later */
    struct objs listed[LISTED_COUNT];
    struct storage_assumed storage;
    const struct pod_info **assumed; /* referenced */
    size_t nassumed;
    struct node_info **by_slot; /* nodes of the copy, by the slot of their original; NULL: none has it */
    int slots;
};

/* ---- Under the live lock ---- */

static void copy_images(struct node_info *to, const struct node_info *from)
{
    struct node_image *v = ARENA_ARRAY(&to->keep.arena, struct node_image, from->nimages);
    for (int i = 0; i < from->nimages; i++)
        v[i] = (struct node_image){.name = keep_sym(&to->keep, sym_str(from->images[i].name)),
                                   .bytes = from->images[i].bytes};
    to->images = v;
    to->nimages = from->nimages;
}

static void copy_pods(struct node_info *to, const struct node_info *from)
{
    to->cap = from->npods + 1;
    to->pods = xcalloc((size_t)to->cap, sizeof *to->pods);
    for (int i = 0; i < from->npods; i++) to->pods[i] = pod_info_ref(from->pods[i]);
    to->npods = from->npods;
    to->with_affinity = from->with_affinity;
    to->with_anti = from->with_anti;
    to->with_ports = from->with_ports;
    amounts_add(&to->used, &from->used, 1);
    to->non_zero = from->non_zero;
}

static struct cached_node *node_copy(const struct cached_node *from)
{
    struct cached_node *n = xcalloc(1, sizeof *n);
    node_info_own(&n->info, &from->info);
    n->info.name = sym_get(sym_str(from->info.name));
    n->real = from->real;
    copy_images(&n->info, &from->info);
    copy_pods(&n->info, &from->info);
    return n;
}

static void take_nodes(struct cache *c, struct taken *t, const struct cache *live)
{
    t->slots = census_slots(live->census);
    t->by_slot = xcalloc((size_t)t->slots + 1, sizeof(struct node_info *));
    for (uint32_t i = 0; i < live->nodes.count; i++) {
        const struct cached_node *n = live->nodes.entries[i].value;
        t->by_slot[n->info.slot] = &node_copy(n)->info;
    }
    node_tree_copy(&c->tree, &live->tree, t->by_slot);
    c->order_stale = true;
    c->with_affinity = live->with_affinity;
    c->with_anti = live->with_anti;
}

static void take_assumed(struct taken *t, const struct cache *live)
{
    t->assumed = xcalloc((size_t)live->pods.count + 1, sizeof *t->assumed);
    for (uint32_t i = 0; i < live->pods.count; i++) {
        const struct cached_pod *p = live->pods.entries[i].value;
        if (p->assumed) t->assumed[t->nassumed++] = pod_info_ref(p->pod);
    }
}

static void take_nominations(struct cache *c, const struct cache *live)
{
    for (uint32_t i = 0; i < live->nominated.count; i++) {
        const struct nominated *there = live->nominated.entries[i].value;
        for (int k = 0; k < there->n; k++) {
            const struct nomination *m = map_get(&live->nominations, there->pods[k]->uid);
            cache_add_nomination(c, m->pod, m->node);
        }
    }
}

/* ---- Afterwards: nobody else has the copy yet ---- */

static void index_pods(struct cache *c, const struct node_info *n)
{
    for (int i = 0; i < n->npods; i++) {
        struct cached_pod *p = xcalloc(1, sizeof *p);
        *p = (struct cached_pod){.pod = pod_info_ref(n->pods[i]), .node = sym_get(sym_str(n->name))};
        map_set(&c->pods, p->pod->uid, p);
        census_pod(c->census, n, p->pod, 1);
    }
}

static void index_node(struct cache *c, struct node_info *n)
{
    struct cached_node *node = (struct cached_node *)n;
    map_set(&c->nodes, sym_str(n->name), node);
    census_give_slot(c->census, n);
    if (node->real) census_node(c->census, n, true);
    /* Each node of the copy has its own list of images, which says for the first time where they are counted. */
    for (int i = 0; i < n->nimages; i++) cache_count_image(c, (struct node_image *)(uintptr_t)&n->images[i]);
    index_pods(c, n);
}

static void index_all(struct cache *c, const struct taken *t)
{
    for (int slot = 0; slot < t->slots; slot++)
        if (t->by_slot[slot]) index_node(c, t->by_slot[slot]);
    for (size_t i = 0; i < t->nassumed; i++) {
        struct cached_pod *p = map_get(&c->pods, t->assumed[i]->uid);
        p->assumed = true;
    }
}

static void fill_listers(struct cache *c, const struct taken *t)
{
    for (int k = 0; k < LISTED_COUNT; k++)
        for (size_t i = 0; i < t->listed[k].count; i++) listers_put(c->listers, (enum listed)k, t->listed[k].items[i]);
    storage_assume(c->storage, &t->storage);
}

static void taken_release(struct taken *t)
{
    for (int k = 0; k < LISTED_COUNT; k++) objs_release(&t->listed[k]);
    for (size_t i = 0; i < t->nassumed; i++) pod_info_unref(t->assumed[i]);
    free(t->assumed);
    free(t->by_slot);
    storage_assumed_release(&t->storage);
}

struct cache *cache_copy(struct cache *live)
{
    struct cache *c = cache_new();
    struct taken t = {0};
    mutex_lock(&live->lock);
    take_nodes(c, &t, live);
    take_assumed(&t, live);
    take_nominations(c, live);
    storage_collect(live->storage, &t.storage);
    for (int k = 0; k < LISTED_COUNT; k++) listers_all(live->listers, (enum listed)k, STR_NULL, &t.listed[k]);
    mutex_unlock(&live->lock);
    index_all(c, &t);
    fill_listers(c, &t);
    taken_release(&t);
    return c;
}
