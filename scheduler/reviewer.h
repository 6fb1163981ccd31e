/* reviewer.h - answers SchedulingReviews: what would become of a workload, tried on a copy of the cluster. */
#ifndef SCHEDULER_REVIEWER_H
#define SCHEDULER_REVIEWER_H

#include "client/sim.h"
#include "scheduler/cache.h"
#include "scheduler/scope.h"
#include "scheduler/texts.h"

struct reviewer;
/* From now on what the control stream brings is answered, on threads of its own. All must live as long; cache and
 * scope are only read. texts: for extenders, may be NULL. */
struct reviewer *reviewer_start(struct sim *sim, struct cache *cache, struct scope *scope, struct texts *texts);
void reviewer_stop(struct reviewer *v); /* what was asked and not answered is not answered; frees */

#endif
