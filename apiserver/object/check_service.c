/* check_service.c - validation of Services (pkg/apis/core/validation/validation.go, validateService and
 * ValidateServiceUpdate).
 * Reads: a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/ip.h"
#include "apiserver/object/names.h"
#include "apiserver/object/service.h"

enum { AFFINITY_S_MAX = 86400, ADDRESSES_MAX = 2 };

#define SOURCE_RANGES "service.beta.kubernetes.io/load-balancer-source-ranges"

static const char *at(struct check *c, const char *list, size_t i, const char *member)
{
    return arena_printf(c->arena, "%s[%zu]%s%s", list, i, *member ? "." : "", member);
}

static bool same(const struct json *a, const struct json *b, const char *path)
{
    const struct json *x = obj_get(a, path), *y = obj_get(b, path);
    return x == y || (x && y && json_equal(x, y));
}

static bool among(const struct json *list, const char *path, struct str text)
{
    for (OBJ_EACH(it, list, path))
        if (str_eq(obj_text(it), text)) return true;
    return false;
}

/* ---- Ports ---- */

/* type ServicePort check=fn:service_port: what one port says of itself. */
void check_service_port(struct check *c, const struct json *port, const struct json *old)
{
    (void)old;
    struct str name = obj_str(port, ".name"), protocol = obj_str(port, ".appProtocol");
    const struct json *target = obj_get(port, ".targetPort");
    const char *why = name.n ? name_dns1123_label(name) : NULL;
    if (why) check_invalid_str(c, "name", name, why);
    int64_t number = obj_number(target, 0);
    if (json_is(target, JSON_STR))
        why = name_port(obj_text(target));
    else
        why = number < 1 || number > 65535 ? "must be between 1 and 65535, inclusive" : NULL;
    if (why) check_invalid(c, "targetPort", target ? target : json_int(c->arena, 0), why);
    if (obj_has(port, ".appProtocol") && (why = name_qualified(protocol)))
        check_invalid_str(c, "appProtocol", protocol, why);
}

/* The pair (protocol, port) as upstream prints its internal type. */
static const struct json *port_key(struct check *c, const struct json *port)
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

static bool pair_is_taken(const struct json *svc, const struct json *port, const char *number)
{
    for (OBJ_EACH(p, svc, ".spec.ports")) {
        if (p == port) break;
        if (same(p, port, ".protocol") && obj_int(p, number, 0) == obj_int(port, number, 0)) return true;
    }
    return false;
}

static void check_ports(struct check *c, const struct json *svc)
{
    size_t count = obj_count(svc, ".spec.ports"), i = 0;
    if (!count && !service_is_headless(svc) && !service_is(svc, "ExternalName")) check_required(c, "spec.ports", "");
    for (OBJ_EACH(p, svc, ".spec.ports")) {
        struct str name = obj_str(p, ".name");
        bool named_before = false;
        for (OBJ_EACH(o, svc, ".spec.ports")) {
            if (o == p) break;
            named_before = named_before || str_eq(obj_str(o, ".name"), name);
        }
        if (count > 1 && !name.n)
            check_required(c, at(c, "spec.ports", i, "name"), "");
        else if (name.n && named_before)
            check_duplicate(c, at(c, "spec.ports", i, "name"), obj_get(p, ".name"));
        if (obj_int(p, ".nodePort", 0)) {
            if (service_is(svc, "ClusterIP"))
                check_forbidden(c, at(c, "spec.ports", i, "nodePort"), "may not be used when `type` is 'ClusterIP'");
            if (pair_is_taken(svc, p, ".nodePort"))
                check_duplicate(c, at(c, "spec.ports", i, "nodePort"), obj_get(p, ".nodePort"));
        }
        if (pair_is_taken(svc, p, ".port")) check_duplicate(c, at(c, "spec.ports", i, ""), port_key(c, p));
        i++;
    }
}

/* ---- Addresses ---- */

static void check_families(struct check *c, const struct json *svc)
{
    size_t i = 0;
    for (OBJ_EACH(f, svc, ".spec.ipFamilies")) {
        for (OBJ_EACH(o, svc, ".spec.ipFamilies")) {
            if (o == f) break;
            if (!str_eq(obj_text(o), obj_text(f))) continue;
            check_duplicate(c, at(c, "spec.ipFamilies", i, ""), f);
            break;
        }
        i++;
    }
}

