/* listers.c - see listers.h. Reads: objects.   Writes: its maps. */
#include "scheduler/listers.h"

#include "base/omap.h"
#include "base/thread.h"

#include <stdlib.h>

struct listers {
    pthread_mutex_t lock;
    struct omap by_name[LISTED_COUNT]; /* "ns/name" -> const struct object *, referenced */
    listers_fn *changed;               /* NULL: nobody wants to know */
    void *arg;
};

struct listers *listers_new(void)
{
    struct listers *l = xcalloc(1, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
    for (int k = 0; k < LISTED_COUNT; k++) omap_init(&l->by_name[k]);
    return l;
}

static void unref(void *o) { object_unref(o); }

void listers_free(struct listers *l)
{
    if (!l) return;
    for (int k = 0; k < LISTED_COUNT; k++) omap_release(&l->by_name[k], unref);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

void listers_on(struct listers *l, listers_fn *changed, void *arg)
{
    l->changed = changed;
    l->arg = arg;
}

static struct str key_of(struct arena *a, struct str ns, struct str name)
{
    return str_printf(a, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name));
}

void listers_put(struct listers *l, enum listed kind, const struct object *o)
{
    struct arena a AUTO_ARENA = {0};
    struct str key = key_of(&a, o->ns, o->name);
    mutex_lock(&l->lock);
    const struct object *old = omap_set(&l->by_name[kind], key, (void *)(uintptr_t)object_ref(o));
    mutex_unlock(&l->lock);
    if (l->changed) l->changed(l->arg, kind, old, o);
    object_unref(old);
}

void listers_remove(struct listers *l, enum listed kind, const struct object *o)
{
    struct arena a AUTO_ARENA = {0};
    struct str key = key_of(&a, o->ns, o->name);
    mutex_lock(&l->lock);
    const struct object *old = omap_take(&l->by_name[kind], key);
    mutex_unlock(&l->lock);
    if (old && l->changed) l->changed(l->arg, kind, old, NULL);
    object_unref(old);
}

const struct object *listers_get(struct listers *l, enum listed kind, struct str ns, struct str name)
{
    struct arena a AUTO_ARENA = {0};
    struct str key = key_of(&a, ns, name);
    mutex_lock(&l->lock);
    const struct object *o = object_ref(omap_get(&l->by_name[kind], key));
    mutex_unlock(&l->lock);
    return o;
}

void listers_all(struct listers *l, enum listed kind, struct str ns, struct objs *out)
{
    struct arena a AUTO_ARENA = {0};
    struct str prefix = str_is_null(ns) ? STR("") : str_printf(&a, "%.*s/", STR_ARG(ns)), key;
    struct omap_cursor c;
    void *o;
    mutex_lock(&l->lock);
    omap_seek(&l->by_name[kind], prefix, &c);
    while (omap_next(&c, &key, &o) && str_starts(key, prefix)) objs_add(out, o);
    mutex_unlock(&l->lock);
}

size_t listers_count(struct listers *l, enum listed kind)
{
    mutex_lock(&l->lock);
    size_t n = l->by_name[kind].count;
    mutex_unlock(&l->lock);
    return n;
}
