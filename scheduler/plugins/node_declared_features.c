/* node_declared_features.c - a pod that needs a feature of the kubelet goes to nodes that say they have it in
 * status.declaredFeatures (plugins/nodedeclaredfeatures, component-helpers/nodedeclaredfeatures/features). Of the
 * features known there these two matter to placing; the others matter to changes of pods that run. */
#include "scheduler/framework.h"

static bool restarts_all_containers(const struct json *pod)
{
    static const char *const lists[] = {".spec.containers", ".spec.initContainers"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (OBJ_EACH(c, pod, lists[i]))
            for (OBJ_EACH(rule, c, ".restartPolicyRules"))
                if (obj_is(rule, ".action", "RestartAllContainers")) return true;
    return false;
}

static bool has_users_on_host_network(const struct json *pod)
{
    return obj_bool(pod, ".spec.hostNetwork", false) && !obj_bool(pod, ".spec.hostUsers", true);
}

static const struct {
    const char *name;
    bool (*needed)(const struct json *pod);
} features[] = {
    {"RestartAllContainersOnContainerExits", restarts_all_containers},
    {"UserNamespacesHostNetworkSupport", has_users_on_host_network},
};

struct needs { /* state: names of features */
    const struct sym *v[ARRAY_LEN(features)];
    int n;
};

/* Bits of features. */
static unsigned needs_of(const struct pod_info *p)
{
    unsigned bits = 0;
    for (size_t i = 0; p->object && i < ARRAY_LEN(features); i++)
        if (features[i].needed(p->object->root)) bits |= 1u << i;
    return bits;
}

static enum verdict features_prefilter(struct cycle *cy, void **state)
{
    unsigned bits = needs_of(cycle_pod(cy));
    if (!bits) return V_SKIP;
    struct needs *needs = ARENA_NEW(cycle_arena(cy), struct needs);
    for (size_t i = 0; i < ARRAY_LEN(features); i++)
        if (bits & 1u << i) needs->v[needs->n++] = keep_sym(cycle_keep(cy), str_of(features[i].name));
    *state = needs;
    return V_OK;
}

/* The list is sorted, as the API wants it; where it is not, upstream reads no further either. */
static bool declares(const struct node_info *n, const struct sym *feature)
{
    int i = 0;
    while (i < n->nfeatures && n->features[i] != feature && str_cmp(sym_str(n->features[i]), sym_str(feature)) < 0) i++;
    return i < n->nfeatures && n->features[i] == feature;
}

static enum verdict features_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    const struct needs *needs = state;
    for (int i = 0; needs && i < needs->n; i++) {
        if (declares(n, needs->v[i])) continue;
        cycle_why(cy, "node(s) didn't match Pod's required features");
        return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    }
    return V_OK;
}

static bool same_features(const struct node_info *a, const struct node_info *b)
{
    for (int i = 0; i < a->nfeatures && a->nfeatures == b->nfeatures; i++)
        if (a->features[i] != b->features[i]) return false;
    return a->nfeatures == b->nfeatures;
}

static bool features_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args;
    if (e->node) return !e->was || !same_features(e->was, e->node);
    return self_changed(e, p, ~0u) && needs_of(e->pod_was) != needs_of(e->pod);
}

const struct sched_plugin plugin_node_declared_features = {
    .name = "NodeDeclaredFeatures",
    .source = "scheduler/plugins/node_declared_features.c",
    .prefilter = features_prefilter,
    .filter = features_filter,
    .retry_on = EV_NODE_ADD | EV_NODE_FEATURE | EV_SELF,
    .hint = features_hint,
};
