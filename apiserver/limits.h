/* limits.h - every bound of the API server, with its reason. */
#ifndef APISERVER_LIMITS_H
#define APISERVER_LIMITS_H

enum {
    BODY_MAX = 3 * 1024 * 1024,    /* upstream's MaxRequestBodyBytes; larger: 413 */
    VALUE_MAX = 1536 * 1024,       /* etcd's default request limit */
    CONNECTIONS_MAX = 20000,       /* below a usual hard limit on descriptors */
    CONNECTION_MEMORY = 32 * 1024, /* libmicrohttpd's pool: URL and headers must fit (LIMITS 1d) */
    CONNECTION_IDLE_S = 120,       /* between requests */
    LISTEN_BACKLOG = 4096,
    EVENT_TTL_MS = 3600 * 1000, /* default of --event-ttl, as upstream */
    QUERY_ARGS_MAX = 64,
    RESPONSE_HEADERS_MAX = 320, /* warnings: 4 KB of texts that have some 20 characters or more (object/warnings.h) */
    LIST_LIMIT_MAX = 1 << 30,
    WATCH_TIMEOUT_MIN_S = 1800, /* upstream: random in [1800, 3600) */
    WATCH_TIMEOUT_MAX_S = 3600,
    BOOKMARK_EVERY_S = 60,
    BOOKMARK_BEFORE_END_S = 2, /* upstream: the last one, before a watch's timeout */
    RING_EVENTS = 8192,        /* per resource; who falls off is cut off */
    RING_BYTES_MAX = 8 << 20,  /* old versions that one resource's ring keeps alive; older events come from the store */
    WATCH_BACKLOG_EVENTS = 256, /* one piece of history for a watch that starts behind the ring */
    WATCH_BACKLOG_BYTES = 2 << 20,
    FRESH_WAIT_MS = 3000,               /* upstream: how long a read waits for a revision in the future */
    FRESH_WAITS_MAX = 1024,             /* such reads at a time */
    FRAMES_KEEP = 1024,                 /* newest events whose encodings are kept; slower watchers encode again */
    STREAM_QUEUE_MAX = 4 * 1024 * 1024, /* bytes waiting on one stream before filling stops */
    TLS_RECORD = 16 * 1024,
    HELD_CREATE_MS = 30000,       /* textbook flow: upstream bounds a request at 34 s */
    PARK_MAX_MS = 10 * 60 * 1000, /* a gate opens by itself: a stepper may have died */
    WALKS_MAX = 4096,             /* traces kept; the oldest go first */
    DECISIONS_MAX = 4096,
    DECISION_BYTES_MAX = 64 << 20, /* all decisions together */
    TRACE_HEADER_MAX = 1024,
    RETRY_MAX = 1000, /* recomputations of one unconditional write; each saw another commit */
};

#endif
