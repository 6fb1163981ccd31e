/* strategy_pod.c - what the API does with pods of its own accord (pkg/registry/core/pod/strategy.go).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "apiserver/object/check_ephemeral.h"
#include "apiserver/object/object.h"
#include "apiserver/registry/keep.h"
#include "apiserver/registry/pod_resize.h"
#include "apiserver/registry/qos.h"
#include "schema_ids.h"

static void pod_prepare_create(struct arena *a, struct json *pod, int64_t now_ns)
{
    (void)now_ns;
    struct json *status = obj_empty(a);
    obj_put_cstr(a, status, ".phase", "Pending");
    obj_put_cstr(a, status, ".qosClass", qos_class(pod));
    obj_put(a, pod, ".status", status);
    if (obj_count(pod, ".spec.schedulingGates")) {
        struct json *c = obj_append(a, pod, ".status.conditions");
        obj_put_cstr(a, c, ".type", "PodScheduled");
        obj_put_cstr(a, c, ".status", "False");
        obj_put_cstr(a, c, ".reason", "SchedulingGated");
        obj_put_cstr(a, c, ".message", "Scheduling is blocked due to non-empty scheduling gates");
    }
    object_order(api_find_type("core/v1", "PodStatus"), obj_edit(pod, ".status"), a);
}

static void pod_prepare_update(struct arena *a, struct json *pod, const struct json *old, const char *sub)
{
    if (!sub) {
        obj_put_copy(a, pod, ".status", obj_get(old, ".status"));
        return;
    }
    if (strcmp(sub, "resize") == 0) pod_resize_prepare(a, pod, old);
    if (strcmp(sub, "ephemeralcontainers") == 0) {
        keep_metadata_of(a, pod, old);
        object_order(&type_core_v1_PodSpec, obj_edit(pod, ".spec"), a);
    }
    if (strcmp(sub, "status") != 0) return;
    obj_put_copy(a, pod, ".spec", obj_get(old, ".spec"));
    /* A status write may not change the class, and a finished pod stays finished. */
    if (obj_has(old, ".status.qosClass")) obj_put_copy(a, pod, ".status.qosClass", obj_get(old, ".status.qosClass"));
    object_order(api_find_type("core/v1", "PodStatus"), obj_edit(pod, ".status"), a);
}

/* Copies of both specs with everything that may change taken out must be equal. */
static const struct json *fixed_part(struct arena *a, const struct json *spec)
{
    static const char *const lists[] = {".containers", ".initContainers"};
    static const char *const free_fields[] = {".activeDeadlineSeconds", ".tolerations",
                                              ".terminationGracePeriodSeconds", ".schedulingGates"};
    struct json *copy = json_copy(a, spec);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) JSON_FOREACH(c, obj_edit(copy, lists[i])) obj_del(c, ".image");
    for (size_t i = 0; i < ARRAY_LEN(free_fields); i++) obj_del(copy, free_fields[i]);
    return copy;
}

static bool holds(const struct json *list, const struct json *item)
{
    for (OBJ_EACH(it, list, "")) {
        if (json_equal(it, item)) return true;
    }
    return false;
}

static void check_pod_spec_update(struct check *c, const struct json *spec, const struct json *old)
{
    static const char forbidden[] =
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
        "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
    if (obj_count(spec, ".containers") != obj_count(old, ".containers")) {
        check_forbidden(c, "spec", "pod updates may not add or remove containers");
        return;
    }
    int64_t grace = obj_int(spec, ".terminationGracePeriodSeconds", 30),
            was = obj_int(old, ".terminationGracePeriodSeconds", 30);
    bool grace_ok = grace == was || (was < 0 && grace == 1);
    if (!grace_ok || !json_equal(fixed_part(c->arena, spec), fixed_part(c->arena, old)))
        check_forbidden(c, "spec", forbidden);
    for (OBJ_EACH(t, old, ".tolerations"))
        if (!holds(obj_get(spec, ".tolerations"), t)) {
            check_forbidden(c, "spec.tolerations",
                            "existing toleration can not be modified except its tolerationSeconds");
            break;
        }
    for (OBJ_EACH(g, spec, ".schedulingGates"))
        if (!holds(obj_get(old, ".schedulingGates"), g)) {
            check_forbidden(c, "spec.schedulingGates", "only deletion is allowed, but found new scheduling gates");
            break;
        }
}

static void pod_check_create(struct check *c, const struct json *pod)
{
    if (obj_count(pod, ".spec.ephemeralContainers"))
        check_forbidden(c, "spec.ephemeralContainers", "cannot be set on create");
}

static void pod_check_update(struct check *c, const struct json *pod, const struct json *old, const char *sub)
{
    if (sub && strcmp(sub, "ephemeralcontainers") == 0) check_ephemeral_update(c, pod, old);
    if (sub && strcmp(sub, "resize") == 0) pod_resize_check(c, pod, old);
    if (!sub) check_pod_spec_update(c, obj_get(pod, ".spec"), obj_get(old, ".spec"));
}

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
    .check_create = pod_check_create,
    .check_update = pod_check_update,
    .grace_seconds = pod_grace_seconds,
};
