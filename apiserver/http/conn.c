/* conn.c - a TCP connection: who the peer says it is, that it hung up; and the life of its exchanges.
 * Reads: the TLS session's peer certificates.
 * Writes: struct http_conn, struct exchange. */
#include "apiserver/http/conn.h"

#include "api/registry.h"

#include "base/heap.h"
#include "base/log.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { DN_TEXT_MAX = 1024, CHAIN_MAX = 8 /* certificates of a client: a leaf and few between it and a CA */ };

static struct exchange *current_ref(struct http_conn *c)
{
    mutex_lock(&c->lock);
    struct exchange *x = c->current;
    if (x) atomic_fetch_add(&x->refs, 1);
    mutex_unlock(&c->lock);
    return x;
}

/* Loop thread. libmicrohttpd does not watch a suspended connection (LIMITS 1c.1), so we watch every one for its end. */
static void on_io(struct loop_io *io, uint32_t events)
{
    struct http_conn *c = CONTAINER_OF(io, struct http_conn, io);
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) atomic_store(&c->gone, true);
    if (handshake_go_on(c)) return;
    if (c->stream) {
        stream_event(c->stream, events);
        return;
    }
    if (!atomic_load(&c->gone)) return;
    struct exchange *x = current_ref(c);
    if (!x) return;
    exchange_tell_done(x);
    exchange_unref(x);
}

struct http_conn *conn_new(struct server *s, struct MHD_Connection *mhd)
{
    struct http_conn *c = xcalloc(1, sizeof *c);
    atomic_init(&c->refs, 1);
    c->server = s;
    c->mhd = mhd;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    c->tls = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
    c->io.fn = on_io;
    (void)pthread_mutex_init(&c->lock, NULL);
    /* The library leaves Nagle's algorithm on during the handshake: its second write would wait 40 ms for an ACK. */
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    loop_add(c->fd, EPOLLRDHUP, &c->io);
    handshake_begin(c);
    return c;
}

void conn_unref(struct http_conn *c)
{
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1) return;
    arena_release(&c->identity);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

static void unref_later(void *arg) { conn_unref(arg); }

void conn_closed(struct http_conn *c)
{
    loop_del(c->fd);
    if (!loop_post(unref_later, c)) conn_unref(c);
}

/* The index-th value of an attribute of the subject; STR_NULL: no such. */
static struct str subject_part(struct http_conn *c, gnutls_x509_crt_t crt, const char *oid, unsigned index)
{
    char text[DN_TEXT_MAX];
    size_t n = sizeof text;
    if (gnutls_x509_crt_get_dn_by_oid(crt, oid, index, 0, text, &n) < 0) return STR_NULL;
    return str_copy(&c->identity, str_n(text, n));
}

static bool read_subject(struct http_conn *c, gnutls_x509_crt_t crt)
{
    c->cn = subject_part(c, crt, GNUTLS_OID_X520_COMMON_NAME, 0);
    for (; c->norgs < (int)ARRAY_LEN(c->orgs); c->norgs++) {
        struct str org = subject_part(c, crt, GNUTLS_OID_X520_ORGANIZATION_NAME, (unsigned)c->norgs);
        if (str_is_null(org)) break;
        c->orgs[c->norgs] = org;
    }
    return c->cn.n > 0;
}

/* The chain that the client sent, as far as it can be read. */
static unsigned import_chain(struct http_conn *c, gnutls_x509_crt_t *crts, unsigned max)
{
    unsigned count = 0, n = 0;
    const gnutls_datum_t *der = gnutls_certificate_get_peers(c->tls, &count);
    for (; der && n < MIN(count, max); n++) {
        if (gnutls_x509_crt_init(&crts[n]) < 0) break;
        if (gnutls_x509_crt_import(crts[n], &der[n], GNUTLS_X509_FMT_DER) >= 0) continue;
        gnutls_x509_crt_deinit(crts[n]);
        break;
    }
    return n;
}

/* Not gnutls_certificate_verify_peers: it cannot tell clients from front proxies. */
static bool is_trusted(gnutls_x509_trust_list_t by, gnutls_x509_crt_t *crts, unsigned n)
{
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
    unsigned status = 0;
    return by && gnutls_x509_trust_list_verify_crt2(by, crts, n, &purpose, 1, 0, &status, NULL) >= 0 && !status;
}

void conn_check_cert(struct http_conn *c)
{
    if (c->cert_checked) return;
    c->cert_checked = true;
    unsigned count = 0;
    if (!gnutls_certificate_get_peers(c->tls, &count) || !count) return;
    gnutls_x509_crt_t crts[CHAIN_MAX];
    unsigned n = import_chain(c, crts, CHAIN_MAX);
    bool known = n && is_trusted(server_client_trust(c->server), crts, n);
    c->front_proxy = n && !known && is_trusted(server_proxy_trust(c->server), crts, n);
    c->bad_cert = !(known || c->front_proxy) || !read_subject(c, crts[0]);
    while (n) gnutls_x509_crt_deinit(crts[--n]);
    if (c->bad_cert) LOG_D("client certificate refused");
}

static void run_resume(struct job *j)
{
    struct request *r = CONTAINER_OF(j, struct request, job);
    r->resume(r);
}

struct exchange *exchange_new(const char *raw_uri)
{
    struct exchange *x = xcalloc(1, sizeof *x);
    atomic_init(&x->refs, 1);
    arena_init(&x->r.arena, 4096);
    struct str uri = str_copy(&x->r.arena, str_of(raw_uri));
    x->r.path = str_cut(uri, '?', &x->r.query);
    x->r.job.run = run_resume;
    buf_init(&x->body, BODY_MAX + 1);
    buf_init(&x->r.resp.body, SIZE_MAX);
    return x;
}

void exchange_unref(struct exchange *x)
{
    if (atomic_fetch_sub(&x->refs, 1) != 1) return;
    buf_release(&x->body);
    buf_release(&x->r.resp.body);
    api_resource_release(x->r.held);
    arena_release(&x->r.arena);
    conn_unref(x->r.conn);
    free(x);
}

void exchange_tell_done(struct exchange *x)
{
    void (*fn)(struct request *) = __atomic_load_n(&x->r.on_done, __ATOMIC_ACQUIRE);
    if (fn && !atomic_exchange(&x->done_told, true)) fn(&x->r);
}
