/* read_watch.c - WATCH: from options to a watcher, on a plain stream or on a WebSocket.
 * Reads: the request, the cache's revision.   Writes: r->resp when it is refused; else watch/ has the request.
 * Upstream: apiserver pkg/endpoints/handlers/watch.go and get.go (handleWatch), pkg/storage/cacher/cacher.go (Watch).
 */
#include "apiserver/rest/list.h"

#include "apiserver/http/stream.h"
#include "apiserver/http/ws.h"
#include "apiserver/rest/query.h"
#include "apiserver/rest/status_priv.h"
#include "apiserver/watch/fresh.h"

struct watching { /* one WATCH until its stream begins; in the request's arena */
    struct watch_options w;
    struct ws_handshake handshake;
    struct stream_socket socket;
};

/* Spread by the moment of arrival, not by rnd: when a client connects must not change what a seed draws. */
static int64_t timeout_ms(const struct request *r, const struct list_options *o)
{
    enum { SPREAD_MS = (WATCH_TIMEOUT_MAX_S - WATCH_TIMEOUT_MIN_S) * 1000 };
    if (o->timeout_s) return MIN(MAX(o->timeout_s, 0), INT32_MAX) * 1000;
    uint64_t mixed = (uint64_t)r->received_ns * 0x9e3779b97f4a7c15u;
    return WATCH_TIMEOUT_MIN_S * 1000 + (int64_t)((mixed >> 32) % SPREAD_MS);
}

bool watch_options_of(struct request *r, const struct list_options *o, struct watch_options *w)
{
    struct str why;
    *w = (struct watch_options){
        .res = r->target.res,
        .ns = r->target.ns,
        .labels = o->labels,
        .fields = o->fields,
        .has_labels = o->has_labels,
        .has_fields = o->has_fields,
        .bookmarks = o->bookmarks,
        .timeout_ms = timeout_ms(r, o),
        .accept = r->accept,
        .include_object = o->include_object,
    };
    if (!query_revision(r, o->rv_text, &w->after_rev, &why)) {
        status_plain_error(r, 500, why); /* upstream gives this error no status */
        return false;
    }
    /* Unsaid although there is no revision: a path of /watch/, whose defaults are those of long ago. */
    w->initial = o->send_initial < 0 ? w->after_rev == 0 : o->send_initial;
    w->initial_bookmark = o->send_initial == 1 && o->bookmarks;
    w->from_now = !w->initial && w->after_rev == 0;
    return true;
}

/* False: refused. */
static bool shake_hands(struct request *r, struct watching *x)
{
    if (!ws_wanted(r)) return true;
    x->handshake = ws_handshake(r);
    x->socket = (struct stream_socket){
        .accept = x->handshake.accept,
        .protocol = x->handshake.protocol,
        .binary = r->accept.media == MEDIA_PROTOBUF,
        .skip = r->accept.media == MEDIA_PROTOBUF ? WATCH_FRAME_LENGTH : 0,
    };
    x->w.socket = &x->socket;
    if (x->handshake.code == 101) return true;
    r->resp.code = x->handshake.code;
    r->resp.content_type = "text/plain; charset=utf-8";
    if (r->resp.code == 400) response_header(r, "Sec-WebSocket-Version", "13");
    buf_cstr(&r->resp.body, x->handshake.why);
    return false;
}

static void begin(struct request *r)
{
    struct watching *x = r->ctx;
    struct err e = ERR_INIT;
    x->w.too_early = x->w.initial && x->w.after_rev > cache_rev();
    if (watch_start(r, &x->w, &e)) return;
    status_fail(r, &e);
    rest_finish(r);
}

void rest_watch(struct request *r)
{
    struct list_options o;
    struct watching *x = ARENA_NEW(&r->arena, struct watching);
    r->ctx = x;
    if (!list_options_parse(r, &o) || !watch_options_of(r, &o, &x->w) || !accept_stream(r) || !shake_hands(r, x)) {
        rest_finish(r);
        return;
    }
    /* Only who asks for the state waits for it; other watchers get events when there are some. */
    if (fresh_wait(r, x->w.initial ? x->w.after_rev : 0, begin)) begin(r);
}
