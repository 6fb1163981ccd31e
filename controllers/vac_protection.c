/* vac_protection.c - a VolumeAttributesClass that is being deleted stays as long as a volume or a claim names it
 * (pkg/controller/volume/vacprotection/vac_protection_controller.go).
 * Reads: VolumeAttributesClasses, PersistentVolumes, PersistentVolumeClaims.   Writes: the finalizer
 * kubernetes.io/vac-protection. */
#include "controllers/finalizer.h"

#define FINALIZER "kubernetes.io/vac-protection"
#define CLASSES   "storage.k8s.io/v1/volumeattributesclasses"

/* Where volumes and claims name classes. */
static const char *const names[] = {".spec.volumeAttributesClassName", ".status.currentVolumeAttributesClassName",
                                    ".status.modifyVolumeStatus.targetVolumeAttributesClassName"};

static bool is_used_by(struct ctl *c, const char *resource, struct str class)
{
    struct objs all AUTO_OBJS = {0};
    informer_list(ctl_informer(c, resource), STR_NULL, &all);
    for (size_t i = 0; i < all.count; i++)
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            if (str_eq(obj_str(all.items[i]->root, names[k]), class)) return true;
    return false;
}

static void vac_protection_reconcile(struct ctl *c, struct str none, struct str name, struct outcome *out)
{
    (void)none;
    const struct object *class AUTO_OBJ = ctl_get(c, CLASSES, STR_NULL, name);
    if (!class) return;
    bool going = obj_is_deleting(class->root);
    if (going && (is_used_by(c, "v1/persistentvolumes", name) || is_used_by(c, "v1/persistentvolumeclaims", name)))
        return;
    put_finalizer(c, CLASSES, class, FINALIZER, !going, out);
}

/* Whoever names a class no longer may have been the last one. */
static void vac_protection_on_user(struct ctl *c, const char *resource, const struct object *old,
                                   const struct object *now)
{
    (void)resource;
    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
        struct str was = old ? obj_str(old->root, names[k]) : STR_NULL;
        if (was.n && !(now && str_eq(was, obj_str(now->root, names[k])))) workq_add(ctl_queue(c), was);
    }
}

const struct ctl_spec vac_protection_controller = {
    .name = "volumeattributesclass-protection",
    .primary = CLASSES,
    .kind = "VolumeAttributesClass",
    .reads = {"v1/persistentvolumes", "v1/persistentvolumeclaims"},
    .workers = 1,
    .reconcile = vac_protection_reconcile,
    .on_read_event = vac_protection_on_user,
};
