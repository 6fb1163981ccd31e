/* service.h - questions about Services that defaults, checks and the strategy all ask (pkg/api/service/util.go). */
#ifndef APISERVER_OBJECT_SERVICE_H
#define APISERVER_OBJECT_SERVICE_H

#include "api/object.h"
#include "apiserver/object/check.h"

static inline bool service_is(const struct json *svc, const char *type) { return obj_is(svc, ".spec.type", type); }

/* clusterIPs is just ["None"]. */
static inline bool service_is_headless(const struct json *svc)
{
    return obj_count(svc, ".spec.clusterIPs") == 1 && obj_is(svc, ".spec.clusterIPs[0]", "None");
}

static inline bool service_has_node_ports(const struct json *svc)
{
    return service_is(svc, "NodePort") || service_is(svc, "LoadBalancer");
}

static inline bool service_is_external(const struct json *svc)
{
    return service_has_node_ports(svc) || (service_is(svc, "ClusterIP") && obj_count(svc, ".spec.externalIPs"));
}

static inline bool service_needs_health_check(const struct json *svc)
{
    return service_is(svc, "LoadBalancer") && obj_is(svc, ".spec.externalTrafficPolicy", "Local");
}

/* ---- check_service_address.c ---- */

/* At "spec": clusterIP, clusterIPs, ipFamilies against each other; also before addresses are given. old NULL on create
 * (ValidateServiceClusterIPsRelatedFields). */
void check_service_addresses(struct check *c, const struct json *svc, const struct json *old);
/* At the root: what must stay of them; what a load balancer gave. */
void check_service_addresses_update(struct check *c, const struct json *svc, const struct json *old);
void check_service_status(struct check *c, const struct json *svc, const struct json *old);

#endif
