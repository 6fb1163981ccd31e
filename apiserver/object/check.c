/* check.c - collects field errors, and walks an object by its type to find them.
 * Reads: the schema, api_rule_hooks, api_check_hooks.   Writes: struct check. */
#include "apiserver/object/check.h"

#include "api/quote.h"
#include "api/schema.h"
#include "apiserver/object/hooks.h"
#include "apiserver/object/names.h"

enum { ERROR_TEXT_MAX = 64 * 1024 }; /* one error; shows a value that may be a whole list */

void check_init(struct check *c, struct arena *a)
{
    memset(c, 0, sizeof *c);
    c->arena = a;
}

/* ---- The path ---- */

static size_t path_add(struct check *c, struct str text)
{
    size_t mark = c->path_n, room = sizeof c->path - 1 - c->path_n;
    size_t n = MIN(text.n, room);
    memcpy(c->path + c->path_n, text.p, n);
    c->path_n += n;
    c->path[c->path_n] = '\0';
    return mark;
}

size_t check_member(struct check *c, const char *name)
{
    size_t mark = c->path_n;
    if (mark) path_add(c, STR("."));
    path_add(c, str_of(name));
    return mark;
}

size_t check_index(struct check *c, size_t i)
{
    char text[24], *end = text + sizeof text, *from = end;
    *--from = ']';
    do *--from = (char)('0' + i % 10); /* by hand: each element of each list comes by here */
    while (i /= 10);
    *--from = '[';
    return path_add(c, str_n(from, (size_t)(end - from)));
}

size_t check_key(struct check *c, struct str key)
{
    size_t mark = path_add(c, STR("["));
    path_add(c, key);
    path_add(c, STR("]"));
    return mark;
}

size_t check_into(struct check *c, const char *list, size_t i)
{
    size_t mark = check_member(c, list);
    check_index(c, i);
    return mark;
}

void check_pop(struct check *c, size_t mark)
{
    c->path_n = mark;
    c->path[mark] = '\0';
}

/* ---- The errors ---- */

static const char *const heads[] = {
    [FE_REQUIRED] = "Required value",   [FE_INVALID] = "Invalid value",   [FE_TYPE_INVALID] = "Invalid value",
    [FE_DUPLICATE] = "Duplicate value", [FE_NOT_FOUND] = "Not found",     [FE_NOT_SUPPORTED] = "Unsupported value",
    [FE_FORBIDDEN] = "Forbidden",       [FE_TOO_LONG] = "Too long",       [FE_TOO_MANY] = "Too many",
    [FE_TOO_FEW] = "Too few",           [FE_INTERNAL] = "Internal error",
};

static bool shows_value(enum field_error_type t)
{
    return t == FE_INVALID || t == FE_TYPE_INVALID || t == FE_DUPLICATE || t == FE_NOT_FOUND || t == FE_NOT_SUPPORTED ||
           t == FE_TOO_MANY;
}

static const struct json omitted = {.type = JSON_NULL}; /* a value that is not shown (field.OmitValueType) */

/* A list or an object is written once, however many errors in a row show it. */
static struct str rendering(struct check *c, const struct json *value)
{
    if (c->rendered != value) {
        struct buf text AUTO_BUF = {0};
        buf_init(&text, ERROR_TEXT_MAX);
        json_write(&text, value);
        c->rendering = str_copy(c->arena, buf_view(&text));
        c->rendered = value;
    }
    return c->rendering;
}

bool check_is_full(const struct check *c) { return c->count == CHECK_ERRORS_MAX; }

static struct field_error *add_place(struct check *c)
{
    if (check_is_full(c)) return NULL;
    if (c->count == c->cap) {
        int cap = c->cap ? c->cap * 2 : 8;
        struct field_error *grown = ARENA_ARRAY(c->arena, struct field_error, cap);
        if (c->count) memcpy(grown, c->errors, sizeof *grown * (size_t)c->count);
        c->errors = grown;
        c->cap = cap;
    }
    return &c->errors[c->count++];
}

void check_repeat(struct check *c, int from, int to)
{
    for (int i = from; i < to; i++) {
        struct field_error *fe = add_place(c);
        if (fe) *fe = c->errors[i];
    }
}

static void add_one(struct check *c, enum field_error_type type, const char *member, const struct json *value,
                    struct str detail)
{
    struct field_error *fe = add_place(c);
    if (!fe) return;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, ERROR_TEXT_MAX);
    buf_cstr(&text, heads[type]);
    if (c->shown && value != &omitted) value = c->shown;
    if (shows_value(type) && value != &omitted) {
        buf_cstr(&text, ": ");
        if (!value || value->type == JSON_NULL)
            buf_cstr(&text, type == FE_TOO_MANY ? "" : "null");
        else if (value->type == JSON_STR)
            quote_go(&text, value->u.s);
        else if (value->type == JSON_ARR || value->type == JSON_OBJ)
            buf_str(&text, rendering(c, value));
        else
            json_write(&text, value);
    }
    if (detail.n) {
        buf_cstr(&text, ": ");
        buf_str(&text, detail);
    }
    size_t mark = member ? check_member(c, member) : c->path_n;
    fe->type = type;
    fe->field = str_copy(c->arena, str_n(c->path, c->path_n));
    fe->text = str_copy(c->arena, buf_view(&text));
    check_pop(c, mark);
}

/* The rules of names.h tell all that is wrong at once. */
static void add_error(struct check *c, enum field_error_type type, const char *member, const struct json *value,
                      struct str detail)
{
    do {
        struct str one = str_cut(detail, NAME_SEPARATOR, &detail);
        add_one(c, type, member, value, one);
    } while (detail.n);
}

