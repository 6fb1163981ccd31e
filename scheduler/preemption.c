/* preemption.c - see preemption.h.
 * Reads: a cycle that found no node, the node cache, disruption budgets.   Writes: candidates in the cycle's arena. */
#include "scheduler/preemption.h"

#include "base/clk.h"
#include "scheduler/args.h"
#include "scheduler/preempting.h"
#include "scheduler/reasons.h"

#include <stdlib.h>

struct budget { /* a PodDisruptionBudget */
    const struct sym *ns;
    struct selector pods;
    int64_t allowed;
    const struct json *disrupted; /* names of pods that are counted already */
};

struct search {
    struct cycle *cy;
    struct preemption *out;
    int64_t now_s;
    struct budget *budgets;
    int nbudgets;
    int64_t *left;                  /* of each budget, for the node that is tried */
    const struct pod_info **lower;  /* its pods of lower priority */
    const struct pod_info **second; /* scratch, as long */
    int clean;                      /* candidates that break no budget */
    int breaking;                   /* those that break one */
};

/* ---- Arguments ---- */

static void bad_field(struct args_check *c, const char *field, int64_t value, const char *words)
{
    args_say(c, "%s: Invalid value: %lld: %s", field, (long long)value, words);
}

struct preemption_args *preemption_args_new(const struct json *args, struct err *e)
{
    static const char percent_field[] = "minCandidateNodesPercentage", nodes_field[] = "minCandidateNodesAbsolute";
    int64_t percent = obj_int(args, ".minCandidateNodesPercentage", 10);
    int64_t nodes = obj_int(args, ".minCandidateNodesAbsolute", 100);
    struct args_check c;
    args_begin(&c);
    if (percent < 0 || percent > 100) bad_field(&c, percent_field, percent, "not in valid range [0, 100]");
    if (nodes < 0) bad_field(&c, nodes_field, nodes, "not in valid range [0, inf)");
    if (percent == 0 && nodes == 0) {
        bad_field(&c, percent_field, 0, "cannot be zero at the same time as minCandidateNodesAbsolute");
        bad_field(&c, nodes_field, 0, "cannot be zero at the same time as minCandidateNodesPercentage");
    }
    if (!args_end(&c, e)) return NULL;
    struct preemption_args *a = xcalloc(1, sizeof *a);
    *a = (struct preemption_args){(int)percent, (int)MIN(nodes, INT32_MAX), preempting_new()};
    return a;
}

void preemption_args_free(struct preemption_args *a)
{
    if (!a) return;
    preempting_free(a->running);
    free(a);
}

const struct preemption_args *preemption_args_of(const struct profile *p)
{
    int at = plugin_find(STR("DefaultPreemption"));
    return at >= 0 && profile_asks(p, POINT_POST_FILTER, at) ? p->args[at] : NULL;
}

int preemption_enough(const struct preemption_args *a, int nodes)
{
    return MIN(MAX((int)((int64_t)nodes * a->min_percent / 100), a->min_nodes), nodes);
}

/* ---- May it? ---- */

/* Nothing helps on the node that it was promised (PodEligibleToPreemptOthers looks at that before all else). A node
 * that was not looked at counts as such. */
static bool is_hopeless(const struct cycle *cy, const struct sym *node)
{
    if (cy->refusal != V_OK) return cy->refusal == V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    for (int i = 0; i < cy->evaluated; i++)
        if (cy->table->names[cy->verdicts[i].node] == node)
            return cy->verdicts[i].verdict == V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    return true;
}

/* Victims that still end on the promised node are waited for. */
static bool waits_for_victims(const struct cycle *cy)
{
    const struct pod_info *pod = cy->pod;
    if (!pod->nominated_node || is_hopeless(cy, pod->nominated_node)) return false;
    const struct node_info *n = cache_node(cy->cache, sym_str(pod->nominated_node));
    for (int i = 0; n && i < n->npods; i++)
        if (n->pods[i]->priority < pod->priority && n->pods[i]->deleting && n->pods[i]->preempted) return true;
    return false;
}

static const char *not_eligible(const struct cycle *cy)
{
    if (cy->pod->never_preempts) return "not eligible due to preemptionPolicy=Never.";
    return waits_for_victims(cy) ? "not eligible due to a terminating pod on the nominated node." : NULL;
}

/* ---- Budgets ---- */

