/* columns_pod.c - table cells of pods: readiness, status and restarts (printPod in
 * pkg/printers/internalversion/printers.go). Reads: one pod.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "apiserver/object/name_set.h"
#include "base/clk.h"
#include "schema_hooks.h"

static bool is_sidecar(const struct json *container) { return obj_is(container, ".restartPolicy", "Always"); }

static bool initialized(const struct json *pod) { return obj_condition_true(pod, "Initialized"); }

struct summary {
    struct arena *arena;
    int total, ready;
    int64_t restarts, last_restart; /* Unix s; -1: never */
    int64_t sidecar_restarts, last_sidecar_restart;
    struct str text;
    bool initializing, running;
};

static void count_restarts(const struct json *status, int64_t *restarts, int64_t *last)
{
    *restarts += obj_int(status, ".restartCount", 0);
    int64_t at = obj_time_s(status, ".lastState.terminated.finishedAt", -1);
    if (at > *last) *last = at;
}

/* "Signal:9", "ExitCode:3" or the reason. */
static struct str terminated_text(struct arena *a, const struct json *t, const char *prefix)
{
    struct str reason = obj_str(t, ".reason");
    int64_t signal = obj_int(t, ".signal", 0);
    if (reason.n) return str_printf(a, "%s%.*s", prefix, STR_ARG(reason));
    if (signal) return str_printf(a, "%sSignal:%lld", prefix, (long long)signal);
    return str_printf(a, "%sExitCode:%lld", prefix, (long long)obj_int(t, ".exitCode", 0));
}

static void init_containers(struct summary *s, const struct json *pod)
{
    struct name_set specs AUTO_NAME_SET = {0};
    int index = 0, count = (int)obj_count(pod, ".spec.initContainers");
    for (OBJ_EACH(it, pod, ".spec.initContainers")) name_set_put(&specs, obj_str(it, ".name"), it);
    for (OBJ_EACH(st, pod, ".status.initContainerStatuses")) {
        bool sidecar = is_sidecar(name_set_get(&specs, obj_str(st, ".name")));
        const struct json *ended = obj_get(st, ".state.terminated");
        struct str waiting = obj_str(st, ".state.waiting.reason");
        count_restarts(st, &s->restarts, &s->last_restart);
        if (sidecar) count_restarts(st, &s->sidecar_restarts, &s->last_sidecar_restart);
        index++;
        if (ended && obj_int(ended, ".exitCode", 0) == 0) continue;
        if (sidecar && obj_bool(st, ".started", false)) {
            if (obj_bool(st, ".ready", false)) s->ready++;
            continue;
        }
        s->initializing = true;
        if (ended)
            s->text = terminated_text(s->arena, ended, "Init:");
        else if (waiting.n && !str_eqc(waiting, "PodInitializing"))
            s->text = str_printf(s->arena, "Init:%.*s", STR_ARG(waiting));
        else
            s->text = str_printf(s->arena, "Init:%d/%d", index - 1, count);
        return;
    }
}

/* What is wrong with a container; NULL: nothing. error: of the first one that failed. */
static struct str main_container(struct summary *s, const struct json *status, struct str *error)
{
    const struct json *ended = obj_get(status, ".state.terminated");
    struct str waiting = obj_str(status, ".state.waiting.reason"), text = STR_NULL;
    count_restarts(status, &s->restarts, &s->last_restart);
    if (waiting.n) return waiting;
    if (ended) {
        text = terminated_text(s->arena, ended, "");
        if (obj_int(ended, ".exitCode", 0) != 0 && !error->p) *error = text;
    } else if (obj_has(status, ".state.running") && obj_bool(status, ".ready", false)) {
        s->running = true;
        s->ready++;
    }
    return text;
}

