/* test_defaults.c - what comes out of defaulting for small objects, byte for byte as upstream would store it
 * (pkg/apis/core/v1/defaults.go and zz_generated.defaults.go). */
#include "object_support.h"

#define CONTAINER_TAIL(policy)                                                                                         \
    "\"terminationMessagePath\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\",\"imagePullPolicy\":"   \
    "\"" policy "\"}"
#define SPEC_TAIL                                                                                                      \
    "\"restartPolicy\":\"Always\",\"terminationGracePeriodSeconds\":30,\"dnsPolicy\":\"ClusterFirst\","                \
    "\"securityContext\":{},\"schedulerName\":\"default-scheduler\""

static const struct {
    const struct api_resource *res;
    const char *sent, *stored;
} goldens[] = {
    {&res_core_v1_pods,
     "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"nginx\"}]}}",
     "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"nginx\",\"resources\":{}"
     "," CONTAINER_TAIL("Always") "]," SPEC_TAIL ",\"enableServiceLinks\":true},\"status\":{}}"},
    {&res_core_v1_pods, /* what is set stays; requests follow limits; probes, ports and volumes have defaults of their
                           own */
     "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"restartPolicy\":\"Never\",\"terminationGracePeriodSeconds\":0,"
     "\"enableServiceLinks\":false,\"serviceAccount\":\"old\",\"hostNetwork\":true,"
     "\"volumes\":[{\"name\":\"e\"},{\"name\":\"s\",\"secret\":{\"secretName\":\"x\"}},{\"name\":\"h\",\"hostPath\":{"
     "\"path\":\"/\"}}],"
     "\"containers\":[{\"name\":\"c\",\"image\":\"nginx:1\",\"ports\":[{\"containerPort\":80}],\"resources\":{"
     "\"limits\":"
     "{\"cpu\":\"1\",\"memory\":\"1Gi\"},\"requests\":{\"cpu\":\"500m\"}},\"livenessProbe\":{\"httpGet\":{\"port\":80}}"
     ","
     "\"env\":[{\"name\":\"A\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"metadata.name\"}}}]}]}}",
     "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"volumes\":[{\"name\":\"e\",\"emptyDir\":{}},{\"name\":\"s\","
     "\"secret\":"
     "{\"secretName\":\"x\",\"defaultMode\":420}},{\"name\":\"h\",\"hostPath\":{\"path\":\"/\",\"type\":\"\"}}],"
     "\"containers\":[{\"name\":\"c\",\"image\":\"nginx:1\",\"ports\":[{\"hostPort\":80,\"containerPort\":80,"
     "\"protocol\":"
     "\"TCP\"}],\"env\":[{\"name\":\"A\",\"valueFrom\":{\"fieldRef\":{\"apiVersion\":\"v1\",\"fieldPath\":"
     "\"metadata.name\"}}}],\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"},\"requests\":{\"cpu\":"
     "\"500m\","
     "\"memory\":\"1Gi\"}},\"livenessProbe\":{\"httpGet\":{\"path\":\"/\",\"port\":80,\"scheme\":\"HTTP\"},"
     "\"timeoutSeconds\":1,\"periodSeconds\":10,\"successThreshold\":1,\"failureThreshold\":3}," CONTAINER_TAIL(
         "IfNotPresent") "],\"restartPolicy\":\"Never\",\"terminationGracePeriodSeconds\":0,\"dnsPolicy\":"
                         "\"ClusterFirst\","
                         "\"serviceAccountName\":\"old\",\"serviceAccount\":\"old\",\"hostNetwork\":true,"
                         "\"securityContext\":{},"
                         "\"schedulerName\":\"default-scheduler\",\"enableServiceLinks\":false},\"status\":{}}"},
    {&res_core_v1_pods, /* what defaulting adds stands where the schema has it, maps in byte order */
     "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"setHostnameAsFQDN\":true,\"containers\":[{\"name\":\"c\",\"image\":"
     "\"a:1\","
     "\"resources\":{\"claims\":[{\"name\":\"x\"}],\"limits\":{\"memory\":\"1\",\"cpu\":\"1\"},\"requests\":{"
     "\"memory\":\"1\"}}}]}}",
     "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"a:1\",\"resources\":{"
     "\"limits\":{\"cpu\":\"1\",\"memory\":\"1\"},\"requests\":{\"cpu\":\"1\",\"memory\":\"1\"},\"claims\":[{\"name\":"
     "\"x\"}]}," CONTAINER_TAIL(
         "IfNotPresent") "]," SPEC_TAIL ",\"enableServiceLinks\":true,\"setHostnameAsFQDN\":true},\"status\":{}}"},
    {&res_apps_v1_replicasets, /* a template is no pod: no enableServiceLinks, no requests from limits */
     "{\"metadata\":{\"name\":\"rs\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"spec\":"
     "{\"containers\":[{\"name\":\"c\",\"image\":\"nginx@sha256:1\",\"resources\":{\"limits\":{\"cpu\":\"1\"}}}]}}}}",
     "{\"metadata\":{\"name\":\"rs\"},\"spec\":{\"replicas\":1,\"selector\":{\"matchLabels\":{\"a\":\"b\"}},"
     "\"template\":"
     "{\"metadata\":{},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"nginx@sha256:1\",\"resources\":{"
     "\"limits\":"
     "{\"cpu\":\"1\"}}," CONTAINER_TAIL("IfNotPresent") "]," SPEC_TAIL "}}},\"status\":{\"replicas\":0}}"},
    {&res_core_v1_secrets,
     "{\"metadata\":{\"name\":\"s\"},\"data\":{\"b\":\"eA==\"},\"stringData\":{\"b\":\"new\",\"a\":\"\"}}",
     "{\"metadata\":{\"name\":\"s\"},\"data\":{\"a\":\"\",\"b\":\"bmV3\"},\"type\":\"Opaque\"}"},
    {&res_core_v1_nodes, "{\"metadata\":{\"name\":\"n\"},\"status\":{\"capacity\":{\"cpu\":\"4\"}}}",
     "{\"metadata\":{\"name\":\"n\"},\"spec\":{},\"status\":{\"capacity\":{\"cpu\":\"4\"},\"allocatable\":{\"cpu\":"
     "\"4\"},"
     "\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":0}},\"nodeInfo\":{\"machineID\":\"\",\"systemUUID\":\"\","
     "\"bootID\":\"\",\"kernelVersion\":\"\",\"osImage\":\"\",\"containerRuntimeVersion\":\"\",\"kubeletVersion\":\"\","
     "\"kubeProxyVersion\":\"\",\"operatingSystem\":\"\",\"architecture\":\"\"}}}"},
};

