/* db.h - SQLite as the store uses it: opening, the schema, statements, rows <-> recs.
 * A connection and its statements belong to one thread or one lock (SQLITE_OPEN_NOMUTEX). */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/err.h"
#include "store/rec.h"

#include <sqlite3.h>

enum db_mode { DB_WRITE, DB_READ };

/* Opens the file; in DB_WRITE creates it and its schema when there is none (one fsync). Checks that it is
 * ours and of a schema version that we know. sync: enum store_sync. NULL: *e is ERR_IO. */
sqlite3 *db_open(const char *path, enum db_mode mode, int sync, struct err *e);
bool db_exec(sqlite3 *db, const char *sql, struct err *e) MUST_USE;
/* A statement to keep. NULL: *e. */
sqlite3_stmt *db_prepare(sqlite3 *db, const char *sql, struct err *e);
/* ERR_IO "what: SQLite's message (and the system's)". Returns false. */
bool db_fail(sqlite3 *db, const char *what, struct err *e);
/* Runs a statement that gives no rows, and resets it. */
bool db_run(sqlite3 *db, sqlite3_stmt *st, const char *what, struct err *e) MUST_USE;

/* meta rows with a number; an absent row reads as 0. */
bool db_meta_get(sqlite3 *db, const char *name, uint64_t *out, struct err *e) MUST_USE;
bool db_meta_set(sqlite3 *db, const char *name, uint64_t value, struct err *e) MUST_USE;

/* Columns of an event in the order of db_bind_rec and db_column_rec. */
#define DB_EVENT_COLUMNS "id, time_ms, key, create_rev, version, prev, expires_ms, value"
enum db_column { DB_ID, DB_TIME, DB_KEY, DB_CREATE_REV, DB_VERSION, DB_PREV, DB_EXPIRES, DB_VALUE, DB_COLUMNS };
#define DB_INSERT_SQL "INSERT INTO event (" DB_EVENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
bool db_insert_rec(sqlite3 *db, sqlite3_stmt *insert, const struct rec *r, struct err *e) MUST_USE;
/* The rec in the row's columns from `first` on. */
struct rec *db_column_rec(sqlite3_stmt *st, int first);
struct str db_column_bytes(sqlite3_stmt *st, int column);          /* borrowed until the next step */
bool db_bind_key(sqlite3_stmt *st, int parameter, struct str key); /* borrowed until reset; STR_NULL binds NULL */

/* Makes the new file `tmp`, which no connection has open, durable and gives it its name. */
bool db_publish(const char *tmp, const char *path, struct err *e) MUST_USE;

#endif
