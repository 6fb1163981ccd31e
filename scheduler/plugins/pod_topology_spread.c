/* pod_topology_spread.c - pods that belong together are spread evenly over the domains of a topology: by the pod's own
 * constraints, or else by default ones over what Services and its controller choose
 * (plugins/podtopologyspread/filtering.go, scoring.go, common.go, plugin.go).
 * Reads: the census, Services and controllers.   Writes: the cycle's state. */
#include "scheduler/default_selector.h"
#include "scheduler/framework.h"
#include "scheduler/plugins/spread_args.h"
#include "scheduler/tally.h"

#include <math.h>

struct constraint {
    const struct spread *rule;
    const struct selector *pods;
    struct domains domains;
    struct tally tally; /* Filter, and Score but for the host name */
    bool self;          /* the pod is one of those it counts */
    /* Of Score. */
    bool hostname;          /* each node for itself */
    const int32_t *pods_of; /* of hostname: by slot; NULL: none */
    double weight;          /* so that few large domains count as much as many small ones */
};

struct spreading {
    struct constraint *v;
    int n;
    bool require_all; /* a node that lacks one of the labels is none of ours */
};

/* ---- Which constraints ---- */

static struct spreading *gather(struct cycle *cy, const struct spread *rules, int n, bool hard,
                                const struct selector *pods)
{
    struct arena *a = cycle_arena(cy);
    struct spreading *s = ARENA_NEW(a, struct spreading);
    s->v = ARENA_ARRAY(a, struct constraint, n);
    for (int i = 0; i < n; i++) {
        if (rules[i].hard != hard) continue;
        struct constraint *c = &s->v[s->n++];
        c->rule = &rules[i];
        c->pods = pods ? pods : &rules[i].pods;
        c->self = selector_matches(c->pods, &cycle_pod(cy)->labels);
        c->hostname = str_eqc(sym_str(c->rule->key), "kubernetes.io/hostname");
        census_domains(cache_census(cycle_cache(cy)), c->rule->key, a, &c->domains);
    }
    return s;
}

static bool any(const struct spread *rules, int n, bool hard)
{
    for (int i = 0; i < n; i++)
        if (rules[i].hard == hard) return true;
    return false;
}

/* NULL: there are none of this kind. */
static struct spreading *constraints_of(struct cycle *cy, bool hard)
{
    const struct pod_info *p = cycle_pod(cy);
    const struct spread_args *args = cycle_args(cy);
    struct spreading *s;
    if (p->nspreads) {
        if (!any(p->spreads, p->nspreads, hard)) return NULL;
        s = gather(cy, p->spreads, p->nspreads, hard, NULL);
    } else {
        struct selector *pods = ARENA_NEW(cycle_arena(cy), struct selector);
        if (!any(args->v, args->n, hard)) return NULL;
        default_selector(pods, cycle_keep(cy), cycle_listers(cy), p);
        if (!pods->n) return NULL;
        s = gather(cy, args->v, args->n, hard, pods);
    }
    s->require_all = p->nspreads || !args->system;
    return s;
}

/* ---- Counting ---- */

/* Pods on each node that a constraint counts, by slot. NULL: none, for an empty selector counts nothing here (but is
 * fulfilled by every pod that comes: see change()). */
static const int32_t *count(struct cycle *cy, const struct constraint *c)
{
    const struct pod_info *p = cycle_pod(cy);
    const struct affinity_term term = {
        .pods = *c->pods, .namespaces = &p->ns, .nnamespaces = 1, .namespace_labels = {.nothing = true}};
    const struct selection s = {.terms = &term, .n = 1, .living = true};
    bool empty = !c->pods->n && !c->pods->nothing;
    return empty ? NULL : census_pods(cache_census(cycle_cache(cy)), &s);
}

static bool has_all(const struct spreading *s, const struct node_info *n)
{
    for (int i = 0; i < s->n; i++)
        if (domain_of(&s->v[i].domains, n) < 0) return false;
    return true;
}

