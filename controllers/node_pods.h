/* node_pods.h - what the controllers of nodes share: the pods of a node, taints and tolerations, words on pods.
 * Thread: any. Upstream: pkg/controller/util/node, pkg/util/taints, component-helpers scheduling/corev1. */
#ifndef CONTROLLERS_NODE_PODS_H
#define CONTROLLERS_NODE_PODS_H

#include "client/ctl.h"

#define TAINT_NOT_READY      "node.kubernetes.io/not-ready"
#define TAINT_UNREACHABLE    "node.kubernetes.io/unreachable"
#define TAINT_OUT_OF_SERVICE "node.kubernetes.io/out-of-service"

void node_pods_init(struct ctl *c); /* a spec's init; "v1/pods" is one of its resources */
/* The pods in the cache that are on this node, in key order. */
void node_pods(struct ctl *c, struct str node, struct objs *out);

bool taint_is(const struct json *taint, const char *key, const char *effect); /* key NULL: any */
bool node_has_taint(const struct json *node, const char *key, const char *effect);

/* How long a pod may stay under all taints of the node that have this effect, in s: 0 not at all, -1 for ever. */
int64_t pod_tolerates_s(const struct json *pod, const struct json *node, const char *effect);

/* An Event about a pod. */
__attribute__((format(printf, 5, 6))) void pod_event(struct ctl *c, const struct object *pod, const char *type,
                                                     const char *reason, const char *fmt, ...);

struct pod_change {                               /* of a pod's status; what is NULL stays as it is */
    const char *phase;                            /* "Failed" */
    const char *type, *status, *reason, *message; /* a condition */
};
/* True: done, or the pod is gone. */
bool pod_change_status(struct ctl *c, const struct object *pod, const struct pod_change *change, struct outcome *out);
/* Deletes it. grace_s -1: its own period. True: done, or it is gone. */
bool pod_remove(struct ctl *c, const struct object *pod, int64_t grace_s, struct outcome *out);

#endif
