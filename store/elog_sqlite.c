/* elog_sqlite.c - the event log in a SQLite file (schema.h).
 * The writer has a connection with its statements; readers of history share another one under a lock.
 * Nothing but the log is on disk: one append per change, no index to keep, so that a group of 16 dirties
 * 3 pages instead of 20. The present state is found at opening by one scan, newest first. */
#include "store/elog.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum write_stmt { W_BEGIN, W_COMMIT, W_INSERT, W_DELETE, W_DROPPED, W_COMPACTED, W_SLICE, W_COUNT };
static const char *const write_sql[W_COUNT] = {
    [W_BEGIN] = "BEGIN IMMEDIATE",
    [W_COMMIT] = "COMMIT",
    [W_INSERT] = DB_INSERT_SQL,
    [W_DELETE] = "DELETE FROM event WHERE id = ?",
    [W_DROPPED] = "UPDATE meta SET value = ? WHERE name = 'dropped_rev'",
    [W_COMPACTED] = "UPDATE meta SET value = ? WHERE name = 'compacted_rev'",
    [W_SLICE] = "SELECT id, prev, time_ms, value IS NULL FROM event WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
};

enum read_stmt { R_BEGIN, R_END, R_FLOORS, R_EVENTS, R_COUNT };
#define E_COLUMNS(t)                                                                                                   \
#t ".id, " #t ".time_ms, e.key, " #t ".create_rev, " #t ".version, " #t ".prev, " #t ".expires_ms, " #t ".value"
static const char *const read_sql[R_COUNT] = {
    [R_BEGIN] = "BEGIN",
    [R_END] = "COMMIT",
    [R_FLOORS] =
        "SELECT c.value, d.value FROM meta c, meta d WHERE c.name = 'compacted_rev' AND d.name = 'dropped_rev'",
    [R_EVENTS] = "SELECT " E_COLUMNS(e) ", " E_COLUMNS(
        p) " FROM event e LEFT JOIN event p ON p.id = e.prev"
           " WHERE e.id > ? AND e.id < ? AND e.key >= ? AND (?4 IS NULL OR e.key < ?4) ORDER BY e.id LIMIT ?",
};

struct elog_sqlite {
    struct elog base;
    char *path;
    int lock_fd; /* -1: opened read-only */
    sqlite3 *db; /* the writer's, with its statements; NULL when read-only */
    sqlite3_stmt *w[W_COUNT];
    uint64_t dropped;          /* as stored */
    int wal_pages;             /* in the write-ahead log after the last commit */
    bool tidy_failed;          /* and was told */
    pthread_mutex_t read_lock; /* over what follows; no other lock is taken inside */
    sqlite3 *rdb;              /* opened when first needed */
    sqlite3_stmt *r[R_COUNT];
};

static struct elog_sqlite *sql_of(struct elog *l) { return CONTAINER_OF(l, struct elog_sqlite, base); }

static bool prepare_all(sqlite3 *db, sqlite3_stmt **out, const char *const *sql, int n, struct err *e)
{
    for (int i = 0; i < n; i++)
        if (!(out[i] = db_prepare(db, sql[i], e))) return false;
    return true;
}

/* ---- Writing ---- */

static bool sql_begin(struct elog *base, struct err *e)
{
    struct elog_sqlite *l = sql_of(base);
    return db_run(l->db, l->w[W_BEGIN], "write", e);
}

static void sql_rollback(struct elog *base)
{
    struct elog_sqlite *l = sql_of(base);
    /* Some errors (disk full) have rolled back already. */
    if (!sqlite3_get_autocommit(l->db)) sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
}

static bool sql_append(struct elog *base, const struct change *c, struct err *e)
{
    struct elog_sqlite *l = sql_of(base);
    return db_insert_rec(l->db, l->w[W_INSERT], c->now, e);
}

static bool run_with(struct elog_sqlite *l, enum write_stmt which, uint64_t number, struct err *e)
{
    sqlite3_bind_int64(l->w[which], 1, (int64_t)number);
    return db_run(l->db, l->w[which], "write", e);
}

static bool sql_drop(struct elog *base, uint64_t victim, uint64_t holder, struct err *e)
{
    (void)holder; /* finds out by looking for it */
    return run_with(sql_of(base), W_DELETE, victim, e);
}

static bool sql_commit(struct elog *base, uint64_t dropped_rev, struct err *e)
{
    struct elog_sqlite *l = sql_of(base);
    if (dropped_rev != l->dropped && !run_with(l, W_DROPPED, dropped_rev, e)) return false;
    if (!db_run(l->db, l->w[W_COMMIT], "commit", e)) return false;
    l->dropped = dropped_rev;
    return true;
}

