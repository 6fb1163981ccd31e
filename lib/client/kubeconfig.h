/* kubeconfig.h - reads a kubeconfig file: current (or named) context's server, CA, client certificate or token. */
#ifndef CLIENT_KUBECONFIG_H
#define CLIENT_KUBECONFIG_H

#include "base/err.h"
#include "base/mem.h"

struct kubeconfig { /* texts in the arena; NULL when absent; *_pem are decoded or read from the named files */
    struct arena arena;
    const char *server, *ca_pem, *cert_pem, *key_pem, *token, *ns, *context, *tls_server_name;
    bool insecure;
};
/* path NULL: the first file of $KUBECONFIG, else ~/.kube/config. context NULL: the current one. */
bool kubeconfig_load(const char *path, const char *context, struct kubeconfig *out, struct err *e) MUST_USE;
void kubeconfig_release(struct kubeconfig *k);

#endif
