/* cronjob.c - starts Jobs at the times of a schedule, for each CronJob
 * (pkg/controller/cronjob/cronjob_controllerv2.go).
 * Reads: CronJobs, and Jobs they control.   Writes: Jobs, cronjobs/status, Events. */
#include "controllers/cronjob.h"

#include "base/clk.h"
#include "base/map.h"
#include "base/thread.h"
#include "client/ctl.h"
#include "controllers/job.h"
#include "controllers/limits.h"
#include "controllers/pod_control.h"

#include <stdlib.h>

#define CRONJOBS "batch/v1/cronjobs"
#define JOBS     "batch/v1/jobs"

struct run { /* one reconcile */
    struct ctl *c;
    const struct object *cron;
    struct json *now; /* the CronJob as it is to be */
    struct objs jobs; /* those it controls */
    int64_t now_ms;
    struct outcome *out;
};

/* ---- status.active ---- */

static struct json *reference(struct run *r, const struct object *job)
{
    struct json *ref = obj_empty(r->out->arena);
    obj_put_cstr(r->out->arena, ref, ".kind", "Job");
    obj_put_str(r->out->arena, ref, ".namespace", job->ns);
    obj_put_str(r->out->arena, ref, ".name", job->name);
    obj_put_str(r->out->arena, ref, ".uid", job->uid);
    obj_put_cstr(r->out->arena, ref, ".apiVersion", "batch/v1");
    obj_put_str(r->out->arena, ref, ".resourceVersion", obj_str(job->root, ".metadata.resourceVersion"));
    return ref;
}

static bool is_active(const struct run *r, struct str uid)
{
    return obj_find(r->now, ".status.active", "uid", uid) != NULL;
}

static void drop_active(struct run *r, struct str uid)
{
    struct arena *a = r->out->arena;
    struct json *kept = obj_empty(a);
    size_t n = 0;
    for (OBJ_EACH(ref, r->now, ".status.active"))
        if (!str_eq(obj_str(ref, ".uid"), uid)) {
            obj_append(a, kept, ".active");
            obj_put_copy(a, kept, arena_printf(a, ".active[%zu]", n++), ref);
        }
    obj_del(r->now, ".status.active");
    obj_put_copy(a, r->now, ".status.active", obj_get(kept, ".active"));
}

static void add_active(struct run *r, const struct object *job)
{
    struct arena *a = r->out->arena;
    size_t n = obj_count(r->now, ".status.active");
    obj_append(a, r->now, ".status.active");
    obj_put(a, r->now, arena_printf(a, ".status.active[%zu]", n), reference(r, job));
}

static const char *finish_of(const struct object *job)
{
    if (obj_condition_true(job->root, "Complete")) return "Complete";
    return obj_condition_true(job->root, "Failed") ? "Failed" : NULL;
}

/* The newest success counts, whoever started it. */
static void note_success(struct run *r, const struct object *job)
{
    int64_t at_s = obj_time_s(job->root, ".status.completionTime", -1);
    if (at_s > obj_time_s(r->now, ".status.lastSuccessfulTime", -1))
        obj_put_time(r->out->arena, r->now, ".status.lastSuccessfulTime", at_s);
}

/* An unfinished Job that is not in the list: the cache may be older than our own last write. */
static void see_unknown(struct run *r, const struct object *job)
{
    const struct object *fresh AUTO_OBJ = NULL;
    struct err e = ERR_INIT;
    if (!rest_get(ctl_rest(r->c), CRONJOBS, r->cron->ns, r->cron->name, &fresh, &e)) {
        ctl_fail(r->out, &e);
    } else if (obj_find(fresh->root, ".status.active", "uid", job->uid)) {
        obj_put_copy(r->out->arena, r->now, ".status", obj_get(fresh->root, ".status"));
        obj_put_copy(r->out->arena, r->now, ".metadata", obj_get(fresh->root, ".metadata"));
    } else {
        ctl_event(r->c, r->cron, "Warning", "UnexpectedJob",
                  "Saw a job that the controller did not create or forgot: %.*s", STR_ARG(job->name));
    }
}

