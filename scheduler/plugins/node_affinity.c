/* node_affinity.c - spec.nodeSelector and node affinity, required and preferred
 * (plugins/nodeaffinity/node_affinity.go; component-helpers/scheduling/corev1/nodeaffinity). */
#include "api/node_fit.h"
#include "scheduler/framework.h"

#define REQUIRED  ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
#define PREFERRED ".spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution"

static enum verdict affinity_prefilter(struct cycle *cy, void **state)
{
    (void)state;
    const struct json *pod = cycle_pod(cy)->object->root;
    return obj_count(pod, ".spec.nodeSelector") || obj_has(pod, REQUIRED) ? V_OK : V_SKIP;
}

static enum verdict affinity_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct json *pod = cycle_pod(cy)->object->root;
    if (node_affinity_fits(obj_get(pod, ".spec"), n->name, n->labels)) return V_OK;
    cycle_why(cy, "node(s) didn't match Pod's node affinity/selector");
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

static enum verdict affinity_prescore(struct cycle *cy, void **state)
{
    (void)state;
    return obj_count(cycle_pod(cy)->object->root, PREFERRED) ? V_OK : V_SKIP;
}

/* Raw score: the weights of the preferred terms that match. */
static int64_t affinity_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    int64_t sum = 0;
    for (OBJ_EACH(p, cycle_pod(cy)->object->root, PREFERRED))
        if (node_term_matches(obj_get(p, ".preference"), n->name, n->labels)) sum += obj_int(p, ".weight", 0);
    return sum;
}

static void affinity_normalize(int64_t *scores, int count) { normalize_default(scores, count, false); }

const struct sched_plugin plugin_node_affinity = {
    .name = "NodeAffinity",
    .source = "scheduler/plugins/node_affinity.c",
    .prefilter = affinity_prefilter,
    .filter = affinity_filter,
    .prescore = affinity_prescore,
    .score = affinity_score,
    .normalize = affinity_normalize,
    .weight = 2,
    .retry_on = EV_NODE_ADD | EV_NODE_LABELS,
};
