/* queue.h - which pod is next: active (priority, then age), back-off (until its time), unschedulable (until an event
 * that a plugin which refused it waits for, or five minutes). Keys are uids. Thread: any; blocks only in queue_pop.
 * Upstream: pkg/scheduler/backend/queue. */
#ifndef SCHEDULER_QUEUE_H
#define SCHEDULER_QUEUE_H

#include "scheduler/profile.h"

struct queued_pod {             /* what a cycle gets; its own until queue_done or queue_unschedulable */
    const struct pod_info *pod; /* referenced, the newest known; with its object */
    int64_t added_ns;           /* cluster time: came into the queue first */
    int attempts;               /* this one included */
    uint32_t refusers;          /* plugins that refused it last, as bits */
    const char *woken_by;       /* what moved it last: "PodAdd", "NodeAdd", ... static text */
};

struct queue;
/* Of the profile: what hints are given; it outlives the queue. */
struct queue *queue_new(const struct profile *profile);
void queue_free(struct queue *q);                            /* after queue_shutdown, nobody inside */
void queue_add(struct queue *q, const struct pod_info *pod); /* a new unassigned pod, or a changed one */
void queue_remove(struct queue *q, struct str uid);          /* deleted or assigned */
/* Wakes pods that a plugin refused which waits for such an event and says by its hint that this one may help. */
void queue_event(struct queue *q, const struct sched_event *e, const char *name);
struct queued_pod *queue_pop(struct queue *q); /* blocks; NULL: shut down */
/* The cycle ended. assigned (or gone): forgotten. */
void queue_done(struct queue *q, struct queued_pod *p);
/* Refused by these plugins (bits); error: an internal failure, backs off whatever happens. */
void queue_unschedulable(struct queue *q, struct queued_pod *p, uint32_t refusers, bool error);
/* A pod's cycle is over, but it waits for others before it is bound: no reason to call the queue busy. */
void queue_park(struct queue *q, bool parked);
bool queue_is_gone(struct queue *q, const struct queued_pod *p); /* deleted, or bound by somebody else, meanwhile */
void queue_shutdown(struct queue *q);
bool queue_idle(struct queue *q);      /* nothing active, nothing in a cycle that goes on */
size_t queue_waiting(struct queue *q); /* in back-off or unschedulable */

#endif
