/* go_form.h - a value as upstream's messages show it: those print its own structs, with Go's names and nothing left
 * out. */
#ifndef APISERVER_OBJECT_GO_FORM_H
#define APISERVER_OBJECT_GO_FORM_H

#include "api/schema.h"
#include "base/json.h"

/* node: a normalised tree of type t (or NULL: its zero value). In the arena. */
struct json *go_form(struct arena *a, const struct api_type *t, const struct json *node);

#endif
