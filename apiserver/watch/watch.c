/* watch.c - watchers: what each sees of the events, and when.
 * Reads: rings and items of the cache, backlogs, timers.
 * Writes: its streams, by frame.c. */
#include "apiserver/watch/watch.h"

#include "apiserver/crd/crd.h"
#include "apiserver/rest/status.h"
#include "base/mono.h"

#include <stdio.h>
#include <stdlib.h>

enum { EVENTS_PER_LOOK = 32 }; /* taken from the ring under one lock */

static _Atomic size_t count;
static _Atomic bool wake_posted;
static pthread_mutex_t news_lock = MUTEX_INIT;
static struct shelf *news; /* of custom kinds, referenced */

/* ---- What a watcher sees ---- */

static bool sees(const struct watch *w, const struct item *it)
{
    if (!it || (w->o.ns.n && !str_eq(it->ns, w->o.ns))) return false;
    return item_matches(it, w->o.res, w->o.has_labels ? &w->o.labels : NULL, w->o.has_fields ? &w->o.fields : NULL);
}

/* A selector turns a change into an appearance or a disappearance; the latter carries the last state that was seen. */
struct sight watch_sight(const struct watch *w, const struct event *ev)
{
    bool now = sees(w, ev->cur), before = sees(w, ev->prev);
    if (now) return (struct sight){before ? "MODIFIED" : "ADDED", ev->cur};
    if (before) return (struct sight){"DELETED", ev->prev};
    return (struct sight){NULL, NULL};
}

/* ---- Filling the stream ---- */

static void fill_initial(struct watch *w)
{
    if (!watch_has_forms(w, w->initial.items + w->initial_at, w->initial.count - w->initial_at)) return;
    while (w->initial_at < w->initial.count) {
        if (stream_full(w->stream)) return;
        struct item *it = w->initial.items[w->initial_at];
        w->initial.items[w->initial_at++] = NULL;
        if (sees(w, it)) watch_send(w, (struct sight){"ADDED", it}, it->rev, NULL);
        item_unref(it);
        if (w->stage == WATCH_OVER) return;
    }
    w->stage = WATCH_LIVE;
    if (w->o.initial_bookmark) watch_send_bookmark(w, w->initial.rev, true);
    cache_list_release(&w->initial);
}

static void see(struct watch *w, struct event *ev)
{
    if (ev->rev <= w->after) return; /* a client that asked for a revision in the future */
    struct sight seen = watch_sight(w, ev);
    if (seen.type) watch_send(w, seen, ev->rev, ev);
}

static void fill_backlog(struct watch *w)
{
    while (w->stage == WATCH_BACKLOG && !stream_full(w->stream)) {
        bool waiting, over;
        const struct event *next = backlog_peek(w);
        if (next && !watch_has_event(w, next)) return;
        struct event *ev = backlog_next(w, &waiting, &over);
        if (over) w->stage = WATCH_LIVE;
        if (!ev) return;
        struct sight seen = watch_sight(w, ev);
        if (seen.type) watch_send(w, seen, ev->rev, NULL);
        event_unref(ev);
    }
}

/* Up to EVENTS_PER_LOOK next events, referenced; -1: fell off the ring. */
static int look(struct watch *w, struct event **out)
{
    int n = 0;
    shelves_lock();
    const struct ring *ring = &w->shelf->ring;
    if (w->seq < ring->tail)
        n = -1;
    else
        for (uint64_t seq = w->seq; seq < ring->head && n < EVENTS_PER_LOOK; seq++)
            out[n++] = event_ref(ring_at(ring, seq));
    shelves_unlock();
    return n;
}

/* False: nothing more now. */
static bool fill_live(struct watch *w)
{
    struct event *events[EVENTS_PER_LOOK];
    int n = look(w, events);
    if (n < 0) watch_fall_behind(w);
    for (int i = 0; i < n; i++) {
        if (w->stage == WATCH_LIVE && !stream_full(w->stream) && watch_has_event(w, events[i])) {
            see(w, events[i]);
            w->seq++;
        }
        event_unref(events[i]);
    }
    return n > 0 && !w->converting;
}

