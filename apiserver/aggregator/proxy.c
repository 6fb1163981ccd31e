/* proxy.c - see proxy.h. The request is suspended; the relay's thread talks to the server. A short response is
 * collected and sent as one of ours, a long or lasting one becomes a stream. Reads: the request; the server's response.
 * Writes: the response. Upstream: kube-aggregator pkg/apiserver/handler_proxy.go, apimachinery pkg/util/proxy,
 * net/http/httputil. */
#include "apiserver/aggregator/proxy.h"

#include "apiserver/aggregator/aggregator.h"
#include "apiserver/aggregator/fetch.h"
#include "apiserver/http/stream.h"
#include "apiserver/rest/rest.h"
#include "apiserver/rest/status.h"
#include "base/thread.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static _Atomic int under_way;

struct proxied { /* owners: the call, the request's end, the stream, and each post under way */
    _Atomic int refs;
    struct remote *remote;
    struct arena arena; /* what goes out; written before the call begins */
    struct http_call_request rq;
    bool lasting; /* a watch or the like */
    /* relay thread */
    struct request *r; /* until it is finished or the stream has it */
    struct http_call *call;
    int status;
    bool rejected; /* what was answered is not passed on */
    const char *content_type;
    struct buf collected;
    bool streaming;
    pthread_mutex_t lock; /* what follows */
    struct buf queue;
    struct stream *stream;
    bool over;   /* the server has ended */
    bool failed; /* not well */
    bool gone;   /* the client has */
    bool kicked; /* one is under way */
    bool paused; /* the server waits for room in the queue */
};

static void proxied_drop(struct proxied *y, int refs)
{
    if (atomic_fetch_sub(&y->refs, refs) != refs) return;
    remote_unref(y->remote);
    buf_release(&y->collected);
    buf_release(&y->queue);
    pthread_mutex_destroy(&y->lock);
    arena_release(&y->arena);
    free(y);
}

static void proxied_unref(struct proxied *y) { proxied_drop(y, 1); }

/* fn(y) on the relay's thread, with a reference of its own that fn gives back. The caller has one, too. */
static void post(struct proxied *y, void (*fn)(void *arg))
{
    atomic_fetch_add(&y->refs, 1);
    if (!aggregator_post(fn, y)) atomic_fetch_sub(&y->refs, 1);
}

/* ---- Answers of our own: http.Error ---- */

static void answer_text(struct request *r, int code, const char *text)
{
    response_header(r, "X-Content-Type-Options", "nosniff");
    r->resp.code = code;
    r->resp.content_type = "text/plain; charset=utf-8";
    buf_init(&r->resp.body, strlen(text) + 2);
    buf_cstr(&r->resp.body, text);
    buf_char(&r->resp.body, '\n');
    rest_finish(r);
}

static void answer_error(struct proxied *y, const struct err *e)
{
    struct request *r = y->r;
    y->r = NULL;
    r->resp.nheaders = 0; /* those of the response that was not whole */
    if (e->code == ERR_TIMEOUT && y->rq.timeout_ms == PROXIED_TIMEOUT_MS) {
        status_failf(r, ERR_TIMEOUT, "Timeout: request did not complete within the allotted timeout");
        rest_finish(r);
        return;
    }
    answer_text(r, 503, arena_printf(&r->arena, "error trying to reach service: %s", e->text));
}

/* ---- The stream to the client ---- */

static void resume(void *arg)
{
    struct proxied *y = arg;
    mutex_lock(&y->lock);
    bool paused = y->paused;
    y->paused = false;
    mutex_unlock(&y->lock);
    if (paused && y->call) http_call_resume(y->call);
    proxied_unref(y);
}

/* The client has left: nobody waits for the server. */
static void cancel(void *arg)
{
    struct proxied *y = arg;
    int refs = 1;
    if (y->call) {
        const struct err e = {.code = ERR_CLOSED, .text = "context canceled"};
        http_call_cancel(y->call);
        y->call = NULL;
        if (y->r) answer_error(y, &e);
        atomic_fetch_sub(&under_way, 1);
        refs++; /* the call's */
    }
    proxied_drop(y, refs);
}

