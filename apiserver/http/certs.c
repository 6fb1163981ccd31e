/* certs.c - makes, reads and writes the cluster's certificates.
 * Reads: <dir>/<name>.crt and .key.
 * Writes: the same, and <dir>/<name>.kubeconfig. */
#include "apiserver/http/certs.h"

#include "base/io.h"
#include "base/mem.h"
#include "base/mono.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>

enum { PEM_MAX = 64 * 1024, VALID_DAYS = 3650, BACKDATE_S = 3600 /* clocks differ */, SERIAL_BYTES = 16, ORGS_MAX = 2 };

static const struct cert_row {
    const char *file, *cn, *orgs[ORGS_MAX];
    bool ca, server;       /* neither: a client's */
    enum cert_name signer; /* of what is no CA; stands before it */
} rows[CERT_COUNT] = {
    [CERT_CA] = {.file = "ca", .cn = "kubestep-ca", .ca = true},
    [CERT_SERVER] = {.file = "server", .cn = "kube-apiserver", .server = true},
    [CERT_ADMIN] = {.file = "admin", .cn = "kubernetes-admin", .orgs = {"system:masters"}},
    [CERT_SCHEDULER] = {.file = "scheduler", .cn = "system:kube-scheduler", .orgs = {"kubestep:components"}},
    [CERT_CONTROLLERS] = {.file = "controllers",
                          .cn = "system:kube-controller-manager",
                          .orgs = {"kubestep:components"}},
    /* It acts for its nodes, each under that node's identity. */
    [CERT_KUBELET_SIM] = {.file = "kubelet-sim",
                          .cn = "system:kubelet-sim",
                          .orgs = {"kubestep:components", "system:masters"}},
    [CERT_KUBELET_CLIENT] = {.file = "apiserver-kubelet-client", .cn = "kube-apiserver-kubelet-client"},
    /* Its key signs tokens; the certificate is of no use. */
    [CERT_SERVICE_ACCOUNT] = {.file = "service-account", .cn = "kube-apiserver-service-account"},
    /* Proof that a request to an aggregated API server comes through us: nothing else is signed by this CA. */
    [CERT_PROXY_CA] = {.file = "front-proxy-ca", .cn = "front-proxy-ca", .ca = true},
    [CERT_PROXY_CLIENT] = {.file = "front-proxy-client", .cn = "front-proxy-client", .signer = CERT_PROXY_CA},
};

static const char *const server_names[] = {
    "127.0.0.1",
    "::1",
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "10.96.0.1",
    NULL,
};

struct pair { /* parsed */
    gnutls_x509_crt_t crt;
    gnutls_x509_privkey_t key;
};

const char *cert_file(enum cert_name n) { return rows[n].file; }

static void pair_release(struct pair *p)
{
    if (p->crt) gnutls_x509_crt_deinit(p->crt);
    if (p->key) gnutls_x509_privkey_deinit(p->key);
    *p = (struct pair){NULL, NULL};
}
#define AUTO_PAIR __attribute__((cleanup(pair_release)))

static bool failed(int rc, const char *what, struct err *e)
{
    return err_set(e, ERR_INTERNAL, "%s: %s", what, gnutls_strerror(rc));
}

/* ---- Making ---- */

static int add_name(gnutls_x509_crt_t crt, const char *name)
{
    unsigned char address[16];
    if (inet_pton(AF_INET, name, address) == 1)
        return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address, 4, GNUTLS_FSAN_APPEND);
    if (inet_pton(AF_INET6, name, address) == 1)
        return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address, 16, GNUTLS_FSAN_APPEND);
    return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name, (unsigned)strlen(name),
                                                GNUTLS_FSAN_APPEND);
}

static int add_names(gnutls_x509_crt_t crt, const char *const *names)
{
    int rc = 0;
    for (; names && *names && rc >= 0; names++) rc = add_name(crt, *names);
    return rc;
}

