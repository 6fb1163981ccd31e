/* gc_kinds.c - see gc_kinds.h.
 * Reads: CustomResourceDefinitions, one by one as they change; the metadata of the objects of all custom kinds, by one
 * watch (apiserver/sim/customs.c).   Writes: its table.
 * Upstream asks discovery every 30 s (garbagecollector.go, Sync), and has a watch of each kind. */
#include "controllers/gc_kinds.h"

#include "api/registry.h"
#include "base/log.h"
#include "base/map.h"
#include "base/thread.h"
#include "controllers/kinds.h"
#include "controllers/limits.h"

#include <stdlib.h>

#define OBJECTS "sim.kubestep.dev/v1/customobjects"

struct followed {                   /* a definition */
    const struct api_resource *res; /* of its best version */
    char *versions;                 /* those that are served: " v1 v2 " */
    char *by;                       /* its key in by_kind */
};

struct gc_kinds {
    gc_kinds_fn *fn;
    /* While somebody is told of objects: taken before all other locks, so that what was read of the cache is told
     * before the next change is. */
    pthread_mutex_t telling;
    pthread_mutex_t lock;      /* covers what follows */
    struct map by_name;        /* of the definition -> struct followed */
    struct map by_kind;        /* "GROUP/KIND" -> the same */
    struct informer *informer; /* of all kinds' objects; NULL while there is no kind */
};

struct handler { /* of the informer; the host frees it with that */
    struct gc_kinds *kinds;
    struct ctl *c;
};

/* ---- Life ---- */

struct gc_kinds *gc_kinds_new(gc_kinds_fn *fn)
{
    struct gc_kinds *k = xcalloc(1, sizeof *k);
    k->fn = fn;
    pthread_mutex_init(&k->telling, NULL);
    pthread_mutex_init(&k->lock, NULL);
    return k;
}

static void followed_free(void *p)
{
    struct followed *f = p;
    free(f->versions);
    free(f->by);
    free(f);
}

void gc_kinds_free(struct gc_kinds *k)
{
    map_release(&k->by_kind, NULL);
    map_release(&k->by_name, followed_free);
    pthread_mutex_destroy(&k->lock);
    pthread_mutex_destroy(&k->telling);
    free(k);
}

/* ---- What a definition says ---- */

struct facts {
    const struct api_resource *res; /* NULL: there is nothing to follow */
    const char *versions, *by;
};

static struct facts facts_of(struct arena *a, const struct json *def)
{
    struct facts f = {0};
    struct str best = STR_NULL, served = STR(" "), group = obj_str(def, ".spec.group");
    struct str kind = obj_str(def, ".status.acceptedNames.kind");
    if (!obj_condition_true(def, "Established")) return f;
    for (OBJ_EACH(v, def, ".spec.versions")) {
        struct str version = obj_str(v, ".name");
        if (!obj_bool(v, ".served", false)) continue;
        served = str_printf(a, "%.*s%.*s ", STR_ARG(served), STR_ARG(version));
        if (!best.n || api_version_order(version, best) < 0) best = version;
    }
    if (!best.n) return f;
    f.res = kind_custom(group, best, obj_str(def, ".status.acceptedNames.plural"), kind,
                        obj_is(def, ".spec.scope", "Namespaced"));
    f.versions = str_cstr(a, served);
    f.by = arena_printf(a, "%.*s/%.*s", STR_ARG(group), STR_ARG(kind));
    return f;
}

/* *def NULL: there is none. False: it cannot be told. */
static bool read_definition(struct ctl *c, struct arena *a, struct str name, const struct object **def, struct err *e)
{
    const struct rest_call get = {.method = "GET", .path = rest_path(a, GC_DEFINITIONS, STR_NULL, name, NULL)};
    *def = NULL;
    return rest_do(ctl_rest(c), &get, def, e) || e->code == ERR_NOT_FOUND;
}

/* ---- Following ---- */

static const struct api_resource *res_of(struct gc_kinds *k, struct str by)
{
    mutex_lock(&k->lock);
    const struct followed *f = map_get(&k->by_kind, by);
    const struct api_resource *res = f ? f->res : NULL;
    mutex_unlock(&k->lock);
    return res;
}

/* Objects of a kind whose definition was not looked at yet are told when it is. */
static void on_object(void *arg, enum informer_event what, const struct object *old, const struct object *obj)
{
    struct arena a AUTO_ARENA = {0};
    struct handler *h = arg;
    struct str group, version;
    api_split_version(obj_str(obj->root, ".apiVersion"), &group, &version);
    struct str by = str_printf(&a, "%.*s/%.*s", STR_ARG(group), STR_ARG(obj_str(obj->root, ".kind")));
    mutex_lock(&h->kinds->telling);
    const struct api_resource *res = res_of(h->kinds, by);
    if (res) h->kinds->fn(h->c, res, old, what == INFORMER_DELETED ? NULL : obj);
    mutex_unlock(&h->kinds->telling);
}

