/* share.h - parts that many published objects have alike (labels and containers of one ReplicaSet's pods, conditions of
 * one second), kept once. A part is what is below a node of a list or map: the node itself stays in its object.
 * What was seen once is noted, what comes again is made a part and found from then on; parts may use others. They are
 * counted, and go with the last object that uses them. One table for the process, own lock inside; any thread. */
#ifndef API_SHARE_H
#define API_SHARE_H

#include "base/json.h"

struct share;

struct shared { /* of one object; the list is in its arena */
    struct share **parts;
    uint32_t count;
};

/* A copy of the tree with the parts that it shares; but for those all of it is in the arena, which is new. Strings and
 * keys are copied, too, but for names of fields. */
struct json *share_copy(struct arena *a, const struct json *root, struct shared *out);
void share_release(struct shared *s); /* before the arena is */

#endif
