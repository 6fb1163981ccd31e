/* openapi_custom.c - the schemas of custom kinds, as their definitions have them.
 * Reads: a kind's definition.   Writes: JSON text.
 * Upstream: apiextensions-apiserver pkg/controller/openapi/{builder,v2}, pkg/apiserver/schema/kubeopenapi.go. */
#include "apiserver/discovery/openapi_parts.h"

#include "api/object.h"
#include "apiserver/crd/crd.h"
#include "apiserver/crd/normal.h"

#define META "io.k8s.apimachinery.pkg.apis.meta.v1."

static bool is_open(const struct json *s) { return obj_bool(s, ".x-kubernetes-preserve-unknown-fields", false); }
static bool is_nullable(const struct json *s) { return json_is(s, JSON_OBJ) && obj_bool(s, ".nullable", false); }

/* Of what version 2 cannot say may be null, nothing is said, and so it is not required either. */
static void drop_required(struct json *s)
{
    struct json *required = json_getc(s, "required");
    const struct json *props = json_getc(s, "properties");
    if (is_nullable(json_getc(s, "additionalProperties"))) json_del(s, STR("required"));
    if (!json_is(required, JSON_ARR) || !props) return;
    for (struct json *it = json_kids(required), *next; it; it = next) {
        next = it->next;
        if (is_nullable(json_get(props, json_string(it)))) json_remove(required, it);
    }
    if (!required->count) json_del(s, STR("required"));
}

/* What version 2 has no words for, or upstream keeps from old clients. */
static void simplify(struct json *s)
{
    static const char *const dropped[] = {"oneOf", "anyOf", "allOf", "not", "default", "nullable"};
    bool nullable = is_nullable(s), open = is_open(s);
    if (!nullable && !open) drop_required(s);
    for (size_t i = 0; i < ARRAY_LEN(dropped); i++) json_del(s, str_of(dropped[i]));
    if (nullable || open) {
        json_del(s, STR("items"));
        json_del(s, STR("properties"));
    }
    if (nullable || (open && obj_is(s, ".type", "object")) || (obj_is(s, ".type", "array") && !json_getc(s, "items")))
        json_del(s, STR("type"));
    JSON_FOREACH(it, json_getc(s, "properties")) simplify(it);
    struct json *items = json_getc(s, "items"), *more = json_getc(s, "additionalProperties");
    if (items) simplify(items);
    if (json_is(more, JSON_OBJ)) simplify(more);
}

/* [{"type": "integer"}, {"type": "string"}] */
static bool says_either(const struct json *any_of)
{
    return json_is(any_of, JSON_ARR) && any_of->count == 2 && obj_is(json_kids(any_of), ".type", "integer") &&
           obj_is(json_kids(any_of)->next, ".type", "string");
}

static struct json *either(struct arena *a)
{
    static const char *const types[] = {"integer", "string"};
    struct json *any = json_arr(a);
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct json *one = json_obj(a);
        json_add(one, STR("type"), json_strc(a, types[i]));
        json_push(any, one);
    }
    return any;
}

/* A number or a text says in version 3 that it is either. */
static void unfold(struct arena *a, struct json *s)
{
    struct json *items = json_getc(s, "items"), *more = json_getc(s, "additionalProperties");
    JSON_FOREACH(it, json_getc(s, "properties")) unfold(a, it);
    if (items) unfold(a, items);
    if (json_is(more, JSON_OBJ)) unfold(a, more);
    if (!obj_bool(s, ".x-kubernetes-int-or-string", false) || says_either(json_getc(s, "anyOf")) ||
        says_either(obj_get(s, ".allOf[0].anyOf")))
        return;
    if (!json_getc(s, "anyOf")) {
        json_add(s, STR("anyOf"), either(a));
        return;
    }
    struct json *all = json_getc(s, "allOf"), *first = json_obj(a);
    json_add(first, STR("anyOf"), either(a));
    if (!all) json_add(s, STR("allOf"), all = json_arr(a));
    json_insert(all, 0, first);
}

static struct json *plain_ref_to(struct arena *a, enum openapi_version v, const char *name)
{
    struct json *ref = json_obj(a);
    json_add(ref, STR("$ref"),
             json_str(a, str_printf(a, "#/%s/%s", v == OPENAPI_V2 ? "definitions" : "components/schemas", name)));
    return ref;
}

/* Version 3 takes nothing beside a reference. */
static struct json *ref_to(struct arena *a, enum openapi_version v, const char *name)
{
    struct json *ref = plain_ref_to(a, v, name);
    if (v == OPENAPI_V2) return ref;
    struct json *out = json_obj(a), *all = json_arr(a);
    json_push(all, ref);
    json_add(out, STR("allOf"), all);
    return out;
}

static struct json *text_schema(struct arena *a, const char *description)
{
    struct json *s = json_obj(a);
    json_add(s, STR("description"), json_strc(a, description));
    json_add(s, STR("type"), json_strc(a, "string"));
    return s;
}

