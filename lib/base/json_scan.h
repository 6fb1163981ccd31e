/* json_scan.h - how far a run of JSON string bytes can be taken as it is. Private to lib/base. */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bytes that end a plain run in either direction: " \ control characters and everything above ASCII. */
static inline bool json_is_plain(char c) { return (signed char)c >= ' ' && c != '"' && c != '\\'; }

#ifdef __SSE2__
/* One bit for each of the 16 bytes that is not plain. Bytes from 0x80 are negative as signed ones. */
static inline unsigned json_not_plain16(__m128i v)
{
    __m128i bad = _mm_cmplt_epi8(v, _mm_set1_epi8(' '));
    bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(bad);
}

/* As json_not_plain16, and < > & count too, which the writer escapes. */
static inline unsigned json_not_plain_html16(__m128i v)
{
    __m128i angle = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(2)), _mm_set1_epi8('>')); /* < is 3c, > is 3e */
    __m128i bad = _mm_or_si128(angle, _mm_cmpeq_epi8(v, _mm_set1_epi8('&')));
    return json_not_plain16(v) | (unsigned)_mm_movemask_epi8(bad);
}

static inline __m128i json_load16(const char *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
#endif

/* The first byte in [p, end) that is not plain, or end. */
static inline const char *json_skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        unsigned bad = json_not_plain16(json_load16(p));
        if (bad) return p + __builtin_ctz(bad);
    }
#endif
    while (p < end && json_is_plain(*p)) p++;
    return p;
}

static inline bool json_is_plain_html(char c) { return json_is_plain(c) && c != '<' && c != '>' && c != '&'; }

/* The first byte in [p, end) that cannot be written as it is, or end. */
static inline const char *json_skip_plain_html(const char *p, const char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        unsigned bad = json_not_plain_html16(json_load16(p));
        if (bad) return p + __builtin_ctz(bad);
    }
#endif
    while (p < end && json_is_plain_html(*p)) p++;
    return p;
}

/* Copies the n bytes at p, as far as they can be written as they are, to out, and returns how many that were;
 * what is behind them in out[0..n) is undefined. Nearly all keys and values are plain to the end. */
static inline size_t json_copy_plain_html(char *out, const char *p, size_t n)
{
    size_t at = 0;
#ifdef __SSE2__
    for (; n - at >= 16; at += 16) {
        __m128i v = json_load16(p + at);
        unsigned bad = json_not_plain_html16(v);
        _mm_storeu_si128((__m128i *)(void *)(out + at), v);
        if (bad) return at + (size_t)__builtin_ctz(bad);
    }
    /* Two words that overlap cover what is left without reading beyond it. */
    if (n - at >= 8) {
        uint64_t words[2];
        memcpy(&words[0], p + at, 8);
        memcpy(&words[1], p + n - 8, 8);
        if (json_not_plain_html16(json_load16((const char *)words)) == 0) {
            memcpy(out + at, &words[0], 8);
            memcpy(out + n - 8, &words[1], 8);
            return n;
        }
    } else if (n - at >= 4) {
        uint32_t words[2];
        memcpy(&words[0], p + at, 4);
        memcpy(&words[1], p + n - 4, 4);
        __m128i v = _mm_set1_epi64x((long long)((uint64_t)words[1] << 32 | words[0]));
        if (json_not_plain_html16(v) == 0) {
            memcpy(out + at, &words[0], 4);
            memcpy(out + n - 4, &words[1], 4);
            return n;
        }
    }
#endif
    for (; at < n && json_is_plain_html(p[at]); at++) out[at] = p[at];
    return at;
}

#endif
