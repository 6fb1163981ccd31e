/* default_selector.c - see default_selector.h.
 * Reads: Services, ReplicationControllers, ReplicaSets, StatefulSets. */
#include "scheduler/default_selector.h"

#include <stdlib.h>

struct growing { /* requirements as they are gathered; on the heap */
    struct requirement *v;
    int n, cap;
};

static struct requirement *next_of(struct growing *g)
{
    if (g->n == g->cap) {
        g->cap = g->cap ? 2 * g->cap : 8;
        g->v = xreallocarray(g->v, (size_t)g->cap, sizeof *g->v);
    }
    return &g->v[g->n++];
}

/* Labels of a map; what an earlier one said of the same label is forgotten. */
static void merge_map(struct growing *g, struct keep *k, const struct json *map)
{
    for (OBJ_EACH(it, map, "")) {
        const struct sym *key = keep_sym(k, obj_key(it)), **value = ARENA_ARRAY(&k->arena, const struct sym *, 1);
        int at = 0;
        while (at < g->n && g->v[at].key != key) at++;
        value[0] = keep_sym(k, obj_text(it));
        *(at < g->n ? &g->v[at] : next_of(g)) =
            (struct requirement){.key = key, .op = SELECT_IN, .values = value, .n = 1};
    }
}

static bool chooses(const struct json *map, const struct pod_info *p)
{
    if (!json_is(map, JSON_OBJ)) return false;
    for (OBJ_EACH(it, map, "")) {
        bool has = false;
        for (int i = 0; i < p->labels.n && !has; i++)
            has =
                str_eq(sym_str(p->labels.v[i].key), obj_key(it)) && str_eq(sym_str(p->labels.v[i].value), obj_text(it));
        if (!has) return false;
    }
    return true;
}

static void of_services(struct growing *g, struct keep *k, struct listers *l, const struct pod_info *p)
{
    struct objs all AUTO_OBJS = {0};
    listers_all(l, LIST_SERVICE, sym_str(p->ns), &all);
    for (size_t i = 0; i < all.count; i++) {
        const struct json *map = obj_get(all.items[i]->root, ".spec.selector");
        if (chooses(map, p)) merge_map(g, k, map);
    }
}

static void of_controller(struct growing *g, struct keep *k, struct listers *l, const struct pod_info *p)
{
    static const struct {
        const char *api_version, *kind;
        enum listed list;
        bool plain; /* its selector is a map of labels */
    } kinds[] = {{"v1", "ReplicationController", LIST_RC, true},
                 {"apps/v1", "ReplicaSet", LIST_RS, false},
                 {"apps/v1", "StatefulSet", LIST_STATEFULSET, false}};
    const struct json *owner = obj_controller(p->object->root);
    for (size_t i = 0; owner && i < ARRAY_LEN(kinds); i++) {
        if (!obj_is(owner, ".kind", kinds[i].kind) || !obj_is(owner, ".apiVersion", kinds[i].api_version)) continue;
        const struct object *o AUTO_OBJ = listers_get(l, kinds[i].list, sym_str(p->ns), obj_str(owner, ".name"));
        const struct json *selector = o ? obj_get(o->root, ".spec.selector") : NULL;
        struct selector s;
        if (kinds[i].plain) merge_map(g, k, selector);
        if (kinds[i].plain || !selector) return;
        selector_read(&s, k, selector);
        for (int r = 0; r < s.n && !s.nothing; r++) *next_of(g) = s.v[r];
    }
}

void default_selector(struct selector *out, struct keep *k, struct listers *l, const struct pod_info *p)
{
    struct growing g = {0};
    of_services(&g, k, l, p);
    of_controller(&g, k, l, p);
    *out = (struct selector){.n = g.n};
    if (g.n) out->v = arena_memdup(&k->arena, g.v, (size_t)g.n * sizeof *g.v);
    free(g.v);
}
