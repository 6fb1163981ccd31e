/* crd_structural.c - see crd_schema.h: is a schema structural? Values below allOf, anyOf, oneOf and not may only be
 * restricted there, not introduced.
 * Reads: a normalised schema.   Writes: struct check. */
#include "apiserver/object/crd_schema.h"

#include "base/regex.h"

#include <stdlib.h>

enum level { AT_ROOT, AT_ITEM, AT_FIELD };

static bool is_set(const struct json *schema, const char *member)
{
    const struct json *v = json_getc(schema, member);
    return v && !json_is(v, JSON_NULL);
}

static bool is_true(const struct json *schema, const char *member)
{
    return obj_bool(json_getc(schema, member), "", false);
}

static const char int_or_string[] = "x-kubernetes-int-or-string", preserve[] = "x-kubernetes-preserve-unknown-fields",
                  embedded[] = "x-kubernetes-embedded-resource";

/* ---- What is below a junctor ---- */

static void check_nested(struct check *c, const struct json *schema, bool skip_any_of);

static void check_nested_list(struct check *c, const struct json *schema, const char *junctor, bool skip_first_any_of)
{
    size_t i = 0;
    for (OBJ_EACH(it, json_getc(schema, junctor), "")) {
        size_t mark = check_member(c, junctor);
        check_index(c, i);
        check_nested(c, it, skip_first_any_of && i == 0);
        check_pop(c, mark);
        i++;
    }
}

static void check_nested_member(struct check *c, const struct json *schema, const char *member)
{
    const struct json *v = json_getc(schema, member);
    size_t mark = check_member(c, member);
    if (json_is(v, JSON_OBJ)) check_nested(c, v, false);
    check_pop(c, mark);
}

static void check_pattern(struct check *c, struct str pattern)
{
    struct arena program AUTO_ARENA = {0};
    struct err why = ERR_INIT;
    if (pattern.n && !regex_compile(&program, pattern, &why))
        check_invalid_str(c, "pattern", pattern,
                          arena_printf(c->arena, "must be a valid regular expression, but isn't: %s", why.text));
}

static void check_values(struct check *c, const struct json *schema, bool skip_any_of, bool skip_first_any_of)
{
    if (!skip_any_of) check_nested_list(c, schema, "anyOf", false);
    check_nested_list(c, schema, "allOf", skip_first_any_of);
    check_nested_list(c, schema, "oneOf", false);
    check_nested_member(c, schema, "not");
    check_pattern(c, obj_text(json_getc(schema, "pattern")));
}

/* What must not be said there. */
static void check_forbidden_members(struct check *c, const struct json *schema)
{
    static const struct {
        const char *member, *why;
        bool flag; /* counts when it is true */
    } rows[] = {
        {"default", "must be undefined to be structural", false},
        {"title", "must be empty to be structural", false},
        {"description", "must be empty to be structural", false},
        {"nullable", "must be false to be structural", true},
        {preserve, "must be false to be structural", true},
        {embedded, "must be false to be structural", true},
        {int_or_string, "must be false to be structural", true},
        {"x-kubernetes-list-map-keys", "must be empty to be structural", false},
        {"x-kubernetes-list-type", "must be undefined to be structural", false},
        {"x-kubernetes-map-type", "must be undefined to be structural", false},
        {"x-kubernetes-validations", "must be empty to be structural", false},
    };
    const struct json *more = json_getc(schema, "additionalProperties");
    if (is_set(schema, "type")) check_forbidden(c, "type", "must be empty to be structural");
    if (json_is(more, JSON_OBJ) || is_true(schema, "additionalProperties"))
        check_forbidden(c, "additionalProperties", "must be undefined to be structural");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].flag ? is_true(schema, rows[i].member) : is_set(schema, rows[i].member))
            check_forbidden(c, rows[i].member, rows[i].why);
}

