/* bag.h - how many of each: numbers by key, a key being an address (struct sym) or any number but 0.
 * Keys are compared, never followed, so a key whose number is 0 may be gone. Zero-initialised is empty; its owner's. */
#ifndef SCHEDULER_BAG_H
#define SCHEDULER_BAG_H

#include <stdint.h>

struct bag_entry {
    uintptr_t key; /* 0: free */
    int64_t n;
};

struct bag {
    struct bag_entry *v;
    uint32_t cap, used; /* cap: a power of two; used: keys, those that stand at 0 too */
};

int64_t bag_get(const struct bag *b, uintptr_t key); /* 0: there is none */
int64_t bag_add(struct bag *b, uintptr_t key, int64_t by);
void bag_release(struct bag *b);

/* for (BAG_EACH(e, bag)) if (e->n) ... */
#define BAG_EACH(e, b)                                                                                                 \
    const struct bag_entry *e = (b)->v;                                                                                \
    e &&e < (b)->v + (b)->cap;                                                                                         \
    e++

#endif
