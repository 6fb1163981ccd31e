/* strategy_service.c - what the API does with Services of its own accord: addresses and node ports given and carried
 * over, fields cleared that belong to another type.
 * Reads and writes: the request's trees; the pools, through its claim.
 * Upstream: pkg/registry/core/service/{strategy.go,storage/{alloc,storage}.go}. */
#include "apiserver/object/hooks.h"

#include "apiserver/object/ip.h"
#include "apiserver/object/object.h"
#include "apiserver/object/service.h"
#include "apiserver/registry/service_alloc.h"
#include "schema_ids.h"

static bool same(const struct json *a, const struct json *b, const char *path)
{
    const struct json *x = obj_get(a, path), *y = obj_get(b, path);
    return x == y || (x && y && json_equal(x, y));
}

static void carry(struct arena *a, struct json *svc, const struct json *old, const char *path)
{
    if (obj_get(old, path)) obj_put_copy(a, svc, path, obj_get(old, path));
}

static bool has_address(const struct json *svc) { return !service_is(svc, "ExternalName"); }

static struct json *port_list(struct json *svc) { return obj_edit(svc, ".spec.ports"); }

static int64_t node_port(const struct json *port) { return obj_int(port, ".nodePort", 0); }

static bool has_node_port(const struct json *svc, int64_t number)
{
    for (OBJ_EACH(p, svc, ".spec.ports"))
        if (number && node_port(p) == number) return true;
    return false;
}

/* ---- What a client left out is carried over (patchAllocatedValues, normalizeClusterIPs) ---- */

static int64_t node_port_by_name(const struct json *svc, struct str name)
{
    for (OBJ_EACH(p, svc, ".spec.ports"))
        if (str_eq(obj_str(p, ".name"), name)) return node_port(p);
    return 0;
}

static void carry_node_ports(struct arena *a, struct json *svc, const struct json *old)
{
    JSON_FOREACH(p, port_list(svc))
    {
        int64_t was = node_port_by_name(old, obj_str(p, ".name"));
        if (was && !node_port(p) && !has_node_port(svc, was)) obj_put_int(a, p, ".nodePort", was);
    }
}

static void carry_over(struct arena *a, struct json *svc, const struct json *old)
{
    if (has_address(old) && has_address(svc)) {
        if (!obj_str(svc, ".spec.clusterIP").n) carry(a, svc, old, ".spec.clusterIP");
        if (!obj_count(svc, ".spec.clusterIPs")) carry(a, svc, old, ".spec.clusterIPs");
    }
    if (service_has_node_ports(old) && service_has_node_ports(svc)) carry_node_ports(a, svc, old);
    if (service_needs_health_check(old) && service_needs_health_check(svc) &&
        !obj_int(svc, ".spec.healthCheckNodePort", 0))
        carry(a, svc, old, ".spec.healthCheckNodePort");
}

static void only_ip(struct arena *a, struct json *svc, struct str ip)
{
    (void)obj_del(svc, ".spec.clusterIPs");
    if (ip.n) obj_append_str(a, svc, ".spec.clusterIPs", ip);
}

/* Clients that know clusterIP alone change it alone. */
static void follow_cluster_ip(struct arena *a, struct json *svc, const struct json *old)
{
    struct str ip = obj_str(svc, ".spec.clusterIP");
    if (!old) {
        if (ip.n && !obj_count(svc, ".spec.clusterIPs")) only_ip(a, svc, ip);
        return;
    }
    bool same_ip = same(svc, old, ".spec.clusterIP");
    if (same_ip && !obj_count(svc, ".spec.clusterIPs")) carry(a, svc, old, ".spec.clusterIPs");
    if (!same_ip && same(svc, old, ".spec.clusterIPs")) only_ip(a, svc, ip);
}

/* ---- Address families: this cluster has one, IPv4 (initIPFamilyFields) ---- */

