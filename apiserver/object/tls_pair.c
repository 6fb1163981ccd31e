/* tls_pair.c - see tls_pair.h. Reads: hostile texts.   Writes: nothing. */
#include "apiserver/object/tls_pair.h"

#include "apiserver/object/pem.h"
#include "base/buf.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* ---- The blocks ---- */

enum { SKIPPED_TEXT_MAX = 4096 }; /* types of blocks that are none: a warning shows less */

struct skipped { /* blocks of other types */
    struct buf types;
    struct str first;
    size_t count;
};

/* The first block that is one, or STR_NULL. */
static struct str find_block(struct arena *a, struct str pem, bool (*is_one)(struct str type), struct skipped *no)
{
    struct pem_block b;
    while (pem_next(a, &pem, &b)) {
        if (is_one(b.type)) return str_is_null(b.bytes) ? STR("") : b.bytes;
        if (!no->count++) no->first = b.type;
        buf_addf(&no->types, "%s%.*s", no->types.n ? " " : "", STR_ARG(b.type));
    }
    return STR_NULL;
}

static bool is_certificate(struct str type) { return str_eqc(type, "CERTIFICATE"); }
static bool is_key(struct str type) { return str_eqc(type, "PRIVATE KEY") || str_ends(type, STR(" PRIVATE KEY")); }

static const char *no_certificate(struct arena *a, const struct skipped *no)
{
    if (!no->count) return "tls: failed to find any PEM data in certificate input";
    if (no->count == 1 && str_ends(no->first, STR("PRIVATE KEY")))
        return "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs "
               "may have been switched";
    return arena_printf(
        a,
        "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of "
        "the following types: [%.*s]",
        STR_ARG(buf_view(&no->types)));
}

static const char *no_key(struct arena *a, const struct skipped *no)
{
    if (!no->count) return "tls: failed to find any PEM data in key input";
    if (no->count == 1 && is_certificate(no->first))
        return "tls: found a certificate rather than a key in the PEM for the private key";
    return arena_printf(a,
                        "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping "
                        "PEM blocks of the following types: [%.*s]",
                        STR_ARG(buf_view(&no->types)));
}

/* ---- What they hold ---- */

enum { KEY_ID_MAX = 64 };

struct half { /* a certificate's public key, or a private key */
    int algorithm;
    unsigned char id[KEY_ID_MAX];
    size_t n;
};

static gnutls_datum_t datum(struct str s)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)s.p, (unsigned int)s.n};
}

static bool read_certificate(struct str der, struct half *out)
{
    gnutls_x509_crt_t crt;
    gnutls_datum_t d = datum(der);
    if (gnutls_x509_crt_init(&crt) < 0) return false;
    out->n = sizeof out->id;
    bool ok = gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_DER) >= 0;
    out->algorithm = ok ? gnutls_x509_crt_get_pk_algorithm(crt, NULL) : 0;
    if (ok && gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, out->id, &out->n) < 0) out->n = 0;
    gnutls_x509_crt_deinit(crt);
    return ok;
}

static int import_key(gnutls_x509_privkey_t key, const gnutls_datum_t *d, bool wrapped)
{
    return wrapped ? gnutls_x509_privkey_import_pkcs8(key, d, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN)
                   : gnutls_x509_privkey_import(key, d, GNUTLS_X509_FMT_DER);
}

static bool read_key(struct str der, struct half *out)
{
    gnutls_x509_privkey_t key;
    gnutls_datum_t d = datum(der);
    bool ok = false;
    for (int wrapped = 0; wrapped < 2 && !ok; wrapped++) {
        if (gnutls_x509_privkey_init(&key) < 0) return false;
        out->n = sizeof out->id;
        ok = import_key(key, &d, wrapped) >= 0;
        if (ok) out->algorithm = gnutls_x509_privkey_get_pk_algorithm(key);
        if (ok && gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, out->id, &out->n) < 0) out->n = 0;
        gnutls_x509_privkey_deinit(key);
    }
    return ok;
}

static bool is_known(int algorithm)
{
    return algorithm == GNUTLS_PK_RSA || algorithm == GNUTLS_PK_ECDSA || algorithm == GNUTLS_PK_EDDSA_ED25519;
}

static const char *compare(struct str certificate, struct str key)
{
    struct half public, private;
    if (!read_certificate(certificate, &public)) return "x509: malformed certificate";
    if (!read_key(key, &private)) return "tls: failed to parse private key";
    if (!is_known(private.algorithm)) return "tls: found unknown private key type in PKCS#8 wrapping";
    if (!is_known(public.algorithm)) return "tls: unknown public key algorithm";
    if (public.algorithm != private.algorithm) return "tls: private key type does not match public key type";
    bool same = public.n == private.n && memcmp(public.id, private.id, public.n) == 0;
    return same ? NULL : "tls: private key does not match public key";
}

const char *tls_pair_problem(struct arena *a, struct str certificate, struct str key)
{
    struct skipped no_crt = {0}, not_key = {0};
    const char *why;
    buf_init(&no_crt.types, SKIPPED_TEXT_MAX);
    buf_init(&not_key.types, SKIPPED_TEXT_MAX);
    struct str crt_der = find_block(a, certificate, is_certificate, &no_crt);
    struct str key_der = find_block(a, key, is_key, &not_key);
    if (str_is_null(crt_der))
        why = no_certificate(a, &no_crt);
    else if (str_is_null(key_der))
        why = no_key(a, &not_key);
    else
        why = compare(crt_der, key_der);
    buf_release(&no_crt.types);
    buf_release(&not_key.types);
    return why;
}