/* SQLite's wal_autocheckpoint would do this inside COMMIT, while the group waits for its answer. */
static void sql_tidy(struct elog *base)
{
    struct elog_sqlite *l = sql_of(base);
    if (l->wal_pages < STORE_WAL_PAGES) return;
    l->wal_pages = 0; /* next try with the next commit, which counts anew */
    if (sqlite3_wal_checkpoint_v2(l->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK) {
        l->tidy_failed = false;
    } else if (!l->tidy_failed) {
        l->tidy_failed = true;
        LOG_W("%s: checkpoint: %s", l->path, sqlite3_errmsg(l->db));
    }
}

static int count_wal_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    ((struct elog_sqlite *)arg)->wal_pages = pages;
    return SQLITE_OK;
}

/* ---- Compaction ---- */

struct victims {
    uint64_t ids[2 * (STORE_COMPACT_ROWS_MAX + STORE_TXN_OPS_MAX)];
    int count;
};

/* Walks the events of the slice: their previous versions go, and they themselves when they are deletes. */
static bool slice_read(struct elog_sqlite *l, struct elog_slice *s, struct victims *v, struct err *e)
{
    sqlite3_stmt *st = l->w[W_SLICE];
    int rows = 0, rc;
    uint64_t rev = 0;
    s->compacted = s->upto_rev;
    s->young_ms = 0;
    sqlite3_bind_int64(st, 1, (int64_t)rev_id(s->after_rev + 1));
    sqlite3_bind_int64(st, 2, (int64_t)rev_id(s->upto_rev + 1));
    sqlite3_bind_int64(st, 3, STORE_COMPACT_ROWS_MAX + STORE_TXN_OPS_MAX);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        uint64_t id = (uint64_t)sqlite3_column_int64(st, 0), prev = (uint64_t)sqlite3_column_int64(st, 1);
        int64_t time_ms = sqlite3_column_int64(st, 2);
        bool young = time_ms > s->cutoff_ms;
        if (young || (rows >= STORE_COMPACT_ROWS_MAX && id_rev(id) != rev)) { /* never in the middle of a revision */
            s->compacted = rows ? id_rev(id) - 1 : s->after_rev;
            if (young) s->young_ms = time_ms;
            break;
        }
        rev = id_rev(id);
        rows++;
        if (prev) v->ids[v->count++] = prev;
        if (sqlite3_column_int(st, 3)) v->ids[v->count++] = id;
    }
    bool ok = rc == SQLITE_ROW || rc == SQLITE_DONE || db_fail(l->db, "compaction", e);
    sqlite3_reset(st);
    return ok;
}

static bool slice_delete(struct elog_sqlite *l, const struct elog_slice *s, const struct victims *v, struct err *e)
{
    for (int i = 0; i < v->count; i++)
        if (!run_with(l, W_DELETE, v->ids[i], e)) return false;
    return run_with(l, W_COMPACTED, s->compacted, e);
}

static bool sql_compact(struct elog *base, struct elog_slice *s, struct err *e)
{
    struct elog_sqlite *l = sql_of(base);
    struct victims v = {.count = 0};
    if (!slice_read(l, s, &v, e)) return false;
    if (s->compacted <= s->after_rev) return true;
    if (!sql_begin(base, e)) return false;
    if (slice_delete(l, s, &v, e) && db_run(l->db, l->w[W_COMMIT], "compaction", e)) return true;
    sql_rollback(base);
    return false;
}

/* ---- Reading history ---- */

static bool reader_open(struct elog_sqlite *l, struct err *e)
{
    if (l->rdb) return true;
    l->rdb = db_open(l->path, DB_READ, 0, e);
    if (l->rdb && prepare_all(l->rdb, l->r, read_sql, R_COUNT, e)) return true;
    for (int i = 0; i < R_COUNT; i++) sqlite3_finalize(l->r[i]);
    memset(l->r, 0, sizeof l->r);
    sqlite3_close(l->rdb);
    l->rdb = NULL;
    return false;
}

static bool page_read(struct elog_sqlite *l, const struct elog_query *q, struct elog_page *out, struct err *e)
{
    sqlite3_stmt *st = l->r[R_FLOORS];
    int rc = sqlite3_step(st);
    out->compacted = (uint64_t)sqlite3_column_int64(st, 0);
    out->dropped = (uint64_t)sqlite3_column_int64(st, 1);
    sqlite3_reset(st);
    if (rc != SQLITE_ROW) return db_fail(l->rdb, "read", e);
    st = l->r[R_EVENTS];
    sqlite3_bind_int64(st, 1, (int64_t)MIN(q->after_id, INT64_MAX));
    sqlite3_bind_int64(st, 2, (int64_t)MIN(q->before_id, INT64_MAX));
    db_bind_key(st, 3, q->from.p ? q->from : STR(""));
    db_bind_key(st, 4, q->to);
    sqlite3_bind_int64(st, 5, STORE_PAGE_EVENTS);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        bool has_prev = sqlite3_column_type(st, DB_COLUMNS + DB_ID) != SQLITE_NULL;
        out->items[out->count++] = (struct change){
            .now = db_column_rec(st, 0),
            .prev = has_prev ? db_column_rec(st, DB_COLUMNS) : NULL,
        };
    }
    bool ok = rc == SQLITE_DONE || db_fail(l->rdb, "read", e);
    sqlite3_reset(st);
    return ok;
}