static int set_subject(gnutls_x509_crt_t crt, const struct cert_row *row)
{
    int rc = 0;
    for (int i = 0; i < ORGS_MAX && row->orgs[i] && rc >= 0; i++)
        rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_ORGANIZATION_NAME, 0, row->orgs[i],
                                           (unsigned)strlen(row->orgs[i]));
    if (rc < 0) return rc;
    return gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, row->cn, (unsigned)strlen(row->cn));
}

static int set_basics(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, bool ca)
{
    unsigned char serial[SERIAL_BYTES], id[20];
    size_t id_n = sizeof id;
    time_t now = (time_t)(mono_wall_ms() / 1000);
    int rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40); /* positive, of full length */
    if (rc >= 0) rc = gnutls_x509_crt_set_version(crt, 3);
    if (rc >= 0) rc = gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
    if (rc >= 0) rc = gnutls_x509_crt_set_activation_time(crt, now - BACKDATE_S);
    if (rc >= 0) rc = gnutls_x509_crt_set_expiration_time(crt, now + (time_t)VALID_DAYS * 86400);
    if (rc >= 0) rc = gnutls_x509_crt_set_key(crt, key);
    if (rc >= 0) rc = gnutls_x509_crt_set_basic_constraints(crt, ca, -1);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_key_usage(crt, ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
                                                   : GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (rc >= 0) rc = gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA1, id, &id_n);
    if (rc >= 0) rc = gnutls_x509_crt_set_subject_key_id(crt, id, id_n);
    return rc;
}

/* GnuTLS writes a private number as a signed integer, of 33 bytes when its first bit is set and of fewer than 32 when
 * its first byte is zero; others read 32 (RFC 5915). So one is made until it is written in 32: every other try. */
static int generate(gnutls_x509_privkey_t *key)
{
    for (;;) {
        gnutls_datum_t number = {NULL, 0};
        int rc = gnutls_x509_privkey_init(key);
        if (rc >= 0)
            rc = gnutls_x509_privkey_generate(*key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
                                              0);
        if (rc >= 0) rc = gnutls_x509_privkey_export_ecc_raw(*key, NULL, NULL, NULL, &number);
        bool fits = rc >= 0 && number.size == 32 && number.data[0] < 0x80;
        gnutls_free(number.data);
        if (fits || rc < 0) return rc;
        gnutls_x509_privkey_deinit(*key);
        *key = NULL;
    }
}

/* ca NULL: signed by itself. */
static bool make(const struct cert_row *row, const struct pair *ca, const char *const *sans, struct pair *out,
                 struct err *e)
{
    int rc = generate(&out->key);
    if (rc >= 0) rc = gnutls_x509_crt_init(&out->crt);
    if (rc >= 0) rc = set_basics(out->crt, out->key, !ca);
    if (rc >= 0) rc = set_subject(out->crt, row);
    if (rc >= 0 && ca)
        rc = gnutls_x509_crt_set_key_purpose_oid(out->crt,
                                                 row->server ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT, 0);
    if (rc >= 0 && row->server) rc = add_names(out->crt, server_names);
    if (rc >= 0 && row->server) rc = add_names(out->crt, sans);
    if (rc >= 0)
        rc = gnutls_x509_crt_sign2(out->crt, ca ? ca->crt : out->crt, ca ? ca->key : out->key, GNUTLS_DIG_SHA256, 0);
    return rc >= 0 || failed(rc, row->file, e);
}

static bool to_pem(const struct pair *p, struct cert_pair *out, struct err *e)
{
    gnutls_datum_t crt = {NULL, 0}, key = {NULL, 0};
    int rc = gnutls_x509_crt_export2(p->crt, GNUTLS_X509_FMT_PEM, &crt);
    if (rc >= 0) rc = gnutls_x509_privkey_export2(p->key, GNUTLS_X509_FMT_PEM, &key);
    if (rc >= 0) {
        out->cert_pem = xstrndup((const char *)crt.data, crt.size);
        out->key_pem = xstrndup((const char *)key.data, key.size);
    }
    gnutls_free(crt.data);
    gnutls_free(key.data);
    return rc >= 0 || failed(rc, "certificate to PEM", e);
}

