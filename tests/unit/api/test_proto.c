/* test_proto.c - messages both ways against what upstream's generated code (k8s.io/api 0.34) wrote and read; hostile
 * bytes. */
#include "api/decode.h"
#include "api/proto.h"
#include "check_main.h"
#include "schema_ids.h"
#include "small_schema.h"

#include <stdio.h>

static const struct api_field config_map_fields[] = {
    S_FIELD("metadata", API_STRUCT, API_ONE, 1, .flags = S_OMIT, .type = &small_meta),
    S_FIELD("immutable", API_BOOL, API_ONE, 4, .flags = S_PTR),
    S_FIELD("data", API_STRING, API_MAP, 2, .flags = S_OMIT),
    S_FIELD("binaryData", API_BYTES, API_MAP, 3, .flags = S_OMIT),
};
static const uint16_t config_map_names[] = {3, 2, 1, 0};
static const uint16_t config_map_numbers[] = {0, 2, 3, 1};
static const struct api_type config_map = {.name = "ConfigMap",
                                           .fields = config_map_fields,
                                           .nfields = ARRAY_LEN(config_map_fields),
                                           .by_name = config_map_names,
                                           .by_number = config_map_numbers,
                                           .nnumbers = ARRAY_LEN(config_map_numbers)};

static const struct api_field lease_spec_fields[] = {
    S_FIELD("holderIdentity", API_STRING, API_ONE, 1, .flags = S_PTR),
    S_FIELD("leaseDurationSeconds", API_INT32, API_ONE, 2, .flags = S_PTR),
    S_FIELD("acquireTime", API_MICROTIME, API_ONE, 3, .flags = S_PTR),
    S_FIELD("renewTime", API_MICROTIME, API_ONE, 4, .flags = S_PTR),
    S_FIELD("leaseTransitions", API_INT32, API_ONE, 5, .flags = S_PTR),
};
static const uint16_t lease_spec_names[] = {2, 0, 1, 4, 3};
static const uint16_t lease_spec_numbers[] = {0, 1, 2, 3, 4};
static const struct api_type lease_spec = {.name = "LeaseSpec",
                                           .fields = lease_spec_fields,
                                           .nfields = ARRAY_LEN(lease_spec_fields),
                                           .by_name = lease_spec_names,
                                           .by_number = lease_spec_numbers,
                                           .nnumbers = ARRAY_LEN(lease_spec_numbers)};

static const struct api_field extra_value_fields[] = {S_FIELD("items", API_STRING, API_LIST, 1)};
static const uint16_t extra_value_names[] = {0};
static const uint16_t extra_value_numbers[] = {0};
static const struct api_type extra_value = {.name = "ExtraValue",
                                            .form = API_FORM_LIST,
                                            .fields = extra_value_fields,
                                            .nfields = 1,
                                            .by_name = extra_value_names,
                                            .by_number = extra_value_numbers,
                                            .nnumbers = ARRAY_LEN(extra_value_numbers)};
static const struct api_field sar_spec_fields[] = {
    S_FIELD("user", API_STRING, API_ONE, 3, .flags = S_OMIT),
    S_FIELD("groups", API_STRING, API_LIST, 4, .flags = S_OMIT),
    S_FIELD("extra", API_STRUCT, API_MAP, 5, .flags = S_OMIT, .type = &extra_value),
    S_FIELD("uid", API_STRING, API_ONE, 6, .flags = S_OMIT),
};
static const uint16_t sar_spec_names[] = {2, 1, 3, 0};
static const uint16_t sar_spec_numbers[] = {0, 1, 2, 3};
static const struct api_type sar_spec = {.name = "SubjectAccessReviewSpec",
                                         .fields = sar_spec_fields,
                                         .nfields = ARRAY_LEN(sar_spec_fields),
                                         .by_name = sar_spec_names,
                                         .by_number = sar_spec_numbers,
                                         .nnumbers = ARRAY_LEN(sar_spec_numbers)};

