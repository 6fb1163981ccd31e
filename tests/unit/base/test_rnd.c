/* test_rnd.c - ranges, shapes, and that a seed fixes the values. */
#include "base/rnd.h"

#include "check_main.h"

#include <string.h>

START_TEST(unseeded_values_are_in_range)
{
    ck_assert(!rnd_is_seeded());
    int hits[7] = {0};
    for (int i = 0; i < 7000; i++) {
        uint64_t v = rnd_below(7);
        ck_assert_uint_lt(v, 7);
        hits[v]++;
        double d = rnd_unit();
        ck_assert(d >= 0 && d < 1);
    }
    for (int i = 0; i < 7; i++) ck_assert_int_gt(hits[i], 700);
    ck_assert_uint_eq(rnd_below(1), 0);
    ck_assert(rnd_u64() != rnd_u64());
}
END_TEST

START_TEST(shapes)
{
    char uuid[RND_UUID_LEN + 1], name[11];
    for (int i = 0; i < 100; i++) {
        rnd_uuid(uuid);
        ck_assert_uint_eq(strlen(uuid), 36);
        ck_assert_uint_eq(strspn(uuid, "0123456789abcdef-"), 36);
        ck_assert(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-' && uuid[14] == '4');
        ck_assert_ptr_nonnull(strchr("89ab", uuid[19]));
        rnd_name(name, 10);
        ck_assert_uint_eq(strspn(name, "bcdfghjklmnpqrstvwxz2456789"), 10);
    }
}
END_TEST

START_TEST(a_seed_repeats)
{
    char a[37], b[37];
    rnd_seed(42);
    rnd_uuid(a);
    uint64_t x = rnd_u64();
    rnd_seed(42);
    rnd_uuid(b);
    ck_assert_str_eq(a, b);
    ck_assert_uint_eq(x, rnd_u64());
    ck_assert(rnd_is_seeded());
    struct rnd one, two;
    rnd_stream(&one, 1);
    rnd_stream(&two, 2);
    ck_assert(rnd_next(&one) != rnd_next(&two));
    for (int i = 0; i < 100; i++) ck_assert_uint_lt(rnd_next_below(&one, 3), 3);
}
END_TEST

/* What is drawn from a stream is not drawn from the process's own. */
START_TEST(a_stream_of_ones_own)
{
    char a[RND_UUID_LEN + 1], b[RND_UUID_LEN + 1], n[6], m[6];
    struct rnd own;
    rnd_seed(7);
    rnd_uuid(a);
    uint64_t then = rnd_u64();
    rnd_stream(&own, 7); /* the same numbers */
    rnd_uuid_of(&own, b);
    ck_assert_str_eq(a, b);
    rnd_seed(7);
    rnd_stream(&own, 8);
    rnd_uuid_of(&own, b);
    rnd_name_of(&own, n, 5);
    rnd_uuid(a);
    ck_assert_str_ne(a, b);
    ck_assert_uint_eq(rnd_u64(), then);
    rnd_stream(&own, 8);
    rnd_uuid_of(&own, a);
    rnd_name_of(&own, m, 5);
    ck_assert_str_eq(a, b);
    ck_assert_str_eq(n, m);
    ck_assert_uint_eq(strspn(n, "bcdfghjklmnpqrstvwxz2456789"), 5);
}
END_TEST

TEST_MAIN("rnd", unseeded_values_are_in_range, shapes, a_seed_repeats, a_stream_of_ones_own)
