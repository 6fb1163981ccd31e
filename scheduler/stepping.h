/* stepping.h - one attempt that a stepper stops inside (spec.points): at each call of a plugin, or where a breakpoint
 * says. Its cycle computes on a copy of the cluster, so that it can stand anywhere without a lock; then the attempt is
 * computed again on the live cache, and when that gives another node it is said.
 * Thread: the one that has the attempt; a stage: any. Functions take NULL for an attempt that nobody stops. */
#ifndef SCHEDULER_STEPPING_H
#define SCHEDULER_STEPPING_H

#include "base/thread.h"
#include "client/sim.h"
#include "scheduler/cycle.h"
#include "scheduler/queue.h"

struct stepping;
struct texts;
struct stage { /* all attempts of a scheduler that are stepped */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct stepping *first;
    _Atomic int keeping; /* those that keep others waiting */
};
void stage_init(struct stage *st);
void stage_release(struct stage *st);
void stage_wait(struct stage *st); /* until no other pod must wait; one branch when none must */

/* NULL: no stepper stops this pod. The queued pod is kept until stepping_end or the attempt gives it back. */
struct stepping *stepping_begin(struct stage *stage, struct sim *sim, const struct queued_pod *q,
                                const struct profile *p);
struct call_watcher *stepping_watcher(struct stepping *st);
/* Asks all plugins up to Reserve, on a copy of the cluster. start, choice: as those of the live computation. */
void stepping_compute(struct stepping *st, struct cycle *cy, struct cache *live, const struct map *only, int start,
                      const struct rnd *choice, struct texts *texts);
/* The live computation, when no lock is held: stops once more if it came out differently. */
void stepping_recheck(struct stepping *st, struct cycle *cy);
/* A call that no cycle makes. */
void stepping_call(struct stepping *st, enum point point, const char *plugin, const char *source, enum verdict v,
                   const char *message);
void stepping_rest(struct stepping *st, bool rests); /* it waits for something else: others need not wait for it */
/* What is told at the end. node empty: it is on none. */
void stepping_result(struct stepping *st, struct str node, struct str message);
void stepping_end(struct stepping *st); /* tells the stepper, frees */

#endif
