/* cache.h - what the scheduler knows of nodes and of the pods on them, assumed and nominated ones included. Fed by the
 * informers, read by cycles. One lock: a cycle computes under it and keeps nothing of it afterwards but a node_table.
 * Upstream: pkg/scheduler/backend/cache, backend/queue/nominator.go. */
#ifndef SCHEDULER_CACHE_H
#define SCHEDULER_CACHE_H

#include "scheduler/node_info.h"

enum { /* what about a node changed, so that a waiting pod may fit now */
       NODE_ADDED = 1,
       NODE_ALLOCATABLE = 2,
       NODE_LABELS = 4,
       NODE_TAINTS = 8,
       NODE_FEATURES = 16,
       NODE_REMOVED = 32,
};

struct cache;
struct census;
struct listers;
struct cache *cache_new(void);
/* A cache of its own that says what the live one says now: nodes in the same order, pods (assumed and nominated ones
 * too), what is listed, what is assumed of storage. Nothing done to one shows in the other; pods and listed objects are
 * shared by reference. O(nodes + pods + listed). Takes the live one's lock for a part of it. */
struct cache *cache_copy(struct cache *live);
void cache_free(struct cache *c);
struct listers *cache_listers(struct cache *c); /* listers.h; lives as long as the cache, locks itself */
struct storage *cache_storage(struct cache *c); /* storage.h; under the lock */

/* Called under the lock; was is NULL when the node is new, now when it went. */
typedef void cache_node_fn(void *arg, unsigned changes, const struct node_info *was, const struct node_info *now);
void cache_set_node(struct cache *c, const struct object *node, cache_node_fn *changed, void *arg);
void cache_remove_node(struct cache *c, struct str name, cache_node_fn *changed, void *arg);

/* An assigned pod was added or changed (confirms an assumed one). Returns what was there before, referenced, or NULL.
 */
const struct pod_info *cache_set_pod(struct cache *c, const struct pod_info *pod);
const struct pod_info *cache_remove_pod(struct cache *c, struct str uid); /* likewise */
/* A placement was decided and is being written. */
void cache_assume(struct cache *c, const struct pod_info *pod, const struct sym *node);
void cache_forget(struct cache *c, struct str uid); /* the write failed */
bool cache_is_assumed(struct cache *c, struct str uid);

/* A pod that waits for victims on a node to end; node NULL: none any more. Nothing for a pod that is on a node. */
void cache_nominate(struct cache *c, const struct pod_info *pod, const struct sym *node);

/* ---- Under the lock ---- */

void cache_lock(struct cache *c);
void cache_unlock(struct cache *c);
/* Nodes in upstream's order (zones in turn); valid until the lock is given back. */
struct node_info *const *cache_nodes(struct cache *c, int *count);
struct node_info *cache_node(struct cache *c, struct str name); /* NULL: there is none */
const struct node_info *cache_node_of(struct cache *c, const struct pod_info *p);
/* Pods that are nominated to run there, borrowed. */
const struct pod_info *const *cache_nominated(struct cache *c, const struct sym *node, int *count);
bool cache_any_nominated(struct cache *c);
/* Nodes that have a pod with (anti-)affinity, and with required anti-affinity: 0 saves looking for them. */
int cache_with_affinity(struct cache *c);
int cache_with_anti(struct cache *c);
struct census *cache_census(struct cache *c);

/* The names of all nodes in the cache's order at one time; counted, and shared by all who looked at that time. */
struct node_table {
    _Atomic uint32_t refs;
    uint32_t id; /* grows with every new order; no two tables of a process have the same */
    int n;
    const struct sym *names[];
};
const struct node_table *cache_table(struct cache *c); /* under the lock; one reference, the caller's */
const struct node_table *node_table_ref(const struct node_table *t);
void node_table_unref(const struct node_table *t);

#endif
