/* admit.h - what the API server would make of new objects, without a store and without anybody else's objects: decoded
 * strictly, in the version in which they are stored, defaulted, prepared and validated. */
#ifndef APISERVER_REST_ADMIT_H
#define APISERVER_REST_ADMIT_H

#include "base/buf.h"
#include "base/err.h"

/* text: YAML or JSON documents; a v1 List stands for its items. Each object becomes a line of JSON in *out. Objects of
 * kinds that are not built in are left out, and *notes has a line for each. False: *why has what the API server says of
 * the first one that it refuses. */
bool admit(struct str text, struct buf *out, struct buf *notes, struct buf *why);

#endif
