/* crd_openapi.c - see crd_schema.h: what a schema of custom resources may say.
 * Reads: a normalised schema.   Writes: struct check.
 * Upstream: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go
 * (ValidateCustomResourceDefinitionOpenAPISchema), pkg/apiserver/schema/cel/validation.go (ValidFieldPath). */
#include "apiserver/object/crd_schema.h"

#include "apiserver/object/check_admission.h"
#include "apiserver/object/inner.h"
#include "base/map.h"
#include "schema_ids.h"
#include "api/decode.h"

/* What holds for a schema because of where it is. */
struct place {
    struct member_index *ix;
    const char *no_default; /* why it may have none; NULL: it may */
    bool root, in_metadata;
};

/* True: it has a structural form (schema_not_convertible), in which paths can be followed. */
static bool check_schema(struct check *c, const struct json *schema, struct place p);

static bool is_set(const struct json *schema, const char *member)
{
    const struct json *v = json_getc(schema, member);
    return v && !json_is(v, JSON_NULL);
}

static struct str text(const struct json *schema, const char *member)
{
    struct str s = obj_text(json_getc(schema, member));
    return s.p ? s : STR("");
}

/* ---- Members that are not supported ---- */

static void check_standard(struct check *c, const struct json *schema, const struct place *p)
{
    static const char *const types[] = {"array", "boolean", "integer", "number", "object", "string", NULL};
    static const char *const never[] = {"id",          "additionalItems", "patternProperties",
                                        "definitions", "dependencies",    "$ref"};
    enum { DEPENDENCIES = 4 }; /* of these alone an empty map counts, too */
    const struct api_type *t = &type_apiextensions_k8s_io_v1_JSONSchemaProps;
    struct str type = text(schema, "type");
    if (type.n) check_one_of(c, "type", type, types);
    if (is_set(schema, "default") && p->no_default) check_forbidden(c, "default", p->no_default);
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        if (is_set(schema, never[i]) || (i == DEPENDENCIES && api_sent_empty(schema, t, never[i])))
            check_forbidden(c, never[i], arena_printf(c->arena, "%s is not supported", never[i]));
    if (str_eqc(type, "null")) check_forbidden(c, "type", "type cannot be set to null, use nullable as an alternative");
    if (json_is(json_getc(schema, "items"), JSON_ARR))
        check_forbidden(c, "items", "items must be a schema object and not an array");
    if (p->in_metadata && obj_bool(json_getc(schema, "x-kubernetes-embedded-resource"), "", false))
        check_forbidden(c, "x-kubernetes-embedded-resource", "must not be used inside of resource meta");
    if (obj_bool(schema, ".uniqueItems", false))
        check_forbidden(c, "uniqueItems",
                        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
}

/* ---- Schemas within: true, all of them have a structural form ---- */

static bool check_below(struct check *c, const char *member, const struct json *schema, struct place p)
{
    size_t mark = check_member(c, member);
    bool plain = !json_is(schema, JSON_OBJ) || check_schema(c, schema, p);
    check_pop(c, mark);
    return plain;
}

static bool check_more_properties(struct check *c, const struct json *schema, struct place p)
{
    const struct json *more = json_getc(schema, "additionalProperties");
    if (!more) return true;
    bool anything = json_is(more, JSON_BOOL) && obj_bool(more, "", false);
    if (obj_count(schema, ".properties") && !anything)
        check_forbidden(c, "additionalProperties", "additionalProperties and properties are mutual exclusive");
    p.root = false;
    if (p.in_metadata) p.no_default = "must not be set inside additionalProperties applying to object metadata";
    return check_below(c, "additionalProperties", more, p);
}

static bool check_properties(struct check *c, const struct json *schema, struct place p)
{
    static const char *const meta[] = {"metadata", "kind", "apiVersion"};
    bool resource = p.root || obj_bool(json_getc(schema, "x-kubernetes-embedded-resource"), "", false), plain = true;
    for (OBJ_EACH(it, schema, ".properties")) {
        struct place below = {.ix = p.ix, .no_default = p.no_default, .in_metadata = p.in_metadata};
        for (size_t i = 0; i < ARRAY_LEN(meta) && resource; i++) {
            if (!str_eqc(obj_key(it), meta[i])) continue;
            below.in_metadata = true;
            if (p.root) below.no_default = arena_printf(c->arena, "must not be set in top-level %s", meta[i]);
        }
        size_t mark = check_member(c, "properties");
        check_key(c, obj_key(it));
        plain &= check_schema(c, it, below);
        check_pop(c, mark);
    }
    return plain;
}

static bool check_list(struct check *c, const struct json *schema, const char *member, struct place p)
{
    size_t i = 0;
    bool plain = true;
    for (OBJ_EACH(it, json_getc(schema, member), "")) {
        size_t mark = check_member(c, member);
        check_index(c, i++);
        if (json_is(it, JSON_OBJ)) plain &= check_schema(c, it, p);
        check_pop(c, mark);
    }
    return plain;
}

static bool check_map(struct check *c, const struct json *schema, const char *member, struct place p)
{
    bool plain = true;
    for (OBJ_EACH(it, json_getc(schema, member), "")) {
        size_t mark = check_member(c, member);
        check_key(c, obj_key(it));
        if (json_is(it, JSON_OBJ)) plain &= check_schema(c, it, p);
        check_pop(c, mark);
    }
    return plain;
}

static bool check_schemas_within(struct check *c, const struct json *schema, struct place p)
{
    const struct json *items = json_getc(schema, "items");
    bool plain = check_more_properties(c, schema, p);
    plain &= check_properties(c, schema, p);
    p.root = false;
    plain &= check_below(c, "not", json_getc(schema, "not"), p);
    plain &= check_list(c, schema, "allOf", p);
    plain &= check_list(c, schema, "oneOf", p);
    plain &= check_list(c, schema, "anyOf", p);
    plain &= check_map(c, schema, "definitions", p);
    plain &= json_is(items, JSON_ARR) ? check_list(c, schema, "items", p) : check_below(c, "items", items, p);
    plain &= check_map(c, schema, "dependencies", p);
    return plain;
}

/* ---- Lists and maps: how they merge ---- */

/* type must be what the extension is about. */
static bool check_type_for(struct check *c, const struct json *schema, const char *extension, const char *type)
{
    struct str is = text(schema, "type");
    const char *why = arena_printf(c->arena, "must be %s if %s is specified", type, extension);
    if (str_eqc(is, type)) return true;
    if (is.n)
        check_invalid_str(c, "type", is, why);
    else
        check_required(c, "type", why);
    return false;
}

static void check_set_items(struct check *c, const struct json *items)
{
    static const char why[] = "must be atomic as item of a list with x-kubernetes-list-type=set";
    struct str list = text(items, "x-kubernetes-list-type");
    const struct json *shown = json_getc(items, "x-kubernetes-list-type"); /* upstream shows it for maps, too */
    if (obj_is(items, ".type", "array") && list.n && !str_eqc(list, "atomic"))
        check_invalid(c, "items.x-kubernetes-list-type", shown, why);
    if (obj_is(items, ".type", "object") && !str_eqc(text(items, "x-kubernetes-map-type"), "atomic"))
        check_invalid(c, "items.x-kubernetes-map-type", shown, why);
}

static void check_keys_of_items(struct check *c, struct member_index *ix, const struct json *schema,
                                const struct json *items)
{
    const struct json *keys = json_getc(schema, "x-kubernetes-list-map-keys");
    struct map seen = {0};
    for (OBJ_EACH(key, keys, "")) {
        const struct json *p = member_find(ix, json_getc(items, "properties"), obj_text(key));
        if (p && (obj_is(p, ".type", "array") || obj_is(p, ".type", "object")))
            check_invalid_str(c, arena_printf(c->arena, "items.properties[%.*s].type", STR_ARG(obj_text(key))),
                              text(items, "type"),
                              "must be a scalar type if parent array's x-kubernetes-list-type is map");
        if (!p) check_invalid(c, "x-kubernetes-list-map-keys", keys, "entries must all be names of item properties");
        if (map_has(&seen, obj_text(key)))
            check_invalid(c, "x-kubernetes-list-map-keys", keys, "must not contain duplicate entries");
        map_set(&seen, obj_text(key), &seen);
    }
    map_release(&seen, NULL);
}

static void check_map_list(struct check *c, struct member_index *ix, const struct json *schema,
                           const struct json *items)
{
    if (!obj_count(json_getc(schema, "x-kubernetes-list-map-keys"), ""))
        check_required(c, "x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
    if (!items) {
        check_required(c, "items", "must have a schema if x-kubernetes-list-type is map");
    } else if (json_is(items, JSON_ARR)) {
        check_invalid_inner(c, "items", &type_apiextensions_k8s_io_v1_JSONSchemaPropsOrArray, items,
                            "must only have a single schema if x-kubernetes-list-type is map");
    } else if (!obj_is(items, ".type", "object")) {
        check_invalid_str(c, "items.type", text(items, "type"),
                          "must be object if parent array's x-kubernetes-list-type is map");
    } else {
        check_keys_of_items(c, ix, schema, items);
    }
}

/* Items of sets and maps are there, and so are their keys. */
static void check_nullable_items(struct check *c, struct member_index *ix, const struct json *schema,
                                 const struct json *items, bool is_map)
{
    if (obj_bool(items, ".nullable", false))
        check_forbidden(
            c, "items.nullable",
            arena_printf(c->arena, "cannot be nullable when x-kubernetes-list-type is %s", is_map ? "map" : "set"));
    for (OBJ_EACH(key, is_map ? json_getc(schema, "x-kubernetes-list-map-keys") : NULL, "")) {
        const struct json *p = member_find(ix, json_getc(items, "properties"), obj_text(key));
        const char *member = arena_printf(c->arena, "items.properties[%.*s]", STR_ARG(obj_text(key)));
        bool required = member_find(ix, json_getc(items, "required"), obj_text(key));
        if (p && !required && !is_set(p, "default"))
            check_required(c, arena_printf(c->arena, "%s.default", member),
                           "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required "
                           "property");
        if (p && obj_bool(p, ".nullable", false))
            check_forbidden(c, arena_printf(c->arena, "%s.nullable", member),
                            "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
    }
}

static void check_merging(struct check *c, struct member_index *ix, const struct json *schema)
{
    static const char map_type[] = "x-kubernetes-map-type", list_type[] = "x-kubernetes-list-type";
    static const char *const map_types[] = {"atomic", "granular", NULL}, *const list_types[] = {"atomic", "set", "map",
                                                                                                NULL};
    const struct json *items = json_getc(schema, "items");
    struct str list = text(schema, list_type);
    bool is_map = str_eqc(list, "map"), is_set_list = str_eqc(list, "set");
    if (is_set(schema, map_type)) {
        check_type_for(c, schema, map_type, "object");
        check_one_of(c, map_type, text(schema, map_type), map_types);
    }
    if (is_set(schema, list_type)) {
        if (check_type_for(c, schema, list_type, "array") && is_set_list && json_is(items, JSON_OBJ))
            check_set_items(c, items);
        check_one_of(c, list_type, list, list_types);
    }
    if (obj_count(json_getc(schema, "x-kubernetes-list-map-keys"), "") && !is_map) {
        static const char why[] = "must be map if x-kubernetes-list-map-keys is non-empty";
        if (is_set(schema, list_type))
            check_invalid_str(c, list_type, list, why);
        else
            check_required(c, list_type, why);
    }
    if (is_map) check_map_list(c, ix, schema, items);
    if ((is_map || is_set_list) && json_is(items, JSON_OBJ)) check_nullable_items(c, ix, schema, items, is_map);
}

/* ---- Rules in CEL: all but the expressions ---- */

static void check_message(struct check *c, struct str rule, struct str message)
{
    if (text_is_blank(rule))
        check_required(c, "rule", "rule is not specified");
    else if (message.n && text_is_blank(message))
        check_invalid_str(c, "message", message, "must be non-empty if specified");
    else if (text_has_newline(text_trim(message)))
        check_invalid_str(c, "message", message, "must not contain line breaks");
    else if (text_has_newline(text_trim(rule)) && !message.n)
        check_required(c, "message", "message must be specified if rule contains line breaks");
}

static void check_field_path(struct check *c, struct member_index *ix, const struct json *schema, bool convertible,
                             struct str path)
{
    struct str steps;
    const char *why;
    if (path.n && text_is_blank(path)) check_invalid_str(c, "fieldPath", path, "must be non-empty if specified");
    if (text_has_newline(path)) check_invalid_str(c, "fieldPath", path, "must not contain line breaks");
    if (path.n && convertible && !schema_at(c->arena, ix, schema, path, true, &steps, &why))
        check_invalid_str(c, "fieldPath", path, "must be a valid path");
}

static void check_rules(struct check *c, struct member_index *ix, const struct json *schema, bool convertible)
{
    static const char *const reasons[] = {"FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid",
                                          "FieldValueRequired", NULL};
    size_t i = 0;
    for (OBJ_EACH(rule, json_getc(schema, "x-kubernetes-validations"), "")) {
        struct str expression = text(rule, "messageExpression");
        size_t mark = check_member(c, "x-kubernetes-validations");
        check_index(c, i++);
        check_message(c, text(rule, "rule"), text(rule, "message"));
        if (expression.n && text_is_blank(expression))
            check_required(c, "messageExpression", "messageExpression must be non-empty if specified");
        if (is_set(rule, "reason")) check_one_of(c, "reason", text(rule, "reason"), reasons);
        check_field_path(c, ix, schema, convertible, text(rule, "fieldPath"));
        check_pop(c, mark);
    }
}

/* ---- All of it ---- */

static bool check_schema(struct check *c, const struct json *schema, struct place p)
{
    static const char preserve[] = "x-kubernetes-preserve-unknown-fields";
    check_standard(c, schema, &p);
    bool convertible = check_schemas_within(c, schema, p) && schema_convertible_itself(schema);
    if (is_set(schema, preserve) && !obj_bool(json_getc(schema, preserve), "", false))
        check_invalid(c, preserve, json_getc(schema, preserve), "must be true or undefined");
    check_merging(c, p.ix, schema);
    check_rules(c, p.ix, schema, convertible);
    return convertible;
}

void check_crd_openapi(struct check *c, struct member_index *ix, const struct json *schema)
{
    (void)check_schema(c, schema, (struct place){.ix = ix, .root = true});
}

/* ---- Paths ---- */

static bool is_mark(char ch) { return ch == '.' || ch == '[' || ch == ']'; }

/* "." "[" "]", 'a quoted text' or a word off *rest; STR_NULL at the end. */
static struct str next_token(struct str *rest)
{
    size_t n = 0;
    if (!rest->n) return STR_NULL;
    if (rest->p[0] == '\'') {
        for (n = 1; n < rest->n; n++)
            if (rest->p[n] == '\'' && rest->p[n - 1] != '\\') break;
        n = n < rest->n ? n + 1 : n;
    } else if (is_mark(rest->p[0])) {
        n = 1;
    } else {
        while (n < rest->n && !is_mark(rest->p[n])) n++;
    }
    struct str token = str_n(rest->p, n);
    *rest = str_from(*rest, n);
    return token;
}

/* The name of a step; STR_NULL: *why. */
static struct str next_step(struct arena *a, struct str *rest, bool arrays, const char **why)
{
    struct str token = next_token(rest);
    if (str_eqc(token, ".")) {
        token = next_token(rest);
        *why = "unexpected end of JSON path";
        return token;
    }
    if (!str_eqc(token, "[")) {
        *why = arena_printf(a, "expected [ or . but got: %.*s", STR_ARG(token));
        return STR_NULL;
    }
    *why = "array notation is not allowed";
    if (!arrays) return STR_NULL;
    *why = "unexpected end of JSON path";
    token = next_token(rest);
    if (str_is_null(token)) return STR_NULL;
    if (token.n < 2 || token.p[0] != '\'' || token.p[token.n - 1] != '\'') {
        *why = arena_printf(a, "expected single quoted string but got %.*s", STR_ARG(token));
        return STR_NULL;
    }
    struct str end = next_token(rest);
    if (str_is_null(end)) return STR_NULL;
    *why = arena_printf(a, "expected ] but got %.*s", STR_ARG(end));
    return str_eqc(end, "]") ? str_n(token.p + 1, token.n - 2) : STR_NULL;
}

const struct json *schema_at(struct arena *a, struct member_index *ix, const struct json *schema, struct str json_path,
                             bool arrays, struct str *path, const char **why)
{
    struct buf steps AUTO_BUF = {0};
    struct str rest = json_path;
    buf_init(&steps, CHECK_PATH_MAX);
    while (rest.n) {
        struct str name = next_step(a, &rest, arrays, why);
        if (str_is_null(name)) return NULL;
        const struct json *properties = json_getc(schema, "properties"),
                          *more = json_getc(schema, "additionalProperties");
        schema = properties ? member_find(ix, properties, name) : json_is(more, JSON_OBJ) ? more : NULL;
        *why = "does not refer to a valid field";
        if (!schema) return NULL;
        if (steps.n) buf_char(&steps, '.');
        buf_str(&steps, name);
    }
    *path = str_copy(a, buf_view(&steps));
    return schema;
}

/* ---- Visiting ---- */

bool schema_has(const struct json *schema, schema_visit_fn *visit, void *ctx)
{
    static const struct {
        const char *name;
        bool map;
    } members[] = {{"items", false},
                   {"allOf", false},
                   {"anyOf", false},
                   {"oneOf", false},
                   {"not", false},
                   {"properties", true},
                   {"additionalProperties", false},
                   {"patternProperties", true},
                   {"additionalItems", false},
                   {"definitions", true},
                   {"dependencies", true}};
    if (!json_is(schema, JSON_OBJ)) return false;
    if (visit(schema, ctx)) return true;
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const struct json *in = json_getc(schema, members[i].name);
        if (!members[i].map && schema_has(in, visit, ctx)) return true;
        if (!members[i].map && !json_is(in, JSON_ARR)) continue;
        for (OBJ_EACH(it, in, ""))
            if (schema_has(it, visit, ctx)) return true;
    }
    return false;
}
