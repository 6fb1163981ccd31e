/* check_pv.h - the parts of a PersistentVolume's spec that have many rules. The present place is the spec. */
#ifndef APISERVER_OBJECT_CHECK_PV_H
#define APISERVER_OBJECT_CHECK_PV_H

#include "apiserver/object/check.h"

/* Where the volume lives: exactly one source, and that one's own rules; name: the volume's. */
void check_pv_sources(struct check *c, const struct json *spec, struct str name);
/* The spec of a volume that a VolumeAttachment spells out. */
void check_inline_volume(struct check *c, const struct json *spec);
/* nodeAffinity. old (may be NULL): what was bad in it may stay so. */
void check_pv_affinity(struct check *c, const struct json *affinity, const struct json *old);
/* It may not change but for keys of labels that have a new name; told at the root, as upstream does. */
void check_pv_affinity_change(struct check *c, const struct json *affinity, const struct json *old);

/* The members of a PersistentVolumeSpec that say where the volume lives; a list that ends with NULL. */
extern const char *const pv_source_members[];

#endif