static void see_job(struct run *r, const struct object *job)
{
    const char *finish = finish_of(job);
    bool active = is_active(r, job->uid);
    if (!active && !finish) {
        see_unknown(r, job);
    } else if (active && finish) {
        drop_active(r, job->uid);
        ctl_event(r->c, r->cron, "Normal", "SawCompletedJob", "Saw completed job: %.*s, condition: %s",
                  STR_ARG(job->name), finish);
    }
    if (finish && finish[0] == 'C') note_success(r, job);
}

/* A Job in the list that is gone; the API server is asked, for the cache may not have it yet. */
static void see_missing(struct run *r)
{
    struct json *was = obj_copy(r->out->arena, r->now);
    for (OBJ_EACH(ref, was, ".status.active")) {
        struct str uid = obj_str(ref, ".uid"), name = obj_str(ref, ".name");
        struct err e = ERR_INIT;
        bool cached = false;
        for (size_t i = 0; i < r->jobs.count && !cached; i++) cached = str_eq(r->jobs.items[i]->uid, uid);
        if (cached || rest_get(ctl_rest(r->c), JOBS, r->cron->ns, name, NULL, &e)) continue;
        if (e.code != ERR_NOT_FOUND) {
            ctl_fail(r->out, &e);
            continue;
        }
        ctl_event(r->c, r->cron, "Normal", "MissingJob", "Active job went missing: %.*s", STR_ARG(name));
        drop_active(r, uid);
    }
}

/* ---- Deleting Jobs ---- */

static bool delete_job(struct run *r, struct str name, struct str uid)
{
    const struct rest_delete_opts opts = {.grace_s = -1, .propagation = "Background"};
    struct err e = ERR_INIT;
    if (!rest_delete(ctl_rest(r->c), JOBS, r->cron->ns, name, &opts, &e)) {
        ctl_event(r->c, r->cron, "Warning", "FailedDelete", "Deleted job: %s", e.text);
        return false;
    }
    drop_active(r, uid);
    ctl_event(r->c, r->cron, "Normal", "SuccessfulDelete", "Deleted job %.*s", STR_ARG(name));
    return true;
}

static int by_start(const void *x, const void *y)
{
    const struct object *a = *(const struct object *const *)x, *b = *(const struct object *const *)y;
    int64_t s = obj_time_s(a->root, ".status.startTime", INT64_MAX),
            t = obj_time_s(b->root, ".status.startTime", INT64_MAX);
    if (s != t) return s < t ? -1 : 1;
    return str_cmp(a->name, b->name);
}

/* Of the Jobs that ended so the oldest go. */
static void trim_history(struct run *r, const char *limit_path, const char *finish)
{
    const struct object **jobs = ARENA_ARRAY(r->out->arena, const struct object *, r->jobs.count + 1);
    int64_t n = 0, limit = obj_int(r->cron->root, limit_path, INT64_MAX);
    for (size_t i = 0; i < r->jobs.count; i++) {
        const char *ended = finish_of(r->jobs.items[i]);
        if (ended && strcmp(ended, finish) == 0) jobs[n++] = r->jobs.items[i];
    }
    if (n <= limit) return;
    qsort(jobs, (size_t)n, sizeof(const struct object *), by_start);
    for (int64_t i = 0; i < n - limit; i++)
        if (!obj_is_deleting(jobs[i]->root)) delete_job(r, jobs[i]->name, jobs[i]->uid);
}

/* ---- Starting ---- */

/* The Job of this time exists. If it is ours and not in the list, our last write of the status was lost. */
static const struct object *find_own(struct run *r, struct str name)
{
    const struct object *job = NULL;
    struct err e = ERR_INIT;
    if (!rest_get(ctl_rest(r->c), JOBS, r->cron->ns, name, &job, &e)) {
        ctl_fail(r->out, &e);
        return NULL;
    }
    if (str_eq(obj_str(obj_controller(job->root), ".uid"), r->cron->uid) && !is_active(r, job->uid)) return job;
    object_unref(job);
    return NULL;
}

