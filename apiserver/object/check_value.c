/* check_value.c - rules of one value: names, ports, enumerations, quantities, what may not change.
 * Reads: the value.   Writes: struct check. */
#include "apiserver/object/check_value.h"

#include "api/object.h"
#include "api/quantity.h"
#include "apiserver/object/ip.h"

static struct str shown(struct str s) { return s.p ? s : STR(""); }

void kept_add(struct kept *k, const struct json *list)
{
    for (OBJ_EACH(it, list, "")) map_set(&k->texts, obj_text(it), k);
}

bool kept_has(const struct kept *k, struct str text) { return k->texts.count && map_has(&k->texts, text); }

void kept_release(struct kept *k) { map_release(&k->texts, NULL); }

void check_name_by(struct check *c, const char *member, struct str value, name_rule *rule)
{
    const char *why = rule(value);
    if (why) check_invalid_str(c, member, shown(value), why);
}

void check_invalid_joined(struct check *c, const char *member, struct str value, const char *before, const char *why)
{
    if (!why) return;
    char *text = arena_printf(c->arena, "%s%s", before, why);
    for (char *p = strchr(text, NAME_SEPARATOR); p; p = strchr(p, NAME_SEPARATOR)) *p = ',';
    check_invalid_str(c, member, shown(value), text);
}

void check_invalid_each(struct check *c, const char *member, const struct json *value, const char *before,
                        const char *why)
{
    for (struct str rest = str_of(why ? why : ""); rest.n;) {
        struct str one = str_cut(rest, NAME_SEPARATOR, &rest);
        check_invalidf(c, member, value, "%s%.*s", before, STR_ARG(one));
    }
}

bool check_unique(struct check *c, const char *member, struct str text, struct map *seen)
{
    bool again = map_has(seen, text);
    if (again)
        check_duplicate(c, member, json_str(c->arena, shown(text)));
    else
        map_set(seen, text, c);
    return !again;
}

void check_required_name(struct check *c, const char *member, struct str value, name_rule *rule, const char *missing)
{
    if (value.n)
        check_name_by(c, member, value, rule);
    else
        check_required(c, member, missing);
}

void check_port(struct check *c, const char *member, const struct json *value, int64_t port)
{
    if (port < 1 || port > 65535)
        check_invalid(c, member, value ? value : json_int(c->arena, port), "must be between 1 and 65535, inclusive");
}

bool check_is_among(struct str value, const char *const *texts)
{
    for (; *texts; texts++)
        if (str_eqc(value, *texts)) return true;
    return false;
}

bool check_one_of(struct check *c, const char *member, struct str value, const char *const *supported)
{
    if (check_is_among(value, supported)) return true;
    check_not_supported(c, member, json_str(c->arena, shown(value)), supported);
    return false;
}

void check_same(struct check *c, const char *member, const struct json *now, const struct json *old)
{
    if (!json_equal(now, old)) check_invalid(c, member, now, "field is immutable");
}

void check_quantity(struct check *c, const char *member, const struct json *value)
{
    struct qty q;
    struct err e = ERR_INIT;
    if (value && qty_parse(obj_text(value), &q, &e) && q.nano < 0)
        check_invalid(c, member, value, "must be greater than or equal to 0");
}

void check_count(struct check *c, const char *member, const struct json *value)
{
    if (obj_number(value, 0) < 0) check_invalid(c, member, value, "must be greater than or equal to 0");
}

void check_host(struct check *c, const char *member, struct str host, name_rule *rule)
{
    struct ip ip;
    check_name_by(c, member, host, rule);
    if (ip_parse(host, &ip)) check_invalid_str(c, member, host, "must be a DNS name, not an IP address");
}
