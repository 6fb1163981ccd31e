/* why_groups.c - see why_groups.h.
 * Reads: Decision objects.   Writes: groups. */
#include "kubestep/why_groups.h"

#include "base/map.h"

#include <stdlib.h>

const struct json *why_node(const struct json *d, struct str name)
{
    for (OBJ_EACH(node, d, ".status.nodes"))
        if (name.n && str_eq(obj_str(node, ".name"), name)) return node;
    return NULL;
}

const struct json *why_refusal(const struct json *node)
{
    for (OBJ_EACH(f, node, ".filters"))
        if (!obj_is(f, ".code", "Success")) return f;
    return NULL;
}

static void add(struct why_group *g, struct str name, bool first)
{
    size_t at = MIN(g->count, (size_t)WHY_NAMES);
    g->count++;
    if (first) {
        memmove(g->names + 1, g->names, (WHY_NAMES - 1) * sizeof *g->names);
        g->names[0] = name;
    } else if (at < WHY_NAMES) {
        g->names[at] = name;
    }
}

void why_groups_of(struct why_groups *g, struct arena *a, const struct json *d, why_key_fn *key, struct str first)
{
    why_groups_in(g, a, d, ".status.nodes", ".name", key, first);
}

void why_groups_in(struct why_groups *g, struct arena *a, const struct json *d, const char *list, const char *name_path,
                   why_key_fn *key, struct str first)
{
    struct map known = {0};
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 64 * 1024);
    *g = (struct why_groups){.v = ARENA_ARRAY(a, struct why_group, obj_count(d, list))};
    for (OBJ_EACH(node, d, list)) {
        buf_clear(&text);
        key(&text, node);
        if (!text.n) continue;
        struct why_group *to = map_get(&known, buf_view(&text));
        if (!to) {
            to = &g->v[g->n++];
            to->node = node;
            to->place = g->n;
            map_set(&known, buf_view(&text), to);
        }
        struct str name = obj_str(node, name_path);
        add(to, name, first.n && str_eq(name, first));
    }
    map_release(&known, NULL);
}

static int compare(const void *a, const void *b)
{
    const struct why_group *x = a, *y = b;
    if (x->order != y->order) return x->order < y->order ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

void why_groups_sort(struct why_groups *g)
{
    if (g->n) qsort(g->v, g->n, sizeof *g->v, compare);
}

void why_names(struct buf *out, const struct why_group *g, size_t room)
{
    size_t from = out->n, shown = 0, more = g->count > 1 ? 6 : 0; /* ",+4998" */
    for (; shown < MIN(g->count, (size_t)WHY_NAMES); shown++) {
        struct str name = g->names[shown];
        size_t used = out->n - from + (shown > 0), left = room - MIN(room, used + more);
        if (shown && name.n > left) break;
        if (shown) buf_char(out, ',');
        buf_str(out, str_n(name.p, MIN(name.n, left)));
    }
    if (shown < g->count) buf_addf(out, ",+%zu", g->count - shown);
}
