/* pv_volume.c - the phase of each volume, and what becomes of it when its claim is gone
 * (pkg/controller/volume/persistentvolume/pv_controller.go: syncVolume, reclaimVolume).
 * Reads: PersistentVolumes, PersistentVolumeClaims.   Writes: PersistentVolumes and their status, Events on volumes. */
#include "controllers/pv.h"

static int volumes_by_use; /* number of an index, from init */

static void pv_volume_init(struct ctl *c) { volumes_by_use = informer_index(ctl_informer(c, VOLUMES), pv_index); }

/* ---- Reclaiming ---- */

static void fail_volume(struct ctl *c, const struct object *pv, const char *reason, const char *message,
                        struct outcome *out)
{
    if (obj_is(pv->root, ".status.phase", "Failed")) return;
    const struct object *done AUTO_OBJ = pv_put_phase(c, pv, "Failed", message, out);
    if (done) ctl_event(c, done, "Warning", reason, "%s", message);
}

static void delete_volume(struct ctl *c, const struct object *pv, struct outcome *out)
{
    struct str by = pv_annotation(pv->root, ANN_PROVISIONED_BY), path = obj_str(pv->root, ".spec.hostPath.path");
    const struct rest_delete_opts opts = {.grace_s = -1, .uid = pv->uid};
    struct err e = ERR_INIT;
    if (by.n && !str_eqc(by, OUR_PROVISIONER)) return; /* who made it deletes it */
    if (!by.n && !path.n) {
        fail_volume(c, pv, "VolumeFailedDelete",
                    arena_printf(out->arena,
                                 "error getting deleter volume plugin for volume \"%.*s\": no deletable volume plugin "
                                 "matched",
                                 STR_ARG(pv->name)),
                    out);
        return;
    }
    if (!by.n && !str_starts(path, STR("/tmp/"))) {
        fail_volume(c, pv, "VolumeFailedDelete",
                    arena_printf(out->arena, "host_path deleter only supports /tmp/.+ but received provided %.*s",
                                 STR_ARG(path)),
                    out);
        return;
    }
    if (obj_is_deleting(pv->root)) return;
    if (!rest_delete(ctl_rest(c), VOLUMES, STR_NULL, pv->name, &opts, &e) && e.code != ERR_NOT_FOUND) ctl_fail(out, &e);
}

static void reclaim(struct ctl *c, const struct object *was, struct outcome *out)
{
    bool told = obj_is(was->root, ".status.phase", "Released") || obj_is(was->root, ".status.phase", "Failed");
    const struct object *pv AUTO_OBJ = told ? object_ref(was) : pv_put_phase(c, was, "Released", "", out);
    if (!pv) return;
    if (obj_is(pv->root, ".spec.persistentVolumeReclaimPolicy", "Delete"))
        delete_volume(c, pv, out);
    else if (obj_is(pv->root, ".spec.persistentVolumeReclaimPolicy", "Recycle"))
        fail_volume(c, pv, "VolumeFailedRecycle", "No recycler plugin found for the volume!", out);
}

/* ---- The phase ---- */

/* A reference to the claim that the volume is bound to; NULL: it is gone, or another one bears its name.
 * False: out has failed. */
static bool get_claim(struct ctl *c, const struct json *ref, const struct object **claim, struct outcome *out)
{
    struct str ns = obj_str(ref, ".namespace"), name = obj_str(ref, ".name"), uid = obj_str(ref, ".uid");
    struct err e = ERR_INIT;
    *claim = ctl_get(c, CLAIMS, ns, name);
    /* The cache may be behind: before a volume is given up the server is asked. */
    if (!*claim && !rest_get(ctl_rest(c), CLAIMS, ns, name, claim, &e) && e.code != ERR_NOT_FOUND)
        return ctl_fail(out, &e), false;
    if (*claim && !str_eq((*claim)->uid, uid)) {
        object_unref(*claim);
        *claim = NULL;
    }
    return true;
}

static void set_phase(struct ctl *c, const struct object *pv, const char *phase, struct outcome *out)
{
    const struct object *done AUTO_OBJ = pv_put_phase(c, pv, phase, "", out);
    (void)done;
}

static void pv_volume_reconcile(struct ctl *c, struct str none, struct str name, struct outcome *out)
{
    (void)none;
    const struct object *pv AUTO_OBJ = ctl_get(c, VOLUMES, STR_NULL, name), *claim AUTO_OBJ = NULL;
    const struct json *ref = pv ? obj_get(pv->root, ".spec.claimRef") : NULL;
    if (!pv) return;
    if (!ref || !obj_str(ref, ".uid").n) {
        set_phase(c, pv, "Available", out);
        return;
    }
    if (!get_claim(c, ref, &claim, out)) return;
    struct str volume = claim ? obj_str(claim->root, ".spec.volumeName") : STR_NULL;
    if (!claim)
        reclaim(c, pv, out);
    else if (str_eq(volume, pv->name))
        set_phase(c, pv, "Bound", out);
    else if (!volume.n)
        return; /* half bound: the claim's controller goes on, for it sees this volume's events too */
    else if (!str_is_null(pv_annotation(pv->root, ANN_PROVISIONED_BY)) &&
             obj_is(pv->root, ".spec.persistentVolumeReclaimPolicy", "Delete"))
        reclaim(c, pv, out); /* made for a claim that took another one */
    else
        pv_unbind(c, pv, out);
}

/* A claim that came, went or took a volume. */
static void pv_volume_on_claim(struct ctl *c, const char *resource, const struct object *old,
                               const struct object *claim)
{
    struct arena a AUTO_ARENA = {0};
    struct objs volumes AUTO_OBJS = {0};
    const struct object *at = claim ? claim : old;
    (void)resource;
    struct str key = str_printf(&a, "ref/%.*s/%.*s", STR_ARG(at->ns), STR_ARG(at->name));
    informer_by_index(ctl_informer(c, VOLUMES), volumes_by_use, key, &volumes);
    for (size_t i = 0; i < volumes.count; i++) workq_add(ctl_queue(c), volumes.items[i]->name);
}

const struct ctl_spec pv_volume_controller = {
    .name = "persistentvolume",
    .primary = VOLUMES,
    .kind = "PersistentVolume",
    .reads = {CLAIMS},
    .workers = 1,
    .init = pv_volume_init,
    .reconcile = pv_volume_reconcile,
    .on_read_event = pv_volume_on_claim,
};
