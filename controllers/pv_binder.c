/* pv_binder.c - finds or makes a volume for each claim and binds the two
 * (pkg/controller/volume/persistentvolume/pv_controller.go: syncClaim).
 * Reads: PersistentVolumeClaims, PersistentVolumes, StorageClasses, Pods.
 * Writes: PersistentVolumeClaims, PersistentVolumes, Events on claims.
 *
 * A class with WaitForFirstConsumer waits for the scheduler: it reserves a volume for the claim, or writes where a new
 * one is to be made (the annotation volume.kubernetes.io/selected-node). */
#include "controllers/pod_claims.h"
#include "controllers/pv.h"

static int volumes_by_use, claims_by_wait, pods_by_claim; /* numbers of indexes, from init */

static void pv_binder_init(struct ctl *c)
{
    volumes_by_use = informer_index(ctl_informer(c, VOLUMES), pv_index);
    claims_by_wait = informer_index(ctl_informer(c, CLAIMS), pv_claim_index);
    pods_by_claim = informer_index(ctl_informer(c, "v1/pods"), pod_claims_index);
}

/* ---- Finding ---- */

/* A reference, or NULL. delayed: only a volume that is reserved for the claim. */
static const struct object *find_volume(struct ctl *c, const struct object *claim, bool delayed, struct outcome *out)
{
    struct str keys[PV_BUCKETS_MAX];
    int n = pv_buckets(out->arena, claim, keys);
    if (delayed) n = 1;
    for (int i = 0; i < n; i++) {
        struct objs bucket AUTO_OBJS = {0};
        informer_by_index(ctl_informer(c, VOLUMES), volumes_by_use, keys[i], &bucket);
        const struct object *best = pv_best(&bucket, claim);
        if (best) return object_ref(best);
    }
    return NULL;
}

/* ---- Waiting for the first consumer ---- */

static bool is_delayed(struct ctl *c, const struct object *claim)
{
    struct str name = pv_class_of(claim->root);
    const struct object *class AUTO_OBJ = name.n ? ctl_get(c, CLASSES, STR_NULL, name) : NULL;
    return class && obj_is(class->root, ".volumeBindingMode", "WaitForFirstConsumer");
}

static bool is_waiting(const struct object *pod)
{
    bool ended = obj_is(pod->root, ".status.phase", "Succeeded") || obj_is(pod->root, ".status.phase", "Failed");
    return !ended && !obj_str(pod->root, ".spec.nodeName").n;
}

static void tell_waiting(struct ctl *c, const struct object *claim)
{
    struct buf names AUTO_BUF = {0};
    struct objs pods AUTO_OBJS = {0};
    buf_init(&names, 512);
    pods_using_claim(ctl_informer(c, "v1/pods"), pods_by_claim, claim->ns, claim->name, &pods);
    objs_keep(&pods, is_waiting);
    for (size_t i = 0; i < pods.count; i++)
        buf_addf(&names, "%s%.*s", names.n ? "," : "", STR_ARG(pods.items[i]->name));
    if (!names.n)
        ctl_event(c, claim, "Normal", "WaitForFirstConsumer",
                  "waiting for first consumer to be created before binding");
    else
        ctl_event(c, claim, "Normal", "WaitForPodScheduled", "waiting for pod%s %.*s to be scheduled",
                  pods.count > 1 ? "s" : "", STR_ARG(buf_view(&names)));
}

/* ---- Claims without a volume ---- */

/* A claim that names no class gets the default one as soon as there is one (retroactive default). */
static const struct object *assign_class(struct ctl *c, const struct object *claim, struct outcome *out)
{
    static const char *const marks[] = {"storageclass.kubernetes.io/is-default-class",
                                        "storageclass.beta.kubernetes.io/is-default-class"};
    struct objs classes AUTO_OBJS = {0};
    const struct object *newest = NULL;
    if (pv_names_class(claim->root)) return object_ref(claim);
    informer_list(ctl_informer(c, CLASSES), STR_NULL, &classes);
    for (size_t i = 0; i < classes.count; i++) {
        const struct json *class = classes.items[i]->root;
        bool is_default = false;
        for (size_t k = 0; k < ARRAY_LEN(marks); k++)
            is_default = is_default || str_eqc(pv_annotation(class, marks[k]), "true");
        int64_t created_s = obj_time_s(class, ".metadata.creationTimestamp", 0);
        if (is_default && (!newest || created_s > obj_time_s(newest->root, ".metadata.creationTimestamp", 0)))
            newest = classes.items[i];
    }
    if (!newest) return object_ref(claim);
    struct json *now = obj_copy(out->arena, claim->root);
    obj_put_str(out->arena, now, ".spec.storageClassName", newest->name);
    return pv_put(c, CLAIMS, NULL, now, out);
}

static void stay_pending(struct ctl *c, const struct object *claim, struct outcome *out)
{
    const struct object *done AUTO_OBJ = pv_put_claim_phase(c, claim, "Pending", NULL, out);
    (void)done;
}

static void find_any(struct ctl *c, const struct object *claim, struct outcome *out)
{
    bool delayed = is_delayed(c, claim);
    const struct object *pv AUTO_OBJ = find_volume(c, claim, delayed, out);
    if (pv) {
        pv_bind(c, pv, claim, out);
        return;
    }
    const struct object *classed AUTO_OBJ = assign_class(c, claim, out);
    if (!classed || classed->rv != claim->rv) return; /* its own event brings it back */
    if (delayed && str_is_null(pv_annotation(claim->root, ANN_SELECTED_NODE))) {
        tell_waiting(c, claim);
    } else if (pv_class_of(claim->root).n) {
        pv_provision(c, claim, out);
        return;
    } else {
        ctl_event(c, claim, "Normal", "FailedBinding",
                  "no persistent volumes available for this claim and no storage class is set");
    }
    stay_pending(c, claim, out);
}

