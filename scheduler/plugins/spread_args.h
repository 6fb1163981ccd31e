/* spread_args.h - arguments of the plugin PodTopologySpread: the constraints of pods that have none of their own.
 * Upstream: pkg/scheduler/apis/config/validation/validation_pluginargs.go. */
#ifndef SCHEDULER_PLUGINS_SPREAD_ARGS_H
#define SCHEDULER_PLUGINS_SPREAD_ARGS_H

#include "scheduler/pod_info.h"

struct spread_args {
    struct keep keep;
    struct spread *v; /* without selectors: these are worked out for each pod */
    int n;
    bool system; /* the built-in ones: nodes may lack the labels */
};

void *spread_configure(const struct json *args, struct err *e); /* NULL args: the defaults. NULL with *e: invalid */
void spread_unconfigure(void *args);

#endif
