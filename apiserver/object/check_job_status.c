/* check_job_status.c - validation of writes of a Job's status (pkg/apis/batch/validation/validation.go; which rules
 * hold when: pkg/registry/batch/job/strategy.go). Most look only at what changed: a status that was bad before may be
 * written on.
 * Reads: the trees before and after.   Writes: struct check. */
#include "apiserver/object/check_job.h"

#include "api/object.h"
#include "base/mem.h"

struct sides {
    const struct json *job, *old;
};

static bool is_finished(const struct json *job)
{
    return obj_condition_true(job, "Complete") || obj_condition_true(job, "Failed");
}

static bool same(const struct sides *s, const char *path)
{
    const struct json *a = obj_get(s->job, path), *b = obj_get(s->old, path);
    return a == b || (a && b && json_equal(a, b));
}

static bool flips(const struct sides *s, const char *condition)
{
    return obj_condition_true(s->job, condition) != obj_condition_true(s->old, condition);
}

static int64_t before(const struct sides *s, const char *path) { return obj_int(s->old, path, 0); }

/* ---- Pods that are counted ---- */

static void check_uncounted(struct check *c, const struct json *job)
{
    static const char *const lists[] = {"succeeded", "failed"};
    const struct json *pods = obj_get(job, ".status.uncountedTerminatedPods"), *first = json_getc(pods, "succeeded");
    size_t mark = check_member(c, "status.uncountedTerminatedPods");
    for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
        const struct json *list = json_getc(pods, lists[k]);
        size_t i = 0, outer = check_member(c, lists[k]);
        for (OBJ_EACH(uid, list, "")) {
            size_t at = check_index(c, i++);
            bool twice = false;
            for (const struct json *p = obj_first(list, ""); p != uid && !twice; p = obj_next(p))
                twice = json_equal(p, uid);
            for (const struct json *p = k ? obj_first(first, "") : NULL; p && !twice; p = obj_next(p))
                twice = json_equal(p, uid);
            if (!obj_text(uid).n)
                check_invalid(c, NULL, uid, "must not be empty");
            else if (twice)
                check_duplicate(c, NULL, uid);
            check_pop(c, at);
        }
        check_pop(c, outer);
    }
    check_pop(c, mark);
}

static void check_counters(struct check *c, const struct sides *s)
{
    const struct json *spec = obj_get(s->job, ".spec");
    int64_t failed = obj_int(s->job, ".status.failed", 0), succeeded = obj_int(s->job, ".status.succeeded", 0);
    bool may_shrink = obj_is(spec, ".completionMode", "Indexed") &&
                      obj_int(spec, ".completions", -1) == obj_int(spec, ".parallelism", -1);
    if (failed < before(s, ".status.failed"))
        check_invalid(c, "status.failed", json_int(c->arena, failed), "cannot decrease the failed counter");
    if (!may_shrink && succeeded < before(s, ".status.succeeded"))
        check_invalid(c, "status.succeeded", json_int(c->arena, succeeded), "cannot decrease the succeeded counter");
}

/* ---- Indexes ---- */

/* The first index of both lists, each well-formed; -1: there is none. */
static int64_t overlap(struct str a, struct str b)
{
    int64_t ends[4];
    while (!str_is_null(a) && !str_is_null(b)) {
        struct str rest_a, rest_b, spans[] = {str_cut(a, ',', &rest_a), str_cut(b, ',', &rest_b)};
        for (int i = 0; i < 2; i++) {
            struct str high, low = str_cut(spans[i], '-', &high);
            if (!str_to_i64(low, &ends[2 * i])) return -1;
            ends[2 * i + 1] = ends[2 * i];
            if (!str_is_null(high) && !str_to_i64(high, &ends[2 * i + 1])) return -1;
        }
        if (ends[0] <= ends[3] && ends[2] <= ends[1]) return MAX(ends[0], ends[2]);
        if (ends[0] <= ends[2])
            a = rest_a;
        else
            b = rest_b;
    }
    return -1;
}

static void check_index_list(struct check *c, const struct sides *s, const char *path, const char *name)
{
    int64_t total;
    if (same(s, path) || !obj_has(s->job, ".spec.completions")) return;
    struct str text = obj_str(s->job, path);
    const char *why = job_indexes_error(c->arena, text, obj_int(s->job, ".spec.completions", 0), &total);
    if (why)
        check_invalidf(c, path + 1, json_str(c->arena, text.p ? text : STR("")), "error parsing %s: %s", name, why);
}

