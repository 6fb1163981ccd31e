/* node_affinity.c - spec.nodeSelector and node affinity, required and preferred
 * (plugins/nodeaffinity/node_affinity.go; component-helpers/scheduling/corev1/nodeaffinity). */
#include "scheduler/framework.h"

#define REQUIRED  ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
#define PREFERRED ".spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution"

static bool in_values(const struct json *requirement, struct str value)
{
    for (OBJ_EACH(v, requirement, ".values"))
        if (str_eq(obj_text(v), value)) return true;
    return false;
}

/* value: STR_NULL when the node lacks the key. */
static bool requirement_holds(const struct json *r, struct str value)
{
    struct str op = obj_str(r, ".operator");
    bool has = !str_is_null(value);
    if (str_eqc(op, "In")) return has && in_values(r, value);
    if (str_eqc(op, "NotIn")) return !has || !in_values(r, value);
    if (str_eqc(op, "Exists")) return has;
    if (str_eqc(op, "DoesNotExist")) return !has;
    int64_t have, want;
    if (!has || !str_to_i64(value, &have) || !str_to_i64(obj_text(obj_first(r, ".values")), &want)) return false;
    return str_eqc(op, "Gt") ? have > want : str_eqc(op, "Lt") && have < want;
}

/* Terms are ORed, what is in a term is ANDed; an empty term matches nothing. */
static bool term_matches(const struct json *term, const struct node_info *n)
{
    if (!obj_count(term, ".matchExpressions") && !obj_count(term, ".matchFields")) return false;
    for (OBJ_EACH(r, term, ".matchExpressions"))
        if (!requirement_holds(r, obj_map_str(n->labels, "", obj_str(r, ".key")))) return false;
    for (OBJ_EACH(r, term, ".matchFields"))
        if (!str_eqc(obj_str(r, ".key"), "metadata.name") || !requirement_holds(r, n->name)) return false;
    return true;
}

static enum verdict affinity_prefilter(struct cycle *cy, void **state)
{
    (void)state;
    const struct json *pod = cycle_pod(cy)->object->root;
    return obj_count(pod, ".spec.nodeSelector") || obj_has(pod, REQUIRED) ? V_OK : V_SKIP;
}

static enum verdict affinity_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct json *pod = cycle_pod(cy)->object->root;
    bool fits = true;
    for (OBJ_EACH(want, pod, ".spec.nodeSelector")) {
        struct str have = obj_map_str(n->labels, "", obj_key(want));
        fits = fits && !str_is_null(have) && str_eq(have, obj_text(want));
    }
    if (fits && obj_has(pod, REQUIRED)) {
        fits = false;
        for (OBJ_EACH(term, pod, REQUIRED ".nodeSelectorTerms")) fits = fits || term_matches(term, n);
    }
    if (fits) return V_OK;
    cycle_why(cy, "node(s) didn't match Pod's node affinity/selector");
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

static enum verdict affinity_prescore(struct cycle *cy, void **state)
{
    (void)state;
    return obj_count(cycle_pod(cy)->object->root, PREFERRED) ? V_OK : V_SKIP;
}

/* Raw score: the weights of the preferred terms that match. */
static int64_t affinity_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    int64_t sum = 0;
    for (OBJ_EACH(p, cycle_pod(cy)->object->root, PREFERRED))
        if (term_matches(obj_get(p, ".preference"), n)) sum += obj_int(p, ".weight", 0);
    return sum;
}

static void affinity_normalize(int64_t *scores, int count) { normalize_default(scores, count, false); }

const struct sched_plugin plugin_node_affinity = {
    .name = "NodeAffinity",
    .source = "scheduler/plugins/node_affinity.c",
    .prefilter = affinity_prefilter,
    .filter = affinity_filter,
    .prescore = affinity_prescore,
    .score = affinity_score,
    .normalize = affinity_normalize,
    .weight = 2,
    .retry_on = EV_NODE_ADD | EV_NODE_LABELS,
};
