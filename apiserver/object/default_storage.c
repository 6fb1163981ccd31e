/* default_storage.c - computed defaults of volumes (pkg/apis/core/v1/defaults.go).
 * Reads and writes: one node of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"
#include "apiserver/object/object.h"
#include "schema_ids.h"

/* type PersistentVolume default=fn:persistent_volume: for these, not for the volume that a VolumeAttachment spells out.
 */
void type_default_persistent_volume(struct arena *a, struct json *pv)
{
    struct json *spec = obj_edit(pv, ".spec");
    if (!spec) return;
    if (!obj_str(spec, ".persistentVolumeReclaimPolicy").n)
        obj_put_cstr(a, spec, ".persistentVolumeReclaimPolicy", "Retain");
    if (!obj_has(spec, ".volumeMode")) obj_put_cstr(a, spec, ".volumeMode", "Filesystem");
    object_order(&type_core_v1_PersistentVolumeSpec, spec, a);
}
