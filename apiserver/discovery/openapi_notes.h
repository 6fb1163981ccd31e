/* openapi_notes.h - what OpenAPI documents say of types beyond the rows of the schema. Const tables; any thread. */
#ifndef APISERVER_DISCOVERY_OPENAPI_NOTES_H
#define APISERVER_DISCOVERY_OPENAPI_NOTES_H

#include "api/schema.h"

enum { OPENAPI_ENUM_MAX = 80 }; /* values of one field: signals are the most, some 65 */

/* The values that a field of `owner` may have, sorted; borrowed. Returns their number, 0: anything goes. */
int openapi_enum(const struct api_type *owner, const struct api_field *f, const char *out[OPENAPI_ENUM_MAX]);
/* The default that a type's marker says, as JSON; NULL: none. */
const char *openapi_default(const struct api_type *owner, const struct api_field *f);
/* The element of x-kubernetes-unions, as JSON; NULL: none. */
const char *openapi_union(const struct api_type *t);

#endif