/* False: some are no addresses. */
static bool check_cluster_ips(struct check *c, const struct json *svc)
{
    const struct json *ips = obj_get(svc, ".spec.clusterIPs");
    size_t i = 0;
    bool ok = true;
    for (OBJ_EACH(ip, ips, "")) {
        if (i == 0 && str_eqc(obj_text(ip), "None")) {
            ok = obj_count(ips, "") == 1;
            if (!ok) check_invalid(c, "spec.clusterIPs", ips, "'None' must be the first and only value");
        } else if (!check_ip(c, at(c, "spec.clusterIPs", i, ""), ip)) {
            ok = false;
        }
        i++;
    }
    if (i > ADDRESSES_MAX) check_invalid(c, "spec.clusterIPs", ips, "may only hold up to 2 values");
    return ok;
}

void check_service_addresses(struct check *c, const struct json *svc)
{
    const struct json *ips = obj_get(svc, ".spec.clusterIPs");
    struct str ip = obj_str(svc, ".spec.clusterIP");
    size_t n = obj_count(ips, ""), v6 = 0, i = 0;
    if (service_is(svc, "ExternalName")) return;
    if (ip.n && !n)
        check_required(c, "spec.clusterIPs", "");
    else if (ip.n && !str_eq(obj_str(ips, "[0]"), ip))
        check_invalid(c, "spec.clusterIPs", ips, "first value must match `clusterIP`");
    else if (!ip.n && n)
        check_invalid(c, "spec.clusterIPs", ips, "must be empty when `clusterIP` is not specified");
    check_families(c, svc);
    if (!check_cluster_ips(c, svc)) return;
    for (OBJ_EACH(it, ips, "")) v6 += ip_is_v6(obj_text(it));
    if (n > 1 && (v6 == 0 || v6 == n))
        check_invalid(c, "spec.clusterIPs", ips, "may specify no more than one IP for each IP family");
    const struct json *family = obj_first(svc, ".spec.ipFamilies");
    if (service_is_headless(svc)) return;
    for (OBJ_EACH(it, ips, "")) {
        if (!family) break;
        if (str_eqc(obj_text(family), "IPv6") != ip_is_v6(obj_text(it)))
            check_invalidf(c, at(c, "spec.clusterIPs", i, ""), it,
                           "expected an %.*s value as indicated by `ipFamilies[%zu]`", STR_ARG(obj_text(family)), i);
        family = obj_next(family);
        i++;
    }
}

static void check_external_ips(struct check *c, const struct json *svc, const struct json *old)
{
    size_t i = 0;
    for (OBJ_EACH(ip, svc, ".spec.externalIPs")) {
        const char *where = at(c, "spec.externalIPs", i++, "");
        if (among(old, ".spec.externalIPs", obj_text(ip)) || check_ip(c, where, ip))
            (void)check_endpoint_ip(c, where, ip);
    }
}

/* ---- By type ---- */

static void check_external_name(struct check *c, const struct json *svc)
{
    static const char *const unset[] = {"clusterIPs", "ipFamilies", "ipFamilyPolicy"};
    struct str name = obj_str(svc, ".spec.externalName");
    for (size_t i = 0; i < ARRAY_LEN(unset); i++) {
        const struct json *v = obj_get(svc, arena_printf(c->arena, ".spec.%s", unset[i]));
        if (v && (json_is(v, JSON_STR) || obj_count(v, "")))
            check_forbidden(c, arena_printf(c->arena, "spec.%s", unset[i]), "may not be set for ExternalName services");
    }
    if (name.n && name.p[name.n - 1] == '.') name.n--; /* fully qualified */
    const char *why = name.n ? name_dns1123_subdomain(name) : NULL;
    if (!name.n) check_required(c, "spec.externalName", "");
    if (why) check_invalid_str(c, "spec.externalName", name, why);
}

static void check_type(struct check *c, const struct json *svc)
{
    static const char *const proper[] = {"LoadBalancer", "NodePort"};
    for (size_t i = 0; i < ARRAY_LEN(proper); i++)
        if (service_is(svc, proper[i]) && service_is_headless(svc))
            check_invalidf(c, "spec.clusterIPs[0]", obj_get(svc, ".spec.clusterIPs[0]"),
                           "may not be set to 'None' for %s services", proper[i]);
    if (service_is(svc, "ExternalName")) check_external_name(c, svc);
    if (!service_is(svc, "ExternalName") && !obj_has(svc, ".spec.internalTrafficPolicy"))
        check_required(c, "spec.internalTrafficPolicy", "");
}

