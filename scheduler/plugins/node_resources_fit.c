/* node_resources_fit.c - does what the pod asks for fit what the node has left? Scores nodes higher the more is left
 * (LeastAllocated; plugins/noderesources/fit.go, least_allocated.go). */
#include "scheduler/framework.h"

static void fit_why(struct cycle *cy, const struct res *need, const struct node_info *n, bool *hopeless)
{
    for (int r = 0; r < need->count; r++) {
        int64_t total = r < n->total.count ? n->total.v[r] : 0, used = r < n->used.count ? n->used.v[r] : 0;
        if (need->v[r] == 0 || need->v[r] <= total - used) continue;
        cycle_why(cy, "Insufficient %s", res_name(r));
        *hopeless = *hopeless || need->v[r] > total;
    }
}

static enum verdict fit_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    bool hopeless = false;
    if (n->pod_count + 1 > n->pod_count_max) cycle_why(cy, "Too many pods");
    fit_why(cy, &cycle_pod(cy)->need, n, &hopeless);
    if (!cycle_has_why(cy)) return V_OK;
    return hopeless ? V_UNSCHEDULABLE_AND_UNRESOLVABLE : V_UNSCHEDULABLE;
}

static int64_t least(int64_t total, int64_t asked) { return asked > total ? 0 : (total - asked) * 100 / total; }

/* Mean of cpu and memory, each (allocatable - requested) * 100 / allocatable; a resource the node has none of is left
 * out. */
static int64_t fit_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct pod_info *pod = cycle_pod(cy);
    int64_t cpu = n->total.count > RES_CPU ? n->total.v[RES_CPU] : 0;
    int64_t memory = n->total.count > RES_MEMORY ? n->total.v[RES_MEMORY] : 0;
    int64_t sum = 0, weights = 0;
    if (cpu > 0) sum += least(cpu, n->non_zero_cpu + pod->non_zero_cpu), weights++;
    if (memory > 0) sum += least(memory, n->non_zero_memory + pod->non_zero_memory), weights++;
    return weights ? sum / weights : 0;
}

const struct sched_plugin plugin_node_resources_fit = {
    .name = "NodeResourcesFit",
    .source = "scheduler/plugins/node_resources_fit.c",
    .filter = fit_filter,
    .score = fit_score,
    .weight = 1,
    .retry_on = EV_NODE_ADD | EV_NODE_MORE_FREE | EV_POD_GONE,
};
