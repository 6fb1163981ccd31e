/* server.c - libmicrohttpd in front: requests in, responses out.
 * Reads: sockets; struct response.
 * Writes: struct request; the bytes of the answers. */
#include "apiserver/http/conn.h"

#include "apiserver/http/stream.h"
#include "apiserver/rest/status.h"
#include "base/kassert.h"
#include "base/log.h"
#include "base/mono.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    THREADS_MAX = 16,
    HEADERS_MAX = 256,                /* more cannot fit CONNECTION_MEMORY (LIMITS 1d) */
    BODY_FIRST = 64 * 1024,           /* a Content-Length is a claim: the rest is allocated as it comes */
    BODY_DROP_MAX = 64 * 1024 * 1024, /* of a too large body so much is read before the connection is cut */
    STOP_GRACE_MS = 100,              /* for requests in the works when the server stops */
    STOP_FLUSH_MS = 300,              /* for their answers */
};
static const char tls_priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE";

struct server {
    struct MHD_Daemon *daemon;
    int listen_fd;
    uint16_t port;
    void (*on_request)(struct request *r);
    gnutls_datum_t ticket_key;
    gnutls_x509_trust_list_t clients, proxies;
    char *ca_pem; /* of both: whose certificates clients are asked for */
    _Atomic bool stopping;
    _Atomic size_t active; /* from on_request to NOTIFY_COMPLETED, streams included */
    pthread_mutex_t lock;  /* below */
    pthread_cond_t changed;
    struct exchange *suspended;
    size_t nsuspended; /* until MHD_resume_connection has returned */
};

/* ---- Answering ---- */

#define NO_CACHE "no-cache, private" /* unless an answer says otherwise */

/* A response with what every response has. Takes over `body` (heap, may be NULL). content_type NULL: it has none. */
static struct MHD_Response *response_new(struct exchange *x, char *body, size_t n, const char *content_type)
{
    struct MHD_Response *m = body ? MHD_create_response_from_buffer(n, body, MHD_RESPMEM_MUST_FREE)
                                  : MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    KASSERT(m);
    MHD_add_response_header(m, "Audit-Id", x->audit_id);
    MHD_add_response_header(m, "Cache-Control", NO_CACHE);
    if (content_type) MHD_add_response_header(m, "Content-Type", content_type);
    return m;
}

static enum MHD_Result queue(struct exchange *x, int code, struct MHD_Response *m)
{
    enum MHD_Result ok = MHD_queue_response(x->r.conn->mhd, (unsigned)code, m);
    MHD_destroy_response(m);
    return ok;
}

/* An answer of http/ itself. Leaves r->resp alone: another thread may still be at work on it. */
static enum MHD_Result refuse(struct exchange *x, enum err_code code, const char *message)
{
    struct buf body;
    buf_init(&body, SIZE_MAX);
    status_write(&body, code, message);
    size_t n = body.n;
    return queue(x, err_info(code)->http, response_new(x, buf_take(&body), n, "application/json"));
}

static enum MHD_Result respond(struct exchange *x)
{
    struct response *resp = &x->r.resp;
    if (!resp->code) return refuse(x, ERR_INTERNAL, "Internal error occurred: the request was not answered");
    size_t n = resp->body.n;
    /* A cache puts the headers of a 304 into what it has: with another type it would be another document. */
    const char *otherwise = resp->code == MHD_HTTP_NOT_MODIFIED ? NULL : "application/json";
    struct MHD_Response *m =
        response_new(x, n ? buf_take(&resp->body) : NULL, n, resp->content_type ? resp->content_type : otherwise);
    for (int i = 0; i < resp->nheaders; i++) {
        if (strcasecmp(resp->headers[i].name, "Cache-Control") == 0)
            MHD_del_response_header(m, "Cache-Control", NO_CACHE);
        if (MHD_add_response_header(m, resp->headers[i].name, resp->headers[i].value) != MHD_YES)
            LOG_W("response header %s has a bad value", resp->headers[i].name);
    }
    return queue(x, resp->code, m);
}

