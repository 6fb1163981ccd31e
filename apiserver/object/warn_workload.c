/* warn_workload.c - warnings of what makes pods: their templates above all, when they are new or changed.
 * Reads: the request's trees.   Writes: struct warnings.
 * Upstream: pkg/registry/{apps,batch}, pkg/registry/core/{replicationcontroller,podtemplate}, pkg/api/job. */
#include "apiserver/object/check_pod.h"
#include "apiserver/object/warn.h"

static bool changed(const struct json *obj, const struct json *old)
{
    return !old || obj_int(obj, ".metadata.generation", 0) != obj_int(old, ".metadata.generation", 0);
}

static void warn_template_at(struct warn *w, const char *place, const struct json *template)
{
    size_t mark = check_member(&w->at, place);
    if (template) warn_pod_spec(w, template, true);
    check_pop(&w->at, mark);
}

static void warn_new_name(struct warn *w, const struct json *obj, const struct json *old)
{
    if (!old) warn_pod_name(w, obj, "Pod names and hostnames");
}

void warn_template(struct warn *w, const struct json *template, const struct json *old)
{
    if (changed(template, old)) warn_template_at(w, "template", obj_get(template, ".template"));
}

/* Deployments and ReplicaSets. */
void warn_deployment(struct warn *w, const struct json *obj, const struct json *old)
{
    warn_new_name(w, obj, old);
    if (changed(obj, old)) warn_template_at(w, "spec.template", obj_get(obj, ".spec.template"));
}

/* Upstream looks at the template that was. */
void warn_controller(struct warn *w, const struct json *rc, const struct json *old)
{
    warn_new_name(w, rc, old);
    if (changed(rc, old)) warn_template_at(w, "spec.template", obj_get(old ? old : rc, ".spec.template"));
}

static int64_t template_generation(const struct json *set)
{
    int64_t n = 0;
    str_to_i64(obj_str(set, ".metadata.annotations[deprecated.daemonset.template.generation]"), &n);
    return n;
}

void warn_daemon_set(struct warn *w, const struct json *set, const struct json *old)
{
    if (old && template_generation(set) == template_generation(old)) return;
    warn_template_at(w, "spec.template", obj_get(set, ".spec.template"));
}

void warn_stateful_set(struct warn *w, const struct json *set, const struct json *old)
{
    size_t i = 0;
    if (changed(set, old)) warn_template_at(w, "spec.template", obj_get(set, ".spec.template"));
    for (OBJ_EACH(it, set, ".spec.volumeClaimTemplates")) {
        size_t mark = check_into(&w->at, "spec.volumeClaimTemplates", i++);
        if (old) check_member(&w->at, "Spec"); /* these places are upstream's */
        warn_claim_spec(w, obj_get(it, ".spec"));
        check_pop(&w->at, mark);
    }
    if (obj_int(set, ".spec.revisionHistoryLimit", 0) < 0)
        warn_at(w, "spec.revisionHistoryLimit",
                "a negative value retains all historical revisions; a value >= 0 is recommended");
}

static void warn_job_spec(struct warn *w, const char *place, const struct json *spec)
{
    enum { COMPLETIONS = 100000, PARALLELISM = 10000 };
    size_t mark = check_member(&w->at, place);
    if (obj_is(spec, ".completionMode", "Indexed") && obj_int(spec, ".completions", 0) > COMPLETIONS &&
        obj_int(spec, ".parallelism", 0) > PARALLELISM)
        warn_at(w, NULL,
                "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, "
                "Kubernetes might not be able to track completedIndexes when a big number of indexes fail");
    warn_template_at(w, "template", obj_get(spec, ".template"));
    check_pop(&w->at, mark);
}

void warn_job(struct warn *w, const struct json *job, const struct json *old)
{
    warn_new_name(w, job, old);
    if (changed(job, old)) warn_job_spec(w, "spec", obj_get(job, ".spec"));
}

void warn_cron_job(struct warn *w, const struct json *job, const struct json *old)
{
    struct str schedule = obj_str(job, ".spec.schedule");
    warn_new_name(w, job, old);
    if (changed(job, old)) warn_job_spec(w, "spec.jobTemplate.spec", obj_get(job, ".spec.jobTemplate.spec"));
    if (old && schedule.n && memmem(schedule.p, schedule.n, "TZ", 2))
        warn_bare(w, "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see "
                     "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details");
}
