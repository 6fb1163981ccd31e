/* conn.c - one libcurl connection: options once at birth, little per request.
 * Reads: the peer's bytes.   Writes: requests; the response into its caller's struct. */
#include "conn.h"

#include "base/kassert.h"
#include "base/mem.h"
#include "base/mono.h"
#include "base/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

/* ---- What comes in ---- */

static void copy_cut(char *to, size_t size, struct str v)
{
    size_t n = MIN(v.n, size - 1);
    memcpy(to, v.p, n);
    to[n] = 0;
}

static void add_warning(struct http_response *out, struct str v)
{
    size_t have = strlen(out->warning);
    if (have && have + 1 < sizeof out->warning) out->warning[have++] = '\n';
    copy_cut(out->warning + have, sizeof out->warning - have, v);
}

static void take_header(struct http_response *out, struct str line)
{
    struct str value, name = str_cut(line, ':', &value);
    if (str_is_null(value)) return;
    value = str_trim(value);
    struct {
        const char *name;
        char *to;
        size_t size;
    } kept[] = {{"Content-Type", out->content_type, sizeof out->content_type},
                {"Retry-After", out->retry_after, sizeof out->retry_after},
                {"Audit-Id", out->audit_id, sizeof out->audit_id}};
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        if (name.n == strlen(kept[i].name) && strncasecmp(name.p, kept[i].name, name.n) == 0)
            return copy_cut(kept[i].to, kept[i].size, value);
    if (name.n == 7 && strncasecmp(name.p, "Warning", 7) == 0) add_warning(out, value);
}

static void header_ends(struct conn *c)
{
    long status = 0;
    curl_off_t length = -1;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200) return; /* 100 Continue: the real one follows */
    c->out->status = (int)status;
    c->header_done = true;
    curl_easy_getinfo(c->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length > 0 && !(c->stream && status == 200)) buf_reserve(&c->out->body, (size_t)MIN(length, HTTP_RESERVE_MAX));
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct conn *c = arg;
    n *= size;
    c->header_bytes += n;
    if (c->header_bytes > HTTP_HEADER_BYTES_MAX) return c->too_large = true, 0;
    struct str line = str_n(p, n);
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r')) line.n--;
    if (line.n == 0)
        header_ends(c);
    else
        take_header(c->out, line);
    return n;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct conn *c = arg;
    n *= size;
    struct buf *to = c->stream && c->out->status == 200 ? c->stream : &c->out->body;
    buf_add(to, p, n);
    if (!buf_ok(to)) return c->too_large = true, 0;
    return n;
}

/* ---- Life ---- */

static void set_tls(CURL *easy, const struct http *h)
{
    long verify = h->insecure ? 0 : 1;
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2 * verify);
    /* Without this every new connection loads the machine's whole certificate folder. */
    if (h->ca_fd >= 0 || h->insecure) curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (h->ca_fd >= 0 || h->insecure) curl_easy_setopt(easy, CURLOPT_CAINFO, h->ca_fd >= 0 ? h->ca_path : NULL);
    if (h->cert_fd >= 0) curl_easy_setopt(easy, CURLOPT_SSLCERT, h->cert_path);
    if (h->key_fd >= 0) curl_easy_setopt(easy, CURLOPT_SSLKEY, h->key_path);
}

void conn_options(CURL *easy, const struct http *h)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)HTTP_KEEPALIVE_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)HTTP_KEEPALIVE_S / 3);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)HTTP_IDLE_S);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    set_tls(easy, h);
}

static struct conn *conn_new(struct http *h)
{
    struct conn *c = xcalloc(1, sizeof *c);
    c->h = h;
    c->multi = curl_multi_init();
    c->easy = curl_easy_init();
    KASSERT(c->multi && c->easy);
    buf_init(&c->url, 64 << 10);
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, 1L);
    conn_options(c->easy, h);
    curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->why);
    curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
    if (h->loopback) curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
    if (h->connect_to) curl_easy_setopt(c->easy, CURLOPT_CONNECT_TO, h->connect_to);
    return c;
}

