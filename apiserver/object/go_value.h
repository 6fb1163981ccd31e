/* go_value.h - a node as Go's encoder writes upstream's internal struct: by the names of Go's fields, all of them.
 * Errors that show a whole struct show it so. */
#ifndef APISERVER_OBJECT_GO_VALUE_H
#define APISERVER_OBJECT_GO_VALUE_H

#include "api/schema.h"
#include "base/json.h"
#include "base/mem.h"

/* node: of type t; NULL gives null. */
struct json *go_value(struct arena *a, const struct api_type *t, const struct json *node);

#endif
