/* test_cni.c - pod addresses: no two alike, all of a node's /24 used, given back and taken again. */
#include "base/map.h"
#include "base/mem.h"
#include "check_main.h"
#include "kubelet-sim/cni.h"

static char ip[CNI_TEXT_MAX];

START_TEST(unique_until_exhausted)
{
    struct map seen = {0};
    for (int node = 0; node < 3; node++) {
        struct cni c;
        int taken = 0;
        for (cni_init(&c, node, 3); cni_take(&c, ip); taken++) {
            ck_assert_msg(!map_set(&seen, str_of(ip), &seen), "%s twice", ip);
            ck_assert_int_lt(taken, 300);
        }
        ck_assert_int_eq(taken, 253); /* .2 to .254: .0 is the net, .1 the bridge, .255 the broadcast */
    }
    ck_assert(map_has(&seen, STR("10.244.0.2")) && map_has(&seen, STR("10.244.2.254")));
    ck_assert(!map_has(&seen, STR("10.244.1.0")) && !map_has(&seen, STR("10.244.1.1")));
    ck_assert(!map_has(&seen, STR("10.244.1.255")));
    map_release(&seen, NULL);
}
END_TEST

START_TEST(given_back)
{
    struct cni c;
    cni_init(&c, 1, 3);
    while (cni_take(&c, ip)) {}
    cni_give(&c, STR("10.244.1.77"));
    ck_assert(cni_take(&c, ip));
    ck_assert_str_eq(ip, "10.244.1.77");
    ck_assert(!cni_take(&c, ip));
    static const char *const foreign[] = {
        "10.244.2.9", "10.244.1.0", "10.244.1.1", "10.244.1.255", "10.244.0.9",
        "",           "nonsense",   "::1",        "999.1.1.1",    "10.244.1.99999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(foreign); i++) cni_give(&c, str_of(foreign[i]));
    ck_assert(!cni_take(&c, ip));
}
END_TEST

START_TEST(a_fresh_address_is_not_the_last_one) /* a name that still points at a gone pod finds nobody */
{
    struct cni c;
    cni_init(&c, 0, 1);
    ck_assert(cni_take(&c, ip));
    ck_assert_str_eq(ip, "10.244.0.2");
    cni_give(&c, str_of(ip));
    ck_assert(cni_take(&c, ip));
    ck_assert_str_eq(ip, "10.244.0.3");
}
END_TEST

START_TEST(marked_ones_are_left_alone)
{
    struct cni c;
    cni_init(&c, 0, 1);
    cni_mark(&c, STR("10.244.0.2"));
    cni_mark(&c, STR("10.244.0.3"));
    cni_mark(&c, STR("10.9.9.9"));
    ck_assert(cni_take(&c, ip));
    ck_assert_str_eq(ip, "10.244.0.4");
}
END_TEST

START_TEST(ranges)
{
    struct cni c;
    cni_init(&c, 255, 256);
    ck_assert_str_eq(cni_cidr(&c, ip), "10.244.255.0/24");
    cni_init(&c, 0, 257); /* more nodes than 10.244.0.0/16 holds */
    ck_assert_str_eq(cni_cidr(&c, ip), "10.128.0.0/24");
    cni_init(&c, NODES_MAX - 1, NODES_MAX);
    ck_assert_str_eq(cni_cidr(&c, ip), "10.167.15.0/24");
    ck_assert_str_eq(cni_node_ip(0, ip), "172.18.0.2");
    ck_assert_str_eq(cni_node_ip(NODES_MAX - 1, ip), "172.18.39.17");
}
END_TEST

TEST_MAIN("cni", unique_until_exhausted, given_back, a_fresh_address_is_not_the_last_one, marked_ones_are_left_alone,
          ranges)