bool certs_generate(struct certs *out, const char *const *sans, struct err *e)
{
    *out = (struct certs){0};
    struct pair p[CERT_COUNT] = {{NULL, NULL}};
    bool ok = true;
    for (int i = 0; i < CERT_COUNT && ok; i++)
        ok = make(&rows[i], rows[i].ca ? NULL : &p[rows[i].signer], sans, &p[i], e) && to_pem(&p[i], &out->pair[i], e);
    for (int i = 0; i < CERT_COUNT; i++) pair_release(&p[i]);
    if (!ok) certs_release(out);
    return ok;
}

void certs_release(struct certs *c)
{
    for (int i = 0; i < CERT_COUNT; i++) {
        free(c->pair[i].cert_pem);
        free(c->pair[i].key_pem);
    }
    *c = (struct certs){0};
}

/* ---- Files ---- */

static bool read_pem(const char *dir, const char *file, const char *ending, char **out, struct err *e)
{
    AUTO_FREE char *path = xasprintf("%s/%s%s", dir, file, ending);
    struct buf b AUTO_BUF = {0};
    buf_init(&b, PEM_MAX);
    if (!io_read_file(path, &b, e)) return false;
    if (!buf_ok(&b) || !b.n) return err_set(e, ERR_IO, "%s is no PEM file", path);
    *out = buf_take(&b);
    return true;
}

static bool read_pair(const char *dir, enum cert_name n, struct cert_pair *out, struct err *e)
{
    return read_pem(dir, rows[n].file, ".crt", &out->cert_pem, e) &&
           read_pem(dir, rows[n].file, ".key", &out->key_pem, e);
}

/* Not durable: a start that the power cut off begins again with what is there. */
static bool write_pair(const char *dir, enum cert_name n, const struct pair *p, struct err *e)
{
    struct cert_pair pem = {NULL, NULL};
    if (!to_pem(p, &pem, e)) return false;
    AUTO_FREE char *crt_path = xasprintf("%s/%s.crt", dir, rows[n].file), *cert_pem = pem.cert_pem;
    AUTO_FREE char *key_path = xasprintf("%s/%s.key", dir, rows[n].file), *key_pem = pem.key_pem;
    return io_write_file(key_path, str_of(key_pem), 0600, false, e) &&
           io_write_file(crt_path, str_of(cert_pem), 0600, false, e);
}

static bool have(const char *dir, enum cert_name n)
{
    AUTO_FREE char *crt = xasprintf("%s/%s.crt", dir, rows[n].file), *key = xasprintf("%s/%s.key", dir, rows[n].file);
    return io_exists(crt) && io_exists(key);
}

