/* test_images.c - image references in their full form, those that are none, ids, and what a node has. */
#include "check_main.h"
#include "kubelet-sim/images.h"

#include <stdio.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *reference, *normalized; /* NULL: invalid */
} rows[] = {
    {"nginx", "docker.io/library/nginx:latest"},
    {"nginx:1.29", "docker.io/library/nginx:1.29"},
    {"nginx:V1_2.3-RC", "docker.io/library/nginx:V1_2.3-RC"},
    {"me/app", "docker.io/me/app:latest"},
    {"docker.io/library/nginx", "docker.io/library/nginx:latest"},
    {"registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"},
    {"gcr.io/a/b/c", "gcr.io/a/b/c:latest"},
    {"localhost/app", "localhost/app:latest"},
    {"localhost:5000/app", "localhost:5000/app:latest"},
    {"localhost:5000/app:1", "localhost:5000/app:1"},
    {"nginx@sha256:" HEX, "docker.io/library/nginx@sha256:" HEX},
    {"gcr.io/a/b:1@sha256:" HEX, "gcr.io/a/b:1@sha256:" HEX},
    {"a__b/c.d-e--f", "docker.io/a__b/c.d-e--f:latest"},
    {"", NULL},
    {":", NULL},
    {"nginx:", NULL},
    {":tag", NULL},
    {"Nginx", NULL},
    {"nginx:la test", NULL},
    {"ng inx", NULL},
    {"nginx:-bad", NULL},
    {"/nginx", NULL},
    {"nginx/", NULL},
    {"a//b", NULL},
    {"nginx@", NULL},
    {"nginx@sha256:abc", NULL},
    {"nginx@sha256:" HEX "0", NULL},
    {"nginx@md5:zzzz", NULL},
    {"@sha256:" HEX, NULL},
    {"-a/b", NULL},
    {"a_/b", NULL},
    {"nginx\xc3\xa9", NULL},
    {"http://nginx", NULL},
};

START_TEST(references)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct str got = image_normalize(&a, str_of(rows[i].reference));
        if (rows[i].normalized)
            ck_assert_msg(str_eqc(got, rows[i].normalized), "%s: %.*s", rows[i].reference, STR_ARG(got));
        else
            ck_assert_msg(str_is_null(got), "\"%s\" became %.*s", rows[i].reference, STR_ARG(got));
    }
    struct arena a AUTO_ARENA = {0};
    AUTO_FREE char *tag = xcalloc(1, 6 + 129 + 1);
    memcpy(tag, "nginx:", 6);
    memset(tag + 6, 'x', 128);
    ck_assert(!str_is_null(image_normalize(&a, str_of(tag))));
    tag[6 + 128] = 'x';
    ck_assert(str_is_null(image_normalize(&a, str_of(tag))));
}
END_TEST

START_TEST(ids_depend_on_the_name_alone)
{
    struct arena a AUTO_ARENA = {0};
    struct str one = image_id(&a, STR("docker.io/library/nginx:1.29")),
               two = image_id(&a, STR("docker.io/library/nginx:1.30"));
    struct str head = STR("docker.io/library/nginx@sha256:");
    ck_assert(str_starts(one, head) && one.n == head.n + 64);
    ck_assert(str_eq(one, image_id(&a, STR("docker.io/library/nginx:1.29"))));
    ck_assert(!str_eq(one, two));
    struct str port = image_id(&a, STR("localhost:5000/app:1"));
    ck_assert(str_starts(port, STR("localhost:5000/app@sha256:")));
    struct str digest = STR("docker.io/library/nginx@sha256:" HEX);
    ck_assert(str_eq(image_id(&a, digest), digest));
    ck_assert_int_ge(image_size(STR("a")), 4 << 20);
    ck_assert_int_lt(image_size(STR("a")), 184 << 20);
    ck_assert_int_eq(image_size(STR("a")), image_size(STR("a")));
}
END_TEST

START_TEST(a_node_remembers_a_bounded_number)
{
    struct images im = {0};
    ck_assert(!images_has(&im, STR("x")));
    images_add(&im, STR("x"));
    ck_assert(images_has(&im, STR("x")));
    for (int i = 0; i < 2 * IMAGES_PER_NODE; i++) {
        AUTO_FREE char *name = xasprintf("image-%d", i);
        images_add(&im, str_of(name));
    }
    ck_assert(images_has(&im, STR("x")));
    ck_assert(!images_has(&im, STR("image-1000"))); /* it is pulled again, which is all that a full table costs */
    images_release(&im);
}
END_TEST

TEST_MAIN("images", references, ids_depend_on_the_name_alone, a_node_remembers_a_bounded_number)
