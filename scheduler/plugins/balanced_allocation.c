/* balanced_allocation.c - prefers nodes whose resources would be used in like proportion, and pods there that make it
 * so (plugins/noderesources/balanced_allocation.go, as of 1.36). */
#include "scheduler/args.h"
#include "scheduler/framework.h"
#include "scheduler/plugins/scored.h"

#include "api/quote.h"
#include "base/map.h"

#include <math.h>
#include <stdlib.h>

struct balanced { /* NodeResourcesBalancedAllocationArgs; their weights are all 1 */
    struct arena arena;
    struct scored_list scored;
};

/* ---- Arguments ---- */

static void check_resource(struct args_check *c, struct map *seen, const struct json *r, int at)
{
    long long weight = obj_int(r, ".weight", 0);
    if (map_has(seen, obj_str(r, ".name"))) {
        struct buf quoted AUTO_BUF = {0};
        buf_init(&quoted, ERR_TEXT_MAX);
        quote_go(&quoted, obj_str(r, ".name"));
        args_say(c, "resources[%d].name: Duplicate value: %.*s", at, STR_ARG(buf_view(&quoted)));
    }
    map_set(seen, obj_str(r, ".name"), NULL);
    if (weight != 0 && weight != 1) args_say(c, "resources[%d].weight: Invalid value: %lld: must be 1", at, weight);
}

static void *balanced_configure(const struct json *args, struct err *e)
{
    struct args_check c;
    struct map seen = {0};
    int i = 0;
    if (!args) return NULL;
    args_begin(&c);
    for (OBJ_EACH(r, args, ".resources")) check_resource(&c, &seen, r, i++);
    map_release(&seen, NULL);
    if (!args_end(&c, e)) return NULL;
    struct balanced *to = xcalloc(1, sizeof *to);
    scored_read(&to->scored, &to->arena, obj_get(args, ".resources"));
    if (!scored_is_default(&to->scored)) return to;
    arena_release(&to->arena);
    free(to);
    return NULL;
}

static void balanced_unconfigure(void *args)
{
    struct balanced *b = args;
    if (!b) return;
    arena_release(&b->arena);
    free(b);
}

/* ---- Score ---- */

/* A pod that asks for none of them is left alone: it would make every node as good as it is. */
static enum verdict balanced_prescore(struct cycle *cy, void **state, const struct node_info *const *nodes, int n)
{
    (void)state, (void)nodes, (void)n;
    const struct balanced *args = cycle_args(cy);
    const struct pod_info *p = cycle_pod(cy);
    if (!args) return p->request.basic[RES_CPU] || p->request.basic[RES_MEMORY] ? V_OK : V_SKIP;
    for (int i = 0; i < args->scored.n; i++)
        if (scored_wanted(&args->scored.v[i], p, false)) return V_OK;
    return V_SKIP;
}

/* At most 1; far below 0 where sums wrapped around. */
static double fraction(int64_t asked, int64_t total)
{
    double f = (double)asked / (double)total;
    return f > 1 ? 1 : f;
}

/* 1 less the standard deviation, in percent. */
static int64_t points(double deviation)
{
    double percent = (1 - deviation) * 100;
    return percent < -1e18 ? INT64_MIN / 4 : (int64_t)percent;
}

/* With two resources the standard deviation of their used fractions is half their distance. */
static int64_t balance_of_two(const struct amounts *total, int64_t cpu, int64_t memory)
{
    if (total->basic[RES_CPU] <= 0 || total->basic[RES_MEMORY] <= 0) return points(0);
    double f = fraction(cpu, total->basic[RES_CPU]), g = fraction(memory, total->basic[RES_MEMORY]);
    return points(fabs((f - g) / 2));
}

/* The next resource that counts on the node, from *i on. */
static bool next_fraction(const struct balanced *args, const struct pod_info *p, const struct node_info *n, bool with,
                          int *i, double *f)
{
    struct load l;
    while (*i < args->scored.n) {
        if (!scored_load(&args->scored.v[(*i)++], p, n, false, &l)) continue;
        *f = fraction(with ? l.with : l.without, l.total);
        return true;
    }
    return false;
}

static int64_t balance(const struct balanced *args, const struct pod_info *p, const struct node_info *n, bool with)
{
    double f, sum = 0, squares = 0, distance = 0;
    int count = 0;
    for (int i = 0; next_fraction(args, p, n, with, &i, &f); count++) {
        sum += f;
        distance = f - distance; /* the second's less the first's, when there are two */
    }
    if (count < 2) return points(0);
    if (count == 2) return points(fabs(distance / 2));
    for (int i = 0; next_fraction(args, p, n, with, &i, &f);) squares += (f - sum / count) * (f - sum / count);
    return points(sqrt(squares / count));
}

/* 75 where the pod changes nothing, up to 100 where it makes the node more even, down to 50 where less. */
static int64_t balanced_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct balanced *args = cycle_args(cy);
    const struct pod_info *p = cycle_pod(cy);
    int64_t with, without, cpu = n->used.basic[RES_CPU], memory = n->used.basic[RES_MEMORY];
    if (args) {
        with = balance(args, p, n, true);
        without = balance(args, p, n, false);
    } else {
        with = balance_of_two(&n->total, wrap_add(cpu, p->request.basic[RES_CPU]),
                              wrap_add(memory, p->request.basic[RES_MEMORY]));
        without = balance_of_two(&n->total, cpu, memory);
    }
    return 50 + (50 + with - without) / 2;
}

const struct sched_plugin plugin_balanced_allocation = {
    .name = "NodeResourcesBalancedAllocation",
    .source = "scheduler/plugins/balanced_allocation.c",
    .configure = balanced_configure,
    .unconfigure = balanced_unconfigure,
    .prescore = balanced_prescore,
    .score = balanced_score,
    .weight = 1,
};
