/* listers.h - the objects beside nodes and pods that plugins look at: claims, volumes, classes, namespaces, services,
 * budgets. Fed by informers (or a file, offline). Own lock inside; any thread. */
#ifndef SCHEDULER_LISTERS_H
#define SCHEDULER_LISTERS_H

#include "scheduler/labels.h"

/* One row a kind: its name here, and its resource. */
#define LISTED_KINDS(X)                                                                                                \
    X(LIST_CLAIM, "v1/persistentvolumeclaims", "PersistentVolumeClaim")                                                \
    X(LIST_VOLUME, "v1/persistentvolumes", "PersistentVolume")                                                         \
    X(LIST_CLASS, "storage.k8s.io/v1/storageclasses", "StorageClass")                                                  \
    X(LIST_CSINODE, "storage.k8s.io/v1/csinodes", "CSINode")                                                           \
    X(LIST_CSIDRIVER, "storage.k8s.io/v1/csidrivers", "CSIDriver")                                                     \
    X(LIST_CAPACITY, "storage.k8s.io/v1/csistoragecapacities", "CSIStorageCapacity")                                   \
    X(LIST_ATTACHMENT, "storage.k8s.io/v1/volumeattachments", "VolumeAttachment")                                      \
    X(LIST_NAMESPACE, "v1/namespaces", "Namespace")                                                                    \
    X(LIST_SERVICE, "v1/services", "Service")                                                                          \
    X(LIST_RC, "v1/replicationcontrollers", "ReplicationController")                                                   \
    X(LIST_RS, "apps/v1/replicasets", "ReplicaSet")                                                                    \
    X(LIST_STATEFULSET, "apps/v1/statefulsets", "StatefulSet")                                                         \
    X(LIST_BUDGET, "policy/v1/poddisruptionbudgets", "PodDisruptionBudget")

enum listed {
#define ROW(id, resource, kind) id,
    LISTED_KINDS(ROW)
#undef ROW
        LISTED_COUNT
};

struct listers;
struct listers *listers_new(void);
void listers_free(struct listers *l);
/* Told of every change after it was made, by the thread that made it; was or now is NULL. Before the first change. */
typedef void listers_fn(void *arg, enum listed kind, const struct object *was, const struct object *now);
void listers_on(struct listers *l, listers_fn *changed, void *arg);
void listers_put(struct listers *l, enum listed kind, const struct object *o); /* takes a reference of its own */
void listers_remove(struct listers *l, enum listed kind, const struct object *o);
/* A reference, the caller's; NULL: there is none. ns: empty for kinds of the cluster. */
const struct object *listers_get(struct listers *l, enum listed kind, struct str ns, struct str name);
/* All of a namespace (STR_NULL: all there are), in order of their names; the caller releases. */
void listers_all(struct listers *l, enum listed kind, struct str ns, struct objs *out);
size_t listers_count(struct listers *l, enum listed kind);

#endif
