/* test_cron.c - schedules: what is accepted, errors, the next time; time zones and their changes. */
#include "base/buf.h"
#include "base/clk.h"
#include "base/cron.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/tz_rule.h"
#include "check_main.h"

#include <stdio.h>

#define ZONEINFO "/usr/share/zoneinfo"

static int64_t at(const char *text)
{
    int64_t ns = 0;
    ck_assert_msg(clk_parse_rfc3339(text, strlen(text), &ns), "%s", text);
    return ns / 1000000000;
}

static const char *text_of(int64_t s, char out[CLK_TEXT_MAX])
{
    return s == CRON_NEVER ? "never" : clk_rfc3339(s, out);
}

/* No tz database: the rows that need one are left out, with a word. */
static bool has_zones(void)
{
    bool there = io_exists(ZONEINFO "/Europe/Berlin");
    if (!there) fprintf(stderr, "skipped: no tz database in " ZONEINFO "\n");
    return there;
}

struct row {
    const char *schedule, *after, *next;
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct cron c;
        struct err e = ERR_INIT;
        char text[CLK_TEXT_MAX];
        ck_assert_msg(cron_parse(str_of(rows[i].schedule), tz_utc(), &c, &e), "%s: %s", rows[i].schedule, e.text);
        const char *next = text_of(cron_next(&c, at(rows[i].after)), text);
        ck_assert_msg(strcmp(next, rows[i].next) == 0, "%s after %s: %s, not %s", rows[i].schedule, rows[i].after, next,
                      rows[i].next);
    }
}

