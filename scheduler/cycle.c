/* cycle.c - see cycle.h.
 * Reads: the pod, the node cache under its lock.   Writes: the cycle. */
#include "scheduler/cycle.h"

#include "base/kassert.h"
#include "base/mono.h"

struct namespace_labels {
    struct namespace_labels *next;
    const struct sym *ns;
    struct labels labels;
};

struct held_pod {
    struct held_pod *next;
    const struct pod_info *pod;
};

/* ---- For plugins ---- */

const struct pod_info *cycle_pod(const struct cycle *cy) { return cy->pod; }
struct arena *cycle_arena(struct cycle *cy) { return &cy->arena; }
struct keep *cycle_keep(struct cycle *cy) { return &cy->keep; }
struct cache *cycle_cache(struct cycle *cy) { return cy->cache; }
struct listers *cycle_listers(struct cycle *cy) { return cache_listers(cy->cache); }
const void *cycle_args(const struct cycle *cy) { return cy->profile->args[cy->running]; }

struct node_info *const *cycle_nodes(const struct cycle *cy, int *count)
{
    *count = cy->nnodes;
    return cy->nodes;
}

const struct labels *cycle_namespace(struct cycle *cy, const struct sym *ns)
{
    struct namespace_labels *known = cy->namespaces;
    while (known && known->ns != ns) known = known->next;
    if (known) return &known->labels;
    const struct object *o AUTO_OBJ = listers_get(cycle_listers(cy), LIST_NAMESPACE, STR(""), sym_str(ns));
    known = ARENA_NEW(&cy->arena, struct namespace_labels);
    known->ns = ns;
    labels_read(&known->labels, &cy->keep, o ? o->labels : NULL);
    known->next = cy->namespaces;
    cy->namespaces = known;
    return &known->labels;
}

void cycle_why(struct cycle *cy, const char *text)
{
    if (cy->now.n < REASONS_MAX) cy->now.texts[cy->now.n++] = text;
}

bool cycle_has_why(const struct cycle *cy) { return cy->now.n > 0; }

void cycle_whyf(struct cycle *cy, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    cycle_why(cy, arena_vprintf(&cy->arena, fmt, ap));
    va_end(ap);
}

static bool is_among(const struct sym *const *names, int n, const struct sym *name)
{
    for (int i = 0; i < n; i++)
        if (names[i] == name) return true;
    return false;
}

void cycle_only(struct cycle *cy, const struct sym *const *names, int n)
{
    const struct sym **left = ARENA_ARRAY(&cy->arena, const struct sym *, n);
    int nleft = 0;
    for (int i = 0; i < n; i++)
        if (!cy->only || is_among(cy->only, cy->nonly, names[i])) left[nleft++] = names[i];
    cy->only = left;
    cy->nonly = nleft;
    cy->only_by |= 1u << cy->running;
}

void cycle_nominate(struct cycle *cy, const struct sym *node)
{
    cy->nominates = true;
    cy->nominated = node;
}

const struct pod_info *cycle_hold(struct cycle *cy, const struct pod_info *p)
{
    struct held_pod *h = ARENA_NEW(&cy->arena, struct held_pod);
    *h = (struct held_pod){cy->held, pod_info_ref(p)};
    cy->held = h;
    return p;
}

/* ---- Life ---- */

void cycle_init(struct cycle *cy, const struct profile *profile, const struct pod_info *pod)
{
    *cy = (struct cycle){.chosen = -1, .refused_by = -1, .profile = profile, .pod = pod_info_ref(pod)};
    arena_init(&cy->arena, 16 * 1024);
}

void cycle_release(struct cycle *cy)
{
    for (const struct held_pod *h = cy->held; h; h = h->next) pod_info_unref(h->pod);
    pod_info_unref(cy->pod);
    node_table_unref(cy->table);
    keep_release(&cy->keep);
    arena_release(&cy->arena);
}

/* Forgets what an earlier computation found; its memory stays until the cycle ends. */
static void begin(struct cycle *cy, struct cache *cache)
{
    cy->started_ns = mono_ns();
    cy->cache = cache;
    node_table_unref(cy->table);
    cy->table = cache_table(cache);
    cy->nodes = cache_nodes(cache, &cy->nnodes);
    cy->all_nodes = cy->nnodes;
    cy->evaluated = cy->feasible = cy->nwhys = cy->ncolumns = cy->ties = cy->nonly = 0;
    cy->cwhys = 0;
    cy->whys = NULL;
    cy->chosen = cy->refused_by = -1;
    cy->only = NULL;
    cy->only_by = cy->skip_filter = cy->skip_score = 0;
    cy->scored = false;
    cy->refusal = V_OK;
    cy->refusal_why = (struct why){0};
    cy->namespaces = NULL;
    cy->post_text = NULL;
    cy->nominates = false;
    cy->nominated = NULL;
    cy->preemption = NULL;
    memset(cy->state, 0, sizeof cy->state);
}

