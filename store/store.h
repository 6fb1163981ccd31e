/* store.h - revisioned key-value store: etcd's semantics on SQLite (file or memory).
 *
 * Invariants
 *  - One global revision; every committed transaction takes the next one, without gaps. A fresh store
 *    is at revision 1 (as etcd), the first write is revision 2.
 *  - A key has create_rev, mod_rev and version (1 at create, +1 per write; a delete ends it).
 *  - An acknowledged write is on disk (unless synchronous=off was asked for) and already visible to reads.
 *  - Values are opaque bytes; the API server keeps resourceVersion out of them.
 *
 * How a write goes: callers submit transactions; ONE writer thread takes all that wait as a group, checks
 * each against the index overlaid with what the group decided so far, assigns revisions, commits one SQLite
 * transaction, then: index -> on_commit (the watch caches) -> done callbacks -> on_group_end. If the
 * commit fails, every transaction of the group fails with ERR_IO text and no revision is used.
 *
 * Worked example: the index holds /a at mod_rev 5, current revision 9. A group of three arrives:
 *   T1 put /a if mod_rev==5 -> ok, revision 10.   T2 put /a if mod_rev==5 -> fails its compare (sees 10).
 *   T3 put /b if absent -> ok, revision 11.       One COMMIT; T2 is answered with the present /a.
 *
 * Threads: submit and the readers may be called from any thread; callbacks run on the writer thread, must
 * not block and must not call store_submit_sync (store_submit is fine).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/blob.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

enum store_sync { STORE_SYNC_FULL, STORE_SYNC_NORMAL, STORE_SYNC_OFF };

/* What a back end cannot do; the API says so with a 501. */
enum store_caps { STORE_CAP_HISTORY = 1, STORE_CAP_REWIND = 2, STORE_CAP_SNAPSHOT = 4 };

/* One change of one key, as kept in the event log and told to on_commit. Borrowed during the callback;
 * take references on blobs to keep them. */
struct store_event {
    uint64_t rev;
    uint64_t create_rev;
    uint64_t version;
    bool deleted;
    struct str key;
    const struct blob *value; /* the new value; for a delete NULL */
    const struct blob *prev;  /* the key's previous value, NULL if it was created */
    uint64_t prev_rev;        /* mod_rev of prev, 0 if created */
    void *tag;                /* the op's tag; NULL for expiry and feeds */
};

struct store_options {
    const char *path; /* file, or NULL / "memory" for memory */
    enum store_sync sync;
    bool read_only;             /* open an existing file for --fsck and dumps */
    uint64_t history_revisions; /* keep at least so many revisions (0: 10000); UINT64_MAX: all */
    int64_t history_ms;         /* and at least so long, in cluster time (0: 600000) */
    /* Keys below this prefix keep no older versions: their events are compacted at once
     * ("/registry/leases/kube-node-lease/"). May be NULL. The newest event and the version before it stay, so that
     * it can be told like any other; see store_floor. */
    const char *newest_only_prefix;
    /* Called on the writer thread for every committed change, in revision order, before anyone is answered. */
    void (*on_commit)(void *arg, const struct store_event *events, int count, uint64_t rev);
    /* Called once after all done callbacks of a group: the place to wake whoever the callbacks collected. */
    void (*on_group_end)(void *arg);
    void *arg;
};

/* Opens or creates; verifies schema version and integrity of the log's tail. Errors: ERR_IO. Caller owns. */
struct store *store_open(const struct store_options *o, struct err *e) MUST_USE;
/* Finishes queued transactions, checkpoints, closes. */
void store_close(struct store *s);
unsigned store_caps(const struct store *s);

/* ---- Writing ---- */

enum store_op_kind { STORE_PUT, STORE_DELETE };
#define STORE_ANY_REV UINT64_MAX