static bool parse(const struct cert_pair *pem, const char *file, struct pair *out, struct err *e)
{
    gnutls_datum_t crt = {(unsigned char *)pem->cert_pem, (unsigned)strlen(pem->cert_pem)};
    gnutls_datum_t key = {(unsigned char *)pem->key_pem, (unsigned)strlen(pem->key_pem)};
    int rc = gnutls_x509_crt_init(&out->crt);
    if (rc >= 0) rc = gnutls_x509_privkey_init(&out->key);
    if (rc >= 0) rc = gnutls_x509_crt_import(out->crt, &crt, GNUTLS_X509_FMT_PEM);
    if (rc >= 0) rc = gnutls_x509_privkey_import2(out->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
    return rc >= 0 || failed(rc, file, e);
}

static bool read_parsed(const char *dir, enum cert_name n, struct pair *out, struct err *e)
{
    struct cert_pair pem = {NULL, NULL};
    bool ok = read_pair(dir, n, &pem, e) && parse(&pem, rows[n].file, out, e);
    free(pem.cert_pem);
    free(pem.key_pem);
    return ok;
}

/* Does the server's certificate on file come from this CA and cover all of sans? */
static bool server_fits(const char *dir, const struct pair *ca, const char *const *sans)
{
    struct pair p AUTO_PAIR = {NULL, NULL};
    unsigned status = 0;
    if (!read_parsed(dir, CERT_SERVER, &p, NULL)) return false;
    if (gnutls_x509_crt_verify(p.crt, &ca->crt, 1, 0, &status) < 0 || status) return false;
    for (; sans && *sans; sans++)
        if (!gnutls_x509_crt_check_hostname(p.crt, *sans)) return false; /* knows addresses too */
    return true;
}

/* Reads it, or makes it anew; *fresh says which. */
static bool ensure_one(const char *dir, int i, struct pair p[CERT_COUNT], bool fresh[CERT_COUNT],
                       const char *const *sans, struct err *e)
{
    const struct cert_row *row = &rows[i];
    const struct pair *ca = row->ca ? NULL : &p[row->signer];
    bool keep = have(dir, i) && (row->ca || !fresh[row->signer]) && (!row->server || server_fits(dir, ca, sans));
    fresh[i] = !keep;
    if (keep) return !row->ca || read_parsed(dir, i, &p[i], e);
    return make(row, ca, sans, &p[i], e) && write_pair(dir, i, &p[i], e);
}

bool certs_ensure(const char *dir, const char *const *sans, struct err *e)
{
    struct pair p[CERT_COUNT] = {{NULL, NULL}};
    bool fresh[CERT_COUNT] = {false}, ok = true;
    for (int i = 0; i < CERT_COUNT && ok; i++) ok = ensure_one(dir, i, p, fresh, sans, e);
    for (int i = 0; i < CERT_COUNT; i++) pair_release(&p[i]);
    return ok || err_context(e, "certificates in %s", dir);
}

bool certs_load(struct certs *out, const char *dir, struct err *e)
{
    *out = (struct certs){0};
    for (int i = 0; i < CERT_COUNT; i++) {
        if (read_pair(dir, i, &out->pair[i], e)) continue;
        certs_release(out);
        return false;
    }
    return true;
}

/* ---- Kubeconfig ---- */

static bool add_file_base64(struct buf *out, const char *key, const char *dir, const char *file, const char *ending,
                            struct err *e)
{
    char *pem = NULL;
    if (!read_pem(dir, file, ending, &pem, e)) return false;
    gnutls_datum_t in = {(unsigned char *)pem, (unsigned)strlen(pem)}, text = {NULL, 0};
    int rc = gnutls_base64_encode2(&in, &text);
    if (rc >= 0) buf_addf(out, "    %s: %.*s\n", key, (int)text.size, (const char *)text.data);
    gnutls_free(text.data);
    free(pem);
    return rc >= 0 || failed(rc, file, e);
}

bool certs_write_kubeconfig(const char *dir, const char *name, const char *server_url, struct err *e)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, PEM_MAX * 4);
    buf_cstr(&b, "apiVersion: v1\nkind: Config\nclusters:\n- name: kubestep\n  cluster:\n");
    if (!add_file_base64(&b, "certificate-authority-data", dir, rows[CERT_CA].file, ".crt", e)) return false;
    /* Go's clients ask for gzip unless told: on loopback that costs both sides more than the bytes do. */
    buf_addf(&b, "    server: %s\n    disable-compression: true\n", server_url);
    buf_addf(&b, "contexts:\n- name: kubestep\n  context:\n    cluster: kubestep\n    user: %s\n", name);
    buf_addf(&b, "current-context: kubestep\npreferences: {}\nusers:\n- name: %s\n  user:\n", name);
    if (!add_file_base64(&b, "client-certificate-data", dir, name, ".crt", e)) return false;
    if (!add_file_base64(&b, "client-key-data", dir, name, ".key", e)) return false;
    AUTO_FREE char *path = xasprintf("%s/%s.kubeconfig", dir, name);
    return io_write_file(path, buf_view(&b), 0600, false, e);
}
