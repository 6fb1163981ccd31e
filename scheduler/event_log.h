/* event_log.h - events that happened while pods are in cycles, with what they are about, so that a pod that is refused
 * meanwhile can be asked about each of them. Bounded: the oldest are dropped, and that is known.
 * The queue's lock covers it. Upstream: inFlightEvents in pkg/scheduler/backend/queue/active_queue.go. */
#ifndef SCHEDULER_EVENT_LOG_H
#define SCHEDULER_EVENT_LOG_H

#include "scheduler/framework.h"
#include "scheduler/limits.h"

struct logged_event {
    struct sched_event e; /* its own, or referenced */
    const char *name;     /* static text */
};

struct event_log {
    struct logged_event *ring; /* EVENTS_KEPT of them; NULL: none yet */
    uint64_t first, next;      /* numbers of the oldest that is kept, and of the one to come */
};

void event_log_release(struct event_log *l);
/* Keeps what the event points to: pods and objects by reference, nodes as copies of their own part. */
void event_log_add(struct event_log *l, const struct sched_event *e, const char *name);
/* Nobody asks for those before `from` any more. */
void event_log_drop(struct event_log *l, uint64_t from);
const struct logged_event *event_log_at(const struct event_log *l, uint64_t number);

#endif
