/* check_cron_job.c - validation of CronJobs (pkg/apis/batch/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_job.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/check_workload.h"
#include "apiserver/object/same.h"
#include "base/cron.h"
#include "schema_ids.h"

#include <strings.h>

enum {
    ZONE_PART_MAX = 14, /* bytes between two slashes of a zone's name, by the tz database's rules */
    NAME_MAX_BYTES = 52 /* its Jobs' names are 11 bytes longer and must be labels */
};

static bool has_zone(struct str schedule) { return memmem(schedule.p, schedule.n, "TZ", 2) != NULL; }

/* Nothing behind the zone: upstream's parser crashes, and tells how. */
static bool is_zone_alone(struct str schedule)
{
    return (str_starts(schedule, STR("TZ=")) || str_starts(schedule, STR("CRON_TZ="))) &&
           str_chr(schedule, ' ') == SIZE_MAX;
}

static void check_schedule(struct check *c, const struct json *spec, const struct json *old)
{
    struct str schedule = obj_str(spec, ".schedule"), was = obj_str(old, ".schedule");
    struct cron parsed;
    struct err e = ERR_INIT;
    if (!schedule.n) {
        check_required(c, "schedule", "");
        return;
    }
    if (is_zone_alone(schedule))
        check_invalid_str(c, "schedule", schedule,
                          "invalid schedule format: runtime error: slice bounds out of range [:-1]");
    else if (!cron_parse(schedule, tz_utc(), &parsed, &e))
        check_invalid_str(c, "schedule", schedule, e.text);
    if (!has_zone(schedule)) return;
    if (!was.n || !has_zone(was)) /* one that was there may stay */
        check_invalid_str(c, "schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    else if (obj_has(spec, ".timeZone"))
        check_invalid_str(c, "schedule", schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule");
}

static bool is_zone_part(struct str part)
{
    bool ok = part.n && part.n <= ZONE_PART_MAX && part.p[0] != '-' && !str_eqc(part, ".") && !str_eqc(part, "..");
    for (size_t i = 0; i < part.n; i++) {
        char ch = part.p[i], lower = (char)(ch | 32);
        ok = ok && ((lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9') || (ch && strchr(".-_+", ch)));
    }
    return ok;
}

static void check_time_zone(struct check *c, const struct json *spec)
{
    struct str zone = obj_str(spec, ".timeZone");
    struct err e = ERR_INIT;
    if (!zone.n) {
        check_invalid_str(c, "timeZone", zone, "timeZone must be nil or non-empty string");
        return;
    }
    for (struct str rest = zone; !str_is_null(rest);)
        if (!is_zone_part(str_cut(rest, '/', &rest))) {
            check_invalidf(c, "timeZone", obj_get(spec, ".timeZone"), "unknown time zone %.*s", STR_ARG(zone));
            return;
        }
    if (zone.n == 5 && strncasecmp(zone.p, "Local", 5) == 0)
        check_invalid_str(c, "timeZone", zone,
                          "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
    if (!tz_load(zone, &e)) check_invalid_str(c, "timeZone", zone, e.text);
}

static void check_job_template(struct check *c, const struct json *spec, const struct json *old)
{
    static const char *const none[] = {"nil", "false", NULL};
    const struct json *job = obj_get(spec, ".jobTemplate.spec");
    size_t mark = check_member(c, "jobTemplate.spec");
    check_job_spec(c, job, obj_get(old, ".jobTemplate.spec"));
    if (obj_has(job, ".selector"))
        check_invalid(c, "selector", obj_get(job, ".selector"), "`selector` will be auto-generated");
    if (obj_bool(job, ".manualSelector", false))
        check_not_supported(c, "manualSelector", obj_get(job, ".manualSelector"), none);
    check_pop(c, mark);
}

static void check_spec(struct check *c, const struct json *spec, const struct json *old)
{
    static const char *const policies[] = {"Allow", "Forbid", "Replace", NULL};
    static const char *const counts[] = {"successfulJobsHistoryLimit", "failedJobsHistoryLimit", NULL};
    size_t mark = check_member(c, "spec");
    check_schedule(c, spec, old);
    check_count(c, "startingDeadlineSeconds", obj_get(spec, ".startingDeadlineSeconds"));
    if (obj_has(spec, ".timeZone") && (!old || !object_same_member(&type_batch_v1_CronJobSpec, "timeZone", spec, old)))
        check_time_zone(c, spec);
    check_one_of(c, "concurrencyPolicy", obj_str(spec, ".concurrencyPolicy"), policies);
    check_job_template(c, spec, old);
    check_counts(c, spec, counts);
    check_pop(c, mark);
}

/* type CronJob check=fn:cron_job whole */
void check_cron_job(struct check *c, const struct json *cron, const struct json *old)
{
    if (c->sub) return; /* upstream looks at nothing */
    check_meta_either(c);
    check_spec(c, obj_get(cron, ".spec"), obj_get(old, ".spec"));
    if (!old && obj_name(cron).n > NAME_MAX_BYTES)
        check_invalid(c, "metadata.name", obj_get(cron, ".metadata.name"), "must be no more than 52 characters");
}
