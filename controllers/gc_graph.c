/* gc_graph.c - the graph of owners and dependents (pkg/controller/garbagecollector/{graph,graph_builder}.go).
 * Reads: objects as they are seen.   Writes: itself; which objects to look at. */
#include "controllers/gc_graph.h"

#include "base/kassert.h"
#include "base/mem.h"

#include <stdlib.h>

struct gc_edge { /* one owner reference; lives in the dependent's array */
    struct gc_node *owner, *dependent;
    struct gc_edge *next, **link; /* among the owner's */
    bool blocks;
};

struct gc_node {
    struct str uid; /* the map's own copy */
    struct gc_edge *dependents, *owners;
    const struct api_resource *res;
    char *where; /* namespace and name; NULL: not seen */
    uint32_t nowners, ndependents, nblocking;
    uint32_t absent; /* hash of a place where it is known not to be; 0: none */
    uint16_t ns_n, name_n;
    bool seen, gone, deleting, foreground, orphan;
};

/* ---- Nodes ---- */

static struct gc_place place_of(const struct gc_node *n)
{
    return (struct gc_place){n->res, str_n(n->where, n->ns_n), str_n(n->where + n->ns_n, n->name_n)};
}

static void node_free(void *p)
{
    struct gc_node *n = p;
    free(n->owners);
    free(n->where);
    free(n);
}

void gc_graph_release(struct gc_graph *g) { map_release(&g->nodes, node_free); }

static struct gc_node *find(const struct gc_graph *g, struct str uid) { return map_get(&g->nodes, uid); }

static struct gc_node *find_or_add(struct gc_graph *g, struct str uid)
{
    struct gc_node *n = find(g, uid);
    if (n) return n;
    n = xcalloc(1, sizeof *n);
    map_set(&g->nodes, uid, n);
    n->uid = g->nodes.entries[g->nodes.count - 1].key;
    return n;
}

/* A node that is not there and that nobody names is forgotten. */
static void forget_unnamed(struct gc_graph *g, struct gc_node *n)
{
    if (n->seen || n->ndependents) return;
    map_take(&g->nodes, n->uid);
    node_free(n);
}

static void set_where(struct gc_node *n, const struct gc_place *p)
{
    KASSERT(p->ns.n <= UINT16_MAX && p->name.n <= UINT16_MAX);
    free(n->where);
    n->where = xmalloc(p->ns.n + p->name.n + 1);
    memcpy(n->where, p->ns.p ? p->ns.p : "", p->ns.n);
    memcpy(n->where + p->ns.n, p->name.p, p->name.n);
    n->ns_n = (uint16_t)p->ns.n;
    n->name_n = (uint16_t)p->name.n;
    n->res = p->res;
}

/* ---- What to look at ---- */

void gc_todo_release(struct gc_todo *t)
{
    free(t->uids);
    *t = (struct gc_todo){0};
}

static void look_at(struct gc_todo *t, const struct gc_node *n)
{
    if (t->count == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 16;
        t->uids = xreallocarray(t->uids, t->cap, sizeof *t->uids);
    }
    t->uids[t->count++] = n->uid;
}

static void look_at_dependents(struct gc_todo *t, const struct gc_node *n)
{
    for (const struct gc_edge *e = n->dependents; e; e = e->next) look_at(t, e->dependent);
}

static bool ends_with_dependents(const struct gc_node *n)
{
    return n->seen && n->deleting && (n->foreground || n->orphan);
}

/* ---- Edges ---- */

static void join(struct gc_edge *e)
{
    struct gc_node *owner = e->owner;
    e->next = owner->dependents;
    e->link = &owner->dependents;
    if (e->next) e->next->link = &e->next;
    owner->dependents = e;
    owner->ndependents++;
    owner->nblocking += e->blocks;
}

