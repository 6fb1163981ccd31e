/* heap.h - binary min-heap of pointers with positions kept in the elements, so
 * that an element can be moved or removed in O(log n). Not thread safe. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct heap_item {
    size_t pos; /* 1-based place in the heap; 0 = not in it. Zero-initialise. */
};

typedef bool heap_less_fn(const struct heap_item *a, const struct heap_item *b);

struct heap {
    struct heap_item **items;
    size_t count, cap;
    heap_less_fn *less;
};

void heap_init(struct heap *h, heap_less_fn *less);
void heap_release(struct heap *h); /* elements are the owner's */
void heap_push(struct heap *h, struct heap_item *it);
struct heap_item *heap_peek(const struct heap *h); /* NULL when empty */
struct heap_item *heap_pop(struct heap *h);
void heap_remove(struct heap *h, struct heap_item *it); /* nothing if it is not in a heap */
void heap_fix(struct heap *h, struct heap_item *it);    /* after its order changed */

#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#endif
