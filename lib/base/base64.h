/* base64.h - base64 (RFC 4648): the standard alphabet with padding, and the URL one without. Thread: any. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "buf.h"
#include "mem.h"

void base64_add(struct buf *out, struct str bytes);    /* standard, padded */
void base64url_add(struct buf *out, struct str bytes); /* URL, no padding */

/* As Go's RawURLEncoding reads: line ends are skipped, bits that are over at the end may be anything. *out is in the
 * arena. False: *bad_at is the place of the first byte that is wrong, or of the last one of a text that is cut. */
bool base64url_read(struct arena *a, struct str text, struct str *out, size_t *bad_at);
/* One text per value (RFC 7515): no line ends, no bits left over. */
bool base64url_read_strict(struct arena *a, struct str text, struct str *out);

#endif
