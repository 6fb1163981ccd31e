/* fieldset.c - sets of fields: their order, and what is computed of two of them by merging sorted levels.
 * Reads: the sets.   Writes: new sets in the arena. */
#include "fieldset.h"

#include "quote.h"

#include <stdlib.h>

/* ---- Order ---- */

static int rank(const struct json *j)
{
    static const uint8_t ranks[] = {[JSON_INT] = 0, [JSON_REAL] = 0, [JSON_STR] = 1, [JSON_BOOL] = 2,
                                    [JSON_ARR] = 3, [JSON_RAW] = 4,  [JSON_OBJ] = 4, [JSON_NULL] = 5};
    return ranks[j->type];
}

static int number_cmp(const struct json *x, const struct json *y)
{
    if (x->type == JSON_INT && y->type == JSON_INT) return (x->u.i > y->u.i) - (x->u.i < y->u.i);
    double l = json_number(x), r = json_number(y);
    return (l > r) - (l < r);
}

/* Lists member by member; maps in the order in which they were written, which is enough to tell them apart. */
static int kids_cmp(const struct json *x, const struct json *y)
{
    const struct json *l = json_kids(x), *r = json_kids(y);
    for (; l && r; l = l->next, r = r->next) {
        int c = x->type == JSON_OBJ ? str_cmp(l->key, r->key) : 0;
        if (!c) c = path_value_cmp(l, r);
        if (c) return c;
    }
    return (l != NULL) - (r != NULL);
}

int path_value_cmp(const struct json *x, const struct json *y)
{
    int l = rank(x), r = rank(y);
    if (l != r) return l < r ? -1 : 1;
    switch (x->type) {
    case JSON_INT:
    case JSON_REAL: return number_cmp(x, y);
    case JSON_STR: return str_cmp(x->u.s, y->u.s);
    case JSON_BOOL: return x->u.b - y->u.b;
    default: return kids_cmp(x, y);
    }
}

static int keys_cmp(const struct path_elem *x, const struct path_elem *y)
{
    for (uint32_t i = 0; i < x->nkeys && i < y->nkeys; i++) {
        int c = str_cmp(x->u.keys[i].name, y->u.keys[i].name);
        if (!c) c = path_value_cmp(x->u.keys[i].value, y->u.keys[i].value);
        if (c) return c;
    }
    return (x->nkeys > y->nkeys) - (x->nkeys < y->nkeys);
}

int path_cmp(const struct path_elem *x, const struct path_elem *y)
{
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    switch (x->kind) {
    case PATH_FIELD: return str_cmp(x->u.name, y->u.name);
    case PATH_KEY: return keys_cmp(x, y);
    case PATH_VALUE: return path_value_cmp(x->u.value, y->u.value);
    default: return (x->u.index > y->u.index) - (x->u.index < y->u.index);
    }
}

/* ---- Texts ---- */

static void show_value(struct buf *out, const struct json *v)
{
    if (v->type == JSON_STR)
        quote_go(out, v->u.s);
    else
        json_write(out, v);
}

void path_show(struct buf *out, const struct path_elem *p)
{
    switch (p->kind) {
    case PATH_FIELD: buf_addf(out, ".%.*s", STR_ARG(p->u.name)); return;
    case PATH_INDEX: buf_addf(out, "[%lld]", (long long)p->u.index); return;
    case PATH_VALUE:
        buf_cstr(out, "[=");
        show_value(out, p->u.value);
        break;
    default:
        buf_char(out, '[');
        for (uint32_t i = 0; i < p->nkeys; i++) {
            buf_addf(out, "%s%.*s=", i ? "," : "", STR_ARG(p->u.keys[i].name));
            show_value(out, p->u.keys[i].value);
        }
    }
    buf_char(out, ']');
}

/* ---- Building ---- */

void fieldset_add(struct fieldset_build *b, struct path_elem at, bool member, const struct fieldset *below)
{
    if (!member && !below) return;
    if (b->count == b->cap) {
        struct field_node *old = b->nodes;
        b->cap = b->cap ? 2 * b->cap : 4;
        b->nodes = arena_alloc(b->a, b->cap * sizeof *b->nodes);
        if (b->count) memcpy(b->nodes, old, b->count * sizeof *old);
    }
    b->nodes[b->count++] = (struct field_node){.at = at, .member = member, .below = below};
}

static int by_place(const void *x, const void *y)
{
    return path_cmp(&((const struct field_node *)x)->at, &((const struct field_node *)y)->at);
}

/* Stable for those that are alike: few, nearly sorted ones by insertion, others through their addresses. */
static void sort_nodes(struct fieldset_build *b)
{
    enum { FEW = 24 };
    uint32_t at = 1;
    for (; at < b->count && by_place(&b->nodes[at - 1], &b->nodes[at]) < 0; at++) continue;
    if (at >= b->count) return;
    if (b->count > FEW) {
        qsort(b->nodes, b->count, sizeof *b->nodes, by_place);
        return;
    }
    for (; at < b->count; at++) {
        struct field_node moved = b->nodes[at];
        uint32_t to = at;
        for (; to > 0 && by_place(&b->nodes[to - 1], &moved) > 0; to--) b->nodes[to] = b->nodes[to - 1];
        b->nodes[to] = moved;
    }
}

