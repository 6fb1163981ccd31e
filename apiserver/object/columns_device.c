/* columns_device.c - table cells of resource.k8s.io and of ComponentStatus (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

static struct json *text(struct arena *a, struct str s) { return json_str(a, str_copy(a, s.p ? s : STR(""))); }

struct json *column_resource_claim_state(struct arena *a, const struct json *claim, int64_t now_ns)
{
    bool deleted = obj_is_deleting(claim), allocated = obj_has(claim, ".status.allocation");
    (void)now_ns;
    if (!allocated) return json_strc(a, deleted ? "deleted" : "pending");
    return json_str(a, str_printf(a, "%sallocated%s", deleted ? "deleted," : "",
                                  obj_count(claim, ".status.reservedFor") ? ",reserved" : ""));
}

struct json *column_resource_slice_node(struct arena *a, const struct json *slice, int64_t now_ns)
{
    (void)now_ns;
    return text(a, obj_str(slice, ".spec.nodeName"));
}

/* ---- ComponentStatus ---- */

static const struct json *healthy(const struct json *component)
{
    return obj_find(component, ".conditions", "type", STR("Healthy"));
}

struct json *column_component_status(struct arena *a, const struct json *component, int64_t now_ns)
{
    const struct json *condition = healthy(component);
    (void)now_ns;
    return json_strc(a, !condition ? "Unknown" : obj_is(condition, ".status", "True") ? "Healthy" : "Unhealthy");
}

struct json *column_component_message(struct arena *a, const struct json *component, int64_t now_ns)
{
    (void)now_ns;
    return text(a, obj_str(healthy(component), ".message"));
}

struct json *column_component_error(struct arena *a, const struct json *component, int64_t now_ns)
{
    (void)now_ns;
    return text(a, obj_str(healthy(component), ".error"));
}
