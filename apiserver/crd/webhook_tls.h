/* webhook_tls.h - why a server's certificate is not believed, in the words of Go's crypto/x509. */
#ifndef APISERVER_CRD_WEBHOOK_TLS_H
#define APISERVER_CRD_WEBHOOK_TLS_H

#include "base/mem.h"

/* Asks the server at `base` ("https://host:port") for its certificate, and says what is wrong with it as one of `name`
 * (NULL: the host), when it is known that something is. Blocks, a few seconds at most. In the arena. */
const char *webhook_tls_problem(struct arena *a, const char *base, const char *name);

#endif