static void fill(struct stream *s, void *arg)
{
    struct proxied *y = arg;
    mutex_lock(&y->lock);
    y->stream = s;
    if (!stream_full(s) && y->queue.n) {
        stream_write(s, buf_view(&y->queue));
        y->queue.n = 0;
    }
    bool end = y->over && !y->queue.n, failed = y->failed, more = y->paused && !y->queue.n;
    mutex_unlock(&y->lock);
    if (more) post(y, resume);
    if (end && failed)
        stream_abort(s);
    else if (end)
        stream_end(s);
}

static void closed(struct stream *s, void *arg)
{
    struct proxied *y = arg;
    (void)s;
    mutex_lock(&y->lock);
    y->gone = true;
    y->stream = NULL;
    mutex_unlock(&y->lock);
    post(y, cancel);
    proxied_unref(y);
}

static void kick(void *arg)
{
    struct proxied *y = arg;
    mutex_lock(&y->lock);
    y->kicked = false;
    struct stream *s = y->stream;
    mutex_unlock(&y->lock);
    if (s) stream_kick(s); /* on the stream thread: it cannot go meanwhile */
    proxied_unref(y);
}

/* Under the lock. */
static void kick_soon(struct proxied *y)
{
    if (y->kicked) return;
    y->kicked = true;
    atomic_fetch_add(&y->refs, 1);
    if (stream_post(kick, y)) return;
    y->gone = true; /* the server ends */
    atomic_fetch_sub(&y->refs, 1);
}

static void begin_stream(struct proxied *y)
{
    static const struct stream_ops ops = {.fill = fill, .closed = closed};
    struct request *r = y->r;
    y->r = NULL;
    y->streaming = true;
    buf_add(&y->queue, y->collected.p, y->collected.n);
    buf_release(&y->collected);
    r->resp.code = y->status;
    atomic_fetch_add(&y->refs, 1);
    stream_start(r, y->content_type ? y->content_type : "application/octet-stream", &ops, y);
}

/* ---- What the server answers ---- */

static bool is_one_of(struct str name, const char *const *list)
{
    for (; *list; list++)
        if (name.n == strlen(*list) && strncasecmp(name.p, *list, name.n) == 0) return true;
    return false;
}

/* About one connection, not about the message; Trailer and TE come with chunks that are read here. */
static const char *const hop_by_hop[] = {"Connection",
                                         "Keep-Alive",
                                         "Proxy-Authenticate",
                                         "Proxy-Authorization",
                                         "Proxy-Connection",
                                         "TE",
                                         "Trailer",
                                         "Transfer-Encoding",
                                         "Upgrade",
                                         NULL};

static void header(void *arg, struct str name, struct str value)
{
    static const char *const ours[] = {"Audit-Id", "Content-Length", "Date", NULL};
    struct proxied *y = arg;
    if (!y->r || is_one_of(name, hop_by_hop) || is_one_of(name, ours)) return;
    struct arena *a = &y->r->arena;
    if (is_one_of(name, (const char *const[]){"Content-Type", NULL}))
        y->content_type = str_cstr(a, value);
    else if (!is_one_of(name, (const char *const[]){"Cache-Control", NULL}) || !str_eqc(value, "no-cache, private"))
        response_add_header(y->r, str_cstr(a, name), str_cstr(a, value));
    y->rejected |= is_one_of(name, (const char *const[]){"Location", NULL}) && value.n;
}

static void head(void *arg, int status)
{
    struct proxied *y = arg;
    y->status = status;
    y->rejected &= status >= 300 && status <= 399;
    if (y->lasting && status == 200) begin_stream(y);
}

static bool body(void *arg, struct str bytes)
{
    struct proxied *y = arg;
    if (y->rejected) return true;
    if (!y->streaming && y->collected.n + bytes.n <= PROXIED_COLLECT_MAX) {
        buf_str(&y->collected, bytes);
        return true;
    }
    if (!y->streaming) begin_stream(y);
    mutex_lock(&y->lock);
    y->paused = !y->gone && y->queue.n > PROXIED_QUEUE_MAX;
    bool taken = !y->paused;
    if (taken && !y->gone) buf_str(&y->queue, bytes);
    kick_soon(y);
    mutex_unlock(&y->lock);
    return taken;
}

