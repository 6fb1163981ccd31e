/* explain.h - what a cycle found, in words and as data. */
#ifndef SCHEDULER_EXPLAIN_H
#define SCHEDULER_EXPLAIN_H

#include "scheduler/cycle.h"

/* "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu." (framework/types.go FitError). */
struct str explain_failure(struct cycle *cy);
/* The Decision (sim.kubestep.dev/v1): equal nodes share one row. In the cycle's arena. error: an internal failure, or
 * NULL. */
struct json *explain_decision(struct cycle *cy, const char *error);
/* Facts of step 7, small: how many fit, why others do not, the winner and its total. */
void explain_facts(struct cycle *cy, struct json *facts);

#endif
