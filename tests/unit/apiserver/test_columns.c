/* test_columns.c - table cells: a pod's status in all its shapes, nodes, events (pkg/printers/internalversion). */
#include "object_support.h"

#include "apiserver/object/hooks.h"
#include "schema_hooks.h"

enum { NOW = 1800000000 }; /* 2027-01-15T08:00:00Z */
static const int64_t now_ns = NOW * 1000000000LL;

static const char *cell_of(struct arena *a, api_column_fn *fn, const char *object)
{
    struct err e = ERR_INIT;
    const struct json *j = json_parse(a, str_of(object), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, object);
    const struct json *cell = fn(a, j, now_ns);
    return json_is(cell, JSON_STR) ? str_cstr(a, json_string(cell)) : text_of(a, cell);
}

#define GONE  "\"metadata\":{\"deletionTimestamp\":\"2027-01-15T08:00:00Z\"},"
#define SPEC1 "\"spec\":{\"containers\":[{\"name\":\"a\"}]},"
#define SPEC2 "\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]},"
#define INITS "\"spec\":{\"containers\":[{\"name\":\"a\"}],\"initContainers\":[{\"name\":\"i\"},{\"name\":\"j\"}]},"
#define SIDECAR                                                                                                        \
    "\"spec\":{\"containers\":[{\"name\":\"a\"}],\"initContainers\":[{\"name\":\"s\",\"restartPolicy\":\"Always\"}]},"
#define PHASE(p)                   "\"phase\":\"" p "\""
#define STATUS(members)            "\"status\":{" members "}"
#define MAINS(list)                ",\"containerStatuses\":[" list "]"
#define INIT(list)                 ",\"initContainerStatuses\":[" list "]"
#define RUNS(name)                 "{\"name\":\"" name "\",\"ready\":true,\"restartCount\":0,\"state\":{\"running\":{}}}"
#define WAITS(name, why)           "{\"name\":\"" name "\",\"state\":{\"waiting\":{\"reason\":\"" why "\"}}}"
#define ENDED(name, members)       "{\"name\":\"" name "\",\"state\":{\"terminated\":{" members "}}}"
#define COND(type, status, reason) "{\"type\":\"" type "\",\"status\":\"" status "\",\"reason\":\"" reason "\"}"
#define CONDS(list)                ",\"conditions\":[" list "]"

