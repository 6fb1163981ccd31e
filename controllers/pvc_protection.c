/* pvc_protection.c - a claim that is being deleted stays as long as a placed pod uses it
 * (pkg/controller/volume/pvcprotection/pvc_protection_controller.go).
 * Reads: PersistentVolumeClaims, Pods.   Writes: the finalizer kubernetes.io/pvc-protection. */
#include "controllers/finalizer.h"
#include "controllers/pod_claims.h"

#define FINALIZER "kubernetes.io/pvc-protection"

static int pods_by_claim; /* number of an index, from init */

static void pvc_protection_init(struct ctl *c)
{
    pods_by_claim = informer_index(ctl_informer(c, "v1/pods"), pod_claims_index);
}

static bool is_placed(const struct object *pod) { return obj_str(pod->root, ".spec.nodeName").n > 0; }

/* The cache may be behind: before the claim goes the server is asked. True too when it does not answer. */
static bool is_used_for_sure(struct ctl *c, const struct object *claim, struct outcome *out)
{
    const struct object *list AUTO_OBJ = NULL;
    const struct rest_call call = {.method = "GET",
                                   .path = rest_path(out->arena, "v1/pods", claim->ns, STR_NULL, NULL)};
    struct err e = ERR_INIT;
    if (!rest_do(ctl_rest(c), &call, &list, &e)) {
        ctl_fail(out, &e);
        return true;
    }
    for (OBJ_EACH(pod, list->root, ".items")) {
        if (!obj_str(pod, ".spec.nodeName").n) continue;
        const struct object view = {.root = pod, .ns = obj_ns(pod), .name = obj_name(pod)};
        if (pod_uses_claim(&view, claim->name)) return true;
    }
    return false;
}

static void pvc_protection_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *claim AUTO_OBJ = ctl_get(c, "v1/persistentvolumeclaims", ns, name);
    struct objs pods AUTO_OBJS = {0};
    if (!claim) return;
    if (!obj_is_deleting(claim->root)) {
        put_finalizer(c, "v1/persistentvolumeclaims", claim, FINALIZER, true, out);
        return;
    }
    if (!has_finalizer(claim, FINALIZER)) return;
    pods_using_claim(ctl_informer(c, "v1/pods"), pods_by_claim, ns, name, &pods);
    objs_keep(&pods, is_placed);
    if (!pods.count && !is_used_for_sure(c, claim, out))
        put_finalizer(c, "v1/persistentvolumeclaims", claim, FINALIZER, false, out);
}

/* A pod went: its claims may go too. */
static void pvc_protection_on_pod(struct ctl *c, const char *resource, const struct object *old,
                                  const struct object *pod)
{
    struct arena a AUTO_ARENA = {0};
    (void)resource;
    if (pod) return;
    for (OBJ_EACH(volume, old->root, ".spec.volumes")) {
        struct str name = pod_claim_of(&a, old, volume);
        if (name.n) workq_add(ctl_queue(c), str_printf(&a, "%.*s/%.*s", STR_ARG(old->ns), STR_ARG(name)));
    }
}

const struct ctl_spec pvc_protection_controller = {
    .name = "persistentvolumeclaim-protection",
    .primary = "v1/persistentvolumeclaims",
    .kind = "PersistentVolumeClaim",
    .reads = {"v1/pods"},
    .workers = 1,
    .init = pvc_protection_init,
    .reconcile = pvc_protection_reconcile,
    .on_read_event = pvc_protection_on_pod,
};
