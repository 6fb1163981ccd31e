/* volumes.c - see volumes.h. Reads: objects.   Writes: its maps. */
#include "scheduler/volumes.h"

#include "base/map.h"
#include "base/thread.h"

#include <stdlib.h>

struct volumes {
    pthread_mutex_t lock;
    struct map by_name[VOLUME_KINDS]; /* "ns/name" -> const struct object *, referenced */
};

struct volumes *volumes_new(void)
{
    struct volumes *v = xcalloc(1, sizeof *v);
    pthread_mutex_init(&v->lock, NULL);
    return v;
}

static void unref(void *o) { object_unref(o); }

void volumes_free(struct volumes *v)
{
    for (int k = 0; k < VOLUME_KINDS; k++) map_release(&v->by_name[k], unref);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

static struct str key_of(struct arena *a, struct str ns, struct str name)
{
    return str_printf(a, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name));
}

void volumes_put(struct volumes *v, enum volume_kind kind, const struct object *o)
{
    struct arena a AUTO_ARENA = {0};
    struct str key = key_of(&a, o->ns, o->name);
    mutex_lock(&v->lock);
    const struct object *old = map_set(&v->by_name[kind], key, (void *)object_ref(o));
    mutex_unlock(&v->lock);
    object_unref(old);
}

void volumes_remove(struct volumes *v, enum volume_kind kind, const struct object *o)
{
    struct arena a AUTO_ARENA = {0};
    struct str key = key_of(&a, o->ns, o->name);
    mutex_lock(&v->lock);
    const struct object *old = map_take(&v->by_name[kind], key);
    mutex_unlock(&v->lock);
    object_unref(old);
}

const struct object *volumes_get(struct volumes *v, enum volume_kind kind, struct str ns, struct str name)
{
    struct arena a AUTO_ARENA = {0};
    struct str key = key_of(&a, ns, name);
    mutex_lock(&v->lock);
    const struct object *o = object_ref(map_get(&v->by_name[kind], key));
    mutex_unlock(&v->lock);
    return o;
}
