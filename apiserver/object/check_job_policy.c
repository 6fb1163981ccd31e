/* check_job_policy.c - validation of a Job's podFailurePolicy and successPolicy, and of lists of indexes
 * (pkg/apis/batch/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_job.h"

#include "api/object.h"
#include "api/quote.h"
#include "apiserver/object/check_value.h"
#include "base/map.h"

enum { /* upstream's limits */
       RULES_MAX = 20,
       EXIT_CODES_MAX = 255,
       PATTERNS_MAX = 20,
       SUCCEEDED_INDEXES_MAX = 64 * 1024, /* bytes */
};

/* ---- Lists of indexes ---- */

/* A sentence with text in quotes, as Go quotes; a NULL: nobody reads it. */
static const char *with_quoted(struct arena *a, const char *before, struct str text, const char *after)
{
    struct buf b AUTO_BUF = {0};
    if (!a) return "";
    buf_init(&b, ERR_TEXT_MAX);
    buf_cstr(&b, before);
    quote_go(&b, text);
    buf_cstr(&b, after);
    return str_cstr(a, buf_view(&b));
}

static const char *bound_error(struct arena *a, struct str text, int64_t completions, int64_t *out)
{
    struct str digits = text.n && text.p[0] == '+' ? str_from(text, 1) : text;
    if (!str_to_i64(digits, out)) return with_quoted(a, "cannot convert string to integer for index: ", text, "");
    return *out >= completions ? with_quoted(a, "too large index: ", text, "") : NULL;
}

static const char *not_rising(struct arena *a, int64_t before, int64_t now)
{
    if (!a) return "";
    return arena_printf(a, "non-increasing order, previous: %lld, current: %lld", (long long)before, (long long)now);
}

const char *job_interval_error(struct arena *a, struct str text, int64_t completions, int64_t *first, int64_t *last)
{
    struct str more = STR_NULL, high, low = str_cut(text, '-', &high);
    if (!str_is_null(high)) str_cut(high, '-', &more);
    if (!str_is_null(more))
        return with_quoted(a, "the fragment ", text,
                           " violates the requirement that an index interval can have at most two parts separated by "
                           "'-'");
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
        const char *why = job_interval_error(a, str_cut(rest, ',', &rest), completions, &first, &last);
        if (why) return why;
        if (before >= first) return not_rising(a, before, first);
        *total += last - first + 1;
        before = last;
    }
    return NULL;
}

/* ---- podFailurePolicy ---- */

struct failure_rules {
    const struct json *spec;
    struct map containers; /* a set of names */
};

/* Adds the text; true: it was there before. */
static bool again(struct map *seen, struct str text)
{
    if (map_has(seen, text)) return true;
    map_set(seen, text, NULL);
    return false;
}

static void check_exit_code(struct check *c, const struct json *v, bool in, struct map *seen)
{
    int32_t code = (int32_t)obj_number(v, 0);
    if (in && code == 0) check_invalid(c, NULL, v, "must not be 0 for the In operator");
    if (again(seen, str_n((const char *)&code, sizeof code))) check_duplicate(c, NULL, v);
}

static void check_exit_codes(struct check *c, const struct json *on)
{
    const struct json *values = obj_get(on, ".values"), *before = NULL;
    struct map seen = {0};
    size_t n = obj_count(values, ""), i = 0;
    bool in = obj_is(on, ".operator", "In"), ordered = true;
    if (!n)
        check_invalid(c, "values", json_is(values, JSON_ARR) ? values : NULL, "at least one value is required");
    else if (n > EXIT_CODES_MAX)
        check_too_many(c, "values", n, EXIT_CODES_MAX);
    for (OBJ_EACH(v, values, "")) {
        size_t mark = check_into(c, "values", i++);
        check_exit_code(c, v, in, &seen);
        check_pop(c, mark);
        ordered = ordered && (!before || obj_number(before, 0) <= obj_number(v, 0));
        before = v;
    }
    map_release(&seen, NULL);
    if (!ordered) check_invalid(c, "values", values, "must be ordered");
}

