/* merge.h - discovery and OpenAPI (v2, and the index of v3) with what aggregated servers have. Any thread.
 * Upstream: kube-aggregator pkg/apiserver/{handler_apis,handler_discovery}.go, apiserver
 * pkg/endpoints/discovery/aggregated/handler.go. */
#ifndef APISERVER_AGGREGATOR_MERGE_H
#define APISERVER_AGGREGATOR_MERGE_H

#include "apiserver/aggregator/remote.h"
#include "apiserver/http/request.h"

/* /apis, /apis/G of a group with an aggregated version, /openapi/v3, /openapi/v2. True: r->resp is set. */
bool merge_answer(struct request *r);
/* Whose document /openapi/v3/KEY is; referenced. NULL: ours, or nobody's. */
struct remote *merge_openapi_owner(struct str key);

/* Pure: a list of groups of our own (APIGroupList, or aggregated: APIGroupDiscoveryList) with those of s, all in the
 * order of their priorities. NULL with *e: local is none. The tree is in the arena, which local must outlive. The
 * remotes' lock is held. */
struct json *merge_groups(struct arena *a, struct str local, bool aggregated, const struct remotes *s, struct err *e);
/* Pure: our own document of OpenAPI v2 with those of s. Otherwise as above. */
struct json *merge_swagger(struct arena *a, struct str local, const struct remotes *s, struct err *e);

#endif