static bool sql_fetch(struct elog *base, const struct elog_query *q, struct elog_page *out, struct err *e)
{
    struct elog_sqlite *l = sql_of(base);
    out->count = 0;
    mutex_lock(&l->read_lock);
    bool ok = reader_open(l, e) && db_run(l->rdb, l->r[R_BEGIN], "read", e);
    if (ok) {
        ok = page_read(l, q, out, e);
        struct err ignored; /* ends a read transaction: nothing that could be lost */
        (void)!db_run(l->rdb, l->r[R_END], "read", &ignored);
    }
    mutex_unlock(&l->read_lock);
    if (!ok) elog_page_release(out);
    return ok;
}

static bool backup(sqlite3 *from, const char *tmp, struct err *e)
{
    sqlite3 *to = NULL;
    bool ok =
        sqlite3_open_v2(tmp, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;
    if (ok && (ok = db_exec(to, "PRAGMA synchronous = OFF", e))) { /* db_publish makes it durable in one go */
        sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
        if (b) sqlite3_backup_step(b, -1);
        ok = (b && sqlite3_backup_finish(b) == SQLITE_OK) || db_fail(to, "snapshot", e);
    } else if (to) {
        db_fail(to, tmp, e);
    }
    if (sqlite3_close(to) != SQLITE_OK && ok) ok = err_set(e, ERR_IO, "%s: cannot close", tmp);
    return ok;
}

static bool sql_snapshot(struct elog *base, struct index *ix, const char *path, struct err *e)
{
    (void)ix;
    struct elog_sqlite *l = sql_of(base);
    AUTO_FREE char *tmp = xasprintf("%s.tmp", path);
    int fd = open(tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return err_errno(e, "%s", tmp);
    close(fd);
    mutex_lock(&l->read_lock);
    bool ok = reader_open(l, e) && backup(l->rdb, tmp, e);
    mutex_unlock(&l->read_lock);
    ok = ok && db_publish(tmp, path, e);
    if (!ok) unlink(tmp);
    return ok;
}

/* ---- Opening ---- */

/* Two servers on one file would each count revisions. flock dies with its process, so nothing is left to clean up. */
static bool lock_file(struct elog_sqlite *l, struct err *e)
{
    AUTO_FREE char *name = xasprintf("%s-lock", l->path);
    char who[32] = "";
    l->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (l->lock_fd < 0) return err_errno(e, "%s", name);
    if (flock(l->lock_fd, LOCK_EX | LOCK_NB) == 0) {
        int n = snprintf(who, sizeof who, "%ld\n", (long)getpid());
        /* Only for the message below. */
        if (ftruncate(l->lock_fd, 0) != 0 || pwrite(l->lock_fd, who, (size_t)n, 0) != n) errno = 0;
        return true;
    }
    if (errno != EWOULDBLOCK) return err_errno(e, "%s", name);
    ssize_t n = pread(l->lock_fd, who, sizeof who - 1, 0);
    who[n > 0 ? n : 0] = '\0';
    who[strcspn(who, "\n")] = '\0';
    return err_set(e, ERR_IO, "%s is in use by another server (process %s)", l->path, who);
}

struct load {
    struct index *ix;
    struct elog_found *found;
    uint64_t newer; /* id of the row seen before; 0: none */
    uint64_t floor; /* above this revision no gap has an excuse */
};

/* Rows come newest first; `id` is the next older one. */
static bool load_no_gap(const struct load *ld, uint64_t id, struct err *e)
{
    uint64_t rev = id_rev(id), newer = id_rev(ld->newer);
    if (!ld->newer || newer <= ld->floor) return true;
    bool placed = rev == newer ? (ld->newer & (STORE_TXN_OPS_MAX - 1)) == (id & (STORE_TXN_OPS_MAX - 1)) + 1
                               : (ld->newer & (STORE_TXN_OPS_MAX - 1)) == 0;
    if (newer - rev > 1 && newer - 1 > ld->floor)
        return err_set(e, ERR_IO, "corrupt: revisions between %llu and %llu are missing",
                       (unsigned long long)MAX(rev, ld->floor), (unsigned long long)newer);
    return placed || err_set(e, ERR_IO, "corrupt: revision %llu is not complete", (unsigned long long)newer);
}

static bool load_row(struct load *ld, sqlite3_stmt *st, struct err *e)
{
    int64_t id = sqlite3_column_int64(st, DB_ID);
    struct str key = db_column_bytes(st, DB_KEY);
    if (id < (int64_t)rev_id(2) || id > INT64_MAX / 2 || key.n == 0 || key.n > STORE_KEY_MAX)
        return err_set(e, ERR_IO, "corrupt: event %lld is not one", (long long)id);
    if (!load_no_gap(ld, (uint64_t)id, e)) return false;
    if (!ld->newer) ld->found->rev = id_rev((uint64_t)id);
    ld->newer = (uint64_t)id;
    /* Deletes are kept in the map until the scan is over, so that older versions are not taken for present. */
    if (!omap_get(&ld->ix->keys, key)) omap_set(&ld->ix->keys, key, db_column_rec(st, 0));
    return true;
}

static void load_forget_deletes(struct index *ix)
{
    struct omap_cursor c;
    struct str key;
    void *value;
    struct recs gone = {0};
    omap_seek(&ix->keys, STR(""), &c);
    while (omap_next(&c, &key, &value))
        if (!((struct rec *)value)->value) recs_add(&gone, value);
    for (size_t i = 0; i < gone.count; i++) omap_take(&ix->keys, rec_key(gone.v[i]));
    recs_release(&gone);
}

static bool load(sqlite3 *db, struct index *ix, struct elog_found *found, struct err *e)
{
    *found = (struct elog_found){.rev = 1};
    struct load ld = {.ix = ix, .found = found};
    if (!db_meta_get(db, "compacted_rev", &found->compacted, e)) return false;
    if (!db_meta_get(db, "dropped_rev", &found->dropped, e)) return false;
    ld.floor = MAX(MAX(found->compacted, found->dropped), 1);
    sqlite3_stmt *st = db_prepare(db, "SELECT " DB_EVENT_COLUMNS " FROM event ORDER BY id DESC", e);
    if (!st) return false;
    int rc;
    bool ok = true;
    while (ok && (rc = sqlite3_step(st)) == SQLITE_ROW) ok = load_row(&ld, st, e);
    if (ok && rc != SQLITE_DONE) ok = db_fail(db, "read", e);
    sqlite3_finalize(st);
    ok = ok && load_no_gap(&ld, 0, e);
    load_forget_deletes(ix);
    if (ok && (found->compacted >= found->rev || found->dropped > found->rev))
        ok = err_set(e, ERR_IO, "corrupt: the newest events are missing");
    ix->rev = found->rev;
    return ok;
}

static void sql_close(struct elog *base)
{
    struct elog_sqlite *l = sql_of(base);
    for (int i = 0; i < R_COUNT; i++) sqlite3_finalize(l->r[i]);
    sqlite3_close(l->rdb);
    for (int i = 0; i < W_COUNT; i++) sqlite3_finalize(l->w[i]);
    if (sqlite3_close(l->db) != SQLITE_OK) LOG_E("%s: cannot close", l->path); /* the last one to close checkpoints */
    if (l->lock_fd >= 0) close(l->lock_fd);
    pthread_mutex_destroy(&l->read_lock);
    free(l->path);
    free(l);
}

static const struct elog_ops sql_ops = {
    .begin = sql_begin,
    .append = sql_append,
    .drop = sql_drop,
    .commit = sql_commit,
    .rollback = sql_rollback,
    .compact = sql_compact,
    .tidy = sql_tidy,
    .fetch = sql_fetch,
    .snapshot = sql_snapshot,
    .close = sql_close,
};

struct elog *elog_sqlite_open(const char *path, int sync, bool read_only, struct index *ix, struct elog_found *found,
                              struct err *e)
{
    struct elog_sqlite *l = xcalloc(1, sizeof *l);
    l->base.ops = &sql_ops;
    l->path = xstrdup(path);
    l->lock_fd = -1;
    pthread_mutex_init(&l->read_lock, NULL);
    bool ok = read_only || lock_file(l, e);
    if (ok) {
        l->db = db_open(path, read_only ? DB_READ : DB_WRITE, sync, e);
        ok = l->db && (load(l->db, ix, found, e) || err_context(e, "%s", path));
    }
    if (ok && !read_only) {
        l->dropped = found->dropped;
        sqlite3_wal_hook(l->db, count_wal_pages, l);
        ok = prepare_all(l->db, l->w, write_sql, W_COUNT, e);
    }
    if (ok) return &l->base;
    sql_close(&l->base);
    return NULL;
}
