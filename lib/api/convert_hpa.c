/* convert_hpa.c - HorizontalPodAutoscaler of autoscaling/v1 <-> v2, which is what is stored. What v1 has no field for
 * travels in annotations (pkg/apis/autoscaling/v1/conversion.go, pkg/apis/autoscaling/annotations.go).
 * Reads and writes: one tree. */
#include "decode.h"
#include "object.h"
#include "schema_convert.h"
#include "schema_ids.h"

#define METRICS         "autoscaling.alpha.kubernetes.io/metrics"
#define CURRENT_METRICS "autoscaling.alpha.kubernetes.io/current-metrics"
#define CONDITIONS      "autoscaling.alpha.kubernetes.io/conditions"
#define BEHAVIOR        "autoscaling.alpha.kubernetes.io/behavior"

enum { ANNOTATION_MAX = 1 << 20, DEFAULT_CPU_UTILIZATION = 80 };

void hpa_drop_annotations(struct json *hpa)
{
    static const char *const paths[] = {
        ".metadata.annotations[" METRICS "]",
        ".metadata.annotations[" CURRENT_METRICS "]",
        ".metadata.annotations[" CONDITIONS "]",
        ".metadata.annotations[" BEHAVIOR "]",
    };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) obj_del(hpa, paths[i]);
    if (!obj_count(hpa, ".metadata.annotations")) obj_del(hpa, ".metadata.annotations");
}

/* ---- Metrics: v1 knows them in annotations alone (schema/autoscaling_metrics.api), and names their parts otherwise
 * ---- */

struct part {
    const char *source, *v2, *v1; /* of which source; where it is in it */
};

static const struct part spec_parts[] = {
    {"object", ".describedObject", ".target"},
    {"object", ".metric.name", ".metricName"},
    {"object", ".target.value", ".targetValue"},
    {"object", ".metric.selector", ".selector"},
    {"object", ".target.averageValue", ".averageValue"},
    {"pods", ".metric.name", ".metricName"},
    {"pods", ".target.averageValue", ".targetAverageValue"},
    {"pods", ".metric.selector", ".selector"},
    {"resource", ".name", ".name"},
    {"resource", ".target.averageUtilization", ".targetAverageUtilization"},
    {"resource", ".target.averageValue", ".targetAverageValue"},
    {"containerResource", ".name", ".name"},
    {"containerResource", ".target.averageUtilization", ".targetAverageUtilization"},
    {"containerResource", ".target.averageValue", ".targetAverageValue"},
    {"containerResource", ".container", ".container"},
    {"external", ".metric.name", ".metricName"},
    {"external", ".metric.selector", ".metricSelector"},
    {"external", ".target.value", ".targetValue"},
    {"external", ".target.averageValue", ".targetAverageValue"},
    {.source = NULL},
};
static const struct part status_parts[] = {
    {"object", ".describedObject", ".target"},
    {"object", ".metric.name", ".metricName"},
    {"object", ".current.value", ".currentValue"},
    {"object", ".metric.selector", ".selector"},
    {"object", ".current.averageValue", ".averageValue"},
    {"pods", ".metric.name", ".metricName"},
    {"pods", ".current.averageValue", ".currentAverageValue"},
    {"pods", ".metric.selector", ".selector"},
    {"resource", ".name", ".name"},
    {"resource", ".current.averageUtilization", ".currentAverageUtilization"},
    {"resource", ".current.averageValue", ".currentAverageValue"},
    {"containerResource", ".name", ".name"},
    {"containerResource", ".current.averageUtilization", ".currentAverageUtilization"},
    {"containerResource", ".current.averageValue", ".currentAverageValue"},
    {"containerResource", ".container", ".container"},
    {"external", ".metric.name", ".metricName"},
    {"external", ".metric.selector", ".metricSelector"},
    {"external", ".current.value", ".currentValue"},
    {"external", ".current.averageValue", ".currentAverageValue"},
    {.source = NULL},
};

static struct json *metric_to(struct arena *a, const struct json *metric, const struct part *parts, bool to_v2)
{
    struct json *out = obj_empty(a);
    obj_put_copy(a, out, ".type", obj_get(metric, ".type"));
    for (const struct part *p = parts; p->source; p++) {
        const char *from = arena_printf(a, ".%s%s", p->source, to_v2 ? p->v1 : p->v2);
        obj_put_copy(a, out, arena_printf(a, ".%s%s", p->source, to_v2 ? p->v2 : p->v1), obj_get(metric, from));
    }
    return out;
}

/* v1 does not say what sort a target is: it shows in what is set. */
static const struct {
    const char *source, *set, *then, *otherwise;
} target_types[] = {
    {".object", ".target.averageValue", "AverageValue", "Value"},
    {".pods", ".target", "AverageValue", ""},
    {".resource", ".target.averageUtilization", "Utilization", "AverageValue"},
    {".containerResource", ".target.averageUtilization", "Utilization", "AverageValue"},
    {".external", ".target.value", "Value", "AverageValue"},
};