static const struct {
    const char *pod, *status, *ready;
} pods[] = {
    {SPEC1 STATUS(PHASE("Pending")), "Pending", "0/1"},
    {SPEC1 STATUS(PHASE("Pending") MAINS(WAITS("a", "ContainerCreating"))), "ContainerCreating", "0/1"},
    {SPEC1 STATUS(PHASE("Running") MAINS(RUNS("a"))), "Running", "1/1"},
    {SPEC2 STATUS(PHASE("Running") MAINS(RUNS("a") "," WAITS("b", "CrashLoopBackOff"))), "CrashLoopBackOff", "1/2"},
    {SPEC1 STATUS(PHASE("Pending") MAINS(WAITS("a", "ImagePullBackOff"))), "ImagePullBackOff", "0/1"},
    {SPEC2 STATUS(PHASE("Running") MAINS(WAITS("a", "First") "," WAITS("b", "Second"))), "First", "0/2"},
    {SPEC1 STATUS(PHASE("Succeeded") MAINS(ENDED("a", "\"exitCode\":0,\"reason\":\"Completed\""))), "Completed", "0/1"},
    {SPEC1 STATUS(PHASE("Failed") MAINS(ENDED("a", "\"exitCode\":1,\"reason\":\"Error\""))), "Error", "0/1"},
    {SPEC1 STATUS(PHASE("Failed") MAINS(ENDED("a", "\"exitCode\":3"))), "ExitCode:3", "0/1"},
    {SPEC1 STATUS(PHASE("Failed") MAINS(ENDED("a", "\"exitCode\":137,\"signal\":9"))), "Signal:9", "0/1"},
    /* "Completed" of one container: the others decide */
    {SPEC2 STATUS(PHASE("Running") MAINS(ENDED("a", "\"exitCode\":0,\"reason\":\"Completed\"") "," RUNS("b"))
                      CONDS(COND("Ready", "True", ""))),
     "Running", "1/2"},
    {SPEC2 STATUS(PHASE("Running") MAINS(ENDED("a", "\"exitCode\":0,\"reason\":\"Completed\"") "," RUNS("b"))
                      CONDS(COND("Ready", "False", ""))),
     "NotReady", "1/2"},
    {SPEC2 STATUS(PHASE("Failed") MAINS(ENDED("a", "\"exitCode\":0,\"reason\":\"Completed\"") "," ENDED(
         "b", "\"exitCode\":2,\"reason\":\"OOMKilled\""))),
     "OOMKilled", "0/2"},
    {SPEC2 STATUS(PHASE("Failed")
                      MAINS(ENDED("a", "\"exitCode\":0,\"reason\":\"Completed\"") "," ENDED("b", "\"exitCode\":2"))),
     "ExitCode:2", "0/2"},
    {SPEC1 STATUS(PHASE("Failed") ",\"reason\":\"Evicted\""), "Evicted", "0/1"},
    {SPEC1 STATUS(PHASE("Pending") CONDS(COND("PodScheduled", "False", "SchedulingGated"))), "SchedulingGated", "0/1"},
    {SPEC1 STATUS(PHASE("Pending") CONDS(COND("PodScheduled", "False", "Unschedulable"))), "Pending", "0/1"},
    /* init containers, in order, stop at the first that is not done */
    {INITS STATUS(PHASE("Pending") INIT(WAITS("i", "PodInitializing") "," WAITS("j", "PodInitializing"))
                      MAINS(WAITS("a", "PodInitializing"))),
     "Init:0/2", "0/1"},
    {INITS STATUS(PHASE("Pending") INIT(ENDED("i", "\"exitCode\":0") "," RUNS("j"))
                      MAINS(WAITS("a", "PodInitializing"))),
     "Init:1/2", "0/1"},
    {INITS STATUS(PHASE("Pending") INIT(WAITS("i", "CrashLoopBackOff"))), "Init:CrashLoopBackOff", "0/1"},
    {INITS STATUS(PHASE("Pending") INIT(ENDED("i", "\"exitCode\":1,\"reason\":\"Error\""))), "Init:Error", "0/1"},
    {INITS STATUS(PHASE("Pending") INIT(ENDED("i", "\"exitCode\":1"))), "Init:ExitCode:1", "0/1"},
    {INITS STATUS(PHASE("Pending") INIT(ENDED("i", "\"exitCode\":1,\"signal\":6"))), "Init:Signal:6", "0/1"},
    {INITS STATUS(PHASE("Pending") INIT(ENDED("i", "\"exitCode\":0") "," ENDED("j", "\"exitCode\":0"))
                      MAINS(WAITS("a", "PodInitializing"))),
     "PodInitializing", "0/1"},
    /* a sidecar counts among the containers */
    {SIDECAR STATUS(PHASE("Running") INIT("{\"name\":\"s\",\"started\":true,\"ready\":true,\"state\":{\"running\":{}}}")
                        MAINS(RUNS("a"))),
     "Running", "2/2"},
    {SIDECAR STATUS(PHASE("Running") INIT(
         "{\"name\":\"s\",\"started\":true,\"ready\":false,\"state\":{\"running\":{}}}") MAINS(RUNS("a"))),
     "Running", "1/2"},
    {SIDECAR STATUS(PHASE("Pending") INIT("{\"name\":\"s\",\"started\":false,\"state\":{\"running\":{}}}")), "Init:0/1",
     "0/2"},
    /* initialised once, its sidecar crashed since: the main containers speak */
    {SIDECAR STATUS(PHASE("Running") INIT(WAITS("s", "CrashLoopBackOff")) MAINS(RUNS("a"))
                        CONDS(COND("Initialized", "True", ""))),
     "Init:CrashLoopBackOff", "1/2"},
    {GONE SPEC1 STATUS(PHASE("Running") MAINS(RUNS("a"))), "Terminating", "1/1"},
    {GONE SPEC1 STATUS(PHASE("Pending")), "Terminating", "0/1"},
    {GONE SPEC1 STATUS(PHASE("Succeeded") MAINS(ENDED("a", "\"exitCode\":0,\"reason\":\"Completed\""))), "Completed",
     "0/1"},
    {GONE SPEC1 STATUS(PHASE("Running") ",\"reason\":\"NodeLost\"" MAINS(RUNS("a"))), "Unknown", "1/1"},
};

