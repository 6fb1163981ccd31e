/* budget.h - what a PodDisruptionBudget says, as numbers. Pure: no clock, no requests.
 * Upstream: pkg/controller/disruption/disruption.go. */
#ifndef CONTROLLERS_BUDGET_H
#define CONTROLLERS_BUDGET_H

#include "api/object.h"

struct budget {
    int64_t expected; /* pods that there should be */
    int64_t desired;  /* of them healthy */
    int64_t healthy;  /* that are so */
    int64_t allowed;  /* evictions */
};

/* Whether `expected` must be known from the pods' controllers (maxUnavailable, or a percentage), or is how many there
 * are. */
bool budget_needs_scale(const struct json *pdb);
/* b->expected is set; sets b->desired. Without either bound nothing is desired. */
void budget_desired(const struct json *pdb, struct budget *b);
void budget_allowed(struct budget *b);

/* Evictions that were let through and are not seen in the pods yet: the entries of status.disruptedPods that still
 * hold, as a map in the arena. late: the pods whose time is up without a deletion. *again_s: when the next one's is;
 * INT64_MAX. */
struct json *budget_disrupted(struct arena *a, const struct json *pdb, const struct objs *pods, int64_t now_s,
                              struct objs *late, int64_t *again_s);
int64_t budget_healthy(const struct objs *pods, const struct json *disrupted);

/* The new status in the arena. failed: why the numbers are not known; NULL. */
struct json *budget_status(struct arena *a, const struct json *pdb, const struct budget *b,
                           const struct json *disrupted, const char *failed, int64_t now_s);

#endif
