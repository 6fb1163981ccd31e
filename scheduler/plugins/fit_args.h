/* fit_args.h - NodeResourcesFitArgs: what the filter does not look at and how nodes are scored. Immutable once read.
 * Upstream: apis/config/types_pluginargs.go, v1/defaults.go, validation/validation_pluginargs.go. */
#ifndef SCHEDULER_PLUGINS_FIT_ARGS_H
#define SCHEDULER_PLUGINS_FIT_ARGS_H

#include "base/err.h"
#include "scheduler/plugins/scored.h"

enum fit_strategy { FIT_LEAST, FIT_MOST, FIT_RATIO };

struct fit_point { /* of the function that turns use into points */
    int64_t used;  /* percent */
    int64_t score; /* 0..100 */
};

struct fit_args {
    struct arena arena;
    const struct str *ignored, *ignored_groups;
    int nignored, nignored_groups;
    enum fit_strategy strategy;
    struct scored_list scored;
    bool plain; /* scores as without arguments */
    const struct fit_point *shape;
    int npoints;
};

/* NULL with *e when something is wrong with them; fit_args_free. */
struct fit_args *fit_args_read(const struct json *args, struct err *e);
void fit_args_free(struct fit_args *args); /* NULL is fine */
bool fit_ignores(const struct fit_args *args, int id);

#endif
