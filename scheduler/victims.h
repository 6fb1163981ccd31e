/* victims.h - ends the pods that a preemption chose, beside the loop; the pod they make room for stays out of the queue
 * meanwhile (SchedulerAsyncPreemption).
 * Upstream: pkg/scheduler/framework/preemption/executor.go. */
#ifndef SCHEDULER_VICTIMS_H
#define SCHEDULER_VICTIMS_H

#include "scheduler/schedule.h"

/* config: that of the cycle. Starts it, if the cycle's preemption chose a node; before the pod goes back to the queue.
 */
void victims_end(struct scheduler *s, const struct sched_config *config, const struct cycle *cy);

#endif
