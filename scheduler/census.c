/* census.c - see census.h.
 * Reads: pods and nodes as they come and go.   Writes: its counts. */
#include "scheduler/census.h"

#include "base/kassert.h"
#include "scheduler/limits.h"

#include <stdlib.h>

struct place {                    /* a slot */
    const struct node_info *node; /* NULL: the slot is free */
    bool is_there;                /* false: pods name it, but the node has not come or went */
};

struct kept { /* a selection */
    struct keep keep;
    struct selection what;
    uint64_t hash, used;
    int32_t *counts; /* by slot */
};

struct topology {
    const struct sym *key; /* referenced; NULL: free */
    uint64_t labels, used; /* labels: of which generation it is */
    int32_t *of;           /* by slot */
    int slots, n, empty;
};

struct census {
    struct place *places;
    int nplaces, cap; /* cap: so many slots have counts */
    int *free_slots;
    int nfree;
    struct kept *kept[SELECTIONS_MAX];
    int nkept;
    struct topology topologies[TOPOLOGIES_MAX];
    struct bag keys;       /* label key -> nodes that have it */
    uint64_t labels, tick; /* labels: grows with every change of nodes' labels; tick: with every use */
    struct rules rules[RULE_KINDS];
};

struct census *census_new(void) { return xcalloc(1, sizeof(struct census)); }

static void kept_free(struct kept *k)
{
    keep_release(&k->keep);
    free(k->counts);
    free(k);
}

void census_free(struct census *c)
{
    for (int i = 0; i < c->nkept; i++) kept_free(c->kept[i]);
    for (int i = 0; i < TOPOLOGIES_MAX; i++) {
        sym_unref(c->topologies[i].key);
        free(c->topologies[i].of);
    }
    rules_release(c->rules);
    bag_release(&c->keys);
    free(c->free_slots);
    free(c->places);
    free(c);
}

/* ---- Nodes ---- */

static void widen(struct census *c)
{
    int was = c->cap;
    c->cap = was ? 2 * was : 64;
    c->places = xreallocarray(c->places, (size_t)c->cap, sizeof *c->places);
    c->free_slots = xreallocarray(c->free_slots, (size_t)c->cap, sizeof *c->free_slots);
    for (int i = 0; i < c->nkept; i++) {
        struct kept *k = c->kept[i];
        k->counts = xreallocarray(k->counts, (size_t)c->cap, sizeof *k->counts);
        memset(k->counts + was, 0, (size_t)(c->cap - was) * sizeof *k->counts);
    }
}

void census_give_slot(struct census *c, struct node_info *n)
{
    if (!c->nfree && c->nplaces == c->cap) widen(c);
    n->slot = c->nfree ? c->free_slots[--c->nfree] : c->nplaces++;
    c->places[n->slot] = (struct place){.node = n};
}

void census_take_slot(struct census *c, struct node_info *n)
{
    c->places[n->slot] = (struct place){0};
    c->free_slots[c->nfree++] = n->slot;
}

void census_node(struct census *c, const struct node_info *n, bool is_there)
{
    for (int i = 0; i < n->labels.n; i++) bag_add(&c->keys, (uintptr_t)n->labels.v[i].key, is_there ? 1 : -1);
    c->places[n->slot].is_there = is_there;
    c->labels++;
}

const struct node_info *census_node_at(const struct census *c, int slot)
{
    return c->places[slot].is_there ? c->places[slot].node : NULL;
}

int census_slots(const struct census *c) { return c->nplaces; }

/* ---- Domains ---- */

