/* test_decode.c - what Go's decoder and encoder would make of a body (lib/api/decode.h). */
#include "api/decode.h"

#include "api/quantity.h"

#include "check_main.h"
#include "schema_ids.h"

static struct decode_notes notes;
static struct err error;

/* The body as api_decode leaves it, written; NULL: an error. Lives in a. */
static const char *decoded(struct arena *a, const struct api_type *t, const char *body)
{
    struct buf out AUTO_BUF = {0};
    error = (struct err)ERR_INIT;
    struct json *j = json_parse(a, str_of(body), &error);
    ck_assert_msg(j != NULL, "bad test body: %s", error.text);
    if (!api_decode(a, t, j, &notes, &error)) return NULL;
    buf_init(&out, 1 << 20);
    json_write(&out, j);
    return str_cstr(a, buf_view(&out));
}

struct row {
    const struct api_type *type;
    const char *body, *want;
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct arena a = {0};
        const char *got = decoded(&a, rows[i].type, rows[i].body);
        ck_assert_msg(got != NULL, "%s: %s", rows[i].body, error.text);
        ck_assert_str_eq(got, rows[i].want);
        arena_release(&a);
    }
}

START_TEST(test_zero_values)
{
    static const struct row rows[] = {
        {&type_core_v1_Pod, "{}", "{\"metadata\":{},\"spec\":{\"containers\":null},\"status\":{}}"},
        {&type_core_v1_ConfigMap, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"}", "{\"metadata\":{}}"},
        {&type_core_v1_Event, "{}",
         "{\"metadata\":{},\"involvedObject\":{},\"source\":{},\"firstTimestamp\":null,\"lastTimestamp\":null,"
         "\"eventTime\":null,\"reportingComponent\":\"\",\"reportingInstance\":\"\"}"},
        {&type_apps_v1_ReplicaSet, "{\"spec\":{\"template\":{}}}",
         "{\"metadata\":{},\"spec\":{\"selector\":null,\"template\":{\"metadata\":{},\"spec\":{\"containers\":null}}},"
         "\"status\":{\"replicas\":0}}"},
        {&type_meta_v1_OwnerReference, "{}", "{\"apiVersion\":\"\",\"kind\":\"\",\"name\":\"\",\"uid\":\"\"}"},
        {&type_core_v1_GRPCAction, "{}", "{\"port\":0,\"service\":null}"},
        {&type_core_v1_HTTPGetAction, "{}", "{\"port\":0}"},
        {&type_core_v1_PodSpec, "{\"containers\":[null],\"tolerations\":[null]}",
         "{\"containers\":[{\"name\":\"\",\"resources\":{}}],\"tolerations\":[{}]}"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(test_omitempty)
{
    static const struct row rows[] = {
        /* Empty values of plain fields go, pointers stay, null is nothing. */
        {&type_core_v1_PodSpec,
         "{\"containers\":[],\"nodeName\":\"\",\"hostNetwork\":false,\"nodeSelector\":{},\"tolerations\":[],"
         "\"priority\":0,\"terminationGracePeriodSeconds\":0,\"securityContext\":{},\"affinity\":null,"
         "\"enableServiceLinks\":false,\"runtimeClassName\":\"\"}",
         "{\"containers\":[],\"terminationGracePeriodSeconds\":0,\"securityContext\":{},\"priority\":0,"
         "\"runtimeClassName\":\"\",\"enableServiceLinks\":false}"},
        {&type_meta_v1_ObjectMeta,
         "{\"name\":\"\",\"creationTimestamp\":null,\"generation\":0,\"labels\":null,\"annotations\":{},\"finalizers\":"
         "[]}",
         "{}"},
        {&type_core_v1_ContainerState, "{\"waiting\":{},\"running\":{}}",
         "{\"waiting\":{},\"running\":{\"startedAt\":null}}"},
        {&type_meta_v1_ObjectMeta, "{\"creationTimestamp\":\"0001-01-01T00:00:00Z\"}", "{}"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

/* What is not written is noted: [] and {} are not nil. */
START_TEST(test_empties)
{
    static const char *const names[] = {"volumes", "containers", "nodeSelector", "tolerations", "overhead"};
    static const struct {
        const char *body;
        bool empty[ARRAY_LEN(names)], sent[ARRAY_LEN(names)], any;
    } rows[] = {
        {"{}", {0}, {0}, false},
        {"{\"volumes\":null,\"nodeSelector\":null}", {0}, {0}, false},
        {"{\"volumes\":[]}", {1}, {1}, true},
        {"{\"containers\":[]}", {0}, {0, 1}, false}, /* written, and so in the tree */
        {"{\"volumes\":[{\"name\":\"a\"}]}", {0}, {1}, false},
        {"{\"overhead\":{},\"tolerations\":[],\"nodeSelector\":{}}", {0, 0, 1, 1, 1}, {0, 0, 1, 1, 1}, true},
        {"{\"containers\":[{\"name\":\"a\",\"resources\":{\"limits\":{}}}]}", {0}, {0, 1}, true},
        {"{\"volumes\":[{\"name\":\"a\",\"configMap\":{\"items\":[]}}]}", {0}, {1}, true},
    };
    const struct api_type *t = &type_core_v1_PodSpec;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct json *j = json_parse(&a, str_of(rows[i].body), &e);
        ck_assert(api_decode(&a, t, j, NULL, &e));
        const struct json *copy = json_copy(&a, j);
        for (size_t k = 0; k < ARRAY_LEN(names); k++) {
            ck_assert_msg(api_sent_empty(copy, t, names[k]) == rows[i].empty[k], "%s %s", rows[i].body, names[k]);
            ck_assert_msg(api_sent(copy, t, names[k]) == rows[i].sent[k], "%s %s", rows[i].body, names[k]);
        }
        ck_assert_msg(api_has_empties(copy, t) == rows[i].any, "%s", rows[i].body);
        ck_assert(api_decode(&a, t, j, NULL, &e)); /* as the store's text: nothing is known any more */
        ck_assert(!api_has_empties(j, t));
    }
}
END_TEST

START_TEST(test_shown)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct api_type *t = &type_core_v1_PodSpec;
    struct json *j = json_parse(&a, STR("{\"volumes\":[],\"nodeSelector\":{},\"hostname\":\"h\"}"), &e);
    ck_assert(api_decode(&a, t, j, NULL, &e));
    ck_assert(json_is(api_shown(&a, j, t, "volumes"), JSON_ARR));
    ck_assert(json_is(api_shown(&a, j, t, "nodeSelector"), JSON_OBJ));
    ck_assert(json_is(api_shown(&a, j, t, "hostname"), JSON_STR));
    ck_assert_ptr_null(api_shown(&a, j, t, "tolerations"));
    json_set(&a, j, STR("volumes"), json_arr(&a)); /* filled since: it counts no more */
    ck_assert(!api_sent_empty(j, t, "volumes"));
}
END_TEST

/* What is kept raw is compacted, with the escapes of HTML, and otherwise as it came: as Go writes json.RawMessage. */
START_TEST(test_raw)
{
    static const struct row rows[] = {
#define REVISION(data) "{\"metadata\":{},\"data\":" data ",\"revision\":1}"
        {&type_apps_v1_ControllerRevision,
         "{\"revision\":1,\"data\":{\"b\": 1.50 , \"a\" : \"<&>\u00e9\\n\", \"big\":12345678901234567890,\"e\":1E3,"
         "\"dup\":1,\"dup\":2 }}",
         REVISION("{\"b\":1.50,\"a\":\"\\u003c\\u0026\\u003e\u00e9\\n\",\"big\":12345678901234567890,\"e\":1E3,"
                  "\"dup\":1,\"dup\":2}")},
        {&type_apps_v1_ControllerRevision, "{\"revision\":1,\"data\":\"text\"}", REVISION("\"text\"")},
        {&type_apps_v1_ControllerRevision, "{\"revision\":1,\"data\":null}", REVISION("null")},
        {&type_apps_v1_ControllerRevision, "{\"revision\":1,\"data\":[ 1 , 2 ]}", REVISION("[1,2]")},
        {&type_apps_v1_ControllerRevision, "{\"revision\":1}", REVISION("null")},
        {&type_apps_v1_ControllerRevision, "{\"revision\":1,\"data\":{ }}", REVISION("{}")},
#undef REVISION
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(test_order)
{
    static const struct row rows[] = {
        {&type_core_v1_EnvVar, "{\"valueFrom\":{},\"value\":\"v\",\"name\":\"n\"}",
         "{\"name\":\"n\",\"value\":\"v\",\"valueFrom\":{}}"},
        /* Inlined structs sit where Go has them. */
        {&type_core_v1_Volume, "{\"emptyDir\":{},\"name\":\"v\"}", "{\"name\":\"v\",\"emptyDir\":{}}"},
        {&type_core_v1_ConfigMap, "{\"data\":{\"b\":\"2\",\"a\":\"1\",\"B\":\"0\"},\"metadata\":{\"name\":\"x\"}}",
         "{\"metadata\":{\"name\":\"x\"},\"data\":{\"B\":\"0\",\"a\":\"1\",\"b\":\"2\"}}"},
        {&type_core_v1_ConfigMap, "{\"data\":{\"a\":null}}", "{\"metadata\":{},\"data\":{\"a\":\"\"}}"},
        /* TypeMeta inside the tree is data. */
        {&type_core_v1_PodList, "{\"kind\":\"PodList\",\"items\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}]}",
         "{\"metadata\":{},\"items\":[{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{},"
         "\"spec\":{\"containers\":null},\"status\":{}}]}"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(test_canonical)
{
    static const struct row rows[] = {
        {&type_core_v1_ResourceRequirements, "{\"limits\":{\"cpu\":0.1,\"memory\":\"1024Ki\",\"x\":2}}",
         "{\"limits\":{\"cpu\":\"100m\",\"memory\":\"1Mi\",\"x\":\"2\"}}"},
        {&type_meta_v1_ObjectMeta, "{\"creationTimestamp\":\"2024-02-29T13:00:00.5+01:00\"}",
         "{\"creationTimestamp\":\"2024-02-29T12:00:00Z\"}"},
        {&type_coordination_k8s_io_v1_LeaseSpec, "{\"renewTime\":\"2024-02-29T12:00:00.100000+01:00\"}",
         "{\"renewTime\":\"2024-02-29T11:00:00.100000Z\"}"},
        {&type_core_v1_Secret, "{\"data\":{\"a\":\"aGk=\",\"b\":\"aG\\nk=\",\"c\":\"aGl=\",\"d\":\"\",\"e\":null}}",
         "{\"metadata\":{},\"data\":{\"a\":\"aGk=\",\"b\":\"aGk=\",\"c\":\"aGk=\",\"d\":\"\",\"e\":null}}"},
        {&type_core_v1_HTTPGetAction, "{\"port\":\"http\"}", "{\"port\":\"http\"}"},
        {&type_meta_v1_APIResource, "{\"name\":\"pods\",\"verbs\":[\"get\"]}",
         "{\"name\":\"pods\",\"singularName\":\"\",\"namespaced\":false,\"kind\":\"\",\"verbs\":[\"get\"]}"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

/* The short cut for plain quantities agrees with the parser. */
START_TEST(test_quantities)
{
    static const char *const suffixes[] = {"",   "m",  "k", "M",  "G",  "T", "Ki", "Mi",
                                           "Gi", "Ti", "P", "Ei", "e3", "n", "i"};
    static const int values[] = {0,    1,    7,    100,   999,    1000,   1001,   1024,
                                 1500, 2048, 4000, 65536, 100000, 128000, 999999, 1000000};
    for (size_t i = 0; i < ARRAY_LEN(suffixes) * ARRAY_LEN(values); i++) {
        struct arena a AUTO_ARENA = {0};
        struct str text = str_printf(&a, "%d%s", values[i / ARRAY_LEN(suffixes)], suffixes[i % ARRAY_LEN(suffixes)]),
                   want;
        const char *got = decoded(&a, &type_core_v1_ResourceRequirements,
                                  arena_printf(&a, "{\"limits\":{\"x\":\"%.*s\"}}", STR_ARG(text)));
        struct err e = ERR_INIT;
        bool ok = qty_canonical(&a, text, &want, &e);
        ck_assert_msg(ok == (got != NULL), "%.*s", STR_ARG(text));
        if (ok) ck_assert_str_eq(got, arena_printf(&a, "{\"limits\":{\"x\":\"%.*s\"}}", STR_ARG(want)));
    }
}
END_TEST

/* What Go's time.Parse takes for a Time and a MicroTime, and what it says of the rest. NULL: as `time`. */
START_TEST(test_times)
{
#define PARSING(text, layout) "parsing time \"" text "\" as \"2006-01-02T15:04:05" layout "Z07:00\": cannot parse "
#define MICRO                 ".000000"
    static const struct {
        const char *text, *time, *micro;
    } rows[] = {
        {"9999-12-31T23:59:59.123456Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.123456Z"},
        {"0001-01-01T00:00:00.000000Z", "null", NULL},
        {"0001-01-01T01:00:00.000000+01:00", "null", NULL},
        {"0001-01-01T00:00:00.000001Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000001Z"},
        {"2024-02-29T1:02:03,000004Z", "2024-02-29T01:02:03Z", "2024-02-29T01:02:03.000004Z"},
        {"2024-02-29T12:00:00.000000+24:00", "2024-02-28T12:00:00Z", "2024-02-28T12:00:00.000000Z"},
        {"2024-02-29T12:00:00.000000-01:60", "2024-02-29T14:00:00Z", "2024-02-29T14:00:00.000000Z"},
        {"2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z", PARSING("2024-02-29T12:00:00Z", MICRO) "\"Z\" as \".000000\""},
        {"2024-02-29T12:00:00.1Z", "2024-02-29T12:00:00Z",
         PARSING("2024-02-29T12:00:00.1Z", MICRO) "\".1Z\" as \".000000\""},
        {"2024-02-29T12:00:00.1234567Z", "2024-02-29T12:00:00Z",
         PARSING("2024-02-29T12:00:00.1234567Z", MICRO) "\"7Z\" as \"Z07:00\""},
        {"2024x", PARSING("2024x", "") "\"x\" as \"-\"", PARSING("2024x", MICRO) "\"x\" as \"-\""},
        {"2024-02-29T12:0:00Z", PARSING("2024-02-29T12:0:00Z", "") "\"0:00Z\" as \"04\"",
         PARSING("2024-02-29T12:0:00Z", MICRO) "\"0:00Z\" as \"04\""},
        {"", PARSING("", "") "\"\" as \"2006\"", PARSING("", MICRO) "\"\" as \"2006\""},
        {"2024-13-01T00:00:00Z", "parsing time \"2024-13-01T00:00:00Z\": month out of range", NULL},
        {"2024-02-30T12:00:00.000000Z", "parsing time \"2024-02-30T12:00:00.000000Z\": day out of range", NULL},
        {"2024-02-29T24:00:00Z", "parsing time \"2024-02-29T24:00:00Z\": hour out of range", NULL},
        {"2024-02-29T12:60:00Z", "parsing time \"2024-02-29T12:60:00Z\": minute out of range", NULL},
        {"2024-02-29T12:00:60Z", "parsing time \"2024-02-29T12:00:60Z\": second out of range", NULL},
        {"2024-02-29T12:00:00.000000+25:00",
         "parsing time \"2024-02-29T12:00:00.000000+25:00\": time zone offset hour out of range", NULL},
        {"2024-02-29T12:00:00.000000Zx", "parsing time \"2024-02-29T12:00:00.000000Zx\": extra text: \"x\"", NULL},
        {"2024-02-29T12:00:00.000000\u00e9",
         PARSING("2024-02-29T12:00:00.000000\\xc3\\xa9", "") "\"\\xc3\\xa9\" as \"Z07:00\"",
         PARSING("2024-02-29T12:00:00.000000\\xc3\\xa9", MICRO) "\"\\xc3\\xa9\" as \"Z07:00\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows) * 2; i++) {
        struct arena a AUTO_ARENA = {0};
        bool micro = i % 2;
        const char *want = micro && rows[i / 2].micro ? rows[i / 2].micro : rows[i / 2].time;
        const char *name = micro ? "eventTime" : "firstTimestamp";
        const char *got = decoded(&a, &type_core_v1_Event, arena_printf(&a, "{\"%s\":\"%s\"}", name, rows[i / 2].text));
        if (!got) {
            ck_assert_str_eq(error.text, want);
        } else {
            const char *value = arena_printf(&a, *want == 'n' ? "\"%s\":%s" : "\"%s\":\"%s\"", name, want);
            ck_assert_msg(strstr(got, value) != NULL, "%s: no %s", got, value);
        }
    }
}
END_TEST

START_TEST(test_errors)
{
    static const struct row rows[] = {
        {&type_core_v1_Pod, "{\"spec\":{\"activeDeadlineSeconds\":\"x\"}}",
         "json: cannot unmarshal string into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64"},
        {&type_core_v1_Pod, "{\"spec\":{\"containers\":[{\"name\":1}]}}",
         "json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string"},
        {&type_core_v1_Pod, "{\"spec\":{\"containers\":{}}}",
         "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container"},
        {&type_core_v1_Pod,
         "{\"spec\":{\"volumes\":[{\"name\":\"a\",\"configMap\":{\"name\":5}}]}}", /* structs in structs */
         "json: cannot unmarshal number into Go struct field "
         "ConfigMapVolumeSource.spec.volumes.VolumeSource.configMap.LocalObjectReference.name of type string"},
        {&type_admissionregistration_k8s_io_v1_NamedRuleWithOperations, "{\"apiGroups\":5}",
         "json: cannot unmarshal number into Go struct field "
         "NamedRuleWithOperations.RuleWithOperations.Rule.apiGroups of type []string"},
        {&type_core_v1_Pod, "{\"spec\":[]}",
         "json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec"},
        {&type_core_v1_Pod, "{\"spec\":{\"priority\":2147483648}}",
         "json: cannot unmarshal number 2147483648 into Go struct field PodSpec.spec.priority of type int32"},
        {&type_core_v1_Pod, "{\"spec\":{\"priority\":1.5}}",
         "json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.priority of type int32"},
        {&type_core_v1_Pod, "{\"metadata\":{\"labels\":{\"a\":1}}}",
         "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"},
        {&type_core_v1_Pod, "{\"metadata\":{\"labels\":\"a\"}}",
         "json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string"},
        {&type_core_v1_Pod, "{\"metadata\":{\"creationTimestamp\":1}}",
         "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string"},
        {&type_core_v1_Pod, "{\"metadata\":{\"creationTimestamp\":\"now\"}}",
         "parsing time \"now\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"now\" as \"2006\""},
        {&type_core_v1_HTTPGetAction, "{\"port\":70000000000}",
         "json: cannot unmarshal number 70000000000 into Go struct field HTTPGetAction.port of type int32"},
        {&type_core_v1_Service, "{\"spec\":{\"ports\":[{\"targetPort\":true}]}}",
         "json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32"},
        {&type_authentication_k8s_io_v1_UserInfo, "{\"extra\":{\"a\":\"b\"}}",
         "json: cannot unmarshal string into Go struct field UserInfo.extra of type v1.ExtraValue"},
        {&type_core_v1_Secret, "{\"data\":{\"a\":\"aGk\"}}", "illegal base64 data at input byte 0"},
        {&type_core_v1_Secret, "{\"data\":{\"a\":\"aGkxa\\n\"}}", "illegal base64 data at input byte 5"},
        {&type_core_v1_Secret, "{\"data\":{\"a\":\"=\"}}", "illegal base64 data at input byte 0"},
        {&type_core_v1_Secret, "{\"data\":{\"a\":\"aG=\"}}", "illegal base64 data at input byte 3"},
        {&type_core_v1_Secret, "{\"data\":{\"a\":\"aG=x\"}}", "illegal base64 data at input byte 2"},
        {&type_core_v1_Secret, "{\"data\":{\"a\":\"aGk=x\"}}", "illegal base64 data at input byte 4"},
        {&type_core_v1_Secret, "{\"data\":{\"a\":\"a*==\"}}", "illegal base64 data at input byte 1"},
        {&type_core_v1_ResourceRequirements, "{\"limits\":{\"cpu\":\"x\"}}",
         "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"},
        {&type_core_v1_ResourceRequirements, "{\"limits\":{\"cpu\":{}}}",
         "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"},
        {&type_core_v1_Pod, "[]", "json: cannot unmarshal array into Go value of type v1.Pod"},
        {&type_core_v1_ContainerPort, "{\"protocol\":5}",
         "json: cannot unmarshal number into Go struct field ContainerPort.protocol of type v1.Protocol"},
        {&type_core_v1_ServiceSpec, "{\"ipFamilies\":5}",
         "json: cannot unmarshal number into Go struct field ServiceSpec.ipFamilies of type []v1.IPFamily"},
        {&type_core_v1_ServiceSpec, "{\"ipFamilies\":[5]}",
         "json: cannot unmarshal number into Go struct field ServiceSpec.ipFamilies of type v1.IPFamily"},
        {&type_core_v1_ResourceRequirements, "{\"limits\":[]}",
         "json: cannot unmarshal array into Go struct field ResourceRequirements.limits of type v1.ResourceList"},
        {&type_core_v1_Volume, "{\"configMap\":{\"name\":5}}",
         "json: cannot unmarshal number into Go struct field "
         "ConfigMapVolumeSource.VolumeSource.configMap.LocalObjectReference.name of type string"},
        /* Go goes on; what a type's own decoder refuses comes first. */
        {&type_core_v1_Pod, "{\"spec\":{\"nodeName\":5},\"metadata\":{\"name\":6}}",
         "json: cannot unmarshal number into Go struct field PodSpec.spec.nodeName of type string"},
        {&type_core_v1_Pod, "{\"spec\":{\"nodeName\":5},\"metadata\":{\"creationTimestamp\":\"now\"}}",
         "parsing time \"now\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"now\" as \"2006\""},
        {&type_core_v1_Secret, "{\"data\":{\"a\":[1,256]}}",
         "json: cannot unmarshal number 256 into Go struct field Secret.data of type uint8"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a = {0};
        ck_assert_msg(!decoded(&a, rows[i].type, rows[i].body), "accepted %s", rows[i].body);
        ck_assert_int_eq(error.code, ERR_BAD_REQUEST);
        ck_assert_str_eq(error.text, rows[i].want);
        arena_release(&a);
    }
}
END_TEST

START_TEST(test_notes)
{
    struct arena a AUTO_ARENA = {0};
    const char *got = decoded(
        &a, &type_core_v1_Pod,
        "{\"kind\":\"Pod\",\"x\":1,\"kind\":\"Pod\",\"metadata\":{\"labels\":{\"b\":\"1\",\"a\":\"2\",\"b\":\"3\"}},"
        "\"spec\":{\"containers\":[{\"name\":\"a\"},{\"image\":\"i\",\"Name\":\"b\",\"image\":\"k\"}]}}");
    ck_assert_str_eq(
        got, "{\"metadata\":{\"labels\":{\"a\":\"2\",\"b\":\"3\"}},\"spec\":{\"containers\":["
             "{\"name\":\"a\",\"resources\":{}},{\"name\":\"\",\"image\":\"k\",\"resources\":{}}]},\"status\":{}}");
    static const char *const want[] = {
        "unknown field \"x\"",
        "duplicate field \"kind\"",
        "duplicate field \"metadata.labels.b\"",
        "unknown field \"spec.containers[1].Name\"",
        "duplicate field \"spec.containers[1].image\"",
    };
    ck_assert_int_eq(notes.count, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++) ck_assert_str_eq(str_cstr(&a, notes.items[i]), want[i]);
}
END_TEST

START_TEST(test_notes_bounded)
{
    struct arena a AUTO_ARENA = {0};
    struct buf body AUTO_BUF = {0};
    buf_init(&body, 1 << 20);
    buf_char(&body, '{');
    for (int i = 0; i < DECODE_WARNINGS_MAX + 7; i++) buf_addf(&body, "%s\"x%d\":1", i ? "," : "", i);
    buf_char(&body, '}');
    ck_assert_str_eq(decoded(&a, &type_core_v1_NodeSpec, body.p), "{}");
    ck_assert_int_eq(notes.count, DECODE_WARNINGS_MAX);
    ck_assert_int_eq(notes.more, 7);
}
END_TEST

/* A member that is one thing or another, and what Go's decoders make of a third (apiextensions v1 marshal.go). */
START_TEST(test_unions)
{
    static const struct {
        const char *in, *out; /* out NULL: refused */
    } unions[] = {
        {"{\"additionalProperties\":true}", "{\"additionalProperties\":true}"},
        {"{\"additionalProperties\":false}", "{\"additionalProperties\":false}"},
        {"{\"additionalProperties\":{\"x\":1,\"type\":\"a\"}}", "{\"additionalProperties\":{\"type\":\"a\"}}"},
        {"{\"additionalProperties\":\"a\"}", NULL},
        {"{\"additionalProperties\":[]}", NULL},
        {"{\"additionalProperties\":null}", "{}"},
        {"{\"items\":{\"format\":\"f\",\"type\":\"a\"}}", "{\"items\":{\"type\":\"a\",\"format\":\"f\"}}"},
        {"{\"items\":[{\"type\":\"a\"},{}]}", "{\"items\":[{\"type\":\"a\"},{}]}"},
        {"{\"items\":[]}", "{}"},
        {"{\"items\":7}", "{}"},
        {"{\"items\":{\"type\":7}}", NULL},
        {"{\"dependencies\":{\"b\":[\"c\"],\"a\":{\"type\":\"t\"},\"d\":7}}",
         "{\"dependencies\":{\"a\":{\"type\":\"t\"},\"b\":[\"c\"],\"d\":null}}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(unions); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct api_type *t = &type_apiextensions_k8s_io_v1_JSONSchemaProps;
        if (unions[i].out)
            ck_assert_str_eq(decoded(&a, t, unions[i].in), unions[i].out);
        else
            ck_assert_msg(!api_decode(&a, t, json_parse(&a, str_of(unions[i].in), &error), NULL, &error), "%s",
                          unions[i].in);
    }
}
END_TEST

/* A tree that was decoded is not changed by decoding it again. */
START_TEST(test_idempotent)
{
    struct arena a AUTO_ARENA = {0};
    for (int i = 0; i < api_type_count; i++) {
        if (api_types[i]->form != API_FORM_STRUCT) continue;
        struct buf first AUTO_BUF, second AUTO_BUF = {0};
        struct json *zero = api_zero(&a, api_types[i]);
        buf_init(&first, 1 << 20);
        buf_init(&second, 1 << 20);
        json_write(&first, zero);
        error = (struct err)ERR_INIT;
        ck_assert_msg(api_decode(&a, api_types[i], zero, &notes, &error), "%s: %s", api_types[i]->name, error.text);
        json_write(&second, zero);
        ck_assert_str_eq(first.p, second.p);
        ck_assert_int_eq(notes.count, 0);
    }
}
END_TEST

TEST_MAIN("decode", test_zero_values, test_omitempty, test_empties, test_shown, test_raw, test_order, test_canonical,
          test_quantities, test_times, test_errors, test_notes, test_notes_bounded, test_unions, test_idempotent)
