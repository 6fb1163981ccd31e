/* check_job_change.c - what may change in a Job's spec (pkg/apis/batch/validation/validation.go,
 * pkg/registry/batch/job/strategy.go; KEP-2926, KEP-5440).
 * Reads: the trees before and after.   Writes: struct check. */
#include "apiserver/object/check_job.h"

#include "api/object.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/object.h"
#include "apiserver/object/same.h"
#include "apiserver/registry/keep.h"
#include "schema_ids.h"

static const char immutable[] = "field is immutable";

/* ---- Completions ---- */

/* An Indexed Job is resized by changing completions and parallelism together. */
static void check_completions(struct check *c, const struct json *spec, const struct json *old)
{
    const struct json *now = obj_get(spec, ".completions");
    bool indexed = obj_is(spec, ".completionMode", "Indexed");
    if (!indexed) {
        check_same(c, "completions", now, obj_get(old, ".completions"));
        return;
    }
    if (now && !object_same_member(&type_batch_v1_JobSpec, "completions", spec, old) &&
        obj_number(now, 0) != obj_int(spec, ".parallelism", 0))
        check_invalid(c, "completions", now, "can only be modified in tandem with spec.parallelism");
}

/* ---- The template, of a Job that is suspended and has no pods: nothing was made yet of what is changed ---- */

static bool is_suspended(const struct json *job) { return obj_bool(job, ".spec.suspend", false); }

static bool is_at_rest(const struct json *job)
{
    bool stopped = !obj_has(job, ".status.startTime") || obj_condition_true(job, "Suspended");
    return is_suspended(job) && stopped && obj_int(job, ".status.active", 0) == 0;
}

/* spec's affinity to nodes becomes that of `now`. */
static void take_node_affinity(struct arena *a, struct json *spec, const struct json *now)
{
    static const char all[] = ".affinity", nodes[] = ".affinity.nodeAffinity";
    if (obj_has(now, all) && !obj_has(spec, all)) obj_put(a, spec, all, obj_empty(a));
    if (!obj_has(spec, all)) return;
    keep_part(a, spec, now, nodes);
    if (!obj_has(now, all) && !obj_count(spec, all)) obj_del(spec, all);
    if (obj_has(spec, all)) object_order(&type_core_v1_Affinity, obj_edit(spec, all), a);
}

static void take_resources(struct arena *a, struct json *spec, const struct json *now, const char *list)
{
    const struct json *theirs = obj_first(now, list);
    if (obj_count(spec, list) != obj_count(now, list)) return;
    JSON_FOREACH(container, obj_edit(spec, list))
    {
        if (str_eq(obj_str(container, ".name"), obj_str(theirs, ".name"))) {
            keep_part(a, container, theirs, ".resources");
            object_order(&type_core_v1_Container, container, a);
        }
        theirs = obj_next(theirs);
    }
}

/* The former spec of the pods with all that may change taken from the present one. */
static const struct json *former_spec(struct arena *a, const struct json *old, const struct json *now)
{
    static const char *const free_members[] = {".nodeSelector", ".tolerations", ".schedulingGates"};
    struct json *spec = json_copy(a, old);
    for (size_t i = 0; i < ARRAY_LEN(free_members); i++) keep_part(a, spec, now, free_members[i]);
    take_node_affinity(a, spec, now);
    take_resources(a, spec, now, ".containers");
    take_resources(a, spec, now, ".initContainers");
    object_order(&type_core_v1_PodSpec, spec, a);
    return spec;
}

static void check_template(struct check *c, const struct json *job, const struct json *old)
{
    const struct json *now = obj_get(job, ".spec.template"), *was = obj_get(old, ".spec.template");
    const struct json *spec = obj_get(now, ".spec"), *spec_was = obj_get(was, ".spec");
    if (object_same(&type_core_v1_PodTemplateSpec, now, was)) return;
    if (!is_at_rest(old))
        check_invalid_inner(c, "template", &type_core_v1_PodTemplateSpec, now, immutable);
    else if (!spec || !spec_was || !object_same(&type_core_v1_PodSpec, spec, former_spec(c->arena, spec_was, spec)))
        check_invalid_inner(c, "template.spec", &type_core_v1_PodSpec, spec, immutable);
}

/* ---- The whole ---- */

static void check_fixed(struct check *c, const char *member, const struct json *spec, const struct json *old)
{
    if (!object_same_member(&type_batch_v1_JobSpec, member, spec, old))
        check_invalid_member(c, member, &type_batch_v1_JobSpec, member, spec, immutable);
}

void check_job_change(struct check *c, const struct json *job, const struct json *old)
{
    static const char *const fixed[] = {"completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy",
                                        "successPolicy"};
    const struct json *spec = obj_get(job, ".spec"), *was = obj_get(old, ".spec");
    check_completions(c, spec, was);
    check_fixed(c, "selector", spec, was);
    check_template(c, job, old);
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) check_fixed(c, fixed[i], spec, was);
}
