/* test_str.c - cutting, comparing, numbers and UTF-8. */
#include "base/str.h"

#include "base/mem.h"
#include "check_main.h"

START_TEST(cut_and_find)
{
    struct str rest;
    ck_assert(str_eqc(str_cut(STR("a/b/c"), '/', &rest), "a"));
    ck_assert(str_eqc(rest, "b/c"));
    ck_assert(str_eqc(str_cut(STR("abc"), '/', &rest), "abc"));
    ck_assert(str_is_null(rest));
    ck_assert(str_eqc(str_cut(STR("abc/"), '/', &rest), "abc"));
    ck_assert(!str_is_null(rest) && rest.n == 0);
    ck_assert_uint_eq(str_chr(STR("abc"), 'c'), 2);
    ck_assert_uint_eq(str_chr(STR("abc"), 'x'), SIZE_MAX);
    ck_assert_uint_eq(str_chr(STR_NULL, 'x'), SIZE_MAX);
    ck_assert(str_eqc(str_trim(STR(" \t a b\t ")), "a b"));
    ck_assert_uint_eq(str_trim(STR("   ")).n, 0);
    ck_assert(str_ends(STR("pods/status"), STR("/status")));
    ck_assert(!str_ends(STR("us"), STR("status")));
    ck_assert(str_ends(STR("x"), STR("")));
}
END_TEST

START_TEST(order)
{
    ck_assert_int_lt(str_cmp(STR("a"), STR("b")), 0);
    ck_assert_int_lt(str_cmp(STR("a"), STR("aa")), 0);
    ck_assert_int_gt(str_cmp(STR("\xff"), STR("a")), 0);
    ck_assert_int_eq(str_cmp(STR(""), STR_NULL), 0);
    ck_assert_int_lt(str_cmp(STR_NULL, STR("a")), 0);
}
END_TEST

START_TEST(integers)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+7", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"0x1", false, 0},
        {"--1", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t v = 0;
        ck_assert_msg(str_to_i64(str_of(rows[i].text), &v) == rows[i].ok, "%s", rows[i].text);
        if (rows[i].ok) ck_assert_int_eq(v, rows[i].value);
    }
    uint64_t u;
    ck_assert(str_to_u64(STR("18446744073709551615"), &u) && u == UINT64_MAX);
    ck_assert(!str_to_u64(STR("18446744073709551616"), &u));
    ck_assert(!str_to_u64(STR("-1"), &u));
}
END_TEST

START_TEST(copies)
{
    struct arena a AUTO_ARENA = {0};
    char *d AUTO_FREE = str_dup(STR("abc"));
    ck_assert_str_eq(d, "abc");
    ck_assert_str_eq(str_cstr(&a, str_n("abcdef", 2)), "ab");
    ck_assert(str_is_null(str_copy(&a, STR_NULL)));
    ck_assert(str_eq(str_lower(&a, str_n("aZ\0\xc3\x84Q", 6)), str_n("az\0\xc3\x84q", 6)));
    ck_assert_uint_eq(str_lower(&a, STR_NULL).n, 0);
    ck_assert(str_eqc(str_printf(&a, "%d/%s", 3, "x"), "3/x"));
    ck_assert(str_hash(STR("a"), 1) != str_hash(STR("b"), 1));
    ck_assert(str_hash(STR("a"), 1) != str_hash(STR("a"), 2));
}
END_TEST

START_TEST(utf8)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"", true},
        {"abc", true},
        {"\xc3\xa9", true},
        {"\xe2\x82\xac", true},
        {"\xf0\x9f\x98\x80", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"\xef\xbf\xbf", true},
        {"\xc0\x80", false},
        {"\xc1\xbf", false},
        {"\xe0\x9f\xbf", false},
        {"\xed\xa0\x80", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xf4\x90\x80\x80", false},
        {"\xf5\x80\x80\x80", false},
        {"\x80", false},
        {"\xe2\x82", false},
        {"\xf0\x9f\x98", false},
        {"\xc3x", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(str_is_utf8(str_of(rows[i].text)) == rows[i].ok, "row %zu", i);
    ck_assert(str_is_utf8(str_n("\xc3\xa9\xc3\xa9", 2)));
    ck_assert(!str_is_utf8(str_n("\xc3\xa9", 1)));
}
END_TEST

TEST_MAIN("str", cut_and_find, order, integers, copies, utf8)
