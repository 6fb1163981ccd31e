/* pod_status.c - see pod_status.h.
 * Reads: what runs.   Writes: a patch in the arena. */
#include "kubelet-sim/pod_status.h"

#include "kubelet-sim/images.h"

#include <stdio.h>

/* ---- Phase ---- */

static bool any_main_ran(const struct pod_run *run)
{
    for (int i = 0; i < run->count; i++)
        if (!run->containers[i].init && run->containers[i].ran) return true;
    return false;
}

struct tally { /* of containers, as getPhase counts them */
    int pending_init, failed_init, running, waiting, stopped, succeeded;
};

static void count_init(struct tally *t, const struct container_run *c)
{
    if (c->state == CONTAINER_RUNNING)
        t->pending_init++;
    else if (!c->end.is)
        t->pending_init++;
    else
        t->failed_init += c->end.code != 0;
}

static void count_sidecar(struct tally *t, const struct container_run *c)
{
    if (c->state == CONTAINER_RUNNING) {
        t->pending_init += !c->started;
        t->running++;
    } else if (!c->end.is) {
        t->pending_init++;
        t->waiting++;
    }
}

static void count_main(struct tally *t, const struct container_run *c)
{
    t->running += c->state == CONTAINER_RUNNING;
    t->waiting += c->state == CONTAINER_WAITING && !c->end.is;
    t->stopped += c->state != CONTAINER_RUNNING && c->end.is;
    t->succeeded += c->state == CONTAINER_TERMINATED && c->end.code == 0;
}

const char *pod_phase(const struct pod_run *run)
{
    struct tally t = {0};
    struct str policy = obj_str(run->pod->root, ".spec.restartPolicy");
    for (int i = 0; i < run->count; i++) {
        const struct container_run *c = &run->containers[i];
        (!c->init ? count_main : c->sidecar ? count_sidecar : count_init)(&t, c);
    }
    bool never = str_eqc(policy, "Never");
    if (run->terminal && run->stop == STOP_DEADLINE) return "Failed";
    if (t.failed_init && (never || run->terminal)) return "Failed";
    if (run->terminal && (t.waiting || t.pending_init || !t.stopped)) return "Failed"; /* it never got to run */
    if ((t.pending_init && !any_main_ran(run)) || t.waiting) return "Pending";
    if (t.running) return "Running";
    if (!t.stopped) return "Pending";
    if (run->terminal) return t.stopped == t.succeeded ? "Succeeded" : "Failed";
    for (int i = 0; i < run->count; i++)
        if (!run->containers[i].init && container_restarts(run, &run->containers[i])) return "Running";
    return t.stopped == t.succeeded ? "Succeeded" : "Failed";
}

/* ---- Conditions ---- */

struct verdict {
    bool is;
    const char *reason;
    struct str message;
};

/* "containers with unready status: [a b]"; empty: none. */
static struct str names(struct arena *a, const struct pod_run *run, const char *head,
                        bool (*counts)(const struct container_run *))
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 16 * 1024);
    for (int i = 0; i < run->count; i++) {
        if (!counts(&run->containers[i])) continue;
        buf_cstr(&b, b.n ? " " : head);
        buf_str(&b, run->containers[i].name);
    }
    if (b.n) buf_char(&b, ']');
    return str_copy(a, buf_view(&b));
}

static bool is_unready(const struct container_run *c) { return (!c->init || c->sidecar) && !c->ready; }

static bool is_incomplete(const struct container_run *c)
{
    if (!c->init) return false;
    return c->sidecar ? !c->started : c->state != CONTAINER_TERMINATED || c->end.code != 0;
}

static struct verdict initialized(struct arena *a, const struct pod_run *run, const char *phase)
{
    if (strcmp(phase, "Succeeded") == 0) return (struct verdict){true, "PodCompleted", STR_NULL};
    if (any_main_ran(run)) return (struct verdict){true, NULL, STR_NULL};
    struct str incomplete = names(a, run, "containers with incomplete status: [", is_incomplete);
    if (incomplete.n) return (struct verdict){false, "ContainersNotInitialized", incomplete};
    return (struct verdict){true, NULL, STR_NULL};
}