static void put_target_types(struct arena *a, struct json *metric)
{
    for (size_t i = 0; i < ARRAY_LEN(target_types); i++) {
        struct json *source = obj_edit(metric, target_types[i].source);
        if (!source) continue;
        bool set = obj_has(source, target_types[i].set);
        obj_put_cstr(a, source, ".target.type", set ? target_types[i].then : target_types[i].otherwise);
    }
    /* v1 cannot leave an object's value out. */
    if (obj_has(metric, ".object.target.averageValue") && obj_is(metric, ".object.target.value", "0"))
        obj_del(metric, ".object.target.value");
}

/* Makes every item a normalised value of the type. False: something in them is no such thing. */
static bool normalise(struct arena *a, const struct api_type *type, struct json *list)
{
    struct err e = ERR_INIT;
    if (!json_is(list, JSON_ARR)) return false;
    JSON_FOREACH(it, list)
    {
        if (it->type == JSON_NULL) {
            it->type = JSON_OBJ;
            it->u.kids.head = it->u.kids.tail = NULL;
        }
        if (!api_decode(a, type, it, NULL, &e)) return false;
    }
    return true;
}

/* ---- Annotations ---- */

static void put_text(struct arena *a, struct json *hpa, const char *name, const struct json *value)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, ANNOTATION_MAX);
    json_write(&text, value);
    obj_map_put_str(a, hpa, ".metadata.annotations", str_of(name), str_copy(a, buf_view(&text)));
}

/* NULL: absent, or no JSON; a client may write what it likes there. */
static struct json *get_tree(struct arena *a, const struct json *hpa, const char *name)
{
    struct err e = ERR_INIT;
    struct str text = obj_map_str(hpa, ".metadata.annotations", str_of(name));
    return text.n ? json_parse(a, str_copy(a, text), &e) : NULL;
}

/* A list of values of the type. Where there is anything else in it, all of it is ignored, as upstream. */
static struct json *get_list(struct arena *a, const struct json *hpa, const char *name, const struct api_type *type)
{
    struct json *list = get_tree(a, hpa, name);
    if (json_is(list, JSON_NULL)) return json_arr(a);
    return normalise(a, type, list) ? list : NULL;
}

/* Go writes the behavior's own names, for upstream's inner type has none for JSON. */
static const char *const rule_members[] = {"stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance"};
static const char *const policy_members[] = {"type", "value", "periodSeconds"};

static const char *in_go(struct arena *a, const char *member)
{
    return arena_printf(a, "%c%s", member[0] - 'a' + 'A', member + 1);
}

static struct json *renamed(struct arena *a, const struct json *from, const char *const *members, size_t n, bool to_go)
{
    struct json *out = obj_empty(a);
    for (size_t i = 0; i < n; i++) {
        const char *go = in_go(a, members[i]);
        const struct json *value = json_getc(from, to_go ? members[i] : go);
        if (value && value->type != JSON_NULL)
            json_set(a, out, str_of(to_go ? go : members[i]), json_copy(a, value));
        else if (to_go)
            json_set(a, out, str_of(go), json_null(a));
    }
    return out;
}

static struct json *rules_to(struct arena *a, const struct json *rules, bool to_go)
{
    struct json *out = renamed(a, rules, rule_members, ARRAY_LEN(rule_members), to_go);
    struct json *policies = json_getc(out, to_go ? "Policies" : "policies");
    if (!json_is(policies, JSON_ARR)) return out;
    struct json *list = json_arr(a);
    JSON_FOREACH(p, policies)
    json_push(list,
              p->type == JSON_OBJ ? renamed(a, p, policy_members, ARRAY_LEN(policy_members), to_go) : json_copy(a, p));
    json_set(a, out, str_of(to_go ? "Policies" : "policies"), list);
    return out;
}

static struct json *behavior_to(struct arena *a, const struct json *behavior, bool to_go)
{
    static const char *const sides[] = {"scaleUp", "scaleDown"};
    struct json *out = obj_empty(a);
    for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
        const char *go = in_go(a, sides[i]);
        const struct json *rules = json_getc(behavior, to_go ? sides[i] : go);
        if (rules) /* what is no object stays, and is refused as a whole */
            json_set(a, out, str_of(to_go ? go : sides[i]),
                     rules->type == JSON_OBJ ? rules_to(a, rules, to_go) : json_copy(a, rules));
        else if (to_go)
            json_set(a, out, str_of(go), json_null(a));
    }
    return out;
}

static struct json *get_behavior(struct arena *a, const struct json *hpa)
{
    struct err e = ERR_INIT;
    struct json *tree = get_tree(a, hpa, BEHAVIOR), *v2 = json_is(tree, JSON_OBJ) ? behavior_to(a, tree, false) : NULL;
    bool ok = v2 && api_decode(a, &type_autoscaling_v2_HorizontalPodAutoscalerBehavior, v2, NULL, &e);
    return ok && v2->count ? v2 : NULL;
}

