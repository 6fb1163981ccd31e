/* check_service.c - validation of Services (pkg/apis/core/validation/validation.go, validateService,
 * ValidateServiceUpdate and ValidateServiceStatusUpdate).
 * Reads: a defaulted tree, its former state.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/ip.h"
#include "apiserver/object/service.h"

enum { AFFINITY_S_MAX = 86400 };

#define SOURCE_RANGES  "service.beta.kubernetes.io/load-balancer-source-ranges"
#define TOPOLOGY_MODE  "service.kubernetes.io/topology-mode"
#define TOPOLOGY_HINTS "service.kubernetes.io/topology-aware-hints"

/* ---- Ports ---- */

static const struct json *zero_if_absent(struct check *c, const struct json *number)
{
    return number ? number : json_int(c->arena, 0);
}

static void check_target_port(struct check *c, const struct json *target)
{
    if (json_is(target, JSON_STR))
        check_name_by(c, "targetPort", obj_text(target), name_port);
    else
        check_port(c, "targetPort", target, obj_number(target, 0));
}

static void check_service_port(struct check *c, const struct json *port, bool named, struct map *names)
{
    static const char *const protocols[] = {"SCTP", "TCP", "UDP", NULL};
    struct str name = obj_str(port, ".name");
    const struct json *app = json_getc(port, "appProtocol");
    if (name.n) {
        check_name_by(c, "name", name, name_dns1123_label);
        if (named) (void)check_unique(c, "name", name, names);
    } else if (named) {
        check_required(c, "name", "");
    }
    check_port(c, "port", NULL, obj_int(port, ".port", 0));
    (void)check_one_of(c, "protocol", obj_str(port, ".protocol"), protocols);
    check_target_port(c, json_getc(port, "targetPort"));
    if (app) check_name_by(c, "appProtocol", obj_text(app), name_qualified);
}

static void check_ports(struct check *c, const struct json *svc)
{
    struct map names = {0};
    size_t count = obj_count(svc, ".spec.ports"), i = 0;
    for (OBJ_EACH(p, svc, ".spec.ports")) {
        size_t mark = check_into(c, "ports", i++);
        check_service_port(c, p, count > 1, &names);
        check_pop(c, mark);
    }
    map_release(&names, NULL);
}

/* The pair (protocol, port) as upstream prints its internal type. */
static const struct json *go_pair(struct check *c, const struct json *port)
{
    struct json *key = obj_empty(c->arena);
    obj_put_cstr(c->arena, key, ".Name", "");
    obj_put_str(c->arena, key, ".Protocol", obj_str(port, ".protocol"));
    obj_put(c->arena, key, ".AppProtocol", json_null(c->arena));
    obj_put_int(c->arena, key, ".Port", obj_int(port, ".port", 0));
    obj_put_int(c->arena, key, ".TargetPort", 0);
    obj_put_int(c->arena, key, ".NodePort", 0);
    return key;
}

/* Two ports of a protocol have other numbers, and other node ports. */
static void check_pairs(struct check *c, const struct json *svc, const char *number)
{
    bool node = strcmp(number, ".nodePort") == 0;
    struct map seen = {0};
    size_t i = 0;
    if (obj_count(svc, ".spec.ports") < 2) return;
    for (OBJ_EACH(p, svc, ".spec.ports")) {
        int64_t n = obj_int(p, number, 0);
        size_t mark = check_into(c, "ports", i++);
        struct str pair = str_printf(c->arena, "%.*s %lld", STR_ARG(obj_str(p, ".protocol")), (long long)n);
        if (map_has(&seen, pair))
            check_duplicate(c, node ? "nodePort" : NULL, node ? json_getc(p, "nodePort") : go_pair(c, p));
        if (n || !node) map_set(&seen, pair, c);
        check_pop(c, mark);
    }
    map_release(&seen, NULL);
}

static void check_no_node_ports(struct check *c, const struct json *svc)
{
    size_t i = 0;
    for (OBJ_EACH(p, svc, ".spec.ports")) {
        size_t mark = check_into(c, "ports", i++);
        if (obj_int(p, ".nodePort", 0)) check_forbidden(c, "nodePort", "may not be used when `type` is 'ClusterIP'");
        check_pop(c, mark);
    }
}

/* ---- By type ---- */

static void check_external_name(struct check *c, const struct json *svc)
{
    static const char *const unset[] = {"clusterIPs", "ipFamilies", "ipFamilyPolicy"};
    struct str name = obj_str(svc, ".spec.externalName");
    for (size_t i = 0; i < ARRAY_LEN(unset); i++) {
        const struct json *v = json_getc(obj_get(svc, ".spec"), unset[i]);
        if (v && (json_is(v, JSON_STR) || obj_count(v, "")))
            check_forbidden(c, unset[i], "may not be set for ExternalName services");
    }
    if (name.n && name.p[name.n - 1] == '.') name.n--; /* fully qualified */
    check_required_name(c, "externalName", name, name_dns1123_subdomain, "");
}

