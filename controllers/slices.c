/* slices.c - the packing of endpoints into EndpointSlices (slices.h).
 * Reads: existing slices, what is wanted.   Writes: the plan. */
#include "controllers/slices.h"

#include "base/map.h"
#include "controllers/trigger_times.h"

#include <stdlib.h>

struct wish {
    struct json *endpoint;
    bool placed;
};

enum fate { UNCHANGED, UPDATED, DELETED };

struct kept { /* an existing slice of the port set */
    const struct object *was;
    struct json *endpoints; /* those that stay, in the wanted form */
    size_t count;
    enum fate fate;
};

struct port_set {
    struct str key;
    const struct json *ports;
    struct wish *wishes;
    size_t count, cap, left; /* left: wishes without a place */
    size_t next;             /* wishes before it are placed */
    struct kept *kept;
    size_t nkept;
};

struct slices {
    struct arena *a;
    const struct json *blank;
    const struct objs *existing;
    size_t max; /* endpoints in one slice */
    struct port_set *sets;
    size_t nsets, cap;
};

/* ---- Keys ---- */

static int by_text(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static struct str json_text(struct arena *a, const struct json *node)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    json_write(&b, node);
    return str_copy(a, buf_view(&b));
}

/* Equal for equal sets of ports, whatever their order. */
static struct str ports_key(struct arena *a, const struct json *ports)
{
    struct str *each = ARENA_ARRAY(a, struct str, obj_count(ports, "") + 1);
    struct buf b AUTO_BUF = {0};
    size_t n = 0;
    buf_init(&b, 8 << 20);
    for (OBJ_EACH(p, ports, "")) {
        struct str name = obj_str(p, ".name"), app = obj_str(p, ".appProtocol");
        each[n++] = str_printf(a, "%.*s/%.*s/%lld/%.*s;", STR_ARG(name), STR_ARG(obj_str(p, ".protocol")),
                               (long long)obj_int(p, ".port", -1), STR_ARG(app));
    }
    qsort(each, n, sizeof *each, by_text);
    for (size_t i = 0; i < n; i++) buf_str(&b, each[i]);
    return str_copy(a, buf_view(&b));
}

/* What makes two endpoints the same one. */
static struct str endpoint_key(struct arena *a, const struct json *endpoint)
{
    return str_printf(a, "%.*s %.*s %.*s/%.*s", STR_ARG(json_text(a, obj_get(endpoint, ".addresses"))),
                      STR_ARG(obj_str(endpoint, ".hostname")), STR_ARG(obj_str(endpoint, ".targetRef.namespace")),
                      STR_ARG(obj_str(endpoint, ".targetRef.name")));
}

/* ---- What is wanted ---- */

struct slices *slices_new(struct arena *a, const struct json *blank, const struct objs *existing, size_t max)
{
    struct slices *s = ARENA_NEW(a, struct slices);
    *s = (struct slices){.a = a, .blank = blank, .existing = existing, .max = max};
    return s;
}

static void *grown(struct arena *a, void *old, size_t count, size_t *cap, size_t size)
{
    if (count < *cap) return old;
    *cap = *cap ? *cap * 2 : 8;
    void *p = arena_zalloc(a, *cap * size);
    if (count) memcpy(p, old, count * size);
    return p;
}

static struct port_set *set_of(struct slices *s, const struct json *ports)
{
    struct str key = ports_key(s->a, ports);
    for (size_t i = 0; i < s->nsets; i++)
        if (str_eq(s->sets[i].key, key)) return &s->sets[i];
    s->sets = grown(s->a, s->sets, s->nsets, &s->cap, sizeof *s->sets);
    s->sets[s->nsets] = (struct port_set){.key = key, .ports = ports};
    return &s->sets[s->nsets++];
}

void slices_want(struct slices *s, const struct json *ports, struct json *endpoint)
{
    struct port_set *set = set_of(s, ports);
    set->wishes = grown(s->a, set->wishes, set->count, &set->cap, sizeof *set->wishes);
    set->wishes[set->count++] = (struct wish){.endpoint = endpoint};
}

/* ---- The plan's lists ---- */

