/* pod_stop.c - stopping containers and pods: SIGTERM, the grace period, the order of sidecars, the end. See pod_life.h.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer), kuberuntime_termination_order.go.
 * Reads: pod specs, behaviour.   Writes: struct pod_run; events through the host. */
#include "kubelet-sim/pod_life.h"

#include <stdio.h>

#define GRACE_AFTER_HOOK (2 * S) /* minimumGracePeriodInSeconds */

enum { SIGKILL_CODE = 137 };

/* How long the preStop hook takes: `sleep` says it, a command is worked out, a request is answered at once. */
static int64_t hook_ns(struct life *l, const struct container_run *c)
{
    static const char path[] = ".lifecycle.preStop.exec.command";
    struct str argv[SCRIPT_WORDS_MAX];
    struct script script;
    struct env env = {.a = l->arena};
    const struct shell_context cx = {.env = &env, .hostname = l->run->pod->name};
    int n = 0;
    int64_t seconds = obj_int(c->spec, ".lifecycle.preStop.sleep.seconds", 0);
    if (seconds > 0) return seconds * S;
    for (OBJ_EACH(word, c->spec, path))
        if (n < SCRIPT_WORDS_MAX) argv[n++] = obj_text(word);
    if (!n || !shell_compile(l->arena, &cx, argv, n, &script)) return 0;
    return script_end_ns(&script, &(struct process){0});
}

/* SIGTERM, once the hook is done. */
static void terminate(struct life *l, struct container_run *c)
{
    int64_t deadline = c->kill_ns + c->grace_ns, hook = c->grace_ns ? MIN(hook_ns(l, c), c->grace_ns) : 0;
    int64_t at = l->now_ns + hook;
    if (hook) deadline = MAX(deadline, at + GRACE_AFTER_HOOK);
    int64_t gone = c->how->ignores_term || !c->grace_ns || c->how->term_after_ns > deadline - at
                       ? INT64_MAX
                       : at + c->how->term_after_ns;
    c->dies_ns = MIN(gone, MAX(deadline, l->now_ns));
    c->dies_code = gone == INT64_MAX ? SIGKILL_CODE : c->how->term_code;
}

void life_kill(struct life *l, struct container_run *c, int64_t grace_ns, const char *message)
{
    if (!c->how) life_look_up(l, c);
    life_event(l, c, "Normal", "Killing", message);
    c->kill_ns = l->now_ns;
    c->grace_ns = grace_ns;
    c->dies_ns = INT64_MAX;
    if (!c->sidecar || !l->run->stop) terminate(l, c);
}

static void hurry(struct life *l, struct container_run *c, int64_t grace_ns)
{
    int64_t deadline = MAX(l->now_ns, c->kill_ns + grace_ns);
    c->grace_ns = MIN(c->grace_ns, grace_ns);
    if (c->dies_ns == INT64_MAX || c->dies_ns <= deadline) return;
    c->dies_ns = deadline;
    c->dies_code = SIGKILL_CODE;
}

void pod_life_stop(struct life *l, enum pod_stop why, int64_t grace_ns)
{
    struct pod_run *run = l->run;
    run->stop = MAX(run->stop, why);
    for (int i = 0; i < run->count; i++) {
        struct container_run *c = &run->containers[i];
        if (c->state == CONTAINER_WAITING && c->end.is) {
            c->state = CONTAINER_TERMINATED; /* nobody waits for another start */
            run->dirty = true;
        }
        if (c->state != CONTAINER_RUNNING) continue;
        if (c->kill_ns)
            hurry(l, c, grace_ns);
        else
            life_kill(l, c, grace_ns, arena_printf(l->arena, "Stopping container %.*s", STR_ARG(c->name)));
    }
}

/* Sidecars go after all others, the last one first. */
static bool terminate_sidecars(struct life *l)
{
    struct pod_run *run = l->run;
    for (int i = run->count; i-- > 0;) {
        struct container_run *c = &run->containers[i];
        if (c->state != CONTAINER_RUNNING) continue;
        if (c->dies_ns == INT64_MAX) {
            terminate(l, c);
            l->more = true;
        }
        return true;
    }
    return false;
}

static bool any_main_runs(const struct pod_run *run)
{
    for (int i = 0; i < run->count; i++)
        if (!run->containers[i].sidecar && run->containers[i].state == CONTAINER_RUNNING) return true;
    return false;
}

/* Containers that never came to run count as failed, unless it was the init containers that did not let them.
 * Upstream: pkg/kubelet/status/status_manager.go (TerminatePod). */
static void give_up_waiting(struct life *l)
{
    struct pod_run *run = l->run;
    bool first = true;
    for (int i = 0; i < run->count; i++) {
        struct container_run *c = &run->containers[i];
        bool counts = c->init ? first : run->initialized || !run->containers[0].init;
        first = first && !c->init;
        if (c->state != CONTAINER_WAITING || !counts) continue;
        c->end = (struct container_end){.is = true, .code = SIGKILL_CODE, .reason = "ContainerStatusUnknown"};
        c->end.message = xstrdup("The container could not be located when the pod was terminated");
        c->state = CONTAINER_TERMINATED;
    }
}

void life_stop_step(struct life *l)
{
    struct pod_run *run = l->run;
    if (any_main_runs(run) || terminate_sidecars(l)) return;
    give_up_waiting(l);
    memset(&run->sandbox, 0, sizeof run->sandbox);
    run->terminal = run->dirty = true;
}
