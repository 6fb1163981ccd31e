/* check_job_policy.c - validation of a Job's podFailurePolicy and successPolicy, and of lists of indexes
 * (pkg/apis/batch/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_job.h"

#include "api/object.h"
#include "base/mem.h"

enum { /* upstream's limits */
       RULES_MAX = 20,
       EXIT_CODES_MAX = 255,
       PATTERNS_MAX = 20,
       SUCCEEDED_INDEXES_MAX = 64 * 1024, /* bytes */
};

/* ---- Lists of indexes ---- */

/* Go's %q of what occurs here; odd bytes are of no use to anybody. */
static const char *not_a_number(struct arena *a, struct str text)
{
    return arena_printf(a, "cannot convert string to integer for index: \"%.*s\"", STR_ARG(text));
}

static const char *bound_error(struct arena *a, struct str text, int64_t completions, int64_t *out)
{
    if (!str_to_i64(text, out)) return not_a_number(a, text);
    return *out >= completions ? arena_printf(a, "too large index: \"%.*s\"", STR_ARG(text)) : NULL;
}

static const char *not_rising(struct arena *a, int64_t before, int64_t now)
{
    return arena_printf(a, "non-increasing order, previous: %lld, current: %lld", (long long)before, (long long)now);
}

static const char *interval_error(struct arena *a, struct str text, int64_t completions, int64_t *first, int64_t *last)
{
    struct str more, high, low = str_cut(text, '-', &high);
    if (!str_is_null(high)) str_cut(high, '-', &more);
    if (!str_is_null(high) && !str_is_null(more))
        return arena_printf(
            a,
            "the fragment \"%.*s\" violates the requirement that an index interval can have at most two parts "
            "separated by '-'",
            STR_ARG(text));
    const char *why = bound_error(a, low, completions, first);
    *last = *first;
    if (why || str_is_null(high)) return why;
    if ((why = bound_error(a, high, completions, last))) return why;
    return *first >= *last ? not_rising(a, *first, *last) : NULL;
}

const char *job_indexes_error(struct arena *a, struct str text, int64_t completions, int64_t *total)
{
    int64_t before = -1;
    *total = 0;
    if (!text.n) return NULL;
    for (struct str rest = text; !str_is_null(rest);) {
        int64_t first, last;
        const char *why = interval_error(a, str_cut(rest, ',', &rest), completions, &first, &last);
        if (why) return why;
        if (before >= first) return not_rising(a, before, first);
        *total += last - first + 1;
        before = last;
    }
    return NULL;
}

/* ---- podFailurePolicy ---- */

static bool is_container(const struct json *spec, struct str name)
{
    return obj_find(spec, ".template.spec.containers", "name", name) ||
           obj_find(spec, ".template.spec.initContainers", "name", name);
}

static void check_exit_code_values(struct check *c, const struct json *on)
{
    const struct json *values = obj_get(on, ".values");
    size_t n = obj_count(values, ""), i = 0;
    bool in = obj_is(on, ".operator", "In"), ordered = true;
    if (!n)
        check_invalid(c, "values", values ? values : json_arr(c->arena), "at least one value is required");
    else if (n > EXIT_CODES_MAX)
        check_too_many(c, "values", n, EXIT_CODES_MAX);
    size_t mark = check_member(c, "values");
    const struct json *before = NULL;
    for (OBJ_EACH(v, values, "")) {
        size_t at = check_index(c, i++);
        bool twice = false;
        for (const struct json *p = obj_first(values, ""); p != v && !twice; p = obj_next(p)) twice = json_equal(p, v);
        if (in && obj_number(v, 0) == 0) check_invalid(c, NULL, v, "must not be 0 for the In operator");
        if (twice) check_duplicate(c, NULL, v);
        ordered = ordered && (!before || obj_number(before, 0) <= obj_number(v, 0));
        before = v;
        check_pop(c, at);
    }
    check_pop(c, mark);
    if (!ordered) check_invalid(c, "values", values, "must be ordered");
}

static void check_on_exit_codes(struct check *c, const struct json *spec, const struct json *on)
{
    struct str container = obj_str(on, ".containerName");
    size_t mark = check_member(c, "onExitCodes");
    if (!obj_str(on, ".operator").n) check_required(c, "operator", "valid values: [\"In\" \"NotIn\"]");
    if (!str_is_null(container) && !is_container(spec, container))
        check_invalid_str(c, "containerName", container,
                          "must be one of the container or initContainer names in the pod template");
    check_exit_code_values(c, on);
    check_pop(c, mark);
}

