/* strategy_device.c - the kinds of resource.k8s.io (pkg/registry/resource).
 * Reads: the request's trees, the namespace of a claim for administrators.   Writes: the trees; struct check. */
#include "apiserver/object/hooks.h"

#include "apiserver/object/check_device.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/resource.h"
#include "apiserver/registry/keep.h"
#include "apiserver/watch/cache.h"
#include "schema_hooks.h"
#include "schema_ids.h"

/* ---- Administrators' access: only in namespaces that are marked for it ---- */

static bool is_for_admins(struct str ns)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct item *it = cache_get(&res_core_v1_namespaces, STR_NULL, ns);
    const struct json *tree = it ? json_parse(&a, blob_str(it->blob), &e) : NULL;
    bool marked = str_eqc(obj_map_str(tree, ".metadata.labels", STR("resource.kubernetes.io/admin-access")), "true");
    item_unref(it);
    return marked;
}

/* list: requests, or results; path: of adminAccess in each; shown: where upstream says it is. */
static void check_admin_access(struct check *c, const struct json *obj, const char *list, const char *path,
                               const char *shown)
{
    int i = 0;
    for (OBJ_EACH(it, obj, list)) {
        if (obj_bool(it, path, false)) {
            if (!is_for_admins(obj_ns(obj)))
                check_forbidden(c, arena_printf(c->arena, "%s[%d].adminAccess", shown, i),
                                "admin access to devices requires the `resource.kubernetes.io/admin-access: true` "
                                "label on the containing namespace");
            return;
        }
        i++;
    }
}

static bool has_admin_access(const struct json *claim)
{
    for (OBJ_EACH(it, claim, ".status.allocation.devices.results"))
        if (obj_bool(it, ".adminAccess", false)) return true;
    return false;
}

/* ---- DeviceClass ---- */

/* type DeviceClass check=fn:device_class whole */
void check_device_class(struct check *c, const struct json *class, const struct json *old)
{
    const struct json *spec = obj_get(class, ".spec"), *config = obj_get(spec, ".config"),
                      *extended = obj_get(spec, ".extendedResourceName");
    check_meta(c);
    if (old) check_meta_update(c);
    size_t mark = check_member(c, "spec"), i = 0;
    check_device_selectors(c, obj_get(spec, ".selectors"));
    if (check_list_size(c, "config", config, DEVICE_CONFIG_MAX)) {
        size_t outer = check_member(c, "config");
        for (OBJ_EACH(it, config, "")) {
            size_t at = check_index(c, i++);
            check_device_config(c, it);
            check_pop(c, at);
        }
        check_pop(c, outer);
    }
    if (extended && !resource_is_extended(c->arena, obj_text(extended)))
        check_invalid(c, "extendedResourceName", extended, "must be a valid extended resource name");
    check_pop(c, mark);
}

/* ---- ResourceClaim ---- */

static void check_new_claim(struct check *c, const struct json *claim)
{
    check_admin_access(c, claim, ".spec.devices.requests", ".exactly.adminAccess", "spec.devices.requests");
    check_meta(c);
    size_t mark = check_member(c, "spec");
    check_device_claim(c, obj_get(claim, ".spec.devices"));
    check_pop(c, mark);
}

static void check_new_status(struct check *c, const struct json *claim, const struct json *old)
{
    if (!has_admin_access(old))
        check_admin_access(c, claim, ".status.allocation.devices.results", ".adminAccess",
                           "status.allocation.devices.results");
    check_meta_update(c);
    check_claim_status(c, claim, old);
}

/* type ResourceClaim check=fn:resource_claim whole */
void check_resource_claim(struct check *c, const struct json *claim, const struct json *old)
{
    if (!old) {
        check_new_claim(c, claim);
    } else if (c->sub) {
        check_new_status(c, claim, old);
    } else {
        check_meta(c);
        check_meta_update(c);
        check_fixed(c, ".spec", &type_resource_k8s_io_v1_ResourceClaimSpec);
    }
}

/* What a device's driver said goes with the device. */
static void drop_lost_devices(struct arena *a, struct json *claim, const struct json *old)
{
    struct map lost = {0};
    struct json *states = obj_edit(claim, ".status.devices"), *kept = json_arr(a);
    for (OBJ_EACH(it, old, ".status.allocation.devices.results")) map_set(&lost, device_key(a, it), NULL);
    for (OBJ_EACH(it, claim, ".status.allocation.devices.results")) map_take(&lost, device_key(a, it));
    for (struct json *it = json_kids(states), *next; it && lost.count; it = next) {
        next = it->next;
        if (!map_has(&lost, device_key(a, it))) json_push(kept, json_copy(a, it));
    }
    if (states && lost.count) obj_put(a, claim, ".status.devices", kept);
    if (states && !obj_count(claim, ".status.devices")) obj_del(claim, ".status.devices");
    map_release(&lost, NULL);
}

static void claim_prepare_update(struct arena *a, struct json *claim, const struct json *old, const char *sub)
{
    if (!sub) return;
    keep_metadata_of(a, claim, old);
    drop_lost_devices(a, claim, old);
}

const struct strategy strategy_resource_claim = {.prepare_update = claim_prepare_update};

/* ---- ResourceClaimTemplate ---- */

/* type ResourceClaimTemplate check=fn:resource_claim_template whole */
void check_resource_claim_template(struct check *c, const struct json *template, const struct json *old)
{
    if (!old)
        check_admin_access(c, template, ".spec.spec.devices.requests", ".exactly.adminAccess", "spec.devices.requests");
    check_meta(c);
    size_t mark = check_member(c, "spec");
    check_template_meta(c, obj_get(template, ".spec.metadata"));
    size_t inner = check_member(c, "spec");
    check_device_claim(c, obj_get(template, ".spec.spec.devices"));
    check_pop(c, inner);
    check_pop(c, mark);
    if (!old) return;
    check_meta_update(c);
    check_fixed(c, ".spec", &type_resource_k8s_io_v1_ResourceClaimTemplateSpec);
}

/* ---- ResourceSlice ---- */

/* Fields of features that are off by default. */
static void drop_disabled(struct json *slice)
{
    static const char *const lists[] = {".ints", ".bools", ".strings", ".versions"};
    JSON_FOREACH(device, obj_edit(slice, ".spec.devices"))
    {
        obj_del(device, ".nodeAllocatableResourceMappings");
        JSON_FOREACH(attribute, obj_edit(device, ".attributes"))
        for (size_t i = 0; i < ARRAY_LEN(lists); i++) obj_del(attribute, lists[i]);
    }
}

static void slice_prepare_create(struct arena *a, struct json *slice, int64_t now_ns)
{
    (void)a, (void)now_ns;
    drop_disabled(slice);
}

static void slice_prepare_update(struct arena *a, struct json *slice, const struct json *old, const char *sub)
{
    (void)a, (void)old, (void)sub;
    drop_disabled(slice);
}

const struct strategy strategy_resource_slice = {.prepare_create = slice_prepare_create,
                                                 .prepare_update = slice_prepare_update};
