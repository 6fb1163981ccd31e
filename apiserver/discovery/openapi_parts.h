/* openapi_parts.h - the parts of an OpenAPI document, in the words of version 2 (one document) or 3 (one per group
 * version). Written from the tables; any thread, no state. */
#ifndef APISERVER_DISCOVERY_OPENAPI_PARTS_H
#define APISERVER_DISCOVERY_OPENAPI_PARTS_H

#include "apiserver/discovery/discovery_priv.h"
#include "base/buf.h"

enum openapi_version { OPENAPI_V2 = 2, OPENAPI_V3 = 3 };

/* "$ref":"..." to the schema of a type, without braces. */
void openapi_write_ref(struct buf *b, enum openapi_version v, const char *openapi_name);
/* Comma-separated members of "paths" for n group versions. */
void openapi_write_paths(struct buf *b, enum openapi_version v, const struct group_version *gvs, int n);
/* The schemas of a custom kind and of its list (openapi_custom.c). */
void openapi_write_custom(struct buf *b, enum openapi_version v, const struct api_resource *res);
/* Comma-separated members of "definitions" or "components.schemas": the kinds of n group versions and what they refer
 * to. */
void openapi_write_schemas(struct buf *b, enum openapi_version v, const struct group_version *gvs, int n);

#endif
