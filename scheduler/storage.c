/* storage.c - see storage.h. Reads: listed objects.   Writes: its maps. */
#include "scheduler/storage.h"

#include "base/heap.h"
#include "scheduler/migration.h"
#include "scheduler/storage_read.h"

#include <stdlib.h>

enum { FIRST_BYTES = 256 }; /* a plain claim fits */

static const struct {
    size_t size;
    void (*read)(struct stored *it, const struct object *o);
} kinds[LISTED_COUNT] = {
    [LIST_CLAIM] = {sizeof(struct claim_info), claim_read},
    [LIST_VOLUME] = {sizeof(struct volume_info), volume_read},
    [LIST_CLASS] = {sizeof(struct class_info), class_read},
    [LIST_CSINODE] = {sizeof(struct csinode_info), csinode_read},
    [LIST_CSIDRIVER] = {sizeof(struct driver_info), driver_read},
    [LIST_ATTACHMENT] = {sizeof(struct attachment_info), attachment_read},
    [LIST_CAPACITY] = {sizeof(struct capacity_info), capacity_read},
};

struct storage {
    struct symmap by_name[LISTED_COUNT], by_other[LISTED_COUNT];
    uint64_t marks;
};

struct storage *storage_new(void) { return xcalloc(1, sizeof(struct storage)); }

/* ---- In and out ---- */

static bool has_other(const struct stored *it) { return it->other.a || it->other.b; }

static void drop(struct storage *s, enum listed kind, struct stored *it)
{
    symmap_remove(&s->by_name[kind], &it->item);
    if (has_other(it)) symmap_remove(&s->by_other[kind], &it->other);
    if (kind == LIST_CLAIM) sym_unref(((struct claim_info *)it)->assumed);
    if (kind == LIST_VOLUME) keep_release(&((struct volume_info *)it)->assumed);
    keep_release(&it->keep);
    free(it);
}

static void add(struct storage *s, enum listed kind, const struct object *o)
{
    struct stored *it = xcalloc(1, kinds[kind].size);
    arena_init(&it->keep.arena, FIRST_BYTES);
    it->rv = o->rv;
    it->item.a = o->ns.n ? keep_sym(&it->keep, o->ns) : NULL;
    it->item.b = keep_sym(&it->keep, o->name);
    kinds[kind].read(it, o);
    symmap_add(&s->by_name[kind], &it->item);
    if (has_other(it)) symmap_add(&s->by_other[kind], &it->other);
}

static struct stored *find(const struct storage *s, enum listed kind, const struct sym *ns, const struct sym *name)
{
    struct symmap_item *it = symmap_get(&s->by_name[kind], ns, name);
    return it ? CONTAINER_OF(it, struct stored, item) : NULL;
}

static struct stored *find_text(const struct storage *s, enum listed kind, struct str ns, struct str name)
{
    const struct sym *a = ns.n ? sym_get(ns) : NULL, *b = sym_get(name);
    struct stored *it = find(s, kind, a, b);
    sym_unref(a);
    sym_unref(b);
    return it;
}

void storage_put(struct storage *s, enum listed kind, const struct object *was, const struct object *now)
{
    if (!kinds[kind].read) return;
    const struct object *at = now ? now : was;
    struct stored *old = find_text(s, kind, at->ns, at->name);
    if (old && now && now->rv && now->rv == old->rv) return; /* the same once more: what is assumed stays */
    if (old) drop(s, kind, old);
    if (now) add(s, kind, now);
}

void storage_free(struct storage *s)
{
    for (int k = 0; k < LISTED_COUNT; k++) {
        for (size_t i = 0; i < s->by_name[k].nbuckets; i++)
            while (s->by_name[k].buckets[i])
                drop(s, (enum listed)k, CONTAINER_OF(s->by_name[k].buckets[i], struct stored, item));
        symmap_release(&s->by_name[k]);
        symmap_release(&s->by_other[k]);
    }
    free(s);
}

/* ---- Looking up ---- */

const struct claim_info *storage_claim(const struct storage *s, const struct sym *ns, const struct sym *name)
{
    return (const struct claim_info *)find(s, LIST_CLAIM, ns, name);
}

