/* check_quota.c - validation and defaults of ResourceQuotas and LimitRanges
 * (pkg/apis/core/validation/validation.go, pkg/apis/core/v1/defaults.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check; the items of a LimitRange. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/quantity.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/names.h"
#include "apiserver/object/object.h"
#include "schema_ids.h"

/* ---- Names of resources ---- */

enum { IN_QUOTA = 1, COMPUTE = 2, INTEGER = 4, WHOLE_NAMESPACE = 8 };

static const struct known_resource {
    const char *name;
    int what;
} known_resources[] = {
    {"cpu", IN_QUOTA | COMPUTE},
    {"memory", IN_QUOTA | COMPUTE},
    {"ephemeral-storage", IN_QUOTA},
    {"requests.cpu", IN_QUOTA | COMPUTE},
    {"requests.memory", IN_QUOTA | COMPUTE},
    {"requests.storage", IN_QUOTA},
    {"requests.ephemeral-storage", IN_QUOTA},
    {"limits.cpu", IN_QUOTA | COMPUTE},
    {"limits.memory", IN_QUOTA | COMPUTE},
    {"limits.ephemeral-storage", IN_QUOTA},
    {"pods", IN_QUOTA | INTEGER | COMPUTE},
    {"resourcequotas", IN_QUOTA | INTEGER},
    {"services", IN_QUOTA | INTEGER},
    {"replicationcontrollers", IN_QUOTA | INTEGER},
    {"secrets", IN_QUOTA | INTEGER},
    {"persistentvolumeclaims", IN_QUOTA | INTEGER},
    {"configmaps", IN_QUOTA | INTEGER},
    {"services.nodeports", IN_QUOTA | INTEGER},
    {"services.loadbalancers", IN_QUOTA | INTEGER},
    {"storage", 0},
};

static const struct known_resource *known(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(known_resources); i++)
        if (str_eqc(name, known_resources[i].name)) return &known_resources[i];
    return NULL;
}

static bool is_huge_page(struct str name) { return str_starts(name, STR("hugepages-")); }
static bool is_quota_huge_page(struct str name)
{
    return is_huge_page(name) || str_starts(name, STR("requests.hugepages-"));
}

/* validateResourceName: a name without a domain must be one that is known. False: it was reported. */
bool check_resource_name(struct check *c, struct str name)
{
    const char *why = name_qualified(name);
    if (why) check_invalid_str(c, NULL, name, why);
    if (why) return false;
    if (str_chr(name, '/') != SIZE_MAX || known(name) || is_quota_huge_page(name)) return true;
    check_invalid_str(c, NULL, name, "must be a standard resource type or fully qualified");
    return false;
}

static bool read_quantity(const struct json *v, struct qty *out)
{
    struct err e = ERR_INIT;
    return json_is(v, JSON_STR) && qty_parse(v->u.s, out, &e);
}

/* ---- ResourceQuota ---- */

