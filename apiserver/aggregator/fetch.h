/* fetch.h - requests of our own to aggregated servers: is it there, what does it have? They go out as
 * system:kube-aggregator, a member of system:masters; those for OpenAPI as system:aggregator. Relay thread. */
#ifndef APISERVER_AGGREGATOR_FETCH_H
#define APISERVER_AGGREGATOR_FETCH_H

#include "apiserver/aggregator/remote.h"
#include "apiserver/http/request.h"

struct fetched {
    int status;          /* 0: *e says why there was no whole response */
    struct str body;     /* valid during the callback */
    bool aggregated;     /* Content-Type: an APIGroupDiscoveryList */
    char etag[ETAG_MAX]; /* "": none, or longer than one is */
    const char *where;   /* https://ADDRESS:PORT/PATH */
    const struct endpoint *endpoint;
    const struct err *e;
};
/* done: exactly once, perhaps at once; m is valid in it. turn: as for endpoint_choose. etag: of what we have, or "". */
void fetch(struct remote *m, const char *path, const char *accept, const char *etag, uint64_t turn,
           void (*done)(struct remote *m, const struct fetched *f));

/* Headers that tell a server who asks; NULL: a text is none for a header, *bad its name. Upstream:
 * client-go transport/round_trippers.go. */
const char **front_proxy_headers(struct arena *a, const struct user *u, const char **bad);
/* How to reach an endpoint under the name that its certificate has: url and connect_to for a path with query. */
void fetch_address(struct arena *a, const struct remote *m, const struct endpoint *ep, struct str path,
                   struct http_call_request *rq);

#endif
