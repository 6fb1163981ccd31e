/* pem.c - see pem.h. Reads: hostile texts.   Writes: blocks, in an arena. */
#include "apiserver/object/pem.h"

#include "apiserver/object/object.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

static const char begin[] = "-----BEGIN ", end[] = "-----END ", dashes[] = "-----";

/* ---- Blocks ---- */

static struct str next_line(struct str *rest)
{
    struct str tail, line = str_cut(*rest, '\n', &tail);
    *rest = str_is_null(tail) ? STR("") : tail;
    while (line.n && memchr(" \t\r", line.p[line.n - 1], 3)) line.n--;
    return line;
}

/* The type of "-----BEGIN TYPE-----"; STR_NULL: it is another line. */
static struct str type_in(struct str line, const char *head)
{
    size_t n = strlen(head), m = sizeof dashes - 1;
    if (line.n < n + m || !str_starts(line, str_of(head)) || !str_ends(line, STR("-----"))) return STR_NULL;
    return str_n(line.p + n, line.n - n - m);
}

/* The lines off *rest before the END of that type, and that one. False: another BEGIN or END comes first, or none. */
static bool take_body(struct str *rest, struct str type, struct str *body)
{
    const char *from = rest->p;
    while (rest->n) {
        struct str line = next_line(rest), ends = type_in(line, end);
        *body = str_n(from, (size_t)(line.p - from));
        if (!str_is_null(ends)) return str_eq(ends, type);
        if (str_starts(line, str_of(begin))) return false;
    }
    return false;
}

static bool read_body(struct arena *a, struct str body, struct pem_block *b)
{
    char *text = arena_alloc(a, body.n + 1);
    size_t n = 0;
    while (body.n) {
        struct str line = next_line(&body);
        if (str_chr(line, ':') != SIZE_MAX && !n) {
            b->has_headers = true;
            continue;
        }
        memcpy(text + n, line.p, line.n);
        n += line.n;
    }
    return object_unbase64(a, str_n(text, n), &b->bytes);
}

bool pem_next(struct arena *a, struct str *rest, struct pem_block *b)
{
    while (rest->n) {
        *b = (struct pem_block){.type = type_in(next_line(rest), begin)};
        struct str after = *rest, body;
        if (str_is_null(b->type) || !take_body(&after, b->type, &body) || !read_body(a, body, b)) continue;
        *rest = after;
        return true;
    }
    return false;
}

/* ---- Requests and certificates ---- */

static gnutls_datum_t datum(struct str s)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)s.p, (unsigned int)s.n};
}

static void read_organizations(struct arena *a, gnutls_x509_crq_t crq, struct pkcs10 *out)
{
    enum { NAME_MAX_BYTES = 1024 };
    for (unsigned i = 0; i < ARRAY_LEN(out->organizations); i++) {
        char name[NAME_MAX_BYTES];
        size_t n = sizeof name;
        if (gnutls_x509_crq_get_dn_by_oid(crq, GNUTLS_OID_X520_ORGANIZATION_NAME, i, 0, name, &n) < 0) return;
        out->organizations[out->norganizations++] = str_copy(a, str_n(name, n));
    }
}

/* In Go's words, as far as they can be known. */
static const char *unsigned_text(gnutls_x509_crq_t crq)
{
    switch (gnutls_x509_crq_get_pk_algorithm(crq, NULL)) {
    case GNUTLS_PK_RSA: return "crypto/rsa: verification error";
    case GNUTLS_PK_ECDSA: return "x509: ECDSA verification failure";
    case GNUTLS_PK_EDDSA_ED25519: return "x509: Ed25519 verification failure";
    default: return "x509: cannot verify signature: algorithm unimplemented";
    }
}

const char *pkcs10_read(struct arena *a, struct str pem, struct pkcs10 *out)
{
    struct pem_block b;
    struct str rest = pem;
    gnutls_x509_crq_t crq;
    if (!pem_next(a, &rest, &b) || !str_eqc(b.type, "CERTIFICATE REQUEST"))
        return "PEM block type must be CERTIFICATE REQUEST";
    if (gnutls_x509_crq_init(&crq) < 0) return "out of memory";
    gnutls_datum_t der = datum(b.bytes);
    const char *why = NULL;
    if (gnutls_x509_crq_import(crq, &der, GNUTLS_X509_FMT_DER) < 0)
        why = "asn1: structure error: malformed certificate request";
    else if (gnutls_x509_crq_verify(crq, 0) < 0)
        why = unsigned_text(crq);
    else if (out)
        read_organizations(a, crq, out);
    gnutls_x509_crq_deinit(crq);
    return why;
}

bool x509_is_certificate(struct str der)
{
    gnutls_x509_crt_t crt;
    gnutls_datum_t d = datum(der);
    if (gnutls_x509_crt_init(&crt) < 0) return false;
    bool ok = gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_DER) >= 0;
    gnutls_x509_crt_deinit(crt);
    return ok;
}

const char *pem_ca_problem(struct str pem)
{
    struct arena a AUTO_ARENA = {0};
    struct pem_block b;
    const char *why = pem.n ? "unable to parse bytes as PEM block" : "no valid certificate authority data seen";
    bool malformed = false;
    for (struct str rest = pem; pem_next(&a, &rest, &b);) {
        bool counts = str_eqc(b.type, "CERTIFICATE") && !b.has_headers;
        if (counts && x509_is_certificate(b.bytes)) return NULL;
        malformed = malformed || counts;
        why = malformed ? "failed to parse certificate: x509: malformed certificate"
              : rest.n  ? "unable to parse bytes as PEM block"
                        : "no valid certificate authority data seen";
    }
    return why;
}
