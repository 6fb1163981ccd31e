/* check_policy.c - validation of PodDisruptionBudgets (pkg/apis/policy/validation).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_selector.h"

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