static void read_budgets(struct search *s, const struct objs *all)
{
    struct cycle *cy = s->cy;
    s->budgets = ARENA_ARRAY(&cy->arena, struct budget, all->count);
    s->left = ARENA_ARRAY(&cy->arena, int64_t, all->count);
    for (size_t i = 0; i < all->count; i++) {
        struct budget *b = &s->budgets[s->nbudgets];
        const struct json *root = all->items[i]->root;
        selector_read(&b->pods, &cy->keep, obj_get(root, ".spec.selector"));
        if (b->pods.nothing || !b->pods.n) continue; /* matches no pod here, not even as {} */
        b->ns = keep_sym(&cy->keep, all->items[i]->ns);
        b->allowed = obj_int(root, ".status.disruptionsAllowed", 0);
        b->disrupted = obj_get(root, ".status.disruptedPods");
        s->nbudgets++;
    }
}

/* Counts the pod with its budgets. True: it is one too many for some. */
static bool breaks_budget(struct search *s, const struct pod_info *p)
{
    bool breaks = false;
    for (int i = 0; p->labels.n && i < s->nbudgets; i++) {
        const struct budget *b = &s->budgets[i];
        if (b->ns != p->ns || !selector_matches(&b->pods, &p->labels) || json_get(b->disrupted, p->name)) continue;
        if (--s->left[i] < 0) breaks = true;
    }
    return breaks;
}

/* ---- Victims on one node ---- */

/* One that has not started counts as of now. */
static int64_t started_at(const struct pod_info *p, int64_t now_s) { return p->started_s ? p->started_s : now_s; }

static int64_t started(const struct search *s, const struct pod_info *p) { return started_at(p, s->now_s); }

/* Is b, which stands behind a, to be before it? Of two pods that have not started upstream takes the time twice, and
 * the one that it looks at first is the earlier one: b. So these are turned round by each sort. */
static bool more_important(const struct search *s, const struct pod_info *b, const struct pod_info *a)
{
    if (a->priority != b->priority) return b->priority > a->priority;
    return (!a->started_s && !b->started_s) || started(s, b) < started(s, a);
}

/* Stable merge sort: a node's pods are as many as somebody wishes. */
static void sort_pods(const struct search *s, const struct pod_info **v, const struct pod_info **scratch, int n)
{
    if (n < 2) return;
    int half = n / 2, a = 0, b = half;
    sort_pods(s, v, scratch, half);
    sort_pods(s, v + half, scratch, n - half);
    for (int i = 0; i < n; i++) scratch[i] = b == n || (a < half && !more_important(s, v[b], v[a])) ? v[a++] : v[b++];
    memcpy(v, scratch, (size_t)n * sizeof *v);
}

/* Those whose end breaks a budget come first, each part in its order. Returns how many they are. */
static int part_by_budget(struct search *s, int n)
{
    int breaking = 0, others = 0;
    for (int i = 0; i < s->nbudgets; i++) s->left[i] = s->budgets[i].allowed;
    for (int i = 0; i < n; i++) {
        if (breaks_budget(s, s->lower[i]))
            s->lower[breaking++] = s->lower[i];
        else
            s->second[others++] = s->lower[i];
    }
    if (others) memcpy(s->lower + breaking, s->second, (size_t)others * sizeof *s->lower);
    return breaking;
}

struct trial { /* a node without some of its pods */
    struct node_info *node;
    void *states[PLUGINS_MAX];
};

static int take_lower(struct search *s, struct trial *t)
{
    int n = 0;
    for (int i = 0; i < t->node->npods; i++)
        if (t->node->pods[i]->priority < s->cy->pod->priority) s->lower[n++] = t->node->pods[i];
    for (int i = 0; i < n; i++) cycle_remove_pod(s->cy, t->states, s->lower[i], t->node);
    return n;
}

/* Puts the pod back; if there is no room then, it goes again and is a victim. */
static bool is_victim(struct search *s, struct trial *t, const struct pod_info *p)
{
    int plugin;
    cycle_add_pod(s->cy, t->states, p, t->node);
    if (cycle_filter(s->cy, t->states, t->node, &plugin) == V_OK) return false;
    cycle_remove_pod(s->cy, t->states, p, t->node);
    return true;
}

/* V_OK: the first *n of s->lower must go, *violations of them against a budget. Else s->cy->now says why. */
static enum verdict select_victims(struct search *s, struct trial *t, int *n, int *violations)
{
    int plugin, all = take_lower(s, t);
    s->cy->now.n = 0;
    if (all == 0) {
        cycle_why(s->cy, "No preemption victims found for incoming pod");
        return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    }
    enum verdict v = cycle_filter(s->cy, t->states, t->node, &plugin);
    if (v != V_OK) return v;
    sort_pods(s, s->lower, s->second, all);
    int breaking = part_by_budget(s, all);
    *n = *violations = 0;
    for (int i = 0; i < all; i++) {
        if (!is_victim(s, t, s->lower[i])) continue;
        if (i < breaking) ++*violations;
        s->lower[(*n)++] = s->lower[i];
    }
    if (breaking && breaking < all) sort_pods(s, s->lower, s->second, *n);
    return V_OK;
}

