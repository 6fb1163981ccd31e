/* keep.h - what a write may not change, put back from the former version. */
#ifndef APISERVER_REGISTRY_KEEP_H
#define APISERVER_REGISTRY_KEEP_H

#include "base/json.h"

/* The member at path as in old: copied, or taken away. */
void keep_part(struct arena *a, struct json *obj, const struct json *old, const char *path);
/* Labels, annotations, finalizers and owners, for writes of subresources (metav1.ResetObjectMetaForStatus). */
void keep_metadata_of(struct arena *a, struct json *obj, const struct json *old);

#endif