/* nodeAffinityPolicy, nodeTaintsPolicy */
static bool is_included(const struct pod_info *p, const struct spread *rule, const struct node_info *n)
{
    if (rule->honor_affinity && !pod_likes_node(p, n)) return false;
    return !rule->honor_taints || !untolerated(p, n, 1u << EFFECT_NO_SCHEDULE | 1u << EFFECT_NO_EXECUTE);
}

/* Can a node be left out by the policies at all? */
static bool is_choosy(const struct pod_info *p, const struct spread *rule)
{
    return rule->honor_taints || (rule->honor_affinity && (p->node_selector.n || p->has_required_nodes));
}

/* A node without the label is as one with an empty value. (Only the system's constraints let such a node in.) */
static int domain_or_empty(const struct domains *d, int slot)
{
    int domain = domain_at(d, slot);
    return domain < 0 ? d->empty : domain;
}

/* Adds what is on the nodes that count to the domains; one that was TALLY_NONE begins with the first such node when
 * `begins`, else it stays out. */
static void fold(struct cycle *cy, const struct spreading *s, struct constraint *c, bool begins)
{
    const struct census *census = cache_census(cycle_cache(cy));
    const int32_t *pods = count(cy, c);
    bool choosy = is_choosy(cycle_pod(cy), c->rule);
    int slots = census_slots(census);
    for (int slot = 0; slot < slots; slot++) {
        const struct node_info *n = census_node_at(census, slot);
        bool ours = n != NULL;
        for (int i = 0; i < s->n && s->require_all && ours; i++) ours = domain_at(&s->v[i].domains, slot) >= 0;
        if (!ours || (choosy && !is_included(cycle_pod(cy), c->rule, n))) continue;
        int domain = domain_or_empty(&c->domains, slot);
        int64_t *to = domain < 0 ? NULL : &c->tally.of[domain];
        if (!to || (*to == TALLY_NONE && !begins)) continue;
        *to = (*to == TALLY_NONE ? 0 : *to) + (pods ? pods[slot] : 0);
    }
}

/* ---- Filter ---- */

static enum verdict spread_prefilter(struct cycle *cy, void **state)
{
    struct spreading *s = constraints_of(cy, true);
    if (!s) return V_SKIP;
    s->require_all = true;
    for (int i = 0; i < s->n; i++) {
        struct constraint *c = &s->v[i];
        tally_open(&c->tally, cycle_arena(cy), c->domains.n, TALLY_NONE);
        fold(cy, s, c, true);
        tally_close(&c->tally);
    }
    *state = s;
    return V_OK;
}

static enum verdict spread_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    const struct spreading *s = state;
    for (int i = 0; i < s->n; i++) {
        const struct constraint *c = &s->v[i];
        int domain = domain_of(&c->domains, n);
        if (domain < 0) {
            cycle_why(cy, "node(s) didn't match pod topology spread constraints (missing required label)");
            return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
        }
        int64_t least = c->tally.counted < c->rule->min_domains ? 0 : c->tally.least;
        if (tally_get(&c->tally, domain) + c->self - least <= c->rule->max_skew) continue;
        cycle_why(cy, "node(s) didn't match pod topology spread constraints");
        return V_UNSCHEDULABLE;
    }
    return V_OK;
}

static void *spread_clone(struct cycle *cy, const void *state)
{
    const struct spreading *s = state;
    struct arena *a = cycle_arena(cy);
    struct spreading *copy = arena_memdup(a, s, sizeof *s);
    copy->v = arena_memdup(a, s->v, (size_t)s->n * sizeof *s->v);
    for (int i = 0; i < s->n; i++) tally_copy(&copy->v[i].tally, a, &s->v[i].tally);
    return copy;
}

/* As upstream, this asks neither whether the pod is being deleted nor whether the selector is empty. */
static void change(struct cycle *cy, struct spreading *s, const struct pod_info *p, const struct node_info *n, int by)
{
    if (p->ns != cycle_pod(cy)->ns || !has_all(s, n)) return;
    for (int i = 0; i < s->n; i++) {
        struct constraint *c = &s->v[i];
        if (selector_matches(c->pods, &p->labels) && is_included(cycle_pod(cy), c->rule, n))
            tally_change(&c->tally, cycle_arena(cy), domain_of(&c->domains, n), by);
    }
}

