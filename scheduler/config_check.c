/* config_check.c - what is wrong with a configuration that could be read: all of it at once, in upstream's order and
 * words. Arguments of plugins are config_args.c's.
 * Reads: the defaulted draft.   Writes: complaints.
 * Upstream: apis/config/validation/validation.go, component-base config/validation/validation.go. */
#include "scheduler/config_priv.h"

#include "api/object.h"
#include "base/clk.h"
#include "base/map.h"

/* ---- Election and connection ---- */

static int64_t duration_ns(const struct json *j, const char *path)
{
    struct str text = obj_str(j, path);
    int64_t ns = 0;
    return clk_parse_go_duration(text.p ? text.p : "", text.n, &ns) ? ns : 0;
}

static void check_election(struct config_draft *d)
{
    static const char *const spans[] = {"leaseDuration", "renewDeadline", "retryPeriod"};
    const struct json *j = obj_get(d->tree, ".leaderElection");
    int64_t ns[ARRAY_LEN(spans)];
    if (!obj_bool(j, ".leaderElect", true)) return;
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        const char *at = AT(d, ".%s", spans[i]);
        ns[i] = duration_ns(j, at);
        if (ns[i] <= 0)
            config_invalid_str(d->errors, AT(d, "leaderElection%s", at), obj_str(j, at), "must be greater than zero");
    }
    if (ns[0] <= ns[1])
        config_invalid_str(d->errors, "leaderElection.leaseDuration", obj_str(j, ".renewDeadline"),
                           "must be greater than `RenewDeadline`");
    if (!obj_is(j, ".resourceLock", "leases"))
        config_invalid_str(d->errors, "leaderElection.resourceLock", obj_str(j, ".resourceLock"),
                           "resourceLock value must be \"leases\"");
}

/* ---- Profiles ---- */

static void check_percentage(struct config_draft *d, const char *path, const struct json *percentage)
{
    int64_t p = obj_number(percentage, 0);
    if (p < 0 || p > 100) config_invalid_int(d->errors, path, p, "not in valid range [0-100]");
}

static bool is_gone(struct str plugin)
{
    static const char *const gone[] = {"AzureDiskLimits", "CinderLimits", "EBSLimits", "GCEPDLimits"};
    for (size_t i = 0; i < ARRAY_LEN(gone); i++)
        if (str_eqc(plugin, gone[i])) return true;
    return false;
}

static void check_gone(struct config_draft *d, const char *path, struct str plugin)
{
    config_invalid_str(d->errors, path, plugin,
                       "was invalid in version \"v1\" (KubeSchedulerConfiguration is version \"" CONFIG_VERSION "\")");
}

static void check_plugins(struct config_draft *d, const char *path, const struct profile_draft *p)
{
    for (int point = 0; point < CP_PLACEMENT_GENERATE; point++) {
        const struct plugin_set *set = &p->sets[point];
        for (int i = 0; i < set->nenabled; i++)
            if (is_gone(set->enabled[i].name))
                check_gone(d, AT(d, "%s.plugins.%s.enabled[%d]", path, config_points[point].name, i),
                           set->enabled[i].name);
    }
}

static void check_plugin_config(struct config_draft *d, const char *path, const struct profile_draft *p)
{
    struct map seen = {0};
    int i = 0;
    for (OBJ_EACH(one, p->plugin_config, "")) {
        struct str name = obj_str(one, ".name");
        const struct config_args_row *row = config_args_of(name);
        const char *at = AT(d, "%s.pluginConfig[%d]", path, i++);
        if (map_set(&seen, name, d)) config_duplicate(d->errors, at, name);
        if (is_gone(name))
            check_gone(d, at, name);
        else if (row && !row->late)
            row->check(d, AT(d, "%s.args", at), obj_get(one, ".args"));
    }
    map_release(&seen, NULL);
}

static void check_profiles(struct config_draft *d)
{
    struct map seen = {0};
    if (d->nprofiles > PROFILES_MAX)
        config_say(d->errors, "profiles: Too many: %d: must have at most %d items", d->nprofiles, PROFILES_MAX);
    for (int i = 0; i < d->nprofiles; i++) {
        const struct profile_draft *p = &d->profiles[i];
        const char *at = AT(d, "profiles[%d]", i);
        if (!p->scheduler.n) config_say(d->errors, "%s.schedulerName: Required value", at);
        check_percentage(d, AT(d, "%s.percentageOfNodesToScore", at), p->percentage);
        check_plugins(d, at, p);
        check_plugin_config(d, at, p);
        /* Upstream shows the first one's path, whose members are private: {}. */
        if (map_set(&seen, p->scheduler, d)) config_say(d->errors, "%s.schedulerName: Duplicate value: {}", at);
    }
    map_release(&seen, NULL);
}

/* ---- The order of the queue: one for all profiles ---- */

static bool same_set(const struct plugin_set *a, const struct plugin_set *b)
{
    if (a->nenabled != b->nenabled || a->ndisabled != b->ndisabled) return false;
    for (int i = 0; i < a->nenabled; i++)
        if (!str_eq(a->enabled[i].name, b->enabled[i].name) || a->enabled[i].weight != b->enabled[i].weight)
            return false;
    for (int i = 0; i < a->ndisabled; i++)
        if (!str_eq(a->disabled[i], b->disabled[i])) return false;
    return true;
}

static void write_plugin(struct arena *a, struct json *j, const char *list, struct str name, int64_t weight)
{
    struct json *one = obj_append(a, j, list);
    obj_put_str(a, one, ".Name", name);
    obj_put_int(a, one, ".Weight", weight);
}

