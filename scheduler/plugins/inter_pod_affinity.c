/* inter_pod_affinity.c - pods that want to be, or must not be, where certain other pods are: what the pod itself says,
 * and what pods on nodes say of it (plugins/interpodaffinity/filtering.go, scoring.go, plugin.go).
 * Reads: the census, Namespaces.   Writes: the cycle's state. */
#include "scheduler/framework.h"
#include "scheduler/tally.h"

#include <stdlib.h>

static const struct labels no_labels; /* the pod's own terms name their namespaces one by one */

/* ---- Arguments ---- */

struct affinity_args {
    int hard_weight;      /* of required terms of pods on nodes, when a pod that matches them is placed */
    bool ignore_existing; /* preferences of pods on nodes count for nothing, unless the pod has some itself */
};

static void *affinity_configure(const struct json *from, struct err *e)
{
    int64_t weight = obj_int(from, ".hardPodAffinityWeight", 1);
    if (weight < 0 || weight > 100) {
        err_set(e, ERR_USAGE, "hardPodAffinityWeight: Invalid value: %lld: not in valid range [0, 100]",
                (long long)weight);
        return NULL;
    }
    struct affinity_args *args = xcalloc(1, sizeof *args);
    args->hard_weight = (int)weight;
    args->ignore_existing = obj_bool(from, ".ignorePreferredTermsOfExistingPods", false);
    return args;
}

/* ---- Numbers by topology key ---- */

struct of_key {
    struct domains domains;
    struct tally tally;
};

struct by_key { /* of keys that some node has; one each */
    struct of_key *v;
    int n, cap;
};

static struct of_key *find_key(struct cycle *cy, struct by_key *l, const struct sym *key)
{
    struct arena *a = cycle_arena(cy);
    for (int i = 0; i < l->n; i++)
        if (l->v[i].domains.key == key) return &l->v[i];
    if (l->n == l->cap) {
        l->cap = 2 * l->cap + 2;
        struct of_key *v = ARENA_ARRAY(a, struct of_key, l->cap);
        if (l->n) memcpy(v, l->v, (size_t)l->n * sizeof *v);
        l->v = v;
    }
    struct of_key *k = &l->v[l->n++];
    census_domains(cache_census(cycle_cache(cy)), key, a, &k->domains);
    tally_open(&k->tally, a, k->domains.n, 0);
    return k;
}

static void close_all(struct by_key *l)
{
    for (int i = 0; i < l->n; i++) tally_close(&l->v[i].tally);
}

static int64_t sum_of(const struct by_key *l)
{
    int64_t sum = 0;
    for (int i = 0; i < l->n; i++) sum += l->v[i].tally.sum;
    return sum;
}

static void copy_all(struct cycle *cy, struct by_key *to, const struct by_key *from)
{
    struct arena *a = cycle_arena(cy);
    *to = *from;
    to->cap = from->n;
    to->v = from->n ? arena_memdup(a, from->v, (size_t)from->n * sizeof *from->v) : NULL;
    for (int i = 0; i < to->n; i++) tally_copy(&to->v[i].tally, a, &from->v[i].tally);
}

/* Is there any pod in a domain of the node? */
static bool holds_any(const struct by_key *l, const struct node_info *n)
{
    for (int i = 0; i < l->n; i++) {
        int domain = domain_of(&l->v[i].domains, n);
        if (domain >= 0 && tally_get(&l->v[i].tally, domain) > 0) return true;
    }
    return false;
}

static void change_key(struct cycle *cy, struct by_key *l, const struct sym *key, const struct node_info *n, int by)
{
    if (!census_has_key(cache_census(cycle_cache(cy)), key)) return;
    struct of_key *k = find_key(cy, l, key);
    int domain = domain_of(&k->domains, n);
    if (domain >= 0) tally_change(&k->tally, cycle_arena(cy), domain, by);
}

/* ---- Terms ---- */

/* A selector of namespaces becomes the names of those that match. One that nothing is enough for (NotIn, DoesNotExist)
 * has all namespaces, whatever their labels: upstream keeps it beside the names, and asks it of no labels. */
static void name_namespaces(struct cycle *cy, struct affinity_term *t)
{
    struct objs all AUTO_OBJS = {0};
    if (t->namespace_labels.nothing) return;
    if (selector_matches(&t->namespace_labels, &no_labels)) {
        t->namespace_labels = (struct selector){0};
        return;
    }
    listers_all(cycle_listers(cy), LIST_NAMESPACE, STR_NULL, &all);
    const struct sym **names = ARENA_ARRAY(cycle_arena(cy), const struct sym *, (size_t)t->nnamespaces + all.count);
    int n = t->nnamespaces;
    if (n) memcpy(names, t->namespaces, (size_t)n * sizeof *names);
    for (size_t i = 0; i < all.count; i++)
        if (selector_matches_map(&t->namespace_labels, all.items[i]->labels))
            names[n++] = keep_sym(cycle_keep(cy), all.items[i]->name);
    t->namespaces = names;
    t->nnamespaces = n;
    t->namespace_labels = (struct selector){.nothing = true};
}

