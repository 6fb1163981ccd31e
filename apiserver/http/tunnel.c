/* tunnel.c - see tunnel.h. All of it happens on the stream thread: the server's socket is one more descriptor of its
 * loop, the client's connection a raw stream. Nothing is read from one side while the other one has no room.
 * Reads: both sides.   Writes: both sides. */
#include "apiserver/http/tunnel.h"

#include "apiserver/http/answer.h"
#include "apiserver/http/loop.h"
#include "apiserver/http/stream.h"
#include "base/heap.h"
#include "base/mono.h"

#include <stdlib.h>
#include <sys/epoll.h>

enum {
    ANSWER_HEAD_MAX = 256 << 10, /* what lib/http takes, too */
    REFUSED_MS = 10 * 1000,      /* upstream's deadline for an answer that refuses the upgrade */
    FLUSH_MS = 10 * 1000,        /* for what a client that is gone has sent last */
    REQUEST_MAX = 2 * BODY_MAX,  /* body and headers; afterwards a record at a time waits for the server */
};

struct tunnel { /* owners: the loop, the request's end */
    _Atomic int refs;
    struct http_socket *socket; /* NULL: closed */
    struct loop_io io;
    const struct tunnel_ops *ops;
    void *arg;
    struct request *r; /* until it is answered or the stream has it */
    struct stream *stream;
    struct buf out;  /* for the server */
    struct buf head; /* from it, until its head is whole */
    size_t scanned;  /* of that */
    bool readable;
    bool refused, whole;     /* the answer is no upgrade; all of it is in the stream */
    bool flushing;           /* the client is gone */
    struct answer_body body; /* of an answer that refuses */
    uint64_t timer;
};

static void tunnel_free(struct tunnel *t)
{
    buf_release(&t->out);
    buf_release(&t->head);
    free(t);
}

static void tunnel_unref(struct tunnel *t)
{
    if (atomic_fetch_sub(&t->refs, 1) == 1) tunnel_free(t);
}

static void unref_later(void *arg) { tunnel_unref(arg); }

/* The server's side ends, and with it the tunnel. */
static void end(struct tunnel *t)
{
    if (!t->socket) return;
    loop_cancel(t->timer);
    loop_del(http_socket_fd(t->socket));
    http_socket_close(t->socket);
    t->socket = NULL;
    t->ops->over(t->arg);
    /* Later, for an event of its descriptor may be on its way. When the loop takes no more, the process is ending. */
    (void)loop_post(unref_later, t);
}

static void fail(struct tunnel *t, const char *why)
{
    struct request *r = t->r;
    t->r = NULL;
    if (r) t->ops->failed(r, why, t->arg);
    end(t);
}

/* No more for the client: what is queued, then the end. */
static void end_stream(struct tunnel *t)
{
    if (t->stream)
        stream_end(t->stream);
    else
        end(t);
}

/* ---- To the server ---- */

/* False: it has ended. */
static bool flush(struct tunnel *t)
{
    size_t at = 0;
    while (at < t->out.n) {
        ssize_t n = http_socket_write(t->socket, str_from(buf_view(&t->out), at));
        if (n < 0) return false;
        if (n == 0) break;
        at += (size_t)n;
    }
    buf_drop_front(&t->out, at);
    return true;
}

static bool hear(struct stream *s, struct str bytes, void *arg)
{
    struct tunnel *t = arg;
    t->stream = s;
    if (!t->socket || t->refused) return true;
    buf_str(&t->out, bytes);
    if (!flush(t)) stream_end(s);
    return !t->out.n;
}

/* ---- To the client ---- */

static void fill(struct stream *s, void *arg)
{
    static char bytes[TLS_RECORD];
    struct tunnel *t = arg;
    t->stream = s;
    if (!t->socket || t->whole) stream_end(s);
    while (t->socket && !t->whole && t->readable && !stream_full(s)) {
        ssize_t n = http_socket_read(t->socket, bytes, sizeof bytes);
        if (n == 0) t->readable = false;
        if (n <= 0) {
            if (n < 0) stream_end(s);
            return;
        }
        stream_write(s, str_n(bytes, (size_t)n));
        t->whole = t->refused && answer_body_ended(&t->body, str_n(bytes, (size_t)n));
        if (t->whole) stream_end(s);
    }
}

