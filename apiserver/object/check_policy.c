/* check_policy.c - validation of PodDisruptionBudgets and PriorityClasses
 * (pkg/apis/policy/validation, pkg/apis/scheduling/validation).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_selector.h"
#include "apiserver/registry/priority_class.h"

/* ---- PodDisruptionBudget ---- */

/* "50%" -> 50; false: no such text. */
static bool read_percent(struct str s, int64_t *out)
{
    if (s.n < 2 || s.p[s.n - 1] != '%') return false;
    for (size_t i = 0; i + 1 < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    if (!str_to_i64(str_n(s.p, s.n - 1), out)) *out = INT64_MAX;
    return true;
}

static void check_int_or_percent(struct check *c, const struct json *spec, const char *member)
{
    const struct json *v = json_getc(spec, member);
    int64_t percent = 0;
    if (json_is(v, JSON_INT) && v->u.i < 0) check_invalid(c, member, v, "must be greater than or equal to 0");
    if (!json_is(v, JSON_STR)) return;
    if (!read_percent(v->u.s, &percent))
        check_invalid(c, member, v,
                      "a valid percent string must be a numeric value followed by an ending '%' (e.g. '1%',  or "
                      "'93%', regex used for validation is '[0-9]+%')");
    else if (percent > 100)
        check_invalid(c, member, v, "must not be more than 100%");
}

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

/* type PodDisruptionBudgetSpec check=fn:pdb_spec */
void check_pdb_spec(struct check *c, const struct json *spec, const struct json *old)
{
    (void)old;
    if (obj_has(spec, ".minAvailable") && obj_has(spec, ".maxUnavailable"))
        check_invalid(c, NULL, go_spec(c->arena, spec), "minAvailable and maxUnavailable cannot be both set");
    check_int_or_percent(c, spec, "minAvailable");
    check_int_or_percent(c, spec, "maxUnavailable");
    check_selector_rules(c, "selector", json_getc(spec, "selector"));
}

/* ---- PriorityClass ---- */

static void check_reserved_name(struct check *c, const struct json *pc)
{
    struct str name = obj_name(pc);
    const struct system_class *known = system_class_find(name);
    const char *why = NULL;
    if (!known)
        why = arena_printf(c->arena, "%.*s is not a known system priority class", STR_ARG(name));
    else if (obj_int(pc, ".value", 0) != known->value)
        why = arena_printf(c->arena, "value of %s PriorityClass must be %lld", known->name, (long long)known->value);
    else if (obj_bool(pc, ".globalDefault", false))
        why = arena_printf(c->arena, "globalDefault of %s PriorityClass must be false", known->name);
    if (why)
        check_forbidden(
            c, "metadata.name",
            arena_printf(c->arena,
                         "priority class names with 'system-' prefix are reserved for system use only. error: %s",
                         why));
}

/* type PriorityClass check=fn:priority_class */
void check_priority_class(struct check *c, const struct json *pc, const struct json *old)
{
    if (old) {
        const struct json *policy = json_getc(pc, "preemptionPolicy"), *was = json_getc(old, "preemptionPolicy");
        if (obj_int(pc, ".value", 0) != obj_int(old, ".value", 0))
            check_forbidden(c, "value", "may not be changed in an update.");
        if ((policy || was) && !json_equal(policy, was))
            check_invalid(c, "preemptionPolicy", policy, "field is immutable");
        return;
    }
    if (str_starts(obj_name(pc), STR(SYSTEM_CLASS_PREFIX)))
        check_reserved_name(c, pc);
    else if (obj_int(pc, ".value", 0) > USER_PRIORITY_MAX)
        check_forbidden(
            c, "value",
            arena_printf(c->arena, "maximum allowed value of a user defined priority is %d", USER_PRIORITY_MAX));
}
