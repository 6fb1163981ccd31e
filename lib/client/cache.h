/* cache.h - the objects of one informer by "ns/name" (or "name"), in key order, with secondary indexes. With `kinds`
 * their keys begin with "GROUP/KIND/", and what is called ns below is "GROUP/KIND" or "GROUP/KIND/ns".
 * One writer (the informer's thread), any readers; own lock inside. Private to lib/client. */
#ifndef CLIENT_CACHE_H
#define CLIENT_CACHE_H

#include "api/object.h"
#include "base/map.h"
#include "base/omap.h"
#include "limits.h"

#include <pthread.h>

typedef bool cache_index_fn(const struct object *o, struct buf *out);

struct cache {
    bool kinds;                          /* objects of several kinds; set before the first one comes */
    pthread_mutex_t lock;                /* covers objects, by and their contents */
    struct omap objects;                 /* key -> struct entry */
    struct map by[INFORMER_INDEXES_MAX]; /* index key -> struct bucket */
    cache_index_fn *index[INFORMER_INDEXES_MAX];
    int indexes;
    struct buf scratch[INFORMER_INDEXES_MAX]; /* the writer's */
};

void cache_init(struct cache *c);
void cache_release(struct cache *c);
int cache_add_index(struct cache *c, cache_index_fn *fn); /* the number it has already, if it has one */
struct str cache_key(const struct cache *c, const struct object *o, struct buf *into); /* "ns/name" */

/* The writer. Takes obj's reference over; the former object (its reference is the caller's now) or NULL.
 * round: of the relist that brought it. */
const struct object *cache_put(struct cache *c, struct str key, const struct object *obj, uint32_t round);
const struct object *cache_take(struct cache *c, struct str key);
/* True when the cached object has this uid and revision; it is then marked as seen in `round`. */
bool cache_same(struct cache *c, struct str key, struct str uid, uint64_t rv, uint32_t round);
void cache_sweep(struct cache *c, uint32_t round, struct objs *gone); /* removes what `round` did not bring */

/* Readers. */
const struct object *cache_get(struct cache *c, struct str ns, struct str name);
void cache_list(struct cache *c, struct str ns, struct objs *out);
void cache_by_index(struct cache *c, int index, struct str key, struct objs *out); /* in key order */
bool cache_has_any(struct cache *c, struct str ns);
size_t cache_count(struct cache *c);

#endif
