/* quote.c - text as Go's fmt prints it with %q.   Reads: any bytes.   Writes: a buf. */
#include "quote.h"

/* Bytes of the UTF-8 character at p, 0 when there is none. */
static size_t utf8_length(const char *p, size_t n)
{
    unsigned char c = (unsigned char)*p;
    size_t want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
    return want && want <= n && str_is_utf8(str_n(p, want)) ? want : 0;
}

void quote_go(struct buf *out, struct str s)
{
    static const char plain[] = "\a\b\t\n\v\f\r\"\\", letters[] = "abtnvfr\"\\";
    buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        const char *escape = c ? strchr(plain, c) : NULL;
        size_t length = c >= 0x80 ? utf8_length(s.p + i, s.n - i) : 0;
        if (escape)
            buf_addf(out, "\\%c", letters[escape - plain]);
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
