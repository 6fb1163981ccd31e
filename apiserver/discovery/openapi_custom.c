/* openapi_custom.c - the schemas of custom kinds, as their definitions have them.
 * Reads: a kind's definition.   Writes: JSON text.
 * Upstream: apiextensions-apiserver pkg/controller/openapi/{builder,v2}, pkg/apiserver/schema/kubeopenapi.go. */
#include "apiserver/discovery/openapi_parts.h"

#include "api/object.h"
#include "apiserver/crd/crd.h"
#include "apiserver/crd/normal.h"

#define META "io.k8s.apimachinery.pkg.apis.meta.v1."

/* What version 2 has no words for, or upstream keeps from old clients. */
static void simplify(struct json *s)
{
    static const char *const dropped[] = {"oneOf", "anyOf", "allOf", "not", "nullable"};
    bool nullable = obj_bool(s, ".nullable", false), mixed = obj_bool(s, ".x-kubernetes-int-or-string", false),
         open = obj_bool(s, ".x-kubernetes-preserve-unknown-fields", false);
    for (size_t i = 0; i < ARRAY_LEN(dropped); i++) json_del(s, str_of(dropped[i]));
    if (mixed || nullable || open) {
        json_del(s, STR("type"));
        json_del(s, STR("items"));
        json_del(s, STR("properties"));
        if (nullable) json_del(s, STR("additionalProperties"));
    }
    JSON_FOREACH(it, json_getc(s, "properties")) simplify(it);
    struct json *items = json_getc(s, "items"), *more = json_getc(s, "additionalProperties");
    if (items) simplify(items);
    if (json_is(more, JSON_OBJ)) simplify(more);
}

static struct json *ref_to(struct arena *a, enum openapi_version v, const char *name)
{
    struct json *ref = json_obj(a);
    json_add(ref, STR("$ref"),
             json_str(a, str_printf(a, "#/%s/%s", v == OPENAPI_V2 ? "definitions" : "components/schemas", name)));
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

static void add_embedded_meta(struct arena *a, enum openapi_version v, struct json *s)
{
    JSON_FOREACH(it, json_getc(s, "properties")) add_embedded_meta(a, v, it);
    struct json *items = json_getc(s, "items"), *more = json_getc(s, "additionalProperties");
    if (items) add_embedded_meta(a, v, items);
    if (json_is(more, JSON_OBJ)) add_embedded_meta(a, v, more);
    if (obj_bool(s, ".x-kubernetes-embedded-resource", false)) add_meta(a, v, s);
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

static struct json *object_schema(struct arena *a, enum openapi_version v, const struct api_resource *res)
{
    struct err e = ERR_INIT;
    const struct json *def = json_parse(a, blob_str(crd_kind_of(res)->definition), &e), *found = NULL;
    for (OBJ_EACH(x, def, ".spec.versions"))
        if (obj_is(x, ".name", res->version)) found = obj_get(x, ".schema.openAPIV3Schema");
    struct json *s = found ? json_copy(a, found) : json_obj(a);
    if (v == OPENAPI_V2) simplify(s);
    json_set(a, s, STR("type"), json_strc(a, "object"));
    add_embedded_meta(a, v, s);
    bool open_v2 = v == OPENAPI_V2 && obj_bool(s, ".x-kubernetes-preserve-unknown-fields", false);
    if (!open_v2) add_meta(a, v, s);
    add_kind(a, s, res, res->kind);
    normal_sort(s);
    return s;
}

static struct json *list_schema(struct arena *a, enum openapi_version v, const struct api_resource *res)
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
    json_add(items, STR("items"), ref_to(a, v, res->type->openapi));
    json_add(props, STR("items"), items);
    add_kind(a, s, res, res->list_kind);
    normal_sort(s);
    return s;
}

void openapi_write_custom(struct buf *b, enum openapi_version v, const struct api_resource *res)
{
    struct arena a AUTO_ARENA = {0};
    int head = (int)(strlen(res->type->openapi) - strlen(res->kind));
    buf_addf(b, "\"%s\":", res->type->openapi);
    json_write(b, object_schema(&a, v, res));
    buf_addf(b, ",\"%.*s%s\":", head, res->type->openapi, res->list_kind);
    json_write(b, list_schema(&a, v, res));
}
