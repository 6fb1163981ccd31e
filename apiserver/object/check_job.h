/* check_job.h - what the rules of a Job's spec, those of its policies and those of its status share. */
#ifndef APISERVER_OBJECT_CHECK_JOB_H
#define APISERVER_OBJECT_CHECK_JOB_H

#include "apiserver/object/check.h"

/* "0,2-4,7", rising, each below completions. NULL: it is well-formed and *total is how many indexes there are. Else
 * what is wrong, in upstream's words, in the arena. */
const char *job_indexes_error(struct arena *a, struct str text, int64_t completions, int64_t *total);
/* One part between commas, "3" or "5-7". NULL, or what is wrong with it; a NULL: that it is wrong. */
const char *job_interval_error(struct arena *a, struct str text, int64_t completions, int64_t *first, int64_t *last);

/* At a spec, of a Job or in a CronJob: all but the selector (validateJobSpec). old may be NULL. */
void check_job_spec(struct check *c, const struct json *spec, const struct json *old);
/* podFailurePolicy and successPolicy, at the spec. */
void check_job_failure_policy(struct check *c, const struct json *spec);
void check_job_success_policy(struct check *c, const struct json *spec);
/* A write of the status, at the root (ValidateJobStatusUpdate). */
void check_job_status(struct check *c, const struct json *job, const struct json *old);
/* What may change in a spec, at the spec. */
void check_job_change(struct check *c, const struct json *job, const struct json *old);

#endif