static void check_by_type(struct check *c, const struct json *svc)
{
    static const char *const proper[] = {"LoadBalancer", "NodePort"};
    if (!obj_count(svc, ".spec.ports") && !service_is_headless(svc) && !service_is(svc, "ExternalName"))
        check_required(c, "ports", "");
    for (size_t i = 0; i < ARRAY_LEN(proper); i++)
        if (service_is(svc, proper[i]) && service_is_headless(svc))
            check_invalidf(c, "clusterIPs[0]", obj_get(svc, ".spec.clusterIPs[0]"),
                           "may not be set to 'None' for %s services", proper[i]);
    if (service_is(svc, "ExternalName")) check_external_name(c, svc);
}

static void check_affinity(struct check *c, const struct json *svc)
{
    static const char *const affinities[] = {"ClientIP", "None", NULL};
    struct str affinity = obj_str(svc, ".spec.sessionAffinity");
    const struct json *timeout = obj_get(svc, ".spec.sessionAffinityConfig.clientIP.timeoutSeconds");
    int64_t s = obj_number(timeout, 0);
    (void)check_one_of(c, "sessionAffinity", affinity, affinities);
    if (str_eqc(affinity, "ClientIP") && (s <= 0 || s > AFFINITY_S_MAX))
        check_invalidf(c, "sessionAffinityConfig.clientIP.timeoutSeconds", timeout,
                       "must be greater than 0 and less than %d", AFFINITY_S_MAX);
}

static void check_external_ips(struct check *c, const struct json *svc, const struct json *old)
{
    struct kept kept = {{0}};
    size_t i = 0;
    kept_add(&kept, obj_get(old, ".spec.externalIPs"));
    for (OBJ_EACH(ip, svc, ".spec.externalIPs")) {
        size_t mark = check_into(c, "externalIPs", i++);
        if (kept_has(&kept, obj_text(ip)) || check_ip(c, NULL, ip)) (void)check_endpoint_ip(c, NULL, ip);
        check_pop(c, mark);
    }
    kept_release(&kept);
}

/* ---- Load balancers ---- */

static void check_range(struct check *c, struct str range, const struct kept *kept)
{
    range = str_trim(range);
    if (!kept_has(kept, range)) (void)check_cidr(c, NULL, range);
}

static const char for_balancers[] = "may only be used when `type` is 'LoadBalancer'";

/* Upstream's path has this capital. */
static void check_source_ranges(struct check *c, const struct json *svc, const struct json *old)
{
    struct kept kept = {{0}};
    size_t i = 0;
    for (OBJ_EACH(it, old, ".spec.loadBalancerSourceRanges")) map_set(&kept.texts, str_trim(obj_text(it)), c);
    if (!service_is(svc, "LoadBalancer")) check_forbidden(c, "LoadBalancerSourceRanges", for_balancers);
    for (OBJ_EACH(it, svc, ".spec.loadBalancerSourceRanges")) {
        size_t mark = check_into(c, "LoadBalancerSourceRanges", i++);
        check_range(c, obj_text(it), &kept);
        check_pop(c, mark);
    }
    kept_release(&kept);
}

/* An annotation is older than the field. */
static void check_ranges_annotation(struct check *c, const struct json *svc, const struct json *old, struct str text)
{
    static const struct kept none = {{0}};
    struct str was = obj_map_str(old, ".metadata.annotations", STR(SOURCE_RANGES));
    if (!service_is(svc, "LoadBalancer")) check_forbidden(c, NULL, for_balancers);
    if (!str_is_null(was) && str_eq(was, text)) return;
    text = str_trim(text);
    if (!text.n) return;
    do {
        struct str range = str_cut(text, ',', &text);
        check_range(c, range, &none);
    } while (!str_is_null(text));
}

static void check_class(struct check *c, const struct json *svc)
{
    const struct json *class = obj_get(svc, ".spec.loadBalancerClass");
    if (class && service_is(svc, "LoadBalancer"))
        check_name_by(c, "spec.loadBalancerClass", obj_text(class), name_qualified);
    else if (class)
        check_forbidden(c, "spec.loadBalancerClass", for_balancers);
}

