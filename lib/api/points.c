/* points.c - see points.h. Only tables. */
#include "api/points.h"

const char *const point_names[POINT_COUNT + 1] = {
    [POINT_PRE_ENQUEUE] = "PreEnqueue",
    [POINT_PRE_FILTER] = "PreFilter",
    [POINT_FILTER] = "Filter",
    [POINT_POST_FILTER] = "PostFilter",
    [POINT_PRE_SCORE] = "PreScore",
    [POINT_SCORE] = "Score",
    [POINT_NORMALIZE_SCORE] = "NormalizeScore",
    [POINT_RESERVE] = "Reserve",
    [POINT_PERMIT] = "Permit",
    [POINT_PRE_BIND] = "PreBind",
    [POINT_BIND] = "Bind",
    [POINT_POST_BIND] = "PostBind",
};

const char *const verdict_names[V_COUNT + 1] = {
    [V_OK] = "Success",
    [V_SKIP] = "Skip",
    [V_UNSCHEDULABLE] = "Unschedulable",
    [V_UNSCHEDULABLE_AND_UNRESOLVABLE] = "UnschedulableAndUnresolvable",
    [V_ERROR] = "Error",
};

const char *const going_names[GO_COUNT + 1] = {
    [GO_PLUGIN] = "plugin",
    [GO_POINT] = "point",
    [GO_BREAKPOINT] = "breakpoint",
    [GO_END] = "end",
};

int name_index(const char *const *names, struct str name)
{
    for (int i = 0; names[i]; i++)
        if (str_eqc(name, names[i])) return i;
    return -1;
}

enum {
    ENQUEUE = 1 << POINT_PRE_ENQUEUE,
    PREFILTER = 1 << POINT_PRE_FILTER,
    FILTER = 1 << POINT_FILTER,
    POSTFILTER = 1 << POINT_POST_FILTER,
    PRESCORE = 1 << POINT_PRE_SCORE,
    SCORE = 1 << POINT_SCORE,
    NORMALIZE = 1 << POINT_NORMALIZE_SCORE,
    RESERVE = 1 << POINT_RESERVE,
    PREBIND = 1 << POINT_PRE_BIND,
    BIND = 1 << POINT_BIND,
};

const struct plugin_points plugin_points[] = {
    {"SchedulingGates", ENQUEUE},
    {"NodeUnschedulable", FILTER},
    {"NodeName", FILTER},
    {"TaintToleration", FILTER | SCORE | NORMALIZE},
    {"NodeAffinity", PREFILTER | FILTER | PRESCORE | SCORE | NORMALIZE},
    {"NodePorts", PREFILTER | FILTER},
    {"NodeResourcesFit", PREFILTER | FILTER | PRESCORE | SCORE},
    {"VolumeRestrictions", PREFILTER | FILTER},
    {"NodeVolumeLimits", PREFILTER | FILTER},
    {"VolumeBinding", PREFILTER | FILTER | RESERVE | PREBIND},
    {"VolumeZone", PREFILTER | FILTER},
    {"PodTopologySpread", PREFILTER | FILTER | PRESCORE | SCORE | NORMALIZE},
    {"InterPodAffinity", PREFILTER | FILTER | PRESCORE | SCORE | NORMALIZE},
    {"DynamicResources", PREFILTER | POSTFILTER},
    {"DefaultPreemption", ENQUEUE | POSTFILTER},
    {"NodeResourcesBalancedAllocation", PRESCORE | SCORE},
    {"ImageLocality", SCORE},
    {"NodeDeclaredFeatures", PREFILTER | FILTER},
    {"DefaultBinder", BIND},
    {NULL, 0},
};

const struct plugin_points *plugin_points_of(struct str plugin)
{
    for (const struct plugin_points *p = plugin_points; p->name; p++)
        if (str_eqc(plugin, p->name)) return p;
    return NULL;
}