/* The owner may have waited for just this one. */
static void leave(struct gc_graph *g, struct gc_edge *e, struct gc_todo *todo)
{
    struct gc_node *owner = e->owner;
    *e->link = e->next;
    if (e->next) e->next->link = e->link;
    owner->ndependents--;
    owner->nblocking -= e->blocks;
    bool over = owner->foreground ? e->blocks && !owner->nblocking : !owner->ndependents;
    if (ends_with_dependents(owner) && over) look_at(todo, owner);
    forget_unnamed(g, owner);
}

static void leave_all(struct gc_graph *g, struct gc_edge *edges, size_t n, struct gc_todo *todo)
{
    for (size_t i = 0; i < n; i++) leave(g, &edges[i], todo);
    free(edges);
}

static bool same_refs(const struct gc_node *n, const struct gc_object *o)
{
    if (n->nowners != o->nrefs) return false;
    for (size_t i = 0; i < o->nrefs; i++)
        if (n->owners[i].blocks != o->refs[i].blocks || !str_eq(n->owners[i].owner->uid, o->refs[i].uid)) return false;
    return true;
}

/* Is there a reason to ask what becomes of something with this owner? */
static bool is_doubtful(const struct gc_graph *g, const struct gc_ref *ref, struct str dependent_ns)
{
    return gc_graph_owner(g, ref, dependent_ns, NULL) != GC_OWNER_SOLID;
}

static void link_owners(struct gc_graph *g, struct gc_node *n, const struct gc_object *o, struct gc_todo *todo)
{
    struct gc_edge *old = n->owners;
    size_t nold = n->nowners;
    bool doubt = false;
    n->owners = o->nrefs ? xcalloc(o->nrefs, sizeof *n->owners) : NULL;
    n->nowners = (uint32_t)o->nrefs;
    for (size_t i = 0; i < o->nrefs; i++) {
        struct gc_edge *e = &n->owners[i];
        *e = (struct gc_edge){.owner = find_or_add(g, o->refs[i].uid), .dependent = n, .blocks = o->refs[i].blocks};
        join(e);
        doubt = doubt || is_doubtful(g, &o->refs[i], o->place.ns);
    }
    leave_all(g, old, nold, todo); /* after the new ones joined: an owner in both does not come to rest in between */
    if (doubt) look_at(todo, n);
}

/* ---- Changes ---- */

void gc_graph_put(struct gc_graph *g, const struct gc_object *o, struct gc_todo *todo)
{
    struct gc_node *n = find_or_add(g, o->uid);
    bool first = !n->seen, ended = ends_with_dependents(n), orphan = n->orphan;
    if (first || n->res != o->place.res) set_where(n, &o->place); /* a custom kind may be seen in another version */
    n->seen = true;
    n->gone = false;
    n->deleting = o->deleting;
    n->foreground = o->foreground;
    n->orphan = o->orphan;
    bool relinked = !same_refs(n, o);
    if (relinked) link_owners(g, n, o, todo);
    if (first) look_at_dependents(todo, n); /* they may name it with another place than its own */
    if (ends_with_dependents(n) && (!ended || relinked || orphan != n->orphan)) look_at(todo, n);
}

void gc_graph_remove(struct gc_graph *g, struct str uid, struct gc_todo *todo)
{
    struct gc_node *n = find(g, uid);
    if (!n || !n->seen) return;
    struct gc_edge *owners = n->owners;
    size_t nowners = n->nowners;
    n->owners = NULL;
    n->nowners = 0;
    n->seen = n->deleting = n->foreground = n->orphan = false;
    n->gone = true;
    n->ndependents++; /* keeps it while it leaves: it may own itself */
    leave_all(g, owners, nowners, todo);
    n->ndependents--;
    look_at_dependents(todo, n);
    forget_unnamed(g, n);
}

/* ---- Questions ---- */

bool gc_graph_get(const struct gc_graph *g, struct str uid, struct gc_view *v)
{
    const struct gc_node *n = find(g, uid);
    if (!n || !n->seen) return false;
    *v = (struct gc_view){.place = place_of(n),
                          .deleting = n->deleting,
                          .foreground = n->foreground,
                          .orphan = n->orphan,
                          .dependents = n->ndependents,
                          .blocking = n->nblocking};
    for (const struct gc_edge *e = n->dependents; e && !v->dependent_in_foreground; e = e->next)
        v->dependent_in_foreground = e->dependent->deleting && e->dependent->foreground;
    return true;
}

