/* migration.h - volumes of plugins that were once part of Kubernetes, as the CSI drivers see them that took over.
 * A plugin is a number: 0 is none. Pure. Upstream: staging/src/k8s.io/csi-translation-lib. */
#ifndef SCHEDULER_MIGRATION_H
#define SCHEDULER_MIGRATION_H

#include "api/object.h"

enum { MIGRATION_NONE };

/* Of an inline volume of a pod or the spec of a PersistentVolume; of the name of a provisioner. */
int migration_of_source(const struct json *source);
int migration_of_name(struct str plugin);
const char *migration_driver(int plugin);
/* Is the work of the plugin done by its driver on every node that has a CSINode? */
bool migration_is_on(int plugin);
/* The driver's name for the volume, in the arena. False: there is none. */
bool migration_inline_handle(struct arena *a, int plugin, const struct json *source, struct str *handle, struct err *e);
bool migration_volume_handle(struct arena *a, int plugin, const struct json *pv, struct str *handle, struct err *e);
/* spec.nodeAffinity.required.nodeSelectorTerms as the driver has them, in the arena; NULL: no affinity. */
const struct json *migration_terms(struct arena *a, int plugin, const struct json *pv);
/* The plugins (as bits) that a CSINode says its node leaves to drivers. */
unsigned migration_of_csinode(const struct json *csinode);

#endif
