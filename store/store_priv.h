/* store_priv.h - the store's insides, shared by its files: the queue, the group, expiry, compaction.
 *
 * Locks: `lock` (queue) and the index's are never held together, and neither during a callback or a commit. */
#ifndef STORE_STORE_PRIV_H
#define STORE_STORE_PRIV_H

#include "base/clk.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/thread.h"
#include "store/elog.h"
#include "store/store.h"

enum verdict { VERDICT_OK, VERDICT_CONFLICT, VERDICT_REFUSED };

/* One transaction of a group and what was decided about it. */
struct slot {
    struct store_txn *txn;
    enum verdict verdict;
    uint64_t rev;
    int failed_op;
    struct rec *present; /* VERDICT_CONFLICT: referenced, NULL: absent */
    const char *refused; /* VERDICT_REFUSED: why */
    size_t first, count; /* its changes */
};

/* What the writer takes at once. All of it is the writer's. */
struct group {
    struct slot *slots;
    size_t nslots, cap_slots;
    struct change *changes;
    size_t nchanges, cap_changes;
    struct map overlay; /* key -> newest rec (a delete too) that this group decided; owned by `changes` */
    uint64_t rev, dropped;
    int64_t now_ms; /* cluster time */
    struct store_event *events;
    size_t cap_events;
};

struct store {
    struct store_options o; /* strings are ours */
    struct str newest_only; /* STR_NULL: none */
    struct elog *log;
    struct index index;
    _Atomic uint64_t rev, compacted, dropped;

    pthread_mutex_t lock; /* over what follows */
    pthread_cond_t wake;
    struct store_txn *head, *tail;
    bool sleeping; /* the writer waits for `wake` */
    bool closing;
    bool started;    /* keys may expire */
    bool expire_due; /* the timer has fired */
    uint64_t compact_want;

    /* the writer's */
    pthread_t thread;
    bool running;
    struct group group;
    struct heap expiries; /* struct rec by expires_at_ms */
    struct clk_timer timer;
    int64_t armed_ms;         /* the timer's due time; INT64_MAX: none */
    int64_t expire_retry_ns;  /* mono; 0: no failure to wait out */
    int64_t compact_retry_ns; /* mono */
    int64_t compact_young_ms; /* cluster time before which retention finds nothing */
};

/* group.c: decides, commits, applies and answers the transactions in the list (taken over). */
void group_run(struct store *s, struct store_txn *list);
void group_release(struct group *g);
/* Answers with an error, on the calling thread. */
void txn_fail(struct store_txn *t, enum err_code code, const char *text);

/* writer.c */
void *writer_main(void *store);
void writer_wake(struct store *s); /* with s->lock held */

/* expire.c, on the writer thread (and while opening). */
void expire_init(struct store *s);
void expire_release(struct store *s);
void expire_track(struct store *s, struct rec *former, struct rec *now); /* either may be NULL */
struct store_txn *expire_take(struct store *s, struct store_txn *next);  /* deletes of due keys, before `next` */
void expire_arm(struct store *s);

/* compact.c, on the writer thread. One slice if one is due; true: there is more to do at once. */
bool compact_turn(struct store *s);

/* history.c */
bool history_range(struct store *s, struct str from, struct str to, uint64_t rev, size_t limit, struct recs *out,
                   size_t *count, struct err *e);

#endif
