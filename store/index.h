/* index.h - the current keys in order. Changed by the writer thread only, under the write side of its
 * lock; the writer itself reads it without. */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include "base/omap.h"
#include "store/rec.h"

#include <pthread.h>

struct index {
    pthread_rwlock_t lock;
    struct omap keys; /* key -> struct rec, referenced */
    uint64_t rev;     /* the state's revision */
};

void index_init(struct index *ix);
void index_release(struct index *ix);

/* Puts r (reference taken over), or for a delete takes its key out. Returns the former rec with its reference. */
struct rec *index_set(struct index *ix, struct rec *r);

/* Collected recs, referenced, in key order. */
struct recs {
    struct rec **v;
    size_t count, cap;
};
void recs_release(struct recs *l);
void recs_add(struct recs *l, struct rec *r); /* takes the reference over */

/* Adds the recs in [from, to) (to STR_NULL: to the end) until `limit` (0: all) have a revision <= max_rev. *at gets the
 * index's revision, *count (may be NULL) the number of keys in the range. Any thread. */
void index_collect(struct index *ix, struct str from, struct str to, uint64_t max_rev, size_t limit, struct recs *out,
                   uint64_t *at, size_t *count);
struct rec *index_ref(struct index *ix, struct str key); /* referenced; NULL: absent. Any thread. */

#endif