static const struct api_field controller_revision_fields[] = {
    S_FIELD("metadata", API_STRUCT, API_ONE, 1, .flags = S_OMIT, .type = &small_meta),
    S_FIELD("data", API_RAW, API_ONE, 2),
    S_FIELD("revision", API_INT64, API_ONE, 3),
};
static const uint16_t controller_revision_names[] = {1, 0, 2};
static const uint16_t controller_revision_numbers[] = {0, 1, 2};
static const struct api_type controller_revision = {.name = "ControllerRevision",
                                                    .fields = controller_revision_fields,
                                                    .nfields = ARRAY_LEN(controller_revision_fields),
                                                    .by_name = controller_revision_names,
                                                    .by_number = controller_revision_numbers,
                                                    .nnumbers = ARRAY_LEN(controller_revision_numbers)};

extern const struct api_type tree; /* refers to itself */
static const struct api_field tree_fields[] = {
    S_FIELD("kid", API_STRUCT, API_ONE, 1, .flags = S_PTR, .type = &tree),
    S_FIELD("number", API_DOUBLE, API_ONE, 2, .flags = S_PTR),
    S_FIELD("numbers", API_INT32, API_LIST, 3, .flags = S_OMIT),
    S_FIELD("wait", API_DURATION, API_ONE, 4, .flags = S_PTR),
    S_FIELD("reals", API_DOUBLE, API_LIST, 5, .flags = S_OMIT),
};
static const uint16_t tree_names[] = {0, 1, 2, 4, 3};
static const uint16_t tree_numbers[] = {0, 1, 2, 3, 4};
const struct api_type tree = {.name = "Tree",
                              .fields = tree_fields,
                              .nfields = ARRAY_LEN(tree_fields),
                              .by_name = tree_names,
                              .by_number = tree_numbers,
                              .nnumbers = ARRAY_LEN(tree_numbers)};

struct row {
    const struct api_type *type;
    const char *json, *hex;
};