static void done(void *arg, const struct err *e)
{
    struct proxied *y = arg;
    y->call = NULL;
    atomic_fetch_sub(&under_way, 1);
    struct request *r = y->r;
    if (y->streaming) {
        mutex_lock(&y->lock);
        y->over = true;
        y->failed = e != NULL;
        kick_soon(y);
        mutex_unlock(&y->lock);
    } else if (e) {
        answer_error(y, e);
    } else if (y->rejected) {
        y->r = NULL;
        r->resp.nheaders = 0;
        answer_text(r, 502, "the backend attempted to redirect this request, which is not permitted");
    } else {
        y->r = NULL;
        r->resp.code = y->status;
        r->resp.content_type = y->content_type;
        buf_release(&r->resp.body);
        r->resp.body = y->collected;
        buf_init(&y->collected, 0);
        rest_finish(r);
    }
    proxied_unref(y);
}

/* ---- What goes out ---- */

/* Of the path behind /apis/G/V: requests that end when somebody wants it (upstream's long running ones). */
static bool is_lasting(const struct request *r, struct str rest)
{
    static const char *const subs[] = {"attach", "exec", "proxy", "log", "portforward", NULL};
    const struct query_arg *watch = request_arg(r, "watch");
    if (watch && !str_eqc(watch->value, "false") && !str_eqc(watch->value, "0")) return true;
    struct str segment;
    int n = 0;
    bool scoped = false;
    while (rest.n) {
        segment = str_cut(rest, '/', &rest);
        if (!segment.n) continue;
        if (n == 0 && str_eqc(segment, "watch")) return true;
        scoped |= n == 0 && str_eqc(segment, "namespaces");
        if (n == (scoped ? 4 : 2) && is_one_of(segment, subs)) return true;
        n++;
    }
    return false;
}

static int count_segments(struct str path)
{
    int n = 0;
    while (path.n) n += str_cut(path, '/', &path).n > 0;
    return n;
}

/* A client does not say itself who it is, nor to us anew. */
static bool is_withheld(struct str name, struct str connection)
{
    static const char *const ours[] = {"Authorization",
                                       "Host",
                                       "Content-Length",
                                       "Expect",
                                       "X-Remote-User",
                                       "X-Remote-Uid",
                                       "X-Remote-Group",
                                       "X-Forwarded-For",
                                       "X-Forwarded-Uri",
                                       "X-Forwarded-Host",
                                       "X-Forwarded-Proto",
                                       "Audit-Id",
                                       NULL};
    static const char *const prefixes[] = {"X-Remote-Extra-", "Impersonate-"};
    if (is_one_of(name, hop_by_hop) || is_one_of(name, ours)) return true;
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (name.n >= strlen(prefixes[i]) && strncasecmp(name.p, prefixes[i], strlen(prefixes[i])) == 0) return true;
    while (connection.n) {
        struct str word = str_trim(str_cut(connection, ',', &connection));
        if (word.n == name.n && strncasecmp(word.p, name.p, name.n) == 0) return true;
    }
    return false;
}

static const char *forwarded_for(struct arena *a, const struct request *r)
{
    char peer[INET6_ADDRSTRLEN + 32];
    struct str before = request_header(r, "X-Forwarded-For");
    if (!request_peer(r, peer, sizeof peer)) return "X-Forwarded-For;";
    return before.n ? arena_printf(a, "X-Forwarded-For: %.*s, %s", STR_ARG(before), peer)
                    : arena_printf(a, "X-Forwarded-For: %s", peer);
}

/* False: *bad is the header that a name does not fit in. */
static bool make_headers(struct proxied *y, const struct request *r, const char **bad)
{
    struct arena *a = &y->arena;
    const struct header *in;
    int count = request_headers(r, &in), n = 0;
    struct str connection = request_header(r, "Connection");
    const char **who = front_proxy_headers(a, &r->user, bad);
    const char **out = ARENA_ARRAY(a, const char *, PROXIED_HEADERS_MAX + 8);
    bool has_type = false;
    if (!who) return false;
    for (int i = 0; i < count && n < PROXIED_HEADERS_MAX / 2; i++) {
        if (is_withheld(str_of(in[i].name), connection)) continue;
        out[n++] = arena_printf(a, *in[i].value ? "%s: %s" : "%s;", in[i].name, in[i].value);
        has_type |= strcasecmp(in[i].name, "Content-Type") == 0;
    }
    if (!has_type) out[n++] = "Content-Type:"; /* none, instead of libcurl's own */
    for (int i = 0; who[i] && n < PROXIED_HEADERS_MAX; i++) out[n++] = who[i];
    out[n++] = arena_printf(a, "Host: %s", y->rq.address);
    out[n++] = forwarded_for(a, r);
    out[n++] = arena_printf(a, "X-Forwarded-Uri: %.*s", STR_ARG(r->path));
    out[n++] = arena_printf(a, "X-Forwarded-Host: %s", y->rq.address);
    out[n++] = "X-Forwarded-Proto: https";
    out[n++] = arena_printf(a, "Audit-ID: %s", request_audit_id(r));
    y->rq.headers = out;
    return true;
}