/* ---- Suspending ---- */

static void suspended_add(struct server *s, struct exchange *x)
{
    mutex_lock(&s->lock);
    x->prev = NULL;
    x->next = s->suspended;
    if (x->next) x->next->prev = x;
    s->suspended = x;
    s->nsuspended++;
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

bool server_may_suspend(struct server *s)
{
    mutex_lock(&s->lock);
    bool may = !atomic_load(&s->stopping);
    if (may) s->nsuspended++;
    mutex_unlock(&s->lock);
    return may;
}

void server_resumed(struct server *s)
{
    mutex_lock(&s->lock); /* s lives until nsuspended is 0 */
    s->nsuspended--;
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

void server_resume(struct exchange *x)
{
    struct server *s = x->r.conn->server;
    mutex_lock(&s->lock);
    if (x->prev)
        x->prev->next = x->next;
    else
        s->suspended = x->next;
    if (x->next) x->next->prev = x->prev;
    mutex_unlock(&s->lock);
    MHD_resume_connection(x->r.conn->mhd);
    server_resumed(s);
}

/* Wakes a server_stop that waits for requests to change. */
static void tell_stopping(struct server *s)
{
    if (!atomic_load(&s->stopping)) return;
    mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

static enum MHD_Result suspend(struct server *s, struct exchange *x)
{
    suspended_add(s, x);
    MHD_suspend_connection(x->r.conn->mhd);
    int seen = EX_RUNNING;
    if (atomic_compare_exchange_strong(&x->state, &seen, EX_SUSPENDED)) {
        tell_stopping(s);
        return MHD_YES;
    }
    if (seen == EX_DONE)
        server_resume(x); /* finished in between; we are called again */
    else
        stream_adopt(x);
    return MHD_YES;
}

/* ---- Reading ---- */

struct header_copy {
    struct exchange *x;
    struct header *at;
};

static enum MHD_Result copy_header(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    struct exchange *x = cls;
    if (x->nheaders == HEADERS_MAX) return MHD_NO;
    x->headers[x->nheaders++] =
        (struct header){arena_strdup(&x->r.arena, key), arena_strdup(&x->r.arena, value ? value : "")};
    return MHD_YES;
}

/* The client's own id if it is a harmless one, else a random UUID. Not from rnd.h: an id of a response is no
 * part of the cluster's history and must not shift its draws. */
static void set_audit_id(struct exchange *x)
{
    struct str given = request_header(&x->r, "Audit-Id");
    bool fine = given.n > 0 && given.n <= AUDIT_ID_MAX;
    for (size_t i = 0; fine && i < given.n; i++) fine = given.p[i] > ' ' && given.p[i] < 127;
    if (fine) {
        memcpy(x->audit_id, given.p, given.n);
        return;
    }
    unsigned char b[16];
    (void)gnutls_rnd(GNUTLS_RND_NONCE, b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    static const char hex[] = "0123456789abcdef";
    char *p = x->audit_id;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *p++ = '-';
        *p++ = hex[b[i] >> 4];
        *p++ = hex[b[i] & 15];
    }
}

/* First call for a request: its headers are here. */
static enum MHD_Result begin(struct exchange *x, struct MHD_Connection *mhd, const char *method, const char *version)
{
    x->prepared = true;
    struct http_conn *c = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    atomic_fetch_add(&c->refs, 1);
    x->r.conn = c;
    x->head = strcmp(method, "HEAD") == 0;
    x->http10 = strcmp(version, "HTTP/1.0") == 0;
    x->r.is_head = x->head;
    x->r.method = x->head ? STR("GET") : str_copy(&x->r.arena, str_of(method));
    int count = MHD_get_connection_values(mhd, MHD_HEADER_KIND, NULL, NULL);
    x->headers = ARENA_ARRAY(&x->r.arena, struct header, MIN(count, HEADERS_MAX));
    if (count > HEADERS_MAX) return refuse(x, ERR_BAD_REQUEST, "the request has too many headers");
    (void)MHD_get_connection_values(mhd, MHD_HEADER_KIND, copy_header, x);
    set_audit_id(x);
    struct str length = request_header(&x->r, "Content-Length");
    if (!str_is_null(length) && !str_is_null(request_header(&x->r, "Transfer-Encoding")))
        return refuse(x, ERR_BAD_REQUEST, "Content-Length and Transfer-Encoding exclude each other");
    uint64_t n;
    if (!str_is_null(length) && str_to_u64(length, &n)) {
        if (n > BODY_MAX)
            x->r.body_too_large = true;
        else if (n)
            buf_reserve(&x->body, MIN(n + 1, BODY_FIRST));
    }
    return MHD_YES;
}

/* False: cut the connection. */
static bool collect(struct exchange *x, const char *data, size_t n)
{
    if (!x->r.body_too_large && x->body.n + n > BODY_MAX) x->r.body_too_large = true;
    if (!x->r.body_too_large) {
        buf_add(&x->body, data, n);
        return true;
    }
    buf_release(&x->body);
    x->dropped += n;
    return x->dropped <= BODY_DROP_MAX;
}

/* The request is complete. */
static enum MHD_Result run(struct server *s, struct exchange *x)
{
    struct request *r = &x->r;
    struct http_conn *c = r->conn;
    const char *why;
    if (atomic_load(&s->stopping)) return refuse(x, ERR_UNAVAILABLE, "the server is shutting down");
    if (!query_decode(r, &why)) return refuse(x, ERR_BAD_REQUEST, why);
    conn_check_cert(c);
    r->bad_cert = c->bad_cert;
    if (c->front_proxy) {
        r->proxy_cn = c->cn;
    } else if (!c->bad_cert) {
        r->cert_cn = c->cn;
        r->ncert_orgs = c->norgs;
        memcpy(r->cert_orgs, c->orgs, sizeof c->orgs);
    }
    r->body = buf_view(&x->body);
    r->received_ns = mono_ns();
    mutex_lock(&c->lock);
    c->current = x;
    mutex_unlock(&c->lock);
    atomic_fetch_add(&s->active, 1);
    atomic_fetch_add(&x->refs, 1); /* the worker's */
    atomic_store(&x->state, EX_RUNNING);
    s->on_request(r);
    return atomic_load(&x->state) == EX_DONE ? respond(x) : suspend(s, x);
}

/* ---- Called by libmicrohttpd, on the connection's epoll thread ---- */

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    (void)cls, (void)mhd;
    return exchange_new(uri);
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                                 const char *version, const char *data, size_t *n, void **con_cls)
{
    (void)url; /* decoded by the library: /a%2Fb and /a/b look alike. on_uri got the raw one */
    struct exchange *x = *con_cls;
    switch (atomic_load(&x->state)) {
    case EX_DONE: return respond(x);
    case EX_ABANDONED: return refuse(x, ERR_UNAVAILABLE, "the server is shutting down");
    case EX_OVER: return MHD_NO;
    }
    if (!x->prepared) return begin(x, mhd, method, version);
    if (*n) {
        bool go_on = collect(x, data, *n);
        *n = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    return run(cls, x);
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **con_cls, enum MHD_RequestTerminationCode code)
{
    (void)mhd, (void)code;
    struct server *s = cls;
    struct exchange *x = *con_cls;
    if (!x) return;
    *con_cls = NULL;
    if (atomic_load(&x->state) != EX_READING) {
        mutex_lock(&x->r.conn->lock);
        x->r.conn->current = NULL;
        mutex_unlock(&x->r.conn->lock);
        exchange_tell_done(x);
        atomic_fetch_sub(&s->active, 1);
        tell_stopping(s);
    }
    exchange_unref(x);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **ctx, enum MHD_ConnectionNotificationCode code)
{
    struct server *s = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct http_conn *c = *ctx = conn_new(s, mhd);
        /* A client that reconnects saves us the 1.2 ms of a full handshake. */
        (void)gnutls_session_ticket_enable_server(c->tls, &s->ticket_key);
    } else {
        conn_closed(*ctx);
    }
}

__attribute__((format(printf, 2, 0))) static void on_log(void *cls, const char *fmt, va_list ap)
{
    (void)cls;
    if (!log_on(LOG_DEBUG)) return;
    char text[512];
    int n = vsnprintf(text, sizeof text, fmt, ap);
    while (n > 0 && (size_t)n < sizeof text && text[n - 1] == '\n') text[--n] = 0;
    LOG_D("libmicrohttpd: %s", text);
}

/* ---- Starting and stopping ---- */

static bool open_listener(struct server *s, const struct server_options *o, struct err *e)
{
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons(o->port)};
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons(o->port)};
    const char *address = o->bind_address ? o->bind_address : "127.0.0.1";
    bool v4 = inet_pton(AF_INET, address, &a4.sin_addr) == 1;
    if (!v4 && inet_pton(AF_INET6, address, &a6.sin6_addr) != 1)
        return err_set(e, ERR_USAGE, "%s is no IP address", address);
    s->listen_fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listen_fd < 0) return err_errno(e, "socket");
    (void)setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    const struct sockaddr *a = v4 ? (const struct sockaddr *)&a4 : (const struct sockaddr *)&a6;
    if (bind(s->listen_fd, a, v4 ? sizeof a4 : sizeof a6) < 0) return err_errno(e, "bind %s:%u", address, o->port);
    if (listen(s->listen_fd, LISTEN_BACKLOG) < 0) return err_errno(e, "listen on %s:%u", address, o->port);
    return true;
}

