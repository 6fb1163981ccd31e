/* test_clk_text.c - times and durations as text, both ways. */
#include "base/clk.h"

#include "base/mem.h"
#include "check_main.h"

#include <string.h>

static const int64_t SECOND = 1000000000;

START_TEST(rfc3339)
{
    static const struct {
        int64_t s;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {951782400, "2000-02-29T00:00:00Z"},
        {1709251199, "2024-02-29T23:59:59Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {-62135596800, "0001-01-01T00:00:00Z"},
        {253402300799, "9999-12-31T23:59:59Z"},
        {4107542400, "2100-03-01T00:00:00Z"},
    };
    char out[CLK_TEXT_MAX];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_str_eq(clk_rfc3339(rows[i].s, out), rows[i].text);
        int64_t ns;
        ck_assert(clk_parse_rfc3339(rows[i].text, strlen(rows[i].text), &ns));
        bool fits = rows[i].s > -9000000000 && rows[i].s < 9000000000;
        ck_assert_int_eq(ns, fits ? rows[i].s * SECOND : rows[i].s < 0 ? INT64_MIN : INT64_MAX);
    }
    ck_assert_str_eq(clk_rfc3339_micro(1700000000123456789, out), "2023-11-14T22:13:20.123456Z");
    ck_assert_str_eq(clk_rfc3339_micro(-1, out), "1969-12-31T23:59:59.999999Z");
    clk_rfc3339(INT64_MAX, out);
    clk_rfc3339(INT64_MIN, out);
    clk_rfc3339_micro(INT64_MIN, out);
    for (int64_t d = -200000; d < 200000; d += 37) { /* every way back */
        int64_t ns;
        clk_rfc3339(d * 86400 / 2, out);
        ck_assert(clk_parse_rfc3339(out, strlen(out), &ns));
        ck_assert_int_eq(ns, d * 86400 / 2 * SECOND);
    }
}
END_TEST

START_TEST(rfc3339_reading)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t ns;
    } rows[] = {
        {"1970-01-01T00:00:01.5Z", true, 1500000000},
        {"1970-01-01T00:00:00.0000000019Z", true, 1},
        {"1970-01-01T02:00:00+02:00", true, 0},
        {"1969-12-31T19:30:00-04:30", true, 0},
        {"1970-01-01T00:00:00z", false, 0},
        {"1970-01-01t00:00:00Z", false, 0},
        {"1970-01-01 00:00:00Z", false, 0},
        {"1970-13-01T00:00:00Z", false, 0},
        {"1970-02-29T00:00:00Z", false, 0},
        {"1970-01-01T24:00:00Z", false, 0},
        {"1970-01-01T00:00:60Z", false, 0},
        {"1970-01-01T00:00:00", false, 0},
        {"1970-01-01T00:00:00.Z", false, 0},
        {"1970-01-01T00:00:00Zx", false, 0},
        {"1970-01-01T00:00:00+24:00", false, 0},
        {"", false, 0},
        {"70-01-01T00:00:00Z", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t ns = 0;
        ck_assert_msg(clk_parse_rfc3339(rows[i].text, strlen(rows[i].text), &ns) == rows[i].ok, "%s", rows[i].text);
        if (rows[i].ok) ck_assert_int_eq(ns, rows[i].ns);
    }
}
END_TEST

START_TEST(human)
{
    static const struct {
        int64_t s;
        const char *text;
    } rows[] = {
        {-5, "<invalid>"},
        {-1, "0s"},
        {0, "0s"},
        {119, "119s"},
        {120, "2m"},
        {121, "2m1s"},
        {600, "10m"},
        {601, "10m"},
        {3 * 3600 - 1, "179m"},
        {3 * 3600, "3h"},
        {3 * 3600 + 60, "3h1m"},
        {8 * 3600 + 60, "8h"},
        {47 * 3600, "47h"},
        {48 * 3600, "2d"},
        {49 * 3600, "2d1h"},
        {8 * 86400 + 3600, "8d"},
        {729 * 86400, "729d"},
        {730 * 86400, "2y"},
        {731 * 86400, "2y1d"},
        {3000LL * 86400, "8y"},
    };
    char out[CLK_TEXT_MAX];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) ck_assert_str_eq(clk_human(rows[i].s * SECOND, out), rows[i].text);
    ck_assert_str_eq(clk_human(-SECOND / 2, out), "0s");
}
END_TEST

START_TEST(go_durations)
{
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        {0, "0s"},
        {1, "1ns"},
        {1100, "1.1\xc2\xb5s"},
        {1500000, "1.5ms"},
        {2200000000, "2.2s"},
        {300 * 1000000000LL, "5m0s"},
        {3600 * 1000000000LL, "1h0m0s"},
        {5400001000000LL, "1h30m0.001s"},
        {-1500000000, "-1.5s"},
        {INT64_MAX, "2562047h47m16.854775807s"},
        {INT64_MIN, "-2562047h47m16.854775808s"},
    };
    char out[CLK_TEXT_MAX];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t ns;
        ck_assert_str_eq(clk_go_duration(rows[i].ns, out), rows[i].text);
        ck_assert(clk_parse_go_duration(out, strlen(out), &ns));
        ck_assert_int_eq(ns, rows[i].ns);
    }
}
END_TEST

START_TEST(go_duration_reading)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t ns;
    } rows[] = {
        {"1.5h", true, 5400 * 1000000000LL},
        {"+5s", true, 5000000000},
        {".5s", true, 500000000},
        {"5.s", true, 5000000000},
        {"3us4\xce\xbcs", true, 7000},
        {"0", true, 0},
        {"-0", true, 0},
        {"0.3333333333333333333333h", true, 1200000000000},
        {"1m1m", true, 120000000000LL},
        {"", false, 0},
        {"5", false, 0},
        {"s", false, 0},
        {".s", false, 0},
        {"+", false, 0},
        {"1x", false, 0},
        {"1 s", false, 0},
        {"9223372036854775808ns", false, 0},
        {"3000000h", false, 0},
        {"--1s", false, 0},
        {"99999999999999999999s", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t ns = 0;
        ck_assert_msg(clk_parse_go_duration(rows[i].text, strlen(rows[i].text), &ns) == rows[i].ok, "%s", rows[i].text);
        if (rows[i].ok) ck_assert_int_le(llabs(ns - rows[i].ns), 1000);
    }
}
END_TEST

TEST_MAIN("clk_text", rfc3339, rfc3339_reading, human, go_durations, go_duration_reading)
