/* prepare.c - the stages between decode and store: own, mutate, prepare, validate, admit.
 * Reads: w->obj, w->old_tree, the strategy's hooks.   Writes: w->obj; r->resp when something is refused.
 * Upstream: apiserver pkg/registry/rest/{create,update}.go. */
#include "api/object.h"
#include "apiserver/admission/admission.h"
#include "apiserver/object/hooks.h"
#include "apiserver/object/object.h"
#include "apiserver/rest/status.h"
#include "apiserver/rest/write.h"
#include "base/clk.h"
#include "base/rnd.h"
#include "schema_ids.h"

static const char *sub_name(const struct write *w) { return w->sub ? w->sub->name : NULL; }

/* Nothing is tracked yet, so nothing is kept of what a client says of ownership. */
enum stage_next write_own(struct write *w)
{
    obj_del(w->obj, ".metadata.managedFields");
    return STAGE_NEXT;
}

static struct admission admission_of(struct write *w)
{
    return (struct admission){
        .r = w->r,
        .res = w->storage,
        .sub = w->sub,
        .verb = w->verb == VERB_PATCH ? VERB_UPDATE : w->verb,
        .ns = w->ns,
        .name = w->name,
        .obj = w->obj,
        .old = w->old_tree,
    };
}

enum stage_next write_mutate(struct write *w)
{
    struct admission a = admission_of(w);
    return admission_mutate(&a) ? STAGE_NEXT : STAGE_DONE;
}

enum stage_next write_admit(struct write *w)
{
    struct admission a = admission_of(w);
    return admission_validate(&a) ? STAGE_NEXT : STAGE_DONE;
}

/* ---- Prepare ---- */

static void prepare_create(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct json *meta = obj_edit(w->obj, ".metadata");
    const struct strategy *s = api_strategy_hooks[w->storage->strategy_hook];
    static const char *const server_set[] = {".selfLink", ".deletionTimestamp", ".deletionGracePeriodSeconds",
                                             ".generation"};
    char uid[RND_UUID_LEN + 1];
    int64_t now_ns = clk_ns();
    for (size_t i = 0; i < ARRAY_LEN(server_set); i++) obj_del(meta, server_set[i]);
    if (!w->name.n && obj_str(meta, ".generateName").n) {
        write_generate_name(w);
        w->generated = true;
    }
    rnd_uuid(uid);
    obj_put_cstr(a, meta, ".uid", uid);
    obj_put_time(a, meta, ".creationTimestamp", now_ns / 1000000000);
    if (w->storage->flags & API_R_GENERATION) obj_put_int(a, meta, ".generation", 1);
    if (s && s->prepare_create) s->prepare_create(a, w->obj, now_ns);
}

static void restore(struct write *w, const char *path)
{
    const struct json *old = obj_get(w->old_tree, path);
    if (old)
        obj_put_copy(&w->r->arena, w->obj, path, old);
    else
        obj_del(w->obj, path);
}

/* A subresource changes its own part; upstream's status strategies also let labels, annotations and finalizers through.
 */
static void restore_beside(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct json *kept = obj_copy(a, w->old_tree);
    const struct json *part = obj_get(w->obj, w->sub->writes);
    if (part)
        obj_put_copy(a, kept, w->sub->writes, part);
    else
        obj_del(kept, w->sub->writes);
    obj_put_copy(a, kept, ".metadata", obj_get(w->obj, ".metadata"));
    w->obj = kept;
    restore(w, ".metadata.ownerReferences");
}

static const struct api_subresource *status_sub(const struct api_resource *res)
{
    const struct api_subresource *s = api_find_sub(res, STR("status"));
    return s && s->writes ? s : NULL;
}

static bool same_spec(const struct write *w)
{
    const struct json *a = obj_get(w->obj, ".spec"), *b = obj_get(w->old_tree, ".spec");
    return a == b || (a && b && json_equal(a, b));
}

static void keep_metadata(struct write *w)
{
    restore(w, ".metadata.generation");
    restore(w, ".metadata.creationTimestamp");
    obj_del(w->obj, ".metadata.selfLink");
    if (!obj_has(w->obj, ".metadata.uid")) restore(w, ".metadata.uid");
    if (obj_has(w->old_tree, ".metadata.deletionTimestamp")) restore(w, ".metadata.deletionTimestamp");
    if (!obj_has(w->obj, ".metadata.deletionGracePeriodSeconds")) restore(w, ".metadata.deletionGracePeriodSeconds");
}

/* The last thing that held a deleted object back went: the same write ends it (Store.deleteWithoutFinalizers). */
static bool ends_object(const struct write *w)
{
    if (!obj_has(w->old_tree, ".metadata.deletionTimestamp") || obj_count(w->obj, ".metadata.finalizers")) return false;
    if (obj_int(w->old_tree, ".metadata.deletionGracePeriodSeconds", 0) != 0) return false;
    return w->storage != &res_core_v1_namespaces || !obj_count(w->obj, ".spec.finalizers");
}

static void prepare_update(struct write *w)
{
    struct arena *a = &w->r->arena;
    const struct strategy *s = api_strategy_hooks[w->storage->strategy_hook];
    if (w->sub)
        restore_beside(w);
    else if (status_sub(w->storage))
        restore(w, ".status");
    keep_metadata(w);
    if (s && s->prepare_update) s->prepare_update(a, w->obj, w->old_tree, sub_name(w));
    if (w->storage->flags & API_R_GENERATION && !same_spec(w))
        obj_put_int(a, w->obj, ".metadata.generation", obj_int(w->old_tree, ".metadata.generation", 0) + 1);
    w->deletes = ends_object(w);
}

enum stage_next write_prepare(struct write *w)
{
    if (!obj_get(w->obj, ".metadata")) obj_put(&w->r->arena, w->obj, ".metadata", obj_empty(&w->r->arena));
    if (w->old_tree)
        prepare_update(w);
    else
        prepare_create(w);
    return STAGE_NEXT;
}

enum stage_next write_validate(struct write *w)
{
    struct check c;
    check_init(&c, &w->r->arena);
    object_validate(&c, w->storage, w->obj, w->old_tree, sub_name(w));
    if (!c.count) return STAGE_NEXT;
    status_invalid(w->r, w->res->kind, w->res->group, w->name, &c);
    return STAGE_DONE;
}
