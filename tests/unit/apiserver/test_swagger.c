/* test_swagger.c - documents of OpenAPI v2 that are merged, as upstream's code merges them; and hostile ones. */
#include "apiserver/aggregator/merge.h"
#include "apiserver/aggregator/swagger.h"
#include "base/map.h"
#include "object_support.h"
#include "swagger_rows.h"

static struct json *parse(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s: %s", text, e.text);
    return j;
}

/* Upstream's printer leaves empty maps away, or writes them where there were none. */
static void drop_empty(struct json *doc)
{
    static const char *const maps[] = {"definitions", "parameters"};
    for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
        const struct json *m = json_getc(doc, maps[i]);
        if (m && !m->count) json_del(doc, str_of(maps[i]));
    }
}

START_TEST(merged)
{
    for (size_t i = 0; i < ARRAY_LEN(swagger_rows); i++) {
        const struct swagger_row *row = &swagger_rows[i];
        struct arena a AUTO_ARENA = {0};
        struct buf text AUTO_BUF = {0};
        struct json *doc = parse(&a, row->ours), *want = parse(&a, row->want);
        buf_init(&text, 1 << 20);
        for (size_t k = 0; k < ARRAY_LEN(row->more) && row->more[k].prefix; k++) {
            struct json *more = parse(&a, row->more[k].document);
            swagger_keep(&a, more, str_of(row->more[k].prefix));
            swagger_merge(&a, doc, more);
        }
        drop_empty(doc);
        drop_empty(want);
        json_write(&text, doc);
        ck_assert_msg(json_equal(doc, want), "%s:\n%s\nwant\n%s", row->name, text.p, row->want);
    }
}
END_TEST

/* Kinds for one that had none: upstream's code fails there. */
START_TEST(first_kinds)
{
    struct arena a AUTO_ARENA = {0};
    struct json *doc = parse(&a, "{\"paths\":{},\"definitions\":{\"A\":{\"type\":\"object\"}}}");
    swagger_merge(&a, doc,
                  parse(&a,
                        "{\"paths\":{\"/x\":{}},\"definitions\":{\"A\":{\"type\":\"object\","
                        "\"x-kubernetes-group-version-kind\":[{\"group\":\"g\",\"kind\":\"K\",\"version\":\"v\"}]}}}"));
    ck_assert_uint_eq(
        json_getc(json_getc(json_getc(doc, "definitions"), "A"), "x-kubernetes-group-version-kind")->count, 1);
}
END_TEST

/* What is no such document, or twists its parts, harms nobody. */
START_TEST(odd_documents)
{
    static const char *const texts[] = {
        "{\"paths\":[],\"definitions\":3}",
        "{\"paths\":{\"/apis/b/v1/x\":7,\"/apis/b/v1/x\":null},\"definitions\":[{}],\"parameters\":\"x\"}",
        "{\"paths\":{\"/apis/b/v1/x\":{\"get\":{\"parameters\":{\"a\":1},\"responses\":[{\"$ref\":1},2]}}},"
        "\"definitions\":{\"A\":null,\"A\":[],\"\":{\"$ref\":\"#/definitions/\"}}}",
        "{\"paths\":{\"/apis/b/v1/x\":{\"get\":{\"responses\":{\"200\":{\"schema\":{\"$ref\":\"#/definitions/A\"}}}}}},"
        "\"definitions\":{\"A\":{\"items\":[{\"$ref\":\"#/definitions/A\"}],\"not\":[],\"allOf\":{\"k\":5},"
        "\"x-kubernetes-group-version-kind\":{\"group\":[]}}}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct arena a AUTO_ARENA = {0};
        struct buf text AUTO_BUF = {0};
        struct json *doc = parse(&a, swagger_rows[0].ours), *more = parse(&a, texts[i]);
        buf_init(&text, 1 << 20);
        swagger_keep(&a, more, STR("/apis/b/v1/"));
        swagger_merge(&a, doc, more);
        json_write(&text, doc);
        ck_assert_ptr_nonnull(json_getc(json_getc(doc, "paths"), "/apis/a/v1/x"));
        ck_assert_ptr_nonnull(parse(&a, text.p));
    }
}
END_TEST

/* Many names, chains of references: the work grows with the document, not with its square. */
START_TEST(many_definitions)
{
    enum { N = 60000 };
    struct arena a AUTO_ARENA = {0};
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 64 << 20);
    buf_cstr(&text, "{\"paths\":{");
    for (int i = 0; i < N; i++)
        buf_addf(&text,
                 "%s\"/apis/b/v1/%d\":{\"get\":{\"responses\":{\"200\":{\"schema\":{\"$ref\":\"#/definitions/D0\"}}}}}",
                 i ? "," : "", i);
    buf_cstr(&text, "},\"definitions\":{");
    for (int i = 0; i < N; i++)
        buf_addf(&text, "%s\"D%d\":{\"properties\":{\"n\":{\"$ref\":\"#/definitions/D%d\"}}}", i ? "," : "", i, i + 1);
    buf_cstr(&text, "}}");
    struct json *one = parse(&a, text.p), *two = parse(&a, text.p), *doc = parse(&a, "{\"paths\":{}}");
    swagger_keep(&a, one, STR("/apis/b/v1/"));
    swagger_merge(&a, doc, one);
    json_set(&a, json_getc(json_getc(doc, "definitions"), "D0"), STR("description"), json_strc(&a, "another"));
    JSON_FOREACH(it, json_getc(two, "paths")) { it->key = str_printf(&a, "/apis/b/v2%.*s", STR_ARG(it->key)); }
    swagger_merge(&a, doc, two);
    ck_assert_uint_eq(json_getc(doc, "definitions")->count, N + 1);
    ck_assert_ptr_nonnull(json_getc(json_getc(doc, "definitions"), "D0_v2"));
    ck_assert_uint_eq(json_getc(doc, "paths")->count, 2 * N);
}
END_TEST

/* Groups by their highest priority, within one by name. */
START_TEST(order)
{
    static const struct {
        const char *name, *group;
        int group_priority, version_priority;
    } rows[] = {{"v1.a", "a", 10, 5}, {"v1.b", "b", 30, 1}, {"v2.a", "a", 20, 90}, {"v2.b", "b", 5, 99}};
    struct remote remotes[ARRAY_LEN(rows)] = {0};
    struct remote *all[ARRAY_LEN(rows)];
    struct remotes s = {.all = all, .count = ARRAY_LEN(rows)};
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        remotes[i] = (struct remote){.name = str_of(rows[i].name),
                                     .group = rows[i].group,
                                     .group_priority = rows[i].group_priority,
                                     .version_priority = rows[i].version_priority};
        remotes[i].swagger = arena_printf(&a, "{\"paths\":{\"/%s\":{}},\"definitions\":{\"D\":{\"title\":\"%s\"}}}",
                                          rows[i].name, rows[i].name);
        all[i] = &remotes[i];
    }
    const struct json *doc = merge_swagger(&a, STR("{\"paths\":{}}"), &s, &e),
                      *definitions = json_getc(doc, "definitions");
    static const char *const want[][2] = {{"D", "v1.b"}, {"D_v2", "v2.b"}, {"D_v3", "v1.a"}, {"D_v4", "v2.a"}};
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        ck_assert_strn_eq(json_string(json_getc(json_getc(definitions, want[i][0]), "title")), want[i][1]);
}
END_TEST

TEST_MAIN("swagger", merged, first_kinds, odd_documents, many_definitions, order)
