/* stream.c - long-lived responses on a connection taken from libmicrohttpd.
 * Reads: what fill queued; what a WebSocket's client says.
 * Writes: HTTP chunks or WebSocket frames into the connection's TLS session, many events to a record. */
#include "apiserver/http/stream.h"

#include "apiserver/http/conn.h"
#include "apiserver/http/ws.h"
#include "base/clk.h"
#include "base/kassert.h"
#include "base/mono.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    QUEUE_HIGH = 4 * TLS_RECORD, /* fill stops here: a stream's memory, and the bytes of one turn */
    TURN_BYTES = 4 * TLS_RECORD, /* then the next stream has its turn */
    CHUNK_OVERHEAD = 8,          /* "3fff\r\n" and "\r\n" */
    LAST_CHUNK = 5,              /* "0\r\n\r\n", or the frame that closes a WebSocket */
    INPUT_READS_MAX = 64,        /* of what a client sends, then the next stream has its turn */
};

struct segment {
    const struct blob *blob; /* referenced; shared with other streams, so a frame's header stands before it: */
    uint32_t off;            /* bytes of it already sent, or left away */
    uint8_t head_n, head_off;
    unsigned char head[WS_HEADER_MAX];
};

struct mark {
    uint64_t at; /* when `handed` reaches it */
    void (*fn)(struct stream *s, void *arg);
    void *arg;
};

struct stream {
    struct exchange *x;
    const struct stream_ops *ops;
    void *arg;
    struct stream *prev, *next;             /* all */
    struct stream *ready_prev, *ready_next; /* those with work */
    bool ready, want_fill, ending, last_sent, blocked, broken;
    bool unread;              /* the client has sent more than one turn reads */
    bool raw, deaf;           /* neither chunks nor frames; what comes in is not wanted now */
    struct stream_socket *ws; /* NULL: a plain stream */
    struct ws_reader in;
    enum ws_status close; /* of the frame that ends it */
    size_t record_max;
    struct buf head;      /* status line and headers, until sent */
    struct segment *segs; /* circular */
    uint32_t first, count, cap;
    size_t queued;
    uint64_t written, handed; /* bytes over the stream's life */
    struct mark *marks;       /* in order of at */
    size_t nmarks, marks_cap;
};

/* Loop thread only, but the count. */
static struct stream *all, *ready_first, *ready_last;
static _Atomic size_t open_count;
static char record[TLS_RECORD]; /* GnuTLS copies it, also when it cannot send */
static char input[TLS_RECORD];

/* ---- Ready list ---- */

static void ready_add(struct stream *s)
{
    if (s->ready) return;
    s->ready = true;
    s->ready_next = NULL;
    s->ready_prev = ready_last;
    if (ready_last)
        ready_last->ready_next = s;
    else
        ready_first = s;
    ready_last = s;
}

static void ready_remove(struct stream *s)
{
    if (!s->ready) return;
    s->ready = false;
    if (s->ready_prev)
        s->ready_prev->ready_next = s->ready_next;
    else
        ready_first = s->ready_next;
    if (s->ready_next)
        s->ready_next->ready_prev = s->ready_prev;
    else
        ready_last = s->ready_prev;
}

/* ---- Queueing ---- */

struct request *stream_request(struct stream *s) { return &s->x->r; }
bool stream_full(const struct stream *s) { return s->queued >= QUEUE_HIGH; }

static struct segment *push_segment(struct stream *s)
{
    if (s->count == s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : 8;
        struct segment *segs = xreallocarray(NULL, cap, sizeof *segs);
        for (uint32_t i = 0; i < s->count; i++) segs[i] = s->segs[(s->first + i) & (s->cap - 1)];
        free(s->segs);
        s->segs = segs;
        s->first = 0;
        s->cap = cap;
    }
    return &s->segs[(s->first + s->count++) & (s->cap - 1)];
}