/* ---- Timers ---- */

static int64_t in_ms(int64_t ms) { return mono_ns() + ms * 1000000; }

/* Everything up to the returned revision was sent; 0: not known. */
static uint64_t progress(const struct watch *w)
{
    if (w->stage != WATCH_LIVE) return 0;
    shelves_lock();
    uint64_t rev = w->seq == w->shelf->ring.head ? cache_rev() : 0;
    shelves_unlock();
    return rev;
}

static void on_bookmark(void *arg);

/* In a minute, but rather shortly before the end; never in the past. Upstream: nextBookmarkTime in cache_watcher.go. */
static void plan_bookmark(struct watch *w)
{
    int64_t due = in_ms(BOOKMARK_EVERY_S * 1000), last = w->end_ns - BOOKMARK_BEFORE_END_S * 1000000000LL;
    w->bookmark_timer = w->o.bookmarks && last >= mono_ns() ? stream_at(MIN(due, last), on_bookmark, w) : 0;
}

static void on_bookmark(void *arg)
{
    struct watch *w = arg;
    uint64_t rev = stream_full(w->stream) ? 0 : progress(w);
    if (rev > w->start_rev) {
        watch_send_bookmark(w, rev, false);
        stream_kick(w->stream);
    }
    plan_bookmark(w);
}

static void on_timeout(void *arg)
{
    struct watch *w = arg;
    w->timeout_timer = 0;
    w->stage = WATCH_OVER;
    stream_end(w->stream);
}

void watch_fall_behind(struct watch *w)
{
    w->stage = WATCH_OVER;
    stream_end(w->stream);
}

/* ---- The stream's side ---- */

static void refuse(struct watch *w)
{
    char text[128];
    (void)snprintf(text, sizeof text, TOO_EARLY_FORMAT, (unsigned long long)w->o.after_rev,
                   (unsigned long long)cache_rev());
    watch_fail(w, ERR_TIMEOUT, text);
}

static void begin(struct watch *w, struct stream *s)
{
    w->stream = s;
    w->next = w->shelf->watchers;
    if (w->next) w->next->prev = w;
    w->shelf->watchers = w;
    w->end_ns = in_ms(w->o.timeout_ms);
    w->timeout_timer = stream_at(w->end_ns, on_timeout, w);
    plan_bookmark(w);
    if (w->o.too_early) refuse(w);
    if (w->stage == WATCH_BACKLOG && w->o.customs)
        watch_expire(w);
    else if (w->stage == WATCH_BACKLOG)
        backlog_fetch(w);
}

static void fill(struct stream *s, void *arg)
{
    struct watch *w = arg;
    if (!w->stream) begin(w, s);
    if (w->stage != WATCH_OVER && atomic_load(&w->shelf->gone)) watch_fall_behind(w);
    if (w->stage == WATCH_INITIAL) fill_initial(w);
    if (w->stage == WATCH_BACKLOG) fill_backlog(w);
    while (w->stage == WATCH_LIVE && !stream_full(s) && fill_live(w)) {}
}

static void closed(struct stream *s, void *arg)
{
    (void)s;
    struct watch *w = arg;
    if (w->stream) {
        if (w->prev)
            w->prev->next = w->next;
        else
            w->shelf->watchers = w->next;
        if (w->next) w->next->prev = w->prev;
        stream_cancel_at(w->timeout_timer);
        stream_cancel_at(w->bookmark_timer);
    }
    backlog_drop(w);
    watch_convert_drop(w);
    for (; w->initial_at < w->initial.count; w->initial_at++) item_unref(w->initial.items[w->initial_at]);
    w->initial.count = 0;
    cache_list_release(&w->initial);
    if (w->custom) shelf_unref(w->shelf);
    api_custom_unref(w->custom);
    free(w);
    atomic_fetch_sub(&count, 1);
}

static const struct stream_ops watch_ops = {.fill = fill, .closed = closed};

/* ---- Starting ---- */

