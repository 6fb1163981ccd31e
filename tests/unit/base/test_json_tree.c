/* test_json_tree.c - making, comparing and changing trees. */
#include "base/json.h"

#include "check_main.h"

static struct arena arena;

static struct json *parse(const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(&arena, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    return j;
}

static void check_is(const struct json *j, const char *want)
{
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1 << 16);
    json_write(&out, j);
    ck_assert_str_eq(out.p, want);
    uint32_t n = 0;
    JSON_FOREACH(kid, j)
    {
        n++;
        if (!kid->next) ck_assert_ptr_eq(j->u.kids.tail, kid);
    }
    ck_assert_uint_eq(n, j->count);
}

START_TEST(making)
{
    struct json *o = json_obj(&arena), *l = json_arr(&arena);
    json_set(&arena, o, STR("list"), l);
    json_push(l, json_int(&arena, 1));
    json_push(l, json_real(&arena, STR("2.50")));
    json_push(l, json_null(&arena));
    json_set(&arena, o, STR("t"), json_bool(&arena, true));
    json_set(&arena, o, STR("s"), json_strc(&arena, "x"));
    json_set(&arena, o, STR(""), json_str(&arena, STR_NULL));
    check_is(o, "{\"list\":[1,2.50,null],\"t\":true,\"s\":\"x\",\"\":\"\"}");
}
END_TEST

START_TEST(members)
{
    struct json *o = parse("{\"a\":1,\"b\":2,\"c\":3}");
    json_set(&arena, o, STR("b"), json_strc(&arena, "new"));
    json_set(&arena, o, STR("d"), json_null(&arena));
    check_is(o, "{\"a\":1,\"b\":\"new\",\"c\":3,\"d\":null}");
    json_add(o, STR("e"), json_int(&arena, 5));
    check_is(o, "{\"a\":1,\"b\":\"new\",\"c\":3,\"d\":null,\"e\":5}");
    ck_assert(json_del(o, STR("e")));
    ck_assert(json_del(o, STR("d")) && !json_del(o, STR("d")));
    ck_assert(json_del(o, STR("a")));
    json_set(&arena, o, STR("c"), json_int(&arena, 4));
    check_is(o, "{\"b\":\"new\",\"c\":4}");
    ck_assert(json_del(o, STR("c")) && json_del(o, STR("b")));
    check_is(o, "{}");
    json_set(&arena, o, STR("z"), json_int(&arena, 1));
    check_is(o, "{\"z\":1}");
}
END_TEST

START_TEST(items)
{
    struct json *l = parse("[1,2,3]");
    json_insert(l, 0, json_int(&arena, 0));
    json_insert(l, 4, json_int(&arena, 4));
    json_insert(l, 2, json_strc(&arena, "x"));
    check_is(l, "[0,1,\"x\",2,3,4]");
    json_remove(l, json_at(l, 5));
    json_remove(l, json_at(l, 0));
    json_replace(l, json_at(l, 3), json_null(&arena));
    check_is(l, "[1,\"x\",2,null]");
    json_push(l, json_int(&arena, 9));
    check_is(l, "[1,\"x\",2,null,9]");
    ck_assert_ptr_null(json_at(l, 5));
}
END_TEST

START_TEST(sorting)
{
    check_is((json_sort_keys(parse("{}")), parse("{}")), "{}");
    struct json *o = parse("{\"b\":1,\"a\":2,\"B\":3,\"aa\":4,\"\":5,\"a\":6,\"c\":{\"y\":1,\"x\":2}}");
    json_sort_keys(o);
    check_is(o, "{\"\":5,\"B\":3,\"a\":2,\"a\":6,\"aa\":4,\"b\":1,\"c\":{\"y\":1,\"x\":2}}");
    struct json *big = json_obj(&arena);
    for (int i = 0; i < 1000; i++)
        json_set(&arena, big, str_printf(&arena, "%d", i * 7919 % 1000), json_int(&arena, i));
    json_sort_keys(big);
    ck_assert_uint_eq(big->count, 1000);
    JSON_FOREACH(m, big)
    if (m->next) ck_assert_int_lt(str_cmp(m->key, m->next->key), 0);
}
END_TEST

START_TEST(copying)
{
    struct json *o = parse("{\"a\":[1,{\"b\":\"c\"}],\"d\":1.5}"), *copy = json_copy(&arena, o);
    ck_assert(json_equal(o, copy));
    json_del(json_at(json_getc(copy, "a"), 1), STR("b"));
    check_is(o, "{\"a\":[1,{\"b\":\"c\"}],\"d\":1.5}");
    check_is(copy, "{\"a\":[1,{}],\"d\":1.5}");
}
END_TEST

START_TEST(equality)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"{\"a\":1,\"b\":[true]}", "{\"b\":[true],\"a\":1}", true},
        {"1", "1.0", true},
        {"1e2", "100", true},
        {"1.50", "1.5", true},
        {"9223372036854775807", "9223372036854775806", false},
        {"[1,2]", "[2,1]", false},
        {"[1]", "[1,1]", false},
        {"{\"a\":1}", "{\"a\":null}", false},
        {"{\"a\":1}", "{\"b\":1}", false},
        {"null", "false", false},
        {"\"1\"", "1", false},
        {"\"a\"", "\"\\u0061\"", true},
        {"{}", "[]", false},
        {"true", "false", false},
        {"{\"a\":1,\"b\":2}", "{\"a\":1}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_msg(json_equal(parse(rows[i].a), parse(rows[i].b)) == rows[i].same, "row %zu", i);
        ck_assert_msg(json_equal(parse(rows[i].b), parse(rows[i].a)) == rows[i].same, "row %zu back", i);
    }
    struct json *up = json_obj(&arena), *down = json_obj(&arena);
    for (int i = 0; i < 200; i++) json_set(&arena, up, str_printf(&arena, "k%d", i), json_int(&arena, i));
    for (int i = 200; i--;) json_set(&arena, down, str_printf(&arena, "k%d", i), json_int(&arena, i));
    ck_assert(json_equal(up, down));
    json_set(&arena, down, STR("k7"), json_int(&arena, 8));
    ck_assert(!json_equal(up, down));
    ck_assert(json_equal(NULL, NULL) && !json_equal(up, NULL));
}
END_TEST

START_TEST(reading_tolerates_anything)
{
    ck_assert_ptr_null(json_get(NULL, STR("a")));
    ck_assert_ptr_null(json_getc(parse("[1]"), "a"));
    ck_assert_ptr_null(json_at(parse("{\"a\":1}"), 0));
    ck_assert_ptr_null(json_at(NULL, 0));
    ck_assert(str_is_null(json_string(parse("1"))));
    ck_assert(json_number(NULL) == 0 && json_number(parse("\"7\"")) == 0);
    ck_assert(json_number(parse("0.100000000000000000000000000000000000000000000000000000000000000000000000001")) ==
              0.1);
    arena_release(&arena);
}
END_TEST

TEST_MAIN("json_tree", making, members, items, sorting, copying, equality, reading_tolerates_anything)