START_TEST(pod_status_and_readiness)
{
    for (size_t i = 0; i < ARRAY_LEN(pods); i++) {
        struct arena a AUTO_ARENA = {0};
        const char *pod = arena_printf(&a, "{%s}", pods[i].pod);
        const char *status = cell_of(&a, column_pod_status, pod), *ready = cell_of(&a, column_pod_ready, pod);
        ck_assert_msg(strcmp(status, pods[i].status) == 0, "row %zu: %s, not %s", i, status, pods[i].status);
        ck_assert_msg(strcmp(ready, pods[i].ready) == 0, "row %zu (%s): %s, not %s", i, status, ready, pods[i].ready);
    }
}
END_TEST

#define CRASHED(name, n, at)                                                                                           \
    "{\"name\":\"" name "\",\"restartCount\":" n ",\"state\":{\"running\":{}},\"lastState\":{\"terminated\":"          \
    "{\"finishedAt\":\"" at "\"}}}"

START_TEST(pod_restarts)
{
    static const char *const rows[][2] = {
        {SPEC1 STATUS(PHASE("Running") MAINS(RUNS("a"))), "0"},
        {SPEC1 STATUS(PHASE("Running") MAINS("{\"name\":\"a\",\"restartCount\":3}")), "3"},
        {SPEC2 STATUS(PHASE("Running") MAINS(
             CRASHED("a", "2", "2027-01-15T07:59:00Z") "," CRASHED("b", "1", "2027-01-15T07:30:00Z"))),
         "3 (60s ago)"},
        {INITS STATUS(PHASE("Pending") INIT(CRASHED("i", "5", "2027-01-15T06:00:00Z"))), "5 (120m ago)"},
        /* those of init containers are history once the pod runs */
        {INITS STATUS(PHASE("Running") INIT(
             "{\"name\":\"i\",\"restartCount\":5,\"state\":{\"terminated\":{\"exitCode\":0}},"
             "\"lastState\":{\"terminated\":{\"finishedAt\":\"2027-01-15T07:59:50Z\"}}}") MAINS(RUNS("a"))),
         "0"},
        {SIDECAR STATUS(PHASE("Running")
                            INIT("{\"name\":\"s\",\"started\":true,\"restartCount\":4,\"state\":{\"running\":{}}}")
                                MAINS("{\"name\":\"a\",\"restartCount\":1}")),
         "5"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        ck_assert_str_eq(cell_of(&a, column_pod_restarts, arena_printf(&a, "{%s}", rows[i][0])), rows[i][1]);
    }
}
END_TEST

struct row {
    api_column_fn *column;
    const char *object, *cell;
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct arena a AUTO_ARENA = {0};
        const char *got = cell_of(&a, rows[i].column, rows[i].object);
        ck_assert_msg(strcmp(got, rows[i].cell) == 0, "row %zu: %s, not %s", i, got, rows[i].cell);
    }
}

