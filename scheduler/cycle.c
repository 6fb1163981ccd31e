/* cycle.c - see cycle.h.
 * Reads: the pod, the node cache under its lock.   Writes: the cycle. */
#include "scheduler/cycle.h"

#include "base/kassert.h"
#include "base/mono.h"
#include "scheduler/whys.h"
#include "scheduler/cycle_priv.h"

#include <stdlib.h>

enum { CACHE_LINE = 64, NODES_AHEAD = 6 };

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
struct storage *cycle_storage(struct cycle *cy) { return cache_storage(cy->cache); }
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

/* The place of the resource; -1: too many different ones. */
static int8_t lack_of(struct cycle *cy, const char *resource)
{
    int i = 0;
    while (i < cy->nlacks && cy->lacks[i].resource != resource) i++;
    if (i == LACKS_MAX) return -1;
    if (i == cy->nlacks) cy->lacks[cy->nlacks++] = (struct lack){.resource = resource};
    return (int8_t)i;
}

void cycle_why(struct cycle *cy, const char *text)
{
    struct why *now = &cy->now;
    if (now->n == REASONS_MAX) return;
    now->lacking[now->n] = -1;
    now->texts[now->n++] = text;
}

void cycle_short(struct cycle *cy, const char *text, const char *resource, int64_t by)
{
    int n = cy->now.n;
    cycle_why(cy, text);
    if (n == cy->now.n) return;
    cy->now.lacking[n] = lack_of(cy, resource);
    cy->by[n] = by;
}

bool cycle_has_why(const struct cycle *cy) { return cy->now.n > 0; }

void cycle_whyf(struct cycle *cy, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    cycle_why(cy, arena_vprintf(&cy->arena, fmt, ap));
    va_end(ap);
}

