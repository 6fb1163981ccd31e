/* fuzz_behaviour.c - texts with zero bytes between them: the annotation of one container, that of all, an image, then a
 * command's words. How the container behaves has sound numbers that may be added to any time of the cluster. */
#include "kubelet-sim/behaviour.h"
#include "script_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str next(struct str *rest)
{
    struct str part = str_cut(*rest, '\0', rest);
    return str_is_null(part) ? STR("") : part;
}

static const struct json *pod_of(struct arena *a, struct str rest)
{
    struct json *pod = json_obj(a);
    obj_put_cstr(a, pod, ".metadata.name", "web");
    obj_map_put_str(a, pod, ".metadata.annotations", STR("sim.kubestep.dev/container.c"), next(&rest));
    obj_map_put_str(a, pod, ".metadata.annotations", STR("sim.kubestep.dev/containers"), next(&rest));
    struct json *container = obj_append(a, pod, ".spec.containers");
    obj_put_cstr(a, container, ".name", "c");
    obj_put_str(a, container, ".image", next(&rest));
    obj_put_cstr(a, container, ".terminationMessagePath", "/dev/termination-log");
    struct json *command = rest.n ? json_arr(a) : NULL;
    while (rest.n) json_push(command, json_str(a, next(&rest)));
    if (command) obj_put(a, container, ".command", command);
    return pod;
}

static void check_time(int64_t ns) { KASSERT(ns >= 0 && (ns == INT64_MAX || ns <= INT64_MAX - SCRIPT_BEGIN)); }

static void check_behaviour(const struct behaviour *b)
{
    const int64_t times[] = {b->term_after_ns, b->started_after_ns, b->ready_after_ns, b->unready_after_ns,
                             b->live_until_ns};
    for (size_t i = 0; i < ARRAY_LEN(times); i++) check_time(times[i]);
    KASSERT(b->term_code >= 0 && b->term_code <= 255 && b->pull_failures >= 0);
    check_script(&b->script);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct env env = {.a = &a};
    const struct json *pod = pod_of(&a, str_n((const char *)data, size));
    const struct json *container = obj_find(pod, ".spec.containers", "name", STR("c"));
    struct behaviour pull;
    for (int init = 0; init < 2; init++) {
        const struct behaviour *b = behaviour_of(pod, container, init, &env);
        check_behaviour(b);
        behaviour_free(b);
    }
    behaviour_pull(&a, pod, container, &pull);
    check_behaviour(&pull);
    return 0;
}
