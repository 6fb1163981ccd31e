/* strategy_batch.c - what the API does with Jobs and CronJobs of its own accord
 * (pkg/registry/batch/{job,cronjob}/strategy.go).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "apiserver/object/object.h"
#include "schema_ids.h"

/* ---- Job ---- */

enum { LABEL_VALUE_MAX = 63 };

static void put_if_absent(struct arena *a, struct json *obj, const char *map, const char *key, struct str value)
{
    if (str_is_null(obj_map_str(obj, map, str_of(key)))) obj_map_put_str(a, obj, map, str_of(key), value);
}

/* The Job's uid is what its pods are known by. */
static void generate_selector(struct arena *a, struct json *job)
{
    static const char labels[] = ".spec.template.metadata.labels", selector[] = ".spec.selector.matchLabels";
    struct str uid = obj_uid(job), name = obj_name(job);
    put_if_absent(a, job, labels, "job-name", name);
    put_if_absent(a, job, labels, "batch.kubernetes.io/job-name", name);
    put_if_absent(a, job, labels, "controller-uid", uid);
    put_if_absent(a, job, labels, "batch.kubernetes.io/controller-uid", uid);
    put_if_absent(a, job, selector, "batch.kubernetes.io/controller-uid", uid);
    json_sort_keys(obj_edit(job, labels));
    json_sort_keys(obj_edit(job, selector));
    object_order(&type_meta_v1_ObjectMeta, obj_edit(job, ".spec.template.metadata"), a);
    object_order(&type_core_v1_PodTemplateSpec, obj_edit(job, ".spec.template"), a);
    object_order(&type_batch_v1_JobSpec, obj_edit(job, ".spec"), a);
}

static void job_prepare_create(struct arena *a, struct json *job, int64_t now_ns)
{
    (void)now_ns;
    if (!obj_bool(job, ".spec.manualSelector", false)) generate_selector(a, job);
    /* Upstream does it when the Job is read again, so labels that are refused are so as the template's alone. */
    if (!obj_count(job, ".metadata.labels") && obj_name(job).n <= LABEL_VALUE_MAX)
        obj_put_copy(a, job, ".metadata.labels", obj_get(job, ".spec.template.metadata.labels"));
    object_order(&type_meta_v1_ObjectMeta, obj_edit(job, ".metadata"), a);
    obj_put(a, job, ".status", obj_empty(a));
}

const struct strategy strategy_job = {.prepare_create = job_prepare_create};

/* ---- CronJob ---- */

static void cron_job_prepare_create(struct arena *a, struct json *cron, int64_t now_ns)
{
    (void)now_ns;
    obj_put(a, cron, ".status", obj_empty(a));
}

const struct strategy strategy_cron_job = {.prepare_create = cron_job_prepare_create};