static struct verdict containers_ready(struct arena *a, const struct pod_run *run, const char *phase)
{
    if (strcmp(phase, "Succeeded") == 0) return (struct verdict){false, "PodCompleted", STR_NULL};
    if (strcmp(phase, "Failed") == 0) return (struct verdict){false, "PodFailed", STR_NULL};
    struct str unready = names(a, run, "containers with unready status: [", is_unready);
    if (unready.n) return (struct verdict){false, "ContainersNotReady", unready};
    return (struct verdict){true, NULL, STR_NULL};
}

static struct verdict ready(struct arena *a, const struct pod_run *run, struct verdict containers)
{
    struct buf b AUTO_BUF = {0};
    if (!containers.is) return containers;
    buf_init(&b, 16 * 1024);
    for (OBJ_EACH(gate, run->pod->root, ".spec.readinessGates")) {
        struct str type = obj_str(gate, ".conditionType");
        const struct json *c = obj_find(run->pod->root, ".status.conditions", "type", type);
        struct str status = obj_str(c, ".status");
        if (str_eqc(status, "True")) continue;
        if (b.n) buf_cstr(&b, ", ");
        if (c)
            buf_addf(&b, "the status of pod readiness gate \"%.*s\" is not \"True\", but %.*s", STR_ARG(type),
                     STR_ARG(status));
        else
            buf_addf(&b, "corresponding condition of pod readiness gate \"%.*s\" does not exist.", STR_ARG(type));
    }
    if (!b.n) return containers;
    return (struct verdict){false, "ReadinessGatesNotReady", str_copy(a, buf_view(&b))};
}

static void judge(struct arena *a, const struct pod_run *run, const char *phase, struct verdict out[COND_COUNT])
{
    static const struct runtime_id none;
    out[COND_NETWORK] = (struct verdict){memcmp(&run->sandbox, &none, sizeof none) != 0, NULL, STR_NULL};
    out[COND_INITIALIZED] = initialized(a, run, phase);
    out[COND_CONTAINERS_READY] = containers_ready(a, run, phase);
    out[COND_READY] = ready(a, run, out[COND_CONTAINERS_READY]);
    out[COND_SCHEDULED] = (struct verdict){true, NULL, STR_NULL};
}

static void put_conditions(struct arena *a, struct json *status, struct pod_run *run, const char *phase, int64_t now_s)
{
    static const char *const types[COND_COUNT] = {"PodReadyToStartContainers", "Initialized", "Ready",
                                                  "ContainersReady", "PodScheduled"};
    struct verdict verdicts[COND_COUNT];
    judge(a, run, phase, verdicts);
    for (int i = 0; i < COND_COUNT; i++) {
        const struct verdict *v = &verdicts[i];
        const struct json *was = obj_condition(run->pod->root, types[i]);
        const char *text = v->is ? "True" : "False";
        if (!run->conditions[i].known || run->conditions[i].is != v->is) {
            bool others = !run->conditions[i].known && was && obj_is(was, ".status", text); /* the scheduler's */
            run->conditions[i].since_s = others ? obj_time_s(was, ".lastTransitionTime", now_s) : now_s;
        }
        run->conditions[i].known = true;
        run->conditions[i].is = v->is;
        struct json *c = obj_append(a, status, ".conditions");
        obj_put_cstr(a, c, ".type", types[i]);
        obj_put_int(a, c, ".observedGeneration", obj_int(run->pod->root, ".metadata.generation", 1));
        obj_put_cstr(a, c, ".status", text);
        obj_put_time(a, c, ".lastTransitionTime", run->conditions[i].since_s);
        /* A merge keeps what it is not told to drop: null takes away the reason that was. */
        obj_put(a, c, ".reason", v->reason ? json_strc(a, v->reason) : json_null(a));
        obj_put(a, c, ".message", v->message.n ? json_str(a, v->message) : json_null(a));
    }
}

bool pod_status_is_right(const struct pod_run *run)
{
    struct arena a AUTO_ARENA = {0};
    if (!obj_count(run->pod->root, ".spec.readinessGates")) return true;
    return ready(&a, run, containers_ready(&a, run, pod_phase(run))).is == run->conditions[COND_READY].is;
}

/* ---- Containers ---- */

static void put_id(struct arena *a, struct json *s, const struct runtime_id *id)
{
    static const struct runtime_id none;
    char text[RUNTIME_ID_TEXT];
    if (memcmp(id, &none, sizeof none) != 0)
        obj_put_fmt(a, s, ".containerID", "containerd://%s", runtime_id_text(id, text));
}