void conn_free(struct conn *c)
{
    curl_easy_cleanup(c->easy);
    curl_multi_cleanup(c->multi);
    buf_release(&c->url);
    free(c);
}

static void list_push(struct conn **head, struct conn *c)
{
    c->prev = NULL;
    c->next = *head;
    if (*head) (*head)->prev = c;
    *head = c;
}

static void list_take(struct conn **head, struct conn *c)
{
    if (c->prev)
        c->prev->next = c->next;
    else
        *head = c->next;
    if (c->next) c->next->prev = c->prev;
}

/* The one used last, so that the others age and go. */
static struct conn *conn_take(struct http *h)
{
    mutex_lock(&h->lock);
    struct conn *c = NULL;
    bool closed = h->closed;
    if (!closed && h->idle) {
        c = h->idle;
        list_take(&h->idle, c);
        h->idle_count--;
        list_push(&h->busy, c);
    }
    mutex_unlock(&h->lock);
    if (c || closed) return c;
    c = conn_new(h);
    mutex_lock(&h->lock);
    if (h->closed) atomic_store(&c->cancelled, true);
    list_push(&h->busy, c);
    mutex_unlock(&h->lock);
    return c;
}

void conn_end(struct conn *c)
{
    if (c->added) curl_multi_remove_handle(c->multi, c->easy);
    c->added = false;
    c->out = NULL;
    c->stream = NULL;
    struct http *h = c->h;
    mutex_lock(&h->lock);
    list_take(&h->busy, c);
    atomic_store(&c->cancelled, false);
    bool keep = !h->closed && h->idle_count < HTTP_IDLE_MAX;
    if (keep) list_push(&h->idle, c);
    if (keep) h->idle_count++;
    mutex_unlock(&h->lock);
    if (!keep) conn_free(c);
}

/* ---- A request ---- */

void conn_set_method(CURL *easy, const char *method, struct str body)
{
    bool head = strcmp(method, "HEAD") == 0, get = strcmp(method, "GET") == 0;
    bool post = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (head) curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (body.n || post) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.n ? body.p : "");
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, head || (get && !body.n) ? NULL : method);
}

/* The nodes are the connection's own: curl only reads them. */
static bool set_headers(struct conn *c, const struct http_request *rq, struct err *e)
{
    int n = 0;
    c->headers[n++].data = (char *)"Expect:"; /* no 100-continue round trip */
    for (const char *const *p = rq->headers; p && *p; p++) {
        if (strpbrk(*p, "\r\n")) return err_set(e, ERR_BAD_REQUEST, "header contains a line break");
        if (n == HTTP_REQUEST_HEADERS_MAX)
            return err_set(e, ERR_BAD_REQUEST, "more than %d headers", HTTP_REQUEST_HEADERS_MAX - 1);
        c->headers[n++].data = (char *)*p;
    }
    for (int i = 0; i < n; i++) c->headers[i].next = i + 1 < n ? &c->headers[i + 1] : NULL;
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
    return true;
}

static void response_clear(struct http_response *out)
{
    out->status = 0;
    buf_clear(&out->body);
    out->content_type[0] = out->retry_after[0] = out->audit_id[0] = out->warning[0] = 0;
}

struct conn *conn_begin(struct http *h, const struct http_request *rq, struct http_response *out, struct buf *stream,
                        struct err *e)
{
    response_clear(out);
    struct conn *c = conn_take(h);
    if (!c) return err_set(e, ERR_CLOSED, "%s %s: shutting down", rq->method, rq->path), NULL;
    c->out = out;
    c->stream = stream;
    c->header_bytes = 0;
    c->header_done = c->too_large = c->done = false;
    c->why[0] = 0;
    buf_clear(&c->url);
    buf_cstr(&c->url, h->base);
    buf_cstr(&c->url, rq->path);
    if (!buf_ok(&c->url)) {
        err_set(e, ERR_BAD_REQUEST, "URL longer than %zu bytes", c->url.max);
        return conn_end(c), NULL;
    }
    if (!set_headers(c, rq, e)) return conn_end(c), NULL;
    curl_easy_setopt(c->easy, CURLOPT_URL, c->url.p);
    conn_set_method(c->easy, rq->method, rq->body);
    KASSERT(curl_multi_add_handle(c->multi, c->easy) == CURLM_OK);
    c->added = true;
    return c;
}

