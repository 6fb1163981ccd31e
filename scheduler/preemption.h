/* preemption.h - which running pods would have to go so that a pod fits, and on which node that does least harm. Pure:
 * it only looks; what comes of it is victims.h. Under the cache's lock, in a cycle that found no node.
 * Upstream: pkg/scheduler/framework/preemption/preemption.go, plugins/defaultpreemption. */
#ifndef SCHEDULER_PREEMPTION_H
#define SCHEDULER_PREEMPTION_H

#include "scheduler/cycle.h"

struct preempting;

struct preemption_args { /* DefaultPreemptionArgs, and who is preempting now */
    int min_percent, min_nodes;
    struct preempting *running;
};

/* Upstream's defaults for what is left out, and its words for what is wrong; NULL: *e. args may be NULL. */
struct preemption_args *preemption_args_new(const struct json *args, struct err *e);
void preemption_args_free(struct preemption_args *a);
/* Of a profile; NULL: DefaultPreemption is not in it. */
const struct preemption_args *preemption_args_of(const struct profile *p);
/* How many candidates are enough among so many nodes. */
int preemption_enough(const struct preemption_args *a, int nodes);

enum lost { /* what made another candidate the better one, in the order in which they are compared */
            LOST_NOT,
            LOST_BUDGETS,  /* disruption budgets that it would break */
            LOST_HIGHEST,  /* priority of its most important victim */
            LOST_SUM,      /* sum of their priorities */
            LOST_COUNT,    /* how many they are */
            LOST_STARTED,  /* when the most important ones started */
            LOST_POSITION, /* nothing: it came later */
};

struct candidate {
    int node;                        /* in the cycle's table */
    const struct pod_info **victims; /* the most important first; held by the cycle */
    int nvictims;
    int violations;    /* victims whose end breaks a disruption budget */
    int highest;       /* priority of the first victim */
    int64_t sum;       /* of priorities, each moved up to be positive */
    int64_t started_s; /* the earliest start among those of the highest priority */
    enum lost lost;
};

struct hopeless { /* a node where no victims help */
    int node;
    enum verdict verdict;
    struct why why;
};

struct preemption {
    const char *refused; /* why the pod may not preempt at all; NULL: it may */
    struct candidate *candidates;
    int ncandidates;
    struct hopeless *hopeless;
    int nhopeless;
    int potential;      /* nodes where victims might help */
    int enough;         /* candidates that end the search */
    int offset;         /* where it began among the potential nodes */
    int chosen;         /* a candidate; -1: none */
    struct str message; /* why there is none; STR_NULL */
    bool failed;        /* the message is of an internal failure */
    bool waits;         /* extenders are to be asked which candidates may stay (extending.h) */
    bool declined;      /* they left none */
};

/* All of it in the cycle's arena. */
struct preemption *preemption_find(struct cycle *cy, const struct preemption_args *a);
/* The same with the candidates that extenders left; each has its node, victims and violations. */
void preemption_settle(struct preemption *p, struct candidate *candidates, int n);

#endif
