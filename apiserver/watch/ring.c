/* ring.c - the newest events of one resource (ring.h). Reads and writes only itself. */
#include "apiserver/watch/ring.h"

#include "base/kassert.h"

#include <stdlib.h>

struct event *event_new(uint64_t rev, struct item *cur, struct item *prev)
{
    struct event *ev = xmalloc(sizeof *ev);
    *ev = (struct event){.rev = rev, .cur = cur, .prev = prev};
    atomic_init(&ev->refs, 1);
    return ev;
}

struct event *event_ref(struct event *ev)
{
    atomic_fetch_add_explicit(&ev->refs, 1, memory_order_relaxed);
    return ev;
}

void event_drop_frames(struct event *ev)
{
    for (struct frame *f = ev->frames, *next; f; f = next) {
        next = f->next;
        blob_unref(f->blob);
        free(f);
    }
    ev->frames = NULL;
}

void event_unref(struct event *ev)
{
    if (atomic_fetch_sub_explicit(&ev->refs, 1, memory_order_acq_rel) != 1) return;
    event_drop_frames(ev);
    item_unref(ev->cur);
    item_unref(ev->prev);
    free(ev);
}

static size_t old_bytes(const struct event *ev) { return ev->prev ? ev->prev->blob->n : 0; }

struct event *ring_at(const struct ring *r, uint64_t seq)
{
    KASSERT(seq >= r->tail && seq < r->head);
    return r->slots[seq % RING_EVENTS];
}

static void drop_oldest(struct ring *r)
{
    struct event *ev = ring_at(r, r->tail);
    r->tail++;
    r->floor = ev->rev;
    r->bytes -= old_bytes(ev);
    event_unref(ev);
}

void ring_push(struct ring *r, struct event *ev)
{
    if (!r->slots) r->slots = xcalloc(RING_EVENTS, sizeof(struct event *));
    if (r->head - r->tail == RING_EVENTS) drop_oldest(r);
    r->slots[r->head++ % RING_EVENTS] = ev;
    r->bytes += old_bytes(ev);
    while (r->bytes > RING_BYTES_MAX && r->head - r->tail > 1) drop_oldest(r);
}

uint64_t ring_seek(const struct ring *r, uint64_t after_rev)
{
    uint64_t low = r->tail, high = r->head;
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;
        if (ring_at(r, mid)->rev > after_rev)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

void ring_release(struct ring *r)
{
    while (r->tail < r->head) drop_oldest(r);
    free(r->slots);
    *r = (struct ring){0};
}
