/* config_default.c - what a configuration does not say: defaults of its fields, and the usual plugins into which those
 * of the file are merged. Reads: the decoded tree.   Writes: the tree and the drafts of profiles. Upstream:
 * apis/config/v1/defaults.go, default_plugins.go (mergePlugins); component-base config/v1alpha1 defaults.go. */
#include "scheduler/config_priv.h"

#include "api/object.h"

static const char *const all = "*";

/* ---- Plugins ---- */

static struct plugin_set usual_plugins(struct arena *a)
{
    struct plugin_set set = {.enabled = ARENA_ARRAY(a, struct named_plugin, config_plugin_count)};
    for (int i = 0; i < config_plugin_count; i++) {
        const struct config_plugin_row *row = &config_plugin_rows[i];
        if (row->usual) set.enabled[set.nenabled++] = (struct named_plugin){str_of(row->name), row->weight};
    }
    return set;
}

static struct plugin_set read_set(struct arena *a, const struct json *j)
{
    struct plugin_set set = {.enabled = ARENA_ARRAY(a, struct named_plugin, obj_count(j, ".enabled")),
                             .disabled = ARENA_ARRAY(a, struct str, obj_count(j, ".disabled"))};
    for (OBJ_EACH(it, j, ".enabled"))
        set.enabled[set.nenabled++] = (struct named_plugin){obj_str(it, ".name"), (int32_t)obj_int(it, ".weight", 0)};
    for (OBJ_EACH(it, j, ".disabled")) set.disabled[set.ndisabled++] = obj_str(it, ".name");
    return set;
}

static bool is_disabled(const struct plugin_set *set, struct str name)
{
    for (int i = 0; i < set->ndisabled; i++)
        if (str_eq(set->disabled[i], name)) return true;
    return false;
}

/* Of several of one name the last one overrides; -1: none. */
static int find_last(const struct plugin_set *set, struct str name)
{
    for (int i = set->nenabled - 1; i >= 0; i--)
        if (str_eq(set->enabled[i].name, name)) return i;
    return -1;
}

/* The usual ones, in their order, less what is disabled, each as the file has it if it does; then what else the file
 * has, repetitions too, for these are refused later. */
static struct plugin_set merge(struct arena *a, const struct plugin_set *usual, const struct plugin_set *own)
{
    struct plugin_set out = {.enabled = ARENA_ARRAY(a, struct named_plugin, usual->nenabled + own->nenabled),
                             .disabled = own->disabled,
                             .ndisabled = own->ndisabled};
    bool *used = ARENA_ARRAY(a, bool, own->nenabled + 1);
    for (int i = 0; i < usual->nenabled && !is_disabled(own, str_of(all)); i++) {
        if (is_disabled(own, usual->enabled[i].name)) continue;
        int at = find_last(own, usual->enabled[i].name);
        out.enabled[out.nenabled++] = at < 0 ? usual->enabled[i] : own->enabled[at];
        if (at >= 0) used[at] = true;
    }
    for (int i = 0; i < own->nenabled; i++)
        if (!used[i]) out.enabled[out.nenabled++] = own->enabled[i];
    return out;
}

static void merge_plugins(struct arena *a, struct profile_draft *p, const struct json *plugins)
{
    for (int i = 0; i < CP_SETS; i++) {
        const char *name = i == CP_MULTI ? "multiPoint" : config_points[i].name;
        struct plugin_set usual = {0}, own = read_set(a, obj_get(plugins, arena_printf(a, ".%s", name)));
        if (i == CP_MULTI) usual = usual_plugins(a);
        p->sets[i] = merge(a, &usual, &own);
    }
}

/* ---- Arguments ---- */

static bool is_enabled(const struct profile_draft *p, const char *name)
{
    for (int i = 0; i < CP_SETS; i++)
        if (find_last(&p->sets[i], str_of(name)) >= 0) return true;
    return false;
}

