/* frame.c - events as clients get them: {"type":"ADDED","object":{..}} and a newline, or a protobuf WatchEvent behind
 * its length.
 * Reads: items; the media and form that a watcher asked for.
 * Writes: its stream; encodings into the event, for the next watcher that wants the same. Stream thread. */
#include "apiserver/watch/watch.h"

#include "apiserver/object/message.h"
#include "apiserver/rest/status.h"
#include "base/log.h"
#include "base/mono.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCRATCH_MAX = 4 * VALUE_MAX, SCRATCH_KEEP = 64 * 1024 };

struct tap {
    watch_delivered_fn *fn;
    const struct api_resource *only;
};
static struct tap tap_components, tap_clients; /* set before the server starts */

/* ---- Encoding ---- */

struct opened {
    struct buf *b;
    bool message;
    struct message_event ev;
};

static struct opened open_event(struct buf *b, const struct watch *w, const char *type)
{
    struct opened o = {.b = b, .message = w->o.accept.media == MEDIA_PROTOBUF};
    if (o.message) {
        o.ev = message_event_open(b, type);
        return o;
    }
    buf_cstr(b, "{\"type\":\"");
    buf_cstr(b, type);
    buf_cstr(b, "\",\"object\":");
    return o;
}

static void close_event(const struct opened *o)
{
    if (o->message)
        message_event_close(o->b, &o->ev);
    else
        buf_cstr(o->b, "}\n");
}

/* An object that is no item, from its JSON text. */
static void send_text(struct watch *w, const char *type, const struct buf *json)
{
    struct buf b AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&b, SCRATCH_MAX);
    struct opened o = open_event(&b, w, type);
    bool ok = true;
    if (o.message)
        ok = message_text(&b, buf_view(json), &e);
    else
        buf_str(&b, buf_view(json));
    close_event(&o);
    if (ok)
        stream_write(w->stream, buf_view(&b));
    else
        LOG_W("%s event of %s: %s", type, w->o.res->plural, e.text);
}

static bool write_object(struct buf *b, const struct watch *w, struct sight seen, uint64_t rev, bool columns)
{
    struct err e = ERR_INIT;
    const struct accept *a = &w->o.accept;
    if (a->media == MEDIA_PROTOBUF) {
        bool ok = message_item(b, w->o.res, seen.item, rev, a->form == FORM_METADATA, a->as_version, &e);
        if (!ok) LOG_W("%.*s as protobuf: %s", STR_ARG(seen.item->key), e.text);
        return ok;
    }
    switch (a->form) {
    case FORM_TABLE: table_event_write(b, w->o.res, seen.item, rev, columns, w->o.include_object, a->as_version); break;
    case FORM_METADATA:
        if (w->o.customs)
            item_write_identity(b, seen.item, rev);
        else
            partial_write(b, seen.item, rev, a->as_version, a->bare);
        break;
    default: (a->bare ? item_write_bare : item_write)(b, seen.item, w->o.res, true, rev);
    }
    return true;
}

/* NULL: it cannot be written so. */
static const struct blob *encode(const struct watch *w, struct sight seen, uint64_t rev, bool columns)
{
    static struct buf b;
    if (!b.max) buf_init(&b, SCRATCH_MAX);
    buf_clear(&b);
    struct opened o = open_event(&b, w, seen.type);
    bool ok = write_object(&b, w, seen, rev, columns);
    close_event(&o);
    struct blob *out = ok ? blob_new(buf_view(&b)) : NULL;
    if (b.cap > SCRATCH_KEEP) buf_release(&b);
    return out;
}

