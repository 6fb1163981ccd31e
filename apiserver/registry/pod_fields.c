/* pod_fields.c - see pod_fields.h. Reads and writes: the request's trees. */
#include "apiserver/registry/pod_fields.h"

#include "apiserver/object/check_pod.h"
#include "apiserver/object/object.h"
#include "apiserver/object/pod_annotations.h"
#include "schema_ids.h"

static const char *const container_lists[] = {"initContainers", "containers", "ephemeralContainers"};

/* ---- Fields of features that are off ---- */

static const struct {
    const struct api_resource *res;
    const char *at;
} template_places[] = {
    {&res_core_v1_podtemplates, ".template"},     {&res_core_v1_replicationcontrollers, ".spec.template"},
    {&res_apps_v1_replicasets, ".spec.template"}, {&res_apps_v1_deployments, ".spec.template"},
    {&res_apps_v1_daemonsets, ".spec.template"},  {&res_apps_v1_statefulsets, ".spec.template"},
    {&res_batch_v1_jobs, ".spec.template"},       {&res_batch_v1_cronjobs, ".spec.jobTemplate.spec.template"},
};

/* Init containers of before they were fields. */
static void drop_annotations(struct json *meta)
{
    static const char *const keys[] = {
        "pod.beta.kubernetes.io/init-containers", "pod.alpha.kubernetes.io/init-containers",
        "pod.beta.kubernetes.io/init-container-statuses", "pod.alpha.kubernetes.io/init-container-statuses"};
    struct json *annotations = json_getc(meta, "annotations");
    size_t before = annotations ? annotations->count : 0;
    for (size_t i = 0; i < ARRAY_LEN(keys) && before; i++) json_del(annotations, str_of(keys[i]));
    if (before && !annotations->count) json_remove(meta, annotations);
}

/* ClusterTrustBundleProjection, PodCertificateRequest */
static void drop_projections(struct json *spec)
{
    JSON_FOREACH(volume, json_getc(spec, "volumes"))
    JSON_FOREACH(source, json_getc(json_getc(volume, "projected"), "sources"))
    {
        json_del(source, STR("clusterTrustBundle"));
        json_del(source, STR("podCertificate"));
    }
}

/* ContainerStopSignals; a lifecycle with nothing else goes with it. */
static void drop_stop_signal(struct json *container)
{
    struct json *lifecycle = json_getc(container, "lifecycle");
    if (lifecycle && json_del(lifecycle, STR("stopSignal")) && !lifecycle->count) json_remove(container, lifecycle);
}

void pod_fields_drop(const struct api_resource *res, struct json *obj)
{
    struct json *pod = res == &res_core_v1_pods ? obj : NULL, *spec;
    for (size_t i = 0; i < ARRAY_LEN(template_places) && !pod; i++)
        if (template_places[i].res == res) pod = obj_edit(obj, template_places[i].at);
    drop_annotations(json_getc(pod, "metadata"));
    spec = json_getc(pod, "spec");
    if (!spec) return;
    drop_projections(spec);
    json_del(spec, STR("schedulingGroup")); /* GenericWorkload */
    for (size_t i = 0; i < ARRAY_LEN(container_lists); i++)
        JSON_FOREACH(container, json_getc(spec, container_lists[i])) drop_stop_signal(container);
}

void pod_status_drop(struct json *status)
{
    static const char *const lists[] = {"containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"};
    json_del(status, STR("nodeAllocatableResourceClaimStatuses")); /* DRANodeAllocatableResources */
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) JSON_FOREACH(container, json_getc(status, lists[i]))
    JSON_FOREACH(mount, json_getc(container, "volumeMounts"))
    json_del(mount, STR("volumeStatus")); /* ImageVolumeWithDigest */
}

/* ---- matchLabelKeys ---- */

/* Bytes of a label's value, of which every term gets a copy. A label has 63; a longer one is refused, and the pod with
 * it. */
enum { VALUE_USED_MAX = 1024 };

struct labels {
    struct arena *arena;
    struct name_set values; /* label -> its node */
};

static void add_terms(const struct labels *l, struct json *selector, const struct json *keys, const char *op)
{
    JSON_FOREACH(key, keys)
    {
        const struct json *value = name_set_get(&l->values, json_string(key));
        if (!value || json_string(value).n > VALUE_USED_MAX) continue;
        struct json *term = obj_append(l->arena, selector, ".matchExpressions");
        obj_put_str(l->arena, term, ".key", json_string(key));
        obj_put_cstr(l->arena, term, ".operator", op);
        obj_append_str(l->arena, term, ".values", json_string(value));
    }
}

