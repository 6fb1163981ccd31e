/* tally.h - how many pods (or points for pods) are in each domain of a topology key, and what the least of these
 * numbers is; cheap to copy and to change for what would be if some pods were not there, or others were. In the arena
 * of a cycle. */
#ifndef SCHEDULER_TALLY_H
#define SCHEDULER_TALLY_H

#include "scheduler/census.h"

#define TALLY_NONE INT64_MIN /* a domain that does not count: none of its nodes may be looked at */

struct tally_change {
    int domain;
    int64_t by;
};

struct tally {
    int64_t *of;    /* by domain; shared by copies, and constant once there are some */
    int n, counted; /* counted: domains that count */
    int64_t least;  /* INT64_MAX: none counts */
    int64_t sum;
    struct tally_change *changes; /* one a domain */
    int nchanges, cap;
};

/* All domains stand at `first` (0 or TALLY_NONE); then fill .of, and close. */
void tally_open(struct tally *t, struct arena *a, int n, int64_t first);
void tally_close(struct tally *t);
void tally_copy(struct tally *to, struct arena *a, const struct tally *t);
/* `by` pods more in a domain. */
void tally_change(struct tally *t, struct arena *a, int domain, int64_t by);
int64_t tally_get(const struct tally *t, int domain); /* 0 for one that does not count */

/* Adds the pods of all nodes (by slot) to their domains, `weight` for each. False: there was none to add. */
bool tally_fold(struct tally *t, const struct domains *d, const int32_t *pods, int64_t weight);

#endif
