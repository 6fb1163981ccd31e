/* cycle.h - one attempt to place one pod: PreFilter, Filter, PreScore, Score, NormalizeScore, the choice.
 * A cycle is self-contained: what it found stays readable after the cache moved on. One thread at a time.
 * Upstream: pkg/scheduler/schedule_one.go. */
#ifndef SCHEDULER_CYCLE_H
#define SCHEDULER_CYCLE_H

#include "base/rnd.h"
#include "scheduler/queue.h"

struct node_score {
    int64_t raw, normalized;
};

struct node_result { /* of one evaluated node; texts in the cycle's arena */
    struct str name;
    enum verdict verdict;
    int plugin; /* index into sched_plugins of the filter that refused it */
    const char *reasons[REASONS_MAX];
    int nreasons;
    struct node_score scores[PLUGINS_MAX]; /* feasible nodes, by plugin index */
    int64_t total;
};

struct cycle {
    struct arena arena;
    struct queued_pod *queued;
    struct pod_info *pod;
    struct volumes *volumes; /* the cache's */
    void *state[PLUGINS_MAX];
    bool skip_filter[PLUGINS_MAX], skip_score[PLUGINS_MAX];
    struct node_result *results; /* evaluated nodes, in the order they were looked at */
    int evaluated, feasible;
    int all_nodes;                           /* in the cluster */
    int chosen;                              /* index into results; -1: none */
    int ties;                                /* feasible nodes with the top score */
    bool scored;                             /* more than one fitted */
    int refused_by;                          /* plugin whose prefilter refused the pod, for any node; -1: none */
    struct node_result refusal;              /* why */
    int64_t started_ns, filter_ns, score_ns; /* mono */
    /* of the filter call that is running */
    struct node_result *looking_at;
};

/* Takes over q. */
void cycle_init(struct cycle *cy, struct queued_pod *q);
void cycle_release(struct cycle *cy);
/* Computes on the cache as it is now; may be called again (a parked cycle re-checks). only: names a request returned,
 * or NULL for all. start: where filtering begins, moved on as upstream does. choice: randomness of ties. */
void cycle_compute(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice);
/* After a re-check: stay with that node if it is as good as the one chosen now, so that what was shown is what happens.
 */
void cycle_prefer(struct cycle *cy, struct str node);
struct str cycle_node(const struct cycle *cy); /* the chosen node, STR_NULL */
/* EV_* that the plugins which refused wait for. */
unsigned cycle_wants(const struct cycle *cy);
/* How many feasible nodes are enough out of n (numFeasibleNodesToFind with percentageOfNodesToScore 0). */
int cycle_enough(int n);

#endif
