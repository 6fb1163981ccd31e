/* side.h - a bounded table of objects beside the cluster's history: walks, decisions, steppers, clocks.
 * All tables count their changes with one revision of their own, so that looking changes nothing.
 *
 * An entry is embedded in its owner's struct. `id` is unique in the table; of several entries with the same
 * namespace/name (a pod that was made again) the newest alone is visible, the others are found by id.
 * A watcher owns no queue: the table keeps its entries in order of their last change and a watcher goes on
 * behind the revision it has seen; several changes of one entry may reach it as one. Deletions leave a
 * tombstone; a watcher that is older than the oldest forgotten tombstone is expired.
 * The table's lock covers the entries and what kinds keep behind them. Locks of two tables are never nested. */
#ifndef APISERVER_SIM_SIDE_H
#define APISERVER_SIM_SIDE_H

#include "apiserver/sim/limits.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/omap.h"
#include "base/rnd.h"
#include "base/thread.h"

#include <stdatomic.h>

struct side_entry {
    char *text;                   /* key "ns/name" (or "name"), then id */
    struct str key, ns, name, id; /* into text */
    char uid[RND_UUID_LEN + 1];
    uint64_t rev, create_rev;
    int64_t created_ns; /* cluster time */
    size_t bytes;       /* what it counts towards the kind's bytes_max */
    bool in_table, visible;
    struct side_entry *older, *newer;   /* by last change */
    struct side_entry *elder, *younger; /* by creation */
};

struct side_tombstone {
    struct side_tombstone *newer;
    uint64_t rev, create_rev;
    struct str key, ns, name; /* into mem */
    char uid[RND_UUID_LEN + 1];
    char mem[];
};

struct side_kind {
    const char *plural, *kind, *list_kind;
    bool namespaced;
    size_t max, bytes_max; /* beyond them the oldest go; bytes_max 0: no such bound */
    bool full_refuses;     /* side_add fails instead */
    void (*write)(struct buf *out, const struct side_entry *e); /* `,"spec":{..},"status":{..}`; under the lock */
    void (*brief)(struct buf *out, const struct side_entry *e); /* what its columns need; NULL: write is short enough */
    struct str (*pod)(const struct side_entry *e);              /* for ?pod= and spec.pod; may be NULL */
    void (*drop)(struct side_entry *e);                         /* it left the table; under the lock */
};

struct side {
    const struct side_kind *kind;
    pthread_mutex_t lock;
    struct omap by_key; /* visible ones */
    struct map by_id;
    struct side_entry *oldest, *newest;   /* by last change */
    struct side_entry *eldest, *youngest; /* by creation */
    struct side_tombstone *first_tomb, *last_tomb;
    size_t count, bytes, tombs;
    uint64_t lost_rev; /* deletions up to this revision are forgotten */
    _Atomic int watchers;
    _Atomic bool kicked;
    void (*wake)(struct side *t); /* something changed and somebody watches; under the lock; may be NULL */
    void *watches;                /* sidewatch.c: stream thread */
};

/* seed: of the uids, which must not draw from the cluster's own randomness. */
void side_seed(uint64_t seed);
void side_uid(char out[RND_UUID_LEN + 1]);
void side_init(struct side *t, const struct side_kind *kind);
void side_release(struct side *t); /* drops all entries */
uint64_t side_rev(void);           /* of the whole group */

static inline void side_lock(struct side *t) { mutex_lock(&t->lock); }
static inline void side_unlock(struct side *t) { mutex_unlock(&t->lock); }

/* ---- under the lock ---- */
/* e must be zeroed, or have uid and bytes set. False: the table is full (full_refuses) or the id is there already. */
bool side_add(struct side *t, struct side_entry *e, struct str ns, struct str name, struct str id);
void side_touch(struct side *t, struct side_entry *e);  /* it changed; nothing for one that has left the table */
void side_remove(struct side *t, struct side_entry *e); /* calls kind->drop */
void side_resize(struct side *t, struct side_entry *e, size_t bytes);
struct side_entry *side_find(struct side *t, struct str ns, struct str name); /* the visible one */
struct side_entry *side_find_id(struct side *t, struct str id);
void side_entry_release(
    struct side_entry *e); /* what side_add allocated: called by the owner when it frees the entry */

enum side_change_type { SIDE_ADDED, SIDE_MODIFIED, SIDE_DELETED };
struct side_change {
    enum side_change_type type;
    uint64_t rev;
    const struct side_entry *entry;         /* ADDED, MODIFIED */
    const struct side_tombstone *tombstone; /* DELETED */
};
/* Calls fn with each change behind `after`, in order, until it returns false. False: expired, nothing was told. */
bool side_changes(struct side *t, uint64_t after, bool (*fn)(void *arg, const struct side_change *c), void *arg);

enum side_part { SIDE_WHOLE, SIDE_META /* nothing behind metadata */, SIDE_BRIEF /* as a Table is made from */ };
/* {"kind":..,"apiVersion":..,"metadata":{..},"spec":..,"status":..}; type_meta false: without kind and apiVersion. */
void side_write(struct buf *out, const struct side *t, const struct side_entry *e, bool type_meta, enum side_part part);
void side_write_tombstone(struct buf *out, const struct side *t, const struct side_tombstone *d);

#define SIM_GROUP       "sim.kubestep.dev"
#define SIM_API_VERSION "sim.kubestep.dev/v1"

#endif