/* ---- PreFilter ---- */

/* False: a plugin refused the pod, whatever the node. */
static bool run_prefilters(struct cycle *cy)
{
    const struct profile *p = cy->profile;
    for (int i = 0; i < p->count[POINT_PRE_FILTER]; i++) {
        cy->running = p->order[POINT_PRE_FILTER][i];
        cy->now.n = 0;
        enum verdict v = sched_plugins[cy->running]->prefilter(cy, &cy->state[cy->running]);
        if (v == V_SKIP) cy->skip_filter |= 1u << cy->running;
        if (v == V_OK || v == V_SKIP) continue;
        cy->refusal = v;
        cy->refused_by = cy->running;
        cy->refusal_why = cy->now;
        return false;
    }
    if (!cy->only || cy->nonly) return true;
    /* Each plugin left some nodes, and all together none (runPreFilterPlugins). */
    cy->refusal = V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    cy->refused_by = cy->running;
    cy->refusal_why = (struct why){.texts = {"node(s) didn't satisfy plugin(s) simultaneously"}, .n = 1};
    return false;
}

/* ---- Filter ---- */

static enum verdict run_filters(struct cycle *cy, void *const states[PLUGINS_MAX], const struct node_info *n,
                                int *plugin)
{
    const struct profile *p = cy->profile;
    cy->now.n = 0;
    for (int i = 0; i < p->count[POINT_FILTER]; i++) {
        cy->running = p->order[POINT_FILTER][i];
        if (cy->skip_filter & 1u << cy->running) continue;
        enum verdict v = sched_plugins[cy->running]->filter(cy, states[cy->running], n);
        if (v == V_OK) continue;
        *plugin = cy->running;
        return v;
    }
    return V_OK;
}

void cycle_clone_states(struct cycle *cy, void *states[PLUGINS_MAX])
{
    for (int i = 0; sched_plugins[i]; i++) {
        bool own = cy->state[i] && sched_plugins[i]->clone && !(cy->skip_filter & 1u << i);
        states[i] = own ? sched_plugins[i]->clone(cy, cy->state[i]) : cy->state[i];
    }
}

static void change_states(struct cycle *cy, void *states[PLUGINS_MAX], const struct pod_info *p,
                          const struct node_info *n, bool add)
{
    for (int i = 0; sched_plugins[i]; i++) {
        const struct sched_plugin *plugin = sched_plugins[i];
        if (!states[i] || !plugin->add_pod || cy->skip_filter & 1u << i) continue;
        cy->running = i;
        if (add)
            plugin->add_pod(cy, states[i], p, n);
        else
            plugin->remove_pod(cy, states[i], p, n);
    }
}

void cycle_add_pod(struct cycle *cy, void *states[PLUGINS_MAX], const struct pod_info *p, struct node_info *n)
{
    node_info_add(n, p);
    change_states(cy, states, p, n, true);
}

void cycle_remove_pod(struct cycle *cy, void *states[PLUGINS_MAX], const struct pod_info *p, struct node_info *n)
{
    if (node_info_remove(n, p->uid)) change_states(cy, states, p, n, false);
}

/* Pods that are nominated to the node and come before this one count as if they ran there; but the pod must fit without
 * them too, for they may never come (RunFilterPluginsWithNominatedPods). */
enum verdict cycle_filter(struct cycle *cy, void *const states[PLUGINS_MAX], const struct node_info *n, int *plugin)
{
    int nominated, counted = 0;
    const struct pod_info *const *pods = cache_nominated(cy->cache, n->name, &nominated);
    struct node_info *with = NULL;
    void *changed[PLUGINS_MAX];
    for (int i = 0; i < nominated; i++) {
        if (pods[i]->priority < cy->pod->priority || str_eq(pods[i]->uid, cy->pod->uid)) continue;
        if (!counted++) {
            with = node_info_copy(n);
            for (int k = 0; sched_plugins[k]; k++) {
                bool own = states[k] && sched_plugins[k]->clone && !(cy->skip_filter & 1u << k);
                changed[k] = own ? sched_plugins[k]->clone(cy, states[k]) : states[k];
            }
        }
        cycle_add_pod(cy, changed, pods[i], with);
    }
    if (counted) {
        enum verdict v = run_filters(cy, changed, with, plugin);
        node_info_copy_free(with);
        if (v != V_OK) return v;
    }
    return run_filters(cy, states, n, plugin);
}

