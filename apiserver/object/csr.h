/* csr.h - the validation of CertificateSigningRequests, for their strategy. */
#ifndef APISERVER_OBJECT_CSR_H
#define APISERVER_OBJECT_CSR_H

#include "api/object.h"
#include "apiserver/object/check.h"

/* old NULL on create; sub: NULL, "status" or "approval". */
void check_csr(struct check *c, const struct json *csr, const struct json *old, const char *sub);

#endif
