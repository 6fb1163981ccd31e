/* delete.c - DELETE of one object: at once, or marked while finalizers or a grace period hold it.
 * Reads: DeleteOptions, the present version.   Writes: the store; the object or a Status as answer.
 * Upstream: apiserver pkg/registry/generic/registry/store.go (Delete), pkg/registry/rest/delete.go,
 * pkg/registry/core/namespace/storage/storage.go. */
#include "apiserver/rest/delete.h"

#include "api/object.h"
#include "apiserver/admission/admission.h"
#include "apiserver/crd/keeper_status.h"
#include "apiserver/object/hooks.h"
#include "apiserver/rest/status_priv.h"
#include "base/clk.h"
#include "schema_ids.h"

/* ---- Preconditions ---- */

static bool is_namespace(const struct api_resource *res) { return res == &res_core_v1_namespaces; }

/* One precondition: what the client expects against what is there. Upstream checks those of namespaces elsewhere. */
static bool holds(struct request *r, const struct api_resource *res, const struct item *it, const char *what,
                  struct str expected, struct str found, const char *consequence)
{
    if (str_is_null(expected) || str_eq(expected, found)) return true;
    if (is_namespace(res))
        status_conflict(r, "Precondition failed: %s in precondition: %.*s, %s in object meta: %.*s", what,
                        STR_ARG(expected), what, STR_ARG(found));
    else
        status_conflict_on(r, *res->group ? arena_printf(&r->arena, "%s.%s", res->kind, res->group) : res->kind,
                           res->group, res->kind, it->name,
                           str_printf(&r->arena,
                                      "the %s in the precondition (%.*s) does not match the %s in record (%.*s). The "
                                      "object might have been %s",
                                      what, STR_ARG(expected), what, STR_ARG(found), consequence));
    return false;
}

bool delete_preconditions(struct request *r, const struct api_resource *res, const struct item *it,
                          const struct delete_options *o)
{
    if (!holds(r, res, it, "UID", o->uid, it->uid, "deleted and then recreated")) return false;
    struct str rev = str_is_null(o->rv) ? STR_NULL : str_printf(&r->arena, "%llu", (unsigned long long)it->rev);
    return holds(r, res, it, "ResourceVersion", o->rv, rev, "modified");
}

/* ---- Dependents: finalizers tell the garbage collector what is to become of them ---- */

#define ORPHAN_FINALIZER     "orphan"
#define FOREGROUND_FINALIZER "foregroundDeletion"

static bool has_finalizer(const struct json *obj, const char *name)
{
    for (OBJ_EACH(f, obj, ".metadata.finalizers"))
        if (str_eqc(obj_text(f), name)) return true;
    return false;
}

/* What the options say, else what an earlier deletion said, else what the kind does by itself. */
static enum propagation policy_of(const struct api_resource *res, const struct json *obj,
                                  const struct delete_options *o)
{
    if (res->flags & API_R_NO_GC) return PROPAGATE_BACKGROUND;
    if (o->orphan == ORPHAN_TRUE) return PROPAGATE_ORPHAN;
    /* For namespaces the deprecated option has another meaning (namespace/storage: shouldHaveDeleteDependents). */
    if (o->orphan == ORPHAN_FALSE && is_namespace(res) && !obj_is_deleting(obj)) return PROPAGATE_FOREGROUND;
    if (o->orphan == ORPHAN_FALSE) return PROPAGATE_BACKGROUND;
    if (o->propagation != PROPAGATE_UNSAID) return o->propagation;
    if (has_finalizer(obj, ORPHAN_FINALIZER)) return PROPAGATE_ORPHAN;
    if (has_finalizer(obj, FOREGROUND_FINALIZER)) return PROPAGATE_FOREGROUND;
    return res->flags & API_R_ORPHANS ? PROPAGATE_ORPHAN : PROPAGATE_BACKGROUND;
}