/* The place of the reasons of now; equal ones are one. */
static uint16_t why_of(struct cycle *cy)
{
    const size_t bytes = (size_t)cy->now.n * sizeof *cy->now.texts;
    for (int i = cy->nwhys - 1; i >= 0; i--)
        if (cy->whys[i].n == cy->now.n && memcmp(cy->whys[i].texts, cy->now.texts, bytes) == 0) return (uint16_t)i;
    if (cy->nwhys == cy->cwhys) {
        int wider = cy->cwhys ? MIN(2 * cy->cwhys, WHYS_MAX) : 8;
        if (wider == cy->cwhys) return (uint16_t)(WHYS_MAX - 1);
        struct why *v = ARENA_ARRAY(&cy->arena, struct why, wider);
        if (cy->nwhys) memcpy(v, cy->whys, (size_t)cy->nwhys * sizeof *v);
        cy->whys = v;
        cy->cwhys = wider;
    }
    cy->whys[cy->nwhys] = cy->now;
    return (uint16_t)cy->nwhys++;
}

static void look_at(struct cycle *cy, const struct node_info *n)
{
    int plugin = 0;
    enum verdict v = cycle_filter(cy, cy->state, n, &plugin);
    struct node_verdict *to = &cy->verdicts[cy->evaluated];
    *to = (struct node_verdict){.node = n->index, .verdict = (uint8_t)v, .plugin = (uint8_t)plugin};
    if (v == V_OK)
        cy->fits[cy->feasible++] = cy->evaluated;
    else
        to->why = why_of(cy);
    cy->evaluated++;
}

int cycle_enough(int n, int percentage)
{
    if (n < MIN_FEASIBLE_NODES) return n;
    int percent = percentage ? percentage : MAX(50 - n / 125, MIN_FEASIBLE_PERCENT);
    return MAX((int)((int64_t)n * percent / 100), MIN_FEASIBLE_NODES);
}

/* The nodes to look at, in order, when prefilters or a request narrowed them. */
static struct node_info **narrowed(struct cycle *cy, const struct map *names, int *count)
{
    struct node_info **list = ARENA_ARRAY(&cy->arena, struct node_info *, cy->nnodes);
    *count = 0;
    for (int i = 0; i < cy->nnodes; i++) {
        struct node_info *n = cy->nodes[i];
        if (names && !map_has(names, sym_str(n->name))) continue;
        if (!cy->only || is_among(cy->only, cy->nonly, n->name)) list[(*count)++] = n;
    }
    return list;
}

/* The node where victims ended for this pod is asked first; when it fits, no other is (evaluateNominatedNode). */
static bool try_nominated(struct cycle *cy)
{
    struct node_info *n = cy->pod->nominated_node ? cache_node(cy->cache, sym_str(cy->pod->nominated_node)) : NULL;
    if (!n || (cy->only && !is_among(cy->only, cy->nonly, n->name))) return false;
    look_at(cy, n);
    if (cy->feasible) return true;
    cy->evaluated = cy->nwhys = 0;
    return false;
}

static void filter_all(struct cycle *cy, const struct map *names, int *start)
{
    int n = cy->nnodes;
    struct node_info *const *nodes = cy->nodes;
    if (cy->only || names) nodes = narrowed(cy, names, &n);
    int enough = cycle_enough(n, cy->profile->percentage);
    for (int i = 0; i < n && cy->feasible < enough; i++) look_at(cy, nodes[(*start + i) % n]);
    if (cy->all_nodes) *start = (*start + cy->evaluated) % cy->all_nodes;
}

/* ---- PostFilter ---- */

static bool has_error(const struct cycle *cy)
{
    for (int i = 0; i < cy->evaluated; i++)
        if (cy->verdicts[i].verdict == V_ERROR) return true;
    return cy->refusal == V_ERROR;
}

/* Plugins are asked until one helps or says that nothing does; what they say is joined (RunPostFilterPlugins). */
static void run_post_filters(struct cycle *cy)
{
    const struct profile *p = cy->profile;
    enum verdict v = V_UNSCHEDULABLE;
    if (has_error(cy)) return;
    for (int i = 0; i < p->count[POINT_POST_FILTER] && v == V_UNSCHEDULABLE; i++) {
        const char *why = NULL;
        cy->running = p->order[POINT_POST_FILTER][i];
        v = sched_plugins[cy->running]->post_filter(cy, &why);
        if (v == V_UNSCHEDULABLE && cy->post_text && why)
            cy->post_text = arena_printf(&cy->arena, "%s, %s", cy->post_text, why);
        else if (v != V_UNSCHEDULABLE || why)
            cy->post_text = why;
    }
}