static struct affinity_terms named(struct cycle *cy, const struct affinity_terms *terms)
{
    size_t bytes = (size_t)terms->n * sizeof *terms->v;
    struct affinity_term *v = terms->n ? arena_memdup(cycle_arena(cy), terms->v, bytes) : NULL;
    for (int i = 0; i < terms->n; i++) name_namespaces(cy, &v[i]);
    return (struct affinity_terms){.v = v, .n = terms->n};
}

static bool matches_all(const struct affinity_terms *terms, const struct pod_info *p)
{
    const struct selection s = {.terms = terms->v, .n = terms->n};
    return terms->n && selection_has(&s, p, &no_labels);
}

/* ---- Counting ---- */

/* The pods that a selection has are counted by domains of a key, each with a weight. */
struct wanted {
    struct selection what;
    int key; /* in the list */
    int64_t weight;
};

struct wanteds {
    struct wanted *v;
    int n, terms; /* terms: of all */
};

static void want(struct cycle *cy, struct wanteds *w, struct by_key *l, struct selection what, const struct sym *key,
                 int64_t weight)
{
    if (!census_has_key(cache_census(cycle_cache(cy)), key)) return;
    int at = (int)(find_key(cy, l, key) - l->v);
    w->v[w->n++] = (struct wanted){what, at, weight};
    w->terms += what.n;
}

/* Of a pod with so many terms that none is worth keeping: each pod on a node is looked at once. */
static bool walk(struct cycle *cy, const struct wanteds *w, struct by_key *l)
{
    int nnodes;
    struct node_info *const *nodes = cycle_nodes(cy, &nnodes);
    bool found = false;
    for (int i = 0; i < nnodes; i++) {
        for (int p = 0; p < nodes[i]->npods; p++) {
            for (int k = 0; k < w->n; k++) {
                struct of_key *to = &l->v[w->v[k].key];
                int domain = domain_of(&to->domains, nodes[i]);
                if (domain < 0 || !selection_has(&w->v[k].what, nodes[i]->pods[p], &no_labels)) continue;
                to->tally.of[domain] += w->v[k].weight;
                found = true;
            }
        }
    }
    return found;
}

/* False: there was nothing to count. */
static bool count_wanted(struct cycle *cy, const struct wanteds *w, struct by_key *l)
{
    bool found = false;
    if (w->terms > TERMS_KEPT) return walk(cy, w, l);
    for (int i = 0; i < w->n; i++) {
        struct of_key *to = &l->v[w->v[i].key];
        const int32_t *pods = census_pods(cache_census(cycle_cache(cy)), &w->v[i].what);
        if (tally_fold(&to->tally, &to->domains, pods, w->v[i].weight)) found = true;
    }
    return found;
}

/* Each term for itself, by its own key. */
static bool count_each(struct cycle *cy, const struct affinity_terms *terms, int sign, struct by_key *l)
{
    struct wanteds w = {.v = ARENA_ARRAY(cycle_arena(cy), struct wanted, terms->n)};
    for (int i = 0; i < terms->n; i++) {
        const struct affinity_term *t = &terms->v[i];
        want(cy, &w, l, (struct selection){.terms = t, .n = 1}, t->key, t->weight ? sign * t->weight : sign);
    }
    return count_wanted(cy, &w, l);
}

/* What pods on nodes ask of such a pod as this one. weight 0: that of the terms. */
static bool count_rules(struct cycle *cy, enum rule_kind kind, int64_t weight, int sign, struct by_key *l)
{
    const struct census *census = cache_census(cycle_cache(cy));
    const struct pod_info *p = cycle_pod(cy);
    const struct labels *of_namespace = cycle_namespace(cy, p->ns);
    bool found = false;
    for (RULES_EACH(rule, census_rules(census, kind))) {
        const struct affinity_term *t = rule->term;
        if (!affinity_term_matches(t, p, of_namespace) || !census_has_key(census, t->key)) continue;
        struct of_key *to = find_key(cy, l, t->key);
        for (BAG_EACH(e, &rule->nodes)) {
            int domain = e->n ? domain_at(&to->domains, (int)e->key - 1) : -1;
            if (domain < 0) continue;
            to->tally.of[domain] += e->n * sign * (weight ? weight : t->weight);
            found = true;
        }
    }
    return found;
}

/* ---- Filter ---- */

