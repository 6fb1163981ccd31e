/* endpoint.h - where a Service's port is really served: one of its ready endpoints, or the name it stands for. There is
 * nobody behind a cluster IP here. Pure but for endpoint_load.
 * Upstream: apiserver pkg/util/proxy, kube-aggregator pkg/controllers/status/remote. */
#ifndef APISERVER_AGGREGATOR_ENDPOINT_H
#define APISERVER_AGGREGATOR_ENDPOINT_H

#include "apiserver/aggregator/limits.h"
#include "base/err.h"
#include "base/json.h"

struct service_ref {
    const char *ns, *name;
    int port;
};

struct service_view {           /* trees of what is stored */
    const struct json *service; /* NULL: there is none */
    const struct json **slices;
    size_t nslices;
    uint64_t digest; /* of the versions: another one means that something has changed */
};

struct endpoint {
    char host[ENDPOINT_TEXT]; /* address or name; IPv6 in brackets */
    int port;
    size_t of; /* among how many it was chosen */
};

void endpoint_load(struct arena *a, const struct service_ref *ref, struct service_view *out);
/* turn: any number; the next one chooses the next endpoint. */
bool endpoint_choose(const struct service_view *v, const struct service_ref *ref, uint64_t turn, struct endpoint *out,
                     struct err *e) MUST_USE;
/* Can it be asked at all? NULL; else the condition's reason, and *message in the arena. */
const char *endpoint_problem(struct arena *a, const struct service_view *v, const struct service_ref *ref,
                             const char **message);

#endif
