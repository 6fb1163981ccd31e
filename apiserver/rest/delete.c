/* delete.c - DELETE of one object: at once, or marked while finalizers or a grace period hold it.
 * Reads: DeleteOptions, the present version.   Writes: the store; the object or a Status as answer.
 * Upstream: apiserver pkg/registry/generic/registry/store.go (Delete), pkg/registry/rest/delete.go,
 * pkg/registry/core/namespace/storage/storage.go. */
#include "apiserver/rest/delete.h"

#include "api/object.h"
#include "apiserver/admission/admission.h"
#include "apiserver/object/hooks.h"
#include "apiserver/rest/status_priv.h"
#include "base/clk.h"
#include "schema_ids.h"

/* ---- Preconditions ---- */

static bool is_namespace(const struct api_resource *res) { return res == &res_core_v1_namespaces; }

static bool check_uid(struct write *w)
{
    const struct delete_options *o = w->del;
    if (str_is_null(o->uid) || str_eq(o->uid, w->old->uid)) return true;
    if (is_namespace(w->storage))
        status_conflict(w->r, "Precondition failed: UID in precondition: %.*s, UID in object meta: %.*s",
                        STR_ARG(o->uid), STR_ARG(w->old->uid));
    else
        status_conflict_on(w->r, w->storage->kind, w->storage->group, w->storage->kind, w->name,
                           str_printf(&w->r->arena,
                                      "the UID in the precondition (%.*s) does not match the UID in record (%.*s). The "
                                      "object might have been deleted and then recreated",
                                      STR_ARG(o->uid), STR_ARG(w->old->uid)));
    return false;
}

static bool check_revision(struct write *w)
{
    const struct delete_options *o = w->del;
    struct str now = str_printf(&w->r->arena, "%llu", (unsigned long long)w->old->rev);
    if (str_is_null(o->rv) || str_eq(o->rv, now)) return true;
    if (is_namespace(w->storage))
        status_conflict(
            w->r, "Precondition failed: ResourceVersion in precondition: %.*s, ResourceVersion in object meta: %.*s",
            STR_ARG(o->rv), STR_ARG(now));
    else
        status_conflict_on(
            w->r, w->storage->kind, w->storage->group, w->storage->kind, w->name,
            str_printf(&w->r->arena,
                       "the ResourceVersion in the precondition (%.*s) does not match the ResourceVersion "
                       "in record (%.*s). The object might have been modified",
                       STR_ARG(o->rv), STR_ARG(now)));
    return false;
}

/* ---- What a deletion does to an object ---- */

static void mark(struct arena *a, struct json *obj, int64_t at_s, int64_t grace_s)
{
    int64_t generation = obj_int(obj, ".metadata.generation", 0);
    if (!obj_is_deleting(obj) && generation > 0) obj_put_int(a, obj, ".metadata.generation", generation + 1);
    obj_put_time(a, obj, ".metadata.deletionTimestamp", at_s);
    obj_put_int(a, obj, ".metadata.deletionGracePeriodSeconds", grace_s);
}

static struct deletion decide_namespace(struct arena *a, struct json *obj)
{
    if (obj_is_deleting(obj))
        return (struct deletion){.act = obj_count(obj, ".spec.finalizers") || obj_count(obj, ".metadata.finalizers")
                                            ? DELETE_KEEP
                                            : DELETE_NOW,
                                 .gives_object = true};
    obj_put_time(a, obj, ".metadata.deletionTimestamp", clk_s());
    obj_put_cstr(a, obj, ".status.phase", "Terminating");
    return (struct deletion){.act = DELETE_MARK, .gives_object = true};
}

/* It was deleted before and waits for its grace period: a later DELETE may only shorten that. */
static struct deletion decide_pending(struct arena *a, struct json *obj, int64_t asked_s, bool gives_object)
{
    int64_t grace_s = obj_int(obj, ".metadata.deletionGracePeriodSeconds", 0);
    if (asked_s < 0 || asked_s >= grace_s) return (struct deletion){.act = DELETE_KEEP, .gives_object = gives_object};
    int64_t due_s = obj_time_s(obj, ".metadata.deletionTimestamp", clk_s()) - grace_s + asked_s;
    mark(a, obj, MAX(due_s, clk_s()), asked_s);
    bool now = asked_s == 0 && !obj_count(obj, ".metadata.finalizers");
    return (struct deletion){.act = now ? DELETE_NOW : DELETE_MARK, .gives_object = true};
}

