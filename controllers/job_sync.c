/* job_sync.c - what a Job needs: which pods to make and delete, what its status is, when it ends
 * (pkg/controller/job/job_controller.go, syncJob and trackJobStatusAndRemoveFinalizers). Pure: everything is borrowed
 * or in the arena.
 *
 * A pod is counted once: while its finalizer is on, its uid is written to status.uncountedTerminatedPods (or its index
 * to completedIndexes); then the finalizer goes; then the uid becomes one in a counter. Wherever this is broken off it
 * can go on. */
#include "controllers/job.h"

#include "controllers/limits.h"

#include <stdlib.h>

static int64_t now_s(const struct job_sync *s) { return s->now_ms / 1000; }

static bool is_suspended(const struct job_sync *s) { return obj_bool(s->spec, ".suspend", false); }

static bool ignores(const struct job_sync *s, const struct job_pod *p)
{
    return job_failure_action(s->arena, s->spec, p->pod, NULL) == JOB_IGNORE;
}

/* Pods of indexes that the Job has; all pods of one without. */
static bool has_valid_index(const struct job_sync *s, const struct job_pod *p)
{
    return !s->indexed || (p->index >= 0 && p->index < s->completions);
}

static bool end_with(struct job_sync *s, enum job_end end, const char *reason, const char *message)
{
    s->end = end;
    s->reason = reason;
    s->message = message;
    return true;
}

static void look_again_in(struct job_sync *s, int64_t ms)
{
    if (ms > 0) s->again_ms = s->again_ms ? MIN(s->again_ms, ms) : ms;
}

/* ---- Looking ---- */

static int by_index(const void *x, const void *y)
{
    const struct job_pod *a = x, *b = y;
    if (a->active != b->active) return a->active ? -1 : 1;
    if (a->index != b->index) return a->index < b->index ? -1 : 1;
    return str_cmp(a->pod->name, b->pod->name);
}

void job_sync_look(struct job_sync *s, const struct objs *pods)
{
    s->spec = obj_get(s->job->root, ".spec");
    s->indexed = obj_is(s->spec, ".completionMode", "Indexed");
    s->per_index = s->indexed && obj_has(s->spec, ".backoffLimitPerIndex");
    s->only_failed = obj_is(s->spec, ".podReplacementPolicy", "Failed") || obj_has(s->spec, ".podFailurePolicy");
    s->completions = obj_int(s->spec, ".completions", -1);
    s->parallelism = obj_int(s->spec, ".parallelism", 1);
    job_status_read(s->arena, s->job->root, &s->status);
    s->pods = ARENA_ARRAY(s->arena, struct job_pod, pods->count + 1);
    s->count = pods->count;
    for (size_t i = 0; i < s->count; i++) {
        struct job_pod *p = &s->pods[i];
        job_pod_look(p, s->job, pods->items[i]);
        s->status.active += p->active;
        s->status.ready += p->active && p->ready;
        s->status.terminating += p->terminating;
    }
    qsort(s->pods, s->count, sizeof *s->pods, by_index);
}

/* ---- Sets of uids ---- */

