/* strategy_address.c - IPAddress and ServiceCIDR (pkg/registry/networking/{ipaddress,servicecidr},
 * pkg/apis/networking/validation/validation.go).
 * Reads and writes: the request's trees; struct check. */
#include "apiserver/object/hooks.h"

#include "api/decode.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/ip.h"
#include "apiserver/registry/keep.h"
#include "schema_hooks.h"
#include "schema_ids.h"

/* ---- IPAddress ---- */

static void check_part(struct check *c, const struct json *ref, const char *path, bool required,
                       const char *(*rule)(struct str))
{
    struct str s = obj_str(ref, path);
    if (s.n)
        check_name_by(c, path + 1, s, rule);
    else if (required)
        check_required(c, path + 1, "");
}

static void check_parent(struct check *c, const struct json *address)
{
    const struct json *ref = obj_get(address, ".spec.parentRef");
    if (!ref) {
        check_required(c, "spec.parentRef", "");
        return;
    }
    size_t mark = check_member(c, "spec.parentRef");
    check_part(c, ref, ".group", false, name_dns1123_subdomain);
    check_part(c, ref, ".resource", true, name_path_segment);
    check_part(c, ref, ".name", true, name_path_segment);
    check_part(c, ref, ".namespace", false, name_path_segment);
    check_pop(c, mark);
}

/* type IPAddress check=fn:ip_address whole */
void check_ip_address(struct check *c, const struct json *address, const struct json *old)
{
    check_meta(c);
    check_parent(c, address);
    if (!old) return;
    check_meta_update(c);
    check_fixed(c, ".spec.parentRef", &type_networking_k8s_io_v1_ParentReference);
}

/* ---- ServiceCIDR ---- */

enum { CIDRS_MAX = 2 }; /* one per IP family */

static void check_family_twice(struct check *c, const struct json *cidrs)
{
    struct ip a, b;
    int bits;
    if (!cidr_parse(obj_str(cidrs, "[0]"), &a, &bits) || !cidr_parse(obj_str(cidrs, "[1]"), &b, &bits)) return;
    if (a.v6 == b.v6)
        check_invalid(c, NULL, cidrs,
                      "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64");
}

static void check_ranges(struct check *c, const struct json *spec)
{
    const struct json *cidrs = obj_get(spec, ".cidrs");
    size_t n = obj_count(cidrs, ""), i = 0, mark = check_member(c, "spec.cidrs");
    if (!n) check_required(c, NULL, "at least one CIDR required");
    if (n > CIDRS_MAX)
        check_invalid_inner(c, NULL, &type_networking_k8s_io_v1_ServiceCIDRSpec, spec, "may only hold up to 2 values");
    for (const struct json *it = n <= CIDRS_MAX ? obj_first(cidrs, "") : NULL; it; it = obj_next(it)) {
        size_t at = check_index(c, i++);
        check_name_by(c, NULL, obj_text(it), name_cidr);
        check_pop(c, at);
    }
    if (n == CIDRS_MAX) check_family_twice(c, cidrs);
    check_pop(c, mark);
}

static void check_range_kept(struct check *c, const struct json *now, const struct json *was, size_t i)
{
    if (!str_eq(obj_text(now), obj_text(was)))
        check_invalid(c, arena_printf(c->arena, "spec.cidrs[%zu]", i), now, "field is immutable");
}

/* A second family may be added, nothing else. */
static void check_range_update(struct check *c, const struct json *cidr, const struct json *old)
{
    const struct json *now = obj_first(cidr, ".spec.cidrs"), *was = obj_first(old, ".spec.cidrs");
    size_t n = obj_count(cidr, ".spec.cidrs"), before = obj_count(old, ".spec.cidrs"), i = 0;
    if (n != before && !(before == 1 && n == CIDRS_MAX)) {
        check_invalid(c, "spec.cidrs",
                      api_shown(c->arena, obj_get(cidr, ".spec"), &type_networking_k8s_io_v1_ServiceCIDRSpec, "cidrs"),
                      "field is immutable");
        return;
    }
    for (; was; was = obj_next(was), now = obj_next(now)) check_range_kept(c, now, was, i++);
    if (n != before) check_ranges(c, obj_get(cidr, ".spec"));
}

/* type ServiceCIDR check=fn:service_cidr whole */
void check_service_cidr(struct check *c, const struct json *cidr, const struct json *old)
{
    if (!old) {
        check_meta(c);
        check_ranges(c, obj_get(cidr, ".spec"));
        return;
    }
    check_meta_update(c);
    if (!c->sub) check_range_update(c, cidr, old);
}

static void cidr_prepare_update(struct arena *a, struct json *cidr, const struct json *old, const char *sub)
{
    if (sub) keep_metadata_of(a, cidr, old);
}

const struct strategy strategy_service_cidr = {.prepare_update = cidr_prepare_update};