static void time_is_up(void *arg)
{
    struct tunnel *t = arg;
    t->timer = 0;
    if (t->stream)
        stream_abort(t->stream);
    else
        end(t);
}

static void set_timer(struct tunnel *t, int64_t ms)
{
    loop_cancel(t->timer);
    t->timer = loop_at(mono_ns() + ms * 1000000, time_is_up, t);
}

static void closed(struct stream *s, void *arg)
{
    struct tunnel *t = arg;
    (void)s;
    t->stream = NULL;
    t->flushing = t->socket && t->out.n && !t->refused;
    if (t->flushing)
        set_timer(t, FLUSH_MS);
    else
        end(t);
    tunnel_unref(t);
}

/* What the server said first goes to the client as it is. */
static void open_stream(struct tunnel *t, const struct answer_head *h)
{
    static const struct stream_ops ops = {.fill = fill, .closed = closed, .hear = hear};
    struct request *r = t->r;
    struct buf all = t->head;
    t->r = NULL;
    buf_init(&t->head, 0);
    t->refused = h->status != 101;
    if (t->refused) {
        answer_body_begin(&t->body, h);
        t->whole = answer_body_ended(&t->body, str_from(buf_view(&all), h->n));
        set_timer(t, REFUSED_MS);
    }
    atomic_fetch_add(&t->refs, 1);
    stream_start_raw(r, buf_view(&all), &ops, t);
    buf_release(&all);
}

/* ---- The server's answer ---- */

static void read_head(struct tunnel *t)
{
    char bytes[4096];
    struct answer_head h = {0};
    struct err e = ERR_INIT;
    while (!h.n) {
        ssize_t n = http_socket_read(t->socket, bytes, sizeof bytes);
        if (n == 0) {
            t->readable = false;
            return;
        }
        if (n < 0) return fail(t, "unexpected EOF");
        buf_add(&t->head, bytes, (size_t)n);
        if (!buf_ok(&t->head)) return fail(t, "net/http: server response headers are too long");
        if (!answer_head_read(buf_view(&t->head), t->scanned, &h, &e)) return fail(t, e.text);
        t->scanned = t->head.n;
    }
    if (h.status != 101 && h.status < 400) {
        err_set(&e, ERR_UNAVAILABLE, "invalid upgrade response: status code %d", h.status);
        return fail(t, e.text);
    }
    open_stream(t, &h);
}

static void on_io(struct loop_io *io, uint32_t events)
{
    struct tunnel *t = CONTAINER_OF(io, struct tunnel, io);
    bool had = t->out.n > 0;
    if (!t->socket) return;
    if (events & ~(uint32_t)EPOLLOUT) t->readable = true;
    bool alive = flush(t);
    if (t->flushing) {
        if (!alive || !t->out.n) end(t);
        return;
    }
    if (t->r) return read_head(t); /* also when it takes no more: it may have said why */
    if (!alive) return end_stream(t);
    if (t->stream && had && !t->out.n) stream_listen(t->stream);
    if (t->stream && t->readable) stream_kick(t->stream);
}

/* ---- Beginning ---- */

static void leave(void *arg)
{
    struct tunnel *t = arg;
    if (t->r) fail(t, "context canceled");
    tunnel_unref(t);
}

/* The response was sent, or the client has left before. */
static void on_end(struct request *r)
{
    struct tunnel *t = r->ctx;
    if (!loop_post(leave, t)) tunnel_unref(t);
}

static void begin(void *arg)
{
    struct tunnel *t = arg;
    t->r->ctx = t;
    if (!request_on_done(t->r, on_end)) return fail(t, "context canceled");
    loop_add(http_socket_fd(t->socket), EPOLLIN | EPOLLOUT | EPOLLRDHUP, &t->io);
    on_io(&t->io, EPOLLIN | EPOLLOUT);
}

bool tunnel_start(struct request *r, struct http_socket *socket, struct str text, const struct tunnel_ops *ops,
                  void *arg)
{
    struct tunnel *t = xcalloc(1, sizeof *t);
    *t = (struct tunnel){.refs = 2, .socket = socket, .io = {.fn = on_io}, .ops = ops, .arg = arg, .r = r};
    buf_init(&t->out, REQUEST_MAX);
    buf_init(&t->head, ANSWER_HEAD_MAX);
    buf_str(&t->out, text);
    if (loop_post(begin, t)) return true;
    http_socket_close(socket);
    tunnel_free(t);
    return false;
}