static void place(struct watch *w)
{
    if (w->o.too_early) return;
    if (w->o.initial) {
        bool late = w->custom && crd_kind_of(w->o.res)->webhook; /* selectors are about what it converts to */
        struct list_query q = {.res = w->o.res,
                               .ns = w->o.ns,
                               .labels = w->o.has_labels && !late ? &w->o.labels : NULL,
                               .fields = w->o.has_fields && !late ? &w->o.fields : NULL};
        (void)shelf_snapshot(w->shelf, &q, &w->initial, &w->seq); /* the present state is always there */
        w->stage = WATCH_INITIAL;
        w->start_rev = w->initial.rev;
        return;
    }
    shelves_lock();
    w->start_rev = w->after = w->o.from_now ? cache_rev() : w->o.after_rev;
    bool in_ring = w->after >= w->shelf->ring.floor;
    if (in_ring) w->seq = ring_seek(&w->shelf->ring, w->after);
    shelves_unlock();
    w->stage = in_ring ? WATCH_LIVE : WATCH_BACKLOG;
}

bool watch_start(struct request *r, const struct watch_options *o, struct err *e)
{
    struct shelf *sh = o->customs ? customs : shelf_of(o->res);
    if (!sh) return err_set(e, ERR_METHOD, "%s cannot be watched", o->res->plural);
    struct watch *w = xcalloc(1, sizeof *w);
    w->r = r;
    w->o = *o;
    w->shelf = sh;
    w->custom = api_custom_ref(o->res->custom);
    if (w->custom) atomic_fetch_add(&sh->refs, 1);
    atomic_fetch_add(&count, 1);
    place(w);
    /* As upstream: JSON alone does not say that it is a stream. */
    bool message = o->accept.media == MEDIA_PROTOBUF;
    const char *type = message ? "application/vnd.kubernetes.protobuf;stream=watch" : "application/json";
    if (o->socket)
        stream_start_socket(r, o->socket, &watch_ops, w);
    else
        stream_start(r, type, &watch_ops, w);
    return true;
}

size_t watch_count(void) { return atomic_load(&count); }

/* ---- Waking ---- */

/* Old events keep no encodings: whoever is so slow encodes again. Under the lock, which keeps the events in place. */
static void trim(struct shelf *sh)
{
    uint64_t keep = sh->ring.head > FRAMES_KEEP ? sh->ring.head - FRAMES_KEEP : 0;
    for (uint64_t seq = MAX(sh->trimmed, sh->ring.tail); seq < keep; seq++) event_drop_frames(ring_at(&sh->ring, seq));
    sh->trimmed = keep;
}

/* Referenced; NULL: no more. */
static struct shelf *next_news(void)
{
    mutex_lock(&news_lock);
    struct shelf *sh = news;
    if (sh) {
        news = sh->next_news;
        sh->in_news = false;
    }
    mutex_unlock(&news_lock);
    return sh;
}

static void tell(struct shelf *sh)
{
    shelves_lock();
    bool has_news = sh->seen != sh->ring.head || atomic_load(&sh->gone);
    sh->seen = sh->ring.head;
    if (has_news) trim(sh);
    shelves_unlock();
    for (struct watch *w = has_news ? sh->watchers : NULL; w; w = w->next) stream_kick(w->stream);
}

static void wake(void *arg)
{
    (void)arg;
    atomic_store(&wake_posted, false); /* before looking: what comes now posts again */
    for (size_t i = 0; i < nshelves; i++) tell(&shelves[i]);
    for (struct shelf *sh; (sh = next_news());) {
        tell(sh);
        shelf_unref(sh);
    }
}

void watch_news(struct shelf *sh)
{
    if (watch_count() == 0) return;
    mutex_lock(&news_lock);
    if (!sh->in_news) {
        sh->in_news = true;
        atomic_fetch_add(&sh->refs, 1);
        sh->next_news = news;
        news = sh;
    }
    mutex_unlock(&news_lock);
}

void watch_wake(void)
{
    if (watch_count() == 0 || atomic_exchange(&wake_posted, true)) return;
    if (!stream_post(wake, NULL)) atomic_store(&wake_posted, false);
}
