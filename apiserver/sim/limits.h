/* limits.h - bounds of the simulation's own tables, with their reasons. */
#ifndef APISERVER_SIM_LIMITS_H
#define APISERVER_SIM_LIMITS_H

#include "apiserver/limits.h"

enum {
    STEPPERS_MAX = 64,                  /* a class room; looked through on every gate while one exists */
    BREAKPOINTS_MAX = 16,               /* of one stepper: each is compared with every call of a plugin */
    STEPPED_KEPT = 8,                   /* pods that a stepper is done with which it still tells of */
    ALONE_MAX_MS = 5000,                /* an attached stepper that nobody watches so long ends */
    PARKS_MAX = 4096,                   /* held messages of all steppers; what comes after them is not held */
    CONTROL_STREAMS_MAX = 64,           /* three components; the rest is room for replicas */
    COMPONENT_NAME_MAX = 63,            /* a DNS label */
    SIM_NAME_MAX = 253,                 /* a DNS subdomain, as every name of an object */
    SIM_TEXT_MAX = 1024,                /* one sentence of a park; a message of a decision */
    PARK_FACTS_MAX = 64 * 1024,         /* what `w` shows: nodes x plugins of a small cluster */
    STEP_FACTS_MAX = 4096,              /* facts of one step: four times the header they may ride in */
    FACT_TEXT_MAX = 256,                /* one fact: a path, a user */
    TOMBSTONES_MAX = 4096,              /* deletions that watchers may still have to be told; behind them is 410 */
    SIDE_NAME_MAX = 320,                /* POD-ATTEMPT */
    SIDE_LIST_MAX = 256 * 1024 * 1024,  /* text of one list: all decisions, each with its metadata */
    SIDE_PAGE_BYTES = 16 * 1024 * 1024, /* a page of a list ends there, whatever its limit: Decisions are large */
    SIDE_EVENT_MAX = 130 * 1024 * 1024, /* one event: a Decision of 60,000 nodes */
    DECISIONS_BATCH_MAX = 1000,         /* one POST */
    DECISION_TABLES_MAX = 256,          /* lists of nodes in one POST */
    TABLE_PROCESS_MAX = 63,             /* what tells schedulers apart */
    TABLE_KEY_MAX = 96,
    SWEEP_MS = 250,     /* how often held requests are looked at for deadlines and hang-ups */
    ARM_WAIT_MS = 2000, /* a pod's first gates wait this long for all components to know its stepper */
    TURN_COMPONENTS_MAX = 32,
    ADVANCE_STEP_WAIT_MS = 2000, /* a component that is not quiet so long after a step of the clock is not waited for */
    ADVANCE_MAX_MS = 5 * 60 * 1000, /* real time of one advance; then the rest is one leap */
    TURN_WAITERS_MAX = 4096,        /* workers of all components that ask at once */
    RESET_TRIES = 10,               /* transactions that lost to a write in between */
    RESET_WAIT_MS = 2000,           /* for writes of components that are under way */
    SNAPSHOT_PATH_MAX = 4095,       /* Linux' PATH_MAX */
    REVIEWS_MAX = 16,             /* that wait for the scheduler: each is as much work as placing its whole workload */
    REVIEW_TEXT_MAX = 8 << 20,    /* one, as it goes to the scheduler: objects of a request, with their defaults */
    REVIEWS_BYTES_MAX = 32 << 20, /* of those that were not written yet */
    REVIEW_WAIT_MS = 30 * 1000,   /* upstream bounds a request at 34 s */
    TURN_WHAT_MAX = 512,          /* namespace/name of a key, with its resource */
};

#define CLOCK_RATE_MAX    10000.0                              /* a day in nine seconds: what timers can still follow */
#define CLOCK_ADVANCE_MAX (INT64_C(3650) * 86400 * 1000000000) /* ten years: inside int64 ns from now */
/* An advancing clock stops at every timer, but no more often than this (thousands of leases), and no less (what has no
 * timer in a component: the API server's own). */
#define ADVANCE_STEP_MIN_NS INT64_C(1000000000)
#define ADVANCE_STEP_MAX_NS INT64_C(10000000000)

#endif
