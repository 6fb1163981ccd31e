/* symmap.h - a hash map from two names (or one and NULL) to what carries the item; names are compared by address.
 * Several items may have one key. Intrusive: items are their owner's. Not thread safe: the owner's lock covers it. */
#ifndef SCHEDULER_SYMMAP_H
#define SCHEDULER_SYMMAP_H

#include "scheduler/sym.h"

struct symmap_item {
    struct symmap_item *next, **at; /* of its bucket; at: where it hangs */
    const struct sym *a, *b;        /* held by the owner as long as the item is in a map */
};

struct symmap { /* zero-initialised is empty */
    struct symmap_item **buckets;
    size_t nbuckets, count;
};

void symmap_add(struct symmap *m, struct symmap_item *it);
void symmap_remove(struct symmap *m, struct symmap_item *it); /* it is in it */
/* The item that was added last with this key; NULL: there is none. */
struct symmap_item *symmap_get(const struct symmap *m, const struct sym *a, const struct sym *b);
struct symmap_item *symmap_next(const struct symmap_item *it); /* another one with the same key */
void symmap_release(struct symmap *m);                         /* the items stay their owner's */

#endif
