/* profile.h - which plugins a scheduler asks at which extension point, with which weights and arguments.
 * Immutable once made. Upstream: pkg/scheduler/profile, apis/config. */
#ifndef SCHEDULER_PROFILE_H
#define SCHEDULER_PROFILE_H

#include "scheduler/framework.h"

struct extenders;

struct profile {
    char *scheduler;                         /* spec.schedulerName of its pods */
    uint8_t order[POINT_COUNT][PLUGINS_MAX]; /* indexes into sched_plugins, in the order they are asked */
    int count[POINT_COUNT];
    int64_t weight[PLUGINS_MAX];       /* of Score */
    void *args[PLUGINS_MAX];           /* what configure gave */
    int percentage;                    /* percentageOfNodesToScore; 0: adaptive */
    const struct extenders *extenders; /* the configuration's, all profiles have the same; NULL: none */
};

/* All default plugins with their default weights and arguments. */
struct profile *profile_default(const char *scheduler);
/* Nothing is asked yet; who makes it fills it. */
struct profile *profile_new(struct str scheduler);
void profile_free(struct profile *p);
/* Of what refused a node or gave points: a plugin, or "Extender". */
const char *plugin_name(int plugin);
bool profile_asks(const struct profile *p, enum point point, int plugin);
/* Does the plugin have something to do at the point? */
bool plugin_is_of(const struct sched_plugin *p, enum point point);

#endif
