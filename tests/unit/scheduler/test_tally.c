/* test_tally.c - numbers by domain, and the least of them, against counting anew; copies go their own way. */
#include "scheduler/tally.h"

#include "base/rnd.h"
#include "check_main.h"

enum { DOMAINS = 40, STEPS = 300 };

static void same(const struct tally *t, const int64_t *model, const bool *counts)
{
    int64_t least = INT64_MAX, sum = 0;
    int counted = 0;
    for (int i = 0; i < t->n; i++) {
        ck_assert_int_eq(tally_get(t, i), model[i]);
        sum += model[i];
        if (!counts[i]) continue;
        counted++;
        least = MIN(least, model[i]);
    }
    ck_assert_int_eq(t->least, least);
    ck_assert_int_eq(t->counted, counted);
    ck_assert_int_eq(t->sum, sum);
}

START_TEST(equals_counting_anew)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct arena a AUTO_ARENA = {0};
        struct rnd r;
        struct tally first, copy;
        int64_t model[DOMAINS] = {0}, of_first[DOMAINS];
        bool counts[DOMAINS];
        rnd_stream(&r, seed);
        int n = (int)rnd_next_below(&r, DOMAINS + 1);
        tally_open(&first, &a, n, seed % 2 ? TALLY_NONE : 0);
        for (int i = 0; i < n; i++) {
            counts[i] = seed % 2 == 0 || rnd_next_below(&r, 3);
            if (!counts[i]) continue;
            first.of[i] = of_first[i] = model[i] = (int64_t)rnd_next_below(&r, 4);
        }
        tally_close(&first);
        same(&first, model, counts);
        for (int i = 0; i < n; i++) of_first[i] = model[i];
        tally_copy(&copy, &a, &first);
        for (int i = 0; i < STEPS && n; i++) {
            int domain = (int)rnd_next_below(&r, (uint64_t)n), by = rnd_next_below(&r, 2) ? 1 : -1;
            model[domain] += by;
            tally_change(&copy, &a, domain, by);
            if (i % 50 == 0) tally_copy(&copy, &a, &copy);
            same(&copy, model, counts);
        }
        same(&first, of_first, counts);
    }
}
END_TEST

START_TEST(folds_nodes_into_domains)
{
    struct arena a AUTO_ARENA = {0};
    const int32_t of[] = {0, 1, -1, 1}, pods[] = {2, 3, 9, 4}, none[] = {0, 0, 9, 0};
    const struct domains d = {.of = of, .slots = 4, .n = 2};
    struct tally t;
    tally_open(&t, &a, 2, 0);
    ck_assert(!tally_fold(&t, &d, none, 1));
    ck_assert(tally_fold(&t, &d, pods, 10));
    ck_assert(tally_fold(&t, &d, pods, -1));
    tally_close(&t);
    ck_assert_int_eq(tally_get(&t, 0), 18);
    ck_assert_int_eq(tally_get(&t, 1), 63);
    ck_assert_int_eq(t.least, 18);
}
END_TEST

TEST_MAIN("tally", equals_counting_anew, folds_nodes_into_domains)
