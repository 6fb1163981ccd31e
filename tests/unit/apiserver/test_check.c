/* test_check.c - bad objects and upstream's field errors for them, all of them at once, and as a Status. */
#include "object_support.h"

#include "apiserver/rest/status.h"
#include "request_support.h"

#define META       "\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"}"
#define POD(spec)  "{" META ",\"spec\":{" spec "}}"
#define ONE(more)  POD("\"containers\":[{\"name\":\"c\",\"image\":\"nginx\"" more "}]")
#define WITH(more) POD("\"containers\":[{\"name\":\"c\",\"image\":\"nginx\"}]," more)
#define SUBDOMAIN                                                                                                      \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "   \
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "                        \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define LABEL                                                                                                          \
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "    \
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "                     \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
#define QUALIFIED                                                                                                      \
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "              \
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "               \
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define NEW_FINALIZERS                                                                                                 \
    "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new "        \
    "finalizers []string{\"a.b/c\"}"
#define LABEL_VALUE                                                                                                    \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "    \
    "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation "  \
    "is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

struct row {
    const char *object, *errors; /* "": it is fine */
};

static void check_rows(const struct api_resource *res, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct arena a AUTO_ARENA = {0};
        struct check c;
        check_init(&c, &a);
        object_validate(&c, res, defaulted(&a, res, rows[i].object), NULL, NULL);
        ck_assert_msg(strcmp(errors_text(&a, &c), rows[i].errors) == 0, "row %zu: %.1000s\n%s\nnot\n%s", i,
                      rows[i].object, errors_text(&a, &c), rows[i].errors);
    }
}

/* What the cases in tests/golden/objects do not reach: texts that are too long for them. */
START_TEST(long_texts_of_pods)
{
    struct arena a AUTO_ARENA = {0};
    struct check c;
    enum { CREDENTIALS_MAX = 64 << 10 };
    char *spec = arena_alloc(&a, CREDENTIALS_MAX + 2);
    for (size_t n = CREDENTIALS_MAX; n <= CREDENTIALS_MAX + 1; n++) {
        memset(spec, 's', n);
        spec[n] = 0;
        check_init(&c, &a);
        struct json *pod = defaulted(&a, &res_core_v1_pods, ONE(""));
        obj_put_str(&a, pod, ".spec.securityContext.windowsOptions.gmsaCredentialSpec", str_of(spec));
        object_validate(&c, &res_core_v1_pods, pod, NULL, NULL);
        ck_assert_uint_eq(c.count, n - CREDENTIALS_MAX);
    }
    ck_assert_strn_eq(c.errors[0].field, "spec.securityContext.windowsOptions.gmsaCredentialSpec");
}
END_TEST

/* Defaults have made one second of it since. */
START_TEST(grace_of_an_old_pod)
{
    struct arena a AUTO_ARENA = {0};
    for (int now = 1; now <= 2; now++) {
        struct check c;
        check_init(&c, &a);
        struct json *old = defaulted(&a, &res_core_v1_pods, ONE("")), *pod = json_copy(&a, old);
        obj_put_int(&a, old, ".spec.terminationGracePeriodSeconds", -1);
        obj_put_int(&a, pod, ".spec.terminationGracePeriodSeconds", now);
        object_validate(&c, &res_core_v1_pods, pod, old, NULL);
        ck_assert_uint_eq(c.count, now - 1);
    }
}
END_TEST

