/* object.h - helpers of the hooks: defaulting a whole tree, small conversions. */
#ifndef APISERVER_OBJECT_OBJECT_H
#define APISERVER_OBJECT_OBJECT_H

#include "api/object.h"
#include "api/schema.h"
#include "apiserver/object/check.h"

/* The validate stage: metadata, the schema's rules, the strategy's. old NULL on create; sub NULL or the subresource's
 * name. */
void object_validate(struct check *c, const struct api_resource *res, const struct json *obj, const struct json *old,
                     const char *sub);

/* Applies defaults to a normalised tree: static ones, computed ones, then the type's own hook, children first.
 * Leaves the tree normalised (schema order). Upstream: zz_generated.defaults.go of every group. */
void object_default(struct arena *a, const struct api_type *t, struct json *node);

struct str object_base64(struct arena *a, struct str bytes); /* standard alphabet, padded */
bool object_unbase64(struct arena *a, struct str text, struct str *bytes);

#endif
