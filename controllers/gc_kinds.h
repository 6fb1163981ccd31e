/* gc_kinds.h - the kinds that are not built in, as the garbage collector follows them: one informer of metadata for all
 * CustomResourceDefinitions that are established, from the first one on, and one for each resource that an aggregated
 * server has. Own locks inside; workers and informers call. */
#ifndef CONTROLLERS_GC_KINDS_H
#define CONTROLLERS_GC_KINDS_H

#include "api/schema.h"
#include "client/ctl.h"

#define GC_DEFINITIONS "apiextensions.k8s.io/v1/customresourcedefinitions"

struct gc_kinds;
/* One object of such a kind, in its informer's thread or that of gc_kinds_look, one at a time; as
 * ctl_spec.on_read_event. The same object may be told as new again. */
typedef void gc_kinds_fn(struct ctl *c, const struct api_resource *res, const struct object *old,
                         const struct object *obj);

struct gc_kinds *gc_kinds_new(gc_kinds_fn *fn);
void gc_kinds_free(struct gc_kinds *k); /* after the last informer */

/* Reads the definition of that name, if there is one, and follows it. *changed: other kinds are known than before.
 * Waits for the first list of objects. A name is looked at by one thread at a time. */
bool gc_kinds_look(struct gc_kinds *k, struct ctl *c, struct str name, bool *changed, struct err *e) MUST_USE;
/* The same for what aggregated servers have of a group, as discovery tells it now: of a version that cannot be asked
 * all stays as it is, and *e tells. *some: there is such a version, which may have something else tomorrow. */
bool gc_kinds_look_group(struct gc_kinds *k, struct ctl *c, struct str group, bool *changed, bool *some,
                         struct err *e) MUST_USE;
/* The row of a served version; NULL: no such kind is followed. */
const struct api_resource *gc_kinds_find(struct gc_kinds *k, struct str group, struct str version, struct str kind);
/* From its cache, referenced; NULL: absent, or the kind is not followed (any more). */
const struct object *gc_kinds_get(struct gc_kinds *k, const struct api_resource *res, struct str ns, struct str name);

#endif
