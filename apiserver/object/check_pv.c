/* check_pv.c - validation of PersistentVolumes (pkg/apis/core/validation/validation.go, pkg/volume/validation; when
 * which rules hold: pkg/registry/core/persistentvolume/strategy.go). Reads: defaulted trees.   Writes: struct check. */
#include "apiserver/object/check_pv.h"

#include "apiserver/object/hooks.h"
#include "schema_hooks.h"

#include "api/decode.h"
#include "api/quantity.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_storage.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/same.h"
#include "schema_ids.h"

#define MOUNT_OPTIONS "volume.beta.kubernetes.io/mount-options"

/* ---- The spec ---- */

/* Whole bytes, and some of them. */
static void check_size(struct check *c, struct str key, const struct json *value)
{
    struct qty q;
    struct err e = ERR_INIT;
    size_t mark = check_key(c, key);
    check_basic_quantity(c, value);
    if (qty_parse(obj_text(value), &q, &e) && q.nano <= 0) check_invalid(c, NULL, value, "must be greater than zero");
    check_pop(c, mark);
}

static void check_capacity(struct check *c, const struct json *spec)
{
    static const char *const storage[] = {"storage", NULL};
    const struct json *capacity = api_shown(c->arena, spec, &type_core_v1_PersistentVolumeSpec, "capacity");
    size_t n = obj_count(capacity, "");
    if (!n) check_required(c, "capacity", "");
    if (!obj_has(capacity, ".storage") || n > 1) check_not_supported(c, "capacity", capacity, storage);
    size_t mark = check_member(c, "capacity");
    for (OBJ_EACH(it, capacity, "")) check_size(c, obj_key(it), it);
    check_pop(c, mark);
}

/* "/", however it is written. */
static bool is_root(struct str path)
{
    if (!str_starts(path, STR("/"))) return false;
    int depth = 0;
    for (struct str rest = path; !str_is_null(rest);) {
        struct str part = str_cut(rest, '/', &rest);
        if (str_eqc(part, ".."))
            depth -= depth > 0;
        else
            depth += part.n && !str_eqc(part, ".");
    }
    return depth == 0;
}

static void check_attributes_class(struct check *c, const struct json *spec)
{
    static const char member[] = "volumeAttributesClassName";
    if (!obj_has(spec, ".volumeAttributesClassName")) return;
    check_required_name(c, member, obj_str(spec, ".volumeAttributesClassName"), name_dns1123_subdomain,
                        "an empty string is disallowed");
    if (!obj_has(spec, ".csi")) check_required(c, "csi", "has to be specified when using volumeAttributesClassName");
}

