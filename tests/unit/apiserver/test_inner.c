/* test_inner.c - parts of objects as upstream's errors print them: all members of its inner types; bounds. What the
 * values of whole kinds look like is in tests/golden/objects. */
#include "object_support.h"

#include "apiserver/object/inner.h"

START_TEST(rows_are_sorted_and_lead_somewhere)
{
    int found = 0;
    for (int i = 0; i < api_type_count; i++) {
        const struct api_type *t = api_types[i];
        const char *names = inner_names(t);
        if (!names) continue;
        found++;
        ck_assert_msg(strlen(names) > 0, "%s", t->name);
    }
    ck_assert_int_eq(found, 187); /* all rows: a row out of order is not found, one without its type neither */
}
END_TEST

START_TEST(a_value)
{
    struct arena a AUTO_ARENA = {0};
    struct check c;
    check_init(&c, &a);
    const struct json *pv =
        tree_of(&a, &res_core_v1_persistentvolumes, "{\"spec\":{\"csi\":{\"driver\":\"<a>\",\"volumeHandle\":\"b\"}}}");
    check_invalid_inner(&c, "x", &type_core_v1_CSIPersistentVolumeSource, obj_get(pv, ".spec.csi"), "is wrong");
    check_invalid_inner(&c, "x", &type_core_v1_CSIPersistentVolumeSource, NULL, "is wrong");
    ck_assert_strn_eq(
        c.errors[0].text,
        "Invalid value: {\"Driver\":\"\\u003ca\\u003e\",\"VolumeHandle\":\"b\",\"ReadOnly\":false,\"FSType\":"
        "\"\",\"VolumeAttributes\":null,\"ControllerPublishSecretRef\":null,\"NodeStageSecretRef\":null,"
        "\"NodePublishSecretRef\":null,\"ControllerExpandSecretRef\":null,\"NodeExpandSecretRef\":null}: "
        "is wrong");
    ck_assert_strn_eq(c.errors[1].text, "Invalid value: null: is wrong");
}
END_TEST

static const struct json *spec_of(struct arena *a, int containers)
{
    struct json *pod = obj_empty(a);
    for (int i = 0; i < containers; i++) obj_put_fmt(a, obj_append(a, pod, ".spec.containers"), ".name", "c%d", i);
    return obj_get(pod, ".spec");
}

START_TEST(there_is_an_end)
{
    struct arena a AUTO_ARENA = {0};
    struct check c;
    check_init(&c, &a);
    check_invalid_inner(&c, NULL, &type_core_v1_PodSpec, spec_of(&a, 100000), "is wrong");
    ck_assert_uint_lt(c.errors[0].text.n, 64 * 1024);
    ck_assert(str_ends(c.errors[0].text, STR(": is wrong")));
    ck_assert_str_ne(inner_diff(&a, &type_core_v1_PodSpec, spec_of(&a, 2), spec_of(&a, 3)), "");
    ck_assert_str_eq(inner_diff(&a, &type_core_v1_PodSpec, spec_of(&a, 100000), spec_of(&a, 3)), "");
}
END_TEST

TEST_MAIN("inner", rows_are_sorted_and_lead_somewhere, a_value, there_is_an_end)
