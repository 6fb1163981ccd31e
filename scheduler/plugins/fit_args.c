/* fit_args.c - see fit_args.h.   Reads: plugin arguments.   Writes: their compiled form, or what is wrong with them. */
#include "scheduler/plugins/fit_args.h"

#include "api/quote.h"
#include "scheduler/args.h"

#include <stdlib.h>

enum { SCORE_MAX = 10, SCORE_SCALE = 10 }; /* points of a shape are 0..10, scores 0..100 */

static const struct {
    const char *type;
    enum fit_strategy strategy;
} strategies[] = {{"LeastAllocated", FIT_LEAST}, {"MostAllocated", FIT_MOST}, {"RequestedToCapacityRatio", FIT_RATIO}};

static int strategy_of(struct str type)
{
    for (size_t i = 0; i < ARRAY_LEN(strategies); i++)
        if (str_eqc(type, strategies[i].type)) return (int)strategies[i].strategy;
    return -1;
}

/* ---- What is wrong ---- */

static void check_ignored(struct args_check *c, const struct json *args)
{
    int i = 0;
    for (OBJ_EACH(name, args, ".ignoredResources")) args_qualified(c, "ignoredResources", i++, obj_text(name));
    i = 0;
    for (OBJ_EACH(group, args, ".ignoredResourceGroups")) {
        struct buf quoted AUTO_BUF = {0};
        buf_init(&quoted, ERR_TEXT_MAX);
        quote_go(&quoted, obj_text(group));
        if (str_chr(obj_text(group), '/') != SIZE_MAX)
            args_say(c, "ignoredResourceGroups[%d]: Invalid value: %.*s: resource group name can't contain '/'", i,
                     STR_ARG(buf_view(&quoted)));
        args_qualified(c, "ignoredResourceGroups", i++, obj_text(group));
    }
}

static void check_weights(struct args_check *c, const struct json *strategy)
{
    int i = 0;
    for (OBJ_EACH(r, strategy, ".resources")) {
        long long weight = obj_int(r, ".weight", 0);
        if (weight < 0 || weight > 100)
            args_say(c,
                     "scoringStrategy.resources[%d].weight: Invalid value: %lld: resource weight of %.*s not in valid "
                     "range (0, 100]",
                     i, weight, STR_ARG(obj_str(r, ".name")));
        i++;
    }
}

#define SHAPE "scoringStrategy.requestedToCapacityRatio.shape"

static void check_order(struct args_check *c, const struct json *shape)
{
    int i = 0;
    long long last = 0;
    for (OBJ_EACH(point, shape, "")) {
        long long used = obj_int(point, ".utilization", 0);
        if (i > 0 && last >= used) {
            args_say(c, SHAPE "[%d].utilization: Invalid value: %lld: values must be sorted in increasing order", i,
                     used);
            return;
        }
        last = used;
        i++;
    }
}

static void check_shape(struct args_check *c, const struct json *shape)
{
    int i = 0;
    if (!obj_count(shape, "")) args_say(c, SHAPE ": Required value: at least one point must be specified");
    check_order(c, shape);
    for (OBJ_EACH(point, shape, "")) {
        long long used = obj_int(point, ".utilization", 0), score = obj_int(point, ".score", 0);
        if (used < 0 || used > 100)
            args_say(c, SHAPE "[%d].utilization: Invalid value: %lld: not in valid range [0, 100]", i, used);
        if (score < 0 || score > SCORE_MAX)
            args_say(c, SHAPE "[%d].score: Invalid value: %lld: not in valid range [0, %d]", i, score, SCORE_MAX);
        i++;
    }
}

static void check_strategy(struct args_check *c, const struct json *strategy)
{
    struct str type = obj_str(strategy, ".type");
    const struct json *ratio = obj_get(strategy, ".requestedToCapacityRatio");
    bool has_ratio = json_is(ratio, JSON_OBJ);
    if (strategy_of(type) < 0) {
        struct buf quoted AUTO_BUF = {0};
        buf_init(&quoted, ERR_TEXT_MAX);
        quote_go(&quoted, type);
        args_say(c,
                 "scoringStrategy.type: Unsupported value: %.*s: supported values: \"LeastAllocated\", "
                 "\"MostAllocated\", \"RequestedToCapacityRatio\"",
                 STR_ARG(buf_view(&quoted)));
    }
    check_weights(c, strategy);
    if (strategy_of(type) == FIT_RATIO && !has_ratio)
        args_say(c, "scoringStrategy.requestedToCapacityRatio: Required value: must be specified when type is "
                    "RequestedToCapacityRatio");
    else if (strategy_of(type) == FIT_RATIO)
        check_shape(c, obj_get(ratio, ".shape"));
    else if (has_ratio)
        args_say(c, "scoringStrategy.requestedToCapacityRatio: Forbidden: must be nil when type is not "
                    "RequestedToCapacityRatio");
}

static bool check(const struct json *args, struct err *e)
{
    struct args_check c;
    const struct json *strategy = obj_get(args, ".scoringStrategy");
    args_begin(&c);
    check_ignored(&c, args);
    if (json_is(strategy, JSON_OBJ)) check_strategy(&c, strategy);
    return args_end(&c, e);
}

/* ---- What they say ---- */

static const struct str *read_texts(struct fit_args *to, const struct json *args, const char *list, int *n)
{
    struct str *v = ARENA_ARRAY(&to->arena, struct str, obj_count(args, list));
    for (OBJ_EACH(it, args, list)) v[(*n)++] = str_copy(&to->arena, obj_text(it));
    return v;
}

static void read_strategy(struct fit_args *to, const struct json *strategy)
{
    bool given = json_is(strategy, JSON_OBJ);
    scored_read(&to->scored, &to->arena, obj_get(strategy, ".resources"));
    to->strategy = given ? (enum fit_strategy)strategy_of(obj_str(strategy, ".type")) : FIT_LEAST;
    to->plain = to->strategy == FIT_LEAST && scored_is_default(&to->scored);
    const struct json *shape = obj_get(strategy, ".requestedToCapacityRatio.shape");
    struct fit_point *v = ARENA_ARRAY(&to->arena, struct fit_point, obj_count(shape, ""));
    to->shape = v;
    for (OBJ_EACH(point, shape, ""))
        v[to->npoints++] =
            (struct fit_point){obj_int(point, ".utilization", 0), obj_int(point, ".score", 0) * SCORE_SCALE};
}

struct fit_args *fit_args_read(const struct json *args, struct err *e)
{
    if (!check(args, e)) return NULL;
    struct fit_args *to = xcalloc(1, sizeof *to);
    arena_init(&to->arena, 1024);
    to->ignored = read_texts(to, args, ".ignoredResources", &to->nignored);
    to->ignored_groups = read_texts(to, args, ".ignoredResourceGroups", &to->nignored_groups);
    read_strategy(to, obj_get(args, ".scoringStrategy"));
    return to;
}

void fit_args_free(struct fit_args *args)
{
    if (!args) return;
    arena_release(&args->arena);
    free(args);
}

static bool is_among(const struct str *v, int n, struct str text)
{
    for (int i = 0; i < n; i++)
        if (str_eq(v[i], text)) return true;
    return false;
}

bool fit_ignores(const struct fit_args *args, int id)
{
    if (!args || !(args->nignored + args->nignored_groups) || !res_is_extended(id)) return false;
    struct str name = str_of(res_name(id)), suffix, group = str_cut(name, '/', &suffix);
    return is_among(args->ignored, args->nignored, name) ||
           is_among(args->ignored_groups, args->nignored_groups, group);
}