static const struct row rows[] = {
    {&small_container, "{\"name\":\"c\",\"resources\":{}}", "0a016312002a0042006a007200800100880100900100a20100"},
    {&small_container, "{\"name\":\"\",\"resources\":{}}", "0a0012002a0042006a007200800100880100900100a20100"},
    {&small_container,
     "{\"name\":\"c\",\"image\":\"nginx:1\",\"command\":[\"a\",\"b\",\"\"],\"ports\":[{\"name\":\"http\","
     "\"containerPort\":80,\"protocol\":\"TCP\"},{\"hostPort\":1,\"containerPort\":65535}],\"env\":[{\"name\":\"A\","
     "\"value\":\"1\"},{\"name\":\"B\"}],\"resources\":{\"limits\":{\"cpu\":\"500m\",\"memory\":\"1Gi\"},\"requests\":{"
     "\"cpu\":\"100m\"}},\"livenessProbe\":{\"httpGet\":{\"path\":\"/"
     "z\",\"port\":\"http\"},\"periodSeconds\":5},\"terminationMessagePath\":\"/dev/"
     "x\",\"imagePullPolicy\":\"Always\",\"stdin\":true,\"tty\":true}",
     "0a016312076e67696e783a311a01611a01621a002a0032110a04687474701000185022035443502a00320c0a00100118"
     "ffff0322002a003a060a01411201313a050a01421200422f0a0d0a0363707512060a043530306d0a0f0a066d656d6f72"
     "7912050a03314769120d0a0363707512060a043130306d52220a1612140a022f7a120a080110001a04687474701a0022"
     "00100018002005280030006a062f6465762f787206416c77617973800101880100900101a20100"},
    {&small_container,
     "{\"name\":\"p\",\"resources\":{},\"livenessProbe\":{\"httpGet\":{\"port\":8080},\"initialDelaySeconds\":-1,"
     "\"terminationGracePeriodSeconds\":0}}",
     "0a017012002a00420052280a11120f0a001207080010903f1a001a00220010ffffffffffffffffff0118002000280030"
     "0038006a007200800100880100900100a20100"},
    {&small_container, "{\"name\":\"p\",\"resources\":{},\"livenessProbe\":{}}",
     "0a017012002a004200520c0a00100018002000280030006a007200800100880100900100a20100"},
    {&small_volume, "{\"name\":\"v\",\"emptyDir\":{\"sizeLimit\":\"1Gi\"}}", "0a0176120b12090a0012050a03314769"},
    {&small_volume, "{\"name\":\"v\",\"hostPath\":{\"path\":\"/x\",\"type\":\"\"}}", "0a017612080a060a022f781200"},
    {&small_volume, "{\"name\":\"v\"}", "0a01761200"},
    {&small_volume, "{\"name\":\"v\",\"emptyDir\":{}}", "0a0176120412020a00"},
    {&small_toleration, "{\"key\":\"k\",\"tolerationSeconds\":-5}", "0a016b12001a00220028fbffffffffffffffff01"},
    {&small_toleration, "{\"tolerationSeconds\":0}", "0a0012001a0022002800"},
    {&small_toleration, "{\"tolerationSeconds\":9223372036854775807}", "0a0012001a00220028ffffffffffffffff7f"},
    {&small_meta, "{\"name\":\"n\"}", "0a016e12001a0022002a00320038004200"},
    {&small_meta,
     "{\"name\":\"n\",\"namespace\":\"d\",\"uid\":\"u\",\"resourceVersion\":\"5\",\"generation\":2,"
     "\"creationTimestamp\":\"2024-02-29T12:00:00Z\",\"deletionTimestamp\":\"1969-12-31T23:59:59Z\","
     "\"deletionGracePeriodSeconds\":0,\"labels\":{\"\":\"\",\"a\":\"1\",\"b\":\"2\"},\"annotations\":{\"x\":\"y\"},"
     "\"finalizers\":[\"f\"],\"managedFields\":[{\"manager\":\"m\",\"operation\":\"Update\",\"apiVersion\":\"v1\","
     "\"time\":\"2024-01-01T00:00:00Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:a\":{\".\":{},\"f:b\":{}}}}]}",
     "0a016e12001a016422002a01753201353802420808c0e381af0610004a0d08ffffffffffffffffff01100050005a040a"
     "0012005a060a01611201315a060a016212013262060a01781201797201668a01420a016d12065570646174651a027631"
     "2208088081c8ac06100032084669656c647356313a1b0a197b22663a61223a7b222e223a7b7d2c22663a62223a7b7d7d"
     "7d4200"},
    {&config_map,
     "{\"metadata\":{\"name\":\"c\"},\"immutable\":false,\"data\":{\"e\":\"\",\"k\":\"v\"},\"binaryData\":{\"b\":"
     "\"AAEC/w==\",\"e\":\"\"}}",
     "0a110a016312001a0022002a0032003800420012050a0165120012060a016b1201761a090a01621204000102ff1a050a"
     "016512002000"},
    {&config_map, "{\"metadata\":{},\"data\":{\"u\":\"h\303\251\360\237\230\200\"}}",
     "0a100a0012001a0022002a00320038004200120c0a0175120768c3a9f09f9880"},
    {&lease_spec,
     "{\"holderIdentity\":\"h\",\"leaseDurationSeconds\":15,\"acquireTime\":\"2024-02-29T12:00:00.123456Z\","
     "\"renewTime\":\"2024-02-29T12:00:00.000000Z\",\"leaseTransitions\":0}",
     "0a0168100f1a0b08c0e381af06108094ef3a220808c0e381af0610002800"},
    {&lease_spec, "{}", ""},
    {&sar_spec, "{\"user\":\"u\",\"groups\":[\"a\",\"b\"],\"extra\":{\"e\":[],\"k\":[\"1\",\"2\"]},\"uid\":\"x\"}",
     "1a01752201612201622a050a016512002a0b0a016b12060a01310a0132320178"},
    {&sar_spec, "{}", "1a003200"},
    {&controller_revision, "{\"metadata\":{\"name\":\"c\"},\"data\":{\"a\":[1,2.5,{\"b\":null}]},\"revision\":3}",
     "0a110a016312001a0022002a00320038004200121a0a187b2261223a5b312c322e352c7b2262223a6e756c6c7d5d7d18"
     "03"},
    {&controller_revision, "{\"metadata\":{\"name\":\"c\"},\"revision\":0}",
     "0a110a016312001a0022002a0032003800420012001800"},
    {&type_apiextensions_k8s_io_v1_JSONSchemaProps,
     "{\"type\":\"object\",\"default\":{\"a\":1},\"enum\":[1,\"x\",null],\"items\":{\"type\":\"string\"},"
     "\"additionalProperties\":true}",
     "0a00120022002a066f626a65637432003a0042090a077b2261223a317d500060007a00900100a201030a0131a201050a"
     "03227822a20100c201260a240a00120022002a06737472696e6732003a00500060007a00900100a80200b80200c00200"
     "f201020801a80200b80200c00200"},
    {&type_apiextensions_k8s_io_v1_JSONSchemaProps,
     "{\"items\":[{\"type\":\"string\"},{\"type\":\"integer\"}],\"additionalProperties\":false,\"dependenc"
     "ies\":{\"a\":{\"type\":\"string\"},\"b\":[\"c\",\"d\"]},\"additionalItems\":{\"type\":\"string\",\"x"
     "-kubernetes-int-or-string\":true}}",
     "0a00120022002a0032003a00500060007a00900100c2014d12240a00120022002a06737472696e6732003a0050006000"
     "7a00900100a80200b80200c0020012250a00120022002a07696e746567657232003a00500060007a00900100a80200b8"
     "0200c00200f20102080082022b0a016112260a240a00120022002a06737472696e6732003a00500060007a00900100a8"
     "0200b80200c0020082020b0a016212061201631201648a0228080112240a00120022002a06737472696e6732003a0050"
     "0060007a00900100a80200b80200c00201a80200b80200c00200"},
    {&type_apiextensions_k8s_io_v1_JSONSchemaProps, "{\"additionalProperties\":{}}",
     "0a00120022002a0032003a00500060007a00900100f201220801121e0a00120022002a0032003a00500060007a009001"
     "00a80200b80200c00200a80200b80200c00200"},
    {&type_admissionregistration_k8s_io_v1_NamedRuleWithOperations,
     "{\"resourceNames\":[\"a\"],\"operations\":[\"CREATE\"],\"apiGroups\":[\"apps\"],\"apiVersions\":[\"v"
     "1\"],\"resources\":[\"deployments\"],\"scope\":\"*\"}",
     "0a016112240a06435245415445121a0a0461707073120276311a0b6465706c6f796d656e747322012a"},
    {&type_admissionregistration_k8s_io_v1_NamedRuleWithOperations, "{}", "12021200"},
};

