/* test_pod_status.c - phases, conditions and container statuses as a kubelet reports them. */
#include "run_support.h"

enum { NOW = 1800000000 }; /* 2027-01-15T08:00:00Z */
#define NOW_TEXT "2027-01-15T08:00:00Z"
#define MAIN     "\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"},{\"name\":\"b\",\"image\":\"redis:7\"}]"
#define INITS                                                                                                          \
    "\"initContainers\":[{\"name\":\"i\",\"image\":\"busybox\"},"                                                      \
    "{\"name\":\"s\",\"image\":\"proxy\",\"restartPolicy\":\"Always\"}]"

/* One letter per container, in the order of the run: w waiting, r running, c completed, e ended with 1. */
static void set_states(struct pod_run *run, const char *states)
{
    ck_assert_uint_eq(strlen(states), (size_t)run->count);
    for (int i = 0; i < run->count; i++) {
        struct container_run *c = &run->containers[i];
        c->state = states[i] == 'w' ? CONTAINER_WAITING : states[i] == 'r' ? CONTAINER_RUNNING : CONTAINER_TERMINATED;
        c->started_ns = NOW * S;
        c->ran = states[i] != 'w';
        c->started = c->ready = states[i] == 'r';
        if (states[i] == 'c' || states[i] == 'e')
            c->end = (struct container_end){.is = true,
                                            .code = states[i] == 'e',
                                            .reason = states[i] == 'e' ? "Error" : "Completed",
                                            .started_ns = NOW * S,
                                            .finished_ns = NOW * S};
    }
}

static const struct {
    const char *spec, *states, *phase, *initialized, *ready, *unready, *incomplete;
} rows[] = {
    {MAIN, "ww", "Pending", "True", "False", "containers with unready status: [a b]", NULL},
    {MAIN, "rw", "Pending", "True", "False", "containers with unready status: [b]", NULL},
    {MAIN, "rr", "Running", "True", "True", NULL, NULL},
    {MAIN, "rc", "Running", "True", "False", "containers with unready status: [b]", NULL},
    {MAIN ",\"restartPolicy\":\"Always\"", "cc", "Running", "True", "False", "containers with unready status: [a b]",
     NULL},
    {MAIN ",\"restartPolicy\":\"Never\"", "cc", "Succeeded", "True", "False", NULL, NULL},
    {MAIN ",\"restartPolicy\":\"Never\"", "ce", "Failed", "True", "False", NULL, NULL},
    {MAIN ",\"restartPolicy\":\"OnFailure\"", "cc", "Succeeded", "True", "False", NULL, NULL},
    {MAIN ",\"restartPolicy\":\"OnFailure\"", "ce", "Running", "True", "False", "containers with unready status: [a b]",
     NULL}, /* it starts again */
    {MAIN "," INITS, "wwww", "Pending", "False", "False", "containers with unready status: [s a b]",
     "containers with incomplete status: [i s]"},
    {MAIN "," INITS, "cwww", "Pending", "False", "False", "containers with unready status: [s a b]",
     "containers with incomplete status: [s]"},
    {MAIN "," INITS, "ewww", "Pending", "False", "False", "containers with unready status: [s a b]",
     "containers with incomplete status: [i s]"},
    {MAIN "," INITS, "crww", "Pending", "True", "False", "containers with unready status: [a b]", NULL},
    {MAIN "," INITS, "crrr", "Running", "True", "True", NULL, NULL},
};

/* A condition that holds has null as reason and message: a merge would keep the old ones otherwise. */
static void expect_condition(const struct json *patch, const char *type, const char *status, const char *reason,
                             const char *message)
{
    const struct json *c = obj_find(patch, ".status.conditions", "type", str_of(type));
    ck_assert_msg(c != NULL, "%s", type);
    ck_assert_msg(obj_is(c, ".status", status), "%s is not %s", type, status);
    const struct json *r = obj_get(c, ".reason"), *m = obj_get(c, ".message");
    ck_assert(r && m);
    ck_assert_msg(reason ? obj_is(c, ".reason", reason) : r->type == JSON_NULL, "reason of %s", type);
    if (message)
        ck_assert_strn_eq(obj_str(c, ".message"), message);
    else
        ck_assert_int_eq(m->type, JSON_NULL);
}

