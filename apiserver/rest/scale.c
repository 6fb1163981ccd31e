/* scale.c - NAME/scale of what has replicas: a Scale is made of its parent, and a written one changes spec.replicas.
 * Reads: the parent; a Scale or a patch of one.   Writes: the parent; the Scale as answer.
 * Upstream: ScaleREST in pkg/registry/apps/{deployment,replicaset,statefulset}/storage and in
 * pkg/registry/core/replicationcontroller/storage; pkg/apis/autoscaling/validation. */
#include "api/decode.h"
#include "api/object.h"
#include "api/selector.h"
#include "apiserver/crd/conversion.h"
#include "apiserver/crd/crd.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/table.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/options.h"
#include "apiserver/rest/own.h"
#include "apiserver/rest/status_priv.h"
#include "apiserver/rest/write.h"
#include "schema_ids.h"

enum { REPLICAS_UNSET = INT32_MIN }; /* upstream's, too */

static const struct api_column columns[] = {
    {.name = "Name", .type = "string", .description = "Name within the namespace.", .path = ".metadata.name"},
    {.name = "Desired", .type = "integer", .description = "How many are wanted.", .path = ".spec.replicas"},
    {.name = "Available", .type = "integer", .description = "How many there are.", .path = ".status.replicas"},
    {.name = "Age", .type = "string", .description = "Time since it was created.", .hook = HOOK_COLUMN_age},
};

/* What tables and patches want to know of a kind; Scale is no resource of its own. */
static const struct api_resource scale_kind = {
    .group = "autoscaling",
    .version = "v1",
    .kind = "Scale",
    .plural = "scales",
    .namespaced = true,
    .type = &type_autoscaling_v1_Scale,
    .columns = columns,
    .ncolumns = ARRAY_LEN(columns),
};

/* ---- From the parent ---- */

static void put_selector(struct arena *a, const struct api_resource *res, struct json *scale, const struct json *parent)
{
    const struct json *node = obj_get(parent, ".spec.selector");
    struct selector selector;
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, VALUE_MAX);
    if (res == &res_core_v1_replicationcontrollers)
        sel_from_map(a, node, &selector);
    else if (!sel_from_object(a, node, &selector, &e)) /* it was checked when it was stored */
        return;
    sel_write(&text, &selector);
    obj_put_str(a, scale, ".status.selector", buf_view(&text));
}

/* Where a kind has its numbers; those of custom ones are where their definitions say. */
static struct crd_scale paths_of(const struct api_resource *res)
{
    return res->custom ? *crd_version_of(res)->scale : (struct crd_scale){".spec.replicas", ".status.replicas", NULL};
}

/* rev 0: not said. */
static struct json *scale_of(struct arena *a, const struct api_resource *res, const struct json *parent, uint64_t rev)
{
    static const char *const same[] = {".metadata.name", ".metadata.namespace", ".metadata.uid",
                                       ".metadata.creationTimestamp"};
    struct json *body = obj_empty(a), *scale = obj_empty(a);
    struct err e = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(same); i++) obj_put_copy(a, body, same[i], obj_get(parent, same[i]));
    if (rev) obj_put_fmt(a, body, ".metadata.resourceVersion", "%llu", (unsigned long long)rev);
    struct crd_scale paths = paths_of(res);
    obj_put_int(a, body, ".spec.replicas", obj_int(parent, paths.spec_path, 0));
    obj_put_int(a, body, ".status.replicas", obj_int(parent, paths.status_path, 0));
    if (!res->custom)
        put_selector(a, res, body, parent);
    else if (paths.selector_path && obj_str(parent, paths.selector_path).n)
        obj_put_str(a, body, ".status.selector", obj_str(parent, paths.selector_path));
    if (!api_decode(a, scale_kind.type, body, NULL, &e)) return NULL;
    obj_put_cstr(a, scale, ".kind", "Scale");
    obj_put_cstr(a, scale, ".apiVersion", "autoscaling/v1");
    for (OBJ_EACH(it, body, "")) json_set(a, scale, obj_key(it), json_copy(a, it));
    return scale;
}

