/* elog.h - the event log behind the index: in a SQLite file (elog_sqlite.c) or in memory (elog_ram.c).
 *
 * The log holds every event behind the compacted revision and, for each of them, the key's previous
 * version; and it holds each present key's newest event. An event at or below the compacted revision is
 * gone unless one of these needs it.
 *
 * Threads: begin .. tidy are the writer's. fetch and snapshot may be called by anyone. */
#ifndef STORE_ELOG_H
#define STORE_ELOG_H

#include "base/err.h"
#include "store/index.h"

/* One committed or decided change. Both references are owned by whoever holds the struct. */
struct change {
    struct rec *now;
    struct rec *prev; /* NULL: created, or dropped (then now->prev_id is not 0) */
    void *tag;
};

struct elog_query {
    uint64_t after_id, before_id; /* exclusive bounds */
    struct str from, to;          /* keys in [from, to); to STR_NULL: no upper bound */
};

struct elog_page {
    struct change items[STORE_PAGE_EVENTS];
    int count;                   /* less than STORE_PAGE_EVENTS: nothing more */
    uint64_t compacted, dropped; /* as they were when the items were read */
};

struct elog_slice {
    uint64_t after_rev, upto_rev; /* events of these revisions, (after, upto] */
    int64_t cutoff_ms;            /* stop before an event younger than this */
    /* out */
    uint64_t compacted; /* the log is compacted up to here now */
    int64_t young_ms;   /* time of the event that was too young; 0: none */
};

struct elog;
struct elog_ops {
    bool (*begin)(struct elog *l, struct err *e);
    bool (*append)(struct elog *l, const struct change *c, struct err *e);
    /* Removes the version `victim`, which is the previous one of `holder`. */
    bool (*drop)(struct elog *l, uint64_t victim, uint64_t holder, struct err *e);
    bool (*commit)(struct elog *l, uint64_t dropped_rev, struct err *e); /* false: nothing of the group is kept */
    void (*rollback)(struct elog *l);
    bool (*compact)(struct elog *l, struct elog_slice *s, struct err *e); /* at most STORE_COMPACT_ROWS_MAX events */
    void (*tidy)(struct elog *l); /* after a group was answered: the time for a checkpoint */
    bool (*fetch)(struct elog *l, const struct elog_query *q, struct elog_page *out, struct err *e); /* release out */
    bool (*snapshot)(struct elog *l, struct index *ix, const char *path, struct err *e);
    void (*close)(struct elog *l);
};

struct elog {
    const struct elog_ops *ops;
    size_t old_bytes; /* memory held only for history; the writer's */
};

void change_release(struct change *c);
void elog_page_release(struct elog_page *p);

/* What is on disk, found at opening. */
struct elog_found {
    uint64_t rev, compacted, dropped;
};

struct elog *elog_ram_open(void);
/* Fills the index (whose lock nobody needs yet). NULL: *e. */
struct elog *elog_sqlite_open(const char *path, int sync, bool read_only, struct index *ix, struct elog_found *found,
                              struct err *e);

#endif
