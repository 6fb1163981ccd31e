/* test_udiff.c - differences of texts: pieces, what is between them, lines that occur too often, too many lines. What
 * is expected was made with Python's difflib. */
#include "base/udiff.h"

#include "base/mem.h"
#include "check_main.h"

static const struct {
    const char *a, *b, *diff;
} rows[] = {
    {"", "", ""},
    {"a\nb", "a\nb", ""},
    {"", "a", "@@ -1 +1 @@\n-\n+a\n"},
    {"a\nb\nc", "a\nc", "@@ -1,3 +1,2 @@\n a\n-b\n c\n"},
    {"a\nc", "a\nb\nc", "@@ -1,2 +1,3 @@\n a\n+b\n c\n"},
    {"1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\nx\n6\n7\n8\n9", "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"},
    /* six lines between two changes: one piece */
    {"a\n1\n2\n3\n4\n5\n6\nb", "A\n1\n2\n3\n4\n5\n6\nB", "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
    /* seven: two */
    {"a\n1\n2\n3\n4\n5\n6\n7\nb", "A\n1\n2\n3\n4\n5\n6\n7\nB",
     "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
    /* the longest run decides, not the first one */
    {"a\nb", "a\nc\na\nb", "@@ -1,2 +1,4 @@\n+a\n+c\n a\n b\n"},
};

START_TEST(texts)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 1 << 16);
        ck_assert(udiff(&out, str_of(rows[i].a), str_of(rows[i].b)));
        ck_assert_msg(str_eqc(buf_view(&out), rows[i].diff), "row %zu:\n%s\nnot\n%s", i, out.p ? out.p : "",
                      rows[i].diff);
    }
}
END_TEST

/* n lines "x", `at` of them "y"; -1: none. */
static void write_lines(struct buf *out, int n, int at)
{
    buf_init(out, 1 << 16);
    for (int i = 0; i < n; i++) buf_cstr(out, i == at ? "y\n" : "x\n");
}

START_TEST(lines_that_occur_too_often)
{
    struct buf a AUTO_BUF = {0}, b AUTO_BUF = {0}, out AUTO_BUF = {0};
    write_lines(&a, 300, -1);
    write_lines(&b, 300, 0);
    buf_init(&out, 1 << 16);
    ck_assert(udiff(&out, buf_view(&a), buf_view(&b)));
    /* "x" is nowhere looked for: only the empty line at the end is the same, and the lines beside it */
    ck_assert(str_starts(buf_view(&out), STR("@@ -1,4 +1,4 @@\n-x\n+y\n x\n x\n x\n")));
}
END_TEST

START_TEST(too_many_lines)
{
    struct buf a AUTO_BUF = {0}, out AUTO_BUF = {0};
    write_lines(&a, UDIFF_LINES_MAX, -1);
    buf_init(&out, 1 << 16);
    ck_assert(!udiff(&out, buf_view(&a), STR("")));
    ck_assert(!udiff(&out, STR(""), buf_view(&a)));
    ck_assert_uint_eq(out.n, 0);
}
END_TEST

TEST_MAIN("udiff", texts, lines_that_occur_too_often, too_many_lines)