static void begin(void *arg)
{
    static const struct http_call_ops ops = {.header = header, .head = head, .body = body, .done = done};
    struct proxied *y = arg;
    y->call = http_call_start(aggregator_relay(), &y->rq, &ops, y);
    mutex_lock(&y->lock);
    bool gone = y->gone;
    mutex_unlock(&y->lock);
    if (gone) post(y, cancel);
}

/* The response was sent, or the client left before. */
static void on_end(struct request *r)
{
    struct proxied *y = r->ctx;
    mutex_lock(&y->lock);
    y->gone = true;
    mutex_unlock(&y->lock);
    post(y, cancel);
    proxied_unref(y);
}

static bool is_upgrade(const struct request *r)
{
    struct str rest = request_header(r, "Connection");
    while (rest.n) {
        struct str word = str_trim(str_cut(rest, ',', &rest));
        if (is_one_of(word, (const char *const[]){"Upgrade", NULL})) return true;
    }
    return false;
}

static struct proxied *proxied_new(struct request *r, struct remote *m, const struct endpoint *ep)
{
    struct proxied *y = xcalloc(1, sizeof *y);
    struct arena *a = &y->arena;
    bool discovery = count_segments(r->path) == 3;
    atomic_init(&y->refs, 2);
    y->remote = m;
    y->r = r;
    pthread_mutex_init(&y->lock, NULL);
    buf_init(&y->queue, SIZE_MAX);
    buf_init(&y->collected, SIZE_MAX);
    fetch_address(a, m, ep, r->query.n ? str_printf(a, "%.*s?%.*s", STR_ARG(r->path), STR_ARG(r->query)) : r->path,
                  &y->rq);
    struct str rest = r->path;
    for (int i = 0; i < 4; i++) (void)str_cut(rest, '/', &rest);
    y->lasting = is_lasting(r, rest);
    y->rq.timeout_ms = discovery ? DISCOVERY_TIMEOUT_MS : y->lasting ? 0 : PROXIED_TIMEOUT_MS;
    y->rq.method = str_cstr(a, r->method);
    y->rq.body = str_copy(a, r->body);
    return y;
}

void proxy_request(struct request *r, struct remote *m)
{
    struct err e = ERR_INIT;
    struct service_view view;
    struct endpoint ep;
    static _Atomic uint64_t turn;
    const char *bad;
    if (r->body_too_large) {
        status_failf(r, ERR_TOO_LARGE, "limit is %d", BODY_MAX);
        rest_finish(r);
        remote_unref(m);
        return;
    }
    if (is_upgrade(r)) {
        answer_text(r, 501, "this version of kubestep does not upgrade connections to aggregated APIs");
        remote_unref(m);
        return;
    }
    bool available = atomic_load(&m->available);
    if (available) endpoint_load(&r->arena, &m->service, &view);
    if (!available || !endpoint_choose(&view, &m->service, atomic_fetch_add(&turn, 1), &ep, &e)) {
        answer_text(r, 503, "service unavailable");
        remote_unref(m);
        return;
    }
    if (atomic_fetch_add(&under_way, 1) >= PROXIED_MAX) {
        atomic_fetch_sub(&under_way, 1);
        status_failf(r, ERR_TOO_MANY, "too many requests of aggregated APIs, please try again later");
        rest_finish(r);
        remote_unref(m);
        return;
    }
    struct proxied *y = proxied_new(r, m, &ep);
    if (!make_headers(y, r, &bad)) {
        err_set(&e, ERR_BAD_REQUEST, "net/http: invalid header field value for \"%s\"", bad);
    } else {
        r->ctx = y;
        (void)request_on_done(r, on_end);
        if (aggregator_post(begin, y)) return;
        err_set(&e, ERR_CLOSED, "the server is shutting down");
        r->on_done = NULL;
    }
    atomic_fetch_sub(&under_way, 1);
    answer_error(y, &e);
    proxied_drop(y, 2);
}