/* A term without a selector matches nothing, whatever its keys. */
static void apply_keys(const struct labels *l, struct json *term)
{
    struct json *selector = json_getc(term, "labelSelector");
    if (!selector) return;
    add_terms(l, selector, json_getc(term, "matchLabelKeys"), "In");
    add_terms(l, selector, json_getc(term, "mismatchLabelKeys"), "NotIn");
}

static void apply_to_affinity(const struct labels *l, const struct json *affinity)
{
    JSON_FOREACH(term, json_getc(affinity, "preferredDuringSchedulingIgnoredDuringExecution"))
    apply_keys(l, json_getc(term, "podAffinityTerm"));
    JSON_FOREACH(term, json_getc(affinity, "requiredDuringSchedulingIgnoredDuringExecution")) apply_keys(l, term);
}

void pod_apply_label_keys(struct arena *a, struct json *pod)
{
    const struct json *spec = json_getc(pod, "spec"), *affinity = json_getc(spec, "affinity"),
                      *spread = json_getc(spec, "topologySpreadConstraints");
    struct labels l = {.arena = a};
    if (!affinity && !spread) return;
    JSON_FOREACH(it, json_getc(json_getc(pod, "metadata"), "labels")) name_set_add(&l.values, it->key, it);
    apply_to_affinity(&l, json_getc(affinity, "podAffinity"));
    apply_to_affinity(&l, json_getc(affinity, "podAntiAffinity"));
    JSON_FOREACH(constraint, spread) apply_keys(&l, constraint);
    name_set_release(&l.values);
}

/* ---- AppArmor ---- */

struct json *pod_apparmor_of(struct arena *a, struct str text)
{
    static const struct str localhost = {"localhost/", 10};
    bool local = str_starts(text, localhost) && text.n > localhost.n;
    const char *type = str_eqc(text, "unconfined")        ? "Unconfined"
                       : str_eqc(text, "runtime/default") ? "RuntimeDefault"
                       : local                            ? "Localhost"
                                                          : NULL;
    if (!type) return NULL;
    struct json *profile = json_obj(a);
    obj_put_cstr(a, profile, ".type", type);
    if (local) obj_put_str(a, profile, ".localhostProfile", str_from(text, localhost.n));
    return profile;
}

struct json *pod_apparmor_valid(struct arena *a, struct str text)
{
    struct json *profile = pod_apparmor_of(a, text);
    struct check c;
    if (!profile) return NULL;
    check_init(&c, a);
    check_apparmor_profile(&c, profile);
    return c.count ? NULL : profile;
}

static void apply_apparmor(struct arena *a, struct json *container, const struct json *text, const struct json *of_pod)
{
    struct json *profile, *context = json_getc(container, "securityContext");
    if (!text || json_getc(context, "appArmorProfile")) return;
    profile = pod_apparmor_valid(a, json_string(text));
    if (!profile || (of_pod && json_equal(profile, of_pod))) return;
    obj_put(a, container, ".securityContext.appArmorProfile", profile);
    object_order(&type_core_v1_SecurityContext, json_getc(container, "securityContext"), a);
    object_order(&type_core_v1_Container, container, a);
}

void pod_apply_apparmor(struct arena *a, struct json *pod)
{
    const struct json *annotations = json_getc(json_getc(pod, "metadata"), "annotations"),
                      *spec = json_getc(pod, "spec"),
                      *of_pod = json_getc(json_getc(spec, "securityContext"), "appArmorProfile");
    struct name_set texts AUTO_NAME_SET = {0};
    JSON_FOREACH(it, annotations)
    if (str_starts(it->key, STR(POD_APPARMOR))) name_set_add(&texts, str_from(it->key, sizeof POD_APPARMOR - 1), it);
    if (!texts.count || obj_is(spec, ".os.name", "windows")) return;
    for (size_t i = 0; i < ARRAY_LEN(container_lists); i++) JSON_FOREACH(container, json_getc(spec, container_lists[i]))
    apply_apparmor(a, container, name_set_get(&texts, text_at(container, "name")), of_pod);
}
