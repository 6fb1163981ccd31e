/* test_runtime.c - what a pod's run looks like at its start, and ids. */
#include "run_support.h"

START_TEST(init_containers_come_first)
{
    const struct object *pod AUTO_OBJ =
        pod_text("\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"}],\"initContainers\":[{\"name\":\"i\",\"image\":"
                 "\"busybox\"},{\"name\":\"s\",\"image\":\"proxy\",\"restartPolicy\":\"Always\"}]",
                 "");
    struct pod_run *run = pod_run_new(pod, 7);
    static const struct {
        const char *name, *image, *why;
        bool init, sidecar;
    } want[] = {{"i", "busybox", "PodInitializing", true, false},
                {"s", "proxy", "PodInitializing", true, true},
                {"a", "nginx", "PodInitializing", false, false}};
    ck_assert_int_eq(run->count, 3);
    ck_assert_int_eq(run->started_s, 7);
    ck_assert_str_eq(run->ip, "");
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        const struct container_run *c = &run->containers[i];
        ck_assert_strn_eq(c->name, want[i].name);
        ck_assert_strn_eq(c->image, want[i].image);
        ck_assert_str_eq(c->waiting_reason, want[i].why);
        ck_assert(c->init == want[i].init && c->sidecar == want[i].sidecar && c->state == CONTAINER_WAITING);
    }
    ck_assert(!pod_run_all_running(run));
    pod_run_free(run);
    const struct object *plain AUTO_OBJ = pod_text("\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"}]", "");
    run = pod_run_new(plain, 7);
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
    char one[RUNTIME_ID_MAX], two[RUNTIME_ID_MAX];
    runtime_new_id(one, "containerd://");
    runtime_new_id(two, "containerd://");
    ck_assert_uint_eq(strlen(one), strlen("containerd://") + 64);
    ck_assert_uint_eq(strspn(one + strlen("containerd://"), "0123456789abcdef"), 64);
    ck_assert_str_ne(one, two);
    runtime_new_id(one, "");
    ck_assert_uint_eq(strlen(one), 64);
}
END_TEST

TEST_MAIN("runtime", init_containers_come_first, a_run_keeps_its_pod, ids)