static void start(struct run *r, int64_t at_s, const struct tz *zone)
{
    const struct object *job AUTO_OBJ = NULL;
    struct json *wanted = cronjob_job(r->out->arena, r->cron, at_s, zone);
    struct err e = ERR_INIT;
    if (rest_create(ctl_rest(r->c), JOBS, r->cron->ns, wanted, &job, &e)) {
        ctl_event(r->c, r->cron, "Normal", "SuccessfulCreate", "Created job %.*s", STR_ARG(job->name));
    } else if (e.code == ERR_ALREADY_EXISTS) {
        if (!(job = find_own(r, obj_name(wanted)))) return;
    } else {
        ctl_event(r->c, r->cron, "Warning", "FailedCreate", "Error creating job: %s", e.text);
        ctl_fail(r->out, &e);
        return;
    }
    add_active(r, job);
    obj_put_time(r->out->arena, r->now, ".status.lastScheduleTime", at_s);
}

/* Those that still run make way. False: one could not be deleted. */
static bool replace_active(struct run *r)
{
    struct json *was = obj_copy(r->out->arena, r->now);
    for (OBJ_EACH(ref, was, ".status.active"))
        if (!delete_job(r, obj_str(ref, ".name"), obj_str(ref, ".uid"))) {
            struct err e = ERR_INIT;
            err_set(&e, ERR_CONFLICT, "could not replace job %.*s/%.*s", STR_ARG(r->cron->ns),
                    STR_ARG(obj_str(ref, ".name")));
            ctl_fail(r->out, &e);
            return false;
        }
    return true;
}

static bool is_started(const struct run *r, int64_t at_s)
{
    struct str name = cronjob_job_name(r->out->arena, r->cron, at_s);
    return obj_find(r->now, ".status.active", "name", name) ||
           obj_time_s(r->now, ".status.lastScheduleTime", -1) == at_s;
}

static bool is_too_late(const struct run *r, int64_t at_s)
{
    int64_t deadline_s = obj_int(r->cron->root, ".spec.startingDeadlineSeconds", -1);
    return deadline_s >= 0 && (at_s + deadline_s) * 1000 < r->now_ms;
}

static void tell_missed(struct run *r, int64_t at_s)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil c;
    tz_civil(tz_utc(), at_s, &c);
    ctl_event(r->c, r->cron, "Warning", "MissSchedule",
              "Missed scheduled time to start a job: %s, %02d %s %04lld %02d:%02d:%02d +0000", days[c.weekday], c.day,
              months[c.month - 1], (long long)c.year, c.hour, c.minute, c.second);
}

static void start_due(struct run *r, int64_t at_s, const struct tz *zone)
{
    if (is_too_late(r, at_s)) {
        tell_missed(r, at_s);
    } else if (is_started(r, at_s)) {
        return;
    } else if (obj_is(r->cron->root, ".spec.concurrencyPolicy", "Forbid") && obj_count(r->now, ".status.active")) {
        ctl_event(r->c, r->cron, "Normal", "JobAlreadyActive",
                  "Not starting job because prior execution is running and concurrency policy is Forbid");
    } else if (!obj_is(r->cron->root, ".spec.concurrencyPolicy", "Replace") || replace_active(r)) {
        start(r, at_s, zone);
    }
}

/* ---- The schedule ---- */

static bool read_schedule(struct run *r, struct cron *schedule, const struct tz **zone)
{
    struct str text = obj_str(r->cron->root, ".spec.schedule"), name = obj_str(r->cron->root, ".spec.timeZone");
    struct err e = ERR_INIT;
    *zone = str_is_null(name) ? tz_utc() : tz_load(name, &e);
    if (!*zone) {
        ctl_event(r->c, r->cron, "Warning", "UnknownTimeZone", "invalid timeZone: \"%.*s\": %s", STR_ARG(name), e.text);
        return false;
    }
    if (obj_bool(r->cron->root, ".spec.suspend", false)) return false;
    if (memmem(text.p, text.n, "TZ", 2))
        ctl_event(r->c, r->cron, "Warning", "UnsupportedSchedule",
                  "CRON_TZ or TZ used in schedule \"%.*s\" is not officially supported, see "
                  "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
                  STR_ARG(text));
    if (cron_parse(text, *zone, schedule, &e)) return true;
    ctl_event(r->c, r->cron, "Warning", "UnparseableSchedule", "unparseable schedule: \"%.*s\" : %s", STR_ARG(text),
              e.text);
    return false;
}

