/* test_heap.c - the heap gives the least element whatever is moved or removed. */
#include "base/heap.h"

#include "base/rnd.h"
#include "check_main.h"

enum { ITEMS = 200 };

struct item {
    struct heap_item heap;
    uint64_t value;
};

static bool less(const struct heap_item *a, const struct heap_item *b)
{
    return CONTAINER_OF(a, const struct item, heap)->value < CONTAINER_OF(b, const struct item, heap)->value;
}

static const struct item *least(const struct item *items)
{
    const struct item *best = NULL;
    for (int i = 0; i < ITEMS; i++)
        if (items[i].heap.pos && (!best || items[i].value < best->value)) best = &items[i];
    return best;
}

START_TEST(random_operations)
{
    struct item items[ITEMS] = {0};
    struct heap h;
    struct rnd r;
    heap_init(&h, less);
    rnd_stream(&r, 3);
    for (int step = 0; step < 20000; step++) {
        struct item *it = &items[rnd_next_below(&r, ITEMS)];
        uint64_t value = rnd_next(&r) | 1;
        switch (rnd_next_below(&r, 4)) {
        case 0: heap_remove(&h, &it->heap); break;
        case 1: it->value = value, heap_fix(&h, &it->heap); break;
        case 2: {
            const struct item *want = least(items);
            ck_assert_ptr_eq(heap_pop(&h), want ? &want->heap : NULL);
            break;
        }
        default:
            if (it->heap.pos) break;
            it->value = value;
            heap_push(&h, &it->heap);
        }
        const struct item *want = least(items);
        ck_assert_ptr_eq(heap_peek(&h), want ? &want->heap : NULL);
    }
    heap_release(&h);
    for (int i = 0; i < ITEMS; i++) ck_assert_uint_eq(items[i].heap.pos, 0);
}
END_TEST

TEST_MAIN("heap", random_operations)
