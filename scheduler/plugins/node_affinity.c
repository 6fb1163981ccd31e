/* node_affinity.c - spec.nodeSelector and node affinity, required and preferred, and what a profile adds
 * (plugins/nodeaffinity/node_affinity.go). */
#include "scheduler/details.h"

#include <stdlib.h>

struct added { /* NodeAffinityArgs.addedAffinity */
    struct keep keep;
    bool has_required;
    struct node_terms required, preferred;
};

static void *affinity_configure(const struct json *args, struct err *e)
{
    (void)e;
    const struct json *more = obj_get(args, ".addedAffinity");
    if (!more) return NULL;
    struct added *added = xcalloc(1, sizeof *added);
    const struct json *required = obj_get(more, ".requiredDuringSchedulingIgnoredDuringExecution");
    added->has_required = json_is(required, JSON_OBJ);
    node_terms_read(&added->required, &added->keep, obj_get(required, ".nodeSelectorTerms"));
    node_terms_read(&added->preferred, &added->keep, obj_get(more, ".preferredDuringSchedulingIgnoredDuringExecution"));
    return added;
}

static void affinity_unconfigure(void *args)
{
    struct added *added = args;
    if (!added) return;
    keep_release(&added->keep);
    free(added);
}

/* ---- Filter ---- */

static bool is_value(const struct requirement *r, const struct sym *name)
{
    for (int i = 0; i < r->n; i++)
        if (r->values[i] == name) return true;
    return false;
}

/* Adds the nodes that a term names by metadata.name In; false: it names none in particular. Several such lists of one
 * term all hold. */
static bool names_of(const struct node_term *t, const struct sym **out, int *n)
{
    const struct requirement *first = NULL;
    for (int i = 0; i < t->fields.n && !first; i++)
        if (t->fields.v[i].op == SELECT_IN) first = &t->fields.v[i];
    for (int k = 0; first && k < first->n; k++) {
        bool in_all = true;
        for (int i = 0; i < t->fields.n; i++)
            in_all = in_all && (t->fields.v[i].op != SELECT_IN || is_value(&t->fields.v[i], first->values[k]));
        if (in_all) out[(*n)++] = first->values[k];
    }
    return first != NULL;
}

static int values_of(const struct node_terms *terms)
{
    int n = 0;
    for (int i = 0; i < terms->n; i++)
        for (int k = 0; k < terms->v[i].fields.n; k++) n += terms->v[i].fields.v[k].n;
    return n;
}

/* Terms that all name nodes leave these alone: a DaemonSet's pod costs one node, not the cluster. */
static enum verdict affinity_prefilter(struct cycle *cy, void **state)
{
    (void)state;
    const struct pod_info *p = cycle_pod(cy);
    const struct added *added = cycle_args(cy);
    if (!p->node_selector.n && !p->has_required_nodes && !(added && added->has_required)) return V_SKIP;
    if (!p->required_nodes.n) return V_OK;
    const struct sym **names = ARENA_ARRAY(cycle_arena(cy), const struct sym *, values_of(&p->required_nodes));
    int n = 0;
    for (int i = 0; i < p->required_nodes.n; i++)
        if (!names_of(&p->required_nodes.v[i], names, &n)) return V_OK;
    if (!n) {
        cycle_why(cy, "pod affinity terms conflict");
        return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    }
    cycle_only(cy, names, n);
    return V_OK;
}

static bool added_fits(const struct added *added, const struct node_info *n)
{
    return !added || !added->has_required || node_terms_fit(&added->required, n->name, &n->labels);
}

static enum verdict affinity_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct added *added = cycle_args(cy);
    const struct pod_info *p = cycle_pod(cy);
    if (!added_fits(added, n)) {
        cycle_why(cy, "node(s) didn't match scheduler-enforced node affinity");
        detail_terms(cy, &added->required, n);
    } else if (!pod_likes_node(p, n)) {
        cycle_why(cy, "node(s) didn't match Pod's node affinity/selector");
        detail_selector(cy, &p->node_selector, n);
        if (p->has_required_nodes && selector_matches(&p->node_selector, &n->labels))
            detail_terms(cy, &p->required_nodes, n);
    } else {
        return V_OK;
    }
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

/* ---- Score ---- */

static enum verdict affinity_prescore(struct cycle *cy, void **state, const struct node_info *const *nodes, int n)
{
    (void)state, (void)nodes, (void)n;
    const struct added *added = cycle_args(cy);
    return cycle_pod(cy)->preferred_nodes.n || (added && added->preferred.n) ? V_OK : V_SKIP;
}

static int64_t weights(const struct node_terms *terms, const struct node_info *n)
{
    int64_t sum = 0;
    for (int i = 0; i < terms->n; i++)
        if (terms->v[i].weight && node_term_fits(&terms->v[i], n->name, &n->labels)) sum += terms->v[i].weight;
    return sum;
}

/* Raw score: the weights of the preferred terms that match. */
static int64_t affinity_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct added *added = cycle_args(cy);
    return weights(&cycle_pod(cy)->preferred_nodes, n) + (added ? weights(&added->preferred, n) : 0);
}

static void affinity_normalize(struct cycle *cy, const void *state, const struct node_info *const *nodes,
                               int64_t *scores, int n)
{
    (void)cy, (void)state, (void)nodes;
    normalize_default(scores, n, false);
}

/* A node that the pod did not like and likes now. That only the profile's own affinity liked it less before counts for
 * nothing, as upstream. */
static bool affinity_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    if (!added_fits(args, e->node) || !pod_likes_node(p, e->node)) return false;
    return !e->was || !pod_likes_node(p, e->was);
}

const struct sched_plugin plugin_node_affinity = {
    .name = "NodeAffinity",
    .source = "scheduler/plugins/node_affinity.c",
    .configure = affinity_configure,
    .unconfigure = affinity_unconfigure,
    .prefilter = affinity_prefilter,
    .filter = affinity_filter,
    .prescore = affinity_prescore,
    .score = affinity_score,
    .normalize = affinity_normalize,
    .weight = 2,
    .retry_on = EV_NODE_ADD | EV_NODE_LABEL,
    .hint = affinity_hint,
};
