/* json_scan.h - how far a run of JSON string bytes can be taken as it is. Private to lib/base. */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bytes that end a plain run in either direction: " \ control characters and everything above ASCII. */
static inline bool json_is_plain(char c) { return (signed char)c >= ' ' && c != '"' && c != '\\'; }

#ifdef __SSE2__
/* One bit for each of the 16 bytes at p that is not plain. Bytes from 0x80 are negative as signed ones. */
static inline unsigned json_not_plain16(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i bad = _mm_cmplt_epi8(v, _mm_set1_epi8(' '));
    bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(bad);
}

/* As json_not_plain16, and < > & count too, which the writer escapes. */
static inline unsigned json_not_plain_html16(const char *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i angle = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(2)), _mm_set1_epi8('>')); /* < is 3c, > is 3e */
    __m128i bad = _mm_or_si128(angle, _mm_cmpeq_epi8(v, _mm_set1_epi8('&')));
    return json_not_plain16(p) | (unsigned)_mm_movemask_epi8(bad);
}
#endif

/* The first byte in [p, end) that is not plain, or end. */
static inline const char *json_skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        unsigned bad = json_not_plain16(p);
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
        unsigned bad = json_not_plain_html16(p);
        if (bad) return p + __builtin_ctz(bad);
    }
#endif
    while (p < end && json_is_plain_html(*p)) p++;
    return p;
}

#endif
