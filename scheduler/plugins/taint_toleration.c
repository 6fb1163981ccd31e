/* taint_toleration.c - taints keep pods away that do not tolerate them (plugins/tainttoleration/taint_toleration.go).
 */
#include "scheduler/framework.h"

static enum verdict taint_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    for (int i = 0; i < n->ntaints; i++) {
        const struct node_taint *t = &n->taints[i];
        if (str_eqc(t->effect, "PreferNoSchedule") || tolerates(cycle_pod(cy)->object->root, t, false)) continue;
        cycle_why(cy, "node(s) had untolerated taint(s)");
        return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    }
    return V_OK;
}

/* Raw score: PreferNoSchedule taints that the pod does not tolerate; fewer is better. */
static int64_t taint_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    int64_t intolerable = 0;
    for (int i = 0; i < n->ntaints; i++)
        if (str_eqc(n->taints[i].effect, "PreferNoSchedule") &&
            !tolerates(cycle_pod(cy)->object->root, &n->taints[i], true))
            intolerable++;
    return intolerable;
}

static void taint_normalize(int64_t *scores, int count) { normalize_default(scores, count, true); }

const struct sched_plugin plugin_taint_toleration = {
    .name = "TaintToleration",
    .source = "scheduler/plugins/taint_toleration.c",
    .filter = taint_filter,
    .score = taint_score,
    .normalize = taint_normalize,
    .weight = 3,
    .retry_on = EV_NODE_ADD | EV_NODE_TAINTS,
};
