/* cron.h - schedules of CronJobs: five fields ("30 8-18/2 * * mon-fri"), "@hourly" and its like, "@every 90m", and
 * "TZ=Europe/Berlin " in front. What is accepted, what it means and the errors are those of robfig/cron/v3
 * (ParseStandard), which upstream uses. */
#ifndef BASE_CRON_H
#define BASE_CRON_H

#include "tz.h"

struct cron {
    uint64_t minutes, hours, days, months, weekdays; /* a bit per value; bit 63: the field was "*" */
    int64_t every_s;                                 /* > 0: "@every", and nothing of the above */
    const struct tz *zone;
};

#define CRON_NEVER INT64_MIN

/* zone: where the schedule names none itself. ERR_BAD_REQUEST. */
bool cron_parse(struct str text, const struct tz *zone, struct cron *out, struct err *e) MUST_USE;
/* The first time after after_s; CRON_NEVER: none within five years. Unix s. */
int64_t cron_next(const struct cron *c, int64_t after_s);

#endif
