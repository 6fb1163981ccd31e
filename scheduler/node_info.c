/* node_info.c - see node_info.h.
 * Reads: nodes and pods.   Writes: the pods' part of node_info. */
#include "scheduler/node_info.h"

#include <stdlib.h>

static void count(struct node_info *n, const struct pod_info *p, int sign)
{
    amounts_add(&n->used, &p->request, sign);
    n->non_zero.cpu = wrap_add(n->non_zero.cpu, wrap_mul(sign, p->non_zero.cpu));
    n->non_zero.memory = wrap_add(n->non_zero.memory, wrap_mul(sign, p->non_zero.memory));
    n->with_affinity += pod_has_affinity(p) ? sign : 0;
    n->with_anti += p->anti_affinity.n ? sign : 0;
    n->with_ports += p->nports ? sign : 0;
}

void node_info_add(struct node_info *n, const struct pod_info *p)
{
    if (n->npods == n->cap) {
        n->cap = n->cap ? 2 * n->cap : 8;
        n->pods = xreallocarray(n->pods, (size_t)n->cap, sizeof *n->pods);
    }
    n->pods[n->npods++] = pod_info_ref(p);
    count(n, p, 1);
}

bool node_info_remove(struct node_info *n, struct str uid)
{
    int at = 0;
    while (at < n->npods && !str_eq(n->pods[at]->uid, uid)) at++;
    if (at == n->npods) return false;
    const struct pod_info *p = n->pods[at];
    n->pods[at] = n->pods[--n->npods];
    count(n, p, -1);
    pod_info_unref(p);
    return true;
}

struct node_info *node_info_copy(const struct node_info *n)
{
    struct node_info *copy = xmalloc(sizeof *copy);
    *copy = *n;
    copy->used = (struct amounts){0};
    amounts_add(&copy->used, &n->used, 1);
    copy->cap = n->npods + 1;
    copy->pods = xcalloc((size_t)copy->cap, sizeof *copy->pods);
    for (int i = 0; i < n->npods; i++) copy->pods[i] = pod_info_ref(n->pods[i]);
    return copy;
}

void node_info_copy_free(struct node_info *n)
{
    for (int i = 0; i < n->npods; i++) pod_info_unref(n->pods[i]);
    free(n->pods);
    amounts_release(&n->used);
    free(n);
}

void node_info_own(struct node_info *out, const struct node_info *n)
{
    *out = (struct node_info){0};
    struct keep *k = &out->keep;
    struct label *labels = ARENA_ARRAY(&k->arena, struct label, n->labels.n);
    struct taint *taints = ARENA_ARRAY(&k->arena, struct taint, n->ntaints);
    const struct sym **features = ARENA_ARRAY(&k->arena, const struct sym *, n->nfeatures);
    for (int i = 0; i < n->labels.n; i++)
        labels[i] =
            (struct label){keep_sym(k, sym_str(n->labels.v[i].key)), keep_sym(k, sym_str(n->labels.v[i].value))};
    for (int i = 0; i < n->ntaints; i++)
        taints[i] = (struct taint){keep_sym(k, sym_str(n->taints[i].key)), keep_sym(k, sym_str(n->taints[i].value)),
                                   n->taints[i].effect};
    for (int i = 0; i < n->nfeatures; i++) features[i] = keep_sym(k, sym_str(n->features[i]));
    out->labels = (struct labels){labels, n->labels.n};
    out->taints = taints;
    out->ntaints = n->ntaints;
    out->unschedulable = n->unschedulable;
    out->total = n->total;
    out->total.scalars =
        n->total.n ? arena_memdup(&k->arena, n->total.scalars, (size_t)n->total.n * sizeof *n->total.scalars) : NULL;
    out->pods_max = n->pods_max;
    out->features = features;
    out->nfeatures = n->nfeatures;
}

struct node_info *node_info_keep(const struct node_info *n)
{
    struct node_info *copy = xmalloc(sizeof *copy);
    node_info_own(copy, n);
    copy->name = keep_sym(&copy->keep, sym_str(n->name));
    copy->index = n->index;
    return copy;
}

void node_info_keep_free(struct node_info *n)
{
    if (!n) return;
    keep_release(&n->keep);
    free(n);
}

/* ---- What pods and nodes say of each other ---- */

const struct node_image *node_image_find(const struct node_info *n, const struct sym *name)
{
    int from = 0, to = n->nimages;
    while (from < to) {
        int middle = from + (to - from) / 2;
        if (n->images[middle].name == name) return &n->images[middle];
        if (n->images[middle].name < name)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

bool toleration_covers_taint(const struct toleration *t, const struct taint *taint)
{
    if (t->effect != EFFECT_ANY && t->effect != taint->effect) return false;
    if (t->key && t->key != taint->key) return false;
    return !t->value || t->value == taint->value;
}

bool taints_equal(const struct node_info *a, const struct node_info *b)
{
    if (a->ntaints != b->ntaints) return false;
    for (int i = 0; i < a->ntaints; i++) {
        const struct taint *x = &a->taints[i], *y = &b->taints[i];
        if (x->key != y->key || x->value != y->value || x->effect != y->effect) return false;
    }
    return true;
}

const struct taint *untolerated(const struct pod_info *p, const struct node_info *n, unsigned effects)
{
    for (int i = 0; i < n->ntaints; i++) {
        const struct taint *taint = &n->taints[i];
        bool covered = !(effects & 1u << taint->effect);
        for (int k = 0; k < p->ntolerations && !covered; k++)
            covered = toleration_covers_taint(&p->tolerations[k], taint);
        if (!covered) return taint;
    }
    return NULL;
}

bool pod_likes_node(const struct pod_info *p, const struct node_info *n)
{
    if (p->node_selector.n && !selector_matches(&p->node_selector, &n->labels)) return false;
    return !p->has_required_nodes || node_terms_fit(&p->required_nodes, n->name, &n->labels);
}

bool ports_taken(const struct pod_info *p, const struct node_info *node)
{
    for (int i = 0; node->with_ports && i < node->npods; i++)
        if (ports_conflict(p, node->pods[i])) return true;
    return false;
}