const struct volume_info *storage_volume(const struct storage *s, const struct sym *name)
{
    return (const struct volume_info *)find(s, LIST_VOLUME, NULL, name);
}

const struct class_info *storage_class(const struct storage *s, const struct sym *name)
{
    return (const struct class_info *)find(s, LIST_CLASS, NULL, name);
}

const struct csinode_info *storage_csinode(const struct storage *s, const struct sym *node)
{
    return (const struct csinode_info *)find(s, LIST_CSINODE, NULL, node);
}

const struct driver_info *storage_driver(const struct storage *s, const struct sym *name)
{
    return (const struct driver_info *)find(s, LIST_CSIDRIVER, NULL, name);
}

static struct stored *other(struct symmap_item *it) { return it ? CONTAINER_OF(it, struct stored, other) : NULL; }

const struct attachment_info *storage_attached(const struct storage *s, const struct sym *node)
{
    return (const struct attachment_info *)other(symmap_get(&s->by_other[LIST_ATTACHMENT], node, NULL));
}

const struct attachment_info *storage_next_attached(const struct attachment_info *a)
{
    return (const struct attachment_info *)other(symmap_next(&a->stored.other));
}

struct volume_info *storage_free_volume(const struct storage *s, const struct sym *class)
{
    return (struct volume_info *)other(symmap_get(&s->by_other[LIST_VOLUME], NULL, class));
}

struct volume_info *storage_volume_of(const struct storage *s, const struct claim_info *c)
{
    return (struct volume_info *)other(symmap_get(&s->by_other[LIST_VOLUME], c->stored.item.a, c->stored.item.b));
}

struct volume_info *storage_next_volume(const struct volume_info *v)
{
    return (struct volume_info *)other(symmap_next(&v->stored.other));
}

static bool suffices(const struct capacity_info *c, int64_t bytes, const struct labels *node)
{
    return c->limited && c->limit >= bytes && selector_matches(&c->nodes, node);
}

static bool any_suffices(struct symmap_item *it, int64_t bytes, const struct labels *node)
{
    for (; it; it = symmap_next(it))
        if (suffices((const struct capacity_info *)other(it), bytes, node)) return true;
    return false;
}

bool storage_has_capacity(const struct storage *s, const struct sym *class, int64_t bytes, const struct labels *node)
{
    const struct symmap *m = &s->by_other[LIST_CAPACITY];
    if (any_suffices(symmap_get(m, class, NULL), bytes, node)) return true;
    for (int i = 0; i < node->n; i++)
        if (any_suffices(symmap_get(m, class, node->v[i].value), bytes, node)) return true;
    return false;
}

uint64_t storage_next_mark(struct storage *s) { return ++s->marks; }

/* ---- What is assumed ---- */

static void refer(struct storage *s, struct volume_info *v, struct claim_ref to)
{
    struct symmap_item *it = &v->stored.other;
    symmap_remove(&s->by_other[LIST_VOLUME], it);
    v->claim = to;
    it->a = to.ns;
    it->b = to.ns ? to.name : v->class;
    symmap_add(&s->by_other[LIST_VOLUME], it);
}

static void assume_volume(struct storage *s, struct volume_info *v, const struct claim_ref *to)
{
    struct keep held = {0};
    struct claim_ref mine = {keep_sym(&held, sym_str(to->ns)), keep_sym(&held, sym_str(to->name)),
                             str_copy(&held.arena, to->uid)};
    refer(s, v, mine);
    keep_release(&v->assumed);
    v->assumed = held;
    v->is_assumed = true;
}

void storage_assume_volume(struct storage *s, const struct volume_info *volume, const struct claim_info *c)
{
    assume_volume(s, (struct volume_info *)(uintptr_t)volume,
                  &(struct claim_ref){c->stored.item.a, c->stored.item.b, c->uid});
}

void storage_restore_volume(struct storage *s, struct str name, uint64_t rv)
{
    struct volume_info *v = (struct volume_info *)find_text(s, LIST_VOLUME, STR_NULL, name);
    if (!v || !v->is_assumed || v->stored.rv != rv) return;
    refer(s, v, v->listed);
    keep_release(&v->assumed);
    v->is_assumed = false;
}

