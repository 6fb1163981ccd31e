/* str.c - reading, cutting and copying borrowed text. */
#include "str.h"

#include "mem.h"
#include "utf8.h"

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = MIN(a.n, b.n);
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

size_t str_chr(struct str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? (size_t)(at - s.p) : SIZE_MAX;
}

struct str str_cut(struct str s, char sep, struct str *rest)
{
    size_t at = str_chr(s, sep);
    *rest = STR_NULL;
    if (at == SIZE_MAX) return s;
    *rest = str_n(s.p + at + 1, s.n - at - 1);
    return str_n(s.p, at);
}

struct str str_trim(struct str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) s.p++, s.n--;
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) s.n--;
    return s;
}

bool str_to_u64(struct str s, uint64_t *out)
{
    uint64_t v = 0;
    if (s.n == 0) return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v)) return false;
    }
    *out = v;
    return true;
}

bool str_to_i64(struct str s, int64_t *out)
{
    bool negative = s.n && s.p[0] == '-';
    bool sign = negative || (s.n && s.p[0] == '+');
    uint64_t v;
    if (!str_to_u64(str_from(s, sign), &v)) return false;
    if (v > (uint64_t)INT64_MAX + negative) return false;
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

uint64_t str_hash(struct str s, uint64_t seed)
{
    uint64_t h = seed ^ 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return h ^ (h >> 32);
}

char *str_dup(struct str s) { return xstrndup(s.p, s.n); }

char *str_cstr(struct arena *a, struct str s) { return arena_strndup(a, s.p, s.n); }

struct str str_copy(struct arena *a, struct str s)
{
    return str_is_null(s) ? STR_NULL : str_n(arena_strndup(a, s.p, s.n), s.n);
}

struct str str_lower(struct arena *a, struct str s)
{
    char *p = arena_strndup(a, s.p ? s.p : "", s.n);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + 32);
    return str_n(p, s.n);
}

struct str str_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return str_of(p);
}

bool str_is_utf8(struct str s)
{
    for (size_t i = 0; i < s.n;) {
        int n = utf8_length(s.p + i, s.n - i);
        if (n == 0) return false;
        i += (size_t)n;
    }
    return true;
}
