/* config_args_fit.c - what is wrong with the arguments of NodeResourcesFit and PodTopologySpread.
 * Reads: decoded and defaulted arguments.   Writes: complaints.
 * Upstream: apis/config/validation/validation_pluginargs.go. */
#include "scheduler/config_priv.h"

#include "api/object.h"
#include "base/map.h"

/* "name" below path; upstream's path may be empty. */
static const char *below(struct config_draft *d, const char *path, const char *name)
{
    return AT(d, "%s%s%s", path, *path ? "." : "", name);
}

static bool is_among(struct str text, const char *const *words)
{
    while (*words && !str_eqc(text, *words)) words++;
    return *words != NULL;
}

/* ---- NodeResourcesFit ---- */

static void check_ignored(struct config_draft *d, const char *path, const struct json *args)
{
    int i = 0;
    for (OBJ_EACH(it, args, ".ignoredResources"))
        config_check_label_name(d->errors, AT(d, "%s[%d]", below(d, path, "ignoredResources"), i++), obj_text(it));
    i = 0;
    for (OBJ_EACH(it, args, ".ignoredResourceGroups")) {
        const char *at = AT(d, "%s[%d]", below(d, path, "ignoredResourceGroups"), i++);
        if (str_chr(obj_text(it), '/') != SIZE_MAX)
            config_invalid_str(d->errors, at, obj_text(it), "resource group name can't contain '/'");
        config_check_label_name(d->errors, at, obj_text(it));
    }
}

static void check_order(struct config_draft *d, const char *path, const struct json *shape)
{
    const struct json *before = NULL;
    int i = 0;
    for (OBJ_EACH(it, shape, "")) {
        int64_t used = obj_int(it, ".utilization", 0);
        if (before && obj_int(before, ".utilization", 0) >= used) {
            config_invalid_int(d->errors, AT(d, "%s[%d].utilization", path, i), used,
                               "values must be sorted in increasing order");
            return;
        }
        before = it;
        i++;
    }
}

static void check_shape(struct config_draft *d, const char *path, const struct json *shape)
{
    int i = 0;
    if (!obj_count(shape, "")) {
        config_say(d->errors, "%s: Required value: at least one point must be specified", path);
        return;
    }
    check_order(d, path, shape);
    for (OBJ_EACH(it, shape, "")) {
        int64_t used = obj_int(it, ".utilization", 0), score = obj_int(it, ".score", 0);
        if (used < 0 || used > 100)
            config_invalid_int(d->errors, AT(d, "%s[%d].utilization", path, i), used, "not in valid range [0, 100]");
        if (score < 0 || score > 10)
            config_invalid_int(d->errors, AT(d, "%s[%d].score", path, i), score, "not in valid range [0, 10]");
        i++;
    }
}

static void check_ratio(struct config_draft *d, const char *path, const struct json *strategy)
{
    const struct json *ratio = obj_get(strategy, ".requestedToCapacityRatio");
    const char *at = AT(d, "%s.requestedToCapacityRatio", path);
    bool wanted = obj_is(strategy, ".type", "RequestedToCapacityRatio");
    if (wanted && !json_is(ratio, JSON_OBJ))
        config_say(d->errors, "%s: Required value: must be specified when type is RequestedToCapacityRatio", at);
    else if (wanted)
        check_shape(d, AT(d, "%s.shape", at), obj_get(ratio, ".shape"));
    else if (json_is(ratio, JSON_OBJ))
        config_say(d->errors, "%s: Forbidden: must be nil when type is not RequestedToCapacityRatio", at);
}

void fit_args_check(struct config_draft *d, const char *path, const struct json *args)
{
    static const char *const types[] = {"LeastAllocated", "MostAllocated", "RequestedToCapacityRatio", NULL};
    const struct json *strategy = obj_get(args, ".scoringStrategy");
    const char *at = below(d, path, "scoringStrategy");
    int i = 0;
    check_ignored(d, path, args);
    struct str type = obj_str(strategy, ".type");
    if (!is_among(type, types))
        config_unsupported(d->errors, AT(d, "%s.type", at), type,
                           "\"LeastAllocated\", \"MostAllocated\", \"RequestedToCapacityRatio\"");
    for (OBJ_EACH(it, strategy, ".resources")) {
        int64_t weight = obj_int(it, ".weight", 0);
        struct str name = obj_str(it, ".name");
        if (weight <= 0 || weight > 100)
            config_invalid_int(d->errors, AT(d, "%s.resources[%d].weight", at, i), weight,
                               "resource weight of %.*s not in valid range (0, 100]", STR_ARG(name));
        i++;
    }
    check_ratio(d, at, strategy);
}

/* ---- PodTopologySpread ---- */

static void check_defaulting(struct config_draft *d, const char *path, const struct json *args)
{
    static const char *const types[] = {"System", "List", NULL};
    struct str type = obj_str(args, ".defaultingType");
    const char *at = AT(d, "%s.defaultingType", path);
    if (!is_among(type, types))
        config_unsupported(d->errors, at, type, "\"System\", \"List\"");
    else if (str_eqc(type, "System") && obj_count(args, ".defaultConstraints"))
        config_invalid_str(d->errors, at, type, "when .defaultConstraints are not empty");
}

static void check_when(struct config_draft *d, const char *at, struct str when)
{
    static const char *const actions[] = {"DoNotSchedule", "ScheduleAnyway", NULL};
    if (!when.n)
        config_say(d->errors, "%s: Required value: can not be empty", at);
    else if (!is_among(when, actions))
        config_unsupported(d->errors, at, when, "\"DoNotSchedule\", \"ScheduleAnyway\"");
}

static void check_constraint(struct config_draft *d, const char *at, const struct json *c, struct map *seen)
{
    int64_t skew = obj_int(c, ".maxSkew", 0);
    struct str key = obj_str(c, ".topologyKey"), when = obj_str(c, ".whenUnsatisfiable");
    if (skew <= 0) config_invalid_int(d->errors, AT(d, "%s.maxSkew", at), skew, "not in valid range (0, inf)");
    if (!key.n)
        config_say(d->errors, "%s.topologyKey: Required value: can not be empty", at);
    else
        config_check_label_name(d->errors, AT(d, "%s.topologyKey", at), key);
    check_when(d, AT(d, "%s.whenUnsatisfiable", at), when);
    if (obj_has(c, ".labelSelector"))
        config_say(d->errors,
                   "%s.labelSelector: Forbidden: constraint must not define a selector, as they deduced for each pod",
                   at);
    struct str pair = str_printf(&d->arena, "{%.*s, %.*s}", STR_ARG(key), STR_ARG(when));
    if (map_set(seen, pair, d)) config_duplicate(d->errors, at, pair);
}

void spread_args_check(struct config_draft *d, const char *path, const struct json *args)
{
    struct map seen = {0};
    int i = 0;
    check_defaulting(d, path, args);
    for (OBJ_EACH(c, args, ".defaultConstraints"))
        check_constraint(d, AT(d, "%s.defaultConstraints[%d]", path, i++), c, &seen);
    map_release(&seen, NULL);
}
