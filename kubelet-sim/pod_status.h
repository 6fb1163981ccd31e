/* pod_status.h - the status a kubelet reports for a pod. Pure: easy to test.
 * Upstream: pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, getPhase), pkg/kubelet/status/generate.go. */
#ifndef KUBELET_SIM_POD_STATUS_H
#define KUBELET_SIM_POD_STATUS_H

#include "kubelet-sim/runtime.h"

/* A strategic merge patch {"metadata":{"uid":..},"status":{..}} in the arena. Remembers in the run since when the
 * conditions hold. */
struct json *pod_status_patch(struct arena *a, struct pod_run *run, const char *host_ip, int64_t now_s);
const char *pod_phase(const struct pod_run *run);
/* Readiness gates are conditions that others set: is the Ready condition that was reported still right? */
bool pod_status_is_right(const struct pod_run *run);

#endif
