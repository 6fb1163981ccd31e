/* pod_status.h - the status a kubelet reports for a pod. Pure: easy to test.
 * Upstream: pkg/kubelet/kubelet_pods.go (generateAPIPodStatus), pkg/kubelet/status/generate.go. */
#ifndef KUBELET_SIM_POD_STATUS_H
#define KUBELET_SIM_POD_STATUS_H

#include "kubelet-sim/runtime.h"

/* A strategic merge patch {"metadata":{"uid":..},"status":{..}} in the arena. terminating: containers are being
 * stopped. */
struct json *pod_status_patch(struct arena *a, const struct pod_run *run, const char *host_ip, int64_t now_s,
                              bool terminating);

#endif
