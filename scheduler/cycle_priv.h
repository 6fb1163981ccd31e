/* cycle_priv.h - what the parts of a cycle share: cycle.c computes, cycle_extended.c goes by what extenders said. Under
 * the cache's lock. Private to them. */
#ifndef SCHEDULER_CYCLE_PRIV_H
#define SCHEDULER_CYCLE_PRIV_H

#include "scheduler/cycle.h"

void cycle_look_at(struct cycle *cy, const struct node_info *n);
/* The refusal of now is that of a node; its place in whys. */
uint16_t cycle_keep_refusal(struct cycle *cy);

/* Verdicts on nodes of the table `then`: refusals stay, what fitted is looked at again unless extenders took it out,
 * and nodes that are gone drop out. */
void cycle_filter_again(struct cycle *cy, const struct node_table *then);
/* Adds the extenders' points to columns and totals. */
void cycle_add_points(struct cycle *cy);
/* A node as an extender returns it. */
const struct node_info *cycle_bare(struct cycle *cy, const struct node_info *n);

#endif