START_TEST(goldens_of_defaulting)
{
    for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
        struct arena a AUTO_ARENA = {0};
        struct json *j = defaulted(&a, goldens[i].res, goldens[i].sent);
        ck_assert_str_eq(text_of(&a, j), goldens[i].stored);
        object_default(&a, goldens[i].res->type, j); /* twice changes nothing */
        ck_assert_str_eq(text_of(&a, j), goldens[i].stored);
    }
}
END_TEST

START_TEST(pull_policies)
{
#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    static const char *const rows[][2] = {
        {"nginx", "Always"},
        {"nginx:latest", "Always"},
        {"nginx:1.29", "IfNotPresent"},
        {"localhost:5000/nginx", "Always"},
        {"localhost:5000/nginx:2", "IfNotPresent"},
        {"nginx@sha256:" DIGEST, "IfNotPresent"},
        {"nginx:latest@sha256:" DIGEST, "Always"},
        {"nginx@sha256:12", "IfNotPresent"}, /* nothing can be read in it */
        {"a/b/latest", "Always"},
        {"", "IfNotPresent"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct json *j =
            defaulted(&a, &res_core_v1_pods,
                      arena_printf(&a, "{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"%s\"}]}}", rows[i][0]));
        ck_assert_msg(obj_is(j, ".spec.containers[0].imagePullPolicy", rows[i][1]), "%s", rows[i][0]);
    }
}
END_TEST

START_TEST(base64)
{
    static const char *const rows[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
    struct arena a AUTO_ARENA = {0};
    struct str back;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_strn_eq(object_base64(&a, str_of(rows[i][0])), rows[i][1]);
        ck_assert(object_unbase64(&a, str_of(rows[i][1]), &back));
        ck_assert_strn_eq(back, rows[i][0]);
    }
    ck_assert_strn_eq(object_base64(&a, str_n("\xff\xfe\0", 3)), "//4A");
    ck_assert(object_unbase64(&a, STR("//4A"), &back) && back.n == 3 && back.p[2] == 0);
    ck_assert(!object_unbase64(&a, STR("a b="), &back));
    ck_assert(!object_unbase64(&a, str_n("a\0b=", 4), &back));
}
END_TEST

TEST_MAIN("defaults", goldens_of_defaulting, pull_policies, base64)