struct store_op {
    enum store_op_kind kind;
    struct str key;           /* borrowed until done */
    uint64_t expect_rev;      /* mod_rev the key must have; 0: must not exist; STORE_ANY_REV: no condition.
                                 A DELETE of an absent key fails its compare. */
    const struct blob *value; /* PUT: borrowed until done (the store takes its own reference) */
    int64_t expires_at_ms;    /* PUT: cluster time at which the key is deleted like by any client; 0: never */
    void *tag;                /* handed through to on_commit; the store does not look at it */
};

struct store_result {
    bool ok;       /* committed at `rev` */
    bool conflict; /* a compare failed; see present_* of the first one that did */
    uint64_t rev;
    int failed_op;              /* index of the failed compare */
    const struct blob *present; /* conflict: value there now (borrowed during done), NULL if absent */
    uint64_t present_rev;
    struct err err; /* neither ok nor conflict: ERR_IO (disk), ERR_CLOSED (shutdown) */
};

/* All ops of a transaction commit at one revision or none does; a key may occur once. */
struct store_txn {
    struct store_op *ops;
    int nops;
    void (*done)(struct store_txn *t, const struct store_result *r); /* writer thread; t is the caller's again */
    struct store_txn *next;                                          /* the store's while queued */
};

/* After store_close began (and on a read-only store) `done` is called at once, on the caller's thread. */
void store_submit(struct store *s, struct store_txn *t);
/* From now on keys may expire, so on_commit may be called; for after the caches were filled. The first submit implies
 * it. */
void store_start(struct store *s);
/* For start-up code, tools and tests: submits and waits. Result's blob is referenced for the caller. */
struct store_result store_submit_sync(struct store *s, struct store_op *ops, int nops);
/* Completes when all that was submitted before is answered. Free here: reads are always current. */
bool store_barrier(struct store *s, struct err *e);

/* ---- Reading (any thread) ---- */

struct store_kv {
    struct str key;
    const struct blob *value;
    uint64_t create_rev, mod_rev, version;
    int64_t expires_at_ms;
};

uint64_t store_rev(struct store *s);           /* current revision */
uint64_t store_compacted_rev(struct store *s); /* reads and feeds at or below this revision are refused (0: none) */
/* Current value; referenced for the caller. False: absent. */
bool store_get(struct store *s, struct str key, struct store_kv *out);

typedef bool store_each_fn(void *arg, const struct store_kv *kv); /* false ends; kv borrowed */
/* Keys in [from, to) in key order at revision `rev` (0: now). A past revision is read from the event log:
 * ERR_EXPIRED if compacted, ERR_BAD_REQUEST if in the future. limit 0: all. *at gets the revision read; *count how many
 * keys there are at it, whatever the limit. Both may be NULL. */
bool store_range(struct store *s, struct str from, struct str to, uint64_t rev, size_t limit, uint64_t *at,
                 size_t *count, store_each_fn *each, void *arg, struct err *e) MUST_USE;

typedef bool store_event_fn(void *arg, const struct store_event *ev); /* false ends; borrowed */
/* Events with revision > after, of keys starting with prefix, in order, up to the present. ERR_EXPIRED when after <
 * compacted. For start-up (fill the rings) and history; live events come by on_commit. */
bool store_feed(struct store *s, struct str prefix, uint64_t after, store_event_fn *each, void *arg,
                struct err *e) MUST_USE;
/* The smallest `after` that store_feed accepts for this prefix: the compacted revision, or, where the prefix meets
 * newest_only_prefix, the newest revision whose event was dropped. The empty prefix is the exception, for start-up: it
 * is fed from the compacted revision on, and of newest-only keys it tells what is left (an event there may have prev
 * NULL although prev_rev is set). */
uint64_t store_floor(struct store *s, struct str prefix);

/* ---- Keeping ---- */

/* Drops events up to rev (exclusive) that no key's present state needs; runs in slices of <= 500 rows on the writer. */
void store_compact(struct store *s, uint64_t rev);
/* Online copy to a file (sqlite3 backup). */
bool store_snapshot(struct store *s, const char *path, struct err *e) MUST_USE;
/* Checks tables against each other; each finding is one line in *report. True: none. */
struct buf;
bool store_fsck(const char *path, struct buf *report, struct err *e) MUST_USE;

#endif
