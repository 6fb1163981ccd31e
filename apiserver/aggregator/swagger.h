/* swagger.h - documents of OpenAPI v2 put together. Pure; trees of the caller's arena, which are changed.
 * Upstream: kube-openapi pkg/aggregator. */
#ifndef APISERVER_AGGREGATOR_SWAGGER_H
#define APISERVER_AGGREGATOR_SWAGGER_H

#include "base/json.h"

/* Leaves the paths that begin so, and drops the definitions that only others referred to. */
void swagger_keep(struct arena *a, struct json *doc, struct str prefix);
/* Adds what `from` has to `to`: paths that are there already stay as they are; a definition or parameter that is there
 * with another content gets a name of its own, with _v2 or higher. `from` is used up. */
void swagger_merge(struct arena *a, struct json *to, struct json *from);

#endif
