/* so_far.h - what a cycle that stands has found until now, as a Decision that is not finished: nodes looked at, scores
 * that are known. */
#ifndef SCHEDULER_SO_FAR_H
#define SCHEDULER_SO_FAR_H

#include "scheduler/cycle.h"
#include "scheduler/queue.h"

struct under_way {                    /* what the cycle's own arrays do not tell yet */
    const struct node_info *node;     /* is being filtered; NULL: none */
    int passed[PLUGINS_MAX], npassed; /* filters that let the pod on it */
    enum verdict verdict;             /* the last one of the node */
    int scored;                       /* nodes that have their points in the last column */
};

/* In the arena. A column that is not normalized yet has raw points alone. Too large for a park: no nodes, "cut". */
struct json *so_far(struct cycle *cy, struct arena *a, const struct queued_pod *q, const struct under_way *w);

#endif