static void spread_add(struct cycle *cy, void *state, const struct pod_info *p, const struct node_info *n)
{
    change(cy, state, p, n, 1);
}

static void spread_remove(struct cycle *cy, void *state, const struct pod_info *p, const struct node_info *n)
{
    change(cy, state, p, n, -1);
}

/* ---- Score ---- */

/* Only domains of nodes that fit are looked at. Returns how many there are. */
static int open_domains(struct cycle *cy, const struct spreading *s, struct constraint *c,
                        const struct node_info *const *nodes, int n)
{
    int found = 0;
    bool lacking = false;
    tally_open(&c->tally, cycle_arena(cy), c->domains.n, TALLY_NONE);
    for (int i = 0; i < n; i++) {
        if (s->require_all && !has_all(s, nodes[i])) continue;
        int domain = domain_or_empty(&c->domains, nodes[i]->slot);
        if (domain < 0 && !lacking) {
            lacking = true;
            found++;
        } else if (domain >= 0 && c->tally.of[domain] == TALLY_NONE) {
            c->tally.of[domain] = 0;
            found++;
        }
    }
    return found;
}

static int scored(const struct spreading *s, const struct node_info *const *nodes, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++) count += !s->require_all || has_all(s, nodes[i]);
    return count;
}

static enum verdict spread_prescore(struct cycle *cy, void **state, const struct node_info *const *nodes, int n)
{
    struct spreading *s = constraints_of(cy, false);
    if (!s) return V_SKIP;
    for (int i = 0; i < s->n; i++) {
        struct constraint *c = &s->v[i];
        int domains;
        if (c->hostname) {
            const int32_t *pods = count(cy, c);
            size_t slots = (size_t)census_slots(cache_census(cycle_cache(cy)));
            c->pods_of = pods ? arena_memdup(cycle_arena(cy), pods, slots * sizeof *pods) : NULL;
            domains = scored(s, nodes, n);
        } else {
            domains = open_domains(cy, s, c, nodes, n);
            fold(cy, s, c, false);
        }
        c->weight = log(domains + 2);
    }
    *state = s;
    return V_OK;
}

static int64_t spread_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)cy;
    const struct spreading *s = state;
    double score = 0;
    if (s->require_all && !has_all(s, n)) return 0;
    for (int i = 0; i < s->n; i++) {
        const struct constraint *c = &s->v[i];
        int domain = domain_of(&c->domains, n);
        if (domain < 0) continue;
        int64_t pods = c->hostname ? (c->pods_of && n->npods ? c->pods_of[n->slot] : 0) : tally_get(&c->tally, domain);
        score += (double)pods * c->weight + (c->rule->max_skew - 1);
    }
    return (int64_t)round(score);
}

/* The fewer, the better; nodes without the labels get nothing. */
static void spread_normalize(struct cycle *cy, const void *state, const struct node_info *const *nodes, int64_t *scores,
                             int n)
{
    (void)cy;
    const struct spreading *s = state;
    int64_t min = INT64_MAX, max = 0;
    for (int i = 0; i < n; i++) {
        if (s->require_all && !has_all(s, nodes[i])) continue;
        min = MIN(min, scores[i]);
        max = MAX(max, scores[i]);
    }
    for (int i = 0; i < n; i++) {
        if (s->require_all && !has_all(s, nodes[i]))
            scores[i] = 0;
        else
            scores[i] = max ? 100 * (max + min - scores[i]) / max : 100;
    }
}

/* ---- Hints ---- */

struct hint_rules { /* of a waiting pod; only the hard ones count */
    const struct spread *v;
    int n;
    const struct selector *pods; /* in place of each rule's own; NULL: none */
};