static void check_indexes(struct check *c, const struct sides *s)
{
    struct str completed = obj_str(s->job, ".status.completedIndexes");
    const struct json *failed = obj_get(s->job, ".status.failedIndexes");
    check_index_list(c, s, ".status.completedIndexes", "completedIndexes");
    if (failed) check_index_list(c, s, ".status.failedIndexes", "failedIndexes");
    if (same(s, ".status.completedIndexes") && same(s, ".status.failedIndexes")) return;
    if (completed.n && !obj_is(s->job, ".spec.completionMode", "Indexed"))
        check_invalid_str(c, "status.completedIndexes", completed,
                          "cannot set non-empty completedIndexes when non-indexed completion mode");
    if (failed && !obj_has(s->job, ".spec.backoffLimitPerIndex"))
        check_invalid(c, "status.failedIndexes", failed,
                      "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
    int64_t index = completed.n && obj_text(failed).n ? overlap(completed, obj_text(failed)) : -1;
    if (index >= 0)
        check_invalidf(c, "status.failedIndexes", failed, "failedIndexes and completedIndexes overlap at index: %lld",
                       (long long)index);
}

/* ---- Times ---- */

static void check_start_time(struct check *c, const struct sides *s)
{
    bool resumed = obj_condition_true(s->old, "Suspended") && !obj_condition_true(s->job, "Suspended");
    if (same(s, ".status.startTime") || !obj_has(s->old, ".status.startTime")) return;
    if (!obj_bool(s->job, ".spec.suspend", false) && !resumed)
        check_required(c, "status.startTime", "startTime cannot be removed for unsuspended job");
}

static void check_completion_time(struct check *c, const struct sides *s)
{
    static const char path[] = ".status.completionTime";
    const struct json *done = obj_get(s->job, path);
    bool complete = obj_condition_true(s->job, "Complete"), changed = !same(s, path);
    if (flips(s, "Complete") || changed) {
        if (done && !complete)
            check_invalid(c, path + 1, done, "cannot set completionTime when there is no Complete=True condition");
        if (!done && complete) check_required(c, path + 1, "completionTime is required for Complete jobs");
    }
    if ((changed || !same(s, ".status.startTime")) && done && obj_has(s->job, ".status.startTime") &&
        obj_time_s(s->job, path, 0) < obj_time_s(s->job, ".status.startTime", 0))
        check_invalid(c, path + 1, done, "completionTime cannot be set before startTime");
    if (done && obj_has(s->old, path) && changed) check_invalid(c, path + 1, done, "completionTime cannot be mutated");
}

/* ---- Conditions ---- */

static void refuse_conditions(struct check *c, const char *detail)
{
    check_invalid_bare(c, "status.conditions", detail);
}

static void check_pairs(struct check *c, const struct sides *s)
{
    bool complete = obj_condition_true(s->job, "Complete"), failed = obj_condition_true(s->job, "Failed");
    bool target = obj_condition_true(s->job, "FailureTarget"), met = obj_condition_true(s->job, "SuccessCriteriaMet");
    const struct {
        bool looked_at, wrong;
        const char *detail;
    } rules[] = {
        {flips(s, "Complete") || flips(s, "Failed"), complete && failed,
         "cannot set Complete=True and Failed=true conditions"},
        {flips(s, "Complete") || flips(s, "FailureTarget"), complete && target,
         "cannot set Complete=True and FailureTarget=true conditions"},
        {flips(s, "Failed"), failed && !target,
         "cannot set Failed=True condition without the FailureTarget=true condition"},
        {flips(s, "Complete"), complete && !met,
         "cannot set Complete=True condition without the SuccessCriteriaMet=true condition"},
        {true, met && failed, "cannot set SuccessCriteriaMet=True and Failed=true conditions"},
        {true, met && target, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"},
        {true, obj_has(s->job, ".spec.successPolicy") && !met && complete,
         "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True"},
        {true, obj_condition_true(s->old, "SuccessCriteriaMet") && !met,
         "cannot disable the SuccessCriteriaMet=True condition"},
        {true, obj_condition_true(s->old, "Complete") && !obj_condition_true(s->old, "SuccessCriteriaMet") && met,
         "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (rules[i].looked_at && rules[i].wrong) refuse_conditions(c, rules[i].detail);
}

static void check_terminal(struct check *c, const struct sides *s)
{
    static const char *const terminal[] = {"Failed", "Complete", "FailureTarget"};
    for (size_t i = 0; i < ARRAY_LEN(terminal); i++)
        if (obj_condition_true(s->old, terminal[i]) && !obj_condition_true(s->job, terminal[i]))
            refuse_conditions(c, arena_printf(c->arena, "cannot disable the terminal %s=True condition", terminal[i]));
}

/* What a finished Job may not have. */
static void check_finished(struct check *c, const struct sides *s)
{
    static const struct {
        const char *path, *detail;
    } none[] = {{".status.active", "active>0 is invalid for finished job"},
                {".status.terminating", "terminating>0 is invalid for finished job"}};
    const struct json *pods = obj_get(s->job, ".status.uncountedTerminatedPods");
    bool flipped = is_finished(s->job) != is_finished(s->old);
    if (!is_finished(s->job)) return;
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        if ((flipped || !same(s, none[i].path)) && obj_int(s->job, none[i].path, 0) > 0)
            check_invalid(c, none[i].path + 1, obj_get(s->job, none[i].path), none[i].detail);
    if ((flipped || !same(s, ".status.startTime")) && !obj_has(s->job, ".status.startTime"))
        check_required(c, "status.startTime", "startTime is required for finished job");
    if ((flipped || !same(s, ".status.uncountedTerminatedPods")) &&
        obj_count(pods, ".succeeded") + obj_count(pods, ".failed"))
        check_invalid(c, "status.uncountedTerminatedPods", pods,
                      "uncountedTerminatedPods needs to be empty for finished job");
}

void check_job_status_update(struct check *c, const struct json *job, const struct json *old)
{
    const struct sides s = {job, old};
    int64_t ready = obj_int(job, ".status.ready", 0);
    check_uncounted(c, job);
    check_pairs(c, &s);
    check_completion_time(c, &s);
    check_finished(c, &s);
    check_indexes(c, &s);
    if ((!same(&s, ".status.ready") || !same(&s, ".status.active")) && ready > obj_int(job, ".status.active", 0))
        check_invalid(c, "status.ready", obj_get(job, ".status.ready"), "cannot set more ready pods than active");
    check_terminal(c, &s);
    check_counters(c, &s);
    check_start_time(c, &s);
}
