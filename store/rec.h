/* rec.h - one version of one key: immutable once published, reference counted, shared by the index,
 * the log in memory, the overlay of a group and readers. Any thread. */
#ifndef STORE_REC_H
#define STORE_REC_H

#include "base/blob.h"
#include "base/heap.h"
#include "store/limits.h"

struct rec {
    _Atomic uint32_t refs;
    uint32_t key_n;
    uint64_t id;      /* of its event: revision << STORE_PLACE_BITS | place */
    uint64_t prev_id; /* id of the key's previous version; 0: this one created the key */
    uint64_t create_rev;
    uint64_t version; /* 0 in a delete */
    int64_t time_ms;  /* cluster time of the commit */
    int64_t expires_at_ms;
    const struct blob *value; /* owned; NULL: a delete */
    struct heap_item expiry;  /* the writer's alone: place in the heap of expiring keys */
    char key[];
};

struct rec_init {
    struct str key;           /* copied */
    const struct blob *value; /* the reference is taken over */
    uint64_t id, prev_id, create_rev, version;
    int64_t time_ms, expires_at_ms;
};

struct rec *rec_new(const struct rec_init *from); /* one reference, the caller's */
struct rec *rec_ref(struct rec *r);               /* NULL gives NULL */
void rec_unref(struct rec *r);                    /* NULL is fine */
void rec_unref_any(void *r);                      /* the same, as a free_value callback */

static inline struct str rec_key(const struct rec *r) { return (struct str){r->key, r->key_n}; }
static inline uint64_t id_rev(uint64_t id) { return id >> STORE_PLACE_BITS; }
static inline uint64_t rev_id(uint64_t rev) { return rev << STORE_PLACE_BITS; } /* of its first event */

#endif
