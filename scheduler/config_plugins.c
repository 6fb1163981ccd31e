/* config_plugins.c - upstream's plugins, where each has something to do, and which of them a profile asks where: what
 * is said for all points is spread to those a plugin is of, and what is said for one point counts more. Reads: a
 * profile's draft.   Writes: its plan. Upstream: pkg/scheduler/framework/plugins/registry.go,
 * apis/config/v1/default_plugins.go, framework/runtime/framework.go (NewFramework, expandMultiPointPlugins,
 * getValidScoreWeights). */
#include "scheduler/config_priv.h"

const struct config_point_row config_points[CP_COUNT] = {
    [CP_PRE_FILTER] = {"preFilter", "PreFilterPlugin", POINT_PRE_FILTER},
    [CP_FILTER] = {"filter", "FilterPlugin", POINT_FILTER},
    [CP_POST_FILTER] = {"postFilter", "PostFilterPlugin", POINT_POST_FILTER},
    [CP_RESERVE] = {"reserve", "ReservePlugin", POINT_RESERVE},
    [CP_PRE_SCORE] = {"preScore", "PreScorePlugin", POINT_PRE_SCORE},
    [CP_SCORE] = {"score", "ScorePlugin", POINT_SCORE},
    [CP_PRE_BIND] = {"preBind", "PreBindPlugin", POINT_PRE_BIND},
    [CP_BIND] = {"bind", "BindPlugin", POINT_BIND},
    [CP_POST_BIND] = {"postBind", "PostBindPlugin", POINT_POST_BIND},
    [CP_PERMIT] = {"permit", "PermitPlugin", POINT_PERMIT},
    [CP_PRE_ENQUEUE] = {"preEnqueue", "PreEnqueuePlugin", POINT_PRE_ENQUEUE},
    [CP_QUEUE_SORT] = {"queueSort", "QueueSortPlugin", -1},
    [CP_PLACEMENT_GENERATE] = {"placementGenerate", "PlacementGeneratePlugin", -1},
    [CP_PLACEMENT_SCORE] = {"placementScore", "PlacementScorePlugin", -1},
};

enum {
    ENQUEUE = 1 << CP_PRE_ENQUEUE,
    SORT = 1 << CP_QUEUE_SORT,
    PREFILTER = 1 << CP_PRE_FILTER,
    FILTER = 1 << CP_FILTER,
    POSTFILTER = 1 << CP_POST_FILTER,
    PRESCORE = 1 << CP_PRE_SCORE,
    SCORE = 1 << CP_SCORE,
    RESERVE = 1 << CP_RESERVE,
    PERMIT = 1 << CP_PERMIT,
    PREBIND = 1 << CP_PRE_BIND,
    BIND = 1 << CP_BIND,
    PLACES = 1 << CP_PLACEMENT_GENERATE,
    PLACE_SCORE = 1 << CP_PLACEMENT_SCORE,
    BOTH_FILTERS = PREFILTER | FILTER,
    BOTH_SCORES = PRESCORE | SCORE,
};

const struct config_plugin_row config_plugin_rows[] = {
    {"SchedulingGates", ENQUEUE, 0, true},
    {"PrioritySort", SORT, 0, true},
    {"NodeUnschedulable", FILTER, 0, true},
    {"NodeName", FILTER, 0, true},
    {"TaintToleration", FILTER | BOTH_SCORES, 3, true},
    {"NodeAffinity", BOTH_FILTERS | BOTH_SCORES, 2, true},
    {"NodePorts", BOTH_FILTERS, 0, true},
    {"NodeResourcesFit", BOTH_FILTERS | BOTH_SCORES | PLACE_SCORE, 1, true},
    {"VolumeRestrictions", BOTH_FILTERS, 0, true},
    {"NodeVolumeLimits", BOTH_FILTERS, 0, true},
    {"VolumeBinding", BOTH_FILTERS | BOTH_SCORES | RESERVE | PREBIND, 0, true},
    {"VolumeZone", BOTH_FILTERS, 0, true},
    {"PodTopologySpread", BOTH_FILTERS | BOTH_SCORES, 2, true},
    {"InterPodAffinity", BOTH_FILTERS | BOTH_SCORES, 2, true},
    {"DynamicResources", ENQUEUE | BOTH_FILTERS | POSTFILTER | SCORE | RESERVE | PREBIND, 2, true},
    {"DefaultPreemption", ENQUEUE | POSTFILTER, 0, true},
    {"NodeResourcesBalancedAllocation", BOTH_SCORES, 1, true},
    {"ImageLocality", SCORE, 1, true},
    {"DefaultBinder", BIND, 0, true},
    {"NodeDeclaredFeatures", BOTH_FILTERS, 0, true},
    {"GangScheduling", ENQUEUE | PERMIT, 0, false},
    {"TopologyPlacementGenerator", PLACES, 0, false},
    {"PodGroupPodsCount", PLACE_SCORE, 0, false},
};
const int config_plugin_count = ARRAY_LEN(config_plugin_rows);

