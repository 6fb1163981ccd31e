/* gojson.c - see gojson.h. Reads: a text, a type.   Writes: a tree. */
#include "api/gojson.h"

#include <strings.h>

const struct gojson_type gojson_string = {.kind = GOJSON_STRING, .go = "string"};
const struct gojson_type gojson_int64 = {.kind = GOJSON_INT64, .go = "int64"};

enum { PATH_MAX_BYTES = 512 };

/* ---- The first value ---- */

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* Behind the string that begins at `at`. */
static size_t skip_string(struct str s, size_t at)
{
    for (at++; at < s.n && s.p[at] != '"'; at++)
        if (s.p[at] == '\\') at++;
    return MIN(at + 1, s.n);
}

/* Where the value that begins at `at` ends, if it is one. */
static size_t end_of(struct str s, size_t at)
{
    size_t depth = 0;
    if (s.p[at] == '"') return skip_string(s, at);
    if (s.p[at] != '{' && s.p[at] != '[') {
        while (at < s.n && !is_space(s.p[at])) at++;
        return at;
    }
    while (at < s.n) {
        char c = s.p[at];
        if (c == '"') {
            at = skip_string(s, at);
            continue;
        }
        at++;
        if (c == '{' || c == '[') depth++;
        if ((c == '}' || c == ']') && --depth == 0) break;
    }
    return at;
}

static struct json *parse_first(struct arena *a, struct str text, struct err *e)
{
    size_t at = 0;
    while (at < text.n && is_space(text.p[at])) at++;
    if (at == text.n) return err_set(e, ERR_BAD_REQUEST, "EOF"), NULL;
    struct json *j = json_parse(a, str_copy(a, str_n(text.p + at, end_of(text, at) - at)), e);
    if (!j && strcmp(e->text, "unexpected end of JSON input") == 0) err_set(e, ERR_BAD_REQUEST, "unexpected EOF");
    return j;
}

/* ---- Types ---- */

struct place { /* on the way to a value */
    const struct place *up;
    const char *owner, *field;
};

static const char *word_of(const struct json *j)
{
    static const char *const words[] = {
        [JSON_NULL] = "null",  [JSON_BOOL] = "bool", [JSON_INT] = "number", [JSON_REAL] = "number",
        [JSON_STR] = "string", [JSON_ARR] = "array", [JSON_OBJ] = "object"};
    return words[j->type];
}

static void write_path(struct buf *out, const struct place *at)
{
    if (!at) return;
    write_path(out, at->up);
    if (out->n) buf_char(out, '.');
    buf_cstr(out, at->field);
}

static bool mismatch(const struct json *j, const struct gojson_type *t, const struct place *at, struct err *e)
{
    struct buf path AUTO_BUF = {0};
    struct str number = t->kind == GOJSON_INT64 && j->type == JSON_REAL ? j->u.s : STR("");
    buf_init(&path, PATH_MAX_BYTES);
    write_path(&path, at);
    int shown = (int)MIN(number.n, 100);
    if (!at)
        return err_set(e, ERR_BAD_REQUEST, "json: cannot unmarshal %s%s%.*s into Go value of type %s", word_of(j),
                       shown ? " " : "", shown, number.p, t->go);
    return err_set(e, ERR_BAD_REQUEST, "json: cannot unmarshal %s%s%.*s into Go struct field %s.%.*s of type %s",
                   word_of(j), shown ? " " : "", shown, number.p, at->owner, STR_ARG(buf_view(&path)), t->go);
}

static bool fits(const struct json *j, const struct gojson_type *t)
{
    switch (t->kind) {
    case GOJSON_STRING: return j->type == JSON_STR;
    case GOJSON_INT64: return j->type == JSON_INT;
    case GOJSON_LIST: return j->type == JSON_ARR;
    case GOJSON_STRUCT:
    case GOJSON_MAP: return j->type == JSON_OBJ;
    }
    return false;
}

static const struct gojson_field *field_of(const struct gojson_type *t, struct str name)
{
    const struct gojson_field *f = t->fields;
    while (f->name && (strlen(f->name) != name.n || strncasecmp(f->name, name.p, name.n) != 0)) f++;
    return f->name ? f : NULL;
}

static bool check(const struct json *j, const struct gojson_type *t, const struct place *at, struct err *e)
{
    if (j->type == JSON_NULL) return true;
    if (!fits(j, t)) return mismatch(j, t, at, e);
    JSON_FOREACH(it, j)
    {
        const struct gojson_field *f = t->kind == GOJSON_STRUCT ? field_of(t, it->key) : NULL;
        const struct place below = {at, t->owner, f ? f->name : NULL};
        if (t->kind == GOJSON_STRUCT ? f && !check(it, f->type, &below, e) : !check(it, t->of, at, e)) return false;
    }
    return true;
}

const struct json *gojson_read(struct arena *a, struct str text, const struct gojson_type *t, struct err *e)
{
    const struct json *j = parse_first(a, text, e);
    return j && check(j, t, NULL, e) ? j : NULL;
}

const struct json *gojson_get(const struct json *j, const char *name)
{
    const struct json *found = NULL;
    size_t n = strlen(name);
    if (!json_is(j, JSON_OBJ)) return NULL;
    JSON_FOREACH(it, j)
    if (it->key.n == n && strncasecmp(it->key.p, name, n) == 0) found = it;
    return found && found->type != JSON_NULL ? found : NULL;
}