static struct str bytes_of(struct arena *a, const char *hex)
{
    size_t n = strlen(hex) / 2;
    char *p = arena_alloc(a, n + 1);
    for (size_t i = 0; i < n; i++) {
        unsigned byte;
        sscanf(hex + 2 * i, "%2x", &byte);
        p[i] = (char)byte;
    }
    return str_n(p, n);
}

static void check_json(const struct json *j, const char *want)
{
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1 << 20);
    json_write(&out, j);
    ck_assert_str_eq(buf_view(&out).p, want);
}

START_TEST(test_decode)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct json *j = proto_decode(&a, rows[i].type, bytes_of(&a, rows[i].hex), &e);
        ck_assert_msg(j != NULL, "%s: %s", rows[i].json, e.text);
        check_json(j, rows[i].json);
    }
}
END_TEST

START_TEST(test_encode)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 65536);
        struct str want = bytes_of(&a, rows[i].hex);
        ck_assert(proto_encode(&out, rows[i].type, json_parse(&a, str_of(rows[i].json), &e), &e));
        ck_assert_msg(str_eq(buf_view(&out), want), "%s", rows[i].json);
    }
}
END_TEST

static const char pod_json[] =
    "{\"metadata\":{\"name\":\"web-0\",\"generateName\":\"web-\",\"namespace\":\"shop\",\"uid\":\"0b5c9a2e-7c61-"
    "4d1c-8f5e-0d8a6a3f7e11\",\"resourceVersion\":\"118\",\"generation\":1,\"creationTimestamp\":\"2026-1"
    "1-20T10:00:00Z\",\"labels\":{\"app\":\"web\",\"apps.kubernetes.io/pod-index\":\"0\"},\"annotations\":{\""
    "note\":\"\\u003ca \\u0026 b\\u003e\"},\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"Statefu"
    "lSet\",\"name\":\"web\",\"uid\":\"x\",\"controller\":true,\"blockOwnerDeletion\":true}],\"finalizers\":[\""
    "example.com/f\"]},\"spec\":{\"volumes\":[{\"name\":\"kube-api-access\",\"projected\":{\"sources\":[{\"se"
    "rviceAccountToken\":{\"expirationSeconds\":3607,\"path\":\"token\"}},{\"configMap\":{\"name\":\"kube-r"
    "oot-ca.crt\",\"items\":[{\"key\":\"ca.crt\",\"path\":\"ca.crt\"}]}}],\"defaultMode\":420}},{\"name\":\"tmp"
    "\",\"emptyDir\":{\"medium\":\"Memory\",\"sizeLimit\":\"64Mi\"}}],\"initContainers\":[{\"name\":\"init\",\"im"
    "age\":\"busybox\",\"command\":[\"sh\",\"-c\",\"true\"],\"resources\":{},\"restartPolicy\":\"Always\",\"termi"
    "nationMessagePath\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\",\"imagePullPoli"
    "cy\":\"Always\"}],\"containers\":[{\"name\":\"web\",\"image\":\"nginx:1.27\",\"args\":[\"-g\",\"daemon off;\""
    "],\"ports\":[{\"name\":\"http\",\"containerPort\":80,\"protocol\":\"TCP\"}],\"envFrom\":[{\"configMapRef\""
    ":{\"name\":\"env\"}}],\"env\":[{\"name\":\"POD\",\"valueFrom\":{\"fieldRef\":{\"apiVersion\":\"v1\",\"fieldPa"
    "th\":\"metadata.name\"}}}],\"resources\":{\"limits\":{\"cpu\":\"500m\",\"memory\":\"128Mi\"},\"requests\":{"
    "\"cpu\":\"250m\",\"memory\":\"64Mi\"}},\"volumeMounts\":[{\"name\":\"tmp\",\"mountPath\":\"/tmp\"}],\"readine"
    "ssProbe\":{\"httpGet\":{\"path\":\"/\",\"port\":\"http\",\"scheme\":\"HTTP\"},\"timeoutSeconds\":1,\"periodS"
    "econds\":10,\"successThreshold\":1,\"failureThreshold\":3},\"lifecycle\":{\"preStop\":{\"sleep\":{\"se"
    "conds\":5}}},\"terminationMessagePath\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"Fi"
    "le\",\"imagePullPolicy\":\"IfNotPresent\",\"securityContext\":{\"capabilities\":{\"drop\":[\"ALL\"]},\"r"
    "unAsNonRoot\":true,\"allowPrivilegeEscalation\":false}}],\"restartPolicy\":\"Always\",\"terminatio"
    "nGracePeriodSeconds\":0,\"dnsPolicy\":\"ClusterFirst\",\"nodeSelector\":{\"disk\":\"ssd\"},\"serviceAc"
    "countName\":\"default\",\"serviceAccount\":\"default\",\"nodeName\":\"node-1\",\"securityContext\":{},\""
    "affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelector"
    "Terms\":[{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"b\"]}]}]}}},\"schedulerNa"
    "me\":\"default-scheduler\",\"tolerations\":[{\"key\":\"node.kubernetes.io/not-ready\",\"operator\":\"E"
    "xists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300}],\"priority\":0,\"enableServiceLinks\":tr"
    "ue,\"preemptionPolicy\":\"PreemptLowerPriority\",\"topologySpreadConstraints\":[{\"maxSkew\":1,\"to"
    "pologyKey\":\"zone\",\"whenUnsatisfiable\":\"DoNotSchedule\",\"labelSelector\":{\"matchLabels\":{\"app"
    "\":\"web\"}}}]},\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"la"
    "stProbeTime\":null,\"lastTransitionTime\":\"2026-11-20T10:00:05Z\"}],\"hostIP\":\"10.0.0.1\",\"hostI"
    "Ps\":[{\"ip\":\"10.0.0.1\"}],\"podIP\":\"10.244.1.5\",\"podIPs\":[{\"ip\":\"10.244.1.5\"}],\"startTime\":\"2"
    "026-11-20T10:00:01Z\",\"containerStatuses\":[{\"name\":\"web\",\"state\":{\"running\":{\"startedAt\":\"2"
    "026-11-20T10:00:04Z\"}},\"lastState\":{},\"ready\":true,\"restartCount\":0,\"image\":\"nginx:1.27\",\""
    "imageID\":\"docker.io/library/nginx@sha256:aa\",\"containerID\":\"containerd://cc\",\"started\":tru"
    "e}],\"qosClass\":\"Burstable\"}}";