/* op: of the frame, on a WebSocket. skip: bytes of the blob to leave away. */
static void push(struct stream *s, const struct blob *referenced, enum ws_opcode op, uint32_t skip)
{
    uint32_t n = referenced->n - skip;
    if (s->queued >= QUEUE_HIGH && s->queued + n > STREAM_QUEUE_MAX) s->broken = true;
    if (s->broken || s->x->head || (!n && !s->ws)) {
        blob_unref(referenced);
        return;
    }
    struct segment *g = push_segment(s);
    *g = (struct segment){.blob = referenced, .off = skip};
    if (s->ws) g->head_n = (uint8_t)ws_header(g->head, op, n);
    s->queued += n + g->head_n;
    s->written += n + g->head_n;
}

static void push_message(struct stream *s, const struct blob *referenced)
{
    uint32_t skip = s->ws ? MIN(s->ws->skip, referenced->n) : 0;
    push(s, referenced, s->ws && s->ws->binary ? WS_BINARY : WS_TEXT, skip);
}

void stream_write(struct stream *s, struct str bytes) { push_message(s, blob_new(bytes)); }
void stream_write_blob(struct stream *s, const struct blob *b) { push_message(s, blob_ref(b)); }

void stream_kick(struct stream *s)
{
    s->want_fill = true;
    if (!s->blocked) ready_add(s); /* else when the socket has room */
}

void stream_abort(struct stream *s)
{
    s->broken = true;
    if (!s->blocked) ready_add(s);
}

void stream_end(struct stream *s)
{
    s->ending = true;
    if (!s->blocked) ready_add(s);
}

void stream_on_flushed(struct stream *s, void (*fn)(struct stream *s, void *arg), void *arg)
{
    if (s->handed >= s->written) {
        fn(s, arg);
        return;
    }
    if (s->nmarks == s->marks_cap) {
        s->marks_cap = s->marks_cap ? s->marks_cap * 2 : 8;
        s->marks = xreallocarray(s->marks, s->marks_cap, sizeof *s->marks);
    }
    s->marks[s->nmarks++] = (struct mark){s->written, fn, arg};
}

/* Calls those that are due; all of them, with NULL, when the stream ends. */
static void run_marks(struct stream *s, bool end)
{
    size_t n = 0;
    while (n < s->nmarks && (end || s->marks[n].at <= s->handed)) {
        struct mark m = s->marks[n++];
        m.fn(end ? NULL : s, m.arg);
    }
    if (!n) return;
    s->nmarks -= n;
    memmove(s->marks, s->marks + n, s->nmarks * sizeof *s->marks);
}

/* ---- Sending ---- */

/* Moves up to n queued bytes to p. */
static size_t take(struct stream *s, char *p, size_t n)
{
    size_t done = 0;
    while (done < n && s->count) {
        struct segment *g = &s->segs[s->first];
        size_t part = MIN(n - done, (size_t)(g->head_n - g->head_off));
        memcpy(p + done, g->head + g->head_off, part);
        done += part;
        g->head_off += (uint8_t)part;
        part = MIN(n - done, (size_t)g->blob->n - g->off);
        memcpy(p + done, g->blob->p + g->off, part);
        done += part;
        g->off += (uint32_t)part;
        if (g->off < g->blob->n || g->head_off < g->head_n) break;
        blob_unref(g->blob);
        s->first = (s->first + 1) & (s->cap - 1);
        s->count--;
    }
    s->queued -= done;
    s->handed += done;
    return done;
}

/* What ends the stream, at p. */
static size_t last_words(const struct stream *s, char *p)
{
    static const char last_chunk[] = "0\r\n\r\n";
    if (s->ws) {
        size_t n = ws_header((unsigned char *)p, WS_CLOSE, 2);
        p[n] = (char)(s->close >> 8);
        p[n + 1] = (char)s->close;
        return n + 2;
    }
    if (s->x->http10 || s->x->head || s->raw) return 0;
    memcpy(p, last_chunk, LAST_CHUNK);
    return LAST_CHUNK;
}

