/* endpoints.h - what the Endpoints of a Service are to be, as a pure function of the Service, its pods and the present
 * object. */
#ifndef CONTROLLERS_ENDPOINTS_H
#define CONTROLLERS_ENDPOINTS_H

#include "api/object.h"

/* The subsets for these pods: addresses that share their ports, sorted; ports in the Service's order. */
struct json *endpoints_subsets(struct arena *a, const struct object *svc, const struct objs *pods);
/* The object to write, or NULL when `present` (NULL: none) says all that already. at_s: of trigger_times_next. */
struct json *endpoints_wanted(struct arena *a, const struct object *svc, const struct objs *pods,
                              const struct object *present, int64_t at_s);

#endif
