/* node_resources_fit.c - does what the pod asks for fit what the node has left? Scores nodes higher the more is left
 * (LeastAllocated; plugins/noderesources/fit.go, least_allocated.go). */
#include "scheduler/framework.h"

/* One resource: enough of it is left, or it is said what lacks. */
static void look_at(struct cycle *cy, const struct node_info *n, int id, int64_t wanted, bool *hopeless)
{
    int64_t total = amounts_get(&n->total, id);
    if (wanted == 0 || wanted <= total - amounts_get(&n->used, id)) return;
    cycle_why(cy, res_lacking(id));
    *hopeless = *hopeless || wanted > total;
}

static enum verdict fit_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct amounts *wanted = &cycle_pod(cy)->request;
    bool hopeless = false, full = n->npods + 1 > n->pods_max;
    int lacking = full;
    for (int id = 0; id < RES_FIRST_SCALAR; id++) lacking += wanted->basic[id] > n->total.basic[id] - n->used.basic[id];
    if (!lacking && !wanted->n) return V_OK;
    if (full) cycle_why(cy, "Too many pods");
    for (int id = 0; id < RES_FIRST_SCALAR; id++) look_at(cy, n, id, wanted->basic[id], &hopeless);
    for (int i = 0; i < wanted->n; i++) look_at(cy, n, wanted->scalars[i].id, wanted->scalars[i].v, &hopeless);
    if (!cycle_has_why(cy)) return V_OK;
    return hopeless ? V_UNSCHEDULABLE_AND_UNRESOLVABLE : V_UNSCHEDULABLE;
}

static int64_t least(int64_t total, int64_t asked) { return asked > total ? 0 : (total - asked) * 100 / total; }

/* Mean of cpu and memory, each (allocatable - requested) * 100 / allocatable; a resource the node has none of is left
 * out. */
static int64_t fit_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct non_zero *wanted = &cycle_pod(cy)->non_zero;
    int64_t cpu = n->total.basic[RES_CPU], memory = n->total.basic[RES_MEMORY], sum = 0, weights = 0;
    if (cpu > 0) sum += least(cpu, n->non_zero.cpu + wanted->cpu), weights++;
    if (memory > 0) sum += least(memory, n->non_zero.memory + wanted->memory), weights++;
    return weights ? sum / weights : 0;
}

const struct sched_plugin plugin_node_resources_fit = {
    .name = "NodeResourcesFit",
    .source = "scheduler/plugins/node_resources_fit.c",
    .filter = fit_filter,
    .score = fit_score,
    .weight = 1,
    .retry_on = EV_NODE_ADD | EV_NODE_ALLOCATABLE | EV_POD_DELETE | EV_POD_SCALE_DOWN | EV_SELF,
};
