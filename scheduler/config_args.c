/* config_args.c - the arguments of plugins, by plugin: the kind they have, their defaults, and what is wrong with the
 * simple ones; config_args_fit.c and config_args_select.c know the larger ones.
 * Reads: decoded arguments.   Writes: their defaults; complaints.
 * Upstream: apis/config/v1/defaults.go, apis/config/validation/validation_pluginargs.go. */
#include "scheduler/config_priv.h"

#include "api/object.h"
#include "api/schema.h"
#include "base/clk.h"
#include "base/map.h"

/* ---- Defaults ---- */

static void default_int(struct arena *a, struct json *args, const char *path, int64_t value)
{
    if (!obj_has(args, path)) obj_put_int(a, args, path, value);
}

static void preemption_defaults(struct arena *a, struct json *args)
{
    default_int(a, args, ".minCandidateNodesPercentage", 10);
    default_int(a, args, ".minCandidateNodesAbsolute", 100);
}

static void affinity_defaults(struct arena *a, struct json *args)
{
    default_int(a, args, ".hardPodAffinityWeight", 1);
    if (!obj_has(args, ".ignorePreferredTermsOfExistingPods"))
        obj_put_bool(a, args, ".ignorePreferredTermsOfExistingPods", false);
}

/* cpu and memory; a weight that is not said, or zero, is one. */
static void default_resources(struct arena *a, struct json *j, const char *path)
{
    static const char *const usual[] = {"cpu", "memory"};
    for (size_t i = 0, n = obj_count(j, path); !n && i < ARRAY_LEN(usual); i++)
        obj_put_cstr(a, obj_append(a, j, path), ".name", usual[i]);
    JSON_FOREACH(one, obj_edit(j, path)) default_int(a, one, ".weight", 1);
}

static void balanced_defaults(struct arena *a, struct json *args) { default_resources(a, args, ".resources"); }

static void fit_defaults(struct arena *a, struct json *args)
{
    if (!obj_has(args, ".scoringStrategy")) obj_put_cstr(a, args, ".scoringStrategy.type", "LeastAllocated");
    default_resources(a, args, ".scoringStrategy.resources");
}

static void spread_defaults(struct arena *a, struct json *args)
{
    if (!obj_str(args, ".defaultingType").n) obj_put_cstr(a, args, ".defaultingType", "System");
}

static void volumes_defaults(struct arena *a, struct json *args) { default_int(a, args, ".bindTimeoutSeconds", 600); }

static void devices_defaults(struct arena *a, struct json *args)
{
    if (!obj_has(args, ".filterTimeout")) obj_put_cstr(a, args, ".filterTimeout", "10s");
    if (!obj_has(args, ".bindingTimeout")) obj_put_cstr(a, args, ".bindingTimeout", "10m0s");
}

/* ---- Checks ---- */

static void preemption_check(struct config_draft *d, const char *path, const struct json *args)
{
    const char *part_at = AT(d, "%s.minCandidateNodesPercentage", path);
    const char *least_at = AT(d, "%s.minCandidateNodesAbsolute", path);
    int64_t part = obj_int(args, ".minCandidateNodesPercentage", 0);
    int64_t least = obj_int(args, ".minCandidateNodesAbsolute", 0);
    if (part < 0 || part > 100) config_invalid_int(d->errors, part_at, part, "not in valid range [0, 100]");
    if (least < 0) config_invalid_int(d->errors, least_at, least, "not in valid range [0, inf)");
    if (part || least) return;
    config_invalid_int(d->errors, part_at, part, "cannot be zero at the same time as minCandidateNodesAbsolute");
    config_invalid_int(d->errors, least_at, least, "cannot be zero at the same time as minCandidateNodesPercentage");
}

static void affinity_check(struct config_draft *d, const char *path, const struct json *args)
{
    int64_t weight = obj_int(args, ".hardPodAffinityWeight", 0);
    if (weight < 0 || weight > 100)
        config_invalid_int(d->errors, AT(d, "%s.hardPodAffinityWeight", path), weight, "not in valid range [0, 100]");
}