static int compare_texts(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static struct job_uids sorted(struct arena *a, const struct job_uids *uids)
{
    struct job_uids copy = {.items = arena_memdup(a, uids->items, (uids->count + 1) * sizeof *uids->items),
                            .count = uids->count};
    qsort(copy.items, copy.count, sizeof *copy.items, compare_texts);
    return copy;
}

static bool uids_have(const struct job_uids *sorted_uids, struct str uid)
{
    return sorted_uids->count &&
           bsearch(&uid, sorted_uids->items, sorted_uids->count, sizeof uid, compare_texts) != NULL;
}

/* ---- Planning: failures and successes since the last time ---- */

static void note_failures(struct job_sync *s, int64_t last_success_s, int64_t successes, int64_t failures,
                          int64_t last_failure_s)
{
    if (!successes && !failures) return;
    if (successes) s->backoff = (struct job_backoff){0};
    for (size_t i = 0; successes && i < s->count; i++) {
        const struct job_pod *p = &s->pods[i];
        bool later = p->failed && p->tracked && has_valid_index(s, p) && p->finished_s > last_success_s;
        s->backoff.failures += later;
        if (later) s->backoff.last_failure_s = MAX(s->backoff.last_failure_s, p->finished_s);
    }
    if (successes) return;
    s->backoff.failures += failures;
    s->backoff.last_failure_s = last_failure_s;
}

/* Counts those that are in no counter yet. */
static void count_finished(struct job_sync *s)
{
    struct job_uids had_succeeded = sorted(s->arena, &s->status.uncounted_succeeded);
    struct job_uids had_failed = sorted(s->arena, &s->status.uncounted_failed);
    int64_t successes = 0, failures = 0, counted = 0, last_success_s = 0, last_failure_s = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct job_pod *p = &s->pods[i];
        if (!p->tracked || !has_valid_index(s, p)) continue;
        if (p->succeeded && !uids_have(&had_succeeded, p->pod->uid)) {
            successes++;
            last_success_s = MAX(last_success_s, p->finished_s);
        }
        if (p->failed && !uids_have(&had_failed, p->pod->uid)) {
            failures++;
            counted += !ignores(s, p);
            last_failure_s = MAX(last_failure_s, p->finished_s);
        }
    }
    s->succeeded = s->status.succeeded + successes + (int64_t)s->status.uncounted_succeeded.count;
    s->failed = s->status.failed + counted + (int64_t)s->status.uncounted_failed.count;
    note_failures(s, last_success_s, successes, failures, last_failure_s);
}

/* ---- Planning: is it over? ---- */

/* With restartPolicy OnFailure the containers' restarts are the failures. */
static bool restarts_exceed(const struct job_sync *s)
{
    static const char *const lists[] = {".status.initContainerStatuses", ".status.containerStatuses"};
    int64_t restarts = 0, limit = obj_int(s->spec, ".backoffLimit", 6);
    if (!obj_is(s->spec, ".template.spec.restartPolicy", "OnFailure")) return false;
    for (size_t i = 0; i < s->count; i++) {
        const struct json *pod = s->pods[i].pod->root;
        if (!obj_is(pod, ".status.phase", "Running") && !obj_is(pod, ".status.phase", "Pending")) continue;
        for (size_t k = 0; k < ARRAY_LEN(lists); k++)
            for (OBJ_EACH(st, pod, lists[k])) restarts += obj_int(st, ".restartCount", 0);
    }
    return limit ? restarts >= limit : restarts > 0;
}

/* An end that the status tells already. */
static bool find_told_end(struct job_sync *s)
{
    const struct json *met = job_status_condition(&s->status, "SuccessCriteriaMet");
    const struct json *target = job_status_condition(&s->status, "FailureTarget"), *told = met ? met : target;
    if (!told) return false;
    return end_with(s, met ? JOB_SUCCESS_MET : JOB_FAILED, str_cstr(s->arena, obj_str(told, ".reason")),
                    str_cstr(s->arena, obj_str(told, ".message")));
}

static bool find_failing_pod(struct job_sync *s)
{
    const char *message = NULL;
    if (!obj_has(s->spec, ".podFailurePolicy")) return false;
    for (size_t i = 0; i < s->count && !message; i++)
        if (s->pods[i].failed) job_failure_action(s->arena, s->spec, s->pods[i].pod, &message);
    return message && end_with(s, JOB_FAILURE_TARGET, "PodFailurePolicy", message);
}