static void family_policy(struct arena *a, struct json *svc, const struct json *old)
{
    bool bare = obj_is(svc, ".spec.clusterIP", "None") && !obj_count(svc, ".spec.selector");
    if (obj_has(svc, ".spec.ipFamilyPolicy")) return;
    if (obj_has(old, ".spec.ipFamilyPolicy"))
        carry(a, svc, old, ".spec.ipFamilyPolicy");
    else
        obj_put_cstr(a, svc, ".spec.ipFamilyPolicy", bare ? "RequireDualStack" : "SingleStack");
}

static void cut_to_one(struct json *svc, const char *path)
{
    struct json *list = obj_edit(svc, path);
    while (obj_count(list, "") > 1) json_remove(list, json_at(list, 1));
}

/* Changes of policy between one and two families. */
static void check_policy(struct check *c, struct json *svc, const struct json *old)
{
    static const struct {
        const char *path, *release, *several;
    } rows[] = {
        {".spec.clusterIPs", "must be 'SingleStack' to release the secondary cluster IP",
         "must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified"},
        {".spec.ipFamilies", "must be 'SingleStack' to release the secondary IP family",
         "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"},
    };
    const struct json *policy = obj_get(svc, ".spec.ipFamilyPolicy");
    bool single = str_eqc(obj_text(policy), "SingleStack");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t n = obj_count(svc, rows[i].path), before = obj_count(old, rows[i].path);
        if (single && old && same(svc, old, rows[i].path)) cut_to_one(svc, rows[i].path);
        if (!single && n && n < before) check_invalid(c, "spec.ipFamilyPolicy", policy, rows[i].release);
        if (single && obj_count(svc, rows[i].path) == 2)
            check_invalid(c, "spec.ipFamilyPolicy", policy, rows[i].several);
    }
}

static void infer_families(struct check *c, struct json *svc)
{
    const struct json *ips = obj_get(svc, ".spec.clusterIPs");
    size_t i = 0, known = obj_count(svc, ".spec.ipFamilies");
    for (OBJ_EACH(ip, ips, "")) {
        if (str_eqc(obj_text(ip), "None")) break;
        if (i++ < known) continue;
        if (ip_is_v6(obj_text(ip)))
            check_invalidf(c, arena_printf(c->arena, "spec.clusterIPs[%zu]", i - 1), ips,
                           "IPv6 is not configured on this cluster");
        else
            obj_append_str(c->arena, svc, ".spec.ipFamilies", STR("IPv4"));
    }
}

static void default_family(struct arena *a, struct json *svc)
{
    if (!obj_count(svc, ".spec.ipFamilies")) obj_append_str(a, svc, ".spec.ipFamilies", STR("IPv4"));
}

/* A headless Service without selector may have both families anywhere: somebody else knows its endpoints. */
static void bare_families(struct arena *a, struct json *svc)
{
    default_family(a, svc);
    if (obj_count(svc, ".spec.ipFamilies") > 1 || obj_is(svc, ".spec.ipFamilyPolicy", "SingleStack")) return;
    bool v4 = obj_is(svc, ".spec.ipFamilies[0]", "IPv4");
    obj_append_str(a, svc, ".spec.ipFamilies", v4 ? STR("IPv6") : STR("IPv4"));
}

static bool set_families(struct check *c, struct json *svc, const struct json *old)
{
    if (!has_address(svc)) return true;
    family_policy(c->arena, svc, old);
    size_t mark = check_member(c, "spec");
    check_service_addresses(c, svc, old);
    check_pop(c, mark);
    if (c->count) return false;
    check_policy(c, svc, old);
    infer_families(c, svc);
    if (c->count) return false;
    if (obj_is(svc, ".spec.clusterIP", "None") && !obj_count(svc, ".spec.selector")) {
        bare_families(c->arena, svc);
        return true;
    }
    if (obj_is(svc, ".spec.ipFamilyPolicy", "RequireDualStack"))
        check_invalid(c, "spec.ipFamilyPolicy", obj_get(svc, ".spec.ipFamilyPolicy"),
                      "this cluster is not configured for dual-stack services");
    size_t i = 0;
    for (OBJ_EACH(f, svc, ".spec.ipFamilies")) {
        if (!str_eqc(obj_text(f), "IPv4"))
            check_invalid(c, arena_printf(c->arena, "spec.ipFamilies[%zu]", i), f, "not configured on this cluster");
        i++;
    }
    default_family(c->arena, svc);
    return c->count == 0;
}