static void check_hard(struct check *c, const struct json *map, const char *member)
{
    size_t outer = check_member(c, member);
    for (OBJ_EACH(it, json_getc(map, member), "")) {
        struct str name = obj_key(it);
        const struct known_resource *k = known(name);
        struct qty q;
        size_t mark = check_key(c, name);
        if (check_resource_name(c, name) && str_chr(name, '/') == SIZE_MAX && !(k && k->what & IN_QUOTA) &&
            !is_quota_huge_page(name))
            check_invalid_str(c, NULL, name, "must be a standard resource for quota");
        if (read_quantity(it, &q)) {
            if (q.nano < 0) check_invalid(c, NULL, it, "must be greater than or equal to 0");
            if (k && k->what & INTEGER && qty_milli(&q) % 1000 != 0) check_invalid(c, NULL, it, "must be an integer");
        }
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

static const char *const scopes[] = {"Terminating",          "NotTerminating", "BestEffort",
                                     "NotBestEffort",        "PriorityClass",  "CrossNamespacePodAffinity",
                                     "VolumeAttributesClass"};

static bool is_scope(struct str s)
{
    for (size_t i = 0; i < ARRAY_LEN(scopes); i++)
        if (str_eqc(s, scopes[i])) return true;
    return false;
}

/* IsResourceQuotaScopeValidForResource, for resources that are known. */
static bool scope_fits(struct str scope, const struct known_resource *k)
{
    if (str_eqc(scope, "BestEffort")) return strcmp(k->name, "pods") == 0;
    if (str_eqc(scope, "VolumeAttributesClass"))
        return strcmp(k->name, "persistentvolumeclaims") == 0 || strcmp(k->name, "requests.storage") == 0;
    return (k->what & COMPUTE) != 0 || strstr(k->name, "ephemeral-storage");
}

static bool has_scope(const struct json *list, const char *scope)
{
    for (OBJ_EACH(s, list, "")) {
        if (str_eqc(obj_text(s), scope)) return true;
    }
    return false;
}

static void check_scopes(struct check *c, const struct json *spec)
{
    static const char *const pairs[][2] = {{"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"}};
    const struct json *list = json_getc(spec, "scopes");
    for (OBJ_EACH(s, list, "")) {
        if (!is_scope(obj_text(s))) check_invalid(c, "scopes", list, "unsupported scope");
        for (OBJ_EACH(h, spec, ".hard")) {
            const struct known_resource *k = known(obj_key(h));
            if (k && k->what & IN_QUOTA && is_scope(obj_text(s)) && !scope_fits(obj_text(s), k))
                check_invalid(c, "scopes", list, "unsupported scope applied to resource");
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        if (has_scope(list, pairs[i][0]) && has_scope(list, pairs[i][1]))
            check_invalid(c, "scopes", list, "conflicting scopes");
}

static void check_scope_term(struct check *c, const struct json *term)
{
    struct str scope = obj_str(term, ".scopeName"), op = obj_str(term, ".operator");
    bool lists = str_eqc(op, "In") || str_eqc(op, "NotIn"),
         only_exists = !str_eqc(scope, "PriorityClass") && !str_eqc(scope, "VolumeAttributesClass");
    if (!is_scope(scope)) check_invalid_str(c, "scopeName", scope, "unsupported scope");
    if (is_scope(scope) && only_exists && !str_eqc(op, "Exists"))
        check_invalid_str(c, "operator", op,
                          "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, "
                          "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
                          "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
    if (lists && !obj_count(term, ".values"))
        check_required(c, "values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
    if (!lists && obj_count(term, ".values"))
        check_invalid(c, "values", obj_get(term, ".values"),
                      "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
}

static bool same_set(const struct json *a, const struct json *b)
{
    for (OBJ_EACH(it, a, "")) {
        bool found = false;
        for (OBJ_EACH(o, b, "")) found = found || str_eq(obj_text(it), obj_text(o));
        if (!found) return false;
    }
    return true;
}

/* type ResourceQuotaSpec check=fn:resource_quota_spec */
void check_resource_quota_spec(struct check *c, const struct json *spec, const struct json *old)
{
    check_hard(c, spec, "hard");
    check_scopes(c, spec);
    size_t outer = check_member(c, "scopeSelector"), i = 0;
    for (OBJ_EACH(term, spec, ".scopeSelector.matchExpressions")) {
        size_t mark = check_member(c, "matchExpressions");
        check_index(c, i++);
        check_scope_term(c, term);
        check_pop(c, mark);
    }
    check_pop(c, outer);
    const struct json *now = json_getc(spec, "scopes"), *was = json_getc(old, "scopes");
    if (old && !(same_set(now, was) && same_set(was, now))) check_invalid(c, "scopes", now, "field is immutable");
}

/* type ResourceQuotaStatus check=fn:resource_quota_status */
void check_resource_quota_status(struct check *c, const struct json *status, const struct json *old)
{
    (void)old;
    check_hard(c, status, "hard");
    check_hard(c, status, "used");
}

/* ---- LimitRange ---- */

struct bounds { /* of one resource in one item */
    const struct json *node[5];
    struct qty value[5];
    bool has[5];
};
enum { MAX_OF, MIN_OF, DEFAULT_OF, REQUEST_OF, RATIO_OF };
static const char *const bound_members[] = {"max", "min", "default", "defaultRequest", "maxLimitRequestRatio"};

static bool overcommits(struct str name)
{
    return !is_huge_page(name) && (str_chr(name, '/') == SIZE_MAX || str_starts(name, STR("kubernetes.io/")));
}

static void bad_bound(struct check *c, int member, struct str key, const struct json *value, const char *what,
                      const struct json *a, const char *than, const struct json *b)
{
    size_t mark = check_member(c, bound_members[member]);
    check_key(c, key);
    check_invalidf(c, NULL, value, "%s %.*s is greater than %s %.*s", what, STR_ARG(obj_text(a)), than,
                   STR_ARG(obj_text(b)));
    check_pop(c, mark);
}

static void check_ratio(struct check *c, struct str key, const struct bounds *b)
{
    size_t mark = check_member(c, bound_members[RATIO_OF]);
    check_key(c, key);
    struct qty one = qty_of(1, QTY_DECIMAL_SI);
    if (qty_cmp(&b->value[RATIO_OF], &one) < 0)
        check_invalidf(c, NULL, b->node[RATIO_OF], "ratio %.*s is less than 1", STR_ARG(obj_text(b->node[RATIO_OF])));
    if (b->has[MIN_OF] && b->has[MAX_OF] && b->value[MIN_OF].nano > 0) {
        double limit = (double)b->value[MAX_OF].nano / (double)b->value[MIN_OF].nano;
        if ((double)b->value[RATIO_OF].nano / 1e9 > limit)
            check_invalidf(c, NULL, b->node[RATIO_OF], "ratio %.*s is greater than max/min = %f",
                           STR_ARG(obj_text(b->node[RATIO_OF])), limit);
    }
    check_pop(c, mark);
}

static void check_bounds(struct check *c, struct str key, const struct bounds *b)
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
            bad_bound(c, rows[i].at, key, b->node[rows[i].shown], rows[i].what, b->node[low], rows[i].than,
                      b->node[high]);
    }
    if (b->has[RATIO_OF]) check_ratio(c, key, b);
    if (overcommits(key) || !b->has[DEFAULT_OF] || !b->has[REQUEST_OF] ||
        qty_cmp(&b->value[DEFAULT_OF], &b->value[REQUEST_OF]) == 0)
        return;
    size_t mark = check_member(c, bound_members[DEFAULT_OF]);
    check_key(c, key);
    check_invalidf(c, NULL, b->node[DEFAULT_OF], "default value %.*s must equal to defaultRequest value %.*s in %.*s",
                   STR_ARG(obj_text(b->node[DEFAULT_OF])), STR_ARG(obj_text(b->node[REQUEST_OF])), STR_ARG(key));
    check_pop(c, mark);
}

/* Each resource that any of the maps names, once. */
static void check_item_bounds(struct check *c, const struct json *item)
{
    for (int m = 0; m < 5; m++) {
        for (OBJ_EACH(it, json_getc(item, bound_members[m]), "")) {
            struct bounds b = {.has = {false}};
            bool seen = false;
            for (int k = 0; k < 5; k++) {
                b.node[k] = json_get(json_getc(item, bound_members[k]), obj_key(it));
                b.has[k] = read_quantity(b.node[k], &b.value[k]);
                seen = seen || (k < m && b.node[k]);
            }
            if (!seen) check_bounds(c, obj_key(it), &b);
        }
    }
}

static void check_item_type(struct check *c, const struct json *item)
{
    static const char *const standard[] = {"Pod", "Container", "PersistentVolumeClaim"};
    struct str type = obj_str(item, ".type");
    const char *why = name_qualified(type);
    bool fine = str_chr(type, '/') != SIZE_MAX;
    for (size_t i = 0; i < ARRAY_LEN(standard); i++) fine = fine || str_eqc(type, standard[i]);
    if (why)
        check_invalid_str(c, "type", type, why);
    else if (!fine)
        check_invalid_str(c, "type", type, "must be a standard limit type or fully qualified");
}

static void check_item(struct check *c, const struct json *item)
{
    bool pod = obj_is(item, ".type", "Pod");
    check_item_type(c, item);
    for (int m = 0; m < 5; m++) {
        if (pod && (m == DEFAULT_OF || m == REQUEST_OF)) {
            if (obj_count(json_getc(item, bound_members[m]), ""))
                check_forbidden(c, bound_members[m], "may not be specified when `type` is 'Pod'");
            continue;
        }
        size_t outer = check_member(c, bound_members[m]);
        for (OBJ_EACH(it, json_getc(item, bound_members[m]), "")) {
            size_t mark = check_key(c, obj_key(it));
            check_resource_name(c, obj_key(it));
            check_pop(c, mark);
        }
        check_pop(c, outer);
    }
    if (obj_is(item, ".type", "PersistentVolumeClaim") && !obj_has(item, ".min.storage") &&
        !obj_has(item, ".max.storage"))
        check_required(c, "limits", "either minimum or maximum storage value is required, but neither was provided");
    check_item_bounds(c, item);
}

/* type LimitRangeSpec check=fn:limit_range_spec */
void check_limit_range_spec(struct check *c, const struct json *spec, const struct json *old)
{
    (void)old;
    size_t outer = check_member(c, "limits"), i = 0;
    for (OBJ_EACH(item, spec, ".limits")) {
        size_t mark = check_index(c, i++);
        for (const struct json *p = obj_first(spec, ".limits"); p && p != item; p = obj_next(p))
            if (str_eq(obj_str(p, ".type"), obj_str(item, ".type"))) {
                check_duplicate(c, "type", obj_get(item, ".type"));
                break;
            }
        check_item(c, item);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* Copies what `to` lacks. */
static bool fill(struct arena *a, struct json *item, const char *to, const char *from)
{
    bool any = false;
    for (OBJ_EACH(it, item, from)) {
        if (!str_is_null(obj_map_str(item, to, obj_key(it)))) continue;
        obj_map_put_str(a, item, to, obj_key(it), obj_text(it));
        any = true;
    }
    if (any) json_sort_keys(obj_edit(item, to));
    return any;
}

/* type LimitRangeItem default=fn:limit_range_item */
void type_default_limit_range_item(struct arena *a, struct json *item)
{
    if (!obj_is(item, ".type", "Container")) return;
    bool any = fill(a, item, ".default", ".max");
    any = fill(a, item, ".defaultRequest", ".default") || any;
    any = fill(a, item, ".defaultRequest", ".min") || any;
    if (any) object_order(&type_core_v1_LimitRangeItem, item, a);
}