static bool find_exhausted(struct job_sync *s)
{
    if (s->failed > obj_int(s->spec, ".backoffLimit", 6) || restarts_exceed(s))
        return end_with(s, JOB_FAILURE_TARGET, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    if (!obj_has(s->spec, ".activeDeadlineSeconds") || is_suspended(s) || s->status.start_s < 0) return false;
    int64_t left_ms = (s->status.start_s + obj_int(s->spec, ".activeDeadlineSeconds", 0)) * 1000 - s->now_ms;
    if (left_ms <= 0)
        return end_with(s, JOB_FAILURE_TARGET, "DeadlineExceeded", "Job was active longer than specified deadline");
    look_again_in(s, left_ms);
    return false;
}

/* ---- Planning: indexes ---- */

static bool index_has_failed(const struct job_sync *s, const struct job_pod *p)
{
    if (!p->failed) return false;
    enum job_action action = job_failure_action(s->arena, s->spec, p->pod, NULL);
    return action == JOB_FAIL_INDEX || (action != JOB_IGNORE && job_pod_index_failures(p->pod, false) >=
                                                                    obj_int(s->spec, ".backoffLimitPerIndex", 0));
}

/* The indexes of the pods for which is_one() holds. */
static struct index_set indexes_of(const struct job_sync *s,
                                   bool (*is_one)(const struct job_sync *s, const struct job_pod *p))
{
    int64_t *indexes = ARENA_ARRAY(s->arena, int64_t, s->count + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->pods[i].index >= 0 && s->pods[i].index < s->completions && is_one(s, &s->pods[i]))
            indexes[n++] = s->pods[i].index;
    return index_set_of(s->arena, indexes, n);
}

static bool is_new_success(const struct job_sync *s, const struct job_pod *p)
{
    (void)s;
    return p->succeeded && p->tracked;
}

static bool is_new_index_failure(const struct job_sync *s, const struct job_pod *p)
{
    return p->tracked && index_has_failed(s, p);
}

static bool is_active(const struct job_sync *s, const struct job_pod *p)
{
    (void)s;
    return p->active;
}

static bool is_terminating(const struct job_sync *s, const struct job_pod *p)
{
    (void)s;
    return p->terminating;
}

/* Of two failed pods of an index the later one is replaced. */
static int by_failures(const void *x, const void *y)
{
    const struct job_pod *a = *(struct job_pod *const *)x, *b = *(struct job_pod *const *)y;
    int64_t m = job_pod_index_failures(a->pod, true), n = job_pod_index_failures(b->pod, true);
    if (a->index != b->index) return a->index < b->index ? -1 : 1;
    if (m != n) return m < n ? -1 : 1;
    return (a->finished_s > b->finished_s) - (a->finished_s < b->finished_s);
}

/* A failed pod is kept until its successor has taken over how often the index failed. */
static void find_delayed(struct job_sync *s)
{
    struct index_set active = indexes_of(s, is_active);
    size_t n = 0;
    s->delayed = ARENA_ARRAY(s->arena, struct job_pod *, s->count + 1);
    for (size_t i = 0; i < s->count; i++) {
        struct job_pod *p = &s->pods[i];
        if (p->tracked && p->failed && has_valid_index(s, p) && !index_set_has(&s->done, p->index) &&
            !index_set_has(&s->broken, p->index) && !index_set_has(&active, p->index))
            s->delayed[n++] = p;
    }
    qsort(s->delayed, n, sizeof(struct job_pod *), by_failures);
    for (size_t i = 0; i < n; i++) /* the last one of each index */
        if (i + 1 == n || s->delayed[i + 1]->index != s->delayed[i]->index) s->delayed[s->ndelayed++] = s->delayed[i];
}

const struct job_pod *job_sync_delayed(const struct job_sync *s, int64_t index)
{
    size_t low = 0, high = s->ndelayed;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->delayed[mid]->index < index)
            low = mid + 1;
        else
            high = mid;
    }
    return low < s->ndelayed && s->delayed[low]->index == index ? s->delayed[low] : NULL;
}

static void count_failed_indexes(struct job_sync *s)
{
    struct index_set before = index_set_parse(s->arena, s->status.failed_indexes, s->completions);
    struct index_set now = indexes_of(s, is_new_index_failure);
    s->broken = index_set_union(s->arena, &before, &now);
    int64_t failed = index_set_total(&s->broken);
    if (s->end == JOB_GOES_ON) {
        if (failed > obj_int(s->spec, ".maxFailedIndexes", INT64_MAX))
            end_with(s, JOB_FAILURE_TARGET, "MaxFailedIndexesExceeded",
                     "Job has exceeded the specified maximal number of failed indexes");
        else if (failed && failed + index_set_total(&s->done) >= s->completions)
            end_with(s, JOB_FAILURE_TARGET, "FailedIndexes", "Job has failed indexes");
    }
    find_delayed(s);
}