/* ---- Addresses ---- */

static bool full(struct err *e, const char *what, const char *why)
{
    return err_set(e, ERR_INTERNAL, "failed to allocate %s: %s", what, why);
}

static bool claim_address(struct check *c, struct claim *claim, struct json *svc, struct err *e)
{
    struct str ip = obj_str(svc, ".spec.clusterIPs[0]");
    if (!has_address(svc) || service_is_headless(svc)) return true;
    if (ip.n) {
        const char *why = claim_ip(claim, ip);
        if (why)
            check_invalidf(c, "spec.clusterIPs", obj_get(svc, ".spec.clusterIPs"), "failed to allocate IP %.*s: %s",
                           STR_ARG(ip), why);
        return !why;
    }
    const char *why = claim_any_ip(claim, &ip);
    if (why) return full(e, "a serviceIP", why);
    obj_put_str(c->arena, svc, ".spec.clusterIP", ip);
    only_ip(c->arena, svc, ip);
    return true;
}

/* ---- Ports ---- */

/* Among ports of the same number (of two protocols) the node port that one of them asks for, or has been given. */
static int64_t shared_node_port(const struct json *svc, const struct json *port)
{
    for (OBJ_EACH(p, svc, ".spec.ports"))
        if (obj_int(p, ".port", 0) == obj_int(port, ".port", 0) && node_port(p)) return node_port(p);
    return 0;
}

static bool had(const struct json *old, int64_t number)
{
    return service_has_node_ports(old) && has_node_port(old, number);
}

static bool claim_given(struct check *c, struct claim *claim, const struct json *port, size_t i)
{
    const char *why = claim_port(claim, node_port(port));
    if (why) check_invalid(c, arena_printf(c->arena, "spec.ports[%zu].nodePort", i), obj_get(port, ".nodePort"), why);
    return !why;
}

/* Is this the first of the ports that have its node port? They claim it once. */
static bool is_first(const struct json *svc, const struct json *port)
{
    for (OBJ_EACH(p, svc, ".spec.ports"))
        if (node_port(p) == node_port(port)) return p == port;
    return true;
}

/* Ports of other numbers may not share a node port at create; on update upstream leaves that to validation. */
static bool needs_claim(const struct json *svc, const struct json *old, const struct json *port)
{
    if (old) return !had(old, node_port(port)) && is_first(svc, port);
    for (OBJ_EACH(p, svc, ".spec.ports")) {
        if (p == port) break;
        if (node_port(p) == node_port(port) && obj_int(p, ".port", 0) == obj_int(port, ".port", 0)) return false;
    }
    return true;
}

static bool claim_node_ports(struct check *c, struct claim *claim, struct json *svc, const struct json *old,
                             struct err *e)
{
    bool any = service_is(svc, "NodePort") || obj_bool(svc, ".spec.allocateLoadBalancerNodePorts", true);
    size_t i = 0;
    JSON_FOREACH(p, port_list(svc)) /* given ones first: a random one must not be among them */
    {
        if (node_port(p) && needs_claim(svc, old, p) && !claim_given(c, claim, p, i)) return false;
        i++;
    }
    JSON_FOREACH(p, port_list(svc))
    {
        int64_t number = old ? 0 : shared_node_port(svc, p);
        if (node_port(p) || !any) continue;
        const char *why = number ? NULL : claim_any_port(claim, &number);
        if (why) return full(e, "a nodePort", why);
        obj_put_int(c->arena, p, ".nodePort", number);
    }
    return true;
}

