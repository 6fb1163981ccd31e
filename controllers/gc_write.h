/* gc_write.h - what the garbage collector asks of the API server, each with the object's uid as precondition.
 * Something that is gone already is a success; other failures are told in *out (ctl_fail). */
#ifndef CONTROLLERS_GC_WRITE_H
#define CONTROLLERS_GC_WRITE_H

#include "client/ctl.h"

/* The metadata of an object as the server has it now. NULL with e->code ERR_NOT_FOUND: it is not there. */
const struct object *gc_get_live(struct ctl *c, const char *resource, struct str ns, struct str name, struct err *e);
/* Deletes obj as it was seen; when it has changed since, only if its owners are still the same. */
void gc_delete(struct ctl *c, const char *resource, const struct object *obj, const char *propagation,
               struct outcome *out);
/* Takes away the ownerReferences for which drop[i], in their order. */
void gc_drop_refs(struct ctl *c, const char *resource, const struct object *obj, const bool *drop, struct outcome *out);
/* Sets blockOwnerDeletion of all ownerReferences to false. */
void gc_unblock(struct ctl *c, const char *resource, const struct object *obj, struct outcome *out);
void gc_end_finalizer(struct ctl *c, const char *resource, const struct object *obj, const char *finalizer,
                      struct outcome *out);

#endif
