/* check_pdb.c - validation of PodDisruptionBudgets (pkg/apis/policy/validation,
 * pkg/registry/policy/poddisruptionbudget/strategy.go). Nobody looks at their metadata but the registry of all kinds.
 * Reads: a defaulted tree, its former state.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_conditions.h"
#include "apiserver/object/check_selector.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/check_workload.h"

/* Upstream prints the internal struct here, by its Go names. */
static const struct json *go_spec(struct arena *a, const struct json *spec)
{
    static const struct {
        const char *go, *member;
    } rows[] = {{"MinAvailable", "minAvailable"},
                {"Selector", "selector"},
                {"MaxUnavailable", "maxUnavailable"},
                {"UnhealthyPodEvictionPolicy", "unhealthyPodEvictionPolicy"}};
    struct json *out = json_obj(a);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct json *v = json_getc(spec, rows[i].member);
        json_set(a, out, str_of(rows[i].go), v ? json_copy(a, v) : json_null(a));
    }
    return out;
}

static void check_spec(struct check *c, const struct json *spec, const struct json *was)
{
    static const char *const policies[] = {"AlwaysAllow", "IfHealthyBudget", NULL};
    static const char *const bounds[] = {"minAvailable", "maxUnavailable"};
    const struct json *policy = json_getc(spec, "unhealthyPodEvictionPolicy");
    size_t mark = check_member(c, "spec");
    if (obj_has(spec, ".minAvailable") && obj_has(spec, ".maxUnavailable"))
        check_invalid(c, NULL, go_spec(c->arena, spec), "minAvailable and maxUnavailable cannot be both set");
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        check_int_or_percent(c, bounds[i], json_getc(spec, bounds[i]));
        check_percent_max(c, bounds[i], json_getc(spec, bounds[i]));
    }
    check_selector_changed(c, "selector", json_getc(spec, "selector"),
                           selector_is_bad(c->arena, json_getc(was, "selector")));
    if (policy) (void)check_one_of(c, "unhealthyPodEvictionPolicy", obj_text(policy), policies);
    check_pop(c, mark);
}

static void check_status(struct check *c, const struct json *status)
{
    static const char *const counts[] = {"disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"};
    size_t mark = check_member(c, "status");
    check_conditions(c, "conditions", json_getc(status, "conditions"));
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) check_count(c, counts[i], json_getc(status, counts[i]));
    check_pop(c, mark);
}

/* type PodDisruptionBudget check=fn:pdb whole */
void check_pdb(struct check *c, const struct json *pdb, const struct json *old)
{
    if (c->sub)
        check_status(c, json_getc(pdb, "status"));
    else
        check_spec(c, json_getc(pdb, "spec"), json_getc(old, "spec"));
}
