/* test_conversion_review.c - answers of conversion webhooks: what is taken of them, and in which words they are
 * refused.
 */
#include "apiserver/crd/conversion_review.h"

#include "check_main.h"

#define HEAD   "{\"kind\":\"ConversionReview\",\"apiVersion\":\"apiextensions.k8s.io/v1\",\"response\":{\"uid\":\"u\","
#define GOOD   HEAD "\"result\":{\"status\":\"Success\"},\"convertedObjects\":["
#define OBJECT "{\"apiVersion\":\"e.org/v2\",\"kind\":\"Box\",\"metadata\":"
#define META   "{\"name\":\"a\",\"namespace\":\"n\",\"uid\":\"7\""
#define BOX    "conversion webhook for e.org/v1, Kind=Box "

static const struct {
    const char *answer, *error; /* error NULL: taken */
} rows[] = {
    {GOOD OBJECT META "}}]}}", NULL},
    {"", BOX "failed: couldn't get version/kind; json parse error: unexpected end of JSON input"},
    {"{}", BOX "failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got /, Kind="},
    {"[]",
     BOX "failed: couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type "
         "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
         "\"json:\\\"kind,omitempty\\\"\" }"},
    {"{\"kind\":\"ConversionReview\",\"apiVersion\":\"apiextensions.k8s.io/v1\"}", BOX "failed: no response provided"},
    {"{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}",
     BOX "failed: no kind \"Pod\" is registered for version \"v1\" in scheme \"pkg/runtime/scheme.go:111\""},
    {"{\"kind\":\"ConversionReview\",\"apiVersion\":\"apiextensions.k8s.io/v1beta1\"}",
     BOX "failed: converting (v1beta1.ConversionReview) to (v1.ConversionReview): unknown conversion"},
    {HEAD "\"result\":{\"status\":\"Failure\",\"message\":\"no\"}}}", BOX "failed: no"},
    {HEAD "\"result\":{\"status\":\"Failure\"}}}", BOX "failed: response.result.status was 'Failure', not 'Success'"},
    {GOOD "]}}", BOX "returned 0 objects, expected 1"},
    {GOOD "1]}}", "json: cannot unmarshal number into Go value of type map[string]interface {}"},
    {GOOD "null]}}", "unexpected end of JSON input"},
    {GOOD "{\"apiVersion\":\"e.org/v1\",\"kind\":\"Box\"}]}}",
     BOX "returned invalid object at index 0: invalid groupVersion (expected e.org/v2, received e.org/v1)"},
    {GOOD "{\"apiVersion\":\"e.org/v2\",\"kind\":\"Bag\"}]}}",
     BOX "returned invalid object at index 0: invalid kind (expected Box, received Bag)"},
    {GOOD OBJECT "{\"name\":\"b\"}}]}}", BOX "returned invalid object: must have the same name: a != b"},
    {GOOD OBJECT "{\"name\":\"a\"}}]}}", BOX "returned invalid object: must have the same namespace: n != "},
    {GOOD OBJECT "{\"name\":\"a\",\"namespace\":\"n\"}}]}}",
     BOX "returned invalid object: must have the same UID: 7 != "},
    {GOOD OBJECT META ",\"labels\":[]}}]}}",
     BOX "returned invalid metadata: invalid metadata.labels of type []interface {} in converted object"},
    {GOOD OBJECT META ",\"annotations\":{\"k\":1}}}]}}",
     BOX "returned invalid metadata: metadata.annotations[k] must be a string, but is int64 in converted object"},
};

static struct json *asked(struct arena *a)
{
    struct err e = ERR_INIT;
    return json_parse(
        a,
        STR("{\"apiVersion\":\"e.org/v1\",\"kind\":\"Box\",\"metadata\":{\"finalizers\":[\"f\"],"
            "\"generation\":3,\"labels\":{\"x\":\"y\"},\"name\":\"a\",\"namespace\":\"n\",\"uid\":\"7\"}}"),
        &e);
}

static struct conversion_review review(struct json **objects)
{
    return (struct conversion_review){.version = "v1",
                                      .uid = "u",
                                      .desired = "e.org/v2",
                                      .asked_for = "e.org/v1, Kind=Box",
                                      .asked = objects,
                                      .count = 1};
}

START_TEST(answers)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct json *objects[] = {asked(&a)}, *out[1];
        struct conversion_review c = review(objects);
        const char *error = NULL;
        bool ok = conversion_review_read(&a, &c, str_of(rows[i].answer), out, &error);
        ck_assert_msg(ok == !rows[i].error, "%s: %s", rows[i].answer, error);
        if (!ok) ck_assert_str_eq(error, rows[i].error);
    }
}
END_TEST

START_TEST(metadata_comes_back)
{
    struct arena a AUTO_ARENA = {0};
    struct json *objects[] = {asked(&a)}, *out[1];
    struct conversion_review c = review(objects);
    struct buf b AUTO_BUF = {0};
    const char *error = NULL;
    ck_assert(conversion_review_read(
        &a, &c, STR(GOOD OBJECT META ",\"generation\":9,\"annotations\":{\"k\":\"v\"}}}]}}"), out, &error));
    buf_init(&b, 4096);
    json_write(&b, out[0]);
    ck_assert_str_eq(
        str_cstr(&a, buf_view(&b)),
        "{\"apiVersion\":\"e.org/v2\",\"kind\":\"Box\",\"metadata\":{\"finalizers\":[\"f\"],\"generation\":3,"
        "\"name\":\"a\",\"namespace\":\"n\",\"uid\":\"7\",\"annotations\":{\"k\":\"v\"}}}");
}
END_TEST

START_TEST(question)
{
    struct arena a AUTO_ARENA = {0};
    struct json *objects[] = {asked(&a)};
    struct conversion_review c = review(objects);
    struct buf b AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&b, 4096);
    conversion_review_write(&b, &c);
    const struct json *j = json_parse(&a, buf_view(&b), &e);
    ck_assert_msg(j, "%s", e.text);
    const struct json *request = json_getc(j, "request");
    ck_assert(str_eqc(json_string(json_getc(request, "uid")), "u"));
    ck_assert(str_eqc(json_string(json_getc(request, "desiredAPIVersion")), "e.org/v2"));
    ck_assert(json_equal(json_at(json_getc(request, "objects"), 0), objects[0]));
}
END_TEST

TEST_MAIN("conversion_review", answers, metadata_comes_back, question)
