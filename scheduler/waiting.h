/* waiting.h - pods that wait for something to happen, grouped by which plugins refused them, so that an event looks
 * only at those that wait for one like it; and whether it may help such a pod.
 * The queue's lock covers it. Upstream: isPodWorthRequeuing in pkg/scheduler/backend/queue/scheduling_queue.go. */
#ifndef SCHEDULER_WAITING_H
#define SCHEDULER_WAITING_H

#include "base/map.h"
#include "scheduler/profile.h"

struct waiting_group;

struct waiter { /* part of what waits; zero-initialised: it does not wait */
    struct waiter *next, *prev;
    struct waiting_group *group;
};

struct waiting_group {
    uint32_t refusers; /* bits of plugins */
    int gate;          /* the plugin that keeps them out of the queue; -1: none */
    unsigned wants;    /* EV_* */
    struct waiter *first, *last;
};

struct waiting {       /* zero-initialised: nobody waits, nothing is of interest */
    struct map groups; /* refusers and gate, as bytes -> struct waiting_group */
    unsigned interest; /* EV_* that any plugin of a profile wants */
};

void waiting_interest(struct waiting *w, struct profile *const *profiles, int n); /* in place of what was said before */
void waiting_release(struct waiting *w);                                          /* nobody waits any more */
void waiting_put(struct waiting *w, struct waiter *it, uint32_t refusers, int gate);
void waiting_take(struct waiting *w, struct waiter *it); /* nothing if it does not wait */

/* May the event let in a pod of the profile that these plugins refused? Nobody refused it: any event. */
bool waiting_may_help(const struct profile *profile, uint32_t refusers, const struct pod_info *p,
                      const struct sched_event *e);

#endif