START_TEST(metadata)
{
#define CM(meta) "{\"metadata\":{\"namespace\":\"default\"," meta "}}"
    static const struct row rows[] = {
        {CM("\"name\":\"a\""), ""},
        {CM("\"name\":\"a-b\",\"generateName\":\"a-\""), ""},
        {CM("\"name\":\"a-b\",\"generateName\":\"AB-\""), "metadata.generateName: Invalid value: \"AB-\": " SUBDOMAIN},
        {"{\"metadata\":{\"name\":\"a\"}}", "metadata.namespace: Required value"},
        {"{\"metadata\":{\"name\":\"a\",\"namespace\":\"a_b\"}}", "metadata.namespace: Invalid value: \"a_b\": " LABEL},
        {CM("\"name\":\"a\",\"labels\":{\"a\":\"b c\"}"), "metadata.labels: Invalid value: \"b c\": " LABEL_VALUE},
        {CM("\"name\":\"a\",\"labels\":{\"/a\":\"\"}"),
         "metadata.labels: Invalid value: \"/a\": prefix part must be non-empty"},
        {CM("\"name\":\"a\",\"annotations\":{\"Example.com/A\":\"any \\u0001 text\"}"), ""},
        {CM("\"name\":\"a\",\"annotations\":{\"a/\":\"\"}"),
         "metadata.annotations: Invalid value: \"a/\": name part must be non-empty\n"
         "metadata.annotations: Invalid value: \"a/\": " QUALIFIED},
        {CM("\"name\":\"a\",\"finalizers\":[\"mine\",\"a.b/c\",\"orphan\"]"),
         "metadata.finalizers[0]: Invalid value: \"mine\": name is neither a standard finalizer name nor is it fully "
         "qualified"},
        {CM("\"name\":\"a\",\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"p\"}]"),
         "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty"},
    };
    check_rows(&res_core_v1_configmaps, rows, ARRAY_LEN(rows));
    static const struct row cluster[] = {
        {"{\"metadata\":{\"name\":\"a\",\"namespace\":\"b\"}}",
         "metadata.namespace: Forbidden: not allowed on this type"},
        {"{\"metadata\":{\"name\":\"a.b\"}}",
         "metadata.name: Invalid value: \"a.b\": must not contain dots"}, /* a namespace: a label */
    };
    check_rows(&res_core_v1_namespaces, cluster, ARRAY_LEN(cluster));
}
END_TEST

START_TEST(too_many_annotations)
{
    struct arena a AUTO_ARENA = {0};
    char *big = arena_alloc(&a, 262144 + 1);
    memset(big, 'x', 262144);
    big[262144] = '\0';
    const struct row rows[] = {
        {arena_printf(&a, CM("\"name\":\"a\",\"annotations\":{\"a\":\"%s\"}"), big),
         "metadata.annotations: Too long: may not be more than 262144 bytes"},
        {arena_printf(&a, CM("\"name\":\"a\",\"annotations\":{\"a\":\"%s\"}"), big + 1), ""},
    };
    check_rows(&res_core_v1_configmaps, rows, ARRAY_LEN(rows));
}
END_TEST

/* n times "item", with commas. */
static const char *many(struct arena *a, const char *item, int n)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 8 << 20);
    for (int i = 0; i < n; i++) buf_addf(&b, "%s%s", i ? "," : "", item);
    return str_cstr(a, buf_view(&b));
}

START_TEST(too_much)
{
    enum { MIB = 1 << 20 };
    struct arena a AUTO_ARENA = {0};
    const char *text = many(&a, "x", MIB / 2 + 1), *base64 = many(&a, "AAAA", 1);
    char *big = arena_alloc(&a, MIB / 3 * 4 + 8);
    memset(big, 'A', MIB / 3 * 4 + 8);
    big[MIB / 3 * 4 + 4] = '\0';
    const struct row maps[] = {
        {arena_printf(&a, "{" META ",\"data\":{\"a\":\"%.*s\"}}", MIB, text), ""},
        {arena_printf(&a, "{" META ",\"data\":{\"a\":\"%s\"}}", text),
         "[]: Too long: may not be more than 1048576 bytes"},
        {arena_printf(&a, "{" META ",\"data\":{\"a\":\"%.*s\"},\"binaryData\":{\"b\":\"%s\"}}", MIB - 3, text, base64),
         ""},
        {arena_printf(&a, "{" META ",\"data\":{\"a\":\"%.*s\"},\"binaryData\":{\"b\":\"%s\"}}", MIB - 2, text, base64),
         "[]: Too long: may not be more than 1048576 bytes"},
    };
    check_rows(&res_core_v1_configmaps, maps, ARRAY_LEN(maps));
    const struct row secrets[] = {
        {arena_printf(&a, "{" META ",\"data\":{\"a\":\"%s\"}}", big),
         "data: Too long: may not be more than 1048576 bytes"},
    };
    check_rows(&res_core_v1_secrets, secrets, ARRAY_LEN(secrets));
    const struct row slices[] = {
        {arena_printf(&a, "{" META ",\"addressType\":\"IPv4\",\"endpoints\":[%s]}", many(&a, "{}", 1001)),
         "endpoints: Too many: 1001: must have at most 1000 items"},
        {arena_printf(&a, "{" META ",\"addressType\":\"IPv4\",\"ports\":[%s]}", many(&a, "{}", 20001)),
         "ports: Too many: 20001: must have at most 20000 items"},
    };
    check_rows(&res_discovery_k8s_io_v1_endpointslices, slices, ARRAY_LEN(slices));
}
END_TEST

