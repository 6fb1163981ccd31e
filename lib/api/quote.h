/* quote.h - text as Go's fmt prints it with %q. */
#ifndef API_QUOTE_H
#define API_QUOTE_H

#include "base/buf.h"

/* "a\"b\n": with the quotes; bytes that are no UTF-8 and control characters are escaped. */
void quote_go(struct buf *out, struct str s);

#endif
