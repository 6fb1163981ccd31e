/* test_omap.c - the B+ tree against a sorted array of numbers, with random operations. */
#include "base/omap.h"

#include "base/mem.h"
#include "base/rnd.h"
#include "check_main.h"

#include <stdio.h>

enum { KEYS = 6000, STEPS = 60000 };

static void *model[KEYS]; /* by number; key text order is number order */
static int marks[KEYS];

static struct str key_of(int k, char text[32])
{
    /* Different lengths, common beginnings, order kept. */
    return str_n(text, (size_t)snprintf(text, 32, "/registry/pods/%05d%s", k, k % 3 ? "" : "-tail"));
}

static size_t model_count(int from, int to)
{
    size_t n = 0;
    for (int k = from; k < to; k++) n += model[k] != NULL;
    return n;
}

static void check_all(const struct omap *m)
{
    struct omap_cursor c;
    struct str key;
    void *value;
    char text[32];
    omap_seek(m, STR(""), &c);
    for (int k = 0; k < KEYS; k++) {
        if (!model[k]) continue;
        ck_assert(omap_next(&c, &key, &value));
        ck_assert(str_eq(key, key_of(k, text)));
        ck_assert_ptr_eq(value, model[k]);
    }
    ck_assert(!omap_next(&c, &key, &value));
    ck_assert_uint_eq(m->count, model_count(0, KEYS));
}

static void check_range(const struct omap *m, int from, int to)
{
    char a[32], b[32];
    struct omap_cursor c;
    struct str key;
    ck_assert_uint_eq(omap_count_range(m, key_of(from, a), key_of(to, b)), model_count(from, to));
    ck_assert_uint_eq(omap_count_range(m, key_of(from, a), STR_NULL), model_count(from, KEYS));
    omap_seek(m, key_of(from, a), &c);
    while (from < KEYS && !model[from]) from++;
    ck_assert(omap_next(&c, &key, NULL) == (from < KEYS));
    if (from < KEYS) ck_assert(str_eq(key, key_of(from, a)));
}

static void put(struct omap *m, int k)
{
    char text[32];
    ck_assert_ptr_eq(omap_set(m, key_of(k, text), &marks[k]), model[k]);
    model[k] = &marks[k];
}

static void take(struct omap *m, int k)
{
    char text[32];
    ck_assert_ptr_eq(omap_take(m, key_of(k, text)), model[k]);
    model[k] = NULL;
}

START_TEST(behaves_like_a_sorted_array)
{
    struct omap m;
    struct rnd r;
    omap_init(&m);
    memset(model, 0, sizeof model);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        rnd_stream(&r, seed);
        for (int i = 0; i < STEPS; i++) {
            int k = (int)rnd_next_below(&r, KEYS);
            bool growing = i / 10000 % 2 == 0; /* waves of growth and of shrinking */
            if (rnd_next_below(&r, 10) < (growing ? 8 : 2))
                put(&m, k);
            else
                take(&m, k);
            char text[32];
            ck_assert_ptr_eq(omap_get(&m, key_of(k, text)), model[k]);
            if (i % 500 == 0) {
                int from = (int)rnd_next_below(&r, KEYS - 1);
                check_range(&m, from, from + (int)rnd_next_below(&r, (uint64_t)(KEYS - from)));
            }
            if (i % 5000 == 0) check_all(&m);
        }
    }
    omap_release(&m, NULL);
}
END_TEST

START_TEST(rising_and_falling_orders)
{
    struct omap m = {0};
    memset(model, 0, sizeof model);
    for (int k = 0; k < KEYS; k++) put(&m, k);
    check_all(&m);
    for (int k = 0; k < KEYS; k++) {
        take(&m, k);
        if (k % 997 == 0) check_all(&m);
    }
    ck_assert_ptr_null(m.root);
    for (int k = KEYS; k--;) put(&m, k);
    check_all(&m);
    for (int k = KEYS; k--;)
        if (k % 64) take(&m, k);
    check_all(&m);
    for (int k = 0; k < KEYS; k += 64) take(&m, k);
    ck_assert_ptr_null(m.root);
}
END_TEST

START_TEST(empty_and_odd)
{
    struct omap m = {0};
    struct omap_cursor c;
    ck_assert_ptr_null(omap_get(&m, STR("x")));
    ck_assert_ptr_null(omap_take(&m, STR("x")));
    omap_seek(&m, STR("x"), &c);
    ck_assert(!omap_next(&c, NULL, NULL));
    ck_assert_uint_eq(omap_count_range(&m, STR(""), STR_NULL), 0);
    omap_set(&m, STR(""), xstrdup("a"));
    omap_set(&m, STR("b"), xstrdup("b"));
    ck_assert_str_eq(omap_get(&m, STR("")), "a");
    ck_assert_uint_eq(omap_count_range(&m, STR("b"), STR("a")), 0);
    omap_release(&m, free);
}
END_TEST

TEST_MAIN("omap", behaves_like_a_sorted_array, rising_and_falling_orders, empty_and_odd)
