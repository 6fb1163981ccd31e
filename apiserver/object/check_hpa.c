/* check_hpa.c - validation of HorizontalPodAutoscaler (pkg/apis/autoscaling/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "api/quantity.h"
#include "apiserver/object/names.h"
#include "schema_hooks.h"

enum { WINDOW_MAX_S = 3600, PERIOD_MAX_S = 1800 };

static void check_name(struct check *c, const char *member, struct str name, const char *required)
{
    const char *why = name.n ? name_path_segment(name) : NULL;
    if (!name.n) check_required(c, member, required);
    if (why) check_invalid_str(c, member, name, why);
}

static void check_reference(struct check *c, const char *member, const struct json *ref)
{
    size_t mark = check_member(c, member);
    check_name(c, "kind", obj_str(ref, ".kind"), "");
    check_name(c, "name", obj_str(ref, ".name"), "");
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
    static const char *const types[] = {"Utilization", "Value", "AverageValue"};
    const struct json *percent = obj_get(target, ".averageUtilization");
    struct str type = obj_str(target, ".type");
    bool known = false;
    size_t mark = check_member(c, "target");
    for (size_t i = 0; i < ARRAY_LEN(types); i++) known = known || str_eqc(type, types[i]);
    if (!type.n) check_required(c, "type", "must specify a metric target type");
    if (!known)
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
    check_name(c, "name", obj_str(metric, ".name"), "must specify a metric name");
    check_pop(c, mark);
}

static void check_object_source(struct check *c, const struct json *s)
{
    check_reference(c, "describedObject", obj_get(s, ".describedObject"));
    check_identifier(c, obj_get(s, ".metric"));
    check_target(c, obj_get(s, ".target"));
    if (!obj_has(s, ".target.value") && !obj_has(s, ".target.averageValue"))
        check_required(c, "target.averageValue", "must set either a target value or averageValue");
}

static void check_external_source(struct check *c, const struct json *s)
{
    bool value = obj_has(s, ".target.value"), average = obj_has(s, ".target.averageValue");
    check_identifier(c, obj_get(s, ".metric"));
    check_target(c, obj_get(s, ".target"));
    if (!value && !average)
        check_required(c, "target.averageValue", "must set either a target value for metric or a per-pod target");
    if (value && average)
        check_forbidden(c, "target.value", "may not set both a target value for metric and a per-pod target");
}

static void check_pods_source(struct check *c, const struct json *s)
{
    check_identifier(c, obj_get(s, ".metric"));
    check_target(c, obj_get(s, ".target"));
    if (!obj_has(s, ".target.averageValue"))
        check_required(c, "target.averageValue", "must specify a positive target averageValue");
}

static void check_resource_source(struct check *c, const struct json *s)
{
    bool percent = obj_has(s, ".target.averageUtilization"), average = obj_has(s, ".target.averageValue");
    if (!obj_str(s, ".name").n) check_required(c, "name", "must specify a resource name");
    check_target(c, obj_get(s, ".target"));
    if (!percent && !average)
        check_required(c, "target.averageUtilization", "must set either a target raw value or a target utilization");
    if (percent && average)
        check_forbidden(c, "target.averageValue", "may not set both a target raw value and a target utilization");
}

static void check_container_source(struct check *c, const struct json *s)
{
    if (!obj_str(s, ".container").n) check_required(c, "container", "must specify a container");
    check_resource_source(c, s);
}

static const struct source { /* in upstream's order */
    const char *type, *member, *path;
    void (*check)(struct check *c, const struct json *source);
} sources[] = {
    {"Object", "object", ".object", check_object_source},
    {"External", "external", ".external", check_external_source},
    {"Pods", "pods", ".pods", check_pods_source},
    {"Resource", "resource", ".resource", check_resource_source},
    {"ContainerResource", "containerResource", ".containerResource", check_container_source},
};