START_TEST(small_kinds)
{
    static const struct row maps[] = {
        {"{" META ",\"data\":{\"a b\":\"\"}}",
         "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or "
         "'.' "
         "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"},
        {"{" META ",\"data\":{\"..\":\"\"}}", "data[..]: Invalid value: \"..\": must not be '..'"},
    };
    check_rows(&res_core_v1_configmaps, maps, ARRAY_LEN(maps));
    static const struct row secrets[] = {
        {"{" META ",\"type\":\"kubernetes.io/tls\",\"data\":{\"tls.crt\":\"\"}}", "data[tls.key]: Required value"},
        {"{" META ",\"type\":\"mine\"}", ""},
    };
    check_rows(&res_core_v1_secrets, secrets, ARRAY_LEN(secrets));
    static const struct row sets[] = {
        {"{" META ",\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{"
         "\"a\":\"c\"}},"
         "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}}}",
         "spec.template.metadata.labels: Invalid value: {\"a\":\"c\"}: `selector` does not match template `labels`"},
        {"{" META ",\"spec\":{\"replicas\":-1,\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{"
         "\"labels\":"
         "{\"a\":\"b\"}},\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}}}",
         "spec.replicas: Invalid value: -1: must be greater than or equal to 0\nspec.template.spec.restartPolicy: "
         "Unsupported value: \"Never\": supported values: \"Always\""},
    };
    check_rows(&res_apps_v1_replicasets, sets, ARRAY_LEN(sets));
    static const struct row nodes[] = {
        {"{\"metadata\":{\"name\":\"n\"},\"spec\":{\"taints\":[{\"key\":\"k\"}]}}",
         "metadata.taints[0].effect: Required value"},
        {"{\"metadata\":{\"name\":\"n\"},\"spec\":{\"taints\":[{\"key\":\"k\",\"effect\":\"x\"}]}}",
         "metadata.taints[0].effect: Unsupported value: \"x\": supported values: \"NoSchedule\", \"PreferNoSchedule\", "
         "\"NoExecute\""},
        {"{\"metadata\":{\"name\":\"n\"},\"spec\":{\"taints\":[{\"key\":\"k\",\"effect\":\"NoExecute\"},"
         "{\"key\":\"k\",\"value\":\"w\",\"effect\":\"NoExecute\"}]}}",
         "metadata.taints[1]: Duplicate value: "
         "{\"Key\":\"k\",\"Value\":\"w\",\"Effect\":\"NoExecute\",\"TimeAdded\":null}: "
         "taints must be unique by key and effect pair"},
    };
    check_rows(&res_core_v1_nodes, nodes, ARRAY_LEN(nodes));
    static const struct row leases[] = {
        {"{" META ",\"spec\":{\"leaseDurationSeconds\":0,\"leaseTransitions\":-1}}",
         "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0\nspec.leaseTransitions: Invalid value: "
         "-1: "
         "must be greater than or equal to 0"},
    };
    check_rows(&res_coordination_k8s_io_v1_leases, leases, ARRAY_LEN(leases));
}
END_TEST

/* ---- Between old and new ---- */

