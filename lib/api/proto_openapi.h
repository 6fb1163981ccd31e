/* proto_openapi.h - an OpenAPI v2 document as the protobuf message that kubectl asks for: openapi.v2.Document
 * (gnostic's openapiv2/OpenAPIv2.proto). */
#ifndef API_PROTO_OPENAPI_H
#define API_PROTO_OPENAPI_H

#include "base/json.h"

/* doc: a JSON document of ours. Members that it knows no number for are left out. */
void proto_openapi_encode(struct buf *out, const struct json *doc);

#endif
