/* check_meta.c - validation of metadata, for every kind (apimachinery pkg/api/validation/objectmeta.go).
 * Reads: the tree, its former state.   Writes: struct check. */
#include "apiserver/object/check_meta.h"

#include "api/decode.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/hooks.h"
#include "base/map.h"
#include "schema_ids.h"

#include <stdlib.h>

enum { ANNOTATIONS_MAX = 262144 };

/* ---- Labels and annotations ---- */

void check_label_map(struct check *c, const struct json *labels)
{
    for (OBJ_EACH(it, labels, "")) {
        check_name_by(c, NULL, obj_key(it), name_qualified);
        check_name_by(c, NULL, obj_text(it), name_label_value);
    }
}

void check_labels(struct check *c, const struct json *labels)
{
    size_t mark = check_member(c, "labels");
    check_label_map(c, labels);
    check_pop(c, mark);
}

/* Capitals do not matter in their keys. */
void check_annotations(struct check *c, const struct json *annotations)
{
    size_t mark = check_member(c, "annotations"), total = 0;
    for (OBJ_EACH(it, annotations, "")) {
        struct str key = obj_key(it);
        const char *why = name_qualified(key);
        if (why) why = name_qualified(str_lower(c->arena, key));
        if (why) check_invalid_str(c, NULL, key, why);
        total += key.n + obj_text(it).n;
    }
    if (total > ANNOTATIONS_MAX) check_too_long(c, NULL, ANNOTATIONS_MAX);
    check_pop(c, mark);
}

/* ---- Owners ---- */

/* "apps/v1" -> group and version; "v1/" has a group alone, two slashes are nothing. */
static void split_version(struct str text, struct str *group, struct str *version)
{
    struct str rest;
    *group = STR("");
    *version = str_cut(text, '/', &rest);
    if (str_is_null(rest)) return;
    *group = *version;
    *version = str_chr(rest, '/') == SIZE_MAX ? rest : STR("");
}