/* The next record's plain text; 0: nothing to send. */
static size_t build(struct stream *s)
{
    size_t n = 0, max = s->record_max;
    if (s->head.n) {
        n = MIN(s->head.n, max);
        memcpy(record, s->head.p, n);
        buf_drop_front(&s->head, n);
        if (s->head.n) return n;
        buf_release(&s->head);
    }
    bool chunked = !s->x->http10 && !s->ws && !s->raw;
    if (s->count && n + CHUNK_OVERHEAD + LAST_CHUNK < max) {
        size_t at = n + (chunked ? 6 : 0), got = take(s, record + at, max - n - CHUNK_OVERHEAD - LAST_CHUNK);
        if (chunked) {
            static const char hex[] = "0123456789abcdef"; /* leading zeros are fine in a chunk size */
            for (int i = 0; i < 4; i++) record[n + (size_t)i] = hex[got >> (12 - 4 * i) & 15];
            memcpy(record + n + 4, "\r\n", 2);
            memcpy(record + at + got, "\r\n", 2);
        }
        n = at + got + (chunked ? 2 : 0);
    }
    if (s->ending && !s->count && !s->last_sent) {
        s->last_sent = true;
        n += last_words(s, record + n);
    }
    return n;
}

/* n 0: goes on with a record that was stuck. False: the connection is dead. */
static bool send_record(struct stream *s, size_t n)
{
    ssize_t sent = gnutls_record_send(s->x->r.conn->tls, n ? record : NULL, n);
    s->blocked = sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED;
    return s->blocked || (sent > 0 && (!n || (size_t)sent == n));
}

static void stream_free(struct stream *s)
{
    for (; s->count; s->count--, s->first = (s->first + 1) & (s->cap - 1)) blob_unref(s->segs[s->first].blob);
    free(s->segs);
    free(s->marks);
    free(s->ws);
    buf_release(&s->head);
    free(s);
}

/* Gives the connection back to libmicrohttpd, which closes it. */
static void hand_back(struct stream *s)
{
    struct exchange *x = s->x;
    run_marks(s, true);
    s->ops->closed(s, s->arg);
    stream_free(s);
    atomic_fetch_sub(&open_count, 1);
    x->stream = NULL;
    atomic_store(&x->state, EX_OVER);
    server_resume(x);
    exchange_unref(x);
}

static void close_stream(struct stream *s)
{
    ready_remove(s);
    if (s->prev)
        s->prev->next = s->next;
    else
        all = s->next;
    if (s->next) s->next->prev = s->prev;
    s->x->r.conn->stream = NULL;
    loop_del(s->x->r.conn->fd);
    hand_back(s);
}

/* ---- Receiving ---- */

/* A client that pings and does not read gets no pongs; it may want them for the newest ping only. */
static void pong(struct stream *s)
{
    if (stream_full(s) || s->ending) return;
    push(s, blob_new(str_n((const char *)s->in.control, s->in.control_n)), WS_PONG, 0);
    ready_add(s);
}

/* What a WebSocket's client sends. */
static void hear(struct stream *s, struct str bytes)
{
    while (!s->ending) {
        enum ws_status status;
        switch (ws_read(&s->in, &bytes, &status)) {
        case WS_NEED_MORE: return;
        case WS_GOT_PING: pong(s); break;
        case WS_GOT_CLOSE:
        case WS_BAD: s->close = status; stream_end(s);
        }
    }
}

void stream_listen(struct stream *s)
{
    s->deaf = false;
    s->unread = true; /* no event tells of what came meanwhile */
    ready_add(s);
}

