/* tables.c - see tables.h. A structural schema becomes the very structs that built-in kinds have: objects are types,
 * properties are fields, lists with their keys; what they cannot say is in the schema beside them.
 * Reads: a version of a definition.   Writes: the arena, the version.
 * Upstream: apiextensions-apiserver pkg/controller/openapi/builder, pkg/apiserver/helpers.go (columns). */
#include "apiserver/crd/tables.h"

#include "api/object.h"
#include "base/log.h"
#include "schema_ids.h"

#include <stdlib.h>

/* ---- Types ---- */

static void fill_field(struct arena *a, struct api_field *f, const struct api_schema *s);

static enum api_value scalar_of(const struct api_schema *s)
{
    if (s->int_or_string) return API_INT_OR_STRING;
    switch (s->types) {
    case SCHEMA_STRING: return API_STRING;
    case SCHEMA_INTEGER: return API_INT64;
    case SCHEMA_NUMBER: return API_DOUBLE;
    case SCHEMA_BOOLEAN: return API_BOOL;
    default: return API_ANY;
    }
}

static void sort_names(struct arena *a, struct api_type *t)
{
    uint16_t *by_name = ARENA_ARRAY(a, uint16_t, t->nfields + 1);
    for (uint16_t i = 0; i < t->nfields; i++) by_name[i] = i; /* properties are by name already */
    t->by_name = by_name;
}

/* What every object has, whatever its schema says of it; by name. */
static const struct api_field of_objects[] = {
    {.name = {"apiVersion", 10}, .value = API_STRING, .flags = API_F_OMITEMPTY, .doc = ""},
    {.name = {"kind", 4}, .value = API_STRING, .flags = API_F_OMITEMPTY, .doc = ""},
    {.name = {"metadata", 8},
     .value = API_STRUCT,
     .flags = API_F_OMITEMPTY,
     .type = &type_meta_v1_ObjectMeta,
     .doc = ""},
};

/* The schema's properties; from of_objects[first] on, in place of its own. */
static void fill_fields(struct arena *a, struct api_type *t, const struct api_schema *s, size_t first)
{
    struct api_field *fields = ARENA_ARRAY(a, struct api_field, s->nprops + ARRAY_LEN(of_objects));
    size_t next = first;
    for (uint32_t i = 0; i < s->nprops && t->nfields < UINT16_MAX - ARRAY_LEN(of_objects); i++) {
        struct str name = s->props[i].name;
        int order = -1;
        while (next < ARRAY_LEN(of_objects) && (order = str_cmp(of_objects[next].name, name)) < 0)
            fields[t->nfields++] = of_objects[next++];
        if (next < ARRAY_LEN(of_objects) && order == 0) continue;
        fields[t->nfields].name = name;
        fill_field(a, &fields[t->nfields++], s->props[i].schema);
    }
    while (next < ARRAY_LEN(of_objects)) fields[t->nfields++] = of_objects[next++];
    t->fields = fields;
    t->open = s->preserve;
    sort_names(a, t);
}

static const struct api_type *struct_of(struct arena *a, const struct api_schema *s)
{
    struct api_type *t = ARENA_NEW(a, struct api_type);
    *t = (struct api_type){.name = "", .package = "", .openapi = "", .doc = "", .schema = s, .atomic = s->map_atomic};
    fill_fields(a, t, s, s->embedded ? 0 : ARRAY_LEN(of_objects));
    return t;
}

/* A list or map within a list or map: a named wrapper whose only field it is. */
static const struct api_type *wrapper_of(struct arena *a, const struct api_schema *s)
{
    struct api_type *t = ARENA_NEW(a, struct api_type);
    struct api_field *f = ARENA_NEW(a, struct api_field);
    *t = (struct api_type){.name = "", .package = "", .openapi = "", .doc = "", .schema = s, .form = API_FORM_LIST};
    f->name = STR("items");
    fill_field(a, f, s);
    t->fields = f;
    t->nfields = 1;
    sort_names(a, t);
    return t;
}

static bool is_map(const struct api_schema *s) { return s->types == SCHEMA_OBJECT && !s->nprops && s->additional; }
static bool is_struct(const struct api_schema *s) { return s->types == SCHEMA_OBJECT && (s->nprops || s->embedded); }

