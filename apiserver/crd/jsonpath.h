/* jsonpath.h - the JSON paths of printer columns and selectable fields, as kubectl's JSONPath reads them
 * (client-go util/jsonpath): .name, ['name'], [0], [1:3], [*], .*, .., ['a','b'], ?(@.x == "y").
 * Compiled once; const afterwards. */
#ifndef APISERVER_CRD_JSONPATH_H
#define APISERVER_CRD_JSONPATH_H

#include "base/json.h"

enum {
    JSONPATH_STEPS_MAX = 64, /* of one path */
};

struct jsonpath;

/* ".spec.size", without braces. In the arena. NULL: *e. */
const struct jsonpath *jsonpath_compile(struct arena *a, struct str text, struct err *e) MUST_USE;
/* The first value that the path leads to; NULL: none. What fails upstream leads nowhere. a: scratch. */
const struct json *jsonpath_first(struct arena *a, const struct jsonpath *p, const struct json *root);
/* A value as upstream prints it into a cell of type string. */
struct str jsonpath_text(struct arena *a, const struct json *v);

#endif
