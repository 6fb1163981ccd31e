/* test_proto.c - messages both ways against what upstream's generated code (k8s.io/api 0.34) wrote and read; hostile
 * bytes. */
#include "api/proto.h"
#include "check_main.h"
#include "small_schema.h"

#include <stdio.h>

static const struct api_field config_map_fields[] = {
    S_FIELD("metadata", API_STRUCT, API_ONE, 1, .flags = S_OMIT, .type = &small_meta),
    S_FIELD("immutable", API_BOOL, API_ONE, 4, .flags = S_PTR),
    S_FIELD("data", API_STRING, API_MAP, 2, .flags = S_OMIT),
    S_FIELD("binaryData", API_BYTES, API_MAP, 3, .flags = S_OMIT),
};
static const uint16_t config_map_names[] = {3, 2, 1, 0};
static const struct api_type config_map = {.name = "ConfigMap",
                                           .fields = config_map_fields,
                                           .nfields = ARRAY_LEN(config_map_fields),
                                           .by_name = config_map_names};

static const struct api_field lease_spec_fields[] = {
    S_FIELD("holderIdentity", API_STRING, API_ONE, 1, .flags = S_PTR),
    S_FIELD("leaseDurationSeconds", API_INT32, API_ONE, 2, .flags = S_PTR),
    S_FIELD("acquireTime", API_MICROTIME, API_ONE, 3, .flags = S_PTR),
    S_FIELD("renewTime", API_MICROTIME, API_ONE, 4, .flags = S_PTR),
    S_FIELD("leaseTransitions", API_INT32, API_ONE, 5, .flags = S_PTR),
};
static const uint16_t lease_spec_names[] = {2, 0, 1, 4, 3};
static const struct api_type lease_spec = {.name = "LeaseSpec",
                                           .fields = lease_spec_fields,
                                           .nfields = ARRAY_LEN(lease_spec_fields),
                                           .by_name = lease_spec_names};

static const struct api_field extra_value_fields[] = {S_FIELD("items", API_STRING, API_LIST, 1)};
static const uint16_t extra_value_names[] = {0};
static const struct api_type extra_value = {.name = "ExtraValue",
                                            .form = API_FORM_LIST,
                                            .fields = extra_value_fields,
                                            .nfields = 1,
                                            .by_name = extra_value_names};
static const struct api_field sar_spec_fields[] = {
    S_FIELD("user", API_STRING, API_ONE, 3, .flags = S_OMIT),
    S_FIELD("groups", API_STRING, API_LIST, 4, .flags = S_OMIT),
    S_FIELD("extra", API_STRUCT, API_MAP, 5, .flags = S_OMIT, .type = &extra_value),
    S_FIELD("uid", API_STRING, API_ONE, 6, .flags = S_OMIT),
};
static const uint16_t sar_spec_names[] = {2, 1, 3, 0};
static const struct api_type sar_spec = {.name = "SubjectAccessReviewSpec",
                                         .fields = sar_spec_fields,
                                         .nfields = ARRAY_LEN(sar_spec_fields),
                                         .by_name = sar_spec_names};

static const struct api_field controller_revision_fields[] = {
    S_FIELD("metadata", API_STRUCT, API_ONE, 1, .flags = S_OMIT, .type = &small_meta),
    S_FIELD("data", API_RAW, API_ONE, 2),
    S_FIELD("revision", API_INT64, API_ONE, 3),
};
static const uint16_t controller_revision_names[] = {1, 0, 2};
static const struct api_type controller_revision = {.name = "ControllerRevision",
                                                    .fields = controller_revision_fields,
                                                    .nfields = ARRAY_LEN(controller_revision_fields),
                                                    .by_name = controller_revision_names};

extern const struct api_type tree; /* refers to itself */
static const struct api_field tree_fields[] = {
    S_FIELD("kid", API_STRUCT, API_ONE, 1, .flags = S_PTR, .type = &tree),
    S_FIELD("number", API_DOUBLE, API_ONE, 2, .flags = S_PTR),
    S_FIELD("numbers", API_INT32, API_LIST, 3, .flags = S_OMIT),
    S_FIELD("wait", API_DURATION, API_ONE, 4, .flags = S_PTR),
    S_FIELD("reals", API_DOUBLE, API_LIST, 5, .flags = S_OMIT),
};
static const uint16_t tree_names[] = {0, 1, 2, 4, 3};
const struct api_type tree = {
    .name = "Tree", .fields = tree_fields, .nfields = ARRAY_LEN(tree_fields), .by_name = tree_names};

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
    struct buf out AUTO_BUF;
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
        struct buf out AUTO_BUF;
        buf_init(&out, 65536);
        struct str want = bytes_of(&a, rows[i].hex);
        ck_assert(proto_encode(&out, rows[i].type, json_parse(&a, str_of(rows[i].json), &e), &e));
        ck_assert_msg(str_eq(buf_view(&out), want), "%s", rows[i].json);
    }
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
    struct buf in AUTO_BUF, out AUTO_BUF;
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
    struct buf small AUTO_BUF;
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
    struct buf out AUTO_BUF;
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

TEST_MAIN("proto", test_decode, test_encode, test_odd_but_valid, test_bad_bytes, test_limits, test_truncated,
          test_envelope)