void gc_graph_dependents(const struct gc_graph *g, struct str uid, struct gc_todo *out)
{
    const struct gc_node *n = find(g, uid);
    if (n) look_at_dependents(out, n);
}

static uint32_t hash_place(const struct gc_place *p)
{
    uint32_t hash = (uint32_t)str_hash(p->name, str_hash(p->ns, p->res->id));
    return hash ? hash : 1;
}

static bool same_place(const struct gc_place *a, const struct gc_place *b)
{
    return a->res->storage == b->res->storage && str_eq(a->ns, b->ns) && str_eq(a->name, b->name);
}

enum gc_owner gc_graph_owner(const struct gc_graph *g, const struct gc_ref *ref, struct str dependent_ns,
                             bool *elsewhere)
{
    const struct gc_node *n = find(g, ref->uid);
    if (elsewhere) *elsewhere = n && n->seen && n->ns_n && !str_eq(place_of(n).ns, dependent_ns);
    if (ref->place.res && ref->place.res->namespaced && !ref->place.ns.n) return GC_OWNER_BAD;
    if (n && n->gone) return GC_OWNER_ABSENT; /* whatever became of its kind */
    if (!ref->place.res) return GC_OWNER_BAD;
    if (!n) return GC_OWNER_UNKNOWN;
    struct gc_place at = n->seen ? place_of(n) : (struct gc_place){0};
    if (!n->seen || !same_place(&at, &ref->place))
        return n->absent == hash_place(&ref->place) ? GC_OWNER_ABSENT : GC_OWNER_UNKNOWN;
    if (!n->deleting) return GC_OWNER_SOLID;
    return n->foreground ? GC_OWNER_WAITING : n->orphan ? GC_OWNER_LEAVING : GC_OWNER_SOLID;
}

void gc_graph_absent(struct gc_graph *g, const struct gc_ref *ref)
{
    struct gc_node *n = find(g, ref->uid);
    if (n) n->absent = hash_place(&ref->place);
}

/* ---- Decisions (attemptToDeleteItem, processDeletingDependentsItem, attemptToOrphanWorker) ---- */

static enum gc_act decide_owned(const struct gc_view *v, const enum gc_owner *owners, size_t n, bool *drop)
{
    size_t solid = 0, waiting = 0;
    for (size_t i = 0; i < n; i++) {
        if (owners[i] == GC_OWNER_BAD) return GC_NOTHING;
        solid += owners[i] == GC_OWNER_SOLID;
        waiting += owners[i] == GC_OWNER_WAITING;
        drop[i] = owners[i] != GC_OWNER_SOLID;
    }
    if (!n || solid == n) return GC_NOTHING;
    if (solid) return GC_DROP_REFS; /* a waiting owner among them would wait for ever */
    if (!waiting || !v->dependents) return GC_DELETE;
    return v->dependent_in_foreground ? GC_UNBLOCK_AND_DELETE : GC_DELETE_FOREGROUND;
}

enum gc_act gc_decide(const struct gc_view *v, const enum gc_owner *owners, size_t n, bool *drop)
{
    bool left = false;
    for (size_t i = 0; i < n; i++) {
        drop[i] = owners[i] != GC_OWNER_SOLID && owners[i] != GC_OWNER_BAD;
        left = left || owners[i] == GC_OWNER_LEAVING;
    }
    if (left) return GC_DROP_REFS; /* all that do not stay: who is left by one does not fall with another */
    if (!v->deleting) return decide_owned(v, owners, n, drop);
    if (v->foreground) return v->blocking ? GC_LOOK_AT_DEPENDENTS : GC_END_FOREGROUND;
    if (v->orphan) return v->dependents ? GC_LOOK_AT_DEPENDENTS : GC_END_ORPHAN;
    return GC_NOTHING;
}
