/* garbage_collector.c - deletes what nobody owns any more, and ends foregroundDeletion and orphan finalizers
 * (pkg/controller/garbagecollector).
 * Reads: the metadata of every kind that can be deleted, listed and watched, those of CustomResourceDefinitions and of
 * aggregated servers as they come and go.   Writes: deletes, ownerReferences, finalizers; Events about owner references
 * that point into another namespace. */
#include "base/thread.h"
#include "controllers/gc_kinds.h"
#include "controllers/gc_graph.h"
#include "controllers/gc_write.h"
#include "controllers/kinds.h"
#include "controllers/limits.h"

#include <stdlib.h>

struct gc {
    struct gc_kinds *kinds;
    pthread_mutex_t lock; /* covers what follows; workq's own lock is taken under it */
    struct gc_graph graph;
    struct map unread;  /* names of definitions, and "/GROUP", that nobody has looked at yet */
    struct map waiting; /* uid -> "GROUP/VERSION/KIND" of an owner that is not known; "": till unread is empty */
};

#define DEFINITION   "definition" /* keys "definition/NAME" */
#define AGGREGATED   "aggregated" /* keys "aggregated/GROUP" */
#define API_SERVICES "apiregistration.k8s.io/v1/apiservices"
#define OURS_LABEL   STR("kube-aggregator.kubernetes.io/automanaged") /* on those of our own group versions */

/* ---- Reading objects ---- */

static bool has_finalizer(const struct json *obj, const char *name)
{
    for (OBJ_EACH(f, obj, ".metadata.finalizers"))
        if (str_eqc(obj_text(f), name)) return true;
    return false;
}

static const struct api_resource *find_kind(struct gc *gc, struct str api_version, struct str kind)
{
    struct str group, version;
    api_split_version(api_version, &group, &version);
    const struct api_resource *res = api_find_kind(group, version, kind);
    return res ? res : gc_kinds_find(gc->kinds, group, version, kind);
}

/* Where the reference of an object in ns points. */
static struct gc_ref ref_of(struct gc *gc, const struct json *ref, struct str ns)
{
    struct gc_ref r = {.uid = obj_str(ref, ".uid"), .blocks = obj_bool(ref, ".blockOwnerDeletion", false)};
    r.place.res = find_kind(gc, obj_str(ref, ".apiVersion"), obj_str(ref, ".kind"));
    r.place.ns = r.place.res && r.place.res->namespaced ? ns : STR("");
    r.place.name = obj_str(ref, ".name");
    return r;
}

static struct gc_ref *refs_of(struct gc *gc, struct arena *a, const struct object *obj, size_t *n)
{
    struct gc_ref *refs = ARENA_ARRAY(a, struct gc_ref, obj_count(obj->root, ".metadata.ownerReferences") + 1);
    *n = 0;
    for (OBJ_EACH(ref, obj->root, ".metadata.ownerReferences")) refs[(*n)++] = ref_of(gc, ref, obj->ns);
    return refs;
}

static struct gc_object tie_of(struct gc *gc, struct arena *a, const struct api_resource *res, const struct object *obj)
{
    struct gc_object o = {.uid = obj->uid,
                          .place = {res, obj->ns.n ? obj->ns : STR(""), obj->name},
                          .deleting = obj_is_deleting(obj->root),
                          .foreground = has_finalizer(obj->root, "foregroundDeletion"),
                          .orphan = has_finalizer(obj->root, "orphan")};
    o.refs = refs_of(gc, a, obj, &o.nrefs);
    return o;
}

static bool same_part(const struct object *a, const struct object *b, const char *path)
{
    const struct json *x = obj_get(a->root, path), *y = obj_get(b->root, path);
    return x == y || (x && y && json_equal(x, y));
}

/* Most changes are of no concern here: statuses, renewed leases. */
static bool concerns_nobody(const struct object *old, const struct object *obj)
{
    return old && obj && obj_is_deleting(old->root) == obj_is_deleting(obj->root) &&
           same_part(old, obj, ".metadata.finalizers") && same_part(old, obj, ".metadata.ownerReferences");
}

static void look_at(struct ctl *c, const struct gc_todo *todo)
{
    for (size_t i = 0; i < todo->count; i++) workq_add(ctl_queue(c), todo->uids[i]);
}

