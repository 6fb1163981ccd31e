/* ring.h - the newest events of one resource, in order of commit. Private to watch/.
 * Written by the store's writer under cache.c's write lock, read under its read lock. An event is
 * immutable but for `frames`, which the stream thread alone touches while the event is alive. */
#ifndef APISERVER_WATCH_RING_H
#define APISERVER_WATCH_RING_H

#include "apiserver/http/request.h"
#include "apiserver/watch/item.h"

/* One encoding of an event, shared by all watchers that want the same. */
struct frame {
    struct frame *next;
    const struct api_resource *res; /* the version it is written in */
    const char *type;               /* static: "ADDED".. */
    const char *include_object;     /* static, Tables only */
    const char *version;            /* static, of what is not the object itself */
    enum media media;
    enum form form;
    bool bare;
    const struct blob *blob;
};

struct event {
    _Atomic uint32_t refs;
    uint64_t rev;
    struct item *cur;  /* NULL: deleted */
    struct item *prev; /* NULL: created */
    struct frame *frames;
};

struct ring {
    struct event **slots; /* RING_EVENTS of them; pages that were never used cost nothing */
    uint64_t tail, head;  /* sequence numbers: events tail .. head-1 are there */
    uint64_t floor;       /* every event with a greater revision is there */
    size_t bytes;         /* of old versions that the ring keeps alive */
};

struct event *event_new(uint64_t rev, struct item *cur, struct item *prev); /* takes both references */
struct event *event_ref(struct event *ev);
void event_unref(struct event *ev);
void event_drop_frames(struct event *ev); /* stream thread */

void ring_push(struct ring *r, struct event *ev);             /* takes the reference; drops the oldest when full */
uint64_t ring_seek(const struct ring *r, uint64_t after_rev); /* the first event behind after_rev, which is >= floor */
struct event *ring_at(const struct ring *r, uint64_t seq);    /* borrowed; tail <= seq < head */
void ring_release(struct ring *r);

#endif
