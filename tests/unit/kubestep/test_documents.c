/* test_documents.c - the objects of a file: which form it has, where one ends, and what is refused. */
#include "kubestep/documents.h"

#include "check_main.h"

#define POD    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}"
#define CONFIG "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"data\":{\"k\":\"}\\\"{\"}}"

static struct err error;

/* The kinds and names, or NULL and `error`. */
static const char *read_kinds(struct arena *a, const char *text, bool strict)
{
    struct documents d;
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 4096);
    error = (struct err)ERR_INIT;
    if (!documents_read(a, str_of(text), strict, &d, &error)) return NULL;
    for (size_t i = 0; i < d.count; i++) buf_addf(&out, "%s%s", i ? " " : "", d.items[i].root.kind);
    return str_cstr(a, buf_view(&out));
}

START_TEST(test_forms)
{
    static const char *const rows[][2] = {
        {POD, "Pod"},
        {POD CONFIG, "Pod ConfigMap"},
        {"\n\t " POD "\n\n" CONFIG "\n", "Pod ConfigMap"},
        {"apiVersion: v1\nkind: Pod\n", "Pod"},
        {"# a comment\n---\napiVersion: v1\nkind: Pod\n---\n# nothing\n---\n" CONFIG "\n", "Pod ConfigMap"},
        {"{apiVersion: v1, kind: Pod}", "Pod"},
        {"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[" POD "," CONFIG "]}", "Pod ConfigMap"},
        {"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[" POD
         "]}," CONFIG "]}",
         "Pod ConfigMap"},
        {"{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[" POD "]}", "PodList"},
        {"apiVersion: policy/v1\nkind: Eviction\n", "Eviction"},
        {"apiVersion: apps/v1\nkind: DeleteOptions\n", "DeleteOptions"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        const char *got = read_kinds(&a, rows[i][0], true);
        ck_assert_msg(got != NULL, "%s: %s", rows[i][0], error.text);
        ck_assert_str_eq(got, rows[i][1]);
    }
}
END_TEST

START_TEST(test_refused)
{
    static const char *const rows[][2] = {
        {"", "no objects in it"},
        {"# nothing\n", "no objects in it"},
        {"5", "not an object"},
        {"{\"kind\":\"Pod\"}", "Object 'apiVersion' is missing"},
        {"{\"apiVersion\":\"v1\"}", "Object 'Kind' is missing"},
        {"{\"apiVersion\":\"v1\",\"kind\":5}", "kind is not a string"},
        {"{\"apiVersion\":\"v1\",\"kind\":\"Pud\"}", "no kind \"Pud\" is registered for version \"v1\""},
        {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\"", "unexpected end of JSON input"},
        {POD "{\"a\"", "document 2: unexpected end of JSON input"},
        {POD "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"x\":1}",
         "document 2: strict decoding error: unknown field \"x\""},
        {"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[" POD ",5]}", "item 2: not an object"},
        {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"x\":1,\"spec\":{\"x\":1},\"spec\":{}}",
         "strict decoding error: unknown field \"x\", unknown field \"spec.x\", duplicate field \"spec\""},
        {"apiVersion: v1\nkind: Pod\nkind: Pod\n",
         "error converting YAML to JSON: yaml: unmarshal errors:\n  line 3: key \"kind\" already set in map"},
        {"a: [", "error converting YAML to JSON: yaml: line 1: did not find expected node content"},
        {"k8s\x01", "error converting YAML to JSON: yaml: control characters are not allowed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        ck_assert_msg(!read_kinds(&a, rows[i][0], true), "accepted %s", rows[i][0]);
        ck_assert_str_eq(error.text, rows[i][1]);
    }
}
END_TEST

START_TEST(test_not_strict)
{
    static const char *const rows[] = {
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"x\":1,\"spec\":{\"x\":1},\"spec\":{}}",
        "apiVersion: v1\nkind: Pod\nkind: Pod\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        const char *got = read_kinds(&a, rows[i], false);
        ck_assert_msg(got != NULL, "%s: %s", rows[i], error.text);
        ck_assert_str_eq(got, "Pod");
    }
}
END_TEST

/* What JSON keeps as it came is in order when it came as YAML. */
START_TEST(test_raw_of_yaml)
{
    struct arena a AUTO_ARENA = {0};
    struct documents d;
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 4096);
    const char *text = "apiVersion: apps/v1\nkind: ControllerRevision\nrevision: 1\ndata:\n  b: 1\n  a: {d: 1, c: 2}\n";
    ck_assert(documents_read(&a, str_of(text), true, &d, &error));
    ck_assert(codec_write(&out, CODEC_JSON, &d.items[0], 0, &error));
    ck_assert_str_eq(out.p, "{\"kind\":\"ControllerRevision\",\"apiVersion\":\"apps/v1\",\"metadata\":{},"
                            "\"data\":{\"a\":{\"c\":2,\"d\":1},\"b\":1},\"revision\":1}\n");
}
END_TEST

TEST_MAIN("documents", test_forms, test_refused, test_not_strict, test_raw_of_yaml)
