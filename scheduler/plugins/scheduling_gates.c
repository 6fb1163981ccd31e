/* scheduling_gates.c - a pod with scheduling gates does not enter the queue (plugins/schedulinggates). */
#include "scheduler/framework.h"

static enum verdict gates_pre_enqueue(const void *args, const struct pod_info *p, struct buf *why)
{
    (void)args;
    const struct json *gates = p->object ? obj_get(p->object->root, ".spec.schedulingGates") : NULL;
    if (!obj_count(gates, "")) return V_OK;
    buf_cstr(why, "waiting for scheduling gates: [");
    for (OBJ_EACH(g, gates, "")) {
        if (g != obj_first(gates, "")) buf_char(why, ' ');
        buf_str(why, obj_str(g, ".name"));
    }
    buf_char(why, ']');
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

/* The last gate went. */
static bool gates_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args;
    return self_changed(e, p, SELF_GATES);
}

const struct sched_plugin plugin_scheduling_gates = {
    .name = "SchedulingGates",
    .source = "scheduler/plugins/scheduling_gates.c",
    .pre_enqueue = gates_pre_enqueue,
    .retry_on = EV_SELF,
    .hint = gates_hint,
};