/* Upstream's paths have no index here. */
static void check_owner(struct check *c, const struct json *ref)
{
    static const char *const required[] = {".kind", ".name", ".uid"};
    struct str group, version, said = obj_str(ref, ".apiVersion");
    split_version(said, &group, &version);
    if (!version.n) check_invalid_str(c, "apiVersion", said.p ? said : STR(""), "version must not be empty");
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

/* ---- Finalizers ---- */

static void check_finalizers(struct check *c, const struct json *finalizers)
{
    bool orphan = false, foreground = false;
    size_t outer = check_member(c, "finalizers");
    for (OBJ_EACH(it, finalizers, "")) {
        check_name_by(c, NULL, obj_text(it), name_qualified);
        orphan = orphan || str_eqc(obj_text(it), "orphan");
        foreground = foreground || str_eqc(obj_text(it), "foregroundDeletion");
    }
    if (orphan && foreground)
        check_invalid(c, NULL, finalizers, "finalizer orphan and foregroundDeletion cannot be both set");
    check_pop(c, outer);
}

void check_finalizer_owner(struct check *c, struct str finalizer)
{
    static const char *const standard[] = {"kubernetes", "orphan", "foregroundDeletion", NULL};
    if (str_chr(finalizer, '/') == SIZE_MAX && !check_is_among(finalizer, standard))
        check_invalid_str(c, NULL, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
}

/* Upstream in core validation: names without a domain are Kubernetes' own. */
static void check_finalizer_owners(struct check *c, const struct json *meta)
{
    size_t i = 0;
    for (OBJ_EACH(it, meta, ".finalizers")) {
        size_t mark = check_into(c, "finalizers", i++);
        check_finalizer_owner(c, obj_text(it));
        check_pop(c, mark);
    }
}

static int by_text(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static void check_no_new_finalizers(struct check *c, const struct json *now, const struct json *old)
{
    struct map had = {0};
    struct buf text AUTO_BUF = {0};
    struct str *added = ARENA_ARRAY(c->arena, struct str, obj_count(now, "") + 1);
    size_t n = 0;
    for (OBJ_EACH(it, old, "")) map_set(&had, obj_text(it), c);
    for (OBJ_EACH(it, now, ""))
        if (!map_has(&had, obj_text(it))) added[n++] = obj_text(it);
    map_release(&had, NULL);
    if (!n) return;
    qsort(added, n, sizeof *added, by_text);
    buf_init(&text, ERR_TEXT_MAX);
    for (size_t i = 0; i < n; i++)
        if (!i || !str_eq(added[i], added[i - 1])) buf_addf(&text, "%s\"%.*s\"", text.n ? ", " : "", STR_ARG(added[i]));
    check_forbidden(c, "finalizers",
                    arena_printf(c->arena,
                                 "no new finalizers can be added if the object is being deleted, found new finalizers "
                                 "[]string{%.*s}",
                                 STR_ARG(buf_view(&text))));
}

/* ---- Names ---- */

static void check_name_hook(struct check *c, const char *member, struct str value)
{
    size_t mark = check_member(c, member);
    api_rule_hooks[c->res->name_rule_hook](c, json_str(c->arena, value));
    check_pop(c, mark);
}

/* By the rule that the schema names for the kind; without one, a DNS subdomain. */
static void check_kind_name(struct check *c, const char *member, struct str value)
{
    if (c->res->name_rule_hook)
        check_name_hook(c, member, value);
    else
        check_name_by(c, member, value, name_dns1123_subdomain);
}

static void check_path_name(struct check *c, const char *member, struct str value)
{
    check_name_by(c, member, value, *member == 'g' ? name_path_prefix : name_path_segment);
}

static void check_prefix(struct check *c, struct str prefix, void (*by)(struct check *, const char *, struct str))
{
    char *room = arena_alloc(c->arena, prefix.n + 1);
    c->shown = json_str(c->arena, prefix);
    by(c, "generateName", name_mask_prefix(prefix, room));
    c->shown = NULL;
}

static void check_names(struct check *c, const struct json *meta, void (*by)(struct check *, const char *, struct str))
{
    struct str name = obj_str(meta, ".name"), prefix = obj_str(meta, ".generateName");
    if (prefix.n) check_prefix(c, prefix, by);
    if (!name.n)
        check_required(c, "name", "name or generateName is required");
    else
        by(c, "name", name);
}

static void check_namespace(struct check *c, const struct json *meta)
{
    struct str ns = obj_str(meta, ".namespace");
    if (c->res->namespaced)
        check_required_name(c, "namespace", ns, name_dns1123_label, "");
    else if (ns.n)
        check_forbidden(c, "namespace", "not allowed on this type");
}

/* ---- The whole ---- */

static void check_new(struct check *c, const struct json *meta, void (*by)(struct check *, const char *, struct str))
{
    check_names(c, meta, by);
    check_namespace(c, meta);
    check_labels(c, obj_get(meta, ".labels"));
    check_annotations(c, obj_get(meta, ".annotations"));
    check_owners(c, obj_get(meta, ".ownerReferences"));
    check_finalizers(c, obj_get(meta, ".finalizers"));
}

static void check_changes(struct check *c, const struct json *meta, const struct json *old)
{
    static const char *const fixed[] = {
        "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"};
    if (json_getc(old, "deletionTimestamp"))
        check_no_new_finalizers(c, obj_get(meta, ".finalizers"), obj_get(old, ".finalizers"));
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        check_same(c, fixed[i], json_getc(meta, fixed[i]), json_getc(old, fixed[i]));
    check_labels(c, obj_get(meta, ".labels"));
    check_annotations(c, obj_get(meta, ".annotations"));
    check_owners(c, obj_get(meta, ".ownerReferences"));
}

void check_meta(struct check *c)
{
    const struct json *meta = obj_get(c->root, ".metadata");
    size_t mark = check_member(c, "metadata");
    check_new(c, meta, check_kind_name);
    if (!c->res->custom) check_finalizer_owners(c, meta);
    check_pop(c, mark);
}

void check_meta_update(struct check *c)
{
    const struct json *meta = obj_get(c->root, ".metadata");
    size_t mark = check_member(c, "metadata");
    check_changes(c, meta, obj_get(c->old, ".metadata"));
    if (!c->res->custom) check_finalizer_owners(c, meta);
    check_pop(c, mark);
}

void check_meta_common(struct check *c)
{
    const struct json *meta = obj_get(c->root, ".metadata");
    size_t mark = check_member(c, "metadata");
    check_new(c, meta, check_path_name);
    if (c->old) check_changes(c, meta, obj_get(c->old, ".metadata"));
    check_pop(c, mark);
}

/* Of an object within another one: whichever kind it is, with a namespace or without. */
void check_embedded_object_meta(struct check *c, const struct json *meta)
{
    check_names(c, meta, check_path_name);
    if (obj_str(meta, ".namespace").n)
        check_required_name(c, "namespace", obj_str(meta, ".namespace"), name_dns1123_label, "");
    check_labels(c, obj_get(meta, ".labels"));
    check_annotations(c, obj_get(meta, ".annotations"));
    check_owners(c, obj_get(meta, ".ownerReferences"));
    check_finalizers(c, obj_get(meta, ".finalizers"));
}

/* ---- Templates ---- */

void check_template_meta(struct check *c, const struct json *meta)
{
    static const struct {
        const char *name, *go;
    } others[] = {
        {"name", "name"},
        {"generateName", "generateName"},
        {"namespace", "namespace"},
        {"selfLink", "selfLink"},
        {"uid", "uID"},
        {"resourceVersion", "resourceVersion"},
        {"generation", "generation"},
        {"creationTimestamp", "creationTimestamp"},
        {"deletionTimestamp", "deletionTimestamp"},
        {"deletionGracePeriodSeconds", "deletionGracePeriodSeconds"},
        {"ownerReferences", "ownerReferences"},
        {"finalizers", "finalizers"},
        {"managedFields", "managedFields"},
    };
    size_t mark = check_member(c, "metadata");
    check_annotations(c, json_getc(meta, "annotations"));
    check_labels(c, json_getc(meta, "labels"));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (api_sent(meta, &type_meta_v1_ObjectMeta, others[i].name)) check_forbidden(c, others[i].go, "cannot be set");
    check_pop(c, mark);
}