static void check_nested(struct check *c, const struct json *schema, bool skip_any_of)
{
    check_values(c, schema, skip_any_of, false);
    check_nested_member(c, schema, "items");
    for (OBJ_EACH(it, schema, ".properties")) {
        size_t mark = check_member(c, "properties");
        check_key(c, obj_key(it));
        check_nested(c, it, false);
        check_pop(c, mark);
    }
    check_forbidden_members(c, schema);
    if (json_getc(json_getc(schema, "properties"), "metadata"))
        check_forbidden(c, "properties[metadata]", "must not be specified in a nested context");
}

/* ---- Invariants ---- */

/* [{type: integer}, {type: string}] */
static bool is_int_or_string(const struct json *any_of)
{
    static const char *const types[] = {"integer", "string"};
    size_t i = 0;
    for (OBJ_EACH(it, any_of, "")) {
        if (i == ARRAY_LEN(types) || obj_count(it, "") != 1 || !obj_is(it, ".type", types[i])) return false;
        i++;
    }
    return i == ARRAY_LEN(types);
}

static void check_type(struct check *c, const struct json *schema, enum level level)
{
    static const char *const missing[] = {"must not be empty at the root",
                                          "must not be empty for specified array items",
                                          "must not be empty for specified object fields"};
    static const char not_object[] = "must be object if x-kubernetes-embedded-resource is true";
    struct str type = obj_str(schema, ".type");
    bool is_object = str_eqc(type, "object");
    if (is_true(schema, embedded) && !is_object) {
        if (type.n)
            check_invalid_str(c, "type", type, not_object);
        else
            check_required(c, "type", not_object);
    } else if (!type.n && !is_true(schema, int_or_string) && !is_true(schema, preserve)) {
        check_required(c, "type", missing[level]);
    }
    if (is_true(schema, embedded) && is_set(schema, "additionalProperties"))
        check_forbidden(c, "additionalProperties", "must not be used if x-kubernetes-embedded-resource is set");
    if (level == AT_ROOT && type.n && !is_object) check_invalid_str(c, "type", type, "must be object at the root");
}

static struct str type_of(const struct json *schema)
{
    struct str type = obj_str(schema, ".type");
    return type.p ? type : STR("");
}

/* Names alone may be restricted at the root. */
static bool says_more_than_names(const struct json *metadata)
{
    const struct json *properties = json_getc(metadata, "properties");
    size_t names = (json_getc(properties, "name") != NULL) + (json_getc(properties, "generateName") != NULL);
    if (obj_count(properties, "") != names) return true;
    for (OBJ_EACH(it, metadata, "")) {
        struct str key = obj_key(it);
        bool fine = str_eqc(key, "type") || str_eqc(key, "default") || str_eqc(key, "properties");
        if (!fine) return true;
    }
    return false;
}

static void check_metadata(struct check *c, const struct json *schema, enum level level)
{
    static const char *const texts[] = {"kind", "apiVersion"};
    const struct json *properties = json_getc(schema, "properties"), *metadata = json_getc(properties, "metadata");
    bool checked = level == AT_ROOT || is_true(schema, embedded);
    for (size_t i = 0; i < ARRAY_LEN(texts) && checked; i++) {
        const struct json *p = json_getc(properties, texts[i]);
        if (p && !str_eqc(type_of(p), "string"))
            check_invalid_str(c, arena_printf(c->arena, "properties[%s].type", texts[i]), type_of(p), "must be string");
    }
    if (metadata && checked && !str_eqc(type_of(metadata), "object"))
        check_invalid_str(c, "properties[metadata].type", type_of(metadata), "must be object");
    if (metadata && level == AT_ROOT && says_more_than_names(metadata))
        check_forbidden(c, "properties[metadata]",
                        "must not specify anything other than name and generateName, but metadata is implicitly "
                        "specified");
}

static void check_extensions(struct check *c, const struct json *schema)
{
    static const char *const never[] = {preserve, embedded};
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        if (is_true(schema, int_or_string) && is_true(schema, never[i]))
            check_invalid(c, never[i], json_getc(schema, never[i]),
                          "must be false if x-kubernetes-int-or-string is true");
}

