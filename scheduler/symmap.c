/* symmap.c - see symmap.h. Reads and writes: its buckets. */
#include "scheduler/symmap.h"

#include <stdlib.h>

enum { BUCKETS_FIRST = 64 };

static size_t hash(const struct sym *a, const struct sym *b)
{
    return (size_t)((a ? a->hash : 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (b ? b->hash : 2));
}

static struct symmap_item **bucket(const struct symmap *m, const struct sym *a, const struct sym *b)
{
    return &m->buckets[hash(a, b) & (m->nbuckets - 1)];
}

static void hang(struct symmap_item **to, struct symmap_item *it)
{
    it->next = *to;
    it->at = to;
    if (it->next) it->next->at = &it->next;
    *to = it;
}

static void widen(struct symmap *m)
{
    struct symmap wider = {.nbuckets = m->nbuckets ? 2 * m->nbuckets : BUCKETS_FIRST, .count = m->count};
    wider.buckets = xcalloc(wider.nbuckets, sizeof(struct symmap_item *));
    for (size_t i = 0; i < m->nbuckets; i++) {
        for (struct symmap_item *it = m->buckets[i], *next; it; it = next) {
            next = it->next;
            hang(bucket(&wider, it->a, it->b), it);
        }
    }
    free(m->buckets);
    *m = wider;
}

void symmap_add(struct symmap *m, struct symmap_item *it)
{
    if (m->count >= m->nbuckets) widen(m);
    hang(bucket(m, it->a, it->b), it);
    m->count++;
}

void symmap_remove(struct symmap *m, struct symmap_item *it)
{
    *it->at = it->next;
    if (it->next) it->next->at = it->at;
    m->count--;
}

static struct symmap_item *find(struct symmap_item *it, const struct sym *a, const struct sym *b)
{
    while (it && (it->a != a || it->b != b)) it = it->next;
    return it;
}

struct symmap_item *symmap_get(const struct symmap *m, const struct sym *a, const struct sym *b)
{
    return m->nbuckets ? find(*bucket(m, a, b), a, b) : NULL;
}

struct symmap_item *symmap_next(const struct symmap_item *it) { return find(it->next, it->a, it->b); }

void symmap_release(struct symmap *m)
{
    free(m->buckets);
    *m = (struct symmap){0};
}
