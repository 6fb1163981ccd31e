/* check_cron_job.c - validation of CronJobs (pkg/apis/batch/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "base/cron.h"

#include <strings.h>

enum { ZONE_PART_MAX = 14 }; /* bytes between two slashes of a zone's name, by the tz database's rules */

static bool has_zone(struct str schedule) { return memmem(schedule.p, schedule.n, "TZ", 2) != NULL; }

static void check_schedule(struct check *c, const struct json *spec, const struct json *old)
{
    struct str schedule = obj_str(spec, ".schedule"), was = obj_str(old, ".schedule");
    struct cron parsed;
    struct err e = ERR_INIT;
    if (!schedule.n) {
        check_required(c, "schedule", "");
        return;
    }
    if (!cron_parse(schedule, tz_utc(), &parsed, &e)) check_invalid_str(c, "schedule", schedule, e.text);
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
        ok = ok && ((lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9') || strchr(".-_+", ch));
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

/* type CronJobSpec check=fn:cron_job_spec */
void check_cron_job_spec(struct check *c, const struct json *spec, const struct json *old)
{
    static const char *const none[] = {"nil", "false", NULL};
    const struct json *job = obj_get(spec, ".jobTemplate.spec"), *zone = obj_get(spec, ".timeZone");
    const struct json *zone_was = obj_get(old, ".timeZone");
    check_schedule(c, spec, old);
    if (zone && !(zone_was && json_equal(zone, zone_was))) check_time_zone(c, spec);
    if (obj_has(job, ".selector"))
        check_invalid(c, "jobTemplate.spec.selector", obj_get(job, ".selector"), "`selector` will be auto-generated");
    if (obj_bool(job, ".manualSelector", false))
        check_not_supported(c, "jobTemplate.spec.manualSelector", obj_get(job, ".manualSelector"), none);
}
