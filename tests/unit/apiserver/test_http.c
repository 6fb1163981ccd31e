/* The HTTPS server against a real TLS client: keep-alive, bodies, hostile requests, certificates, suspended
 * requests that are finished elsewhere, clients that hang up, stopping. */
#include "apiserver/http/server.h"
#include "apiserver/http/stream.h"

#include "base/mono.h"
#include "check_main.h"
#include "http_client.h"

#include <errno.h>
#include <poll.h>

static struct certs certs, strangers;
static struct server *server;
static struct pool *pool;
static struct client c;

/* What the handlers saw, and the requests they keep. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct request *held;
    int done, resumed;
    bool gone;
} seen = {.lock = MUTEX_INIT};

static void answer(struct request *r, int code, const char *text)
{
    r->resp.code = code;
    r->resp.content_type = "text/plain";
    buf_cstr(&r->resp.body, text);
    request_finish(r);
}

static void echo(struct request *r)
{
    buf_addf(&r->resp.body, "%.*s %.*s n=%d body=%zu%s cn=%.*s orgs=%d%s", STR_ARG(r->method), STR_ARG(r->path),
             r->nargs, r->body.n, r->body_too_large ? " too large" : "", STR_ARG(r->cert_cn), r->ncert_orgs,
             r->bad_cert ? " bad" : "");
    uint64_t hash = str_hash(r->body, 1);
    for (int i = 0; i < r->nargs; i++)
        buf_addf(&r->resp.body, " [%.*s%s%.*s]", STR_ARG(r->args[i].key), r->args[i].has_value ? "=" : "",
                 STR_ARG(r->args[i].value));
    buf_addf(&r->resp.body, " hash=%llx", (unsigned long long)hash);
    response_header(r, "X-Test", "yes");
    answer(r, 200, "");
}

static void changed(void) { pthread_cond_broadcast(&seen.changed); }

static void on_done(struct request *r)
{
    mutex_lock(&seen.lock);
    seen.done++;
    seen.gone = request_client_gone(r);
    changed();
    mutex_unlock(&seen.lock);
}

static void later(struct request *r)
{
    mutex_lock(&seen.lock);
    seen.resumed++;
    mutex_unlock(&seen.lock);
    echo(r);
}

static void on_request(struct request *r)
{
    if (str_eqc(r->path, "/later"))
        request_later(r, later);
    else if (str_eqc(r->path, "/none"))
        request_finish(r);
    else if (str_eqc(r->path, "/hold")) {
        (void)request_on_done(r, on_done);
        mutex_lock(&seen.lock);
        seen.held = r;
        changed();
        mutex_unlock(&seen.lock);
    } else
        echo(r);
}

static void wait_for(const int *counter, int at_least)
{
    int64_t deadline = mono_ns() + 10000000000LL;
    mutex_lock(&seen.lock);
    while (*counter < at_least) ck_assert_msg(cond_wait_until(&seen.changed, &seen.lock, deadline), "waited in vain");
    mutex_unlock(&seen.lock);
}

static struct request *wait_held(void)
{
    int64_t deadline = mono_ns() + 10000000000LL;
    mutex_lock(&seen.lock);
    while (!seen.held) ck_assert_msg(cond_wait_until(&seen.changed, &seen.lock, deadline), "no request came");
    struct request *r = seen.held;
    seen.held = NULL;
    mutex_unlock(&seen.lock);
    return r;
}

static void start(void)
{
    struct err e = ERR_INIT;
    if (!certs.pair[0].cert_pem) {
        ck_assert(certs_generate(&certs, NULL, &e));
        ck_assert(certs_generate(&strangers, NULL, &e));
        cond_init_mono(&seen.changed);
    }
    seen.done = seen.resumed = 0;
    seen.gone = false;
    seen.held = NULL;
    stream_init();
    pool = pool_new("test", 2);
    request_set_pool(pool);
    server =
        server_start(&(struct server_options){.listen_fd = -1,
                                              .bind_address = "127.0.0.1",
                                              .threads = 2,
                                              .tls = {certs.pair[CERT_SERVER].cert_pem, certs.pair[CERT_SERVER].key_pem,
                                                      certs.pair[CERT_CA].cert_pem},
                                              .on_request = on_request},
                     &e);
    ck_assert_msg(server != NULL, "%s", e.text);
}

static void stop(void)
{
    stream_shutdown();
    server_stop(server);
    pool_free(pool);
}

#define ASSERT_BODY(text)                                                                                              \
    ck_assert_msg(c.body.p &&strstr(c.body.p, (text)), "\"%s\" is not in \"%s\"", (text), c.body.p ? c.body.p : "")

START_TEST(test_keep_alive)
{
    start();
    client_open(&c, server_port(server), &certs, NULL);
    for (int i = 0; i < 50; i++) {
        ck_assert(client_get(&c, i % 2 ? "/later?x=1" : "/a%2Fb/c?x=1&x=%41+b&flag&empty="));
        ck_assert_int_eq(c.code, 200);
        if (i % 2 == 0) ASSERT_BODY("GET /a%2Fb/c n=4 body=0 cn= orgs=0 [x=1] [x=A b] [flag] [empty=]");
    }
    wait_for(&seen.resumed, 25);
    static const char *const headers[][2] = {
        {"Content-Type", "text/plain"}, {"Cache-Control", "no-cache, private"}, {"X-Test", "yes"}};
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        AUTO_FREE char *value = client_header(&c, headers[i][0]);
        ck_assert_ptr_nonnull(value);
        ck_assert_str_eq(value, headers[i][1]);
    }
    AUTO_FREE char *id = client_header(&c, "Audit-Id"), *date = client_header(&c, "Date");
    ck_assert_uint_eq(strlen(id), 36);
    ck_assert_ptr_nonnull(date);
    ck_assert(client_sendc(&c, "HEAD /x HTTP/1.1\r\nHost: h\r\nAudit-ID: mine\r\n\r\n") && client_response(&c, true));
    AUTO_FREE char *own = client_header(&c, "Audit-Id"), *length = client_header(&c, "Content-Length");
    ck_assert_str_eq(own, "mine");
    ck_assert_int_gt(atoi(length), 10);
    ck_assert(client_get(&c, "/none"));
    ck_assert_int_eq(c.code, 500);
    ck_assert(client_get(&c, "/still-here"));
    client_close(&c);
    stop();
}
END_TEST

START_TEST(test_pipelined)
{
    start();
    client_open(&c, server_port(server), &certs, NULL);
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 20; i++) buf_addf(&b, "GET /%s?i=%d HTTP/1.1\r\nHost: h\r\n\r\n", i % 3 ? "later" : "now", i);
    ck_assert(client_send(&c, buf_view(&b)));
    for (int i = 0; i < 20; i++) {
        ck_assert(client_response(&c, false));
        AUTO_FREE char *want = xasprintf("[i=%d]", i);
        ASSERT_BODY(want);
    }
    client_close(&c);
    stop();
}
END_TEST

static void send_body(size_t n, bool chunked, char *data)
{
    for (size_t i = 0; i < n; i++) data[i] = (char)('a' + i % 23);
    AUTO_FREE char *head = chunked ? xstrdup("POST /body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
                                   : xasprintf("POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", n);
    ck_assert(client_sendc(&c, head));
    if (!chunked) {
        ck_assert(client_send(&c, str_n(data, n)));
        return;
    }
    for (size_t at = 0; at < n; at += 50000) {
        AUTO_FREE char *size = xasprintf("%zx\r\n", MIN(n - at, (size_t)50000));
        ck_assert(client_sendc(&c, size) && client_send(&c, str_n(data + at, MIN(n - at, (size_t)50000))) &&
                  client_sendc(&c, "\r\n"));
    }
    ck_assert(client_sendc(&c, "0\r\n\r\n"));
}

START_TEST(test_bodies)
{
    start();
    client_open(&c, server_port(server), &certs, NULL);
    static const size_t sizes[] = {0, 1, 1000, 70000, BODY_MAX, BODY_MAX + 1, BODY_MAX + 4000000};
    AUTO_FREE char *data = xmalloc(BODY_MAX + 4000000);
    for (size_t i = 0; i < ARRAY_LEN(sizes) * 2; i++) {
        size_t n = sizes[i / 2];
        send_body(n, i % 2, data);
        ck_assert(client_response(&c, false));
        bool fits = n <= BODY_MAX;
        AUTO_FREE char *size = xasprintf("body=%zu%s cn", fits ? n : 0, fits ? "" : " too large");
        AUTO_FREE char *hash = xasprintf("hash=%llx", (unsigned long long)str_hash(str_n(data, fits ? n : 0), 1));
        ASSERT_BODY(size);
        ASSERT_BODY(hash);
    }
    client_close(&c);
    stop();
}
END_TEST

START_TEST(test_refused)
{
    start();
    static const struct {
        const char *text;
        int code;
        const char *body;
    } cases[] = {
        {"GET /x?a=%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "NUL"},
        {"GET /x?a=%zz&b=1;c=2&d=%4 HTTP/1.1\r\nHost: h\r\n\r\n", 200, " n=0 "},
        {"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
         "exclude each other"},
        {"GET nonsense\r\n\r\n", 400, ""},
        {"BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n", 200, "BREW /pot"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        client_open(&c, server_port(server), &certs, NULL);
        ck_assert(client_sendc(&c, cases[i].text));
        if (client_response(&c, false)) {
            ck_assert_msg(c.code == cases[i].code, "case %zu: %d", i, c.code);
            ASSERT_BODY(cases[i].body);
        } else
            ck_assert_int_eq(cases[i].code, 400); /* cutting the connection is fine, too */
        client_close(&c);
    }
    client_open(&c, server_port(server), &certs, NULL);
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    buf_cstr(&b, "GET /?");
    for (int i = 0; i < QUERY_ARGS_MAX + 1; i++) buf_addf(&b, "a%d=1&", i);
    buf_cstr(&b, " HTTP/1.1\r\nHost: h\r\n\r\n");
    ck_assert(client_send(&c, buf_view(&b)) && client_response(&c, false));
    ck_assert_int_eq(c.code, 400);
    buf_clear(&b);
    buf_cstr(&b, "GET / HTTP/1.1\r\nHost: h\r\nX: ");
    for (int i = 0; i < 64000; i++) buf_char(&b, 'x');
    buf_cstr(&b, "\r\n\r\n");
    if (client_send(&c, buf_view(&b)) && client_response(&c, false)) ck_assert_int_eq(c.code, 431);
    client_close(&c);
    stop();
}
END_TEST