/* Puts the finalizer of the policy in place of those of others. True: something changed. */
static bool put_policy(struct arena *a, const struct api_resource *res, struct json *obj,
                       const struct delete_options *o)
{
    enum propagation policy = policy_of(res, obj, o);
    bool orphan = policy == PROPAGATE_ORPHAN, foreground = policy == PROPAGATE_FOREGROUND;
    if (has_finalizer(obj, ORPHAN_FINALIZER) == orphan && has_finalizer(obj, FOREGROUND_FINALIZER) == foreground)
        return false;
    struct json *kept = obj_list(a);
    for (OBJ_EACH(f, obj, ".metadata.finalizers"))
        if (!str_eqc(obj_text(f), ORPHAN_FINALIZER) && !str_eqc(obj_text(f), FOREGROUND_FINALIZER))
            json_push(kept, json_str(a, obj_text(f)));
    if (orphan) json_push(kept, json_str(a, STR(ORPHAN_FINALIZER)));
    if (foreground) json_push(kept, json_str(a, STR(FOREGROUND_FINALIZER)));
    if (obj_count(kept, ""))
        obj_put(a, obj, ".metadata.finalizers", kept);
    else
        obj_del(obj, ".metadata.finalizers");
    return true;
}

void delete_warn(struct request *r, const struct delete_options *o)
{
    if (r->target.res->storage != &res_batch_v1_jobs) return;
    if (o->propagation != PROPAGATE_UNSAID || o->orphan != ORPHAN_UNSAID) return;
    write_warn(r, STR("child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to "
                      "remove them or set propagationPolicy=Orphan to suppress this warning"));
}

/* ---- What a deletion does to an object ---- */

static void mark(struct arena *a, struct json *obj, int64_t at_s, int64_t grace_s)
{
    int64_t generation = obj_int(obj, ".metadata.generation", 0);
    if (!obj_is_deleting(obj) && generation > 0) obj_put_int(a, obj, ".metadata.generation", generation + 1);
    obj_put_time(a, obj, ".metadata.deletionTimestamp", at_s);
    obj_put_int(a, obj, ".metadata.deletionGracePeriodSeconds", grace_s);
}

static struct deletion mark_namespace(struct arena *a, struct json *obj, const struct delete_options *o)
{
    put_policy(a, &res_core_v1_namespaces, obj, o);
    obj_put_time(a, obj, ".metadata.deletionTimestamp", clk_s());
    obj_put_cstr(a, obj, ".status.phase", "Terminating");
    return (struct deletion){.act = DELETE_MARK, .gives_object = true};
}

#define CLEANUP_FINALIZER "customresourcecleanup.apiextensions.k8s.io"

/* Its objects go first: the keeper (crd/keeper.h) sees to them, and then lets the definition go. */
static struct deletion mark_definition(struct arena *a, struct json *obj, const struct delete_options *o)
{
    put_policy(a, &res_apiextensions_k8s_io_v1_customresourcedefinitions, obj, o);
    obj_put_time(a, obj, ".metadata.deletionTimestamp", clk_s());
    if (!has_finalizer(obj, CLEANUP_FINALIZER)) obj_append_str(a, obj, ".metadata.finalizers", STR(CLEANUP_FINALIZER));
    status_set(a, obj, "Terminating", "True", "InstanceDeletionPending",
               "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon");
    return (struct deletion){.act = DELETE_MARK, .gives_object = true};
}

/* It was deleted before and waits for its grace period: a later DELETE may only shorten that. */
static struct deletion decide_pending(struct arena *a, const struct api_resource *res, struct json *obj,
                                      const struct delete_options *o)
{
    bool gives_object = (res->flags & API_R_DELETE_GIVES_OBJECT) != 0;
    int64_t grace_s = obj_int(obj, ".metadata.deletionGracePeriodSeconds", 0);
    if (o->grace_s < 0 || o->grace_s >= grace_s)
        return (struct deletion){.act = DELETE_KEEP, .gives_object = gives_object};
    int64_t due_s = obj_time_s(obj, ".metadata.deletionTimestamp", clk_s()) - grace_s + o->grace_s;
    mark(a, obj, MAX(due_s, clk_s()), o->grace_s);
    put_policy(a, res, obj, o);
    bool now = o->grace_s == 0 && !obj_count(obj, ".metadata.finalizers");
    return (struct deletion){.act = now ? DELETE_NOW : DELETE_MARK, .gives_object = true};
}