static bool same_text(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

/* Borrowed from the event. */
static const struct blob *shared_frame(const struct watch *w, struct sight seen, struct event *ev)
{
    const struct accept *a = &w->o.accept;
    for (struct frame *f = ev->frames; f; f = f->next)
        if (f->res == w->o.res && f->media == a->media && f->form == a->form && f->bare == a->bare &&
            same_text(f->version, a->as_version) && same_text(f->type, seen.type) &&
            same_text(f->include_object, w->o.include_object))
            return f->blob;
    const char *include = NULL; /* only one of the known texts may outlive the request */
    static const char *const known[] = {"Metadata", "Object", "None"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (same_text(known[i], w->o.include_object)) include = known[i];
    struct frame *f = xmalloc(sizeof *f);
    *f = (struct frame){.next = ev->frames,
                        .res = w->o.res,
                        .type = seen.type,
                        .include_object = include,
                        .version = a->as_version,
                        .media = a->media,
                        .form = a->form,
                        .bare = a->bare,
                        .blob = encode(w, seen, ev->rev, false)};
    ev->frames = f;
    return f->blob;
}

/* ---- Who is told of deliveries ---- */

struct delivery {
    struct watch *watch;
    struct item *item;
    const char *type;
    uint64_t rev;
};

void watch_set_delivered(watch_delivered_fn *fn, const struct api_resource *only_res)
{
    tap_components = (struct tap){fn, only_res};
}
void watch_set_delivered_client(watch_delivered_fn *fn, const struct api_resource *only_res)
{
    tap_clients = (struct tap){fn, only_res};
}

static const struct tap *tap_of(const struct watch *w)
{
    const struct tap *t = w->r->user.component ? &tap_components : &tap_clients;
    return t->fn && (!t->only || t->only->storage == w->o.res->storage) ? t : NULL;
}

static void delivered(struct stream *s, void *arg)
{
    struct delivery *d = arg;
    const struct request *r = d->watch->r;
    if (s) tap_of(d->watch)->fn(r->user.component, r->user.name, d->item, d->type, d->rev, mono_ns());
    item_unref(d->item);
    free(d);
}

static void note_delivery(struct watch *w, struct sight seen, uint64_t rev)
{
    if (!tap_of(w)) return;
    struct delivery *d = xmalloc(sizeof *d);
    *d = (struct delivery){w, item_ref(seen.item), seen.type, rev};
    stream_on_flushed(w->stream, delivered, d);
}

/* ---- Sending ---- */

/* As upstream: who asked for lists of metadata gets no event, but the end. */
static bool refuse_list(struct watch *w)
{
    if (w->o.accept.form != FORM_METADATA_LIST) return false;
    w->stage = WATCH_OVER;
    stream_end(w->stream);
    return true;
}

void watch_send(struct watch *w, struct sight seen, uint64_t rev, struct event *ev)
{
    bool columns = w->o.accept.form == FORM_TABLE && !w->columns_sent;
    if (refuse_list(w)) return;
    const struct blob *own AUTO_BLOB = ev && !columns ? NULL : encode(w, seen, rev, columns);
    const struct blob *b = ev && !columns ? shared_frame(w, seen, ev) : own;
    if (b) stream_write_blob(w->stream, b);
    w->columns_sent = true;
    note_delivery(w, seen, rev);
}

void watch_send_bookmark(struct watch *w, uint64_t rev, bool initial_end)
{
    if (refuse_list(w)) return;
    struct item *it = item_bookmark(w->o.res->storage, w->o.accept.form, initial_end);
    const char *include = w->o.include_object;
    if (initial_end && same_text(include, "None"))
        w->o.include_object = "Metadata"; /* or nobody would see what it is */
    const struct blob *b AUTO_BLOB = encode(w, (struct sight){"BOOKMARK", it}, rev, !w->columns_sent);
    w->o.include_object = include;
    if (b) stream_write_blob(w->stream, b);
    w->columns_sent = true;
    item_unref(it);
}

void watch_fail(struct watch *w, enum err_code code, const char *message)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, SCRATCH_MAX);
    status_write(&b, code, message);
    send_text(w, "ERROR", &b);
    w->stage = WATCH_OVER;
    stream_end(w->stream);
}

void watch_expire(struct watch *w)
{
    char text[128];
    (void)snprintf(text, sizeof text, "too old resource version: %llu (%llu)", (unsigned long long)w->after,
                   (unsigned long long)store_floor(cache_store(), str_of(w->o.res->storage->store_prefix)));
    watch_fail(w, ERR_EXPIRED, text);
}
