/* gc_kinds.c - see gc_kinds.h.
 * Reads: CustomResourceDefinitions, one by one as they change; the metadata of the objects of all custom kinds, by one
 * watch (apiserver/sim/customs.c); what aggregated servers have, and a watch of each such resource.   Writes: its
 * table. Upstream asks discovery every 30 s (garbagecollector.go, Sync), and has a watch of each kind. */
#include "controllers/gc_kinds.h"

#include "api/registry.h"
#include "base/log.h"
#include "base/map.h"
#include "base/thread.h"
#include "controllers/gc_groups.h"
#include "controllers/kinds.h"
#include "controllers/limits.h"

#include <stdatomic.h>
#include <stdlib.h>

#define OBJECTS "sim.kubestep.dev/v1/customobjects"

struct handler { /* of one informer; the host frees it with that */
    struct gc_kinds *kinds;
    struct ctl *c;
    const struct api_resource *res; /* of an aggregated server's; NULL: of all custom kinds */
    _Atomic bool ended;
};

struct watched { /* a resource of an aggregated server */
    struct informer *informer;
    struct informer *former; /* while the new one has no list yet; or NULL */
    struct handler *handler;
};

struct followed {                   /* a definition, or a resource of an aggregated server */
    const struct api_resource *res; /* of its best version */
    char *versions;                 /* those that are served: " v1 v2 " */
    char *by;                       /* its key in by_kind */
    bool aggregated;                /* it has a watch of its own */
    struct watched watch;
};