static void main_containers(struct summary *s, const struct json *pod)
{
    struct str error = STR_NULL;
    bool told = false;
    s->restarts = s->sidecar_restarts; /* those of init containers count only while they run */
    s->last_restart = s->last_sidecar_restart;
    for (OBJ_EACH(st, pod, ".status.containerStatuses")) {
        struct str text = main_container(s, st, &error);
        if (text.n && !told) s->text = text;
        told = told || text.n;
    }
    if (!str_eqc(s->text, "Completed")) return;
    if (s->running && obj_condition_true(pod, "Ready"))
        s->text = STR("Running");
    else if (error.p)
        s->text = error;
    else if (s->running)
        s->text = STR("NotReady");
}

static void summarize(struct summary *s, struct arena *a, const struct json *pod)
{
    *s = (struct summary){.arena = a, .last_restart = -1, .last_sidecar_restart = -1};
    s->total = (int)obj_count(pod, ".spec.containers");
    for (OBJ_EACH(c, pod, ".spec.initContainers")) s->total += is_sidecar(c);
    struct str reason = obj_str(pod, ".status.reason");
    s->text = reason.n ? reason : obj_str(pod, ".status.phase");
    if (obj_is(obj_condition(pod, "PodScheduled"), ".reason", "SchedulingGated")) s->text = STR("SchedulingGated");
    init_containers(s, pod);
    if (!s->initializing || initialized(pod)) main_containers(s, pod);
    if (!obj_is_deleting(pod)) return;
    if (str_eqc(reason, "NodeLost"))
        s->text = STR("Unknown");
    else if (!obj_is(pod, ".status.phase", "Succeeded") && !obj_is(pod, ".status.phase", "Failed"))
        s->text = STR("Terminating");
}

struct json *column_pod_ready(struct arena *a, const struct json *pod, int64_t now_ns)
{
    (void)now_ns;
    struct summary s;
    summarize(&s, a, pod);
    return json_str(a, str_printf(a, "%d/%d", s.ready, s.total));
}

struct json *column_pod_status(struct arena *a, const struct json *pod, int64_t now_ns)
{
    (void)now_ns;
    struct summary s;
    summarize(&s, a, pod);
    return json_str(a, str_copy(a, s.text));
}

struct json *column_pod_restarts(struct arena *a, const struct json *pod, int64_t now_ns)
{
    char age[CLK_TEXT_MAX];
    struct summary s;
    summarize(&s, a, pod);
    if (!s.restarts || s.last_restart < 0) return json_str(a, str_printf(a, "%lld", (long long)s.restarts));
    return json_str(
        a, str_printf(a, "%lld (%s ago)", (long long)s.restarts, clk_human(now_ns - s.last_restart * 1000000000, age)));
}

static struct json *or_none(struct arena *a, struct str s)
{
    return s.n ? json_str(a, str_copy(a, s)) : json_strc(a, "<none>");
}

struct json *column_pod_ip(struct arena *a, const struct json *pod, int64_t now_ns)
{
    (void)now_ns;
    return or_none(a, obj_str(obj_first(pod, ".status.podIPs"), ".ip"));
}

struct json *column_pod_node(struct arena *a, const struct json *pod, int64_t now_ns)
{
    (void)now_ns;
    return or_none(a, obj_str(pod, ".spec.nodeName"));
}

struct json *column_pod_nominated(struct arena *a, const struct json *pod, int64_t now_ns)
{
    (void)now_ns;
    return or_none(a, obj_str(pod, ".status.nominatedNodeName"));
}

struct json *column_pod_readiness_gates(struct arena *a, const struct json *pod, int64_t now_ns)
{
    (void)now_ns;
    struct name_set states AUTO_NAME_SET = {0};
    size_t total = obj_count(pod, ".spec.readinessGates"), ok = 0;
    if (!total) return json_strc(a, "<none>");
    for (OBJ_EACH(it, pod, ".status.conditions")) name_set_add(&states, obj_str(it, ".type"), it);
    for (OBJ_EACH(gate, pod, ".spec.readinessGates"))
        ok += obj_is(name_set_get(&states, obj_str(gate, ".conditionType")), ".status", "True");
    return json_str(a, str_printf(a, "%zu/%zu", ok, total));
}
