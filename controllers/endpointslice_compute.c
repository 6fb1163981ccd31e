/* endpointslice_compute.c - from a Service and its pods to endpoints (endpointslice.h).
 * Reads: the objects given.   Upstream: staging/src/k8s.io/endpointslice/{utils,reconciler}.go, .../trafficdist. */
#include "controllers/endpoint_pods.h"
#include "controllers/endpointslice.h"
#include "controllers/limits.h"
#include "controllers/pod_control.h"

#define ZONE "topology.kubernetes.io/zone"

static struct json *ports_of(struct arena *a, const struct json *svc, const struct json *pod)
{
    struct json *ports = obj_list(a);
    int64_t number;
    for (OBJ_EACH(sp, svc, ".spec.ports")) {
        struct str name = obj_str(sp, ".name");
        if (!pod_target_port(pod, sp, &number)) continue;
        struct json *p = obj_empty(a);
        obj_put_str(a, p, ".name", name.p ? name : STR(""));
        obj_put_str(a, p, ".protocol", obj_str(sp, ".protocol"));
        obj_put_int(a, p, ".port", number);
        if (obj_has(sp, ".appProtocol")) obj_put_str(a, p, ".appProtocol", obj_str(sp, ".appProtocol"));
        json_push(ports, p);
    }
    return ports;
}

/* Hints for spec.trafficDistribution: whoever is in the endpoint's zone, or on its node, may prefer it. */
static void put_hints(struct arena *a, struct json *endpoint, const struct json *svc)
{
    struct str spread = obj_str(svc, ".spec.trafficDistribution"), zone = obj_str(endpoint, ".zone"),
               node = obj_str(endpoint, ".nodeName");
    if (!spread.n || !obj_bool(endpoint, ".conditions.ready", false)) return;
    if (zone.n) obj_put_str(a, obj_append(a, endpoint, ".hints.forZones"), ".name", zone);
    if (node.n && str_eqc(spread, "PreferSameNode"))
        obj_put_str(a, obj_append(a, endpoint, ".hints.forNodes"), ".name", node);
}

static struct json *endpoint_of(struct arena *a, const struct object *svc, const struct object *pod, bool v6,
                                const struct json *node_labels)
{
    bool serving = pod_is_ready(pod), terminating = obj_is_deleting(pod->root);
    bool publish = obj_bool(svc->root, ".spec.publishNotReadyAddresses", false);
    struct str zone = obj_map_str(node_labels, "", STR(ZONE)), node = obj_str(pod->root, ".spec.nodeName");
    struct json *e = obj_empty(a);
    for (OBJ_EACH(ip, pod->root, ".status.podIPs"))
        if ((str_chr(obj_str(ip, ".ip"), ':') != SIZE_MAX) == v6)
            obj_append_str(a, e, ".addresses", obj_str(ip, ".ip"));
    if (!obj_count(e, ".addresses")) return NULL;
    obj_put_bool(a, e, ".conditions.ready", publish || (serving && !terminating));
    obj_put_bool(a, e, ".conditions.serving", serving);
    obj_put_bool(a, e, ".conditions.terminating", terminating);
    if (pod_has_name_in(pod->root, svc)) obj_put_str(a, e, ".hostname", obj_str(pod->root, ".spec.hostname"));
    obj_put_cstr(a, e, ".targetRef.kind", "Pod");
    obj_put_str(a, e, ".targetRef.namespace", pod->ns);
    obj_put_str(a, e, ".targetRef.name", pod->name);
    obj_put_str(a, e, ".targetRef.uid", pod->uid);
    if (node.n) obj_put_str(a, e, ".nodeName", node);
    if (zone.n) obj_put_str(a, e, ".zone", zone);
    put_hints(a, e, svc->root);
    return e;
}

static struct json *blank_of(struct arena *a, const struct object *svc, const char *family)
{
    static const char *const reserved[] = {SLICE_SERVICE, SLICE_MANAGED_BY, SLICE_HEADLESS};
    struct json *slice = obj_new(a, "discovery.k8s.io/v1", "EndpointSlice");
    obj_put_fmt(a, slice, ".metadata.generateName", "%.*s-", STR_ARG(svc->name));
    obj_put_str(a, slice, ".metadata.namespace", svc->ns);
    obj_put_copy(a, slice, ".metadata.labels", obj_get(svc->root, ".metadata.labels"));
    if (!obj_has(slice, ".metadata.labels")) obj_put(a, slice, ".metadata.labels", obj_empty(a));
    struct json *labels = obj_edit(slice, ".metadata.labels");
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++) (void)json_del(labels, str_of(reserved[i]));
    if (!service_has_ip(svc->root)) obj_map_put_str(a, labels, "", STR(SLICE_HEADLESS), STR(""));
    obj_map_put_str(a, labels, "", STR(SLICE_SERVICE), svc->name);
    obj_map_put_str(a, labels, "", STR(SLICE_MANAGED_BY), STR("endpointslice-controller.k8s.io"));
    obj_put_owner(a, slice, svc->root);
    obj_put_cstr(a, slice, ".addressType", family);
    return slice;
}

void endpointslice_plan(struct arena *a, const struct object *svc, const char *family, const struct objs *pods,
                        const struct objs *existing, node_labels_fn *node_labels, void *arg, struct slice_plan *out,
                        struct str *missing)
{
    struct slices *s = slices_new(a, blank_of(a, svc, family), existing, SLICE_MAX);
    bool publish = obj_bool(svc->root, ".spec.publishNotReadyAddresses", false);
    *missing = STR_NULL;
    for (size_t i = 0; i < pods->count; i++) {
        const struct object *pod = pods->items[i];
        if (!pod_is_endpoint(pod->root, true)) continue;
        struct str node = obj_str(pod->root, ".spec.nodeName");
        const struct json *labels = node_labels(arg, node.p ? node : STR(""));
        if (!labels && !publish) {
            *missing = node.p ? node : STR("");
            continue;
        }
        struct json *endpoint = endpoint_of(a, svc, pod, strcmp(family, "IPv6") == 0, labels);
        if (endpoint) slices_want(s, ports_of(a, svc->root, pod->root), endpoint);
    }
    slices_plan(s, true, out);
}
