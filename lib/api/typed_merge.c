/* typed_merge.c - two trees made one, a tree without some of its fields, and sets of fields fitted to the schema.
 * Reads: trees, sets, the schema.   Writes: new trees and sets in the arena.
 * Upstream: structured-merge-diff typed/{merge,remove,reconcile_schema}.go, fieldpath/set.go. */
#include "members.h"
#include "node.h"
#include "typed.h"

/* ---- Merging ---- */

struct merge {
    struct arena *a;
    struct buf *errors;
};

static struct json *merge(struct merge *m, struct typed t, const struct json *l, const struct json *r);

static struct json *merge_maps(struct merge *m, const struct typed_shape *s, struct typed t, const struct json *l,
                               const struct json *r)
{
    struct json *out = json_obj(m->a), none = {.type = JSON_OBJ}, *v;
    struct members lefts, rights;
    struct typed below;
    members_open(&lefts, json_is(l, JSON_OBJ) ? (struct json *)(uintptr_t)l : &none); /* only looked at */
    members_open(&rights, json_is(r, JSON_OBJ) ? (struct json *)(uintptr_t)r : &none);
    JSON_FOREACH(it, l)
    {
        bool known = typed_member(s, t, it->key, &below);
        const struct json *with = members_find(&rights, it->key);
        v = known ? merge(m, below, it, with) : json_copy(m->a, it);
        if (v) node_add(out, it->key, v);
    }
    JSON_FOREACH(it, r)
    {
        if (members_find(&lefts, it->key)) continue;
        v = typed_member(s, t, it->key, &below) ? merge(m, below, NULL, it) : NULL;
        if (v) node_add(out, it->key, v);
    }
    members_close(&lefts);
    members_close(&rights);
    return out->count ? out : NULL;
}

/* Two lists and which elements they have in common; a place is an index, NOWHERE: it has none. */
enum { NOWHERE = UINT32_MAX };

struct pairs {
    uint32_t nl, nr;
    const struct json **lefts, **rights; /* by place */
    uint32_t *in_r;                      /* of an element of l; */
    uint32_t *in_l;                      /* of an element of r; NOWHERE also when l has it twice */
    bool *merged;                        /* elements of r */
};

static bool make_pairs(struct merge *m, const struct typed_shape *s, const struct json *l, const struct json *r,
                       struct pairs *p)
{
    struct typed_item *lefts = typed_items(m->a, s, l, &p->nl), *rights = typed_items(m->a, s, r, &p->nr);
    bool ok = true;
    p->lefts = ARENA_ARRAY(m->a, const struct json *, p->nl + 1);
    p->rights = ARENA_ARRAY(m->a, const struct json *, p->nr + 1);
    p->in_r = ARENA_ARRAY(m->a, uint32_t, p->nl + 1);
    p->in_l = ARENA_ARRAY(m->a, uint32_t, p->nr + 1);
    p->merged = ARENA_ARRAY(m->a, bool, p->nr + 1);
    for (uint32_t i = 0, j = 0; i < p->nl || j < p->nr;) {
        int order = i == p->nl ? 1 : j == p->nr ? -1 : path_cmp(&lefts[i].at, &rights[j].at);
        if (order <= 0) {
            uint32_t end = i + 1, to = order ? (uint32_t)NOWHERE : rights[j].order;
            while (end < p->nl && path_cmp(&lefts[end].at, &lefts[i].at) == 0) end++;
            if (!order) p->in_l[to] = end == i + 1 ? lefts[i].order : (uint32_t)NOWHERE;
            for (; i < end; i++) {
                p->lefts[lefts[i].order] = lefts[i].node;
                p->in_r[lefts[i].order] = to;
            }
        } else {
            p->in_l[rights[j].order] = NOWHERE;
        }
        if (order < 0) continue;
        p->rights[rights[j].order] = rights[j].node;
        j++;
        for (; j < p->nr && path_cmp(&rights[j - 1].at, &rights[j].at) == 0; j++, ok = false) {
            buf_cstr(m->errors, "duplicate entries for key ");
            path_show(m->errors, &rights[j].at);
        }
    }
    return ok;
}

