/* json_text.h - the insides of JSON strings: decoding of what is between the quotes. Private to lib/base. */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include "mem.h"
#include "str.h"

/* Walks a string whose opening quote is behind p. Returns the closing quote, or, when the text is not JSON,
 * NULL with *at on the offending byte (or `end`) and *where naming the place in the words of encoding/json.
 * *rewrite tells that the decoded text differs from the written one: escapes, or bytes that are not UTF-8. */
const char *json_text_end(const char *p, const char *end, bool *rewrite, const char **at, const char **where);

/* The decoded text of raw, which json_text_end has accepted, in the arena. Bytes that are not UTF-8 and
 * surrogates without a partner become U+FFFD, as in Go. */
struct str json_text_decode(struct arena *a, struct str raw);

#endif