static bool node_has_all(const struct hint_rules *r, const struct node_info *n)
{
    for (int i = 0; n && i < r->n; i++)
        if (r->v[i].hard && !labels_get(&n->labels, r->v[i].key)) return false;
    return n != NULL;
}

static bool node_may_help(const struct hint_rules *r, const struct sched_event *e)
{
    bool had = node_has_all(r, e->was), has = node_has_all(r, e->node);
    if (!e->was || !e->node || had != has) return had || has;
    if (!has) return false;
    for (int i = 0; i < r->n; i++) {
        const struct spread *c = &r->v[i];
        if (c->hard && labels_get(&e->was->labels, c->key) != labels_get(&e->node->labels, c->key)) return true;
    }
    return !taints_equal(e->was, e->node); /* a node that is uncordoned changes none */
}

static bool same_tolerations(const struct pod_info *a, const struct pod_info *b)
{
    if (a->ntolerations != b->ntolerations) return false;
    for (int i = 0; i < a->ntolerations; i++) {
        const struct toleration *x = &a->tolerations[i], *y = &b->tolerations[i];
        if (x->key != y->key || x->value != y->value || x->effect != y->effect) return false;
    }
    return true;
}

static bool is_involved(const struct pod_info *p, const struct pod_info *other)
{
    return !other || str_eq(other->uid, p->uid) || ((other->node || other->nominated_node) && other->ns == p->ns);
}

static bool matches(const struct hint_rules *r, int i, const struct pod_info *p)
{
    return p && r->v[i].hard && selector_matches(r->pods ? r->pods : &r->v[i].pods, &p->labels);
}

static bool pod_may_help(const struct hint_rules *r, const struct pod_info *p, const struct sched_event *e)
{
    const struct pod_info *was = e->pod_was, *now = e->pod;
    bool tolerates_more = was && now && str_eq(now->uid, p->uid) && !same_tolerations(was, now);
    for (int i = 0; i < r->n; i++) {
        if (tolerates_more && r->v[i].hard && r->v[i].honor_taints) return true;
        if (matches(r, i, was) != matches(r, i, now)) return true;
    }
    return false;
}

/* By default constraints: whom they count, the listers say at this moment, and without somebody to count there are
 * none. */
static bool default_hint(const struct spread_args *args, const struct pod_info *p, const struct sched_event *e)
{
    struct keep k = {0};
    struct selector pods;
    if (!e->listers) return true;
    default_selector(&pods, &k, e->listers, p);
    const struct hint_rules r = {args ? args->v : NULL, args && pods.n ? args->n : 0, &pods};
    bool helps = e->was || e->node ? node_may_help(&r, e) : pod_may_help(&r, p, e);
    keep_release(&k);
    return helps;
}

static bool spread_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    const struct hint_rules own = {p->spreads, p->nspreads, NULL};
    bool of_node = e->was || e->node;
    if (e->what == EV_SELF && !(e->self & (SELF_LABELS | SELF_TOLERATIONS))) return false;
    if (!is_involved(p, e->pod_was) || !is_involved(p, e->pod)) return false;
    if (!p->nspreads) return default_hint(args, p, e);
    return of_node ? node_may_help(&own, e) : pod_may_help(&own, p, e);
}

const struct sched_plugin plugin_pod_topology_spread = {
    .name = "PodTopologySpread",
    .source = "scheduler/plugins/pod_topology_spread.c",
    .configure = spread_configure,
    .unconfigure = spread_unconfigure,
    .prefilter = spread_prefilter,
    .clone = spread_clone,
    .add_pod = spread_add,
    .remove_pod = spread_remove,
    .filter = spread_filter,
    .prescore = spread_prescore,
    .score = spread_score,
    .normalize = spread_normalize,
    .weight = 2,
    .retry_on = EV_NODE_ADD | EV_NODE_DELETE | EV_NODE_LABEL | EV_NODE_TAINT | EV_POD_ADD | EV_POD_LABEL |
                EV_POD_DELETE | EV_SELF,
    .hint = spread_hint,
};