static void note(struct ctl *c, const struct api_resource *res, const struct object *old, const struct object *obj)
{
    struct gc *gc = ctl_state(c);
    struct arena a AUTO_ARENA = {0};
    struct gc_todo todo = {0};
    if (concerns_nobody(old, obj)) return;
    struct gc_object tie = tie_of(gc, &a, res, obj ? obj : old);
    mutex_lock(&gc->lock);
    if (obj) {
        gc_graph_put(&gc->graph, &tie, &todo);
    } else {
        gc_graph_remove(&gc->graph, old->uid, &todo);
        free(map_take(&gc->waiting, old->uid));
    }
    look_at(c, &todo);
    mutex_unlock(&gc->lock);
    gc_todo_release(&todo);
}

static void note_definition(struct ctl *c, struct str name, bool is_new)
{
    struct gc *gc = ctl_state(c);
    struct arena a AUTO_ARENA = {0};
    mutex_lock(&gc->lock);
    if (is_new) map_set(&gc->unread, name, gc);
    mutex_unlock(&gc->lock);
    workq_add(ctl_queue(c), str_printf(&a, DEFINITION "/%.*s", STR_ARG(name)));
}

/* An APIService "VERSION.GROUP" that another server may stand behind. */
static void note_api_service(struct ctl *c, const struct object *service, bool is_new)
{
    struct gc *gc = ctl_state(c);
    struct arena a AUTO_ARENA = {0};
    struct str group;
    (void)str_cut(service->name, '.', &group);
    if (!group.n || json_get(service->labels, OURS_LABEL)) return;
    mutex_lock(&gc->lock);
    if (is_new) map_set(&gc->unread, str_printf(&a, "/%.*s", STR_ARG(group)), gc);
    mutex_unlock(&gc->lock);
    workq_add(ctl_queue(c), str_printf(&a, AGGREGATED "/%.*s", STR_ARG(group)));
}

static void gc_on_event(struct ctl *c, const char *resource, const struct object *old, const struct object *obj)
{
    note(c, kind_of(resource), old, obj);
    if (strcmp(resource, API_SERVICES) == 0) note_api_service(c, obj ? obj : old, !old);
    if (strcmp(resource, GC_DEFINITIONS) != 0) return;
    if (obj)
        note_definition(c, obj->name, !old);
    else
        note_definition(c, old->name, false);
}

/* ---- Kinds that are not built in ---- */

/* Lock held. what: as in gc.waiting. Noted under the lock under which it was found to be so, or the look at those that
 * wait could come in between. */
static void wait_for(struct gc *gc, struct str uid, const char *what)
{
    free(map_set(&gc->waiting, uid, xstrdup(what)));
}

/* Is the kind of an owner unknown? Then the object is looked at again when it is known. */
static bool waits_for_kind(struct gc *gc, struct arena *a, const struct object *obj)
{
    bool waits = false;
    mutex_lock(&gc->lock);
    for (OBJ_EACH(ref, obj->root, ".metadata.ownerReferences")) {
        struct gc_ref r = ref_of(gc, ref, obj->ns);
        if (waits || r.place.res || gc_graph_owner(&gc->graph, &r, obj->ns, NULL) != GC_OWNER_BAD) continue;
        wait_for(gc, obj->uid,
                 arena_printf(a, "%.*s/%.*s", STR_ARG(obj_str(ref, ".apiVersion")), STR_ARG(obj_str(ref, ".kind"))));
        waits = true;
    }
    mutex_unlock(&gc->lock);
    return waits;
}

/* At the start owners and dependents of kinds that nobody has looked at yet are unknown: nothing is decided till then.
 */
static bool waits_for_start(struct gc *gc, struct str uid)
{
    mutex_lock(&gc->lock);
    bool waits = gc->unread.count > 0;
    if (waits) wait_for(gc, uid, "");
    mutex_unlock(&gc->lock);
    return waits;
}

/* Lock held. */
static bool is_over(struct gc *gc, const char *what)
{
    const char *slash = strrchr(what, '/');
    if (!slash) return !gc->unread.count;
    return find_kind(gc, str_n(what, (size_t)(slash - what)), str_of(slash + 1)) != NULL;
}

static void look_at_waiting(struct ctl *c)
{
    struct gc *gc = ctl_state(c);
    mutex_lock(&gc->lock);
    for (uint32_t i = gc->waiting.count; i-- > 0;) { /* backwards: taking one moves the last */
        const struct map_entry *en = &gc->waiting.entries[i];
        if (!is_over(gc, en->value)) continue;
        workq_add(ctl_queue(c), en->key);
        free(map_take(&gc->waiting, en->key));
    }
    mutex_unlock(&gc->lock);
}

