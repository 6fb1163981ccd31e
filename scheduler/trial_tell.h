/* trial_tell.h - what a trial found, as parts of a ReviewResult (lib/api/schema/sim.api). All in the arena. */
#ifndef SCHEDULER_TRIAL_TELL_H
#define SCHEDULER_TRIAL_TELL_H

#include "scheduler/balance.h"
#include "scheduler/cycle.h"

/* A new row of .placements. */
struct json *tell_pod(struct arena *a, struct json *result, const struct object *pod);
/* Counts, score and why nodes were refused, of a computed cycle. */
void tell_cycle(struct arena *a, struct json *row, struct cycle *cy);
void tell_victim(struct arena *a, struct json *row, const struct pod_info *victim); /* up to TRIAL_VICTIMS_SHOWN */
/* All that another row says, but for the pod's name. */
void tell_again(struct arena *a, struct json *row, const struct json *other);
void tell_balance(struct arena *a, struct json *result, const struct balance before[BALANCE_COUNT],
                  const struct balance after[BALANCE_COUNT]);
/* At most so many values, and then only those that have pods. */
void tell_spread(struct arena *a, struct json *result, const struct spread_counts *counts, int most);

#endif