START_TEST(other_cells_of_pods)
{
    static const struct row rows[] = {
        {column_pod_ip, "{}", "<none>"},
        {column_pod_ip, "{\"status\":{\"podIPs\":[{\"ip\":\"10.0.0.1\"},{\"ip\":\"::1\"}]}}", "10.0.0.1"},
        {column_pod_node, "{}", "<none>"},
        {column_pod_node, "{\"spec\":{\"nodeName\":\"n\"}}", "n"},
        {column_pod_nominated, "{\"status\":{\"nominatedNodeName\":\"n\"}}", "n"},
        {column_pod_readiness_gates, "{}", "<none>"},
        {column_pod_readiness_gates,
         "{\"spec\":{\"readinessGates\":[{\"conditionType\":\"a\"},{\"conditionType\":\"b\"}]},"
         "\"status\":{\"conditions\":[{\"type\":\"a\",\"status\":\"True\"}]}}",
         "1/2"},
        {column_age, "{}", "<unknown>"},
        {column_age, "{\"metadata\":{\"creationTimestamp\":\"2027-01-15T07:55:30Z\"}}", "4m30s"},
        {column_age, "{\"metadata\":{\"creationTimestamp\":\"2027-01-15T08:00:10Z\"}}", "<invalid>"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(nodes)
{
#define ROLE(r) "\"node-role.kubernetes.io/" r "\":\"\""
    static const struct row rows[] = {
        {column_node_status, "{}", "Unknown"},
        {column_node_status, "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}", "Ready"},
        {column_node_status, "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}", "NotReady"},
        {column_node_status,
         "{\"spec\":{\"unschedulable\":true},\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":"
         "\"True\"}]}}",
         "Ready,SchedulingDisabled"},
        {column_node_status, "{\"spec\":{\"unschedulable\":true}}", "Unknown,SchedulingDisabled"},
        {column_node_roles, "{}", "<none>"},
        {column_node_roles, "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}", "<none>"},
        {column_node_roles, "{\"metadata\":{\"labels\":{" ROLE("worker") "," ROLE("control-plane") "}}}",
         "control-plane,worker"},
        {column_node_roles, "{\"metadata\":{\"labels\":{" ROLE("worker") ",\"kubernetes.io/role\":\"worker\"}}}",
         "worker"},
        {column_node_roles, "{\"metadata\":{\"labels\":{" ROLE("") ",\"kubernetes.io/role\":\"db\"}}}", "db"},
        {column_node_internal_ip, "{}", "<none>"},
        {column_node_internal_ip,
         "{\"status\":{\"addresses\":[{\"type\":\"Hostname\",\"address\":\"n\"},{\"type\":"
         "\"InternalIP\",\"address\":\"10.0.0.1\"}]}}",
         "10.0.0.1"},
        {column_node_external_ip, "{}", "<none>"},
        {column_node_os_image, "{}", "<unknown>"},
        {column_node_kernel, "{\"status\":{\"nodeInfo\":{\"kernelVersion\":\"6.1\",\"architecture\":\"amd64\"}}}",
         "6.1 (amd64)"},
        {column_node_kernel, "{\"status\":{\"nodeInfo\":{\"kernelVersion\":\"6.1\"}}}", "6.1"},
        {column_node_kernel, "{\"status\":{\"nodeInfo\":{\"architecture\":\"amd64\"}}}", "<unknown>"},
        {column_node_runtime, "{\"status\":{\"nodeInfo\":{\"containerRuntimeVersion\":\"containerd://2\"}}}",
         "containerd://2"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(events_and_the_rest)
{
    static const struct row rows[] = {
        {column_event_object, "{\"involvedObject\":{\"kind\":\"ReplicaSet\",\"name\":\"rs\"}}", "replicaset/rs"},
        {column_event_object, "{\"regarding\":{\"kind\":\"Pod\"}}", "pod"},
        {column_event_source, "{\"source\":{\"component\":\"kubelet\",\"host\":\"n\"}}", "kubelet, n"},
        {column_event_source, "{\"source\":{},\"reportingComponent\":\"default-scheduler\",\"reportingInstance\":\"\"}",
         "default-scheduler"},
        {column_event_source, "{}", ""},
        {column_event_count, "{}", "1"},
        {column_event_count, "{\"count\":4}", "4"},
        {column_event_count, "{\"count\":4,\"series\":{\"count\":9}}", "9"},
        {column_event_message, "{\"message\":\" text  \"}", "text"},
        {column_event_last_seen, "{\"lastTimestamp\":null,\"eventTime\":\"2027-01-15T07:59:00.000000Z\"}", "60s"},
        {column_event_last_seen,
         "{\"lastTimestamp\":\"2027-01-15T07:50:00Z\",\"series\":{\"lastObservedTime\":"
         "\"2027-01-15T07:59:50.000000Z\"}}",
         "10s"},
        {column_event_last_seen, "{}", "<unknown>"},
        {column_event_first_seen, "{\"firstTimestamp\":\"2027-01-14T08:00:00Z\"}", "24h"},
        {column_event_subobject, "{\"involvedObject\":{\"fieldPath\":\"spec.containers{a}\"}}", "spec.containers{a}"},
        {column_config_data, "{\"data\":{\"a\":\"\",\"b\":\"\"},\"binaryData\":{\"c\":\"\"}}", "3"},
        {column_config_data, "{}", "0"},
        {column_selector, "{\"spec\":{\"selector\":{\"matchLabels\":{\"b\":\"1\",\"a\":\"2\"}}}}", "a=2,b=1"},
        {column_selector, "{\"spec\":{\"selector\":{}}}", "<none>"},
        {column_template_containers,
         "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}}}", "a,b"},
        {column_template_images, "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"image\":\"x:1\"}]}}}}", "x:1"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

TEST_MAIN("columns", pod_status_and_readiness, pod_restarts, other_cells_of_pods, nodes, events_and_the_rest)
