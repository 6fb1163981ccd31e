/* default_pod.c - computed defaults of pods and what is in them (pkg/apis/core/v1/defaults.go).
 * Reads and writes: one node of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"
#include "apiserver/object/image.h"
#include "apiserver/object/object.h"
#include "apiserver/registry/pod_resources.h"
#include "schema_ids.h"

/* ---- Images ---- */

void default_image_pull_policy(struct arena *a, struct json *owner, const struct api_field *f)
{
    struct str image = json_string(json_getc(owner, "image"));
    if (str_is_null(image)) image = json_string(json_getc(owner, "reference")); /* an image volume */
    obj_put_cstr(a, owner, arena_printf(a, ".%.*s", STR_ARG(f->name)),
                 image_is_latest(image) ? "Always" : "IfNotPresent");
}

/* ---- Pods ---- */

static void host_ports(struct arena *a, struct json *container)
{
    JSON_FOREACH(port, json_getc(container, "ports"))
    {
        if (obj_int(port, ".hostPort", 0) != 0) continue;
        obj_put_int(a, port, ".hostPort", obj_int(port, ".containerPort", 0));
        object_order(&type_core_v1_ContainerPort, port, a);
    }
}

/* podIP is the first of podIPs; who says them apart is an old kubelet, which knows one address only. */
static void join_addresses(struct arena *a, struct json *status)
{
    struct str ip = obj_str(status, ".podIP"), first = obj_str(obj_first(status, ".podIPs"), ".ip");
    if (!status || str_eq(ip, first)) return;
    if (ip.n) {
        obj_del(status, ".podIPs");
        obj_put_str(a, obj_append(a, status, ".podIPs"), ".ip", ip);
    } else {
        obj_put_str(a, status, ".podIP", first);
    }
    object_order(&type_core_v1_PodStatus, status, a);
}

/* type Pod default=fn:pod: what holds for pods but not for templates. */
void type_default_pod(struct arena *a, struct json *pod)
{
    static const char *const lists[] = {"containers", "initContainers"};
    struct json *spec = json_getc(pod, "spec");
    bool host_network = obj_bool(spec, ".hostNetwork", false);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) JSON_FOREACH(container, json_getc(spec, lists[i]))
        {
            container_requests_default(a, container);
            if (host_network) host_ports(a, container);
        }
    pod_resources_default(a, pod);
    join_addresses(a, obj_edit(pod, ".status"));
    if (obj_int(spec, ".terminationGracePeriodSeconds", 0) < 0)
        obj_put_int(a, pod, ".spec.terminationGracePeriodSeconds", 1);
    if (obj_has(spec, ".enableServiceLinks")) return;
    obj_put_bool(a, pod, ".spec.enableServiceLinks", true);
    object_order(&type_core_v1_PodSpec, obj_edit(pod, ".spec"), a);
}

/* type PodSpec default=fn:pod_spec */
void type_default_pod_spec(struct arena *a, struct json *spec)
{
    static const struct {
        const char *path, *value;
    } texts[] = {{".restartPolicy", "Always"}, {".dnsPolicy", "ClusterFirst"}, {".schedulerName", "default-scheduler"}};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (!obj_str(spec, texts[i].path).n) obj_put_cstr(a, spec, texts[i].path, texts[i].value);
    if (!obj_has(spec, ".terminationGracePeriodSeconds")) obj_put_int(a, spec, ".terminationGracePeriodSeconds", 30);
    if (!obj_has(spec, ".securityContext")) obj_put(a, spec, ".securityContext", obj_empty(a));
    /* The deprecated field mirrors its successor. */
    struct str account = obj_str(spec, ".serviceAccountName"), old = obj_str(spec, ".serviceAccount");
    if (account.n)
        obj_put_str(a, spec, ".serviceAccount", account);
    else if (old.n)
        obj_put_str(a, spec, ".serviceAccountName", old);
}

/* type Volume default=fn:volume: a volume without a source is an emptyDir. */
void type_default_volume(struct arena *a, struct json *volume)
{
    if (volume->count <= 1 && !str_is_null(obj_str(volume, ".name"))) obj_put(a, volume, ".emptyDir", obj_empty(a));
}

/* type NodeStatus default=fn:node_status */
void type_default_node_status(struct arena *a, struct json *status)
{
    if (!obj_has(status, ".allocatable") && obj_has(status, ".capacity"))
        obj_put_copy(a, status, ".allocatable", obj_get(status, ".capacity"));
}
