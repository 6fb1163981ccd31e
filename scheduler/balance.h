/* balance.h - how evenly a cluster is used: what pods ask for over what nodes have, node by node; and where the pods of
 * a workload are. Pure: reads a cache under its lock. */
#ifndef SCHEDULER_BALANCE_H
#define SCHEDULER_BALANCE_H

#include "scheduler/cache.h"

enum balance_of { BALANCE_CPU, BALANCE_MEMORY, BALANCE_PODS, BALANCE_COUNT };
extern const char *const balance_names[BALANCE_COUNT];

struct balance { /* of one resource, over the nodes that have any of it; percent of what they have, rounded */
    int nodes;   /* 0: nothing can be said */
    int mean, deviation, min, max; /* deviation: the standard one */
};
void balance_measure(struct cache *c, struct balance out[BALANCE_COUNT]);

/* How many pods that fn chooses each value of a node's label has; nodes without the label are passed over. */
struct spread_count {
    const struct sym *value; /* held by the node */
    int before, after;
};
struct spread_counts { /* in the arena */
    const char *key;
    struct spread_count *v; /* in the order of the values */
    int n;
};
typedef bool balance_pod_fn(void *arg, const struct pod_info *p);
/* Fills `before`; balance_recount does `after`, of the same nodes. */
void balance_count(struct cache *c, struct arena *a, const char *key, balance_pod_fn *fn, void *arg,
                   struct spread_counts *out);
void balance_recount(struct cache *c, balance_pod_fn *fn, void *arg, struct spread_counts *out);

#endif
