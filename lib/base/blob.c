/* blob.c - immutable, reference-counted bytes. */
#include "blob.h"

#include "kassert.h"
#include "mem.h"

#include <stdlib.h>

struct blob *blob_alloc(size_t n)
{
    KASSERT(n < UINT32_MAX);
    struct blob *b = xmalloc(sizeof *b + n + 1);
    atomic_init(&b->refs, 1);
    b->n = (uint32_t)n;
    atomic_init(&b->tag, 0);
    b->p[n] = '\0';
    return b;
}

struct blob *blob_new(struct str bytes) { return blob_new2(bytes, STR_NULL); }

struct blob *blob_new2(struct str a, struct str b)
{
    struct blob *r = blob_alloc(a.n + b.n);
    if (a.n) memcpy(r->p, a.p, a.n);
    if (b.n) memcpy(r->p + a.n, b.p, b.n);
    return r;
}

struct blob *blob_ref(const struct blob *b)
{
    struct blob *m = (struct blob *)b; /* the count is not part of the value */
    if (m) atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
    return m;
}

void blob_unref(const struct blob *b)
{
    struct blob *m = (struct blob *)b;
    /* acq_rel: whoever frees sees all that the others did with the bytes before they let go. */
    if (m && atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) == 1) free(m);
}

void blob_cleanup(const struct blob **pb) { blob_unref(*pb); }
