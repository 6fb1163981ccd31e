/* sandbox.c - see sandbox.h. Reads: objects, a live cache.   Writes: a cache of its own. */
#include "scheduler/sandbox.h"

#include "base/map.h"
#include "scheduler/listers.h"

#include <stdlib.h>

struct sandbox {
    struct cache *cache;
    struct map classes; /* name -> const struct object *, referenced: PriorityClasses */
};

struct sandbox *sandbox_new(void)
{
    struct sandbox *s = xcalloc(1, sizeof *s);
    s->cache = cache_new();
    return s;
}

struct sandbox *sandbox_of(struct cache *live)
{
    struct sandbox *s = xcalloc(1, sizeof *s);
    s->cache = cache_copy(live);
    return s;
}

struct sandbox *sandbox_copy(struct sandbox *s)
{
    struct sandbox *copy = sandbox_of(s->cache);
    for (uint32_t i = 0; i < s->classes.count; i++)
        map_set(&copy->classes, s->classes.entries[i].key, (void *)(uintptr_t)object_ref(s->classes.entries[i].value));
    return copy;
}

static void unref(void *o) { object_unref(o); }

void sandbox_free(struct sandbox *s)
{
    if (!s) return;
    cache_free(s->cache);
    map_release(&s->classes, unref);
    free(s);
}

struct cache *sandbox_cache(struct sandbox *s) { return s->cache; }

/* ---- Objects ---- */

static void add_node(struct sandbox *s, const struct object *o) { cache_set_node(s->cache, o, NULL, NULL); }

/* Pods are told apart by their uids; one that was written by hand may have none. */
static const struct object *with_uid(const struct object *pod)
{
    if (pod->uid.n) return object_ref(pod);
    struct arena a AUTO_ARENA = {0};
    struct json *copy = obj_copy(&a, pod->root);
    obj_put_fmt(&a, copy, ".metadata.uid", "%.*s/%.*s", STR_ARG(pod->ns), STR_ARG(pod->name));
    return object_of(copy);
}

static void add_pod(struct sandbox *s, const struct object *o)
{
    const struct object *pod AUTO_OBJ = with_uid(o);
    bool finished = obj_is(o->root, ".status.phase", "Succeeded") || obj_is(o->root, ".status.phase", "Failed");
    bool placed = obj_str(o->root, ".spec.nodeName").n > 0, waits = obj_str(o->root, ".status.nominatedNodeName").n > 0;
    pod_info_unref(cache_remove_pod(s->cache, pod->uid));
    if (finished || (!placed && !waits)) return;
    const struct pod_info *p = pod_info_new(pod, !placed);
    if (placed)
        pod_info_unref(cache_set_pod(s->cache, p));
    else
        cache_nominate(s->cache, p, p->nominated_node);
    pod_info_unref(p);
}

static void add_class(struct sandbox *s, const struct object *o)
{
    object_unref(map_set(&s->classes, o->name, (void *)(uintptr_t)object_ref(o)));
}

static const struct {
    const char *api_version, *kind;
    void (*add)(struct sandbox *s, const struct object *o);
} kinds[] = {{"v1", "Node", add_node}, {"v1", "Pod", add_pod}, {"scheduling.k8s.io/v1", "PriorityClass", add_class}};

static const struct {
    const char *resource, *kind;
} listed[LISTED_COUNT] = {
#define ROW(id, resource, kind) [id] = {resource, kind},
    LISTED_KINDS(ROW)
#undef ROW
};

/* "apps/v1" of "apps/v1/replicasets" */
static bool is_of(struct str api_version, const char *resource)
{
    const char *end = strrchr(resource, '/');
    return str_eq(api_version, str_n(resource, (size_t)(end - resource)));
}

static int listed_kind(struct str api_version, struct str kind)
{
    for (int i = 0; i < LISTED_COUNT; i++)
        if (str_eqc(kind, listed[i].kind) && is_of(api_version, listed[i].resource)) return i;
    return -1;
}

static int own_kind(struct str api_version, struct str kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_eqc(kind, kinds[i].kind) && str_eqc(api_version, kinds[i].api_version)) return (int)i;
    return -1;
}

bool sandbox_takes(struct str api_version, struct str kind)
{
    return own_kind(api_version, kind) >= 0 || listed_kind(api_version, kind) >= 0;
}

bool sandbox_add(struct sandbox *s, const struct object *o, struct err *e)
{
    int own = own_kind(o->api_version, o->kind), list = listed_kind(o->api_version, o->kind);
    if (own < 0 && list < 0)
        return err_set(e, ERR_INVALID, "a %.*s of %.*s says nothing to a scheduler", STR_ARG(o->kind),
                       STR_ARG(o->api_version));
    if (own >= 0)
        kinds[own].add(s, o);
    else
        listers_put(cache_listers(s->cache), (enum listed)list, o);
    return true;
}

const struct object *sandbox_priority_class(struct sandbox *s, struct str name) { return map_get(&s->classes, name); }

const struct object *sandbox_default_class(struct sandbox *s)
{
    const struct object *best = NULL;
    for (uint32_t i = 0; i < s->classes.count; i++) {
        const struct object *o = s->classes.entries[i].value;
        bool lower = !best || obj_int(o->root, ".value", 0) < obj_int(best->root, ".value", 0);
        if (lower && obj_bool(o->root, ".globalDefault", false)) best = o;
    }
    return best;
}