START_TEST(phases_and_conditions)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct object *pod AUTO_OBJ = pod_text(rows[i].spec, "");
        struct pod_run *run = pod_run_new(pod, NOW * S);
        set_states(run, rows[i].states);
        snprintf(run->ip, sizeof run->ip, "10.244.0.2");
        run->sandbox.w[0] = 1;
        const struct json *p = pod_status_patch(&a, run, "172.18.0.2", NOW);
        ck_assert_msg(obj_is(p, ".status.phase", rows[i].phase), "row %zu: %.*s", i,
                      STR_ARG(obj_str(p, ".status.phase")));
        bool completed = strcmp(rows[i].phase, "Succeeded") == 0, failed = strcmp(rows[i].phase, "Failed") == 0;
        const char *why = completed         ? "PodCompleted"
                          : failed          ? "PodFailed"
                          : rows[i].unready ? "ContainersNotReady"
                                            : NULL;
        expect_condition(p, "Initialized", rows[i].initialized,
                         completed            ? "PodCompleted"
                         : rows[i].incomplete ? "ContainersNotInitialized"
                                              : NULL,
                         rows[i].incomplete);
        expect_condition(p, "Ready", rows[i].ready, why, rows[i].unready);
        expect_condition(p, "ContainersReady", rows[i].ready, why, rows[i].unready);
        expect_condition(p, "PodScheduled", "True", NULL, NULL);
        expect_condition(p, "PodReadyToStartContainers", "True", NULL, NULL);
        pod_run_free(run);
    }
}
END_TEST

START_TEST(the_whole_patch)
{
    struct arena a AUTO_ARENA = {0};
    struct buf b AUTO_BUF = {0};
    const struct object *pod AUTO_OBJ = pod_text("\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"}]", "");
    struct pod_run *run = pod_run_new(pod, NOW * S);
    snprintf(run->ip, sizeof run->ip, "10.244.0.2");
    set_states(run, "r");
    run->sandbox.w[0] = run->containers[0].id.w[3] = 1;
    buf_init(&b, 65536);
    json_write(&b, pod_status_patch(&a, run, "172.18.0.2", NOW));
#define HOLDS(type)                                                                                                    \
    "{\"type\":\"" type "\",\"observedGeneration\":3,\"status\":\"True\",\"lastTransitionTime\":\"" NOW_TEXT           \
    "\",\"reason\":null,\"message\":null}"
    ck_assert_str_eq(
        b.p,
        "{\"metadata\":{\"uid\":\"u-1\"},\"status\":{\"observedGeneration\":3,\"phase\":\"Running\",\"conditions\":"
        "[" HOLDS("PodReadyToStartContainers") "," HOLDS("Initialized") "," HOLDS("Ready") "," HOLDS(
            "ContainersReady") "," HOLDS("PodScheduled") "],\"hostIP\":\"172.18.0.2\",\"hostIPs\":[{\"ip\":"
                                                         "\"172.18.0.2\"}],\"podIP\":\"10.244.0.2\",\"podIPs\":[{"
                                                         "\"ip\":\"10.244.0.2\"}],\"startTime\":\"" NOW_TEXT
                                                         "\",\"containerStatuses\":[{\"name\":\"a\",\"state\":{"
                                                         "\"running\":{\"startedAt\":\"" NOW_TEXT
                                                         "\"}},\"lastState\":{},\"ready\":true,\"restartCount\":0,"
                                                         "\"image\":\"nginx\",\"imageID\":\"\","
                                                         "\"containerID\":\"containerd://"
                                                         "0000000000000000000000000000000000000000000000000000000000000"
                                                         "001"
                                                         "\",\"started\":true,\"resources\":{}}]}}");
    pod_run_free(run);
}
END_TEST

START_TEST(before_the_sandbox)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *pod AUTO_OBJ = pod_text(MAIN, "");
    struct pod_run *run = pod_run_new(pod, NOW * S);
    const struct json *p = pod_status_patch(&a, run, "172.18.0.2", NOW);
    ck_assert(!obj_has(p, ".status.podIP") && !obj_has(p, ".status.podIPs"));
    expect_condition(p, "PodReadyToStartContainers", "False", NULL, NULL);
    ck_assert_strn_eq(obj_str(p, ".status.containerStatuses[0].state.waiting.reason"), "ContainerCreating");
    ck_assert(!obj_has(p, ".status.containerStatuses[0].containerID"));
    container_wait(&run->containers[0], "InvalidImageName", "no such image");
    p = pod_status_patch(&a, run, "172.18.0.2", NOW);
    ck_assert_strn_eq(obj_str(p, ".status.containerStatuses[0].state.waiting.message"), "no such image");
    pod_run_free(run);
}
END_TEST

START_TEST(containers_that_ended)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *pod AUTO_OBJ = pod_text(MAIN ",\"restartPolicy\":\"Always\"", "");
    struct pod_run *run = pod_run_new(pod, NOW * S);
    snprintf(run->ip, sizeof run->ip, "10.244.0.2");
    set_states(run, "rc");
    run->containers[1].last = (struct container_end){.is = true, .code = 2, .reason = "Error"};
    run->containers[1].restarts = 1;
    const struct json *p = pod_status_patch(&a, run, "172.18.0.2", NOW);
    expect_condition(p, "Ready", "False", "ContainersNotReady", "containers with unready status: [b]");
    expect_condition(p, "PodReadyToStartContainers", "False", NULL, NULL);