/* Waits for finalizers alone; the policy may still change. */
static struct deletion decide_held(struct arena *a, const struct api_resource *res, struct json *obj,
                                   const struct delete_options *o)
{
    bool changed = put_policy(a, res, obj, o), held = obj_count(obj, ".metadata.finalizers") > 0;
    bool gives_object = held || (res->flags & API_R_DELETE_GIVES_OBJECT);
    enum delete_act act = !held ? DELETE_NOW : changed ? DELETE_MARK : DELETE_KEEP;
    return (struct deletion){.act = act, .gives_object = gives_object};
}

struct deletion delete_decide(struct arena *a, const struct api_resource *res, struct json *obj,
                              const struct delete_options *o)
{
    const struct strategy *s = api_strategy_hooks[res->strategy_hook];
    bool graceful = s && s->grace_seconds;
    if (obj_is_deleting(obj)) {
        if (is_namespace(res) && obj_count(obj, ".spec.finalizers"))
            return (struct deletion){.act = DELETE_KEEP, .gives_object = true};
        if (graceful && obj_int(obj, ".metadata.deletionGracePeriodSeconds", 0) > 0)
            return decide_pending(a, res, obj, o);
        return decide_held(a, res, obj, o);
    }
    if (is_namespace(res)) return mark_namespace(a, obj, o);
    if (res == &res_apiextensions_k8s_io_v1_customresourcedefinitions) return mark_definition(a, obj, o);
    int64_t grace_s = graceful ? s->grace_seconds(obj, o->grace_s) : 0;
    put_policy(a, res, obj, o);
    bool held = obj_count(obj, ".metadata.finalizers") > 0, waits = held || grace_s > 0;
    if (held || graceful) mark(a, obj, clk_s() + grace_s, grace_s);
    return (struct deletion){.act = waits ? DELETE_MARK : DELETE_NOW,
                             .gives_object = waits || (res->flags & API_R_DELETE_GIVES_OBJECT)};
}

/* ---- Stages ---- */

bool delete_load(struct write *w)
{
    if (!write_load_old(w)) {
        status_not_found(w->r);
        return false;
    }
    w->expect_rev = w->old->rev;
    return true;
}

static enum stage_next delete_decode(struct write *w)
{
    if (!w->del) {
        w->del = ARENA_NEW(&w->r->arena, struct delete_options);
        if (!delete_options_parse(w->r, w->del) || !table_options_parse(w->r, &w->include_object)) return STAGE_DONE;
        w->opts.dry_run = w->del->dry_run;
        delete_warn(w->r, w->del);
    }
    if (!delete_load(w)) return STAGE_DONE;
    return delete_preconditions(w->r, w->storage, w->old, w->del) ? STAGE_NEXT : STAGE_DONE;
}

static enum stage_next delete_admit(struct write *w)
{
    struct admission a = {
        .r = w->r, .res = w->storage, .verb = VERB_DELETE, .ns = w->ns, .name = w->name, .old = w->old_tree};
    return admission_mutate(&a) && admission_validate(&a) ? STAGE_NEXT : STAGE_DONE;
}

enum stage_next delete_prepare(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct json *obj = obj_copy(a, w->old_tree);
    struct deletion d = delete_decide(a, w->storage, obj, w->del);
    w->deletes = d.act == DELETE_NOW;
    w->del->act = d;
    if (d.act == DELETE_KEEP)
        w->unchanged = true;
    else
        w->obj = obj;
    return STAGE_NEXT;
}

static enum stage_next delete_respond(struct write *w)
{
    const struct deletion *d = &w->del->act;
    bool gone = d->act == DELETE_NOW;
    w->code = !gone && w->del->orphan == ORPHAN_FALSE ? 202 : 200;
    if (d->gives_object)
        write_respond_object(w, w->blob ? w->blob : w->old->blob, w->rev);
    else
        status_success(w->r, w->code, w->res, w->name, w->old->uid);
    return STAGE_NEXT;
}

const struct write_stage delete_stages[] = {
    {"form", write_old_form},    {"decode", delete_decode},   {"admit", delete_admit},
    {"prepare", delete_prepare}, {"form", write_stored_form}, {"store", write_store},
    {"form", write_answer_form}, {"respond", delete_respond}, {NULL, NULL},
};

void rest_delete(struct request *r) { write_run(write_new(r, delete_stages)); }
