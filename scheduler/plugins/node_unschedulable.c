/* node_unschedulable.c - spec.unschedulable (kubectl cordon), unless the pod tolerates its taint
 * (plugins/nodeunschedulable/node_unschedulable.go). */
#include "scheduler/framework.h"

static enum verdict node_unschedulable_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    static const struct node_taint taint = {{"node.kubernetes.io/unschedulable", 32}, {"", 0}, {"NoSchedule", 10}};
    if (!n->unschedulable || tolerates(cycle_pod(cy)->object->root, &taint, false)) return V_OK;
    cycle_why(cy, "node(s) were unschedulable");
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

const struct sched_plugin plugin_node_unschedulable = {
    .name = "NodeUnschedulable",
    .source = "scheduler/plugins/node_unschedulable.c",
    .filter = node_unschedulable_filter,
    .retry_on = EV_NODE_ADD | EV_NODE_TAINTS,
};
