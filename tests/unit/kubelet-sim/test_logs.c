/* test_logs.c - lines of runs: kept within bounds, read from any number on, with the run before. */
#include "kubelet-sim/logs.h"

#include "kubelet-sim/limits.h"
#include "run_support.h"

#define UID STR("u-1")
#define C   STR("main")

static int told;
static void on_change(void *arg) { (void)arg, told++; }

/* "first text..last text (count) next" */
static enum log_state reads(struct logs *l, bool previous, uint64_t from, const char *first, const char *last,
                            size_t count, uint64_t next)
{
    struct arena a AUTO_ARENA = {0};
    struct log_lines lines;
    enum log_state state = logs_read(l, &a, UID, C, previous, from, &lines);
    ck_assert_uint_eq(lines.count, count);
    ck_assert_uint_eq(lines.next, next);
    if (count) ck_assert_strn_eq(lines.items[0].text, first);
    if (count) ck_assert_strn_eq(lines.items[count - 1].text, last);
    return state;
}

START_TEST(a_run_and_the_one_before)
{
    struct logs *l = logs_new();
    ck_assert_int_eq(reads(l, false, 0, NULL, NULL, 0, 0), LOG_NONE);
    logs_line(l, UID, C, 1, STR("nobody")); /* before any run: dropped */
    logs_begin(l, UID, C);
    ck_assert_int_eq(reads(l, false, 0, NULL, NULL, 0, 0), LOG_MORE);
    logs_line(l, UID, C, 1, STR("a"));
    logs_line(l, UID, C, 2, STR(""));
    logs_line(l, UID, C, 3, STR("c"));
    ck_assert_int_eq(reads(l, false, 0, "a", "c", 3, 3), LOG_MORE);
    ck_assert_int_eq(reads(l, false, 2, "c", "c", 1, 3), LOG_MORE);
    ck_assert_int_eq(reads(l, false, 3, NULL, NULL, 0, 3), LOG_MORE);
    ck_assert_int_eq(reads(l, true, 0, NULL, NULL, 0, 0), LOG_NONE);
    logs_end(l, UID, C);
    logs_line(l, UID, C, 4, STR("too late"));
    ck_assert_int_eq(reads(l, false, 0, "a", "c", 3, 3), LOG_END);
    logs_begin(l, UID, C);
    logs_line(l, UID, C, 5, STR("second"));
    ck_assert_int_eq(reads(l, true, 0, "a", "c", 3, 3), LOG_END);
    ck_assert_int_eq(reads(l, false, 0, "second", "second", 1, 1), LOG_MORE);
    logs_begin(l, UID, C);
    ck_assert_int_eq(reads(l, true, 0, "second", "second", 1, 1), LOG_END);
    logs_forget(l, UID);
    ck_assert_int_eq(reads(l, false, 0, NULL, NULL, 0, 0), LOG_NONE);
    logs_end(l, UID, C);
    logs_forget(l, UID);
    logs_free(l);
    logs_free(NULL);
}
END_TEST

START_TEST(the_oldest_go_first)
{
    struct logs *l = logs_new();
    char text[32];
    logs_begin(l, UID, C);
    for (int i = 0; i < LOG_LINES_MAX + 10; i++) {
        snprintf(text, sizeof text, "%d", i);
        logs_line(l, UID, C, i, str_of(text));
    }
    snprintf(text, sizeof text, "%d", LOG_LINES_MAX + 9);
    ck_assert_int_eq(reads(l, false, 0, "10", text, LOG_LINES_MAX, LOG_LINES_MAX + 10), LOG_MORE);
    ck_assert_int_eq(reads(l, false, 5, "10", text, LOG_LINES_MAX, LOG_LINES_MAX + 10), LOG_MORE);
    ck_assert_int_eq(reads(l, false, LOG_LINES_MAX + 9, text, text, 1, LOG_LINES_MAX + 10), LOG_MORE);
    logs_begin(l, UID, C);
    AUTO_FREE char *big = xcalloc(1, LOG_LINE_MAX + 100);
    memset(big, 'x', LOG_LINE_MAX + 99);
    for (int i = 0; i < 2 * LOG_BYTES_MAX / LOG_LINE_MAX; i++) logs_line(l, UID, C, i, str_of(big));
    struct arena a AUTO_ARENA = {0};
    struct log_lines lines;
    logs_read(l, &a, UID, C, false, 0, &lines);
    ck_assert_uint_eq(lines.count, LOG_BYTES_MAX / LOG_LINE_MAX);
    ck_assert_uint_eq(lines.items[0].text.n, LOG_LINE_MAX);
    logs_free(l);
}
END_TEST

START_TEST(listeners_are_told)
{
    struct logs *l = logs_new();
    told = 0;
    logs_on_change(l, on_change, NULL);
    logs_begin(l, UID, C);
    logs_line(l, UID, C, 1, STR("a"));
    logs_end(l, UID, C);
    ck_assert_int_eq(told, 3);
    logs_line(l, UID, C, 1, STR("after the end"));
    ck_assert_int_eq(told, 3);
    logs_on_change(l, NULL, NULL);
    logs_begin(l, UID, C);
    ck_assert_int_eq(told, 3);
    logs_free(l);
}
END_TEST

TEST_MAIN("logs", a_run_and_the_one_before, the_oldest_go_first, listeners_are_told)
