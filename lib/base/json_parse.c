/* json_parse.c - JSON text to a tree, without recursion: open arrays and objects stand on a stack of
 * fixed size. Error texts are those of Go's encoding/json, which upstream's clients show. */
#include "json.h"

#include "hash.h"
#include "json_scan.h"
#include "json_text.h"
#include "poison.h"

#include <stdio.h>
#include <stdlib.h>

/* Objects up to this size are searched member by member for duplicates, others through a hash table. */
enum { SMALL_OBJECT = 16 };

struct frame {
    struct json *node;
    uint64_t seen; /* bits of the keys so far: a bit that is not set means that the key is new */
};

struct parse {
    const char *p, *end;
    struct arena *a;
    struct err *e;
    const char *const *keep; /* json_parse_keep's path, or NULL */
    int depth;
    struct frame stack[JSON_DEPTH_MAX];
};

/* c as Go's quoteChar shows it. */
static const char *quote_char(unsigned char c, char out[16])
{
    static const char named[] = "\aa\bb\ff\nn\rr\tt\vv\\\\''";
    for (const char *n = named; *n; n += 2)
        if ((unsigned char)*n == c) return snprintf(out, 16, "'\\%c'", n[1]), out;
    if (c < ' ' || c == 0x7f)
        snprintf(out, 16, "'\\x%02x'", c);
    else if (c < 0x7f)
        snprintf(out, 16, "'%c'", c);
    else if (c <= 0xa0 || c == 0xad)
        snprintf(out, 16, "'\\u%04x'", c);
    else
        snprintf(out, 16, "'%c%c'", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
    return out;
}

/* The byte at `at` is not what belongs there. */
static struct json *fail_at(struct parse *ps, const char *at, const char *where)
{
    char shown[16];
    if (at == ps->end)
        err_set(ps->e, ERR_BAD_REQUEST, "unexpected end of JSON input");
    else
        err_set(ps->e, ERR_BAD_REQUEST, "invalid character %s %s", quote_char((unsigned char)*at, shown), where);
    return NULL;
}

static inline void skip_space(struct parse *ps)
{
    const char *p = ps->p, *end = ps->end;
    while (p < end && (unsigned char)*p <= ' ' && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) p++;
    ps->p = p;
}

static inline struct json *node_new(struct arena *a, enum json_type type, struct str key)
{
    struct json *j;
    if (!POISON_GAP && (size_t)(a->end - a->at) >= sizeof *j) { /* arena_alloc, without the call */
        j = (struct json *)(void *)a->at;
        a->at += sizeof *j;
    } else {
        j = arena_alloc(a, sizeof *j);
    }
    *j = (struct json){.type = (uint8_t)type, .key = key};
    return j;
}

/* The string whose opening quote is at p. */
static inline bool read_string(struct parse *ps, struct str *out)
{
    const char *begin = ps->p + 1, *close = json_skip_plain(begin, ps->end);
    bool rewrite = false;
    if (close == ps->end || *close != '"') {
        const char *at, *where;
        close = json_text_end(close, ps->end, &rewrite, &at, &where);
        if (!close) return fail_at(ps, at, where);
    }
    ps->p = close + 1;
    *out = str_n(begin, (size_t)(close - begin));
    if (rewrite) *out = json_text_decode(ps->a, *out);
    return true;
}

static inline bool is_digit(const struct parse *ps, const char *p) { return p < ps->end && *p >= '0' && *p <= '9'; }

/* Fraction and exponent of the number that begins at `begin` and whose integer part ends at p. */
static struct json *read_real(struct parse *ps, const char *begin, const char *p, struct str key)
{
    if (p < ps->end && *p == '.') {
        if (!is_digit(ps, ++p)) return fail_at(ps, p, "after decimal point in numeric literal");
        while (is_digit(ps, p)) p++;
    }
    if (p < ps->end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < ps->end && (*p == '+' || *p == '-')) p++;
        if (!is_digit(ps, p)) return fail_at(ps, p, "in exponent of numeric literal");
        while (is_digit(ps, p)) p++;
    }
    struct json *j = node_new(ps->a, JSON_REAL, key);
    j->u.s = str_n(begin, (size_t)(p - begin));
    ps->p = p;
    return j;
}

