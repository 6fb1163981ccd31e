/* warnings.c - see warnings.h. Reads: texts, hostile ones among them.   Writes: struct warnings. */
#include "apiserver/object/warnings.h"

void warnings_init(struct warnings *ws, struct arena *a) { *ws = (struct warnings){.arena = a}; }

bool warnings_full(const struct warnings *ws) { return ws->cutting && ws->runes >= WARNINGS_RUNES_MAX; }

/* ---- Texts ---- */

static bool begins_rune(char c) { return ((unsigned char)c & 0xc0) != 0x80; }

static size_t runes_in(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) n += begins_rune(s.p[i]);
    return n;
}

/* The first `max` runes. */
static struct str cut(struct str s, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (begins_rune(s.p[i]) && n++ == max) return str_n(s.p, i);
    return s;
}

/* Control characters are U+0000 to U+001F and U+007F to U+009F. */
static bool is_sayable(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0)) return false;
    }
    return str_is_utf8(s);
}

static bool is_known(const struct warnings *ws, struct str text)
{
    for (size_t i = 0; i < ws->count; i++)
        if (str_eq(ws->texts[i], text)) return true;
    return false;
}

/* ---- What is sent ---- */

static struct str sent(const struct warnings *ws, size_t i)
{
    return ws->cutting ? cut(ws->texts[i], WARNING_RUNES_MAX) : ws->texts[i];
}

static void keep(struct warnings *ws, struct str text)
{
    if (ws->count == ws->cap) {
        size_t cap = ws->cap ? ws->cap * 2 : 8;
        struct str *grown = ARENA_ARRAY(ws->arena, struct str, cap);
        if (ws->count) memcpy(grown, ws->texts, ws->count * sizeof *grown);
        ws->texts = grown;
        ws->cap = cap;
    }
    ws->texts[ws->count++] = str_copy(ws->arena, text);
}

enum warnings_next warnings_add(struct warnings *ws, struct str text)
{
    if (!text.n || warnings_full(ws) || !is_sayable(text) || is_known(ws, text)) return WARNINGS_SAME;
    keep(ws, text);
    size_t runes = runes_in(sent(ws, ws->count - 1));
    if (ws->cutting || ws->runes + runes <= WARNINGS_RUNES_MAX) {
        ws->runes += runes;
        return WARNINGS_ADDED;
    }
    ws->cutting = true;
    ws->runes = 0;
    for (size_t i = 0; i < ws->count; i++) ws->runes += runes_in(sent(ws, i));
    return WARNINGS_CUT;
}

const char *warnings_header(const struct warnings *ws, size_t i)
{
    static const char head[] = "299 - \"";
    struct str text = sent(ws, i);
    char *out = arena_alloc(ws->arena, sizeof head + 2 * text.n + 1), *at = out;
    memcpy(at, head, sizeof head - 1);
    at += sizeof head - 1;
    for (size_t k = 0; k < text.n; k++) {
        if (text.p[k] == '"' || text.p[k] == '\\') *at++ = '\\';
        *at++ = text.p[k];
    }
    *at++ = '"';
    *at = '\0';
    return out;
}
