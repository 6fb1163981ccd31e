/* default_batch.c - computed defaults of Jobs (pkg/apis/batch/v1/defaults.go). The Job in a CronJob has none of them
 * until it is made.
 * Reads and writes: one node of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"
#include "apiserver/object/object.h"
#include "schema_ids.h"

enum { BACKOFF_LIMIT = 6 };

static void default_counts(struct arena *a, struct json *spec)
{
    if (!obj_has(spec, ".parallelism")) {
        if (!obj_has(spec, ".completions")) obj_put_int(a, spec, ".completions", 1);
        obj_put_int(a, spec, ".parallelism", 1);
    }
    if (!obj_has(spec, ".backoffLimit"))
        obj_put_int(a, spec, ".backoffLimit", obj_has(spec, ".backoffLimitPerIndex") ? INT32_MAX : BACKOFF_LIMIT);
}

/* A Job without labels has those of its pods. While their selector is yet to be made, so are they (strategy_job). */
static void default_labels(struct arena *a, struct json *job)
{
    const struct json *labels = obj_get(job, ".spec.template.metadata.labels");
    bool final = obj_bool(job, ".spec.manualSelector", false) ||
                 !str_is_null(obj_map_str(labels, "", STR("batch.kubernetes.io/controller-uid")));
    if (!final || !obj_count(labels, "") || obj_count(job, ".metadata.labels")) return;
    obj_put_copy(a, job, ".metadata.labels", labels);
    object_order(&type_meta_v1_ObjectMeta, obj_edit(job, ".metadata"), a);
}

/* type Job default=fn:job */
void type_default_job(struct arena *a, struct json *job)
{
    struct json *spec = obj_edit(job, ".spec");
    default_labels(a, job);
    if (!spec) return;
    default_counts(a, spec);
    if (!obj_has(spec, ".completionMode")) obj_put_cstr(a, spec, ".completionMode", "NonIndexed");
    if (!obj_has(spec, ".suspend")) obj_put_bool(a, spec, ".suspend", false);
    if (!obj_has(spec, ".manualSelector")) obj_put_bool(a, spec, ".manualSelector", false);
    if (!obj_has(spec, ".podReplacementPolicy"))
        obj_put_cstr(a, spec, ".podReplacementPolicy",
                     obj_has(spec, ".podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
    object_order(&type_batch_v1_JobSpec, spec, a);
}