static void count_indexes(struct job_sync *s)
{
    s->before = index_set_parse(s->arena, s->status.completed_indexes, s->completions);
    struct index_set now = indexes_of(s, is_new_success);
    s->done = index_set_union(s->arena, &s->before, &now);
    s->succeeded = index_set_total(&s->done);
    if (s->per_index) count_failed_indexes(s);
    const char *met = s->end == JOB_GOES_ON ? job_success_message(s->arena, s->spec, &s->done) : NULL;
    if (met) end_with(s, JOB_SUCCESS_MET, "SuccessPolicy", met);
}

/* ---- Planning: pods ---- */

static int by_loss(const void *x, const void *y)
{
    return job_pod_compare(*(struct job_pod *const *)x, *(struct job_pod *const *)y);
}

/* Takes the pods of one index to remove[], but for the one that would be missed most. */
static void remove_doubles(struct job_sync *s, struct job_pod **group, size_t n)
{
    qsort(group, n, sizeof(struct job_pod *), by_loss);
    for (size_t i = 0; i < n; i++)
        if (i + 1 < n || !has_valid_index(s, group[i])) s->remove[s->nremove++] = group[i];
}

/* At least so many active pods, and all that are too much for their index. */
static void choose_removals(struct job_sync *s, int64_t at_least)
{
    size_t active = 0, n = 0;
    while (active < s->count && s->pods[active].active) active++;
    struct job_pod **rest = ARENA_ARRAY(s->arena, struct job_pod *, active + 1);
    s->remove = ARENA_ARRAY(s->arena, struct job_pod *, active + 1);
    for (size_t from = 0, to; s->indexed && from < active; from = to) { /* they are in order of their indexes */
        size_t before = s->nremove;
        for (to = from; to < active && s->pods[to].index == s->pods[from].index; to++)
            rest[n + to - from] = &s->pods[to];
        remove_doubles(s, rest + n, to - from);
        if (s->nremove - before == to - from) continue;
        rest[n] = rest[n + to - from - 1];
        n++;
    }
    for (size_t i = 0; !s->indexed && i < active; i++) rest[n++] = &s->pods[i];
    if ((int64_t)s->nremove >= at_least) return;
    qsort(rest, n, sizeof(struct job_pod *), by_loss);
    for (size_t i = 0; i < n && (int64_t)s->nremove < at_least; i++) s->remove[s->nremove++] = rest[i];
}

/* The first indexes that no pod is at and that are not decided. */
static void choose_indexes(struct job_sync *s, int64_t count)
{
    struct index_set taken = indexes_of(s, is_active), terminating = indexes_of(s, is_terminating);
    taken = index_set_union(s->arena, &taken, &s->done);
    taken = index_set_union(s->arena, &taken, &s->broken);
    if (s->only_failed) taken = index_set_union(s->arena, &taken, &terminating);
    s->indexes = ARENA_ARRAY(s->arena, int64_t, count + 1);
    s->create = 0;
    int64_t next = 0;
    for (size_t i = 0; i <= taken.count; i++) {
        int64_t end = i < taken.count ? taken.spans[i].first : s->completions;
        for (; next < end && s->create < count; next++) s->indexes[s->create++] = next;
        if (i < taken.count) next = MAX(next, taken.spans[i].last + 1);
    }
}

/* Each index waits for itself: those whose time has come are made, else the first of them is waited for. */
static void keep_ready_indexes(struct job_sync *s)
{
    int64_t ready = 0, least_ms = 0;
    for (int64_t i = 0; i < s->create; i++) {
        const struct job_pod *p = job_sync_delayed(s, s->indexes[i]);
        int64_t failures = p ? job_pod_index_failures(p->pod, true) + 1 : 0;
        int64_t left_ms = job_backoff_left_ms(failures, p ? p->finished_s : 0, s->now_ms);
        if (!left_ms)
            s->indexes[ready++] = s->indexes[i];
        else if (!least_ms || left_ms < least_ms)
            least_ms = left_ms;
    }
    s->create = ready;
    look_again_in(s, least_ms);
}

