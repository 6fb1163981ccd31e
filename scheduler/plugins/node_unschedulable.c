/* node_unschedulable.c - spec.unschedulable (kubectl cordon), unless the pod tolerates its taint
 * (plugins/nodeunschedulable/node_unschedulable.go). */
#include "scheduler/framework.h"

static bool tolerates_it(const struct pod_info *p)
{
    for (int i = 0; i < p->ntolerations; i++) {
        const struct toleration *t = &p->tolerations[i];
        bool key = !t->key || str_eqc(sym_str(t->key), "node.kubernetes.io/unschedulable");
        bool effect = t->effect == EFFECT_ANY || t->effect == EFFECT_NO_SCHEDULE;
        if (key && effect && (!t->value || t->value->n == 0)) return true;
    }
    return false;
}

static enum verdict unschedulable_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    if (!n->unschedulable || tolerates_it(cycle_pod(cy))) return V_OK;
    cycle_why(cy, "node(s) were unschedulable");
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

/* A node that is uncordoned (a taint change covers it), or a toleration of this that came to the pod. */
static bool unschedulable_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args;
    if (e->what == EV_SELF) return self_changed(e, p, SELF_TOLERATIONS) && tolerates_it(e->pod);
    return !e->node->unschedulable && (!e->was || e->was->unschedulable);
}

const struct sched_plugin plugin_node_unschedulable = {
    .name = "NodeUnschedulable",
    .source = "scheduler/plugins/node_unschedulable.c",
    .filter = unschedulable_filter,
    .retry_on = EV_NODE_ADD | EV_NODE_TAINT | EV_SELF,
    .hint = unschedulable_hint,
};
