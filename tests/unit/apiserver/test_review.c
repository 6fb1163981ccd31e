/* test_review.c - reviews that wait for the scheduler: answered, late, whom nobody can answer any more, who has left.
 */
#include "apiserver/sim/review.h"
#include "base/mem.h"
#include "check_main.h"

#include <stdio.h>

enum { S = 1000000000 };
static const int64_t limit_ns = (int64_t)REVIEW_WAIT_MS * 1000000;

static struct review_table t;
static const char *left; /* who asked this has left */

static bool gone(const void *owner) { return left && strcmp(owner, left) == 0; }

static void open_table(int streams)
{
    t = (struct review_table){.count = 0};
    left = NULL;
    for (int i = 1; i <= streams; i++) review_join(&t, (uint64_t)i);
}

/* name: also the line. */
static enum review_end add(uint64_t id, const char *name, int64_t now)
{
    const struct blob *line = blob_new(str_of(name));
    enum review_end e = review_add(&t, id, (void *)(uintptr_t)name, line, now);
    if (e != REVIEW_ANSWERED) blob_unref(line);
    return e;
}

/* The line that the stream gets next, or "-". */
static const char *next(uint64_t stream)
{
    static char text[64];
    const struct blob *line AUTO_BLOB = review_next(&t, stream);
    snprintf(text, sizeof text, "%s", line ? line->p : "-");
    return text;
}

/* "name:why name:why", in the order in which they end. */
static const char *ended(int64_t now)
{
    static const char *const words[] = {"answered", "late", "nobody", "full", "gone", "closed"};
    static char text[256];
    size_t n = 0;
    enum review_end why;
    text[0] = 0;
    for (const char *who; (who = review_ended(&t, now, gone, &why));)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s:%s", n ? " " : "", who, words[why]);
    return text;
}

static const char *answered(uint64_t id)
{
    const char *who = review_answered(&t, id);
    return who ? who : "-";
}

static void is_empty(void)
{
    ck_assert_int_eq(t.count, 0);
    ck_assert_uint_eq(t.bytes, 0);
}

START_TEST(is_answered)
{
    open_table(1);
    ck_assert_int_eq(add(1, "a", 0), REVIEW_ANSWERED);
    ck_assert_int_eq(add(2, "b", 0), REVIEW_ANSWERED);
    ck_assert_uint_eq(t.bytes, 2);
    ck_assert_str_eq(next(7), "-"); /* not one of the scheduler's streams */
    ck_assert_str_eq(next(1), "a");
    ck_assert_str_eq(next(1), "b");
    ck_assert_str_eq(next(1), "-"); /* each is told once */
    ck_assert_str_eq(answered(2), "b");
    ck_assert_str_eq(answered(2), "-");
    ck_assert_str_eq(answered(3), "-");
    ck_assert_str_eq(answered(1), "a");
    ck_assert_str_eq(ended(limit_ns), "");
    is_empty();
}
END_TEST

START_TEST(is_late)
{
    open_table(1);
    add(1, "told", 0);
    ck_assert_str_eq(next(1), "told");
    add(2, "untold", S);
    ck_assert_str_eq(ended(limit_ns - 1), "");
    ck_assert_str_eq(ended(limit_ns), "told:late");
    ck_assert_str_eq(answered(1), "-"); /* an answer after that is nobody's */
    ck_assert_str_eq(ended(limit_ns + S), "untold:late");
    ck_assert_str_eq(next(1), "-");
    is_empty();
}
END_TEST

START_TEST(the_scheduler_goes)
{
    open_table(0);
    ck_assert_int_eq(add(1, "early", 0), REVIEW_NOBODY);
    review_join(&t, 1);
    add(2, "told", 0);
    ck_assert_str_eq(next(1), "told");
    add(3, "untold", 0);
    review_leave(&t, 1);
    review_join(&t, 2);                        /* it is back */
    ck_assert_str_eq(ended(S), "told:nobody"); /* who knew of it is gone */
    ck_assert_str_eq(next(1), "-");
    ck_assert_str_eq(next(2), "untold");
    ck_assert_str_eq(answered(3), "untold");
    add(4, "last", 0);
    review_leave(&t, 2);
    ck_assert_str_eq(ended(S), "last:nobody");
    ck_assert_int_eq(add(5, "late", 0), REVIEW_NOBODY);
    review_leave(&t, 99);
    is_empty();
}
END_TEST

START_TEST(of_two_schedulers_one_is_asked)
{
    open_table(2);
    add(1, "a", 0);
    add(2, "b", 0);
    ck_assert_str_eq(next(2), "a");
    ck_assert_str_eq(next(1), "b");
    review_leave(&t, 2);
    ck_assert_str_eq(ended(S), "a:nobody");
    ck_assert_str_eq(answered(2), "b");
    is_empty();
}
END_TEST

START_TEST(who_asked_leaves)
{
    open_table(1);
    add(1, "a", 0);
    add(2, "b", 0);
    left = "b";
    ck_assert_str_eq(ended(S), "b:gone");
    ck_assert_str_eq(next(1), "a"); /* b was never told of */
    ck_assert_str_eq(next(1), "-");
    left = "a";
    ck_assert_str_eq(ended(S), "a:gone");
    is_empty();
}
END_TEST

START_TEST(has_bounds)
{
    static char large[REVIEW_TEXT_MAX + 1];
    open_table(1);
    for (uint64_t i = 1; i <= REVIEWS_MAX; i++) ck_assert_int_eq(add(i, "x", 0), REVIEW_ANSWERED);
    ck_assert_int_eq(add(99, "y", 0), REVIEW_FULL);
    ck_assert_str_eq(answered(5), "x");
    ck_assert_int_eq(add(99, "y", 0), REVIEW_ANSWERED);
    while (review_answered(&t, t.count ? t.items[0].id : 0)) {}
    is_empty();
    memset(large, 'l', REVIEW_TEXT_MAX);
    int n = 0;
    while (add((uint64_t)n + 1, large, 0) == REVIEW_ANSWERED) n++;
    ck_assert_int_eq(n, REVIEWS_BYTES_MAX / REVIEW_TEXT_MAX);
    const struct blob *line AUTO_BLOB = review_next(&t, 1); /* what is written counts no more */
    ck_assert(line && line->n == REVIEW_TEXT_MAX);
    ck_assert_int_eq(add(99, large, 0), REVIEW_ANSWERED);
    while (review_answered(&t, t.count ? t.items[0].id : 0)) {}
    is_empty();
}
END_TEST

START_TEST(the_server_stops)
{
    open_table(1);
    add(1, "a", 0);
    next(1);
    add(2, "b", 0);
    t.closed = true;
    ck_assert_str_eq(ended(0), "a:closed b:closed");
    ck_assert_int_eq(add(3, "c", 0), REVIEW_CLOSED);
    is_empty();
}
END_TEST

TEST_MAIN("review", is_answered, is_late, the_scheduler_goes, of_two_schedulers_one_is_asked, who_asked_leaves,
          has_bounds, the_server_stops)