static void read_definition(struct ctl *c, struct str name, struct outcome *out)
{
    struct gc *gc = ctl_state(c);
    struct err e = ERR_INIT;
    bool changed;
    if (!gc_kinds_look(gc->kinds, c, name, &changed, &e)) {
        ctl_fail(out, &e);
        return;
    }
    mutex_lock(&gc->lock);
    changed = map_take(&gc->unread, name) || changed;
    mutex_unlock(&gc->lock);
    if (changed) look_at_waiting(c);
}

/* A server that does not answer keeps nobody waiting: its objects come when it does. */
static void read_group(struct ctl *c, struct str group, struct outcome *out)
{
    struct gc *gc = ctl_state(c);
    struct err e = ERR_INIT;
    bool changed, some, known = gc_kinds_look_group(gc->kinds, c, group, &changed, &some, &e);
    mutex_lock(&gc->lock);
    changed = map_take(&gc->unread, str_printf(out->arena, "/%.*s", STR_ARG(group))) || changed;
    mutex_unlock(&gc->lock);
    if (changed) look_at_waiting(c);
    if (!known)
        ctl_fail(out, &e);
    else if (some)
        out->again_after_ms = GC_GROUP_MS;
}

/* ---- Life ---- */

static bool is_collected(const struct api_resource *res)
{
    return kind_has(res, API_LIST_VERB | API_WATCH | API_DELETE) && !(res->flags & API_R_NO_GC);
}

static void gc_init(struct ctl *c)
{
    struct gc *gc = xcalloc(1, sizeof *gc);
    pthread_mutex_init(&gc->lock, NULL);
    gc->kinds = gc_kinds_new(note);
    ctl_set_state(c, gc);
    for (int i = 0; i < api_resource_count; i++)
        if (is_collected(api_resources[i])) ctl_read_metadata(c, kind_text(api_resources[i]));
}

static void gc_release(struct ctl *c)
{
    struct gc *gc = ctl_state(c);
    gc_kinds_free(gc->kinds);
    gc_graph_release(&gc->graph);
    map_release(&gc->unread, NULL);
    map_release(&gc->waiting, free);
    pthread_mutex_destroy(&gc->lock);
    free(gc);
}

/* ---- Owners ---- */

/* An owner that the graph does not know is asked for; that it is absent is asked once. */
static bool ask(struct ctl *c, const struct gc_ref *ref, enum gc_owner *state, struct err *e)
{
    struct gc *gc = ctl_state(c);
    const struct object *owner AUTO_OBJ = gc_get_live(c, kind_text(ref->place.res), ref->place.ns, ref->place.name, e);
    if (!owner && e->code != ERR_NOT_FOUND) return false;
    if (!owner || !str_eq(owner->uid, ref->uid)) {
        *state = GC_OWNER_ABSENT;
        mutex_lock(&gc->lock);
        gc_graph_absent(&gc->graph, ref);
        mutex_unlock(&gc->lock);
        return true;
    }
    bool ends = obj_is_deleting(owner->root);
    *state = GC_OWNER_SOLID;
    if (ends && has_finalizer(owner->root, "foregroundDeletion"))
        *state = GC_OWNER_WAITING;
    else if (ends && has_finalizer(owner->root, "orphan"))
        *state = GC_OWNER_LEAVING;
    return true;
}

static void report_elsewhere(struct ctl *c, const struct api_resource *res, const struct object *obj,
                             const struct json *ref)
{
    char version[API_VERSION_MAX];
    struct event_about about;
    event_about_object(&about, obj->root);
    about.api_version = api_version_of(res, version); /* the cache may hold partial metadata */
    about.kind = res->kind;
    recorder_event(ctl_recorder(c), &about, "Warning", "OwnerRefInvalidNamespace", NULL, NULL,
                   "ownerRef [%.*s/%.*s, namespace: %.*s, name: %.*s, uid: %.*s] does not exist in namespace "
                   "\"%.*s\"",
                   STR_ARG(obj_str(ref, ".apiVersion")), STR_ARG(obj_str(ref, ".kind")), STR_ARG(obj->ns),
                   STR_ARG(obj_str(ref, ".name")), STR_ARG(obj_str(ref, ".uid")), STR_ARG(obj->ns));
}