static const struct {
    const struct api_resource *res;
    const char *old, *now, *errors;
} updates[] = {
    /* metadata is looked at twice, and what is wrong with it told twice */
    {&res_core_v1_configmaps, "{" META ",\"immutable\":true,\"data\":{\"a\":\"b\"}}",
     "{" META ",\"data\":{\"a\":\"c\"}}",
     "immutable: Forbidden: field is immutable when `immutable` is set\n"
     "data: Forbidden: field is immutable when `immutable` is set"},
    {&res_core_v1_secrets, "{" META ",\"type\":\"a\"}", "{" META ",\"type\":\"b\"}",
     "type: Invalid value: \"b\": field is immutable"},
    {&res_core_v1_configmaps, "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"uid\":\"1\"}}",
     "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"uid\":\"2\"}}",
     "metadata.uid: Invalid value: \"2\": field is immutable\nmetadata.uid: Invalid value: \"2\": field is immutable"},
    {&res_core_v1_configmaps,
     "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"}}",
     "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\","
     "\"finalizers\":[\"a.b/c\"]}}",
     NEW_FINALIZERS "\n" NEW_FINALIZERS},
};

START_TEST(what_may_change)
{
    for (size_t i = 0; i < ARRAY_LEN(updates); i++) {
        struct arena a AUTO_ARENA = {0};
        struct check c;
        const struct api_resource *res = updates[i].res;
        check_init(&c, &a);
        object_validate(&c, res, defaulted(&a, res, updates[i].now), defaulted(&a, res, updates[i].old), NULL);
        ck_assert_msg(strcmp(errors_text(&a, &c), updates[i].errors) == 0, "row %zu:\n%s\nnot\n%s", i,
                      errors_text(&a, &c), updates[i].errors);
    }
}
END_TEST

START_TEST(as_a_status)
{
    struct arena a AUTO_ARENA = {0};
    struct check c;
    check_init(&c, &a);
    object_validate(&c, &res_core_v1_pods, defaulted(&a, &res_core_v1_pods, POD("\"containers\":[{}]")), NULL, NULL);
    struct request *r = request_begin("POST", "/api/v1/namespaces/default/pods", NULL);
    status_invalid(r, "Pod", "", STR("web"), &c);
    ck_assert_int_eq(r->resp.code, 422);
    struct err e = ERR_INIT;
    const struct json *s = json_parse(&a, buf_view(&r->resp.body), &e);
    ck_assert_strn_eq(obj_str(s, ".message"), "Pod \"web\" is invalid: [spec.containers[0].name: Required value, "
                                              "spec.containers[0].image: Required value]");
    ck_assert_strn_eq(obj_str(s, ".reason"), "Invalid");
    ck_assert_strn_eq(obj_str(s, ".details.kind"), "Pod");
    ck_assert_strn_eq(obj_str(s, ".details.name"), "web");
    ck_assert_uint_eq(obj_count(s, ".details.causes"), 2);
    ck_assert_strn_eq(obj_str(s, ".details.causes[0].reason"), "FieldValueRequired");
    ck_assert_strn_eq(obj_str(s, ".details.causes[0].message"), "Required value");
    ck_assert_strn_eq(obj_str(s, ".details.causes[1].field"), "spec.containers[0].image");
    request_end(r);
}
END_TEST

START_TEST(paths_and_lists_are_bounded)
{
    struct arena a AUTO_ARENA = {0};
    struct check c;
    check_init(&c, &a);
    for (int i = 0; i < 2 * CHECK_PATH_MAX; i++) check_member(&c, "x");
    for (int i = 0; i < 2 * CHECK_ERRORS_MAX; i++) check_required(&c, "y", "");
    ck_assert_int_eq(c.count, CHECK_ERRORS_MAX);
    ck_assert_uint_lt(c.errors[0].field.n, CHECK_PATH_MAX);
    check_pop(&c, 0);
    ck_assert_str_eq(c.path, "");
}
END_TEST

TEST_MAIN("check", long_texts_of_pods, grace_of_an_old_pod, metadata, too_many_annotations, too_much, small_kinds,
          what_may_change, as_a_status, paths_and_lists_are_bounded)
