/* test_gc_groups.c - what is followed of an aggregated server's discovery, whatever that says. */
#include "check_main.h"
#include "controllers/gc_groups.h"
#include "controllers/kinds.h"

#define VERBS "\"verbs\":[\"get\",\"watch\",\"delete\",\"list\"]"

static struct json *parse(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    return j;
}

START_TEST(what_is_followed)
{
    struct arena a AUTO_ARENA = {0};
    struct gc_group g = {0};
    gc_group_add(&a, &g, STR("s.example"), STR("v2"),
                 parse(&a, "{\"resources\":[{\"name\":\"stones\",\"kind\":\"Stone\",\"namespaced\":true," VERBS "},"
                           "{\"name\":\"stones/status\",\"kind\":\"Stone\"," VERBS "},"
                           "{\"name\":\"views\",\"kind\":\"View\",\"verbs\":[\"list\",\"watch\"]},"
                           "{\"name\":\"../x\",\"kind\":\"X\"," VERBS "},{\"name\":\"\",\"kind\":\"X\"," VERBS "},"
                           "{\"name\":\"nokinds\"," VERBS "},{\"name\":7,\"kind\":\"X\"," VERBS "},7,null]}"));
    gc_group_add(&a, &g, STR("s.example"), STR("v1"),
                 parse(&a, "{\"resources\":[{\"name\":\"stones\",\"kind\":\"Stone\",\"namespaced\":true," VERBS "},"
                           "{\"name\":\"hills\",\"kind\":\"Hill\"," VERBS "}]}"));
    ck_assert_uint_eq(g.count, 2);
    ck_assert_str_eq(g.items[0].plural, "stones");
    ck_assert_str_eq(g.items[0].facts.versions, " v2 v1 "); /* followed in its best version */
    ck_assert_str_eq(g.items[0].facts.by, "s.example/Stone");
    ck_assert_str_eq(kind_text(g.items[0].facts.res), "s.example/v2/stones");
    ck_assert(g.items[0].facts.res->namespaced);
    ck_assert_str_eq(kind_text(g.items[1].facts.res), "s.example/v1/hills");
    ck_assert(!g.items[1].facts.res->namespaced);
}
END_TEST

START_TEST(too_much)
{
    struct arena a AUTO_ARENA = {0};
    struct gc_group g = {0};
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    buf_cstr(&b, "{\"resources\":[");
    for (int i = 0; i < 1000; i++) buf_addf(&b, "%s{\"name\":\"r%d\",\"kind\":\"K\"," VERBS "}", i ? "," : "", i);
    buf_cstr(&b, "]}");
    gc_group_add(&a, &g, STR("s.example"), STR("v1"), parse(&a, b.p));
    ck_assert_uint_eq(g.count, 256);
    struct gc_group none = {0};
    char group[400];
    memset(group, 'a', sizeof group);
    gc_group_add(&a, &none, str_n(group, sizeof group), STR("v1"), parse(&a, b.p));
    gc_group_add(&a, &none, STR("s.example"), STR("v1/x"), parse(&a, b.p));
    gc_group_add(&a, &none, STR("s.example"), STR("v1"), parse(&a, "{\"resources\":{\"name\":\"x\"}}"));
    gc_group_add(&a, &none, STR("s.example"), STR("v1"), parse(&a, "[]"));
    ck_assert_uint_eq(none.count, 0);
}
END_TEST

TEST_MAIN("gc_groups", what_is_followed, too_much)