START_TEST(test_certificates)
{
    start();
    client_open(&c, server_port(server), &certs, &certs.pair[CERT_KUBELET_SIM]);
    ck_assert(client_get(&c, "/who"));
    ASSERT_BODY("cn=system:kubelet-sim orgs=2");
    ck_assert(client_get(&c, "/who"));
    ASSERT_BODY("cn=system:kubelet-sim orgs=2");
    gnutls_datum_t ticket;
    ck_assert_int_eq(gnutls_session_get_data2(c.tls, &ticket), 0);
    client_close(&c);

    client_open_with(&c, server_port(server), certs.pair[CERT_CA].cert_pem, &certs.pair[CERT_KUBELET_SIM], &ticket);
    ck_assert(gnutls_session_is_resumed(c.tls));
    ck_assert(client_get(&c, "/who")); /* a resumed session still knows who it is */
    ASSERT_BODY("cn=system:kubelet-sim orgs=2");
    client_close(&c);
    gnutls_free(ticket.data);

    static const enum cert_name wrong[] = {CERT_ADMIN, CERT_SERVER};
    const struct certs *from[] = {&strangers, &certs}; /* another CA's; not a client's certificate */
    for (int i = 0; i < 2; i++) {
        client_open(&c, server_port(server), &certs, &from[i]->pair[wrong[i]]);
        ck_assert(client_get(&c, "/who"));
        ASSERT_BODY("cn= orgs=0 bad");
        client_close(&c);
    }
    stop();
}
END_TEST

