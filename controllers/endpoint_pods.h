/* endpoint_pods.h - what the two endpoint controllers ask of pods and Services: which pods a Service means, where they
 * listen, and which Services an event of a pod concerns. Pure but for the last. Thread: any.
 * Upstream: staging/src/k8s.io/endpointslice/util/controller_utils.go, .../endpointslice/utils.go. */
#ifndef CONTROLLERS_ENDPOINT_PODS_H
#define CONTROLLERS_ENDPOINT_PODS_H

#include "client/ctl.h"

/* Does svc's selector match these labels? A Service without selector means no pods. */
bool service_selects(const struct json *svc, const struct json *labels);
/* References to the pods of svc's namespace that it selects, in key order. */
void service_pods(struct ctl *c, const struct object *svc, struct objs *out);
/* The address that stands for a Service, or "None", or nothing. */
bool service_has_ip(const struct json *svc);

/* Has an address and is not finished; and, unless with_terminating, not being deleted. */
bool pod_is_endpoint(const struct json *pod, bool with_terminating);
/* Its first address of the family; STR_NULL: none. */
struct str pod_ip(const struct json *pod, bool v6);
/* The number behind a Service's targetPort in this pod; false: the pod has no port of that name. */
bool pod_target_port(const struct json *pod, const struct json *service_port, int64_t *port);
/* Is the pod known by its own name below the Service's? */
bool pod_has_name_in(const struct json *pod, const struct object *svc);

/* on_read_event of "v1/pods": wakes the Services that the event may concern, and no others. */
void endpoint_pods_wake(struct ctl *c, const struct object *old, const struct object *pod);

#endif
