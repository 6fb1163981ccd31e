/* jwt.c - see jwt.h.
 * Reads: the key of service accounts; tokens.   Writes: tokens.
 * Upstream: pkg/serviceaccount/jwt.go. Only one key and one algorithm exist here, so only one header does: a token that
 * begins otherwise was signed by someone else, and its header is never interpreted. */
#include "apiserver/filter/jwt.h"

#include "apiserver/filter/limits.h"
#include "base/base64.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdlib.h>

enum { COORDINATE = 32, SIGNATURE = 2 * COORDINATE, SHA256_BYTES = 32 };

static struct { /* written before the server starts, const afterwards */
    gnutls_privkey_t key;
    gnutls_pubkey_t pub;
    char *header; /* base64url */
} signer;

static bool failed(int rc, const char *what, struct err *e)
{
    return err_set(e, ERR_INTERNAL, "%s: %s", what, gnutls_strerror(rc));
}

/* ---- The key ---- */

/* kid as upstream's: the SHA-256 of the public key's DER. */
static bool make_header(struct err *e)
{
    unsigned char sum[SHA256_BYTES];
    size_t sum_n = sizeof sum;
    gnutls_datum_t der = {NULL, 0};
    struct buf id AUTO_BUF = {0}, json AUTO_BUF = {0}, text;
    int rc = gnutls_pubkey_export2(signer.pub, GNUTLS_X509_FMT_DER, &der);
    if (rc >= 0) rc = gnutls_fingerprint(GNUTLS_DIG_SHA256, &der, sum, &sum_n);
    gnutls_free(der.data);
    if (rc < 0) return failed(rc, "key of service accounts", e);
    buf_init(&id, CLAIMS_MAX);
    buf_init(&json, CLAIMS_MAX);
    buf_init(&text, CLAIMS_MAX);
    base64url_add(&id, str_n((const char *)sum, sum_n));
    buf_addf(&json, "{\"alg\":\"ES256\",\"kid\":\"%.*s\"}", STR_ARG(buf_view(&id)));
    base64url_add(&text, buf_view(&json));
    free(signer.header);
    signer.header = buf_take(&text);
    return true;
}

bool jwt_init(const char *key_pem, struct err *e)
{
    gnutls_datum_t pem = {(unsigned char *)(uintptr_t)key_pem, (unsigned)strlen(key_pem)};
    if (signer.key) gnutls_privkey_deinit(signer.key);
    if (signer.pub) gnutls_pubkey_deinit(signer.pub);
    signer.key = NULL;
    signer.pub = NULL;
    int rc = gnutls_privkey_init(&signer.key);
    if (rc >= 0) rc = gnutls_pubkey_init(&signer.pub);
    if (rc >= 0) rc = gnutls_privkey_import_x509_raw(signer.key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (rc >= 0) rc = gnutls_pubkey_import_privkey(signer.pub, signer.key, GNUTLS_KEY_DIGITAL_SIGNATURE, 0);
    if (rc < 0) return failed(rc, "key of service accounts", e);
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    if (gnutls_pubkey_export_ecc_raw2(signer.pub, &curve, NULL, NULL, 0) < 0 || curve != GNUTLS_ECC_CURVE_SECP256R1)
        return err_set(e, ERR_USAGE, "key of service accounts: not an EC key on P-256");
    return make_header(e);
}

/* ---- Signatures: DER on GnuTLS' side, r and s of fixed length on ours (RFC 7518, 3.4) ---- */

static bool put_coordinate(unsigned char *out, const gnutls_datum_t *n)
{
    const unsigned char *p = n->data;
    size_t size = n->size;
    for (; size > COORDINATE && !*p; size--) p++;
    if (size > COORDINATE) return false;
    memset(out, 0, COORDINATE - size);
    memcpy(out + COORDINATE - size, p, size);
    return true;
}

static bool sign(struct str text, unsigned char raw[SIGNATURE], struct err *e)
{
    gnutls_datum_t data = {(unsigned char *)(uintptr_t)text.p, (unsigned)text.n};
    gnutls_datum_t der = {NULL, 0}, r = {NULL, 0}, s = {NULL, 0};
    int rc = gnutls_privkey_sign_data(signer.key, GNUTLS_DIG_SHA256, 0, &data, &der);
    if (rc >= 0) rc = gnutls_decode_rs_value(&der, &r, &s);
    if (rc >= 0 && (!put_coordinate(raw, &r) || !put_coordinate(raw + COORDINATE, &s))) rc = GNUTLS_E_INTERNAL_ERROR;
    gnutls_free(der.data);
    gnutls_free(r.data);
    gnutls_free(s.data);
    return rc >= 0 || failed(rc, "signing a token", e);
}

static gnutls_datum_t coordinate(const char *p)
{
    size_t zeros = 0;
    while (zeros < COORDINATE - 1 && !p[zeros]) zeros++;
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)(p + zeros), (unsigned)(COORDINATE - zeros)};
}

static bool signature_fits(struct str text, struct str raw)
{
    gnutls_datum_t data = {(unsigned char *)(uintptr_t)text.p, (unsigned)text.n};
    gnutls_datum_t r = coordinate(raw.p), s = coordinate(raw.p + COORDINATE), der = {NULL, 0};
    int rc = gnutls_encode_rs_value(&der, &r, &s);
    if (rc >= 0) rc = gnutls_pubkey_verify_data2(signer.pub, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &der);
    gnutls_free(der.data);
    return rc >= 0;
}

bool jwt_sign(struct arena *a, struct str claims, struct str *token, struct err *e)
{
    unsigned char raw[SIGNATURE];
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 2 * (size_t)CLAIMS_MAX);
    buf_addf(&text, "%s.", signer.header);
    base64url_add(&text, claims);
    if (!buf_ok(&text)) return err_set(e, ERR_TOO_LARGE, "the token would be too long");
    if (!sign(buf_view(&text), raw, e)) return false;
    buf_char(&text, '.');
    base64url_add(&text, str_n((const char *)raw, sizeof raw));
    *token = str_copy(a, buf_view(&text));
    return true;
}

bool jwt_looks_like(struct str token)
{
    struct str rest;
    str_cut(token, '.', &rest);
    str_cut(rest, '.', &rest);
    return !str_is_null(rest) && str_chr(rest, '.') == SIZE_MAX;
}

bool jwt_verify(struct arena *a, struct str token, struct str *claims)
{
    struct str rest, raw;
    if (!signer.header || token.n > ACCOUNT_TOKEN_MAX || !jwt_looks_like(token)) return false;
    if (!str_eqc(str_cut(token, '.', &rest), signer.header)) return false;
    struct str payload = str_cut(rest, '.', &rest), head = str_n(token.p, (size_t)(rest.p - token.p) - 1);
    if (!base64url_read_strict(a, rest, &raw) || raw.n != SIGNATURE || !signature_fits(head, raw)) return false;
    return base64url_read_strict(a, payload, claims);
}
