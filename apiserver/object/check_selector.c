/* check_selector.c - see check_selector.h. Reads: a node of a normalised tree.   Writes: struct check. */
#include "apiserver/object/check_selector.h"

#include "api/object.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"

static void check_requirement(struct check *c, const struct json *term, bool any_values)
{
    struct str op = obj_str(term, ".operator");
    bool lists = str_eqc(op, "In") || str_eqc(op, "NotIn"), bare = str_eqc(op, "Exists") || str_eqc(op, "DoesNotExist");
    size_t n = obj_count(term, ".values"), i = 0;
    if (lists && !n) check_required(c, "values", "must be specified when `operator` is 'In' or 'NotIn'");
    if (bare && n) check_forbidden(c, "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    if (!lists && !bare) check_invalid_str(c, "operator", op.p ? op : STR(""), "not a valid selector operator");
    check_name_by(c, "key", obj_str(term, ".key"), name_qualified);
    for (OBJ_EACH(v, term, ".values")) {
        size_t mark = check_into(c, "values", i++);
        if (!any_values) check_name_by(c, NULL, obj_text(v), name_label_value);
        check_pop(c, mark);
    }
}

void check_selector_changed(struct check *c, const char *member, const struct json *selector, bool was_bad)
{
    if (!json_is(selector, JSON_OBJ)) return;
    size_t outer = check_member(c, member), i = 0, labels = check_member(c, "matchLabels");
    check_label_map(c, json_getc(selector, "matchLabels"));
    check_pop(c, labels);
    for (OBJ_EACH(term, selector, ".matchExpressions")) {
        size_t mark = check_into(c, "matchExpressions", i++);
        check_requirement(c, term, was_bad);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

void check_selector_rules(struct check *c, const char *member, const struct json *selector)
{
    check_selector_changed(c, member, selector, false);
}

bool selector_is_bad(struct arena *a, const struct json *selector)
{
    struct check *alone = ARENA_NEW(a, struct check);
    check_init(alone, a);
    check_selector_rules(alone, "selector", selector);
    return alone->count > 0;
}

bool selector_has_bad_values(const struct json *selector)
{
    for (OBJ_EACH(term, selector, ".matchExpressions"))
        for (OBJ_EACH(v, term, ".values"))
            if (name_label_value(obj_text(v))) return true;
    return false;
}
