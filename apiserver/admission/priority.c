/* priority.c - Priority: a pod's class gives its priority and preemption policy; one class at most is the default.
 * Reads: PriorityClasses in the watch cache.   Writes: the pod; r->resp.
 * Upstream: plugin/pkg/admission/priority/admission.go. */
#include "apiserver/admission/plugins.h"

#include "api/object.h"
#include "apiserver/admission/default_class.h"
#include "apiserver/registry/priority_class.h"
#include "apiserver/rest/status.h"
#include "base/thread.h"
#include "schema_ids.h"

static const struct api_resource *const classes = &res_scheduling_k8s_io_v1_priorityclasses;

/* ---- The default class ---- */

/* Of several (they were created at once) the one with the lowest value counts. */
static bool is_better(const struct json *class, const struct json *best)
{
    return obj_bool(class, ".globalDefault", false) &&
           (!best || obj_int(class, ".value", 0) < obj_int(best, ".value", 0));
}

static struct default_class default_priority = {
    .res = &res_scheduling_k8s_io_v1_priorityclasses, .is_better = is_better, .lock = MUTEX_INIT};

/* ---- Pods ---- */

static bool set_priority(struct admission *a, int64_t value)
{
    int64_t given = obj_int(a->obj, ".spec.priority", value);
    if (given != value) {
        status_forbidden(a->r,
                         "the integer value of priority (%lld) must not be provided in pod spec; priority admission "
                         "controller computed %lld from the given PriorityClass name",
                         (long long)given, (long long)value);
        return false;
    }
    obj_put_int(&a->r->arena, a->obj, ".spec.priority", value);
    return true;
}

static bool set_preemption(struct admission *a, struct str policy)
{
    struct str given = obj_str(a->obj, ".spec.preemptionPolicy");
    if (given.n && !str_eq(given, policy)) {
        status_forbidden(a->r,
                         "the string value of PreemptionPolicy (%.*s) must not be provided in pod spec; priority "
                         "admission controller computed %.*s from the given PriorityClass name",
                         STR_ARG(given), STR_ARG(policy));
        return false;
    }
    obj_put_str(&a->r->arena, a->obj, ".spec.preemptionPolicy", policy);
    return true;
}

/* What an update leaves out stays. */
static bool keep_priority(struct admission *a)
{
    static const char *const paths[] = {".spec.priority", ".spec.preemptionPolicy"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (!obj_has(a->obj, paths[i])) obj_put_copy(&a->r->arena, a->obj, paths[i], obj_get(a->old, paths[i]));
    return true;
}

bool pod_priority(struct admission *a)
{
    struct arena *arena = &a->r->arena;
    if (a->res == classes) return true;
    if (a->verb != VERB_CREATE) return keep_priority(a);
    struct str class = obj_str(a->obj, ".spec.priorityClassName");
    bool named = class.n > 0;
    if (!named) class = default_class_name(&default_priority, arena);
    struct item *it = class.n ? cache_get(classes, STR_NULL, class) : NULL;
    const struct json *pc = class_tree(arena, it);
    if (named && !pc) {
        item_unref(it);
        status_forbidden(a->r, "no PriorityClass with name %.*s was found", STR_ARG(class));
        return false;
    }
    if (pc && !named) obj_put_str(arena, a->obj, ".spec.priorityClassName", class);
    struct str policy = obj_str(pc, ".preemptionPolicy");
    bool ok =
        set_priority(a, obj_int(pc, ".value", 0)) && set_preemption(a, policy.n ? policy : STR("PreemptLowerPriority"));
    item_unref(it);
    return ok;
}

/* ---- Classes ---- */

bool priority_class_default(struct admission *a)
{
    if (a->res != classes || !obj_bool(a->obj, ".globalDefault", false)) return true;
    struct str present = default_class_name(&default_priority, &a->r->arena);
    if (!present.n || (a->verb != VERB_CREATE && str_eq(present, a->name))) return true;
    status_forbidden(a->r, "PriorityClass %.*s is already marked as default. Only one default can exist",
                     STR_ARG(present));
    return false;
}

bool system_class_stays(struct admission *a)
{
    if (!system_class_find(a->name)) return true;
    status_forbidden(a->r, "this is a system priority class and cannot be deleted");
    return false;
}
