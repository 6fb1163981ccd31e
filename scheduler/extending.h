/* extending.h - a cycle with the extenders of its profile: what fits is computed, they are asked under no lock, and it
 * is computed again what of that is left. The nodes' turn and the random choice go on as if it had been computed once.
 * Costs nothing when a profile has no extenders, or none that wants the pod.
 * Upstream: pkg/scheduler/schedule_one.go (findNodesThatPassExtenders, prioritizeNodes, extendersBinding),
 * framework/preemption/preemption.go (callExtenders). */
#ifndef SCHEDULER_EXTENDING_H
#define SCHEDULER_EXTENDING_H

#include "scheduler/cycle.h"
#include "scheduler/texts.h"

#include <pthread.h>

/* All of it: instead of cycle_compute, with the same arguments. texts: whole nodes and pods; NULL: there are none, and
 * extenders that want them fail. Blocks as long as the extenders take. */
void extending_compute(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice,
                       struct texts *texts);

/* The same in parts, for those who take what was found under the lock they computed it with.
 * First: which nodes fit, and what extenders say of them. lock: covers start and choice, taken while these are used.
 * False: the cycle is over, there is nothing left to compute; else cycle_compute is called for what remains. */
bool extending_ask(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice,
                   struct texts *texts, pthread_mutex_t *lock) MUST_USE;
/* Last, under no lock: whose victims may go, when no node fits. */
void extending_preempt(struct cycle *cy, struct texts *texts);

/* Is an extender to bind the pod? */
bool extending_binds(const struct extenders *all, const struct pod_info *pod);
/* Has it bound. *bound: it did, or it failed (false with *e); not: it was passed over, the pod is yet to be bound. */
bool extending_bind(const struct extenders *all, const struct pod_info *pod, struct str node, bool *bound,
                    struct err *e);

/* For the parts of it: notes of an extender's call, in the cycle. */
struct extender_note *extending_note(struct cycle *cy, int extender);
/* An extender failed. True: it is passed over. */
bool extending_pass_over(struct cycle *cy, int extender, const struct err *e);

#endif
