/* pv_protection.c - a volume that is being deleted stays as long as it is bound
 * (pkg/controller/volume/pvprotection/pv_protection_controller.go).
 * Reads: PersistentVolumes.   Writes: the finalizer kubernetes.io/pv-protection. */
#include "controllers/finalizer.h"

#define FINALIZER "kubernetes.io/pv-protection"

static void pv_protection_reconcile(struct ctl *c, struct str none, struct str name, struct outcome *out)
{
    (void)none;
    const struct object *pv AUTO_OBJ = ctl_get(c, "v1/persistentvolumes", STR_NULL, name);
    if (!pv) return;
    bool going = obj_is_deleting(pv->root);
    if (!going || !obj_is(pv->root, ".status.phase", "Bound"))
        put_finalizer(c, "v1/persistentvolumes", pv, FINALIZER, !going, out);
}

const struct ctl_spec pv_protection_controller = {
    .name = "persistentvolume-protection",
    .primary = "v1/persistentvolumes",
    .kind = "PersistentVolume",
    .workers = 1,
    .reconcile = pv_protection_reconcile,
};
