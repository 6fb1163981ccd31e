/* test_codec.c - one object in three media and in other versions; which kinds there are (lib/api/codec.h, root.h). */
#include "api/codec.h"

#include "check_main.h"

static struct err error;

static struct codec_object object_of(struct arena *a, const char *json)
{
    struct codec_object o;
    error = (struct err)ERR_INIT;
    struct json *tree = json_parse(a, str_of(json), &error);
    ck_assert_msg(tree && codec_from_tree(a, tree, true, &o, &error), "%s: %s", json, error.text);
    return o;
}

static const char *text_of(struct arena *a, const struct codec_object *o, enum codec_media media, int indent)
{
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1 << 16);
    error = (struct err)ERR_INIT;
    ck_assert_msg(codec_write(&out, media, o, indent, &error), "%s", error.text);
    return str_cstr(a, buf_view(&out));
}

START_TEST(test_media)
{
    struct arena a AUTO_ARENA = {0};
    struct codec_object o = object_of(&a, "{\"data\":{\"b\":\"<&>\",\"a10\":\"1\",\"a9\":\"2\"},\"kind\":\"ConfigMap\","
                                          "\"apiVersion\":\"v1\"}");
    ck_assert_str_eq(text_of(&a, &o, CODEC_JSON, 0),
                     "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{},"
                     "\"data\":{\"a10\":\"1\",\"a9\":\"2\",\"b\":\"\\u003c\\u0026\\u003e\"}}\n");
    ck_assert_str_eq(text_of(&a, &o, CODEC_JSON, 4),
                     "{\n    \"kind\": \"ConfigMap\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {},\n"
                     "    \"data\": {\n        \"a10\": \"1\",\n        \"a9\": \"2\",\n"
                     "        \"b\": \"\\u003c\\u0026\\u003e\"\n    }\n}\n");
    ck_assert_str_eq(text_of(&a, &o, CODEC_YAML, 0), "apiVersion: v1\ndata:\n  a9: \"2\"\n  a10: \"1\"\n  b: <&>\n"
                                                     "kind: ConfigMap\nmetadata: {}\n");
    struct buf proto AUTO_BUF = {0};
    struct codec_object again;
    buf_init(&proto, 1 << 16);
    ck_assert(codec_write(&proto, CODEC_PROTOBUF, &o, 0, &error));
    ck_assert(codec_from_proto(&a, buf_view(&proto), &again, &error));
    ck_assert_str_eq(text_of(&a, &again, CODEC_JSON, 0), text_of(&a, &o, CODEC_JSON, 0));
}
END_TEST

/* Bytes that were given as "": upstream's protobuf keeps them, its JSON does not. */
START_TEST(test_empty_bytes)
{
    static const char hook[] = "{\"kind\":\"ValidatingWebhookConfiguration\",\"apiVersion\":"
                               "\"admissionregistration.k8s.io/v1\",\"metadata\":{},\"webhooks\":[{\"name\":\"\","
                               "\"clientConfig\":{\"url\":\"u\"%s},\"sideEffects\":null,"
                               "\"admissionReviewVersions\":null}]}\n";
    for (int given = 0; given < 2; given++) {
        struct arena a AUTO_ARENA = {0};
        struct buf proto AUTO_BUF = {0};
        const char *plain = arena_printf(&a, hook, "");
        struct codec_object again, o = object_of(&a, arena_printf(&a, hook, given ? ",\"caBundle\":\"\"" : ""));
        ck_assert_str_eq(text_of(&a, &o, CODEC_JSON, 0), plain);
        buf_init(&proto, 1 << 16);
        ck_assert(codec_write(&proto, CODEC_PROTOBUF, &o, 0, &error));
        ck_assert(codec_from_proto(&a, buf_view(&proto), &again, &error));
        ck_assert_str_eq(text_of(&a, &again, CODEC_JSON, 0), plain);
        ck_assert_ptr_nonnull(memmem(proto.p, proto.n, "\x1a\1u", 3));
        ck_assert_int_eq(memmem(proto.p, proto.n, "\x12\0\x1a\1u", 5) != NULL, given);
        struct buf same AUTO_BUF = {0};
        buf_init(&same, 1 << 16);
        ck_assert(codec_write(&same, CODEC_PROTOBUF, &again, 0, &error));
        ck_assert(str_eq(buf_view(&same), buf_view(&proto)));
    }
}
END_TEST

