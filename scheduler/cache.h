/* cache.h - what the scheduler knows of nodes and of the pods on them, assumed ones included. Fed by the informers,
 * read by cycles. One lock; a cycle computes under it (microseconds per hundred nodes) and keeps nothing of it
 * afterwards but names.
 * Upstream: pkg/scheduler/backend/cache. */
#ifndef SCHEDULER_CACHE_H
#define SCHEDULER_CACHE_H

#include "base/map.h"
#include "scheduler/resources.h"

/* A pod, converted once. Immutable; refcounted through its object. */
struct pod_info {
    const struct object *object; /* referenced */
    int64_t priority;
    struct res need;
    int64_t non_zero_cpu, non_zero_memory;
};

struct pod_info *pod_info_new(const struct object *pod);
void pod_info_free(struct pod_info *p);

struct node_taint {
    struct str key, value, effect;
};

struct node_info {
    const struct object *object; /* referenced; labels, taints and names point into it */
    struct str name;
    const struct json *labels;
    struct node_taint *taints;
    int ntaints;
    bool unschedulable;
    struct res total, used;
    int64_t non_zero_cpu, non_zero_memory; /* used, for scoring */
    int64_t pod_count, pod_count_max;
};

struct cache;
struct cache *cache_new(void);
void cache_free(struct cache *c);
struct volumes *cache_volumes(struct cache *c); /* volumes.h; lives as long as the cache */

/* What changed, as events for the queue (framework.h EV_*). */
unsigned cache_set_node(struct cache *c, const struct object *node);
void cache_remove_node(struct cache *c, struct str name);
/* An assigned pod was added or changed (confirms an assumed one); a finished pod counts as removed. */
void cache_set_pod(struct cache *c, const struct object *pod);
bool cache_remove_pod(struct cache *c, struct str uid); /* true: it was there */
/* A placement was decided and is being written. */
void cache_assume(struct cache *c, const struct pod_info *pod, struct str node);
void cache_forget(struct cache *c, struct str uid); /* the write failed */
bool cache_is_assumed(struct cache *c, struct str uid);

/* Nodes in upstream's order (zones in turn), valid until cache_unlock. Newest revision of a node seen: *rev. */
const struct node_info *const *cache_lock_nodes(struct cache *c, int *count);
void cache_unlock(struct cache *c);

#endif