const struct fieldset *fieldset_done(struct fieldset_build *b)
{
    if (!b->count) return NULL;
    sort_nodes(b);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < b->count; i++) {
        struct field_node *last = &b->nodes[kept - 1], *it = &b->nodes[i];
        if (by_place(last, it) != 0) {
            b->nodes[kept++] = *it;
            continue;
        }
        last->member = last->member || it->member;
        if (it->below) last->below = it->below;
    }
    struct fieldset *s = ARENA_NEW(b->a, struct fieldset);
    s->nodes = b->nodes;
    s->count = kept;
    return s;
}

const struct fieldset *fieldset_of_path(struct arena *a, const char *path)
{
    struct str rest, name = str_cut(str_of(path), '.', &rest);
    struct fieldset_build b = {.a = a};
    const struct fieldset *below = rest.n ? fieldset_of_path(a, rest.p) : NULL;
    fieldset_add(&b, path_field(name), !below, below);
    return fieldset_done(&b);
}

/* ---- Asking ---- */

bool fieldset_equal(const struct fieldset *x, const struct fieldset *y)
{
    if (x == y) return true;
    if (!x || !y || x->count != y->count) return false;
    for (uint32_t i = 0; i < x->count; i++) {
        const struct field_node *l = &x->nodes[i], *r = &y->nodes[i];
        if (l->member != r->member || path_cmp(&l->at, &r->at) != 0 || !fieldset_equal(l->below, r->below))
            return false;
    }
    return true;
}

const struct field_node *fieldset_find(const struct fieldset *s, const struct path_elem *at)
{
    uint32_t lo = 0, hi = s ? s->count : 0;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int c = path_cmp(&s->nodes[mid].at, at);
        if (!c) return &s->nodes[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

struct walk {
    struct path_elem path[JSON_DEPTH_MAX];
    fieldset_fn *fn;
    void *arg;
};

static void walk(struct walk *w, const struct fieldset *s, size_t depth)
{
    if (!s || depth == JSON_DEPTH_MAX) return;
    for (uint32_t i = 0; i < s->count; i++) {
        w->path[depth] = s->nodes[i].at;
        if (s->nodes[i].member) w->fn(w->path, depth + 1, w->arg);
    }
    for (uint32_t i = 0; i < s->count; i++) {
        w->path[depth] = s->nodes[i].at;
        walk(w, s->nodes[i].below, depth + 1);
    }
}

void fieldset_each(const struct fieldset *s, fieldset_fn *fn, void *arg)
{
    struct walk w = {.fn = fn, .arg = arg};
    walk(&w, s, 0);
}

/* ---- Computing ---- */

enum op { OP_UNION, OP_BOTH, OP_LESS, OP_LESS_ALL };

static const struct fieldset *combine(struct arena *a, const struct fieldset *x, const struct fieldset *y, enum op op);

/* What is left of a node of x, where y has the same place. */
static void combine_node(struct fieldset_build *b, const struct field_node *x, const struct field_node *y, enum op op)
{
    static const struct {
        bool yes_no, yes_yes, no_yes; /* is it a member, when x, both, y have it */
    } rows[] = {[OP_UNION] = {true, true, true},
                [OP_BOTH] = {false, true, false},
                [OP_LESS] = {true, false, false},
                [OP_LESS_ALL] = {true, false, false}};
    bool member = x->member ? (y->member ? rows[op].yes_yes : rows[op].yes_no) : y->member && rows[op].no_yes;
    if (op == OP_LESS_ALL && y->member) return;
    fieldset_add(b, x->at, member, combine(b->a, x->below, y->below, op));
}

static const struct fieldset *combine(struct arena *a, const struct fieldset *x, const struct fieldset *y, enum op op)
{
    if (!x || !y) return op == OP_UNION ? (x ? x : y) : op == OP_BOTH ? NULL : x;
    struct fieldset_build b = {.a = a, .cap = x->count + (op == OP_UNION ? y->count : 0)};
    b.nodes = arena_alloc(a, b.cap * sizeof *b.nodes);
    uint32_t i = 0, j = 0;
    while (i < x->count || j < y->count) {
        int c = i == x->count ? 1 : j == y->count ? -1 : path_cmp(&x->nodes[i].at, &y->nodes[j].at);
        if (c == 0) {
            combine_node(&b, &x->nodes[i++], &y->nodes[j++], op);
        } else if (c < 0) {
            const struct field_node *n = &x->nodes[i++];
            if (op != OP_BOTH) fieldset_add(&b, n->at, n->member, n->below);
        } else {
            const struct field_node *n = &y->nodes[j++];
            if (op == OP_UNION) fieldset_add(&b, n->at, n->member, n->below);
        }
    }
    return fieldset_done(&b);
}

const struct fieldset *fieldset_union(struct arena *a, const struct fieldset *x, const struct fieldset *y)
{
    return combine(a, x, y, OP_UNION);
}

const struct fieldset *fieldset_both(struct arena *a, const struct fieldset *x, const struct fieldset *y)
{
    return combine(a, x, y, OP_BOTH);
}

const struct fieldset *fieldset_less(struct arena *a, const struct fieldset *x, const struct fieldset *y)
{
    return combine(a, x, y, OP_LESS);
}

const struct fieldset *fieldset_less_all(struct arena *a, const struct fieldset *x, const struct fieldset *y)
{
    return combine(a, x, y, OP_LESS_ALL);
}
