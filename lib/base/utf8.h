/* utf8.h - decoding of one UTF-8 sequence, for str.c and the JSON reader and writer. Private to lib/base. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length (1..4) of the well-formed sequence at p, of which n > 0 bytes are there; 0 when it is not
 * well-formed: overlong forms, surrogates and values above U+10FFFF are not (Unicode, table 3-7). */
static inline int utf8_length(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80) return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4) return 0;
    if (n < 2) return 0;
    unsigned char low = 0x80, high = 0xbf;
    if (p[0] == 0xe0) low = 0xa0;
    if (p[0] == 0xed) high = 0x9f;
    if (p[0] == 0xf0) low = 0x90;
    if (p[0] == 0xf4) high = 0x8f;
    if (p[1] < low || p[1] > high) return 0;
    if (p[0] < 0xe0) return 2;
    if (n < 3 || (p[2] & 0xc0) != 0x80) return 0;
    if (p[0] < 0xf0) return 3;
    return n >= 4 && (p[3] & 0xc0) == 0x80 ? 4 : 0;
}

/* Writes the code point at out (up to 4 bytes) and returns how many bytes that took. */
static inline int utf8_put(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    int n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = n - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(lead[n] | c);
    return n;
}

/* The code point at p, p < end; returns how many bytes it took. What is not well-formed is U+FFFD, a byte each. */
static inline int utf8_decode(const char *p, const char *end, uint32_t *out)
{
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    int n = utf8_length(p, (size_t)(end - p));
    uint32_t c = n ? (unsigned char)p[0] & mask[n] : 0xfffd;
    for (int i = 1; i < n; i++) c = c << 6 | ((unsigned char)p[i] & 0x3f);
    *out = c;
    return n ? n : 1;
}

#endif
