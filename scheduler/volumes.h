/* volumes.h - the claims, volumes and storage classes that a cycle looks at. Fed by informers, read by the plugin
 * VolumeBinding. Own lock inside; any thread. */
#ifndef SCHEDULER_VOLUMES_H
#define SCHEDULER_VOLUMES_H

#include "api/object.h"

enum volume_kind { VOLUME_CLAIM, VOLUME_PV, VOLUME_CLASS, VOLUME_KINDS };

struct volumes;
struct volumes *volumes_new(void);
void volumes_free(struct volumes *v);
void volumes_put(struct volumes *v, enum volume_kind kind, const struct object *o); /* takes a reference of its own */
void volumes_remove(struct volumes *v, enum volume_kind kind, const struct object *o);
/* A reference, the caller's; NULL: there is none. ns: of claims, else empty. */
const struct object *volumes_get(struct volumes *v, enum volume_kind kind, struct str ns, struct str name);

#endif
