/* slice_write.h - carries a slice_plan out; shared by the controllers that own EndpointSlices. */
#ifndef CONTROLLERS_SLICE_WRITE_H
#define CONTROLLERS_SLICE_WRITE_H

#include "client/ctl.h"
#include "controllers/slices.h"

#define SLICES "discovery.k8s.io/v1/endpointslices"

/* Creates (not while owner is being deleted), updates, deletes, each with the trigger time; 0: none. False: something
 * failed and out says so. What was created and deleted is expected under owner's key until the cache shows it. */
bool slice_write(struct ctl *c, const struct object *owner, struct slice_plan *plan, int64_t at_s, struct outcome *out);

#endif
