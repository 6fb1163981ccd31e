/* availability.h - looks after the servers of aggregated APIs: whether each is there (the condition Available of its
 * APIService), and what it says it has. Relay thread. Upstream: kube-aggregator pkg/controllers/status,
 * pkg/apiserver/handler_discovery.go, pkg/controllers/openapiv3. */
#ifndef APISERVER_AGGREGATOR_AVAILABILITY_H
#define APISERVER_AGGREGATOR_AVAILABILITY_H

#include "apiserver/aggregator/remote.h"

/* The stored APIServices have changed, or this is the start. */
void availability_renew(void);
/* Services or EndpointSlices have changed where a remote has its own. */
void availability_look(void);

/* Pure: the entry of one group version in what a server sent as discovery (its APIGroupDiscoveryList, or the
 * APIResourceList of that version): members of an APIVersionDiscovery without version and freshness, or "" when it does
 * not have it. NULL: it is no such document. Heap. */
char *availability_resources(struct str document, bool aggregated, const char *group, const char *version);
/* Pure: the member paths of an index of OpenAPI v3. NULL: it is none. Heap. */
char *availability_openapi(struct str document);
/* Pure: a document of OpenAPI v2 with the paths of one group version and what they refer to. NULL: it is none. Heap. */
char *availability_swagger(struct str document, const char *group, const char *version);

#endif
