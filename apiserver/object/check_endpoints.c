/* check_endpoints.c - validation of Endpoints and EndpointSlices (pkg/apis/core/validation/validation.go,
 * pkg/apis/discovery/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/ip.h"
#include "apiserver/object/names.h"

enum { SLICE_ENDPOINTS_MAX = 1000, ADDRESSES_MAX = 100, PORTS_MAX = 20000, TOPOLOGY_MAX = 16, HINTS_MAX = 8 };

static void check_name(struct check *c, const struct json *node, const char *path, const char *(*rule)(struct str))
{
    struct str s = obj_str(node, path);
    const char *why = obj_has(node, path) ? rule(s) : NULL;
    if (why) check_invalid_str(c, path + 1, s, why);
}

/* ---- Endpoints ---- */

/* The node that an address was on before, in any subset; STR_NULL. */
static struct str node_before(const struct json *old, struct str ip)
{
    static const char *const lists[] = {".addresses", ".notReadyAddresses"};
    struct str node = STR_NULL;
    for (OBJ_EACH(subset, old, ".subsets"))
        for (size_t i = 0; i < ARRAY_LEN(lists); i++)
            for (OBJ_EACH(a, subset, lists[i]))
                if (str_eq(obj_str(a, ".ip"), ip) && obj_has(a, ".nodeName")) node = obj_str(a, ".nodeName");
    return node;
}

static void check_address(struct check *c, const struct json *address, const struct json *old)
{
    struct str node = obj_str(address, ".nodeName"), ip = obj_str(address, ".ip"), before = node_before(old, ip);
    int count = c->count;
    (void)check_ip(c, "ip", obj_get(address, ".ip"));
    if (obj_str(address, ".hostname").n) check_name(c, address, ".hostname", name_dns1123_label);
    check_name(c, address, ".nodeName", name_dns1123_subdomain);
    if (!str_is_null(before) && obj_has(address, ".nodeName") && !str_eq(before, node))
        check_forbidden(c, "nodeName",
                        arena_printf(c->arena, "Cannot change NodeName for %.*s to %.*s", STR_ARG(ip), STR_ARG(node)));
    if (c->count == count) (void)check_endpoint_ip(c, "ip", obj_get(address, ".ip"));
}

