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
        ck_assert_msg(strcmp(errors_text(&a, &c), rows[i].errors) == 0, "row %zu: %s\n%s\nnot\n%s", i, rows[i].object,
                      errors_text(&a, &c), rows[i].errors);
    }
}

START_TEST(pods)
{
    static const struct row rows[] = {
        {ONE(""), ""},
        {POD(""), "spec.containers: Required value"},
        {POD("\"containers\":[]"), "spec.containers: Required value"},
        {POD("\"containers\":[{}]"),
         "spec.containers[0].name: Required value\nspec.containers[0].image: Required value"},
        {"{\"metadata\":{\"namespace\":\"default\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}",
         "metadata.name: Required value: name or generateName is required"},
        {"{\"metadata\":{\"name\":\"Web\",\"namespace\":\"default\"},\"spec\":{\"containers\":[{\"name\":\"c\","
         "\"image\":\"i\"}]}}",
         "metadata.name: Invalid value: \"Web\": " SUBDOMAIN},
        {POD("\"containers\":[{\"name\":\"C\",\"image\":\"i\"}]"),
         "spec.containers[0].name: Invalid value: \"C\": " LABEL},
        {POD("\"containers\":[{\"name\":\"a\",\"image\":\"i\"},{\"name\":\"a\",\"image\":\"i\"}]"),
         "spec.containers[1].name: Duplicate value: \"a\""},
        {POD("\"containers\":[{\"name\":\"a\",\"image\":\"i\"}],\"initContainers\":[{\"name\":\"a\",\"image\":\"i\"}]"),
         "spec.initContainers[0].name: Duplicate value: \"a\""},
        {WITH("\"restartPolicy\":\"always\""),
         "spec.restartPolicy: Unsupported value: \"always\": supported values: \"Always\", \"OnFailure\", \"Never\""},
        {WITH("\"dnsPolicy\":\"x\""), "spec.dnsPolicy: Unsupported value: \"x\": supported values: "
                                      "\"ClusterFirstWithHostNet\", \"ClusterFirst\", \"Default\", \"None\""},
        {ONE(",\"imagePullPolicy\":\"x\""), "spec.containers[0].imagePullPolicy: Unsupported value: \"x\": supported "
                                            "values: \"Always\", \"IfNotPresent\", \"Never\""},
        {ONE(",\"image\":\" nginx\""), "spec.containers[0].image: Invalid value: \" nginx\": must not have leading or "
                                       "trailing whitespace"},
        {ONE(",\"ports\":[{}]"), "spec.containers[0].ports[0].containerPort: Required value"},
        {ONE(",\"ports\":[{\"containerPort\":70000}]"),
         "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"},
        {ONE(",\"ports\":[{\"containerPort\":80,\"hostPort\":-1}]"),
         "spec.containers[0].ports[0].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive"},
        {ONE(",\"ports\":[{\"containerPort\":80,\"protocol\":\"tcp\"}]"),
         "spec.containers[0].ports[0].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", "
         "\"UDP\""},
        {ONE(",\"ports\":[{\"containerPort\":80,\"name\":\"a\"},{\"containerPort\":81,\"name\":\"a\"}]"),
         "spec.containers[0].ports[1].name: Duplicate value: \"a\""},
        {ONE(",\"ports\":[{\"containerPort\":80,\"name\":\"80\"}]"),
         "spec.containers[0].ports[0].name: Invalid value: \"80\": must contain at least one letter (a-z)"},
        {ONE(",\"env\":[{\"name\":\"\"}]"), "spec.containers[0].env[0].name: Required value"},
        {ONE(",\"env\":[{\"name\":\"A=\"}]"), "spec.containers[0].env[0].name: Invalid value: \"A=\": a valid "
                                              "environment variable name must consist only of "
                                              "printable ASCII characters other than '='"},
        {ONE(",\"env\":[{\"name\":\"A\",\"valueFrom\":{}}]"),
         "spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, "
         "`resourceFieldRef`, "
         "`configMapKeyRef` or `secretKeyRef`"},
        {ONE(",\"resources\":{\"requests\":{\"cpu\":\"2\"},\"limits\":{\"cpu\":\"1\"}}"),
         "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"},
        {ONE(",\"resources\":{\"limits\":{\"memory\":\"-1\"}}"),
         "spec.containers[0].resources.limits[memory]: Invalid value: \"-1\": must be greater than or equal to 0\n"
         "spec.containers[0].resources.requests[memory]: Invalid value: \"-1\": must be greater than or equal to 0"},
        {ONE(",\"volumeMounts\":[{\"name\":\"v\",\"mountPath\":\"/a\"}]"),
         "spec.containers[0].volumeMounts[0].name: Not found: \"v\""},
        {ONE(",\"livenessProbe\":{}"), "spec.containers[0].livenessProbe: Required value: must specify a handler type"},
        {ONE(",\"livenessProbe\":{\"exec\":{\"command\":[\"a\"]},\"tcpSocket\":{\"port\":1}}"),
         "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"},
        {WITH("\"volumes\":[{\"name\":\"v\",\"emptyDir\":{},\"hostPath\":{\"path\":\"/x\"}}]"),
         "spec.volumes[0].emptyDir: Forbidden: may not specify more than 1 volume type"},
        {WITH("\"volumes\":[{\"name\":\"v\"},{\"name\":\"v\"}]"), "spec.volumes[1].name: Duplicate value: \"v\""},
        {WITH("\"nodeSelector\":{\"a\":\"b c\"}"), "spec.nodeSelector: Invalid value: \"b c\": " LABEL_VALUE},
        {WITH("\"tolerations\":[{\"value\":\"x\"}]"),
         "spec.tolerations[0].operator: Invalid value: \"\": operator must be Exists when `key` is empty, which means "
         "\"match all values and all keys\""},
        {WITH("\"tolerations\":[{\"key\":\"a\",\"effect\":\"x\"}]"),
         "spec.tolerations[0].effect: Unsupported value: \"x\": supported values: \"NoSchedule\", "
         "\"PreferNoSchedule\", "
         "\"NoExecute\""},
        {WITH("\"tolerations\":[{\"key\":\"a\",\"tolerationSeconds\":1}]"),
         "spec.tolerations[0].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set"},
        {WITH("\"activeDeadlineSeconds\":0"),
         "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"},
        {WITH("\"terminationGracePeriodSeconds\":-1"),
         "spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0"},
        {WITH("\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"
              "\"nodeSelectorTerms\":"
              "[{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}]}}}"),
         "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]."
         "matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"},
    };
    check_rows(&res_core_v1_pods, rows, ARRAY_LEN(rows));
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
         "metadata.name: Invalid value: \"a.b\": " LABEL}, /* a namespace: a label */
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
    {&res_core_v1_pods, ONE(""), ONE(",\"image\":\"redis\""), ""},
    {&res_core_v1_pods, ONE(""), WITH("\"tolerations\":[{\"operator\":\"Exists\"}]"), ""},
    {&res_core_v1_pods, ONE(""), WITH("\"hostname\":\"x\""),
     "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
     "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
     "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"},
    {&res_core_v1_pods, ONE(""),
     POD("\"containers\":[{\"name\":\"c\",\"image\":\"nginx\"},{\"name\":\"d\",\"image\":\"nginx\"}]"),
     "spec: Forbidden: pod updates may not add or remove containers"},
    {&res_core_v1_pods, WITH("\"schedulingGates\":[{\"name\":\"a.b/c\"}]"), ONE(""), ""},
    {&res_core_v1_pods, ONE(""), WITH("\"schedulingGates\":[{\"name\":\"a.b/c\"}]"),
     "spec.schedulingGates: Forbidden: only deletion is allowed, but found new scheduling gates"},
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

TEST_MAIN("check", pods, metadata, too_many_annotations, small_kinds, what_may_change, as_a_status,
          paths_and_lists_are_bounded)
