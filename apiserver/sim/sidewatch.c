/* sidewatch.c - watches over a side table: a cursor each; changes of one object may be told as one.
 * Reads: the table, on the stream thread.
 * Writes: watch events. */
#include "apiserver/sim/sim_priv.h"

#include "apiserver/object/table.h"
#include "apiserver/rest/query.h"
#include "apiserver/rest/status.h"
#include "apiserver/sim/stepper.h"
#include "base/mono.h"

#include <stdio.h>
#include <stdlib.h>

struct side_watcher { /* stream thread, but for its making */
    struct side *t;
    struct side_query q; /* in the request's arena */
    struct side_watcher *prev, *next;
    struct stream *stream;  /* set by the first fill */
    uint64_t cursor;        /* everything up to here was told */
    bool initial, bookmark; /* the state as it is, first; then its end is marked */
    char *next_key;         /* initial: go on behind it; owned */
    struct accept accept;
    const char *include;
    int64_t timeout_s;
    uint64_t timer;
    struct buf event;
};

/* ---- One event ---- */

static void as_table(struct side_watcher *w, struct buf *text)
{
    const struct api_resource *res = side_resource(w->t);
    struct err e = ERR_INIT;
    struct arena a AUTO_ARENA = {0};
    if (!res) return;
    const struct json *tree = json_parse(&a, buf_view(text), &e);
    if (!tree) return;
    struct list_meta meta = {.cont = STR_NULL, .remaining = SIZE_MAX};
    (void)str_to_u64(obj_str(tree, ".metadata.resourceVersion"), &meta.rev);
    struct buf out;
    buf_init(&out, SIDE_EVENT_MAX);
    table_write_trees(&out, res, &tree, 1, &meta, w->include, w->accept.as_version);
    buf_release(text);
    *text = out;
}

/* text: the object as JSON; cleared. */
static void send(struct side_watcher *w, const char *type, struct buf *text)
{
    if (w->accept.form == FORM_TABLE && strcmp(type, "ERROR") != 0 && strcmp(type, "BOOKMARK") != 0) as_table(w, text);
    buf_clear(&w->event);
    buf_addf(&w->event, "{\"type\":\"%s\",\"object\":", type);
    buf_str(&w->event, buf_view(text));
    buf_cstr(&w->event, "}\n");
    if (buf_ok(&w->event) && buf_ok(text)) stream_write(w->stream, buf_view(&w->event));
    buf_release(text);
    if (w->event.cap > STREAM_QUEUE_MAX) buf_release(&w->event); /* one large Decision is no reason to stay large */
}

static void send_entry(struct side_watcher *w, const char *type, const struct side_entry *e)
{
    struct buf text;
    buf_init(&text, SIDE_EVENT_MAX);
    side_write(&text, w->t, e, true, side_part_of(w->accept.form, w->include));
    send(w, type, &text);
}

static void send_bookmark(struct side_watcher *w)
{
    struct buf text;
    buf_init(&text, 4096);
    buf_addf(&text,
             "{\"kind\":\"%s\",\"apiVersion\":\"" SIM_API_VERSION "\",\"metadata\":{\"resourceVersion\":\"%llu\","
             "\"creationTimestamp\":null,\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}",
             w->t->kind->kind, (unsigned long long)w->cursor);
    send(w, "BOOKMARK", &text);
}

static void send_expired(struct side_watcher *w)
{
    struct buf text;
    char message[128];
    buf_init(&text, 4096);
    snprintf(message, sizeof message, "too old resource version: %llu (%llu)", (unsigned long long)w->cursor,
             (unsigned long long)side_rev());
    status_write(&text, ERR_EXPIRED, message);
    send(w, "ERROR", &text);
    stream_end(w->stream);
}

/* ---- Filling ---- */

/* True: all of the present state was told. Under the lock. */
static bool fill_initial(struct side_watcher *w)
{
    struct omap_cursor c;
    struct str key, after = str_of(w->next_key);
    void *value;
    omap_seek(&w->t->by_key, after.p ? after : STR(""), &c);
    while (omap_next(&c, &key, &value)) {
        const struct side_entry *e = value;
        if (after.p && str_eq(key, after)) continue;
        if (e->create_rev > w->cursor || !side_query_match(&w->q, w->t, e)) continue; /* the newer comes as a change */
        send_entry(w, "ADDED", e);
        if (!stream_full(w->stream)) continue;
        free(w->next_key);
        w->next_key = str_dup(key);
        return false;
    }
    return true;
}

