/* explain.h - what a cycle found, in words and as data. */
#ifndef SCHEDULER_EXPLAIN_H
#define SCHEDULER_EXPLAIN_H

#include "scheduler/cycle.h"
#include "scheduler/queue.h"

/* "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu." (framework/types.go FitError). In the
 * cycle's arena. */
struct str explain_failure(struct cycle *cy);
/* The Decision (sim.kubestep.dev/v1) without its nodes, which account.h tells of. In the cycle's arena. */
struct json *explain_decision(struct cycle *cy, const struct queued_pod *q);
/* That of a cycle that is under way: without a result, but for a node that was chosen. In `a`. */
struct json *explain_so_far(const struct cycle *cy, struct arena *a, const struct queued_pod *q);
/* That of an attempt that failed inside: there are no nodes to tell of. */
struct json *explain_error(struct arena *a, const struct queued_pod *q, const char *scheduler, struct str error);
/* Facts of step 7, small: how many fit, why others do not, the winner and its total. `a` is that of facts. */
void explain_facts(struct cycle *cy, struct arena *a, struct json *facts);

#endif
