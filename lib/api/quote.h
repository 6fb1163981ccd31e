/* quote.h - text and values as Go's fmt prints them, for messages. */
#ifndef API_QUOTE_H
#define API_QUOTE_H

#include "base/json.h"

/* "a\"b\n": with the quotes; bytes that are no UTF-8 and control characters are escaped. */
void quote_go(struct buf *out, struct str s);
/* A decoded JSON value with %v: map[a:1 b:[x y]], keys sorted. */
void print_go(struct buf *out, const struct json *j);

#endif