bool conn_step(struct conn *c, int64_t deadline_ns, struct err *e)
{
    int running = 0, left = 0;
    if (atomic_load(&c->cancelled)) return err_set(e, ERR_CLOSED, "request was cancelled");
    size_t had = c->stream ? c->stream->n : 0;
    bool header_done = c->header_done;
    curl_multi_perform(c->multi, &running);
    if (!running) {
        CURLMsg *m = curl_multi_info_read(c->multi, &left);
        c->done = true;
        c->result = m && m->msg == CURLMSG_DONE ? m->data.result : CURLE_RECV_ERROR;
        return true;
    }
    if ((c->stream && c->stream->n != had) || header_done != c->header_done) return true;
    int64_t wait_ms = 60 * 1000;
    if (deadline_ns != INT64_MAX) {
        int64_t ns = deadline_ns - mono_ns();
        if (ns <= 0) return err_set(e, ERR_TIMEOUT, "%s: deadline passed", c->url.p);
        wait_ms = MIN(wait_ms, ns / 1000000 + 1);
    }
    curl_multi_poll(c->multi, NULL, 0, (int)wait_ms, NULL);
    return true;
}

enum err_code conn_code(CURLcode result)
{
    static const struct {
        CURLcode curl;
        enum err_code code;
    } rows[] = {{CURLE_COULDNT_CONNECT, ERR_UNAVAILABLE},
                {CURLE_COULDNT_RESOLVE_HOST, ERR_UNAVAILABLE},
                {CURLE_COULDNT_RESOLVE_PROXY, ERR_UNAVAILABLE},
                {CURLE_RECV_ERROR, ERR_UNAVAILABLE},
                {CURLE_SEND_ERROR, ERR_UNAVAILABLE},
                {CURLE_GOT_NOTHING, ERR_UNAVAILABLE},
                {CURLE_PARTIAL_FILE, ERR_UNAVAILABLE},
                {CURLE_OPERATION_TIMEDOUT, ERR_TIMEOUT}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].curl == result) return rows[i].code;
    return ERR_IO;
}

void conn_explain(CURL *easy, CURLcode result, const char *why, const char *address, struct err *e)
{
    long os = 0;
    enum err_code code = conn_code(result);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os);
    if (result == CURLE_COULDNT_CONNECT && os == ECONNREFUSED)
        err_set(e, code, "dial tcp %s: connect: connection refused", address);
    else if (result == CURLE_COULDNT_CONNECT && os == EHOSTUNREACH)
        err_set(e, code, "dial tcp %s: connect: no route to host", address);
    else if (result == CURLE_COULDNT_RESOLVE_HOST)
        err_set(e, code, "dial tcp: lookup %s: no such host", address);
    else if (result == CURLE_OPERATION_TIMEDOUT)
        err_set(e, code, "context deadline exceeded");
    else if (result == CURLE_PEER_FAILED_VERIFICATION)
        err_set(e, code, "tls: failed to verify certificate: x509: %s",
                strstr(why, "does not match") ? "certificate is not valid for that name"
                                              : "certificate signed by unknown authority");
    else if (result == CURLE_GOT_NOTHING || result == CURLE_PARTIAL_FILE)
        err_set(e, code, "%s", result == CURLE_GOT_NOTHING ? "EOF" : "unexpected EOF");
    else
        err_set(e, code, "%s", why[0] ? why : curl_easy_strerror(result));
}

bool conn_failed(const struct conn *c, struct err *e)
{
    if (!c->done || c->result == CURLE_OK) return false;
    err_set(e, c->too_large ? ERR_TOO_LARGE : conn_code(c->result), "%s: %s", c->url.p,
            c->too_large ? "the response is too large"
            : c->why[0]  ? c->why
                         : curl_easy_strerror(c->result));
    return true;
}
