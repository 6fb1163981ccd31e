/* cronjob_due.c - see cronjob.h. Pure.
 * Reads: a CronJob.   Writes: a Job's tree in the arena. */
#include "controllers/cronjob.h"

#include "base/clk.h"
#include "controllers/limits.h"

#define SCHEDULED_AT "batch.kubernetes.io/cronjob-scheduled-timestamp"

/* How many runs lie behind is estimated from the distance of the first two; then the newest is looked for from just
 * before where it should be. */
static int64_t newest(const struct cron *schedule, int64_t first_s, int64_t distance_s, int64_t runs, int64_t now_ms)
{
    int64_t found = -1;
    for (int64_t t = cron_next(schedule, first_s + (runs - 2) * distance_s); t != CRON_NEVER && t * 1000 <= now_ms;
         t = cron_next(schedule, t))
        found = t;
    return found;
}

struct cron_due cronjob_due(const struct object *cron, const struct cron *schedule, int64_t now_ms, bool with_deadline)
{
    int64_t created_s = obj_time_s(cron->root, ".metadata.creationTimestamp", 0);
    int64_t deadline_s = obj_int(cron->root, ".spec.startingDeadlineSeconds", -1);
    struct cron_due due = {.is_valid = true, .at_s = -1};
    due.earliest_s = obj_time_s(cron->root, ".status.lastScheduleTime", created_s);
    if (with_deadline && deadline_s >= 0) due.earliest_s = MAX(due.earliest_s, now_ms / 1000 - deadline_s);
    int64_t first = cron_next(schedule, due.earliest_s), second = cron_next(schedule, first);
    if (first != CRON_NEVER && now_ms < first * 1000) return due;
    if (second != CRON_NEVER && now_ms < second * 1000) {
        due.at_s = first;
        return due;
    }
    if (second == CRON_NEVER) {
        due.is_valid = false;
        return due;
    }
    int64_t runs = (now_ms / 1000 - first) / (second - first) + 1;
    due.missed = runs > CRON_MISSED_MANY ? CRON_MANY_MISSED : CRON_FEW_MISSED;
    due.at_s = newest(schedule, first, second - first, runs, now_ms);
    return due;
}

int64_t cronjob_next_ms(const struct object *cron, const struct cron *schedule, int64_t now_ms)
{
    struct cron_due due = cronjob_due(cron, schedule, now_ms, false);
    int64_t from_s = now_ms / 1000;
    if (due.is_valid && due.at_s >= 0)
        from_s = due.at_s;
    else if (due.is_valid && due.missed == CRON_NONE_MISSED)
        from_s = due.earliest_s;
    int64_t next_s = cron_next(schedule, from_s);
    return next_s == CRON_NEVER ? 0 : MAX(next_s * 1000 + CRON_NEXT_DELTA_MS - now_ms, 1);
}

struct str cronjob_job_name(struct arena *a, const struct object *cron, int64_t at_s)
{
    return str_printf(a, "%.*s-%lld", STR_ARG(cron->name), (long long)(at_s / 60));
}

/* RFC 3339 with the zone's offset. */
static struct str local_time(struct arena *a, int64_t at_s, const struct tz *zone)
{
    struct civil c;
    int64_t offset_s = tz_offset_s(zone, at_s), minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    tz_civil(zone, at_s, &c);
    struct str zone_text = offset_s ? str_printf(a, "%c%02lld:%02lld", offset_s < 0 ? '-' : '+',
                                                 (long long)minutes / 60, (long long)minutes % 60)
                                    : STR("Z");
    return str_printf(a, "%04lld-%02d-%02dT%02d:%02d:%02d%.*s", (long long)c.year, c.month, c.day, c.hour, c.minute,
                      c.second, STR_ARG(zone_text));
}

struct json *cronjob_job(struct arena *a, const struct object *cron, int64_t at_s, const struct tz *zone)
{
    struct json *job = obj_new(a, "batch/v1", "Job");
    const struct json *tmpl = obj_get(cron->root, ".spec.jobTemplate");
    obj_put_str(a, job, ".metadata.name", cronjob_job_name(a, cron, at_s));
    obj_put_str(a, job, ".metadata.namespace", cron->ns);
    obj_put_copy(a, job, ".metadata.labels", obj_get(tmpl, ".metadata.labels"));
    obj_put_copy(a, job, ".metadata.annotations", obj_get(tmpl, ".metadata.annotations"));
    obj_map_put_str(a, job, ".metadata.annotations", STR(SCHEDULED_AT), local_time(a, at_s, zone));
    obj_put_owner(a, job, cron->root);
    obj_put_copy(a, job, ".spec", obj_get(tmpl, ".spec"));
    return job;
}
