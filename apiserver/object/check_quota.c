/* check_quota.c - validation of ResourceQuotas (pkg/apis/core/validation/validation.go, ValidateResourceQuota).
 * Reads: a defaulted tree, its former state.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/decode.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/resource.h"
#include "schema_ids.h"

static void check_bounds(struct check *c, const struct json *part, const char *member)
{
    size_t outer = check_member(c, member);
    for (OBJ_EACH(it, json_getc(part, member), "")) {
        size_t mark = check_key(c, obj_key(it));
        check_quota_resource_name(c, obj_key(it));
        check_amount(c, obj_key(it), it);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* ---- Scopes ---- */

static const char *const scopes[] = {"Terminating",
                                     "NotTerminating",
                                     "BestEffort",
                                     "NotBestEffort",
                                     "PriorityClass",
                                     "CrossNamespacePodAffinity",
                                     "VolumeAttributesClass",
                                     NULL};

/* IsResourceQuotaScopeValidForResource */
static bool scope_fits(struct str scope, struct str resource)
{
    if (!check_is_among(scope, scopes)) return true;
    if (str_eqc(scope, "BestEffort")) return str_eqc(resource, "pods");
    if (str_eqc(scope, "VolumeAttributesClass"))
        return str_eqc(resource, "persistentvolumeclaims") || str_eqc(resource, "requests.storage");
    return resource_is_pod_quota(resource);
}

/* What of the bounds the scopes have a say in. */
struct scoped {
    struct str *resources;
    size_t n;
};

static struct scoped scoped_of(struct arena *a, const struct json *spec)
{
    struct scoped s = {.resources = ARENA_ARRAY(a, struct str, obj_count(spec, ".hard") + 1)};
    for (OBJ_EACH(it, spec, ".hard"))
        if (resource_is_quota(obj_key(it))) s.resources[s.n++] = obj_key(it);
    return s;
}

/* Few resources fit: it ends soon, with all of them or with as many errors as are told. */
static void check_fit(struct check *c, const char *member, const struct json *shown, struct str scope,
                      const struct scoped *s)
{
    for (size_t i = 0; i < s->n && c->count < CHECK_ERRORS_MAX; i++)
        if (!scope_fits(scope, s->resources[i]))
            check_invalid(c, member, shown, "unsupported scope applied to resource");
}

static bool has_scope(const struct json *list, const char *path, const char *scope)
{
    for (OBJ_EACH(it, list, ""))
        if (obj_is(it, path, scope)) return true;
    return false;
}

/* path: where an item says its scope. */
static void check_conflicts(struct check *c, const char *member, const struct json *list, const char *path,
                            const struct json *shown)
{
    static const char *const pairs[][2] = {{"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        if (has_scope(list, path, pairs[i][0]) && has_scope(list, path, pairs[i][1]))
            check_invalid(c, member, shown, "conflicting scopes");
}

static void check_scopes(struct check *c, const struct json *spec, const struct scoped *scoped)
{
    const struct json *list = json_getc(spec, "scopes");
    for (OBJ_EACH(it, list, "")) {
        if (c->count == CHECK_ERRORS_MAX) return;
        if (!check_is_among(obj_text(it), scopes)) check_invalid(c, "scopes", list, "unsupported scope");
        check_fit(c, "scopes", list, obj_text(it), scoped);
    }
    check_conflicts(c, "scopes", list, "", list);
}

/* As upstream prints its internal type. */
static const struct json *go_selector(struct arena *a, const struct json *selector)
{
    struct json *out = obj_empty(a);
    obj_put(a, out, ".MatchExpressions", obj_list(a));
    for (OBJ_EACH(it, selector, ".matchExpressions")) {
        struct json *term = obj_append(a, out, ".MatchExpressions");
        const struct json *values = json_getc(it, "values");
        obj_put_str(a, term, ".ScopeName", obj_str(it, ".scopeName"));
        obj_put_str(a, term, ".Operator", obj_str(it, ".operator"));
        obj_put(a, term, ".Values", values ? json_copy(a, values) : json_null(a));
    }
    return out;
}

static void check_operator(struct check *c, const struct json *term)
{
    static const char *const only_exists[] = {
        "BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity", NULL};
    struct str op = obj_str(term, ".operator"), shown = op.p ? op : STR("");
    const struct json *values = json_getc(term, "values");
    bool lists = str_eqc(op, "In") || str_eqc(op, "NotIn");
    if (check_is_among(obj_str(term, ".scopeName"), only_exists) && !str_eqc(op, "Exists"))
        check_invalid_str(c, "operator", shown,
                          "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
                          "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
                          "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
    if (lists && !obj_count(values, ""))
        check_required(c, "values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
    if (lists) return;
    if (!str_eqc(op, "Exists") && !str_eqc(op, "DoesNotExist"))
        check_invalid_str(c, "operator", shown, "not a valid selector operator");
    else if (obj_count(values, ""))
        check_invalid(c, "values", values,
                      "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
}

/* Upstream's paths have no index here. */
static void check_selector(struct check *c, const struct json *spec, const struct scoped *scoped)
{
    const struct json *selector = json_getc(spec, "scopeSelector"), *terms = json_getc(selector, "matchExpressions"),
                      *shown = scoped->n ? go_selector(c->arena, selector) : NULL;
    size_t mark = check_member(c, "scopeSelector.matchExpressions");
    for (OBJ_EACH(term, terms, "")) {
        if (c->count == CHECK_ERRORS_MAX) break;
        struct str scope = obj_str(term, ".scopeName");
        if (!check_is_among(scope, scopes))
            check_invalid_str(c, "scopeName", scope.p ? scope : STR(""), "unsupported scope");
        check_fit(c, NULL, shown, scope, scoped);
        check_operator(c, term);
    }
    check_conflicts(c, NULL, terms, ".scopeName", json_getc(spec, "scopes"));
    check_pop(c, mark);
}

/* ---- The whole ---- */

static bool all_among(const struct json *a, const struct json *b)
{
    struct kept texts = {{0}};
    bool all = true;
    kept_add(&texts, b);
    for (OBJ_EACH(it, a, "")) all = all && kept_has(&texts, obj_text(it));
    kept_release(&texts);
    return all;
}

static void check_spec(struct check *c, const struct json *spec, const struct json *old)
{
    const struct json *now = json_getc(spec, "scopes"), *was = json_getc(old, "scopes");
    struct scoped scoped = scoped_of(c->arena, spec);
    size_t mark = check_member(c, "spec");
    check_bounds(c, spec, "hard");
    check_scopes(c, spec, &scoped);
    check_selector(c, spec, &scoped);
    if (c->old && !(all_among(now, was) && all_among(was, now)))
        check_invalid(c, "scopes", api_shown(c->arena, spec, &type_core_v1_ResourceQuotaSpec, "scopes"),
                      "field is immutable");
    check_pop(c, mark);
}

static void check_status(struct check *c, const struct json *status)
{
    size_t mark = check_member(c, "status");
    check_bounds(c, status, "hard");
    check_bounds(c, status, "used");
    check_pop(c, mark);
}

/* type ResourceQuota check=fn:resource_quota whole */
void check_resource_quota(struct check *c, const struct json *quota, const struct json *old)
{
    if (old)
        check_meta_update(c);
    else
        check_meta(c);
    if (!c->sub) check_spec(c, json_getc(quota, "spec"), json_getc(old, "spec"));
    if (!old || c->sub) check_status(c, json_getc(quota, "status"));
}