/* The informer, with its first list; NULL: the host is stopping. */
static struct informer *start(struct gc_kinds *k, struct ctl *c)
{
    mutex_lock(&k->lock);
    if (!k->informer) {
        struct handler *h = xcalloc(1, sizeof *h);
        *h = (struct handler){.kinds = k, .c = c};
        k->informer = ctl_informer_of_kinds(c, OBJECTS, on_object, h);
    }
    struct informer *i = k->informer;
    mutex_unlock(&k->lock);
    if (i && !informer_wait_synced(i, GC_KIND_SYNC_MS)) LOG_W("custom resources cannot be listed yet");
    return i;
}

/* res NULL: they are gone, as far as the collector knows. */
static void tell_all(struct gc_kinds *k, struct ctl *c, const char *by, const struct api_resource *was,
                     const struct api_resource *res)
{
    struct objs all AUTO_OBJS = {0};
    informer_list(k->informer, str_of(by), &all);
    for (size_t i = 0; i < all.count; i++)
        k->fn(c, res ? res : was, res ? NULL : all.items[i], res ? all.items[i] : NULL);
}

static void set_names(struct gc_kinds *k, struct followed *f, const struct facts *now)
{
    mutex_lock(&k->lock);
    if (f->by && map_get(&k->by_kind, str_of(f->by)) == f) map_take(&k->by_kind, str_of(f->by));
    free(f->by);
    free(f->versions);
    f->res = now->res;
    f->by = now->res ? xstrdup(now->by) : NULL;
    f->versions = now->res ? xstrdup(now->versions) : NULL;
    if (f->by) map_set(&k->by_kind, str_of(f->by), f);
    mutex_unlock(&k->lock);
}

/* f's kind is another one from now on, or none. */
static void replace(struct gc_kinds *k, struct ctl *c, struct followed *f, const struct facts *now)
{
    const struct api_resource *was = f->res;
    AUTO_FREE char *by = f->by ? xstrdup(f->by) : NULL;
    mutex_lock(&k->telling);
    set_names(k, f, now);
    if (was && (!now->res || strcmp(by, now->by) != 0)) tell_all(k, c, by, was, NULL);
    if (now->res) tell_all(k, c, now->by, was, now->res);
    mutex_unlock(&k->telling);
}

static struct followed *followed_of(struct gc_kinds *k, struct str name, bool add)
{
    mutex_lock(&k->lock);
    struct followed *f = map_get(&k->by_name, name);
    if (!f && add && k->by_name.count < GC_KINDS_MAX) map_set(&k->by_name, name, f = xcalloc(1, sizeof *f));
    mutex_unlock(&k->lock);
    if (!f && add) LOG_W("%.*s: too many kinds: its objects are not collected", STR_ARG(name));
    return f;
}

bool gc_kinds_look(struct gc_kinds *k, struct ctl *c, struct str name, bool *changed, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *def AUTO_OBJ = NULL;
    *changed = false;
    if (!read_definition(c, &a, name, &def, e)) return false;
    struct facts now = def ? facts_of(&a, def->root) : (struct facts){0};
    if (now.res && !start(k, c)) return true;
    struct followed *f = followed_of(k, name, now.res != NULL);
    if (!f) return true;
    if (f->res != now.res) {
        replace(k, c, f, &now);
        *changed = true;
    } else if (strcmp(f->versions, now.versions) != 0) {
        set_names(k, f, &now);
        *changed = true;
    }
    if (now.res) return true;
    mutex_lock(&k->lock);
    map_take(&k->by_name, name);
    mutex_unlock(&k->lock);
    followed_free(f);
    return true;
}

/* ---- Questions ---- */

const struct api_resource *gc_kinds_find(struct gc_kinds *k, struct str group, struct str version, struct str kind)
{
    struct arena a AUTO_ARENA = {0};
    struct str by = str_printf(&a, "%.*s/%.*s", STR_ARG(group), STR_ARG(kind));
    const char *word = arena_printf(&a, " %.*s ", STR_ARG(version));
    mutex_lock(&k->lock);
    const struct followed *f = map_get(&k->by_kind, by);
    const struct api_resource *res = f && strstr(f->versions, word) ? f->res : NULL;
    mutex_unlock(&k->lock);
    return res;
}

const struct object *gc_kinds_get(struct gc_kinds *k, const struct api_resource *res, struct str ns, struct str name)
{
    struct arena a AUTO_ARENA = {0};
    struct str place = str_printf(&a, "%s/%s%s%.*s", res->group, res->kind, ns.n ? "/" : "", STR_ARG(ns));
    mutex_lock(&k->lock);
    struct informer *i = k->informer;
    mutex_unlock(&k->lock);
    return i ? informer_get(i, place, name) : NULL;
}
