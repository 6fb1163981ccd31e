/* pod_control.h - what all controllers that make pods share: which pods count, claiming children, and creating and
 * deleting pods with the events and expectations that belong to it. Thread: the reconcile's.
 * Upstream: pkg/controller/controller_utils.go, pkg/controller/controller_ref_manager.go. */
#ifndef CONTROLLERS_POD_CONTROL_H
#define CONTROLLERS_POD_CONTROL_H

#include "api/selector.h"
#include "client/ctl.h"

/* Neither finished nor being deleted. */
bool pod_is_active(const struct object *pod);
bool pod_is_ready(const struct object *pod);
/* Ready for min_ready_s at least, by the cluster's clock. */
bool pod_is_available(const struct object *pod, int64_t min_ready_s);

/* For choosing which pods are missed least: 0 Pending, 1 Unknown, 2 the rest; the most restarts of a container. */
int64_t pod_phase_rank(const struct object *pod);
int64_t pod_restarts(const struct object *pod);

/* "ns/name" of an object, in the arena: the key of queues and expectations. */
struct str object_key(struct arena *a, const struct object *o);

/* A pod of tmpl (a PodTemplateSpec) that owner controls, named by generateName "OWNER-". In the arena; the caller may
 * change it before it is created. */
struct json *pod_from_template(struct arena *a, const struct object *owner, const struct json *tmpl);

/* Creates the pod: event SuccessfulCreate or FailedCreate on owner. False: refused or failed; then one expected
 * creation of owner's key has been taken back and out has failed (unless its namespace is going away). The caller
 * called expect_creations before. */
bool pod_create(struct ctl *c, const struct object *owner, const struct json *pod, struct outcome *out);
/* Calls create(i) for i in [0, n) in batches of 1, 2, 4, ...: what is refused costs one request, not hundreds
 * (slowStartBatch); those of a batch at once, so make reads what arg points to. After a batch with a failure the rest
 * are not tried and their expectations taken back. Returns how many were made. */
typedef bool pod_make_fn(struct ctl *c, const struct object *owner, int64_t i, void *arg, struct outcome *out);
int64_t pods_create(struct ctl *c, const struct object *owner, int64_t n, pod_make_fn *make, void *arg,
                    struct outcome *out);

/* Deletes the pod: event SuccessfulDelete or FailedDelete on owner. A pod that is gone already is no failure. On
 * anything but success one expected deletion is taken back. The caller called expect_deletions before. */
bool pod_delete(struct ctl *c, const struct object *owner, const struct object *pod, struct outcome *out);
/* The same for many, several at once. */
void pods_delete(struct ctl *c, const struct object *owner, const struct object *const *pods, int64_t n,
                 struct outcome *out);

/* owner's spec.selector: a LabelSelector, or the plain map of a ReplicationController. False: it is none. */
bool children_selector(struct arena *a, const struct object *owner, struct selector *selector);
/* Adds to `out` the objects of resource ("v1/pods", "apps/v1/replicasets"; one of the spec's owns) in owner's namespace
 * that it controls and that match, after adopting orphans that match and may_adopt (NULL: any that is not being
 * deleted), and releasing what it controls and no longer matches. */
void claim_children(struct ctl *c, const char *resource, const struct object *owner, const struct selector *selector,
                    bool (*may_adopt)(const struct object *o), struct objs *children, struct outcome *out);
/* The same for owners whose children are known by their names too: is_member decides with the selector what is kept and
 * what may be adopted. */
void claim_members(struct ctl *c, const char *resource, const struct object *owner, const struct selector *selector,
                   bool (*is_member)(const struct object *owner, const struct object *child), struct objs *children,
                   struct outcome *out);
/* Wakes the owners of c's kind in the orphan's namespace that select it: one of them may adopt it. For on_read_event.
 */
void wake_adopters(struct ctl *c, const char *primary, const struct object *orphan);

#endif
