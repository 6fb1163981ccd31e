/* test_node_health.c - expiry, conditions, taints and zones on tables; tolerations. */
#include "controllers/node_health.h"

#include "check_main.h"
#include "controllers/limits.h"
#include "controllers/node_pods.h"

static struct arena a;

static const struct json *parse(const char *text)
{
    struct err e = ERR_INIT;
    const struct json *j = json_parse(&a, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s: %s", text, e.text);
    return j;
}

static const char *text(const struct json *j)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 16);
    if (j) json_write(&b, j);
    return str_cstr(&a, buf_view(&b));
}

#define S(n) (INT64_C(1000) * (n))
#define T0   S(1767225600) /* 2026-01-01T00:00:00Z */

START_TEST(the_newest_sign_of_life_counts)
{
    static const struct {
        const char *node, *lease;
        int64_t seen, want;
    } rows[] = {
        {"{}", NULL, T0, T0 + NODE_STARTUP_GRACE_MS},
        {"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}", NULL, T0, T0 + NODE_GRACE_MS},
        {"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"lastHeartbeatTime\":"
         "\"2026-01-01T00:00:20Z\"}]}}",
         NULL, T0, T0 + S(20) + NODE_GRACE_MS},
        {"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"lastHeartbeatTime\":"
         "\"2026-01-01T00:00:20Z\"}]}}",
         "{\"spec\":{\"renewTime\":\"2026-01-01T00:00:30.250000Z\"}}", T0, T0 + 30250 + NODE_GRACE_MS},
        {"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}",
         "{\"spec\":{\"renewTime\":\"2026-01-01T00:00:30.000000Z\"}}", T0 + S(60), T0 + S(60) + NODE_GRACE_MS},
        {"{\"status\":{\"conditions\":[{\"type\":\"Ready\"}]}}", "{\"spec\":{\"renewTime\":\"junk\"}}", T0,
         T0 + NODE_GRACE_MS},
    };
    arena_init(&a, 4096);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(node_expires_ms(parse(rows[i].node), rows[i].lease ? parse(rows[i].lease) : NULL, rows[i].seen) ==
                          rows[i].want,
                      "row %zu", i);
    arena_release(&a);
}
END_TEST

START_TEST(all_reported_conditions_become_unknown)
{
    arena_init(&a, 4096);
    const struct json *node = parse("{\"metadata\":{\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},\"status\":{"
                                    "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"},{\"type\":"
                                    "\"DiskPressure\",\"status\":\"Unknown\"},{\"type\":\"PIDPressure\",\"status\":"
                                    "\"False\"},{\"type\":\"Mine\",\"status\":\"True\"}]}}");
    struct json *patch = obj_empty(&a);
    ck_assert(node_is_to_mark(node));
    node_mark_unknown(&a, patch, node, T0 / 1000 + 60);
    ck_assert_uint_eq(obj_count(patch, ".status.conditions"), 3);
    const struct json *ready = obj_condition(patch, "Ready"), *memory = obj_condition(patch, "MemoryPressure");
    ck_assert(obj_is(ready, ".status", "Unknown") && obj_is(ready, ".reason", "NodeStatusUnknown"));
    ck_assert(obj_is(ready, ".message", "Kubelet stopped posting node status."));
    ck_assert(obj_is(ready, ".lastTransitionTime", "2026-01-01T00:01:00Z") && !obj_has(ready, ".lastHeartbeatTime"));
    ck_assert(obj_is(memory, ".reason", "NodeStatusNeverUpdated"));
    ck_assert(obj_is(memory, ".message", "Kubelet never posted node status."));
    ck_assert(obj_is(memory, ".lastHeartbeatTime", "2026-01-01T00:00:00Z"));
    ck_assert(obj_condition(patch, "PIDPressure") != NULL && !obj_condition(patch, "DiskPressure"));
    arena_release(&a);
}
END_TEST

#define COND(type, status)     "{\"type\":\"" type "\",\"status\":\"" status "\"}"
#define NODE(spec, conditions) "{\"spec\":{" spec "},\"status\":{\"conditions\":[" conditions "]}}"
#define TAINT(key, effect)     "{\"key\":\"" key "\",\"effect\":\"" effect "\"}"
#define NEW(key, effect)       "{\"key\":\"" key "\",\"effect\":\"" effect "\",\"timeAdded\":\"2026-01-01T00:00:00Z\"}"

