/* check_endpoint_slice.c - validation of EndpointSlices (pkg/apis/discovery/validation/validation.go).
 * Reads: a defaulted tree, its former state.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/ip.h"

enum { ENDPOINTS_MAX = 1000, ADDRESSES_MAX = 100, PORTS_MAX = 20000, HINTS_MAX = 8 };

/* ---- Addresses ---- */

/* The first thing that is wrong; what names.h tells of it is one error here. */
static void check_domain(struct check *c, struct str name)
{
    struct str rest;
    if (!name.n) {
        check_required(c, NULL, "");
        return;
    }
    if (name.p[name.n - 1] == '.') name.n--;
    struct str shown = name;
    const char *why = name_dns1123_subdomain(name);
    (void)str_cut(name, '.', &rest);
    if (!why && str_is_null(rest)) why = "should be a domain with at least two segments separated by dots";
    for (struct str left = name; !why && !str_is_null(left);)
        why = name_dns1123_label(shown = str_cut(left, '.', &left));
    if (!why) return;
    char *text = arena_printf(c->arena, "%s", why);
    for (char *p = text; *p; p++)
        if (*p == NAME_SEPARATOR) *p = ',';
    check_invalid_str(c, NULL, shown, text);
}

/* Upstream tells the wrong family at the list. */
static void check_address(struct check *c, struct str type, const struct json *address, size_t i)
{
    bool v6 = str_eqc(type, "IPv6");
    size_t mark = check_into(c, "addresses", i);
    if (str_eqc(type, "FQDN")) check_domain(c, obj_text(address));
    bool parsed = v6                      ? check_canonical_ip(c, NULL, address)
                  : str_eqc(type, "IPv4") ? check_ip(c, NULL, address)
                                          : false;
    check_pop(c, mark);
    if (!parsed) return;
    if (ip_is_v6(obj_text(address)) != v6)
        check_invalid(c, "addresses", address, v6 ? "must be an IPv6 address" : "must be an IPv4 address");
    mark = check_into(c, "addresses", i);
    (void)check_endpoint_ip(c, NULL, address);
    check_pop(c, mark);
}

/* ---- Endpoints ---- */

/* False: there are too many. */
static bool check_hint(struct check *c, const struct json *hints, const char *list, name_rule *rule)
{
    const struct json *items = json_getc(hints, list);
    size_t i = 0;
    if (obj_count(items, "") > HINTS_MAX) {
        check_too_many(c, list, obj_count(items, ""), HINTS_MAX);
        return false;
    }
    for (OBJ_EACH(it, items, "")) {
        struct str name = obj_str(it, ".name");
        size_t mark = check_into(c, list, i++);
        for (const struct json *o = obj_first(items, ""); o != it; o = obj_next(o)) {
            if (!str_eq(obj_str(o, ".name"), name)) continue;
            check_duplicate(c, "name", json_str(c->arena, name.p ? name : STR("")));
            break;
        }
        check_name_by(c, "name", name, rule);
        check_pop(c, mark);
    }
    return true;
}

static void check_endpoint(struct check *c, struct str type, const struct json *e)
{
    const struct json *node = json_getc(e, "nodeName"), *host = json_getc(e, "hostname"),
                      *hints = json_getc(e, "hints");
    size_t count = obj_count(e, ".addresses"), i = 0;
    if (!count) check_required(c, "addresses", "must contain at least 1 address");
    if (count > ADDRESSES_MAX) check_too_many(c, "addresses", count, ADDRESSES_MAX);
    for (OBJ_EACH(it, e, ".addresses")) check_address(c, type, it, i++);
    if (node) check_name_by(c, "nodeName", obj_text(node), name_dns1123_subdomain);
    if (host) check_name_by(c, "hostname", obj_text(host), name_dns1123_label);
    size_t mark = check_member(c, "hints");
    if (hints && check_hint(c, hints, "forZones", name_label_value))
        (void)check_hint(c, hints, "forNodes", name_dns1123_subdomain);
    check_pop(c, mark);
}

static void check_endpoint_list(struct check *c, struct str type, const struct json *endpoints)
{
    size_t count = obj_count(endpoints, ""), i = 0;
    if (count > ENDPOINTS_MAX) {
        check_too_many(c, "endpoints", count, ENDPOINTS_MAX);
        return;
    }
    for (OBJ_EACH(it, endpoints, "")) {
        size_t mark = check_into(c, "endpoints", i++);
        check_endpoint(c, type, it);
        check_pop(c, mark);
    }
}

/* ---- Ports ---- */

static void check_ports(struct check *c, const struct json *ports)
{
    static const char *const protocols[] = {"SCTP", "TCP", "UDP", NULL};
    struct map names = {0};
    size_t count = obj_count(ports, ""), i = 0;
    if (count > PORTS_MAX) {
        check_too_many(c, "ports", count, PORTS_MAX);
        return;
    }
    for (OBJ_EACH(it, ports, "")) {
        struct str name = obj_str(it, ".name");
        const struct json *app = json_getc(it, "appProtocol");
        size_t mark = check_into(c, "ports", i++);
        if (name.n) check_name_by(c, "name", name, name_dns1123_label);
        (void)check_unique(c, "name", name, &names);
        (void)check_one_of(c, "protocol", obj_str(it, ".protocol"), protocols);
        if (app) check_name_by(c, "appProtocol", obj_text(app), name_qualified);
        check_pop(c, mark);
    }
    map_release(&names, NULL);
}

/* type EndpointSlice check=fn:endpoint_slice whole */
void check_endpoint_slice(struct check *c, const struct json *slice, const struct json *old)
{
    static const char *const types[] = {"FQDN", "IPv4", "IPv6", NULL};
    const struct json *endpoints = json_getc(slice, "endpoints"), *was = json_getc(old, "endpoints");
    struct str type = obj_str(slice, ".addressType");
    check_meta(c);
    if (type.n)
        (void)check_one_of(c, "addressType", type, types);
    else
        check_required(c, "addressType", "");
    check_ports(c, json_getc(slice, "ports"));
    if (!was || !endpoints || !json_equal(endpoints, was)) /* what was let in once stays */
        check_endpoint_list(c, type, endpoints);
    if (old && !str_eq(type, obj_str(old, ".addressType")))
        check_invalid_str(c, "addressType", type.p ? type : STR(""), "field is immutable");
}
