/* check_claim.c - validation of PersistentVolumeClaims (pkg/apis/core/validation/validation.go).
 * Reads: defaulted trees.   Writes: struct check. */
#include "apiserver/object/check_storage.h"

#include "apiserver/object/hooks.h"
#include "schema_hooks.h"

#include "api/decode.h"
#include "api/quantity.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_selector.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/object.h"
#include "apiserver/object/same.h"
#include "apiserver/registry/keep.h"
#include "schema_ids.h"

#define CLASS_ANNOTATION "volume.beta.kubernetes.io/storage-class"

/* ---- Where its content comes from ---- */

const struct json *claim_with_sources(struct arena *a, const struct json *spec)
{
    const struct json *source = obj_get(spec, ".dataSource"), *ref = obj_get(spec, ".dataSourceRef");
    bool from_source = source && !ref, from_ref = ref && !source && !obj_str(ref, ".namespace").n;
    if (!from_source && !from_ref) return spec;
    struct json *whole = json_copy(a, spec);
    obj_put_copy(a, whole, from_source ? ".dataSourceRef" : ".dataSource", from_source ? source : ref);
    if (from_ref) obj_del(whole, ".dataSource.namespace");
    object_order(&type_core_v1_PersistentVolumeClaimSpec, whole, a);
    return whole;
}

