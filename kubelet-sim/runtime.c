/* runtime.c - see runtime.h.
 * Reads: pod specs, statuses.   Writes: struct pod_run. */
#include "kubelet-sim/runtime.h"

#include "base/rnd.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Ids ---- */

void runtime_new_id(struct runtime_id *id)
{
    for (int i = 0; i < 4; i++) id->w[i] = rnd_u64();
}

char *runtime_id_text(const struct runtime_id *id, char out[RUNTIME_ID_TEXT])
{
    for (int i = 0; i < 4; i++) snprintf(out + 16 * i, 17, "%016llx", (unsigned long long)id->w[i]);
    return out;
}

bool runtime_id_parse(struct str text, struct runtime_id *id)
{
    static const char scheme[] = "containerd://", digits[] = "0123456789abcdef";
    memset(id, 0, sizeof *id);
    if (!str_starts(text, STR("containerd://")) || text.n != strlen(scheme) + RUNTIME_ID_TEXT - 1) return false;
    struct runtime_id parsed = {{0}};
    for (size_t i = 0; i + 1 < RUNTIME_ID_TEXT; i++) {
        const char *at = memchr(digits, text.p[strlen(scheme) + i], 16);
        if (!at) return false;
        parsed.w[i / 16] = parsed.w[i / 16] << 4 | (uint64_t)(at - digits);
    }
    *id = parsed;
    return true;
}

/* ---- Runs ---- */

static void bind_container(struct container_run *c, const struct json *spec)
{
    c->spec = spec;
    c->name = obj_str(spec, ".name");
    c->image = obj_str(spec, ".image");
}

struct pod_run *pod_run_new(const struct object *pod, int64_t now_ns)
{
    struct pod_run *run = xcalloc(1, sizeof *run);
    size_t inits = obj_count(pod->root, ".spec.initContainers"), mains = obj_count(pod->root, ".spec.containers");
    run->pod = object_ref(pod);
    run->started_ns = now_ns;
    run->containers = xcalloc(inits + mains + 1, sizeof *run->containers);
    for (OBJ_EACH(spec, pod->root, ".spec.initContainers")) {
        struct container_run *c = &run->containers[run->count++];
        bind_container(c, spec);
        c->init = true;
        c->sidecar = obj_is(spec, ".restartPolicy", "Always");
    }
    for (OBJ_EACH(spec, pod->root, ".spec.containers")) bind_container(&run->containers[run->count++], spec);
    for (int i = 0; i < run->count; i++)
        run->containers[i].waiting_reason = inits ? "PodInitializing" : "ContainerCreating";
    return run;
}

void container_end_clear(struct container_end *e)
{
    free(e->message);
    *e = (struct container_end){0};
}

void pod_run_free(struct pod_run *run)
{
    if (!run) return;
    for (int i = 0; i < run->count; i++) {
        struct container_run *c = &run->containers[i];
        behaviour_free(c->how);
        free(c->waiting_message);
        free(c->note);
        container_end_clear(&c->end);
        container_end_clear(&c->last);
    }
    object_unref(run->pod);
    free(run->containers);
    free(run);
}

void pod_run_set_pod(struct pod_run *run, const struct object *pod)
{
    static const char *const lists[] = {".spec.initContainers", ".spec.containers"};
    if (run->pod == pod) return;
    const struct object *old = run->pod;
    int i = 0;
    run->pod = object_ref(pod);
    for (size_t l = 0; l < ARRAY_LEN(lists); l++)
        for (OBJ_EACH(spec, pod->root, lists[l])) {
            if (i == run->count) break; /* containers are never added */
            struct container_run *c = &run->containers[i++];
            bool changed = !str_eq(c->image, obj_str(spec, ".image"));
            bind_container(c, spec);
            c->pulled = c->pulled && !changed;
            if (changed) c->retry_ns = 0;
            c->again = c->again || (changed && c->state == CONTAINER_RUNNING);
        }
    if (obj_int(old->root, ".metadata.generation", 0) != obj_int(pod->root, ".metadata.generation", 0))
        run->dirty = true;
    object_unref(old);
}

void container_wait(struct container_run *c, const char *reason, const char *message)
{
    char *copy = message ? xstrdup(message) : NULL;
    free(c->waiting_message);
    c->state = CONTAINER_WAITING;
    c->waiting_reason = reason;
    c->waiting_message = copy;
}

/* ---- Restarts ---- */