static uint32_t next_shared(const struct pairs *p, const bool *shared, uint32_t from)
{
    while (from < p->nr && !shared[from]) from++;
    return from < p->nr ? from : (uint32_t)NOWHERE;
}

/* Upstream's order: that of r for what both have, elements of l alone stay where they were among them. */
static struct json *merge_lists(struct merge *m, const struct typed_shape *s, struct typed t, const struct json *l,
                                const struct json *r)
{
    struct pairs p;
    struct json *out = json_arr(m->a);
    struct typed below = typed_element(s, t);
    if (!make_pairs(m, s, l, r, &p)) return NULL;
    bool *shared = ARENA_ARRAY(m->a, bool, p.nr + 1);
    for (uint32_t i = 0; i < p.nl; i++)
        if (p.in_r[i] != NOWHERE) shared[p.in_r[i]] = true;
    uint32_t next = next_shared(&p, shared, 0), i = 0, j = 0;
    while (i < p.nl || j < p.nr) {
        uint32_t with = i < p.nl ? p.in_r[i] : (uint32_t)NOWHERE;
        if (i < p.nl && j < p.nr && with != j && with != NOWHERE && next != NOWHERE && next != with) {
            i++; /* both have it, but it comes later in r */
            continue;
        }
        if (i < p.nl && with == NOWHERE) {
            json_push(out, json_copy(m->a, p.lefts[i++]));
            continue;
        }
        bool both = i < p.nl && j < p.nr && with == j;
        if (i < p.nl && (both || p.merged[with])) i++;
        if (j == p.nr) continue;
        struct json *v = merge(m, below, p.in_l[j] == NOWHERE ? NULL : p.lefts[p.in_l[j]], p.rights[j]);
        if (v) json_push(out, v);
        p.merged[j] = true;
        if (both || next == j) next = next == NOWHERE ? next : next_shared(&p, shared, next + 1);
        j++;
    }
    return out->count ? out : NULL;
}

/* Of what the schema does not know. */
static struct json *merge_any(struct merge *m, const struct typed_shape *s, struct typed t, const struct json *l,
                              const struct json *r)
{
    bool map = !s->atomic && (r->type == JSON_OBJ || (r->type == JSON_NULL && !typed_is_empty(l)));
    if (map && (r->type == JSON_OBJ || l->type == JSON_OBJ) && !(typed_is_empty(l) && typed_is_empty(r)))
        return merge_maps(m, s, t, json_is(l, JSON_OBJ) ? l : NULL, json_is(r, JSON_OBJ) ? r : NULL);
    return json_copy(m->a, r);
}

static struct json *merge(struct merge *m, struct typed t, const struct json *l, const struct json *r)
{
    if (!r) return json_copy(m->a, l);
    struct typed_shape s = typed_shape(t);
    if (s.kind == TYPED_ANY) return merge_any(m, &s, t, l, r);
    if (s.atomic || (typed_is_empty(l) && typed_is_empty(r))) return json_copy(m->a, r);
    return s.kind == TYPED_LIST ? merge_lists(m, &s, t, l, r) : merge_maps(m, &s, t, l, r);
}

bool typed_merge(struct arena *a, struct typed t, const struct json *l, const struct json *r, struct json **out,
                 struct str *errors)
{
    struct buf text AUTO_BUF = {0};
    struct merge m = {.a = a, .errors = &text};
    buf_init(&text, ERR_TEXT_MAX);
    *out = merge(&m, t, l, r);
    *errors = str_copy(a, buf_view(&text));
    return !text.n;
}

/* ---- Removing ---- */

static struct json *remove_in(struct arena *a, struct typed t, const struct json *v, const struct fieldset *set);

/* A node's value without what is below it; null when nothing is left. */
static struct json *remove_below(struct arena *a, struct typed t, const struct json *v, const struct field_node *n)
{
    if (!n || !n->below) return json_copy(a, v);
    struct json *left = remove_in(a, t, v, n->below);
    return left ? left : json_null(a);
}