struct affinities {
    struct affinity_terms affinity, anti; /* of the pod, with names of namespaces */
    bool hopeless;                        /* no node has one of the keys of affinity */
    struct by_key wanted;                 /* pods that match all terms of affinity */
    struct by_key unwanted;               /* pods that match terms of anti-affinity */
    struct by_key unwelcome;              /* pods that do not want this one near */
};

static void count_affinity(struct cycle *cy, struct affinities *s)
{
    const struct selection all = {.terms = s->affinity.v, .n = s->affinity.n};
    struct wanteds w = {.v = ARENA_ARRAY(cycle_arena(cy), struct wanted, s->affinity.n)};
    for (int i = 0; i < s->affinity.n; i++) {
        const struct sym *key = s->affinity.v[i].key;
        int before = s->wanted.n;
        s->hopeless = s->hopeless || !census_has_key(cache_census(cycle_cache(cy)), key);
        if (s->hopeless) return;
        (void)find_key(cy, &s->wanted, key);
        if (s->wanted.n > before) want(cy, &w, &s->wanted, all, key, 1);
    }
    (void)count_wanted(cy, &w, &s->wanted);
}

static enum verdict affinity_prefilter(struct cycle *cy, void **state)
{
    const struct pod_info *p = cycle_pod(cy);
    struct affinities *s = ARENA_NEW(cycle_arena(cy), struct affinities);
    bool unwelcome = count_rules(cy, RULE_ANTI, 1, 1, &s->unwelcome);
    if (!unwelcome && !p->affinity.n && !p->anti_affinity.n) return V_SKIP;
    s->affinity = named(cy, &p->affinity);
    s->anti = named(cy, &p->anti_affinity);
    count_affinity(cy, s);
    (void)count_each(cy, &s->anti, 1, &s->unwanted);
    close_all(&s->wanted);
    close_all(&s->unwanted);
    close_all(&s->unwelcome);
    *state = s;
    return V_OK;
}

/* A pod on a node matches all terms, in the node's domain of each key. The first pod of a group, that waits for its own
 * kind, may go to any node with the labels. */
static bool affinity_fits(struct cycle *cy, const struct affinities *s, const struct node_info *n)
{
    bool found = true;
    if (s->hopeless) return false;
    for (int i = 0; i < s->wanted.n; i++) {
        int domain = domain_of(&s->wanted.v[i].domains, n);
        if (domain < 0) return false;
        if (tally_get(&s->wanted.v[i].tally, domain) <= 0) found = false;
    }
    return found || (sum_of(&s->wanted) == 0 && matches_all(&s->affinity, cycle_pod(cy)));
}

static enum verdict affinity_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    const struct affinities *s = state;
    if (!affinity_fits(cy, s, n)) {
        cycle_why(cy, "node(s) didn't match pod affinity rules");
        return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    }
    const char *why = holds_any(&s->unwanted, n)    ? "node(s) didn't match pod anti-affinity rules"
                      : holds_any(&s->unwelcome, n) ? "node(s) didn't satisfy existing pods anti-affinity rules"
                                                    : NULL;
    if (!why) return V_OK;
    cycle_why(cy, why);
    return V_UNSCHEDULABLE;
}

static void *affinity_clone(struct cycle *cy, const void *state)
{
    const struct affinities *s = state;
    struct affinities *copy = arena_memdup(cycle_arena(cy), s, sizeof *s);
    copy_all(cy, &copy->wanted, &s->wanted);
    copy_all(cy, &copy->unwanted, &s->unwanted);
    copy_all(cy, &copy->unwelcome, &s->unwelcome);
    return copy;
}

static void change(struct cycle *cy, struct affinities *s, const struct pod_info *p, const struct node_info *n, int by)
{
    const struct labels *of_namespace = cycle_namespace(cy, cycle_pod(cy)->ns);
    for (int i = 0; i < p->anti_affinity.n; i++) {
        const struct affinity_term *t = &p->anti_affinity.v[i];
        if (affinity_term_matches(t, cycle_pod(cy), of_namespace)) change_key(cy, &s->unwelcome, t->key, n, by);
    }
    if (matches_all(&s->affinity, p))
        for (int i = 0; i < s->wanted.n; i++) change_key(cy, &s->wanted, s->wanted.v[i].domains.key, n, by);
    for (int i = 0; i < s->anti.n; i++) {
        const struct affinity_term *t = &s->anti.v[i];
        if (affinity_term_matches(t, p, &no_labels)) change_key(cy, &s->unwanted, t->key, n, by);
    }
}

static void affinity_add(struct cycle *cy, void *state, const struct pod_info *p, const struct node_info *n)
{
    change(cy, state, p, n, 1);
}

