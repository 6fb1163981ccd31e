/* check_hpa.c - validation of HorizontalPodAutoscaler (pkg/apis/autoscaling/validation/validation.go,
 * pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go).
 * Reads: a defaulted tree of autoscaling/v2, its former state.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/quantity.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/resource.h"

enum { WINDOW_MAX_S = 3600, PERIOD_MAX_S = 1800 };

/* ---- References ---- */

enum version_rule { ANY_VERSION, NAMED_GROUP, ANY_GROUP }; /* what an apiVersion must be */

static const char *why_no_version(struct arena *a, struct str version, enum version_rule rule)
{
    struct str rest, first = str_cut(version, '/', &rest);
    if (rule == ANY_VERSION) return NULL;
    if (!str_is_null(rest) && str_chr(rest, '/') != SIZE_MAX)
        return arena_printf(a, "unexpected GroupVersion string: %.*s", STR_ARG(version));
    bool grouped = !str_is_null(rest) && first.n;
    return rule == NAMED_GROUP && !grouped ? "apiVersion must specify API group" : NULL;
}

static void check_target_ref(struct check *c, const char *member, const struct json *ref, enum version_rule rule)
{
    struct str version = obj_str(ref, ".apiVersion");
    const char *why = why_no_version(c->arena, version, rule);
    size_t mark = check_member(c, member);
    check_required_name(c, "kind", obj_str(ref, ".kind"), name_path_segment, "");
    check_required_name(c, "name", obj_str(ref, ".name"), name_path_segment, "");
    if (why) check_invalid_str(c, "apiVersion", version.p ? version : STR(""), why);
    check_pop(c, mark);
}

/* ---- Metrics ---- */

static void check_positive(struct check *c, const char *member, const struct json *value)
{
    struct qty q;
    struct err e = ERR_INIT;
    if (value && qty_parse(obj_text(value), &q, &e) && q.nano <= 0) check_invalid(c, member, value, "must be positive");
}

static void check_target(struct check *c, const struct json *target)
{
    static const char *const types[] = {"Utilization", "Value", "AverageValue", NULL};
    const struct json *percent = obj_get(target, ".averageUtilization");
    struct str type = obj_str(target, ".type");
    size_t mark = check_member(c, "target");
    if (!type.n) check_required(c, "type", "must specify a metric target type");
    if (!check_is_among(type, types))
        check_invalid_str(c, "type", type.n ? type : STR(""), "must be either Utilization, Value, or AverageValue");
    check_positive(c, "value", obj_get(target, ".value"));
    check_positive(c, "averageValue", obj_get(target, ".averageValue"));
    if (percent && obj_number(percent, 0) < 1)
        check_invalid(c, "averageUtilization", percent, "must be greater than 0");
    check_pop(c, mark);
}

static void check_identifier(struct check *c, const struct json *metric)
{
    size_t mark = check_member(c, "metric");
    check_required_name(c, "name", obj_str(metric, ".name"), name_path_segment, "must specify a metric name");
    check_pop(c, mark);
}

static void check_object_source(struct check *c, const struct json *s, enum version_rule rule)
{
    check_target_ref(c, "describedObject", obj_get(s, ".describedObject"), rule);
    check_identifier(c, obj_get(s, ".metric"));
    check_target(c, obj_get(s, ".target"));
    if (!obj_has(s, ".target.value") && !obj_has(s, ".target.averageValue"))
        check_required(c, "target.averageValue", "must set either a target value or averageValue");
}

static void check_external_source(struct check *c, const struct json *s, enum version_rule rule)
{
    (void)rule;
    bool value = obj_has(s, ".target.value"), average = obj_has(s, ".target.averageValue");
    check_identifier(c, obj_get(s, ".metric"));
    check_target(c, obj_get(s, ".target"));
    if (!value && !average)
        check_required(c, "target.averageValue", "must set either a target value for metric or a per-pod target");
    if (value && average)
        check_forbidden(c, "target.value", "may not set both a target value for metric and a per-pod target");
}

static void check_pods_source(struct check *c, const struct json *s, enum version_rule rule)
{
    (void)rule;
    check_identifier(c, obj_get(s, ".metric"));
    check_target(c, obj_get(s, ".target"));
    if (!obj_has(s, ".target.averageValue"))
        check_required(c, "target.averageValue", "must specify a positive target averageValue");
}