static struct json *remove_in_map(struct arena *a, const struct typed_shape *s, struct typed t, const struct json *v,
                                  const struct fieldset *set)
{
    struct json *out = json_obj(a);
    JSON_FOREACH(it, v)
    {
        struct path_elem at = path_field(it->key);
        const struct field_node *n = fieldset_find(set, &at);
        struct typed below;
        if (n && n->member) continue;
        bool known = typed_member(s, t, it->key, &below);
        node_add(out, it->key, known ? remove_below(a, below, it, n) : json_copy(a, it));
    }
    return out->count ? out : NULL;
}

static struct json *remove_in_list(struct arena *a, const struct typed_shape *s, struct typed t, const struct json *v,
                                   const struct fieldset *set)
{
    struct json *out = json_arr(a);
    JSON_FOREACH(it, v)
    {
        struct path_elem at;
        const char *why;
        const struct field_node *n = typed_elem(a, s, it, &at, &why) ? fieldset_find(set, &at) : NULL;
        if (!n || !n->member) json_push(out, remove_below(a, typed_element(s, t), it, n));
    }
    return out->count ? out : NULL;
}

static struct json *remove_in(struct arena *a, struct typed t, const struct json *v, const struct fieldset *set)
{
    struct typed_shape s = typed_shape(t);
    if (v->type < JSON_ARR) return s.kind == TYPED_SCALAR || v->type != JSON_NULL ? json_copy(a, v) : NULL;
    if (!v->count || s.atomic) return NULL;
    if (v->type == JSON_OBJ) return remove_in_map(a, &s, t, v, set);
    return s.kind == TYPED_LIST ? remove_in_list(a, &s, t, v, set) : NULL;
}

struct json *typed_remove(struct arena *a, struct typed t, const struct json *tree, const struct fieldset *set)
{
    return tree ? remove_in(a, t, tree, set) : NULL;
}

/* ---- Sets and the schema ---- */

/* The type below a node. False: the schema does not say. */
static bool below_node(struct typed t, bool known, const struct path_elem *at, struct typed *out, bool *named)
{
    struct typed_shape s = typed_shape(t);
    *named = false;
    if (!known) return false;
    if (at->kind == PATH_FIELD && s.kind != TYPED_LIST && s.kind != TYPED_SCALAR) {
        bool found = typed_member(&s, t, at->u.name, out);
        *named = found && s.fields && typed_is_named(*out);
        return found;
    }
    if (at->kind != PATH_KEY || (s.kind != TYPED_LIST && s.kind != TYPED_ANY)) return false;
    *out = typed_element(&s, t);
    return true;
}

static const struct fieldset *with_parents(struct arena *a, struct typed t, bool known, const struct fieldset *set)
{
    struct fieldset_build b = {.a = a};
    if (!set) return NULL;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct field_node *n = &set->nodes[i];
        struct typed below = {0};
        bool named, has = below_node(t, known, &n->at, &below, &named);
        fieldset_add(&b, n->at, n->member || (named && n->below), with_parents(a, below, has, n->below));
    }
    return fieldset_done(&b);
}

const struct fieldset *typed_with_parents(struct arena *a, struct typed t, const struct fieldset *set)
{
    return with_parents(a, t, true, set);
}

const struct fieldset *typed_reconcile(struct arena *a, struct typed t, const struct fieldset *set)
{
    struct fieldset_build b = {.a = a};
    bool changed = false;
    if (!set) return NULL;
    for (uint32_t i = 0; i < set->count; i++) {
        struct field_node n = set->nodes[i];
        struct typed below;
        bool named;
        if (n.below && below_node(t, true, &n.at, &below, &named)) {
            struct typed_shape s = typed_shape(below);
            const struct fieldset *was = n.below;
            if (s.atomic && s.kind != TYPED_SCALAR) {
                n.member = true;
                n.below = NULL;
            } else if (s.kind != TYPED_SCALAR && s.kind != TYPED_ANY) {
                n.below = typed_reconcile(a, below, n.below);
            }
            changed = changed || n.below != was;
        }
        fieldset_add(&b, n.at, n.member, n.below);
    }
    return changed ? fieldset_done(&b) : set;
}