START_TEST(test_held_and_finished)
{
    start();
    client_open(&c, server_port(server), &certs, NULL);
    for (int i = 1; i <= 3; i++) {
        ck_assert(client_sendc(&c, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
        struct request *r = wait_held();
        ck_assert(!request_client_gone(r));
        answer(r, 201, "at last");
        ck_assert(client_response(&c, false));
        ck_assert_int_eq(c.code, 201);
        wait_for(&seen.done, i);
        ck_assert(!seen.gone);
    }
    client_close(&c);
    stop();
}
END_TEST

START_TEST(test_hang_up)
{
    start();
    client_open(&c, server_port(server), &certs, NULL);
    ck_assert(client_sendc(&c, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
    struct request *r = wait_held();
    client_close(&c);
    wait_for(&seen.done, 1);
    ck_assert(seen.gone);
    ck_assert(request_client_gone(r));
    answer(r, 200, "nobody listens");
    stop();
    ck_assert_int_eq(seen.done, 1);
}
END_TEST

START_TEST(test_stop_answers_held)
{
    start();
    client_open(&c, server_port(server), &certs, NULL);
    ck_assert(client_sendc(&c, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n"));
    struct request *r = wait_held();
    int64_t t0 = mono_ms();
    stop();
    ck_assert_int_lt(mono_ms() - t0, 5000);
    ck_assert(client_response(&c, false));
    ck_assert_int_eq(c.code, 503);
    answer(r, 200, "too late"); /* its worker may be slower than the server's end */
    client_close(&c);
}
END_TEST

static ssize_t hear_nothing(gnutls_transport_ptr_t p, void *data, size_t n)
{
    (void)p, (void)data, (void)n;
    errno = EAGAIN;
    return -1;
}

/* A client that stalls in its handshake costs no CPU (libmicrohttpd alone would spin) and does not hinder the server's
 * end. */
START_TEST(test_stalled_handshake)
{
    start();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(server_port(server)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    gnutls_session_t tls;
    gnutls_certificate_credentials_t cred;
    ck_assert_int_eq(gnutls_certificate_allocate_credentials(&cred), 0);
    ck_assert_int_eq(gnutls_init(&tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL), 0);
    ck_assert_int_eq(gnutls_set_default_priority(tls), 0);
    gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, cred);
    gnutls_transport_set_int(tls, fd);
    gnutls_transport_set_pull_function(tls, hear_nothing);
    ck_assert_int_eq(gnutls_handshake(tls), GNUTLS_E_AGAIN); /* says hello, and then nothing */
    struct pollfd p = {fd, POLLIN, 0};
    ck_assert_int_eq(poll(&p, 1, 10000), 1); /* the server has answered and waits */
    client_open(&c, server_port(server), &certs, NULL);
    ck_assert(client_get(&c, "/x"));
    int64_t cpu = mono_cpu_ns(), until = mono_ns() + 200000000;
    while (mono_ns() < until) mono_sleep_ms(20);
    ck_assert_int_lt(mono_cpu_ns() - cpu, 100000000);
    client_close(&c);
    stop();
    close(fd);
    gnutls_deinit(tls);
    gnutls_certificate_free_credentials(cred);
}
END_TEST

START_TEST(test_many_connections)
{
    start();
    struct client many[40];
    for (size_t i = 0; i < ARRAY_LEN(many); i++) client_open(&many[i], server_port(server), &certs, NULL);
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < ARRAY_LEN(many); i++)
            ck_assert(client_sendc(&many[i], "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"));
        for (size_t i = 0; i < ARRAY_LEN(many); i++) ck_assert(client_response(&many[i], false));
    }
    for (size_t i = 0; i < ARRAY_LEN(many); i++) client_close(&many[i]);
    stop();
}
END_TEST

TEST_MAIN("http", test_keep_alive, test_pipelined, test_bodies, test_refused, test_certificates, test_held_and_finished,
          test_hang_up, test_stop_answers_held, test_stalled_handshake, test_many_connections)