struct deletion delete_decide(struct arena *a, const struct api_resource *res, struct json *obj, int64_t asked_s)
{
    const struct strategy *s = api_strategy_hooks[res->strategy_hook];
    bool held = obj_count(obj, ".metadata.finalizers") > 0, graceful = s && s->grace_seconds;
    bool gives_object = (res->flags & API_R_DELETE_GIVES_OBJECT) != 0;
    if (is_namespace(res)) return decide_namespace(a, obj);
    int64_t left_s = obj_int(obj, ".metadata.deletionGracePeriodSeconds", 0);
    if (obj_is_deleting(obj) && graceful && left_s > 0) return decide_pending(a, obj, asked_s, gives_object);
    if (obj_is_deleting(obj))
        return (struct deletion){.act = held ? DELETE_KEEP : DELETE_NOW, .gives_object = gives_object || held};
    int64_t grace_s = graceful ? s->grace_seconds(obj, asked_s) : 0;
    if (held || graceful) mark(a, obj, clk_s() + grace_s, grace_s);
    return (struct deletion){.act = held || grace_s > 0 ? DELETE_MARK : DELETE_NOW,
                             .gives_object = gives_object || held || grace_s > 0};
}

/* ---- Stages ---- */

static enum stage_next delete_decode(struct write *w)
{
    if (!w->del) {
        w->del = ARENA_NEW(&w->r->arena, struct delete_options);
        if (!delete_options_parse(w->r, w->del) || !table_options_parse(w->r, &w->include_object)) return STAGE_DONE;
        w->opts.dry_run = w->del->dry_run;
    }
    if (!write_load_old(w)) {
        status_not_found(w->r);
        return STAGE_DONE;
    }
    w->expect_rev = w->old->rev;
    return check_uid(w) && check_revision(w) ? STAGE_NEXT : STAGE_DONE;
}

static enum stage_next delete_admit(struct write *w)
{
    struct admission a = {
        .r = w->r, .res = w->storage, .verb = VERB_DELETE, .ns = w->ns, .name = w->name, .old = w->old_tree};
    return admission_mutate(&a) && admission_validate(&a) ? STAGE_NEXT : STAGE_DONE;
}

static enum stage_next delete_prepare(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct json *obj = obj_copy(a, w->old_tree);
    struct deletion d = delete_decide(a, w->storage, obj, w->del->grace_s);
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
    w->code = !gone && w->del->orphan_false ? 202 : 200;
    if (d->gives_object)
        write_respond_object(w, w->blob ? w->blob : w->old->blob, w->rev);
    else
        status_success(w->r, w->code, w->res, w->name, w->old->uid);
    return STAGE_NEXT;
}

const struct write_stage delete_stages[] = {
    {"decode", delete_decode}, {"admit", delete_admit},     {"prepare", delete_prepare},
    {"store", write_store},    {"respond", delete_respond}, {NULL, NULL},
};

/* ---- POST to pods/NAME/eviction: a deletion that says why. Disruption budgets come with their kind. ---- */

static bool read_eviction(struct write *w)
{
    struct request *r = w->r;
    const struct json *ev = write_body(w, api_find_type("policy/v1", "Eviction"), "policy", "v1", "Eviction");
    if (!ev) return false;
    if (!str_eq(obj_str(ev, ".metadata.name"), w->name)) {
        status_failf(r, ERR_BAD_REQUEST, "name in URL does not match name in Eviction object");
        return false;
    }
    w->del = ARENA_NEW(&r->arena, struct delete_options);
    if (!delete_options_take(r, obj_get(ev, ".deleteOptions"), w->del)) return false;
    w->opts.dry_run = w->opts.dry_run || w->del->dry_run;
    return true;
}

static enum stage_next eviction_decode(struct write *w)
{
    if (!w->del && !read_eviction(w)) return STAGE_DONE;
    return delete_decode(w);
}

static enum stage_next eviction_prepare(struct write *w)
{
    enum stage_next next = delete_prepare(w);
    if (w->obj)
        obj_set_condition(&w->r->arena, w->obj, "DisruptionTarget", "True", "EvictionByEvictionAPI",
                          STR("Eviction API: evicting"), clk_s());
    return next;
}

static enum stage_next eviction_respond(struct write *w)
{
    status_success(w->r, 201, NULL, STR_NULL, STR_NULL);
    return STAGE_NEXT;
}

const struct write_stage eviction_stages[] = {
    {"decode", eviction_decode},
    {"prepare", eviction_prepare},
    {"store", write_store},
    {"respond", eviction_respond},
    {NULL, NULL},
};

void rest_delete(struct request *r) { write_run(write_new(r, delete_stages)); }
