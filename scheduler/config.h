/* config.h - what a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1) says: the profiles by scheduler name,
 * the back-offs. Read from a file by the API's own decoder, defaulted, validated and built into profiles in one go, so
 * that one there is, is good. Immutable and counted: a cycle that runs keeps the one it began with.
 * Upstream: cmd/kube-scheduler/app/options/configfile.go, pkg/scheduler/apis/config. */
#ifndef SCHEDULER_CONFIG_H
#define SCHEDULER_CONFIG_H

#include "scheduler/limits.h"
#include "scheduler/profile.h"

#include <stdatomic.h>

struct sched_config {
    _Atomic int refs;
    struct profile **profiles; /* in the order of the file; at least one */
    int nprofiles;
    int64_t backoff_first_ms, backoff_max_ms;
    int percentage;              /* percentageOfNodesToScore of all profiles that have none; 0: adaptive */
    int parallelism;             /* accepted; one thread looks at the nodes */
    struct extenders *extenders; /* NULL: none */
};

/* As without a file: the default scheduler's profile. One reference, the caller's. */
const struct sched_config *config_default(void);
/* NULL: why gets "FILE: what is wrong", in upstream's words, a line for each complaint, as many as upstream has at
 * once. */
const struct sched_config *config_load(const char *file, struct buf *why);
/* The same of a text, JSON or YAML. NULL: each complaint is appended to the list, which is in the arena. */
const struct sched_config *config_read(struct str text, struct arena *a, struct json *complaints);
const struct sched_config *config_ref(const struct sched_config *c);
void config_unref(const struct sched_config *c); /* NULL is fine */

/* Of pods with that spec.schedulerName; NULL: they are somebody else's. Lives as long as the configuration. */
const struct profile *config_profile(const struct sched_config *c, struct str scheduler);

#endif
