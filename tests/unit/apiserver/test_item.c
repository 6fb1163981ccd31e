/* Items: what the scan finds, what is written again, what matches. */
#include "apiserver/watch/item.h"

#include "base/mono.h"
#include "check_main.h"

#include <stdio.h>

static const struct api_field spec_fields[] = {
    {.name = {"nodeName", 8}, .value = API_STRING},
    {.name = {"hostNetwork", 11}, .value = API_BOOL},
};
static const uint16_t spec_by_name[] = {1, 0};
static const struct api_type spec = {.name = "S", .fields = spec_fields, .nfields = 2, .by_name = spec_by_name};
static const struct api_field fields[] = {{.name = {"spec", 4}, .value = API_STRUCT, .type = &spec}};
static const uint16_t by_name[] = {0};
static const struct api_type type = {.name = "Pod", .fields = fields, .nfields = 1, .by_name = by_name};
static const struct api_selectable selectable[] = {
    {.label = "metadata.name", .path = ".metadata.name"},
    {.label = "metadata.namespace", .path = ".metadata.namespace"},
    {.label = "spec.nodeName", .path = ".spec.nodeName"},
    {.label = "spec.hostNetwork", .path = ".spec.hostNetwork"},
    {.label = "status.phase", .path = ".status.phase"},
    {.label = "involvedObject.name", .path = ".involvedObject.name"},
};
static const struct api_resource pods = {
    .version = "v1",
    .group = "",
    .kind = "Pod",
    .plural = "pods",
    .namespaced = true,
    .type = &type,
    .selectable = selectable,
    .nselectable = ARRAY_LEN(selectable),
    .store_prefix = "/registry/pods/",
    .storage = &pods,
};

static const char text[] =
    "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"uid\":\"u-1\",\"creationTimestamp\":\"2026-01-01T00:"
    "00:00Z\","
    "\"labels\":{\"app\":\"web\",\"odd\":\"a\\\"b\\u0041\",\"n\":\"5\"},\"annotations\":{\"x\":\"}{\\\\\\\"\",\"uid\":"
    "\"not me\"},"
    "\"managedFields\":[{\"a\":[1,2,{\"name\":\"inner\"}]}]},\"spec\":{\"containers\":[{\"name\":\"c\",\"nodeName\":"
    "\"no\"}],"
    "\"nodeName\":\"node-1\",\"x\":null},\"status\":{\"conditions\":[{\"phase\":\"No\"}],\"phase\":\"Running\"},"
    "\"involvedObject\":{\"name\":\"n\\u00fc\"}}";

static struct item *make(const char *json)
{
    const struct blob *b AUTO_BLOB = blob_new(str_of(json));
    return item_new(&pods, STR("/registry/pods/default/web"), b, 7, 3);
}

static void assert_str(struct str s, const char *want)
{
    ck_assert_msg(str_eqc(s, want), "%.*s is not %s", STR_ARG(s), want);
}

START_TEST(test_scan)
{
    struct item *it = make(text);
    ck_assert_ptr_nonnull(it);
    assert_str(it->key, "/registry/pods/default/web");
    assert_str(it->name, "web");
    assert_str(it->ns, "default");
    assert_str(it->uid, "u-1");
    ck_assert(!it->deleting);
    ck_assert_uint_eq(it->nlabels, 3);
    assert_str(it->labels[1].key, "odd");
    assert_str(it->labels[1].value, "a\"bA");
    static const char *const want[] = {"web", "default", "node-1", "", "Running", "nü"};
    for (size_t i = 0; i < ARRAY_LEN(want); i++) assert_str(it->fields[i], want[i]);
    item_unref(it);
    it = make("{\"metadata\":{\"name\":\"x\",\"uid\":\"u\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"}}");
    ck_assert(it->deleting);
    ck_assert_uint_eq(it->nlabels, 0);
    item_unref(it);
}
END_TEST

