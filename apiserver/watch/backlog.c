/* backlog.c - history for a watch that starts behind its ring: read from the store's log in pieces, on a worker.
 * Reads: store_feed.
 * Writes: events of its own, handed to the stream thread. */
#include "apiserver/watch/watch.h"

#include "base/heap.h"

#include <stdlib.h>

struct backlog {
    struct job job;
    struct watch *watch;            /* stream thread; NULL: it ended meanwhile */
    const struct api_resource *res; /* stored; held */
    char *prefix;
    uint64_t after, upto;    /* after: where to begin. upto: everything up to there is in the piece */
    bool here, last, failed; /* last: it reaches the present (of its fetching) */
    struct event *events[WATCH_BACKLOG_EVENTS * 2]; /* a revision is never split: the rest of the last one fits */
    size_t count, at, bytes;
};

static struct item *item_of(const struct backlog *b, const struct store_event *ev, const struct blob *value,
                            uint64_t rev)
{
    return value ? item_new(b->res, ev->key, value, rev, ev->create_rev) : NULL;
}

static bool take_event(void *arg, const struct store_event *ev)
{
    struct backlog *b = arg;
    bool full = b->count >= WATCH_BACKLOG_EVENTS || b->bytes >= WATCH_BACKLOG_BYTES;
    if ((full && ev->rev != b->upto) || b->count == ARRAY_LEN(b->events)) {
        b->last = false;
        return false;
    }
    struct item *cur = ev->deleted ? NULL : item_of(b, ev, ev->value, ev->rev),
                *prev = item_of(b, ev, ev->prev, ev->prev_rev);
    b->upto = ev->rev;
    if (!cur && !prev) return true;
    b->bytes += (cur ? cur->blob->n : 0) + (prev ? prev->blob->n : 0);
    b->events[b->count++] = event_new(ev->rev, cur, prev);
    return true;
}

static void backlog_free(struct backlog *b)
{
    while (b->at < b->count) event_unref(b->events[b->at++]);
    api_custom_unref(b->res->custom);
    free(b->prefix);
    free(b);
}

static void arrived(void *arg) /* stream thread */
{
    struct backlog *b = arg;
    b->here = true;
    if (b->watch)
        stream_kick(b->watch->stream);
    else
        backlog_free(b);
}

static void fetch(struct job *j) /* worker */
{
    struct backlog *b = CONTAINER_OF(j, struct backlog, job);
    uint64_t present = cache_rev();
    b->last = true;
    b->failed = !store_feed(cache_store(), str_of(b->prefix), b->after, take_event, b, NULL);
    if (b->last && present > b->upto) b->upto = present;
    if (!stream_post(arrived, b)) backlog_free(b);
}

void backlog_fetch(struct watch *w)
{
    struct backlog *b = xcalloc(1, sizeof *b);
    const struct api_resource *res = w->o.res->storage;
    b->job.run = fetch;
    b->watch = w;
    b->res = res;
    api_custom_ref(res->custom);
    b->prefix = res->namespaced && w->o.ns.n ? xasprintf("%s%.*s/", res->store_prefix, STR_ARG(w->o.ns))
                                             : xstrdup(res->store_prefix);
    b->after = b->upto = w->after;
    w->backlog = b;
    request_submit(&b->job);
}

struct event *backlog_peek(const struct watch *w)
{
    const struct backlog *b = w->backlog;
    return b && b->here && !b->failed && b->at < b->count ? b->events[b->at] : NULL;
}

struct event *backlog_next(struct watch *w, bool *waiting, bool *over)
{
    struct backlog *b = w->backlog;
    *waiting = *over = false;
    if (b->here && b->failed) {
        if (b->after == w->start_rev)
            watch_expire(w);
        else
            watch_fall_behind(w);
        *waiting = true;
        return NULL;
    }
    if (!b->here) {
        *waiting = true;
        return NULL;
    }
    if (b->at < b->count) return b->events[b->at++];
    w->after = b->upto;
    bool last = b->last;
    w->backlog = NULL;
    backlog_free(b);
    shelves_lock();
    *over = last && w->after >= w->shelf->ring.floor;
    if (*over) w->seq = ring_seek(&w->shelf->ring, w->after);
    shelves_unlock();
    if (*over) return NULL;
    backlog_fetch(w);
    *waiting = true;
    return NULL;
}

void backlog_drop(struct watch *w)
{
    struct backlog *b = w->backlog;
    if (!b) return;
    w->backlog = NULL;
    b->watch = NULL;
    if (b->here) backlog_free(b); /* else arrived() does */
}
