/* db.c - SQLite as the store uses it. Reads and writes the store's file; knows the columns, not what they are for. */
#include "store/db.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "store/schema.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool db_fail(sqlite3 *db, const char *what, struct err *e)
{
    int code = sqlite3_extended_errcode(db), sys = sqlite3_system_errno(db);
    if (sys && ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN))
        return err_set(e, ERR_IO, "%s: %s (%s)", what, sqlite3_errmsg(db), strerrordesc_np(sys));
    return err_set(e, ERR_IO, "%s: %s", what, sqlite3_errmsg(db));
}

bool db_exec(sqlite3 *db, const char *sql, struct err *e)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || db_fail(db, "database", e);
}

sqlite3_stmt *db_prepare(sqlite3 *db, const char *sql, struct err *e)
{
    sqlite3_stmt *st;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) == SQLITE_OK) return st;
    db_fail(db, "database", e);
    return NULL;
}

bool db_run(sqlite3 *db, sqlite3_stmt *st, const char *what, struct err *e)
{
    bool ok = sqlite3_step(st) == SQLITE_DONE || db_fail(db, what, e);
    sqlite3_reset(st);
    return ok;
}

/* The first column of the first row; absent or NULL: 0. */
static bool db_number(sqlite3 *db, const char *sql, const char *text, int64_t *out, struct err *e)
{
    sqlite3_stmt *st = db_prepare(db, sql, e);
    if (!st) return false;
    if (text) sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
    int rc = sqlite3_step(st);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    bool ok = rc == SQLITE_ROW || rc == SQLITE_DONE || db_fail(db, "database", e);
    sqlite3_finalize(st);
    return ok;
}

bool db_meta_get(sqlite3 *db, const char *name, uint64_t *out, struct err *e)
{
    int64_t v;
    if (!db_number(db, "SELECT value FROM meta WHERE name = ?", name, &v, e)) return false;
    *out = v > 0 ? (uint64_t)v : 0;
    return true;
}

bool db_meta_set(sqlite3 *db, const char *name, uint64_t value, struct err *e)
{
    sqlite3_stmt *st = db_prepare(db, "INSERT OR REPLACE INTO meta VALUES (?, ?)", e);
    if (!st) return false;
    sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, (int64_t)value);
    bool ok = db_run(db, st, "database", e);
    sqlite3_finalize(st);
    return ok;
}

/* ---- Rows ---- */

bool db_bind_key(sqlite3_stmt *st, int parameter, struct str key)
{
    /* Always BLOB: SQLite orders every BLOB behind every TEXT, so a mixed comparison finds nothing. */
    if (!key.p) return sqlite3_bind_null(st, parameter) == SQLITE_OK;
    return sqlite3_bind_blob64(st, parameter, key.p, key.n, SQLITE_STATIC) == SQLITE_OK;
}

bool db_insert_rec(sqlite3 *db, sqlite3_stmt *insert, const struct rec *r, struct err *e)
{
    sqlite3_bind_int64(insert, DB_ID + 1, (int64_t)r->id);
    sqlite3_bind_int64(insert, DB_TIME + 1, r->time_ms);
    db_bind_key(insert, DB_KEY + 1, rec_key(r));
    sqlite3_bind_int64(insert, DB_CREATE_REV + 1, (int64_t)r->create_rev);
    sqlite3_bind_int64(insert, DB_VERSION + 1, (int64_t)r->version);
    sqlite3_bind_int64(insert, DB_PREV + 1, (int64_t)r->prev_id);
    sqlite3_bind_int64(insert, DB_EXPIRES + 1, r->expires_at_ms);
    if (r->value)
        sqlite3_bind_text64(insert, DB_VALUE + 1, r->value->p, r->value->n, SQLITE_STATIC, SQLITE_UTF8);
    else
        sqlite3_bind_null(insert, DB_VALUE + 1);
    return db_run(db, insert, "write", e);
}

struct str db_column_bytes(sqlite3_stmt *st, int column)
{
    const void *p = sqlite3_column_blob(st, column); /* NULL also for zero bytes */
    return (struct str){p ? p : "", (size_t)sqlite3_column_bytes(st, column)};
}

struct rec *db_column_rec(sqlite3_stmt *st, int first)
{
    bool deleted = sqlite3_column_type(st, first + DB_VALUE) == SQLITE_NULL;
    return rec_new(&(struct rec_init){
        .key = db_column_bytes(st, first + DB_KEY),
        .value = deleted ? NULL : blob_new(db_column_bytes(st, first + DB_VALUE)),
        .id = (uint64_t)sqlite3_column_int64(st, first + DB_ID),
        .prev_id = (uint64_t)sqlite3_column_int64(st, first + DB_PREV),
        .create_rev = (uint64_t)sqlite3_column_int64(st, first + DB_CREATE_REV),
        .version = (uint64_t)sqlite3_column_int64(st, first + DB_VERSION),
        .time_ms = sqlite3_column_int64(st, first + DB_TIME),
        .expires_at_ms = sqlite3_column_int64(st, first + DB_EXPIRES),
    });
}

/* ---- Opening ---- */

static void db_configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* a global lock around every allocation, for figures nobody reads */
}