const struct config_plugin_row *config_plugin(struct str name)
{
    for (int i = 0; i < config_plugin_count; i++)
        if (str_eqc(name, config_plugin_rows[i].name)) return &config_plugin_rows[i];
    return NULL;
}

/* ---- One point ---- */

/* 1 << place in config_plugin_rows. */
static uint32_t bit_of(const struct config_plugin_row *row) { return (uint32_t)1 << (row - config_plugin_rows); }

static void plan_add(struct point_plan *plan, const struct config_plugin_row *row) { plan->rows[plan->n++] = row; }

static bool all_disabled(const struct plugin_set *set)
{
    for (int i = 0; i < set->ndisabled; i++)
        if (str_eqc(set->disabled[i], "*")) return true;
    return false;
}

static uint32_t disabled_bits(const struct plugin_set *set)
{
    uint32_t bits = 0;
    for (int i = 0; i < set->ndisabled; i++) {
        const struct config_plugin_row *row = config_plugin(set->disabled[i]);
        if (row) bits |= bit_of(row);
    }
    return bits;
}

/* What the point's own list says, as it stands; *seen: which those are. */
static bool plan_explicit(struct config_errors *w, const struct plugin_set *set, enum config_point point,
                          struct point_plan *plan, uint32_t *seen)
{
    const char *go = config_points[point].go_type;
    for (int i = 0; i < set->nenabled; i++) {
        struct str name = set->enabled[i].name;
        const struct config_plugin_row *row = config_plugin(name);
        if (!row) return config_say(w, "%s %s does not exist", go, config_quote(w, name));
        if (!(row->points & 1u << point))
            return config_say(w, "plugin \"%s\" does not extend %s plugin", row->name, go);
        if (*seen & bit_of(row)) return config_say(w, "plugin \"%s\" already registered as \"%s\"", row->name, go);
        *seen |= bit_of(row);
        plan_add(plan, row);
    }
    return true;
}

/* In the order: those of the point's own list that are in the list for all points too, which they override; those for
 * all points; the rest of the point's own list. */
static bool plan_spread(struct config_errors *w, const struct profile_draft *p, enum config_point point,
                        struct point_plan *plan, uint32_t own)
{
    const struct plugin_set *set = &p->sets[point], *multi = &p->sets[CP_MULTI];
    const struct config_plugin_row *listed[PLUGINS_MAX], *spread[PLUGINS_MAX];
    const char *go = config_points[point].go_type;
    uint32_t disabled = disabled_bits(set), seen = 0, overridden = 0;
    int nlisted = plan->n, nspread = 0;
    if (all_disabled(set)) return true;
    for (int i = 0; i < multi->nenabled; i++) {
        const struct config_plugin_row *row = config_plugin(multi->enabled[i].name);
        if (!row) return config_say(w, "%s %s does not exist", go, config_quote(w, multi->enabled[i].name));
        if (!(row->points & 1u << point) || (disabled & bit_of(row))) continue;
        if (own & bit_of(row)) {
            overridden |= bit_of(row);
            continue;
        }
        if (seen & bit_of(row)) return config_say(w, "plugin \"%s\" already registered as \"%s\"", row->name, go);
        seen |= bit_of(row);
        spread[nspread++] = row;
    }
    memcpy(listed, plan->rows, sizeof *listed * (size_t)nlisted);
    plan->n = 0;
    for (int i = 0; i < nlisted; i++)
        if (overridden & bit_of(listed[i])) plan_add(plan, listed[i]);
    for (int i = 0; i < nspread; i++) plan_add(plan, spread[i]);
    for (int i = 0; i < nlisted; i++)
        if (!(overridden & bit_of(listed[i]))) plan_add(plan, listed[i]);
    return true;
}

