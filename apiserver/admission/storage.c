/* storage.c - DefaultStorageClass, StorageObjectInUseProtection, PersistentVolumeClaimResize.
 * Reads: StorageClasses in the watch cache.   Writes: the claim or volume; r->resp.
 * Upstream: plugin/pkg/admission/storage. */
#include "apiserver/admission/plugins.h"

#include "api/object.h"
#include "api/quantity.h"
#include "apiserver/admission/default_class.h"
#include "apiserver/object/claim_class.h"
#include "apiserver/rest/status.h"
#include "base/thread.h"
#include "schema_ids.h"

static const struct api_resource *const classes = &res_storage_k8s_io_v1_storageclasses;

/* ---- DefaultStorageClass ---- */

/* Of several the newest counts, then the first by name. */
static bool is_better(const struct json *class, const struct json *best)
{
    return storage_class_is_default(class) && (!best || obj_time_s(class, ".metadata.creationTimestamp", 0) >
                                                            obj_time_s(best, ".metadata.creationTimestamp", 0));
}

static struct default_class default_storage = {
    .res = &res_storage_k8s_io_v1_storageclasses, .is_better = is_better, .lock = MUTEX_INIT};

bool default_storage_class(struct admission *a)
{
    struct arena *arena = &a->r->arena;
    if (claim_names_class(a->obj)) return true;
    struct str name = default_class_name(&default_storage, arena);
    if (name.n) obj_put_str(arena, a->obj, ".spec.storageClassName", name);
    return true;
}

/* ---- StorageObjectInUseProtection: controllers take the finalizers away when nobody uses the object ---- */

bool storage_in_use_protection(struct admission *a)
{
    struct str finalizer = a->res == &res_core_v1_persistentvolumeclaims ? STR("kubernetes.io/pvc-protection")
                           : a->res == &res_core_v1_persistentvolumes    ? STR("kubernetes.io/pv-protection")
                                                                         : STR("kubernetes.io/vac-protection");
    for (OBJ_EACH(f, a->obj, ".metadata.finalizers"))
        if (str_eq(obj_text(f), finalizer)) return true;
    obj_append_str(&a->r->arena, a->obj, ".metadata.finalizers", finalizer);
    return true;
}

/* ---- PersistentVolumeClaimResize ---- */

static bool grows(const struct json *claim, const struct json *old)
{
    static const char path[] = ".spec.resources.requests.storage";
    struct qty now, was;
    struct err e = ERR_INIT;
    return qty_parse(obj_str(claim, path), &now, &e) && qty_parse(obj_str(old, path), &was, &e) &&
           qty_cmp(&now, &was) > 0;
}

static bool class_expands(struct admission *a)
{
    struct str class = storage_class_of(a->obj);
    if (!class.n || !str_eq(class, storage_class_of(a->old))) return false;
    struct item *it = cache_get(classes, STR_NULL, class);
    bool expands = obj_bool(class_tree(&a->r->arena, it), ".allowVolumeExpansion", false);
    item_unref(it);
    return expands;
}

bool claim_resize(struct admission *a)
{
    if (!grows(a->obj, a->old)) return true;
    if (!obj_is(a->old, ".status.phase", "Bound")) {
        status_forbidden(a->r, "Only bound persistent volume claims can be expanded");
        return false;
    }
    if (class_expands(a)) return true;
    status_forbidden(a->r, "only dynamically provisioned pvc can be resized and the storageclass that provisions the "
                           "pvc must support resize");
    return false;
}
