/* bag.c - see bag.h. Open addressing; keys that stand at 0 go when the table is made anew. */
#include "scheduler/bag.h"

#include "base/mem.h"

#include <stdlib.h>

enum { CAP_FIRST = 8 };

static struct bag_entry *place_of(const struct bag *b, uintptr_t key)
{
    uint32_t i = (uint32_t)((uint64_t)key * 0x9E3779B97F4A7C15u >> 32);
    for (;; i++) {
        struct bag_entry *e = &b->v[i & (b->cap - 1)];
        if (!e->key || e->key == key) return e;
    }
}

int64_t bag_get(const struct bag *b, uintptr_t key) { return b->cap ? place_of(b, key)->n : 0; }

static void make_room(struct bag *b)
{
    uint32_t live = 0;
    for (BAG_EACH(e, b)) live += e->n != 0;
    struct bag wider = {.cap = CAP_FIRST};
    while (wider.cap < 2 * (live + 1)) wider.cap *= 2;
    wider.v = xcalloc(wider.cap, sizeof *wider.v);
    for (BAG_EACH(e, b)) {
        if (!e->n) continue;
        *place_of(&wider, e->key) = *e;
        wider.used++;
    }
    free(b->v);
    *b = wider;
}

int64_t bag_add(struct bag *b, uintptr_t key, int64_t by)
{
    if (4 * b->used >= 3 * b->cap) make_room(b);
    struct bag_entry *e = place_of(b, key);
    b->used += e->key == 0;
    e->key = key;
    return e->n += by;
}

void bag_release(struct bag *b)
{
    free(b->v);
    *b = (struct bag){0};
}
