/* gc_graph.h - who owns whom, over all kinds, by uid; and what is to be done with an object, given its owners.
 * Pure: no requests, no time. One owner at a time: the caller's lock covers it.
 *
 * A node is an object that was seen, or (not seen) one that others name as their owner. A node that is gone stays
 * until the last that names it has gone, too: uids do not come back, so such owners are known to be absent. */
#ifndef CONTROLLERS_GC_GRAPH_H
#define CONTROLLERS_GC_GRAPH_H

#include "api/schema.h"
#include "base/map.h"

/* Where an object is, or where an owner reference looks for one. */
struct gc_place {
    const struct api_resource *res; /* NULL: no such kind */
    struct str ns, name;            /* ns "": cluster-scoped */
};

struct gc_ref { /* an owner reference */
    struct str uid;
    struct gc_place place;
    bool blocks; /* blockOwnerDeletion */
};

struct gc_object { /* what the graph needs of an object; borrowed */
    struct str uid;
    struct gc_place place;
    bool deleting, foreground, orphan; /* deletionTimestamp; finalizers */
    const struct gc_ref *refs;
    size_t nrefs;
};

/* Objects to look at after a change: uids that point into the graph, valid until its next change. */
struct gc_todo {
    struct str *uids;
    size_t count, cap;
};
void gc_todo_release(struct gc_todo *t);

struct gc_graph {     /* zeroed: empty */
    struct map nodes; /* uid -> struct gc_node */
};
void gc_graph_release(struct gc_graph *g);
/* Seen, for the first time or changed. */
void gc_graph_put(struct gc_graph *g, const struct gc_object *o, struct gc_todo *todo);
void gc_graph_remove(struct gc_graph *g, struct str uid, struct gc_todo *todo);

/* What the graph knows of an object that was seen; borrowed as in gc_todo. False: not seen, or gone. */
struct gc_view {
    struct gc_place place;
    bool deleting, foreground, orphan;
    size_t dependents, blocking;  /* blocking: those with blockOwnerDeletion */
    bool dependent_in_foreground; /* one of them waits for its own dependents */
};
bool gc_graph_get(const struct gc_graph *g, struct str uid, struct gc_view *v);
/* Every object that names uid as an owner. */
void gc_graph_dependents(const struct gc_graph *g, struct str uid, struct gc_todo *out);

enum gc_owner {
    GC_OWNER_SOLID,   /* is there and stays */
    GC_OWNER_ABSENT,  /* is not there, or not in that place */
    GC_OWNER_WAITING, /* is being deleted and waits for its dependents (foregroundDeletion) */
    GC_OWNER_LEAVING, /* is being deleted and leaves its dependents (orphan) */
    GC_OWNER_UNKNOWN, /* the server must be asked; then gc_graph_absent */
    GC_OWNER_BAD,     /* a kind that is not known, or a namespaced owner of something in no namespace */
};
/* elsewhere (may be NULL): the owner was seen, in another namespace. */
enum gc_owner gc_graph_owner(const struct gc_graph *g, const struct gc_ref *ref, struct str dependent_ns,
                             bool *elsewhere);
/* The server was asked: no owner with that uid is in that place. */
void gc_graph_absent(struct gc_graph *g, const struct gc_ref *ref);

enum gc_act {
    GC_NOTHING,
    GC_LOOK_AT_DEPENDENTS, /* it waits for them */
    GC_END_FOREGROUND,     /* the finalizer goes */
    GC_END_ORPHAN,
    GC_DROP_REFS, /* those in drop[] */
    GC_DELETE,
    GC_DELETE_FOREGROUND,
    GC_UNBLOCK_AND_DELETE, /* no longer blocks its owners, then as GC_DELETE_FOREGROUND: it may be part of a circle */
};
/* owners[n]: states of its references, none GC_OWNER_UNKNOWN. drop[n] is set for GC_DROP_REFS. */
enum gc_act gc_decide(const struct gc_view *v, const enum gc_owner *owners, size_t n, bool *drop);

#endif
