/* prepare.c - the stages between own and store: mutate, prepare, validate, admit.
 * Reads: w->obj, w->old_tree, the strategy's hooks.   Writes: w->obj; r->resp when something is refused.
 * Upstream: apiserver pkg/registry/rest/{create,update}.go. */
#include "api/decode.h"
#include "api/object.h"
#include "apiserver/admission/admission.h"
#include "apiserver/object/hooks.h"
#include "apiserver/object/object.h"
#include "apiserver/registry/pod_fields.h"
#include "apiserver/registry/service_alloc.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/status.h"
#include "apiserver/rest/write.h"
#include "base/clk.h"
#include "base/rnd.h"
#include "schema_ids.h"

static const char *sub_name(const struct write *w) { return w->sub ? w->sub->name : NULL; }

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

static const struct api_subresource *status_sub(const struct api_resource *res)
{
    const struct api_subresource *s = api_find_sub(res, STR("status"));
    return s && s->writes ? s : NULL;
}

/* What the object gets from shared pools. False: answered. */
static bool claim(struct write *w)
{
    const struct strategy *s = api_strategy_hooks[w->storage->strategy_hook];
    struct check c;
    struct err e = ERR_INIT;
    if (!s || !s->claim || w->sub) return true;
    check_init(&c, &w->r->arena);
    w->claim = ARENA_NEW(&w->r->arena, struct claim);
    claim_init(w->claim, &w->r->arena);
    w->claim->dry = w->opts.dry_run;
    if (s->claim(&c, w->claim, w->obj, w->old_tree, &e)) return true;
    if (c.count)
        status_invalid(w->r, w->storage->kind, w->storage->group, w->name, &c); /* an Event is core's to upstream */
    else
        status_fail(w->r, &e);
    return false;
}

static bool prepare_create(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct json *meta = obj_edit(w->obj, ".metadata");
    const struct strategy *s = api_strategy_hooks[w->storage->strategy_hook];
    static const char *const server_set[] = {".selfLink", ".deletionTimestamp", ".deletionGracePeriodSeconds"};
    char uid[RND_UUID_LEN + 1];
    int64_t now_ns = clk_ns();
    for (size_t i = 0; i < ARRAY_LEN(server_set); i++) obj_del(meta, server_set[i]);
    if (!w->name.n && obj_str(meta, ".generateName").n) {
        write_generate_name(w);
        w->generated = true;
    }
    if (w->chance)
        rnd_uuid_of(w->chance, uid);
    else
        rnd_uuid(uid);
    obj_put_cstr(a, meta, ".uid", uid);
    obj_put_time(a, meta, ".creationTimestamp", now_ns / 1000000000);
    if (w->storage->flags & API_R_GENERATION) obj_put_int(a, meta, ".generation", 1);
    if (status_sub(w->storage) && !(s && s->takes_status)) obj_del(w->obj, ".status");
    if (!claim(w)) return false;
    pod_fields_drop(w->storage, w->obj);
    write_warn_early(w);
    if (s && s->prepare_user) s->prepare_user(a, w->obj, &w->r->user);
    if (s && s->prepare_create) s->prepare_create(a, w->obj, now_ns);
    return true;
}

static void restore(struct write *w, const char *path)
{
    const struct json *old = obj_get(w->old_tree, path);
    if (old)
        obj_put_copy(&w->r->arena, w->obj, path, old);
    else
        obj_del(w->obj, path);
}

/* A subresource changes its own part; upstream's status strategies also let the metadata through, of pods not the
 * owners, of custom resources none. Kinds that are stricter say so in their strategy. */
static void restore_beside(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct json *kept = obj_copy(a, w->old_tree);
    const struct json *part = obj_get(w->obj, w->sub->writes);
    if (part)
        obj_put_copy(a, kept, w->sub->writes, part);
    else
        obj_del(kept, w->sub->writes);
    if (!w->storage->custom) obj_put_copy(a, kept, ".metadata", obj_get(w->obj, ".metadata"));
    w->obj = kept;
    if (w->storage == &res_core_v1_pods) restore(w, ".metadata.ownerReferences");
}

