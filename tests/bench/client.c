/* client.c - the smallest TLS client that keeps a connection: one request at a time, answers by Content-Length or
 * chunks. Its own cost must stay small, for it shares the machine with what it measures. */
#include "bench.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_CHUNK = 64 * 1024, BODY_LIMIT = 1 << 30 };

struct creds {
    gnutls_certificate_credentials_t cert;
};

struct conn {
    gnutls_session_t tls;
    int fd;
    struct buf in;    /* received and not yet consumed */
    size_t at;        /* consumed part of in */
    struct buf lines; /* decoded stream */
    size_t line_at;
    size_t chunk_left; /* of the chunk that is being read */
    const char *accept;
};

struct creds *creds_load(const char *pki)
{
    char crt[600], key[600];
    struct creds *c = calloc(1, sizeof *c);
    snprintf(crt, sizeof crt, "%s/admin.crt", pki);
    snprintf(key, sizeof key, "%s/admin.key", pki);
    if (!c || gnutls_certificate_allocate_credentials(&c->cert) != 0 ||
        gnutls_certificate_set_x509_key_file(c->cert, crt, key, GNUTLS_X509_FMT_PEM) != 0)
        bench_die("%s: cannot load the admin certificate", pki);
    return c;
}

void creds_free(struct creds *c)
{
    gnutls_certificate_free_credentials(c->cert);
    free(c);
}

struct conn *conn_open(const struct creds *creds, int port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct conn *c = calloc(1, sizeof *c);
    int one = 1, rc;
    if (!c) bench_die("out of memory");
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0) bench_die("connect to port %d failed", port);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    gnutls_init(&c->tls, GNUTLS_CLIENT);
    gnutls_set_default_priority(c->tls);
    gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, creds->cert);
    gnutls_transport_set_int(c->tls, c->fd);
    do rc = gnutls_handshake(c->tls);
    while (rc < 0 && !gnutls_error_is_fatal(rc));
    if (rc < 0) bench_die("handshake: %s", gnutls_strerror(rc));
    buf_init(&c->in, BODY_LIMIT);
    buf_init(&c->lines, BODY_LIMIT);
    return c;
}

void conn_close(struct conn *c)
{
    gnutls_deinit(c->tls);
    close(c->fd);
    buf_release(&c->in);
    buf_release(&c->lines);
    free(c);
}

static bool fill(struct conn *c)
{
    if (c->at == c->in.n) buf_clear(&c->in), c->at = 0;
    buf_reserve(&c->in, READ_CHUNK);
    ssize_t n;
    do n = gnutls_record_recv(c->tls, c->in.p + c->in.n, READ_CHUNK - 1);
    while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
    if (n <= 0) return false;
    c->in.n += (size_t)n;
    c->in.p[c->in.n] = '\0';
    return true;
}

/* Bytes up to and with the next "\r\n", as a view valid until the next fill. */
static struct str header_line(struct conn *c)
{
    for (;;) {
        char *start = c->in.p ? c->in.p + c->at : NULL, *end = start ? memmem(start, c->in.n - c->at, "\r\n", 2) : NULL;
        if (end) {
            c->at += (size_t)(end - start) + 2;
            return str_n(start, (size_t)(end - start));
        }
        if (!fill(c)) bench_die("the server closed a connection in the middle of an answer");
    }
}

static void send_all(struct conn *c, struct str s)
{
    while (s.n) {
        ssize_t n = gnutls_record_send(c->tls, s.p, s.n);
        if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED) continue;
        if (n <= 0) bench_die("send: %s", gnutls_strerror((int)n));
        s = str_from(s, (size_t)n);
    }
}

void conn_accept(struct conn *c, const char *accept) { c->accept = accept; }

static void send_request(struct conn *c, const char *method, const char *path, const char *type, struct str body)
{
    struct buf out AUTO_BUF = {0};
    buf_init(&out, BODY_LIMIT);
    buf_addf(&out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: %s\r\n", method, path,
             c->accept ? c->accept : "application/json");
    if (type) buf_addf(&out, "Content-Type: %s\r\n", type);
    if (body.p) buf_addf(&out, "Content-Length: %zu\r\n", body.n);
    buf_cstr(&out, "\r\n");
    if (body.p) buf_str(&out, body);
    send_all(c, buf_view(&out));
}

/* Status line and headers; *length -1: chunked. */
static int read_head(struct conn *c, int64_t *length)
{
    struct str line = header_line(c);
    int status = line.n > 12 ? atoi(line.p + 9) : 0;
    *length = 0;
    while ((line = header_line(c)).n) {
        if (line.n > 16 && strncasecmp(line.p, "Content-Length: ", 16) == 0) *length = strtoll(line.p + 16, NULL, 10);
        if (line.n > 26 && strncasecmp(line.p, "Transfer-Encoding: chunked", 26) == 0) *length = -1;
        if (line.n == 26 && strncasecmp(line.p, "Transfer-Encoding: chunked", 26) == 0) *length = -1;
    }
    return status;
}

/* Moves up to `want` bytes of the body into out (or away). */
static void take(struct conn *c, size_t want, struct buf *out)
{
    while (want) {
        size_t have = c->in.n - c->at, n = have < want ? have : want;
        if (out) buf_add(out, c->in.p + c->at, n);
        c->at += n;
        want -= n;
        if (want && !fill(c)) bench_die("the server closed a connection in the middle of a body");
    }
}

int conn_request(struct conn *c, const char *method, const char *path, const char *type, struct str body,
                 struct buf *out)
{
    int64_t length;
    send_request(c, method, path, type, body);
    int status = read_head(c, &length);
    if (length >= 0) {
        take(c, (size_t)length, out);
        return status;
    }
    for (size_t n; (n = strtoul(header_line(c).p, NULL, 16)) > 0; header_line(c)) take(c, n, out);
    header_line(c);
    return status;
}

void conn_stream(struct conn *c, const char *path)
{
    int64_t length;
    send_request(c, "GET", path, NULL, STR_NULL);
    int status = read_head(c, &length);
    if (status != 200) bench_die("watch %s: status %d", path, status);
}

/* More decoded bytes into c->lines. */
static bool more(struct conn *c)
{
    if (c->chunk_left == 0) {
        struct str size = header_line(c);
        if (!size.n) size = header_line(c); /* the line end behind the chunk before */
        c->chunk_left = strtoul(size.p, NULL, 16);
        if (!c->chunk_left) return false;
    }
    if (c->at == c->in.n && !fill(c)) return false;
    size_t have = c->in.n - c->at, n = have < c->chunk_left ? have : c->chunk_left;
    buf_add(&c->lines, c->in.p + c->at, n);
    c->at += n;
    c->chunk_left -= n;
    return true;
}

bool conn_line(struct conn *c, struct str *line)
{
    for (;;) {
        char *start = c->lines.p ? c->lines.p + c->line_at : NULL,
             *end = start ? memchr(start, '\n', c->lines.n - c->line_at) : NULL;
        if (end) {
            *line = str_n(start, (size_t)(end - start));
            c->line_at += line->n + 1;
            return true;
        }
        buf_drop_front(&c->lines, c->line_at);
        c->line_at = 0;
        if (!more(c)) return false;
    }
}
