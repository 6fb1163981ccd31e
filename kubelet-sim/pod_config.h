/* pod_config.h - what a pod refers to: the ConfigMaps and Secrets of its volumes and of its containers' environment.
 * They are asked of the API server when the pod needs them; a pod that refers to none costs no request. Upstream:
 * pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables), pkg/volume/{configmap,secret,projected}. */
#ifndef KUBELET_SIM_POD_CONFIG_H
#define KUBELET_SIM_POD_CONFIG_H

#include "client/rest.h"
#include "kubelet-sim/shell.h"

struct pod_config {
    struct rest *rest;
    struct arena *arena; /* texts live in it */
    const struct json *pod;
    const char *pod_ip, *host_ip;
};
/* False: something is missing; why says what, in upstream's words. */
bool pod_config_env(const struct pod_config *cf, const struct json *container, struct env *out,
                    struct err *why) MUST_USE;
bool pod_config_volumes(const struct pod_config *cf, struct str *volume, struct err *why) MUST_USE;

#endif