START_TEST(test_no_proto)
{
    static const char *const rows[][2] = {
        {"{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\"}", "Table of meta.k8s.io/v1 has no protobuf form"},
        {"{\"kind\":\"Clock\",\"apiVersion\":\"sim.kubestep.dev/v1\"}",
         "Clock of sim.kubestep.dev/v1 has no protobuf form"},
        {"{\"kind\":\"ClockList\",\"apiVersion\":\"sim.kubestep.dev/v1\"}",
         "ClockList of sim.kubestep.dev/v1 has no protobuf form"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 1 << 16);
        struct codec_object o = object_of(&a, rows[i][0]);
        ck_assert(!codec_write(&out, CODEC_PROTOBUF, &o, 0, &error));
        ck_assert_int_eq(error.code, ERR_NOT_ACCEPTABLE);
        ck_assert_str_eq(error.text, rows[i][1]);
    }
}
END_TEST

START_TEST(test_too_large)
{
    struct arena a AUTO_ARENA = {0};
    struct codec_object o = object_of(&a, "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}");
    for (int media = CODEC_JSON; media <= CODEC_PROTOBUF; media++) {
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 16);
        ck_assert(!codec_write(&out, (enum codec_media)media, &o, 0, &error));
        ck_assert_int_eq(error.code, ERR_TOO_LARGE);
    }
}
END_TEST

#define ANNOTATION "autoscaling.alpha.kubernetes.io/"

