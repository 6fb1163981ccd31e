/* kind.c - from a stored CustomResourceDefinition to the rows of its resources. Names and versions at once, what
 * needs the schemas when the first request comes.
 * Reads: the definition's bytes.   Writes: a new kind.
 * Upstream: apiextensions-apiserver pkg/apiserver/customresource_handler.go (getOrCreateServingInfoFor). */
#include "apiserver/crd/crd.h"

#include "api/object.h"
#include "apiserver/crd/tables.h"
#include "apiserver/watch/cache.h"
#include "base/kassert.h"
#include "base/log.h"
#include "schema_ids.h"

#include <stdlib.h>

enum {
    VERBS_ALL =
        API_GET | API_LIST_VERB | API_WATCH | API_CREATE | API_UPDATE | API_PATCH | API_DELETE | API_DELETECOLLECTION
};

static void release(struct api_custom *c)
{
    struct crd_kind *k = (struct crd_kind *)c;
    cache_release_home(c->home);
    blob_unref(k->definition);
    webhook_free(k->webhook);
    struct arena a = k->arena;
    free(k);
    arena_release(&a);
}

static const char *text_at(struct arena *a, const struct json *j, const char *path)
{
    return str_cstr(a, obj_str(j, path));
}

static const char *const *list_at(struct arena *a, const struct json *j, const char *path)
{
    const char **out = ARENA_ARRAY(a, const char *, obj_count(j, path) + 1);
    size_t n = 0;
    for (OBJ_EACH(it, j, path)) out[n++] = str_cstr(a, obj_text(it));
    return out;
}

/* ---- Selectable fields ---- */

static struct api_selectable *selectables(struct arena *a, const struct json *def, bool namespaced, uint16_t *n)
{
    size_t most = 2;
    for (OBJ_EACH(v, def, ".spec.versions")) most += obj_count(v, ".selectableFields");
    struct api_selectable *out = ARENA_ARRAY(a, struct api_selectable, most);
    *n = 0;
    out[(*n)++] = (struct api_selectable){"metadata.name", ".metadata.name", NULL};
    if (namespaced) out[(*n)++] = (struct api_selectable){"metadata.namespace", ".metadata.namespace", NULL};
    return out;
}

static void add_selectables(struct arena *a, struct api_selectable *out, uint16_t *n, const struct json *version)
{
    for (OBJ_EACH(f, version, ".selectableFields")) {
        const char *path = text_at(a, f, ".jsonPath");
        bool there = false;
        for (int i = 0; i < *n && !there; i++) there = strcmp(out[i].path, path) == 0;
        if (!there) out[(*n)++] = (struct api_selectable){path + (*path == '.'), path, NULL};
    }
}

static void fill_selectables(struct crd_kind *k, struct api_resource *r, const struct json *def,
                             const struct json *version)
{
    uint16_t n;
    struct api_selectable *out = selectables(&k->arena, def, r->namespaced, &n);
    add_selectables(&k->arena, out, &n, version);
    r->nselectable = n;
    for (OBJ_EACH(v, def, ".spec.versions")) add_selectables(&k->arena, out, &n, v);
    r->selectable = out;
    k->base.nindexed = n;
}

/* ---- Subresources ---- */

static void fill_subs(struct crd_kind *k, struct api_resource *r, struct crd_version *v, const struct json *version)
{
    struct arena *a = &k->arena;
    const struct json *scale = obj_get(version, ".subresources.scale");
    struct api_subresource *subs = ARENA_ARRAY(a, struct api_subresource, 2);
    v->has_status = obj_has(version, ".subresources.status");
    if (v->has_status)
        subs[r->nsubs++] =
            (struct api_subresource){.name = "status", .verbs = API_GET | API_PATCH | API_UPDATE, .writes = ".status"};
    if (json_is(scale, JSON_OBJ)) {
        struct crd_scale s = {text_at(a, scale, ".specReplicasPath"), text_at(a, scale, ".statusReplicasPath"),
                              obj_str(scale, ".labelSelectorPath").n ? text_at(a, scale, ".labelSelectorPath") : NULL};
        v->scale = arena_memdup(a, &s, sizeof s);
        subs[r->nsubs++] = (struct api_subresource){.name = "scale",
                                                    .group = "autoscaling",
                                                    .version = "v1",
                                                    .kind = "Scale",
                                                    .type = &type_autoscaling_v1_Scale,
                                                    .verbs = API_GET | API_PATCH | API_UPDATE};
    }
    r->subs = subs;
}

/* ---- Deprecation ---- */

static const char *default_warning(struct arena *a, const struct json *def, struct str version)
{
    struct str best = STR_NULL, group = obj_str(def, ".spec.group"), kind = obj_str(def, ".spec.names.kind");
    for (OBJ_EACH(v, def, ".spec.versions")) {
        struct str name = obj_str(v, ".name");
        bool better =
            obj_bool(v, ".served", false) && !obj_bool(v, ".deprecated", false) && api_version_order(name, version) < 0;
        if (better && (!best.n || api_version_order(name, best) < 0)) best = name;
    }
    struct str text = str_printf(a, "%.*s/%.*s %.*s is deprecated", STR_ARG(group), STR_ARG(version), STR_ARG(kind));
    if (best.n)
        text = str_printf(a, "%.*s; use %.*s/%.*s %.*s", STR_ARG(text), STR_ARG(group), STR_ARG(best), STR_ARG(kind));
    return str_cstr(a, text);
}

