/* check_node_selector.c - see check_node_selector.h. Reads: nodes of a normalised tree.   Writes: struct check. */
#include "apiserver/object/check_node_selector.h"

#include "api/object.h"
#include "apiserver/object/check_value.h"

static void check_values(struct check *c, const struct json *values, name_rule *rule)
{
    size_t outer = check_member(c, "values"), i = 0;
    JSON_FOREACH(it, values)
    {
        size_t mark = check_index(c, i++);
        check_name_by(c, NULL, json_string(it), rule);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* What operators want of the values. */
static void check_operator(struct check *c, const struct json *term)
{
    struct str op = json_string(json_getc(term, "operator"));
    size_t n = obj_count(term, ".values");
    if (str_eqc(op, "In") || str_eqc(op, "NotIn")) {
        if (!n) check_required(c, "values", "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (str_eqc(op, "Exists") || str_eqc(op, "DoesNotExist")) {
        if (n) check_forbidden(c, "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else if (str_eqc(op, "Gt") || str_eqc(op, "Lt")) {
        if (n != 1) check_required(c, "values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
    } else {
        check_invalid(c, "operator", json_str(c->arena, op), "not a valid selector operator");
    }
}

static void check_requirement(struct check *c, const struct json *term, bool any_value)
{
    check_operator(c, term);
    check_name_by(c, "key", json_string(json_getc(term, "key")), name_qualified);
    if (!any_value) check_values(c, json_getc(term, "values"), name_label_value);
}

static void check_field_requirement(struct check *c, const struct json *term)
{
    struct str op = json_string(json_getc(term, "operator")), key = json_string(json_getc(term, "key"));
    if (!str_eqc(op, "In") && !str_eqc(op, "NotIn"))
        check_invalid(c, "operator", json_str(c->arena, op), "not a valid selector operator");
    else if (obj_count(term, ".values") != 1)
        check_required(c, "values",
                       "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
    if (str_eqc(key, "metadata.name"))
        check_values(c, json_getc(term, "values"), name_dns1123_subdomain);
    else
        check_invalid_str(c, "key", key, "not a valid field selector key");
}

void check_node_term(struct check *c, const struct json *term, bool any_value)
{
    size_t i = 0;
    JSON_FOREACH(it, json_getc(term, "matchExpressions"))
    {
        size_t mark = check_member(c, "matchExpressions");
        check_index(c, i++);
        check_requirement(c, it, any_value);
        check_pop(c, mark);
    }
    i = 0;
    JSON_FOREACH(it, json_getc(term, "matchFields"))
    {
        size_t mark = check_member(c, "matchFields");
        check_index(c, i++);
        check_field_requirement(c, it);
        check_pop(c, mark);
    }
}

void check_node_terms(struct check *c, const struct json *selector, bool any_value)
{
    size_t outer = check_member(c, "nodeSelectorTerms"), i = 0;
    if (!obj_count(selector, ".nodeSelectorTerms"))
        check_required(c, NULL, "must have at least one node selector term");
    JSON_FOREACH(term, json_getc(selector, "nodeSelectorTerms"))
    {
        size_t mark = check_index(c, i++);
        check_node_term(c, term, any_value);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}