static void check_use(struct check *c, const struct json *s)
{
    bool percent = obj_has(s, ".target.averageUtilization"), average = obj_has(s, ".target.averageValue");
    check_target(c, obj_get(s, ".target"));
    if (!percent && !average)
        check_required(c, "target.averageUtilization", "must set either a target raw value or a target utilization");
    if (percent && average)
        check_forbidden(c, "target.averageValue", "may not set both a target raw value and a target utilization");
}

static void check_resource_source(struct check *c, const struct json *s, enum version_rule rule)
{
    (void)rule;
    if (!obj_str(s, ".name").n) check_required(c, "name", "must specify a resource name");
    check_use(c, s);
}

static void check_container_source(struct check *c, const struct json *s, enum version_rule rule)
{
    (void)rule;
    struct str name = obj_str(s, ".name");
    size_t mark = check_member(c, "name");
    if (name.n)
        check_container_resource_name(c, name);
    else
        check_required(c, NULL, "must specify a resource name");
    check_pop(c, mark);
    check_required_name(c, "container", obj_str(s, ".container"), name_dns1123_label, "must specify a container");
    check_use(c, s);
}

static const struct source { /* in upstream's order */
    const char *type, *member, *path;
    void (*check)(struct check *c, const struct json *source, enum version_rule rule);
} sources[] = {
    {"Object", "object", ".object", check_object_source},
    {"External", "external", ".external", check_external_source},
    {"Pods", "pods", ".pods", check_pods_source},
    {"Resource", "resource", ".resource", check_resource_source},
    {"ContainerResource", "containerResource", ".containerResource", check_container_source},
};

static void check_metric(struct check *c, const struct json *metric, enum version_rule rule)
{
    static const char *const types[] = {"ContainerResource", "External", "Object", "Pods", "Resource", NULL};
    struct str type = obj_str(metric, ".type");
    const struct source *expected = NULL;
    int present = 0;
    for (size_t i = 0; i < ARRAY_LEN(sources); i++)
        if (str_eqc(type, sources[i].type)) expected = &sources[i];
    if (!type.n) check_required(c, "type", "must specify a metric source type");
    (void)check_one_of(c, "type", type, types);
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        if (!obj_has(metric, sources[i].path) || present++) continue;
        size_t mark = check_member(c, sources[i].member);
        sources[i].check(c, obj_get(metric, sources[i].path), rule);
        check_pop(c, mark);
    }
    if (expected && !obj_has(metric, expected->path))
        check_required(c, expected->member, "must populate information for the given metric source");
    if (!expected) (void)check_one_of(c, "type", type, types); /* upstream tells it twice */
    for (size_t i = 0; i < ARRAY_LEN(sources) && present > 1; i++)
        if (&sources[i] != expected && obj_has(metric, sources[i].path))
            check_forbidden(c, sources[i].member, "must populate the given metric source only");
}

static bool scales_from_zero(const struct json *spec)
{
    for (OBJ_EACH(metric, spec, ".metrics"))
        if (obj_is(metric, ".type", "Object") || obj_is(metric, ".type", "External")) return true;
    return false;
}

static void check_metrics(struct check *c, const struct json *spec, enum version_rule rule)
{
    size_t i = 0;
    for (OBJ_EACH(metric, spec, ".metrics")) {
        size_t mark = check_into(c, "metrics", i++);
        check_metric(c, metric, rule);
        check_pop(c, mark);
    }
    if (obj_int(spec, ".minReplicas", 1) == 0 && !scales_from_zero(spec))
        check_forbidden(c, "metrics",
                        "must specify at least one Object or External metric to support scaling to zero replicas");
}

/* ---- Behavior ---- */

static void check_policy(struct check *c, const struct json *policy)
{
    static const char *const types[] = {"Percent", "Pods", NULL};
    const struct json *value = json_int(c->arena, obj_int(policy, ".value", 0)),
                      *period = json_int(c->arena, obj_int(policy, ".periodSeconds", 0));
    (void)check_one_of(c, "type", obj_str(policy, ".type"), types);
    if (obj_number(value, 0) <= 0) check_invalid(c, "value", value, "must be greater than zero");
    if (obj_number(period, 0) <= 0) check_invalid(c, "periodSeconds", period, "must be greater than zero");
    if (obj_number(period, 0) > PERIOD_MAX_S)
        check_invalidf(c, "periodSeconds", period, "must be less than or equal to %d", PERIOD_MAX_S);
}

