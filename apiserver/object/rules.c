/* rules.c - rule= hooks: one value against one rule.
 * Reads: the value.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/quantity.h"
#include "apiserver/object/ip.h"
#include "apiserver/object/names.h"

static void by_name(struct check *c, const struct json *value, const char *(*rule)(struct str))
{
    struct str s = json_string(value);
    const char *why = s.n ? rule(s) : NULL;
    if (why) check_invalid_str(c, NULL, s, why);
}

void rule_dns_label(struct check *c, const struct json *value) { by_name(c, value, name_dns1123_label); }
void rule_dns_subdomain(struct check *c, const struct json *value) { by_name(c, value, name_dns1123_subdomain); }
void rule_path_segment(struct check *c, const struct json *value) { by_name(c, value, name_path_segment); }
void rule_ip_address(struct check *c, const struct json *value) { by_name(c, value, name_ip); }

void rule_quantity(struct check *c, const struct json *value)
{
    struct qty q;
    struct err e = ERR_INIT;
    if (json_is(value, JSON_STR) && qty_parse(value->u.s, &q, &e) && q.nano < 0)
        check_invalid(c, NULL, value, "must be greater than or equal to 0");
}
