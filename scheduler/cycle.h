/* cycle.h - one attempt to place one pod: PreFilter, Filter, PreScore, Score, NormalizeScore, the choice.
 * A cycle is self-contained: what it found stays readable after the cache moved on. One thread at a time.
 * Upstream: pkg/scheduler/schedule_one.go. */
#ifndef SCHEDULER_CYCLE_H
#define SCHEDULER_CYCLE_H

#include "base/map.h"
#include "base/rnd.h"
#include "scheduler/profile.h"

struct node_verdict {        /* of one node that was looked at */
    int node;                /* in the cycle's table */
    uint8_t verdict, plugin; /* plugin: the filter that refused it */
    uint16_t why;            /* in the cycle's table of reasons; of refused nodes */
};

struct why { /* the reasons of one refusal; nodes that were refused alike share one */
    const char *texts[REASONS_MAX];
    int n;
};

struct score_column { /* of one plugin, for the nodes that fit, in their order */
    int plugin;
    int64_t weight;
    int64_t *raw, *normalized;
};

struct cycle {
    struct arena arena;
    struct keep keep;           /* names that plugins hold during the cycle */
    const struct pod_info *pod; /* referenced */
    const struct profile *profile;
    struct cache *cache;
    const struct node_table *table; /* referenced */
    void *state[PLUGINS_MAX];
    uint32_t skip_filter, skip_score; /* bits of plugins */

    struct node_verdict *verdicts; /* in the order in which nodes were looked at */
    int evaluated;
    int *fits; /* places in verdicts */
    int feasible;
    struct why *whys;
    int nwhys, cwhys;
    struct score_column columns[PLUGINS_MAX];
    int ncolumns;
    int64_t *totals; /* of the nodes that fit */

    int all_nodes;  /* in the cluster */
    int chosen;     /* place in fits; -1: none */
    int ties;       /* nodes with the top score */
    bool scored;    /* more than one fitted */
    int refused_by; /* plugin whose prefilter refused the pod, for any node; -1: none */
    enum verdict refusal;
    struct why refusal_why;
    const struct sym **only; /* the nodes that prefilters left; NULL: all */
    int nonly;
    uint32_t only_by; /* bits of the plugins that narrowed */

    /* PostFilter, when no node fits. */
    const char *post_text;                   /* of the failure's text; NULL: nothing */
    bool nominates;                          /* status.nominatedNodeName becomes `nominated` (NULL: none) */
    const struct sym *nominated;             /* in the cycle's table */
    const struct preemption *preemption;     /* what was found; NULL: not looked for */
    int64_t started_ns, filter_ns, score_ns; /* mono */

    /* Of the call that is running. */
    struct why now;
    int running; /* plugin */
    struct node_info *const *nodes;
    int nnodes;
    struct namespace_labels *namespaces;
    struct rnd *choice;
    struct held_pod *held; /* pods that what was found points to */
};

void cycle_init(struct cycle *cy, const struct profile *profile, const struct pod_info *pod);
void cycle_release(struct cycle *cy);
/* Computes on the cache as it is now; may be called again (a parked cycle re-checks). only: names a request returned,
 * or NULL for all. start: where filtering begins, moved on as upstream does. choice: randomness of ties. */
void cycle_compute(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice);
/* After a re-check: stay with that node if it is as good as the one chosen now, so that what was shown is what happens.
 */
void cycle_prefer(struct cycle *cy, struct str node);
struct str cycle_node(const struct cycle *cy);           /* the chosen node, STR_NULL */
struct str cycle_node_at(const struct cycle *cy, int i); /* of verdicts[i] */
/* Keeps a pod as long as the cycle. */
const struct pod_info *cycle_hold(struct cycle *cy, const struct pod_info *p);
/* Plugins that refused some node, or the pod, as bits. */
uint32_t cycle_refusers(const struct cycle *cy);
/* How many feasible nodes are enough out of n (numFeasibleNodesToFind); percentage 0: adaptive. */
int cycle_enough(int n, int percentage);

/* ---- For preemption: under the cache's lock, in a cycle that has been computed ---- */

/* A copy of all states, to change with add and remove. */
void cycle_clone_states(struct cycle *cy, void *states[PLUGINS_MAX]);
void cycle_add_pod(struct cycle *cy, void *states[PLUGINS_MAX], const struct pod_info *p, struct node_info *n);
void cycle_remove_pod(struct cycle *cy, void *states[PLUGINS_MAX], const struct pod_info *p, struct node_info *n);
/* All filters on a node, with the pods that are nominated to it considered. cy->now holds the reasons. */
enum verdict cycle_filter(struct cycle *cy, void *const states[PLUGINS_MAX], const struct node_info *n, int *plugin);

#endif