static void check_addresses(struct check *c, const struct json *subset, const char *list, const struct json *old)
{
    size_t outer = check_member(c, list), i = 0;
    for (OBJ_EACH(a, subset, arena_printf(c->arena, ".%s", list))) {
        size_t mark = check_index(c, i++);
        check_address(c, a, old);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

static void check_subset_ports(struct check *c, const struct json *subset)
{
    size_t outer = check_member(c, "ports"), i = 0, count = obj_count(subset, ".ports");
    for (OBJ_EACH(p, subset, ".ports")) {
        size_t mark = check_index(c, i++);
        if (count > 1 && !obj_str(p, ".name").n)
            check_required(c, "name", "");
        else if (obj_str(p, ".name").n)
            check_name(c, p, ".name", name_dns1123_label);
        check_name(c, p, ".appProtocol", name_qualified);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* type Endpoints check=fn:endpoints */
void check_endpoints(struct check *c, const struct json *endpoints, const struct json *old)
{
    size_t outer = check_member(c, "subsets"), i = 0;
    for (OBJ_EACH(subset, endpoints, ".subsets")) {
        size_t mark = check_index(c, i++);
        if (!obj_count(subset, ".addresses") && !obj_count(subset, ".notReadyAddresses"))
            check_required(c, NULL, "must specify `addresses` or `notReadyAddresses`");
        check_addresses(c, subset, "addresses", old);
        check_addresses(c, subset, "notReadyAddresses", old);
        check_subset_ports(c, subset);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* ---- EndpointSlices ---- */

static void check_domain(struct check *c, struct str name)
{
    struct str rest;
    if (!name.n) {
        check_required(c, NULL, "");
        return;
    }
    if (name.p[name.n - 1] == '.') name.n--;
    const char *why = name_dns1123_subdomain(name);
    (void)str_cut(name, '.', &rest);
    if (!why && str_is_null(rest)) why = "should be a domain with at least two segments separated by dots";
    for (struct str left = name; !why && !str_is_null(left);) why = name_dns1123_label(str_cut(left, '.', &left));
    if (why) check_invalid_str(c, NULL, name, why);
}

static void check_slice_address(struct check *c, struct str type, const struct json *address)
{
    struct ip ip;
    bool parsed = ip_parse(obj_text(address), &ip);
    if (str_eqc(type, "FQDN")) {
        check_domain(c, obj_text(address));
    } else if (str_eqc(type, "IPv4") || str_eqc(type, "IPv6")) {
        if (!parsed || ip.v6 != str_eqc(type, "IPv6"))
            check_invalidf(c, NULL, address, "must be a valid %.*s address", STR_ARG(type));
        (void)check_endpoint_ip(c, NULL, address);
    }
}

static void check_hints(struct check *c, const struct json *hints, const char *list)
{
    const char *path = arena_printf(c->arena, ".%s", list);
    size_t outer = check_member(c, list), i = 0;
    if (obj_count(hints, path) > HINTS_MAX) {
        check_too_many(c, NULL, obj_count(hints, path), HINTS_MAX);
        check_pop(c, outer);
        return;
    }
    for (OBJ_EACH(h, hints, path)) {
        struct str name = obj_str(h, ".name");
        size_t mark = check_index(c, i++);
        for (OBJ_EACH(o, hints, path)) {
            if (o == h) break;
            if (str_eq(obj_str(o, ".name"), name)) {
                check_duplicate(c, "name", obj_get(h, ".name"));
                break;
            }
        }
        const char *why = list[3] == 'Z' ? name_label_value(name) : name_dns1123_subdomain(name);
        if (why) check_invalid_str(c, "name", name, why);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

static void check_topology(struct check *c, const struct json *endpoint)
{
    size_t count = obj_count(endpoint, ".deprecatedTopology");
    if (count > TOPOLOGY_MAX) check_too_many(c, "deprecatedTopology", count, TOPOLOGY_MAX);
    for (OBJ_EACH(it, endpoint, ".deprecatedTopology")) {
        const char *why = name_qualified(obj_key(it));
        if (why) check_invalid_str(c, "deprecatedTopology", obj_key(it), why);
        if ((why = name_label_value(obj_text(it)))) check_invalid_str(c, "deprecatedTopology", obj_text(it), why);
    }
}

static void check_endpoint(struct check *c, struct str type, const struct json *endpoint)
{
    size_t count = obj_count(endpoint, ".addresses"), outer = check_member(c, "addresses"), i = 0;
    if (!count) check_required(c, NULL, "must contain at least 1 address");
    if (count > ADDRESSES_MAX) check_too_many(c, NULL, count, ADDRESSES_MAX);
    for (OBJ_EACH(a, endpoint, ".addresses")) {
        size_t mark = check_index(c, i++);
        check_slice_address(c, type, a);
        check_pop(c, mark);
    }
    check_pop(c, outer);
    check_name(c, endpoint, ".nodeName", name_dns1123_subdomain);
    check_topology(c, endpoint);
    check_name(c, endpoint, ".hostname", name_dns1123_label);
    outer = check_member(c, "hints");
    check_hints(c, obj_get(endpoint, ".hints"), "forZones");
    check_hints(c, obj_get(endpoint, ".hints"), "forNodes");
    check_pop(c, outer);
}

static void check_slice_ports(struct check *c, const struct json *slice)
{
    size_t outer = check_member(c, "ports"), i = 0, count = obj_count(slice, ".ports");
    if (count > PORTS_MAX) check_too_many(c, NULL, count, PORTS_MAX);
    for (OBJ_EACH(p, slice, ".ports")) {
        if (count > PORTS_MAX) break;
        size_t mark = check_index(c, i++);
        if (obj_str(p, ".name").n) check_name(c, p, ".name", name_dns1123_label);
        for (OBJ_EACH(o, slice, ".ports")) {
            if (o == p) break;
            if (!str_eq(obj_str(o, ".name"), obj_str(p, ".name"))) continue;
            check_duplicate(c, "name", obj_get(p, ".name"));
            break;
        }
        check_name(c, p, ".appProtocol", name_qualified);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* type EndpointSlice check=fn:endpoint_slice */
void check_endpoint_slice(struct check *c, const struct json *slice, const struct json *old)
{
    struct str type = obj_str(slice, ".addressType");
    size_t count = obj_count(slice, ".endpoints"), outer = check_member(c, "endpoints"), i = 0;
    if (count > SLICE_ENDPOINTS_MAX) check_too_many(c, NULL, count, SLICE_ENDPOINTS_MAX);
    for (OBJ_EACH(e, slice, ".endpoints")) {
        if (count > SLICE_ENDPOINTS_MAX) break;
        size_t mark = check_index(c, i++);
        check_endpoint(c, type, e);
        check_pop(c, mark);
    }
    check_pop(c, outer);
    check_slice_ports(c, slice);
    if (!type.n) check_required(c, "addressType", "");
    if (old && !str_eq(type, obj_str(old, ".addressType")))
        check_invalid(c, "addressType", obj_get(slice, ".addressType"), "field is immutable");
}
