/* quote.c - text and values as Go's fmt prints them.   Reads: any bytes, trees.   Writes: a buf. */
#include "quote.h"

#include "yaml_scalar.h"

#include <stdlib.h>

/* Bytes of the UTF-8 character at p, 0 when there is none. */
static size_t utf8_length(const char *p, size_t n)
{
    unsigned char c = (unsigned char)*p;
    size_t want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
    return want && want <= n && str_is_utf8(str_n(p, want)) ? want : 0;
}

/* Of a character of two or three bytes; longer ones print. */
static unsigned code_point(const char *p, size_t length)
{
    const unsigned char *c = (const unsigned char *)p;
    if (length == 2) return (c[0] & 0x1fu) << 6 | (c[1] & 0x3fu);
    return length == 3 ? (c[0] & 0xfu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu) : 0;
}

/* Controls, spaces other than " ", and marks without a shape, which Go writes as numbers (of strconv.IsPrint's table
 * what is assigned in the basic plane). */
static bool is_invisible(unsigned code)
{
    static const struct {
        unsigned first, last;
    } ranges[] = {{0x80, 0xa0},     {0xad, 0xad},     {0x600, 0x605},   {0x61c, 0x61c},   {0x6dd, 0x6dd},
                  {0x70f, 0x70f},   {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f}, {0x2028, 0x202f},
                  {0x205f, 0x206f}, {0x3000, 0x3000}, {0xe000, 0xf8ff}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb}};
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
        if (code >= ranges[i].first && code <= ranges[i].last) return true;
    return false;
}

void quote_go(struct buf *out, struct str s)
{
    static const char plain[] = "\a\b\t\n\v\f\r\"\\", letters[] = "abtnvfr\"\\";
    buf_char(out, '"');
    for (size_t i = 0; i < s.n && buf_ok(out); i++) {
        unsigned char c = (unsigned char)s.p[i];
        const char *escape = c ? strchr(plain, c) : NULL;
        size_t length = c >= 0x80 ? utf8_length(s.p + i, s.n - i) : 0;
        if (escape)
            buf_addf(out, "\\%c", letters[escape - plain]);
        else if (length && is_invisible(code_point(s.p + i, length)))
            buf_addf(out, "\\u%04x", code_point(s.p + i, length));
        else if (length)
            buf_add(out, s.p + i, length);
        else if (c < 0x20 || c >= 0x7f)
            buf_addf(out, "\\x%02x", c);
        else
            buf_char(out, (char)c);
        if (length) i += length - 1;
    }
    buf_char(out, '"');
}

const char *json_type_word(const struct json *j)
{
    static const char *const words[] = {
        [JSON_NULL] = "null",  [JSON_BOOL] = "bool", [JSON_INT] = "number", [JSON_REAL] = "number",
        [JSON_STR] = "string", [JSON_ARR] = "array", [JSON_OBJ] = "object",
    };
    return words[j->type];
}

const char *print_go_type(const struct json *j)
{
    static const char *const types[] = {
        [JSON_NULL] = "%!s(<nil>)",
        [JSON_BOOL] = "bool",
        [JSON_INT] = "int64",
        [JSON_REAL] = "float64",
        [JSON_STR] = "string",
        [JSON_ARR] = "[]interface {}",
        [JSON_OBJ] = "map[string]interface {}",
    };
    return types[j->type];
}

static int compare_members(const void *a, const void *b)
{
    return str_cmp((*(const struct json *const *)a)->key, (*(const struct json *const *)b)->key);
}

/* As strconv writes a float64 with as few digits as do. */
static void print_real(struct buf *out, const struct json *j)
{
    char text[YAML_REAL_MAX];
    yaml_real_text(json_number(j), text);
    buf_cstr(out, text);
}

static void print_scalar(struct buf *out, const struct json *j, bool as_text)
{
    static const char *const words[] = {"<nil>", "false", "true"};
    bool marked = as_text && j->type != JSON_STR;
    if (marked && j->type == JSON_NULL) {
        buf_cstr(out, print_go_type(j));
        return;
    }
    if (marked) buf_addf(out, "%%!s(%s=", print_go_type(j));
    if (j->type == JSON_INT)
        buf_i64(out, j->u.i);
    else if (j->type == JSON_STR)
        buf_str(out, j->u.s);
    else if (j->type == JSON_REAL)
        print_real(out, j);
    else
        buf_cstr(out, words[j->type == JSON_NULL ? 0 : 1 + j->u.b]);
    if (marked) buf_char(out, ')');
}

static void print_value(struct buf *out, const struct json *j, bool as_text);

static void print_map(struct buf *out, const struct json *j, bool as_text)
{
    const struct json **members = xreallocarray(NULL, j->count + 1, sizeof *members);
    size_t n = 0;
    JSON_FOREACH(it, j) members[n++] = it;
    qsort(members, n, sizeof *members, compare_members);
    buf_cstr(out, "map[");
    for (size_t i = 0; i < n && buf_ok(out); i++) {
        if (i) buf_char(out, ' ');
        buf_str(out, members[i]->key);
        buf_char(out, ':');
        print_value(out, members[i], as_text);
    }
    buf_char(out, ']');
    free(members);
}

static void print_value(struct buf *out, const struct json *j, bool as_text)
{
    if (j->type == JSON_OBJ) {
        print_map(out, j, as_text);
        return;
    }
    if (j->type != JSON_ARR) {
        print_scalar(out, j, as_text);
        return;
    }
    buf_char(out, '[');
    for (const struct json *it = json_kids(j); it && buf_ok(out); it = it->next) {
        if (it != json_kids(j)) buf_char(out, ' ');
        print_value(out, it, as_text);
    }
    buf_char(out, ']');
}

void print_go(struct buf *out, const struct json *j) { print_value(out, j, false); }

void print_go_text(struct buf *out, const struct json *j) { print_value(out, j, true); }
