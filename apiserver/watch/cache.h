/* cache.h - the watch cache: for every stored resource the current items in key order
 * and a ring of the newest events. Fed by the store's writer, read by everyone.
 *
 * One rwlock over all caches: a commit group is applied under the write side, so a reader
 * that collects under the read side sees exactly the state at one revision.
 * A watcher owns no queue, only a cursor into its resource's ring. */
#ifndef APISERVER_WATCH_CACHE_H
#define APISERVER_WATCH_CACHE_H

#include "api/registry.h"
#include "apiserver/http/request.h"
#include "apiserver/watch/item.h"
#include "store/store.h"

struct stream_socket;

/* Fills all caches and rings from the store; then give cache_on_commit/cache_on_group_end to store_options. */
bool cache_open(struct store *s, struct err *e) MUST_USE;
void cache_close(void);
struct store *cache_store(void);
void cache_on_commit(void *arg, const struct store_event *events, int count, uint64_t rev);
void cache_on_group_end(void *arg); /* wakes the stream thread once */

/* A custom kind begins, in the state of its definition that c is: its objects are those of `former` (NULL: none), or,
 * when from_store, what the store has (at start, before anybody writes). c->home is set. Store's writer, or main at
 * start. False only with from_store. */
bool cache_put_kind(struct api_custom *c, const struct api_custom *former, bool from_store, struct err *e);
/* It ends: what is left of its objects is in the cache no more. */
void cache_drop_kind(const struct api_custom *c);
void cache_release_home(void *home); /* of a kind that is freed */

uint64_t cache_rev(void);
/* Revision of the newest change of this resource: what was derived from its items holds as long as it stands. */
uint64_t cache_changed_rev(const struct api_resource *res);
struct item *cache_get(const struct api_resource *res, struct str ns, struct str name); /* referenced; NULL */
/* Store key of an object: res->store_prefix + ns/name. In the arena. */
struct str cache_key(struct arena *a, const struct api_resource *res, struct str ns, struct str name);

struct cache_list {
    struct item **items; /* referenced, key order */
    size_t count;
    uint64_t rev;     /* the state's revision */
    bool more;        /* limit reached */
    size_t remaining; /* matching items behind the limit; SIZE_MAX: unknown (selectors) */
};
struct list_query {
    const struct api_resource *res;
    struct str ns;                          /* STR_NULL: all namespaces */
    const struct selector *labels, *fields; /* NULL: all */
    struct str start;                       /* key to start at (continue), or STR_NULL */
    size_t limit;                           /* 0: all */
    uint64_t at_rev;  /* 0: now; else exactly this revision, read from history (worker threads only) */
    uint64_t reached; /* the cache must have reached this revision first (fresh.h); 0: any will do. Not cache_list's */
};
/* ERR_EXPIRED when at_rev is compacted, ERR_TIMEOUT ("Too large resource version") when in the future. */
bool cache_list(const struct list_query *q, struct cache_list *out, struct err *e) MUST_USE;
/* The present objects of all custom kinds, by the prefixes of their keys and then by their keys: what follows `after`,
 * a key under `prefix`; both empty: from the first one on. */
void cache_list_customs(struct str prefix, struct str after, size_t limit, struct cache_list *out);
void cache_list_release(struct cache_list *l);

/* ---- Watching ---- */
enum {
    WATCH_FRAME_LENGTH = 4
}; /* bytes before a protobuf event that say its length; a WebSocket's frame says it, too */

struct watch_options {
    const struct api_resource *res;
    struct str ns;
    struct selector labels, fields; /* in the request's arena */
    bool has_labels, has_fields;
    uint64_t after_rev;    /* events behind this revision; it may be in the future */
    bool from_now;         /* events from now on instead */
    bool initial;          /* first the current state as ADDED (resourceVersion unset or 0, or sendInitialEvents) */
    bool initial_bookmark; /* then a bookmark with k8s.io/initial-events-end */
    bool bookmarks;        /* and one every minute, and one shortly before the end */
    bool customs;         /* the objects of all custom kinds by their metadata (item_write_identity); res: definitions'.
                           * With after_rev alone; a revision that the ring does not reach is expired */
    bool too_early;       /* after_rev was waited for in vain: an ERROR event says so, and nothing else comes */
    int64_t timeout_ms;   /* real time */
    struct accept accept; /* media and form (Table: columns in the first event only) */
    const char *include_object;         /* Table: "Metadata", "Object", "None" */
    const struct stream_socket *socket; /* a WebSocket's answer; NULL: a plain stream */
};
/* Takes the request over (stream.h). A watch that starts too old is a stream with an ERROR event, as upstream. */
bool watch_start(struct request *r, const struct watch_options *o, struct err *e) MUST_USE;

/* Tap for sim/: called on the stream thread when an event was handed to the TLS layer of a component's stream.
 * component: r->user.component. type: "ADDED"... */
typedef void watch_delivered_fn(const char *component, struct str user, const struct item *it, const char *type,
                                uint64_t rev, int64_t mono_ns);
void watch_set_delivered(watch_delivered_fn *fn, const struct api_resource *only_res);
/* The same for the streams of clients that are not ours. */
void watch_set_delivered_client(watch_delivered_fn *fn, const struct api_resource *only_res);
size_t watch_count(void);

#endif
