/* convert.h - the same object in another version of its kind. Nothing is defaulted and nothing is checked. */
#ifndef API_CONVERT_H
#define API_CONVERT_H

#include "base/json.h"
#include "schema.h"

/* convert=x on a resource -> convert_x: obj (tree, normalised) from one version to the other, in place; to_storage
 * tells the direction. The array is written by tools/schemagen. */
typedef void api_convert_fn(struct arena *a, struct json *obj, bool to_storage);
extern api_convert_fn *const api_convert_hooks[];

/* The row of the same objects in that version, r itself when it is its own; NULL: there is none. */
const struct api_resource *api_version_row(const struct api_resource *r, struct str group, struct str version);
/* obj, a normalised tree of `from`, becomes a normalised one of `to`, which is a row of the same objects.
 * Trees of custom kinds stay what they are: only their apiVersion differs, which trees do not have, or a webhook knows
 * how (apiserver/crd/conversion.h). */
void api_convert(struct arena *a, struct json *obj, const struct api_resource *from, const struct api_resource *to);

/* Takes away the annotations in which autoscaling/v1 carries what it has no field for: v2 has fields. */
void hpa_drop_annotations(struct json *hpa);

#endif
