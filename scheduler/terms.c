/* terms.c - see terms.h. */
#include "scheduler/terms.h"

static uint64_t mix(uint64_t h, uint64_t more) { return (h ^ more) * 0x100000001B3u ^ h >> 29; }
static uint64_t mix_sym(uint64_t h, const struct sym *s) { return mix(h, s ? s->hash : 1); }

/* ---- Selectors ---- */

static uint64_t selector_hash(uint64_t h, const struct selector *s)
{
    h = mix(h, (uint64_t)s->n << 1 | s->nothing);
    for (int i = 0; i < s->n; i++) {
        h = mix_sym(mix(h, s->v[i].op), s->v[i].key);
        for (int k = 0; k < s->v[i].n; k++) h = mix_sym(h, s->v[i].values[k]);
    }
    return h;
}

static bool syms_equal(const struct sym *const *a, int na, const struct sym *const *b, int nb)
{
    return na == nb && (na == 0 || memcmp(a, b, (size_t)na * sizeof *a) == 0);
}

static bool selector_equal(const struct selector *a, const struct selector *b)
{
    if (a->n != b->n || a->nothing != b->nothing) return false;
    for (int i = 0; i < a->n; i++) {
        const struct requirement *x = &a->v[i], *y = &b->v[i];
        if (x->key != y->key || x->op != y->op || !syms_equal(x->values, x->n, y->values, y->n)) return false;
    }
    return true;
}

static const struct sym *const *copy_syms(struct keep *k, const struct sym *const *v, int n)
{
    const struct sym **copy = ARENA_ARRAY(&k->arena, const struct sym *, n);
    for (int i = 0; i < n; i++) copy[i] = keep_sym(k, sym_str(v[i]));
    return copy;
}

static void selector_copy(struct selector *out, struct keep *k, const struct selector *s)
{
    struct requirement *v = ARENA_ARRAY(&k->arena, struct requirement, s->n);
    *out = *s;
    out->v = v;
    for (int i = 0; i < s->n; i++) {
        v[i] = s->v[i];
        v[i].key = keep_sym(k, sym_str(s->v[i].key));
        v[i].values = copy_syms(k, s->v[i].values, s->v[i].n);
    }
}

/* ---- What a term selects ---- */

static uint64_t pods_hash(uint64_t h, const struct affinity_term *t)
{
    h = selector_hash(selector_hash(h, &t->pods), &t->namespace_labels);
    for (int i = 0; i < t->nnamespaces; i++) h = mix_sym(h, t->namespaces[i]);
    return h;
}

static bool pods_equal(const struct affinity_term *a, const struct affinity_term *b)
{
    return syms_equal(a->namespaces, a->nnamespaces, b->namespaces, b->nnamespaces) &&
           selector_equal(&a->pods, &b->pods) && selector_equal(&a->namespace_labels, &b->namespace_labels);
}

bool selection_has(const struct selection *s, const struct pod_info *p, const struct labels *namespace_labels)
{
    if (s->living && p->deleting) return false;
    for (int i = 0; i < s->n; i++)
        if (!affinity_term_matches(&s->terms[i], p, namespace_labels)) return false;
    return true;
}

uint64_t selection_hash(const struct selection *s)
{
    uint64_t h = mix(s->living, (uint64_t)s->n);
    for (int i = 0; i < s->n; i++) h = pods_hash(h, &s->terms[i]);
    return h;
}

bool selection_equal(const struct selection *a, const struct selection *b)
{
    if (a->n != b->n || a->living != b->living) return false;
    for (int i = 0; i < a->n; i++)
        if (!pods_equal(&a->terms[i], &b->terms[i])) return false;
    return true;
}

void selection_copy(struct selection *out, struct keep *k, const struct selection *s)
{
    struct affinity_term *v = ARENA_ARRAY(&k->arena, struct affinity_term, s->n);
    *out = (struct selection){.terms = v, .n = s->n, .living = s->living};
    for (int i = 0; i < s->n; i++) {
        v[i].namespaces = copy_syms(k, s->terms[i].namespaces, s->terms[i].nnamespaces);
        v[i].nnamespaces = s->terms[i].nnamespaces;
        selector_copy(&v[i].pods, k, &s->terms[i].pods);
        selector_copy(&v[i].namespace_labels, k, &s->terms[i].namespace_labels);
    }
}

uint64_t term_hash(const struct affinity_term *t)
{
    return mix_sym(mix(pods_hash(7, t), (uint64_t)(unsigned)t->weight), t->key);
}

bool term_equal(const struct affinity_term *a, const struct affinity_term *b)
{
    return a->key == b->key && a->weight == b->weight && pods_equal(a, b);
}
