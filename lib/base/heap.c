/* heap.c - binary min-heap whose elements know their places. */
#include "heap.h"

#include "kassert.h"
#include "mem.h"

#include <stdlib.h>

void heap_init(struct heap *h, heap_less_fn *less) { *h = (struct heap){.less = less}; }

void heap_release(struct heap *h)
{
    for (size_t i = 0; i < h->count; i++) h->items[i]->pos = 0;
    free(h->items);
    *h = (struct heap){.less = h->less};
}

static void put(struct heap *h, size_t at, struct heap_item *it)
{
    h->items[at] = it;
    it->pos = at + 1;
}

static void sift_up(struct heap *h, size_t at)
{
    struct heap_item *it = h->items[at];
    while (at > 0 && h->less(it, h->items[(at - 1) / 2])) {
        put(h, at, h->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(h, at, it);
}

static void sift_down(struct heap *h, size_t at)
{
    struct heap_item *it = h->items[at];
    for (;;) {
        size_t kid = 2 * at + 1;
        if (kid >= h->count) break;
        if (kid + 1 < h->count && h->less(h->items[kid + 1], h->items[kid])) kid++;
        if (!h->less(h->items[kid], it)) break;
        put(h, at, h->items[kid]);
        at = kid;
    }
    put(h, at, it);
}

void heap_push(struct heap *h, struct heap_item *it)
{
    KASSERT(it->pos == 0);
    if (h->count == h->cap) {
        h->cap = MAX(h->cap * 2, (size_t)16);
        h->items = xreallocarray(h->items, h->cap, sizeof(struct heap_item *));
    }
    put(h, h->count++, it);
    sift_up(h, h->count - 1);
}

struct heap_item *heap_peek(const struct heap *h) { return h->count ? h->items[0] : NULL; }

struct heap_item *heap_pop(struct heap *h)
{
    struct heap_item *it = heap_peek(h);
    if (it) heap_remove(h, it);
    return it;
}

void heap_remove(struct heap *h, struct heap_item *it)
{
    if (it->pos == 0) return;
    size_t at = it->pos - 1;
    KASSERT(at < h->count && h->items[at] == it);
    struct heap_item *last = h->items[--h->count];
    it->pos = 0;
    if (last == it) return;
    put(h, at, last);
    heap_fix(h, last);
}

void heap_fix(struct heap *h, struct heap_item *it)
{
    if (it->pos == 0) return;
    sift_up(h, it->pos - 1);
    sift_down(h, it->pos - 1);
}
