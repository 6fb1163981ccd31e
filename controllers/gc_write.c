/* gc_write.c - the garbage collector's requests (pkg/controller/garbagecollector/{operations,patch}.go).
 * Reads: single objects, when what was seen has changed.   Writes: deletes, ownerReferences, finalizers. */
#include "controllers/gc_write.h"

#include "controllers/kinds.h"

#define PARTIAL_MEDIA "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

const struct object *gc_get_live(struct ctl *c, const char *resource, struct str ns, struct str name, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *live = NULL;
    const struct rest_call get = {
        .method = "GET", .path = rest_path(&a, resource, ns, name, NULL), .accept = PARTIAL_MEDIA};
    return rest_do(ctl_rest(c), &get, &live, e) ? live : NULL;
}

/* ---- Deleting ---- */

static bool same_owners(const struct object *a, const struct object *b)
{
    static const char path[] = ".metadata.ownerReferences";
    const struct json *x = obj_get(a->root, path), *y = obj_get(b->root, path);
    return x == y || (x && y && json_equal(x, y));
}

void gc_delete(struct ctl *c, const char *resource, const struct object *obj, const char *propagation,
               struct outcome *out)
{
    struct rest_delete_opts opts = {.grace_s = -1, .uid = obj->uid, .rv = obj->rv, .propagation = propagation};
    struct err e = ERR_INIT, gone = ERR_INIT;
    bool ok = rest_delete(ctl_rest(c), resource, obj->ns, obj->name, &opts, &e);
    if (!ok && e.code == ERR_CONFLICT) {
        const struct object *live AUTO_OBJ = gc_get_live(c, resource, obj->ns, obj->name, &gone);
        if (!live && gone.code == ERR_NOT_FOUND) return;
        if (live && !str_eq(live->uid, obj->uid)) return; /* another one of that name */
        opts.rv = 0;
        if (live && same_owners(live, obj)) ok = rest_delete(ctl_rest(c), resource, obj->ns, obj->name, &opts, &e);
    }
    if (!ok && e.code != ERR_NOT_FOUND) ctl_fail(out, &e);
}

/* ---- Patching ---- */

static void patch(struct ctl *c, const char *resource, const struct object *obj, const char *type, struct json *body,
                  struct outcome *out)
{
    struct err e = ERR_INIT;
    obj_put_str(out->arena, body, ".metadata.uid", obj->uid);
    if (!rest_patch(ctl_rest(c), resource, obj->ns, obj->name, NULL, type, body, NULL, &e) && e.code != ERR_NOT_FOUND)
        ctl_fail(out, &e);
}

/* Of a list a merge patch sets the whole: the revision guards against what came in between. */
static struct json *guarded(struct arena *a, const struct object *obj)
{
    struct json *body = obj_empty(a);
    obj_put_fmt(a, body, ".metadata.resourceVersion", "%llu", (unsigned long long)obj->rv);
    return body;
}

/* All ownerReferences but those of drop (NULL: all), for custom resources: they know no strategic patches. blockless:
 * none of them blocks. */
static void merge_refs(struct ctl *c, const char *resource, const struct object *obj, const bool *drop, bool blockless,
                       struct outcome *out)
{
    struct json *body = guarded(out->arena, obj), *kept = obj_list(out->arena);
    size_t i = 0;
    for (OBJ_EACH(ref, obj->root, ".metadata.ownerReferences")) {
        if (drop && drop[i++]) continue;
        struct json *row = obj_copy(out->arena, ref);
        if (blockless) obj_put_bool(out->arena, row, ".blockOwnerDeletion", false);
        json_push(kept, row);
    }
    obj_put(out->arena, body, ".metadata.ownerReferences", kept);
    patch(c, resource, obj, "merge", body, out);
}

void gc_drop_refs(struct ctl *c, const char *resource, const struct object *obj, const bool *drop, struct outcome *out)
{
    struct json *body = obj_empty(out->arena);
    size_t i = 0;
    if (kind_is_custom(kind_of(resource))) {
        merge_refs(c, resource, obj, drop, false, out);
        return;
    }
    for (OBJ_EACH(ref, obj->root, ".metadata.ownerReferences")) {
        if (!drop[i++]) continue;
        struct json *row = obj_append(out->arena, body, ".metadata.ownerReferences");
        obj_put_cstr(out->arena, row, ".$patch", "delete");
        obj_put_str(out->arena, row, ".uid", obj_str(ref, ".uid"));
    }
    patch(c, resource, obj, "strategic", body, out);
}

void gc_unblock(struct ctl *c, const char *resource, const struct object *obj, struct outcome *out)
{
    struct json *body = obj_empty(out->arena);
    if (kind_is_custom(kind_of(resource))) {
        merge_refs(c, resource, obj, NULL, true, out);
        return;
    }
    for (OBJ_EACH(ref, obj->root, ".metadata.ownerReferences")) {
        struct json *row = obj_append(out->arena, body, ".metadata.ownerReferences");
        obj_put_bool(out->arena, row, ".blockOwnerDeletion", false);
        obj_put_str(out->arena, row, ".uid", obj_str(ref, ".uid"));
    }
    patch(c, resource, obj, "strategic", body, out);
}

void gc_end_finalizer(struct ctl *c, const char *resource, const struct object *obj, const char *finalizer,
                      struct outcome *out)
{
    struct json *body = guarded(out->arena, obj);
    obj_put(out->arena, body, ".metadata.finalizers", obj_list(out->arena));
    for (OBJ_EACH(f, obj->root, ".metadata.finalizers"))
        if (!str_eqc(obj_text(f), finalizer)) obj_append_str(out->arena, body, ".metadata.finalizers", obj_text(f));
    patch(c, resource, obj, "merge", body, out);
}
