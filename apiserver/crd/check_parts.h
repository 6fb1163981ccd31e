/* check_parts.h - what a schema says of parts of a custom resource beyond their values: embedded objects, lists whose
 * elements differ. Private to crd/. */
#ifndef APISERVER_CRD_CHECK_PARTS_H
#define APISERVER_CRD_CHECK_PARTS_H

#include "apiserver/crd/schema.h"
#include "apiserver/object/check.h"

/* Embedded objects have a kind, a version and good metadata. At the root. */
void check_embedded(struct check *c, const struct api_schema *s, const struct json *root);
/* Lists of type set and map have no two elements that are the same. */
void check_lists(struct check *c, const struct api_schema *s, const struct json *root);
bool lists_are_unique(struct arena *a, const struct api_schema *s, const struct json *root);

const char *value_text(struct arena *a, const struct json *v); /* as fmt's %v, but for objects */
const char *go_type(const struct json *v);                     /* "string", "map[string]interface {}" */

#endif
