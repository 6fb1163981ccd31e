/* container.h - which container of a pod a request is about. */
#ifndef APISERVER_REST_CONTAINER_H
#define APISERVER_REST_CONTAINER_H

#include "apiserver/http/request.h"
#include "base/json.h"

/* The query's, or the only one. False: answered (400). Upstream: pkg/registry/core/pod/strategy.go (validateContainer).
 */
bool container_pick(struct request *r, const struct json *pod, struct str *name);

#endif
