/* default_preemption.c - a pod that fits nowhere may take the place of less important ones; while these are being
 * deleted it stays out of the queue (plugins/defaultpreemption/default_preemption.go). */
#include "scheduler/preempting.h"
#include "scheduler/preemption.h"

static void *preempt_configure(const struct json *args, struct err *e) { return preemption_args_new(args, e); }
static void preempt_unconfigure(void *args) { preemption_args_free(args); }

static enum verdict preempt_pre_enqueue(const void *args, const struct pod_info *p, struct buf *why)
{
    const struct preemption_args *a = args;
    if (!a || !preempting_has(a->running, p->uid)) return V_OK;
    buf_cstr(why, "waiting for the preemption for this pod to be finished");
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

static enum verdict preempt_post_filter(struct cycle *cy, const char **why)
{
    if (!cy->preemption) cy->preemption = preemption_find(cy, cycle_args(cy));
    const struct preemption *p = cy->preemption;
    if (p->waits) return V_SKIP;
    if (p->chosen >= 0) {
        cycle_nominate(cy, cy->table->names[p->candidates[p->chosen].node]);
        return V_OK;
    }
    *why = arena_printf(&cy->arena, "preemption: %.*s", STR_ARG(p->message));
    if (!p->refused && !p->failed && !p->declined) cycle_nominate(cy, NULL);
    return p->failed ? V_ERROR : V_UNSCHEDULABLE;
}

/* It never lets a pod in by itself: the plugins that refused the pod before it preempted say what helps. */
static bool preempt_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args, (void)p, (void)e;
    return false;
}

const struct sched_plugin plugin_default_preemption = {
    .name = "DefaultPreemption",
    .source = "scheduler/plugins/default_preemption.c",
    .configure = preempt_configure,
    .unconfigure = preempt_unconfigure,
    .pre_enqueue = preempt_pre_enqueue,
    .post_filter = preempt_post_filter,
    .retry_on = EV_POD_DELETE,
    .hint = preempt_hint,
};
