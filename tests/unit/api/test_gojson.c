/* test_gojson.c - texts and what Go's encoding/json says of them; each word of it was printed by Go. */
#include "api/gojson.h"
#include "check_main.h"

static const struct gojson_type strings = {.kind = GOJSON_LIST, .go = "[]string", .of = &gojson_string},
                                texts = {.kind = GOJSON_MAP, .go = "v1.FailedNodesMap", .of = &gojson_string};
static const struct gojson_field meta_fields[] = {{"name", &gojson_string}, {NULL, NULL}};
static const struct gojson_type meta = {
    .kind = GOJSON_STRUCT, .go = "v1.ObjectMeta", .owner = "ObjectMeta", .fields = meta_fields};
static const struct gojson_field node_fields[] = {{"metadata", &meta}, {NULL, NULL}};
static const struct gojson_type node = {.kind = GOJSON_STRUCT, .go = "v1.Node", .owner = "Node", .fields = node_fields},
                                nodes = {.kind = GOJSON_LIST, .go = "[]v1.Node", .of = &node};
static const struct gojson_field list_fields[] = {{"items", &nodes}, {NULL, NULL}};
static const struct gojson_type list = {
    .kind = GOJSON_STRUCT, .go = "v1.NodeList", .owner = "NodeList", .fields = list_fields};
static const struct gojson_field result_fields[] = {
    {"Nodes", &list}, {"NodeNames", &strings}, {"FailedNodes", &texts}, {"Error", &gojson_string}, {NULL, NULL}};
static const struct gojson_type result = {
    .kind = GOJSON_STRUCT, .go = "v1.ExtenderFilterResult", .owner = "ExtenderFilterResult", .fields = result_fields};
static const struct gojson_field score_fields[] = {{"Host", &gojson_string}, {"Score", &gojson_int64}, {NULL, NULL}};
static const struct gojson_type score = {.kind = GOJSON_STRUCT,
                                         .go = "v1.HostPriority",
                                         .owner = "HostPriority",
                                         .fields = score_fields},
                                scores = {.kind = GOJSON_LIST, .go = "v1.HostPriorityList", .of = &score};

#define FIELD(what, where, type) "json: cannot unmarshal " what " into Go struct field " where " of type " type
#define VALUE(what, type)        "json: cannot unmarshal " what " into Go value of type " type

static const struct {
    const struct gojson_type *type;
    const char *text, *error; /* "": it is good */
} rows[] = {
    {&result, "", "EOF"},
    {&result, " \n", "EOF"},
    {&result, "{", "unexpected EOF"},
    {&result, "{\"a\":1", "unexpected EOF"},
    {&result, "x", "invalid character 'x' looking for beginning of value"},
    {&result, "<html> <p>", "invalid character '<' looking for beginning of value"},
    {&result, "{'a':1}", "invalid character '\\'' looking for beginning of object key string"},
    {&result, "{\"Error\":\"a\",}", "invalid character '}' looking for beginning of object key string"},
    {&result, "null", ""},
    {&result, "{}", ""},
    {&result, "{\"Error\":\"a}\\\"\"} trailing", ""},
    {&result, "{\"Error\":null,\"NodeNames\":null,\"other\":[{}]}", ""},
    {&result, "[]", VALUE("array", "v1.ExtenderFilterResult")},
    {&result, "1", VALUE("number", "v1.ExtenderFilterResult")},
    {&result, "true", VALUE("bool", "v1.ExtenderFilterResult")},
    {&result, "{\"NodeNames\":1}", FIELD("number", "ExtenderFilterResult.NodeNames", "[]string")},
    {&result, "{\"nodenames\":[\"a\",1]}", FIELD("number", "ExtenderFilterResult.NodeNames", "string")},
    {&result, "{\"Error\":1.50}", FIELD("number", "ExtenderFilterResult.Error", "string")},
    {&result, "{\"FailedNodes\":[]}", FIELD("array", "ExtenderFilterResult.FailedNodes", "v1.FailedNodesMap")},
    {&result, "{\"FailedNodes\":{\"a\":{}}}", FIELD("object", "ExtenderFilterResult.FailedNodes", "string")},
    {&result, "{\"Nodes\":\"a\"}", FIELD("string", "ExtenderFilterResult.Nodes", "v1.NodeList")},
    {&result, "{\"Nodes\":{\"items\":{}}}", FIELD("object", "NodeList.Nodes.items", "[]v1.Node")},
    {&result, "{\"Nodes\":{\"items\":[\"a\"]}}", FIELD("string", "NodeList.Nodes.items", "v1.Node")},
    {&result, "{\"Nodes\":{\"items\":[{\"metadata\":{\"name\":1}}]}}",
     FIELD("number", "ObjectMeta.Nodes.items.metadata.name", "string")},
    {&scores, "{}", VALUE("object", "v1.HostPriorityList")},
    {&scores, "[[]]", VALUE("array", "v1.HostPriority")},
    {&scores, "[null,{\"Score\":null}]", ""},
    {&scores, "[{\"host\":\"a\",\"score\":\"1\"}]", FIELD("string", "HostPriority.Score", "int64")},
    {&scores, "[{\"Score\":1.5}]", FIELD("number 1.5", "HostPriority.Score", "int64")},
    {&scores, "[{\"Score\":1e2}]", FIELD("number 1e2", "HostPriority.Score", "int64")},
    {&scores, "[{\"Score\":99999999999999999999}]",
     FIELD("number 99999999999999999999", "HostPriority.Score", "int64")},
};

START_TEST(words)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        const struct json *j = gojson_read(&a, str_of(rows[i].text), rows[i].type, &e);
        ck_assert_msg((j != NULL) == !*rows[i].error, "%s: %s", rows[i].text, e.text);
        ck_assert_msg(strcmp(e.text, rows[i].error) == 0, "%s: %s", rows[i].text, e.text);
    }
}
END_TEST

/* A name's case does not matter, and the last one counts. */
START_TEST(members)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *j =
        gojson_read(&a, STR("{\"ERROR\":\"first\",\"error\":\"last\",\"NodeNames\":null} {"), &result, &e);
    ck_assert_msg(str_eqc(obj_text(gojson_get(j, "Error")), "last"), "%s", e.text);
    ck_assert_ptr_null(gojson_get(j, "NodeNames"));
    ck_assert_ptr_null(gojson_get(j, "Nodes"));
    ck_assert_ptr_null(gojson_get(NULL, "Nodes"));
}
END_TEST

TEST_MAIN("gojson", words, members)
