/* whys.h - the refusals of a cycle, equal ones as one: thousands of nodes are refused for a handful of sets of reasons,
 * or, in a bad case, each for its own. Part of a cycle. */
#ifndef SCHEDULER_WHYS_H
#define SCHEDULER_WHYS_H

#include "scheduler/cycle.h"

/* The place of the refusal of now among the cycle's whys; beyond WHYS_MAX it is the last one. */
uint16_t whys_place(struct cycle *cy);
void whys_forget(struct cycle *cy); /* before the cycle begins anew; memory stays until it ends */

#endif