static void check_balancer(struct check *c, const struct json *svc, const struct json *old)
{
    struct str text = obj_map_str(svc, ".metadata.annotations", STR(SOURCE_RANGES));
    size_t mark;
    if (obj_count(svc, ".spec.loadBalancerSourceRanges")) {
        mark = check_member(c, "spec");
        check_source_ranges(c, svc, old);
        check_pop(c, mark);
    } else if (!str_is_null(text)) {
        mark = check_member(c, "metadata.annotations");
        check_key(c, STR(SOURCE_RANGES));
        check_ranges_annotation(c, svc, old, text);
        check_pop(c, mark);
    }
    if (!service_is(svc, "LoadBalancer") && obj_has(svc, ".spec.allocateLoadBalancerNodePorts"))
        check_forbidden(c, "spec.allocateLoadBalancerNodePorts", for_balancers);
    check_class(c, svc);
}

/* ---- Traffic ---- */

static void check_external_traffic(struct check *c, const struct json *svc)
{
    static const char *const policies[] = {"Cluster", "Local", NULL};
    const struct json *policy = obj_get(svc, ".spec.externalTrafficPolicy"),
                      *port = zero_if_absent(c, obj_get(svc, ".spec.healthCheckNodePort"));
    if (service_is_external(svc))
        (void)check_one_of(c, "externalTrafficPolicy", obj_text(policy), policies);
    else if (policy)
        check_invalid(c, "externalTrafficPolicy", policy, "may only be set for externally-accessible services");
    if (service_needs_health_check(svc))
        check_port(c, "healthCheckNodePort", port, obj_number(port, 0));
    else if (obj_number(port, 0))
        check_invalid(c, "healthCheckNodePort", port,
                      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
}

static void check_traffic(struct check *c, const struct json *svc)
{
    static const char *const policies[] = {"Cluster", "Local", NULL}, *const spreads[] = {"PreferClose",
                                                                                          "PreferSameZone",
                                                                                          "PreferSameNode", NULL};
    const struct json *policy = obj_get(svc, ".spec.internalTrafficPolicy"),
                      *spread = obj_get(svc, ".spec.trafficDistribution");
    check_external_traffic(c, svc);
    if (policy) (void)check_one_of(c, "internalTrafficPolicy", obj_text(policy), policies);
    if (spread) (void)check_one_of(c, "trafficDistribution", obj_text(spread), spreads);
}

/* ---- What may not change ---- */

static void check_update(struct check *c, const struct json *svc, const struct json *old)
{
    static const char health[] = ".spec.healthCheckNodePort", class[] = ".spec.loadBalancerClass";
    const struct json *now = obj_get(svc, class), *was = obj_get(old, class);
    check_service_addresses_update(c, svc, old);
    if (service_is(svc, "LoadBalancer") && service_is(old, "LoadBalancer") && !json_equal(now, was))
        check_invalid(c, class + 1, now, "may not change once set");
    check_class(c, svc); /* upstream looks at it here, too */
    if (service_needs_health_check(svc) && service_needs_health_check(old) &&
        obj_int(svc, health, 0) != obj_int(old, health, 0))
        check_forbidden(c, health + 1, "field is immutable");
}

/* ---- The whole ---- */

static void check_topology(struct check *c, const struct json *svc)
{
    struct str mode = obj_map_str(svc, ".metadata.annotations", STR(TOPOLOGY_MODE)),
               hints = obj_map_str(svc, ".metadata.annotations", STR(TOPOLOGY_HINTS));
    if (str_is_null(mode) || str_is_null(hints) || str_eq(mode, hints)) return;
    size_t mark = check_member(c, "metadata.annotations");
    check_key(c, STR(TOPOLOGY_MODE));
    check_invalid_str(c, NULL, mode, "must match annotations[" TOPOLOGY_HINTS "] when both are specified");
    check_pop(c, mark);
}

static void check_spec(struct check *c, const struct json *svc, const struct json *old)
{
    static const char *const types[] = {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort", NULL};
    size_t mark = check_member(c, "spec"), selector;
    check_by_type(c, svc);
    check_ports(c, svc);
    selector = check_member(c, "selector");
    check_label_map(c, obj_get(svc, ".spec.selector"));
    check_pop(c, selector);
    check_affinity(c, svc);
    check_service_addresses(c, svc, old);
    check_external_ips(c, svc, old);
    (void)check_one_of(c, "type", obj_str(svc, ".spec.type"), types);
    if (service_is(svc, "ClusterIP")) check_no_node_ports(c, svc);
    check_pairs(c, svc, ".nodePort");
    check_pairs(c, svc, ".port");
    check_pop(c, mark);
    check_balancer(c, svc, old);
    mark = check_member(c, "spec");
    check_traffic(c, svc);
    check_pop(c, mark);
}

/* type Service check=fn:service whole */
void check_service(struct check *c, const struct json *svc, const struct json *old)
{
    if (old)
        check_meta_update(c);
    else
        check_meta(c);
    if (c->sub) {
        check_service_status(c, svc, old);
        return;
    }
    if (old) check_update(c, svc, old);
    check_topology(c, svc);
    check_spec(c, svc, old);
}
