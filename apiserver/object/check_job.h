/* check_job.h - what the rules of a Job's spec and those of its status share. */
#ifndef APISERVER_OBJECT_CHECK_JOB_H
#define APISERVER_OBJECT_CHECK_JOB_H

#include "apiserver/object/check.h"

/* "0,2-4,7", rising, each below completions. NULL: it is well-formed and *total is how many indexes there are. Else
 * what is wrong, in upstream's words, in the arena. */
const char *job_indexes_error(struct arena *a, struct str text, int64_t completions, int64_t *total);

/* podFailurePolicy and successPolicy of a spec, at the spec. */
void check_job_policies(struct check *c, const struct json *spec);
/* The rules of a spec's update, and those of a write of the status, at the root. Upstream: ValidateJobSpecUpdate,
 * ValidateJobStatusUpdate. */
void check_job_spec_update(struct check *c, const struct json *job, const struct json *old);
void check_job_status_update(struct check *c, const struct json *job, const struct json *old);
/* The name, from which host names of pods are made. */
void check_job_name(struct check *c, const struct json *job);

#endif