static const char pod_hex[] =
    "0abf010a057765622d3012047765622d1a0473686f7022002a2430623563396132652d376336312d346431632d386635652d"
    "30643861366133663765313132033131383801420808a0b480d80610005a0a0a0361707012037765625a210a1c617070732e"
    "6b756265726e657465732e696f2f706f642d696e646578120130620f0a046e6f746512073c61202620623e6a220a0b537461"
    "746566756c5365741a037765622201782a07617070732f763130013801720d6578616d706c652e636f6d2f6612f2050a530a"
    "0f6b7562652d6170692d6163636573731240d2013d0a0e220c0a0010971c1a05746f6b656e0a281a260a120a106b7562652d"
    "726f6f742d63612e63727412100a0663612e637274120663612e63727410a4030a190a03746d70121212100a064d656d6f72"
    "7912060a0436344d6912ad020a03776562120a6e67696e783a312e323722022d67220b6461656d6f6e206f66663b2a003211"
    "0a04687474701000185022035443502a003a1e0a03504f4412001a150a130a027631120d6d657461646174612e6e616d6542"
    "430a0d0a0363707512060a043530306d0a110a066d656d6f727912070a053132384d69120d0a0363707512060a043235306d"
    "12100a066d656d6f727912060a0436344d694a110a03746d7010001a042f746d70220032005a250a1912170a012f120a0801"
    "10001a04687474701a0022044854545010001801200a2801300362061204220208056a142f6465762f7465726d696e617469"
    "6f6e2d6c6f67720c49664e6f7450726573656e747a0b0a051203414c4c280138008001008801009001009a010b0a0012070a"
    "050a03656e76a2010446696c651a06416c776179732000320c436c757374657246697273743a0b0a046469736b1203737364"
    "420764656661756c744a0764656661756c7452066e6f64652d3158006000680072008201008a01009201120a100a0e0a0c0a"
    "0a0a01611202496e1a01629a011164656661756c742d7363686564756c6572a201580a04696e6974120762757379626f781a"
    "0273681a022d631a04747275652a0042006a142f6465762f7465726d696e6174696f6e2d6c6f677206416c77617973800100"
    "880100900100a2010446696c65c20106416c77617973b201360a1c6e6f64652e6b756265726e657465732e696f2f6e6f742d"
    "726561647912064578697374731a0022094e6f4578656375746528ac02c20100c80100f00101fa0114507265656d70744c6f"
    "7765725072696f726974798a0225080112047a6f6e651a0d446f4e6f745363686564756c65220c0a0a0a0361707012037765"
    "621ad8010a0752756e6e696e67121f0a0552656164791204547275651a00220808a5b480d80610002a00320038001a002200"
    "2a0831302e302e302e31320a31302e3234342e312e353a0808a1b480d8061000425b0a03776562120c120a0a0808a4b480d8"
    "0610001a0020012800320a6e67696e783a312e32373a21646f636b65722e696f2f6c6962726172792f6e67696e7840736861"
    "3235363a6161420f636f6e7461696e6572643a2f2f636348014a09427572737461626c655a00620c0a0a31302e3234342e31"
    "2e35720082010a0a0831302e302e302e31880100";

