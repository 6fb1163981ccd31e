/* check_csr.c - validation of CertificateSigningRequests (pkg/apis/certificates/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/csr.h"

#include "apiserver/object/check_admission.h"
#include "apiserver/object/names.h"
#include "apiserver/object/object.h"
#include "apiserver/object/pem.h"
#include "base/map.h"

enum { EXPIRATION_MIN_S = 600, DOMAIN_MAX = 253, SIGNER_MAX = 253 + 253 + 63 + 1 + 1 };

/* ---- Spec ---- */

static void check_request(struct check *c, const struct json *request)
{
    struct str pem = STR("");
    const char *why = "PEM block type must be CERTIFICATE REQUEST";
    if (object_unbase64(c->arena, obj_text(request), &pem)) why = pkcs10_read(c->arena, pem, NULL);
    if (why) check_invalid(c, "request", request, why);
}

static void check_usages(struct check *c, const struct json *usages)
{
    static const char *const known[] = {"any",
                                        "cert sign",
                                        "client auth",
                                        "code signing",
                                        "content commitment",
                                        "crl sign",
                                        "data encipherment",
                                        "decipher only",
                                        "digital signature",
                                        "email protection",
                                        "encipher only",
                                        "ipsec end system",
                                        "ipsec tunnel",
                                        "ipsec user",
                                        "key agreement",
                                        "key encipherment",
                                        "microsoft sgc",
                                        "netscape sgc",
                                        "ocsp signing",
                                        "s/mime",
                                        "server auth",
                                        "signing",
                                        "timestamping",
                                        NULL};
    struct map seen = {0};
    size_t i = 0;
    if (!obj_count(usages, "")) check_required(c, "usages", "");
    for (OBJ_EACH(it, usages, "")) check_one_of(c, arena_printf(c->arena, "usages[%zu]", i++), obj_text(it), known);
    i = 0;
    for (OBJ_EACH(it, usages, "")) {
        (void)check_unique(c, arena_printf(c->arena, "usages[%zu]", i++), obj_text(it), &seen);
    }
    map_release(&seen, NULL);
}

/* Labels of a part of the signer's name; the first bad one is told. Returns their number. */
static size_t check_labels_of(struct check *c, struct str part, const char *(*rule)(struct str))
{
    size_t n = 0;
    const char *told = NULL;
    for (struct str rest = part; !str_is_null(rest); n++) {
        struct str label = str_cut(rest, '.', &rest);
        const char *why = told ? NULL : rule(label);
        if (!why) continue;
        told = why;
        check_invalid_str(c, "signerName", part,
                          arena_printf(c->arena, "validating label \"%.*s\": %s", STR_ARG(label), why));
    }
    return n;
}

static void check_signer(struct check *c, struct str name)
{
    struct str path, domain = str_cut(name, '/', &path);
    if (!name.n) {
        check_required(c, "signerName", "");
        return;
    }
    if (str_eqc(name, "kubernetes.io/legacy-unknown")) {
        check_invalid_str(c, "signerName", name, "the legacy signerName is not allowed via this API version");
        return;
    }
    if (str_is_null(path) || str_chr(path, '/') != SIZE_MAX) {
        check_invalid_str(c, "signerName", name,
                          "must be a fully qualified domain and path of the form 'example.com/signer-name'");
        return;
    }
    if (domain.n > DOMAIN_MAX) check_too_long(c, "signerName", DOMAIN_MAX);
    if (check_labels_of(c, domain, name_dns1123_label) < 2)
        check_invalid_str(c, "signerName", domain, "should be a domain with at least two segments separated by dots");
    check_labels_of(c, path, name_dns1123_subdomain);
    if (name.n > SIGNER_MAX) check_too_long(c, "signerName", SIGNER_MAX);
}

static void check_spec(struct check *c, const struct json *spec)
{
    const struct json *seconds = json_getc(spec, "expirationSeconds");
    size_t mark = check_member(c, "spec");
    check_request(c, json_getc(spec, "request"));
    check_usages(c, json_getc(spec, "usages"));
    check_signer(c, obj_str(spec, ".signerName"));
    if (seconds && obj_number(seconds, 0) < EXPIRATION_MIN_S)
        check_invalid(c, "expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)");
    check_pop(c, mark);
}

/* ---- Status ---- */

static const char *const final_types[] = {"Approved", "Denied", "Failed", NULL};

