/* http.c - a pool of connections to one server, and whole requests on it.
 * Reads: PEM texts, responses.   Writes: requests. */
#include "conn.h"

#include "base/kassert.h"
#include "base/mem.h"
#include "base/mono.h"
#include "base/thread.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void init_curl(void) { KASSERT(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK); }

void http_global_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);
}

/* The GnuTLS flavour of libcurl has no *_BLOB options: it gets a file that has no name. */
static bool pem_file(const char *pem, const char *what, int *fd, char path[32], struct err *e)
{
    *fd = -1;
    if (!pem) return true;
    *fd = memfd_create(what, MFD_CLOEXEC);
    if (*fd < 0) return err_errno(e, "memfd_create");
    size_t n = strlen(pem);
    for (size_t at = 0; at < n;) {
        ssize_t w = write(*fd, pem + at, n - at);
        if (w < 0) return err_errno(e, "%s: write", what);
        at += (size_t)w;
    }
    snprintf(path, 32, "/proc/self/fd/%d", *fd);
    return true;
}

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    if (inet_pton(AF_INET, host, &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

/* Connects to the URL's host and port but names `server_name` in TLS and Host. */
static void rename_server(struct http *h, CURLU *u, const char *server_name)
{
    char *host = NULL, *port = NULL, *url = NULL;
    curl_url_get(u, CURLUPART_HOST, &host, 0);
    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    AUTO_FREE char *rule = xasprintf("%s:%s:%s:%s", server_name, port, host, port);
    h->connect_to = curl_slist_append(NULL, rule);
    KASSERT(h->connect_to);
    if (curl_url_set(u, CURLUPART_HOST, server_name, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_URL, &url, 0) == CURLUE_OK) {
        free(h->base);
        h->base = xstrdup(url);
    }
    curl_free(url);
    curl_free(host);
    curl_free(port);
}

static bool parse_base(struct http *h, const char *base_url, const char *server_name, struct err *e)
{
    CURLU *u = curl_url();
    KASSERT(u);
    char *scheme = NULL, *host = NULL;
    bool ok = curl_url_set(u, CURLUPART_URL, base_url, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);
    if (ok) {
        h->base = xstrdup(base_url);
        h->loopback = is_loopback(host);
        if (server_name && strcmp(server_name, host) != 0) rename_server(h, u, server_name);
        for (size_t n = strlen(h->base); n && h->base[n - 1] == '/'; n--) h->base[n - 1] = 0;
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(u);
    return ok || err_set(e, ERR_USAGE, "\"%s\" is not an http or https URL", base_url);
}

struct http *http_new(const char *base_url, const struct http_tls *tls, struct err *e)
{
    static const struct http_tls none;
    http_global_init();
    if (!tls) tls = &none;
    struct http *h = xcalloc(1, sizeof *h);
    h->ca_fd = h->cert_fd = h->key_fd = -1;
    h->insecure = tls->insecure;
    pthread_mutex_init(&h->lock, NULL);
    cond_init_mono(&h->aborted);
    if (parse_base(h, base_url, tls->server_name, e) && pem_file(tls->ca_pem, "ca", &h->ca_fd, h->ca_path, e) &&
        pem_file(tls->cert_pem, "cert", &h->cert_fd, h->cert_path, e) &&
        pem_file(tls->key_pem, "key", &h->key_fd, h->key_path, e))
        return h;
    http_free(h);
    return NULL;
}

void http_free(struct http *h)
{
    if (!h) return;
    KASSERT(!h->busy);
    while (h->idle) {
        struct conn *c = h->idle;
        h->idle = c->next;
        conn_free(c);
    }
    int fds[] = {h->ca_fd, h->cert_fd, h->key_fd};
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        if (fds[i] >= 0) close(fds[i]);
    curl_slist_free_all(h->connect_to);
    pthread_cond_destroy(&h->aborted);
    pthread_mutex_destroy(&h->lock);
    free(h->base);
    free(h);
}

void http_response_init(struct http_response *r)
{
    memset(r, 0, sizeof *r);
    buf_init(&r->body, HTTP_BODY_MAX);
}

void http_response_release(struct http_response *r) { buf_release(&r->body); }

bool http_do(struct http *h, const struct http_request *rq, struct http_response *out, struct err *e)
{
    int64_t deadline = mono_ns() + (rq->timeout_ms ? rq->timeout_ms : HTTP_TIMEOUT_MS) * 1000000;
    struct conn *c = conn_begin(h, rq, out, NULL, e);
    if (!c) return false;
    bool ok = true;
    while (ok && !c->done) ok = conn_step(c, deadline, e);
    ok = ok && !conn_failed(c, e);
    conn_end(c);
    return ok || err_context(e, "%s", rq->method);
}

/* ---- Ending ---- */

static void cancel_busy(struct http *h)
{
    for (struct conn *c = h->busy; c; c = c->next) {
        atomic_store(&c->cancelled, true);
        curl_multi_wakeup(c->multi);
    }
}

void http_interrupt(struct http *h)
{
    mutex_lock(&h->lock);
    cancel_busy(h);
    mutex_unlock(&h->lock);
}

void http_abort(struct http *h)
{
    mutex_lock(&h->lock);
    h->closed = true;
    cancel_busy(h);
    pthread_cond_broadcast(&h->aborted);
    mutex_unlock(&h->lock);
}

bool http_wait(struct http *h, int64_t ms)
{
    int64_t deadline = mono_ns() + ms * 1000000;
    mutex_lock(&h->lock);
    while (!h->closed && cond_wait_until(&h->aborted, &h->lock, deadline)) {}
    bool closed = h->closed;
    mutex_unlock(&h->lock);
    return !closed;
}
