/* test_sym.c - texts are one while somebody holds them, and forgotten afterwards, whoever is at it at the same time. */
#include "base/thread.h"
#include "sched_support.h"

START_TEST(equal_texts_are_one)
{
    const struct sym *a = sym_get(STR("zone")), *b = sym_get(STR("zone")), *c = sym_get(STR("zone1"));
    ck_assert_ptr_eq(a, b);
    ck_assert_ptr_ne(a, c);
    ck_assert_strn_eq(sym_str(a), "zone");
    ck_assert_uint_eq(sym_count(), 2);
    sym_unref(a);
    ck_assert_uint_eq(sym_count(), 2);
    ck_assert_strn_eq(sym_str(b), "zone");
    sym_unref(b);
    ck_assert_uint_eq(sym_count(), 1);
    sym_unref(c);
    sym_unref(NULL);
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

START_TEST(empty_and_absent)
{
    const struct sym *a = sym_get(STR("")), *b = sym_get(STR_NULL);
    ck_assert_ptr_eq(a, b);
    ck_assert_uint_eq(a->n, 0);
    ck_assert(str_is_null(sym_str(NULL)));
    sym_unref(a);
    sym_unref(b);
    const struct sym *nul = sym_get(str_n("a\0b", 3)), *plain = sym_get(STR("a"));
    ck_assert_ptr_ne(nul, plain);
    ck_assert_uint_eq(nul->n, 3);
    sym_unref(nul);
    sym_unref(plain);
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

START_TEST(a_keep_holds_what_it_was_given)
{
    struct keep k = {0};
    const struct sym *a = keep_sym(&k, STR("x")), *b = keep_sym(&k, STR("x"));
    ck_assert_ptr_eq(a, b);
    ck_assert_ptr_null(keep_sym(&k, STR_NULL));
    ck_assert_ptr_nonnull(keep_sym(&k, STR("")));
    ck_assert_uint_eq(sym_count(), 2);
    keep_release(&k);
    ck_assert_uint_eq(sym_count(), 0);
    keep_release(&k); /* empty again, and usable */
    ck_assert_strn_eq(sym_str(keep_sym(&k, STR("y"))), "y");
    keep_release(&k);
}
END_TEST

START_TEST(more_than_the_first_table_holds)
{
    enum { N = 5000 };
    static const struct sym *all[N];
    for (int i = 0; i < N; i++) {
        char text[16];
        snprintf(text, sizeof text, "n%d", i);
        all[i] = sym_get(str_of(text));
    }
    ck_assert_uint_eq(sym_count(), N);
    for (int i = 0; i < N; i++) {
        char text[16];
        snprintf(text, sizeof text, "n%d", i);
        const struct sym *again = sym_get(str_of(text));
        ck_assert_ptr_eq(again, all[i]);
        sym_unref(again);
        sym_unref(all[i]);
    }
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

static void *take_and_give(void *arg)
{
    (void)arg;
    for (int round = 0; round < 3000; round++) {
        const struct sym *held[8];
        char text[16];
        for (int i = 0; i < 8; i++) {
            snprintf(text, sizeof text, "t%d", (round + i) % 20);
            held[i] = sym_get(str_of(text));
        }
        snprintf(text, sizeof text, "t%d", round % 20);
        ck_assert_strn_eq(sym_str(held[0]), text);
        for (int i = 0; i < 8; i++) sym_unref(held[i]);
    }
    return NULL;
}

START_TEST(several_threads)
{
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) threads[i] = thread_start("sym", take_and_give, NULL);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) thread_join(threads[i]);
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

TEST_MAIN("sym", equal_texts_are_one, empty_and_absent, a_keep_holds_what_it_was_given, more_than_the_first_table_holds,
          several_threads)
