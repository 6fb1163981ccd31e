/* trial.h - places a workload on a sandbox, by the very code that places pods in a cluster, and says what came of it.
 * Upstream: pkg/scheduler/schedule_one.go, with nobody else in the cluster. */
#ifndef SCHEDULER_TRIAL_H
#define SCHEDULER_TRIAL_H

#include "scheduler/config.h"
#include "scheduler/sandbox.h"
#include "scheduler/texts.h"

struct trial_order {
    const struct sched_config *config;
    const struct json *workload; /* an array of defaulted objects: Pods, and what makes pods */
    int replicas;                /* pods of each that makes pods; 0: as the objects say */
    bool fill;                   /* how many more fit */
    struct texts *texts;         /* whole objects for extenders; NULL: those that want them fail */
    uint64_t seed;               /* of the choice among equals */
    const _Atomic bool *stop;    /* true: nobody wants to know any more; NULL: somebody always does */
    int64_t until_ns;            /* mono: likewise; 0: no end */
};

/* A ReviewResult (lib/api/schema/sim.api) without its name, in the arena; changes the sandbox. NULL: the workload is
 * no workload, and *e says which object and why, or it was stopped (ERR_TIMEOUT). */
struct json *trial_run(struct arena *a, struct sandbox *s, const struct trial_order *o, struct err *e);

#endif
