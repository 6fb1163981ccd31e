/* pv_write.c - the writes that bind a volume and a claim, in upstream's order: the volume, its phase, the claim, its
 * phase. Whatever stops in between is finished by the next look at either.
 * Reads: both.   Writes: PersistentVolumes, PersistentVolumeClaims and their status. */
#include "controllers/limits.h"
#include "controllers/pv.h"

const struct object *pv_put(struct ctl *c, const char *resource, const char *sub, const struct json *now,
                            struct outcome *out)
{
    const struct object *written = NULL;
    struct err e = ERR_INIT;
    if (rest_update(ctl_rest(c), resource, sub, now, &written, &e)) return written;
    if (e.code == ERR_CONFLICT)
        out->again_after_ms = PV_CONFLICT_MS;
    else
        ctl_fail(out, &e);
    return NULL;
}

const struct object *pv_put_phase(struct ctl *c, const struct object *pv, const char *phase, const char *message,
                                  struct outcome *out)
{
    if (obj_is(pv->root, ".status.phase", phase)) return object_ref(pv);
    struct json *now = obj_copy(out->arena, pv->root);
    obj_put_cstr(out->arena, now, ".status.phase", phase);
    if (*message)
        obj_put_cstr(out->arena, now, ".status.message", message);
    else
        obj_del(now, ".status.message");
    return pv_put(c, VOLUMES, "status", now, out);
}

static void put_or_del(struct arena *a, struct json *obj, const char *path, const struct json *value)
{
    if (value)
        obj_put_copy(a, obj, path, value);
    else
        obj_del(obj, path);
}

const struct object *pv_put_claim_phase(struct ctl *c, const struct object *claim, const char *phase,
                                        const struct object *pv, struct outcome *out)
{
    struct json *now = obj_copy(out->arena, claim->root);
    bool grown = pv && obj_is(claim->root, ".status.phase", "Bound") && obj_has(claim->root, ".status.capacity");
    obj_put_cstr(out->arena, now, ".status.phase", phase);
    put_or_del(out->arena, now, ".status.accessModes", pv ? obj_get(pv->root, ".spec.accessModes") : NULL);
    if (!grown) /* who makes a volume larger tells the claim so */
        put_or_del(out->arena, now, ".status.capacity", pv ? obj_get(pv->root, ".spec.capacity") : NULL);
    const struct json *status = obj_get(now, ".status"), *had = obj_get(claim->root, ".status");
    if (had && json_equal(status, had)) return object_ref(claim);
    return pv_put(c, CLAIMS, "status", now, out);
}

static void annotate(struct arena *a, struct json *obj, const char *name)
{
    obj_map_put_str(a, obj, ".metadata.annotations", str_of(name), STR("yes"));
}

static const struct object *bind_volume(struct ctl *c, const struct object *pv, const struct object *claim,
                                        struct outcome *out)
{
    if (str_eq(obj_str(pv->root, ".spec.claimRef.uid"), claim->uid)) return object_ref(pv);
    struct json *now = obj_copy(out->arena, pv->root);
    obj_put_claim_ref(out->arena, now, claim);
    if (!pv_is_for_claim(pv->root, claim)) annotate(out->arena, now, ANN_BY_CONTROLLER);
    return pv_put(c, VOLUMES, NULL, now, out);
}

static const struct object *bind_claim(struct ctl *c, const struct object *pv, const struct object *claim,
                                       struct outcome *out)
{
    bool named = str_eq(obj_str(claim->root, ".spec.volumeName"), pv->name);
    if (named && !str_is_null(pv_annotation(claim->root, ANN_BIND_COMPLETED))) return object_ref(claim);
    struct json *now = obj_copy(out->arena, claim->root);
    obj_put_str(out->arena, now, ".spec.volumeName", pv->name);
    if (!named) annotate(out->arena, now, ANN_BY_CONTROLLER);
    annotate(out->arena, now, ANN_BIND_COMPLETED);
    return pv_put(c, CLAIMS, NULL, now, out);
}

void pv_bind(struct ctl *c, const struct object *pv, const struct object *claim, struct outcome *out)
{
    const struct object *volume AUTO_OBJ = bind_volume(c, pv, claim, out);
    const struct object *bound AUTO_OBJ = volume ? pv_put_phase(c, volume, "Bound", "", out) : NULL;
    const struct object *owner AUTO_OBJ = bound ? bind_claim(c, bound, claim, out) : NULL;
    const struct object *done AUTO_OBJ = owner ? pv_put_claim_phase(c, owner, "Bound", bound, out) : NULL;
    (void)done;
}

void pv_unbind(struct ctl *c, const struct object *pv, struct outcome *out)
{
    struct json *now = obj_copy(out->arena, pv->root);
    if (str_is_null(pv_annotation(pv->root, ANN_BY_CONTROLLER))) {
        obj_del(now, ".spec.claimRef.uid"); /* reserved by a person: it stays reserved */
    } else {
        obj_del(now, ".spec.claimRef");
        obj_del(now, ".metadata.annotations[" ANN_BY_CONTROLLER "]");
    }
    const struct object *free AUTO_OBJ = pv_put(c, VOLUMES, NULL, now, out);
    const struct object *done AUTO_OBJ = free ? pv_put_phase(c, free, "Available", "", out) : NULL;
    (void)done;
}
