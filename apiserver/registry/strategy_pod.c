/* strategy_pod.c - what the API does with pods of its own accord (pkg/registry/core/pod/strategy.go).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "apiserver/object/name_set.h"
#include "apiserver/object/object.h"
#include "apiserver/registry/keep.h"
#include "apiserver/registry/pod_fields.h"
#include "apiserver/registry/pod_resize.h"
#include "apiserver/registry/qos.h"
#include "schema_ids.h"

/* ---- New pods ---- */

static void pod_prepare_create(struct arena *a, struct json *pod, int64_t now_ns)
{
    struct json *status = obj_empty(a);
    obj_put_cstr(a, status, ".phase", "Pending");
    obj_put_cstr(a, status, ".qosClass", qos_class(pod));
    obj_put(a, pod, ".status", status);
    if (obj_count(pod, ".spec.schedulingGates")) {
        obj_set_condition(a, pod, "PodScheduled", "False", "SchedulingGated",
                          STR("Scheduling is blocked due to non-empty scheduling gates"), now_ns / 1000000000);
        object_order(&type_core_v1_PodCondition, obj_edit(pod, ".status.conditions[0]"), a);
        object_order(&type_core_v1_PodStatus, obj_edit(pod, ".status"), a);
    }
    pod_apply_label_keys(a, pod);
    pod_apply_apparmor(a, pod);
}

/* ---- Status ---- */

/* The old conditions of each type, in their order. */
struct was {
    const struct json *condition;
    struct was *next, *last; /* of this type; last: in the first of them */
};

static void conditions_by_type(struct arena *a, struct name_set *types, const struct json *old)
{
    for (OBJ_EACH(it, old, ".conditions")) {
        struct was *one = ARENA_NEW(a, struct was),
                   *first = (struct was *)(uintptr_t)name_set_get(types, obj_str(it, ".type"));
        one->condition = it;
        if (!first) name_set_add(types, obj_str(it, ".type"), first = one->last = one);
        if (first != one) first->last = first->last->next = one;
    }
}

/* A status that names no generation is about the one that was named before; conditions of a type are taken in turn. */
static void keep_generations(struct arena *a, struct json *status, const struct json *old)
{
    struct name_set types AUTO_NAME_SET = {0};
    if (!obj_int(status, ".observedGeneration", 0) && obj_int(old, ".observedGeneration", 0))
        obj_put_int(a, status, ".observedGeneration", obj_int(old, ".observedGeneration", 0));
    conditions_by_type(a, &types, old);
    JSON_FOREACH(condition, json_getc(status, "conditions"))
    {
        const struct was *was = name_set_get(&types, obj_str(condition, ".type"));
        if (!was) continue;
        int64_t generation = obj_int(was->condition, ".observedGeneration", 0);
        name_set_put(&types, obj_str(condition, ".type"), was->next);
        if (obj_int(condition, ".observedGeneration", 0) || !generation) continue;
        obj_put_int(a, condition, ".observedGeneration", generation);
        object_order(&type_core_v1_PodCondition, condition, a);
    }
}

static void pod_prepare_update(struct arena *a, struct json *pod, const struct json *old, const char *sub)
{
    struct json *status = obj_edit(pod, ".status");
    if (!sub) return;
    if (strcmp(sub, "resize") == 0) pod_resize_prepare(a, pod, old);
    if (strcmp(sub, "ephemeralcontainers") == 0) {
        keep_metadata_of(a, pod, old);
        object_order(&type_core_v1_PodSpec, obj_edit(pod, ".spec"), a);
    }
    if (strcmp(sub, "status") != 0 || !status) return;
    pod_status_drop(status);
    if (!obj_str(status, ".qosClass").n) obj_put_copy(a, pod, ".status.qosClass", obj_get(old, ".status.qosClass"));
    keep_generations(a, status, obj_get(old, ".status"));
    object_order(&type_core_v1_PodStatus, status, a);
}

/* ---- Deletion ---- */

/* Pods that nobody runs go at once; upstream's podStrategy.CheckGracefulDelete. */
static int64_t pod_grace_seconds(const struct json *pod, int64_t asked)
{
    int64_t grace = asked >= 0 ? asked : obj_int(pod, ".spec.terminationGracePeriodSeconds", 30);
    bool finished = obj_is(pod, ".status.phase", "Succeeded") || obj_is(pod, ".status.phase", "Failed");
    if (!obj_str(pod, ".spec.nodeName").n || finished) return 0;
    return grace < 0 ? 1 : grace;
}

const struct strategy strategy_pod = {
    .prepare_create = pod_prepare_create,
    .prepare_update = pod_prepare_update,
    .grace_seconds = pod_grace_seconds,
};
