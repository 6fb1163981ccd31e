/* node_ports.c - host ports that another pod on the node holds (plugins/nodeports/node_ports.go). */
#include "scheduler/details.h"

static enum verdict ports_prefilter(struct cycle *cy, void **state)
{
    (void)state;
    return cycle_pod(cy)->nports ? V_OK : V_SKIP;
}

static enum verdict ports_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    if (!ports_taken(cycle_pod(cy), n)) return V_OK;
    cycle_why(cy, "node(s) didn't have free ports for the requested pod ports");
    detail_port(cy, n);
    return V_UNSCHEDULABLE;
}

/* A pod that went frees a port only if it held one of those that are wanted. */
static bool ports_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args;
    return e->what != EV_POD_DELETE || !e->pod_was || ports_conflict(p, e->pod_was);
}

const struct sched_plugin plugin_node_ports = {
    .name = "NodePorts",
    .source = "scheduler/plugins/node_ports.c",
    .prefilter = ports_prefilter,
    .filter = ports_filter,
    .retry_on = EV_NODE_ADD | EV_POD_DELETE,
    .hint = ports_hint,
};
