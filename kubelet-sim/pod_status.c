/* pod_status.c - see pod_status.h.
 * Reads: what runs.   Writes: a patch in the arena. */
#include "kubelet-sim/pod_status.h"

static bool is_initialized(const struct pod_run *run)
{
    for (int i = 0; i < run->count; i++) {
        const struct container_run *c = &run->containers[i];
        if (c->init &&
            !(c->sidecar ? c->state == CONTAINER_RUNNING : c->state == CONTAINER_TERMINATED && c->exit_code == 0))
            return false;
    }
    return true;
}

/* "containers with unready status: [a b]"; empty: none. */
static struct str names_where(struct arena *a, const struct pod_run *run, bool init, const char *head)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 16 * 1024);
    for (int i = 0; i < run->count; i++) {
        const struct container_run *c = &run->containers[i];
        bool fine = c->state == CONTAINER_RUNNING ||
                    (c->init && !c->sidecar && c->state == CONTAINER_TERMINATED && c->exit_code == 0);
        bool counts = init ? c->init : !c->init || c->sidecar; /* a sidecar is one of both */
        if (!counts || fine) continue;
        buf_cstr(&b, b.n ? " " : head);
        buf_str(&b, c->name);
    }
    if (b.n) buf_char(&b, ']');
    return str_copy(a, buf_view(&b));
}

static void condition(struct arena *a, struct json *status, const struct pod_run *run, const char *type, bool is,
                      const char *reason, struct str message, int64_t now_s)
{
    const struct json *was = obj_condition(run->pod->root, type);
    const char *text = is ? "True" : "False";
    struct json *c = obj_append(a, status, ".conditions");
    obj_put_cstr(a, c, ".type", type);
    obj_put_int(a, c, ".observedGeneration", obj_int(run->pod->root, ".metadata.generation", 1));
    obj_put_cstr(a, c, ".status", text);
    obj_put_time(a, c, ".lastTransitionTime",
                 was && obj_is(was, ".status", text) ? obj_time_s(was, ".lastTransitionTime", now_s) : now_s);
    /* A merge keeps what it is not told to drop: null takes away the reason of a condition that holds now. */
    obj_put(a, c, ".reason", !is && reason ? json_strc(a, reason) : json_null(a));
    obj_put(a, c, ".message", !is && message.n ? json_str(a, message) : json_null(a));
}

static void put_conditions(struct arena *a, struct json *status, const struct pod_run *run, int64_t now_s,
                           bool terminating)
{
    struct str unready = names_where(a, run, false, "containers with unready status: [");
    struct str incomplete = names_where(a, run, true, "containers with incomplete status: [");
    bool ready = !unready.n && !terminating;
    condition(a, status, run, "PodReadyToStartContainers", run->ip[0] && !terminating, NULL, STR_NULL, now_s);
    condition(a, status, run, "Initialized", is_initialized(run), "ContainersNotInitialized", incomplete, now_s);
    condition(a, status, run, "Ready", ready, "ContainersNotReady", unready, now_s);
    condition(a, status, run, "ContainersReady", ready, "ContainersNotReady", unready, now_s);
    condition(a, status, run, "PodScheduled", true, NULL, STR_NULL, now_s);
}

static void put_state(struct arena *a, struct json *s, const struct container_run *c)
{
    switch (c->state) {
    case CONTAINER_WAITING:
        obj_put_cstr(a, s, ".state.waiting.reason", c->waiting_reason);
        if (c->waiting_message[0]) obj_put_cstr(a, s, ".state.waiting.message", c->waiting_message);
        return;
    case CONTAINER_RUNNING: obj_put_time(a, s, ".state.running.startedAt", c->started_s); return;
    case CONTAINER_TERMINATED:
        obj_put_int(a, s, ".state.terminated.exitCode", c->exit_code);
        obj_put_cstr(a, s, ".state.terminated.reason", c->exit_code ? "Error" : "Completed");
        obj_put_time(a, s, ".state.terminated.startedAt", c->started_s);
        obj_put_time(a, s, ".state.terminated.finishedAt", c->finished_s);
        obj_put_cstr(a, s, ".state.terminated.containerID", c->id);
    }
}

static void put_container(struct arena *a, struct json *status, const struct container_run *c)
{
    struct json *s = obj_append(a, status, c->init ? ".initContainerStatuses" : ".containerStatuses");
    bool running = c->state == CONTAINER_RUNNING;
    obj_put_str(a, s, ".name", c->name);
    put_state(a, s, c);
    obj_put(a, s, ".lastState", obj_empty(a));
    obj_put_bool(a, s, ".ready", running || (c->init && c->state == CONTAINER_TERMINATED && c->exit_code == 0));
    obj_put_int(a, s, ".restartCount", 0);
    obj_put_str(a, s, ".image", c->image);
    obj_put_cstr(a, s, ".imageID", c->image_id);
    if (c->id[0]) obj_put_cstr(a, s, ".containerID", c->id);
    obj_put_bool(a, s, ".started", running);
}

static const char *phase(const struct pod_run *run)
{
    if (!is_initialized(run)) return "Pending";
    bool all_done = true, any_failed = false, waiting = false;
    for (int i = 0; i < run->count; i++) {
        const struct container_run *c = &run->containers[i];
        if (c->init) continue;
        all_done = all_done && c->state == CONTAINER_TERMINATED;
        any_failed = any_failed || (c->state == CONTAINER_TERMINATED && c->exit_code != 0);
        waiting = waiting || c->state == CONTAINER_WAITING;
    }
    if (waiting) return "Pending";
    if (!all_done) return "Running";
    if (obj_is(run->pod->root, ".spec.restartPolicy", "Always")) return "Running";
    if (!any_failed) return "Succeeded";
    return obj_is(run->pod->root, ".spec.restartPolicy", "Never") ? "Failed"
                                                                  : "Running"; /* OnFailure: it starts again */
}

struct json *pod_status_patch(struct arena *a, const struct pod_run *run, const char *host_ip, int64_t now_s,
                              bool terminating)
{
    struct json *patch = obj_empty(a), *status = obj_empty(a);
    obj_put_str(a, patch, ".metadata.uid", run->pod->uid);
    obj_put(a, patch, ".status", status);
    obj_put_int(a, status, ".observedGeneration", obj_int(run->pod->root, ".metadata.generation", 1));
    obj_put_cstr(a, status, ".phase", phase(run));
    put_conditions(a, status, run, now_s, terminating);
    obj_put_cstr(a, status, ".hostIP", host_ip);
    obj_put_cstr(a, obj_append(a, status, ".hostIPs"), ".ip", host_ip);
    const char *ip = obj_bool(run->pod->root, ".spec.hostNetwork", false) && run->ip[0] ? host_ip : run->ip;
    if (ip[0]) {
        obj_put_cstr(a, status, ".podIP", ip);
        obj_put_cstr(a, obj_append(a, status, ".podIPs"), ".ip", ip);
    }
    obj_put_time(a, status, ".startTime", run->started_s);
    for (int i = 0; i < run->count; i++) put_container(a, status, &run->containers[i]);
    return patch;
}