/* Numbers them in the order of slots. */
static void survey(const struct census *c, struct topology *t)
{
    struct bag numbers = {0}; /* value -> domain + 1 */
    t->of = xreallocarray(t->of, (size_t)c->cap, sizeof *t->of);
    t->slots = c->nplaces;
    t->n = 0;
    t->empty = -1;
    t->labels = c->labels;
    for (int slot = 0; slot < t->slots; slot++) {
        const struct node_info *n = census_node_at(c, slot);
        const struct sym *value = n ? labels_get(&n->labels, t->key) : NULL;
        t->of[slot] = -1;
        if (!value) continue;
        int64_t number = bag_get(&numbers, (uintptr_t)value);
        if (!number) number = bag_add(&numbers, (uintptr_t)value, ++t->n);
        t->of[slot] = (int32_t)number - 1;
        if (value->n == 0) t->empty = t->of[slot];
    }
    bag_release(&numbers);
}

/* That of the key, or the one that was not asked for the longest. */
static struct topology *topology_of(struct census *c, const struct sym *key)
{
    struct topology *oldest = &c->topologies[0];
    for (int i = 0; i < TOPOLOGIES_MAX; i++) {
        if (c->topologies[i].key == key) return &c->topologies[i];
        if (c->topologies[i].used < oldest->used) oldest = &c->topologies[i];
    }
    sym_unref(oldest->key);
    oldest->key = sym_get(sym_str(key));
    oldest->labels = UINT64_MAX;
    return oldest;
}

bool census_has_key(const struct census *c, const struct sym *key) { return bag_get(&c->keys, (uintptr_t)key) > 0; }

void census_domains(struct census *c, const struct sym *key, struct arena *a, struct domains *out)
{
    *out = (struct domains){.key = key, .empty = -1};
    if (!census_has_key(c, key)) return; /* a key that no node has costs nothing */
    struct topology *t = topology_of(c, key);
    t->used = ++c->tick;
    if (t->labels != c->labels) survey(c, t);
    out->of = arena_memdup(a, t->of, (size_t)t->slots * sizeof *t->of);
    out->slots = t->slots;
    out->n = t->n;
    out->empty = t->empty;
}

/* ---- Selections ---- */

static const struct labels no_labels;

void census_pod(struct census *c, const struct node_info *n, const struct pod_info *p, int sign)
{
    for (int i = 0; i < c->nkept; i++)
        if (selection_has(&c->kept[i]->what, p, &no_labels)) c->kept[i]->counts[n->slot] += sign;
    if (pod_has_affinity(p)) rules_count(c->rules, p, n->slot, sign);
}

static void count_all(const struct census *c, struct kept *k)
{
    for (int slot = 0; slot < c->nplaces; slot++) {
        const struct node_info *n = c->places[slot].node;
        for (int i = 0; n && i < n->npods; i++)
            if (selection_has(&k->what, n->pods[i], &no_labels)) k->counts[slot]++;
    }
}

/* Another is kept; instead of the one that was not asked for the longest, when there are many. */
static struct kept *keep_selection(struct census *c, const struct selection *s, uint64_t hash)
{
    struct kept *k = xcalloc(1, sizeof *k);
    int at = 0;
    selection_copy(&k->what, &k->keep, s);
    k->hash = hash;
    k->counts = xcalloc((size_t)c->cap + 1, sizeof *k->counts);
    count_all(c, k);
    if (c->nkept < SELECTIONS_MAX) {
        at = c->nkept++;
    } else {
        for (int i = 1; i < c->nkept; i++)
            if (c->kept[i]->used < c->kept[at]->used) at = i;
        kept_free(c->kept[at]);
    }
    return c->kept[at] = k;
}

const int32_t *census_pods(struct census *c, const struct selection *s)
{
    struct kept *k = NULL;
    uint64_t hash = selection_hash(s);
    for (int i = 0; i < c->nkept && !k; i++)
        if (c->kept[i]->hash == hash && selection_equal(&c->kept[i]->what, s)) k = c->kept[i];
    if (!k) k = keep_selection(c, s, hash);
    k->used = ++c->tick;
    return k->counts;
}

const struct rules *census_rules(const struct census *c, enum rule_kind kind) { return &c->rules[kind]; }