static void check_spec(struct check *c, const struct json *pv, const struct json *old)
{
    static const char *const policies[] = {"Delete", "Recycle", "Retain", NULL};
    const struct json *spec = obj_get(pv, ".spec"), *affinity = obj_get(spec, ".nodeAffinity");
    struct str policy = obj_str(spec, ".persistentVolumeReclaimPolicy"), class = obj_str(spec, ".storageClassName");
    size_t mark = check_member(c, "spec");
    if (!obj_count(spec, ".accessModes")) check_required(c, "accessModes", "");
    check_access_modes(c, obj_get(spec, ".accessModes"));
    check_capacity(c, spec);
    if (policy.n) check_one_of(c, "persistentVolumeReclaimPolicy", policy, policies);
    if (affinity) check_pv_affinity(c, affinity, obj_get(old, ".spec.nodeAffinity"));
    check_pv_sources(c, spec, obj_name(pv));
    if (is_root(obj_str(spec, ".hostPath.path")) && str_eqc(policy, "Recycle"))
        check_forbidden(c, "persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
    if (class.n) check_name_by(c, "storageClassName", class, name_dns1123_subdomain);
    check_volume_mode(c, spec);
    check_attributes_class(c, spec);
    check_pop(c, mark);
}

void check_inline_volume(struct check *c, const struct json *spec)
{
    static const char context[] = "may not be specified in the context of inline volumes";
    struct str policy = obj_str(spec, ".persistentVolumeReclaimPolicy"), mode = obj_str(spec, ".volumeMode");
    if (obj_has(spec, ".claimRef")) check_forbidden(c, "claimRef", context);
    if (obj_count(spec, ".capacity")) check_forbidden(c, "capacity", context);
    if (!obj_has(spec, ".csi")) check_required(c, "csi", "has to be specified in the context of inline volumes");
    if (!obj_count(spec, ".accessModes")) check_required(c, "accessModes", "");
    check_access_modes(c, obj_get(spec, ".accessModes"));
    if (policy.n && !str_eqc(policy, "Retain"))
        check_forbidden(c, "persistentVolumeReclaimPolicy", "may only be Retain in the context of inline volumes");
    if (obj_has(spec, ".nodeAffinity")) check_forbidden(c, "nodeAffinity", context);
    check_pv_sources(c, spec, STR(""));
    if (obj_str(spec, ".storageClassName").n) check_forbidden(c, "storageClassName", context);
    if (mode.n && !str_eqc(mode, "Filesystem"))
        check_forbidden(c, "volumeMode",
                        "may not specify volumeMode other than Filesystem in the context of inline volumes");
    check_attributes_class(c, spec);
}

/* Mount options of old, as an annotation: only some kinds of volumes have them. */
static void check_mount_options(struct check *c, const struct json *pv)
{
    static const char *const mounted[] = {"gcePersistentDisk",
                                          "awsElasticBlockStore",
                                          "glusterfs",
                                          "nfs",
                                          "rbd",
                                          "quobyte",
                                          "iscsi",
                                          "cinder",
                                          "cephfs",
                                          "azureFile",
                                          "vsphereVolume",
                                          "azureDisk",
                                          "photonPersistentDisk"};
    for (size_t i = 0; i < ARRAY_LEN(mounted); i++)
        if (json_is(json_getc(obj_get(pv, ".spec"), mounted[i]), JSON_OBJ)) return;
    if (!str_is_null(obj_map_str(pv, ".metadata.annotations", STR(MOUNT_OPTIONS))))
        check_forbidden(c, "metadata.annotations." MOUNT_OPTIONS, "may not specify mount options for this volume type");
}

/* ---- Changes ---- */

/* The new spec, without the secret that may be added once. */
static const struct json *without_new_secret(struct arena *a, const struct json *spec, const struct json *old)
{
    static const char secret[] = ".csi.controllerExpandSecretRef";
    if (!obj_has(old, ".csi") || obj_has(old, secret) || !obj_has(spec, secret)) return spec;
    struct json *copy = json_copy(a, spec);
    obj_del(copy, secret);
    return copy;
}

static void check_source_change(struct check *c, const struct json *spec, const struct json *old)
{
    const struct api_type *t = &type_core_v1_PersistentVolumeSource;
    for (const char *const *member = pv_source_members; *member; member++) {
        if (object_same_member(&type_core_v1_PersistentVolumeSpec, *member, spec, old)) continue;
        check_forbidden(c, "spec.persistentvolumesource",
                        arena_printf(c->arena, "spec.persistentvolumesource is immutable after creation\n%s",
                                     inner_diff(c->arena, t, old, spec)));
        return;
    }
}

static void check_change(struct check *c, const struct json *pv, const struct json *old)
{
    static const char class[] = ".volumeAttributesClassName";
    const struct json *spec = obj_get(pv, ".spec"), *was = obj_get(old, ".spec");
    check_source_change(c, without_new_secret(c->arena, spec, was), was);
    check_same(c, "volumeMode", obj_get(spec, ".volumeMode"), obj_get(was, ".volumeMode"));
    check_pv_affinity_change(c, obj_get(spec, ".nodeAffinity"), obj_get(was, ".nodeAffinity"));
    if (obj_has(was, class) && !obj_has(spec, class))
        check_forbidden(c, "spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
}

/* type PersistentVolume check=fn:persistent_volume whole */
void check_persistent_volume(struct check *c, const struct json *pv, const struct json *old)
{
    if (c->sub) {
        check_meta_update(c);
        return;
    }
    check_meta(c);
    check_spec(c, pv, old);
    check_mount_options(c, pv);
    if (!old) return;
    check_meta(c); /* all once more, upstream too */
    check_spec(c, pv, old);
    check_change(c, pv, old);
}
