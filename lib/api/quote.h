/* quote.h - text and values as Go's fmt prints them, for messages. */
#ifndef API_QUOTE_H
#define API_QUOTE_H

#include "base/json.h"

/* "a\"b\n": with the quotes; bytes that are no UTF-8 and control characters are escaped. */
void quote_go(struct buf *out, struct str s);
/* "string", "number", "array": what encoding/json calls a value in its errors. */
const char *json_type_word(const struct json *j);
/* A decoded JSON value with %v: map[a:1 b:[x y]], keys sorted. */
void print_go(struct buf *out, const struct json *j);
/* The same with %s, which says of what is no text that it is none: %!s(int64=5). */
void print_go_text(struct buf *out, const struct json *j);
/* "int64", "[]interface {}": with %T. */
const char *print_go_type(const struct json *j);

#endif