/* NULL: refused, in the words of the third column. Compared with upstream's own conversion. */
START_TEST(test_versions)
{
    static const char *const rows[][3] = {
        {"{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"message\":\"m\",\"series\":{}}", "events.k8s.io/v1",
         "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\",\"metadata\":{},\"eventTime\":null,"
         "\"series\":{\"count\":0,\"lastObservedTime\":null},\"regarding\":{},\"note\":\"m\",\"deprecatedSource\":{},"
         "\"deprecatedFirstTimestamp\":null,\"deprecatedLastTimestamp\":null}\n"},
        {"{\"kind\":\"EventList\",\"apiVersion\":\"events.k8s.io/v1\",\"items\":[{\"kind\":\"Event\","
         "\"apiVersion\":\"events.k8s.io/v1\",\"note\":\"m\",\"deprecatedCount\":2}]}",
         "v1",
         "{\"kind\":\"EventList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[{\"metadata\":{},"
         "\"involvedObject\":{},\"message\":\"m\",\"source\":{},\"firstTimestamp\":null,\"lastTimestamp\":null,"
         "\"count\":2,\"eventTime\":null,\"reportingComponent\":\"\",\"reportingInstance\":\"\"}]}\n"},
        {"{\"kind\":\"HorizontalPodAutoscaler\",\"apiVersion\":\"autoscaling/v1\"}", "autoscaling/v2",
         "{\"kind\":\"HorizontalPodAutoscaler\",\"apiVersion\":\"autoscaling/v2\",\"metadata\":{},"
         "\"spec\":{\"scaleTargetRef\":{\"kind\":\"\",\"name\":\"\"},\"maxReplicas\":0,\"metrics\":[{"
         "\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":{\"type\":\"Utilization\","
         "\"averageUtilization\":80}}}]},\"status\":{\"desiredReplicas\":0,\"currentMetrics\":null}}\n"},
        {"{\"kind\":\"HorizontalPodAutoscaler\",\"apiVersion\":\"autoscaling/v1\",\"metadata\":{\"annotations\":{"
         "\"" ANNOTATION "metrics\":\"[null,{\\\"type\\\":\\\"Pods\\\",\\\"pods\\\":{}}]\","
         "\"" ANNOTATION "behavior\":\"{\\\"ScaleUp\\\":{\\\"Policies\\\":[5]}}\","
         "\"" ANNOTATION "conditions\":\"[{\\\"type\\\":5}]\","
         "\"" ANNOTATION "current-metrics\":\"null\"}},\"spec\":{\"targetCPUUtilizationPercentage\":7}}",
         "autoscaling/v2",
         "{\"kind\":\"HorizontalPodAutoscaler\",\"apiVersion\":\"autoscaling/v2\",\"metadata\":{},"
         "\"spec\":{\"scaleTargetRef\":{\"kind\":\"\",\"name\":\"\"},\"maxReplicas\":0,\"metrics\":[{\"type\":\"\"},"
         "{\"type\":\"Pods\",\"pods\":{\"metric\":{\"name\":\"\"},\"target\":{\"type\":\"AverageValue\","
         "\"averageValue\":\"0\"}}},{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":{"
         "\"type\":\"Utilization\",\"averageUtilization\":7}}}]},"
         "\"status\":{\"desiredReplicas\":0,\"currentMetrics\":[]}}\n"},
        {"{\"kind\":\"HorizontalPodAutoscaler\",\"apiVersion\":\"autoscaling/v2\",\"spec\":{\"metrics\":[{"
         "\"type\":\"Object\",\"object\":{}}]}}",
         "autoscaling/v1",
         "{\"kind\":\"HorizontalPodAutoscaler\",\"apiVersion\":\"autoscaling/v1\",\"metadata\":{\"annotations\":{"
         "\"" ANNOTATION "metrics\":\"[{\\\"type\\\":\\\"Object\\\",\\\"object\\\":{\\\"target\\\":{"
         "\\\"kind\\\":\\\"\\\",\\\"name\\\":\\\"\\\"},\\\"metricName\\\":\\\"\\\",\\\"targetValue\\\":\\\"0\\\"}}]\"}}"
         ","
         "\"spec\":{\"scaleTargetRef\":{\"kind\":\"\",\"name\":\"\"},\"maxReplicas\":0},"
         "\"status\":{\"currentReplicas\":0,\"desiredReplicas\":0}}\n"},
        {"{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", "v1",
         "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{},\"spec\":{\"containers\":null},\"status\":{}}\n"},
        {"{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", "apps/v1", "Pod of v1 has no version apps/v1"},
        {"{\"kind\":\"Eviction\",\"apiVersion\":\"policy/v1\"}", "v1", "Eviction of policy/v1 has no version v1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct codec_object o = object_of(&a, rows[i][0]);
        if (codec_to_version(&a, &o, str_of(rows[i][1]), &error))
            ck_assert_str_eq(text_of(&a, &o, CODEC_JSON, 0), rows[i][2]);
        else
            ck_assert_str_eq(error.text, rows[i][2]);
    }
}
END_TEST

/* Every kind that the walk gives is found again by its name, and no name comes twice. */
START_TEST(test_roots)
{
    struct api_root root, found;
    int kinds = 0, lists = 0, bodies = 0;
    for (struct api_root_walk w = {0}; api_root_next(&w, &root); kinds++) {
        struct arena a AUTO_ARENA = {0};
        struct str version = str_printf(&a, "%s%s%s", root.group, *root.group ? "/" : "", root.version);
        ck_assert(api_find_root(version, str_of(root.kind), &found));
        ck_assert_ptr_eq(found.type, root.type);
        ck_assert_ptr_eq(found.res, root.res);
        int same = 0;
        struct api_root other;
        for (struct api_root_walk v = {0}; api_root_next(&v, &other);)
            same += !strcmp(other.kind, root.kind) && !strcmp(other.group, root.group) &&
                    !strcmp(other.version, root.version);
        ck_assert_msg(same == 1, "%s of %.*s comes %d times", root.kind, STR_ARG(version), same);
        lists += root.is_list;
        bodies += !root.res;
    }
    ck_assert_int_gt(kinds, 100);
    ck_assert_int_gt(lists, 30);
    ck_assert_int_gt(bodies, 15);
    ck_assert(!api_find_root(STR("apps/v2"), STR("DeleteOptions"), &found));
    ck_assert(api_find_root(STR("apps/v1"), STR("DeleteOptions"), &found));
    ck_assert(!api_find_root(STR("apps/v1"), STR("Status"), &found));
}
END_TEST

TEST_MAIN("codec", test_media, test_empty_bytes, test_no_proto, test_too_large, test_versions, test_roots)
