/* pod_resize.c - see pod_resize.h. Upstream: pkg/registry/core/pod/strategy.go, pkg/apis/core/validation/validation.go.
 * Reads and writes: the request's trees; struct check. */
#include "apiserver/registry/pod_resize.h"

#include "api/object.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/member_index.h"
#include "apiserver/object/object.h"
#include "apiserver/registry/keep.h"
#include "apiserver/registry/qos.h"
#include "schema_ids.h"

static const char *const lists[] = {".spec.initContainers", ".spec.containers"};

/* ---- Prepare ---- */

/* The old containers with the new ones' resources; the new list as it is when somebody renamed or moved one. */
static void merge_resources(struct arena *a, struct json *spec, const struct json *pod, const struct json *old,
                            const char *list)
{
    const char *member = list + sizeof ".spec" - 1;
    const struct json *now = obj_first(pod, list);
    struct json *merged = obj_edit(spec, member);
    for (OBJ_EACH(was, old, list)) {
        if (!now || !str_eq(obj_str(now, ".name"), obj_str(was, ".name"))) {
            obj_put_copy(a, spec, member, obj_get(pod, list));
            return;
        }
        now = obj_next(now);
    }
    now = obj_first(pod, list);
    JSON_FOREACH(it, merged)
    {
        keep_part(a, it, now, ".resources");
        keep_part(a, it, now, ".resizePolicy");
        object_order(&type_core_v1_Container, it, a);
        now = obj_next(now);
    }
}

void pod_resize_prepare(struct arena *a, struct json *pod, const struct json *old)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (obj_count(pod, lists[i]) != obj_count(old, lists[i])) return; /* the check refuses it */
    struct json *spec = obj_copy(a, obj_get(old, ".spec"));
    keep_part(a, spec, obj_get(pod, ".spec"), ".resources");
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) merge_resources(a, spec, pod, old, lists[i]);
    object_order(&type_core_v1_PodSpec, spec, a);
    obj_put(a, pod, ".spec", spec);
    keep_metadata_of(a, pod, old);
}

/* ---- Check ---- */

/* Pods that cannot be resized at all: their error stands alone. */
static const char *never(const struct json *old)
{
    if (obj_has(old, ".metadata.annotations[kubernetes.io/config.mirror]")) return "static pods cannot be resized";
    return obj_is(old, ".spec.os.name", "windows") ? "windows pods cannot be resized" : NULL;
}

/* A kubelet that can resize tells the resources of what runs. */
static bool node_can(const struct json *old)
{
    for (OBJ_EACH(it, old, ".status.containerStatuses"))
        if (obj_has(it, ".state.running")) return obj_has(it, ".resources");
    return true;
}

static bool lost(const struct json *now, const struct json *was, const char *path)
{
    const struct json *at = obj_first(now, path);
    for (OBJ_EACH(it, was, path))
        if (!map_seek(&at, obj_key(it))) return true;
    return false;
}

/* A copy of `now` with the cpu and memory of `was`: equal to it when nothing else changed. */
static struct json *set_back(struct arena *a, const struct json *now, const struct json *was)
{
    static const char *const paths[] = {".limits.cpu", ".limits.memory", ".requests.cpu", ".requests.memory"};
    static const char *const maps[] = {".limits", ".requests"};
    struct json *copy = now ? obj_copy(a, now) : obj_empty(a);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) keep_part(a, copy, was, paths[i]);
    for (size_t i = 0; i < ARRAY_LEN(maps); i++)
        if (!obj_count(copy, maps[i])) obj_del(copy, maps[i]);
    return copy;
}

static bool has_pod_resources(const struct json *pod)
{
    return obj_count(pod, ".spec.resources.requests") + obj_count(pod, ".spec.resources.limits") > 0;
}

static void check_pod_level(struct check *c, const struct json *pod, const struct json *old)
{
    const struct json *now = obj_get(pod, ".spec.resources"), *was = obj_get(old, ".spec.resources");
    if (!has_pod_resources(pod) && !has_pod_resources(old)) return;
    if (was && !now) {
        check_forbidden(c, "spec.resources", "pod-level resources cannot be removed");
        return;
    }
    if (lost(now, was, ".requests"))
        check_forbidden(c, "spec.resources.requests", "pod-level resource requests cannot be removed");
    if (lost(now, was, ".limits"))
        check_forbidden(c, "spec.resources.limits", "pod-level resource limits cannot be removed");
    if (!json_equal(set_back(c->arena, now, was), was ? was : obj_empty(c->arena)))
        check_forbidden(c, "spec", "only cpu and memory resources are mutable at pod-level");
}