START_TEST(test_write)
{
    struct item *it = make("{\"metadata\":{\"name\":\"x\",\"uid\":\"u\",\"creationTimestamp\":null},\"spec\":{}}");
    struct buf b AUTO_BUF = {0};
    buf_init(&b, SIZE_MAX);
    item_write(&b, it, &pods, true, 0);
    ck_assert_str_eq(b.p, "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\",\"uid\":\"u\","
                          "\"resourceVersion\":\"7\",\"creationTimestamp\":null},\"spec\":{}}");
    buf_clear(&b);
    item_write(&b, it, &pods, false, 99);
    ck_assert_str_eq(b.p, "{\"metadata\":{\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"99\","
                          "\"creationTimestamp\":null},\"spec\":{}}");
    item_unref(it);
    static const char *const odd[][2] = {
        {"{\"metadata\":{\"name\":\"x\"}}", "{\"metadata\":{\"resourceVersion\":\"7\",\"name\":\"x\"}}"},
        {"{\"metadata\":{\"name\":\"x\",\"uid\":\"u\"}}",
         "{\"metadata\":{\"resourceVersion\":\"7\",\"name\":\"x\",\"uid\":\"u\"}}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        it = make(odd[i][0]);
        buf_clear(&b);
        item_write(&b, it, &pods, false, 0);
        ck_assert_str_eq(b.p, odd[i][1]);
        item_unref(it);
    }
}
END_TEST

/* Without managedFields, wherever it stands; where leaving it out would not be safe it stays. */
START_TEST(test_bare)
{
    static const struct {
        const char *stored, *whole, *bare;
    } cases[] = {
        {"{\"metadata\":{\"name\":\"x\",\"uid\":\"u\",\"creationTimestamp\":null,\"managedFields\":[{\"a\":\"]}\"}]},"
         "\"spec\":{\"managedFields\":1}}",
         "{\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"creationTimestamp\":null,"
         "\"managedFields\":[{\"a\":\"]}\"}]}",
         "{\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"creationTimestamp\":null}"},
        {"{\"metadata\":{\"name\":\"x\",\"managedFields\":[{}],\"uid\":\"u\",\"z\":1},\"spec\":{\"managedFields\":1}}",
         "{\"name\":\"x\",\"managedFields\":[{}],\"uid\":\"u\",\"resourceVersion\":\"7\",\"z\":1}",
         "{\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"z\":1}"},
        {"{\"metadata\":{\"name\":\"x\",\"uid\":\"u\",\"managedFields\":[]},\"spec\":{\"managedFields\":1}}",
         "{\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"managedFields\":[]}",
         "{\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"managedFields\":[]}"},
        {"{\"metadata\":{\"managedFields\":[],\"name\":\"x\",\"uid\":\"u\",\"z\":1},\"spec\":{\"managedFields\":1}}",
         "{\"managedFields\":[],\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"z\":1}",
         "{\"managedFields\":[],\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"z\":1}"},
        {"{\"metadata\":{\"name\":\"x\",\"uid\":\"u\",\"z\":1},\"spec\":{\"managedFields\":1}}",
         "{\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"z\":1}",
         "{\"name\":\"x\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"z\":1}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct item *it = make(cases[i].stored);
        for (int bare = 0; bare < 2; bare++) {
            const char *meta = bare ? cases[i].bare : cases[i].whole;
            AUTO_FREE char *object = xasprintf("{\"metadata\":%s,\"spec\":{\"managedFields\":1}}", meta);
            struct buf b AUTO_BUF = {0};
            buf_init(&b, SIZE_MAX);
            (bare ? item_write_bare : item_write)(&b, it, &pods, false, 0);
            ck_assert_str_eq(b.p, object);
            buf_clear(&b);
            item_write_metadata(&b, it, 0, bare);
            ck_assert_str_eq(b.p, meta);
        }
        item_unref(it);
    }
}
END_TEST

START_TEST(test_many_labels)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, SIZE_MAX);
    buf_cstr(&b, "{\"metadata\":{\"name\":\"x\",\"labels\":{");
    for (int i = 0; i < 1000; i++) buf_addf(&b, "%s\"k%d\":\"v%d\"", i ? "," : "", i, i);
    buf_cstr(&b, "}}}");
    struct item *it = make(b.p);
    ck_assert_uint_eq(it->nlabels, 1000);
    assert_str(it->labels[999].value, "v999");
    item_unref(it);
}
END_TEST

START_TEST(test_broken_bytes)
{
    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "{}",
                                      "{\"spec\":{}}",
                                      "{\"metadata\":{}}",
                                      "{\"metadata\":{\"name\":\"x\"}",
                                      "{\"metadata\":{\"name\":\"x",
                                      "{\"metadata\":{\"name\":}}",
                                      "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"a\":[}",
                                      "{\"metadata\":{\"name\":\"x\\\""};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) ck_assert_msg(!make(bad[i]), "%s", bad[i]);
    for (size_t n = 0; n < sizeof text - 1; n++) { /* every prefix */
        char cut[sizeof text];
        memcpy(cut, text, n);
        cut[n] = 0;
        struct item *it = make(cut);
        ck_assert_msg(!it, "%s", cut);
    }
}
END_TEST

START_TEST(test_matches)
{
    static const struct {
        const char *labels, *fields;
        bool want;
    } cases[] = {
        {"app=web", NULL, true},
        {"app!=web", NULL, false},
        {"app in (a,web)", NULL, true},
        {"app notin (a)", NULL, true},
        {"!app", NULL, false},
        {"!zone", NULL, true},
        {"zone", NULL, false},
        {"zone!=x", NULL, true},
        {"n>4", NULL, true},
        {"n<5", NULL, false},
        {NULL, "metadata.name=web", true},
        {NULL, "metadata.namespace!=default", false},
        {NULL, "spec.nodeName=node-1,status.phase!=Failed", true},
        {NULL, "spec.nodeName=", false},
        {NULL, "spec.hostNetwork=false", true},
        {NULL, "spec.hostNetwork=true", false},
        {"app=web", "status.phase=Failed", false},
    };
    struct item *it = make(text);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena a AUTO_ARENA = {0};
        struct selector labels, fields_sel;
        struct err e = ERR_INIT;
        if (cases[i].labels) ck_assert_msg(sel_parse(&a, str_of(cases[i].labels), &labels, &e), "%s", e.text);
        if (cases[i].fields) ck_assert_msg(field_sel_parse(&a, str_of(cases[i].fields), &fields_sel, &e), "%s", e.text);
        bool got = item_matches(it, &pods, cases[i].labels ? &labels : NULL, cases[i].fields ? &fields_sel : NULL);
        ck_assert_msg(got == cases[i].want, "case %zu", i);
    }
    item_unref(it);
}
END_TEST

START_TEST(test_cost)
{
    const struct blob *b AUTO_BLOB = blob_new(str_of(text));
    int64_t t0 = mono_cpu_ns();
    enum { ROUNDS = 20000 };
    for (int i = 0; i < ROUNDS; i++) item_unref(item_new(&pods, STR("/registry/pods/default/web"), b, 7, 3));
    printf("item_new: %.0f ns for %u bytes\n", (double)(mono_cpu_ns() - t0) / ROUNDS, b->n);
}
END_TEST

TEST_MAIN("item", test_scan, test_write, test_bare, test_many_labels, test_broken_bytes, test_matches, test_cost)