/* ---- A version ---- */

static const uint16_t no_fields[1]; /* until it is prepared */

/* "com.example.v1.Widget" of example.com/v1 */
static const char *definition_name(struct arena *a, const struct api_resource *r)
{
    struct str reversed = STR(""), rest = str_of(r->group);
    while (!str_is_null(rest)) {
        struct str part = str_cut(rest, '.', &rest);
        reversed = str_printf(a, "%.*s%s%.*s", STR_ARG(part), reversed.n ? "." : "", STR_ARG(reversed));
    }
    return arena_printf(a, "%.*s.%s.%s", STR_ARG(reversed), r->version, r->kind);
}

static void fill_version(struct crd_kind *k, struct api_resource *r, struct crd_version *v, const struct json *def,
                         const struct json *version)
{
    struct arena *a = &k->arena;
    *r = (struct api_resource){
        .group = text_at(a, def, ".spec.group"),
        .version = text_at(a, version, ".name"),
        .kind = text_at(a, def, ".status.acceptedNames.kind"),
        .list_kind = text_at(a, def, ".status.acceptedNames.listKind"),
        .plural = text_at(a, def, ".status.acceptedNames.plural"),
        .singular = text_at(a, def, ".status.acceptedNames.singular"),
        .short_names = list_at(a, def, ".status.acceptedNames.shortNames"),
        .categories = list_at(a, def, ".status.acceptedNames.categories"),
        .namespaced = obj_is(def, ".spec.scope", "Namespaced"),
        .flags = API_R_GENERATION | API_R_PUT_NEEDS_RV,
        .verbs = VERBS_ALL,
        .type = &v->type,
        .custom = &k->base,
    };
    if (!obj_bool(version, ".served", false)) r->flags |= API_R_UNSERVED;
    r->store_prefix = arena_printf(a, "/registry/%s/%s/", r->group, r->plural);
    v->type = (struct api_type){
        .name = r->kind, .package = r->group, .openapi = definition_name(a, r), .doc = "", .by_name = no_fields};
    fill_selectables(k, r, def, version);
    fill_subs(k, r, v, version);
    if (!obj_bool(version, ".deprecated", false)) return;
    v->warning = obj_has(version, ".deprecationWarning") ? text_at(a, version, ".deprecationWarning")
                                                         : default_warning(a, def, obj_str(version, ".name"));
}

static int by_version(const void *a, const void *b)
{
    const struct json *const *x = a, *const *y = b;
    return api_version_order(obj_str(*x, ".name"), obj_str(*y, ".name"));
}

static void fill_versions(struct crd_kind *k, const struct json *def)
{
    struct arena *a = &k->arena;
    size_t n = obj_count(def, ".spec.versions"), at = 0;
    const struct json **sorted = ARENA_ARRAY(a, const struct json *, n + 1);
    for (OBJ_EACH(v, def, ".spec.versions")) sorted[at++] = v;
    qsort(sorted, n, sizeof *sorted, by_version);
    k->base.versions = ARENA_ARRAY(a, struct api_resource, n + 1);
    k->versions = ARENA_ARRAY(a, struct crd_version, n + 1);
    k->base.nversions = (uint16_t)n;
    for (size_t i = 0; i < n; i++) {
        fill_version(k, &k->base.versions[i], &k->versions[i], def, sorted[i]);
        if (obj_bool(sorted[i], ".storage", false)) k->base.storage = (uint16_t)i;
    }
    for (size_t i = 0; i < n; i++) k->base.versions[i].storage = &k->base.versions[k->base.storage];
}

/* ---- What requests need ---- */

/* The definition's versions, in the order of the rows. */
static void prepare(struct api_custom *c)
{
    struct crd_kind *k = (struct crd_kind *)c;
    struct arena parsed AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *def = json_parse(&parsed, blob_str(k->definition), &e);
    KASSERT(def); /* it was read when the kind was made */
    for (OBJ_EACH(v, def, ".spec.versions"))
        for (int i = 0; i < c->nversions; i++)
            if (str_eqc(obj_str(v, ".name"), c->versions[i].version))
                tables_fill(&k->arena, &c->versions[i], &k->versions[i], v);
}

struct crd_kind *crd_kind_new(const struct blob *definition)
{
    struct arena parsed AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *def = json_parse(&parsed, blob_str(definition), &e);
    bool established = def && obj_condition_true(def, "Established");
    if (!def || (!established && !obj_condition_true(def, "NamesAccepted")) || !obj_count(def, ".spec.versions"))
        return NULL;
    if (!obj_str(def, ".status.acceptedNames.plural").n || !obj_str(def, ".status.acceptedNames.kind").n) return NULL;
    struct crd_kind *k = xcalloc(1, sizeof *k);
    api_custom_init(&k->base);
    k->base.prepare = prepare;
    k->base.release = release;
    k->base.shown = established;
    k->definition = blob_ref(definition);
    k->webhook = webhook_new(obj_get(def, ".spec.conversion"));
    k->base.print = str_hash(blob_str(definition), 0);
    k->base.name = str_copy(&k->arena, obj_name(def));
    atomic_init(&k->terminating, obj_condition_true(def, "Terminating"));
    fill_versions(k, def);
    return k;
}
