/* runs.h - a sequence of integers as compact text: what an account of thousands of nodes is made of.
 * Each value is told by its difference from the one before (the first: from 0), zigzag (0, -1, 1, -2 ...), in digits of
 * 5 bits, the lowest first; a digit above 31 means that more follow. Behind a difference of 0 stands how often more the
 * value comes. The digits are those of base64: JSON needs no escapes.
 *   5 5 5 5 7   ->   +5, 0 (2 more), +2   ->   K AC E
 * Not thread safe: one owner at a time. */
#ifndef BASE_RUNS_H
#define BASE_RUNS_H

#include "base/buf.h"

enum { RUNS_TOKEN_MAX = 13 /* digits of 64 bits */, RUNS_TEXT = 256 };

/* ---- Writing: runs_begin, runs_repeat for each run of values, runs_end ---- */

struct runs {
    struct buf *out;
    int64_t last;
    uint64_t more; /* how often `last` came again */
    size_t n;      /* of text, not in out yet */
    char text[RUNS_TEXT];
};

void runs_begin(struct runs *r, struct buf *out);
void runs_repeat(struct runs *r, int64_t v, uint64_t times); /* at least once */
void runs_end(struct runs *r);
/* All of them at once. */
void runs_write(struct buf *out, const int64_t *v, size_t n);

/* ---- Reading text that anybody may have written ---- */

struct runs_reader {
    const char *p, *end;
    int64_t value;
    bool bad; /* what was read is no such text */
};

static inline struct runs_reader runs_of(struct str text)
{
    return (struct runs_reader){.p = text.p, .end = text.p ? text.p + text.n : NULL};
}
/* The next value and how often it comes, at least once and at most UINT32_MAX times. False: the end, or bad. */
bool runs_next(struct runs_reader *r, int64_t *value, uint32_t *count);

struct runs_cursor { /* value by value */
    struct runs_reader r;
    int64_t value;
    uint32_t left;
};

static inline struct runs_cursor runs_cursor(struct str text) { return (struct runs_cursor){.r = runs_of(text)}; }
int64_t runs_one(struct runs_cursor *c); /* 0 behind the end */

#endif