/* GnuTLS says "again" behind a message of TLS's own, though more may be here already. */
static bool has_input(const struct stream *s)
{
    struct pollfd p = {.fd = s->x->r.conn->fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/* On a plain stream clients have nothing to say, but TLS has (key updates, close_notify). False: the peer is gone. */
static bool read_input(struct stream *s)
{
    s->unread = s->deaf;
    for (int i = 0; i < INPUT_READS_MAX && !s->deaf; i++) {
        ssize_t n = gnutls_record_recv(s->x->r.conn->tls, input, sizeof input);
        if (n == GNUTLS_E_AGAIN && !(s->raw && has_input(s))) return true;
        if (n == 0 || (n < 0 && gnutls_error_is_fatal((int)n))) return false;
        if (n > 0 && s->ws) hear(s, str_n(input, (size_t)n));
        if (n > 0 && s->raw) s->deaf = !s->ops->hear(s, str_n(input, (size_t)n), s->arg);
    }
    if (s->deaf) return true;
    s->unread = true;
    ready_add(s);
    return true;
}

enum served { SERVED_IDLE, SERVED_MORE, SERVED_OVER };

/* Sends up to TURN_BYTES. */
static enum served serve(struct stream *s)
{
    if (s->unread && !read_input(s)) return SERVED_OVER;
    if (s->blocked) {
        if (!send_record(s, 0)) return SERVED_OVER;
        if (s->blocked) return SERVED_IDLE;
    }
    for (size_t sent = 0; sent < TURN_BYTES && !s->last_sent;) {
        if (s->want_fill && !s->ending && !stream_full(s)) {
            s->want_fill = false;
            s->ops->fill(s, s->arg);
        }
        if (s->broken) return SERVED_OVER;
        size_t n = build(s);
        if (!n) return s->last_sent ? SERVED_OVER : SERVED_IDLE;
        if (!send_record(s, n)) return SERVED_OVER;
        run_marks(s, false);
        s->want_fill |= s->queued < QUEUE_HIGH / 2;
        if (s->blocked) return SERVED_IDLE;
        sent += n;
    }
    return s->last_sent ? SERVED_OVER : SERVED_MORE;
}

/* One turn for each stream that was ready at its beginning. True: some still are. */
static bool serve_round(void)
{
    struct stream *last = ready_last;
    for (struct stream *s; (s = ready_first);) {
        bool end = s == last;
        ready_remove(s);
        switch (serve(s)) {
        case SERVED_IDLE: break;
        case SERVED_MORE: ready_add(s); break;
        case SERVED_OVER: close_stream(s); break;
        }
        if (end) break;
    }
    return ready_first != NULL;
}

void stream_event(struct stream *s, uint32_t events)
{
    /* Of a raw stream what was sent before the end counts: it is read up to there. */
    bool gone = events & (EPOLLHUP | EPOLLERR) || (!s->raw && events & EPOLLRDHUP);
    if (gone || ((events & EPOLLIN) && !read_input(s))) {
        close_stream(s);
        return;
    }
    if ((events & EPOLLOUT) && s->blocked) ready_add(s);
}

/* ---- Beginning and ending ---- */

/* RFC 9110 IMF-fixdate, from RFC 3339. */
static void add_date(struct buf *out)
{
    static const char days[] = "ThuFriSatSunMonTueWed", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char t[CLK_TEXT_MAX];
    int64_t now_s = mono_wall_ms() / 1000;
    clk_rfc3339(now_s, t);
    int month = (t[5] - '0') * 10 + t[6] - '0';
    buf_addf(out, "Date: %.3s, %.2s %.3s %.4s %.8s GMT\r\n", days + now_s / 86400 % 7 * 3, t + 8,
             months + (month - 1) * 3, t, t + 11);
}

static void write_head(struct stream *s, const char *content_type)
{
    struct exchange *x = s->x;
    buf_init(&s->head, STREAM_QUEUE_MAX);
    unsigned code = x->r.resp.code ? (unsigned)x->r.resp.code : MHD_HTTP_OK;
    buf_addf(&s->head, "HTTP/1.%d %u %s\r\n", x->http10 ? 0 : 1, code, MHD_get_reason_phrase_for(code));
    buf_addf(&s->head, "Audit-Id: %s\r\nCache-Control: no-cache, private\r\nContent-Type: %s\r\n", x->audit_id,
             content_type);
    add_date(&s->head);
    for (int i = 0; i < x->r.resp.nheaders; i++) {
        const struct header *h = &x->r.resp.headers[i];
        if (!strpbrk(h->value, "\r\n")) buf_addf(&s->head, "%s: %s\r\n", h->name, h->value);
    }
    /* The library cannot have the connection back for another request. */
    buf_cstr(&s->head,
             x->http10 ? "Connection: close\r\n\r\n" : "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
}

static void write_socket_head(struct stream *s)
{
    buf_init(&s->head, STREAM_QUEUE_MAX);
    buf_addf(&s->head,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n",
             s->ws->accept);
    if (s->ws->protocol.n) buf_addf(&s->head, "Sec-WebSocket-Protocol: %.*s\r\n", STR_ARG(s->ws->protocol));
    buf_cstr(&s->head, "\r\n");
}

static struct stream *stream_new(struct request *r, const struct stream_ops *ops, void *arg)
{
    struct exchange *x = exchange_of(r);
    struct stream *s = xcalloc(1, sizeof *s);
    *s = (struct stream){.x = x, .ops = ops, .arg = arg, .want_fill = true, .ending = x->head, .close = WS_NORMAL};
    return s;
}

static void start(struct stream *s)
{
    struct exchange *x = s->x;
    x->stream = s;
    atomic_fetch_add(&open_count, 1);
    int old = atomic_exchange(&x->state, EX_STREAM);
    KASSERT(old == EX_RUNNING || old == EX_SUSPENDED || old == EX_ABANDONED);
    if (old == EX_SUSPENDED) stream_adopt(x);
    if (old != EX_ABANDONED) return; /* RUNNING: the epoll thread is about to suspend it and adopts then */
    s->ops->closed(s, s->arg);
    stream_free(s);
    atomic_fetch_sub(&open_count, 1);
    exchange_unref(x);
}

void stream_start(struct request *r, const char *content_type, const struct stream_ops *ops, void *arg)
{
    struct stream *s = stream_new(r, ops, arg);
    write_head(s, content_type);
    start(s);
}

void stream_start_socket(struct request *r, const struct stream_socket *ws, const struct stream_ops *ops, void *arg)
{
    struct stream *s = stream_new(r, ops, arg);
    s->ws = xmalloc(sizeof *ws);
    *s->ws = *ws;
    write_socket_head(s);
    start(s);
}

void stream_start_raw(struct request *r, struct str head, const struct stream_ops *ops, void *arg)
{
    struct stream *s = stream_new(r, ops, arg);
    s->raw = true;
    buf_init(&s->head, SIZE_MAX);
    buf_str(&s->head, head);
    start(s);
}

static void adopt(void *arg)
{
    struct stream *s = arg;
    struct http_conn *c = s->x->r.conn;
    s->next = all;
    if (all) all->prev = s;
    all = s;
    c->stream = s;
    if (atomic_load(&c->gone) || server_stopping(c->server)) {
        close_stream(s);
        return;
    }
    s->record_max = MIN(gnutls_record_get_max_size(c->tls), sizeof record);
    /* libmicrohttpd leaves its cork on: the kernel would keep every event that fills no segment for 200 ms. */
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_CORK, &(int){0}, sizeof(int));
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    loop_mod(c->fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP, &c->io);
    s->unread = s->ws || s->raw; /* TLS may have decrypted more than the library took: no event tells of that */
    ready_add(s);
}

void stream_adopt(struct exchange *x)
{
    if (!loop_post(adopt, x->stream)) hand_back(x->stream);
}

/* A last turn for what is queued, then the end. */
static void end_where(const struct server *of)
{
    for (struct stream *s = all, *next; s; s = next) {
        next = s->next;
        if (of && s->x->r.conn->server != of) continue;
        s->ending = true;
        (void)serve(s);
        close_stream(s);
    }
}

static void end_of_server(void *arg) { end_where(arg); }
static void end_of_loop(void) { end_where(NULL); }

void stream_end_all(const struct server *s) { (void)loop_post(end_of_server, (void *)s); }
void stream_init(void)
{
    if (!loop_running()) loop_start(serve_round, end_of_loop);
}
void stream_shutdown(void) { loop_stop(); }
size_t stream_count(void) { return atomic_load(&open_count); }

bool stream_post(void (*fn)(void *arg), void *arg) { return loop_post(fn, arg); }
uint64_t stream_at(int64_t mono_due_ns, void (*fn)(void *arg), void *arg) { return loop_at(mono_due_ns, fn, arg); }
void stream_cancel_at(uint64_t id) { loop_cancel(id); }
