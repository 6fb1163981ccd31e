/* cycle.c - see cycle.h.
 * Reads: the pod, the node cache under its lock.   Writes: the cycle. */
#include "scheduler/cycle.h"

#include "base/kassert.h"
#include "base/mono.h"

const struct pod_info *cycle_pod(const struct cycle *cy) { return cy->pod; }
struct arena *cycle_arena(struct cycle *cy) { return &cy->arena; }
struct volumes *cycle_volumes(const struct cycle *cy) { return cy->volumes; }

void cycle_why(struct cycle *cy, const char *fmt, ...)
{
    struct node_result *r = cy->looking_at;
    if (r->nreasons == REASONS_MAX) return;
    va_list ap;
    va_start(ap, fmt);
    r->reasons[r->nreasons++] = arena_vprintf(&cy->arena, fmt, ap);
    va_end(ap);
}

bool cycle_has_why(const struct cycle *cy) { return cy->looking_at->nreasons > 0; }

void cycle_init(struct cycle *cy, struct queued_pod *q)
{
    memset(cy, 0, sizeof *cy);
    arena_init(&cy->arena, 16 * 1024);
    cy->queued = q;
    cy->pod = pod_info_new(q->pod);
    cy->chosen = cy->refused_by = -1;
}

void cycle_release(struct cycle *cy)
{
    pod_info_free(cy->pod);
    arena_release(&cy->arena);
}

int cycle_enough(int n)
{
    if (n < MIN_FEASIBLE_NODES) return n;
    int percent = MAX(50 - n / 125, MIN_FEASIBLE_PERCENT);
    return MAX((int)((int64_t)n * percent / 100), MIN_FEASIBLE_NODES);
}

/* ---- Filter ---- */

/* False: a plugin refused the pod, whatever the node. */
static bool run_prefilters(struct cycle *cy)
{
    cy->refused_by = -1;
    cy->refusal = (struct node_result){.verdict = V_OK};
    cy->looking_at = &cy->refusal;
    for (int p = 0; sched_plugins[p]; p++) {
        KASSERT(p < PLUGINS_MAX);
        enum verdict verdict = sched_plugins[p]->prefilter ? sched_plugins[p]->prefilter(cy, &cy->state[p]) : V_OK;
        cy->skip_filter[p] = !sched_plugins[p]->filter || verdict == V_SKIP;
        if (verdict == V_OK || verdict == V_SKIP) continue;
        cy->refusal.verdict = verdict;
        cy->refused_by = p;
        return false;
    }
    return true;
}

/* Filters run in order and stop at the first that refuses: a node's reasons come from one plugin. */
static void filter_node(struct cycle *cy, const struct node_info *n, struct node_result *r)
{
    r->name = n->name;
    r->verdict = V_OK;
    cy->looking_at = r;
    for (int p = 0; sched_plugins[p] && r->verdict == V_OK; p++) {
        if (cy->skip_filter[p]) continue;
        r->verdict = sched_plugins[p]->filter(cy, cy->state[p], n);
        r->plugin = p;
    }
}

/* ---- Score ---- */

static void score_plugin(struct cycle *cy, int p, const struct node_info *const *fits,
                         struct node_result *const *results)
{
    const struct sched_plugin *plugin = sched_plugins[p];
    int64_t *scores = ARENA_ARRAY(&cy->arena, int64_t, cy->feasible);
    for (int i = 0; i < cy->feasible; i++)
        results[i]->scores[p].raw = scores[i] = plugin->score(cy, cy->state[p], fits[i]);
    if (plugin->normalize) plugin->normalize(scores, cy->feasible);
    for (int i = 0; i < cy->feasible; i++) {
        results[i]->scores[p].normalized = scores[i];
        results[i]->total += scores[i] * plugin->weight;
    }
}

static void score_all(struct cycle *cy, const struct node_info *const *fits, struct node_result *const *results)
{
    for (int p = 0; sched_plugins[p]; p++) {
        const struct sched_plugin *plugin = sched_plugins[p];
        cy->skip_score[p] = !plugin->score || (plugin->prescore && plugin->prescore(cy, &cy->state[p]) == V_SKIP);
        if (!cy->skip_score[p]) score_plugin(cy, p, fits, results);
    }
    cy->scored = true;
}

/* The best total; among equals each is as likely (reservoir sampling). */
static void choose(struct cycle *cy, struct rnd *choice)
{
    int64_t best = 0;
    cy->ties = 0;
    for (int i = 0; i < cy->evaluated; i++) {
        const struct node_result *r = &cy->results[i];
        if (r->verdict != V_OK) continue;
        if (cy->chosen < 0 || r->total > best) {
            best = r->total;
            cy->chosen = i;
            cy->ties = 1;
        } else if (r->total == best && rnd_next_below(choice, (uint64_t)++cy->ties) == 0) {
            cy->chosen = i;
        }
    }
}

void cycle_compute(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice)
{
    int n;
    cy->started_ns = mono_ns();
    const struct node_info *const *nodes = cache_lock_nodes(cache, &n);
    cy->all_nodes = n;
    cy->evaluated = cy->feasible = 0;
    cy->chosen = -1;
    cy->scored = false;
    cy->results = ARENA_ARRAY(&cy->arena, struct node_result, n);
    const struct node_info **fits = ARENA_ARRAY(&cy->arena, const struct node_info *, n);
    struct node_result **fit_results = ARENA_ARRAY(&cy->arena, struct node_result *, n);
    int enough = cycle_enough(n);
    cy->volumes = cache_volumes(cache);
    if (!run_prefilters(cy)) enough = 0;
    for (int i = 0; i < n && cy->feasible < enough; i++) {
        const struct node_info *node = nodes[(*start + i) % n];
        if (only && !map_has(only, node->name)) continue;
        struct node_result *r = &cy->results[cy->evaluated++];
        filter_node(cy, node, r);
        if (r->verdict != V_OK) continue;
        fits[cy->feasible] = node;
        fit_results[cy->feasible++] = r;
    }
    if (n) *start = (*start + cy->evaluated) % n;
    cy->filter_ns = mono_ns() - cy->started_ns;
    if (cy->feasible > 1) score_all(cy, fits, fit_results);
    choose(cy, choice);
    for (int i = 0; i < cy->evaluated; i++) cy->results[i].name = str_copy(&cy->arena, cy->results[i].name);
    cache_unlock(cache);
    cy->score_ns = mono_ns() - cy->started_ns - cy->filter_ns;
}

void cycle_prefer(struct cycle *cy, struct str node)
{
    for (int i = 0; cy->chosen >= 0 && i < cy->evaluated; i++) {
        const struct node_result *r = &cy->results[i];
        if (r->verdict == V_OK && str_eq(r->name, node) && r->total == cy->results[cy->chosen].total) cy->chosen = i;
    }
}

struct str cycle_node(const struct cycle *cy) { return cy->chosen < 0 ? STR_NULL : cy->results[cy->chosen].name; }

unsigned cycle_wants(const struct cycle *cy)
{
    unsigned wants = EV_NODE_ADD;
    for (int i = 0; i < cy->evaluated; i++)
        if (cy->results[i].verdict != V_OK) wants |= sched_plugins[cy->results[i].plugin]->retry_on;
    if (cy->refused_by >= 0) wants |= sched_plugins[cy->refused_by]->retry_on;
    return wants;
}