static bool classify(struct ctl *c, const struct api_resource *res, const struct object *obj, const struct gc_ref *refs,
                     enum gc_owner *owners, struct err *e)
{
    struct gc *gc = ctl_state(c);
    size_t i = 0;
    for (OBJ_EACH(ref, obj->root, ".metadata.ownerReferences")) {
        bool elsewhere;
        mutex_lock(&gc->lock);
        owners[i] = gc_graph_owner(&gc->graph, &refs[i], obj->ns, &elsewhere);
        mutex_unlock(&gc->lock);
        if (elsewhere) report_elsewhere(c, res, obj, ref);
        if (owners[i] == GC_OWNER_UNKNOWN && !ask(c, &refs[i], &owners[i], e)) return false;
        i++;
    }
    return true;
}

/* ---- One object ---- */

/* Its place in the arena; false: it was not seen, or is gone. */
static bool get_view(struct gc *gc, struct str uid, struct arena *a, struct gc_view *v)
{
    mutex_lock(&gc->lock);
    bool there = gc_graph_get(&gc->graph, uid, v);
    if (there) {
        v->place.ns = str_copy(a, v->place.ns);
        v->place.name = str_copy(a, v->place.name);
    }
    mutex_unlock(&gc->lock);
    return there;
}

static void look_at_dependents(struct ctl *c, struct str uid)
{
    struct gc *gc = ctl_state(c);
    struct gc_todo todo = {0};
    mutex_lock(&gc->lock);
    gc_graph_dependents(&gc->graph, uid, &todo);
    look_at(c, &todo);
    mutex_unlock(&gc->lock);
    gc_todo_release(&todo);
}

static const char *policy_of(const struct gc_view *v)
{
    return v->orphan ? "Orphan" : v->foreground ? "Foreground" : "Background";
}

static const struct object *cached(struct ctl *c, const struct gc_place *p)
{
    struct gc *gc = ctl_state(c);
    return kind_is_custom(p->res) ? gc_kinds_get(gc->kinds, p->res, p->ns, p->name)
                                  : ctl_get(c, kind_text(p->res), p->ns, p->name);
}

static void reconcile_object(struct ctl *c, struct str uid, struct outcome *out)
{
    struct gc *gc = ctl_state(c);
    struct gc_view v;
    struct err e = ERR_INIT;
    size_t n;
    if (waits_for_start(gc, uid) || !get_view(gc, uid, out->arena, &v)) return;
    const char *resource = kind_text(v.place.res);
    const struct object *obj AUTO_OBJ = cached(c, &v.place);
    if (!obj || !str_eq(obj->uid, uid)) return; /* it went: the event is on its way */
    if (waits_for_kind(gc, out->arena, obj)) return;
    const struct gc_ref *refs = refs_of(gc, out->arena, obj, &n);
    enum gc_owner *owners = ARENA_ARRAY(out->arena, enum gc_owner, n + 1);
    bool *drop = ARENA_ARRAY(out->arena, bool, n + 1);
    if (!classify(c, v.place.res, obj, refs, owners, &e)) {
        ctl_fail(out, &e);
        return;
    }
    switch (gc_decide(&v, owners, n, drop)) {
    case GC_NOTHING: break;
    case GC_LOOK_AT_DEPENDENTS: look_at_dependents(c, uid); break;
    case GC_END_FOREGROUND: gc_end_finalizer(c, resource, obj, "foregroundDeletion", out); break;
    case GC_END_ORPHAN: gc_end_finalizer(c, resource, obj, "orphan", out); break;
    case GC_DROP_REFS: gc_drop_refs(c, resource, obj, drop, out); break;
    case GC_DELETE: gc_delete(c, resource, obj, policy_of(&v), out); break;
    case GC_UNBLOCK_AND_DELETE:
        gc_unblock(c, resource, obj, out);
        if (out->failed) break;
        /* fall through */
    case GC_DELETE_FOREGROUND: gc_delete(c, resource, obj, "Foreground", out); break;
    }
}

static void gc_reconcile(struct ctl *c, struct str what, struct str name, struct outcome *out)
{
    if (str_eqc(what, DEFINITION))
        read_definition(c, name, out);
    else if (str_eqc(what, AGGREGATED))
        read_group(c, name, out);
    else
        reconcile_object(c, name, out);
}

const struct ctl_spec garbage_collector = {
    .name = "garbage-collector",
    .workers = GC_WORKERS,
    .reconcile = gc_reconcile,
    .on_read_event = gc_on_event,
    .init = gc_init,
    .release = gc_release,
};