/* ---- Candidates ---- */

/* What candidates are compared by. Victims of extenders are in any order: the first one counts as the most important
 * for the priority, but not for the start (GetEarliestPodStartTime). */
static void measure(struct candidate *c, int64_t now_s)
{
    int highest = c->victims[0]->priority;
    c->highest = highest;
    c->started_s = started_at(c->victims[0], now_s);
    c->sum = 0;
    for (int i = 0; i < c->nvictims; i++) {
        const struct pod_info *v = c->victims[i];
        c->sum += (int64_t)v->priority + (INT64_C(1) << 31);
        if (v->priority == highest) c->started_s = MIN(c->started_s, started_at(v, now_s));
        if (v->priority > highest) c->started_s = started_at(v, now_s);
        highest = MAX(highest, v->priority);
    }
}

/* Of each sort, those that break a budget and those that do not, no more are kept than are enough; when a percentage of
 * the nodes comes to none, that is none. */
static void add_candidate(struct search *s, int node, int n, int violations)
{
    int *sort = violations ? &s->breaking : &s->clean;
    if (*sort >= s->out->enough) return;
    ++*sort;
    struct candidate *c = &s->out->candidates[s->out->ncandidates++];
    *c = (struct candidate){.node = node, .nvictims = n, .violations = violations};
    c->victims = arena_memdup(&s->cy->arena, s->lower, (size_t)n * sizeof *c->victims);
    for (int i = 0; i < n; i++) cycle_hold(s->cy, c->victims[i]);
    measure(c, s->now_s);
}

/* Filters may have written their words into the scratch arena. */
static void add_hopeless(struct search *s, int node, enum verdict v)
{
    struct hopeless *h = &s->out->hopeless[s->out->nhopeless++];
    *h = (struct hopeless){.node = node, .verdict = v, .why = s->cy->now};
    for (int i = 0; i < h->why.n; i++) h->why.texts[i] = arena_strdup(&s->cy->arena, h->why.texts[i]);
}

/* What plugins allocate for a node is given back after it: a cluster of 5,000 nodes makes 500 trials. */
static void try_node(struct search *s, const struct node_info *live, struct arena *scratch)
{
    struct cycle *cy = s->cy;
    struct arena own = cy->arena;
    struct namespace_labels *namespaces = cy->namespaces;
    struct trial t = {.node = node_info_copy(live)};
    int n = 0, violations = 0;
    cy->arena = *scratch;
    cycle_clone_states(cy, t.states);
    enum verdict v = select_victims(s, &t, &n, &violations);
    *scratch = cy->arena;
    cy->arena = own;
    cy->namespaces = namespaces;
    if (v == V_OK && n == 0) { /* it fits as it is: filters contradict themselves */
        v = V_ERROR;
        cy->now.n = 0;
        cycle_whyf(cy, "expected at least one victim pod on node \"%.*s\"", STR_ARG(sym_str(live->name)));
    }
    if (v == V_OK)
        add_candidate(s, live->index, n, violations);
    else
        add_hopeless(s, live->index, v);
    node_info_copy_free(t.node);
    arena_reset(scratch);
}

/* Nodes that were refused in a way that victims may help, in the order in which they were looked at; all of them, when
 * a prefilter refused the pod in that way. */
static const struct node_info **potential_nodes(struct cycle *cy, int *count, int *most_pods)
{
    const struct node_info **v = ARENA_ARRAY(&cy->arena, const struct node_info *, cy->nnodes);
    int n = 0;
    if (cy->refusal == V_UNSCHEDULABLE) {
        for (int i = 0; i < cy->nnodes; i++) v[n++] = cy->nodes[i];
    } else if (cy->refusal == V_OK) {
        for (int i = 0; i < cy->evaluated; i++)
            if (cy->verdicts[i].verdict == V_UNSCHEDULABLE) v[n++] = cy->nodes[cy->verdicts[i].node];
    }
    *most_pods = 0;
    for (int i = 0; i < n; i++) *most_pods = MAX(*most_pods, v[i]->npods);
    *count = n;
    return v;
}

static void find_candidates(struct search *s, const struct preemption_args *a)
{
    struct preemption *out = s->out;
    struct arena scratch AUTO_ARENA = {0};
    struct objs budgets AUTO_OBJS = {0};
    int n, most;
    const struct node_info **nodes = potential_nodes(s->cy, &n, &most);
    out->potential = n;
    if (!n) return;
    listers_all(cycle_listers(s->cy), LIST_BUDGET, STR_NULL, &budgets);
    read_budgets(s, &budgets);
    s->lower = ARENA_ARRAY(&s->cy->arena, const struct pod_info *, most);
    s->second = ARENA_ARRAY(&s->cy->arena, const struct pod_info *, most);
    out->candidates = ARENA_ARRAY(&s->cy->arena, struct candidate, n);
    out->hopeless = ARENA_ARRAY(&s->cy->arena, struct hopeless, n);
    out->offset = (int)rnd_next_below(s->cy->choice, (uint64_t)n);
    out->enough = preemption_enough(a, n);
    for (int i = 0; i < n && !(s->clean && out->ncandidates >= out->enough); i++)
        try_node(s, nodes[(out->offset + i) % n], &scratch);
}