/* ---- Score ---- */

static void run_prescores(struct cycle *cy, const struct node_info *const *nodes)
{
    const struct profile *p = cy->profile;
    for (int i = 0; i < p->count[POINT_PRE_SCORE]; i++) {
        cy->running = p->order[POINT_PRE_SCORE][i];
        if (sched_plugins[cy->running]->prescore(cy, &cy->state[cy->running], nodes, cy->feasible) == V_SKIP)
            cy->skip_score |= 1u << cy->running;
    }
}

static void run_score(struct cycle *cy, const struct node_info *const *nodes)
{
    const struct sched_plugin *plugin = sched_plugins[cy->running];
    struct score_column *c = &cy->columns[cy->ncolumns++];
    size_t n = (size_t)cy->feasible;
    c->plugin = cy->running;
    c->weight = cy->profile->weight[cy->running];
    c->raw = ARENA_ARRAY(&cy->arena, int64_t, n);
    for (size_t i = 0; i < n; i++) c->raw[i] = plugin->score(cy, cy->state[cy->running], nodes[i]);
    c->normalized = c->raw;
    if (plugin->normalize) {
        c->normalized = arena_memdup(&cy->arena, c->raw, n * sizeof *c->raw);
        plugin->normalize(cy, cy->state[cy->running], nodes, c->normalized, cy->feasible);
    }
    for (size_t i = 0; i < n; i++) cy->totals[i] += c->normalized[i] * c->weight;
}

static void score_all(struct cycle *cy)
{
    const struct profile *p = cy->profile;
    const struct node_info **nodes = ARENA_ARRAY(&cy->arena, const struct node_info *, cy->feasible);
    for (int i = 0; i < cy->feasible; i++) nodes[i] = cy->nodes[cy->verdicts[cy->fits[i]].node];
    run_prescores(cy, nodes);
    for (int i = 0; i < p->count[POINT_SCORE]; i++) {
        cy->running = p->order[POINT_SCORE][i];
        if (!(cy->skip_score & 1u << cy->running)) run_score(cy, nodes);
    }
    cy->scored = true;
}

/* The best total; among equals each is as likely (reservoir sampling). */
static void choose(struct cycle *cy, struct rnd *choice)
{
    for (int i = 0; i < cy->feasible; i++) {
        if (cy->chosen < 0 || cy->totals[i] > cy->totals[cy->chosen]) {
            cy->chosen = i;
            cy->ties = 1;
        } else if (cy->totals[i] == cy->totals[cy->chosen] && rnd_next_below(choice, (uint64_t)++cy->ties) == 0) {
            cy->chosen = i;
        }
    }
}

void cycle_compute(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice)
{
    cache_lock(cache);
    begin(cy, cache);
    cy->choice = choice;
    cy->verdicts = ARENA_ARRAY(&cy->arena, struct node_verdict, cy->nnodes);
    cy->fits = ARENA_ARRAY(&cy->arena, int, cy->nnodes);
    if (run_prefilters(cy) && !try_nominated(cy)) filter_all(cy, only, start);
    cy->filter_ns = mono_ns() - cy->started_ns;
    cy->totals = ARENA_ARRAY(&cy->arena, int64_t, cy->feasible);
    if (cy->feasible > 1) score_all(cy);
    choose(cy, choice);
    if (!cy->feasible && cy->all_nodes) run_post_filters(cy);
    cache_unlock(cache);
    cy->score_ns = mono_ns() - cy->started_ns - cy->filter_ns;
}

/* ---- What came out ---- */

struct str cycle_node_at(const struct cycle *cy, int i) { return sym_str(cy->table->names[cy->verdicts[i].node]); }

void cycle_prefer(struct cycle *cy, struct str node)
{
    for (int i = 0; cy->chosen >= 0 && i < cy->feasible; i++)
        if (cy->totals[i] == cy->totals[cy->chosen] && str_eq(cycle_node_at(cy, cy->fits[i]), node)) cy->chosen = i;
}

struct str cycle_node(const struct cycle *cy)
{
    return cy->chosen < 0 ? STR_NULL : cycle_node_at(cy, cy->fits[cy->chosen]);
}

uint32_t cycle_refusers(const struct cycle *cy)
{
    uint32_t bits = cy->only_by;
    for (int i = 0; i < cy->evaluated; i++)
        if (cy->verdicts[i].verdict != V_OK) bits |= 1u << cy->verdicts[i].plugin;
    return cy->refused_by >= 0 ? bits | 1u << cy->refused_by : bits;
}