static void check_on_pod_conditions(struct check *c, const struct json *patterns)
{
    static const char *const statuses[] = {"False", "True", "Unknown", NULL};
    size_t n = obj_count(patterns, ""), i = 0;
    if (n > PATTERNS_MAX) check_too_many(c, "onPodConditions", n, PATTERNS_MAX);
    size_t mark = check_member(c, "onPodConditions");
    for (OBJ_EACH(p, patterns, "")) {
        size_t at = check_index(c, i++);
        const struct json *status = obj_get(p, ".status");
        bool known = false;
        for (int k = 0; statuses[k]; k++) known = known || str_eqc(obj_text(status), statuses[k]);
        if (!known) check_not_supported(c, "status", status, statuses);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

static void check_failure_rule(struct check *c, const struct json *spec, const struct json *rule)
{
    const struct json *action = obj_get(rule, ".action"), *codes = obj_get(rule, ".onExitCodes");
    const struct json *conditions = obj_get(rule, ".onPodConditions");
    bool has_conditions = obj_count(conditions, "") > 0;
    if (!obj_text(action).n)
        check_required(c, "action", "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]");
    else if (str_eqc(obj_text(action), "FailIndex") && !obj_has(spec, ".backoffLimitPerIndex"))
        check_invalid(c, "action", action, "requires the backoffLimitPerIndex to be set");
    if (codes) check_on_exit_codes(c, spec, codes);
    if (has_conditions) check_on_pod_conditions(c, conditions);
    if (codes && has_conditions)
        check_invalid_bare(c, NULL, "specifying both OnExitCodes and OnPodConditions is not supported");
    if (!codes && !has_conditions)
        check_invalid_bare(c, NULL, "specifying one of OnExitCodes and OnPodConditions is required");
}

/* ---- successPolicy ---- */

static void check_success_rule(struct check *c, const struct json *spec, const struct json *rule)
{
    const struct json *count = obj_get(rule, ".succeededCount"), *indexes = obj_get(rule, ".succeededIndexes");
    int64_t total = 0, completions = obj_int(spec, ".completions", 0), n = obj_number(count, 0);
    if (!count && !indexes)
        check_required(c, NULL, "at least one of succeededCount or succeededIndexes must be specified");
    if (indexes) {
        if (obj_text(indexes).n > SUCCEEDED_INDEXES_MAX) check_too_long(c, "succeededIndexes", SUCCEEDED_INDEXES_MAX);
        const char *why = job_indexes_error(c->arena, obj_text(indexes), completions, &total);
        if (why) {
            total = 0;
            check_invalidf(c, "succeededIndexes", indexes, "error parsing succeededIndexes: %s", why);
        }
    }
    if (count && n > completions)
        check_invalidf(c, "succeededCount", count,
                       "must be less than or equal to %lld (the number of specified completions)",
                       (long long)completions);
    if (count && indexes && n > total)
        check_invalidf(c, "succeededCount", count,
                       "must be less than or equal to %lld (the number of indexes in the specified succeededIndexes "
                       "field)",
                       (long long)total);
}

/* ---- Both ---- */

static void check_rules(struct check *c, const struct json *spec, const char *policy,
                        void (*check_rule)(struct check *c, const struct json *spec, const struct json *rule))
{
    const struct json *rules = json_getc(json_getc(spec, policy), "rules");
    size_t mark = check_member(c, policy), n = obj_count(rules, ""), i = 0;
    if (n > RULES_MAX) check_too_many(c, "rules", n, RULES_MAX);
    check_member(c, "rules");
    for (OBJ_EACH(rule, rules, "")) {
        size_t at = check_index(c, i++);
        check_rule(c, spec, rule);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

void check_job_policies(struct check *c, const struct json *spec)
{
    if (obj_has(spec, ".podFailurePolicy")) check_rules(c, spec, "podFailurePolicy", check_failure_rule);
    if (!obj_has(spec, ".successPolicy") || !obj_is(spec, ".completionMode", "Indexed")) return;
    if (!obj_count(spec, ".successPolicy.rules"))
        check_required(c, "successPolicy.rules",
                       "at least one rules must be specified when the successPolicy is specified");
    if (obj_has(spec, ".completions")) check_rules(c, spec, "successPolicy", check_success_rule);
}
