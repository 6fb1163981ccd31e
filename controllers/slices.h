/* slices.h - which EndpointSlices are to be created, updated and deleted so that they hold just the wanted endpoints,
 * with as few writes as can be: endpoints stay where they are, slices that change anyway are filled first, then one
 * that can take all the rest, then new ones. Pure. Upstream: staging/src/k8s.io/endpointslice/reconciler.go,
 * pkg/controller/endpointslicemirroring/reconciler.go. */
#ifndef CONTROLLERS_SLICES_H
#define CONTROLLERS_SLICES_H

#include "api/object.h"

#define SLICE_SERVICE    "kubernetes.io/service-name"
#define SLICE_MANAGED_BY "endpointslice.kubernetes.io/managed-by"
#define SLICE_HEADLESS   "service.kubernetes.io/headless"

struct slice_list {
    struct json **items; /* trees in the arena */
    size_t count, cap;
};

struct slice_plan {
    struct arena *arena;
    struct slice_list creates, updates; /* whole objects; updates carry the name and revision of what they replace */
    const struct object **deletes;      /* borrowed from the existing ones */
    size_t ndeletes;
};

/* One family of addresses: what is wanted, port set by port set. */
struct slices;
/* blank: what every slice has but endpoints and ports: metadata (labels, owner, generateName) and addressType; with
 * annotations when those are to be kept equal too. existing: slices of this owner and family. max: endpoints in one
 * slice. Everything lives as long as the arena and `existing`. */
struct slices *slices_new(struct arena *a, const struct json *blank, const struct objs *existing, size_t max);
/* One endpoint behind these ports (a list of EndpointPort). An endpoint that is the same in addresses, hostname and
 * targetRef's name as one before is left out. */
void slices_want(struct slices *s, const struct json *ports, struct json *endpoint);
/* placeholder: an empty slice when nothing is wanted. */
void slices_plan(struct slices *s, bool placeholder, struct slice_plan *out);

#endif
