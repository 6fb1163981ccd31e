/* test_jsonpath.c - paths of printer columns: what they lead to, and what is no path. */
#include "apiserver/crd/jsonpath.h"
#include "check_main.h"

static const char document[] =
    "{\"metadata\":{\"name\":\"n\",\"labels\":{\"a.b/c\":\"dotted\"}},\"spec\":{\"size\":3,\"ratio\":2.5,\"on\":true,"
    "\"none\":null,\"list\":[10,20,30],\"ports\":[{\"name\":\"web\",\"port\":80},{\"name\":\"db\",\"port\":5432}],"
    "\"deep\":{\"name\":\"inner\"}}}";

static const struct {
    const char *path, *text; /* text NULL: no value */
} rows[] = {
    {".spec.size", "3"},
    {".spec.ratio", "2.5"},
    {".spec.on", "true"},
    {".spec.none", "<no value>"},
    {".spec.absent", NULL},
    {".spec.size.below", NULL},
    {".metadata.labels.a\\.b/c", "dotted"},
    {".metadata.labels['a\\.b/c']", "dotted"},
    {".spec['size']", "3"},
    {".spec.list[0]", "10"},
    {".spec.list[-1]", "30"},
    {".spec.list[3]", NULL},
    {".spec.list[1:3]", "20"},
    {".spec.list[::2]", "10"},
    {".spec.list[2:1]", NULL},
    {".spec.list[*]", "10"},
    {".spec.list[2,0]", "30"},
    {".spec.list", "[10,20,30]"},
    {".spec.deep", "{\"name\":\"inner\"}"},
    {".spec.ports[*].name", "web"},
    {".spec.ports[?(@.name==\"db\")].port", "5432"},
    {".spec.ports[?(@.name=='db')].port", "5432"},
    {".spec.ports[?(@.port > 100)].name", "db"},
    {".spec.ports[?(@.port <= 80)].name", "web"},
    {".spec.ports[?(@.port != 80)].name", "db"},
    {".spec.ports[?(@.absent)].name", NULL},
    {".spec.ports[?(@.port)].name", "web"},
    {".spec.ports[?(@.port == \"80\")].name", NULL}, /* of two kinds */
    {".spec.size[0]", NULL},                         /* no list */
    {".spec.size[?(@.x)]", NULL},
    {"..port", "80"},
    {".spec.deep.*", "inner"},
    {".spec.list[9223372036854775807]", NULL},
    {".spec.list[-9223372036854775808]", NULL},
};

static const struct jsonpath *compile(struct arena *a, const char *path)
{
    struct err e = ERR_INIT;
    const struct jsonpath *p = jsonpath_compile(a, str_of(path), &e);
    ck_assert_msg(p != NULL, "%s: %s", path, e.text);
    return p;
}

START_TEST(paths_lead_to_values)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *root = json_parse(&a, str_of(document), &e);
    ck_assert(root != NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct json *v = jsonpath_first(&a, compile(&a, rows[i].path), root);
        const char *text = v ? str_cstr(&a, jsonpath_text(&a, v)) : "nothing", *want = rows[i].text;
        ck_assert_msg(strcmp(text, want ? want : "nothing") == 0, "%s: %s", rows[i].path, text);
    }
}
END_TEST

static const struct {
    const char *path, *why;
} bad[] = {
    {".spec.list[", "unterminated array"},           {".spec.list[]", "invalid array index"},
    {".spec.list[x]", "invalid array index"},        {".spec.list[1:2:3:4]", "invalid array index"},
    {".spec.list[?(@.a]", "unterminated filter"},    {".spec.list[?(@.a === 1)]", "unrecognized filter operator"},
    {"\"open", "unterminated quoted string"},        {"....a", "invalid multiple recursive descent"},
    {"{.spec}", "unrecognized character in action"}, {"spec", "unrecognized identifier"},
};

START_TEST(what_is_no_path_is_told)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        ck_assert_msg(!jsonpath_compile(&a, str_of(bad[i].path), &e), "%s", bad[i].path);
        ck_assert_str_eq(e.text, bad[i].why);
    }
}
END_TEST

START_TEST(deep_and_long_paths_end)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf nested AUTO_BUF = {0}, steps AUTO_BUF = {0}, wide AUTO_BUF = {0};
    buf_init(&nested, 1 << 20);
    buf_init(&steps, 1 << 20);
    buf_init(&wide, 1 << 20);
    for (int i = 0; i < 1000; i++) buf_cstr(&nested, "[?(@");
    ck_assert(!jsonpath_compile(&a, buf_view(&nested), &e));
    for (int i = 0; i <= JSONPATH_STEPS_MAX; i++) buf_cstr(&steps, ".a");
    ck_assert(!jsonpath_compile(&a, buf_view(&steps), &e));
    /* every step takes the whole document again */
    buf_cstr(&wide, "[0");
    for (int i = 1; i < 2000; i++) buf_cstr(&wide, ",0");
    buf_char(&wide, ']');
    const struct json *list = json_parse(&a, buf_view(&wide), &e);
    const struct jsonpath *all = jsonpath_compile(&a, STR("..[*]..[*]..[*]"), &e);
    ck_assert(list && all);
    (void)jsonpath_first(&a, all, list); /* comes to an end */
}
END_TEST

TEST_MAIN("jsonpath", paths_lead_to_values, what_is_no_path_is_told, deep_and_long_paths_end)