static void affinity_remove(struct cycle *cy, void *state, const struct pod_info *p, const struct node_info *n)
{
    change(cy, state, p, n, -1);
}

/* ---- Score ---- */

static enum verdict affinity_prescore(struct cycle *cy, void **state, const struct node_info *const *nodes, int n)
{
    (void)nodes, (void)n;
    const struct pod_info *p = cycle_pod(cy);
    const struct affinity_args *args = cycle_args(cy);
    const struct affinity_terms with = named(cy, &p->preferred_affinity),
                                without = named(cy, &p->preferred_anti_affinity);
    if (args->ignore_existing && !with.n && !without.n) return V_SKIP;
    struct by_key *points = ARENA_NEW(cycle_arena(cy), struct by_key);
    bool found = count_each(cy, &with, 1, points);
    if (count_each(cy, &without, -1, points)) found = true;
    if (args->hard_weight && count_rules(cy, RULE_AFFINITY, args->hard_weight, 1, points)) found = true;
    if (count_rules(cy, RULE_PREFERRED, 0, 1, points)) found = true;
    if (count_rules(cy, RULE_PREFERRED_ANTI, 0, -1, points)) found = true;
    *state = points;
    return found ? V_OK : V_SKIP;
}

/* Raw score: the points of the node's domains; below zero where other pods are not wanted. */
static int64_t affinity_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)cy;
    const struct by_key *points = state;
    int64_t score = 0;
    for (int i = 0; i < points->n; i++) {
        int domain = domain_of(&points->v[i].domains, n);
        if (domain >= 0) score += tally_get(&points->v[i].tally, domain);
    }
    return score;
}

static void affinity_normalize(struct cycle *cy, const void *state, const struct node_info *const *nodes,
                               int64_t *scores, int n)
{
    (void)cy, (void)state, (void)nodes;
    int64_t min = INT64_MAX, max = INT64_MIN;
    for (int i = 0; i < n; i++) {
        min = MIN(min, scores[i]);
        max = MAX(max, scores[i]);
    }
    for (int i = 0; i < n; i++)
        scores[i] = max > min ? (int64_t)(100.0 * ((double)(scores[i] - min) / (double)(max - min))) : 0;
}

/* ---- Hints ---- */

/* Where the pod may gain: a node got the key of a term, or another value of it; without key it is free of anti. */
static bool key_may_help(const struct affinity_term *t, const struct sched_event *e, bool anti)
{
    const struct sym *was = e->was ? labels_get(&e->was->labels, t->key) : NULL;
    const struct sym *now = labels_get(&e->node->labels, t->key);
    if (!e->was) return anti || now;
    return was != now && (anti ? was != NULL : now != NULL);
}

static bool node_may_help(const struct pod_info *p, const struct sched_event *e)
{
    for (int i = 0; i < p->affinity.n; i++)
        if (key_may_help(&p->affinity.v[i], e, false)) return true;
    for (int i = 0; i < p->anti_affinity.n; i++)
        if (key_may_help(&p->anti_affinity.v[i], e, true)) return true;
    return false;
}

static bool is_unplaced(const struct pod_info *p) { return p && !p->node && !p->nominated_node; }

static bool pod_may_help(const struct pod_info *p, const struct pod_info *was, const struct pod_info *now)
{
    if (is_unplaced(was) || is_unplaced(now)) return false;
    if (now && matches_all(&p->affinity, now) && !(was && matches_all(&p->affinity, was))) return true;
    if (!was) return false;
    if (matches_all(&p->anti_affinity, was) && !(now && matches_all(&p->anti_affinity, now))) return true;
    return !now && matches_all(&was->anti_affinity, p);
}

static bool affinity_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args;
    if (e->node) return node_may_help(p, e);
    if (e->what == EV_SELF && !(e->self & SELF_LABELS)) return false;
    if (self_changed(e, p, SELF_LABELS)) return true; /* others may not mind the new ones */
    return e->pod_was || e->pod ? pod_may_help(p, e->pod_was, e->pod) : true;
}

const struct sched_plugin plugin_inter_pod_affinity = {
    .name = "InterPodAffinity",
    .source = "scheduler/plugins/inter_pod_affinity.c",
    .configure = affinity_configure,
    .unconfigure = free,
    .prefilter = affinity_prefilter,
    .clone = affinity_clone,
    .add_pod = affinity_add,
    .remove_pod = affinity_remove,
    .filter = affinity_filter,
    .prescore = affinity_prescore,
    .score = affinity_score,
    .normalize = affinity_normalize,
    .weight = 2,
    .retry_on = EV_NODE_ADD | EV_NODE_LABEL | EV_POD_ADD | EV_POD_LABEL | EV_POD_DELETE | EV_SELF,
    .hint = affinity_hint,
};