static bool find_port(struct server *s, struct err *e)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    if (getsockname(s->listen_fd, (struct sockaddr *)&a, &n) < 0) return err_errno(e, "getsockname");
    s->port =
        ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port : ((struct sockaddr_in *)&a)->sin_port);
    return true;
}

static bool start_daemon(struct server *s, const struct server_options *o, struct err *e)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int threads = MIN(o->threads > 0 ? o->threads : MAX((int)cores, 1), THREADS_MAX);
    struct MHD_OptionItem trust[] = {
        {s->ca_pem ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, s->ca_pem},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem pool[] = {
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    sigset_t all, before; /* the daemon's threads inherit the mask: signals belong to main */
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        on_access, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, s->listen_fd,
        MHD_OPTION_HTTPS_MEM_CERT, o->tls.cert_pem, MHD_OPTION_HTTPS_MEM_KEY, o->tls.key_pem,
        MHD_OPTION_HTTPS_PRIORITIES, tls_priorities, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)CONNECTION_IDLE_S, MHD_OPTION_URI_LOG_CALLBACK, on_uri, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY,
        trust, MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!s->daemon)
        return err_set(e, ERR_IO, "the HTTPS server did not start: bad certificate or key, or no descriptors");
    return true;
}

static bool trust(gnutls_x509_trust_list_t *list, const char *pem, struct err *e)
{
    const gnutls_datum_t d = {(unsigned char *)(uintptr_t)pem, pem ? (unsigned)strlen(pem) : 0};
    if (!pem) return true;
    if (gnutls_x509_trust_list_init(list, 0) >= 0 &&
        gnutls_x509_trust_list_add_trust_mem(*list, &d, NULL, GNUTLS_X509_FMT_PEM, 0, 0) > 0)
        return true;
    return err_set(e, ERR_USAGE, "a CA of clients is no certificate");
}

