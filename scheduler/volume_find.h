/* volume_find.h - the claims of a pod, and which volumes they would get on a node: those that exist, or new ones.
 * Pure but for marks on volumes; under the cache's lock, and of no use without it. Memory of an arena.
 * Upstream: plugins/volumebinding/binder.go, component-helpers/storage/volume/pv_helpers.go (FindMatchingVolume). */
#ifndef SCHEDULER_VOLUME_FIND_H
#define SCHEDULER_VOLUME_FIND_H

#include "scheduler/framework.h"

enum {                         /* why a node will not do */
       FIND_NODE_CONFLICT = 1, /* a bound volume is not reached from there */
       FIND_NO_VOLUME = 2,
       FIND_NO_SPACE = 4,
       FIND_LOST = 8, /* bound to a volume that is not there */
       FIND_ERROR = 16,
};

struct candidates;

struct waiting_claim { /* it waits for a node to be bound */
    const struct claim_info *claim;
    const struct class_info *class;
    bool tracked;                     /* space must be left where its volume is made */
    const struct candidates *among;   /* NULL: it has a node already, and gets a new volume there */
    const struct volume_info *volume; /* what it was given on the node looked at last; NULL: a new one */
};

struct volume_find {
    struct storage *storage;
    const struct volume_info **bound; /* NULL: lost */
    int nbound;
    struct waiting_claim *waiting; /* those with a node first, then the smallest first */
    int nwaiting;
    const char *error; /* of FIND_ERROR */
};

/* Looks at the pod's claims. V_OK, V_SKIP: it has none; else *why, in the arena. */
enum verdict volume_find_claims(struct arena *a, struct storage *s, const struct pod_info *p, struct volume_find **out,
                                const char **why);
/* 0: the node will do, and every waiting claim knows its volume. */
unsigned volume_find_on(struct volume_find *f, const struct node_info *n);

#endif
