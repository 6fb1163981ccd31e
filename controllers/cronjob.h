/* cronjob.h - the parts of the CronJob controller: which run is due, and the Job of a run. Pure. Upstream:
 * pkg/controller/cronjob/utils.go. */
#ifndef CONTROLLERS_CRONJOB_H
#define CONTROLLERS_CRONJOB_H

#include "api/object.h"
#include "base/cron.h"

enum cron_missed { CRON_NONE_MISSED, CRON_FEW_MISSED, CRON_MANY_MISSED }; /* many: more than 100 */

struct cron_due {
    bool is_valid;      /* false: the schedule fires less than a second apart, or not twice in five years */
    int64_t at_s;       /* the newest time at which a Job should have started; -1: none is due */
    int64_t earliest_s; /* times after this one were looked at: the last run, or when the CronJob was made */
    enum cron_missed missed;
};

/* with_deadline: times longer ago than spec.startingDeadlineSeconds do not count. */
struct cron_due cronjob_due(const struct object *cron, const struct cron *schedule, int64_t now_ms, bool with_deadline);
/* How long until the next time, and a moment more. */
int64_t cronjob_next_ms(const struct object *cron, const struct cron *schedule, int64_t now_ms);

struct str cronjob_job_name(struct arena *a, const struct object *cron, int64_t at_s);
/* zone: in which the annotation tells the time. */
struct json *cronjob_job(struct arena *a, const struct object *cron, int64_t at_s, const struct tz *zone);

#endif
