/* probe.h - when the probes of a container change their minds. A probe's outcome follows from the container's
 * behaviour, so nothing is probed: the moments are computed. Pure. Upstream: pkg/kubelet/prober/worker.go. */
#ifndef KUBELET_SIM_PROBE_H
#define KUBELET_SIM_PROBE_H

#include "kubelet-sim/runtime.h"

struct probe_failures { /* failures in a row: count of them, every_ns apart */
    int64_t first_ns, every_ns;
    int count;
};
struct probe_plan {             /* cluster times; INT64_MAX: never */
    int64_t holds_ns, fails_ns; /* successThreshold and then failureThreshold reached; without a success: the latter */
    struct probe_failures
        told[2]; /* before the first success, and after the last; of readiness the first of each alone */
};
struct probe_plans {
    struct probe_plan kinds[PROBE_KINDS];
};
/* For a container that runs. Without a probe: holds from the start, fails never. */
void probe_plan(const struct container_run *c, struct probe_plans *out);
/* When the n-th failure (from 0) that is worth an event happens. */
int64_t probe_failure_ns(const struct probe_plan *p, int n);
/* "Liveness probe failed: ..." in the arena. */
const char *probe_message(struct arena *a, const struct container_run *c, enum probe_kind kind, const char *ip);
/* terminationGracePeriodSeconds of the probe, or `absent`. */
int64_t probe_grace_ns(const struct container_run *c, enum probe_kind kind, int64_t absent_ns);

#endif