static void check_affinity(struct check *c, const struct json *svc)
{
    const struct json *config = obj_get(svc, ".spec.sessionAffinityConfig");
    const struct json *timeout = obj_get(config, ".clientIP.timeoutSeconds");
    int64_t s = obj_number(timeout, 0);
    if (obj_is(svc, ".spec.sessionAffinity", "None")) {
        if (config) check_forbidden(c, "spec.sessionAffinityConfig", "must not be set when session affinity is None");
    } else if (timeout && (s <= 0 || s > AFFINITY_S_MAX)) {
        check_invalidf(c, "spec.sessionAffinityConfig.clientIP.timeoutSeconds", timeout,
                       "must be greater than 0 and less than %d", AFFINITY_S_MAX);
    }
}

static void check_selector(struct check *c, const struct json *svc)
{
    for (OBJ_EACH(it, svc, ".spec.selector")) {
        const char *why = name_qualified(obj_key(it));
        if (why) check_invalid_str(c, "spec.selector", obj_key(it), why);
        if ((why = name_label_value(obj_text(it)))) check_invalid_str(c, "spec.selector", obj_text(it), why);
    }
}

/* ---- Traffic from outside ---- */

static void check_traffic(struct check *c, const struct json *svc)
{
    static const char *const spreads[] = {"PreferClose", "PreferSameZone", "PreferSameNode", NULL};
    const struct json *policy = obj_get(svc, ".spec.externalTrafficPolicy"),
                      *spread = obj_get(svc, ".spec.trafficDistribution");
    int64_t port = obj_int(svc, ".spec.healthCheckNodePort", 0);
    if (!service_is_external(svc) && policy)
        check_invalid(c, "spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services");
    if (service_is_external(svc) && !policy) check_required(c, "spec.externalTrafficPolicy", "");
    if (!service_needs_health_check(svc)) {
        if (port)
            check_invalid(c, "spec.healthCheckNodePort", obj_get(svc, ".spec.healthCheckNodePort"),
                          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
    } else if (!port) {
        check_required(c, "spec.healthCheckNodePort", "");
    } else if (port < 1 || port > 65535) {
        check_invalid(c, "spec.healthCheckNodePort", obj_get(svc, ".spec.healthCheckNodePort"),
                      "must be between 1 and 65535, inclusive");
    }
    bool known = !spread;
    for (int i = 0; spreads[i]; i++) known = known || str_eqc(obj_text(spread), spreads[i]);
    if (!known) check_not_supported(c, "spec.trafficDistribution", spread, spreads);
}

static void check_range(struct check *c, const char *where, struct str range)
{
    struct ip ip;
    int bits;
    range = str_trim(range);
    if (!cidr_parse(range, &ip, &bits))
        check_invalid_str(c, where, range, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
}

/* The field, or the annotation that is older than it. */
static void check_source_ranges(struct check *c, const struct json *svc, const struct json *old)
{
    static const char field[] = "spec.LoadBalancerSourceRanges", note[] = "metadata.annotations[" SOURCE_RANGES "]";
    struct str text = obj_map_str(svc, ".metadata.annotations", STR(SOURCE_RANGES));
    bool by_field = obj_count(svc, ".spec.loadBalancerSourceRanges") > 0;
    size_t i = 0;
    if (!by_field && str_is_null(text)) return;
    if (!service_is(svc, "LoadBalancer"))
        check_forbidden(c, by_field ? field : note, "may only be used when `type` is 'LoadBalancer'");
    for (OBJ_EACH(it, svc, ".spec.loadBalancerSourceRanges")) {
        const char *where = at(c, field, i++, "");
        if (!among(old, ".spec.loadBalancerSourceRanges", obj_text(it))) check_range(c, where, obj_text(it));
    }
    text = str_trim(text);
    while (!by_field && text.n) {
        struct str range = str_cut(text, ',', &text);
        check_range(c, note, range);
    }
}

static void check_balancer(struct check *c, const struct json *svc, const struct json *old)
{
    bool balanced = service_is(svc, "LoadBalancer");
    const struct json *class = obj_get(svc, ".spec.loadBalancerClass");
    if (old && balanced && service_is(old, "LoadBalancer") && !same(svc, old, ".spec.loadBalancerClass"))
        check_invalid(c, "spec.loadBalancerClass", class, "may not change once set");
    check_source_ranges(c, svc, old);
    if (!balanced && obj_has(svc, ".spec.allocateLoadBalancerNodePorts"))
        check_forbidden(c, "spec.allocateLoadBalancerNodePorts", "may only be used when `type` is 'LoadBalancer'");
    if (!class) return;
    const char *why = name_qualified(obj_text(class));
    if (!balanced)
        check_forbidden(c, "spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'");
    else if (why)
        check_invalid(c, "spec.loadBalancerClass", class, why);
}

/* ---- Status ---- */

static void check_balancer_ingress(struct check *c, const char *where, const struct json *in)
{
    static const char *const modes[] = {"Proxy", "VIP", NULL};
    struct str ip = obj_str(in, ".ip"), host = obj_str(in, ".hostname"), mode = obj_str(in, ".ipMode");
    size_t mark = check_member(c, where);
    struct ip parsed;
    if (ip.n) (void)check_ip(c, "ip", obj_get(in, ".ip"));
    if (ip.n && !mode.n) check_required(c, "ipMode", "must be specified when `ip` is set");
    if (!ip.n && mode.n) check_forbidden(c, "ipMode", "may not be specified when `ip` is not set");
    if (ip.n && mode.n && !str_eqc(mode, modes[0]) && !str_eqc(mode, modes[1]))
        check_not_supported(c, "ipMode", obj_get(in, ".ipMode"), modes);
    const char *why = host.n ? name_dns1123_subdomain(host) : NULL;
    if (why) check_invalid_str(c, "hostname", host, why);
    if (host.n && ip_parse(host, &parsed))
        check_invalid_str(c, "hostname", host, "must be a DNS name, not an IP address");
    check_pop(c, mark);
}

static void check_status(struct check *c, const struct json *svc)
{
    size_t i = 0;
    if (!obj_count(svc, ".status.loadBalancer.ingress")) return;
    if (!service_is(svc, "LoadBalancer")) {
        check_forbidden(c, "status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'");
        return;
    }
    for (OBJ_EACH(in, svc, ".status.loadBalancer.ingress"))
        check_balancer_ingress(c, at(c, "status.loadBalancer.ingress", i++, ""), in);
}

/* ---- What may not change ---- */

static void check_lists_update(struct check *c, const struct json *svc, const struct json *old, const char *list,
                               const char *word)
{
    const char *path = arena_printf(c->arena, ".spec.%s", list), *where = arena_printf(c->arena, "spec.%s", list);
    const struct json *now = obj_get(svc, path), *was = obj_get(old, path);
    size_t n = obj_count(now, ""), before = obj_count(was, "");
    bool families = strcmp(list, "ipFamilies") == 0, first_same = same(now, was, "[0]");
    if (n == before) {
        const struct json *b = obj_first(now, "");
        size_t i = 0;
        for (OBJ_EACH(it, was, "")) {
            if (!str_eq(obj_text(it), obj_text(b)))
                check_invalid(c, at(c, where, families ? 0 : i, ""), now, "may not change once set");
            b = obj_next(b);
            i++;
        }
        return;
    }
    if (n < before && !n) check_invalidf(c, at(c, where, 0, ""), now, "primary %s can not be unset", word);
    if (n && before && !first_same) check_invalid(c, at(c, where, 0, ""), now, "may not change once set");
    if (n < before && n == 1 && !obj_is(svc, ".spec.ipFamilyPolicy", "SingleStack"))
        check_invalidf(c, "spec.ipFamilyPolicy", obj_get(svc, ".spec.ipFamilyPolicy"),
                       "must be set to 'SingleStack' when releasing the secondary %s", word);
}

static void check_update(struct check *c, const struct json *svc, const struct json *old)
{
    bool headless = service_is_headless(svc), was_headless = service_is_headless(old);
    if (service_needs_health_check(svc) && service_needs_health_check(old) &&
        !same(svc, old, ".spec.healthCheckNodePort"))
        check_forbidden(c, "spec.healthCheckNodePort", "field is immutable");
    if (service_is(svc, "ExternalName") || service_is(old, "ExternalName") || (headless && was_headless)) return;
    check_lists_update(c, svc, old, "clusterIPs", "clusterIP");
    if (headless == was_headless) check_lists_update(c, svc, old, "ipFamilies", "ipFamily");
}

/* type Service check=fn:service */
void check_service(struct check *c, const struct json *svc, const struct json *old)
{
    if (old) check_update(c, svc, old);
    check_type(c, svc);
    check_ports(c, svc);
    check_selector(c, svc);
    check_affinity(c, svc);
    check_service_addresses(c, svc);
    check_external_ips(c, svc, old);
    check_balancer(c, svc, old);
    check_traffic(c, svc);
    check_status(c, svc);
}
