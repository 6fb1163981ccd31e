/* cache_priv.h - the insides of a cache, for cache.c and for who copies it. */
#ifndef SCHEDULER_CACHE_PRIV_H
#define SCHEDULER_CACHE_PRIV_H

#include "base/map.h"
#include "base/thread.h"
#include "scheduler/cache.h"
#include "scheduler/census.h"
#include "scheduler/listers.h"
#include "scheduler/node_tree.h"
#include "scheduler/storage.h"

struct cached_pod {
    const struct pod_info *pod;
    const struct sym *node;
    bool assumed;
};

struct cached_node {
    struct node_info info; /* first: a node_info of the cache is its cached_node */
    bool real;             /* false: pods name it, but the node itself has not come (or went) */
};

struct nomination {
    const struct pod_info *pod;
    const struct sym *node;
};

struct nominated { /* of one node */
    const struct pod_info **pods;
    int n, cap;
};

struct image_count {
    int64_t bytes; /* as the first node says: it holds for all, until none has the image */
    int nodes;
};

struct cache {
    struct listers *listers;
    pthread_mutex_t lock; /* everything below */
    struct storage *storage;
    struct map nodes;                  /* name -> struct cached_node */
    struct map pods;                   /* uid -> struct cached_pod */
    struct map images;                 /* name -> struct image_count */
    struct map nominations, nominated; /* uid -> struct nomination; node -> struct nominated */
    struct node_tree tree;
    struct node_info **ordered;
    const struct node_table *table; /* of `ordered`; NULL: nobody asked yet */
    bool order_stale;
    int with_affinity, with_anti; /* nodes */
    struct census *census;
};

/* One more node has the image: its count is shared by all that have it. */
void cache_count_image(struct cache *c, struct node_image *image);
/* Of a pod that has none. */
void cache_add_nomination(struct cache *c, const struct pod_info *pod, const struct sym *node);

#endif
