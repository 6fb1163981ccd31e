/* check_job_status.c - validation of writes of a Job's status (pkg/apis/batch/validation/validation.go; which rules
 * hold when: pkg/registry/batch/job/strategy.go). Most look only at what changed: a status that was bad before may be
 * written on.
 * Reads: the trees before and after.   Writes: struct check. */
#include "apiserver/object/check_job.h"

#include "api/object.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/check_workload.h"
#include "apiserver/object/inner.h"
#include "base/map.h"
#include "schema_ids.h"

/* A Job before or after, in short. */
struct state {
    bool complete, failed, finished, failing, succeeding;
    const struct json *active, *succeeded, *failures, *ready, *terminating, *completed_indexes, *failed_indexes;
    const struct json *start, *completion, *uncounted;
};

struct sides {
    const struct json *spec;
    const struct json *job, *old;
    struct state now, was;
};

static struct state state_of(const struct json *job)
{
    const struct json *status = obj_get(job, ".status");
    struct state s = {
        .complete = obj_condition_true(job, "Complete"),
        .failed = obj_condition_true(job, "Failed"),
        .failing = obj_condition_true(job, "FailureTarget"),
        .succeeding = obj_condition_true(job, "SuccessCriteriaMet"),
        .active = json_getc(status, "active"),
        .succeeded = json_getc(status, "succeeded"),
        .failures = json_getc(status, "failed"),
        .ready = json_getc(status, "ready"),
        .terminating = json_getc(status, "terminating"),
        .completed_indexes = json_getc(status, "completedIndexes"),
        .failed_indexes = json_getc(status, "failedIndexes"),
        .start = json_getc(status, "startTime"),
        .completion = json_getc(status, "completionTime"),
        .uncounted = json_getc(status, "uncountedTerminatedPods"),
    };
    s.finished = s.complete || s.failed;
    return s;
}

static int64_t count(const struct json *n) { return obj_number(n, 0); }

static bool is_indexed(const struct sides *s) { return obj_is(s->spec, ".completionMode", "Indexed"); }

/* ---- Pods that are to be counted ---- */

static void check_uids(struct check *c, const char *member, const struct json *uids, struct map *seen)
{
    size_t i = 0;
    for (OBJ_EACH(uid, uids, "")) {
        size_t mark = check_into(c, member, i++);
        if (!obj_text(uid).n)
            check_invalid(c, NULL, uid, "must not be empty");
        else
            (void)check_unique(c, NULL, obj_text(uid), seen);
        check_pop(c, mark);
    }
}

static void check_uncounted(struct check *c, const struct json *pods)
{
    struct map seen = {0};
    size_t mark = check_member(c, "uncountedTerminatedPods");
    check_uids(c, "succeeded", obj_get(pods, ".succeeded"), &seen);
    check_uids(c, "failed", obj_get(pods, ".failed"), &seen);
    check_pop(c, mark);
    map_release(&seen, NULL);
}

/* ---- Conditions and the times that go with them ---- */

static void refuse(struct check *c, const char *detail) { check_invalid_bare(c, "conditions", detail); }

static int64_t seconds(const struct json *time) { return obj_time_s(time, "", 0); }

static void check_completion(struct check *c, const struct sides *s)
{
    const struct state *now = &s->now;
    bool changed = now->complete != s->was.complete || !json_equal(now->completion, s->was.completion);
    if (changed && now->completion && !now->complete)
        check_invalid(c, "completionTime", now->completion,
                      "cannot set completionTime when there is no Complete=True condition");
    if (changed && !now->completion && now->complete)
        check_required(c, "completionTime", "completionTime is required for Complete jobs");
    changed = !json_equal(now->start, s->was.start) || !json_equal(now->completion, s->was.completion);
    if (changed && now->start && now->completion && seconds(now->completion) < seconds(now->start))
        check_invalid(c, "completionTime", now->completion, "must be equal to or after `startTime`");
}