static bool tell(void *arg, const struct side_change *c)
{
    static const char *const types[] = {"ADDED", "MODIFIED", "DELETED"};
    struct side_watcher *w = arg;
    w->cursor = c->rev;
    if (c->type == SIDE_DELETED) {
        const struct side_tombstone *d = c->tombstone;
        if (!side_query_match_key(&w->q, d->ns, d->name, d->uid)) return true;
        struct buf text;
        buf_init(&text, 4096);
        side_write_tombstone(&text, w->t, d);
        send(w, types[c->type], &text);
    } else if (side_query_match(&w->q, w->t, c->entry)) {
        send_entry(w, types[c->type], c->entry);
    }
    return !stream_full(w->stream);
}

static void time_out(void *arg)
{
    struct side_watcher *w = arg;
    w->timer = 0;
    stream_end(w->stream);
}

/* The only one that is watched; STR_NULL: any. */
static struct str only_one(const struct side_watcher *w)
{
    const struct selector *f = &w->q.fields;
    for (int i = 0; i < f->count; i++)
        if (f->terms[i].op == SEL_EQ && str_eqc(f->terms[i].key, "metadata.name")) return f->terms[i].values[0];
    return STR_NULL;
}

static void tell_steppers(const struct side_watcher *w, bool begins)
{
    struct str name = only_one(w);
    if (w->t == &steppers && name.n) gate_watched(name, begins);
}

static void begin(struct side_watcher *w, struct stream *s)
{
    struct side_watcher *first = w->t->watches;
    w->stream = s;
    w->next = first;
    if (first) first->prev = w;
    w->t->watches = w;
    w->timer = stream_at(mono_ns() + w->timeout_s * 1000000000, time_out, w);
    tell_steppers(w, true);
}

static void fill(struct stream *s, void *arg)
{
    struct side_watcher *w = arg;
    if (!w->stream) begin(w, s);
    bool known = true;
    side_lock(w->t);
    if (w->initial && fill_initial(w)) {
        w->initial = false;
        if (w->bookmark) send_bookmark(w);
    }
    if (!w->initial) known = side_changes(w->t, w->cursor, tell, w);
    side_unlock(w->t);
    if (!known) send_expired(w);
}

static void closed(struct stream *s, void *arg)
{
    struct side_watcher *w = arg;
    (void)s;
    if (w->stream) {
        *(w->prev ? &w->prev->next : (struct side_watcher **)&w->t->watches) = w->next;
        if (w->next) w->next->prev = w->prev;
        if (w->timer) stream_cancel_at(w->timer);
        tell_steppers(w, false);
    }
    atomic_fetch_sub(&w->t->watchers, 1);
    free(w->next_key);
    buf_release(&w->event);
    free(w);
}

/* ---- Beginning ---- */

static void kick_all(void *arg)
{
    struct side *t = arg;
    atomic_store(&t->kicked, false);
    for (struct side_watcher *w = t->watches; w; w = w->next) stream_kick(w->stream);
}

static void wake(struct side *t)
{
    if (!atomic_exchange(&t->kicked, true)) stream_post(kick_all, t);
}

void side_watch_init(struct side *t) { t->wake = wake; }

static bool take_options(struct request *r, struct side_watcher *w, const struct list_options *o)
{
    struct str why;
    bool asked = query_flag_or_unset(r, "sendInitialEvents") == 1; /* unsaid, a watch from nowhere has no mark */
    w->timeout_s = o->timeout_s > 0 ? MIN(o->timeout_s, (int64_t)WATCH_TIMEOUT_MAX_S) : WATCH_TIMEOUT_MAX_S;
    w->bookmark = asked && o->bookmarks;
    w->include = o->include_object ? o->include_object : "Metadata";
    if (!query_revision(r, o->rv_text, &w->cursor, &why)) {
        status_failf(r, ERR_BAD_REQUEST, "%.*s", STR_ARG(why));
        return false;
    }
    w->initial = o->send_initial == 1 || w->cursor == 0;
    if (w->initial) w->cursor = side_rev();
    return accept_stream(r);
}

void side_watch(struct request *r, struct side *t, struct str ns)
{
    static const struct stream_ops ops = {.fill = fill, .closed = closed};
    struct side_watcher *w = xcalloc(1, sizeof *w);
    struct list_options o;
    w->t = t;
    w->accept = r->accept;
    buf_init(&w->event, SIDE_EVENT_MAX);
    if (!side_query_parse(r, t, ns, &o, &w->q) || !take_options(r, w, &o)) {
        free(w);
        rest_finish(r);
        return;
    }
    atomic_fetch_add(&t->watchers, 1);
    stream_start(r, "application/json", &ops, w);
}