static void balanced_check(struct config_draft *d, const char *path, const struct json *args)
{
    struct map seen = {0};
    int i = 0;
    for (OBJ_EACH(r, args, ".resources")) {
        struct str name = obj_str(r, ".name");
        int64_t weight = obj_int(r, ".weight", 0);
        if (map_set(&seen, name, d)) config_duplicate(d->errors, AT(d, "%s.resources[%d].name", path, i), name);
        if (weight != 1) config_invalid_int(d->errors, AT(d, "%s.resources[%d].weight", path, i), weight, "must be 1");
        i++;
    }
    map_release(&seen, NULL);
}

/* The points as upstream's own types are written in its message. */
static struct json *go_shape(struct arena *a, const struct json *shape)
{
    struct json *list = obj_list(a);
    for (OBJ_EACH(it, shape, "")) {
        struct json *one = obj_append(a, list, "");
        obj_put_int(a, one, ".Utilization", obj_int(it, ".utilization", 0));
        obj_put_int(a, one, ".Score", obj_int(it, ".score", 0));
    }
    return list;
}

static void volumes_check(struct config_draft *d, const char *path, const struct json *args)
{
    int64_t timeout = obj_int(args, ".bindTimeoutSeconds", 0);
    const struct json *shape = obj_get(args, ".shape");
    if (timeout < 0)
        config_invalid_int(d->errors, AT(d, "%s.bindTimeoutSeconds", path), timeout,
                           "invalid BindTimeoutSeconds, should not be a negative value");
    if (json_is(shape, JSON_ARR))
        config_invalid_json(d->errors, AT(d, "%s.shape", path), go_shape(&d->arena, shape),
                            "unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring");
}

static int64_t duration_ns(const struct json *args, const char *path)
{
    struct str text = obj_str(args, path);
    int64_t ns = 0;
    return clk_parse_go_duration(text.p ? text.p : "", text.n, &ns) ? ns : 0;
}

static void devices_check(struct config_draft *d, const char *path, const struct json *args)
{
    if (duration_ns(args, ".filterTimeout") < 0)
        config_invalid_str(d->errors, AT(d, "%s.filterTimeout", path), obj_str(args, ".filterTimeout"),
                           "must be zero or positive");
    if (duration_ns(args, ".bindingTimeout") < 1000000000)
        config_invalid_str(d->errors, AT(d, "%s.bindingTimeout", path), obj_str(args, ".bindingTimeout"),
                           "must be at least 1 second");
}

/* ---- The table ---- */

static const struct config_args_row rows[] = {
    {"DefaultPreemption", "DefaultPreemptionArgs", preemption_defaults, preemption_check, false},
    {"InterPodAffinity", "InterPodAffinityArgs", affinity_defaults, affinity_check, false},
    {"NodeAffinity", "NodeAffinityArgs", NULL, node_affinity_args_check, false},
    {"NodeResourcesBalancedAllocation", "NodeResourcesBalancedAllocationArgs", balanced_defaults, balanced_check,
     false},
    {"NodeResourcesFit", "NodeResourcesFitArgs", fit_defaults, fit_args_check, true},
    {"PodTopologySpread", "PodTopologySpreadArgs", spread_defaults, spread_args_check, false},
    {"VolumeBinding", "VolumeBindingArgs", volumes_defaults, volumes_check, false},
    {"DynamicResources", "DynamicResourcesArgs", devices_defaults, devices_check, false},
};

const struct config_args_row *config_args_of(struct str plugin)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_eqc(plugin, rows[i].plugin)) return &rows[i];
    return NULL;
}

const struct config_args_row *config_args_of_kind(struct str kind)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_eqc(kind, rows[i].type)) return &rows[i];
    return NULL;
}

const struct api_type *config_args_type(const struct config_args_row *row)
{
    return api_find_type(CONFIG_VERSION, row->type);
}