static void take_named(struct ctl *c, const struct object *claim, struct str name, struct outcome *out)
{
    const struct object *pv AUTO_OBJ = ctl_get(c, VOLUMES, STR_NULL, name);
    const char *why = pv && !obj_has(pv->root, ".spec.claimRef") ? pv_mismatch(pv->root, claim->root) : NULL;
    bool taken = pv && obj_has(pv->root, ".spec.claimRef") && !pv_is_for_claim(pv->root, claim);
    if (pv && !why && !taken) {
        pv_bind(c, pv, claim, out);
        return;
    }
    if (why)
        ctl_event(c, claim, "Warning", "VolumeMismatch", "Cannot bind to requested volume \"%.*s\": %s", STR_ARG(name),
                  why);
    if (taken)
        ctl_event(c, claim, "Warning", "FailedBinding", "volume \"%.*s\" already bound to a different claim.",
                  STR_ARG(name));
    stay_pending(c, claim, out);
}

/* ---- Claims that were bound ---- */

static void lose(struct ctl *c, const struct object *claim, const char *reason, const char *message,
                 struct outcome *out)
{
    if (obj_is(claim->root, ".status.phase", "Lost")) return;
    const struct object *done AUTO_OBJ = pv_put_claim_phase(c, claim, "Lost", NULL, out);
    if (done) ctl_event(c, done, "Warning", reason, "%s", message);
}

static void keep_bound(struct ctl *c, const struct object *claim, struct outcome *out)
{
    struct str name = obj_str(claim->root, ".spec.volumeName");
    const struct object *pv AUTO_OBJ = name.n ? ctl_get(c, VOLUMES, STR_NULL, name) : NULL;
    struct err e = ERR_INIT;
    if (!name.n) {
        lose(c, claim, "ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!",
             out);
        return;
    }
    /* The caches of volumes and claims go their own ways: before data counts as lost the server is asked. */
    if (!pv && !rest_get(ctl_rest(c), VOLUMES, STR_NULL, name, &pv, &e)) {
        if (e.code == ERR_NOT_FOUND)
            lose(c, claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!", out);
        else
            ctl_fail(out, &e);
        return;
    }
    struct str uid = obj_str(pv->root, ".spec.claimRef.uid");
    if (!obj_has(pv->root, ".spec.claimRef") || str_eq(uid, claim->uid))
        pv_bind(c, pv, claim, out);
    else
        lose(c, claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly", out);
}

static void pv_binder_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *claim AUTO_OBJ = ctl_get(c, CLAIMS, ns, name);
    if (!claim) return;
    struct str volume = obj_str(claim->root, ".spec.volumeName");
    if (!str_is_null(pv_annotation(claim->root, ANN_BIND_COMPLETED)))
        keep_bound(c, claim, out);
    else if (volume.n)
        take_named(c, claim, volume, out);
    else
        find_any(c, claim, out);
}

/* ---- What wakes claims ---- */

static void wake(struct ctl *c, struct str ns, struct str name)
{
    struct arena a AUTO_ARENA = {0};
    workq_add(ctl_queue(c), str_printf(&a, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name)));
}

static void wake_waiting(struct ctl *c, struct str key)
{
    struct objs claims AUTO_OBJS = {0};
    informer_by_index(ctl_informer(c, CLAIMS), claims_by_wait, key, &claims);
    for (size_t i = 0; i < claims.count; i++) wake(c, claims.items[i]->ns, claims.items[i]->name);
}

static void on_volume(struct ctl *c, const struct object *old, const struct object *pv)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *at = pv ? pv : old;
    const struct json *ref = obj_get(at->root, ".spec.claimRef");
    wake_waiting(c, str_printf(&a, "/%.*s", STR_ARG(at->name)));
    if (ref) wake(c, obj_str(ref, ".namespace"), obj_str(ref, ".name"));
    if (pv && !ref && obj_is(pv->root, ".status.phase", "Available")) wake_waiting(c, pv_class_of(pv->root));
}

/* A pod that came: its claims may tell whom they wait for. */
static void on_pod(struct ctl *c, const struct object *old, const struct object *pod)
{
    struct arena a AUTO_ARENA = {0};
    if (!pod || old) return;
    for (OBJ_EACH(volume, pod->root, ".spec.volumes")) {
        struct str name = pod_claim_of(&a, pod, volume);
        const struct object *claim AUTO_OBJ = name.n ? ctl_get(c, CLAIMS, pod->ns, name) : NULL;
        if (claim && !obj_str(claim->root, ".spec.volumeName").n) wake(c, pod->ns, name);
    }
}

static void pv_binder_on_event(struct ctl *c, const char *resource, const struct object *old, const struct object *obj)
{
    if (str_eqc(str_of(resource), VOLUMES)) {
        on_volume(c, old, obj);
    } else if (str_eqc(str_of(resource), CLASSES)) {
        if (obj) wake_waiting(c, obj->name);
        if (obj) wake_waiting(c, STR("")); /* it may be the default now */
    } else if (str_eqc(str_of(resource), "v1/pods")) {
        on_pod(c, old, obj);
    }
}

const struct ctl_spec pv_binder_controller = {
    .name = "persistentvolume",
    .primary = CLAIMS,
    .kind = "PersistentVolumeClaim",
    .reads = {VOLUMES, CLASSES, "v1/pods", "v1/nodes"},
    .workers = 1, /* as upstream: two at once would want the same volume */
    .init = pv_binder_init,
    .reconcile = pv_binder_reconcile,
    .on_read_event = pv_binder_on_event,
};
