/* check_endpoints.c - validation of Endpoints (pkg/apis/core/validation/validation.go, ValidateEndpoints).
 * Reads: a defaulted tree, its former state.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/ip.h"

static const struct json *text_of(struct arena *a, const struct json *node, const char *member)
{
    const struct json *v = json_getc(node, member);
    return v ? v : json_strc(a, "");
}

static void check_address(struct check *c, const struct json *address)
{
    const struct json *ip = text_of(c->arena, address, "ip"), *node = json_getc(address, "nodeName");
    struct str host = obj_str(address, ".hostname");
    (void)check_ip(c, "ip", ip);
    if (host.n) check_name_by(c, "hostname", host, name_dns1123_label);
    if (node) check_name_by(c, "nodeName", obj_text(node), name_dns1123_subdomain);
    (void)check_endpoint_ip(c, "ip", ip);
}

static void check_addresses(struct check *c, const struct json *subset, const char *list)
{
    size_t i = 0;
    for (OBJ_EACH(it, json_getc(subset, list), "")) {
        size_t mark = check_into(c, list, i++);
        check_address(c, it);
        check_pop(c, mark);
    }
}

static void check_ports(struct check *c, const struct json *subset)
{
    static const char *const protocols[] = {"SCTP", "TCP", "UDP", NULL};
    size_t count = obj_count(subset, ".ports"), i = 0;
    for (OBJ_EACH(it, subset, ".ports")) {
        struct str name = obj_str(it, ".name");
        const struct json *app = json_getc(it, "appProtocol");
        size_t mark = check_into(c, "ports", i++);
        if (name.n)
            check_name_by(c, "name", name, name_dns1123_label);
        else if (count > 1)
            check_required(c, "name", "");
        check_port(c, "port", NULL, obj_int(it, ".port", 0));
        (void)check_one_of(c, "protocol", obj_str(it, ".protocol"), protocols);
        if (app) check_name_by(c, "appProtocol", obj_text(app), name_qualified);
        check_pop(c, mark);
    }
}

/* type Endpoints check=fn:endpoints whole */
void check_endpoints(struct check *c, const struct json *endpoints, const struct json *old)
{
    const struct json *subsets = json_getc(endpoints, "subsets"), *was = json_getc(old, "subsets");
    size_t i = 0;
    if (old) check_meta_update(c);
    check_meta(c);
    if (was && subsets && json_equal(subsets, was)) return; /* what was let in once stays */
    for (OBJ_EACH(it, subsets, "")) {
        size_t mark = check_into(c, "subsets", i++);
        if (!obj_count(it, ".addresses") && !obj_count(it, ".notReadyAddresses"))
            check_required(c, NULL, "must specify `addresses` or `notReadyAddresses`");
        check_addresses(c, it, "addresses");
        check_addresses(c, it, "notReadyAddresses");
        check_ports(c, it);
        check_pop(c, mark);
    }
}