static void check_on_exit_codes(struct check *c, const struct failure_rules *r, const struct json *on)
{
    static const char *const operators[] = {"In", "NotIn", NULL};
    struct str container = obj_str(on, ".containerName");
    size_t mark = check_member(c, "onExitCodes");
    if (!obj_str(on, ".operator").n)
        check_required(c, "operator", "valid values: [\"In\" \"NotIn\"]");
    else
        check_one_of(c, "operator", obj_str(on, ".operator"), operators);
    if (!str_is_null(container) && !map_has(&r->containers, container))
        check_invalid_str(c, "containerName", container,
                          "must be one of the container or initContainer names in the pod template");
    check_exit_codes(c, on);
    check_pop(c, mark);
}

static void check_on_pod_conditions(struct check *c, const struct json *patterns)
{
    static const char *const statuses[] = {"False", "True", "Unknown", NULL};
    size_t n = obj_count(patterns, ""), i = 0;
    if (n > PATTERNS_MAX) check_too_many(c, "onPodConditions", n, PATTERNS_MAX);
    for (OBJ_EACH(p, patterns, "")) {
        size_t mark = check_into(c, "onPodConditions", i++);
        check_name_by(c, "type", obj_str(p, ".type"), name_qualified);
        check_one_of(c, "status", obj_str(p, ".status"), statuses);
        check_pop(c, mark);
    }
}

static void check_failure_rule(struct check *c, const struct failure_rules *r, const struct json *rule)
{
    static const char *const actions[] = {"Count", "FailIndex", "FailJob", "Ignore", NULL};
    const struct json *codes = obj_get(rule, ".onExitCodes"), *conditions = obj_get(rule, ".onPodConditions");
    bool has_codes = json_is(codes, JSON_OBJ), has_conditions = obj_count(conditions, "") > 0;
    struct str action = obj_str(rule, ".action");
    if (!action.n)
        check_required(c, "action", "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]");
    else if (check_one_of(c, "action", action, actions) && str_eqc(action, "FailIndex") &&
             !obj_has(r->spec, ".backoffLimitPerIndex"))
        check_invalid_str(c, "action", action, "requires the backoffLimitPerIndex to be set");
    if (has_codes) check_on_exit_codes(c, r, codes);
    if (has_conditions) check_on_pod_conditions(c, conditions);
    if (has_codes && has_conditions)
        check_invalid_bare(c, NULL, "specifying both OnExitCodes and OnPodConditions is not supported");
    if (!has_codes && !has_conditions)
        check_invalid_bare(c, NULL, "specifying one of OnExitCodes and OnPodConditions is required");
}

void check_job_failure_policy(struct check *c, const struct json *spec)
{
    static const char *const lists[] = {".template.spec.containers", ".template.spec.initContainers"};
    struct failure_rules r = {.spec = spec};
    size_t mark = check_member(c, "podFailurePolicy"), n = obj_count(spec, ".podFailurePolicy.rules"), i = 0;
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
        for (OBJ_EACH(container, spec, lists[k])) map_set(&r.containers, obj_str(container, ".name"), NULL);
    if (n > RULES_MAX) check_too_many(c, "rules", n, RULES_MAX);
    for (OBJ_EACH(rule, spec, ".podFailurePolicy.rules")) {
        size_t at = check_into(c, "rules", i++);
        check_failure_rule(c, &r, rule);
        check_pop(c, at);
    }
    map_release(&r.containers, NULL);
    check_pop(c, mark);
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
    check_count(c, "succeededCount", count);
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

void check_job_success_policy(struct check *c, const struct json *spec)
{
    size_t mark = check_member(c, "successPolicy"), n = obj_count(spec, ".successPolicy.rules"), i = 0;
    if (!n) check_required(c, "rules", "at least one rules must be specified when the successPolicy is specified");
    if (n > RULES_MAX) check_too_many(c, "rules", n, RULES_MAX);
    for (OBJ_EACH(rule, spec, ".successPolicy.rules")) {
        size_t at = check_into(c, "rules", i++);
        if (obj_has(spec, ".completions")) check_success_rule(c, spec, rule); /* upstream crashes without */
        check_pop(c, at);
    }
    check_pop(c, mark);
}
