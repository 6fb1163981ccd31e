/* json_write.c - trees to text, with the escapes of Go's encoding/json. */
#include "json.h"

#include "json_scan.h"
#include "num.h"
#include "utf8.h"

/* n writable bytes behind the buffer's text, or NULL when its maximum is nearer than that. */
static inline char *room(struct buf *b, size_t n)
{
    if (b->p && b->cap - b->n > n) return b->p + b->n;
    if (b->max - b->n <= n) return NULL;
    buf_reserve(b, n);
    return b->p + b->n;
}

static inline void put(struct buf *b, const char *p, size_t n)
{
    char *at = room(b, n);
    if (!at) {
        buf_add(b, p, n);
        return;
    }
    memcpy(at, p, n);
    b->n += n;
}

static inline void put_char(struct buf *b, char c)
{
    char *at = room(b, 1);
    if (!at) {
        buf_add(b, &c, 1);
        return;
    }
    *at = c;
    b->n++;
}

/* Writes what stands for the not-plain character at p; returns how many bytes of input that was. */
static size_t put_escaped(struct buf *b, const char *p, size_t left)
{
    static const char shorts[128] = {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    static const char hex[] = "0123456789abcdef";
    unsigned char c = (unsigned char)*p;
    if (c < 0x80 && shorts[c]) {
        put(b, (char[]){'\\', shorts[c]}, 2);
        return 1;
    }
    if (c < 0x80) {
        put(b, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
        return 1;
    }
    int n = utf8_length(p, left);
    if (n == 0) {
        put(b, "\\ufffd", 6);
        return 1;
    }
    bool line_end = n == 3 && memcmp(p, "\xe2\x80", 2) == 0 && (p[2] | 1) == (char)0xa9; /* U+2028, U+2029 */
    if (line_end)
        put(b, p[2] == (char)0xa8 ? "\\u2028" : "\\u2029", 6);
    else
        put(b, p, (size_t)n);
    return (size_t)n;
}

static void put_text(struct buf *b, const char *p, const char *end)
{
    while (p < end) {
        const char *run = json_skip_plain_html(p, end);
        put(b, p, (size_t)(run - p));
        p = run;
        if (p < end) p += put_escaped(b, p, (size_t)(end - p));
    }
}

/* The string in quotes with one more byte behind it: a key's colon (0: none). */
static inline void put_string(struct buf *b, struct str s, char after)
{
    const char *p = s.p ? s.p : "";
    size_t done = 0;
    char *at = room(b, s.n + 3);
    if (at) {
        *at = '"';
        done = json_copy_plain_html(at + 1, p, s.n);
        at += 1 + done;
        b->n += 1 + done;
        if (done == s.n) {
            *at++ = '"';
            *at = after;
            b->n += after ? 2 : 1;
            return;
        }
    } else {
        put_char(b, '"');
    }
    put_text(b, p + done, p + s.n);
    put_char(b, '"');
    if (after) put_char(b, after);
}

static void put_int(struct buf *b, int64_t v)
{
    char text[NUM_TEXT_MAX], *end = text + sizeof text, *p = num_i64_before(end, v);
    put(b, p, (size_t)(end - p));
}

static void put_scalar(struct buf *b, const struct json *j)
{
    switch (j->type) {
    case JSON_STR: put_string(b, j->u.s, 0); break;
    case JSON_INT: put_int(b, j->u.i); break;
    case JSON_REAL:
    case JSON_RAW: put(b, j->u.s.p, j->u.s.n); break;
    case JSON_BOOL: put(b, j->u.b ? "true" : "false", j->u.b ? 4 : 5); break;
    default: put(b, "null", 4);
    }
}

static void put_value(struct buf *b, const struct json *j)
{
    if (j->type < JSON_ARR) {
        put_scalar(b, j);
        return;
    }
    bool object = j->type == JSON_OBJ;
    put_char(b, object ? '{' : '[');
    for (const struct json *kid = j->u.kids.head; kid && !b->over; kid = kid->next) {
        if (object) put_string(b, kid->key, ':');
        put_value(b, kid);
        if (kid->next) put_char(b, ',');
    }
    put_char(b, object ? '}' : ']');
}

static void end_text(struct buf *b)
{
    if (b->p) b->p[b->n] = '\0';
}

void json_write(struct buf *out, const struct json *j)
{
    put_value(out, j);
    end_text(out);
}

void json_write_string(struct buf *out, struct str s)
{
    put_string(out, s, 0);
    end_text(out);
}

static void new_line(struct buf *b, int indent)
{
    put_char(b, '\n');
    while (indent-- > 0) put_char(b, ' ');
}

static void put_indented(struct buf *b, const struct json *j, int spaces, int indent)
{
    bool object = j->type == JSON_OBJ;
    if (j->type < JSON_ARR) {
        put_scalar(b, j);
        return;
    }
    put_char(b, object ? '{' : '[');
    for (const struct json *kid = j->u.kids.head; kid && !b->over; kid = kid->next) {
        new_line(b, indent + spaces);
        if (object) {
            put_string(b, kid->key, ':');
            put_char(b, ' ');
        }
        put_indented(b, kid, spaces, indent + spaces);
        if (kid->next) put_char(b, ',');
    }
    if (j->u.kids.head) new_line(b, indent);
    put_char(b, object ? '}' : ']');
}

void json_write_indent(struct buf *out, const struct json *j, int spaces)
{
    put_indented(out, j, spaces, 0);
    end_text(out);
}
