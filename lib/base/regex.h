/* regex.h - regular expressions as Go's regexp has them (RE2's syntax), in linear time.
 * A pattern is compiled to a small program that is run over the text with all its threads at once (Thompson, Pike):
 * no pattern and no text makes it slow. Without captures: it tells whether the text has a match. */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include "err.h"
#include "mem.h"
#include "str.h"

enum {
    REGEX_PROGRAM_MAX = 1 << 16, /* instructions: counted repetitions are unrolled */
    REGEX_DEPTH_MAX = 250,       /* of groups in groups: Go allows 1000 */
    REGEX_REPEAT_MAX = 1000,     /* x{1000}, as Go */
};

struct regex;

/* In the arena. NULL: *e is in the words of Go ("error parsing regexp: missing closing ]: `[a`"). */
const struct regex *regex_compile(struct arena *a, struct str pattern, struct err *e) MUST_USE;
/* Does the text have a match anywhere? Bytes that are no UTF-8 count as U+FFFD each. Any thread. */
bool regex_match(const struct regex *r, struct str text);

#endif