/* What every object has, and embedded ones do. */
static void add_meta(struct arena *a, enum openapi_version v, struct json *s)
{
    struct json *props = json_getc(s, "properties");
    if (!props) {
        props = json_obj(a);
        json_set(a, s, STR("properties"), props);
    }
    json_set(a, props, STR("apiVersion"), text_schema(a, "The version in which this object is written."));
    json_set(a, props, STR("kind"), text_schema(a, "The kind of this object."));
    json_set(a, props, STR("metadata"), ref_to(a, v, META "ObjectMeta"));
}

static void require(struct arena *a, struct json *s, const char *name)
{
    struct json *required = json_getc(s, "required");
    if (!required) json_add(s, STR("required"), required = json_arr(a));
    JSON_FOREACH(it, required)
    if (str_eqc(json_string(it), name)) return;
    json_push(required, json_strc(a, name));
}

static void add_embedded_meta(struct arena *a, enum openapi_version v, struct json *s)
{
    JSON_FOREACH(it, json_getc(s, "properties")) add_embedded_meta(a, v, it);
    struct json *items = json_getc(s, "items"), *more = json_getc(s, "additionalProperties");
    if (items) add_embedded_meta(a, v, items);
    if (json_is(more, JSON_OBJ)) add_embedded_meta(a, v, more);
    if (!obj_bool(s, ".x-kubernetes-embedded-resource", false) || (v == OPENAPI_V2 && is_open(s))) return;
    add_meta(a, v, s);
    require(a, s, "kind");
    require(a, s, "apiVersion");
}

static void add_kind(struct arena *a, struct json *s, const struct api_resource *res, const char *kind)
{
    struct json *list = json_arr(a), *gvk = json_obj(a);
    json_add(gvk, STR("group"), json_strc(a, res->group));
    json_add(gvk, STR("kind"), json_strc(a, kind));
    json_add(gvk, STR("version"), json_strc(a, res->version));
    json_push(list, gvk);
    json_set(a, s, STR("x-kubernetes-group-version-kind"), list);
}

/* ".spec.color" is the field spec.color. */
static void add_selectable(struct arena *a, struct json *s, const struct json *version)
{
    struct json *list = json_arr(a);
    for (OBJ_EACH(it, version, ".selectableFields")) {
        struct json *field = json_obj(a);
        json_add(field, STR("fieldPath"), json_str(a, str_from(obj_str(it, ".jsonPath"), 1)));
        json_push(list, field);
    }
    if (list->count) json_set(a, s, STR("x-kubernetes-selectable-fields"), list);
}

static const struct json *version_of(struct arena *a, const struct api_resource *res)
{
    struct err e = ERR_INIT;
    const struct json *def = json_parse(a, blob_str(crd_kind_of(res)->definition), &e);
    for (OBJ_EACH(x, def, ".spec.versions"))
        if (obj_is(x, ".name", res->version)) return x;
    return NULL;
}

static struct json *object_schema(struct arena *a, enum openapi_version v, const struct api_resource *res,
                                  const struct json *version)
{
    const struct json *found = obj_get(version, ".schema.openAPIV3Schema");
    bool nothing = !found || (v == OPENAPI_V2 && is_open(found));
    struct json *s = nothing ? json_obj(a) : json_copy(a, found);
    if (!nothing) {
        normal_values(a, s, NULL);
        if (v == OPENAPI_V2)
            simplify(s);
        else
            unfold(a, s);
        add_embedded_meta(a, v, s);
        add_meta(a, v, s);
    }
    json_set(a, s, STR("type"), json_strc(a, "object"));
    add_kind(a, s, res, res->kind);
    add_selectable(a, s, version);
    normal_sort(s);
    return s;
}

static struct json *list_schema(struct arena *a, enum openapi_version v, const struct api_resource *res,
                                const struct json *version)
{
    struct json *s = json_obj(a), *items = json_obj(a), *required = json_arr(a);
    json_add(s, STR("description"), json_str(a, str_printf(a, "%s is a list of %s", res->list_kind, res->kind)));
    json_add(s, STR("type"), json_strc(a, "object"));
    json_push(required, json_strc(a, "items"));
    json_add(s, STR("required"), required);
    add_meta(a, v, s);
    struct json *props = json_getc(s, "properties");
    json_set(a, props, STR("metadata"), ref_to(a, v, META "ListMeta"));
    json_add(items, STR("description"), json_str(a, str_printf(a, "The %s.", res->plural)));
    json_add(items, STR("type"), json_strc(a, "array"));
    json_add(items, STR("items"), plain_ref_to(a, v, res->type->openapi));
    json_add(props, STR("items"), items);
    add_kind(a, s, res, res->list_kind);
    add_selectable(a, s, version);
    normal_sort(s);
    return s;
}

void openapi_write_custom(struct buf *b, enum openapi_version v, const struct api_resource *res)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *version = version_of(&a, res);
    int head = (int)(strlen(res->type->openapi) - strlen(res->kind));
    buf_addf(b, "\"%s\":", res->type->openapi);
    json_write(b, object_schema(&a, v, res, version));
    buf_addf(b, ",\"%.*s%s\":", head, res->type->openapi, res->list_kind);
    json_write(b, list_schema(&a, v, res, version));
}
