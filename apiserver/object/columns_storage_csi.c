/* columns_storage_csi.c - table cells of CSI's kinds and of attachments (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#define COLUMN(name) struct json *column_##name(struct arena *a, const struct json *obj, int64_t now_ns)

static struct json *flag(struct arena *a, const struct json *obj, const char *path, bool absent)
{
    return json_bool(a, obj_bool(obj, path, absent));
}

/* ---- CSIDriver ---- */

COLUMN(csi_attach_required)
{
    (void)now_ns;
    return flag(a, obj, ".spec.attachRequired", true);
}

COLUMN(csi_pod_info)
{
    (void)now_ns;
    return flag(a, obj, ".spec.podInfoOnMount", false);
}

COLUMN(csi_capacity)
{
    (void)now_ns;
    return flag(a, obj, ".spec.storageCapacity", false);
}

COLUMN(csi_republish)
{
    (void)now_ns;
    return flag(a, obj, ".spec.requiresRepublish", false);
}

COLUMN(csi_tokens)
{
    (void)now_ns;
    if (!obj_has(obj, ".spec.tokenRequests")) return json_strc(a, "<unset>");
    return column_joined(a, obj, ".spec.tokenRequests", ".audience");
}

COLUMN(csi_modes)
{
    (void)now_ns;
    if (!obj_count(obj, ".spec.volumeLifecycleModes")) return json_strc(a, "<none>");
    return column_joined(a, obj, ".spec.volumeLifecycleModes", "");
}

/* ---- CSINode ---- */

COLUMN(csi_node_drivers)
{
    (void)now_ns;
    return json_int(a, (int64_t)obj_count(obj, ".spec.drivers"));
}

/* ---- VolumeAttachment ---- */

COLUMN(attachment_volume)
{
    struct str name = obj_str(obj, ".spec.source.persistentVolumeName");
    (void)now_ns;
    return json_str(a, str_copy(a, name.p ? name : STR("")));
}

COLUMN(attachment_attached)
{
    (void)now_ns;
    return flag(a, obj, ".status.attached", false);
}
