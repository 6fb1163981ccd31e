/* node_name.c - a pod that names its node runs there or nowhere (plugins/nodename/node_name.go). */
#include "scheduler/framework.h"

static enum verdict name_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct sym *wanted = cycle_pod(cy)->wants_node;
    if (!wanted || wanted == n->name) return V_OK;
    cycle_why(cy, "node(s) didn't match the requested node name");
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

const struct sched_plugin plugin_node_name = {
    .name = "NodeName",
    .source = "scheduler/plugins/node_name.c",
    .filter = name_filter,
    .retry_on = EV_NODE_ADD,
};
