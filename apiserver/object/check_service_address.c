/* check_service_address.c - the addresses of Services: clusterIPs and their families, and those that a load balancer
 * gave (pkg/apis/core/validation/validation.go, ValidateServiceClusterIPsRelatedFields, ValidateLoadBalancerStatus).
 * Reads: a defaulted tree, its former state.   Writes: struct check. */
#include "apiserver/object/service.h"

#include "apiserver/object/check_value.h"
#include "apiserver/object/ip.h"

enum { ADDRESSES_MAX = 2 };

static const char may_not_change[] = "may not change once set";

/* ---- What there is ---- */

static void check_families(struct check *c, const struct json *families)
{
    static const char *const known[] = {"IPv4", "IPv6", NULL};
    struct map seen = {0};
    size_t i = 0;
    for (OBJ_EACH(f, families, "")) {
        size_t mark = check_into(c, "ipFamilies", i++);
        (void)check_one_of(c, NULL, obj_text(f), known);
        (void)check_unique(c, NULL, obj_text(f), &seen);
        check_pop(c, mark);
    }
    map_release(&seen, NULL);
}

/* False: some are no addresses. */
static bool check_ips(struct check *c, const struct json *ips, const struct json *old)
{
    struct kept kept = {{0}};
    size_t count = obj_count(ips, ""), i = 0;
    bool ok = true;
    kept_add(&kept, obj_get(old, ".spec.clusterIPs"));
    for (OBJ_EACH(ip, ips, "")) {
        if (i == 0 && str_eqc(obj_text(ip), "None")) {
            ok = count == 1;
            if (!ok) check_invalid(c, "clusterIPs", ips, "'None' must be the first and only value");
        } else if (!kept_has(&kept, obj_text(ip))) {
            size_t mark = check_into(c, "clusterIPs", i);
            ok = check_ip(c, NULL, ip) && ok;
            check_pop(c, mark);
        }
        i++;
    }
    kept_release(&kept);
    if (count > ADDRESSES_MAX) check_invalid(c, "clusterIPs", ips, "may only hold up to 2 values");
    return ok;
}

static void check_each_family(struct check *c, const struct json *ips, const struct json *families)
{
    const struct json *family = obj_first(families, "");
    size_t i = 0;
    for (OBJ_EACH(ip, ips, "")) {
        if (!family) break;
        bool v6 = ip_is_v6(obj_text(ip));
        size_t mark = check_into(c, "clusterIPs", i);
        if (str_eqc(obj_text(family), v6 ? "IPv4" : "IPv6"))
            check_invalidf(c, NULL, ip, "expected an %s value as indicated by `ipFamilies[%zu]`", v6 ? "IPv4" : "IPv6",
                           i);
        check_pop(c, mark);
        family = obj_next(family);
        i++;
    }
}

void check_service_addresses(struct check *c, const struct json *svc, const struct json *old)
{
    static const char *const policies[] = {"PreferDualStack", "RequireDualStack", "SingleStack", NULL};
    const struct json *ips = obj_get(svc, ".spec.clusterIPs"), *families = obj_get(svc, ".spec.ipFamilies"),
                      *policy = obj_get(svc, ".spec.ipFamilyPolicy");
    struct str ip = obj_str(svc, ".spec.clusterIP");
    size_t n = obj_count(ips, ""), v6 = 0;
    if (service_is(svc, "ExternalName")) return;
    if (ip.n && !n)
        check_required(c, "clusterIPs", "");
    else if (ip.n && !str_eq(obj_str(ips, "[0]"), ip))
        check_invalid(c, "clusterIPs", ips, "first value must match `clusterIP`");
    else if (!ip.n && n)
        check_invalid(c, "clusterIPs", ips, "must be empty when `clusterIP` is not specified");
    check_families(c, families);
    if (policy) (void)check_one_of(c, "ipFamilyPolicy", obj_text(policy), policies);
    if (!check_ips(c, ips, old)) return;
    for (OBJ_EACH(it, ips, "")) v6 += ip_is_v6(obj_text(it));
    if (n > 1 && (v6 == 0 || v6 == n))
        check_invalid(c, "clusterIPs", ips, "may specify no more than one IP for each IP family");
    if (!service_is_headless(svc)) check_each_family(c, ips, families);
}