static void list_add(struct arena *a, struct slice_list *l, struct json *slice)
{
    l->items = grown(a, l->items, l->count, &l->cap, sizeof *l->items);
    l->items[l->count++] = slice;
}

static struct json *slice_from(struct slices *s, const struct json *base, const struct json *ports)
{
    struct json *slice = obj_copy(s->a, base);
    obj_put_copy(s->a, slice, ".ports", ports);
    obj_put(s->a, slice, ".endpoints", obj_list(s->a));
    return slice;
}

static struct json *endpoints_of(struct json *slice) { return obj_edit(slice, ".endpoints"); }

/* The trigger time is of the last write, and no reason for another one. */
static struct json *annotations_of(struct slices *s, const struct json *slice)
{
    const struct json *have = obj_get(slice, ".metadata.annotations");
    struct json *annotations = have ? obj_copy(s->a, have) : obj_empty(s->a);
    (void)json_del(annotations, STR(TRIGGER_TIME));
    return annotations;
}

static bool meta_differs(struct slices *s, const struct object *slice)
{
    const struct json *want = obj_get(s->blank, ".metadata.annotations");
    if (want && !json_equal(want, annotations_of(s, slice->root))) return true;
    return !slice->labels || !json_equal(obj_get(s->blank, ".metadata.labels"), slice->labels);
}

static void put_meta(struct slices *s, struct json *slice)
{
    static const char *const parts[] = {".metadata.labels", ".metadata.annotations"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct json *want = obj_get(s->blank, parts[i]);
        if (want) (void)obj_del(slice, parts[i]);
        obj_put_copy(s->a, slice, parts[i], want);
    }
}

static void add_update(struct slices *s, const struct kept *k, struct slice_plan *out)
{
    struct json *slice = obj_copy(s->a, k->was->root);
    put_meta(s, slice);
    obj_put(s->a, slice, ".endpoints", k->endpoints);
    list_add(s->a, &out->updates, slice);
}

/* ---- 1: what is there and wanted stays where it is ---- */

static void keep(struct slices *s, struct port_set *set, const struct map *wanted, struct kept *k)
{
    bool changed = false;
    k->endpoints = obj_list(s->a);
    for (OBJ_EACH(e, k->was->root, ".endpoints")) {
        struct wish *w = map_get(wanted, endpoint_key(s->a, e));
        if (!w || w->placed) {
            changed = true;
            continue;
        }
        changed = changed || !json_equal(e, w->endpoint);
        json_push(k->endpoints, w->endpoint);
        w->placed = true;
        set->left--;
        k->count++;
    }
    if (changed && !k->count)
        k->fate = DELETED;
    else
        k->fate = changed || meta_differs(s, k->was) ? UPDATED : UNCHANGED;
}

static void keep_all(struct slices *s, struct port_set *set)
{
    struct map wanted = {0};
    set->left = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct str key = endpoint_key(s->a, set->wishes[i].endpoint);
        set->wishes[i].placed = map_has(&wanted, key);
        if (set->wishes[i].placed) continue;
        (void)map_set(&wanted, key, &set->wishes[i]);
        set->left++;
    }
    set->kept = ARENA_ARRAY(s->a, struct kept, s->existing->count + 1);
    for (size_t i = 0; i < s->existing->count; i++) {
        const struct object *slice = s->existing->items[i];
        if (!str_eq(ports_key(s->a, obj_get(slice->root, ".ports")), set->key)) continue;
        set->kept[set->nkept] = (struct kept){.was = slice};
        keep(s, set, &wanted, &set->kept[set->nkept++]);
    }
    map_release(&wanted, NULL);
}

/* ---- 2 and 3: the others get a place ---- */

/* Moves wishes into a list of `have` endpoints until it is full or nothing is left. */
static void fill(const struct slices *s, struct port_set *set, struct json *endpoints, size_t have)
{
    for (; set->left && have < s->max; have++) {
        while (set->wishes[set->next].placed) set->next++;
        set->wishes[set->next].placed = true;
        json_push(endpoints, set->wishes[set->next].endpoint);
        set->left--;
    }
}

