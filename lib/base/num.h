/* num.h - integers to decimal text, shared by buf.c and the JSON writer. Private to lib/base. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

enum { NUM_TEXT_MAX = 20 }; /* "-9223372036854775808", "18446744073709551615" */

/* Writes v so that it ends just before `end`; returns where it begins. */
static inline char *num_u64_before(char *end, uint64_t v)
{
    do {
        *--end = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    return end;
}

static inline char *num_i64_before(char *end, int64_t v)
{
    char *p = num_u64_before(end, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
    if (v < 0) *--p = '-';
    return p;
}

#endif
