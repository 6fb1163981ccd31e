/* json_text.c - checks and decodes the insides of JSON strings: escapes, surrogates, bad UTF-8. */
#include "json_text.h"

#include "json_scan.h"
#include "utf8.h"

enum { REPLACEMENT = 0xfffd };

static const signed char hex_value[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
}; /* value + 1; 0 is not a digit */

/* What the letter after a backslash stands for; 0: not an escape. 'u' stands for itself. */
static const char escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b', ['f'] = '\f',
    ['n'] = '\n', ['r'] = '\r',  ['t'] = '\t', ['u'] = 'u',
};

/* Checks the escape whose backslash is at p; returns what follows it or NULL. */
static const char *escape_end(const char *p, const char *end, const char **at, const char **where)
{
    *at = ++p;
    *where = "in string escape code";
    if (p == end || !escapes[(unsigned char)*p]) return NULL;
    if (*p++ != 'u') return p;
    *where = "in \\u hexadecimal character escape";
    for (int i = 0; i < 4; i++, p++) {
        *at = p;
        if (p == end || !hex_value[(unsigned char)*p]) return NULL;
    }
    return p;
}

const char *json_text_end(const char *p, const char *end, bool *rewrite, const char **at, const char **where)
{
    *rewrite = false;
    for (;;) {
        p = json_skip_plain(p, end);
        if (p < end && *p == '"') return p;
        if (p == end || (unsigned char)*p < ' ') {
            *at = p;
            *where = "in string literal";
            return NULL;
        }
        if (*p == '\\') {
            *rewrite = true;
            p = escape_end(p, end, at, where);
            if (!p) return NULL;
            continue;
        }
        int n = utf8_length(p, (size_t)(end - p));
        if (n == 0) *rewrite = true;
        p += n ? n : 1;
    }
}

static uint32_t hex4(const char *p)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) v = v << 4 | (uint32_t)(hex_value[(unsigned char)p[i]] - 1);
    return v;
}

/* The code point of the \uXXXX at *p (on the backslash), with its second half if it has one; moves *p on. */
static uint32_t unicode_escape(const char **p, const char *end)
{
    uint32_t c = hex4(*p + 2);
    *p += 6;
    if (c < 0xd800 || c > 0xdfff) return c;
    if (c < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        uint32_t low = hex4(*p + 2);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *p += 6;
            return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return REPLACEMENT;
}

struct str json_text_decode(struct arena *a, struct str raw)
{
    const char *p = raw.p, *end = raw.p + raw.n;
    size_t bad = 0; /* each bad byte becomes three; everything else only shrinks */
    while (p < end) {
        int n = utf8_length(p, (size_t)(end - p));
        if (n == 0) bad++;
        p += n ? n : 1;
    }
    char *out = arena_alloc(a, raw.n + 2 * bad + 1), *at = out;
    for (p = raw.p; p < end;) {
        const char *run = json_skip_plain(p, end);
        memcpy(at, p, (size_t)(run - p));
        at += run - p;
        p = run;
        if (p == end) break;
        if (*p == '\\' && p[1] == 'u') {
            at += utf8_put(at, unicode_escape(&p, end));
        } else if (*p == '\\') {
            *at++ = escapes[(unsigned char)p[1]];
            p += 2;
        } else {
            int n = utf8_length(p, (size_t)(end - p));
            if (n) memcpy(at, p, (size_t)n);
            at += n ? n : utf8_put(at, REPLACEMENT);
            p += n ? n : 1;
        }
    }
    *at = '\0';
    return str_n(out, (size_t)(at - out));
}
