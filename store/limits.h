/* limits.h - what the store bounds, and why. Private to store/, shown to its tests. */
#ifndef STORE_LIMITS_H
#define STORE_LIMITS_H

enum {
    /* "/registry/<group>/<resource>/<namespace 63>/<name 253>" stays below 600. */
    STORE_KEY_MAX = 1024,
    /* The API server refuses bodies above 3 MiB; defaults and managedFields add to that. */
    STORE_VALUE_MAX = 8 << 20,
    /* An event's id is revision << STORE_PLACE_BITS | place in the transaction, so this many ops fit. */
    STORE_PLACE_BITS = 8,
    STORE_TXN_OPS_MAX = 1 << STORE_PLACE_BITS,
    /* Beyond 64 rows a bigger commit is hardly cheaper per row, but everyone in it waits longer (LIMITS §3). */
    STORE_GROUP_OPS_MAX = 512,
    STORE_GROUP_BYTES_MAX = 16 << 20,
    /* A DELETE of 15,000 rows was measured to hold the writer for 318 ms; 500 are about 10 ms. */
    STORE_COMPACT_ROWS_MAX = 500,
    /* Keys that expire at the same moment (all Events of an hour ago) enter in groups like anybody else's writes. */
    STORE_EXPIRE_GROUP_MAX = 256,
    /* Events read from the log at a time; callbacks run between two such pages, without a lock. */
    STORE_PAGE_EVENTS = 128,
    /* Pages in the write-ahead log at which the writer checkpoints, after it has answered a group. */
    STORE_WAL_PAGES = 1000,
    /* How long a commit waits for somebody who looks into the file with sqlite3 and holds a lock. */
    STORE_BUSY_MS = 5000,
    /* After a failure (disk full) compaction and expiry are tried again at this pace, in real time. */
    STORE_RETRY_MS = 1000,
    /* Old values that a memory store keeps only for its history; beyond it the time rule gives way. */
    STORE_RAM_HISTORY_BYTES = 256 << 20,
    /* 5 rows of 1.4 KB per page instead of 2 (LIMITS §3: 2 KB rows waste half of a 4 KB page). */
    STORE_PAGE_SIZE = 8192,

    STORE_HISTORY_REVISIONS = 10000, /* defaults of store_options */
    STORE_HISTORY_MS = 600000,
};

#endif
