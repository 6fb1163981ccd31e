/* columns_storage.c - table cells of volumes, claims and storage classes (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/claim_class.h"

static struct json *text(struct arena *a, struct str s, const char *absent)
{
    return str_is_null(s) ? json_strc(a, absent) : json_str(a, str_copy(a, s));
}

/* ---- What volumes and claims share ---- */

struct json *column_storage_phase(struct arena *a, const struct json *obj, int64_t now_ns)
{
    (void)now_ns;
    if (obj_is_deleting(obj)) return json_strc(a, "Terminating");
    return text(a, obj_str(obj, ".status.phase"), "");
}

struct json *column_storage_class(struct arena *a, const struct json *obj, int64_t now_ns)
{
    (void)now_ns;
    return text(a, storage_class_of(obj), "");
}

struct json *column_volume_attributes_class(struct arena *a, const struct json *obj, int64_t now_ns)
{
    (void)now_ns;
    return text(a, obj_str(obj, ".spec.volumeAttributesClassName"), "<unset>");
}

struct json *column_volume_mode(struct arena *a, const struct json *obj, int64_t now_ns)
{
    (void)now_ns;
    return text(a, obj_str(obj, ".spec.volumeMode"), "<unset>");
}

static struct json *access_modes(struct arena *a, const struct json *obj, const char *path)
{
    static const struct {
        const char *mode, *brief;
    } rows[] = {
        {"ReadWriteOnce", "RWO"}, {"ReadOnlyMany", "ROX"}, {"ReadWriteMany", "RWX"}, {"ReadWriteOncePod", "RWOP"}};
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 64);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool has = false;
        for (OBJ_EACH(it, obj, path)) has = has || str_eqc(obj_text(it), rows[i].mode);
        if (has) buf_addf(&b, "%s%s", b.n ? "," : "", rows[i].brief);
    }
    return text(a, buf_view(&b), "");
}

/* ---- PersistentVolume ---- */

struct json *column_pv_capacity(struct arena *a, const struct json *pv, int64_t now_ns)
{
    (void)now_ns;
    return text(a, obj_str(pv, ".spec.capacity.storage"), "0");
}

struct json *column_pv_access_modes(struct arena *a, const struct json *pv, int64_t now_ns)
{
    (void)now_ns;
    return access_modes(a, pv, ".spec.accessModes");
}

struct json *column_pv_claim(struct arena *a, const struct json *pv, int64_t now_ns)
{
    (void)now_ns;
    const struct json *ref = obj_get(pv, ".spec.claimRef");
    if (!ref) return json_strc(a, "");
    return json_str(a, str_printf(a, "%.*s/%.*s", STR_ARG(obj_str(ref, ".namespace")), STR_ARG(obj_str(ref, ".name"))));
}

/* ---- PersistentVolumeClaim: what it got, once it names a volume ---- */

static bool has_volume(const struct json *claim) { return obj_str(claim, ".spec.volumeName").n > 0; }

struct json *column_pvc_capacity(struct arena *a, const struct json *claim, int64_t now_ns)
{
    (void)now_ns;
    return has_volume(claim) ? text(a, obj_str(claim, ".status.capacity.storage"), "0") : json_strc(a, "");
}

struct json *column_pvc_access_modes(struct arena *a, const struct json *claim, int64_t now_ns)
{
    (void)now_ns;
    return has_volume(claim) ? access_modes(a, claim, ".status.accessModes") : json_strc(a, "");
}

/* ---- StorageClass ---- */

struct json *column_storage_class_name(struct arena *a, const struct json *class, int64_t now_ns)
{
    (void)now_ns;
    struct str name = obj_name(class);
    return json_str(a, storage_class_is_default(class) ? str_printf(a, "%.*s (default)", STR_ARG(name))
                                                       : str_copy(a, name));
}

struct json *column_storage_class_expands(struct arena *a, const struct json *class, int64_t now_ns)
{
    (void)now_ns;
    return json_bool(a, obj_bool(class, ".allowVolumeExpansion", false));
}
