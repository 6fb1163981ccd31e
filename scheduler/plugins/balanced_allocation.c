/* balanced_allocation.c - prefers nodes whose cpu and memory would be used in like proportion
 * (plugins/noderesources/balanced_allocation.go, as of 1.36). */
#include "scheduler/framework.h"

#include <math.h>

static enum verdict balanced_prescore(struct cycle *cy, void **state)
{
    (void)state;
    const struct res *need = &cycle_pod(cy)->need;
    bool asks = (need->count > RES_CPU && need->v[RES_CPU]) || (need->count > RES_MEMORY && need->v[RES_MEMORY]);
    return asks ? V_OK : V_SKIP;
}

/* 1 less the standard deviation of the used fractions, in percent. With two resources that is half their distance. */
static int64_t balance(const struct res *total, const struct res *used, const struct res *more)
{
    double f[2] = {0, 0};
    int n = 0;
    for (int r = RES_CPU; r <= RES_MEMORY; r++) {
        int64_t have = r < total->count ? total->v[r] : 0;
        if (have <= 0) continue;
        int64_t asked = (r < used->count ? used->v[r] : 0) + (more && r < more->count ? more->v[r] : 0);
        f[n++] = fmin(1.0, (double)asked / (double)have);
    }
    double deviation = n == 2 ? fabs(f[0] - f[1]) / 2 : 0;
    return (int64_t)((1 - deviation) * 100);
}

static int64_t balanced_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    int64_t with = balance(&n->total, &n->used, &cycle_pod(cy)->need), without = balance(&n->total, &n->used, NULL);
    return 50 + (50 + with - without) / 2;
}

const struct sched_plugin plugin_balanced_allocation = {
    .name = "NodeResourcesBalancedAllocation",
    .source = "scheduler/plugins/balanced_allocation.c",
    .prescore = balanced_prescore,
    .score = balanced_score,
    .weight = 1,
};
