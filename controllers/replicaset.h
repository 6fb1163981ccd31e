/* replicaset.h - the pure parts of the controllers of ReplicaSets and ReplicationControllers.
 * Upstream: pkg/controller/replicaset/replica_set_utils.go, pkg/controller/controller_utils.go. */
#ifndef CONTROLLERS_REPLICASET_H
#define CONTROLLERS_REPLICASET_H

#include "api/object.h"

/* Sorts pods: the one that is missed least first. related: active pods whose crowding on a node counts, pods among
 * them. O(n log n). Upstream: ActivePodsWithRanks. */
void replicas_rank(struct objs *pods, const struct objs *related, int64_t now_ns);

struct replicas_failure { /* why pods could not be made or deleted; reason NULL: they could */
    const char *reason;   /* "FailedCreate", "FailedDelete" */
    struct str message;
};

/* The status of a set with these active pods. terminating: pods on their way out; -1: not said of this kind. *wait_ms:
 * until the next ready pod becomes available; 0: there is none. */
struct json *replicas_status(struct arena *a, const struct object *set, const struct objs *pods, int64_t terminating,
                             const struct replicas_failure *failure, int64_t now_ns, int64_t *wait_ms);

#endif