START_TEST(next_times)
{
    static const struct row rows[] = {
        /* steps, lists, ranges, names */
        {"0/15 * * * *", "2012-07-09T14:45:00Z", "2012-07-09T15:00:00Z"},
        {"0/15 * * * *", "2012-07-09T14:59:59Z", "2012-07-09T15:00:00Z"},
        {"*/5 * * * *", "2012-07-09T14:45:30Z", "2012-07-09T14:50:00Z"},
        {"20-35/15 * * * *", "2012-07-09T15:45:00Z", "2012-07-09T16:20:00Z"},
        {"1,,3 * * * *", "2012-07-09T15:01:00Z", "2012-07-09T15:03:00Z"},
        {"30 6-16/4 * * 1-5", "2024-01-05T14:30:00Z", "2024-01-08T06:30:00Z"},
        {"0 0 * Feb Mon", "2012-07-09T00:00:00Z", "2013-02-04T00:00:00Z"},
        {"0 0 1 feb-mar/3 mon/6", "2012-07-09T00:00:00Z", "2013-02-01T00:00:00Z"},
        /* wrapping around hours, days, months, years */
        {"20-35/15 * * * *", "2012-07-09T23:46:00Z", "2012-07-10T00:20:00Z"},
        {"20 1 * * *", "2012-12-31T23:59:45Z", "2013-01-01T01:20:00Z"},
        {"59 10 * * *", "2024-05-05T10:59:31Z", "2024-05-06T10:59:00Z"},
        {"5 10 * * *", "2024-05-05T10:05:31Z", "2024-05-06T10:05:00Z"},
        {"0 0 31 * *", "2024-04-01T00:00:00Z", "2024-05-31T00:00:00Z"},
        {"0 0 29 2 *", "2024-03-01T00:00:00Z", "2028-02-29T00:00:00Z"},
        /* either of two restricted day fields, both when one is a star */
        {"0 0 13 * 5", "2024-09-01T00:00:00Z", "2024-09-06T00:00:00Z"},
        {"0 0 13 * 5", "2024-09-12T23:00:00Z", "2024-09-13T00:00:00Z"},
        {"0 0 */10 * sun", "2024-09-02T00:00:00Z", "2024-09-08T00:00:00Z"},
        {"0 0 ? * 3", "2024-09-02T00:00:00Z", "2024-09-04T00:00:00Z"},
        {"0 0 1,15 * ?", "2024-09-02T00:00:00Z", "2024-09-15T00:00:00Z"},
        /* descriptors */
        {"@hourly", "2024-09-02T10:00:00Z", "2024-09-02T11:00:00Z"},
        {"@daily", "2024-09-02T10:00:00Z", "2024-09-03T00:00:00Z"},
        {"@midnight", "2024-09-02T10:00:00Z", "2024-09-03T00:00:00Z"},
        {"@weekly", "2024-09-02T10:00:00Z", "2024-09-08T00:00:00Z"},
        {"@monthly", "2024-09-02T10:00:00Z", "2024-10-01T00:00:00Z"},
        {"@yearly", "2024-09-02T10:00:00Z", "2025-01-01T00:00:00Z"},
        {"@annually", "2024-09-02T10:00:00Z", "2025-01-01T00:00:00Z"},
        {"@every 1h30m", "2024-09-02T10:00:07Z", "2024-09-02T11:30:07Z"},
        {"@every 10ms", "2024-09-02T10:00:07Z", "2024-09-02T10:00:08Z"},
        /* never */
        {"59 23 31 2 *", "2024-09-02T10:00:00Z", "never"},
        {", * * * *", "2024-09-02T10:00:00Z", "never"},
        {"0 0 29 2 *", "2096-03-01T00:00:00Z", "never"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(next_times_in_zones)
{
    static const struct row rows[] = {
        {"TZ=Europe/Berlin 0 9 * * *", "2024-01-10T12:00:00Z", "2024-01-11T08:00:00Z"},
        {"CRON_TZ=Europe/Berlin 0 9 * * *", "2024-07-10T12:00:00Z", "2024-07-11T07:00:00Z"},
        /* an hour that is skipped: the day goes by; one that comes twice: the first */
        {"TZ=America/New_York 30 2 * * *", "2012-03-11T05:00:00Z", "2012-03-12T06:30:00Z"},
        {"TZ=America/New_York 0 * * * *", "2012-03-11T06:00:00Z", "2012-03-11T07:00:00Z"},
        {"TZ=America/New_York 0 0 * * *", "2012-11-04T03:00:00Z", "2012-11-04T04:00:00Z"},
        {"TZ=America/New_York 30 1 * * *", "2012-11-04T04:00:00Z", "2012-11-04T05:30:00Z"},
        {"TZ=America/New_York 0 * * * *", "2012-11-04T05:00:00Z", "2012-11-04T06:00:00Z"},
        {"TZ=America/New_York 0 3 * * *", "2012-11-04T04:00:00Z", "2012-11-04T08:00:00Z"},
        /* a midnight that is skipped */
        {"TZ=Pacific/Apia 0 0 31 12 *", "2011-12-20T00:00:00Z", "2011-12-30T10:00:00Z"}, /* and a whole day */
        {"TZ=America/Sao_Paulo 0 9 10 * *", "2018-10-29T17:25:34Z", "2018-11-10T11:00:00Z"},
        /* beyond the table: by the rule at its end */
        {"TZ=Europe/Berlin 0 9 1 7 *", "2120-01-01T00:00:00Z", "2120-07-01T07:00:00Z"},
        {"TZ=Australia/Sydney 0 9 1 1 *", "2120-02-01T00:00:00Z", "2120-12-31T22:00:00Z"},
        {"TZ=Asia/Kolkata 30 5 * * *", "2024-01-10T12:00:00Z", "2024-01-11T00:00:00Z"},
    };
    if (has_zones()) check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(errors)
{
    static const struct {
        const char *schedule, *error;
    } rows[] = {
        {"", "empty spec string"},
        {"* * * *", "expected exactly 5 fields, found 4: [* * * *]"},
        {"* * * * * *", "expected exactly 5 fields, found 6: [* * * * * *]"},
        {"xyz * * * *", "failed to parse int from xyz: strconv.Atoi: parsing \"xyz\": invalid syntax"},
        {"5j * * * *", "failed to parse int from 5j: strconv.Atoi: parsing \"5j\": invalid syntax"},
        {"99999999999999999999 * * * *",
         "failed to parse int from 99999999999999999999: strconv.Atoi: parsing \"99999999999999999999\": value out of "
         "range"},
        {"60 * * * *", "end of range (60) above maximum (59): 60"},
        {"* * 0 * *", "beginning of range (0) below minimum (1): 0"},
        {"5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"},
        {"1-2-3 * * * *", "too many hyphens: 1-2-3"},
        {"*/5/5 * * * *", "too many slashes: */5/5"},
        {"*/0 * * * *", "step of range should be a positive number: */0"},
        {"*/-2 * * * *", "negative number (-2) not allowed: -2"},
        {"* * * * 7", "end of range (7) above maximum (6): 7"},
        {"@unrecognized", "unrecognized descriptor: @unrecognized"},
        {"@every xyz", "failed to parse duration @every xyz: time: invalid duration \"xyz\""},
        {"TZ=Mars/Crater * * * * *", "provided bad location Mars/Crater: unknown time zone Mars/Crater"},
        {"TZ=../x * * * * *", "provided bad location ../x: time: invalid location name"},
        {"TZ=UTC", "expected exactly 5 fields, found 0: []"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cron c;
        struct err e = ERR_INIT;
        ck_assert_msg(!cron_parse(str_of(rows[i].schedule), tz_utc(), &c, &e), "%s", rows[i].schedule);
        struct str got = str_of(e.text), want = str_of(rows[i].error);
        ck_assert_msg(str_starts(got, want), "%s: %s", rows[i].schedule, e.text);
        ck_assert_msg(got.n == want.n || !io_exists(ZONEINFO), "%s: %s", rows[i].schedule, e.text);
    }
}
END_TEST

/* A civil time and its moment belong together, in each zone, on each day and around each change. */
START_TEST(civil_times_there_and_back)
{
    static const char *const zones[] = {"Europe/Berlin",     "America/New_York", "Australia/Lord_Howe",
                                        "Africa/Casablanca", "Asia/Kolkata",     "America/Sao_Paulo",
                                        "Pacific/Apia"};
    struct civil c;
    tz_civil(tz_utc(), -1, &c);
    ck_assert(c.year == 1969 && c.month == 12 && c.day == 31 && c.hour == 23 && c.second == 59 && c.weekday == 3);
    c = (struct civil){.year = 2023, .month = 14, .day = 30};
    ck_assert_int_eq(tz_unix(tz_utc(), &c), at("2024-03-01T00:00:00Z"));
    int64_t end = at("2120-01-01T00:00:00Z");
    for (size_t i = 0; has_zones() && i < ARRAY_LEN(zones); i++) {
        struct err e = ERR_INIT;
        const struct tz *z = tz_load(str_of(zones[i]), &e);
        ck_assert_msg(z != NULL, "%s", e.text);
        ck_assert_ptr_eq(z, tz_load(str_of(zones[i]), &e));
        for (int64_t s = 1800; s < end; s += 13 * 3600) {
            tz_civil(z, s, &c);
            /* Equal, but for the hour that comes twice. (An assertion that holds costs a write.) */
            int64_t back = tz_unix(z, &c);
            bool near_change = tz_offset_s(z, s - 7200) != tz_offset_s(z, s + 7200);
            if (llabs(back - s) > 3600 || (back != s && !near_change))
                ck_abort_msg("%s at %lld gives %lld", zones[i], (long long)s, (long long)back);
        }
    }
}
END_TEST

/* What a machine without a tz database says, and files that are none. */
START_TEST(bad_databases)
{
    char dir[] = "/tmp/kubestep-test-XXXXXX";
    struct err e = ERR_INIT;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_ptr_null(tz_read("/nonexistent", STR("Europe/Berlin"), &e));
    ck_assert_str_eq(e.text, "unknown time zone Europe/Berlin: no tz database in /nonexistent");
    ck_assert_ptr_null(tz_read(dir, STR("Europe/Berlin"), &e));
    ck_assert_str_eq(e.text, "unknown time zone Europe/Berlin");
    static const char header[] =
        "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\0\0\0\1\0\0\0\4";
    static const char far[] = "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
                              "\x7f\xff\xff\xff\0\0LMT"; /* an offset of 68 years */
    const struct str bad[] = {STR("x"), STR("TZif"), str_n(header, 44), str_n(header, 20), str_n(far, sizeof far)};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_FREE char *path = xasprintf("%s/Zone", dir);
        ck_assert(io_write_file(path, bad[i], 0600, false, &e));
        ck_assert_ptr_null(tz_read(dir, STR("Zone"), &e));
        ck_assert_str_eq(e.text, "malformed time zone information");
    }
    ck_assert(io_remove_tree(dir, &e));
    ck_assert_ptr_eq(tz_load(STR("Local"), &e), tz_utc());
    struct tz_rule r;
    ck_assert(tz_rule_parse(STR("A24:59:59"), &r) && !tz_rule_parse(STR("A25"), &r) && !tz_rule_parse(STR("A-25"), &r));
    ck_assert(!tz_rule_parse(STR("A5B-167,0,1"), &r) && tz_rule_parse(STR("A5B,0/-167,1"), &r));
}
END_TEST

TEST_MAIN("cron", next_times, next_times_in_zones, errors, civil_times_there_and_back, bad_databases)