static struct json *read_number(struct parse *ps, struct str key)
{
    const char *begin = ps->p, *p = begin;
    bool negative = *p == '-';
    p += negative;
    if (!is_digit(ps, p)) return fail_at(ps, p, "in numeric literal");
    const char *digits = p;
    uint64_t v = 0;
    if (*p == '0')
        p++;
    else
        for (; is_digit(ps, p); p++) v = v * 10 + (uint64_t)(*p - '0');
    /* 19 digits cannot overflow 64 bits; 20 or more never fit an int64. */
    bool fits = p - digits <= 19 && v <= (uint64_t)INT64_MAX + negative;
    if (!fits || (p < ps->end && (*p == '.' || (*p | 0x20) == 'e'))) return read_real(ps, begin, p, key);
    struct json *j = node_new(ps->a, JSON_INT, key);
    j->u.i = (int64_t)(negative ? 0 - v : v);
    ps->p = p;
    return j;
}

static struct json *read_literal(struct parse *ps, const char *word, enum json_type type, struct str key)
{
    const char *p = ps->p;
    for (int i = 0; word[i]; i++, p++) {
        char where[48];
        if (p < ps->end && *p == word[i]) continue;
        snprintf(where, sizeof where, "in literal %s (expecting '%c')", word, word[i]);
        return fail_at(ps, p, where);
    }
    ps->p = p;
    struct json *j = node_new(ps->a, type, key);
    if (type == JSON_BOOL) j->u.b = word[0] == 't';
    return j;
}

/* ---- What is kept as text ---- */

/* Is the member `key` of the innermost open object at the path whose objects are kept? */
static bool is_kept(const struct parse *ps, struct str key)
{
    int at = 0, depth = ps->depth;
    while (ps->keep[at + 1]) at++;
    if (!str_eqc(key, ps->keep[at])) return false;
    while (--depth > 0) {
        struct str name = ps->stack[depth].node->key;
        if (str_is_null(name)) continue; /* an element */
        if (at == 0 || !str_eqc(name, ps->keep[--at])) return false;
    }
    return at == 0;
}

/* The object that begins at p, unread but for its end. */
static struct json *read_raw(struct parse *ps, struct str key)
{
    const char *begin = ps->p, *p = begin;
    size_t open = 0;
    do {
        if (p == ps->end) return fail_at(ps, p, "");
        if (*p == '"') {
            for (p++; p < ps->end && *p != '"'; p++) p += *p == '\\';
            if (p >= ps->end) return fail_at(ps, ps->end, "");
        }
        open += *p == '{';
        open -= *p == '}';
        p++;
    } while (open);
    struct json *j = node_new(ps->a, JSON_RAW, key);
    j->u.s = str_n(begin, (size_t)(p - begin));
    ps->p = p;
    return j;
}

/* A scalar, or an array or object of which only the opening bracket has been read. */
static inline struct json *read_value(struct parse *ps, struct str key)
{
    struct json *j;
    skip_space(ps);
    if (ps->p == ps->end) return fail_at(ps, ps->p, "");
    switch (*ps->p) {
    case '"': {
        struct str s;
        if (!read_string(ps, &s)) return NULL;
        j = node_new(ps->a, JSON_STR, key);
        j->u.s = s;
        return j;
    }
    case '{':
    case '[':
        if (ps->keep && *ps->p == '{' && !str_is_null(key) && is_kept(ps, key)) return read_raw(ps, key);
        if (ps->depth == JSON_DEPTH_MAX) return fail_at(ps, ps->p, "exceeded max depth");
        j = node_new(ps->a, *ps->p++ == '{' ? JSON_OBJ : JSON_ARR, key);
        ps->stack[ps->depth++] = (struct frame){.node = j};
        return j;
    case 't': return read_literal(ps, "true", JSON_BOOL, key);
    case 'f': return read_literal(ps, "false", JSON_BOOL, key);
    case 'n': return read_literal(ps, "null", JSON_NULL, key);
    case '-':
    case '0' ... '9': return read_number(ps, key);
    default: return fail_at(ps, ps->p, "looking for beginning of value");
    }
}

/* Flags the open object if it has a member of that name already and can be searched quickly. */
static inline void note_key(struct frame *f, struct str key)
{
    unsigned mix = (unsigned)key.n * 7;
    if (key.n)
        mix += (unsigned char)key.p[0] * 5u + (unsigned char)key.p[key.n - 1] + (unsigned char)key.p[key.n / 2] * 3u;
    uint64_t bit = (uint64_t)1 << (mix & 63);
    if ((f->seen & bit) && f->node->count <= SMALL_OBJECT && json_get(f->node, key)) f->node->flags |= JSON_F_DUP_KEYS;
    f->seen |= bit;
}

