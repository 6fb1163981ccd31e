/* check_limit_range.c - validation of LimitRanges (pkg/apis/core/validation/validation.go, ValidateLimitRange).
 * Reads: a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/quantity.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/resource.h"
#include "base/map.h"

enum { MAX_OF, MIN_OF, DEFAULT_OF, REQUEST_OF, RATIO_OF, BOUNDS };
static const char *const members[BOUNDS] = {"max", "min", "default", "defaultRequest", "maxLimitRequestRatio"};

struct bounds { /* of one resource in one item */
    struct str resource;
    const struct json *node[BOUNDS];
    struct qty value[BOUNDS];
    bool has[BOUNDS];
};

/* ---- One resource ---- */

static void told(struct check *c, int member, const struct bounds *b, int shown, const char *why)
{
    size_t mark = check_member(c, members[member]);
    check_key(c, b->resource);
    check_invalid(c, NULL, b->node[shown], why);
    check_pop(c, mark);
}

static void check_order(struct check *c, const struct bounds *b)
{
    static const struct {
        int low, high, at, shown;
        const char *what, *than;
    } rows[] = {
        {MIN_OF, MAX_OF, MIN_OF, MIN_OF, "min value", "max value"},
        {MIN_OF, REQUEST_OF, REQUEST_OF, REQUEST_OF, "min value", "default request value"},
        {REQUEST_OF, MAX_OF, REQUEST_OF, REQUEST_OF, "default request value", "max value"},
        {REQUEST_OF, DEFAULT_OF, REQUEST_OF, REQUEST_OF, "default request value", "default limit value"},
        {MIN_OF, DEFAULT_OF, DEFAULT_OF, MIN_OF, "min value", "default value"},
        {DEFAULT_OF, MAX_OF, DEFAULT_OF, MAX_OF, "default value", "max value"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int low = rows[i].low, high = rows[i].high;
        if (b->has[low] && b->has[high] && qty_cmp(&b->value[low], &b->value[high]) > 0)
            told(c, rows[i].at, b, rows[i].shown,
                 arena_printf(c->arena, "%s %.*s is greater than %s %.*s", rows[i].what,
                              STR_ARG(obj_text(b->node[low])), rows[i].than, STR_ARG(obj_text(b->node[high]))));
    }
}

/* In thousandths as long as all of them can be counted so. */
static void check_ratio(struct check *c, const struct bounds *b)
{
    const struct qty *ratio = &b->value[RATIO_OF], *low = &b->value[MIN_OF], *high = &b->value[MAX_OF];
    const int64_t milli_max = INT64_MAX / 1000;
    struct qty one = qty_of(1, QTY_DECIMAL_SI);
    if (!b->has[RATIO_OF]) return;
    if (qty_cmp(ratio, &one) < 0)
        told(c, RATIO_OF, b, RATIO_OF,
             arena_printf(c->arena, "ratio %.*s is less than 1", STR_ARG(obj_text(b->node[RATIO_OF]))));
    if (!b->has[MIN_OF] || !b->has[MAX_OF]) return;
    bool milli = qty_value(ratio) < milli_max && qty_value(low) < milli_max && qty_value(high) < milli_max;
    double value = milli ? (double)qty_milli(ratio) / 1000 : (double)qty_value(ratio);
    double limit =
        milli ? (double)qty_milli(high) / (double)qty_milli(low) : (double)qty_value(high) / (double)qty_value(low);
    if (value > limit)
        told(c, RATIO_OF, b, RATIO_OF,
             arena_printf(c->arena, "ratio %.*s is greater than max/min = %f", STR_ARG(obj_text(b->node[RATIO_OF])),
                          limit));
}

/* What cannot be overcommitted has its limit as request. */
static void check_commit(struct check *c, const struct bounds *b)
{
    bool overcommits = resource_is_native(b->resource) && !resource_is_huge_page(b->resource);
    if (overcommits || !b->has[DEFAULT_OF] || !b->has[REQUEST_OF] ||
        qty_cmp(&b->value[DEFAULT_OF], &b->value[REQUEST_OF]) == 0)
        return;
    told(c, REQUEST_OF, b, REQUEST_OF,
         arena_printf(c->arena, "default value %.*s must equal to defaultRequest value %.*s in %.*s",
                      STR_ARG(obj_text(b->node[DEFAULT_OF])), STR_ARG(obj_text(b->node[REQUEST_OF])),
                      STR_ARG(b->resource)));
}

/* ---- One item ---- */

/* Each resource that any of the maps names, once. */
static void check_resources(struct check *c, const struct json *item, bool pod)
{
    struct map all = {0};
    for (int m = 0; m < BOUNDS; m++) {
        if (pod && (m == DEFAULT_OF || m == REQUEST_OF)) continue;
        for (OBJ_EACH(it, json_getc(item, members[m]), "")) {
            struct err e = ERR_INIT;
            struct bounds *b = map_get(&all, obj_key(it));
            if (!b) {
                b = ARENA_NEW(c->arena, struct bounds);
                b->resource = obj_key(it);
                map_set(&all, b->resource, b);
            }
            b->node[m] = it;
            b->has[m] = qty_parse(obj_text(it), &b->value[m], &e);
        }
    }
    for (uint32_t i = 0; i < all.count; i++) {
        check_order(c, all.entries[i].value);
        check_ratio(c, all.entries[i].value);
        check_commit(c, all.entries[i].value);
    }
    map_release(&all, NULL);
}

static void check_type(struct check *c, struct str type)
{
    static const char *const standard[] = {"Pod", "Container", "PersistentVolumeClaim", NULL};
    const char *why = name_qualified(type);
    if (!why && str_chr(type, '/') == SIZE_MAX && !check_is_among(type, standard))
        why = "must be a standard limit type or fully qualified";
    if (why) check_invalid_str(c, "type", type.p ? type : STR(""), why);
}

static void check_names(struct check *c, const struct json *item, int member, bool of_containers)
{
    size_t outer = check_member(c, members[member]);
    for (OBJ_EACH(it, json_getc(item, members[member]), "")) {
        size_t mark = check_key(c, obj_key(it));
        if (of_containers)
            check_container_resource_name(c, obj_key(it));
        else
            check_resource_name(c, obj_key(it));
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

static void check_item(struct check *c, const struct json *item)
{
    bool pod = obj_is(item, ".type", "Pod"), of_containers = pod || obj_is(item, ".type", "Container");
    for (int m = 0; m < BOUNDS; m++) {
        if (m == RATIO_OF && obj_is(item, ".type", "PersistentVolumeClaim") && !obj_has(item, ".min.storage") &&
            !obj_has(item, ".max.storage"))
            check_required(c, "limits",
                           "either minimum or maximum storage value is required, but neither was provided");
        if (!pod || (m != DEFAULT_OF && m != REQUEST_OF))
            check_names(c, item, m, of_containers);
        else if (obj_count(json_getc(item, members[m]), ""))
            check_forbidden(c, members[m], "may not be specified when `type` is 'Pod'");
    }
    check_resources(c, item, pod);
}

/* type LimitRange check=fn:limit_range whole */
void check_limit_range(struct check *c, const struct json *range, const struct json *old)
{
    (void)old;
    check_meta(c);
    struct map types = {0};
    size_t outer = check_member(c, "spec"), i = 0;
    for (OBJ_EACH(item, range, ".spec.limits")) {
        struct str type = obj_str(item, ".type");
        size_t mark = check_into(c, "limits", i++);
        check_type(c, type);
        (void)check_unique(c, "type", type, &types);
        check_item(c, item);
        check_pop(c, mark);
    }
    check_pop(c, outer);
    map_release(&types, NULL);
}