/* The schema in one transaction and one fsync: that of the main file, so that its header is there after a power
 * loss. The transaction itself lies in the write-ahead log and becomes durable with the first write's fsync. */
static bool db_create(sqlite3 *db, struct err *e)
{
    char id[RND_UUID_LEN + 1];
    rnd_uuid(id);
    AUTO_FREE char *sql =
        xasprintf("PRAGMA synchronous = OFF; PRAGMA page_size = %d; PRAGMA journal_mode = WAL; BEGIN IMMEDIATE;"
                  "PRAGMA application_id = %d; PRAGMA user_version = %d;\n" DB_SCHEMA_SQL " COMMIT",
                  STORE_PAGE_SIZE, DB_APPLICATION_ID, DB_SCHEMA_VERSION, DB_SCHEMA_VERSION, id);
    sqlite3_file *file = NULL;
    if (!db_exec(db, sql, e)) return false;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file->pMethods ||
        file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) != SQLITE_OK)
        return err_set(e, ERR_IO, "cannot fsync the new file");
    return true;
}

static bool db_check(sqlite3 *db, enum db_mode mode, struct err *e)
{
    int64_t app, version, tables;
    if (!db_number(db, "PRAGMA application_id", NULL, &app, e)) return false;
    if (!db_number(db, "PRAGMA user_version", NULL, &version, e)) return false;
    if (!db_number(db, "SELECT count(*) FROM sqlite_master", NULL, &tables, e)) return false;
    if (app == 0 && version == 0 && tables == 0) {
        if (mode == DB_WRITE) return db_create(db, e);
        return err_set(e, ERR_IO, "the file is empty");
    }
    if (app != DB_APPLICATION_ID) return err_set(e, ERR_IO, "an SQLite file, but not a kubestep store");
    if (version != DB_SCHEMA_VERSION)
        return err_set(e, ERR_IO, "schema version %lld; this program knows %d", (long long)version, DB_SCHEMA_VERSION);
    return true;
}

static const char *const sync_sql[] = {
    [STORE_SYNC_FULL] = "PRAGMA synchronous = FULL",
    [STORE_SYNC_NORMAL] = "PRAGMA synchronous = NORMAL",
    [STORE_SYNC_OFF] = "PRAGMA synchronous = OFF",
};

static sqlite3 *db_connect(const char *name, enum db_mode mode, int flags, int sync, struct err *e)
{
    sqlite3 *db = NULL;
    flags |= SQLITE_OPEN_NOMUTEX | (mode == DB_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    if (sqlite3_open_v2(name, &db, flags, NULL) != SQLITE_OK) {
        if (db)
            db_fail(db, "open", e);
        else
            err_set(e, ERR_IO, "open: out of memory");
    } else {
        sqlite3_busy_timeout(db, STORE_BUSY_MS);
        sqlite3_extended_result_codes(db, 1);
        if (mode == DB_WRITE && sqlite3_db_readonly(db, "main") == 1)
            err_set(e, ERR_IO, "the file or its file system is read-only");
        else if (db_check(db, mode, e) && db_exec(db, sync_sql[sync], e))
            return db;
    }
    sqlite3_close(db);
    return NULL;
}

/* A file in a place where nothing can be written (no -shm beside it): readable as it stands if there is no -wal. */
static sqlite3 *db_open_immutable(const char *path, struct err *e)
{
    AUTO_FREE char *wal = xasprintf("%s-wal", path);
    if (access(wal, F_OK) == 0 || access(path, R_OK) != 0) return NULL;
    struct buf uri AUTO_BUF = {0};
    buf_init(&uri, 3 * strlen(path) + 32);
    buf_cstr(&uri, "file:");
    for (const char *p = path; *p; p++) {
        if (strchr("%?#", *p))
            buf_addf(&uri, "%%%02x", (unsigned char)*p);
        else
            buf_char(&uri, *p);
    }
    buf_cstr(&uri, "?immutable=1");
    return db_connect(uri.p, DB_READ, SQLITE_OPEN_URI, STORE_SYNC_OFF, e);
}

sqlite3 *db_open(const char *path, enum db_mode mode, int sync, struct err *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, db_configure);
    if (mode == DB_WRITE) {
        /* Made by us, because it holds Secrets: SQLite would make it readable for all. Closed before SQLite opens
         * it: closing any descriptor of a file gives up this process's locks on it. */
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0) {
            err_errno(e, "%s", path);
            return NULL;
        }
        close(fd);
    }
    sqlite3 *db = db_connect(path, mode, 0, sync, e);
    if (!db && mode == DB_READ) db = db_open_immutable(path, e);
    if (!db) err_context(e, "%s", path);
    return db;
}

bool db_publish(const char *tmp, const char *path, struct err *e)
{
    AUTO_FREE char *copy = xstrdup(path);
    int fd = open(tmp, O_RDONLY | O_CLOEXEC);
    bool ok = (fd >= 0 && fsync(fd) == 0 && rename(tmp, path) == 0) || err_errno(e, "%s", path);
    if (fd >= 0) close(fd);
    if (!ok) return false;
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ok = (fd >= 0 && fsync(fd) == 0) || err_errno(e, "%s", path);
    if (fd >= 0) close(fd);
    return ok;
}
