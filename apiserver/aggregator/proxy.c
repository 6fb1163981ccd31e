/* proxy.c - see proxy.h. The request is suspended; the relay's thread talks to the server. A short response is
 * collected and sent as one of ours, a long or lasting one becomes a stream. Reads: the request; the server's response.
 * Writes: the response. Upstream: kube-aggregator pkg/apiserver/handler_proxy.go, apimachinery pkg/util/proxy,
 * net/http/httputil. */
#include "apiserver/aggregator/proxy.h"

#include "apiserver/aggregator/aggregator.h"
#include "apiserver/aggregator/fetch.h"
#include "apiserver/aggregator/headers.h"
#include "apiserver/aggregator/upgrade.h"
#include "apiserver/http/feed.h"
#include "apiserver/rest/rest.h"
#include "apiserver/rest/status.h"

#include <stdlib.h>

static _Atomic int under_way;

bool proxy_begins(void)
{
    if (atomic_fetch_add(&under_way, 1) < PROXIED_MAX) return true;
    proxy_ends();
    return false;
}

void proxy_ends(void) { atomic_fetch_sub(&under_way, 1); }

struct proxied { /* owners: the call, the request's end, the feed, and each post under way */
    _Atomic int refs;
    _Atomic bool gone; /* the client is */
    struct remote *remote;
    struct arena arena; /* what goes out; written before the call begins */
    struct http_call_request rq;
    bool lasting; /* a watch or the like */
    /* relay thread */
    struct request *r; /* until it is finished or the feed has it */
    struct http_call *call;
    int status;
    bool rejected; /* what was answered is not passed on */
    const char *content_type;
    struct buf collected;
    struct feed *feed; /* once it is a stream */
};

static void proxied_drop(struct proxied *y, int refs)
{
    if (atomic_fetch_sub(&y->refs, refs) != refs) return;
    remote_unref(y->remote);
    buf_release(&y->collected);
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

void proxy_answer(struct request *r, int code, const char *text)
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
    proxy_answer(r, 503, arena_printf(&r->arena, "error trying to reach service: %s", e->text));
}

/* ---- The stream to the client ---- */

static void resume(void *arg)
{
    struct proxied *y = arg;
    if (y->call) http_call_resume(y->call);
    proxied_unref(y);
}

static void end_feed(struct proxied *y, bool whole)
{
    struct feed *f = y->feed;
    y->feed = NULL;
    if (f) feed_end(f, whole);
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
        end_feed(y, false);
        proxy_ends();
        refs++; /* the call's */
    }
    proxied_drop(y, refs);
}

static void on_room(void *arg) { post(arg, resume); }

static void on_left(void *arg)
{
    struct proxied *y = arg;
    atomic_store(&y->gone, true);
    post(y, cancel);
    proxied_unref(y);
}

static void begin_stream(struct proxied *y)
{
    static const struct feed_ops ops = {.room = on_room, .left = on_left};
    struct request *r = y->r;
    y->r = NULL;
    r->resp.code = y->status;
    atomic_fetch_add(&y->refs, 1);
    y->feed = feed_start(r, y->content_type ? y->content_type : "application/octet-stream", PROXIED_QUEUE_MAX, &ops, y);
    (void)feed_write(y->feed, buf_view(&y->collected)); /* the first bytes: there is room */
    buf_release(&y->collected);
}

/* ---- What the server answers ---- */

static void header(void *arg, struct str name, struct str value)
{
    static const char *const ours[] = {"Audit-Id", "Content-Length", "Date", NULL};
    struct proxied *y = arg;
    if (!y->r || header_is_one_of(name, hop_by_hop_headers) || header_is_one_of(name, ours)) return;
    struct arena *a = &y->r->arena;
    if (header_is_one_of(name, (const char *const[]){"Content-Type", NULL}))
        y->content_type = str_cstr(a, value);
    else if (!header_is_one_of(name, (const char *const[]){"Cache-Control", NULL}) ||
             !str_eqc(value, "no-cache, private"))
        response_add_header(y->r, str_cstr(a, name), str_cstr(a, value));
    y->rejected |= header_is_one_of(name, (const char *const[]){"Location", NULL}) && value.n;
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
    if (!y->feed && y->collected.n + bytes.n <= PROXIED_COLLECT_MAX) {
        buf_str(&y->collected, bytes);
        return true;
    }
    if (!y->feed) begin_stream(y);
    return feed_write(y->feed, bytes);
}

