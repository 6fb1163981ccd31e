/* extender_wire.h - what is said to extenders and what they answer, as JSON. Requests are written as Go writes the
 * structs, answers are read as Go reads them, checked against what was asked. Pure.
 * Upstream: k8s.io/kube-scheduler/extender/v1/types.go, pkg/scheduler/extender.go. */
#ifndef SCHEDULER_EXTENDER_WIRE_H
#define SCHEDULER_EXTENDER_WIRE_H

#include "scheduler/extender.h"
#include "scheduler/framework.h"
#include "scheduler/texts.h"

/* Filter and prioritize. Whole nodes come from texts. False: one of them is not known there. */
bool wire_nodes(struct buf *out, const struct extender *x, const struct object *pod, const struct sym *const *nodes,
                int n, struct texts *texts, struct err *e);

struct wire_filtered {
    bool whole;         /* the nodes came back as objects */
    bool *passed;       /* of each node that was sent */
    const char **why;   /* likewise; NULL: it said nothing of it */
    bool *unresolvable; /* victims would not help there */
};
/* All of it in the arena. */
bool wire_read_filtered(struct arena *a, const struct extender *x, struct str answer, const struct sym *const *nodes,
                        int n, struct wire_filtered *out, struct err *e);
/* Points of each node that was sent, as they were given; what is said of others is nobody's. */
bool wire_read_points(struct arena *a, struct str answer, const struct sym *const *nodes, int n, int64_t **points,
                      struct err *e);

void wire_binding(struct buf *out, const struct object *pod, struct str node);
bool wire_read_bound(struct str answer, struct err *e);

struct wire_victims { /* on one node */
    struct str node;
    int64_t violations;
    const struct pod_info **pods; /* sent: the victims */
    struct str *uids;             /* read: of the victims */
    int n;
};
bool wire_preemption(struct buf *out, const struct extender *x, const struct object *pod, const struct wire_victims *v,
                     int n, struct texts *texts, struct err *e);
/* In the order of the answer, each node once. */
bool wire_read_victims(struct arena *a, struct str answer, struct wire_victims **v, int *n, struct err *e);

#endif
