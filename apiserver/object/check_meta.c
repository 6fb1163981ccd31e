/* check_meta.c - validation of metadata, for every kind (apimachinery pkg/api/validation/objectmeta.go), and
 * the whole validation of an object.
 * Reads: the tree, its former state.   Writes: struct check. */
#include "apiserver/object/object.h"

#include "apiserver/object/hooks.h"
#include "apiserver/object/names.h"

enum { ANNOTATIONS_MAX = 262144 };

void check_labels(struct check *c, const struct json *labels)
{
    size_t mark = check_member(c, "labels");
    for (OBJ_EACH(it, labels, "")) {
        const char *why = name_qualified(obj_key(it));
        if (why) check_invalid_str(c, NULL, obj_key(it), why);
        /* upstream names the whole map for keys and for values */
        if ((why = name_label_value(obj_text(it)))) check_invalid_str(c, NULL, obj_text(it), why);
    }
    check_pop(c, mark);
}

void check_annotations(struct check *c, const struct json *annotations)
{
    size_t mark = check_member(c, "annotations"), total = 0;
    for (OBJ_EACH(it, annotations, "")) {
        struct str key = obj_key(it);
        char lower[400];
        size_t n = MIN(key.n, sizeof lower);
        for (size_t i = 0; i < n; i++) lower[i] = (char)(key.p[i] >= 'A' && key.p[i] <= 'Z' ? key.p[i] + 32 : key.p[i]);
        const char *why = name_qualified(str_n(lower, n));
        if (why) check_invalid_str(c, NULL, key, why);
        total += key.n + obj_text(it).n;
    }
    if (total > ANNOTATIONS_MAX) check_too_long(c, NULL, ANNOTATIONS_MAX);
    check_pop(c, mark);
}

/* Upstream's paths have no index here. */
static void check_owner(struct check *c, const struct json *ref)
{
    static const char *const required[] = {".kind", ".name", ".uid"};
    struct str group, version;
    api_split_version(obj_str(ref, ".apiVersion"), &group, &version);
    bool parsed = version.n && str_chr(version, '/') == SIZE_MAX;
    if (!parsed) check_invalid_str(c, "apiVersion", obj_str(ref, ".apiVersion"), "version must not be empty");
    for (size_t k = 0; k < ARRAY_LEN(required); k++)
        if (!obj_str(ref, required[k]).n) check_invalid_str(c, required[k] + 1, STR(""), "must not be empty");
    if (!group.n && str_eqc(version, "v1") && obj_is(ref, ".kind", "Event"))
        check_invalid(c, NULL, ref, "/v1, Kind=Event is disallowed from being an owner");
}

static void check_owners(struct check *c, const struct json *owners)
{
    const struct json *controller = NULL;
    size_t outer = check_member(c, "ownerReferences");
    for (OBJ_EACH(it, owners, "")) {
        check_owner(c, it);
        if (!obj_bool(it, ".controller", false)) continue;
        if (controller)
            check_invalidf(c, NULL, owners,
                           "Only one reference can have Controller set to true. Found \"true\" in references for "
                           "%.*s/%.*s and %.*s/%.*s",
                           STR_ARG(obj_str(controller, ".kind")), STR_ARG(obj_str(controller, ".name")),
                           STR_ARG(obj_str(it, ".kind")), STR_ARG(obj_str(it, ".name")));
        else
            controller = it;
    }
    check_pop(c, outer);
}

static void check_finalizers(struct check *c, const struct json *finalizers)
{
    bool orphan = false, foreground = false;
    size_t outer = check_member(c, "finalizers");
    for (OBJ_EACH(it, finalizers, "")) {
        const char *why = name_qualified(obj_text(it));
        if (why) check_invalid_str(c, NULL, obj_text(it), why);
        orphan = orphan || str_eqc(obj_text(it), "orphan");
        foreground = foreground || str_eqc(obj_text(it), "foregroundDeletion");
    }
    if (orphan && foreground)
        check_invalid(c, NULL, finalizers, "finalizer orphan and foregroundDeletion cannot be both set");
    check_pop(c, outer);
}

