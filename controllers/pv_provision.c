/* pv_provision.c - makes the volume of a claim whose class is ours; of other classes it says who is waited for.
 * There is no directory behind such a volume: nothing runs that could write to it.
 * Reads: claims, StorageClasses, Nodes.   Writes: PersistentVolumes, annotations of claims, Events.
 * Upstream: pv_controller.go (provisionClaimOperation, provisionClaimOperationExternal). */
#include "controllers/pv.h"

struct json *pv_new_volume(struct arena *a, const struct object *claim, const struct json *class)
{
    struct json *pv = obj_new(a, "v1", "PersistentVolume");
    obj_put_fmt(a, pv, ".metadata.name", "pvc-%.*s", STR_ARG(claim->uid));
    obj_map_put_str(a, pv, ".metadata.annotations", STR(ANN_BY_CONTROLLER), STR("yes"));
    obj_map_put_str(a, pv, ".metadata.annotations", STR(ANN_PROVISIONED_BY), STR(OUR_PROVISIONER));
    obj_put_copy(a, pv, ".spec.capacity.storage", obj_get(claim->root, ".spec.resources.requests.storage"));
    obj_put_copy(a, pv, ".spec.accessModes", obj_get(claim->root, ".spec.accessModes"));
    obj_put_copy(a, pv, ".spec.volumeMode", obj_get(claim->root, ".spec.volumeMode"));
    obj_put_copy(a, pv, ".spec.persistentVolumeReclaimPolicy", obj_get(class, ".reclaimPolicy"));
    obj_put_copy(a, pv, ".spec.mountOptions", obj_get(class, ".mountOptions"));
    obj_put_str(a, pv, ".spec.storageClassName", pv_class_of(claim->root));
    obj_put_fmt(a, pv, ".spec.hostPath.path", "/var/lib/kubestep/volumes/pvc-%.*s", STR_ARG(claim->uid));
    obj_put_cstr(a, pv, ".spec.hostPath.type", "DirectoryOrCreate");
    obj_put_claim_ref(a, pv, claim);
    return pv;
}

static void make_volume(struct ctl *c, const struct object *claim, const struct object *class, struct outcome *out)
{
    struct json *pv = pv_new_volume(out->arena, claim, class->root);
    const struct object *made AUTO_OBJ = NULL;
    struct err e = ERR_INIT;
    if (rest_create(ctl_rest(c), VOLUMES, STR_NULL, pv, &made, &e)) {
        ctl_event(c, claim, "Normal", "ProvisioningSucceeded", "Successfully provisioned volume %.*s using %s",
                  STR_ARG(made->name), OUR_PROVISIONER);
        pv_bind(c, made, claim, out);
        return;
    }
    if (e.code == ERR_ALREADY_EXISTS) return; /* made before; its event wakes the claim */
    ctl_event(c, claim, "Warning", "ProvisioningFailed", "Failed to provision volume with StorageClass \"%.*s\": %s",
              STR_ARG(class->name), e.text);
    ctl_fail(out, &e);
}

/* The node that the scheduler chose is gone: without the annotation it chooses another one. True: so it was. */
static bool is_rescheduled(struct ctl *c, const struct object *claim, struct outcome *out)
{
    struct str name = pv_annotation(claim->root, ANN_SELECTED_NODE);
    const struct object *node AUTO_OBJ = name.n ? ctl_get(c, "v1/nodes", STR_NULL, name) : NULL;
    if (str_is_null(name) || node) return false;
    struct json *now = obj_copy(out->arena, claim->root);
    obj_del(now, ".metadata.annotations[" ANN_SELECTED_NODE "]");
    const struct object *done AUTO_OBJ = pv_put(c, CLAIMS, NULL, now, out);
    (void)done;
    return true;
}

/* The claim says who is to make its volume. */
static const struct object *tell_provisioner(struct ctl *c, const struct object *claim, struct str provisioner,
                                             struct outcome *out)
{
    static const char *const names[] = {"volume.beta.kubernetes.io/storage-provisioner",
                                        "volume.kubernetes.io/storage-provisioner"};
    struct json *now = obj_copy(out->arena, claim->root);
    bool changed = false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq(pv_annotation(claim->root, names[i]), provisioner)) continue;
        obj_map_put_str(out->arena, now, ".metadata.annotations", str_of(names[i]), provisioner);
        changed = true;
    }
    return changed ? pv_put(c, CLAIMS, NULL, now, out) : object_ref(claim);
}

void pv_provision(struct ctl *c, const struct object *claim, struct outcome *out)
{
    struct str name = pv_class_of(claim->root);
    const struct object *class AUTO_OBJ = ctl_get(c, CLASSES, STR_NULL, name);
    if (!class) {
        ctl_event(c, claim, "Warning", "ProvisioningFailed", "storageclass.storage.k8s.io \"%.*s\" not found",
                  STR_ARG(name));
        return;
    }
    struct str provisioner = obj_str(class->root, ".provisioner");
    if (str_starts(provisioner, STR("kubernetes.io/"))) { /* those in the tree are all gone */
        ctl_event(c, claim, "Warning", "ProvisioningFailed", "no volume plugin matched name: %.*s",
                  STR_ARG(provisioner));
        return;
    }
    const struct object *told AUTO_OBJ = tell_provisioner(c, claim, provisioner, out);
    if (!told) return;
    if (str_eqc(provisioner, OUR_PROVISIONER)) {
        if (!is_rescheduled(c, told, out)) make_volume(c, told, class, out);
        return;
    }
    ctl_event(c, told, "Normal", "ExternalProvisioning",
              "Waiting for a volume to be created either by the external provisioner '%.*s' or manually by the system "
              "administrator. If volume creation is delayed, please verify that the provisioner is running and "
              "correctly registered.",
              STR_ARG(provisioner));
}
