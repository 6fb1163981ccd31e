/* node_info.h - a node and the pods on it as the scheduler looks at them. Owned by the cache, under its lock; a copy
 * (for trying out what would be without some pods) is its maker's.
 * Upstream: pkg/scheduler/framework/types.go NodeInfo. */
#ifndef SCHEDULER_NODE_INFO_H
#define SCHEDULER_NODE_INFO_H

#include "scheduler/pod_info.h"

struct taint {
    const struct sym *key, *value;
    enum taint_effect effect;
};

struct node_image {
    const struct sym *name; /* as the node says it */
    int64_t bytes;          /* as the first node said that had it */
    const int *nodes;       /* how many nodes have it; the cache's count */
};

struct node_info {
    /* Of the node object; rebuilt when it changes. */
    struct keep keep;
    const struct sym *name;
    struct labels labels;
    const struct taint *taints;
    int ntaints;
    bool unschedulable;
    struct amounts total; /* allocatable */
    int64_t pods_max;
    const struct node_image *images; /* by the address of their names: node_image_find */
    int nimages;
    const struct sym *const *features; /* status.declaredFeatures */
    int nfeatures;
    /* Of the pods on it, assumed ones too. */
    const struct pod_info **pods; /* in no order */
    int npods, cap;
    int with_affinity; /* pods that have any pod affinity or anti-affinity */
    int with_anti;     /* pods that have required anti-affinity */
    int with_ports;
    struct amounts used;
    struct non_zero non_zero; /* used, as scoring counts */
    int index;                /* in the cache's order */
    int slot;                 /* in the cache's census: the same as long as the cache knows the node */
};

/* Adds or takes away a pod; takes and drops a reference. */
void node_info_add(struct node_info *n, const struct pod_info *p);
bool node_info_remove(struct node_info *n, struct str uid);
/* A copy to try things out on; the node's own part stays shared with the original, which must outlive it. */
struct node_info *node_info_copy(const struct node_info *n);
void node_info_copy_free(struct node_info *n);

/* What the node object says, without name, pods and images, in memory of its own. */
void node_info_own(struct node_info *out, const struct node_info *n);
/* The same as a node_info of its own, with its name: outlives the original. */
struct node_info *node_info_keep(const struct node_info *n);
void node_info_keep_free(struct node_info *n);                                               /* NULL is fine */
const struct node_image *node_image_find(const struct node_info *n, const struct sym *name); /* NULL: not there */

bool toleration_covers_taint(const struct toleration *t, const struct taint *taint);
bool taints_equal(const struct node_info *a, const struct node_info *b);
/* The first taint with one of the effects (a mask of 1 << enum taint_effect) that no toleration of the pod covers;
 * NULL: none. */
const struct taint *untolerated(const struct pod_info *p, const struct node_info *n, unsigned effects);
/* spec.nodeSelector and the required node affinity. */
bool pod_likes_node(const struct pod_info *p, const struct node_info *n);
/* Does another pod on the node hold one of the ports of this one? */
bool ports_taken(const struct pod_info *p, const struct node_info *node);

#endif