static void choose_creations(struct job_sync *s, int64_t missing)
{
    int64_t left_ms = s->per_index ? 0 : job_backoff_left_ms(s->backoff.failures, s->backoff.last_failure_s, s->now_ms);
    if (left_ms > 0) {
        look_again_in(s, left_ms);
        return;
    }
    s->create = MIN(missing, JOB_BURST_MAX);
    if (s->indexed) choose_indexes(s, s->create);
    if (s->per_index) keep_ready_indexes(s);
}

static int64_t wanted(const struct job_sync *s)
{
    if (s->completions < 0) return s->succeeded > 0 ? s->status.active : s->parallelism;
    return MAX(MIN(s->completions - s->succeeded, s->parallelism), 0);
}

static void manage(struct job_sync *s)
{
    int64_t want = is_suspended(s) ? 0 : wanted(s), active = s->status.active;
    s->managed = true;
    s->uncounted = true;
    choose_removals(s, MAX(active - want, 0));
    if (!is_suspended(s)) s->nremove = MIN(s->nremove, (size_t)JOB_BURST_MAX);
    if (s->nremove || is_suspended(s)) return;
    int64_t missing = want - active - (s->only_failed ? s->status.terminating : 0);
    if (missing > 0) choose_creations(s, missing);
}

void job_sync_plan(struct job_sync *s)
{
    count_finished(s);
    if (s->status.start_s < 0 && !is_suspended(s)) s->status.start_s = now_s(s);
    if (!find_told_end(s) && !find_failing_pod(s)) find_exhausted(s);
    if (s->indexed) count_indexes(s);
    if (s->end != JOB_GOES_ON)
        choose_removals(s, s->status.active);
    else if (s->settled && !obj_is_deleting(s->job->root))
        manage(s);
}

/* ---- Accounting ---- */

/* Uids of pods without the finalizer become numbers. */
static int64_t settle_uids(const struct job_sync *s, struct job_uids *uids)
{
    struct job_uids tracked = {.items = ARENA_ARRAY(s->arena, struct str, s->count + 1)};
    size_t kept = 0, had = uids->count;
    if (!had) return 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->pods[i].tracked) tracked.items[tracked.count++] = s->pods[i].pod->uid;
    qsort(tracked.items, tracked.count, sizeof *tracked.items, compare_texts);
    for (size_t i = 0; i < had; i++)
        if (uids_have(&tracked, uids->items[i])) uids->items[kept++] = uids->items[i];
    uids->count = kept;
    return (int64_t)(had - kept);
}

static void settle(struct job_sync *s)
{
    s->status.succeeded += settle_uids(s, &s->status.uncounted_succeeded);
    s->status.failed += settle_uids(s, &s->status.uncounted_failed);
}

static void add_uid(struct arena *a, struct job_uids *uids, struct str uid)
{
    struct str *grown = ARENA_ARRAY(a, struct str, uids->count + 1);
    if (uids->count) memcpy(grown, uids->items, uids->count * sizeof *grown);
    grown[uids->count++] = uid;
    uids->items = grown;
}

/* May the finalizer go once the pod is written down? */
static bool may_release(const struct job_sync *s, const struct job_pod *p)
{
    if (obj_is_deleting(s->job->root) || s->end != JOB_GOES_ON || p->succeeded) return true;
    return p->failed && job_sync_delayed(s, p->index) != p;
}

static bool counts_as_failed(const struct job_sync *s, const struct job_pod *p)
{
    bool job_failed = s->end == JOB_FAILED || s->end == JOB_FAILURE_TARGET; /* then all that were left have failed */
    return (p->failed || job_failed) && has_valid_index(s, p) && !ignores(s, p);
}

