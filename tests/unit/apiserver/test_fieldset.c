/* test_fieldset.c - sets of fields: their text, what is computed of them, and that what two apply and one takes back is
 * what the other owns. */
#include "api/decode.h"
#include "api/object.h"
#include "apiserver/managed/managed.h"
#include "base/rnd.h"
#include "check_main.h"
#include "schema_ids.h"

static const struct fieldset *parse(struct arena *a, const char *text)
{
    const struct fieldset *s;
    struct err e = ERR_INIT;
    ck_assert_msg(fieldset_parse(a, str_of(text), &s, &e), "%s: %s", text, e.text);
    return s;
}

static const char *text_of(struct arena *a, const struct fieldset *s)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 1 << 16);
    fieldset_write(&text, s);
    return str_cstr(a, buf_view(&text));
}

START_TEST(texts)
{
    static const struct {
        const char *in, *out; /* NULL: the same */
    } rows[] = {
        {"{}", NULL},
        {"{\"f:a\":{}}", NULL},
        {"{\"f:a\":{\".\":{},\"f:b\":{}}}", NULL},
        {"{\"f:b\":{},\"f:a\":{}}", "{\"f:a\":{},\"f:b\":{}}"},
        {"{\"k:{\\\"p\\\":443}\":{},\"k:{\\\"p\\\":80}\":{}}", "{\"k:{\\\"p\\\":80}\":{},\"k:{\\\"p\\\":443}\":{}}"},
        {"{\"k:{\\\"b\\\":1,\\\"a\\\":\\\"x\\\"}\":{}}", "{\"k:{\\\"a\\\":\\\"x\\\",\\\"b\\\":1}\":{}}"},
        {"{\"v:\\\"x\\\"\":{},\"v:7\":{},\"i:3\":{},\"f:z\":{}}",
         "{\"f:z\":{},\"v:7\":{},\"v:\\\"x\\\"\":{},\"i:3\":{}}"},
        {"{\"x:new\":{},\"f:a\":{}}", "{\"f:a\":{}}"},
        {"{\"f:a\":{\".\":{}}}", "{\"f:a\":{}}"},
        {"{\"f:a\":{},\"f:a\":{\"f:b\":{}}}", "{\"f:a\":{\".\":{},\"f:b\":{}}}"},
        {"{\"f:a\":null}", "{\"f:a\":{}}"},
    };
    struct arena a AUTO_ARENA = {0};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_str_eq(text_of(&a, parse(&a, rows[i].in)), rows[i].out ? rows[i].out : rows[i].in);
}
END_TEST

START_TEST(what_is_none)
{
    static const char *const rows[] = {"",
                                       "[]",
                                       "{\"a\":{}}",
                                       "{\"fa\":{}}",
                                       "{\"f:a\":1}",
                                       "{\"k:{\":{}}",
                                       "{\"k:[]\":{}}",
                                       "{\"v:\":{}}",
                                       "{\"i:x\":{}}"};
    struct arena a AUTO_ARENA = {0};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct fieldset *s;
        struct err e = ERR_INIT;
        ck_assert_msg(!fieldset_parse(&a, str_of(rows[i]), &s, &e) && e.code == ERR_BAD_REQUEST, "%s", rows[i]);
    }
}
END_TEST

START_TEST(computing)
{
    struct arena a AUTO_ARENA = {0};
    const struct fieldset *x = parse(&a, "{\"f:a\":{\".\":{},\"f:b\":{}},\"f:c\":{}}"),
                          *y = parse(&a, "{\"f:a\":{},\"f:d\":{}}");
    ck_assert_str_eq(text_of(&a, fieldset_union(&a, x, y)), "{\"f:a\":{\".\":{},\"f:b\":{}},\"f:c\":{},\"f:d\":{}}");
    ck_assert_str_eq(text_of(&a, fieldset_both(&a, x, y)), "{\"f:a\":{}}");
    ck_assert_str_eq(text_of(&a, fieldset_less(&a, x, y)), "{\"f:a\":{\"f:b\":{}},\"f:c\":{}}");
    ck_assert_str_eq(text_of(&a, fieldset_less_all(&a, x, y)), "{\"f:c\":{}}");
    ck_assert(!fieldset_less(&a, x, x) && fieldset_equal(fieldset_union(&a, x, NULL), x));
}
END_TEST

/* ---- Two appliers ---- */

static struct json *draw(struct arena *a)
{
    struct json *pod = obj_empty(a);
    obj_put_cstr(a, pod, ".metadata.name", "x");
    for (int i = 0; i < 4; i++)
        if (rnd_below(2)) obj_put_cstr(a, pod, arena_printf(a, ".metadata.labels.l%d", i), "v");
    for (int i = 0; i < 3; i++) {
        if (!rnd_below(2)) continue;
        struct json *c = obj_append(a, pod, ".spec.containers");
        obj_put_fmt(a, c, ".name", "c%d", i);
        for (int k = 0; k < 3; k++) {
            if (!rnd_below(2)) continue;
            struct json *v = obj_append(a, c, ".env");
            obj_put_fmt(a, v, ".name", "e%d", k);
            obj_put_cstr(a, v, ".value", "1");
        }
    }
    return pod;
}

static const struct fieldset *apply(struct arena *a, struct json **live, struct managed *m, const char *who,
                                    const struct json *config)
{
    const struct owner o = {.a = a,
                            .res = &res_core_v1_pods,
                            .type = res_core_v1_pods.type,
                            .group = "",
                            .version = "v1",
                            .kind = "Pod",
                            .manager = str_of(who),
                            .now_s = 1,
                            .exists = true};
    const struct manager id = {.name = str_of(who), .api_version = STR("v1"), .applied = true, .subresource = STR("")};
    struct conflicts c = {0};
    struct err e = ERR_INIT;
    struct json *out;
    ck_assert_msg(managed_apply(&o, *live, config, false, m, &out, &c, &e), "%s", e.text);
    if (out) *live = out;
    struct manager *entry = managed_find(m, &id);
    return entry ? managed_set(m, entry) : NULL;
}

/* a applies, b applies, a takes all back: what is there is what b said, and b owns what it did. */
START_TEST(taken_back)
{
    for (int i = 0; i < 300; i++) {
        struct arena a AUTO_ARENA = {0};
        struct managed m = {.a = &a}, alone = {.a = &a};
        struct json *live = api_zero(&a, res_core_v1_pods.type), *other = api_zero(&a, res_core_v1_pods.type);
        struct json *x = draw(&a), *y = draw(&a), *none = obj_empty(&a);
        obj_put_cstr(&a, none, ".metadata.name", "x");
        apply(&a, &live, &m, "a", x);
        const struct fieldset *owned = apply(&a, &live, &m, "b", y);
        apply(&a, &live, &m, "a", none);
        const struct fieldset *expected = apply(&a, &other, &alone, "b", y);
        ck_assert(fieldset_equal(owned, expected) && m.count <= 1);
        ck_assert(json_equal(live, other));
    }
}
END_TEST

TEST_MAIN("fieldset", texts, what_is_none, computing, taken_back)