static int fullest_first(const void *a, const void *b)
{
    const struct kept *x = *(struct kept *const *)a, *y = *(struct kept *const *)b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return str_cmp(x->was->name, y->was->name);
}

static void fill_updated(struct slices *s, struct port_set *set)
{
    struct kept **updated = ARENA_ARRAY(s->a, struct kept *, set->nkept + 1);
    size_t n = 0;
    for (size_t i = 0; i < set->nkept; i++)
        if (set->kept[i].fate == UPDATED) updated[n++] = &set->kept[i];
    qsort(updated, n, sizeof *updated, fullest_first);
    for (size_t i = 0; i < n; i++) {
        fill(s, set, updated[i]->endpoints, updated[i]->count);
        updated[i]->count = obj_count(updated[i]->endpoints, "");
    }
}

/* The unchanged slice that all the rest fits into and that is fullest then; NULL: none. */
static struct kept *best_fit(const struct slices *s, struct port_set *set)
{
    struct kept *best = NULL;
    for (size_t i = 0; i < set->nkept; i++) {
        struct kept *k = &set->kept[i];
        if (k->fate != UNCHANGED || k->count + set->left > s->max) continue;
        if (!best || k->count > best->count) best = k;
    }
    return best;
}

static void place_rest(struct slices *s, struct port_set *set, struct slice_plan *out)
{
    while (set->left) {
        struct kept *k = set->left < s->max ? best_fit(s, set) : NULL;
        if (k) {
            fill(s, set, k->endpoints, k->count);
            k->fate = UPDATED;
            continue;
        }
        struct json *slice = slice_from(s, s->blank, set->ports);
        fill(s, set, endpoints_of(slice), 0);
        list_add(s->a, &out->creates, slice);
    }
}

/* ---- The whole ---- */

static bool is_wanted_set(const struct slices *s, const struct object *slice)
{
    struct str key = ports_key(s->a, obj_get(slice->root, ".ports"));
    for (size_t i = 0; i < s->nsets; i++)
        if (str_eq(s->sets[i].key, key)) return true;
    return false;
}

static void plan_set(struct slices *s, struct port_set *set, struct slice_plan *out)
{
    keep_all(s, set);
    fill_updated(s, set);
    place_rest(s, set, out);
    for (size_t i = 0; i < set->nkept; i++) {
        if (set->kept[i].fate == UPDATED) add_update(s, &set->kept[i], out);
        if (set->kept[i].fate == DELETED) out->deletes[out->ndeletes++] = set->kept[i].was;
    }
}

/* When nothing else would be there an empty slice says that the owner has been looked at. */
static void add_placeholder(struct slices *s, struct slice_plan *out)
{
    if (out->ndeletes != s->existing->count || out->creates.count) return;
    const struct object *last = out->ndeletes == 1 ? out->deletes[0] : NULL;
    if (last && !obj_count(last->root, ".endpoints") && !obj_count(last->root, ".ports") && !meta_differs(s, last))
        out->ndeletes = 0; /* it is there already */
    else
        list_add(s->a, &out->creates, slice_from(s, s->blank, obj_list(s->a)));
}

/* A slice to be made takes the place of one that is to go: one write instead of two. */
static void reuse(struct slices *s, struct slice_plan *out)
{
    while (out->ndeletes && out->creates.count) {
        const struct object *gone = out->deletes[--out->ndeletes];
        struct json *slice = out->creates.items[--out->creates.count];
        obj_put_copy(s->a, slice, ".metadata", obj_get(gone->root, ".metadata"));
        put_meta(s, slice);
        list_add(s->a, &out->updates, slice);
    }
}

void slices_plan(struct slices *s, bool placeholder, struct slice_plan *out)
{
    *out = (struct slice_plan){.arena = s->a};
    out->deletes = ARENA_ARRAY(s->a, const struct object *, s->existing->count + 1);
    for (size_t i = 0; i < s->nsets; i++) plan_set(s, &s->sets[i], out);
    for (size_t i = 0; i < s->existing->count; i++)
        if (!is_wanted_set(s, s->existing->items[i])) out->deletes[out->ndeletes++] = s->existing->items[i];
    if (placeholder) add_placeholder(s, out);
    reuse(s, out);
}
