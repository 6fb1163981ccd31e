/* node_fit.c - node selectors, node affinity, taints and tolerations. */
#include "api/node_fit.h"

#include "api/object.h"

#define REQUIRED ".affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"

static bool in_values(const struct json *requirement, struct str value)
{
    for (OBJ_EACH(v, requirement, ".values"))
        if (str_eq(obj_text(v), value)) return true;
    return false;
}

/* value: STR_NULL when the node lacks the key. */
static bool requirement_holds(const struct json *r, struct str value)
{
    struct str op = obj_str(r, ".operator");
    bool has = !str_is_null(value);
    if (str_eqc(op, "In")) return has && in_values(r, value);
    if (str_eqc(op, "NotIn")) return !has || !in_values(r, value);
    if (str_eqc(op, "Exists")) return has;
    if (str_eqc(op, "DoesNotExist")) return !has;
    int64_t have, want;
    if (!has || !str_to_i64(value, &have) || !str_to_i64(obj_text(obj_first(r, ".values")), &want)) return false;
    return str_eqc(op, "Gt") ? have > want : str_eqc(op, "Lt") && have < want;
}

bool node_term_matches(const struct json *term, struct str name, const struct json *labels)
{
    if (!obj_count(term, ".matchExpressions") && !obj_count(term, ".matchFields")) return false;
    for (OBJ_EACH(r, term, ".matchExpressions"))
        if (!requirement_holds(r, obj_map_str(labels, "", obj_str(r, ".key")))) return false;
    for (OBJ_EACH(r, term, ".matchFields"))
        if (!obj_is(r, ".key", "metadata.name") || !requirement_holds(r, name)) return false;
    return true;
}

bool node_affinity_fits(const struct json *spec, struct str name, const struct json *labels)
{
    for (OBJ_EACH(want, spec, ".nodeSelector")) {
        struct str have = obj_map_str(labels, "", obj_key(want));
        if (str_is_null(have) || !str_eq(have, obj_text(want))) return false;
    }
    if (!obj_has(spec, REQUIRED)) return true;
    for (OBJ_EACH(term, spec, REQUIRED ".nodeSelectorTerms"))
        if (node_term_matches(term, name, labels)) return true;
    return false;
}

bool toleration_covers(const struct json *toleration, struct str key, struct str value, struct str effect)
{
    struct str its_key = obj_str(toleration, ".key"), its_effect = obj_str(toleration, ".effect");
    if (its_effect.n && !str_eq(its_effect, effect)) return false;
    if (its_key.n && !str_eq(its_key, key)) return false;
    if (obj_is(toleration, ".operator", "Exists")) return true;
    return its_key.n && str_eq(obj_str(toleration, ".value"), value); /* an empty key takes Exists alone */
}

static bool covers_one_of(const struct json *spec, const struct json *taint)
{
    for (OBJ_EACH(t, spec, ".tolerations"))
        if (toleration_covers(t, obj_str(taint, ".key"), obj_str(taint, ".value"), obj_str(taint, ".effect")))
            return true;
    return false;
}

bool taints_tolerated(const struct json *spec, const struct json *node, const char *const *effects)
{
    for (OBJ_EACH(taint, node, ".spec.taints")) {
        bool counts = false;
        for (int i = 0; effects[i] && !counts; i++) counts = obj_is(taint, ".effect", effects[i]);
        if (counts && !covers_one_of(spec, taint)) return false;
    }
    return true;
}