static bool rule_holds(const struct json *rule, int code)
{
    bool in = false;
    for (OBJ_EACH(v, rule, ".exitCodes.values")) in = in || obj_number(v, -1) == code;
    return obj_is(rule, ".exitCodes.operator", "NotIn") ? !in : in;
}

bool container_restarts(const struct pod_run *run, const struct container_run *c)
{
    struct str own = obj_str(c->spec, ".restartPolicy"),
               policy = own.n ? own : obj_str(run->pod->root, ".spec.restartPolicy");
    for (OBJ_EACH(rule, c->spec, ".restartPolicyRules"))
        if (rule_holds(rule, c->end.code)) return true;
    if (str_eqc(policy, "Never")) return false;
    if (c->again) return true;
    bool failures_only = str_eqc(policy, "OnFailure") || (c->init && !c->sidecar);
    return !failures_only || c->end.code != 0;
}

/* ---- After a restart of ours ---- */

static const char *known_reason(struct str reason, int code)
{
    static const char *const reasons[] = {"Completed", "Error", "OOMKilled", "StartError", "ContainerStatusUnknown"};
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (str_eqc(reason, reasons[i])) return reasons[i];
    return code ? "Error" : "Completed";
}

static void adopt_end(struct container_end *e, const struct json *state)
{
    const struct json *t = obj_get(state, ".terminated");
    if (!t) return;
    struct str message = obj_str(t, ".message");
    e->is = true;
    e->code = (int)obj_int(t, ".exitCode", 0);
    e->reason = known_reason(obj_str(t, ".reason"), e->code);
    e->message = message.n ? str_dup(message) : NULL;
    e->started_ns = obj_time_s(t, ".startedAt", 0) * S;
    e->finished_ns = obj_time_s(t, ".finishedAt", 0) * S;
    runtime_id_parse(obj_str(t, ".containerID"), &e->id);
}

static void adopt_container(struct container_run *c, const struct json *s, int64_t pod_ns)
{
    c->restarts = (int)obj_int(s, ".restartCount", 0);
    runtime_id_parse(obj_str(s, ".containerID"), &c->id);
    c->pulled = obj_str(s, ".imageID").n > 0;
    adopt_end(&c->end, obj_get(s, ".state"));
    adopt_end(c->end.is || obj_has(s, ".state.running") ? &c->last : &c->end, obj_get(s, ".lastState"));
    c->ran = c->end.is || c->last.is || obj_has(s, ".state.running");
    c->started_ns = c->end.is ? c->end.started_ns : pod_ns;
    if (obj_has(s, ".state.running")) {
        c->state = CONTAINER_RUNNING; /* how it behaves is looked up by the first step of its life */
        c->started_ns = obj_time_s(s, ".state.running.startedAt", pod_ns / S) * S;
        c->started = obj_bool(s, ".started", false);
        c->ready = obj_bool(s, ".ready", false);
        c->dies_ns = INT64_MAX;
    } else if (c->end.is) {
        c->state =
            CONTAINER_TERMINATED; /* also what waited to be started again: its back-off is forgotten, as upstream */
    }
}

static void adopt_conditions(struct pod_run *run)
{
    static const char *const types[COND_COUNT] = {"PodReadyToStartContainers", "Initialized", "Ready",
                                                  "ContainersReady", "PodScheduled"};
    for (int i = 0; i < COND_COUNT; i++) {
        const struct json *c = obj_condition(run->pod->root, types[i]);
        run->conditions[i].known = c != NULL;
        run->conditions[i].is = obj_is(c, ".status", "True");
        run->conditions[i].since_s = obj_time_s(c, ".lastTransitionTime", run->started_ns / S);
    }
}

void pod_run_adopt(struct pod_run *run)
{
    const struct json *pod = run->pod->root;
    struct str ip = obj_str(pod, ".status.podIP");
    snprintf(run->ip, sizeof run->ip, "%.*s", STR_ARG(ip));
    run->started_ns = obj_time_s(pod, ".status.startTime", run->started_ns / S) * S;
    if (obj_condition_true(pod, "PodReadyToStartContainers")) runtime_new_id(&run->sandbox);
    run->initialized = obj_condition_true(pod, "Initialized");
    for (int i = 0; i < run->count; i++) {
        struct container_run *c = &run->containers[i];
        adopt_container(
            c, obj_find(pod, c->init ? ".status.initContainerStatuses" : ".status.containerStatuses", "name", c->name),
            run->started_ns);
    }
    adopt_conditions(run);
}