START_TEST(taints_follow_conditions)
{
    static const struct {
        const char *node;
        bool evict;
        const char *want; /* "": as it is */
    } rows[] = {
        {NODE("", COND("Ready", "True")), true, ""},
        {NODE("\"taints\":[" TAINT(TAINT_NOT_READY, "NoSchedule") "]", COND("Ready", "True")), true, "[]"},
        {NODE("\"taints\":[" TAINT(TAINT_NOT_READY, "NoSchedule") "," TAINT("mine", "NoExecute") "]",
              COND("Ready", "True")),
         true, "[" TAINT("mine", "NoExecute") "]"},
        {NODE("", COND("Ready", "False")), true,
         "[" NEW(TAINT_NOT_READY, "NoSchedule") "," NEW(TAINT_NOT_READY, "NoExecute") "]"},
        {NODE("", COND("Ready", "Unknown")), true,
         "[" NEW(TAINT_UNREACHABLE, "NoSchedule") "," NEW(TAINT_UNREACHABLE, "NoExecute") "]"},
        {NODE("", COND("Ready", "Unknown")), false, "[" NEW(TAINT_UNREACHABLE, "NoSchedule") "]"},
        {NODE("\"taints\":[" TAINT(TAINT_UNREACHABLE, "NoSchedule") "," TAINT(TAINT_UNREACHABLE, "NoExecute") "]",
              COND("Ready", "Unknown")),
         true, ""},
        {NODE("\"taints\":[" TAINT(TAINT_UNREACHABLE, "NoSchedule") "," TAINT(TAINT_UNREACHABLE, "NoExecute") "]",
              COND("Ready", "Unknown")),
         false, "[" TAINT(TAINT_UNREACHABLE, "NoSchedule") "]"},
        {NODE("\"taints\":[" TAINT(TAINT_UNREACHABLE, "NoExecute") "]", COND("Ready", "False")), true,
         "[" NEW(TAINT_NOT_READY, "NoSchedule") "," NEW(TAINT_NOT_READY, "NoExecute") "]"},
        {NODE("\"unschedulable\":true", COND("Ready", "True") "," COND("MemoryPressure", "True")), true,
         "[" NEW("node.kubernetes.io/memory-pressure", "NoSchedule") "," NEW("node.kubernetes.io/unschedulable",
                                                                             "NoSchedule") "]"},
        {NODE("\"taints\":[" TAINT("node.kubernetes.io/unschedulable", "NoSchedule") "]", COND("Ready", "True")), true,
         "[]"},
    };
    arena_init(&a, 4096);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *got = text(node_taints(&a, parse(rows[i].node), rows[i].evict, T0 / 1000));
        ck_assert_msg(strcmp(got, rows[i].want) == 0, "row %zu: %s", i, got);
    }
    arena_release(&a);
}
END_TEST

START_TEST(zones_slow_down_and_stop)
{
    static const struct {
        int ready, not_ready;
        enum zone_state state;
        bool all_full;
        int64_t every;
    } rows[] = {
        {3, 0, ZONE_NORMAL, false, ZONE_TAINT_EVERY_MS},   {2, 1, ZONE_NORMAL, false, ZONE_TAINT_EVERY_MS},
        {1, 2, ZONE_NORMAL, false, ZONE_TAINT_EVERY_MS},   {2, 3, ZONE_PARTIAL, false, 0},
        {40, 60, ZONE_PARTIAL, false, ZONE_TAINT_SLOW_MS}, {46, 54, ZONE_NORMAL, false, ZONE_TAINT_EVERY_MS},
        {0, 3, ZONE_FULL, false, ZONE_TAINT_EVERY_MS},     {0, 3, ZONE_FULL, true, 0},
        {0, 0, ZONE_NORMAL, false, ZONE_TAINT_EVERY_MS},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        enum zone_state s = zone_state_of(rows[i].ready, rows[i].not_ready);
        ck_assert_msg(s == rows[i].state, "row %zu: %d", i, s);
        ck_assert_msg(zone_taint_every_ms(s, rows[i].ready + rows[i].not_ready, rows[i].all_full) == rows[i].every,
                      "row %zu", i);
    }
}
END_TEST

#define TOLERATE(more) "{\"spec\":{\"tolerations\":[" more "]}}"

START_TEST(tolerations_end_with_the_first)
{
    static const char node[] = "{\"spec\":{\"taints\":[{\"key\":\"a\",\"value\":\"1\",\"effect\":\"NoExecute\"},"
                               "{\"key\":\"b\",\"effect\":\"NoExecute\"},{\"key\":\"c\",\"effect\":\"NoSchedule\"}]}}";
    static const struct {
        const char *pod;
        int64_t want;
    } rows[] = {
        {"{}", 0},
        {TOLERATE("{\"operator\":\"Exists\"}"), -1},
        {TOLERATE("{\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}"), 0},
        {TOLERATE("{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"b\",\"operator\":\"Exists\"}"), -1},
        {TOLERATE("{\"key\":\"a\",\"value\":\"2\"},{\"key\":\"b\",\"operator\":\"Exists\"}"), 0},
        {TOLERATE("{\"key\":\"a\",\"operator\":\"Exists\",\"tolerationSeconds\":60},{\"key\":\"b\",\"operator\":"
                  "\"Exists\",\"tolerationSeconds\":30}"),
         30},
        {TOLERATE("{\"key\":\"a\",\"operator\":\"Exists\",\"tolerationSeconds\":60},{\"key\":\"b\"}"), 60},
        {TOLERATE("{\"operator\":\"Exists\",\"tolerationSeconds\":-5}"), 0},
        {TOLERATE("{\"value\":\"1\"}"), 0}, /* without a key only Exists matches */
    };
    arena_init(&a, 4096);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t got = pod_tolerates_s(parse(rows[i].pod), parse(node), "NoExecute");
        ck_assert_msg(got == rows[i].want, "row %zu: %lld", i, (long long)got);
    }
    ck_assert_int_eq(pod_tolerates_s(parse("{}"), parse("{}"), "NoExecute"), -1);
    arena_release(&a);
}
END_TEST

TEST_MAIN("node_health", the_newest_sign_of_life_counts, all_reported_conditions_become_unknown,
          taints_follow_conditions, zones_slow_down_and_stop, tolerations_end_with_the_first)
