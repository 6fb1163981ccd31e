/* tls_pair.h - do a certificate and a private key belong together? */
#ifndef APISERVER_OBJECT_TLS_PAIR_H
#define APISERVER_OBJECT_TLS_PAIR_H

#include "base/mem.h"
#include "base/str.h"

/* Both as PEM. NULL: they do; else why not, in the words of Go's crypto/tls (X509KeyPair), static or in the arena. */
const char *tls_pair_problem(struct arena *a, struct str certificate, struct str key);

#endif