static bool load_trust(struct server *s, const struct tls_identity *tls, struct err *e)
{
    if (!trust(&s->clients, tls->client_ca_pem, e) || !trust(&s->proxies, tls->proxy_ca_pem, e)) return false;
    if (tls->client_ca_pem || tls->proxy_ca_pem)
        s->ca_pem = xasprintf("%s\n%s", tls->client_ca_pem ? tls->client_ca_pem : "",
                              tls->proxy_ca_pem ? tls->proxy_ca_pem : "");
    return true;
}

gnutls_x509_trust_list_t server_client_trust(const struct server *s) { return s->clients; }
gnutls_x509_trust_list_t server_proxy_trust(const struct server *s) { return s->proxies; }

static void server_free(struct server *s)
{
    if (s->clients) gnutls_x509_trust_list_deinit(s->clients, 1);
    if (s->proxies) gnutls_x509_trust_list_deinit(s->proxies, 1);
    free(s->ca_pem);
    if (s->listen_fd >= 0) close(s->listen_fd);
    gnutls_free(s->ticket_key.data);
    (void)pthread_mutex_destroy(&s->lock);
    (void)pthread_cond_destroy(&s->changed);
    free(s);
}

struct server *server_start(const struct server_options *o, struct err *e)
{
    struct server *s = xcalloc(1, sizeof *s);
    s->listen_fd = o->listen_fd >= 0 ? o->listen_fd : -1;
    s->on_request = o->on_request;
    (void)pthread_mutex_init(&s->lock, NULL);
    cond_init_mono(&s->changed);
    bool ok = gnutls_session_ticket_key_generate(&s->ticket_key) >= 0 || err_set(e, ERR_INTERNAL, "no random numbers");
    ok = ok && load_trust(s, &o->tls, e);
    if (ok && s->listen_fd < 0) ok = open_listener(s, o, e);
    if (ok && find_port(s, e) && start_daemon(s, o, e)) return s;
    server_free(s);
    return NULL;
}