/* The set as upstream's own type is written in its message. */
static const struct json *go_set(struct arena *a, const struct plugin_set *set)
{
    struct json *j = obj_empty(a);
    if (!set->nenabled) obj_put(a, j, ".Enabled", json_null(a));
    for (int i = 0; i < set->nenabled; i++)
        write_plugin(a, j, ".Enabled", set->enabled[i].name, set->enabled[i].weight);
    if (!set->ndisabled) obj_put(a, j, ".Disabled", json_null(a));
    for (int i = 0; i < set->ndisabled; i++) write_plugin(a, j, ".Disabled", set->disabled[i], 0);
    return j;
}

/* The last ones of that name. */
static const struct json *args_of(const struct profile_draft *p, struct str plugin)
{
    const struct json *args = NULL;
    for (OBJ_EACH(one, p->plugin_config, ""))
        if (str_eq(obj_str(one, ".name"), plugin)) args = obj_get(one, ".args");
    return args;
}

static void check_sort_args(struct config_draft *d, int profile, struct str plugin, const struct json *first)
{
    for (OBJ_EACH(one, d->profiles[profile].plugin_config, "")) {
        const struct json *args = obj_get(one, ".args");
        bool same = args == first || (args && first && json_equal(args, first));
        if (str_eq(obj_str(one, ".name"), plugin) && !same)
            config_invalid_json(d->errors, AT(d, "profiles[%d].pluginConfig.args", profile), args,
                                "queueSort must be the same for all profiles");
    }
}

static void check_queue_sort(struct config_draft *d)
{
    const struct plugin_set *first = &d->profiles[0].sets[CP_QUEUE_SORT];
    if (first->nenabled > 1)
        config_invalid_int(d->errors, "profiles[0].plugins.queueSort.Enabled", first->nenabled,
                           "only one queue sort plugin can be enabled");
    for (int i = 1; i < d->nprofiles; i++) {
        const struct plugin_set *set = &d->profiles[i].sets[CP_QUEUE_SORT];
        if (!same_set(first, set))
            config_invalid_json(d->errors, AT(d, "profiles[%d].plugins.queueSort", i), go_set(&d->arena, set),
                                "must be the same for all profiles");
        if (first->nenabled)
            check_sort_args(d, i, first->enabled[0].name, args_of(&d->profiles[0], first->enabled[0].name));
    }
}

/* ---- Extenders ---- */

/* Upstream: pkg/apis/core/v1/helper (IsExtendedResourceName). */
static bool is_extended(struct config_draft *d, struct str name)
{
    struct config_errors none = {0};
    bool native = str_chr(name, '/') == SIZE_MAX || strstr(str_cstr(&d->arena, name), "kubernetes.io/");
    bool ok = !native && !str_starts(name, STR("requests.")) &&
              config_check_label_name(&none, "", str_printf(&d->arena, "requests.%.*s", STR_ARG(name)));
    config_errors_release(&none);
    return ok;
}

static void check_managed(struct config_draft *d, const char *path, const struct json *extender, struct map *seen)
{
    int i = 0;
    for (OBJ_EACH(it, extender, ".managedResources")) {
        struct str name = obj_str(it, ".name");
        const char *at = AT(d, "%s.managedResources[%d].name", path, i++);
        if (config_check_label_name(d->errors, at, name) && !is_extended(d, name))
            config_invalid_str(d->errors, at, name, "is an invalid extended resource name");
        if (map_set(seen, name, d)) config_invalid_str(d->errors, at, name, "duplicate extender managed resource name");
    }
}

static void check_extenders(struct config_draft *d)
{
    struct map seen = {0};
    int i = 0, binders = 0;
    for (OBJ_EACH(it, d->tree, ".extenders")) {
        const char *at = AT(d, "extenders[%d]", i++);
        int64_t weight = obj_int(it, ".weight", 0);
        if (obj_str(it, ".prioritizeVerb").n && weight <= 0)
            config_invalid_int(d->errors, AT(d, "%s.weight", at), weight, "must have a positive weight applied to it");
        binders += obj_str(it, ".bindVerb").n > 0;
        check_managed(d, at, it, &seen);
    }
    map_release(&seen, NULL);
    if (binders > 1)
        config_invalid_str(d->errors, "extenders",
                           str_printf(&d->arena, "found %d extenders implementing bind", binders),
                           "only one extender can implement bind");
}

/* ---- All of it ---- */

bool config_check(struct config_draft *d)
{
    struct config_errors *w = d->errors;
    int64_t burst = obj_int(d->tree, ".clientConnection.burst", 0);
    int64_t parallelism = obj_int(d->tree, ".parallelism", 0);
    int64_t first = obj_int(d->tree, ".podInitialBackoffSeconds", 0);
    int64_t longest = obj_int(d->tree, ".podMaxBackoffSeconds", 0);
    if (burst < 0) config_invalid_int(w, "clientConnection.burst", burst, "must be non-negative");
    check_election(d);
    if (parallelism <= 0)
        config_invalid_int(w, "parallelism", parallelism, "should be an integer value greater than zero");
    check_profiles(d);
    check_queue_sort(d);
    check_percentage(d, "percentageOfNodesToScore", obj_get(d->tree, ".percentageOfNodesToScore"));
    if (first <= 0) config_invalid_int(w, "podInitialBackoffSeconds", first, "must be greater than 0");
    if (longest < first)
        config_invalid_int(w, "podMaxBackoffSeconds", longest,
                           "must be greater than or equal to PodInitialBackoffSeconds");
    check_extenders(d);
    return w->n == 0;
}
