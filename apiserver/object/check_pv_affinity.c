/* check_pv_affinity.c - from which nodes a PersistentVolume can be reached: validation of its node selector
 * (pkg/apis/core/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pv.h"

#include "api/object.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "schema_ids.h"

/* ---- Requirements ---- */

/* How many values each operator wants. */
static void check_value_count(struct check *c, struct str op, size_t n)
{
    static const char *const lists[] = {"In", "NotIn", NULL}, *const bare[] = {"Exists", "DoesNotExist", NULL};
    static const char *const numbers[] = {"Gt", "Lt", NULL};
    if (check_is_among(op, lists)) {
        if (!n) check_required(c, "values", "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (check_is_among(op, bare)) {
        if (n) check_forbidden(c, "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else if (check_is_among(op, numbers)) {
        if (n != 1) check_required(c, "values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
    } else {
        check_invalid_str(c, "operator", op.p ? op : STR(""), "not a valid selector operator");
    }
}

static void check_values(struct check *c, const struct json *rule, name_rule *by)
{
    size_t i = 0;
    for (OBJ_EACH(v, rule, ".values")) {
        size_t mark = check_into(c, "values", i++);
        check_name_by(c, NULL, obj_text(v), by);
        check_pop(c, mark);
    }
}

static void check_expression(struct check *c, const struct json *rule, bool tolerant)
{
    check_value_count(c, obj_str(rule, ".operator"), obj_count(rule, ".values"));
    check_name_by(c, "key", obj_str(rule, ".key"), name_qualified);
    if (!tolerant) check_values(c, rule, name_label_value);
}

static void check_field(struct check *c, const struct json *rule)
{
    static const char *const lists[] = {"In", "NotIn", NULL};
    struct str op = obj_str(rule, ".operator"), key = obj_str(rule, ".key");
    if (!check_is_among(op, lists))
        check_invalid_str(c, "operator", op.p ? op : STR(""), "not a valid selector operator");
    else if (obj_count(rule, ".values") != 1)
        check_required(c, "values",
                       "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
    if (str_eqc(key, "metadata.name"))
        check_values(c, rule, name_dns1123_subdomain);
    else
        check_invalid_str(c, "key", key.p ? key : STR(""), "not a valid field selector key");
}

static void check_term(struct check *c, const struct json *term, bool tolerant)
{
    size_t i = 0;
    for (OBJ_EACH(rule, term, ".matchExpressions")) {
        size_t mark = check_into(c, "matchExpressions", i++);
        check_expression(c, rule, tolerant);
        check_pop(c, mark);
    }
    i = 0;
    for (OBJ_EACH(rule, term, ".matchFields")) {
        size_t mark = check_into(c, "matchFields", i++);
        check_field(c, rule);
        check_pop(c, mark);
    }
}

/* ---- The selector ---- */

static bool has_bad_value(const struct json *terms)
{
    for (OBJ_EACH(term, terms, ""))
        for (OBJ_EACH(rule, term, ".matchExpressions"))
            for (OBJ_EACH(v, rule, ".values"))
                if (name_label_value(obj_text(v))) return true;
    return false;
}

void check_pv_affinity(struct check *c, const struct json *affinity, const struct json *old)
{
    const struct json *terms = obj_get(affinity, ".required.nodeSelectorTerms");
    bool tolerant = has_bad_value(obj_get(old, ".required.nodeSelectorTerms"));
    size_t mark = check_member(c, "nodeAffinity"), i = 0;
    if (!obj_has(affinity, ".required"))
        check_required(c, "required", "must specify required node constraints");
    else if (!obj_count(terms, ""))
        check_required(c, "required.nodeSelectorTerms", "must have at least one node selector term");
    check_member(c, "required");
    for (OBJ_EACH(term, terms, "")) {
        size_t at = check_into(c, "nodeSelectorTerms", i++);
        check_term(c, term, tolerant);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

/* ---- What may change ---- */

static bool same(const struct json *x, const struct json *y) { return x == y || (x && y && json_equal(x, y)); }

/* A label of old may take the name that took its place. */
static bool same_key(struct str now, struct str old)
{
    static const char *const renamed[][2] = {
        {"beta.kubernetes.io/arch", "kubernetes.io/arch"},
        {"beta.kubernetes.io/os", "kubernetes.io/os"},
        {"failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"},
        {"failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"},
        {"beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"},
    };
    for (size_t i = 0; i < ARRAY_LEN(renamed); i++)
        if (str_eqc(old, renamed[i][0]) && str_eqc(now, renamed[i][1])) return true;
    return str_eq(now, old);
}

static bool same_rules(const struct json *now, const struct json *old)
{
    const struct json *x = obj_first(now, ""), *y = obj_first(old, "");
    for (; x && y; x = obj_next(x), y = obj_next(y))
        if (!same_key(obj_str(x, ".key"), obj_str(y, ".key")) ||
            !str_eq(obj_str(x, ".operator"), obj_str(y, ".operator")) ||
            !same(obj_get(x, ".values"), obj_get(y, ".values")))
            return false;
    return !x && !y;
}

static bool same_affinity(const struct json *now, const struct json *old)
{
    static const char path[] = ".required.nodeSelectorTerms";
    const struct json *x = obj_first(now, path), *y = obj_first(old, path);
    if (obj_has(now, ".required") != obj_has(old, ".required") || !now) return false;
    for (; x && y; x = obj_next(x), y = obj_next(y))
        if (!same_rules(obj_get(x, ".matchExpressions"), obj_get(y, ".matchExpressions")) ||
            !same_rules(obj_get(x, ".matchFields"), obj_get(y, ".matchFields")))
            return false;
    return !x && !y;
}

void check_pv_affinity_change(struct check *c, const struct json *affinity, const struct json *old)
{
    if (old && !same_affinity(affinity, old))
        check_invalid_inner(c, "nodeAffinity", &type_core_v1_VolumeNodeAffinity, affinity,
                            "field is immutable, except for updating from beta label to GA");
}
