/* strategy_service.c - what the API does with Services of its own accord: addresses and node ports given and carried
 * over, fields cleared that belong to another type.
 * Reads and writes: the request's trees; the pools, through its claim.
 * Upstream: pkg/registry/core/service/{strategy.go,storage/{alloc,storage}.go}. */
#include "apiserver/object/hooks.h"

#include "apiserver/object/ip.h"
#include "apiserver/object/object.h"
#include "apiserver/object/service.h"
#include "apiserver/registry/service_alloc.h"
#include "base/map.h"
#include "schema_ids.h"

static bool same(const struct json *a, const struct json *b, const char *path)
{
    return json_equal(obj_get(a, path), obj_get(b, path));
}

static void carry(struct arena *a, struct json *svc, const struct json *old, const char *path)
{
    if (obj_get(old, path)) obj_put_copy(a, svc, path, obj_get(old, path));
}

static bool has_address(const struct json *svc) { return !service_is(svc, "ExternalName"); }

static struct json *port_list(struct json *svc) { return obj_edit(svc, ".spec.ports"); }

static int64_t node_port(const struct json *port) { return obj_int(port, ".nodePort", 0); }

/* ---- Sets of numbers: a client chooses how many ports there are ---- */

static void release(struct map *m) { map_release(m, NULL); }
#define AUTO_MAP __attribute__((cleanup(release)))

static struct str bytes_of(const int64_t *n) { return str_n((const char *)n, sizeof *n); }

static bool has_number(const struct map *set, int64_t n) { return map_has(set, bytes_of(&n)); }

/* True: it was not there. */
static bool add_number(struct map *set, int64_t n)
{
    if (has_number(set, n)) return false;
    map_set(set, bytes_of(&n), NULL);
    return true;
}

static void add_node_ports(struct map *set, const struct json *svc)
{
    for (OBJ_EACH(p, svc, ".spec.ports"))
        if (node_port(p)) add_number(set, node_port(p));
}

/* ---- What a client left out is carried over (patchAllocatedValues, normalizeClusterIPs) ---- */

static void carry_node_ports(struct arena *a, struct json *svc, const struct json *old)
{
    struct map former AUTO_MAP = {0}, used AUTO_MAP = {0}; /* by name: the first port of it */
    for (OBJ_EACH(p, old, ".spec.ports"))
        if (!map_has(&former, obj_str(p, ".name"))) map_set(&former, obj_str(p, ".name"), (void *)(uintptr_t)p);
    add_node_ports(&used, svc);
    JSON_FOREACH(p, port_list(svc))
    {
        const struct json *was = map_get(&former, obj_str(p, ".name"));
        if (was && node_port(was) && !node_port(p) && add_number(&used, node_port(was)))
            obj_put_int(a, p, ".nodePort", node_port(was));
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

static bool claim_given(struct check *c, struct claim *claim, const struct json *port, size_t i)
{
    const char *why = claim_port(claim, node_port(port));
    if (why) check_invalid(c, arena_printf(c->arena, "spec.ports[%zu].nodePort", i), obj_get(port, ".nodePort"), why);
    return !why;
}

/* Ports that share a node port claim it once. At create ports of other numbers may not share one; on update upstream
 * leaves that to validation. */
static bool claim_given_ports(struct check *c, struct claim *claim, struct json *svc, const struct json *old)
{
    struct map held AUTO_MAP = {0}, seen AUTO_MAP = {0};
    size_t i = 0;
    if (service_has_node_ports(old)) add_node_ports(&held, old);
    JSON_FOREACH(p, port_list(svc))
    {
        const int64_t pair[] = {node_port(p), old ? 0 : obj_int(p, ".port", 0)};
        struct str key = str_n((const char *)pair, sizeof pair);
        if (pair[0] && !has_number(&held, pair[0]) && !map_has(&seen, key)) {
            map_set(&seen, key, NULL);
            if (!claim_given(c, claim, p, i)) return false;
        }
        i++;
    }
    return true;
}

/* At create, ports of the same number (of two protocols) share the node port that one of them asks for, or is given. */
static bool claim_new_ports(struct check *c, struct claim *claim, struct json *svc, bool create, struct err *e)
{
    struct map shared AUTO_MAP = {0}; /* number -> the first port of it that has a node port */
    for (struct json *p = create ? json_kids(port_list(svc)) : NULL; p; p = p->next) {
        int64_t number = obj_int(p, ".port", 0);
        if (node_port(p) && !has_number(&shared, number)) map_set(&shared, bytes_of(&number), p);
    }
    JSON_FOREACH(p, port_list(svc))
    {
        int64_t number = obj_int(p, ".port", 0), given = 0;
        if (node_port(p)) continue;
        const struct json *other = map_get(&shared, bytes_of(&number));
        const char *why = other ? NULL : claim_any_port(claim, &given);
        if (why) return full(e, "a nodePort", why);
        obj_put_int(c->arena, p, ".nodePort", other ? node_port(other) : given);
        if (create && !other) map_set(&shared, bytes_of(&number), p);
    }
    return true;
}

/* Given ones first: a random one must not be among them. */
static bool claim_node_ports(struct check *c, struct claim *claim, struct json *svc, const struct json *old,
                             struct err *e)
{
    bool any = service_is(svc, "NodePort") || obj_bool(svc, ".spec.allocateLoadBalancerNodePorts", true);
    return claim_given_ports(c, claim, svc, old) && (!any || claim_new_ports(c, claim, svc, !old, e));
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

/* Upstream reads over the policy of a Service that is only a name (defaultOnReadInternalTrafficPolicy). */
static void drop_internal_policy(struct json *svc)
{
    bool known =
        obj_is(svc, ".spec.internalTrafficPolicy", "Cluster") || obj_is(svc, ".spec.internalTrafficPolicy", "Local");
    if (known && service_is(svc, "ExternalName")) (void)obj_del(svc, ".spec.internalTrafficPolicy");
}

static void service_prepare_create(struct arena *a, struct json *svc, int64_t now_ns)
{
    (void)now_ns;
    drop_internal_policy(svc);
    obj_put(a, svc, ".status", obj_empty(a));
    obj_put(a, svc, ".status.loadBalancer", obj_empty(a));
}

static void drop_same(struct json *svc, const struct json *old, const char *path)
{
    if (same(svc, old, path)) (void)obj_del(svc, path);
}

static bool adds_node_ports(const struct json *svc, const struct json *old)
{
    struct map had AUTO_MAP = {0};
    add_node_ports(&had, old);
    for (OBJ_EACH(p, svc, ".spec.ports"))
        if (node_port(p) && !has_number(&had, node_port(p))) return true;
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
    drop_internal_policy(svc);
}

const struct strategy strategy_service = {
    .claim = service_claim,
    .prepare_create = service_prepare_create,
    .prepare_update = service_prepare_update,
};