static void put_end(struct arena *a, struct json *s, const char *member, const struct container_end *e)
{
    struct json *t = obj_empty(a), *state = obj_empty(a);
    obj_put_int(a, t, ".exitCode", e->code);
    obj_put_cstr(a, t, ".reason", e->reason);
    if (e->message) obj_put_cstr(a, t, ".message", e->message);
    obj_put(a, t, ".startedAt", json_null(a));
    obj_put(a, t, ".finishedAt", json_null(a));
    if (e->started_ns) obj_put_time(a, t, ".startedAt", e->started_ns / S);
    if (e->finished_ns) obj_put_time(a, t, ".finishedAt", e->finished_ns / S);
    put_id(a, t, &e->id);
    obj_put(a, state, ".terminated", t);
    obj_put(a, s, member, state);
}

static void put_state(struct arena *a, struct json *s, const struct container_run *c)
{
    switch (c->state) {
    case CONTAINER_WAITING:
        obj_put_cstr(a, s, ".state.waiting.reason", c->waiting_reason);
        if (c->waiting_message) obj_put_cstr(a, s, ".state.waiting.message", c->waiting_message);
        break;
    case CONTAINER_RUNNING: obj_put_time(a, s, ".state.running.startedAt", c->started_ns / S); break;
    case CONTAINER_TERMINATED: put_end(a, s, ".state", &c->end); break;
    }
    const struct container_end *last = c->state == CONTAINER_WAITING ? &c->end : &c->last;
    if (last->is)
        put_end(a, s, ".lastState", last);
    else
        obj_put(a, s, ".lastState", obj_empty(a));
}

/* What it has is what it asks for: a resize takes effect with the next status. */
static void put_resources(struct arena *a, struct json *s, const struct json *spec)
{
    const struct json *resources = obj_get(spec, ".resources"), *requests = obj_get(resources, ".requests");
    if (obj_count(requests, "")) obj_put_copy(a, s, ".allocatedResources", requests);
    obj_put(a, s, ".resources", resources ? obj_copy(a, resources) : obj_empty(a));
}

static void put_container(struct arena *a, struct json *status, const struct container_run *c)
{
    struct json *s = obj_append(a, status, c->init ? ".initContainerStatuses" : ".containerStatuses");
    bool completed = c->init && !c->sidecar && c->state == CONTAINER_TERMINATED && c->end.code == 0;
    obj_put_str(a, s, ".name", c->name);
    put_state(a, s, c);
    obj_put_bool(a, s, ".ready", c->ready || completed);
    obj_put_int(a, s, ".restartCount", c->restarts);
    obj_put_str(a, s, ".image", c->image);
    obj_put_str(a, s, ".imageID", c->pulled ? image_id(a, image_normalize(a, c->image)) : STR(""));
    put_id(a, s, &c->id);
    obj_put_bool(a, s, ".started", c->started);
    if (c->state == CONTAINER_RUNNING) put_resources(a, s, c->spec);
}

struct json *pod_status_patch(struct arena *a, struct pod_run *run, const char *host_ip, int64_t now_s)
{
    struct json *patch = obj_empty(a), *status = obj_empty(a);
    const char *phase = pod_phase(run);
    obj_put_str(a, patch, ".metadata.uid", run->pod->uid);
    obj_put(a, patch, ".status", status);
    obj_put_int(a, status, ".observedGeneration", obj_int(run->pod->root, ".metadata.generation", 1));
    obj_put_cstr(a, status, ".phase", phase);
    put_conditions(a, status, run, phase, now_s);
    if (run->terminal && run->stop == STOP_DEADLINE) {
        obj_put_cstr(a, status, ".message", "Pod was active on the node longer than the specified deadline");
        obj_put_cstr(a, status, ".reason", "DeadlineExceeded");
    }
    obj_put_cstr(a, status, ".hostIP", host_ip);
    obj_put_cstr(a, obj_append(a, status, ".hostIPs"), ".ip", host_ip);
    const char *ip = obj_bool(run->pod->root, ".spec.hostNetwork", false) && run->ip[0] ? host_ip : run->ip;
    if (ip[0]) {
        obj_put_cstr(a, status, ".podIP", ip);
        obj_put_cstr(a, obj_append(a, status, ".podIPs"), ".ip", ip);
    }
    obj_put_time(a, status, ".startTime", run->started_ns / S);
    for (int i = 0; i < run->count; i++) put_container(a, status, &run->containers[i]);
    return patch;
}
