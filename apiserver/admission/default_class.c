/* default_class.c - see default_class.h.
 * Reads: the classes in the watch cache.   Writes: what it remembers. */
#include "apiserver/admission/default_class.h"

#include "apiserver/watch/cache.h"
#include "base/thread.h"

#include <stdio.h>

const struct json *class_tree(struct arena *a, const struct item *it)
{
    struct err e = ERR_INIT;
    return it ? json_parse(a, blob_str(it->blob), &e) : NULL;
}

static void look(struct default_class *d)
{
    const struct list_query q = {.res = d->res};
    struct arena a AUTO_ARENA = {0};
    struct cache_list list;
    struct err e = ERR_INIT;
    const struct json *best = NULL;
    d->name[0] = '\0';
    if (!cache_list(&q, &list, &e)) return;
    for (size_t i = 0; i < list.count; i++) {
        const struct json *class = class_tree(&a, list.items[i]);
        if (!class || !d->is_better(class, best)) continue;
        best = class;
        snprintf(d->name, sizeof d->name, "%.*s", STR_ARG(list.items[i]->name));
    }
    cache_list_release(&list);
}

struct str default_class_name(struct default_class *d, struct arena *a)
{
    uint64_t rev = cache_changed_rev(d->res);
    mutex_lock(&d->lock);
    if (d->rev != rev) look(d);
    d->rev = rev;
    struct str name = str_copy(a, str_of(d->name));
    mutex_unlock(&d->lock);
    return name;
}