bool server_stopping(const struct server *s) { return atomic_load(&s->stopping); }
uint16_t server_port(const struct server *s) { return s->port; }
size_t server_open_requests(const struct server *s) { return atomic_load(&s->active); }

/* One suspended request whose worker has not finished, referenced and marked; NULL: none. Under the lock. */
static struct exchange *abandon_one(struct server *s)
{
    for (struct exchange *x = s->suspended; x; x = x->next) {
        int seen = EX_SUSPENDED;
        if (!atomic_compare_exchange_strong(&x->state, &seen, EX_ABANDONED)) continue;
        atomic_fetch_add(&x->refs, 1);
        return x;
    }
    return NULL;
}

/* Ends what is suspended: the library panics if it is stopped with such a connection (LIMITS 1c.7). */
static void drain(struct server *s)
{
    int64_t grace = mono_ns() + STOP_GRACE_MS * 1000000LL, flush = grace + STOP_FLUSH_MS * 1000000LL;
    handshake_end_all(s);
    mutex_lock(&s->lock);
    while (s->nsuspended && cond_wait_until(&s->changed, &s->lock, grace)) {}
    while (s->nsuspended || atomic_load(&s->active)) {
        struct exchange *x = abandon_one(s);
        if (x) {
            mutex_unlock(&s->lock);
            server_resume(x);
            exchange_unref(x);
            mutex_lock(&s->lock);
        } else if (!cond_wait_until(&s->changed, &s->lock, s->nsuspended ? INT64_MAX : flush)) {
            break; /* only answers that a client does not read */
        }
    }
    mutex_unlock(&s->lock);
}

void server_stop(struct server *s)
{
    if (!s) return;
    mutex_lock(&s->lock);
    atomic_store(&s->stopping, true);
    mutex_unlock(&s->lock);
    (void)MHD_quiesce_daemon(s->daemon); /* the listener stays ours to close */
    stream_end_all(s);
    drain(s);
    MHD_stop_daemon(s->daemon);
    server_free(s);
}