void cycle_only(struct cycle *cy, const struct sym *const *names, int n)
{
    struct map had = {0}, taken = {0};
    const struct sym **left = ARENA_ARRAY(&cy->arena, const struct sym *, n);
    int nleft = 0;
    for (int i = 0; i < cy->nonly; i++) map_set(&had, sym_str(cy->only[i]), cy);
    for (int i = 0; i < n; i++) {
        struct str name = sym_str(names[i]);
        if ((cy->only && !map_has(&had, name)) || map_has(&taken, name)) continue;
        map_set(&taken, name, cy);
        left[nleft++] = names[i];
    }
    map_release(&had, NULL);
    map_release(&taken, NULL);
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
static void begin(struct cycle *cy, struct cache *cache, int64_t now_ns)
{
    cy->started_ns = now_ns;
    cy->cache = cache;
    node_table_unref(cy->table);
    cy->table = cache_table(cache);
    cy->nodes = cache_nodes(cache, &cy->nnodes);
    cy->all_nodes = cy->nnodes;
    cy->evaluated = cy->feasible = cy->ncolumns = cy->ties = cy->nonly = 0;
    cy->nlacks = cy->sampled_out = cy->left_out = cy->prefiltered = 0;
    whys_forget(cy);
    cy->times = (struct cycle_times){0};
    cy->chosen = cy->refused_by = -1;
    cy->only = NULL;
    cy->only_by = cy->skip_filter = cy->skip_score = 0;
    cy->scored = cy->preferred = false;
    cy->error = NULL;
    cy->refusal = V_OK;
    cy->refusal_why = (struct why){0};
    cy->namespaces = NULL;
    cy->tried_nominated = cy->goes_on = false;
    cy->extended = NULL;
    cy->asked_as = NULL;
    cy->silent = 0;
    cy->post_at = -1;
    cy->details = NULL;
    cy->post_text = NULL;
    cy->nominates = false;
    cy->nominated = NULL;
    cy->preemption = NULL;
    memset(cy->state, 0, sizeof cy->state);
}

/* The plugin that runs failed, for the reasons of now: the attempt is over. where: upstream's words. */
static void fail(struct cycle *cy, const char *where)
{
    cy->error = where;
    for (int i = 0; i < cy->now.n; i++)
        cy->error = arena_printf(&cy->arena, "%s%s %s", cy->error, i ? "," : ":", cy->now.texts[i]);
}

static const char *running(const struct cycle *cy) { return sched_plugins[cy->running]->name; }

static inline void tell(struct cycle *cy, enum point point, const struct node_info *n, enum verdict v, int64_t score)
{
    if (__builtin_expect(cy->watcher != NULL, 0)) cy->watcher->told(cy->watcher, point, cy->running, n, v, score);
}

/* ---- PreFilter ---- */

static void refuse(struct cycle *cy, enum verdict v)
{
    cy->refusal = v;
    cy->refused_by = cy->running;
    cy->refusal_why = cy->now;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *cycle_narrowers(struct cycle *cy)
{
    const char *names[PLUGINS_MAX] = {0}, *text = "[";
    int n = 0;
    for (int i = 0; sched_plugins[i]; i++)
        if (cy->only_by & 1u << i) names[n++] = sched_plugins[i]->name;
    qsort(names, (size_t)n, sizeof *names, compare_names);
    for (int i = 0; i < n; i++) text = arena_printf(&cy->arena, "%s%s%s", text, i ? " " : "", names[i]);
    return arena_printf(&cy->arena, "%s]", text);
}

/* Each plugin left some nodes, and all together none. */
static void refuse_disjoint(struct cycle *cy)
{
    bool one = !(cy->only_by & (cy->only_by - 1));
    cy->now.n = 0;
    if (one)
        cycle_whyf(cy, "node(s) didn't satisfy plugin %s", running(cy));
    else
        cycle_whyf(cy, "node(s) didn't satisfy plugin(s) %s simultaneously", cycle_narrowers(cy));
    refuse(cy, V_UNSCHEDULABLE_AND_UNRESOLVABLE);
    cy->refused_by = -1; /* all who narrowed did it: only_by */
}

/* False: a plugin refused the pod, whatever the node. One whose refusal preemption may lift is remembered and the
 * others are asked all the same, for preemption needs their states (RunPreFilterPlugins). */
static bool run_prefilters(struct cycle *cy)
{
    const struct profile *p = cy->profile;
    for (int i = 0; i < p->count[POINT_PRE_FILTER]; i++) {
        cy->running = p->order[POINT_PRE_FILTER][i];
        cy->now.n = 0;
        cy->prefiltered++;
        enum verdict v = sched_plugins[cy->running]->prefilter(cy, &cy->state[cy->running]);
        tell(cy, POINT_PRE_FILTER, NULL, v, 0);
        if (v == V_SKIP) cy->skip_filter |= 1u << cy->running;
        if (v == V_UNSCHEDULABLE || v == V_UNSCHEDULABLE_AND_UNRESOLVABLE) refuse(cy, v);
        if (v == V_ERROR) fail(cy, arena_printf(&cy->arena, "running PreFilter plugin \"%s\"", running(cy)));
        if (v == V_UNSCHEDULABLE_AND_UNRESOLVABLE || v == V_ERROR) return false;
        if (v != V_OK || !cy->only || cy->nonly) continue;
        refuse_disjoint(cy);
        return false;
    }
    return cy->refusal == V_OK;
}

/* ---- Filter ---- */

static enum verdict run_filters(struct cycle *cy, void *const states[PLUGINS_MAX], const struct node_info *n,
                                int *plugin)
{
    const struct profile *p = cy->profile;
    cy->now.n = 0;
    cy->now.detail = NULL;
    for (int i = 0; i < p->count[POINT_FILTER]; i++) {
        cy->running = p->order[POINT_FILTER][i];
        if (cy->skip_filter & 1u << cy->running) continue;
        enum verdict v = sched_plugins[cy->running]->filter(cy, states[cy->running], n);
        tell(cy, POINT_FILTER, n, v, 0);
        if (v == V_OK) continue;
        if (v == V_ERROR) fail(cy, arena_printf(&cy->arena, "running \"%s\" filter plugin", running(cy)));
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
        cy->refused_nominated = v != V_OK;
        if (v != V_OK) return v;
    }
    return run_filters(cy, states, n, plugin);
}

static void add_amount(struct cycle *cy, struct lack *l, int64_t by)
{
    if (l->n == l->cap) {
        int wider = l->cap ? 2 * l->cap : 256;
        int64_t *v = arena_alloc(&cy->arena, (size_t)wider * sizeof *v);
        if (l->n) memcpy(v, l->v, (size_t)l->n * sizeof *v);
        l->v = v;
        l->cap = wider;
    }
    l->v[l->n++] = by;
}

/* The refusal of now is that of a node. What lacks goes by the refusal that stands for it: beyond WHYS_MAX it is
 * another one. */
uint16_t cycle_keep_refusal(struct cycle *cy)
{
    uint16_t why = whys_place(cy);
    const struct why *w = &cy->whys[why], *now = &cy->now;
    for (int i = 0; i < w->n; i++)
        if (w->lacking[i] >= 0)
            add_amount(cy, &cy->lacks[w->lacking[i]], i < now->n && now->lacking[i] == w->lacking[i] ? cy->by[i] : 0);
    return why;
}

/* The node was refused with the pods that are nominated to it: is it as well without them? */
static bool fits_without_nominated(struct cycle *cy, const struct node_info *n)
{
    struct why now = cy->now;
    struct call_watcher *watcher = cy->watcher;
    int64_t by[REASONS_MAX];
    const char *error = cy->error;
    int plugin;
    memcpy(by, cy->by, sizeof by);
    cy->watcher = NULL;
    bool fits = run_filters(cy, cy->state, n, &plugin) == V_OK;
    cy->watcher = watcher;
    cy->now = now;
    memcpy(cy->by, by, sizeof by);
    cy->error = error;
    return fits;
}

void cycle_look_at(struct cycle *cy, const struct node_info *n)
{
    int plugin = 0;
    cy->refused_nominated = false;
    enum verdict v = cycle_filter(cy, cy->state, n, &plugin);
    struct node_verdict *to = &cy->verdicts[cy->evaluated];
    *to = (struct node_verdict){.node = n->index, .verdict = (uint8_t)v, .plugin = (uint8_t)plugin};
    if (v == V_OK) {
        cy->fits[cy->feasible++] = cy->evaluated;
    } else {
        cy->now.nominated = cy->refused_nominated && v != V_ERROR && fits_without_nominated(cy, n);
        cy->now.verdict = (uint8_t)v;
        cy->now.plugin = (uint8_t)plugin;
        to->why = cycle_keep_refusal(cy);
    }
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
    bool *left = ARENA_ARRAY(&cy->arena, bool, cy->nnodes);
    *count = 0;
    for (int i = 0; i < cy->nonly; i++) { /* names of nodes that do not exist are fine */
        const struct node_info *n = cache_node(cy->cache, sym_str(cy->only[i]));
        if (n) left[n->index] = true;
    }
    for (int i = 0; i < cy->nnodes; i++) {
        struct node_info *n = cy->nodes[i];
        if ((!cy->only || left[i]) && (!names || map_has(names, sym_str(n->name)))) list[(*count)++] = n;
    }
    return list;
}

/* The node where victims ended for this pod is asked first, even if prefilters left it out; when it fits, no other is
 * (evaluateNominatedNode). */
static bool try_nominated(struct cycle *cy)
{
    bool kept = cy->pod->nominated_node && !cy->no_nominated;
    struct node_info *n = kept ? cache_node(cy->cache, sym_str(cy->pod->nominated_node)) : NULL;
    if (n) cycle_look_at(cy, n);
    if (cy->error) { /* as if it had not been asked */
        cy->evaluated = cy->nlacks = 0;
        whys_forget(cy);
    }
    cy->error = NULL;
    if (cy->feasible) cy->sampled_out = cy->nnodes - 1;
    return cy->tried_nominated = cy->feasible > 0;
}

/* Its verdict stays the only one of the nominated node. */
static bool was_nominated(const struct cycle *cy, const struct node_info *n, int tried)
{
    return tried && cy->verdicts[0].node == n->index;
}

/* Nodes are asked for a few ahead: of thousands, hardly any is in a near cache. */
static void fetch(const struct node_info *n)
{
    for (size_t at = 0; at < sizeof *n; at += CACHE_LINE) __builtin_prefetch((const char *)n + at);
}

static void filter_all(struct cycle *cy, const struct map *names, int *start)
{
    int n = cy->nnodes, tried = cy->evaluated, i = 0;
    struct node_info *const *nodes = cy->nodes;
    if (cy->only || names) nodes = narrowed(cy, names, &n);
    bool one = !cy->profile->count[POINT_SCORE] && !extenders_have(cy->profile->extenders, EXTENDER_FILTER) &&
               !extenders_have(cy->profile->extenders, EXTENDER_PRIORITIZE);
    int enough = one ? 1 : cycle_enough(n, cy->profile->percentage);
    for (; i < n && cy->feasible < enough && !cy->error; i++) {
        struct node_info *next = nodes[(*start + i) % n];
        fetch(nodes[(*start + i + NODES_AHEAD) % n]);
        if (!was_nominated(cy, next, tried)) cycle_look_at(cy, next);
    }
    cy->left_out = cy->nnodes - n;
    cy->sampled_out = n - i;
    if (cy->all_nodes) *start = (*start + cy->evaluated) % cy->all_nodes;
}

/* ---- PostFilter ---- */

/* Plugins are asked until one helps or says that nothing does; what they say is joined (RunPostFilterPlugins). */
static void run_post_filters(struct cycle *cy)
{
    const struct profile *p = cy->profile;
    enum verdict v = V_UNSCHEDULABLE;
    struct call_watcher *watcher = cy->watcher;
    int i = MAX(cy->post_at, 0);
    for (cy->post_at = -1; i < p->count[POINT_POST_FILTER] && v == V_UNSCHEDULABLE; i++) {
        const char *why = NULL;
        int plugin = cy->running = p->order[POINT_POST_FILTER][i];
        cy->watcher = NULL; /* it asks filters what would be */
        v = sched_plugins[plugin]->post_filter(cy, &why);
        cy->watcher = watcher;
        if (v == V_SKIP) {
            cy->post_at = i;
            return;
        }
        if (v == V_UNSCHEDULABLE && cy->post_text && why)
            cy->post_text = arena_printf(&cy->arena, "%s, %s", cy->post_text, why);
        else if (v != V_UNSCHEDULABLE || why)
            cy->post_text = why;
        cy->running = plugin;
        cy->now.n = 0;
        if (why) cycle_why(cy, why);
        tell(cy, POINT_POST_FILTER, NULL, v, 0);
    }
}

/* ---- Score ---- */

static void run_prescores(struct cycle *cy, const struct node_info *const *nodes)
{
    const struct profile *p = cy->profile;
    for (int i = 0; i < p->count[POINT_PRE_SCORE] && !cy->error; i++) {
        cy->running = p->order[POINT_PRE_SCORE][i];
        cy->now.n = 0;
        enum verdict v = sched_plugins[cy->running]->prescore(cy, &cy->score_state[cy->running], nodes, cy->feasible);
        tell(cy, POINT_PRE_SCORE, NULL, v, 0);
        if (v == V_SKIP)
            cy->skip_score |= 1u << cy->running;
        else if (v != V_OK)
            fail(cy, arena_printf(&cy->arena, "running PreScore plugin \"%s\"", running(cy)));
    }
}

/* Moves *to on by the time since *at; *at is now. */
static void lap(int64_t *to, int64_t *at)
{
    int64_t now = mono_ns();
    *to += now - *at;
    *at = now;
}

static void run_score(struct cycle *cy, const struct node_info *const *nodes)
{
    const struct sched_plugin *plugin = sched_plugins[cy->running];
    struct score_column *c = &cy->columns[cy->ncolumns++];
    size_t n = (size_t)cy->feasible;
    c->plugin = cy->running;
    c->weight = cy->profile->weight[cy->running];
    c->raw = ARENA_ARRAY(&cy->arena, int64_t, n);
    c->normalized = NULL;
    for (size_t i = 0; i < n; i++) {
        c->raw[i] = plugin->score(cy, cy->score_state[cy->running], nodes[i]);
        tell(cy, POINT_SCORE, nodes[i], V_OK, c->raw[i]);
    }
}

/* False: some points are out of range. */
static bool run_normalize(struct cycle *cy, struct score_column *c, const struct node_info *const *nodes)
{
    bool good = true;
    const struct sched_plugin *plugin = sched_plugins[c->plugin];
    size_t n = (size_t)cy->feasible;
    cy->running = c->plugin;
    c->normalized = c->raw;
    if (plugin->normalize) {
        c->normalized = arena_memdup(&cy->arena, c->raw, n * sizeof *c->raw);
        plugin->normalize(cy, cy->score_state[c->plugin], nodes, c->normalized, cy->feasible);
        tell(cy, POINT_NORMALIZE_SCORE, NULL, V_OK, 0);
    }
    for (size_t i = 0; i < n; i++) {
        good &= (uint64_t)c->normalized[i] <= POINTS_MAX;
        cy->totals[i] = wrap_add(cy->totals[i], wrap_mul(c->normalized[i], c->weight));
    }
    return good;
}

/* The first that is out of range ends the attempt: a profile may prefer nodes with weights below zero. */
static void refuse_points(struct cycle *cy)
{
    for (int i = 0; i < cy->feasible; i++)
        for (int k = 0; k < cy->ncolumns; k++) {
            int64_t points = cy->columns[k].normalized[i];
            if ((uint64_t)points <= POINTS_MAX) continue;
            cy->error = arena_printf(&cy->arena,
                                     "applying score defaultWeights on Score plugins: plugin \"%s\" returns an invalid "
                                     "score %lld, it should in the range of [0, %d] after normalizing",
                                     sched_plugins[cy->columns[k].plugin]->name, (long long)points, POINTS_MAX);
            return;
        }
}

static void score_all(struct cycle *cy, int64_t *at)
{
    const struct profile *p = cy->profile;
    const struct node_info **nodes = ARENA_ARRAY(&cy->arena, const struct node_info *, cy->feasible);
    for (int i = 0; i < cy->feasible; i++) {
        nodes[i] = cy->nodes[cy->verdicts[cy->fits[i]].node];
        if (cy->extended && cy->extended->bare) nodes[i] = cycle_bare(cy, nodes[i]);
    }
    int extenders = cy->extended ? p->extenders->n : 0;
    cy->columns = ARENA_ARRAY(&cy->arena, struct score_column, p->count[POINT_SCORE] + extenders);
    memcpy(cy->score_state, cy->state, sizeof cy->state);
    run_prescores(cy, nodes);
    lap(&cy->times.prescore, at);
    for (int i = 0; i < p->count[POINT_SCORE] && !cy->error; i++) {
        cy->running = p->order[POINT_SCORE][i];
        if (!(cy->skip_score & 1u << cy->running)) run_score(cy, nodes);
    }
    lap(&cy->times.score, at);
    bool good = true;
    for (int i = 0; i < cy->ncolumns; i++) good &= run_normalize(cy, &cy->columns[i], nodes);
    if (!good) refuse_points(cy);
    if (cy->extended) cycle_add_points(cy);
    lap(&cy->times.normalize, at);
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

static void find(struct cycle *cy, const struct map *only, int *start, int64_t *at)
{
    cy->verdicts = ARENA_ARRAY(&cy->arena, struct node_verdict, cy->nnodes);
    cy->fits = ARENA_ARRAY(&cy->arena, int, cy->nnodes);
    bool asks = cy->nnodes && run_prefilters(cy);
    lap(&cy->times.prefilter, at);
    if (asks && !try_nominated(cy)) filter_all(cy, only, start);
    lap(&cy->times.filter, at);
}

static void decide(struct cycle *cy, int64_t *at)
{
    cy->totals = ARENA_ARRAY(&cy->arena, int64_t, cy->feasible);
    if (cy->feasible > 1 && !cy->error) score_all(cy, at);
    if (!cy->error) choose(cy, cy->choice);
    if (cy->feasible || !cy->all_nodes || cy->error) return;
    run_post_filters(cy);
    lap(&cy->times.postfilter, at);
}

/* ---- After extenders were asked: the cache has moved on ---- */

static void go_on(struct cycle *cy, int64_t *at)
{
    const struct node_table *then = cy->table;
    cy->goes_on = false;
    cy->table = cache_table(cy->cache);
    cy->nodes = cache_nodes(cy->cache, &cy->nnodes);
    cy->all_nodes = cy->nnodes;
    cy->nonly = 0;
    cy->only = NULL;
    cy->only_by = cy->skip_filter = cy->skip_score = 0;
    cy->namespaces = NULL;
    memset(cy->state, 0, sizeof cy->state);
    bool asks = cy->nnodes && run_prefilters(cy);
    lap(&cy->times.prefilter, at);
    if (asks)
        cycle_filter_again(cy, then);
    else
        cy->evaluated = cy->feasible = cy->nwhys = cy->nlacks = 0;
    node_table_unref(then);
    lap(&cy->times.filter, at);
}

void cycle_compute(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice)
{
    cache_lock(cache);
    int64_t at = mono_ns();
    if (cy->goes_on) {
        go_on(cy, &at);
    } else {
        begin(cy, cache, at);
        cy->choice = choice;
        find(cy, only, start, &at);
    }
    if (!cy->pauses || !cy->feasible || cy->error) decide(cy, &at);
    cache_unlock(cache);
}

void cycle_post_filter(struct cycle *cy)
{
    cache_lock(cy->cache);
    int64_t at = mono_ns();
    run_post_filters(cy);
    lap(&cy->times.postfilter, &at);
    cache_unlock(cy->cache);
}

/* ---- What came out ---- */

struct str cycle_node_at(const struct cycle *cy, int i) { return sym_str(cy->table->names[cy->verdicts[i].node]); }

void cycle_prefer(struct cycle *cy, struct str node)
{
    for (int i = 0; cy->chosen >= 0 && i < cy->feasible; i++)
        if (cy->totals[i] == cy->totals[cy->chosen] && str_eq(cycle_node_at(cy, cy->fits[i]), node)) {
            cy->chosen = i;
            cy->preferred = true;
        }
}

struct str cycle_node(const struct cycle *cy)
{
    return cy->chosen < 0 ? STR_NULL : cycle_node_at(cy, cy->fits[cy->chosen]);
}

uint32_t cycle_refusers(const struct cycle *cy)
{
    uint32_t bits = cy->only_by;
    for (int i = 0; i < cy->evaluated; i++) {
        const struct node_verdict *v = &cy->verdicts[i];
        if (v->verdict != V_OK) bits |= v->plugin < EXTENDER_FIRST ? 1u << v->plugin : EXTENDER_REFUSED;
    }
    return cy->refused_by >= 0 ? bits | 1u << cy->refused_by : bits;
}
