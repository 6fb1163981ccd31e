/* check_pv_affinity.c - from which nodes a PersistentVolume can be reached: validation of its node selector
 * (pkg/apis/core/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pv.h"

#include "api/object.h"
#include "apiserver/object/check_node_selector.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "schema_ids.h"

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
    bool tolerant = has_bad_value(obj_get(old, ".required.nodeSelectorTerms"));
    size_t mark = check_member(c, "nodeAffinity");
    if (obj_has(affinity, ".required")) {
        check_member(c, "required");
        check_node_terms(c, obj_get(affinity, ".required"), tolerant);
    } else {
        check_required(c, "required", "must specify required node constraints");
    }
    check_pop(c, mark);
}

/* ---- What may change ---- */

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
            !json_equal(obj_get(x, ".values"), obj_get(y, ".values")))
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