struct gc_kinds {
    gc_kinds_fn *fn;
    /* While somebody is told of objects: taken before all other locks, so that what was read of the cache is told
     * before the next change is. */
    pthread_mutex_t telling;
    pthread_mutex_t lock;      /* covers what follows; the informers' own locks are taken under it */
    struct map by_name;        /* of the definition, or "/GROUP/PLURAL" -> struct followed */
    struct map by_kind;        /* "GROUP/KIND" -> the same */
    struct informer *informer; /* of all custom kinds' objects; NULL while there is no such kind */
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

static struct gc_facts facts_of(struct arena *a, const struct json *def)
{
    struct gc_facts f = {0};
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

static const struct api_resource *res_of(struct gc_kinds *k, const struct object *obj)
{
    struct arena a AUTO_ARENA = {0};
    struct str group, version;
    api_split_version(obj_str(obj->root, ".apiVersion"), &group, &version);
    struct str by = str_printf(&a, "%.*s/%.*s", STR_ARG(group), STR_ARG(obj_str(obj->root, ".kind")));
    mutex_lock(&k->lock);
    const struct followed *f = map_get(&k->by_kind, by);
    const struct api_resource *res = f && !f->aggregated ? f->res : NULL;
    mutex_unlock(&k->lock);
    return res;
}

/* Objects of a kind whose definition was not looked at yet are told when it is. */
static void on_object(void *arg, enum informer_event what, const struct object *old, const struct object *obj)
{
    struct handler *h = arg;
    mutex_lock(&h->kinds->telling);
    const struct api_resource *res = h->res ? h->res : res_of(h->kinds, obj);
    if (res && !atomic_load(&h->ended)) h->kinds->fn(h->c, res, old, what == INFORMER_DELETED ? NULL : obj);
    mutex_unlock(&h->kinds->telling);
}

static struct handler *handler_new(struct gc_kinds *k, struct ctl *c, const struct api_resource *res)
{
    struct handler *h = xcalloc(1, sizeof *h);
    h->kinds = k;
    h->c = c;
    h->res = res;
    return h;
}

/* Lock held. */
static void set_names(struct gc_kinds *k, struct followed *f, const struct gc_facts *now)
{
    if (f->by && map_get(&k->by_kind, str_of(f->by)) == f) map_take(&k->by_kind, str_of(f->by));
    free(f->by);
    free(f->versions);
    f->res = now->res;
    f->by = now->res ? xstrdup(now->by) : NULL;
    f->versions = now->res ? xstrdup(now->versions) : NULL;
    if (f->by) map_set(&k->by_kind, str_of(f->by), f);
}

/* ---- Custom kinds: one informer ---- */

/* The informer, with its first list; NULL: the host is stopping. */
static struct informer *start(struct gc_kinds *k, struct ctl *c)
{
    mutex_lock(&k->lock);
    if (!k->informer) k->informer = ctl_informer_start(c, OBJECTS, true, on_object, handler_new(k, c, NULL));
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

/* f's kind is another one from now on, or none. */
static void replace_kind(struct gc_kinds *k, struct ctl *c, struct followed *f, const struct gc_facts *now)
{
    const struct api_resource *was = f->res;
    AUTO_FREE char *by = f->by ? xstrdup(f->by) : NULL;
    mutex_lock(&k->telling);
    mutex_lock(&k->lock);
    set_names(k, f, now);
    mutex_unlock(&k->lock);
    if (was && (!now->res || strcmp(by, now->by) != 0)) tell_all(k, c, by, was, NULL);
    if (now->res) tell_all(k, c, now->by, was, now->res);
    mutex_unlock(&k->telling);
}

/* ---- Aggregated kinds: an informer each ---- */

/* What the former informer knew and the present one does not is gone. */
static void tell_gone(struct gc_kinds *k, struct ctl *c, const struct followed *was, struct informer *now)
{
    struct objs all AUTO_OBJS = {0};
    informer_list(was->watch.informer, STR_NULL, &all);
    mutex_lock(&k->telling);
    for (size_t i = 0; i < all.count; i++) {
        const struct object *o = all.items[i];
        const struct object *still AUTO_OBJ = now ? informer_get(now, o->ns, o->name) : NULL;
        if (!still || !str_eq(still->uid, o->uid)) k->fn(c, was->res, o, NULL);
    }
    mutex_unlock(&k->telling);
}

/* Lock held, so that no event of the informer comes before it is known. False: the host is stopping. */
static bool watch(struct gc_kinds *k, struct ctl *c, struct followed *f, const struct api_resource *res)
{
    f->watch = (struct watched){.former = f->watch.informer};
    if (!res) return true;
    f->watch.handler = handler_new(k, c, res);
    f->watch.informer = ctl_informer_start(c, kind_text(res), false, on_object, f->watch.handler);
    return f->watch.informer != NULL;
}

/* The former informer goes when the new one has the kind's objects; if that cannot list them, what the former one knew
 * counts. */
static void replace_watch(struct gc_kinds *k, struct ctl *c, struct followed *f, const struct gc_facts *now)
{
    const struct followed was = *f;
    mutex_lock(&k->lock);
    bool ok = watch(k, c, f, now->res);
    set_names(k, f, ok ? now : &(struct gc_facts){0});
    struct informer *next = f->watch.informer;
    mutex_unlock(&k->lock);
    if (!ok) return;
    bool told = !next || informer_wait_synced(next, GC_KIND_SYNC_MS);
    if (!told) LOG_W("%s: the objects cannot be listed yet", kind_text(now->res));
    mutex_lock(&k->lock);
    f->watch.former = NULL;
    mutex_unlock(&k->lock);
    if (!was.watch.informer) return;
    atomic_store(&was.watch.handler->ended, true);
    /* Nobody knows what became of the objects of a server that is not asked any more. */
    if (told && next) tell_gone(k, c, &was, next);
    ctl_informer_end(c, was.watch.informer);
}

/* ---- Definitions and groups ---- */

static struct followed *followed_of(struct gc_kinds *k, struct str name, bool add)
{
    mutex_lock(&k->lock);
    struct followed *f = map_get(&k->by_name, name);
    if (!f && add && k->by_name.count < GC_KINDS_MAX) map_set(&k->by_name, name, f = xcalloc(1, sizeof *f));
    mutex_unlock(&k->lock);
    if (!f && add) LOG_W("%.*s: too many kinds: its objects are not collected", STR_ARG(name));
    return f;
}

/* True: other kinds are known than before. */
static bool follow(struct gc_kinds *k, struct ctl *c, struct str name, const struct gc_facts *now)
{
    bool changed = false;
    struct followed *f = followed_of(k, name, now->res != NULL);
    if (!f) return false;
    f->aggregated = name.p[0] == '/';
    if (f->res != now->res) {
        (f->aggregated ? replace_watch : replace_kind)(k, c, f, now);
        changed = true;
    } else if (now->res && strcmp(f->versions, now->versions) != 0) {
        mutex_lock(&k->lock);
        set_names(k, f, now);
        mutex_unlock(&k->lock);
        changed = true;
    }
    if (now->res) return changed;
    mutex_lock(&k->lock);
    map_take(&k->by_name, name);
    mutex_unlock(&k->lock);
    followed_free(f);
    return changed;
}

bool gc_kinds_look(struct gc_kinds *k, struct ctl *c, struct str name, bool *changed, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *def AUTO_OBJ = NULL;
    *changed = false;
    if (!read_definition(c, &a, name, &def, e)) return false;
    struct gc_facts now = def ? facts_of(&a, def->root) : (struct gc_facts){0};
    if (now.res && !start(k, c)) return true;
    *changed = follow(k, c, name, &now);
    return true;
}

/* Names of those of a group that are followed and not in its list. */
static size_t find_gone(struct gc_kinds *k, struct arena *a, const struct gc_group *g, struct str prefix,
                        struct str **out)
{
    size_t n = 0;
    mutex_lock(&k->lock);
    *out = ARENA_ARRAY(a, struct str, k->by_name.count + 1);
    for (uint32_t i = 0; i < k->by_name.count; i++) {
        struct str name = k->by_name.entries[i].key;
        if (!str_starts(name, prefix)) continue;
        bool there = false;
        for (size_t j = 0; j < g->count && !there; j++) there = str_eqc(str_from(name, prefix.n), g->items[j].plural);
        if (!there) (*out)[n++] = str_copy(a, name);
    }
    mutex_unlock(&k->lock);
    return n;
}

bool gc_kinds_look_group(struct gc_kinds *k, struct ctl *c, struct str group, bool *changed, bool *some, struct err *e)
{
    static const struct gc_facts nothing;
    struct arena a AUTO_ARENA = {0};
    struct gc_group g;
    struct str *gone, prefix = str_printf(&a, "/%.*s/", STR_ARG(group));
    *changed = false;
    bool whole = gc_group_read(c, &a, group, &g, e);
    *some = g.some;
    for (size_t i = 0; i < g.count; i++)
        *changed |= follow(k, c, str_printf(&a, "%.*s%s", STR_ARG(prefix), g.items[i].plural), &g.items[i].facts);
    size_t n = whole ? find_gone(k, &a, &g, prefix, &gone) : 0;
    for (size_t i = 0; i < n; i++) *changed |= follow(k, c, gone[i], &nothing);
    return whole;
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
    const struct followed *f = map_get(&k->by_kind, str_printf(&a, "%s/%s", res->group, res->kind));
    bool own = f && f->aggregated;
    struct informer *i = own ? f->watch.informer : k->informer;
    const struct object *obj = i ? informer_get(i, own ? ns : place, name) : NULL;
    if (!obj && own && f->watch.former) obj = informer_get(f->watch.former, ns, name);
    mutex_unlock(&k->lock);
    return obj;
}
