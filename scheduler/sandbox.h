/* sandbox.h - a cluster to try things out on: a cache with its listers that nobody else sees. Made empty and filled
 * from objects, or as a copy of the live one; nothing done to it reaches anybody. One owner, any thread. */
#ifndef SCHEDULER_SANDBOX_H
#define SCHEDULER_SANDBOX_H

#include "scheduler/cache.h"

struct sandbox;
struct sandbox *sandbox_new(void);
/* A copy of the live cache as it is now. 5,000 nodes with 30,000 pods take 20 ms, and the live lock for half of
 * them. */
struct sandbox *sandbox_of(struct cache *live);
struct sandbox *sandbox_copy(struct sandbox *s);
void sandbox_free(struct sandbox *s); /* NULL is fine */

struct cache *sandbox_cache(struct sandbox *s);

/* Is it of a kind that sandbox_add takes? By group, version and kind, as they are stored. */
bool sandbox_takes(struct str api_version, struct str kind);
/* A Node, a Pod, a PriorityClass, or what listers.h lists, in place of what was there by its name. A pod that is
 * finished, or has no node and is nominated to none, takes no room and is not kept. False: it is of another kind. */
bool sandbox_add(struct sandbox *s, const struct object *o, struct err *e);

/* PriorityClasses that were added. */
const struct object *sandbox_priority_class(struct sandbox *s, struct str name); /* borrowed; NULL */
/* That of pods that name none: of several the one with the lowest value, as upstream; NULL: there is none. */
const struct object *sandbox_default_class(struct sandbox *s);

#endif