/* ---- The choice ---- */

/* More is better. */
static int64_t merit(const struct candidate *c, enum lost by)
{
    switch (by) {
    case LOST_BUDGETS: return -c->violations;
    case LOST_HIGHEST: return -(int64_t)c->highest;
    case LOST_SUM: return -c->sum;
    case LOST_COUNT: return -c->nvictims;
    case LOST_STARTED: return c->started_s;
    default: return 0;
    }
}

/* Each measure keeps the best of those that the ones before it left (pickOneNodeForPreemption). Candidates that break
 * no budget stand before the others there, which no measure could tell. */
static void choose_candidate(struct preemption *p)
{
    for (int by = LOST_BUDGETS; by <= LOST_STARTED; by++) {
        int64_t best = INT64_MIN;
        for (int i = 0; i < p->ncandidates; i++)
            if (p->candidates[i].lost == LOST_NOT) best = MAX(best, merit(&p->candidates[i], (enum lost)by));
        for (int i = 0; i < p->ncandidates; i++) {
            struct candidate *c = &p->candidates[i];
            if (c->lost == LOST_NOT && merit(c, (enum lost)by) < best) c->lost = (enum lost)by;
        }
    }
    for (int i = 0; i < p->ncandidates; i++) {
        if (p->candidates[i].lost != LOST_NOT) continue;
        if (p->chosen < 0)
            p->chosen = i;
        else
            p->candidates[i].lost = LOST_POSITION;
    }
}

/* ---- Why there is none ---- */

/* Internal failures end it; upstream joins them. */
static bool tell_failures(struct cycle *cy, struct preemption *p)
{
    struct buf b AUTO_BUF = {0};
    int n = 0;
    buf_init(&b, MESSAGE_MAX);
    for (int i = 0; i < p->nhopeless; i++) {
        if (p->hopeless[i].verdict != V_ERROR) continue;
        buf_addf(&b, "%s%s", n++ ? ", " : "", p->hopeless[i].why.n ? p->hopeless[i].why.texts[0] : "");
    }
    p->failed = n > 0;
    if (n) p->message = str_printf(&cy->arena, n > 1 ? "[%.*s]" : "%.*s", STR_ARG(buf_view(&b)));
    return p->failed;
}

static void tell_reasons(struct cycle *cy, struct preemption *p)
{
    struct reasons r;
    reasons_init(&r, &cy->arena);
    for (int i = 0; i < p->nhopeless; i++)
        for (int k = 0; k < p->hopeless[i].why.n; k++) reasons_add(&r, p->hopeless[i].why.texts[k], 1);
    int others = cy->all_nodes - p->nhopeless;
    if (others) reasons_add(&r, "Preemption is not helpful for scheduling", others);
    p->message = reasons_text(&r, cy->all_nodes);
    reasons_release(&r);
}

void preemption_settle(struct preemption *p, struct candidate *candidates, int n)
{
    int64_t now_s = clk_s();
    p->waits = false;
    p->candidates = candidates;
    p->ncandidates = n;
    p->declined = n == 0;
    for (int i = 0; i < n; i++) measure(&candidates[i], now_s);
    if (n)
        choose_candidate(p);
    else
        p->message = STR("no candidate node for preemption");
}

static bool extenders_wait(const struct cycle *cy)
{
    const struct extenders *all = cy->profile->extenders;
    for (int i = 0; all && i < all->n; i++)
        if (extender_wants(&all->v[i], EXTENDER_PREEMPT, cy->pod)) return true;
    return false;
}

struct preemption *preemption_find(struct cycle *cy, const struct preemption_args *a)
{
    struct preemption *p = ARENA_NEW(&cy->arena, struct preemption);
    struct search s = {.cy = cy, .out = p, .now_s = clk_s()};
    int running = cy->running;
    p->chosen = -1;
    p->refused = not_eligible(cy);
    if (p->refused) {
        p->message = str_of(p->refused);
        return p;
    }
    find_candidates(&s, a);
    cy->running = running;
    p->waits = p->ncandidates && extenders_wait(cy);
    if (p->waits) return p;
    if (p->ncandidates)
        choose_candidate(p);
    else if (!tell_failures(cy, p))
        tell_reasons(cy, p);
    return p;
}
