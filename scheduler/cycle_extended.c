/* cycle_extended.c - the parts of a cycle that go by what extenders said: nodes are looked at again, for the cache has
 * moved on meanwhile, and points are added (extending.h asks; upstream: schedule_one.go).
 * Reads: what was said, the node cache under its lock.   Writes: the cycle. */
#include "scheduler/cycle_priv.h"

/* ---- Filter ---- */

static void refuse_extended(struct cycle *cy, const struct node_info *n, const struct extended_node *said)
{
    struct node_verdict *to = &cy->verdicts[cy->evaluated++];
    cy->now = (struct why){.verdict = said->verdict, .plugin = said->by};
    if (said->why)
        cycle_why(cy, said->why);
    else
        cy->silent++, cy->now.detail = "no reason was given";
    *to = (struct node_verdict){n->index, said->verdict, said->by, cycle_keep_refusal(cy)};
}

/* What nodes lack is told in their order, which holds no longer. */
static void forget_amounts(struct cycle *cy)
{
    for (int i = 0; i < cy->nwhys; i++)
        for (int k = 0; k < cy->whys[i].n; k++) cy->whys[i].lacking[k] = -1;
    cy->nlacks = 0;
}

/* Verdicts on nodes of the table `then`: refusals stay, what fitted is looked at again, unless extenders took it out,
 * and nodes that are gone drop out. */
void cycle_filter_again(struct cycle *cy, const struct node_table *then)
{
    int n = cy->evaluated, place = 0;
    bool same = then->id == cy->table->id, moved = false;
    cy->asked_as = ARENA_ARRAY(&cy->arena, int, cy->feasible);
    cy->evaluated = cy->feasible = 0;
    for (int i = 0; i < n && !cy->error; i++) {
        struct node_verdict was = cy->verdicts[i];
        const struct extended_node *said = was.verdict == V_OK ? &cy->extended->nodes[place++] : NULL;
        const struct node_info *now =
            same ? cy->nodes[was.node] : cache_node(cy->cache, sym_str(then->names[was.node]));
        int fits = cy->feasible;
        if (!now) {
            moved = true;
        } else if (!said) {
            was.node = now->index;
            cy->verdicts[cy->evaluated++] = was;
        } else if (!said->passed) {
            refuse_extended(cy, now, said);
        } else {
            cycle_look_at(cy, now);
            moved = moved || cy->feasible == fits;
            if (cy->feasible > fits) cy->asked_as[fits] = place - 1;
        }
    }
    if (moved) forget_amounts(cy);
}

/* ---- Points ---- */

/* What extenders gave, as they gave it and on the scale of plugins. Hostile numbers wrap, as Go's do. */
void cycle_add_points(struct cycle *cy)
{
    const struct extended *said = cy->extended;
    size_t n = (size_t)cy->feasible;
    for (int x = 0; x < cy->profile->extenders->n; x++) {
        if (!said->points[x]) continue;
        struct score_column *c = &cy->columns[cy->ncolumns++];
        c->plugin = EXTENDER_FIRST + x;
        c->weight = cy->profile->extenders->v[x].weight;
        c->raw = ARENA_ARRAY(&cy->arena, int64_t, n);
        c->normalized = ARENA_ARRAY(&cy->arena, int64_t, n);
        for (size_t i = 0; i < n; i++) {
            c->raw[i] = said->points[x][cy->asked_as[i]];
            c->normalized[i] = wrap_mul(c->raw[i], EXTENDER_SCALE);
            cy->totals[i] = wrap_add(cy->totals[i], wrap_mul(c->normalized[i], c->weight));
        }
    }
}

/* A node as an extender returns it: without the pods on it, and without what is known of its images. Upstream scores
 * such nodes as it got them. */
const struct node_info *cycle_bare(struct cycle *cy, const struct node_info *n)
{
    struct node_info *bare = arena_memdup(&cy->arena, n, sizeof *n);
    bare->pods = NULL;
    bare->npods = bare->cap = bare->with_affinity = bare->with_anti = bare->with_ports = bare->nimages = 0;
    bare->used = (struct amounts){0};
    bare->non_zero = (struct non_zero){0};
    return bare;
}
