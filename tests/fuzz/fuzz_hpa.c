/* fuzz_hpa.c - four texts with zero bytes between them as the annotations of a HorizontalPodAutoscaler of v1, and its
 * percentages. From what is stored v1 is made, and from that the same again. */
#include "api/convert.h"
#include "api/object.h"
#include "base/kassert.h"
#include "schema_ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json *hpa_of(struct arena *a, uint8_t percent, struct str rest)
{
    static const char *const names[] = {"metrics", "behavior", "current-metrics", "conditions"};
    struct json *hpa = json_obj(a);
    obj_put_cstr(a, hpa, ".metadata.name", "web");
    obj_put_cstr(a, hpa, ".spec.scaleTargetRef.kind", "Deployment");
    obj_put_cstr(a, hpa, ".spec.scaleTargetRef.name", "web");
    obj_put_int(a, hpa, ".spec.maxReplicas", 3);
    obj_put_int(a, hpa, ".status.desiredReplicas", 1);
    if (percent & 1) obj_put_int(a, hpa, ".spec.targetCPUUtilizationPercentage", percent);
    if (percent & 2) obj_put_int(a, hpa, ".status.currentCPUUtilizationPercentage", percent);
    for (size_t i = 0; i < ARRAY_LEN(names) && rest.n; i++)
        obj_map_put_str(a, hpa, ".metadata.annotations", str_printf(a, "autoscaling.alpha.kubernetes.io/%s", names[i]),
                        str_cut(rest, '\0', &rest));
    return hpa;
}

static struct json *converted(struct arena *a, const struct json *hpa, bool to_storage)
{
    struct json *copy = json_copy(a, hpa);
    const struct api_resource *v1 = &res_autoscaling_v1_horizontalpodautoscalers;
    api_convert(a, copy, to_storage ? v1 : v1->storage, to_storage ? v1->storage : v1);
    return copy;
}

static void check_same(const struct json *x, const struct json *y)
{
    struct buf left AUTO_BUF, right AUTO_BUF = {0};
    buf_init(&left, 64 << 20);
    buf_init(&right, 64 << 20);
    json_write(&left, x);
    json_write(&right, y);
    KASSERT(str_eq(buf_view(&left), buf_view(&right)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    if (!size) return 0;
    struct json *given = hpa_of(&a, data[0], str_n((const char *)data + 1, size - 1));
    const struct json *stored = converted(&a, given, true), *v1 = converted(&a, stored, false);
    KASSERT(!obj_has(stored, ".metadata.annotations"));
    check_same(v1, converted(&a, converted(&a, v1, true), false));
    /* A metric of the annotation may say another percentage, and comes first. */
    if (data[0] & 1) KASSERT(obj_has(v1, ".spec.targetCPUUtilizationPercentage"));
    return 0;
}
