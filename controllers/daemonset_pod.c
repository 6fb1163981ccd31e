/* daemonset_pod.c - what a DaemonSet's pods look like and on which nodes they belong. Pure.
 * Reads: the set, nodes, pods.   Writes: trees in the arena. */
#include "api/node_fit.h"
#include "controllers/daemonset.h"
#include "controllers/pod_control.h"

#define GENERATION_LABEL "pod-template-generation"
#define REQUIRED_TERMS   ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"

/* ---- The template ---- */

static void add_toleration(struct arena *a, struct json *tmpl, const char *key, const char *effect)
{
    JSON_FOREACH(t, obj_edit(tmpl, ".spec.tolerations"))
    {
        if (!obj_is(t, ".key", key) || !obj_is(t, ".effect", effect) || !obj_is(t, ".operator", "Exists")) continue;
        obj_del(t, ".tolerationSeconds"); /* for good */
        return;
    }
    struct json *t = obj_append(a, tmpl, ".spec.tolerations");
    obj_put_cstr(a, t, ".key", key);
    obj_put_cstr(a, t, ".operator", "Exists");
    obj_put_cstr(a, t, ".effect", effect);
}

static struct str generation_of(const struct object *set)
{
    return obj_map_str(set->root, ".metadata.annotations", STR("deprecated.daemonset.template.generation"));
}

struct json *daemonset_template(struct arena *a, const struct object *set, struct str hash)
{
    static const struct {
        const char *key, *effect;
    } always[] = {
        {"node.kubernetes.io/not-ready", "NoExecute"},      {"node.kubernetes.io/unreachable", "NoExecute"},
        {"node.kubernetes.io/disk-pressure", "NoSchedule"}, {"node.kubernetes.io/memory-pressure", "NoSchedule"},
        {"node.kubernetes.io/pid-pressure", "NoSchedule"},  {"node.kubernetes.io/unschedulable", "NoSchedule"},
    };
    struct json *tmpl = obj_copy(a, obj_get(set->root, ".spec.template"));
    for (size_t i = 0; i < ARRAY_LEN(always); i++) add_toleration(a, tmpl, always[i].key, always[i].effect);
    if (obj_bool(tmpl, ".spec.hostNetwork", false))
        add_toleration(a, tmpl, "node.kubernetes.io/network-unavailable", "NoSchedule");
    if (generation_of(set).n) obj_map_put_str(a, tmpl, ".metadata.labels", STR(GENERATION_LABEL), generation_of(set));
    if (hash.n) obj_map_put_str(a, tmpl, ".metadata.labels", STR(DAEMON_HASH_LABEL), hash);
    return tmpl;
}

/* ---- A pod ---- */

struct json *daemonset_pod(struct arena *a, const struct object *set, const struct json *tmpl, struct str node)
{
    struct json *pod = pod_from_template(a, set, tmpl), *terms = obj_list(a);
    obj_put(a, pod, REQUIRED_TERMS, terms); /* instead of the template's own, which the node is known to meet */
    struct json *field = obj_append(a, obj_append(a, pod, REQUIRED_TERMS), ".matchFields");
    obj_put_cstr(a, field, ".key", "metadata.name");
    obj_put_cstr(a, field, ".operator", "In");
    obj_append_str(a, field, ".values", node);
    return pod;
}

struct str daemonset_node_of(const struct object *pod)
{
    struct str bound = obj_str(pod->root, ".spec.nodeName");
    if (bound.n) return bound;
    for (OBJ_EACH(term, pod->root, REQUIRED_TERMS))
        for (OBJ_EACH(f, term, ".matchFields"))
            if (obj_is(f, ".key", "metadata.name") && obj_is(f, ".operator", "In") && obj_count(f, ".values") == 1)
                return obj_text(obj_first(f, ".values"));
    return STR_NULL;
}

bool daemonset_is_updated(const struct object *set, const struct object *pod, struct str hash)
{
    struct str generation = generation_of(set);
    return (generation.n && str_eq(obj_map_str(pod->labels, "", STR(GENERATION_LABEL)), generation)) ||
           (hash.n && str_eq(obj_map_str(pod->labels, "", STR(DAEMON_HASH_LABEL)), hash));
}

/* ---- Nodes ---- */

void daemonset_fits(const struct json *tmpl, const struct object *node, bool *run, bool *stay)
{
    static const char *const keep_away[] = {"NoSchedule", "NoExecute", NULL}, *const drive_out[] = {"NoExecute", NULL};
    const struct json *spec = obj_get(tmpl, ".spec");
    struct str wanted = obj_str(spec, ".nodeName");
    bool meant = (!wanted.n || str_eq(wanted, node->name)) && node_affinity_fits(spec, node->name, node->labels);
    *run = meant && taints_tolerated(spec, node->root, keep_away);
    *stay = *run || (meant && taints_tolerated(spec, node->root, drive_out));
}
