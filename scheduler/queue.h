/* queue.h - which pod is next: active (priority, then age), back-off (until its time, or until nothing is active),
 * unschedulable (until an event that a plugin which refused it waits for, or five minutes), gated (until its gate lets
 * it in). Keys are uids. Thread: any; blocks only in queue_pop. The cache may be locked by the caller; the queue never
 * locks it.
 * Upstream: pkg/scheduler/backend/queue, framework/plugins/queuesort. */
#ifndef SCHEDULER_QUEUE_H
#define SCHEDULER_QUEUE_H

#include "scheduler/config.h"

enum queue_place { QUEUE_NOWHERE, QUEUE_ACTIVE, QUEUE_BACKOFF, QUEUE_UNSCHEDULABLE, QUEUE_GATED, QUEUE_IN_CYCLE };

struct queue_move {    /* into a queue */
    int64_t at_ns;     /* cluster time */
    const char *event; /* upstream's label of what moved it; static text */
    uint32_t refusers; /* plugins that kept it out then, as bits */
    enum queue_place to;
};

struct queued_pod {             /* what a cycle gets; its own until queue_done or queue_unschedulable */
    const struct pod_info *pod; /* referenced, the newest known; with its object */
    int64_t added_ns;           /* cluster time: came into the queue first */
    int attempts;               /* this one included */
    uint32_t refusers;          /* plugins that refused it last, as bits */
    const char *woken_by;       /* the event that ended its last wait: "UnschedulablePodAdd", "NodeAdd", ...; static */
    struct queue_move moves[QUEUE_MOVES]; /* move i is at i % QUEUE_MOVES; the newest are kept */
    int nmoves;
};

struct queue_options {
    int64_t backoff_first_ms, backoff_max_ms; /* backoff_max_ms 0: there is none */
    int64_t unschedulable_max_ms;
};

struct queue;
/* Of the configuration: the profiles, by the pods' scheduler names, which say what PreEnqueue and hints are given; it
 * is referenced. options: NULL for the configuration's back-offs. */
struct queue *queue_new(const struct sched_config *config, const struct queue_options *options);
/* Another configuration: its back-offs count from now on, and every pod that waits for something is tried once more
 * under it, after its back-off. */
void queue_configure(struct queue *q, const struct sched_config *config);
/* What hints may look at; NULL, as it begins: nothing. Outlives the queue. */
void queue_listers(struct queue *q, struct listers *listers);
void queue_free(struct queue *q); /* after queue_shutdown, nobody inside */
/* A new unassigned pod, or a changed one. Returns what was known of it before, referenced; NULL: it is new. */
const struct pod_info *queue_add(struct queue *q, const struct pod_info *pod);
/* Deleted or assigned. Returns what was known of it, referenced, or NULL. */
const struct pod_info *queue_remove(struct queue *q, struct str uid);
/* Wakes pods that a plugin refused which waits for such an event and says by its hint that this one may help. Pods in
 * cycles are asked when they are refused. */
void queue_event(struct queue *q, const struct sched_event *e, const char *name);
/* Only pods of at most this priority. */
void queue_event_up_to(struct queue *q, const struct sched_event *e, const char *name, int priority);
/* Takes the pod out of back-off or waiting whatever refused it; a pod in a cycle is tried again after it. */
void queue_activate(struct queue *q, struct str uid);
struct queued_pod *queue_pop(struct queue *q); /* blocks; NULL: shut down */
/* The cycle ended. assigned (or gone): forgotten. */
void queue_done(struct queue *q, struct queued_pod *p);
/* Refused by these plugins (bits); 0: by none, the attempt failed. False: the pod is gone, and forgotten. */
bool queue_unschedulable(struct queue *q, struct queued_pod *p, uint32_t refusers);
/* A pod's cycle is over, but it waits for others before it is bound: no reason to call the queue busy. */
void queue_park(struct queue *q, bool parked);
bool queue_is_gone(struct queue *q, const struct queued_pod *p); /* deleted, or bound by somebody else, meanwhile */
void queue_shutdown(struct queue *q);
bool queue_idle(struct queue *q); /* nothing active, nothing in a cycle that goes on */
enum queue_place queue_where(struct queue *q, struct str uid);
size_t queue_waiting(struct queue *q); /* in back-off, unschedulable or gated */

/* What about a waiting pod changed: SELF_*; 0: nothing that a plugin looks at. Both with their objects. */
unsigned queue_self_changes(const struct pod_info *was, const struct pod_info *now);

#endif
