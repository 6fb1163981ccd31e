/* watch.h - one watcher: a cursor into its resource's ring, and what it may see before that. Private to watch/.
 * Everything runs on the stream thread but watch_start and a backlog's job. */
#ifndef APISERVER_WATCH_WATCH_H
#define APISERVER_WATCH_WATCH_H

#include "apiserver/http/stream.h"
#include "apiserver/watch/shelf.h"

enum watch_stage {
    WATCH_INITIAL, /* the state at its beginning, as ADDED */
    WATCH_BACKLOG, /* history from the store, older than the ring */
    WATCH_LIVE,    /* the ring */
    WATCH_OVER,
};

struct backlog;
struct watch_convert;

struct watch {
    struct watch *prev, *next; /* shelf's */
    struct shelf *shelf;
    struct api_custom *custom; /* referenced; NULL: a built-in resource */
    struct stream *stream;     /* NULL until the first fill */
    struct request *r;
    struct watch_options o; /* selectors and texts live in the request's arena */
    enum watch_stage stage;
    struct cache_list initial;
    size_t initial_at;
    uint64_t seq;                     /* next event of the ring (LIVE, and behind INITIAL) */
    uint64_t after;                   /* events up to this revision are not for it */
    uint64_t start_rev;               /* bookmarks say more than this */
    int64_t end_ns;                   /* mono: its timeout */
    struct backlog *backlog;          /* piece being fetched or sent */
    struct watch_convert *converting; /* what it waits for; NULL: nothing */
    bool columns_sent;
    uint64_t bookmark_timer, timeout_timer;
};

/* What a watcher makes of an event: NULL type: nothing. */
struct sight {
    const char *type;        /* "ADDED", "MODIFIED", "DELETED" */
    const struct item *item; /* borrowed from the event */
};
struct sight watch_sight(const struct watch *w, const struct event *ev);

/* Sends it; ev (may be NULL) lends its cache of encodings. */
void watch_send(struct watch *w, struct sight seen, uint64_t rev, struct event *ev);
void watch_send_bookmark(struct watch *w, uint64_t rev, bool initial_end);
/* ERROR event with such a Status, then the end. */
void watch_fail(struct watch *w, enum err_code code, const char *message);
void watch_expire(struct watch *w); /* the revision it began with is gone: ERR_EXPIRED in upstream's words */
/* It was too slow: the end without a word, as upstream's cacher closes such watchers. Its client comes again with the
 * last revision that it has seen. */
void watch_fall_behind(struct watch *w);

/* watch_convert.c: have items the form that the watcher shows? Else they are sent to their kind's webhook, and the
 * stream is kicked when they came back, or the watch fails. */
bool watch_has_forms(struct watch *w, struct item *const *items, size_t n);
bool watch_has_event(struct watch *w, const struct event *ev);
void watch_convert_drop(struct watch *w); /* the watch ends */

/* backlog.c: pieces of history. */
void backlog_fetch(struct watch *w); /* asks for the events behind w->after; the stream is kicked when they are here */
struct event *backlog_peek(const struct watch *w); /* what backlog_next gives next, borrowed; NULL: nothing is here */
struct event *backlog_next(struct watch *w, bool *waiting,
                           bool *over); /* referenced; NULL: *waiting for the store, or *over: now the ring */
void backlog_drop(struct watch *w);     /* the watch ends */

#endif
