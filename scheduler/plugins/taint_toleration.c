/* taint_toleration.c - taints keep pods away that do not tolerate them; those of the soft kind make a node less liked
 * (plugins/tainttoleration/taint_toleration.go). */
#include "scheduler/details.h"

#define HARD (1u << EFFECT_NO_SCHEDULE | 1u << EFFECT_NO_EXECUTE)

static enum verdict taint_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct taint *t = untolerated(cycle_pod(cy), n, HARD);
    if (!t) return V_OK;
    cycle_why(cy, "node(s) had untolerated taint(s)");
    detail_taint(cy, t);
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

/* Raw score: PreferNoSchedule taints that the pod does not tolerate; fewer is better. Only tolerations of every effect
 * or of this one count. */
static int64_t taint_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct pod_info *p = cycle_pod(cy);
    int64_t intolerable = 0;
    for (int i = 0; i < n->ntaints; i++) {
        bool covered = n->taints[i].effect != EFFECT_PREFER_NO_SCHEDULE;
        for (int k = 0; k < p->ntolerations && !covered; k++)
            covered = toleration_covers_taint(&p->tolerations[k], &n->taints[i]);
        if (!covered) intolerable++;
    }
    return intolerable;
}

static void taint_normalize(struct cycle *cy, const void *state, const struct node_info *const *nodes, int64_t *scores,
                            int n)
{
    (void)cy, (void)state, (void)nodes;
    normalize_default(scores, n, true);
}

/* A node whose taints kept the pod away and do so no more, or a toleration that came to the pod. */
static bool taint_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args;
    if (e->what == EV_SELF) return self_changed(e, p, SELF_TOLERATIONS);
    return !untolerated(p, e->node, HARD) && (!e->was || untolerated(p, e->was, HARD));
}

const struct sched_plugin plugin_taint_toleration = {
    .name = "TaintToleration",
    .source = "scheduler/plugins/taint_toleration.c",
    .filter = taint_filter,
    .score = taint_score,
    .normalize = taint_normalize,
    .weight = 3,
    .retry_on = EV_NODE_ADD | EV_NODE_TAINT | EV_SELF,
    .hint = taint_hint,
};
