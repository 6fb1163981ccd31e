/* shelf.h - what the cache keeps of one stored resource. Private to watch/.
 * Those of built-in resources are there from start to end. One of a custom kind belongs to one state of its definition:
 * it is counted, and when the definition changes or goes it is emptied; its watchers end, as upstream ends them. */
#ifndef APISERVER_WATCH_SHELF_H
#define APISERVER_WATCH_SHELF_H

#include "apiserver/watch/cache.h"
#include "apiserver/watch/ring.h"
#include "base/omap.h"

struct watch;

struct shelf {
    const struct api_resource *res; /* the storage version; of a custom kind whoever looks holds it */
    _Atomic uint32_t refs;          /* of a custom kind */
    _Atomic(struct shelf *) heir;   /* what took its place, referenced */
    _Atomic bool gone;
    struct shelf *next_news; /* watch.c's list, under its lock */
    bool in_news;
    /* under the cache's lock */
    struct omap items; /* key -> struct item *, referenced */
    struct ring ring;
    uint64_t changed_rev; /* revision of the newest change; at start: of the store */
    /* stream thread only */
    struct watch *watchers;
    uint64_t seen, trimmed; /* ring.head at the last wake; events before `trimmed` have no frames */
};

extern struct shelf *shelves;
extern size_t nshelves;
/* One of them, without items: its ring has the events of all custom kinds, whose definitions its resource is. */
extern struct shelf *customs;

struct shelf *shelf_of(const struct api_resource *res); /* NULL: not stored */
struct shelf *shelf_present(struct shelf *sh);          /* under the lock: where the objects are now */
void shelf_unref(struct shelf *sh);
void shelves_lock(void); /* read side, of all; short */
void shelves_unlock(void);
/* cache_list of the present state, and the place in the ring that follows it. */
bool shelf_snapshot(struct shelf *sh, const struct list_query *q, struct cache_list *out, uint64_t *seq);

/* watch.c: the shelf of a custom kind has events, or is gone; told to its watchers at the next wake. Any thread. */
void watch_news(struct shelf *sh);
/* watch.c: new events are in the rings (any thread). */
void watch_wake(void);

#endif