static void respond(struct request *r, const struct json *parent, uint64_t rev, const char *include_object)
{
    const struct json *scale = scale_of(&r->arena, r->target.res, parent, rev);
    if (scale)
        media_respond_tree(r, 200, &scale_kind, scale, rev, include_object);
    else
        status_failf(r, ERR_INTERNAL, "the stored object cannot be read as a Scale");
}

/* ---- GET ---- */

struct getting {       /* one GET between its threads; in the request's arena */
    struct item *item; /* referenced */
    const char *include_object;
    const char *error; /* of the webhook that converts it */
};

static void show(struct request *r, struct getting *g)
{
    struct err e = ERR_INIT;
    const struct item *it = g->item;
    if (g->error) {
        status_plain_error(r, 500, str_of(g->error));
        return;
    }
    const struct json *parent = r->target.res->custom ? item_tree(&r->arena, it, r->target.res, 0)
                                                      : json_parse(&r->arena, blob_str(it->blob), &e);
    const char *replicas = paths_of(r->target.res).spec_path;
    if (!parent)
        status_failf(r, ERR_INTERNAL, "the stored object cannot be read back");
    else if (r->target.res->custom && !obj_get(parent, replicas))
        status_failf(r, ERR_INTERNAL, "Internal error occurred: the spec replicas field \"%s\" does not exist",
                     replicas);
    else
        respond(r, parent, it->rev, g->include_object);
}

static void get_end(struct request *r)
{
    struct getting *g = r->ctx;
    show(r, g);
    item_unref(g->item);
    rest_end_work();
    rest_finish(r);
}

void rest_scale_get(struct request *r)
{
    struct getting *g = ARENA_NEW(&r->arena, struct getting);
    r->ctx = g;
    if (table_options_parse(r, &g->include_object)) {
        g->item = cache_get(r->target.res->storage, r->target.ns, r->target.name);
        if (!g->item) status_not_found(r);
    }
    if (!g->item) {
        rest_finish(r);
        return;
    }
    rest_begin_work();
    if (conversion_await(r, &g->item, 1, r->target.res, &g->error, get_end)) get_end(r);
}

/* ---- PUT and PATCH ---- */

static struct owner scale_owner(const struct write *w)
{
    struct owner o = own_owner(w);
    o.res = NULL;
    o.type = scale_kind.type;
    o.group = scale_kind.group;
    o.version = scale_kind.version;
    o.kind = scale_kind.kind;
    o.subresource = "scale";
    return o;
}

/* The Scale as it is now, without TypeMeta. */
static struct json *live_scale(struct write *w)
{
    struct json *scale = scale_of(&w->r->arena, w->res, w->old_tree, w->old->rev);
    obj_del(scale, ".apiVersion");
    obj_del(scale, ".kind");
    return scale;
}

/* The parent's entries as this write of its Scale leaves them, in w->managed's place until the parent is made. */
static bool own_scale(struct write *w, struct managed *parent, bool apply)
{
    struct owner o = scale_owner(w), of_parent = own_owner(w);
    struct managed scale;
    struct json *live = live_scale(w), *out = NULL;
    own_read_live(w, parent);
    managed_to_scale(parent, &scale);
    if (apply) {
        if (!apply_run(w, &o, live, &scale, &out) || !apply_check_strict(w)) return false;
        w->obj = out ? out : live;
    } else {
        obj_del(w->obj, ".metadata.managedFields");
        managed_update(&o, live, w->obj, &scale);
    }
    managed_from_scale(parent, &scale, managed_version(&of_parent));
    return true;
}

static bool apply_scale(struct write *w)
{
    struct owner o;
    if (!write_load_old(w)) {
        status_not_found(w->r);
        return false;
    }
    o = scale_owner(w);
    return apply_read(w, &o);
}

/* The Scale that a patch applies to: it must not leave out what a custom resource does not say. */
static struct json *patched_scale(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct json *scale = scale_of(a, w->res, w->old_tree, w->old->rev);
    bool unset = w->res->custom && !obj_get(w->old_tree, paths_of(w->res).spec_path);
    if (scale && unset) obj_put_int(a, scale, ".spec.replicas", REPLICAS_UNSET);
    return scale;
}

