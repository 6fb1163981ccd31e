/* schema.c - see schema.h.
 * Reads: a normalised JSONSchemaProps.   Writes: the arena.
 * Upstream: apiextensions-apiserver pkg/apiserver/schema/convert.go, pkg/apiserver/validation/{validation,formats}.go.
 */
#include "apiserver/crd/schema.h"

#include "api/object.h"
#include "apiserver/crd/normal.h"

#include <stdlib.h>

static const struct api_schema *compile(struct arena *a, const struct json *j);

/* ---- Reading keywords ---- */

static uint8_t type_bit(struct str type)
{
    static const struct {
        const char *name;
        uint8_t bit;
    } rows[] = {{"object", SCHEMA_OBJECT},   {"array", SCHEMA_ARRAY},   {"string", SCHEMA_STRING},
                {"integer", SCHEMA_INTEGER}, {"number", SCHEMA_NUMBER}, {"boolean", SCHEMA_BOOLEAN}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_eqc(type, rows[i].name)) return rows[i].bit;
    return 0;
}

static struct json *keep(struct arena *a, const struct json *j);

static void keep_kids(struct arena *a, struct json *out, const struct json *j)
{
    JSON_FOREACH(it, j)
    {
        struct json *kid = keep(a, it);
        if (j->type == JSON_OBJ)
            json_add(out, str_copy(a, it->key), kid);
        else
            json_push(out, kid);
    }
}

/* A copy that owns its texts: the definition's tree goes. */
static struct json *keep(struct arena *a, const struct json *j)
{
    switch (j->type) {
    case JSON_STR: return json_str(a, str_copy(a, j->u.s));
    case JSON_REAL: return json_real(a, str_copy(a, j->u.s));
    case JSON_ARR:
    case JSON_OBJ: {
        struct json *out = j->type == JSON_ARR ? json_arr(a) : json_obj(a);
        keep_kids(a, out, j);
        return out;
    }
    default: return json_copy(a, j);
    }
}

static struct str *texts(struct arena *a, const struct json *list, uint32_t *n)
{
    *n = json_is(list, JSON_ARR) ? list->count : 0;
    if (!*n) return NULL;
    struct str *out = ARENA_ARRAY(a, struct str, *n);
    uint32_t i = 0;
    JSON_FOREACH(it, list) out[i++] = str_copy(a, json_string(it));
    return out;
}

static const struct api_schema **schemas(struct arena *a, const struct json *list, uint32_t *n)
{
    *n = json_is(list, JSON_ARR) ? list->count : 0;
    if (!*n) return NULL;
    const struct api_schema **out = ARENA_ARRAY(a, const struct api_schema *, *n);
    uint32_t i = 0;
    JSON_FOREACH(it, list) out[i++] = compile(a, it);
    return out;
}

/* ---- Rules ---- */

static bool number_of(const struct json *j, const char *key, double *out)
{
    const struct json *v = json_getc(j, key);
    if (!v) return false;
    *out = json_number(v);
    return true;
}

static void compile_pattern(struct arena *a, struct schema_rules *r)
{
    struct err e = ERR_INIT;
    r->regex = regex_compile(a, r->pattern, &e);
    if (!r->regex) r->pattern_error = arena_strdup(a, e.text);
}

static const struct schema_rules *rules_of(struct arena *a, const struct json *j)
{
    struct schema_rules r = {
        .max_length = obj_int(j, ".maxLength", -1),
        .min_length = obj_int(j, ".minLength", -1),
        .max_items = obj_int(j, ".maxItems", -1),
        .min_items = obj_int(j, ".minItems", -1),
        .max_properties = obj_int(j, ".maxProperties", -1),
        .min_properties = obj_int(j, ".minProperties", -1),
        .unique_items = obj_bool(j, ".uniqueItems", false),
        .exclusive_maximum = obj_bool(j, ".exclusiveMaximum", false),
        .exclusive_minimum = obj_bool(j, ".exclusiveMinimum", false),
    };
    r.has_maximum = number_of(j, "maximum", &r.maximum);
    r.has_minimum = number_of(j, "minimum", &r.minimum);
    r.has_multiple_of = number_of(j, "multipleOf", &r.multiple_of);
    struct str pattern = obj_str(j, ".pattern"), format = obj_str(j, ".format");
    const struct json *enums = json_getc(j, "enum"), *not = json_getc(j, "not");
    if (enums && enums->count) r.enums = keep(a, enums);
    if (pattern.n) {
        r.pattern = str_copy(a, pattern);
        compile_pattern(a, &r);
    }
    if (format.n) r.format = str_copy(a, format);
    r.all_of = schemas(a, json_getc(j, "allOf"), &r.nall_of);
    r.any_of = schemas(a, json_getc(j, "anyOf"), &r.nany_of);
    r.one_of = schemas(a, json_getc(j, "oneOf"), &r.none_of);
    if (json_is(not, JSON_OBJ)) r.not = compile(a, not );
    bool any = r.has_maximum || r.has_minimum || r.has_multiple_of || r.max_length >= 0 || r.min_length >= 0 ||
               r.max_items >= 0 || r.min_items >= 0 || r.max_properties >= 0 || r.min_properties >= 0 ||
               r.unique_items || r.pattern.n || r.enums || r.format.n || r.all_of || r.any_of || r.one_of || r.not ;
    return any ? arena_memdup(a, &r, sizeof r) : NULL;
}

