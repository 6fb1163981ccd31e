/* statefulset_pod.c - names, labels and volumes of a StatefulSet's pods. Pure.
 * Reads: the set, pods.   Writes: trees in the arena. */
#include "controllers/pod_control.h"
#include "controllers/statefulset.h"

#define POD_NAME  "statefulset.kubernetes.io/pod-name"
#define POD_INDEX "apps.kubernetes.io/pod-index"
#define REVISION  "controller-revision-hash"

int64_t statefulset_ordinal(const struct object *set, const struct object *pod)
{
    int64_t ordinal;
    size_t n = set->name.n;
    if (!str_starts(pod->name, set->name) || pod->name.n < n + 2 || pod->name.p[n] != '-') return -1;
    struct str digits = str_from(pod->name, n + 1);
    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] < '0' || digits.p[i] > '9') return -1;
    return str_to_i64(digits, &ordinal) && ordinal <= INT32_MAX ? ordinal : -1;
}

struct str statefulset_pod_name(struct arena *a, const struct object *set, int64_t ordinal)
{
    return str_printf(a, "%.*s-%lld", STR_ARG(set->name), (long long)ordinal);
}

struct str statefulset_claim_name(struct arena *a, const struct object *set, const struct json *claim_template,
                                  int64_t ordinal)
{
    return str_printf(a, "%.*s-%.*s-%lld", STR_ARG(obj_name(claim_template)), STR_ARG(set->name), (long long)ordinal);
}

struct str statefulset_pod_revision(const struct object *pod) { return obj_map_str(pod->labels, "", STR(REVISION)); }

/* The claims as volumes, then the template's own except where a claim has the name. */
static void put_volumes(struct arena *a, const struct object *set, int64_t ordinal, struct json *pod)
{
    struct json *volumes = obj_list(a), *holder = obj_empty(a);
    obj_put(a, holder, ".volumes", volumes);
    for (OBJ_EACH(t, set->root, ".spec.volumeClaimTemplates")) {
        struct json *v = obj_append(a, holder, ".volumes");
        obj_put_str(a, v, ".name", obj_name(t));
        obj_put_str(a, v, ".persistentVolumeClaim.claimName", statefulset_claim_name(a, set, t, ordinal));
    }
    size_t claims = obj_count(holder, ".volumes");
    if (!claims) return;
    for (OBJ_EACH(v, pod, ".spec.volumes"))
        if (!obj_find(holder, ".volumes", "name", obj_str(v, ".name"))) {
            struct json *copy = obj_append(a, holder, ".volumes");
            for (OBJ_EACH(m, v, "")) obj_put_copy(a, copy, arena_printf(a, ".%.*s", STR_ARG(obj_key(m))), m);
        }
    obj_put_copy(a, pod, ".spec.volumes", obj_get(holder, ".volumes"));
}

struct json *statefulset_pod(struct arena *a, const struct object *set, const struct json *tmpl, struct str revision,
                             int64_t ordinal)
{
    struct json *pod = pod_from_template(a, set, tmpl);
    struct str name = statefulset_pod_name(a, set, ordinal);
    obj_put_str(a, pod, ".metadata.name", name);
    obj_map_put_str(a, pod, ".metadata.labels", STR(POD_NAME), name);
    obj_map_put_str(a, pod, ".metadata.labels", STR(POD_INDEX), str_printf(a, "%lld", (long long)ordinal));
    obj_map_put_str(a, pod, ".metadata.labels", STR(REVISION), revision);
    obj_put_str(a, pod, ".spec.hostname", name);
    if (obj_str(set->root, ".spec.serviceName").n)
        obj_put_str(a, pod, ".spec.subdomain", obj_str(set->root, ".spec.serviceName"));
    put_volumes(a, set, ordinal, pod);
    return pod;
}

struct json *statefulset_identity_patch(struct arena *a, const struct object *pod, int64_t ordinal)
{
    struct str index = str_printf(a, "%lld", (long long)ordinal);
    if (str_eq(obj_map_str(pod->labels, "", STR(POD_NAME)), pod->name) &&
        str_eq(obj_map_str(pod->labels, "", STR(POD_INDEX)), index))
        return NULL;
    struct json *patch = obj_empty(a);
    obj_put_str(a, patch, ".metadata.uid", pod->uid);
    obj_map_put_str(a, patch, ".metadata.labels", STR(POD_NAME), pod->name);
    obj_map_put_str(a, patch, ".metadata.labels", STR(POD_INDEX), index);
    return patch;
}
