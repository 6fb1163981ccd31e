/* volume_binding.c - a pod waits until its claims are bound, and goes where its volumes are
 * (plugins/volumebinding/volume_binding.go). A claim that waits for its first consumer does not hold the pod back: the
 * controller of claims binds it to a volume for the node that was chosen. */
#include "api/node_fit.h"
#include "scheduler/framework.h"
#include "scheduler/volumes.h"

static bool is_bound(const struct object *claim)
{
    struct str done = obj_map_str(claim->root, ".metadata.annotations", STR("pv.kubernetes.io/bind-completed"));
    return obj_str(claim->root, ".spec.volumeName").n && !str_is_null(done);
}

static bool waits_for_consumer(struct volumes *v, const struct object *claim)
{
    struct str class = obj_str(claim->root, ".spec.storageClassName");
    const struct object *sc AUTO_OBJ = class.n ? volumes_get(v, VOLUME_CLASS, STR(""), class) : NULL;
    return sc && !obj_str(claim->root, ".spec.volumeName").n &&
           obj_is(sc->root, ".volumeBindingMode", "WaitForFirstConsumer");
}

/* Adds what a bound volume asks of nodes to `affinities`. */
static enum verdict look_at_volume(struct cycle *cy, const struct object *claim, struct json *affinities)
{
    struct str name = obj_str(claim->root, ".spec.volumeName");
    const struct object *pv AUTO_OBJ = volumes_get(cycle_volumes(cy), VOLUME_PV, STR(""), name);
    if (!pv || obj_is(claim->root, ".status.phase", "Lost")) {
        cycle_why(cy, "persistentvolumeclaim \"%.*s\" bound to non-existent persistentvolume \"%.*s\"",
                  STR_ARG(claim->name), STR_ARG(name));
        return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    }
    const struct json *terms = obj_get(pv->root, ".spec.nodeAffinity.required.nodeSelectorTerms");
    if (terms) {
        struct json *one = obj_append(cycle_arena(cy), affinities, ".volumes");
        obj_put(cycle_arena(cy), one, ".terms", obj_copy(cycle_arena(cy), terms)); /* outlives the volume */
    }
    return V_OK;
}

static enum verdict look_at_claim(struct cycle *cy, struct str name, bool ephemeral, struct json *affinities)
{
    const struct object *pod = cycle_pod(cy)->object;
    const struct object *claim AUTO_OBJ = volumes_get(cycle_volumes(cy), VOLUME_CLAIM, pod->ns, name);
    if (!claim && ephemeral)
        cycle_why(cy, "waiting for ephemeral volume controller to create the persistentvolumeclaim \"%.*s\"",
                  STR_ARG(name));
    else if (!claim)
        cycle_why(cy, "persistentvolumeclaim \"%.*s\" not found", STR_ARG(name));
    else if (obj_is_deleting(claim->root))
        cycle_why(cy, "persistentvolumeclaim \"%.*s\" is being deleted", STR_ARG(name));
    else if (is_bound(claim))
        return look_at_volume(cy, claim, affinities);
    else if (!waits_for_consumer(cycle_volumes(cy), claim))
        cycle_why(cy, "pod has unbound immediate PersistentVolumeClaims");
    else
        return V_OK;
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

static enum verdict binding_prefilter(struct cycle *cy, void **state)
{
    const struct object *pod = cycle_pod(cy)->object;
    struct arena *a = cycle_arena(cy);
    struct json *affinities = obj_empty(a);
    enum verdict verdict = V_OK;
    for (OBJ_EACH(volume, pod->root, ".spec.volumes")) {
        bool ephemeral = obj_has(volume, ".ephemeral");
        struct str name = obj_str(volume, ".persistentVolumeClaim.claimName");
        if (ephemeral) name = str_printf(a, "%.*s-%.*s", STR_ARG(pod->name), STR_ARG(obj_str(volume, ".name")));
        if (name.n) verdict = look_at_claim(cy, name, ephemeral, affinities);
        if (verdict != V_OK) return verdict;
    }
    *state = affinities;
    return obj_count(affinities, ".volumes") ? V_OK : V_SKIP;
}

static enum verdict binding_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    for (OBJ_EACH(volume, (const struct json *)state, ".volumes")) {
        bool fits = false;
        for (OBJ_EACH(term, volume, ".terms")) fits = fits || node_term_matches(term, n->name, n->labels);
        if (fits) continue;
        cycle_why(cy, "node(s) didn't match PersistentVolume's node affinity");
        return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    }
    return V_OK;
}

const struct sched_plugin plugin_volume_binding = {
    .name = "VolumeBinding",
    .source = "scheduler/plugins/volume_binding.c",
    .prefilter = binding_prefilter,
    .filter = binding_filter,
    .retry_on = EV_NODE_ADD | EV_NODE_LABELS | EV_VOLUME,
};
