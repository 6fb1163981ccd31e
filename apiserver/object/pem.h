/* pem.h - PEM blocks, certificate requests and certificates that clients send. */
#ifndef APISERVER_OBJECT_PEM_H
#define APISERVER_OBJECT_PEM_H

#include "base/mem.h"
#include "base/str.h"

struct pem_block {
    struct str type;  /* "CERTIFICATE" */
    struct str bytes; /* decoded, in the arena */
    bool has_headers;
};

/* Takes the next block off *rest, reading over what is no block (Go's encoding/pem). False: there is none. */
bool pem_next(struct arena *a, struct str *rest, struct pem_block *b);

struct pkcs10 {
    struct str organizations[16]; /* of the subject, in the arena; more are not kept */
    int norganizations;
};

/* A request for a certificate, signed by its key. NULL: fine; else why not (static). out may be NULL. */
const char *pkcs10_read(struct arena *a, struct str pem, struct pkcs10 *out);
/* Why a bundle cannot be trusted, in Go's words as far as they can be known; NULL: it has a certificate. */
const char *pem_ca_problem(struct str pem);
/* Is the DER text a certificate? */
bool x509_is_certificate(struct str der);

#endif