/* The duplicates of an object too large for note_key. */
static void find_duplicates(struct json *obj)
{
    size_t slots = 64;
    while (slots < (size_t)obj->count * 2) slots *= 2;
    const struct json **table = xcalloc(slots, sizeof(struct json *));
    JSON_FOREACH(m, obj)
    {
        size_t at = (size_t)hash_keyed(m->key) & (slots - 1);
        while (table[at] && !str_eq(table[at]->key, m->key)) at = (at + 1) & (slots - 1);
        if (table[at]) {
            obj->flags |= JSON_F_DUP_KEYS;
            break;
        }
        table[at] = m;
    }
    free(table);
}

/* A member's key and colon. */
static inline bool read_key(struct parse *ps, struct str *key)
{
    skip_space(ps);
    if (ps->p == ps->end || *ps->p != '"') return fail_at(ps, ps->p, "looking for beginning of object key string");
    if (!read_string(ps, key)) return false;
    note_key(&ps->stack[ps->depth - 1], *key);
    skip_space(ps);
    if (ps->p == ps->end || *ps->p != ':') return fail_at(ps, ps->p, "after object key");
    ps->p++;
    return true;
}

static inline void link_last(struct json *parent, struct json *child)
{
    if (parent->u.kids.tail)
        parent->u.kids.tail->next = child;
    else
        parent->u.kids.head = child;
    parent->u.kids.tail = child;
    parent->count++;
}

enum after { AFTER_MORE, AFTER_END, AFTER_ERROR };

/* Behind a value: closes what ends here and steps over the comma before the next one. */
static inline enum after read_after(struct parse *ps)
{
    while (ps->depth) {
        struct json *in = ps->stack[ps->depth - 1].node;
        bool object = in->type == JSON_OBJ;
        skip_space(ps);
        if (ps->p < ps->end && *ps->p == ',') {
            ps->p++;
            return AFTER_MORE;
        }
        if (ps->p == ps->end || *ps->p != (object ? '}' : ']')) {
            fail_at(ps, ps->p, object ? "after object key:value pair" : "after array element");
            return AFTER_ERROR;
        }
        if (object && in->count > SMALL_OBJECT && !in->flags) find_duplicates(in);
        ps->p++;
        ps->depth--;
    }
    return AFTER_END;
}

/* True if the array or object just opened ends at once. */
static inline bool closes_at_once(struct parse *ps, const struct json *opened)
{
    skip_space(ps);
    if (ps->p == ps->end || *ps->p != (opened->type == JSON_OBJ ? '}' : ']')) return false;
    ps->p++;
    ps->depth--;
    return true;
}

static struct json *read_document(struct parse *ps)
{
    struct json *root = NULL;
    struct str key = STR_NULL;
    for (;;) {
        struct json *in = ps->depth ? ps->stack[ps->depth - 1].node : NULL;
        struct json *j = read_value(ps, key);
        if (!j) return NULL;
        if (in)
            link_last(in, j);
        else
            root = j;
        enum after after = AFTER_MORE;
        if (j->type < JSON_ARR || closes_at_once(ps, j)) after = read_after(ps);
        if (after == AFTER_ERROR) return NULL;
        if (after == AFTER_END) return root;
        key = STR_NULL;
        if (ps->stack[ps->depth - 1].node->type == JSON_OBJ && !read_key(ps, &key)) return NULL;
    }
}

struct json *json_parse(struct arena *a, struct str text, struct err *e) { return json_parse_keep(a, text, NULL, e); }

struct json *json_parse_keep(struct arena *a, struct str text, const char *const *path, struct err *e)
{
    enum { RESERVE_MAX = 1 << 20 };
    struct parse ps; /* the stack is 8 KiB: not zeroed */
    ps.p = text.p ? text.p : "";
    ps.end = ps.p + text.n;
    ps.a = a;
    ps.e = e;
    ps.keep = path;
    ps.depth = 0;
    if (text.n >= UINT32_MAX) { /* children are counted in 32 bits */
        err_set(e, ERR_TOO_LARGE, "JSON input of %zu bytes is too large", text.n);
        return NULL;
    }
    if (!POISON_GAP) arena_reserve(a, MIN(text.n * 5 / 2, (size_t)RESERVE_MAX)); /* what an object comes to */
    struct json *root = read_document(&ps);
    if (!root) return NULL;
    skip_space(&ps);
    return ps.p == ps.end ? root : fail_at(&ps, ps.p, "after top-level value");
}
