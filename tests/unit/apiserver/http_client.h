/* http_client.h - a small blocking HTTPS client for tests: GnuTLS, keep-alive, bodies by length or in chunks.
 * Every read has a deadline (SO_RCVTIMEO), so a server that stalls fails the test instead of hanging it. */
#ifndef UNIT_APISERVER_HTTP_CLIENT_H
#define UNIT_APISERVER_HTTP_CLIENT_H

#include "apiserver/http/certs.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/mono.h"

#include <arpa/inet.h>
#include <check.h>
#include <gnutls/gnutls.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENT_TIMEOUT_S = 20 };

struct client {
    int fd;
    gnutls_session_t tls;
    gnutls_certificate_credentials_t cred;
    struct buf in; /* received, not yet consumed */
    bool eof;
    /* of the last response */
    int code;
    struct buf head, body;
};

/* id: the client's certificate, or NULL. ticket: session data of an earlier connection, or NULL. */
static inline void client_open_with(struct client *c, uint16_t port, const char *ca_pem, const struct cert_pair *id,
                                    const gnutls_datum_t *ticket)
{
    *c = (struct client){.fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct timeval tv = {CLIENT_TIMEOUT_S, 0};
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); /* a handshake's last flight is two writes */
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ck_assert_int_eq(connect(c->fd, (struct sockaddr *)&a, sizeof a), 0);
    ck_assert_int_eq(gnutls_certificate_allocate_credentials(&c->cred), 0);
    gnutls_datum_t ca = {(unsigned char *)ca_pem, (unsigned)strlen(ca_pem)};
    ck_assert_int_eq(gnutls_certificate_set_x509_trust_mem(c->cred, &ca, GNUTLS_X509_FMT_PEM), 1);
    if (id) {
        gnutls_datum_t crt = {(unsigned char *)id->cert_pem, (unsigned)strlen(id->cert_pem)};
        gnutls_datum_t key = {(unsigned char *)id->key_pem, (unsigned)strlen(id->key_pem)};
        ck_assert_int_eq(gnutls_certificate_set_x509_key_mem(c->cred, &crt, &key, GNUTLS_X509_FMT_PEM), 0);
    }
    ck_assert_int_eq(gnutls_init(&c->tls, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL | GNUTLS_FORCE_CLIENT_CERT), 0);
    ck_assert_int_eq(gnutls_set_default_priority(c->tls), 0);
    gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, c->cred);
    gnutls_session_set_verify_cert(c->tls, "localhost", 0);
    if (ticket) gnutls_session_set_data(c->tls, ticket->data, ticket->size);
    gnutls_transport_set_int(c->tls, c->fd);
    int rc;
    do rc = gnutls_handshake(c->tls);
    while (rc < 0 && !gnutls_error_is_fatal(rc));
    ck_assert_msg(rc == 0, "handshake: %s", gnutls_strerror(rc));
    buf_init(&c->in, SIZE_MAX);
    buf_init(&c->head, SIZE_MAX);
    buf_init(&c->body, SIZE_MAX);
}

static inline void client_open(struct client *c, uint16_t port, const struct certs *certs, const struct cert_pair *id)
{
    client_open_with(c, port, certs->pair[CERT_CA].cert_pem, id, NULL);
}

static inline void client_close(struct client *c)
{
    close(c->fd);
    gnutls_deinit(c->tls);
    gnutls_certificate_free_credentials(c->cred);
    buf_release(&c->in);
    buf_release(&c->head);
    buf_release(&c->body);
}

/* False: the server closed in between. */
static inline bool client_send(struct client *c, struct str s)
{
    while (s.n) {
        ssize_t n = gnutls_record_send(c->tls, s.p, s.n);
        if (n == GNUTLS_E_INTERRUPTED) continue;
        if (n <= 0) return false;
        s = str_from(s, (size_t)n);
    }
    return true;
}
static inline bool client_sendc(struct client *c, const char *s) { return client_send(c, str_of(s)); }

/* More bytes into c->in; false at the end of the connection. A timeout fails the test. */
static inline bool client_more(struct client *c)
{
    char part[16384];
    ssize_t n;
    int64_t deadline = mono_ms() + CLIENT_TIMEOUT_S * 1000 - 1000;
    do n = gnutls_record_recv(c->tls, part, sizeof part); /* AGAIN: a session ticket came, or SO_RCVTIMEO passed */
    while (n == GNUTLS_E_INTERRUPTED || (n == GNUTLS_E_AGAIN && mono_ms() < deadline));
    ck_assert_msg(n != GNUTLS_E_AGAIN, "the server did not answer in time");
    if (n <= 0) {
        c->eof = true;
        return false;
    }
    buf_add(&c->in, part, (size_t)n);
    return true;
}

/* Consumes up to and with `end`; STR_NULL at the end of the connection. The text is appended to `to` (may be NULL). */
static inline bool client_until(struct client *c, const char *end, struct buf *to)
{
    for (;;) {
        char *at = c->in.n ? memmem(c->in.p, c->in.n, end, strlen(end)) : NULL;
        if (at) {
            size_t n = (size_t)(at - c->in.p) + strlen(end);
            if (to) buf_add(to, c->in.p, n);
            buf_drop_front(&c->in, n);
            return true;
        }
        if (!client_more(c)) return false;
    }
}

static inline bool client_take(struct client *c, size_t n, struct buf *to)
{
    while (c->in.n < n)
        if (!client_more(c)) return false;
    if (to) buf_add(to, c->in.p, n);
    buf_drop_front(&c->in, n);
    return true;
}

/* A header of the last response; NULL: absent. Heap, leaks are fine in a test but ASan thinks otherwise: caller frees.
 */
static inline char *client_header(struct client *c, const char *name)
{
    AUTO_FREE char *key = xasprintf("\r\n%s: ", name);
    char *at = c->head.p ? strcasestr(c->head.p, key) : NULL;
    if (!at) return NULL;
    at += strlen(key);
    return xstrndup(at, strcspn(at, "\r"));
}

/* Reads status line and headers. */
static inline bool client_head(struct client *c)
{
    buf_clear(&c->head);
    if (!client_until(c, "\r\n\r\n", &c->head)) return false;
    c->code = atoi(c->head.p + strlen("HTTP/1.1 "));
    return true;
}

/* One chunk; false: the last one, or the end of the connection (c->eof). */
static inline bool client_chunk(struct client *c, struct buf *to)
{
    struct buf line AUTO_BUF = {0};
    buf_init(&line, 64);
    if (!client_until(c, "\r\n", &line)) return false;
    size_t n = strtoul(line.p, NULL, 16);
    return client_take(c, n, to) && client_until(c, "\r\n", NULL) && n > 0;
}

/* Reads one whole response; false: the connection ended before it. */
static inline bool client_response(struct client *c, bool is_head)
{
    buf_clear(&c->body);
    if (!client_head(c)) return false;
    AUTO_FREE char *length = client_header(c, "Content-Length");
    if (is_head) return true;
    if (length) return client_take(c, strtoul(length, NULL, 10), &c->body);
    while (client_chunk(c, &c->body)) {}
    return !c->eof;
}

static inline bool client_get(struct client *c, const char *path)
{
    AUTO_FREE char *text = xasprintf("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    return client_sendc(c, text) && client_response(c, false);
}

#endif
