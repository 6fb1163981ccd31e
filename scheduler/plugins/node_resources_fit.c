/* node_resources_fit.c - does what the pod asks for fit what the node has left? Scores nodes by how much of what they
 * have is or is not asked for: the more is left the better, unless a profile's strategy says otherwise.
 * Upstream: plugins/noderesources/fit.go, least_allocated.go, most_allocated.go, requested_to_capacity_ratio.go,
 * plugins/helper/shape_score.go. Extended resources that a DeviceClass stands for are not known here: no node has them.
 */
#include "scheduler/framework.h"
#include "scheduler/plugins/fit_args.h"

#include <math.h>

static void *fit_configure(const struct json *args, struct err *e) { return args ? fit_args_read(args, e) : NULL; }

static void fit_unconfigure(void *args) { fit_args_free(args); }

/* ---- Filter ---- */

/* Refuses nothing before it sees a node. */
static enum verdict fit_prefilter(struct cycle *cy, void **state)
{
    (void)cy, (void)state;
    return V_OK;
}

/* One resource: enough of it is left, or it is said what lacks. */
static void look_at(struct cycle *cy, const struct node_info *n, int id, int64_t wanted, bool *hopeless)
{
    int64_t total = amounts_get(&n->total, id), left = wrap_sub(total, amounts_get(&n->used, id));
    if (wanted <= 0 || wanted <= left) return;
    if (id >= RES_FIRST_SCALAR && fit_ignores(cycle_args(cy), id)) return;
    const char *text = res_lacking(id);
    cycle_short(cy, text, text + sizeof "Insufficient", wrap_sub(wanted, left));
    *hopeless = *hopeless || wanted > total;
}

static enum verdict fit_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct amounts *wanted = &cycle_pod(cy)->request;
    bool hopeless = false, full = n->npods + 1 > n->pods_max;
    int lacking = full;
    for (int id = 0; id < RES_FIRST_SCALAR; id++)
        lacking += wanted->basic[id] > wrap_sub(n->total.basic[id], n->used.basic[id]);
    if (!lacking && !wanted->n) return V_OK;
    if (full) cycle_short(cy, "Too many pods", "pods", wrap_sub(n->npods + 1, n->pods_max));
    for (int id = 0; id < RES_FIRST_SCALAR; id++) look_at(cy, n, id, wanted->basic[id], &hopeless);
    for (int i = 0; i < wanted->n; i++) look_at(cy, n, wanted->scalars[i].id, wanted->scalars[i].v, &hopeless);
    if (!cycle_has_why(cy)) return V_OK;
    return hopeless ? V_UNSCHEDULABLE_AND_UNRESOLVABLE : V_UNSCHEDULABLE;
}

/* ---- Score ---- */

/* Scores every time; what it needs of the pod is at hand. */
static enum verdict fit_prescore(struct cycle *cy, void **state, const struct node_info *const *nodes, int n)
{
    (void)cy, (void)state, (void)nodes, (void)n;
    return V_OK;
}

static int64_t least(int64_t total, int64_t asked)
{
    return asked > total ? 0 : wrap_mul(wrap_sub(total, asked), 100) / total;
}

static int64_t most(int64_t total, int64_t asked) { return wrap_mul(MIN(asked, total), 100) / total; }

/* The shape's points, with straight lines between them. */
static int64_t ratio(const struct fit_args *args, int64_t total, int64_t asked)
{
    const struct fit_point *v = args->shape;
    int64_t used = asked > total ? 100 : wrap_mul(asked, 100) / total;
    int i = 0;
    while (i < args->npoints && used > v[i].used) i++;
    if (i == 0) return v[0].score;
    if (i == args->npoints) return v[i - 1].score;
    return v[i - 1].score + (v[i].score - v[i - 1].score) * (used - v[i - 1].used) / (v[i].used - v[i - 1].used);
}

/* The weighted mean over the resources that count; with a shape those that score nothing are left out of it. */
static int64_t score_as(const struct fit_args *args, const struct pod_info *p, const struct node_info *n)
{
    int64_t sum = 0, weights = 0;
    for (int i = 0; i < args->scored.n; i++) {
        const struct scored *r = &args->scored.v[i];
        struct load l;
        int64_t score = 0;
        if (!scored_load(r, p, n, true, &l)) continue;
        switch (args->strategy) {
        case FIT_LEAST: score = least(l.total, l.with); break;
        case FIT_MOST: score = most(l.total, l.with); break;
        case FIT_RATIO: score = ratio(args, l.total, l.with); break;
        }
        if (args->strategy == FIT_RATIO && score <= 0) continue;
        sum += score * r->weight;
        weights += r->weight;
    }
    if (!weights) return 0;
    return args->strategy == FIT_RATIO ? llround((double)sum / (double)weights) : sum / weights;
}

/* Without arguments: the mean of cpu and memory, each (allocatable - requested) * 100 / allocatable; a resource the
 * node has none of is left out. */
static int64_t fit_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct fit_args *args = cycle_args(cy);
    const struct pod_info *p = cycle_pod(cy);
    if (args && !args->plain) return score_as(args, p, n);
    const struct non_zero *wanted = p->scored ? &p->scored->non_zero : &p->non_zero;
    int64_t cpu = n->total.basic[RES_CPU], memory = n->total.basic[RES_MEMORY], sum = 0, weights = 0;
    if (cpu > 0) sum += least(cpu, wrap_add(n->non_zero.cpu, wanted->cpu)), weights++;
    if (memory > 0) sum += least(memory, wrap_add(n->non_zero.memory, wanted->memory)), weights++;
    return weights ? sum / weights : 0;
}

/* ---- Hints ---- */

/* A node on which the pod would fit if it were alone there, and that is new or has more than before of what it asks. */
static bool node_may_help(const struct pod_info *p, const struct node_info *was, const struct node_info *now)
{
    if (now->pods_max < 1 || !amounts_fit(&p->request, &now->total)) return false;
    return !was || now->pods_max > was->pods_max || amounts_grew(&was->total, &now->total, &p->request);
}

static bool fit_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args;
    if (e->node) return node_may_help(p, e->was, e->node);
    if (!e->pod_was || !e->pod || e->what & EV_POD_DELETE) return true;
    if (e->what == EV_SELF) return self_changed(e, p, SELF_SCALE_DOWN);
    return e->pod->node && amounts_grew(&e->pod->request, &e->pod_was->request, &p->request);
}

const struct sched_plugin plugin_node_resources_fit = {
    .name = "NodeResourcesFit",
    .source = "scheduler/plugins/node_resources_fit.c",
    .configure = fit_configure,
    .unconfigure = fit_unconfigure,
    .prefilter = fit_prefilter,
    .filter = fit_filter,
    .prescore = fit_prescore,
    .score = fit_score,
    .weight = 1,
    .retry_on = EV_NODE_ADD | EV_NODE_ALLOCATABLE | EV_POD_DELETE | EV_POD_SCALE_DOWN | EV_SELF,
    .hint = fit_hint,
};