/* What metadata.generation counts beside the spec, for writes of the object itself. */
static const struct {
    const struct api_resource *res;
    const char *paths[4];
} counted[] = {
    {&res_admissionregistration_k8s_io_v1_mutatingwebhookconfigurations, {".webhooks"}},
    {&res_admissionregistration_k8s_io_v1_validatingwebhookconfigurations, {".webhooks"}},
    {&res_apps_v1_deployments, {".metadata.annotations"}},
    {&res_core_v1_podtemplates, {".template"}},
};

static bool same_part(const struct write *w, const char *path)
{
    const struct json *a = obj_get(w->obj, path), *b = obj_get(w->old_tree, path);
    return a == b || (a && b && json_equal(a, b));
}

/* What upstream compares as Go does: a list that came empty is not one that did not come, and the store has none. */
static const struct {
    const struct api_resource *res;
    const char *path;
    const struct api_type *type;
} compared_strictly[] = {
    {&res_admissionregistration_k8s_io_v1_mutatingwebhookconfigurations, ".webhooks",
     &type_admissionregistration_k8s_io_v1_MutatingWebhook},
    {&res_admissionregistration_k8s_io_v1_validatingwebhookconfigurations, ".webhooks",
     &type_admissionregistration_k8s_io_v1_ValidatingWebhook},
    {&res_networking_k8s_io_v1_networkpolicies, ".spec", &type_networking_k8s_io_v1_NetworkPolicySpec},
};

/* All but metadata counts; status only where it has no way of its own, and then it was put back before. */
static bool custom_changed(const struct write *w)
{
    struct json a = *w->obj, b = *w->old_tree;
    struct arena *arena = &w->r->arena;
    struct json *x = json_copy(arena, &a), *y = json_copy(arena, &b);
    json_del(x, STR("metadata"));
    json_del(y, STR("metadata"));
    return !json_equal(x, y);
}

static bool counts_as_change(const struct write *w)
{
    if (w->storage->custom) return !w->sub && custom_changed(w);
    if (!same_part(w, ".spec")) return true;
    for (size_t i = 0; i < ARRAY_LEN(compared_strictly) && !w->sub; i++)
        if (w->storage == compared_strictly[i].res &&
            api_has_empties(obj_get(w->obj, compared_strictly[i].path), compared_strictly[i].type))
            return true;
    for (size_t i = 0; i < ARRAY_LEN(counted) && !w->sub; i++)
        for (size_t k = 0; w->storage == counted[i].res && k < ARRAY_LEN(counted[i].paths) && counted[i].paths[k]; k++)
            if (!same_part(w, counted[i].paths[k])) return true;
    return false;
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

static bool prepare_update(struct write *w)
{
    struct arena *a = &w->r->arena;
    const struct strategy *s = api_strategy_hooks[w->storage->strategy_hook];
    if (!claim(w)) return false;
    if (w->sub)
        restore_beside(w);
    else if (status_sub(w->storage))
        restore(w, ".status");
    keep_metadata(w);
    pod_fields_drop(w->storage, w->obj);
    if (s && s->prepare_update) s->prepare_update(a, w->obj, w->old_tree, sub_name(w));
    if (w->storage->flags & API_R_GENERATION && counts_as_change(w))
        obj_put_int(a, w->obj, ".metadata.generation", obj_int(w->old_tree, ".metadata.generation", 0) + 1);
    w->deletes = ends_object(w);
    return true;
}

enum stage_next write_prepare(struct write *w)
{
    if (!obj_get(w->obj, ".metadata")) obj_put(&w->r->arena, w->obj, ".metadata", obj_empty(&w->r->arena));
    if (!(w->old_tree ? prepare_update(w) : prepare_create(w))) return STAGE_DONE;
    if (w->managed) obj_put(&w->r->arena, w->obj, ".metadata.managedFields", json_copy(&w->r->arena, w->managed));
    return STAGE_NEXT;
}

enum stage_next write_validate(struct write *w)
{
    struct check c;
    check_init(&c, &w->r->arena);
    c.asked = w->res;
    object_validate(&c, w->storage, w->obj, w->old_tree, sub_name(w));
    if (!c.count) {
        write_warn_valid(w);
        return STAGE_NEXT;
    }
    status_invalid(w->r, w->storage->kind, w->storage->group, w->name, &c); /* an Event is core's to upstream */
    return STAGE_DONE;
}
