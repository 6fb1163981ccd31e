/* gc_kinds.c - see gc_kinds.h.
 * Reads: CustomResourceDefinitions, one by one as they change; what aggregated servers have; the metadata of the
 * objects.   Writes: its table.
 * Upstream asks discovery every 30 s (garbagecollector.go, Sync). */
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

struct handler { /* of one informer; the host frees it with that */
    struct ctl *c;
    const struct api_resource *res;
    gc_kinds_fn *fn;
    _Atomic bool ended;
};

struct followed {                   /* a definition, or a resource of an aggregated server */
    const struct api_resource *res; /* of its best version */
    struct informer *informer;
    struct informer *former; /* while the new one has no list yet; or NULL */
    struct handler *handler;
    char *versions; /* those that are served: " v1 v2 " */
    char *by;       /* its key in by_kind */
    bool aggregated;
};

struct gc_kinds {
    gc_kinds_fn *fn;
    pthread_mutex_t lock; /* covers what follows; the informers' own locks are taken under it */
    struct map by_name;   /* of the definition, or "/GROUP/PLURAL" -> struct followed */
    struct map by_kind;   /* "GROUP/KIND" -> the same */
};

/* ---- Life ---- */

struct gc_kinds *gc_kinds_new(gc_kinds_fn *fn)
{
    struct gc_kinds *k = xcalloc(1, sizeof *k);
    k->fn = fn;
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

static void on_object(void *arg, enum informer_event what, const struct object *old, const struct object *obj)
{
    struct handler *h = arg;
    if (!atomic_load(&h->ended)) h->fn(h->c, h->res, old, what == INFORMER_DELETED ? NULL : obj);
}

/* Lock held. */
static void set_names(struct gc_kinds *k, struct followed *f, const struct gc_facts *now)
{
    if (f->by && map_get(&k->by_kind, str_of(f->by)) == f) map_take(&k->by_kind, str_of(f->by));
    free(f->by);
    free(f->versions);
    f->by = now->res ? xstrdup(now->by) : NULL;
    f->versions = now->res ? xstrdup(now->versions) : NULL;
    if (f->by) map_set(&k->by_kind, str_of(f->by), f);
}

/* Lock held, so that no event of the informer comes before it is known. */
static bool start(struct gc_kinds *k, struct ctl *c, struct followed *f, const struct api_resource *res)
{
    struct handler *h = xcalloc(1, sizeof *h);
    *h = (struct handler){.c = c, .res = res, .fn = k->fn};
    struct informer *i = ctl_informer_start(c, kind_text(res), on_object, h);
    if (!i) return false;
    f->res = res;
    f->informer = i;
    f->handler = h;
    return true;
}

/* What the former informer knew and the present one does not is gone. */
static void tell_gone(struct gc_kinds *k, struct ctl *c, const struct followed *was, struct informer *now)
{
    struct objs all AUTO_OBJS = {0};
    informer_list(was->informer, STR_NULL, &all);
    for (size_t i = 0; i < all.count; i++) {
        const struct object *o = all.items[i];
        const struct object *still AUTO_OBJ = now ? informer_get(now, o->ns, o->name) : NULL;
        if (!still || !str_eq(still->uid, o->uid)) k->fn(c, was->res, o, NULL);
    }
}

/* The former informer goes when the new one has the kind's objects; if that cannot list them (a conversion that fails,
 * say), what the former one knew counts. */
static void replace(struct gc_kinds *k, struct ctl *c, struct followed *f, const struct gc_facts *now)
{
    const struct followed was = *f;
    bool told = true;
    mutex_lock(&k->lock);
    f->former = was.informer;
    f->res = NULL;
    f->informer = NULL;
    bool ok = !now->res || start(k, c, f, now->res);
    set_names(k, f, now);
    struct informer *next = f->informer;
    mutex_unlock(&k->lock);
    if (!ok) return; /* the host is stopping */
    if (next) told = informer_wait_synced(next, GC_KIND_SYNC_MS);
    if (!told) LOG_W("%s: the objects cannot be listed yet", kind_text(now->res));
    mutex_lock(&k->lock);
    f->former = NULL;
    mutex_unlock(&k->lock);
    if (!was.informer) return;
    atomic_store(&was.handler->ended, true);
    /* Nobody knows what became of the objects of a server that is not asked any more. */
    if (told && (next || !f->aggregated)) tell_gone(k, c, &was, next);
    ctl_informer_end(c, was.informer);
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

/* True: other kinds are known than before. */
static bool follow(struct gc_kinds *k, struct ctl *c, struct str name, const struct gc_facts *now)
{
    bool changed = false;
    struct followed *f = followed_of(k, name, now->res != NULL);
    if (!f) return false;
    f->aggregated = name.p[0] == '/';
    if (f->res != now->res) {
        replace(k, c, f, now);
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
    struct str by = str_printf(&a, "%s/%s", res->group, res->kind);
    mutex_lock(&k->lock);
    const struct followed *f = map_get(&k->by_kind, by);
    const struct object *obj = f && f->informer ? informer_get(f->informer, ns, name) : NULL;
    if (!obj && f && f->former) obj = informer_get(f->former, ns, name);
    mutex_unlock(&k->lock);
    return obj;
}