/* Those of the file get their defaults; plugins that are asked and have none in the file get the default ones, which
 * stand behind, by name. */
static void default_arguments(struct arena *a, struct profile_draft *p)
{
    static const char *const by_name[] = {
        "DefaultPreemption", "DynamicResources",  "InterPodAffinity", "NodeAffinity", "NodeResourcesBalancedAllocation",
        "NodeResourcesFit",  "PodTopologySpread", "VolumeBinding"};
    bool given[ARRAY_LEN(by_name)] = {false};
    JSON_FOREACH(one, p->plugin_config)
    {
        const struct config_args_row *row = config_args_of(obj_str(one, ".name"));
        if (row && row->set_defaults) row->set_defaults(a, obj_edit(one, ".args"));
        for (size_t i = 0; i < ARRAY_LEN(by_name); i++) given[i] |= obj_is(one, ".name", by_name[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(by_name); i++) {
        if (given[i] || !is_enabled(p, by_name[i])) continue;
        const struct config_args_row *row = config_args_of(str_of(by_name[i]));
        struct json *one = obj_append(a, p->plugin_config, ""), *args = obj_empty(a);
        obj_put_cstr(a, one, ".name", by_name[i]);
        if (row->set_defaults) row->set_defaults(a, args);
        obj_put(a, one, ".args", args);
    }
}

/* ---- Profiles ---- */

static void default_profile(struct arena *a, struct profile_draft *p, struct json *j, bool alone)
{
    p->scheduler = obj_str(j, ".schedulerName");
    if (alone && !obj_has(j, ".schedulerName")) p->scheduler = STR("default-scheduler");
    p->percentage = obj_get(j, ".percentageOfNodesToScore");
    merge_plugins(a, p, obj_get(j, ".plugins"));
    p->plugin_config = obj_edit(j, ".pluginConfig");
    if (!p->plugin_config) p->plugin_config = obj_list(a);
    default_arguments(a, p);
}

static void default_profiles(struct config_draft *d)
{
    int n = (int)obj_count(d->tree, ".profiles");
    d->nprofiles = MAX(n, 1);
    d->profiles = ARENA_ARRAY(&d->arena, struct profile_draft, d->nprofiles);
    if (!n) default_profile(&d->arena, &d->profiles[0], obj_empty(&d->arena), true);
    int i = 0;
    JSON_FOREACH(one, obj_edit(d->tree, ".profiles")) default_profile(&d->arena, &d->profiles[i++], one, n == 1);
}

/* ---- The rest ---- */

static void default_int(struct arena *a, struct json *j, const char *path, int64_t value)
{
    if (!obj_has(j, path)) obj_put_int(a, j, path, value);
}

static void default_text(struct arena *a, struct json *j, const char *path, const char *empty, const char *value)
{
    struct str is = obj_str(j, path);
    if (!is.n || str_eqc(is, empty)) obj_put_cstr(a, j, path, value);
}

void config_set_defaults(struct config_draft *d)
{
    struct arena *a = &d->arena;
    default_int(a, d->tree, ".parallelism", 16);
    default_int(a, d->tree, ".percentageOfNodesToScore", 0);
    default_int(a, d->tree, ".podInitialBackoffSeconds", BACKOFF_FIRST_MS / 1000);
    default_int(a, d->tree, ".podMaxBackoffSeconds", BACKOFF_MAX_MS / 1000);
    if (!obj_has(d->tree, ".leaderElection.leaderElect")) obj_put_bool(a, d->tree, ".leaderElection.leaderElect", true);
    default_text(a, d->tree, ".leaderElection.leaseDuration", "0s", "15s");
    default_text(a, d->tree, ".leaderElection.renewDeadline", "0s", "10s");
    default_text(a, d->tree, ".leaderElection.retryPeriod", "0s", "2s");
    default_text(a, d->tree, ".leaderElection.resourceLock", "", "leases");
    default_profiles(d);
}