static void check_invariants(struct check *c, const struct json *schema, enum level level)
{
    const struct json *items = json_getc(schema, "items"), *more = json_getc(schema, "additionalProperties");
    size_t mark = check_member(c, "items");
    if (obj_is(schema, ".type", "array") && !items) check_required(c, NULL, "must be specified");
    if (json_is(items, JSON_OBJ)) check_invariants(c, items, AT_ITEM);
    check_pop(c, mark);
    for (OBJ_EACH(it, schema, ".properties")) {
        mark = check_member(c, "properties");
        check_key(c, obj_key(it));
        check_invariants(c, it, AT_FIELD);
        check_pop(c, mark);
    }
    mark = check_member(c, "additionalProperties");
    if (more && level == AT_ROOT) check_forbidden(c, NULL, "must not be used at the root");
    if (json_is(more, JSON_OBJ)) check_invariants(c, more, AT_FIELD);
    check_pop(c, mark);
    check_extensions(c, schema);
    check_values(c, schema, is_int_or_string(json_getc(schema, "anyOf")),
                 is_int_or_string(obj_get(schema, ".allOf[0].anyOf")));
    check_type(c, schema, level);
    check_metadata(c, schema, level);
    if (is_true(schema, embedded) && !is_true(schema, preserve) && !obj_count(schema, ".properties"))
        check_required(c, "properties",
                       "must not be empty if x-kubernetes-embedded-resource is true without "
                       "x-kubernetes-preserve-unknown-fields");
}

/* ---- Completeness: what is restricted must be introduced ---- */

/* Where a restriction is, beside the present place: that of the schema it must have. */
struct restriction {
    const struct restriction *up;
    struct str step; /* "allOf[0]", "properties[spec]" */
};

static void write_path(struct buf *out, const struct restriction *r)
{
    if (!r) return;
    write_path(out, r->up);
    if (out->n) buf_char(out, '.');
    buf_str(out, r->step);
}

static void check_complete(struct check *c, struct member_index *ix, const struct json *nested,
                           const struct json *schema, const struct restriction *at);

static void check_complete_below(struct check *c, struct member_index *ix, const struct json *values,
                                 const struct json *schema, const struct restriction *at)
{
    static const char *const junctors[] = {"allOf", "anyOf", "oneOf"};
    const struct restriction below_not = {at, STR("not")};
    if (json_is(json_getc(values, "not"), JSON_OBJ))
        check_complete(c, ix, json_getc(values, "not"), schema, &below_not);
    for (size_t k = 0; k < ARRAY_LEN(junctors); k++) {
        size_t i = 0;
        for (OBJ_EACH(it, json_getc(values, junctors[k]), "")) {
            const struct restriction here = {at, str_printf(c->arena, "%s[%zu]", junctors[k], i++)};
            check_complete(c, ix, it, schema, &here);
        }
    }
}

/* schema NULL: there is none. */
static void check_complete(struct check *c, struct member_index *ix, const struct json *nested,
                           const struct json *schema, const struct restriction *at)
{
    if (!schema) {
        struct buf path AUTO_BUF = {0};
        if (check_is_full(c)) return;
        buf_init(&path, CHECK_PATH_MAX);
        write_path(&path, at);
        check_required(c, NULL, arena_printf(c->arena, "because it is defined in %.*s", STR_ARG(buf_view(&path))));
        return;
    }
    check_complete_below(c, ix, nested, schema, at);
    const struct json *items = json_getc(nested, "items"), *own = json_getc(schema, "items");
    if (json_is(items, JSON_OBJ)) {
        const struct restriction here = {at, STR("items")};
        size_t mark = check_member(c, "items");
        check_complete(c, ix, items, json_is(own, JSON_OBJ) ? own : NULL, &here);
        check_pop(c, mark);
    }
    for (OBJ_EACH(it, nested, ".properties")) {
        const struct restriction here = {at, str_printf(c->arena, "properties[%.*s]", STR_ARG(obj_key(it)))};
        size_t mark = check_member(c, "properties");
        check_key(c, obj_key(it));
        check_complete(c, ix, it, member_find(ix, json_getc(schema, "properties"), obj_key(it)), &here);
        check_pop(c, mark);
    }
}

