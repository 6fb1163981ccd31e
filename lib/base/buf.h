/* buf.h - a growable run of bytes with a maximum that is set at birth.
 * Always NUL-terminated behind its length once anything was added. Reaching
 * the maximum sets `over` and drops what would not fit: the caller checks
 * buf_ok at the end, not after every add. One owner at a time. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "str.h"

#include <stdarg.h>

struct buf {
    char *p;
    size_t n, cap, max;
    bool over;
};

void buf_init(struct buf *b, size_t max); /* no allocation yet */
void buf_release(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory */
char *buf_take(struct buf *b); /* the NUL-terminated heap bytes; caller frees; b is empty again */
#define AUTO_BUF __attribute__((cleanup(buf_release)))

void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_cstr(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
__attribute__((format(printf, 2, 3))) void buf_addf(struct buf *b, const char *fmt, ...);
__attribute__((format(printf, 2, 0))) void buf_vaddf(struct buf *b, const char *fmt, va_list ap);
void buf_drop_front(struct buf *b, size_t n); /* removes the first n bytes */

static inline bool buf_ok(const struct buf *b) { return !b->over; }
static inline struct str buf_view(const struct buf *b) { return (struct str){b->p ? b->p : "", b->n}; }

#endif