#define SECOND ".status.containerStatuses[1]"
    ck_assert_int_eq(obj_int(p, SECOND ".state.terminated.exitCode", -1), 0);
    ck_assert_strn_eq(obj_str(p, SECOND ".state.terminated.reason"), "Completed");
    ck_assert_strn_eq(obj_str(p, SECOND ".state.terminated.finishedAt"), NOW_TEXT);
    ck_assert_int_eq(obj_int(p, SECOND ".lastState.terminated.exitCode", -1), 2);
    ck_assert_int_eq(obj_int(p, SECOND ".restartCount", -1), 1);
    container_wait(&run->containers[1], "CrashLoopBackOff", "back-off"); /* what ended last is the last state then */
    p = pod_status_patch(&a, run, "172.18.0.2", NOW);
    ck_assert_strn_eq(obj_str(p, SECOND ".state.waiting.reason"), "CrashLoopBackOff");
    ck_assert_int_eq(obj_int(p, SECOND ".lastState.terminated.exitCode", -1), 0);
    ck_assert_strn_eq(obj_str(p, ".status.phase"), "Running");
    pod_run_free(run);
}
END_TEST

static bool ready_with(const char *status)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *pod AUTO_OBJ = pod_text(
        "\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"}],\"readinessGates\":[{\"conditionType\":\"x.io/lb\"}]",
        status);
    struct pod_run *run = pod_run_new(pod, NOW * S);
    set_states(run, "r");
    ck_assert(pod_status_is_right(run) == !strstr(status, "True"));
    const struct json *p = pod_status_patch(&a, run, "172.18.0.2", NOW);
    ck_assert(pod_status_is_right(run));
    expect_condition(p, "ContainersReady", "True", NULL, NULL);
    bool ready = obj_condition_true(p, "Ready");
    if (!ready)
        expect_condition(p, "Ready", "False", "ReadinessGatesNotReady",
                         status[0] ? "the status of pod readiness gate \"x.io/lb\" is not \"True\", but False"
                                   : "corresponding condition of pod readiness gate \"x.io/lb\" does not exist.");
    pod_run_free(run);
    return ready;
}

START_TEST(readiness_gates)
{
    ck_assert(!ready_with(""));
    ck_assert(!ready_with("\"conditions\":[{\"type\":\"x.io/lb\",\"status\":\"False\"}]"));
    ck_assert(ready_with("\"conditions\":[{\"type\":\"x.io/lb\",\"status\":\"True\"}]"));
}
END_TEST

START_TEST(transition_times_change_with_the_status)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *pod AUTO_OBJ =
        pod_text(MAIN, "\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"True\",\"lastTransitionTime\":"
                       "\"2027-01-01T00:00:00Z\"},{\"type\":\"Ready\",\"status\":\"False\",\"lastTransitionTime\":"
                       "\"2027-01-01T00:00:00Z\"}]");
    struct pod_run *run = pod_run_new(pod, NOW * S);
    pod_run_adopt(run);
    set_states(run, "rr");
    const struct json *p = pod_status_patch(&a, run, "172.18.0.2", NOW);
    const struct json *kept = obj_find(p, ".status.conditions", "type", STR("PodScheduled"));
    const struct json *changed = obj_find(p, ".status.conditions", "type", STR("Ready"));
    ck_assert_strn_eq(obj_str(kept, ".lastTransitionTime"), "2027-01-01T00:00:00Z");
    ck_assert_strn_eq(obj_str(changed, ".lastTransitionTime"), NOW_TEXT);
    pod_run_free(run);
}
END_TEST

START_TEST(host_network_uses_the_address_of_the_node)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *pod AUTO_OBJ = pod_text(MAIN ",\"hostNetwork\":true", "");
    struct pod_run *run = pod_run_new(pod, NOW * S);
    ck_assert(!obj_has(pod_status_patch(&a, run, "172.18.0.2", NOW), ".status.podIP"));
    snprintf(run->ip, sizeof run->ip, "10.244.0.2");
    ck_assert_strn_eq(obj_str(pod_status_patch(&a, run, "172.18.0.2", NOW), ".status.podIP"), "172.18.0.2");
    pod_run_free(run);
}
END_TEST

TEST_MAIN("pod_status", phases_and_conditions, the_whole_patch, before_the_sandbox, containers_that_ended,
          readiness_gates, transition_times_change_with_the_status, host_network_uses_the_address_of_the_node)
