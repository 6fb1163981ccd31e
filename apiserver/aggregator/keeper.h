/* keeper.h - looks after the servers of aggregated APIs: whether each is there (the condition Available of its
 * APIService), and what it says it has. Relay thread. Upstream: kube-aggregator pkg/controllers/status,
 * pkg/apiserver/handler_discovery.go, pkg/controllers/openapiv3. */
#ifndef APISERVER_AGGREGATOR_KEEPER_H
#define APISERVER_AGGREGATOR_KEEPER_H

#include "apiserver/aggregator/remote.h"

/* The stored APIServices have changed, or this is the start. */
void keeper_renew(void);
/* Services or EndpointSlices have changed where a remote has its own. */
void keeper_look(void);

/* Pure: the entry of one group version in what a server sent as discovery (its APIGroupDiscoveryList, or the
 * APIResourceList of that version): members of an APIVersionDiscovery without version and freshness, or "" when it does
 * not have it. NULL: it is no such document. Heap. */
char *keeper_resources(struct str document, bool aggregated, const char *group, const char *version);
/* Pure: the member paths of an index of OpenAPI v3. NULL: it is none. Heap. */
char *keeper_openapi(struct str document);

#endif
