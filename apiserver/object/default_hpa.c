/* default_hpa.c - computed defaults of HorizontalPodAutoscaler (pkg/apis/autoscaling/v2/defaults.go).
 * Reads and writes: one normalised tree. */
#include "apiserver/object/hooks.h"

#include "api/convert.h"
#include "api/decode.h"
#include "apiserver/object/object.h"
#include "schema_hooks.h"
#include "schema_ids.h"

struct side { /* how fast in one direction, when the object does not say */
    const char *path;
    bool has_window;
    struct {
        const char *type;
        int64_t value;
    } policies[2];
};

static const struct side sides[] = {
    {".spec.behavior.scaleUp", true, {{"Pods", 4}, {"Percent", 100}}},
    {".spec.behavior.scaleDown", false, {{"Percent", 100}, {NULL, 0}}},
};
enum { PERIOD_S = 15, CPU_UTILIZATION = 80 };

static void default_side(struct arena *a, struct json *hpa, const struct side *side)
{
    if (!obj_has(hpa, side->path)) obj_put(a, hpa, side->path, obj_empty(a));
    struct json *rules = obj_edit(hpa, side->path);
    if (side->has_window && !obj_has(rules, ".stabilizationWindowSeconds"))
        obj_put_int(a, rules, ".stabilizationWindowSeconds", 0);
    if (!obj_has(rules, ".selectPolicy")) obj_put_cstr(a, rules, ".selectPolicy", "Max");
    for (size_t i = 0; i < ARRAY_LEN(side->policies) && side->policies[i].type && !obj_has(rules, ".policies[1]");
         i++) {
        if (i == 0 && api_sent(rules, &type_autoscaling_v2_HPAScalingRules, "policies")) break;
        struct json *p = obj_append(a, rules, ".policies");
        obj_put_cstr(a, p, ".type", side->policies[i].type);
        obj_put_int(a, p, ".value", side->policies[i].value);
        obj_put_int(a, p, ".periodSeconds", PERIOD_S);
    }
    object_order(&type_autoscaling_v2_HPAScalingRules, rules, a);
}

/* type HorizontalPodAutoscaler default=fn:hpa */
void type_default_hpa(struct arena *a, struct json *hpa)
{
    hpa_drop_annotations(hpa);
    if (!obj_has(hpa, ".spec")) return;
    if (!obj_count(hpa, ".spec.metrics")) {
        struct json *metric = obj_append(a, hpa, ".spec.metrics");
        obj_put_cstr(a, metric, ".type", "Resource");
        obj_put_cstr(a, metric, ".resource.name", "cpu");
        obj_put_cstr(a, metric, ".resource.target.type", "Utilization");
        obj_put_int(a, metric, ".resource.target.averageUtilization", CPU_UTILIZATION);
    }
    for (size_t i = 0; i < ARRAY_LEN(sides) && obj_has(hpa, ".spec.behavior"); i++) default_side(a, hpa, &sides[i]);
    if (obj_has(hpa, ".spec.behavior"))
        object_order(&type_autoscaling_v2_HorizontalPodAutoscalerBehavior, obj_edit(hpa, ".spec.behavior"), a);
    object_order(&type_autoscaling_v2_HorizontalPodAutoscalerSpec, obj_edit(hpa, ".spec"), a);
}