/* The same containers in the same order? */
static bool check_order(struct check *c, const struct json *pod, const struct json *old, const char *list)
{
    const struct json *now = obj_first(pod, list);
    int before = c->count, i = 0;
    if (obj_count(pod, list) != obj_count(old, list)) {
        check_forbidden(c, list + 1,
                        arena_printf(c->arena, "%s may not be added or removed on resize", list + sizeof ".spec"));
        return false;
    }
    for (OBJ_EACH(was, old, list)) {
        if (!str_eq(obj_str(now, ".name"), obj_str(was, ".name")))
            check_forbidden(
                c, arena_printf(c->arena, "%s[%d].name", list + 1, i),
                arena_printf(c->arena, "%s may not be renamed or reordered on resize", list + sizeof ".spec"));
        now = obj_next(now);
        i++;
    }
    return c->count == before;
}

static void check_removed(struct check *c, const struct json *pod, const struct json *old, const char *list)
{
    const struct json *now = obj_first(pod, list);
    int i = 0;
    for (OBJ_EACH(was, old, list)) {
        size_t mark = check_member(c, arena_printf(c->arena, "%s[%d].resources", list + 1, i++));
        if (lost(now, was, ".resources.requests"))
            check_forbidden(c, "requests", "resource requests cannot be removed");
        if (lost(now, was, ".resources.limits")) check_forbidden(c, "limits", "resource limits cannot be removed");
        check_pop(c, mark);
        now = obj_next(now);
    }
}

/* A container that names claims of devices cannot be resized: upstream forgets them where it compares. */
static bool only_cpu_and_memory(struct arena *a, const struct json *now, const struct json *was)
{
    struct json *copy = obj_copy(a, now);
    struct json *resources = set_back(a, obj_get(now, ".resources"), obj_get(was, ".resources"));
    obj_del(resources, ".claims");
    obj_put(a, copy, ".resources", resources);
    return json_equal(copy, was);
}

static bool restarts(const struct json *container)
{
    for (OBJ_EACH(it, container, ".resizePolicy"))
        if (obj_is(it, ".restartPolicy", "RestartContainer")) return true;
    return false;
}

static void check_init_container(struct check *c, const struct json *now, const struct json *was, int i)
{
    const char *place = arena_printf(c->arena, "spec.initContainers[%d]", i);
    if (!only_cpu_and_memory(c->arena, now, was))
        check_forbidden(c, place, "only cpu and memory resources for init or sidecar containers are mutable");
    if (!json_equal(now, was) && !obj_is(now, ".restartPolicy", "Always") && restarts(now))
        check_forbidden(c, place,
                        "non-sidecar init containers with a resize policy of RestartContainer cannot be resized");
}

static void check_changes(struct check *c, const struct json *pod, const struct json *old)
{
    const struct json *now = obj_first(pod, ".spec.containers");
    int i = 0;
    for (OBJ_EACH(was, old, ".spec.containers")) {
        if (!only_cpu_and_memory(c->arena, now, was))
            check_forbidden(c, "spec", "only cpu and memory resources are mutable");
        now = obj_next(now);
    }
    now = obj_first(pod, ".spec.initContainers");
    for (OBJ_EACH(was, old, ".spec.initContainers")) {
        check_init_container(c, now, was, i++);
        now = obj_next(now);
    }
}

void pod_resize_check(struct check *c, const struct json *pod, const struct json *old)
{
    const char *why = never(old);
    if (why) {
        c->count = 0;
        check_forbidden(c, "[]", why);
        return;
    }
    struct str class = obj_str(old, ".status.qosClass");
    if (!str_eqc(class.n ? class : str_of(qos_class(old)), qos_class(pod)))
        check_invalid(c, "spec", obj_get(pod, ".status.qosClass"),
                      "Pod QOS Class may not change as a result of resizing");
    if (!node_can(old)) check_forbidden(c, "spec", "Pod running on node without support for resize");
    check_pod_level(c, pod, old);
    if (obj_count(old, ".status.nodeAllocatableResourceClaimStatuses"))
        check_forbidden(c, "spec", "pods with node allocatable resource claims cannot be resized");
    bool containers = check_order(c, pod, old, ".spec.containers"),
         inits = check_order(c, pod, old, ".spec.initContainers");
    if (!containers || !inits) return;
    check_removed(c, pod, old, ".spec.initContainers");
    check_removed(c, pod, old, ".spec.containers");
    check_changes(c, pod, old);
}