/* A second pass, upstream in core validation: names without a domain are Kubernetes' own. */
static void check_finalizer_owners(struct check *c, const struct json *finalizers)
{
    static const char *const standard[] = {"orphan", "foregroundDeletion", "kubernetes"};
    size_t i = 0, outer = check_member(c, "finalizers");
    for (OBJ_EACH(it, finalizers, "")) {
        size_t mark = check_index(c, i++);
        bool known = str_chr(obj_text(it), '/') != SIZE_MAX;
        for (size_t k = 0; k < ARRAY_LEN(standard); k++) known = known || str_eqc(obj_text(it), standard[k]);
        if (!known)
            check_invalid_str(c, NULL, obj_text(it),
                              "name is neither a standard finalizer name nor is it fully qualified");
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

static void check_name(struct check *c, const struct api_resource *res, const struct json *meta)
{
    struct str name = obj_str(meta, ".name"), prefix = obj_str(meta, ".generateName");
    if (prefix.n && !name.n) {
        const char *why = name_generate_prefix(name_dns1123_subdomain, prefix);
        if (why) check_invalid_str(c, "generateName", prefix, why);
    }
    if (!name.n) {
        if (!prefix.n) check_required(c, "name", "name or generateName is required");
        return;
    }
    if (res->name_rule_hook && api_rule_hooks[res->name_rule_hook]) {
        size_t mark = check_member(c, "name");
        api_rule_hooks[res->name_rule_hook](c, obj_get(meta, ".name"));
        check_pop(c, mark);
        return;
    }
    const char *why = name_dns1123_subdomain(name);
    if (why) check_invalid_str(c, "name", name, why);
}

static void check_namespace(struct check *c, const struct api_resource *res, const struct json *meta)
{
    struct str ns = obj_str(meta, ".namespace");
    if (!res->namespaced) {
        if (ns.n) check_forbidden(c, "namespace", "not allowed on this type");
        return;
    }
    const char *why = ns.n ? name_dns1123_label(ns) : NULL;
    if (!ns.n)
        check_required(c, "namespace", "");
    else if (why)
        check_invalid_str(c, "namespace", ns, why);
}

static bool same(const struct json *a, const struct json *b, const char *path)
{
    const struct json *x = obj_get(a, path), *y = obj_get(b, path);
    return x == y || (x && y && json_equal(x, y));
}

static bool holds(const struct json *list, struct str text)
{
    for (OBJ_EACH(it, list, ""))
        if (str_eq(obj_text(it), text)) return true;
    return false;
}

static void check_no_new_finalizers(struct check *c, const struct json *now, const struct json *old)
{
    struct json *extra = obj_empty(c->arena); /* a set */
    struct buf text AUTO_BUF = {0};
    for (OBJ_EACH(it, now, ""))
        if (!holds(old, obj_text(it))) json_set(c->arena, extra, obj_text(it), json_null(c->arena));
    if (!obj_count(extra, "")) return;
    json_sort_keys(extra);
    buf_init(&text, ERR_TEXT_MAX);
    for (OBJ_EACH(it, extra, "")) buf_addf(&text, "%s\"%.*s\"", text.n ? ", " : "", STR_ARG(obj_key(it)));
    check_forbidden(c, "finalizers",
                    arena_printf(c->arena,
                                 "no new finalizers can be added if the object is being deleted, found new finalizers "
                                 "[]string{%.*s}",
                                 STR_ARG(buf_view(&text))));
}

static void check_meta_update(struct check *c, const struct json *meta, const struct json *old)
{
    static const char *const fixed[] = {
        ".name", ".namespace", ".uid", ".creationTimestamp", ".deletionTimestamp", ".deletionGracePeriodSeconds"};
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (!same(meta, old, fixed[i])) check_invalid(c, fixed[i] + 1, obj_get(meta, fixed[i]), "field is immutable");
    if (obj_has(old, ".deletionTimestamp"))
        check_no_new_finalizers(c, obj_get(meta, ".finalizers"), obj_get(old, ".finalizers"));
}

static void check_meta(struct check *c, const struct api_resource *res, const struct json *obj, const struct json *old)
{
    const struct json *meta = obj_get(obj, ".metadata");
    size_t mark = check_member(c, "metadata");
    check_name(c, res, meta);
    check_namespace(c, res, meta);
    check_labels(c, obj_get(meta, ".labels"));
    check_annotations(c, obj_get(meta, ".annotations"));
    check_owners(c, obj_get(meta, ".ownerReferences"));
    check_finalizers(c, obj_get(meta, ".finalizers"));
    check_finalizer_owners(c, obj_get(meta, ".finalizers"));
    if (old) check_meta_update(c, meta, obj_get(old, ".metadata"));
    check_pop(c, mark);
}

void object_validate(struct check *c, const struct api_resource *res, const struct json *obj, const struct json *old,
                     const char *sub)
{
    c->is_update = old != NULL;
    c->root = obj;
    check_meta(c, res, obj, old);
    const struct strategy *s = api_strategy_hooks[res->strategy_hook];
    if (!(s && s->checks_alone)) check_tree(c, res->type, obj, old);
    if (s && old && s->check_update) s->check_update(c, obj, old, sub);
    if (s && !old && s->check_create) s->check_create(c, obj);
}
