/* Certificates: what is generated, what is kept on disk, and how long it takes. */
#include "apiserver/http/certs.h"

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "check_main.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sys/stat.h>
#include <unistd.h>

static gnutls_x509_crt_t parse(const char *pem)
{
    gnutls_x509_crt_t crt;
    gnutls_datum_t d = {(unsigned char *)pem, (unsigned)strlen(pem)};
    ck_assert_int_eq(gnutls_x509_crt_init(&crt), 0);
    ck_assert_int_eq(gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_PEM), 0);
    return crt;
}

static void assert_subject(const struct cert_pair *p, const char *cn, const char *org)
{
    gnutls_x509_crt_t crt = parse(p->cert_pem);
    char text[256];
    size_t n = sizeof text;
    ck_assert_int_eq(gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &n), 0);
    ck_assert_str_eq(text, cn);
    n = sizeof text;
    ck_assert_int_eq(gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, 0, text, &n), 0);
    ck_assert_str_eq(text, org);
    gnutls_x509_crt_deinit(crt);
}

START_TEST(test_generated)
{
    struct certs c;
    struct err e = ERR_INIT;
    const char *const sans[] = {"my.host", "192.0.2.7", NULL};
    ck_assert_msg(certs_generate(&c, sans, &e), "%s", e.text);
    assert_subject(&c.pair[CERT_ADMIN], "kubernetes-admin", "system:masters");
    assert_subject(&c.pair[CERT_SCHEDULER], "system:kube-scheduler", "kubestep:components");
    gnutls_x509_crt_t ca = parse(c.pair[CERT_CA].cert_pem), server = parse(c.pair[CERT_SERVER].cert_pem);
    unsigned status = 1;
    ck_assert_int_eq(gnutls_x509_crt_verify(server, &ca, 1, 0, &status), 0);
    ck_assert_uint_eq(status, 0);
    static const char *const names[] = {"localhost", "127.0.0.1", "::1",      "kubernetes.default.svc",
                                        "10.96.0.1", "my.host",   "192.0.2.7"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        ck_assert_msg(gnutls_x509_crt_check_hostname(server, names[i]), "%s", names[i]);
    ck_assert(!gnutls_x509_crt_check_hostname(server, "other.host"));
    gnutls_x509_crt_t proxy_ca = parse(c.pair[CERT_PROXY_CA].cert_pem);
    gnutls_x509_crt_t proxy = parse(c.pair[CERT_PROXY_CLIENT].cert_pem);
    ck_assert_int_eq(gnutls_x509_crt_verify(proxy, &proxy_ca, 1, 0, &status), 0);
    ck_assert_uint_eq(status, 0);
    ck_assert_int_eq(gnutls_x509_crt_verify(proxy, &ca, 1, 0, &status), 0);
    ck_assert_uint_ne(status, 0); /* the cluster's CA does not vouch for it, or clients could pass for the proxy */
    gnutls_x509_crt_deinit(proxy_ca);
    gnutls_x509_crt_deinit(proxy);
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_crt_deinit(server);
    certs_release(&c);
}
END_TEST

/* ECPrivateKey, version 1, then 32 bytes whatever the number's first bit: in base64, so much of each key is the same.
 */
START_TEST(test_private_numbers_have_32_bytes)
{
    static const char head[] = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEI";
    struct err e = ERR_INIT;
    for (int round = 0; round < 4; round++) {
        struct certs c;
        ck_assert_msg(certs_generate(&c, NULL, &e), "%s", e.text);
        for (int i = 0; i < CERT_COUNT; i++) ck_assert_msg(!strncmp(c.pair[i].key_pem, head, sizeof head - 1), "%d", i);
        certs_release(&c);
    }
}
END_TEST

START_TEST(test_kept_on_disk)
{
    char dir[] = "/tmp/kubestep-certs-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    struct err e = ERR_INIT;
    ck_assert_msg(certs_ensure(dir, NULL, &e), "%s", e.text);
    struct certs first, again, other;
    ck_assert(certs_load(&first, dir, &e));
    struct stat st;
    AUTO_FREE char *key = xasprintf("%s/ca.key", dir);
    ck_assert_int_eq(stat(key, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);

    ck_assert(certs_ensure(dir, NULL, &e)); /* nothing to do: the same bytes */
    ck_assert(certs_load(&again, dir, &e));
    for (int i = 0; i < CERT_COUNT; i++) ck_assert_str_eq(first.pair[i].cert_pem, again.pair[i].cert_pem);

    const char *const sans[] = {"extra.example", NULL};
    ck_assert(certs_ensure(dir, sans, &e)); /* the server's alone is new */
    ck_assert(certs_load(&other, dir, &e));
    ck_assert_str_ne(first.pair[CERT_SERVER].cert_pem, other.pair[CERT_SERVER].cert_pem);
    ck_assert_str_eq(first.pair[CERT_ADMIN].cert_pem, other.pair[CERT_ADMIN].cert_pem);
    certs_release(&first);
    certs_release(&again);
    certs_release(&other);

    ck_assert(certs_write_kubeconfig(dir, "admin", "https://127.0.0.1:6443", &e));
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 1 << 20);
    AUTO_FREE char *path = xasprintf("%s/admin.kubeconfig", dir);
    ck_assert(io_read_file(path, &text, &e));
    ck_assert_ptr_nonnull(strstr(text.p, "server: https://127.0.0.1:6443\n    disable-compression: true\n"));
    ck_assert_ptr_nonnull(strstr(text.p, "client-key-data: LS0tLS1"));
    ck_assert(!certs_write_kubeconfig(dir, "nobody", "https://127.0.0.1:6443", &e));

    AUTO_FREE char *bad = xasprintf("%s/ca.crt", dir);
    ck_assert(io_write_file(bad, STR("not a certificate"), 0600, false, &e));
    ck_assert(!certs_ensure(dir, NULL, &e));
    ck_assert(io_remove_tree(dir, &e));
}
END_TEST

TEST_MAIN("certs", test_generated, test_private_numbers_have_32_bytes, test_kept_on_disk)