static void check_metric(struct check *c, const struct json *metric)
{
    static const char *const types[] = {"ContainerResource", "External", "Object", "Pods", "Resource", NULL};
    struct str type = obj_str(metric, ".type");
    const struct source *expected = NULL;
    int present = 0;
    for (size_t i = 0; i < ARRAY_LEN(sources); i++)
        if (str_eqc(type, sources[i].type)) expected = &sources[i];
    if (!type.n) check_required(c, "type", "must specify a metric source type");
    if (!expected) check_not_supported(c, "type", json_str(c->arena, type.n ? type : STR("")), types);
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        if (!obj_has(metric, sources[i].path) || present++) continue;
        size_t mark = check_member(c, sources[i].member);
        sources[i].check(c, obj_get(metric, sources[i].path));
        check_pop(c, mark);
    }
    if (expected && !obj_has(metric, expected->path))
        check_required(c, expected->member, "must populate information for the given metric source");
    for (size_t i = 0; i < ARRAY_LEN(sources) && present > 1; i++)
        if (&sources[i] != expected && obj_has(metric, sources[i].path))
            check_forbidden(c, sources[i].member, "must populate the given metric source only");
}

/* ---- Behavior ---- */

static void check_policy(struct check *c, const struct json *policy)
{
    static const struct {
        const char *path;
        int64_t max;
    } rows[] = {{".value", INT64_MAX}, {".periodSeconds", PERIOD_MAX_S}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct json *v = obj_get(policy, rows[i].path);
        int64_t n = obj_number(v, 0);
        if (n <= 0) check_invalid(c, rows[i].path + 1, v ? v : json_int(c->arena, 0), "must be greater than zero");
        if (n > rows[i].max)
            check_invalidf(c, rows[i].path + 1, v, "must be less than or equal to %lld", (long long)rows[i].max);
    }
}

static void check_rules(struct check *c, const struct json *rules, const char *member)
{
    const struct json *window = obj_get(rules, ".stabilizationWindowSeconds"),
                      *tolerance = obj_get(rules, ".tolerance");
    struct qty q;
    struct err e = ERR_INIT;
    if (!rules) return;
    size_t outer = check_member(c, member), i = 0;
    if (window && obj_number(window, 0) < 0)
        check_invalid(c, "stabilizationWindowSeconds", window, "must be greater than or equal to zero");
    if (window && obj_number(window, 0) > WINDOW_MAX_S)
        check_invalidf(c, "stabilizationWindowSeconds", window, "must be less than or equal to %d", WINDOW_MAX_S);
    if (tolerance && qty_parse(obj_text(tolerance), &q, &e) && q.nano < 0)
        check_invalid(c, "tolerance", tolerance, "must be greater than or equal to 0");
    if (!obj_count(rules, ".policies")) check_required(c, "policies", "must specify at least one Policy");
    size_t list = check_member(c, "policies");
    for (OBJ_EACH(policy, rules, ".policies")) {
        size_t mark = check_index(c, i++);
        check_policy(c, policy);
        check_pop(c, mark);
    }
    check_pop(c, list);
    check_pop(c, outer);
}

/* type HorizontalPodAutoscalerSpec check=fn:hpa_spec */
void check_hpa_spec(struct check *c, const struct json *spec, const struct json *old)
{
    (void)old;
    int64_t min = obj_int(spec, ".minReplicas", 1), max = obj_int(spec, ".maxReplicas", 0);
    const struct json *max_node = obj_get(spec, ".maxReplicas");
    size_t i = 0;
    if (!max_node) max_node = json_int(c->arena, 0);
    if (min < 1) check_invalid(c, "minReplicas", obj_get(spec, ".minReplicas"), "must be greater than or equal to 1");
    if (max < 1) check_invalid(c, "maxReplicas", max_node, "must be greater than 0");
    if (max < min) check_invalid(c, "maxReplicas", max_node, "must be greater than or equal to `minReplicas`");
    check_reference(c, "scaleTargetRef", obj_get(spec, ".scaleTargetRef"));
    size_t list = check_member(c, "metrics");
    for (OBJ_EACH(metric, spec, ".metrics")) {
        size_t mark = check_index(c, i++);
        check_metric(c, metric);
        check_pop(c, mark);
    }
    check_pop(c, list);
    size_t behavior = check_member(c, "behavior");
    check_rules(c, obj_get(spec, ".behavior.scaleUp"), "scaleUp");
    check_rules(c, obj_get(spec, ".behavior.scaleDown"), "scaleDown");
    check_pop(c, behavior);
}
