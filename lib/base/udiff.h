/* udiff.h - the difference of two texts, as upstream's messages show it: a unified diff with three lines around each
 * change, without file names. What counts as equal is found by Ratcliff and Obershelp's pattern matching as Python's
 * difflib does it (also its rule that lines which occur too often match only beside others), so that the result is the
 * same line by line. Pure. */
#ifndef BASE_UDIFF_H
#define BASE_UDIFF_H

#include "buf.h"

enum { UDIFF_LINES_MAX = 3000 }; /* of a text; the work grows with the square: this much takes well below a second */

/* Appends it to out; nothing when the texts are equal. False, and nothing appended: a text has too many lines. */
bool udiff(struct buf *out, struct str a, struct str b);

#endif
