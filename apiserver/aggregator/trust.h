/* trust.h - the ConfigMap extension-apiserver-authentication in kube-system: how a server that is aggregated knows our
 * clients and us. It is there from the first moment, and comes back when it is deleted.
 * Upstream: pkg/controlplane/controller/clusterauthenticationtrust. */
#ifndef APISERVER_AGGREGATOR_TRUST_H
#define APISERVER_AGGREGATOR_TRUST_H

#include "base/err.h"
#include "base/json.h"
#include "store/store.h"

/* Once, at start. PEM; the texts live as long as the process. */
void trust_init(const char *client_ca_pem, const char *proxy_ca_pem);
struct json *trust_object(struct arena *a); /* for bootstrap; NULL: trust_init was not called */
/* What is stored (by an earlier process with other certificates) gets what it lacks. Before anyone is served. */
bool trust_ensure(struct err *e) MUST_USE;
void trust_on_commit(const struct store_event *events, int count); /* writer thread */

/* Pure: obj with what it lacks put in, after what it has. True: something was missing. */
bool trust_complete(struct arena *a, struct json *obj);

#endif
