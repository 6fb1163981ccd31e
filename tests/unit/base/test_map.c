/* test_map.c - the hash map against a plain array, with random operations. */
#include "base/map.h"

#include "base/mem.h"
#include "base/rnd.h"
#include "check_main.h"

#include <stdio.h>

enum { KEYS = 700, STEPS = 60000 };

static struct str key_of(int k, char text[16]) { return str_n(text, (size_t)snprintf(text, 16, "key-%d", k)); }

START_TEST(behaves_like_an_array)
{
    struct map m;
    static int values[STEPS];
    int *model[KEYS] = {NULL};
    size_t count = 0;
    struct rnd r;
    map_init(&m);
    rnd_stream(&r, 7);
    for (int i = 0; i < STEPS; i++) {
        char text[16];
        int k = (int)rnd_next_below(&r, KEYS);
        struct str key = key_of(k, text);
        switch (rnd_next_below(&r, i / 10000 % 2 ? 4 : 3)) {
        case 0:
            ck_assert_ptr_eq(map_set(&m, key, &values[i]), model[k]);
            count += model[k] == NULL;
            model[k] = &values[i];
            break;
        case 1: ck_assert_ptr_eq(map_get(&m, key), model[k]); break;
        default:
            ck_assert_ptr_eq(map_take(&m, key), model[k]);
            count -= model[k] != NULL;
            model[k] = NULL;
        }
        ck_assert_uint_eq(m.count, count);
    }
    for (int k = 0; k < KEYS; k++) {
        char text[16];
        ck_assert(map_has(&m, key_of(k, text)) == (model[k] != NULL));
    }
    map_release(&m, NULL);
    ck_assert_uint_eq(m.count, 0);
}
END_TEST

START_TEST(iterates_in_order_of_insertion)
{
    struct map m = {0};
    char text[16];
    for (int k = 0; k < 100; k++) map_set(&m, key_of(k, text), xstrdup("v"));
    for (int k = 0; k < 100; k++) ck_assert(str_eq(m.entries[k].key, key_of(k, text)));
    free(map_take(&m, STR("key-3")));
    ck_assert(str_eqc(m.entries[3].key, "key-99"));
    map_release(&m, free);
}
END_TEST

START_TEST(odd_keys)
{
    struct map m = {0};
    int a, b;
    ck_assert(!map_has(&m, STR("x")));
    ck_assert_ptr_null(map_take(&m, STR("x")));
    map_set(&m, STR(""), &a);
    map_set(&m, STR("\0"), &b);
    map_set(&m, STR("null"), NULL);
    ck_assert_ptr_eq(map_get(&m, STR("")), &a);
    ck_assert_ptr_eq(map_get(&m, STR("\0")), &b);
    ck_assert(map_has(&m, STR("null")) && !map_get(&m, STR("null")));
    map_release(&m, NULL);
}
END_TEST

TEST_MAIN("map", behaves_like_an_array, iterates_in_order_of_insertion, odd_keys)