static void keep_time(struct run *r)
{
    struct cron schedule;
    const struct tz *zone;
    if (obj_is_deleting(r->cron->root) || !read_schedule(r, &schedule, &zone)) return;
    struct cron_due due = cronjob_due(r->cron, &schedule, r->now_ms, true);
    if (!due.is_valid) {
        ctl_event(r->c, r->cron, "Warning", "InvalidSchedule",
                  "invalid schedule: %.*s : time difference between two schedules is less than 1 second",
                  STR_ARG(obj_str(r->cron->root, ".spec.schedule")));
        return;
    }
    if (due.at_s >= 0 && due.missed == CRON_MANY_MISSED)
        ctl_event(r->c, r->cron, "Warning", "TooManyMissedTimes",
                  "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew");
    if (due.at_s >= 0) start_due(r, due.at_s, zone);
    const struct object *then AUTO_OBJ = object_of(r->now);
    r->out->again_after_ms = cronjob_next_ms(then, &schedule, r->now_ms);
}

/* ---- Changes of the schedule ---- */

static pthread_mutex_t lock = MUTEX_INIT; /* covers schedules */
static struct map schedules;              /* "ns/name" -> the schedule and zone that were seen last */

/* text NULL: the CronJob is gone. */
static bool schedule_changed(struct str key, const char *text)
{
    mutex_lock(&lock);
    char *seen = text ? map_set(&schedules, key, xstrdup(text)) : map_take(&schedules, key);
    mutex_unlock(&lock);
    bool changed = seen && text && strcmp(seen, text) != 0;
    free(seen);
    return changed;
}

/* A new schedule begins with its next time: what it would have had before does not count as missed, as long as nothing
 * else wakes the CronJob. */
static bool begins_anew(struct run *r)
{
    struct cron schedule;
    const struct tz *zone;
    struct arena *a = r->out->arena;
    struct str text = obj_str(r->cron->root, ".spec.schedule"), name = obj_str(r->cron->root, ".spec.timeZone");
    if (!schedule_changed(object_key(a, r->cron), arena_printf(a, "%.*s\n%.*s", STR_ARG(text), STR_ARG(name))))
        return false;
    if (obj_is_deleting(r->cron->root) || !read_schedule(r, &schedule, &zone)) return false;
    r->out->again_after_ms = cronjob_next_ms(r->cron, &schedule, r->now_ms);
    return true;
}

static void cronjob_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *cron AUTO_OBJ = ctl_get(c, CRONJOBS, ns, name);
    if (!cron) {
        schedule_changed(str_printf(out->arena, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name)), NULL);
        return;
    }
    struct run r = {.c = c, .cron = cron, .now = obj_copy(out->arena, cron->root), .now_ms = clk_ms(), .out = out};
    if (begins_anew(&r)) return;
    ctl_owned(c, JOBS, cron, &r.jobs);
    trim_history(&r, ".spec.successfulJobsHistoryLimit", "Complete");
    trim_history(&r, ".spec.failedJobsHistoryLimit", "Failed");
    for (size_t i = 0; i < r.jobs.count; i++) see_job(&r, r.jobs.items[i]);
    see_missing(&r);
    if (!out->failed) keep_time(&r);
    ctl_put_status(c, cron, r.now, out);
    objs_release(&r.jobs);
}

const struct ctl_spec cronjob_controller = {
    .name = "cronjob",
    .primary = CRONJOBS,
    .kind = "CronJob",
    .owns = {JOBS},
    .workers = 5,
    .reconcile = cronjob_reconcile,
};
