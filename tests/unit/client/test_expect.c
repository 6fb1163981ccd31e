/* test_expect.c - counts per key, replaced by a new expectation, given up after 5 minutes of cluster time. */
#include "base/clk.h"
#include "check_main.h"
#include "client/expect.h"

START_TEST(counts)
{
    struct expect *x = expect_new();
    struct str k = STR("default/rs");
    ck_assert(expect_satisfied(x, k));
    expect_saw_creation(x, k); /* nobody asked */
    expect_creations(x, k, 2);
    ck_assert(!expect_satisfied(x, k));
    ck_assert(expect_satisfied(x, STR("default/other")));
    expect_saw_creation(x, k);
    expect_saw_deletion(x, k); /* does not stand in for a creation */
    ck_assert(!expect_satisfied(x, k));
    expect_saw_creation(x, k);
    ck_assert(expect_satisfied(x, k));
    expect_deletions(x, k, 1); /* replaces: the surplus deletion above is forgotten */
    ck_assert(!expect_satisfied(x, k));
    expect_saw_deletion(x, k);
    ck_assert(expect_satisfied(x, k));
    expect_creations(x, k, 5);
    expect_forget(x, k);
    ck_assert(expect_satisfied(x, k));
    expect_free(x);
}
END_TEST

START_TEST(expires)
{
    struct clk_state s;
    struct expect *x = expect_new();
    clk_get(&s);
    s.paused = true;
    clk_set(&s);
    expect_creations(x, STR("k"), 1);
    s.at_ns += INT64_C(300) * 1000000000;
    clk_set(&s);
    ck_assert(!expect_satisfied(x, STR("k")));
    s.at_ns += INT64_C(1000000000);
    clk_set(&s);
    ck_assert(expect_satisfied(x, STR("k")));
    expect_free(x);
}
END_TEST

TEST_MAIN("expect", counts, expires)
