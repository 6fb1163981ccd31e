/* stream.c - responses read line by line as they come (watch, log -f).
 * Reads: the response.   Writes: nothing after the request. */
#include "conn.h"

#include "base/mem.h"
#include "base/mono.h"

#include <stdlib.h>

struct http_stream {
    struct conn *c;
    struct http_response *out; /* the response's header; its body stays empty. Its own memory, the caller's went away */
    struct buf in;
    size_t at, scanned; /* in.p[at..]: not given yet; [at..scanned) holds no newline */
};

static void stream_free(struct http_stream *s)
{
    if (s->c) conn_end(s->c);
    buf_release(&s->in);
    http_response_release(s->out);
    free(s->out);
    free(s);
}

static void give_head(const struct http_response *from, struct http_response *to)
{
    if (!to) return;
    struct buf body = to->body;
    *to = *from;
    to->body = body;
    buf_clear(&to->body);
    buf_str(&to->body, buf_view(&from->body));
}

static void refuse(const struct http_stream *s, const struct http_request *rq, struct err *e)
{
    err_set(e, err_from_http(s->out->status, NULL), "%s %s: status %d", rq->method, rq->path, s->out->status);
}

struct http_stream *http_open(struct http *h, const struct http_request *rq, struct http_response *out, struct err *e)
{
    int64_t deadline = mono_ns() + (rq->timeout_ms ? rq->timeout_ms : HTTP_TIMEOUT_MS) * 1000000;
    struct http_stream *s = xcalloc(1, sizeof *s);
    s->out = xmalloc(sizeof *s->out);
    http_response_init(s->out);
    buf_init(&s->in, HTTP_LINE_MAX);
    s->c = conn_begin(h, rq, s->out, &s->in, e);
    bool ok = s->c != NULL;
    while (ok && !s->c->done && !(s->c->header_done && s->out->status == 200)) ok = conn_step(s->c, deadline, e);
    ok = ok && !conn_failed(s->c, e);
    give_head(s->out, out);
    if (ok && s->out->status == 200) return s;
    if (ok)
        refuse(s, rq, e);
    else
        err_context(e, "%s", rq->method);
    stream_free(s);
    return NULL;
}

/* The next whole line, if it is there already. */
static bool cut_line(struct http_stream *s, struct str *line)
{
    const char *from = s->in.p ? s->in.p + s->scanned : NULL;
    const char *nl = s->in.n > s->scanned ? memchr(from, '\n', s->in.n - s->scanned) : NULL;
    if (!nl) return s->scanned = s->in.n, false;
    *line = str_n(s->in.p + s->at, (size_t)(nl - s->in.p) - s->at);
    s->at = s->scanned = (size_t)(nl - s->in.p) + 1;
    return true;
}

/* Makes room for what comes: the lines given so far are no longer needed. */
static void compact(struct http_stream *s)
{
    buf_drop_front(&s->in, s->at);
    s->scanned -= s->at;
    s->at = 0;
}

static int at_end(struct http_stream *s, struct str *line, struct err *e)
{
    if (conn_failed(s->c, e)) return -1;
    if (s->in.n == s->at) return 0;
    *line = str_n(s->in.p + s->at, s->in.n - s->at);
    s->at = s->scanned = s->in.n;
    return 1;
}

int http_stream_line(struct http_stream *s, struct str *line, int64_t deadline_ns, struct err *e)
{
    while (!cut_line(s, line)) {
        if (s->c->done) return at_end(s, line, e);
        compact(s);
        if (!conn_step(s->c, deadline_ns, e)) return e->code == ERR_TIMEOUT ? -2 : -1;
    }
    return 1;
}

void http_stream_cancel(struct http_stream *s)
{
    atomic_store(&s->c->cancelled, true);
    curl_multi_wakeup(s->c->multi);
}

void http_stream_close(struct http_stream *s)
{
    if (s) stream_free(s);
}
