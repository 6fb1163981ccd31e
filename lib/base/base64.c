/* base64.c - base64 of bytes and back (base64.h). Reads and writes only its arguments. */
#include "base64.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void add(struct buf *out, struct str bytes, const char *alphabet)
{
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        bits = bits << 8 | (unsigned char)bytes.p[i];
        for (have += 8; have >= 6; have -= 6) buf_char(out, alphabet[bits >> (have - 6) & 63]);
    }
    if (have) buf_char(out, alphabet[bits << (6 - have) & 63]);
}

void base64_add(struct buf *out, struct str bytes)
{
    add(out, bytes, standard);
    for (size_t n = bytes.n; n % 3; n++) buf_char(out, '=');
}

void base64url_add(struct buf *out, struct str bytes) { add(out, bytes, url); }

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_read(struct arena *a, struct str text, struct str *out, size_t *bad_at)
{
    char *p = arena_alloc(a, text.n + 1);
    size_t n = 0, digits = 0;
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n' || text.p[i] == '\r') continue;
        int v = value_of(text.p[i]);
        *bad_at = i;
        if (v < 0) return false;
        digits++;
        bits = bits << 6 | (uint32_t)v;
        if ((have += 6) >= 8) p[n++] = (char)(bits >> (have -= 8));
    }
    *bad_at = text.n - 1;
    *out = str_n(p, n);
    return digits % 4 != 1;
}

bool base64url_read_strict(struct arena *a, struct str text, struct str *out)
{
    size_t bad_at;
    if (!base64url_read(a, text, out, &bad_at)) return false;
    struct buf again AUTO_BUF = {0};
    buf_init(&again, text.n + 4);
    base64url_add(&again, *out);
    return str_eq(buf_view(&again), text);
}