static bool is_final(struct str type)
{
    for (int i = 0; final_types[i]; i++)
        if (str_eqc(type, final_types[i])) return true;
    return false;
}

static void check_condition(struct check *c, const struct json *condition)
{
    static const char *const only_true[] = {"True", NULL}, *const all[] = {"False", "True", "Unknown", NULL};
    struct str type = obj_str(condition, ".type"), status = obj_str(condition, ".status");
    if (!type.n) check_required(c, "type", "");
    if (!status.n)
        check_required(c, "status", "");
    else
        check_one_of(c, "status", status, is_final(type) ? only_true : all);
}

static void check_conditions(struct check *c, const struct json *conditions)
{
    bool approved = false, denied = false;
    struct map seen = {0};
    size_t outer = check_member(c, "status.conditions"), i = 0;
    for (OBJ_EACH(it, conditions, "")) {
        struct str type = obj_str(it, ".type");
        size_t mark = check_index(c, i++);
        check_condition(c, it);
        (void)check_unique(c, "type", type, &seen);
        check_pop(c, mark);
        approved = approved || str_eqc(type, "Approved");
        denied = denied || str_eqc(type, "Denied");
        if (approved && denied && (str_eqc(type, "Approved") || str_eqc(type, "Denied")))
            check_invalid_str(c, NULL, type, "Approved and Denied conditions are mutually exclusive");
    }
    map_release(&seen, NULL);
    check_pop(c, outer);
}

/* NULL: fine. */
static const char *bad_certificate(struct arena *a, struct str base64)
{
    struct pem_block b;
    struct str rest = STR("");
    int blocks = 0;
    if (!base64.n) return NULL;
    if (!object_unbase64(a, base64, &rest)) rest = STR("");
    for (; pem_next(a, &rest, &b); blocks++) {
        if (!str_eqc(b.type, "CERTIFICATE"))
            return arena_printf(a, "only CERTIFICATE PEM blocks are allowed, found \"%.*s\"", STR_ARG(b.type));
        if (b.has_headers) return "no PEM block headers are permitted";
        if (!b.bytes.n) return "found CERTIFICATE PEM block containing 0 certificates";
        if (!x509_is_certificate(b.bytes)) return "x509: malformed certificate";
    }
    return blocks ? NULL : "must contain at least one CERTIFICATE PEM block";
}

static size_t count_conditions(const struct json *csr, const char *type)
{
    size_t n = 0;
    for (OBJ_EACH(it, csr, ".status.conditions")) n += obj_is(it, ".type", type);
    return n;
}

/* Who may decide, and that nothing decided is taken back. */
static void check_decisions(struct check *c, const struct json *csr, const struct json *old, bool may_approve)
{
    for (int i = 0; final_types[i]; i++)
        if (count_conditions(csr, final_types[i]) < count_conditions(old, final_types[i]))
            check_forbidden(
                c, "status.conditions",
                arena_printf(c->arena, "updates may not remove a condition of type \"%s\"", final_types[i]));
    for (int i = 0; i < 2 && !may_approve; i++)
        if (count_conditions(csr, final_types[i]) > count_conditions(old, final_types[i]))
            check_forbidden(c, "status.conditions",
                            arena_printf(c->arena, "updates may not add a condition of type \"%s\"", final_types[i]));
}

static void check_certificate_change(struct check *c, struct str now, struct str was, bool may_set)
{
    if (str_eq(now, was)) return;
    if (!may_set)
        check_forbidden(c, "status.certificate", "updates may not set certificate content");
    else if (was.n)
        check_forbidden(c, "status.certificate", "updates may not modify existing certificate content");
}

void check_csr(struct check *c, const struct json *csr, const struct json *old, const char *sub)
{
    struct str now = obj_str(csr, ".status.certificate"), was = obj_str(old, ".status.certificate");
    check_spec(c, json_getc(csr, "spec"));
    check_conditions(c, obj_get(csr, ".status.conditions"));
    const char *why = old && str_eq(now, was) ? NULL : bad_certificate(c->arena, now);
    if (why) check_invalid_str(c, "status.certificate", STR("<certificate data>"), why);
    if (!old) return;
    check_decisions(c, csr, old, sub && strcmp(sub, "approval") == 0);
    check_certificate_change(c, now, was, sub && strcmp(sub, "status") == 0);
}