/* ---- Weights ---- */

enum { SCORE_MAX = 100 };

/* Adds those of a list that are not weighed yet; a weight that is not said counts one. Sums wrap as upstream's do: a
 * weight below zero is noticed by the overflow it leads to. */
static bool weigh(const struct plugin_set *set, enum config_point point, int64_t *weights, uint32_t *seen,
                  int64_t *total)
{
    for (int i = 0; i < set->nenabled; i++) {
        const struct config_plugin_row *row = config_plugin(set->enabled[i].name);
        if (!row || !(row->points & 1u << point) || (*seen & bit_of(row))) continue;
        int64_t weight = set->enabled[i].weight ? set->enabled[i].weight : 1, left;
        (void)__builtin_sub_overflow(INT64_MAX, *total, &left);
        if (weight * SCORE_MAX > left) return false;
        *total += weight * SCORE_MAX;
        *seen |= bit_of(row);
        weights[row - config_plugin_rows] = weight;
    }
    return true;
}

static bool plan_weights(struct config_draft *d, const struct profile_draft *p, enum config_point point,
                         struct point_plan *plan)
{
    int64_t weights[PLUGINS_MAX] = {0}, total = 0;
    uint32_t seen = 0;
    if (!weigh(&p->sets[point], point, weights, &seen, &total) ||
        !weigh(&p->sets[CP_MULTI], point, weights, &seen, &total))
        return config_say(d->errors, "%s plugins: total score of Score plugins could overflow",
                          point == CP_SCORE ? "score" : "placement score");
    plan->weights = ARENA_ARRAY(&d->arena, int64_t, PLUGINS_MAX);
    for (int i = 0; i < plan->n; i++) plan->weights[i] = weights[plan->rows[i] - config_plugin_rows];
    return true;
}

/* ---- All points ---- */

bool config_plan(struct config_draft *d, const struct profile_draft *p, struct point_plan plan[CP_COUNT])
{
    uint32_t own[CP_COUNT] = {0};
    _Static_assert(ARRAY_LEN(config_plugin_rows) <= PLUGINS_MAX, "a bit for each");
    for (int i = 0; i < CP_COUNT; i++) {
        plan[i] = (struct point_plan){ARENA_ARRAY(&d->arena, const struct config_plugin_row *, PLUGINS_MAX), NULL, 0};
        if (!plan_explicit(d->errors, &p->sets[i], (enum config_point)i, &plan[i], &own[i])) return false;
    }
    for (int i = 0; p->sets[CP_MULTI].nenabled && i < CP_COUNT; i++)
        if (!plan_spread(d->errors, p, (enum config_point)i, &plan[i], own[i])) return false;
    if (plan[CP_QUEUE_SORT].n != 1)
        return config_say(d->errors,
                          "only one queue sort plugin required for profile with scheduler name %s, but got %d",
                          config_quote(d->errors, p->scheduler), plan[CP_QUEUE_SORT].n);
    if (!plan[CP_BIND].n)
        return config_say(d->errors, "at least one bind plugin is needed for profile with scheduler name %s",
                          config_quote(d->errors, p->scheduler));
    return plan_weights(d, p, CP_SCORE, &plan[CP_SCORE]) &&
           plan_weights(d, p, CP_PLACEMENT_SCORE, &plan[CP_PLACEMENT_SCORE]);
}
