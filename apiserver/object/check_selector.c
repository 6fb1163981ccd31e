/* check_selector.c - see check_selector.h. Reads: a node of a normalised tree.   Writes: struct check. */
#include "apiserver/object/check_selector.h"

#include "api/object.h"
#include "apiserver/object/names.h"

static void check_match_labels(struct check *c, const struct json *selector)
{
    for (OBJ_EACH(it, selector, ".matchLabels")) {
        const char *why = name_qualified(obj_key(it));
        if (why) check_invalid_str(c, "matchLabels", obj_key(it), why);
        if ((why = name_label_value(obj_text(it)))) check_invalid_str(c, "matchLabels", obj_text(it), why);
    }
}

static void check_requirement(struct check *c, const struct json *term)
{
    struct str op = obj_str(term, ".operator");
    bool lists = str_eqc(op, "In") || str_eqc(op, "NotIn"), bare = str_eqc(op, "Exists") || str_eqc(op, "DoesNotExist");
    size_t n = obj_count(term, ".values"), i = 0;
    if (lists && !n) check_required(c, "values", "must be specified when `operator` is 'In' or 'NotIn'");
    if (bare && n) check_forbidden(c, "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    if (!lists && !bare) check_invalid_str(c, "operator", op, "not a valid selector operator");
    const char *why = name_qualified(obj_str(term, ".key"));
    if (why) check_invalid_str(c, "key", obj_str(term, ".key"), why);
    for (OBJ_EACH(v, term, ".values")) {
        size_t outer = check_member(c, "values");
        check_index(c, i++);
        if ((why = name_label_value(obj_text(v)))) check_invalid_str(c, NULL, obj_text(v), why);
        check_pop(c, outer);
    }
}

void check_selector_rules(struct check *c, const char *member, const struct json *selector)
{
    if (!json_is(selector, JSON_OBJ)) return;
    size_t outer = check_member(c, member), i = 0;
    check_match_labels(c, selector);
    for (OBJ_EACH(term, selector, ".matchExpressions")) {
        size_t mark = check_member(c, "matchExpressions");
        check_index(c, i++);
        check_requirement(c, term);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}
