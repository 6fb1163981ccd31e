/* label.h - what a label key and a label value may be (apimachinery pkg/util/validation). */
#ifndef API_LABEL_H
#define API_LABEL_H

#include "base/buf.h"

enum { LABEL_NAME_MAX = 63, LABEL_PREFIX_MAX = 253 };

/* Adds upstream's messages, joined with "; ", to out. True: there was none. */
bool label_key_ok(struct buf *out, struct str key);
bool label_value_ok(struct buf *out, struct str value);

#endif
