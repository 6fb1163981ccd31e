/* finalizer.h - putting a controller's finalizer on an object and taking it off. */
#ifndef CONTROLLERS_FINALIZER_H
#define CONTROLLERS_FINALIZER_H

#include "client/ctl.h"

bool has_finalizer(const struct object *o, const char *finalizer);
/* PUT of the primary with or without it, unless it is so already. A conflict counts as failed. */
void put_finalizer(struct ctl *c, const char *resource, const struct object *o, const char *finalizer, bool wanted,
                   struct outcome *out);

#endif
