/* schedule.h - the loop: takes pods off the queue, computes, assumes, binds; reports what failed. */
#ifndef SCHEDULER_SCHEDULE_H
#define SCHEDULER_SCHEDULE_H

#include "base/thread.h"
#include "client/informer.h"
#include "client/recorder.h"
#include "client/sim.h"
#include "scheduler/cycle.h"
#include "scheduler/decisions.h"
#include "scheduler/queue.h"
#include "scheduler/room.h"
#include "scheduler/scope.h"
#include "scheduler/stepping.h"
#include "scheduler/texts.h"

struct scheduler {
    struct rest *rest;
    struct sim *sim;
    struct recorder *recorder;
    struct decisions *decisions;
    struct cache *cache;
    struct queue *queue;
    const char *config_file;     /* NULL: none */
    struct scope *scope;         /* which pods are ours, by the configuration */
    struct texts *texts;         /* whole objects for extenders */
    struct informer *nodes;      /* its revision is what "from the cache" means */
    struct pool *binders;        /* writes placements */
    struct pool *slow;           /* whole cycles that wait: textbook requests and gates */
    struct annotator *annotator; /* --result-annotations: annotate.h; NULL */
    struct room *room;           /* placed pods whose volumes are not ready yet; made before anything is watched */
    struct stage stage;          /* cycles that are stopped inside */
    pthread_t loop;
    pthread_mutex_t lock; /* start and choice, shared with the slow cycles */
    int start;            /* where filtering begins */
    struct rnd choice;
    _Atomic int under_way; /* cycles and bindings */
};

void schedule_start(struct scheduler *s);
void schedule_wake(struct scheduler *s); /* something that a placed pod may wait for has changed */
bool schedule_is_quiet(struct scheduler *s);
void schedule_stop(struct scheduler *s); /* the queue is shut down first; frees the room */

#endif