/* ---- The tree ---- */

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct schema_prop *)a)->name, ((const struct schema_prop *)b)->name);
}

static void note_below(struct api_schema *s, const struct api_schema *below)
{
    if (!below) return;
    s->has_defaults = s->has_defaults || below->has_defaults;
    s->has_embedded = s->has_embedded || below->has_embedded;
    s->has_lists = s->has_lists || below->has_lists;
    s->has_rules = s->has_rules || below->has_rules;
}

static void compile_props(struct arena *a, struct api_schema *s, const struct json *props)
{
    s->nprops = json_is(props, JSON_OBJ) ? props->count : 0;
    if (!s->nprops) return;
    s->props = ARENA_ARRAY(a, struct schema_prop, s->nprops);
    uint32_t n = 0;
    JSON_FOREACH(it, props)
    {
        s->props[n] = (struct schema_prop){str_copy(a, it->key), compile(a, it)};
        note_below(s, s->props[n++].schema);
    }
    qsort(s->props, s->nprops, sizeof *s->props, by_name);
}

static void compile_extensions(struct arena *a, struct api_schema *s, const struct json *j)
{
    struct str list = json_string(json_getc(j, "x-kubernetes-list-type"));
    s->list = str_eqc(list, "set") ? SCHEMA_LIST_SET : str_eqc(list, "map") ? SCHEMA_LIST_MAP : SCHEMA_LIST_ATOMIC;
    s->keys = texts(a, json_getc(j, "x-kubernetes-list-map-keys"), &s->nkeys);
    s->map_atomic = str_eqc(json_string(json_getc(j, "x-kubernetes-map-type")), "atomic");
    s->preserve = obj_bool(j, ".x-kubernetes-preserve-unknown-fields", false);
    s->embedded = obj_bool(j, ".x-kubernetes-embedded-resource", false);
    s->int_or_string = obj_bool(j, ".x-kubernetes-int-or-string", false);
    s->has_lists = s->list != SCHEMA_LIST_ATOMIC;
    const struct json *rules = json_getc(j, "x-kubernetes-validations");
    s->has_embedded = s->embedded;
    s->has_rules = rules && rules->count;
}

static const struct api_schema *compile(struct arena *a, const struct json *j)
{
    struct api_schema *s = ARENA_NEW(a, struct api_schema);
    const struct json *additional = json_getc(j, "additionalProperties"), *items = json_getc(j, "items"),
                      *dflt = json_getc(j, "default");
    s->types = type_bit(obj_str(j, ".type"));
    s->nullable = obj_bool(j, ".nullable", false);
    compile_extensions(a, s, j);
    if (s->int_or_string) s->types = SCHEMA_INTEGER | SCHEMA_STRING;
    compile_props(a, s, json_getc(j, "properties"));
    s->has_additional = json_is(additional, JSON_BOOL) || json_is(additional, JSON_OBJ);
    s->additional_allows = json_is(additional, JSON_OBJ) || (s->has_additional && additional->u.b);
    if (json_is(additional, JSON_OBJ)) s->additional = compile(a, additional);
    if (json_is(items, JSON_OBJ)) s->items = compile(a, items);
    note_below(s, s->additional);
    note_below(s, s->items);
    s->required = texts(a, json_getc(j, "required"), &s->nrequired);
    s->rules = rules_of(a, j);
    if (dflt && dflt->type != JSON_NULL) {
        struct json *value = keep(a, dflt);
        normal_prune(value, s, NULL);
        s->dflt = value;
        s->has_defaults = true;
    }
    return s;
}

const struct api_schema *schema_compile(struct arena *a, const struct json *schema)
{
    static const struct api_schema anything = {.preserve = true};
    return json_is(schema, JSON_OBJ) ? compile(a, schema) : &anything;
}

const struct schema_prop *schema_prop(const struct api_schema *s, struct str name)
{
    uint32_t low = 0, high = s->nprops;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = str_cmp(name, s->props[middle].name);
        if (order == 0) return &s->props[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct api_schema *schema_property(const struct api_schema *s, struct str name)
{
    const struct schema_prop *p = schema_prop(s, name);
    return p ? p->schema : NULL;
}

const struct api_schema *schema_member(const struct api_schema *s, struct str name)
{
    const struct api_schema *p = schema_property(s, name);
    return p ? p : s->additional;
}
