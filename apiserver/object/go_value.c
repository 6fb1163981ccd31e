/* go_value.c - see go_value.h. Reads: a normalised node.   Writes: a new tree. */
#include "apiserver/object/go_value.h"

#include "api/object.h"

#include <ctype.h>

/* Names that are not the JSON name with a capital. */
static const struct {
    const char *json, *go;
} names[] = {
    {"apiGroup", "APIGroup"},
    {"apiGroups", "APIGroups"},
    {"apiVersion", "APIVersion"},
    {"apiVersions", "APIVersions"},
    {"nonResourceURLs", "NonResourceURLs"},
    {"jsonPath", "JSONPath"},
    {"openAPIV3Schema", "OpenAPIV3Schema"},
    {"id", "ID"},
    {"$schema", "Schema"},
    {"$ref", "Ref"},
    {"url", "URL"},
    {"x-kubernetes-preserve-unknown-fields", "XPreserveUnknownFields"},
    {"x-kubernetes-embedded-resource", "XEmbeddedResource"},
    {"x-kubernetes-int-or-string", "XIntOrString"},
    {"x-kubernetes-list-map-keys", "XListMapKeys"},
    {"x-kubernetes-list-type", "XListType"},
    {"x-kubernetes-map-type", "XMapType"},
    {"x-kubernetes-validations", "XValidations"},
};

static struct str go_name(struct arena *a, struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eqc(name, names[i].json)) return str_of(names[i].go);
    char *p = str_cstr(a, name);
    p[0] = (char)toupper((unsigned char)p[0]);
    return str_n(p, name.n);
}

/* What a field holds that is not there. */
static struct json *nothing(struct arena *a, const struct api_field *f)
{
    if (f->flags & API_F_POINTER || f->shape != API_ONE) return json_null(a);
    switch (f->value) {
    case API_STRUCT: return go_value(a, f->type, json_obj(a));
    case API_STRING: return json_str(a, STR(""));
    case API_BOOL: return json_bool(a, false);
    case API_INT32:
    case API_INT64: return json_int(a, 0);
    default: return json_null(a);
    }
}

static struct json *union_value(struct arena *a, const struct api_type *t, const struct json *v)
{
    struct json *out = json_obj(a);
    const struct api_field *of = api_union_field(t, v->type);
    for (int i = 0; i < t->nfields; i++) {
        const struct api_field *f = &t->fields[i];
        if (f->value == API_BOOL)
            json_set(a, out, f->name, json_bool(a, v->type != JSON_BOOL || v->u.b));
        else if (f != of)
            json_set(a, out, f->name, json_null(a));
        else
            json_set(a, out, f->name, f->shape == API_ONE ? go_value(a, f->type, v) : json_copy(a, v));
    }
    return out;
}

static struct json *one(struct arena *a, const struct api_field *f, const struct json *v)
{
    if (f->value != API_STRUCT) return json_copy(a, v);
    if (f->type->form == API_FORM_LIST) return json_copy(a, v);
    return f->type->form == API_FORM_UNION ? union_value(a, f->type, v) : go_value(a, f->type, v);
}

enum { MEMBERS_MAX = 1000 }; /* of a map; an error does not show more, and they are added one by one */

static struct json *field_value(struct arena *a, const struct api_field *f, const struct json *v)
{
    if (!v || v->type == JSON_NULL) return nothing(a, f);
    if (f->shape == API_ONE) return one(a, f, v);
    if (f->shape == API_MAP && obj_count(v, "") > MEMBERS_MAX) return json_copy(a, v);
    struct json *out = f->shape == API_LIST ? json_arr(a) : json_obj(a);
    for (OBJ_EACH(it, v, "")) {
        if (f->shape == API_LIST)
            json_push(out, one(a, f, it));
        else
            json_set(a, out, obj_key(it), one(a, f, it));
    }
    return out;
}

struct json *go_value(struct arena *a, const struct api_type *t, const struct json *node)
{
    if (!node || node->type == JSON_NULL) return json_null(a);
    struct json *out = json_obj(a);
    for (int i = 0; i < t->nfields; i++) {
        struct str name = t->fields[i].name;
        /* of schemas upstream has it here and not at its place */
        const struct api_field *behind = str_eqc(name, "type") ? api_field_of(t, STR("nullable")) : NULL;
        json_set(a, out, go_name(a, name), field_value(a, &t->fields[i], json_get(node, name)));
        if (behind) json_set(a, out, STR("Nullable"), field_value(a, behind, json_get(node, behind->name)));
    }
    return out;
}
