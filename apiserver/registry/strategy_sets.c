/* strategy_sets.c - what the API does with StatefulSets and DaemonSets of its own accord
 * (pkg/registry/apps/{statefulset,daemonset}/strategy.go).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "base/str.h"

/* ---- StatefulSet ---- */

/* The feature gate MaxUnavailableStatefulSet is off: the field is dropped unless it was there already. */
static void drop_max_unavailable(struct json *set, const struct json *old)
{
    static const char path[] = ".spec.updateStrategy.rollingUpdate.maxUnavailable";
    if (!obj_has(old, path)) obj_del(set, path);
}

static void stateful_set_prepare_create(struct arena *a, struct json *set, int64_t now_ns)
{
    (void)now_ns;
    drop_max_unavailable(set, NULL);
    obj_put(a, set, ".status", obj_empty(a));
    obj_put_int(a, set, ".status.replicas", 0);
}

static void stateful_set_prepare_update(struct arena *a, struct json *set, const struct json *old, const char *sub)
{
    (void)a;
    if (!sub) drop_max_unavailable(set, old);
}

const struct strategy strategy_stateful_set = {.prepare_create = stateful_set_prepare_create,
                                               .prepare_update = stateful_set_prepare_update};

/* ---- DaemonSet ---- */

/* A field of former API versions that lives on as an annotation: how often the template changed. */
#define TEMPLATE_GENERATION "deprecated.daemonset.template.generation"

static int64_t template_generation(const struct json *set)
{
    int64_t n = 0;
    return str_to_i64(obj_map_str(set, ".metadata.annotations", STR(TEMPLATE_GENERATION)), &n) ? n : 0;
}

static void put_template_generation(struct arena *a, struct json *set, int64_t n)
{
    obj_map_put_str(a, set, ".metadata.annotations", STR(TEMPLATE_GENERATION), str_printf(a, "%lld", (long long)n));
    json_sort_keys(obj_edit(set, ".metadata.annotations"));
}

/* Who writes the object owns the count, whatever it will be. */
static void daemon_set_decoded(struct arena *a, struct json *set)
{
    if (str_is_null(obj_map_str(set, ".metadata.annotations", STR(TEMPLATE_GENERATION))))
        put_template_generation(a, set, 0);
}

static void daemon_set_prepare_create(struct arena *a, struct json *set, int64_t now_ns)
{
    (void)now_ns;
    static const char *const counts[] = {".status.currentNumberScheduled", ".status.numberMisscheduled",
                                         ".status.desiredNumberScheduled", ".status.numberReady"};
    obj_put(a, set, ".status", obj_empty(a));
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) obj_put_int(a, set, counts[i], 0);
    put_template_generation(a, set, MAX(1, template_generation(set)));
}

static void daemon_set_prepare_update(struct arena *a, struct json *set, const struct json *old, const char *sub)
{
    bool changed = !sub && !json_equal(obj_get(set, ".spec.template"), obj_get(old, ".spec.template"));
    /* a client may have set it to the last number there is: it wraps, and is refused */
    put_template_generation(a, set, (int64_t)((uint64_t)template_generation(old) + changed));
}

const struct strategy strategy_daemon_set = {.decoded = daemon_set_decoded,
                                             .prepare_create = daemon_set_prepare_create,
                                             .prepare_update = daemon_set_prepare_update};