/* ---- All of it ---- */

/* The byte at i of "FIELD: TEXT"; -1 behind the end. */
static int byte_of(const struct field_error *e, size_t i)
{
    static const char between[] = ": ";
    if (i < e->field.n) return (unsigned char)e->field.p[i];
    i -= e->field.n;
    if (i < sizeof between - 1) return between[i];
    i -= sizeof between - 1;
    return i < e->text.n ? (unsigned char)e->text.p[i] : -1;
}

static int by_text(const void *a, const void *b)
{
    const struct field_error *x = a, *y = b;
    size_t i = 0;
    while (byte_of(x, i) >= 0 && byte_of(x, i) == byte_of(y, i)) i++;
    return byte_of(x, i) - byte_of(y, i);
}

void check_structural(struct check *c, struct member_index *ix, const struct json *schema)
{
    const struct restriction root = {NULL, str_copy(c->arena, str_n(c->path, c->path_n))};
    int from = c->count;
    check_invariants(c, schema, AT_ROOT);
    check_complete_below(c, ix, schema, schema, &root);
    if (c->count > from) qsort(c->errors + from, (size_t)(c->count - from), sizeof *c->errors, by_text);
}

/* ---- What has no structural form ---- */

static const char *unsupported(const struct json *schema)
{
    static const struct {
        const char *member, *why;
    } rows[] = {
        {"id", "OpenAPIV3Schema 'id' is not supported"},
        {"$schema", "OpenAPIV3Schema 'schema' is not supported"},
        {"$ref", "OpenAPIV3Schema '$ref' is not supported"},
        {"patternProperties", "OpenAPIV3Schema 'patternProperties' is not supported"},
        {"dependencies", "OpenAPIV3Schema 'dependencies' is not supported"},
        {"additionalItems", "OpenAPIV3Schema 'additionalItems' is not supported"},
        {"definitions", "OpenAPIV3Schema 'definitions' is not supported"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct json *v = json_getc(schema, rows[i].member);
        if (v && !(json_is(v, JSON_STR) && !obj_text(v).n)) return rows[i].why;
    }
    return NULL;
}

static bool preserves_wrongly(const struct json *schema)
{
    return is_set(schema, preserve) && !is_true(schema, preserve);
}

bool schema_convertible_itself(const struct json *schema)
{
    return !unsupported(schema) && !preserves_wrongly(schema) && !json_is(json_getc(schema, "items"), JSON_ARR);
}

const char *schema_not_convertible(const struct json *schema)
{
    static const char *const lists[] = {"allOf", "anyOf", "oneOf"}, *const ones[] = {"items", "additionalProperties"};
    const char *why = unsupported(schema);
    const struct json *items = json_getc(schema, "items");
    if (!why && json_is(json_getc(schema, "not"), JSON_OBJ)) why = schema_not_convertible(json_getc(schema, "not"));
    for (size_t i = 0; i < ARRAY_LEN(lists) && !why; i++)
        for (const struct json *it = obj_first(json_getc(schema, lists[i]), ""); it && !why; it = obj_next(it))
            why = schema_not_convertible(it);
    if (!why && preserves_wrongly(schema))
        why = "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
    if (!why && json_is(items, JSON_ARR)) why = "OpenAPIV3Schema 'items' must be a schema, but is an array";
    for (size_t i = 0; i < ARRAY_LEN(ones) && !why; i++)
        if (json_is(json_getc(schema, ones[i]), JSON_OBJ)) why = schema_not_convertible(json_getc(schema, ones[i]));
    for (const struct json *it = obj_first(schema, ".properties"); it && !why; it = obj_next(it))
        why = schema_not_convertible(it);
    return why;
}
