/* points.h - where a scheduling cycle asks plugins, what they may answer, and which plugins there are: the names that
 * steppers' breakpoints are made of. The scheduler's own tables are checked against these (tests/unit/scheduler). */
#ifndef API_POINTS_H
#define API_POINTS_H

#include "base/str.h"

/* The extension points, in the order in which a cycle comes to them. */
enum point {
    POINT_PRE_ENQUEUE,
    POINT_PRE_FILTER,
    POINT_FILTER,
    POINT_POST_FILTER,
    POINT_PRE_SCORE,
    POINT_SCORE,
    POINT_NORMALIZE_SCORE, /* a part of Score: no profile has plugins of its own for it */
    POINT_RESERVE,
    POINT_PERMIT,
    POINT_PRE_BIND,
    POINT_BIND,
    POINT_POST_BIND,
    POINT_COUNT,
};

/* A verdict's name says what happens next. */
enum verdict {
    V_OK,
    V_SKIP,                           /* PreFilter, PreScore: the plugin stays out of this cycle */
    V_UNSCHEDULABLE,                  /* preemption may help */
    V_UNSCHEDULABLE_AND_UNRESOLVABLE, /* nothing on this node helps */
    V_ERROR,                          /* an internal failure: the attempt is over */
    V_COUNT,
};

/* How a cycle that stands goes on. */
enum going {
    GO_PLUGIN,     /* to the next call of a plugin */
    GO_POINT,      /* to the next extension point */
    GO_BREAKPOINT, /* to the next breakpoint */
    GO_END,        /* it stands no more */
    GO_COUNT,
};

/* Indexed by the enumerations; they end with NULL. */
extern const char *const point_names[POINT_COUNT + 1];
extern const char *const verdict_names[V_COUNT + 1];
extern const char *const going_names[GO_COUNT + 1];
/* -1: no such name. */
int name_index(const char *const *names, struct str name);

struct plugin_points {
    const char *name;
    unsigned at; /* bits 1 << POINT_*: where it is asked */
};
extern const struct plugin_points plugin_points[];               /* ends with a NULL name */
const struct plugin_points *plugin_points_of(struct str plugin); /* NULL: no such plugin */

#endif
