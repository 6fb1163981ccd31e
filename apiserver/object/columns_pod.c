/* columns_pod.c - table cells of pods: readiness, status and restarts (printPod in
 * pkg/printers/internalversion/printers.go). Reads: one pod.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "base/clk.h"

#include <stdio.h>

static bool is_sidecar(const struct json *container) { return obj_is(container, ".restartPolicy", "Always"); }

static bool initialized(const struct json *pod) { return obj_condition_true(pod, "Initialized"); }

struct summary {
    int total, ready;
    int64_t restarts, last_restart; /* Unix s; -1: never */
    int64_t sidecar_restarts, last_sidecar_restart;
    char text[256];
    bool initializing, running;
};

static void set_text(struct summary *s, struct str t) { snprintf(s->text, sizeof s->text, "%.*s", STR_ARG(t)); }

static void count_restarts(const struct json *status, int64_t *restarts, int64_t *last)
{
    *restarts += obj_int(status, ".restartCount", 0);
    int64_t at = obj_time_s(status, ".lastState.terminated.finishedAt", -1);
    if (at > *last) *last = at;
}

/* "Signal:9", "ExitCode:3" or the reason. */
static void terminated_text(struct summary *s, const struct json *t, const char *prefix)
{
    struct str reason = obj_str(t, ".reason");
    int64_t signal = obj_int(t, ".signal", 0);
    if (reason.n)
        snprintf(s->text, sizeof s->text, "%s%.*s", prefix, STR_ARG(reason));
    else if (signal)
        snprintf(s->text, sizeof s->text, "%sSignal:%lld", prefix, (long long)signal);
    else
        snprintf(s->text, sizeof s->text, "%sExitCode:%lld", prefix, (long long)obj_int(t, ".exitCode", 0));
}

static void init_containers(struct summary *s, const struct json *pod)
{
    int index = 0, count = (int)obj_count(pod, ".spec.initContainers");
    for (OBJ_EACH(st, pod, ".status.initContainerStatuses")) {
        const struct json *spec = obj_find(pod, ".spec.initContainers", "name", obj_str(st, ".name"));
        const struct json *ended = obj_get(st, ".state.terminated");
        struct str waiting = obj_str(st, ".state.waiting.reason");
        count_restarts(st, &s->restarts, &s->last_restart);
        if (is_sidecar(spec)) count_restarts(st, &s->sidecar_restarts, &s->last_sidecar_restart);
        index++;
        if (ended && obj_int(ended, ".exitCode", 0) == 0) continue;
        if (is_sidecar(spec) && obj_bool(st, ".started", false)) {
            if (obj_bool(st, ".ready", false)) s->ready++;
            continue;
        }
        s->initializing = true;
        if (ended)
            terminated_text(s, ended, "Init:");
        else if (waiting.n && !str_eqc(waiting, "PodInitializing"))
            snprintf(s->text, sizeof s->text, "Init:%.*s", STR_ARG(waiting));
        else
            snprintf(s->text, sizeof s->text, "Init:%d/%d", index - 1, count);
        return;
    }
}

static void main_containers(struct summary *s, const struct json *pod)
{
    const struct json *all[256];
    size_t n = 0;
    char error[sizeof s->text] = "";
    s->restarts = s->sidecar_restarts; /* those of init containers count only while they run */
    s->last_restart = s->last_sidecar_restart;
    for (OBJ_EACH(st, pod, ".status.containerStatuses"))
        if (n < ARRAY_LEN(all)) all[n++] = st;
    while (n--) { /* from last to first, each overwriting */
        const struct json *st = all[n], *ended = obj_get(st, ".state.terminated");
        struct str waiting = obj_str(st, ".state.waiting.reason");
        count_restarts(st, &s->restarts, &s->last_restart);
        if (waiting.n) {
            set_text(s, waiting);
        } else if (ended) {
            terminated_text(s, ended, "");
            if (obj_int(ended, ".exitCode", 0) != 0) memcpy(error, s->text, sizeof error);
        } else if (obj_has(st, ".state.running") && obj_bool(st, ".ready", false)) {
            s->running = true;
            s->ready++;
        }
    }
    if (strcmp(s->text, "Completed") != 0) return;
    if (s->running && obj_condition_true(pod, "Ready"))
        set_text(s, STR("Running"));
    else if (error[0])
        memcpy(s->text, error, sizeof error);
    else if (s->running)
        set_text(s, STR("NotReady"));
}

static void summarize(struct summary *s, const struct json *pod)
{
    memset(s, 0, sizeof *s);
    s->last_restart = s->last_sidecar_restart = -1;
    s->total = (int)obj_count(pod, ".spec.containers");
    for (OBJ_EACH(c, pod, ".spec.initContainers")) s->total += is_sidecar(c);
    struct str reason = obj_str(pod, ".status.reason");
    set_text(s, reason.n ? reason : obj_str(pod, ".status.phase"));
    if (obj_is(obj_condition(pod, "PodScheduled"), ".reason", "SchedulingGated")) set_text(s, STR("SchedulingGated"));
    init_containers(s, pod);
    if (!s->initializing || initialized(pod)) main_containers(s, pod);
    if (!obj_is_deleting(pod)) return;
    if (str_eqc(reason, "NodeLost"))
        set_text(s, STR("Unknown"));
    else if (!obj_is(pod, ".status.phase", "Succeeded") && !obj_is(pod, ".status.phase", "Failed"))
        set_text(s, STR("Terminating"));
}

struct json *column_pod_ready(struct arena *a, const struct json *pod, int64_t now_ns)
{
    (void)now_ns;
    struct summary s;
    summarize(&s, pod);
    return json_str(a, str_printf(a, "%d/%d", s.ready, s.total));
}

struct json *column_pod_status(struct arena *a, const struct json *pod, int64_t now_ns)
{
    (void)now_ns;
    struct summary s;
    summarize(&s, pod);
    return json_str(a, str_copy(a, str_of(s.text)));
}

struct json *column_pod_restarts(struct arena *a, const struct json *pod, int64_t now_ns)
{
    char age[CLK_TEXT_MAX];
    struct summary s;
    summarize(&s, pod);
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
    size_t total = obj_count(pod, ".spec.readinessGates"), ok = 0;
    for (OBJ_EACH(g, pod, ".spec.readinessGates"))
        ok += obj_condition_true(pod, str_cstr(a, obj_str(g, ".conditionType")));
    return total ? json_str(a, str_printf(a, "%zu/%zu", ok, total)) : json_strc(a, "<none>");
}
