/* ttl_after_finished.c - deletes finished Jobs when spec.ttlSecondsAfterFinished have passed
 * (pkg/controller/ttlafterfinished).
 * Reads: Jobs.   Writes: deletes Jobs. */
#include "base/clk.h"
#include "client/ctl.h"
#include "controllers/job.h"

#define JOBS "batch/v1/jobs"

/* When the Job is to go, in s; -1: it is to stay, or goes already. */
static int64_t expires_s(const struct object *job)
{
    static const char *const ends[] = {"Complete", "Failed"};
    if (!obj_has(job->root, ".spec.ttlSecondsAfterFinished") || obj_is_deleting(job->root)) return -1;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        int64_t at_s = obj_time_s(obj_condition(job->root, ends[i]), ".lastTransitionTime", -1);
        if (obj_condition_true(job->root, ends[i]) && at_s >= 0)
            return at_s + obj_int(job->root, ".spec.ttlSecondsAfterFinished", 0);
    }
    return -1;
}

/* Is it time? If it is not yet, out->again_after_ms says when to look again. */
static bool is_time(const struct object *job, struct outcome *out)
{
    int64_t at_s = expires_s(job), left_ms = at_s * 1000 - clk_ms();
    if (at_s < 0) return false;
    if (left_ms > 0) out->again_after_ms = left_ms;
    return left_ms <= 0;
}

static void ttl_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *job AUTO_OBJ = ctl_get(c, JOBS, ns, name), *fresh AUTO_OBJ = NULL;
    struct err e = ERR_INIT;
    if (!job || !is_time(job, out)) return;
    /* The cache may be behind a change of the time: the last word has the API server. */
    if (rest_get(ctl_rest(c), JOBS, ns, name, &fresh, &e)) {
        if (!is_time(fresh, out)) return;
        const struct rest_delete_opts opts = {.grace_s = -1, .uid = fresh->uid, .propagation = "Foreground"};
        if (rest_delete(ctl_rest(c), JOBS, ns, name, &opts, &e)) return;
    }
    if (e.code != ERR_NOT_FOUND) ctl_fail(out, &e);
}

const struct ctl_spec ttl_after_finished_controller = {
    .name = "ttl-after-finished",
    .primary = JOBS,
    .kind = "Job",
    .workers = 5,
    .reconcile = ttl_reconcile,
};
