/* balance.c - see balance.h. Reads: node_infos.   Writes: numbers. */
#include "scheduler/balance.h"

#include <math.h>
#include <stdlib.h>

const char *const balance_names[BALANCE_COUNT] = {
    [BALANCE_CPU] = "cpu", [BALANCE_MEMORY] = "memory", [BALANCE_PODS] = "pods"};

struct sums {
    double sum, squares, min, max;
    int nodes;
};

static void add(struct sums *s, double used, double of)
{
    if (of <= 0) return;
    double percent = 100 * used / of;
    s->min = s->nodes ? fmin(s->min, percent) : percent;
    s->max = s->nodes ? fmax(s->max, percent) : percent;
    s->sum += percent;
    s->squares += percent * percent;
    s->nodes++;
}

/* What a hostile node says may be beyond any percentage. */
static int rounded(double percent) { return (int)lround(fmax(-1e9, fmin(1e9, percent))); }

static struct balance told(const struct sums *s)
{
    if (!s->nodes) return (struct balance){0};
    double mean = s->sum / s->nodes, variance = fmax(0, s->squares / s->nodes - mean * mean);
    return (struct balance){.nodes = s->nodes,
                            .mean = rounded(mean),
                            .deviation = rounded(sqrt(variance)),
                            .min = rounded(s->min),
                            .max = rounded(s->max)};
}

void balance_measure(struct cache *c, struct balance out[BALANCE_COUNT])
{
    struct sums s[BALANCE_COUNT] = {{0}};
    int n;
    cache_lock(c);
    struct node_info *const *nodes = cache_nodes(c, &n);
    for (int i = 0; i < n; i++) {
        const struct node_info *node = nodes[i];
        add(&s[BALANCE_CPU], (double)node->used.basic[RES_CPU], (double)node->total.basic[RES_CPU]);
        add(&s[BALANCE_MEMORY], (double)node->used.basic[RES_MEMORY], (double)node->total.basic[RES_MEMORY]);
        add(&s[BALANCE_PODS], node->npods, (double)node->pods_max);
    }
    cache_unlock(c);
    for (int i = 0; i < BALANCE_COUNT; i++) out[i] = told(&s[i]);
}

/* ---- Where pods are ---- */

static int compare_values(const void *a, const void *b)
{
    const struct spread_count *x = a, *y = b;
    return str_cmp(sym_str(x->value), sym_str(y->value));
}

static int compare_addresses(const void *a, const void *b)
{
    const struct sym *x = ((const struct spread_count *)a)->value, *y = ((const struct spread_count *)b)->value;
    return x < y ? -1 : x > y;
}

static const struct sym *value_of(const struct node_info *n, const struct sym *key)
{
    return labels_get(&n->labels, key);
}

/* The values there are, each once, by their addresses. Under the cache's lock. */
static void collect_values(struct cache *c, struct arena *a, const struct sym *key, struct spread_counts *out)
{
    int n, kept = 0;
    struct node_info *const *nodes = cache_nodes(c, &n);
    out->v = ARENA_ARRAY(a, struct spread_count, n);
    out->n = 0;
    for (int i = 0; i < n; i++)
        if (value_of(nodes[i], key)) out->v[out->n++].value = value_of(nodes[i], key);
    if (out->n) qsort(out->v, (size_t)out->n, sizeof *out->v, compare_addresses);
    for (int i = 0; i < out->n; i++)
        if (!kept || out->v[kept - 1].value != out->v[i].value) out->v[kept++] = out->v[i];
    out->n = kept;
}

static void count_pods(struct cache *c, const struct sym *key, balance_pod_fn *fn, void *arg, bool after,
                       struct spread_counts *out)
{
    int n;
    struct node_info *const *nodes = cache_nodes(c, &n);
    for (int i = 0; i < n; i++) {
        const struct spread_count wanted = {.value = value_of(nodes[i], key)};
        struct spread_count *to =
            wanted.value ? bsearch(&wanted, out->v, (size_t)out->n, sizeof *out->v, compare_addresses) : NULL;
        for (int k = 0; to && k < nodes[i]->npods; k++)
            if (fn(arg, nodes[i]->pods[k])) *(after ? &to->after : &to->before) += 1;
    }
}

void balance_count(struct cache *c, struct arena *a, const char *key, balance_pod_fn *fn, void *arg,
                   struct spread_counts *out)
{
    const struct sym *k = sym_get(str_of(key));
    out->key = key;
    cache_lock(c);
    collect_values(c, a, k, out);
    count_pods(c, k, fn, arg, false, out);
    cache_unlock(c);
    sym_unref(k);
}

void balance_recount(struct cache *c, balance_pod_fn *fn, void *arg, struct spread_counts *out)
{
    const struct sym *k = sym_get(str_of(out->key));
    cache_lock(c);
    count_pods(c, k, fn, arg, true, out);
    cache_unlock(c);
    sym_unref(k);
    if (out->n) qsort(out->v, (size_t)out->n, sizeof *out->v, compare_values);
}
