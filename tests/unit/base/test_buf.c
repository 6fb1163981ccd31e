/* test_buf.c - growing, the maximum, taking the bytes away. */
#include "base/buf.h"

#include "base/mem.h"
#include "check_main.h"

START_TEST(grows_and_stays_terminated)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    ck_assert_uint_eq(buf_view(&b).n, 0);
    for (int i = 0; i < 1000; i++) {
        buf_char(&b, (char)('a' + i % 26));
        ck_assert_uint_eq(strlen(b.p), (size_t)i + 1);
    }
    buf_clear(&b);
    buf_i64(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_addf(&b, " %s", "x");
    buf_addf(&b, "%0300d", 1);
    ck_assert(str_starts(buf_view(&b), STR("-9223372036854775808 18446744073709551615 x000")));
    ck_assert_uint_eq(b.n, 43 + 300);
    buf_drop_front(&b, 42);
    ck_assert_uint_eq(b.n, 301);
    ck_assert_int_eq(b.p[300], '1');
    ck_assert(buf_ok(&b));
}
END_TEST

START_TEST(stops_at_the_maximum)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 5);
    buf_cstr(&b, "abc");
    ck_assert(buf_ok(&b));
    buf_reserve(&b, SIZE_MAX);
    buf_cstr(&b, "defg");
    ck_assert(!buf_ok(&b));
    ck_assert_uint_le(b.n, 5);
    ck_assert_uint_eq(strlen(b.p), b.n);
    buf_clear(&b);
    ck_assert(buf_ok(&b));
    buf_cstr(&b, "12345");
    ck_assert(buf_ok(&b));
    struct buf none AUTO_BUF = {0};
    buf_init(&none, 0);
    buf_char(&none, 'x');
    ck_assert(!buf_ok(&none) && none.n == 0);
}
END_TEST

START_TEST(take)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 100);
    char *empty AUTO_FREE = buf_take(&b);
    ck_assert_str_eq(empty, "");
    buf_str(&b, STR("hello"));
    char *full AUTO_FREE = buf_take(&b);
    ck_assert_str_eq(full, "hello");
    ck_assert_uint_eq(b.n, 0);
    buf_cstr(&b, "again");
    ck_assert(str_eqc(buf_view(&b), "again"));
}
END_TEST

TEST_MAIN("buf", grows_and_stays_terminated, stops_at_the_maximum, take)
