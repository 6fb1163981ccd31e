/* check_workload.c - see check_workload.h. Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_workload.h"

#include "api/object.h"
#include "api/selector.h"
#include "apiserver/object/check_selector.h"

/* ---- Selector and template ---- */

void check_workload_selector(struct check *c, const struct json *spec, const struct workload_rules *rules)
{
    const struct json *node = obj_get(spec, ".selector"), *labels = obj_get(spec, ".template.metadata.labels");
    struct selector selector;
    struct err e = ERR_INIT;
    bool given = obj_has(spec, ".selector");
    if (!given && !rules->selector_optional) check_required(c, "selector", "");
    check_selector_rules(c, "selector", node);
    if (given && !obj_count(node, ".matchLabels") && !obj_count(node, ".matchExpressions"))
        check_invalidf(c, "selector", node, "empty selector is invalid for %s", rules->noun);
    else if (!sel_from_object(c->arena, node, &selector, &e))
        check_invalid(c, "selector", node, rules->unreadable);
    else if (!sel_match(&selector, labels))
        check_invalid(c, "template.metadata.labels", labels, "`selector` does not match template `labels`");
}

void check_workload_template(struct check *c, const struct json *tmpl, const char *kind)
{
    static const char *const only[] = {"Always", NULL};
    const struct json *restart = obj_get(tmpl, ".spec.restartPolicy");
    size_t mark = check_member(c, "template");
    check_member(c, "spec");
    if (restart && !str_eqc(obj_text(restart), "Always")) check_not_supported(c, "restartPolicy", restart, only);
    if (obj_has(tmpl, ".spec.activeDeadlineSeconds"))
        check_forbidden(c, "activeDeadlineSeconds",
                        arena_printf(c->arena, "activeDeadlineSeconds in %s is not Supported", kind));
    check_pop(c, mark);
}

/* ---- Numbers or percentages ---- */

/* "[0-9]+%" */
static bool percent_of(const struct json *value, int64_t *percent)
{
    struct str text = obj_text(value);
    if (text.n < 2 || text.p[text.n - 1] != '%' || text.p[0] < '0' || text.p[0] > '9') return false;
    return str_to_i64(str_n(text.p, text.n - 1), percent);
}

int64_t check_int_or_percent(struct check *c, const char *member, const struct json *value)
{
    int64_t n = 0;
    if (!str_is_null(obj_text(value))) {
        if (!percent_of(value, &n))
            check_invalid(c, member, value,
                          "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
                          "'93%', regex used for validation is '[0-9]+%')");
        return n;
    }
    n = obj_number(value, 0);
    if (n < 0) check_invalid(c, member, value, "must be greater than or equal to 0");
    return n;
}

void check_percent_max(struct check *c, const char *member, const struct json *value)
{
    int64_t percent;
    if (percent_of(value, &percent) && percent > 100) check_invalid(c, member, value, "must not be greater than 100%");
}

/* ---- Between old and new ---- */

void check_unchanged(struct check *c, const char *member, const struct json *node, const struct json *old)
{
    const struct json *now = json_getc(node, member), *was = json_getc(old, member);
    if (old && now != was && !(now && was && json_equal(now, was))) check_invalid(c, member, now, "field is immutable");
}
