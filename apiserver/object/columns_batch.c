/* columns_batch.c - table cells of Job and CronJob (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "base/clk.h"

static struct json *human(struct arena *a, int64_t ns)
{
    char text[CLK_TEXT_MAX];
    return json_str(a, str_copy(a, str_of(clk_human(ns, text))));
}

/* ---- Job ---- */

struct json *column_job_status(struct arena *a, const struct json *job, int64_t now_ns)
{
    (void)now_ns;
    if (obj_condition_true(job, "Complete")) return json_strc(a, "Complete");
    if (obj_condition_true(job, "Failed")) return json_strc(a, "Failed");
    if (obj_is_deleting(job)) return json_strc(a, "Terminating");
    static const char *const states[] = {"Suspended", "FailureTarget", "SuccessCriteriaMet"};
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (obj_condition_true(job, states[i])) return json_strc(a, states[i]);
    return json_strc(a, "Running");
}

struct json *column_job_completions(struct arena *a, const struct json *job, int64_t now_ns)
{
    (void)now_ns;
    long long done = obj_int(job, ".status.succeeded", 0), parallelism = obj_int(job, ".spec.parallelism", 0);
    struct str text;
    if (obj_has(job, ".spec.completions"))
        text = str_printf(a, "%lld/%lld", done, (long long)obj_int(job, ".spec.completions", 0));
    else if (parallelism > 1)
        text = str_printf(a, "%lld/1 of %lld", done, parallelism);
    else
        text = str_printf(a, "%lld/1", done);
    return json_str(a, text);
}

struct json *column_job_duration(struct arena *a, const struct json *job, int64_t now_ns)
{
    if (!obj_has(job, ".status.startTime")) return json_strc(a, "");
    int64_t start_ns = obj_time_s(job, ".status.startTime", 0) * 1000000000, end_ns = now_ns;
    if (obj_has(job, ".status.completionTime")) end_ns = obj_time_s(job, ".status.completionTime", 0) * 1000000000;
    return human(a, end_ns - start_ns);
}

/* ---- CronJob ---- */

struct json *column_cron_job_timezone(struct arena *a, const struct json *cron, int64_t now_ns)
{
    (void)now_ns;
    struct str zone = obj_str(cron, ".spec.timeZone");
    return str_is_null(zone) ? json_strc(a, "<none>") : json_str(a, str_copy(a, zone));
}

/* Text, though the column is declared boolean. */
struct json *column_cron_job_suspend(struct arena *a, const struct json *cron, int64_t now_ns)
{
    (void)now_ns;
    if (!obj_has(cron, ".spec.suspend")) return json_strc(a, "<unset>");
    return json_strc(a, obj_bool(cron, ".spec.suspend", false) ? "True" : "False");
}

struct json *column_cron_job_active(struct arena *a, const struct json *cron, int64_t now_ns)
{
    (void)now_ns;
    return json_int(a, (int64_t)obj_count(cron, ".status.active"));
}

struct json *column_cron_job_last_schedule(struct arena *a, const struct json *cron, int64_t now_ns)
{
    int64_t last_s = obj_time_s(cron, ".status.lastScheduleTime", -1);
    return last_s < 0 ? json_strc(a, "<none>") : human(a, now_ns - last_s * 1000000000);
}
