/* test_same.c - parts of objects that are the same to upstream, however they are written. */
#include "object_support.h"

#include "apiserver/object/same.h"

static const struct {
    const char *x, *y; /* specs of pods */
    bool same;
} rows[] = {
    {"{}", "{}", true},
    {"{\"containers\":[{\"name\":\"a\"}]}", "{\"containers\":[{\"name\":\"a\",\"resources\":{}}]}", true},
    {"{\"containers\":[{\"name\":\"a\"}]}", "{\"containers\":[{\"name\":\"b\"}]}", false},
    {"{\"containers\":[{\"name\":\"a\"}]}", "{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}", false},
    {"{\"overhead\":{\"cpu\":\"1\"}}", "{\"overhead\":{\"cpu\":\"1000m\"}}", true},
    {"{\"overhead\":{\"cpu\":\"1\"}}", "{\"overhead\":{\"cpu\":\"1001m\"}}", false},
    {"{\"overhead\":{\"cpu\":\"1\"}}", "{\"overhead\":{\"memory\":\"1\"}}", false},
    {"{\"nodeSelector\":{}}", "{}", true},
    {"{\"nodeSelector\":{\"a\":\"b\",\"c\":\"d\"}}", "{\"nodeSelector\":{\"c\":\"d\",\"a\":\"b\"}}", true},
    {"{\"nodeSelector\":{\"a\":\"b\"}}", "{\"nodeSelector\":{\"a\":\"c\"}}", false},
    {"{\"tolerations\":[]}", "{}", true},
    {"{\"hostname\":\"\"}", "{}", true},
    {"{\"hostNetwork\":false}", "{}", true},
    {"{\"affinity\":{}}", "{}", false}, /* a pointer: there or not */
    {"{\"priority\":0}", "{}", false},
    {"{\"priority\":0}", "{\"priority\":0}", true},
};

START_TEST(specs)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct json *x = tree_of(&a, &res_core_v1_pods, arena_printf(&a, "{\"spec\":%s}", rows[i].x));
        const struct json *y = tree_of(&a, &res_core_v1_pods, arena_printf(&a, "{\"spec\":%s}", rows[i].y));
        const struct api_type *pod = &type_core_v1_Pod, *spec = &type_core_v1_PodSpec;
        ck_assert_msg(object_same_member(pod, "spec", x, y) == rows[i].same, "row %zu", i);
        ck_assert_msg(object_same(spec, obj_get(y, ".spec"), obj_get(x, ".spec")) == rows[i].same, "row %zu", i);
    }
}
END_TEST

START_TEST(nothing_at_all)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *pod = tree_of(&a, &res_core_v1_pods, "{\"spec\":{\"hostname\":\"a\"}}");
    ck_assert(object_same(&type_core_v1_Pod, NULL, NULL));
    ck_assert(object_same(&type_core_v1_PodSpec, NULL, obj_empty(&a)));
    ck_assert(!object_same(&type_core_v1_PodSpec, NULL, obj_get(pod, ".spec")));
}
END_TEST

/* Maps are sorted, but for a key that was put in late: then no key stands where it does in the other map. */
START_TEST(large_maps)
{
    enum { KEYS = 100 * 1000 };
    struct arena a AUTO_ARENA = {0};
    struct json *x = obj_empty(&a), *y = obj_empty(&a), *one = obj_empty(&a), *other = obj_empty(&a);
    for (int i = 0; i < KEYS; i++) {
        json_add(x, str_printf(&a, "k%d", i), json_int(&a, i));
        json_add(y, str_printf(&a, "k%d", (i + 1) % KEYS), json_int(&a, (i + 1) % KEYS));
    }
    obj_put(&a, one, ".nodeSelector", x);
    obj_put(&a, other, ".nodeSelector", y);
    ck_assert(object_same(&type_core_v1_PodSpec, one, other));
    obj_put_int(&a, y, ".k7", 8);
    ck_assert(!object_same(&type_core_v1_PodSpec, one, other));
}
END_TEST

TEST_MAIN("same", specs, nothing_at_all, large_maps)
