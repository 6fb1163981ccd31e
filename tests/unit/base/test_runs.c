/* test_runs.c - sequences of integers as text: what is written is read again, and nothing else is taken. */
#include "base/mem.h"
#include "base/rnd.h"
#include "base/runs.h"
#include "check_main.h"

static const struct {
    int64_t v[6];
    size_t n;
    const char *text;
} rows[] = {
    {{0}, 0, ""},
    {{5, 5, 5, 5, 7}, 5, "KACE"},
    {{0}, 1, "AA"},
    {{0, 0, 0}, 3, "AC"},
    {{1, 0, -1, -1}, 4, "CBBAA"},
    {{15, -1, 31}, 3, "efgC"},
    {{16}, 1, "gB"},
    {{INT64_MAX, INT64_MIN, INT64_MAX}, 3, "+///////////PCB"},
};

START_TEST(texts)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b AUTO_BUF;
        buf_init(&b, 1000);
        runs_write(&b, rows[i].v, rows[i].n);
        ck_assert_str_eq(b.p, rows[i].text);
        struct runs_cursor c = runs_cursor(buf_view(&b));
        for (size_t k = 0; k < rows[i].n; k++) ck_assert_int_eq(runs_one(&c), rows[i].v[k]);
        ck_assert(!c.left && c.r.p == c.r.end && !c.r.bad);
    }
}
END_TEST

/* Some runs, some noise, some leaps. */
START_TEST(whatever_is_written_is_read)
{
    struct rnd r;
    rnd_stream(&r, 1);
    for (int round = 0; round < 300; round++) {
        int64_t v[2000];
        size_t n = rnd_next_below(&r, ARRAY_LEN(v)), of = 0;
        for (size_t i = 0; i < n; i++) {
            uint64_t what = rnd_next_below(&r, 8);
            v[i] = what < 4 && i ? v[i - 1] : what < 7 ? (int64_t)rnd_next_below(&r, 101) : (int64_t)rnd_next(&r);
        }
        struct buf b AUTO_BUF;
        buf_init(&b, 1 << 20);
        runs_write(&b, v, n);
        struct runs_cursor c = runs_cursor(buf_view(&b));
        for (size_t i = 0; i < n; i++) ck_assert_int_eq(runs_one(&c), v[i]);
        ck_assert_int_eq(runs_one(&c), 0);
        struct runs_reader runs = runs_of(buf_view(&b));
        int64_t value;
        for (uint32_t count; runs_next(&runs, &value, &count);)
            for (; count; count--) ck_assert_int_eq(v[of++], value);
        ck_assert(of == n && !runs.bad);
    }
}
END_TEST

START_TEST(what_is_no_such_text)
{
    static const char *const bad[] = {"A", "g", "AA ", "K=", "AggggggH", "ggggggggggggQ", "gggggggggggggA", "A//////D"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct runs_reader r = runs_of(str_of(bad[i]));
        int64_t v;
        uint32_t n;
        while (runs_next(&r, &v, &n)) ck_assert_uint_ge(n, 1);
        ck_assert_msg(r.bad, "%s", bad[i]);
    }
}
END_TEST

TEST_MAIN("runs", texts, whatever_is_written_is_read, what_is_no_such_text)
