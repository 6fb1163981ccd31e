/* test_bag.c - counts by key against a plain array; keys that stand at 0 take no room for ever. */
#include "scheduler/bag.h"

#include "base/rnd.h"
#include "check_main.h"

enum { KEYS = 500, STEPS = 40000 };

START_TEST(behaves_like_an_array)
{
    struct bag b = {0};
    int64_t model[KEYS + 1] = {0}, sum = 0, found = 0;
    struct rnd r;
    rnd_stream(&r, 3);
    for (int i = 0; i < STEPS; i++) {
        uintptr_t key = 1 + (uintptr_t)rnd_next_below(&r, KEYS);
        int64_t by = model[key] && rnd_next_below(&r, 2) ? -model[key] : (int64_t)rnd_next_below(&r, 9) - 4;
        model[key] += by;
        ck_assert_int_eq(bag_add(&b, key, by), model[key]);
    }
    for (uintptr_t k = 1; k <= KEYS; k++) {
        ck_assert_int_eq(bag_get(&b, k), model[k]);
        sum += model[k];
    }
    for (BAG_EACH(e, &b)) found += e->n;
    ck_assert_int_eq(found, sum);
    bag_release(&b);
}
END_TEST

START_TEST(forgets_what_stands_at_zero)
{
    struct bag b = {0};
    ck_assert_int_eq(bag_get(&b, 17), 0);
    for (uintptr_t k = 1; k < 100000; k++) {
        bag_add(&b, k, 1);
        bag_add(&b, k, -1);
    }
    ck_assert_uint_le(b.cap, 16);
    bag_release(&b);
}
END_TEST

TEST_MAIN("bag", behaves_like_an_array, forgets_what_stands_at_zero)
