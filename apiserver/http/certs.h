/* certs.h - the cluster's own certificate authority and the certificates it gives at first start:
 * EC P-256, ten years, PEM. One file <name>.crt and one <name>.key each, mode 0600. Thread: any. */
#ifndef APISERVER_HTTP_CERTS_H
#define APISERVER_HTTP_CERTS_H

#include "base/err.h"

enum cert_name {
    CERT_CA,
    CERT_SERVER,
    CERT_ADMIN,
    CERT_SCHEDULER,
    CERT_CONTROLLERS,
    CERT_KUBELET_SIM,
    CERT_KUBELET_CLIENT,
    CERT_SERVICE_ACCOUNT,
    CERT_PROXY_CA,
    CERT_PROXY_CLIENT,
    CERT_COUNT
};

struct cert_pair {
    char *cert_pem, *key_pem;
}; /* heap */
struct certs {
    struct cert_pair pair[CERT_COUNT];
};

/* "ca", "server", "admin", "scheduler", "controllers", "kubelet-sim", "apiserver-kubelet-client",
 * "service-account", "front-proxy-ca", "front-proxy-client": the files' names. */
const char *cert_file(enum cert_name n);

/* Everything new, in memory only. sans: NULL-terminated further names and addresses of the server, or NULL. */
bool certs_generate(struct certs *out, const char *const *sans, struct err *e) MUST_USE;
/* Makes what is missing in dir (which exists), and the server's certificate anew when it lacks one of sans. */
bool certs_ensure(const char *dir, const char *const *sans, struct err *e) MUST_USE;
bool certs_load(struct certs *out, const char *dir, struct err *e) MUST_USE;
void certs_release(struct certs *c);

/* <dir>/<name>.kubeconfig with the CA and <dir>/<name>.crt, .key embedded; context "kubestep". */
bool certs_write_kubeconfig(const char *dir, const char *name, const char *server_url, struct err *e) MUST_USE;

#endif
