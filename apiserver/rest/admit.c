/* admit.c - see admit.h. The stages decode, prepare and validate of a create (write.h), for whoever has no server.
 * Reads: manifests.   Writes: objects as text. */
#include "apiserver/rest/admit.h"

#include "api/codec.h"
#include "api/object.h"
#include "api/yaml.h"
#include "apiserver/object/hooks.h"
#include "apiserver/object/object.h"
#include "apiserver/registry/pod_fields.h"
#include "apiserver/rest/status_priv.h"
#include "base/clk.h"

struct admitting {
    struct arena *arena;
    struct buf *out, *notes, *why;
    int number; /* of the object */
};

static bool refuse(struct admitting *ad, const char *text)
{
    buf_cstr(ad->why, text);
    return false;
}

static bool refuse_object(struct admitting *ad, const struct codec_object *o, const struct err *e)
{
    buf_addf(ad->why, "%s in version \"%s\" cannot be handled as a %s: %s", o->root.kind, o->root.version, o->root.kind,
             e->text);
    return false;
}

/* Upstream: rest.BeforeCreate. What it gets from pools that all share (addresses) it does not get. */
static void prepare(struct admitting *ad, const struct api_resource *res, struct json *obj)
{
    struct arena *a = ad->arena;
    const struct strategy *s = api_strategy_hooks[res->strategy_hook];
    const struct api_subresource *status = api_find_sub(res, STR("status"));
    if (!obj_get(obj, ".metadata")) obj_put(a, obj, ".metadata", obj_empty(a));
    struct json *meta = obj_edit(obj, ".metadata");
    static const char *const server_set[] = {".managedFields", ".resourceVersion", ".selfLink", ".deletionTimestamp",
                                             ".deletionGracePeriodSeconds"};
    for (size_t i = 0; i < ARRAY_LEN(server_set); i++) obj_del(meta, server_set[i]);
    if (res->namespaced && !obj_str(meta, ".namespace").n) obj_put_cstr(a, meta, ".namespace", "default");
    obj_put_fmt(a, meta, ".uid", "00000000-0000-4000-8000-%012d", ad->number); /* the same in every run */
    if (status && status->writes && !(s && s->takes_status)) obj_del(obj, ".status");
    pod_fields_drop(res, obj);
    if (s && s->prepare_create) s->prepare_create(a, obj, clk_ns());
}

static bool validate(struct admitting *ad, const struct api_resource *asked, const struct api_resource *res,
                     struct json *obj)
{
    const struct strategy *s = api_strategy_hooks[res->strategy_hook];
    struct check c;
    if (s && s->claim) return true; /* its rules are about what it would get from a pool */
    if (!obj_name(obj).n && obj_str(obj, ".metadata.generateName").n)
        obj_put_fmt(ad->arena, obj, ".metadata.name", "%.*sxxxxx", STR_ARG(obj_str(obj, ".metadata.generateName")));
    check_init(&c, ad->arena);
    c.asked = asked;
    object_validate(&c, res, obj, NULL, NULL);
    if (!c.count) return true;
    struct str errors = status_errors(ad->arena, &c);
    buf_addf(ad->why, "%s%s%s \"%.*s\" is invalid: ", asked->kind, *asked->group ? "." : "", asked->group,
             STR_ARG(obj_name(obj)));
    buf_str(ad->why, errors);
    return false;
}

static const char *version_text(struct arena *a, const struct api_resource *r)
{
    return *r->group ? arena_printf(a, "%s/%s", r->group, r->version) : r->version;
}

static bool admit_object(struct admitting *ad, struct json *tree)
{
    struct codec_object o;
    struct api_root root;
    struct err e = ERR_INIT;
    struct str version = obj_str(tree, ".apiVersion"), kind = obj_str(tree, ".kind");
    if (!version.n || !kind.n)
        return refuse(ad, !kind.n ? "Object 'Kind' is missing" : "Object 'apiVersion' is missing");
    if (!api_find_root(version, kind, &root) || !root.res || root.is_list) {
        buf_addf(ad->notes, "left out, for its kind is not built in: %.*s %.*s %.*s\n", STR_ARG(version), STR_ARG(kind),
                 STR_ARG(obj_name(tree)));
        return true;
    }
    o.root = root;
    if (!codec_from_tree(ad->arena, tree, true, &o, &e)) return refuse_object(ad, &o, &e);
    const struct api_resource *asked = o.root.res, *stored = asked->storage;
    if (!codec_to_version(ad->arena, &o, str_of(version_text(ad->arena, stored)), &e)) return refuse(ad, e.text);
    object_default(ad->arena, stored->type, o.tree);
    prepare(ad, stored, o.tree);
    if (!validate(ad, asked, stored, o.tree)) return false;
    return codec_write(ad->out, CODEC_JSON, &o, 0, &e) || refuse(ad, e.text);
}

static bool is_list(const struct json *o) { return obj_is(o, ".kind", "List") && obj_is(o, ".apiVersion", "v1"); }

static bool admit_tree(struct admitting *ad, struct json *tree)
{
    if (!is_list(tree)) {
        ad->number++;
        return admit_object(ad, tree);
    }
    for (OBJ_EACH(it, tree, ".items"))
        if (!admit_tree(ad, obj_copy(ad->arena, it))) return false;
    return true;
}

bool admit(struct str text, struct buf *out, struct buf *notes, struct buf *why)
{
    struct arena a AUTO_ARENA = {0};
    struct admitting ad = {.arena = &a, .out = out, .notes = notes, .why = why};
    struct json **docs = ARENA_ARRAY(&a, struct json *, YAML_DOCS_MAX);
    struct err e = ERR_INIT;
    int n;
    if (!yaml_parse_all(&a, text, docs, YAML_DOCS_MAX, &n, &e)) return refuse(&ad, e.text);
    for (int i = 0; i < n; i++)
        if (!admit_tree(&ad, docs[i])) return false;
    return true;
}
