/* state.h - what is stored at one moment, to come back to. Costs a reference per object: their bytes are shared with
 * the cache. */
#ifndef APISERVER_WATCH_STATE_H
#define APISERVER_WATCH_STATE_H

#include "apiserver/watch/cache.h"

struct cache_state;
struct cache_state *cache_state_take(void); /* any thread; short */
void cache_state_free(struct cache_state *s);

/* The operations that lead from the present state to an earlier one. Each compares the revision that it saw, so that a
 * write in between makes the transaction fail and not get lost. */
struct cache_way {
    struct store_op *ops;
    int nops;
    const struct item **items; /* referenced: keys and bytes are theirs */
    int nitems;
};
/* An object that is another one of the same name (uid) has to go before the former one can come: deletes are a
 * transaction of their own, and what is to be written is asked for afterwards. Events are only deleted, for they would
 * have ended meanwhile; the Leases of nodes and components stay as their owners keep them. */
void cache_way_delete(const struct cache_state *s, struct cache_way *out);
void cache_way_put(const struct cache_state *s, struct cache_way *out);
void cache_way_release(struct cache_way *w);

/* Ends the watches of all clients but our own components with 410 Expired. Any thread. */
void cache_expire_watches(void);

#endif
