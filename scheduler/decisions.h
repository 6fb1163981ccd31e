/* decisions.h - sends Decisions to the API server in idempotent batches, from a thread of its own, with the tables of
 * nodes that they refer to. Bounded; never blocks. */
#ifndef SCHEDULER_DECISIONS_H
#define SCHEDULER_DECISIONS_H

#include "client/rest.h"
#include "scheduler/account.h"

struct decisions;
struct decisions *decisions_new(struct rest *r);
void decisions_free(struct decisions *d);                   /* sends what waits, once, then ends */
void decisions_add(struct decisions *d, struct account *a); /* takes it over: *a is empty */

#endif
