/* schema.h - the tables, as anyone sees them who opens the file with sqlite3 (.schema shows the comments). */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

enum {
    DB_APPLICATION_ID = 0x6b737470, /* "kstp" */
    DB_SCHEMA_VERSION = 1,
};

/* %d: schema version; %s: cluster id. */
#define DB_SCHEMA_SQL                                                                                                  \
    "CREATE TABLE meta (\n"                                                                                            \
    "  -- schema_version: of these tables.    cluster_id: drawn when the file was made.\n"                             \
    "  -- compacted_rev: history begins behind this revision; state at or below it cannot be read any more.\n"         \
    "  -- dropped_rev: for keys that keep no history (node Leases) it begins behind this one.\n"                       \
    "  name  TEXT PRIMARY KEY,\n"                                                                                      \
    "  value NOT NULL\n"                                                                                               \
    ") WITHOUT ROWID;\n"                                                                                               \
    "CREATE TABLE event (\n"                                                                                           \
    "  -- One row per change of a key. The newest row of a key is its present state: see the view `current`.\n"        \
    "  -- A row goes away when it is at or below compacted_rev and a later row of its key is, too.\n"                  \
    "  id         INTEGER PRIMARY KEY, -- revision * 256 + place of the change in its transaction\n"                   \
    "  time_ms    INTEGER NOT NULL,    -- when: the cluster's clock, Unix ms\n"                                        \
    "  key        BLOB NOT NULL,       -- /registry/<resource>/<namespace>/<name>; CAST(key AS TEXT) to compare\n"     \
    "  create_rev INTEGER NOT NULL,    -- revision that created the key\n"                                             \
    "  version    INTEGER NOT NULL,    -- 1 when created, then counted up; 0 in a delete\n"                            \
    "  prev       INTEGER NOT NULL,    -- id of the key's previous version; 0: created here\n"                         \
    "  expires_ms INTEGER NOT NULL,    -- cluster time at which the key is deleted; 0: never\n"                        \
    "  value      TEXT,                -- the object as JSON, without resourceVersion; NULL: deleted\n"                \
    "  rev        INTEGER GENERATED ALWAYS AS (id >> 8) VIRTUAL\n"                                                     \
    ");\n"                                                                                                             \
    "CREATE VIEW current AS -- what is in the cluster now\n"                                                           \
    "  SELECT CAST(e.key AS TEXT) AS key, max(e.id) >> 8 AS rev, e.create_rev, e.version, e.value\n"                   \
    "  FROM event e GROUP BY e.key HAVING e.value IS NOT NULL;\n"                                                      \
    "CREATE VIEW history AS -- what happened, oldest first\n"                                                          \
    "  SELECT rev, strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', time_ms / 1000.0, 'unixepoch') AS time,\n"                     \
    "    CASE WHEN value IS NULL THEN 'delete' WHEN version = 1 THEN 'create' ELSE 'update' END AS op,\n"              \
    "    CAST(key AS TEXT) AS key, value\n"                                                                            \
    "  FROM event ORDER BY id;\n"                                                                                      \
    "INSERT INTO meta VALUES ('schema_version', %d), ('cluster_id', '%s'), ('compacted_rev', 0), ('dropped_rev', 0);"

#endif
