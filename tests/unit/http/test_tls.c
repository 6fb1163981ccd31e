/* test_tls.c - certificates given as texts: who is trusted, who is named, and the client's own certificate. */
#include "check_main.h"
#include "fake_server.h"
#include "http/http.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

struct identity {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t cert;
    gnutls_datum_t key_pem, cert_pem;
};

static time_t at(int64_t days) { return (time_t)(mono_wall_ms() / 1000 + days * 86400); }

static void make_identity(struct identity *id, const char *cn, bool ca, const struct identity *issuer)
{
    unsigned char serial = (unsigned char)(1 + strlen(cn)), loopback[4] = {127, 0, 0, 1};
    gnutls_x509_privkey_init(&id->key);
    gnutls_x509_privkey_generate(id->key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    gnutls_x509_crt_init(&id->cert);
    gnutls_x509_crt_set_version(id->cert, 3);
    gnutls_x509_crt_set_serial(id->cert, &serial, 1);
    gnutls_x509_crt_set_dn_by_oid(id->cert, GNUTLS_OID_X520_COMMON_NAME, 0, cn, (unsigned)strlen(cn));
    gnutls_x509_crt_set_activation_time(id->cert, at(-1));
    gnutls_x509_crt_set_expiration_time(id->cert, at(1));
    gnutls_x509_crt_set_basic_constraints(id->cert, ca, ca ? 1 : -1);
    gnutls_x509_crt_set_key_usage(id->cert, ca ? GNUTLS_KEY_KEY_CERT_SIGN : GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (!ca) gnutls_x509_crt_set_subject_alt_name(id->cert, GNUTLS_SAN_IPADDRESS, loopback, 4, GNUTLS_FSAN_SET);
    if (!ca) gnutls_x509_crt_set_subject_alt_name(id->cert, GNUTLS_SAN_DNSNAME, "kubernetes", 10, GNUTLS_FSAN_APPEND);
    gnutls_x509_crt_set_key(id->cert, id->key);
    if (!issuer) issuer = id;
    ck_assert_int_eq(gnutls_x509_crt_sign2(id->cert, issuer->cert, issuer->key, GNUTLS_DIG_SHA256, 0), 0);
    ck_assert_int_eq(gnutls_x509_crt_export2(id->cert, GNUTLS_X509_FMT_PEM, &id->cert_pem), 0);
    ck_assert_int_eq(gnutls_x509_privkey_export2_pkcs8(id->key, GNUTLS_X509_FMT_PEM, NULL, 0, &id->key_pem), 0);
}

static void drop_identity(struct identity *id)
{
    gnutls_x509_privkey_deinit(id->key);
    gnutls_x509_crt_deinit(id->cert);
    gnutls_free(id->key_pem.data);
    gnutls_free(id->cert_pem.data);
}

/* ---- A server for one connection after the other; it answers with the client's CN. ---- */

static struct {
    int fd, port;
    pthread_t thread;
    gnutls_certificate_credentials_t cred;
} tls;

static void answer(gnutls_session_t s)
{
    char request[4096], text[256], cn[64] = "nobody";
    unsigned n = 0;
    size_t size = sizeof cn;
    gnutls_x509_crt_t c;
    const gnutls_datum_t *der = gnutls_certificate_get_peers(s, &n);
    if (n && gnutls_x509_crt_init(&c) == 0) {
        gnutls_x509_crt_import(c, der, GNUTLS_X509_FMT_DER);
        gnutls_x509_crt_get_dn_by_oid(c, GNUTLS_OID_X520_COMMON_NAME, 0, 0, cn, &size);
        gnutls_x509_crt_deinit(c);
    }
    while (gnutls_record_recv(s, request, sizeof request) > 0) {
        int m = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(cn), cn);
        gnutls_record_send(s, text, (size_t)m);
    }
}

static void *serve(void *arg)
{
    (void)arg;
    for (int fd; (fd = accept(tls.fd, NULL, NULL)) >= 0; close(fd)) {
        gnutls_session_t s;
        gnutls_init(&s, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
        gnutls_set_default_priority(s);
        gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, tls.cred);
        gnutls_certificate_server_set_request(s, GNUTLS_CERT_REQUEST);
        gnutls_transport_set_int(s, fd);
        if (gnutls_handshake(s) == 0) answer(s);
        gnutls_deinit(s);
    }
    return NULL;
}

static void serve_start(const struct identity *id)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    gnutls_certificate_allocate_credentials(&tls.cred);
    gnutls_certificate_set_x509_key_mem(tls.cred, &id->cert_pem, &id->key_pem, GNUTLS_X509_FMT_PEM);
    tls.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert(bind(tls.fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(tls.fd, 8) == 0);
    ck_assert(getsockname(tls.fd, (struct sockaddr *)&a, &n) == 0);
    tls.port = ntohs(a.sin_port);
    tls.thread = thread_start("tls", serve, NULL);
}

static void serve_stop(void)
{
    shutdown(tls.fd, SHUT_RDWR);
    thread_join(tls.thread);
    close(tls.fd);
    gnutls_certificate_free_credentials(tls.cred);
}

/* The body of two GETs on one pool, or the error of the first. */
static bool get(const struct http_tls *t, char body[64], struct err *e)
{
    char base[64];
    snprintf(base, sizeof base, "https://127.0.0.1:%d", tls.port);
    struct http *h = http_new(base, t, e);
    ck_assert_ptr_nonnull(h);
    struct http_response r;
    http_response_init(&r);
    struct http_request rq = {.method = "GET", .path = "/", .timeout_ms = 20000};
    bool ok = http_do(h, &rq, &r, e) && http_do(h, &rq, &r, e);
    snprintf(body, 64, "%.*s", STR_ARG(buf_view(&r.body)));
    http_response_release(&r);
    http_free(h);
    return ok;
}

START_TEST(trust_names_and_client_certificates)
{
    struct identity ca, server, client, stranger;
    struct err e;
    char body[64];
    make_identity(&ca, "ca", true, NULL);
    make_identity(&server, "server", false, &ca);
    make_identity(&client, "system:admin", false, &ca);
    make_identity(&stranger, "another-ca", true, NULL);
    const char *ca_pem = (const char *)ca.cert_pem.data, *cert = (const char *)client.cert_pem.data;
    const char *key = (const char *)client.key_pem.data;
    serve_start(&server);
    struct http_tls t = {.ca_pem = ca_pem};
    ck_assert_msg(get(&t, body, &e), "%s", e.text);
    ck_assert_str_eq(body, "nobody");
    t = (struct http_tls){.ca_pem = ca_pem, .cert_pem = cert, .key_pem = key};
    ck_assert_msg(get(&t, body, &e), "%s", e.text);
    ck_assert_str_eq(body, "system:admin");
    t = (struct http_tls){.ca_pem = ca_pem, .server_name = "kubernetes"};
    ck_assert_msg(get(&t, body, &e), "%s", e.text);
    t = (struct http_tls){.ca_pem = ca_pem, .server_name = "example"};
    ck_assert(!get(&t, body, &e));
    ck_assert_int_eq(e.code, ERR_IO);
    t = (struct http_tls){.ca_pem = (const char *)stranger.cert_pem.data};
    ck_assert(!get(&t, body, &e));
    ck_assert_int_eq(e.code, ERR_IO);
    t = (struct http_tls){.insecure = true};
    ck_assert_msg(get(&t, body, &e), "%s", e.text);
    t = (struct http_tls){.ca_pem = "junk"};
    ck_assert(!get(&t, body, &e));
    serve_stop();
    drop_identity(&ca);
    drop_identity(&server);
    drop_identity(&client);
    drop_identity(&stranger);
}
END_TEST

TEST_MAIN("tls", trust_names_and_client_certificates)
