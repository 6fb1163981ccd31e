/* warn_network.c - warnings of Services and what is around them: addresses that are not written as they should be,
 * fields that do nothing.
 * Reads: the request's trees.   Writes: struct warnings.
 * Upstream: pkg/api/service/warnings.go, pkg/registry/{networking,discovery}, pkg/registry/core/endpoint. */
#include "apiserver/object/check_pod.h"
#include "apiserver/object/warn.h"

/* ---- Services ---- */

static void warn_headless(struct warn *w, const struct json *service)
{
    if (obj_str(service, ".spec.loadBalancerIP").n)
        warn_bare(w, "spec.loadBalancerIP is ignored for headless services");
    if (obj_count(service, ".spec.externalIPs")) warn_bare(w, "spec.externalIPs is ignored for headless services");
    if (!obj_is(service, ".spec.sessionAffinity", "None"))
        warn_bare(w, "spec.SessionAffinity is ignored for headless services");
}

static void warn_balancer(struct warn *w, const struct json *spec)
{
    size_t mark = check_member(&w->at, "spec");
    check_member(&w->at, "loadBalancerIP");
    warn_ip(w, text_at(spec, "loadBalancerIP"));
    check_pop(&w->at, mark);
    warn_cidrs(w, "spec.loadBalancerSourceRanges", member_at(spec, "loadBalancerSourceRanges"));
}

void warn_service(struct warn *w, const struct json *service, const struct json *old)
{
    const struct json *spec = obj_get(service, ".spec"), *externals = member_at(spec, "externalIPs");
    struct str ip = text_at(spec, "clusterIP");
    bool is_name = obj_is(spec, ".type", "ExternalName"), no_ip = str_eqc(ip, "None"), any = json_kids(externals);
    bool headless = no_ip && obj_is(spec, ".type", "ClusterIP");
    (void)old;
    if (obj_has(service, ".metadata.annotations[service.kubernetes.io/topology-aware-hints]"))
        warn_bare(w, "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use "
                     "service.kubernetes.io/topology-mode instead");
    if (ip.n && !no_ip) warn_ips(w, "spec.clusterIPs", member_at(spec, "clusterIPs"), NULL, NULL);
    if (headless) warn_headless(w, service);
    warn_ips(w, "spec.externalIPs", externals, NULL, NULL);
    if (any && !headless && !is_name)
        warn_bare(w, "spec.externalIPs is deprecated and may no longer be implemented in some clusters");
    warn_balancer(w, spec);
    if (is_name && any) warn_bare(w, "spec.externalIPs is ignored when spec.type is \"ExternalName\"");
    if (!is_name && text_at(spec, "externalName").n)
        warn_bare(w, "spec.externalName is ignored when spec.type is not \"ExternalName\"");
    if (obj_is(spec, ".trafficDistribution", "PreferClose"))
        warn_at(w, "spec.trafficDistribution", "\"PreferClose\" is deprecated; use \"PreferSameZone\"");
}

/* Of Services and Ingresses. */
void warn_balancer_status(struct warn *w, const struct json *obj, const struct json *old)
{
    (void)old;
    warn_ips(w, "status.loadBalancer.ingress", obj_get(obj, ".status.loadBalancer.ingress"), "ip", NULL);
}

/* ---- Ingresses and NetworkPolicies ---- */

void warn_ingress(struct warn *w, const struct json *ingress, const struct json *old)
{
    if (old || obj_has(ingress, ".spec.ingressClassName")) return;
    if (obj_has(ingress, ".metadata.annotations[kubernetes.io/ingress.class]"))
        warn_bare(w, "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' "
                     "instead");
}

static void warn_block(struct warn *w, const struct json *block)
{
    size_t mark = check_member(&w->at, "ipBlock"), at = check_member(&w->at, "cidr");
    warn_cidr(w, text_at(block, "cidr"));
    check_pop(&w->at, at);
    warn_cidrs(w, "except", member_at(block, "except"));
    check_pop(&w->at, mark);
}

static void warn_peers(struct warn *w, const struct json *rules, const char *member, const char *peers)
{
    size_t i = 0;
    JSON_FOREACH(rule, rules)
    {
        size_t mark = check_into(&w->at, member, i++), k = 0;
        JSON_FOREACH(peer, member_at(rule, peers))
        {
            size_t at = check_into(&w->at, peers, k++);
            if (member_at(peer, "ipBlock")) warn_block(w, member_at(peer, "ipBlock"));
            check_pop(&w->at, at);
        }
        check_pop(&w->at, mark);
    }
}

void warn_network_policy(struct warn *w, const struct json *policy, const struct json *old)
{
    (void)old;
    warn_peers(w, obj_get(policy, ".spec.ingress"), "spec.ingress", "from");
    warn_peers(w, obj_get(policy, ".spec.egress"), "spec.egress", "to");
}

/* ---- Endpoints: those that controllers write are in order ---- */

void warn_endpoints(struct warn *w, const struct json *endpoints, const struct json *old)
{
    size_t i = 0;
    (void)old;
    if (obj_is(endpoints, ".metadata.labels[endpoints.kubernetes.io/managed-by]", "endpoint-controller")) return;
    for (OBJ_EACH(it, endpoints, ".subsets")) {
        size_t mark = check_into(&w->at, "subsets", i++);
        warn_ips(w, "addresses", member_at(it, "addresses"), "ip", "ip");
        warn_ips(w, "notReadyAddresses", member_at(it, "notReadyAddresses"), "ip", "ip");
        check_pop(&w->at, mark);
    }
}

void warn_endpoint_slice(struct warn *w, const struct json *slice, const struct json *old)
{
    static const char by[] = ".metadata.labels[endpointslice.kubernetes.io/managed-by]";
    size_t i = 0;
    if (!old && obj_is(slice, ".addressType", "FQDN")) warn_at(w, "spec.addressType", "FQDN endpoints are deprecated");
    if (obj_is(slice, by, "endpointslice-controller.k8s.io") ||
        obj_is(slice, by, "endpointslicemirroring-controller.k8s.io"))
        return;
    for (OBJ_EACH(it, slice, ".endpoints")) {
        size_t mark = check_into(&w->at, "endpoints", i++);
        warn_ips(w, "addresses", member_at(it, "addresses"), NULL, NULL);
        check_pop(&w->at, mark);
    }
}
