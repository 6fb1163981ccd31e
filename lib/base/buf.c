/* buf.c - a growable run of bytes with a maximum. */
#include "buf.h"

#include "kassert.h"
#include "large.h"
#include "mem.h"
#include "num.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUF_FIRST = 64 }; /* smallest allocation */

void buf_init(struct buf *b, size_t max) { *b = (struct buf){.max = MIN(max, SIZE_MAX / 4)}; }

void buf_release(struct buf *b)
{
    free(b->p);
    *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->over = false;
    if (b->p) b->p[0] = '\0';
}

char *buf_take(struct buf *b)
{
    char *p = b->p ? b->p : xstrdup("");
    *b = (struct buf){.max = b->max};
    return p;
}

void buf_reserve(struct buf *b, size_t more)
{
    size_t want = b->n + MIN(more, b->max - b->n);
    if (b->p && want < b->cap) return;
    size_t cap = MAX(want + 1, MIN(b->cap * 2, b->max + 1));
    cap = MAX(cap, MIN((size_t)BUF_FIRST, b->max + 1));
    b->p = xrealloc(b->p, cap);
    large_expect(b->p, cap);
    b->cap = cap;
    b->p[b->n] = '\0';
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    if (n > b->max - b->n) {
        n = b->max - b->n;
        b->over = true;
    }
    if (!b->p || b->cap - b->n <= n) buf_reserve(b, n);
    if (n) memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void buf_str(struct buf *b, struct str s) { buf_add(b, s.p, s.n); }

void buf_cstr(struct buf *b, const char *s) { buf_add(b, s, strlen(s)); }

void buf_char(struct buf *b, char c) { buf_add(b, &c, 1); }

void buf_u64(struct buf *b, uint64_t v)
{
    char text[NUM_TEXT_MAX], *end = text + sizeof text, *p = num_u64_before(end, v);
    buf_add(b, p, (size_t)(end - p));
}

void buf_i64(struct buf *b, int64_t v)
{
    char text[NUM_TEXT_MAX], *end = text + sizeof text, *p = num_i64_before(end, v);
    buf_add(b, p, (size_t)(end - p));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(b, fmt, ap);
    va_end(ap);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
    char small[256];
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    KASSERT(n >= 0);
    if ((size_t)n < sizeof small) {
        buf_add(b, small, (size_t)n);
    } else {
        char *text = xmalloc((size_t)n + 1);
        vsnprintf(text, (size_t)n + 1, fmt, again);
        buf_add(b, text, (size_t)n);
        free(text);
    }
    va_end(again);
}

void buf_drop_front(struct buf *b, size_t n)
{
    if (n == 0) return;
    KASSERT(n <= b->n);
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
    b->p[b->n] = '\0';
}
