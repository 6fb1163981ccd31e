/* conflict.c - fields that somebody else owns, in the words of upstream.
 * Reads: conflicts.   Writes: texts in the arena.
 * Upstream: apimachinery pkg/util/managedfields/internal/conflict.go. */
#include "apiserver/managed/limits.h"
#include "apiserver/managed/managed.h"

#include <stdlib.h>

static struct conflict_text tell(struct arena *a, const struct conflict *c)
{
    struct conflict_text t = {.key = managed_key(a, c->with)};
    struct buf manager AUTO_BUF = {0}, path AUTO_BUF = {0};
    buf_init(&manager, FIELDS_MAX);
    buf_init(&path, FIELDS_MAX);
    managed_show(&manager, c->with);
    for (size_t i = 0; i < c->n; i++) path_show(&path, &c->path[i]);
    t.manager = str_copy(a, buf_view(&manager));
    t.path = str_copy(a, buf_view(&path));
    t.order = c;
    return t;
}

static int by_manager(const void *x, const void *y)
{
    const struct conflict_text *l = x, *r = y;
    int c = str_cmp(l->key, r->key);
    return c ? c : (l->order > r->order) - (l->order < r->order);
}

struct conflict_text *conflicts_tell(struct arena *a, const struct conflicts *c)
{
    struct conflict_text *told = ARENA_ARRAY(a, struct conflict_text, c->count);
    for (size_t i = 0; i < c->count; i++) told[i] = tell(a, &c->items[i]);
    qsort(told, c->count, sizeof *told, by_manager);
    return told;
}

struct str conflicts_message(struct arena *a, const struct conflict_text *told, size_t n)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, FIELDS_MAX);
    if (n == 1)
        return str_printf(a, "Apply failed with 1 conflict: conflict with %.*s: %.*s", STR_ARG(told[0].manager),
                          STR_ARG(told[0].path));
    buf_addf(&text, "Apply failed with %zu conflicts: ", n);
    for (size_t i = 0; i < n; i++) {
        bool first = !i || !str_eq(told[i].key, told[i - 1].key);
        if (first) buf_addf(&text, "%sconflicts with %.*s:", i ? "\n" : "", STR_ARG(told[i].manager));
        buf_addf(&text, "\n- %.*s", STR_ARG(told[i].path));
    }
    return str_copy(a, buf_view(&text));
}
