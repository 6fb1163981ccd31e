/* balanced_allocation.c - prefers nodes whose cpu and memory would be used in like proportion
 * (plugins/noderesources/balanced_allocation.go, as of 1.36). */
#include "scheduler/framework.h"

#include <math.h>

static enum verdict balanced_prescore(struct cycle *cy, void **state, const struct node_info *const *nodes, int n)
{
    (void)state, (void)nodes, (void)n;
    const struct amounts *wanted = &cycle_pod(cy)->request;
    return wanted->basic[RES_CPU] || wanted->basic[RES_MEMORY] ? V_OK : V_SKIP;
}

/* 1 less the standard deviation of the used fractions, in percent. With two resources that is half their distance. */
static int64_t balance(const struct amounts *total, const struct amounts *used, const struct amounts *more)
{
    double f[2] = {0, 0};
    int n = 0;
    for (int r = RES_CPU; r <= RES_MEMORY; r++) {
        if (total->basic[r] <= 0) continue;
        int64_t asked = used->basic[r] + (more ? more->basic[r] : 0);
        f[n++] = fmin(1.0, (double)asked / (double)total->basic[r]);
    }
    double deviation = n == 2 ? fabs(f[0] - f[1]) / 2 : 0;
    return (int64_t)((1 - deviation) * 100);
}

static int64_t balanced_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    int64_t with = balance(&n->total, &n->used, &cycle_pod(cy)->request), without = balance(&n->total, &n->used, NULL);
    return 50 + (50 + with - without) / 2;
}

const struct sched_plugin plugin_balanced_allocation = {
    .name = "NodeResourcesBalancedAllocation",
    .source = "scheduler/plugins/balanced_allocation.c",
    .prescore = balanced_prescore,
    .score = balanced_score,
    .weight = 1,
};
