/* workload.h - the pods that controllers would make of what is about to be applied: how many, under which names, with
 * which labels, owners, tolerations and claims, and with the priority that admission gives them. Made one at a time.
 * Reads defaulted objects of the storage versions; what else they say to a scheduler (claims, classes, Services) goes
 * into the sandbox. A Job that is suspended, or a CronJob between its runs, counts as one that runs. One owner.
 * Upstream: pkg/controller/{deployment,replicaset,statefulset,daemon,job,cronjob}, plugin/pkg/admission/priority,
 * defaulttolerationseconds. */
#ifndef SCHEDULER_WORKLOAD_H
#define SCHEDULER_WORKLOAD_H

#include "scheduler/sandbox.h"

struct workload;
/* objects: an array, which may hold v1 Lists; lives as long as the workload, as the sandbox does. replicas: of each
 * that makes pods, but for a DaemonSet; 0: as it says. NULL: *e, in upstream's words where it has any. */
struct workload *workload_new(struct sandbox *s, const struct json *objects, int replicas, struct err *e);
void workload_free(struct workload *w); /* NULL is fine */

int workload_count(const struct workload *w); /* pods */
/* Objects of the array that make pods. */
int workload_makers(const struct json *objects);

/* The pods in the order of the queue: the most important first, then as they were given. */
struct workload_turn {        /* zero-initialised: before the first */
    int maker, index;         /* of the next */
    const struct object *pod; /* referenced, the caller's */
    bool twin;                /* but for its name it is the same as the one before */
};
/* False: there is none. Its claims are in the sandbox now. */
bool workload_next(struct workload *w, struct workload_turn *t);
/* One more of the last pod's kind, the n-th (0, 1, ...) beyond what there is; referenced. NULL: there can be none, for
 * each node has one. */
const struct object *workload_another(struct workload *w, int n);
/* Would more of the last pod's kind differ by more than their names (claims of their own)? */
bool workload_differs(const struct workload *w);

/* Is a pod one of those that the workload's controllers would count as theirs? Of a workload of many objects the first
 * ones are asked. */
bool workload_selects(const struct workload *w, const struct pod_info *p);

#endif