static void check_ends(struct check *c, const struct sides *s)
{
    const struct state *now = &s->now, *was = &s->was;
    bool completes = now->complete != was->complete, fails = now->failed != was->failed;
    if ((completes || fails) && now->complete && now->failed)
        refuse(c, "cannot set Complete=True and Failed=true conditions");
    if ((completes || now->failing != was->failing) && now->complete && now->failing)
        refuse(c, "cannot set Complete=True and FailureTarget=true conditions");
    check_completion(c, s);
    if ((fails || !json_equal(now->failed_indexes, was->failed_indexes)) && now->failed && !now->failing)
        refuse(c, "cannot set Failed=True condition without the FailureTarget=true condition");
    if ((completes || now->succeeding != was->succeeding) && now->complete && !now->succeeding)
        refuse(c, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
}

/* What a finished Job may not have. */
static void check_finished(struct check *c, const struct sides *s)
{
    const struct state *now = &s->now, *was = &s->was;
    bool ends = now->finished != was->finished;
    bool asleep = obj_bool(s->spec, ".suspend", false) && obj_int(s->spec, ".completions", -1) == 0;
    if (!now->finished) return;
    if ((ends || count(now->active) != count(was->active)) && count(now->active) > 0)
        check_invalid(c, "active", now->active, "active>0 is invalid for finished job");
    if ((ends || !json_equal(now->start, was->start)) && !asleep && !now->start)
        check_required(c, "startTime", "startTime is required for finished job");
    if ((ends || !json_equal(now->uncounted, was->uncounted)) &&
        obj_count(now->uncounted, ".succeeded") + obj_count(now->uncounted, ".failed"))
        check_invalid_inner(c, "uncountedTerminatedPods", &type_batch_v1_UncountedTerminatedPods, now->uncounted,
                            "must be empty for finished job");
}

static void check_success(struct check *c, const struct sides *s)
{
    const struct state *now = &s->now;
    if (now->succeeding && now->failed) refuse(c, "cannot set SuccessCriteriaMet=True and Failed=true conditions");
    if (now->succeeding && now->failing)
        refuse(c, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
    if (obj_has(s->spec, ".successPolicy") && !now->succeeding && now->complete)
        refuse(c, "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
}

/* ---- Indexes ---- */

static void check_index_list(struct check *c, const struct sides *s, const char *member, const struct json *list)
{
    int64_t total;
    struct str text = obj_text(list);
    const char *why = job_indexes_error(c->arena, text, obj_int(s->spec, ".completions", 0), &total);
    if (why)
        check_invalidf(c, member, json_str(c->arena, text.p ? text : STR("")), "error parsing %s: %s", member, why);
}

/* The next interval of *rest that can be read. False: there is none. */
static bool next_interval(struct str *rest, int64_t completions, int64_t *first, int64_t *last)
{
    while (!str_is_null(*rest))
        if (!job_interval_error(NULL, str_cut(*rest, ',', rest), completions, first, last)) return true;
    return false;
}

/* The first index that is in both lists; -1: there is none. */
static int64_t overlap(struct str x, struct str y, int64_t completions)
{
    int64_t x_first, x_last, y_first, y_last;
    bool more = next_interval(&x, completions, &x_first, &x_last) && next_interval(&y, completions, &y_first, &y_last);
    while (more) {
        if (x_first <= y_last && y_first <= x_last) return MAX(x_first, y_first);
        more = x_first <= y_first ? next_interval(&x, completions, &x_first, &x_last)
                                  : next_interval(&y, completions, &y_first, &y_last);
    }
    return -1;
}

static void check_overlap(struct check *c, const struct sides *s)
{
    struct str completed = obj_text(s->now.completed_indexes), failed = obj_text(s->now.failed_indexes);
    if (!completed.n || !failed.n) return;
    int64_t index = overlap(completed, failed, obj_int(s->spec, ".completions", 0));
    if (index >= 0)
        check_invalidf(c, "failedIndexes", s->now.failed_indexes,
                       "failedIndexes and completedIndexes overlap at index: %lld", (long long)index);
}

static void check_indexes(struct check *c, const struct sides *s)
{
    const struct json *completed = s->now.completed_indexes, *failed = s->now.failed_indexes;
    bool completed_changed = !str_eq(obj_text(completed), obj_text(s->was.completed_indexes));
    bool failed_changed = !json_equal(failed, s->was.failed_indexes);
    bool counted = obj_has(s->spec, ".completions"), limited = obj_has(s->spec, ".backoffLimitPerIndex");
    if (completed_changed && counted) check_index_list(c, s, "completedIndexes", completed);
    if (failed_changed && counted && limited && failed) check_index_list(c, s, "failedIndexes", failed);
    if (completed_changed && obj_text(completed).n && !is_indexed(s))
        check_invalid(c, "completedIndexes", completed,
                      "cannot set non-empty completedIndexes when non-indexed completion mode");
    if (failed_changed && failed && !limited)
        check_invalid(c, "failedIndexes", failed,
                      "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
    if ((completed_changed || failed_changed) && counted) check_overlap(c, s);
}

/* ---- The status as it is now ---- */

static void check_now(struct check *c, const struct sides *s)
{
    static const char *const counts[] = {"active", "succeeded", "failed", "ready", "terminating", NULL};
    const struct state *now = &s->now, *was = &s->was;
    check_counts(c, obj_get(s->job, ".status"), counts);
    check_uncounted(c, now->uncounted);
    check_ends(c, s);
    check_finished(c, s);
    check_indexes(c, s);
    if ((now->finished != was->finished || !json_equal(now->terminating, was->terminating)) && now->finished &&
        count(now->terminating) > 0)
        check_invalid(c, "terminating", now->terminating, "terminating>0 is invalid for finished job");
    if ((!json_equal(now->ready, was->ready) || count(now->active) != count(was->active)) && now->ready &&
        count(now->ready) > count(now->active))
        check_invalid(c, "ready", now->ready, "cannot set more ready pods than active");
    check_success(c, s);
}

/* ---- What may not become of it ---- */

static void check_terminal(struct check *c, const struct sides *s)
{
    static const char *const terminal[] = {"Failed", "Complete", "FailureTarget"};
    for (size_t i = 0; i < ARRAY_LEN(terminal); i++)
        if (obj_condition_true(s->old, terminal[i]) && !obj_condition_true(s->job, terminal[i]))
            refuse(c, arena_printf(c->arena, "cannot disable the terminal %s=True condition", terminal[i]));
}

static void check_counters(struct check *c, const struct sides *s)
{
    bool may_shrink = is_indexed(s) && json_equal(obj_get(s->spec, ".completions"), obj_get(s->spec, ".parallelism"));
    if (count(s->now.failures) < count(s->was.failures))
        check_invalid(c, "failed", json_int(c->arena, count(s->now.failures)), "cannot decrease the failed counter");
    if (!may_shrink && count(s->now.succeeded) < count(s->was.succeeded))
        check_invalid(c, "succeeded", json_int(c->arena, count(s->now.succeeded)),
                      "cannot decrease the succeeded counter");
}

static void check_times(struct check *c, const struct sides *s)
{
    const struct state *now = &s->now, *was = &s->was;
    const struct json *suspended = obj_condition(s->job, "Suspended");
    bool resumes = obj_condition_true(s->old, "Suspended") && obj_is(suspended, ".status", "False");
    if (now->completion && was->completion && !json_equal(now->completion, was->completion))
        check_invalid(c, "completionTime", now->completion, "field is immutable");
    if (was->start && !json_equal(now->start, was->start) && !resumes && !obj_bool(s->spec, ".suspend", false))
        check_invalid(c, "startTime", now->start, "field is immutable for unsuspended job once set");
}

void check_job_status(struct check *c, const struct json *job, const struct json *old)
{
    const struct sides s = {
        .spec = obj_get(job, ".spec"), .job = job, .old = old, .now = state_of(job), .was = state_of(old)};
    size_t mark = check_member(c, "status");
    check_now(c, &s);
    check_terminal(c, &s);
    check_counters(c, &s);
    check_times(c, &s);
    if (s.was.succeeding && !s.now.succeeding) refuse(c, "cannot disable the SuccessCriteriaMet=True condition");
    if (s.was.complete && !s.was.succeeding && s.now.succeeding)
        refuse(c, "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
    check_pop(c, mark);
}