/* A whole Pod by the real tables, normalised by api_decode. */
START_TEST(test_real_pod)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct api_type *t = api_find_type("core/v1", "Pod");
    struct str wire = bytes_of(&a, pod_hex);
    struct json *j = proto_decode(&a, t, wire, &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    ck_assert_msg(api_decode(&a, t, j, NULL, &e), "%s", e.text);
    check_json(j, pod_json);
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 65536);
    ck_assert(proto_encode(&out, t, j, &e));
    ck_assert(str_eq(buf_view(&out), wire));
}
END_TEST

static struct json *decode(struct arena *a, const struct api_type *t, const char *hex, struct err *e)
{
    *e = (struct err)ERR_INIT;
    return proto_decode(a, t, bytes_of(a, hex), e);
}

START_TEST(test_odd_but_valid)
{
    static const struct row odd[] = {
        {&small_toleration, "{\"key\":\"b\"}", "0a01610a0162"},                         /* the last scalar counts */
        {&small_toleration, "{\"value\":\"v\"}", "0a01611a01760a00"},                   /* and may be empty */
        {&small_toleration, "{\"key\":\"a\"}", "f80101fa0103787878fd01010203040a0161"}, /* unknown numbers */
        {&small_toleration, "{\"key\":\"a\"}", "f90101020304050607080a0161"},
        {&small_toleration, "{\"key\":\"a\"}", "fb0108010b0c120161fc010a0161"}, /* a group */
        {&controller_revision, "{\"metadata\":{\"name\":\"n\",\"labels\":{\"k\":\"v\"}}}",
         "0a030a016e0a085a060a016b120176"},                                            /* a message in two parts */
        {&config_map, "{\"data\":{\"k\":\"2\"}}", "12060a016b12013112060a016b120132"}, /* a key that comes twice */
        {&config_map, "{\"data\":{\"\":\"\"}}", "1200"},
        {&small_toleration, "{\"key\":\"\357\277\275a\"}", "0a02ff61"},        /* not UTF-8 */
        {&tree, "{\"numbers\":[1,300,-1]}", "1a0d01ac02ffffffffffffffffff01"}, /* packed */
        {&tree, "{\"numbers\":[1,2]}", "18011802"},
        {&tree, "{\"number\":1.5,\"wait\":\"1m30s\"}", "11000000000000f83f2207088088aca3cf02"},
        {&tree, "{\"reals\":[1,0.5]}", "29000000000000f03f2a08000000000000e03f"},
        {&small_container, "{\"name\":\"c\",\"resources\":{}}", "42000a0163"}, /* order does not matter */
        {&small_meta, "{}", "420d088092b8c398feffffff0110004200"},
    };
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e;
        struct json *j = decode(&a, odd[i].type, odd[i].hex, &e);
        ck_assert_msg(j != NULL, "%s: %s", odd[i].hex, e.text);
        check_json(j, odd[i].json);
    }
}
END_TEST

