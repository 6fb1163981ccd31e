/* check_run.h - the hard rules of placement once more, over plain objects and by brute force: whether a pod may go to
 * a node in a world. It shares nothing with the plugins, and knows only what random runs (random_run.h) make use of.
 * A world is its owner's; not for hot code. */
#ifndef UNIT_SCHEDULER_CHECK_RUN_H
#define UNIT_SCHEDULER_CHECK_RUN_H

#include "api/object.h"

enum { NODE_NAME_MAX = 16 };

struct world_pod {
    const struct object *object;
    char node[NODE_NAME_MAX]; /* where it runs or will run; there need not be such a node */
};

struct world { /* zero-initialised is empty */
    struct objs nodes, namespaces, claims, volumes;
    struct world_pod *pods;
    int npods, cpods;
};

/* Adds or replaces what has this kind, namespace and name; node: of a pod, else "". */
void world_put(struct world *w, const struct object *o, const char *node);
void world_drop(struct world *w, const struct object *o);
void world_copy(struct world *to, const struct world *from); /* to is empty */
void world_release(struct world *w);
const struct object *world_find(const struct objs *list, struct str ns, struct str name); /* borrowed; NULL */
const struct world_pod *world_pod(const struct world *w, struct str uid);                 /* NULL */

/* The first rule that keeps the pod off the node, as a word; NULL: it may go there. */
const char *world_refusal(const struct world *w, const struct json *pod, const struct json *node);

#endif
