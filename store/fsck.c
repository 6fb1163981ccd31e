/* fsck.c - checks a store's file: SQLite's own check, then every event against those before it.
 * Reads the file (a server may be using it); writes one line per finding into the report. */
#include "store/store.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/omap.h"
#include "store/db.h"

#include <inttypes.h>
#include <stdlib.h>

/* The version of a key that the scan saw last. */
struct seen {
    uint64_t id, create_rev, version;
    bool deleted;
};

struct check {
    struct buf *report;
    bool clean;
    struct omap keys; /* key -> struct seen */
    uint64_t compacted, dropped;
    uint64_t last_id;
};

__attribute__((format(printf, 2, 3))) static void finding(struct check *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(c->report, fmt, ap);
    va_end(ap);
    buf_char(c->report, '\n');
    c->clean = false;
}

static bool check_sqlite(struct check *c, sqlite3 *db, struct err *e)
{
    sqlite3_stmt *st = db_prepare(db, "PRAGMA integrity_check(100)", e);
    if (!st) return false;
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct str line = db_column_bytes(st, 0);
        if (!str_eqc(line, "ok")) finding(c, "sqlite: %.*s", STR_ARG(line));
    }
    /* A file that is too broken to be checked is a finding, too. */
    if (rc != SQLITE_DONE) finding(c, "sqlite: %s", sqlite3_errmsg(db));
    sqlite3_finalize(st);
    return true;
}

static void check_order(struct check *c, uint64_t id)
{
    uint64_t rev = id_rev(id), last = id_rev(c->last_id), floor = MAX(MAX(c->compacted, c->dropped), 1);
    uint64_t place = id & (STORE_TXN_OPS_MAX - 1);
    if (rev > floor) {
        uint64_t expect = MAX(last, floor) + 1;
        if (rev != last && rev != expect)
            finding(c, "revisions %" PRIu64 " to %" PRIu64 " are missing", expect, rev - 1);
        if (place != (rev == last ? (c->last_id & (STORE_TXN_OPS_MAX - 1)) + 1 : 0))
            finding(c, "revision %" PRIu64 ": a change before place %" PRIu64 " is missing", rev, place);
    }
    c->last_id = id;
}

/* The row against the key's version before it. */
static void check_chain(struct check *c, const struct rec *r, const struct seen *before)
{
    uint64_t rev = id_rev(r->id);
    bool had = before && !before->deleted;
    /* Versions that compaction or newest-only took away are missing rightly. */
    bool gone = r->prev_id && (!before || before->id != r->prev_id) && (rev <= c->compacted || rev <= c->dropped) &&
                (!before || before->id < r->prev_id);
    struct str key = rec_key(r);
    if (gone) return;
    if (r->prev_id != (had ? before->id : 0))
        finding(c, "revision %" PRIu64 " %.*s: previous version is %" PRIu64 ", not %" PRIu64, rev, STR_ARG(key),
                had ? id_rev(before->id) : 0, id_rev(r->prev_id));
    else if (!r->value && !had)
        finding(c, "revision %" PRIu64 " %.*s: deletes nothing", rev, STR_ARG(key));
    else if (r->create_rev != (had ? before->create_rev : rev))
        finding(c, "revision %" PRIu64 " %.*s: wrong create_rev %" PRIu64, rev, STR_ARG(key), r->create_rev);
    else if (r->version != (r->value ? (had ? before->version : 0) + 1 : 0))
        finding(c, "revision %" PRIu64 " %.*s: wrong version %" PRIu64, rev, STR_ARG(key), r->version);
}

static void check_row(struct check *c, sqlite3_stmt *st)
{
    int64_t id = sqlite3_column_int64(st, DB_ID);
    struct str key = db_column_bytes(st, DB_KEY);
    if (id < (int64_t)rev_id(2) || sqlite3_column_type(st, DB_KEY) != SQLITE_BLOB || key.n == 0 ||
        key.n > STORE_KEY_MAX) {
        finding(c, "event %" PRId64 ": bad id or key", id);
        return;
    }
    struct rec *r = db_column_rec(st, 0);
    struct seen *before = omap_get(&c->keys, key);
    check_order(c, r->id);
    check_chain(c, r, before);
    struct seen *now = before;
    if (!now) omap_set(&c->keys, key, now = xmalloc(sizeof *now));
    *now = (struct seen){r->id, r->create_rev, r->version, !r->value};
    rec_unref(r);
}

static bool check_events(struct check *c, sqlite3 *db, struct err *e)
{
    sqlite3_stmt *st = db_prepare(db, "SELECT " DB_EVENT_COLUMNS " FROM event ORDER BY id", e);
    if (!st) return false;
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW && buf_ok(c->report)) check_row(c, st);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) finding(c, "read: %s", sqlite3_errmsg(db));
    sqlite3_finalize(st);
    uint64_t newest = MAX(id_rev(c->last_id), 1);
    if (c->compacted >= newest)
        finding(c, "compacted to %" PRIu64 ", but the newest event is %" PRIu64, c->compacted, newest);
    return true;
}

bool store_fsck(const char *path, struct buf *report, struct err *e)
{
    struct check c = {.report = report, .clean = true};
    sqlite3 *db = db_open(path, DB_READ, STORE_SYNC_FULL, e);
    if (!db) return false;
    omap_init(&c.keys);
    bool ok = db_exec(db, "BEGIN", e) && db_meta_get(db, "compacted_rev", &c.compacted, e) &&
              db_meta_get(db, "dropped_rev", &c.dropped, e) && check_sqlite(&c, db, e) && check_events(&c, db, e);
    omap_release(&c.keys, free);
    sqlite3_close(db);
    if (!ok) return false;
    return c.clean || err_set(e, ERR_IO, "%s: the store is damaged", path);
}
