/* test_log_view.c - tail, since, times and the limit of bytes of a log's reader. */
#include "kubelet-sim/log_view.h"

#include "check_main.h"

enum { NS = 1000000000 };
static struct log_line three[] = {{10LL * NS, {"one", 3}}, {20LL * NS + 5, {"two", 3}}, {30LL * NS, {"three", 5}}};

static void expect(struct log_view *v, struct log_line *items, size_t count, const char *text, bool goes_on)
{
    const struct log_lines lines = {.items = items, .count = count};
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1 << 20);
    ck_assert_int_eq(log_view_write(v, &lines, &out), goes_on);
    ck_assert_msg(str_eqc(buf_view(&out), text), "got \"%.*s\", want \"%s\"", STR_ARG(buf_view(&out)), text);
}

#define VIEW(v, ...)                                                                                                   \
    struct log_options v##_options = LOG_OPTIONS_INIT;                                                                 \
    struct log_view v;                                                                                                 \
    v##_options.__VA_ARGS__;                                                                                           \
    log_view_init(&(v), &v##_options)

START_TEST(all_lines)
{
    VIEW(v, follow = true);
    expect(&v, three, 3, "one\ntwo\nthree\n", true);
    expect(&v, three, 1, "one\n", true);
    expect(&v, three, 0, "", true);
}
END_TEST

START_TEST(tail_counts_for_what_is_there_when_reading_begins)
{
    VIEW(v, tail = 1);
    expect(&v, three, 3, "three\n", true);
    expect(&v, three, 2, "one\ntwo\n", true);
    VIEW(none, tail = 0);
    expect(&none, three, 3, "", true);
    expect(&none, three, 1, "one\n", true);
    VIEW(many, tail = 100);
    expect(&many, three, 3, "one\ntwo\nthree\n", true);
}
END_TEST

START_TEST(since_a_time)
{
    VIEW(v, since_ns = 20LL * NS);
    expect(&v, three, 3, "two\nthree\n", true);
}
END_TEST

START_TEST(since_so_many_seconds)
{
    struct log_options o = LOG_OPTIONS_INIT;
    log_options_since(&o, 10, 30LL * NS);
    ck_assert_int_eq(o.since_ns, 20LL * NS);
    log_options_since(&o, INT64_MAX, 30LL * NS);
    ck_assert_int_eq(o.since_ns, INT64_MIN);
    log_options_since(&o, INT64_MIN, 30LL * NS);
    ck_assert_int_eq(o.since_ns, INT64_MAX);
    log_options_since(&o, 9223372036, -10LL * NS);
    ck_assert_int_eq(o.since_ns, INT64_MIN);
}
END_TEST

START_TEST(times_have_nine_digits)
{
    VIEW(v, timestamps = true);
    expect(&v, three + 1, 1, "1970-01-01T00:00:20.000000005Z two\n", true);
}
END_TEST

START_TEST(the_limit_cuts_a_line)
{
    VIEW(v, limit_bytes = 6);
    expect(&v, three, 3, "one\ntw", false);
    VIEW(exact, limit_bytes = 4);
    expect(&exact, three, 1, "one\n", false);
    VIEW(twice, limit_bytes = 6);
    expect(&twice, three, 1, "one\n", true);
    expect(&twice, three + 1, 2, "tw", false);
}
END_TEST

TEST_MAIN("log_view", all_lines, tail_counts_for_what_is_there_when_reading_begins, since_a_time, since_so_many_seconds,
          times_have_nine_digits, the_limit_cuts_a_line)
