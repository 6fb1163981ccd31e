/* scope.h - which pods are ours: those whose spec.schedulerName is one of the configuration's profiles. It knows every
 * pod that has no node, ours or not, so that a new configuration can take up those that it wants and let go of others.
 * Lock order: scope_lock, then the cache's and the queue's. */
#ifndef SCHEDULER_SCOPE_H
#define SCHEDULER_SCOPE_H

#include "scheduler/config.h"

struct scope;
struct scope *scope_new(const struct sched_config *config); /* takes a reference of its own */
void scope_free(struct scope *s);

/* Any thread, whatever it holds. Referenced: the caller unrefs. */
const struct sched_config *scope_config(struct scope *s);

/* Held while one pod's change goes to the queue, so that it and a new configuration do not cross. */
void scope_lock(struct scope *s);
void scope_unlock(struct scope *s);

/* Under the lock. A pod without a node, new or changed: is it ours? */
bool scope_add(struct scope *s, const struct pod_info *pod);
void scope_remove(struct scope *s, struct str uid); /* it has a node, is finished or gone */
/* Attempts that begin from now on go by it. Returns the one before; the reference goes over. */
const struct sched_config *scope_configure(struct scope *s, const struct sched_config *config);
/* fn is told of the pods that wait and were not ours by the one before, or no longer are. */
typedef void scope_fn(void *arg, const struct pod_info *pod, bool ours);
void scope_compare(struct scope *s, const struct sched_config *was, scope_fn *fn, void *arg);

#endif