/* tolerant: groups that cannot be are left alone, as they were. */
static void check_data_source(struct check *c, const char *member, const struct json *source, bool tolerant)
{
    if (!source) return;
    size_t mark = check_member(c, member);
    struct str group = obj_str(source, ".apiGroup"), kind = obj_str(source, ".kind");
    if (!obj_str(source, ".name").n) check_required(c, "name", "");
    if (!kind.n) check_required(c, "kind", "");
    if (!group.n && !str_eqc(kind, "PersistentVolumeClaim"))
        check_invalid_str(c, NULL, kind.p ? kind : STR(""),
                          "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
    if (group.n && !tolerant) check_name_by(c, "apiGroup", group, name_dns1123_subdomain);
    if (obj_str(source, ".namespace").n) /* of a dataSourceRef alone */
        check_name_by(c, "namespace", obj_str(source, ".namespace"), name_dns1123_label);
    check_pop(c, mark);
}

static bool same_text(const struct json *x, const struct json *y, const char *path)
{
    struct str a = obj_str(x, path), b = obj_str(y, path);
    return str_is_null(a) == str_is_null(b) && str_eq(a, b);
}

static void check_data_sources(struct check *c, const struct json *spec, const struct json *old)
{
    static const char *const parts[] = {".apiGroup", ".kind", ".name"};
    const struct json *source = obj_get(spec, ".dataSource"), *ref = obj_get(spec, ".dataSourceRef");
    bool tolerant = obj_has(old, ".dataSource.apiGroup") || obj_has(old, ".dataSourceRef.apiGroup");
    const char *why = NULL;
    check_data_source(c, "dataSource", source, tolerant);
    check_data_source(c, "dataSourceRef", ref, tolerant);
    if (!source || !ref) return;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (!same_text(source, ref, parts[i])) why = "must match dataSourceRef";
    if (obj_str(ref, ".namespace").n) why = "may not be specified when dataSourceRef.namespace is specified";
    if (why) check_invalid(c, NULL, json_obj(c->arena), why); /* upstream shows a path, which prints as nothing */
}

/* ---- The spec ---- */

static void check_size(struct check *c, const struct json *spec)
{
    const struct json *size = obj_get(spec, ".resources.requests.storage");
    struct qty q;
    struct err e = ERR_INIT;
    size_t mark = check_member(c, "resources");
    check_key(c, STR("storage"));
    if (!size)
        check_required(c, NULL, "");
    else if (qty_parse(obj_text(size), &q, &e) && q.nano <= 0)
        check_invalid(c, NULL, size, "must be greater than zero");
    check_pop(c, mark);
}

static void check_class_name(struct check *c, const struct json *spec, const char *member)
{
    struct str name = json_string(json_getc(spec, member));
    if (name.n) check_name_by(c, member, name, name_dns1123_subdomain);
}

void check_claim_spec(struct check *c, const struct json *spec, const struct json *old)
{
    bool was_bad = old && selector_is_bad(c->arena, obj_get(old, ".selector"));
    size_t mark = check_member(c, "spec");
    if (!obj_count(spec, ".accessModes")) check_required(c, "accessModes", "at least 1 access mode is required");
    check_selector_changed(c, "selector", obj_get(spec, ".selector"), was_bad);
    check_access_modes(c, obj_get(spec, ".accessModes"));
    check_size(c, spec);
    check_class_name(c, spec, "storageClassName");
    check_volume_mode(c, spec);
    check_data_sources(c, spec, old);
    check_class_name(c, spec, "volumeAttributesClassName");
    check_pop(c, mark);
}

/* ---- Changes ---- */

static struct str class_annotation(const struct json *claim)
{
    return obj_map_str(claim, ".metadata.annotations", STR(CLASS_ANNOTATION));
}

/* The class moves from the annotation of old to the field. */
static bool class_moves(const struct json *claim, const struct json *old)
{
    struct str was = class_annotation(old), now = class_annotation(claim);
    return !str_is_null(was) && !obj_has(old, ".spec.storageClassName") && obj_has(claim, ".spec.storageClassName") &&
           str_eq(obj_str(claim, ".spec.storageClassName"), was) && (str_is_null(now) || str_eq(now, was));
}

/* A claim without a class gets one. */
static bool class_comes(const struct json *claim, const struct json *old)
{
    struct str was = class_annotation(old);
    return obj_has(claim, ".spec.storageClassName") && !obj_has(old, ".spec.storageClassName") &&
           (str_is_null(was) || str_eq(obj_str(claim, ".spec.storageClassName"), was));
}

/* The new spec with all that may change set back to what it was: the same as the old one when the update is fine. */
static struct json *set_back(struct arena *a, const struct json *claim, const struct json *old, const struct json *was)
{
    static const char size[] = ".resources.requests.storage", attributes[] = ".volumeAttributesClassName";
    struct json *spec = json_copy(a, obj_get(claim, ".spec"));
    if (class_moves(claim, old) || class_comes(claim, old)) obj_del(spec, ".storageClassName");
    if (obj_is(claim, ".status.phase", "Bound")) {
        if (api_sent(obj_get(spec, ".resources"), &type_core_v1_VolumeResourceRequirements, "requests"))
            obj_put_copy(a, spec, size, obj_has(was, size) ? obj_get(was, size) : json_strc(a, "0"));
        keep_part(a, spec, was, attributes);
    }
    object_order(&type_core_v1_PersistentVolumeClaimSpec, spec, a);
    return spec;
}

static void check_spec_change(struct check *c, const struct json *claim, const struct json *old)
{
    const struct api_type *t = &type_core_v1_PersistentVolumeClaimSpec;
    const struct json *was = claim_with_sources(c->arena, obj_get(old, ".spec"));
    const struct json *now = set_back(c->arena, claim, old, was);
    if (!obj_str(was, ".volumeName").n && obj_str(now, ".volumeName").n) { /* it may be set once */
        struct json *named = json_copy(c->arena, was);
        obj_put_str(c->arena, named, ".volumeName", obj_str(now, ".volumeName"));
        object_order(t, named, c->arena);
        was = named;
    }
    if (!class_moves(claim, old) && !str_eq(class_annotation(claim), class_annotation(old))) {
        struct str now_class = class_annotation(claim);
        check_invalid_str(c, "metadata.annotations." CLASS_ANNOTATION, now_class.p ? now_class : STR(""),
                          "field is immutable");
    }
    if (object_same(t, now, was)) return;
    check_forbidden(c, "spec",
                    arena_printf(c->arena,
                                 "spec is immutable after creation except resources.requests and "
                                 "volumeAttributesClassName for bound claims\n%s",
                                 inner_diff(c->arena, t, was, now)));
}

static int compare_sizes(const struct json *x, const char *x_path, const struct json *y, const char *y_path)
{
    struct qty a = {0}, b = {0};
    struct err e = ERR_INIT;
    bool has_a = qty_parse(obj_str(x, x_path), &a, &e), has_b = qty_parse(obj_str(y, y_path), &b, &e);
    return qty_cmp(has_a ? &a : &(struct qty){0}, has_b ? &b : &(struct qty){0});
}

/* Once a class was applied there is one. */
static void check_attributes_change(struct check *c, const struct json *claim, const struct json *old)
{
    static const char path[] = ".spec.volumeAttributesClassName";
    bool has = obj_has(claim, path);
    if (!obj_has(old, ".status.currentVolumeAttributesClassName") || (has && obj_str(claim, path).n)) return;
    if (has == obj_has(old, path) && str_eq(obj_str(claim, path), obj_str(old, path))) return;
    check_forbidden(c, path + 1,
                    has ? "update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil"
                        : "update to nil is forbidden when status.currentVolumeAttributesClassName is not nil");
}

static void check_change(struct check *c, const struct json *claim, const struct json *old)
{
    static const char size[] = ".spec.resources.requests.storage";
    check_spec_change(c, claim, old);
    if (compare_sizes(claim, size, old, size) < 0 && compare_sizes(claim, size, old, ".status.capacity.storage") <= 0)
        check_forbidden(c, size + 1, "field can not be less than status.capacity");
    check_same(c, "volumeMode", obj_get(claim, ".spec.volumeMode"), obj_get(old, ".spec.volumeMode"));
    check_attributes_change(c, claim, old);
}

/* ---- The status ---- */

/* What a claim can have an amount of: storage, and what others have names with domains for. False, and told: not that.
 */
static bool check_resource(struct check *c, struct str name)
{
    static const char *const storage[] = {"storage", NULL};
    const char *why = name_qualified(name);
    if (why)
        check_invalid_str(c, NULL, name, why);
    else if (str_chr(name, '/') == SIZE_MAX || memmem(name.p, name.n, "kubernetes.io/", 14))
        return check_one_of(c, NULL, name, storage);
    return !why;
}

static void check_resizes(struct check *c, const struct json *states)
{
    static const char *const known[] = {"ControllerResizeInProgress", "ControllerResizeInfeasible",
                                        "NodeResizeInProgress",       "NodeResizeInfeasible",
                                        "NodeResizePending",          NULL};
    size_t mark = check_member(c, "allocatedResourceStatuses");
    for (OBJ_EACH(it, states, "")) {
        check_resource(c, obj_key(it));
        if (!check_is_among(obj_text(it), known)) check_not_supported(c, NULL, json_str(c->arena, obj_key(it)), known);
    }
    check_pop(c, mark);
}

static void check_amounts(struct check *c, const char *member, const struct json *amounts, bool named)
{
    size_t mark = check_member(c, member);
    for (OBJ_EACH(it, amounts, "")) {
        if (named && !check_resource(c, obj_key(it))) continue;
        size_t at = check_key(c, obj_key(it));
        check_basic_quantity(c, it);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

static void check_status(struct check *c, const struct json *claim)
{
    if (!obj_count(claim, ".spec.accessModes")) check_required(c, "Spec.accessModes", "");
    size_t mark = check_member(c, "status");
    check_amounts(c, "capacity", obj_get(claim, ".status.capacity"), false);
    check_resizes(c, obj_get(claim, ".status.allocatedResourceStatuses"));
    check_amounts(c, "allocatedResources", obj_get(claim, ".status.allocatedResources"), true);
    check_pop(c, mark);
}

/* ---- The whole ---- */

/* type PersistentVolumeClaim check=fn:persistent_volume_claim whole */
void check_persistent_volume_claim(struct check *c, const struct json *claim, const struct json *old)
{
    if (old) check_meta_update(c);
    if (c->sub) {
        check_status(c, claim);
        return;
    }
    check_meta(c);
    check_claim_spec(c, obj_get(claim, ".spec"), obj_get(old, ".spec"));
    if (old) check_change(c, claim, old);
}
