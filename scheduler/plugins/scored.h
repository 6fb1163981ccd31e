/* scored.h - the resources by which NodeResourcesFit and NodeResourcesBalancedAllocation score, as a profile lists
 * them. Immutable once read; in its owner's arena.   Upstream: plugins/noderesources/resource_allocation.go. */
#ifndef SCHEDULER_PLUGINS_SCORED_H
#define SCHEDULER_PLUGINS_SCORED_H

#include "scheduler/node_info.h"

struct scored {
    int id; /* -1: no node has it */
    int64_t weight;
    bool if_asked; /* counts only for pods that ask for it: everything but cpu, memory and ephemeral-storage */
};

struct scored_list {
    struct scored *v;
    int n;
};

struct load { /* of one node, with and without the pod */
    int64_t without, with, total;
};

/* [{name, weight}]; an absent or empty list is cpu and memory, an absent weight or 0 is 1. */
void scored_read(struct scored_list *out, struct arena *a, const struct json *resources);
/* Is it what is scored when nobody says otherwise? */
bool scored_is_default(const struct scored_list *l);
/* What the pod asks for. non_zero: as NodeResourcesFit scores, of cpu and memory what it is taken to ask for. */
int64_t scored_wanted(const struct scored *s, const struct pod_info *p, bool non_zero);
/* False: it does not count on this node, for this pod. */
bool scored_load(const struct scored *s, const struct pod_info *p, const struct node_info *n, bool non_zero,
                 struct load *out);

#endif