/* Writes finished pods down, as many as one status can hold. */
static void write_down(struct job_sync *s)
{
    struct job_uids had_succeeded = sorted(s->arena, &s->status.uncounted_succeeded);
    struct job_uids had_failed = sorted(s->arena, &s->status.uncounted_failed);
    int64_t *indexes = ARENA_ARRAY(s->arena, int64_t, s->count + 1);
    size_t n = 0;
    s->release = ARENA_ARRAY(s->arena, struct job_pod *, s->count + 1);
    for (size_t i = 0; i < s->count && !s->cut; i++) {
        struct job_pod *p = &s->pods[i];
        bool known_failed = uids_have(&had_failed, p->pod->uid);
        if (!p->tracked || !may_release(s, p)) continue;
        s->release[s->nrelease++] = p;
        if (p->succeeded && !known_failed) {
            if (s->indexed && has_valid_index(s, p) && !index_set_has(&s->before, p->index))
                indexes[n++] = p->index;
            else if (!s->indexed && !uids_have(&had_succeeded, p->pod->uid))
                add_uid(s->arena, &s->status.uncounted_succeeded, p->pod->uid);
        } else if (counts_as_failed(s, p) && !known_failed) {
            add_uid(s->arena, &s->status.uncounted_failed, p->pod->uid);
        }
        s->cut = n + s->status.uncounted_succeeded.count + s->status.uncounted_failed.count >= JOB_UNCOUNTED_MAX;
    }
    if (!s->indexed) return;
    struct index_set now = index_set_of(s->arena, indexes, n), all = index_set_union(s->arena, &s->before, &now);
    s->status.completed_indexes = index_set_text(s->arena, &all);
    s->status.succeeded = index_set_total(&all);
    s->status.failed_indexes = s->per_index ? index_set_text(s->arena, &s->broken) : STR_NULL;
}

static void tell_suspended(struct job_sync *s)
{
    bool suspended = is_suspended(s);
    const char *reason = suspended ? "JobSuspended" : "JobResumed";
    s->event_message = suspended ? "Job suspended" : "Job resumed";
    if (!job_status_set(s->arena, &s->status, "Suspended", suspended, reason, s->event_message, now_s(s))) return;
    s->event = suspended ? "Suspended" : "Resumed";
    s->status.start_s = suspended ? -1 : now_s(s); /* the deadline counts anew */
}

static void find_completion(struct job_sync *s)
{
    bool enough = s->completions < 0 ? s->succeeded > 0 : s->succeeded >= s->completions;
    if (enough && !s->status.active)
        end_with(s, JOB_SUCCESS_MET, "CompletionsReached", "Reached expected number of succeeded pods");
    else if (s->managed)
        tell_suspended(s);
}

/* What is told before the finalizers go; the rest follows when they have gone. */
static void tell_intent(struct job_sync *s)
{
    if (s->end == JOB_FAILURE_TARGET) {
        job_status_set(s->arena, &s->status, "FailureTarget", true, s->reason, s->message, now_s(s));
        s->end = JOB_FAILED;
    }
    if (s->end != JOB_SUCCESS_MET) return;
    if (!job_status_condition(&s->status, "SuccessCriteriaMet"))
        job_status_set(s->arena, &s->status, "SuccessCriteriaMet", true, s->reason, s->message, now_s(s));
    s->end = JOB_COMPLETE;
}

void job_sync_account(struct job_sync *s, const struct job_done *done)
{
    bool all_gone = (int64_t)s->nremove == done->removed;
    s->status.active += done->created - done->removed;
    s->status.terminating += done->removed;
    s->status.ready -= done->removed_ready;
    if (s->end == JOB_GOES_ON)
        find_completion(s);
    else if (!all_gone || !s->settled)
        s->end = JOB_GOES_ON; /* pods may be left that nobody saw: not yet */
    settle(s);
    write_down(s);
    tell_intent(s);
}

bool job_sync_conclude(struct job_sync *s)
{
    settle(s);
    if (s->end == JOB_GOES_ON || s->cut || s->status.terminating) return false;
    if (s->status.uncounted_succeeded.count + s->status.uncounted_failed.count) return false;
    bool complete = s->end == JOB_COMPLETE;
    job_status_set(s->arena, &s->status, complete ? "Complete" : "Failed", true, s->reason, s->message, now_s(s));
    if (complete) s->status.completion_s = now_s(s);
    return true;
}
