/* default_service.c - computed defaults of Services (pkg/apis/core/v1/defaults.go, SetDefaults_Service).
 * Reads and writes: one node of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"
#include "apiserver/object/object.h"
#include "apiserver/object/service.h"
#include "schema_ids.h"

enum { AFFINITY_S = 10800 };

/* type ServicePort default=fn:service_port: the pods listen where the Service does. */
void type_default_service_port(struct arena *a, struct json *port)
{
    const struct json *target = obj_get(port, ".targetPort");
    if (target && (obj_text(target).n || obj_number(target, 0))) return;
    obj_put_int(a, port, ".targetPort", obj_int(port, ".port", 0));
    object_order(&type_core_v1_ServicePort, port, a);
}

static void default_affinity(struct arena *a, struct json *spec)
{
    if (obj_is(spec, ".sessionAffinity", "None")) (void)obj_del(spec, ".sessionAffinityConfig");
    if (obj_is(spec, ".sessionAffinity", "ClientIP") &&
        !obj_has(spec, ".sessionAffinityConfig.clientIP.timeoutSeconds"))
        obj_put_int(a, spec, ".sessionAffinityConfig.clientIP.timeoutSeconds", AFFINITY_S);
}

/* type Service default=fn:service */
void type_default_service(struct arena *a, struct json *svc)
{
    struct json *spec = obj_edit(svc, ".spec");
    if (!spec) return;
    default_affinity(a, spec);
    if (service_is_external(svc) && !obj_str(spec, ".externalTrafficPolicy").n)
        obj_put_cstr(a, spec, ".externalTrafficPolicy", "Cluster");
    if (!obj_has(spec, ".internalTrafficPolicy") && (service_has_node_ports(svc) || service_is(svc, "ClusterIP")))
        obj_put_cstr(a, spec, ".internalTrafficPolicy", "Cluster");
    bool balanced = service_is(svc, "LoadBalancer");
    if (balanced && !obj_has(spec, ".allocateLoadBalancerNodePorts"))
        obj_put_bool(a, spec, ".allocateLoadBalancerNodePorts", true);
    object_order(&type_core_v1_ServiceSpec, spec, a);
    if (!balanced) return;
    JSON_FOREACH(in, obj_edit(svc, ".status.loadBalancer.ingress"))
    {
        if (!obj_str(in, ".ip").n || obj_has(in, ".ipMode")) continue;
        obj_put_cstr(a, in, ".ipMode", "VIP");
        object_order(&type_core_v1_LoadBalancerIngress, in, a);
    }
}