static bool read_scale(struct write *w)
{
    struct arena *a = &w->r->arena;
    if (w->opts.apply) return apply_scale(w);
    if (w->verb == VERB_PATCH) {
        if (!write_patch_begin(w)) return false;
        w->obj = write_patch_tree(w, &scale_kind, patched_scale(w));
        return w->obj && write_check_url(w);
    }
    if (!w->sent) w->sent = write_body(w, scale_kind.type, scale_kind.group, scale_kind.version, scale_kind.kind);
    if (!w->sent) return false;
    w->obj = json_copy(a, w->sent);
    if (!write_check_url(w)) return false;
    if (write_load_old(w)) return true;
    status_not_found(w->r);
    return false;
}

/* Of a PUT upstream's store looks at it first, of a patch the handler of Scales does last. */
static bool check_uid(struct write *w, bool first)
{
    struct str uid = obj_str(w->obj, ".metadata.uid");
    if (!uid.n || str_eq(uid, w->old->uid) || first != (w->verb == VERB_UPDATE)) return true;
    if (first) return write_refuse_uid(w, uid);
    const char *plural = arena_printf(&w->r->arena, "%s/scale", w->res->plural), *group = w->res->group;
    status_conflict_on(
        w->r, *group ? arena_printf(&w->r->arena, "%s.%s", plural, group) : plural, group, plural, w->name,
        str_printf(&w->r->arena, "Precondition failed: UID in precondition: %.*s, UID in object meta: %.*s",
                   STR_ARG(uid), STR_ARG(w->old->uid)));
    return false;
}

/* Of custom resources nothing but the parent is validated. */
static bool check_custom(struct write *w, const struct json *replicas)
{
    if (obj_number(replicas, 0) != REPLICAS_UNSET) return true;
    status_failf(w->r, ERR_BAD_REQUEST, "the spec replicas field \"%s\" cannot be empty", paths_of(w->res).spec_path);
    return false;
}

static bool check_scale(struct write *w)
{
    const struct json *replicas = obj_get(w->obj, ".spec.replicas");
    struct check *c = ARENA_NEW(&w->r->arena, struct check);
    if (!check_uid(w, true)) return false;
    if (w->res->custom) return check_custom(w, replicas);
    check_init(c, &w->r->arena);
    c->res = &scale_kind;
    c->root = w->obj;
    check_meta(c);
    if (!w->res->custom && obj_number(replicas, 0) < 0) /* a custom parent says so itself */
        check_invalid(c, "spec.replicas", replicas, "must be greater than or equal to 0");
    if (c->count) {
        status_invalid(w->r, scale_kind.kind, scale_kind.group, w->name, c);
        return false;
    }
    return check_uid(w, false);
}

/* From here on it is an update of the parent itself: its rules, its generation. */
static enum stage_next scale_decode(struct write *w)
{
    struct managed managers;
    if (!read_scale(w) || !own_scale(w, &managers, w->opts.apply)) return STAGE_DONE;
    if (w->opts.apply && !write_check_url(w)) return STAGE_DONE;
    if (!check_scale(w) || !write_check_revision(w)) return STAGE_DONE;
    struct json *parent = json_copy(&w->r->arena, w->old_tree);
    obj_put_int(&w->r->arena, parent, paths_of(w->res).spec_path, obj_int(w->obj, ".spec.replicas", 0));
    w->obj = parent;
    own_put(w, &managers);
    w->sub = NULL;
    return STAGE_NEXT;
}

static enum stage_next scale_respond(struct write *w)
{
    respond(w->r, w->obj, w->rev, w->include_object);
    return STAGE_NEXT;
}

const struct write_stage scale_stages[] = {
    {"form", write_old_form},     {"decode", scale_decode},
    {"mutate", write_mutate},     {"prepare", write_prepare},
    {"validate", write_validate}, {"admit", write_admit},
    {"form", write_stored_form},  {"store", write_store},
    {"respond", scale_respond},   {NULL, NULL},
};
