/* strategy_autoscaling.c - HorizontalPodAutoscaler (pkg/registry/autoscaling/horizontalpodautoscaler).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

static void hpa_prepare_create(struct arena *a, struct json *hpa, int64_t now_ns)
{
    (void)now_ns;
    obj_put(a, hpa, ".status", obj_empty(a));
}

const struct strategy strategy_hpa = {.prepare_create = hpa_prepare_create};