/* ---- What may not change ---- */

static void check_each_stays(struct check *c, const char *list, const struct json *now, const struct json *was,
                             bool at_first)
{
    const struct json *n = obj_first(now, "");
    size_t i = 0;
    for (OBJ_EACH(it, was, "")) {
        size_t mark = check_into(c, list, at_first ? 0 : i);
        if (!str_eq(obj_text(it), obj_text(n))) check_invalid(c, NULL, now, may_not_change);
        check_pop(c, mark);
        n = obj_next(n);
        i++;
    }
}

/* The second one may come, and go with a policy that says so. */
static void check_list_update(struct check *c, const struct json *svc, const struct json *old, bool families)
{
    const char *list = families ? "ipFamilies" : "clusterIPs", *word = families ? "ipFamily" : "clusterIP";
    const struct json *now = json_getc(obj_get(svc, ".spec"), list), *was = json_getc(obj_get(old, ".spec"), list),
                      *ips = obj_get(svc, ".spec.clusterIPs"), *policy = obj_get(svc, ".spec.ipFamilyPolicy");
    size_t n = obj_count(now, ""), before = obj_count(was, "");
    if (n == before) {
        check_each_stays(c, list, now, was, families);
        return;
    }
    size_t mark = check_into(c, list, 0);
    if (n < before && !obj_count(ips, "")) check_invalidf(c, NULL, now, "primary %s can not be unset", word);
    if (n && before && !str_eq(obj_str(now, "[0]"), obj_str(was, "[0]"))) check_invalid(c, NULL, ips, may_not_change);
    check_pop(c, mark);
    if (n < before && n == 1 && !str_eqc(obj_text(policy), "SingleStack"))
        check_invalidf(c, "ipFamilyPolicy", policy, "must be set to 'SingleStack' when releasing the secondary %s",
                       word);
}

void check_service_addresses_update(struct check *c, const struct json *svc, const struct json *old)
{
    bool headless = service_is_headless(svc), was_headless = service_is_headless(old);
    if (service_is(svc, "ExternalName") || service_is(old, "ExternalName") || (headless && was_headless)) return;
    size_t mark = check_member(c, "spec");
    check_list_update(c, svc, old, false);
    if (headless == was_headless) check_list_update(c, svc, old, true);
    check_pop(c, mark);
}

/* ---- What a load balancer gave ---- */

static void check_given(struct check *c, const struct json *in, const struct kept *kept)
{
    static const char *const modes[] = {"Proxy", "VIP", NULL};
    struct str ip = obj_str(in, ".ip"), host = obj_str(in, ".hostname");
    const struct json *mode = json_getc(in, "ipMode");
    if (ip.n && !kept_has(kept, ip)) (void)check_ip(c, "ip", json_getc(in, "ip"));
    if (ip.n && !mode)
        check_required(c, "ipMode", "must be specified when `ip` is set");
    else if (!ip.n && mode)
        check_forbidden(c, "ipMode", "may not be specified when `ip` is not set");
    else if (mode)
        (void)check_one_of(c, "ipMode", obj_text(mode), modes);
    if (host.n) check_host(c, "hostname", host, name_dns1123_subdomain);
}

void check_service_status(struct check *c, const struct json *svc, const struct json *old)
{
    static const char path[] = ".status.loadBalancer.ingress";
    struct kept kept = {{0}};
    size_t i = 0;
    if (obj_count(svc, path) && !service_is(svc, "LoadBalancer")) {
        check_forbidden(c, path + 1, "may only be used when `spec.type` is 'LoadBalancer'");
        return;
    }
    for (OBJ_EACH(it, old, path)) map_set(&kept.texts, obj_str(it, ".ip"), c);
    for (OBJ_EACH(it, svc, path)) {
        size_t mark = check_into(c, path + 1, i++);
        check_given(c, it, &kept);
        check_pop(c, mark);
    }
    kept_release(&kept);
}