static bool claim_health_port(struct check *c, struct claim *claim, struct json *svc, const struct json *old,
                              struct err *e)
{
    int64_t port = obj_int(svc, ".spec.healthCheckNodePort", 0), asked = port;
    if (!service_needs_health_check(svc) || (old && service_needs_health_check(old))) return true;
    const char *why = port ? claim_port(claim, port) : claim_any_port(claim, &port);
    if (why)
        return err_set(e, ERR_INTERNAL, "failed to allocate %sHealthCheck NodePort %lld: %s",
                       asked ? "requested " : "a ", (long long)asked, why);
    obj_put_int(c->arena, svc, ".spec.healthCheckNodePort", port);
    return true;
}

/* ---- The claim: old NULL on create (beginCreate, beginUpdate) ---- */

static bool service_claim(struct check *c, struct claim *claim, struct json *svc, const struct json *old, struct err *e)
{
    if (old) carry_over(c->arena, svc, old);
    follow_cluster_ip(c->arena, svc, old);
    if (!set_families(c, svc, old)) return false;
    if ((!old || !has_address(old)) && !claim_address(c, claim, svc, e)) return false;
    if (service_has_node_ports(svc) && !claim_node_ports(c, claim, svc, old, e)) return false;
    if (!claim_health_port(c, claim, svc, old, e)) return false;
    JSON_FOREACH(p, port_list(svc)) object_order(&type_core_v1_ServicePort, p, c->arena);
    struct json *spec = obj_edit(svc, ".spec");
    if (spec) object_order(&type_core_v1_ServiceSpec, spec, c->arena);
    return true;
}

/* ---- Before it is stored ---- */

static void service_prepare_create(struct arena *a, struct json *svc, int64_t now_ns)
{
    (void)now_ns;
    obj_put(a, svc, ".status", obj_empty(a));
    obj_put(a, svc, ".status.loadBalancer", obj_empty(a));
}

static void drop_same(struct json *svc, const struct json *old, const char *path)
{
    if (same(svc, old, path)) (void)obj_del(svc, path);
}

static bool adds_node_ports(const struct json *svc, const struct json *old)
{
    for (OBJ_EACH(p, svc, ".spec.ports"))
        if (node_port(p) && !has_node_port(old, node_port(p))) return true;
    return false;
}

/* With another type, what was given because of the former one goes, unless the client changed it as well
 * (dropTypeDependentFields). */
static void drop_of_other_types(struct arena *a, struct json *svc, const struct json *old)
{
    if (has_address(old) && !has_address(svc)) {
        if (same(svc, old, ".spec.clusterIP") && same(svc, old, ".spec.clusterIPs")) {
            (void)obj_del(svc, ".spec.clusterIP");
            (void)obj_del(svc, ".spec.clusterIPs");
        }
        drop_same(svc, old, ".spec.ipFamilies");
        drop_same(svc, old, ".spec.ipFamilyPolicy");
    }
    if (service_has_node_ports(old) && !service_has_node_ports(svc) && !adds_node_ports(svc, old))
        JSON_FOREACH(p, port_list(svc))(void) obj_del(p, ".nodePort");
    if (service_needs_health_check(old) && !service_needs_health_check(svc))
        drop_same(svc, old, ".spec.healthCheckNodePort");
    if (service_is(old, "LoadBalancer") && !service_is(svc, "LoadBalancer")) {
        drop_same(svc, old, ".spec.allocateLoadBalancerNodePorts");
        drop_same(svc, old, ".spec.loadBalancerClass");
    }
    if (service_is_external(old) && !service_is_external(svc)) drop_same(svc, old, ".spec.externalTrafficPolicy");
    if (!service_is(svc, "LoadBalancer")) obj_put(a, svc, ".status.loadBalancer", obj_empty(a));
}

static void service_prepare_update(struct arena *a, struct json *svc, const struct json *old, const char *sub)
{
    if (!sub) drop_of_other_types(a, svc, old);
}

const struct strategy strategy_service = {
    .claim = service_claim,
    .prepare_create = service_prepare_create,
    .prepare_update = service_prepare_update,
};