START_TEST(test_bad_bytes)
{
    static const struct {
        const struct api_type *type;
        const char *hex, *text;
    } bad[] = {
        {&small_toleration, "0a", "unexpected EOF"},
        {&small_toleration, "0a05616263", "unexpected EOF"},
        {&small_toleration, "0affffffffffffffffff01", "proto: negative length found during unmarshaling"},
        {&small_toleration, "0affffffff0f61", "unexpected EOF"},
        {&small_toleration, "ffffffffffffffffffff01", "proto: integer overflow"},
        {&small_toleration, "0201", "proto: Toleration: illegal tag 0 (wire type 2)"},
        {&small_toleration, "0c", "proto: Toleration: wiretype end group for non-group"},
        {&small_toleration, "0f", "proto: illegal wireType 7"},
        {&small_toleration, "0801", "proto: wrong wireType = 0 for field Key"},
        {&small_toleration, "2a0161", "proto: wrong wireType = 2 for field TolerationSeconds"},
        {&small_toleration, "fb010801", "unexpected EOF"},
        {&config_map, "1001", "proto: wrong wireType = 0 for field Data"},
        {&small_empty_dir, "12030a0178",
         "quantities must match the regular expression "
         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"},
        {&small_meta, "420c08ffffffffffffffff7f1000", "proto: Timestamp: time out of range"},
        {&tree, "11000000000000f07f", "proto: a number that JSON cannot write"},
        {&tree, "2a03000000", "unexpected EOF"},
        {&controller_revision, "12030a017b", "unexpected end of JSON input"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e;
        ck_assert_msg(decode(&a, bad[i].type, bad[i].hex, &e) == NULL, "%s", bad[i].hex);
        ck_assert_str_eq(e.text, bad[i].text);
        ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
    }
}
END_TEST

/* A varint of a length in at most three bytes. */
static void put_length(struct buf *b, size_t n)
{
    for (; n >= 0x80; n >>= 7) buf_char(b, (char)(n | 0x80));
    buf_char(b, (char)n);
}

START_TEST(test_limits)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf in AUTO_BUF, out AUTO_BUF = {0};
    buf_init(&in, 1 << 24);
    buf_init(&out, 1 << 24);
    for (int i = 0; i < 1000; i++) { /* kid in kid in kid */
        buf_clear(&out);
        buf_char(&out, 0x0a);
        put_length(&out, in.n);
        buf_str(&out, buf_view(&in));
        buf_clear(&in);
        buf_str(&in, buf_view(&out));
    }
    ck_assert(proto_decode(&a, &tree, buf_view(&in), &e) == NULL);
    ck_assert_str_eq(e.text, "proto: message is nested too deeply");
    buf_clear(&in);
    for (int i = 0; i < 1100000; i++) buf_add(&in, "\x12", 2); /* 1.1 million empty containers */
    ck_assert(proto_decode(&a, &small_spec, buf_view(&in), &e) == NULL);
    ck_assert_str_eq(e.text, "proto: message has too many values");
    struct json *j = json_parse(&a, STR("{\"name\":\"0123456789\"}"), &e);
    struct buf small AUTO_BUF = {0};
    buf_init(&small, 8);
    ck_assert(!proto_encode(&small, &small_container, j, &e));
    ck_assert_int_eq(e.code, ERR_TOO_LARGE);
}
END_TEST

/* Every prefix of a good message is either a message or an error, never a crash. */
START_TEST(test_truncated)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct str whole = bytes_of(&a, rows[i].hex);
        for (size_t n = 0; n < whole.n; n++) {
            struct arena part AUTO_ARENA = {0};
            struct err e = ERR_INIT;
            struct json *j = proto_decode(&part, rows[i].type, str_n(whole.p, n), &e);
            ck_assert(j != NULL || e.code == ERR_BAD_REQUEST);
        }
    }
}
END_TEST

START_TEST(test_envelope)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct str version, kind, raw;
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1024);
    proto_envelope(&out, STR("v1"), STR("Pod"), STR("xyz"));
    struct str want = bytes_of(&a, "6b3873000a090a0276311203506f64120378797a1a002200");
    ck_assert(str_eq(buf_view(&out), want));
    ck_assert(proto_is_envelope(want) && !proto_is_envelope(STR("{}")));
    ck_assert(proto_open(want, &version, &kind, &raw, &e));
    ck_assert(str_eqc(version, "v1") && str_eqc(kind, "Pod") && str_eqc(raw, "xyz"));
    ck_assert(!proto_open(STR("{}"), &version, &kind, &raw, &e));
    ck_assert_str_eq(e.text, "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
    ck_assert(!proto_open(str_n(want.p, want.n - 12), &version, &kind, &raw, &e));
    ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
    ck_assert(proto_open(str_n(want.p, 4), &version, &kind, &raw, &e) && raw.n == 0);
}
END_TEST

TEST_MAIN("proto", test_decode, test_encode, test_real_pod, test_odd_but_valid, test_bad_bytes, test_limits,
          test_truncated, test_envelope)