/* ---- From v2 ---- */

static bool is_cpu_utilization(const struct json *metric, const char *path)
{
    return obj_is(metric, ".type", "Resource") && obj_is(metric, ".resource.name", "cpu") && obj_has(metric, path);
}

static void spec_to_v1(struct arena *a, struct json *hpa)
{
    static const char utilization[] = ".resource.target.averageUtilization";
    struct json *others = json_arr(a);
    for (OBJ_EACH(metric, hpa, ".spec.metrics")) {
        if (!is_cpu_utilization(metric, utilization))
            json_push(others, metric_to(a, metric, spec_parts, false));
        else if (!obj_has(hpa, ".spec.targetCPUUtilizationPercentage"))
            obj_put_copy(a, hpa, ".spec.targetCPUUtilizationPercentage", obj_get(metric, utilization));
    }
    if (normalise(a, &type_autoscaling_v1_MetricSpec, others) && others->count) put_text(a, hpa, METRICS, others);
    if (obj_has(hpa, ".spec.behavior"))
        put_text(a, hpa, BEHAVIOR, behavior_to(a, obj_get(hpa, ".spec.behavior"), true));
    obj_del(hpa, ".spec.metrics");
    obj_del(hpa, ".spec.behavior");
}

static void status_to_v1(struct arena *a, struct json *hpa)
{
    static const char utilization[] = ".resource.current.averageUtilization";
    struct json *current = json_arr(a);
    for (OBJ_EACH(metric, hpa, ".status.currentMetrics")) {
        json_push(current, metric_to(a, metric, status_parts, false));
        if (is_cpu_utilization(metric, utilization))
            obj_put_copy(a, hpa, ".status.currentCPUUtilizationPercentage", obj_get(metric, utilization));
    }
    if (normalise(a, &type_autoscaling_v1_MetricStatus, current) && current->count)
        put_text(a, hpa, CURRENT_METRICS, current);
    if (obj_count(hpa, ".status.conditions")) put_text(a, hpa, CONDITIONS, obj_get(hpa, ".status.conditions"));
    obj_del(hpa, ".status.currentMetrics");
    obj_del(hpa, ".status.conditions");
}

/* ---- From v1 ---- */

static void push_cpu(struct arena *a, struct json *hpa, const char *list, const char *value_path,
                     const struct json *value)
{
    struct json *metric = obj_append(a, hpa, list);
    obj_put_cstr(a, metric, ".type", "Resource");
    obj_put_cstr(a, metric, ".resource.name", "cpu");
    obj_put_copy(a, metric, value_path, value);
}

static void spec_to_v2(struct arena *a, struct json *hpa)
{
    const struct json *percent = obj_get(hpa, ".spec.targetCPUUtilizationPercentage"),
                      *others = get_list(a, hpa, METRICS, &type_autoscaling_v1_MetricSpec);
    struct json *behavior = get_behavior(a, hpa), *metrics = json_arr(a);
    JSON_FOREACH(metric, others) json_push(metrics, metric_to(a, metric, spec_parts, true));
    obj_put(a, hpa, ".spec.metrics", metrics);
    if (percent || !metrics->count) /* what v1's controller took when nothing was said */
        push_cpu(a, hpa, ".spec.metrics", ".resource.target.averageUtilization",
                 percent ? percent : json_int(a, DEFAULT_CPU_UTILIZATION));
    JSON_FOREACH(metric, metrics) put_target_types(a, metric);
    if (behavior) obj_put(a, hpa, ".spec.behavior", behavior);
    obj_del(hpa, ".spec.targetCPUUtilizationPercentage");
}

static void status_to_v2(struct arena *a, struct json *hpa)
{
    const struct json *percent = obj_get(hpa, ".status.currentCPUUtilizationPercentage"),
                      *current = get_list(a, hpa, CURRENT_METRICS, &type_autoscaling_v1_MetricStatus);
    struct json *conditions = get_list(a, hpa, CONDITIONS, &type_autoscaling_v2_HorizontalPodAutoscalerCondition);
    if (current) { /* it says all that the percentage says, and more */
        struct json *list = json_arr(a);
        JSON_FOREACH(metric, current) json_push(list, metric_to(a, metric, status_parts, true));
        obj_put(a, hpa, ".status.currentMetrics", list);
    } else if (percent) {
        push_cpu(a, hpa, ".status.currentMetrics", ".resource.current.averageUtilization", percent);
    }
    if (conditions) obj_put(a, hpa, ".status.conditions", conditions);
    obj_del(hpa, ".status.currentCPUUtilizationPercentage");
}

void convert_hpa(struct arena *a, struct json *hpa, bool to_storage)
{
    if (to_storage) {
        spec_to_v2(a, hpa);
        status_to_v2(a, hpa);
        hpa_drop_annotations(hpa);
    } else {
        hpa_drop_annotations(hpa);
        spec_to_v1(a, hpa);
        status_to_v1(a, hpa);
    }
}