static void check_rules(struct check *c, const struct json *rules, const char *member)
{
    static const char *const selects[] = {"Disabled", "Max", "Min", NULL};
    const struct json *window = obj_get(rules, ".stabilizationWindowSeconds"),
                      *select = obj_get(rules, ".selectPolicy");
    if (!rules) return;
    size_t outer = check_member(c, member), i = 0;
    if (window && obj_number(window, 0) < 0)
        check_invalid(c, "stabilizationWindowSeconds", window, "must be greater than or equal to zero");
    if (window && obj_number(window, 0) > WINDOW_MAX_S)
        check_invalidf(c, "stabilizationWindowSeconds", window, "must be less than or equal to %d", WINDOW_MAX_S);
    if (select) (void)check_one_of(c, "selectPolicy", obj_text(select), selects);
    if (!obj_count(rules, ".policies")) check_required(c, "policies", "must specify at least one Policy");
    for (OBJ_EACH(policy, rules, ".policies")) {
        size_t mark = check_into(c, "policies", i++);
        check_policy(c, policy);
        check_pop(c, mark);
    }
    check_quantity(c, "tolerance", obj_get(rules, ".tolerance"));
    check_pop(c, outer);
}

/* ---- The whole ---- */

static void check_replicas(struct check *c, const struct json *spec, const struct json *was)
{
    const struct json *min = json_getc(spec, "minReplicas"),
                      *max = json_int(c->arena, obj_int(spec, ".maxReplicas", 0));
    int64_t least = obj_int(was, ".minReplicas", 1) == 0 ? 0 : 1, n = obj_number(max, 0);
    if (obj_number(min, least) < least)
        check_invalidf(c, "minReplicas", min, "must be greater than or equal to %lld", (long long)least);
    if (n == 0) check_required(c, "maxReplicas", "must be set and greater than 0");
    if (n < 0) check_invalid(c, "maxReplicas", max, "must be greater than or equal to 1");
    if (n < obj_number(min, n)) check_invalid(c, "maxReplicas", max, "must be greater than or equal to `minReplicas`");
}

/* What is scaled has a group, but for the one kind of core; who does not change it may leave it as it is. */
static enum version_rule target_rule(const struct json *spec, const struct json *was)
{
    const struct json *now = obj_get(spec, ".scaleTargetRef"), *old = obj_get(was, ".scaleTargetRef");
    if (was && str_eq(obj_str(now, ".apiVersion"), obj_str(old, ".apiVersion")) &&
        str_eq(obj_str(now, ".kind"), obj_str(old, ".kind")))
        return ANY_VERSION;
    return obj_is(now, ".kind", "ReplicationController") ? ANY_GROUP : NAMED_GROUP;
}

static enum version_rule object_rule(struct arena *a, const struct json *was)
{
    for (OBJ_EACH(metric, was, ".metrics"))
        if (obj_is(metric, ".type", "Object") &&
            why_no_version(a, obj_str(metric, ".object.describedObject.apiVersion"), ANY_GROUP))
            return ANY_VERSION;
    return ANY_GROUP;
}

static void check_spec(struct check *c, const struct json *spec, const struct json *was)
{
    size_t outer = check_member(c, "spec");
    check_replicas(c, spec, was);
    check_target_ref(c, "scaleTargetRef", json_getc(spec, "scaleTargetRef"), target_rule(spec, was));
    check_metrics(c, spec, object_rule(c->arena, was));
    size_t behavior = check_member(c, "behavior");
    check_rules(c, obj_get(spec, ".behavior.scaleUp"), "scaleUp");
    check_rules(c, obj_get(spec, ".behavior.scaleDown"), "scaleDown");
    check_pop(c, behavior);
    check_pop(c, outer);
}

/* type HorizontalPodAutoscaler check=fn:hpa whole */
void check_hpa(struct check *c, const struct json *hpa, const struct json *old)
{
    if (old)
        check_meta_update(c);
    else
        check_meta(c);
    if (!c->sub) {
        check_spec(c, json_getc(hpa, "spec"), json_getc(old, "spec"));
        return;
    }
    check_count(c, "status.currentReplicas", obj_get(hpa, ".status.currentReplicas"));
    check_count(c, "status.desiredReplicas", obj_get(hpa, ".status.desiredReplicas"));
}