static void done(void *arg, const struct err *e)
{
    struct proxied *y = arg;
    y->call = NULL;
    proxy_ends();
    struct request *r = y->r;
    if (y->feed) {
        end_feed(y, !e);
    } else if (e) {
        answer_error(y, e);
    } else if (y->rejected) {
        y->r = NULL;
        r->resp.nheaders = 0;
        proxy_answer(r, 502, "the backend attempted to redirect this request, which is not permitted");
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
        if (n == (scoped ? 4 : 2) && header_is_one_of(segment, subs)) return true;
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

static void begin(void *arg)
{
    static const struct http_call_ops ops = {.header = header, .head = head, .body = body, .done = done};
    struct proxied *y = arg;
    y->call = http_call_start(aggregator_relay(), &y->rq, &ops, y);
    if (atomic_load(&y->gone)) post(y, cancel);
}

/* The response was sent, or the client left before. */
static void on_end(struct request *r)
{
    struct proxied *y = r->ctx;
    atomic_store(&y->gone, true);
    post(y, cancel);
    proxied_unref(y);
}

static struct proxied *proxied_new(struct request *r, struct remote *m, const struct endpoint *ep)
{
    struct proxied *y = xcalloc(1, sizeof *y);
    struct arena *a = &y->arena;
    bool discovery = count_segments(r->path) == 3;
    atomic_init(&y->refs, 2);
    y->remote = m;
    y->r = r;
    buf_init(&y->collected, SIZE_MAX);
    fetch_address(a, m, ep, headers_target(a, r), &y->rq);
    struct str rest = r->path;
    for (int i = 0; i < 4; i++) (void)str_cut(rest, '/', &rest);
    y->lasting = is_lasting(r, rest);
    y->rq.timeout_ms = discovery ? DISCOVERY_TIMEOUT_MS : y->lasting ? 0 : PROXIED_TIMEOUT_MS;
    y->rq.method = str_cstr(a, r->method);
    y->rq.body = str_copy(a, r->body);
    return y;
}

/* The request is taken over, or answered. */
static void pass_on(struct request *r, struct remote *m, const struct endpoint *ep)
{
    struct err e = ERR_INIT;
    struct proxied *y = proxied_new(r, m, ep);
    const char *bad;
    y->rq.headers = headers_of_request(&y->arena, r, y->rq.address, &bad);
    if (!y->rq.headers) {
        proxy_bad_header(&e, bad);
    } else {
        r->ctx = y;
        (void)request_on_done(r, on_end);
        if (aggregator_post(begin, y)) return;
        err_set(&e, ERR_CLOSED, "the server is shutting down");
        r->on_done = NULL;
    }
    proxy_ends();
    answer_error(y, &e);
    proxied_drop(y, 2);
}

void proxy_bad_header(struct err *e, const char *name)
{
    err_set(e, ERR_BAD_REQUEST, "net/http: invalid header field value for \"%s\"", name);
}

void proxy_request(struct request *r, struct remote *m)
{
    struct err e = ERR_INIT;
    struct service_view view;
    struct endpoint ep;
    static _Atomic uint64_t turn;
    bool available = atomic_load(&m->available);
    if (r->body_too_large) {
        status_failf(r, ERR_TOO_LARGE, "limit is %d", BODY_MAX);
        rest_finish(r);
    } else if (!available || (endpoint_load(&r->arena, &m->service, &view),
                              !endpoint_choose(&view, &m->service, atomic_fetch_add(&turn, 1), &ep, &e))) {
        proxy_answer(r, 503, "service unavailable");
    } else if (!proxy_begins()) {
        status_failf(r, ERR_TOO_MANY, "too many requests of aggregated APIs, please try again later");
        rest_finish(r);
    } else if (headers_ask_upgrade(r)) {
        upgrade_request(r, m, &ep);
        return;
    } else {
        pass_on(r, m, &ep);
        return;
    }
    remote_unref(m);
}
