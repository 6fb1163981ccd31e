/* test_runtime.c - what a pod's run looks like at its start, and ids. */
#include "run_support.h"

START_TEST(init_containers_come_first)
{
    const struct object *pod AUTO_OBJ =
        pod_text("\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"}],\"initContainers\":[{\"name\":\"i\",\"image\":"
                 "\"busybox\"},{\"name\":\"s\",\"image\":\"proxy\",\"restartPolicy\":\"Always\"}]",
                 "");
    struct pod_run *run = pod_run_new(pod, 7 * S);
    static const struct {
        const char *name, *image, *why;
        bool init, sidecar;
    } want[] = {{"i", "busybox", "PodInitializing", true, false},
                {"s", "proxy", "PodInitializing", true, true},
                {"a", "nginx", "PodInitializing", false, false}};
    ck_assert_int_eq(run->count, 3);
    ck_assert_int_eq(run->started_ns, 7 * S);
    ck_assert_str_eq(run->ip, "");
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        const struct container_run *c = &run->containers[i];
        ck_assert_strn_eq(c->name, want[i].name);
        ck_assert_strn_eq(c->image, want[i].image);
        ck_assert_str_eq(c->waiting_reason, want[i].why);
        ck_assert(c->init == want[i].init && c->sidecar == want[i].sidecar && c->state == CONTAINER_WAITING);
    }
    pod_run_free(run);
    const struct object *plain AUTO_OBJ = pod_text("\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"}]", "");
    run = pod_run_new(plain, 7 * S);
    ck_assert_str_eq(run->containers[0].waiting_reason, "ContainerCreating");
    pod_run_free(run);
    pod_run_free(NULL);
}
END_TEST

START_TEST(a_run_keeps_its_pod)
{
    const struct object *pod = pod_text("\"containers\":[{\"name\":\"only\",\"image\":\"nginx\"}]", "");
    struct pod_run *run = pod_run_new(pod, 0);
    object_unref(pod);
    ck_assert_strn_eq(run->containers[0].name, "only");
    pod_run_free(run);
}
END_TEST

START_TEST(ids)
{
    struct runtime_id one, two;
    char text[RUNTIME_ID_TEXT], full[RUNTIME_ID_TEXT + 16];
    runtime_new_id(&one);
    runtime_new_id(&two);
    ck_assert(memcmp(&one, &two, sizeof one) != 0);
    ck_assert_uint_eq(strspn(runtime_id_text(&one, text), "0123456789abcdef"), 64);
    snprintf(full, sizeof full, "containerd://%s", text);
    ck_assert(runtime_id_parse(str_of(full), &two) && memcmp(&one, &two, sizeof one) == 0);
    ck_assert(!runtime_id_parse(STR("containerd://12"), &two) && !two.w[0]);
    ck_assert(!runtime_id_parse(STR_NULL, &two));
    full[20] = 'x';
    ck_assert(!runtime_id_parse(str_of(full), &two));
}
END_TEST

START_TEST(what_ran_before_is_taken_up)
{
    static const char status[] =
        "\"phase\":\"Running\",\"podIP\":\"10.244.0.9\",\"startTime\":\"2027-01-15T08:00:00Z\",\"conditions\":["
        "{\"type\":\"Initialized\",\"status\":\"True\",\"lastTransitionTime\":\"2027-01-15T08:00:01Z\"},"
        "{\"type\":\"PodReadyToStartContainers\",\"status\":\"True\"}],\"containerStatuses\":["
        "{\"name\":\"a\",\"restartCount\":4,\"started\":true,\"ready\":true,\"imageID\":\"x\",\"state\":{\"running\":"
        "{\"startedAt\":\"2027-01-15T08:00:05Z\"}},\"lastState\":{\"terminated\":{\"exitCode\":1,\"reason\":\"Error\","
        "\"finishedAt\":\"2027-01-15T08:00:04Z\"}}},"
        "{\"name\":\"b\",\"restartCount\":2,\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}},\"lastState\":"
        "{\"terminated\":{\"exitCode\":137,\"reason\":\"OOMKilled\",\"message\":\"big\"}}}]";
    const struct object *pod AUTO_OBJ =
        pod_text("\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"},{\"name\":\"b\",\"image\":\"app\"}]", status);
    struct pod_run *run = pod_run_new(pod, 0);
    pod_run_adopt(run);
    const struct container_run *a = &run->containers[0], *b = &run->containers[1];
    ck_assert_str_eq(run->ip, "10.244.0.9");
    ck_assert(run->started_ns == 1800000000 * S && run->initialized && run->sandbox.w[0]);
    ck_assert(run->conditions[COND_INITIALIZED].is && run->conditions[COND_INITIALIZED].since_s == 1800000001);
    ck_assert(a->state == CONTAINER_RUNNING && a->restarts == 4 && a->ready && a->started && a->ran && a->pulled);
    ck_assert(a->started_ns == 1800000005 * S && a->last.is && a->last.code == 1 && !a->end.is);
    ck_assert(b->state == CONTAINER_TERMINATED && b->restarts == 2 && b->end.code == 137 && b->ran);
    ck_assert_str_eq(b->end.reason, "OOMKilled");
    ck_assert_str_eq(b->end.message, "big");
    ck_assert(!run->dirty);
    pod_run_free(run);
}
END_TEST

START_TEST(a_newer_version)
{
    const struct object *pod AUTO_OBJ = pod_text("\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"}]", "");
    const struct object *same AUTO_OBJ = pod_text("\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"}]", "");
    const struct object *other AUTO_OBJ = pod_text("\"containers\":[{\"name\":\"a\",\"image\":\"nginx:2\"}]", "");
    struct pod_run *run = pod_run_new(pod, 0);
    run->containers[0].state = CONTAINER_RUNNING;
    pod_run_set_pod(run, same);
    ck_assert(run->pod == same && !run->containers[0].again && !run->dirty);
    pod_run_set_pod(run, other);
    ck_assert(run->containers[0].again);
    ck_assert_strn_eq(run->containers[0].image, "nginx:2");
    pod_run_free(run);
}
END_TEST

TEST_MAIN("runtime", init_containers_come_first, a_run_keeps_its_pod, ids, what_ran_before_is_taken_up, a_newer_version)
