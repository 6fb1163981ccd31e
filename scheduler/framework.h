/* framework.h - extension points, verdicts and what a plugin sees. One plugin is one const struct and a few
 * pure functions in plugins/NAME.c; plugins.c lists them in upstream's order.
 * Upstream: staging/src/k8s.io/kube-scheduler/framework/interface.go. */
#ifndef SCHEDULER_FRAMEWORK_H
#define SCHEDULER_FRAMEWORK_H

#include "scheduler/cache.h"

/* A verdict's name says what happens next. */
enum verdict {
    V_OK,
    V_SKIP,                           /* PreFilter, PreScore: the plugin stays out of this cycle */
    V_UNSCHEDULABLE,                  /* preemption may help */
    V_UNSCHEDULABLE_AND_UNRESOLVABLE, /* nothing on this node helps */
};

enum { /* events that wake waiting pods */
       EV_NODE_ADD = 1,
       EV_NODE_MORE_FREE = 2, /* allocatable grew */
       EV_NODE_LABELS = 4,
       EV_NODE_TAINTS = 8,
       EV_POD_GONE = 16, /* an assigned pod was deleted or finished */
       EV_POD_SELF = 32, /* the waiting pod itself changed */
       EV_VOLUME = 64,   /* a claim, volume or storage class changed */
};

enum { PLUGINS_MAX = 16 };

struct cycle;

struct sched_plugin {
    const char *name;
    const char *source; /* our file that decides, for those who step */
    /* A refusal (with cycle_why) holds for every node: no other plugin is asked. */
    enum verdict (*prefilter)(struct cycle *cy, void **state);
    enum verdict (*filter)(struct cycle *cy, const void *state, const struct node_info *n);
    enum verdict (*prescore)(struct cycle *cy, void **state);
    int64_t (*score)(struct cycle *cy, const void *state,
                     const struct node_info *n); /* 0..100, or raw when normalize is set */
    void (*normalize)(int64_t *scores, int count);
    int64_t weight;    /* of the score */
    unsigned retry_on; /* EV_* that may let in a pod this plugin refused */
};

/* In upstream's order; ends with NULL. */
extern const struct sched_plugin *const sched_plugins[];

/* The pod of this cycle. */
const struct pod_info *cycle_pod(const struct cycle *cy);
struct arena *cycle_arena(struct cycle *cy);
struct volumes *cycle_volumes(const struct cycle *cy);
/* A reason of the filter that is running, for the node it looks at, or of a prefilter; texts are upstream's. */
__attribute__((format(printf, 2, 3))) void cycle_why(struct cycle *cy, const char *fmt, ...);
bool cycle_has_why(const struct cycle *cy);

/* Shared by plugins. */
void normalize_default(int64_t *scores, int count, bool reverse); /* plugins/helper/normalize_score.go */
bool tolerates(const struct json *pod, const struct node_taint *taint, bool prefer_only);

#endif
