/* blob.h - immutable, reference-counted bytes, one allocation each. Never
 * edited after blob_new returned; refs may be taken and dropped on any thread. */
#ifndef BASE_BLOB_H
#define BASE_BLOB_H

#include "str.h"

#include <stdatomic.h>

struct blob {
    _Atomic uint32_t refs;
    uint32_t n;
    _Atomic uint32_t tag; /* the program's own: what it knows about the bytes; 0 at first */
    char p[];             /* n bytes and a NUL */
};

struct blob *blob_new(struct str bytes);            /* one reference, the caller's */
struct blob *blob_new2(struct str a, struct str b); /* a followed by b */
struct blob *blob_alloc(size_t n);                  /* to be filled by the caller before it is shared */
struct blob *blob_ref(const struct blob *b);        /* NULL gives NULL */
void blob_unref(const struct blob *b);              /* NULL is fine */
void blob_cleanup(const struct blob **pb);
#define AUTO_BLOB __attribute__((cleanup(blob_cleanup)))

static inline struct str blob_str(const struct blob *b) { return b ? (struct str){b->p, b->n} : STR_NULL; }

#endif