/* The value of a list's or map's elements, or of a field that is neither. */
static void fill_value(struct arena *a, struct api_field *f, const struct api_schema *s)
{
    f->value = API_ANY;
    if (!s) return;
    if (s->types == SCHEMA_ARRAY && s->items) {
        f->value = API_STRUCT;
        f->type = wrapper_of(a, s);
    } else if (is_struct(s)) {
        f->value = API_STRUCT;
        f->type = struct_of(a, s);
    } else if (s->types != SCHEMA_OBJECT && s->types != SCHEMA_ARRAY) {
        f->value = (uint8_t)scalar_of(s);
    }
}

static const char *const *keys_of(struct arena *a, const struct api_schema *s)
{
    const char **keys = ARENA_ARRAY(a, const char *, s->nkeys + 1);
    for (uint32_t i = 0; i < s->nkeys; i++) keys[i] = s->keys[i].p;
    return keys;
}

static const char *text_of(struct arena *a, const struct json *j)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, SIZE_MAX);
    json_write(&b, j);
    return str_cstr(a, buf_view(&b));
}

static void fill_field(struct arena *a, struct api_field *f, const struct api_schema *s)
{
    f->doc = "";
    f->flags = API_F_POINTER | API_F_OMITEMPTY;
    if (s->dflt && s->dflt->type < JSON_ARR) f->default_json = text_of(a, s->dflt); /* it may be a list's key */
    if (s->types == SCHEMA_ARRAY) {
        f->shape = API_LIST;
        if (s->list == SCHEMA_LIST_MAP)
            f->list_keys = keys_of(a, s);
        else
            f->flags |= s->list == SCHEMA_LIST_SET ? API_F_SET : API_F_ATOMIC;
        fill_value(a, f, s->items);
    } else if (is_map(s)) {
        f->shape = API_MAP;
        if (s->map_atomic) f->flags |= API_F_ATOMIC;
        fill_value(a, f, s->additional);
    } else {
        if (s->map_atomic) f->flags |= API_F_ATOMIC;
        fill_value(a, f, s);
    }
}

/* The object itself: what its schema lists, and metadata, which every kind has. TypeMeta travels beside the tree. */
static void fill_root(struct arena *a, struct api_type *t, const struct api_schema *s)
{
    struct api_schema rest = *s;
    rest.props = ARENA_ARRAY(a, struct schema_prop, s->nprops + 1);
    rest.nprops = 0;
    for (uint32_t i = 0; i < s->nprops; i++)
        if (!str_eqc(s->props[i].name, "apiVersion") && !str_eqc(s->props[i].name, "kind"))
            rest.props[rest.nprops++] = s->props[i];
    fill_fields(a, t, &rest, ARRAY_LEN(of_objects) - 1);
    t->schema = s;
}

/* ---- Columns ---- */

static struct crd_column column_of(struct arena *a, const struct json *c)
{
    struct err e = ERR_INIT;
    struct str path = obj_str(c, ".jsonPath"), description = obj_str(c, ".description");
    struct str kept = str_copy(a, path);
    if (!description.n)
        description = str_printf(a, "Custom resource definition column (in JSONPath format): %.*s", STR_ARG(path));
    return (struct crd_column){
        .name = str_cstr(a, obj_str(c, ".name")),
        .type = str_cstr(a, obj_str(c, ".type")),
        .format = str_cstr(a, obj_str(c, ".format")),
        .description = str_cstr(a, description),
        .priority = (int32_t)obj_int(c, ".priority", 0),
        .path = jsonpath_compile(a, kept, &e),
    };
}

static void fill_columns(struct arena *a, struct crd_version *v, const struct json *version)
{
    static const char *const age = "{\"name\":\"Age\",\"type\":\"date\",\"description\":\"When the object was "
                                   "created.\",\"jsonPath\":\".metadata.creationTimestamp\"}";
    struct err e = ERR_INIT;
    size_t n = obj_count(version, ".additionalPrinterColumns");
    v->columns = ARENA_ARRAY(a, struct crd_column, n + 1);
    for (OBJ_EACH(c, version, ".additionalPrinterColumns")) {
        v->columns[v->ncolumns] = column_of(a, c);
        if (!v->columns[v->ncolumns].path) return; /* what follows is not shown either */
        v->ncolumns++;
    }
    if (!n) v->columns[v->ncolumns++] = column_of(a, json_parse(a, str_of(age), &e));
}

void tables_fill(struct arena *a, struct api_resource *r, struct crd_version *v, const struct json *version)
{
    (void)r;
    v->schema = schema_compile(a, obj_get(version, ".schema.openAPIV3Schema"));
    v->status_schema = v->has_status ? schema_property(v->schema, STR("status")) : NULL;
    fill_root(a, &v->type, v->schema);
    fill_columns(a, v, version);
}
