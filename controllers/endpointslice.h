/* endpointslice.h - the EndpointSlices of a Service with a selector, as a pure function. */
#ifndef CONTROLLERS_ENDPOINTSLICE_H
#define CONTROLLERS_ENDPOINTSLICE_H

#include "controllers/slices.h"

/* Labels of the node, or NULL when there is no such node. */
typedef const struct json *node_labels_fn(void *arg, struct str node);

/* What to write for one family ("IPv4", "IPv6"). existing: slices that the Service owns, of this family. *missing: name
 * of a node that a pod is said to be on and that is not there (its pods are left out); STR_NULL. */
void endpointslice_plan(struct arena *a, const struct object *svc, const char *family, const struct objs *pods,
                        const struct objs *existing, node_labels_fn *node_labels, void *arg, struct slice_plan *out,
                        struct str *missing);

#endif