void check_required(struct check *c, const char *member, const char *detail)
{
    add_error(c, FE_REQUIRED, member, NULL, str_of(detail));
}

void check_invalid(struct check *c, const char *member, const struct json *value, const char *detail)
{
    add_error(c, FE_INVALID, member, value, str_of(detail));
}

void check_invalidf(struct check *c, const char *member, const struct json *value, const char *fmt, ...)
{
    va_list ap;
    if (check_is_full(c)) return;
    va_start(ap, fmt);
    add_error(c, FE_INVALID, member, value, str_of(arena_vprintf(c->arena, fmt, ap)));
    va_end(ap);
}

void check_invalid_str(struct check *c, const char *member, struct str value, const char *detail)
{
    if (!check_is_full(c)) add_error(c, FE_INVALID, member, json_str(c->arena, value), str_of(detail));
}

void check_type_invalid(struct check *c, const char *member, const struct json *value, const char *detail)
{
    add_one(c, FE_TYPE_INVALID, member, value, str_of(detail));
}

void check_not_supported_text(struct check *c, const char *member, const struct json *value, struct str supported)
{
    add_one(c, FE_NOT_SUPPORTED, member, value, str_printf(c->arena, "supported values: %.*s", STR_ARG(supported)));
}

void check_invalid_bare(struct check *c, const char *member, const char *detail)
{
    add_error(c, FE_INVALID, member, &omitted, str_of(detail));
}

void check_duplicate(struct check *c, const char *member, const struct json *value)
{
    add_error(c, FE_DUPLICATE, member, value, STR_NULL);
}

void check_duplicate_why(struct check *c, const char *member, const struct json *value, const char *detail)
{
    add_error(c, FE_DUPLICATE, member, value, str_of(detail));
}

void check_not_found(struct check *c, const char *member, const struct json *value)
{
    add_error(c, FE_NOT_FOUND, member, value, STR_NULL);
}

void check_not_found_why(struct check *c, const char *member, const struct json *value, const char *detail)
{
    add_error(c, FE_NOT_FOUND, member, value, str_of(detail));
}

void check_forbidden(struct check *c, const char *member, const char *detail)
{
    add_error(c, FE_FORBIDDEN, member, NULL, str_of(detail));
}

void check_internal(struct check *c, const char *member, const char *detail)
{
    add_error(c, FE_INTERNAL, member, NULL, str_of(detail));
}

void check_too_long(struct check *c, const char *member, int max_bytes)
{
    add_error(c, FE_TOO_LONG, member, NULL,
              str_printf(c->arena, "may not be more than %d byte%s", max_bytes, max_bytes == 1 ? "" : "s"));
}

void check_too_many(struct check *c, const char *member, size_t have, int max_items)
{
    add_error(c, FE_TOO_MANY, member, json_int(c->arena, (int64_t)have),
              str_printf(c->arena, "must have at most %d item%s", max_items, max_items == 1 ? "" : "s"));
}

void check_not_supported(struct check *c, const char *member, const struct json *value, const char *const *supported)
{
    struct buf detail AUTO_BUF = {0};
    if (check_is_full(c)) return;
    buf_init(&detail, 16 * 1024);
    buf_cstr(&detail, "supported values: ");
    for (int i = 0; supported[i]; i++) buf_addf(&detail, "%s\"%s\"", i ? ", " : "", supported[i]);
    add_error(c, FE_NOT_SUPPORTED, member, value, buf_view(&detail));
}

/* ---- The walk ---- */

static bool is_enum_value(const struct api_field *f, struct str s)
{
    for (int i = 0; f->enums[i]; i++)
        if (str_eqc(s, f->enums[i])) return true;
    return false;
}

/* One value of field f at the present place. */
static void check_value(struct check *c, const struct api_field *f, const struct json *value)
{
    if (value->type == JSON_NULL) return;
    if (f->value == API_STRUCT) {
        check_tree(c, f->type, value, NULL);
        return;
    }
    if (f->enums && !(f->flags & API_F_UNCHECKED) && value->type == JSON_STR && value->u.s.n &&
        !is_enum_value(f, value->u.s))
        check_not_supported(c, NULL, value, f->enums);
    if (f->rule_hook && api_rule_hooks[f->rule_hook]) api_rule_hooks[f->rule_hook](c, value);
}

static void check_field(struct check *c, const struct api_field *f, const struct json *value)
{
    if (f->shape == API_ONE) {
        check_value(c, f, value);
        return;
    }
    size_t i = 0;
    JSON_FOREACH(it, value)
    {
        size_t mark = f->shape == API_LIST ? check_index(c, i) : check_key(c, it->key);
        check_value(c, f, it);
        check_pop(c, mark);
        i++;
    }
}

void check_tree(struct check *c, const struct api_type *t, const struct json *node, const struct json *old)
{
    if (!json_is(node, JSON_OBJ)) return;
    if (t->whole) {
        api_check_hooks[t->check_hook](c, node, old);
        return;
    }
    /* Normalised trees hold their members in schema order: one pass beside the field list. */
    const struct api_field *f = t->fields, *end = t->fields + t->nfields;
    JSON_FOREACH(it, node)
    {
        while (f < end && !str_eq(f->name, it->key)) f++;
        if (f == end) {
            f = api_field_of(t, it->key);
            if (!f) {
                f = t->fields;
                continue;
            }
        }
        if (it->type == JSON_NULL) continue;
        size_t mark = check_member(c, f->name.p); /* the tables' names end with a NUL */
        check_field(c, f, it);
        check_pop(c, mark);
    }
    if (t->check_hook && api_check_hooks[t->check_hook]) api_check_hooks[t->check_hook](c, node, old);
}
