/* texts.h - whole Nodes and Pods as JSON, for extenders that want objects and not names: nothing else in the scheduler
 * keeps them. Empty until somebody follows them; then it costs their text, some 5 KB an object (25 MB for 5,000 nodes),
 * and a watch of its own. Own lock; any thread. */
#ifndef SCHEDULER_TEXTS_H
#define SCHEDULER_TEXTS_H

#include "api/object.h"
#include "client/rest.h"

enum texts_kind { TEXTS_NODES, TEXTS_PODS, TEXTS_KINDS };

struct texts;
struct texts *texts_new(struct rest *r); /* r: where they are watched; NULL: only what is put */
void texts_stop(struct texts *t);        /* ends the watches; what is there stays */
void texts_free(struct texts *t);
/* From now on kinds that are wanted are kept as they are in the cluster, and others are dropped. Blocks until all is
 * there; one thread at a time. */
bool texts_follow(struct texts *t, const bool wanted[TEXTS_KINDS], struct err *e) MUST_USE;

void texts_put(struct texts *t, enum texts_kind kind, const struct object *o);
void texts_remove(struct texts *t, enum texts_kind kind, const struct object *o);

/* Appends the object as Go writes it inside another one: without apiVersion and kind. One that is not there yet is
 * asked for. False: there is none. */
bool texts_add_node(struct texts *t, struct buf *out, struct str name);
bool texts_add_pod(struct texts *t, struct buf *out, struct str ns, struct str name, struct str uid);
void texts_write(struct buf *out, const struct json *root); /* of an object that the caller has */

#endif
