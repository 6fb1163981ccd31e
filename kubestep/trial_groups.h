/* trial_groups.h - the placements of a ReviewResult, those of equal pods as one group. All in the caller's arena. */
#ifndef KUBESTEP_TRIAL_GROUPS_H
#define KUBESTEP_TRIAL_GROUPS_H

#include "api/object.h"
#include "base/map.h"

struct tally {         /* texts and how often each was counted, in the order in which they came */
    struct map places; /* text -> place + 1, as a pointer */
    struct tally_row {
        struct str text;
        int count;
    } * v;
    size_t n, cap;
};

struct trial_group { /* pods that differ by their generated names alone */
    struct str name; /* "default/web-7d9" */
    int pods, placed;
    struct tally nodes, refusals, victims;
};

struct trial_groups {
    struct map places;
    struct trial_group *v;
    size_t n, cap;
};

void trial_groups_read(struct trial_groups *g, struct arena *a, const struct json *result);
const struct trial_group *trial_group_find(const struct trial_groups *g, struct str name); /* NULL: none */
int tally_of(const struct tally *t, struct str text);                                      /* 0: none */
void trial_groups_release(struct trial_groups *g);

#endif
