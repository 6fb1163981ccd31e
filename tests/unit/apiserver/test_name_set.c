/* test_name_set.c - sets of names: a few without allocation, many hashed; the step between the two. */
#include "apiserver/object/name_set.h"
#include "base/mem.h"
#include "check_main.h"

enum { MANY = NAME_SET_FEW * 4 };

START_TEST(names_once)
{
    struct arena a AUTO_ARENA = {0};
    struct name_set set AUTO_NAME_SET = {0};
    int values[MANY];
    for (int i = 0; i < MANY; i++) {
        struct str name = str_printf(&a, "n%d", i);
        ck_assert(!name_set_has(&set, name) && !name_set_get(&set, name));
        ck_assert(name_set_add(&set, name, &values[i]));
        ck_assert(!name_set_add(&set, name, &a)); /* it was there, and its value stays */
        ck_assert_uint_eq(set.count, i + 1);
        for (int k = 0; k <= i; k++) ck_assert(name_set_get(&set, str_printf(&a, "n%d", k)) == &values[k]);
    }
    ck_assert(!name_set_has(&set, STR("n")));
}
END_TEST

START_TEST(the_last_value)
{
    struct name_set set AUTO_NAME_SET = {0};
    static const char names[] = "abcdefghijklmnopqrstuvwxyz";
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i + 1 < sizeof names; i++)
            name_set_put(&set, (struct str){names + i, 1}, round ? names + i : names);
    ck_assert_uint_eq(set.count, 26);
    ck_assert(name_set_get(&set, STR("a")) == names);
    ck_assert(name_set_get(&set, STR("z")) == names + 25);
}
END_TEST

START_TEST(names_without_values)
{
    struct name_set set AUTO_NAME_SET = {0};
    ck_assert(name_set_add(&set, STR(""), NULL));
    ck_assert(name_set_has(&set, STR("")) && !name_set_get(&set, STR("")));
    name_set_release(&set);
    name_set_init(&set);
    ck_assert(!name_set_has(&set, STR("")));
}
END_TEST

TEST_MAIN("name_set", names_once, the_last_value, names_without_values)
