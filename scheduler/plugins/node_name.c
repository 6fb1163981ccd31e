/* node_name.c - spec.nodeName, when the pod names a node itself (plugins/nodename/node_name.go). */
#include "scheduler/framework.h"

static enum verdict node_name_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    struct str wanted = obj_str(cycle_pod(cy)->object->root, ".spec.nodeName");
    if (!wanted.n || str_eq(wanted, n->name)) return V_OK;
    cycle_why(cy, "node(s) didn't match the requested node name");
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

const struct sched_plugin plugin_node_name = {
    .name = "NodeName",
    .source = "scheduler/plugins/node_name.c",
    .filter = node_name_filter,
    .retry_on = EV_NODE_ADD,
};
