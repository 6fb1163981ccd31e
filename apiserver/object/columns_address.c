/* columns_address.c - table cells of IPAddress and ServiceCIDR (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

static struct str lower(struct arena *a, struct str s)
{
    char *p = str_cstr(a, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + 32);
    return str_n(p, s.n);
}

struct json *column_ip_address_parent(struct arena *a, const struct json *address, int64_t now_ns)
{
    const struct json *ref = obj_get(address, ".spec.parentRef");
    struct str group = obj_str(ref, ".group"), ns = obj_str(ref, ".namespace");
    (void)now_ns;
    if (!ref) return json_strc(a, "<none>");
    struct str what =
        lower(a, str_printf(a, "%.*s%s%.*s", STR_ARG(obj_str(ref, ".resource")), group.n ? "." : "", STR_ARG(group)));
    return json_str(a, str_printf(a, "%.*s%s%.*s/%.*s", STR_ARG(what), ns.n ? "/" : "", STR_ARG(ns),
                                  STR_ARG(obj_str(ref, ".name"))));
}

struct json *column_service_cidr_ranges(struct arena *a, const struct json *cidr, int64_t now_ns)
{
    (void)now_ns;
    return column_joined(a, cidr, ".spec.cidrs", "");
}