void storage_assume_claim(struct storage *s, const struct claim_info *claim, const struct sym *node)
{
    (void)s;
    struct claim_info *c = (struct claim_info *)(uintptr_t)claim;
    const struct sym *was = c->assumed;
    c->assumed = sym_get(sym_str(node));
    sym_unref(was);
}

void storage_restore_claim(struct storage *s, struct str ns, struct str name, uint64_t rv)
{
    struct claim_info *c = (struct claim_info *)find_text(s, LIST_CLAIM, ns, name);
    if (!c || c->stored.rv != rv) return;
    sym_unref(c->assumed);
    c->assumed = NULL;
}

/* ---- Of a copy ---- */

struct assumption {
    struct assumption *next;
    enum listed kind;
    const struct sym *ns, *name;
    uint64_t rv;
    const struct sym *node; /* of a claim */
    struct claim_ref claim; /* of a volume */
};

static void collect(struct storage_assumed *out, enum listed kind, const struct stored *it)
{
    struct keep *k = &out->keep;
    const struct claim_info *c = kind == LIST_CLAIM ? (const struct claim_info *)it : NULL;
    const struct volume_info *v = kind == LIST_VOLUME ? (const struct volume_info *)it : NULL;
    if (!(c && c->assumed) && !(v && v->is_assumed)) return;
    struct assumption *a = ARENA_NEW(&k->arena, struct assumption);
    *a = (struct assumption){.kind = kind,
                             .ns = it->item.a ? keep_sym(k, sym_str(it->item.a)) : NULL,
                             .name = keep_sym(k, sym_str(it->item.b)),
                             .rv = it->rv};
    if (c) a->node = keep_sym(k, sym_str(c->assumed));
    if (v)
        a->claim = (struct claim_ref){keep_sym(k, sym_str(v->claim.ns)), keep_sym(k, sym_str(v->claim.name)),
                                      str_copy(&k->arena, v->claim.uid)};
    *(out->first ? &out->last->next : &out->first) = a;
    out->last = a;
}

void storage_collect(const struct storage *s, struct storage_assumed *out)
{
    static const enum listed may[] = {LIST_CLAIM, LIST_VOLUME};
    for (size_t k = 0; k < ARRAY_LEN(may); k++)
        for (size_t i = 0; i < s->by_name[may[k]].nbuckets; i++)
            for (const struct symmap_item *it = s->by_name[may[k]].buckets[i]; it; it = it->next)
                collect(out, may[k], CONTAINER_OF(it, struct stored, item));
}

void storage_assume(struct storage *s, const struct storage_assumed *what)
{
    for (const struct assumption *a = what->first; a; a = a->next) {
        struct stored *it = find(s, a->kind, a->ns, a->name);
        if (!it || it->rv != a->rv) continue;
        if (a->kind == LIST_CLAIM)
            storage_assume_claim(s, (struct claim_info *)it, a->node);
        else
            assume_volume(s, (struct volume_info *)it, &a->claim);
    }
}

void storage_assumed_release(struct storage_assumed *what)
{
    keep_release(&what->keep);
    *what = (struct storage_assumed){0};
}

/* ---- Pure ---- */

bool volume_is_for(const struct volume_info *v, const struct claim_info *c)
{
    return v->claim.ns && v->claim.ns == c->stored.item.a && v->claim.name == c->stored.item.b &&
           (!v->claim.uid.n || str_eq(v->claim.uid, c->uid));
}

/* Upstream asks with labels alone: what terms say of the node's name is passed over. */
static bool terms_fit(const struct node_terms *t, const struct labels *node)
{
    for (int i = 0; i < t->n; i++)
        if (!t->v[i].fields.nothing && selector_matches(&t->v[i].labels, node)) return true;
    return false;
}

bool volume_fits_node(const struct volume_info *v, const struct csinode_info *csinode, const struct labels *node,
                      const char **why)
{
    bool taken_over = csinode && migration_is_on(v->plugin) && csinode->migrated & 1u << v->plugin;
    if (taken_over && v->bad) {
        if (why) *why = v->bad;
        return false;
    }
    if (!(taken_over ? v->has_migrated_affinity : v->has_affinity)) return true;
    return terms_fit(taken_over ? &v->migrated : &v->affinity, node);
}
