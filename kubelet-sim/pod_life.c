/* pod_life.c - see pod_life.h: the order of things, and what is noticed of running containers.
 * Reads: pod specs, behaviour.   Writes: struct pod_run; events and log lines through the host. */
#include "kubelet-sim/pod_life.h"

#include "kubelet-sim/probe.h"

#include <stdio.h>
#include <stdlib.h>

void life_event(struct life *l, const struct container_run *c, const char *type, const char *reason,
                const char *message)
{
    l->host->event(l->host->arg, c, type, reason, message);
}

void life_due(struct life *l, int64_t at_ns) { l->due_ns = MIN(l->due_ns, MAX(at_ns, l->now_ns)); }

int64_t pod_grace_ns(const struct pod_run *run)
{
    return obj_int(run->pod->root, ".spec.terminationGracePeriodSeconds", 30) * S;
}

/* ---- Noticing ---- */

struct speaker { /* whose lines and notes these are */
    struct life *l;
    struct container_run *c;
};

static void on_line(void *arg, int64_t at_ns, struct str text)
{
    struct speaker *s = arg;
    logs_line(s->l->host->logs, s->l->run->pod->uid, s->c->name, at_ns, text);
}

static void on_note(void *arg, struct str text)
{
    struct speaker *s = arg;
    free(s->c->note);
    s->c->note = str_dup(text);
}

void life_end(struct life *l, struct container_run *c, int code, const char *reason, int64_t at_ns)
{
    container_end_clear(&c->end);
    c->end = (struct container_end){.is = true,
                                    .code = code,
                                    .reason = reason ? reason
                                              : code ? "Error"
                                                     : "Completed",
                                    .message = c->note,
                                    .started_ns = c->started_ns,
                                    .finished_ns = at_ns,
                                    .id = c->id};
    c->note = NULL;
    behaviour_free(c->how);
    c->how = NULL;
    c->state = CONTAINER_TERMINATED;
    c->started = c->ready = false;
    c->kill_ns = 0;
    c->retry_ns = 0;
    logs_end(l->host->logs, l->run->pod->uid, c->name);
    l->run->dirty = l->ended = l->more = true;
}

static void run_process(struct life *l, struct container_run *c)
{
    struct speaker who = {l, c};
    const struct script_out out = {&who, on_line, on_note};
    const struct behaviour *b = c->how;
    int code;
    if (script_run(&b->script, &c->process, MIN(l->now_ns, c->dies_ns), &out, &code)) {
        if (!str_is_null(b->note)) on_note(&who, b->note);
        life_end(l, c, code, b->end_reason, c->process.at_ns);
    } else if (c->dies_ns <= l->now_ns) {
        life_end(l, c, c->dies_code, NULL, c->dies_ns);
    } else {
        life_due(l, MIN(c->dies_ns, script_end_ns(&b->script, &c->process)));
        l->line_ns = MIN(l->line_ns, script_line_ns(&b->script, &c->process));
    }
}

static void tell_failures(struct life *l, struct container_run *c, enum probe_kind kind, const struct probe_plan *p)
{
    for (; probe_failure_ns(p, c->told[kind]) <= l->now_ns; c->told[kind]++)
        life_event(l, c, "Warning", "Unhealthy", probe_message(l->arena, c, kind, l->run->ip));
    life_due(l, probe_failure_ns(p, c->told[kind]));
}

static void note_probes(struct life *l, struct container_run *c, bool started, bool ready)
{
    if (started != c->started && c->sidecar) l->more = true; /* the next one may start */
    if (started != c->started || ready != c->ready) l->run->dirty = true;
    c->started = started;
    c->ready = ready;
}

static void probe(struct life *l, struct container_run *c)
{
    static const char *const names[] = {"startup", "", "liveness"};
    struct probe_plans plans;
    if (c->init && !c->sidecar) {
        note_probes(l, c, true, false);
        return;
    }
    probe_plan(c, &plans);
    const struct probe_plan *p = plans.kinds;
    bool stopping = l->run->stop == STOP_DELETED && obj_has(c->spec, ".readinessProbe");
    int64_t now = l->now_ns;
    bool ready = p[PROBE_READINESS].holds_ns <= now && p[PROBE_READINESS].fails_ns > now && !stopping;
    note_probes(l, c, p[PROBE_STARTUP].holds_ns <= now, ready);
    if (c->kill_ns) return;
    for (int kind = 0; kind < PROBE_KINDS; kind++) {
        tell_failures(l, c, kind, &p[kind]);
        if (p[kind].holds_ns > now) life_due(l, p[kind].holds_ns);
        if (p[kind].fails_ns > now) life_due(l, p[kind].fails_ns);
        if (kind == PROBE_READINESS || p[kind].fails_ns > now || c->kill_ns) continue;
        c->again = true;
        life_kill(
            l, c, probe_grace_ns(c, kind, pod_grace_ns(l->run)),
            arena_printf(l->arena, "Container %.*s failed %s probe, will be restarted", STR_ARG(c->name), names[kind]));
        l->more = true;
    }
}

static void notice(struct life *l)
{
    for (int i = 0; i < l->run->count; i++) {
        struct container_run *c = &l->run->containers[i];
        if (c->state != CONTAINER_RUNNING) continue;
        if (!c->how) life_look_up(l, c);
        run_process(l, c);
        if (c->state == CONTAINER_RUNNING) probe(l, c);
    }
}

/* ---- Starting ---- */

/* It waits to be started, for the first time or again. */
static bool is_wanted(const struct pod_run *run, const struct container_run *c)
{
    return c->state != CONTAINER_RUNNING && (!c->end.is || container_restarts(run, c));
}

static void replace_changed(struct life *l, struct container_run *c)
{
    if (c->state != CONTAINER_RUNNING || !c->again || c->kill_ns) return;
    life_kill(l, c, pod_grace_ns(l->run),
              arena_printf(l->arena, "Container %.*s definition changed, will be restarted", STR_ARG(c->name)));
    l->more = true;
}

/* True: all of them are through, or run. */
static bool start_inits(struct life *l)
{
    struct pod_run *run = l->run;
    for (int i = 0; i < run->count && run->containers[i].init; i++) {
        struct container_run *c = &run->containers[i];
        if (run->initialized && !c->sidecar) continue;
        if (c->sidecar) {
            if (c->state != CONTAINER_RUNNING) life_start(l, c);
            if (!c->started && !run->initialized) return false;
        } else if (c->state == CONTAINER_TERMINATED && c->end.code == 0) {
            continue;
        } else if (is_wanted(run, c)) {
            life_start(l, c);
            return false;
        } else if (c->state == CONTAINER_TERMINATED) {
            pod_life_stop(l, STOP_INIT_FAILED, pod_grace_ns(run));
            return false;
        } else {
            return false;
        }
    }
    return true;
}

static void start_mains(struct life *l)
{
    struct pod_run *run = l->run;
    bool all_over = true;
    for (int i = 0; i < run->count; i++) {
        struct container_run *c = &run->containers[i];
        if (c->init) continue;
        replace_changed(l, c);
        if (is_wanted(run, c)) life_start(l, c);
        all_over = all_over && c->state == CONTAINER_TERMINATED && !container_restarts(run, c);
    }
    if (all_over) pod_life_stop(l, STOP_COMPLETED, pod_grace_ns(run));
}

/* ---- A step ---- */

/* Nothing of it will run again. */
static bool is_over(const struct pod_run *run)
{
    if (run->stop) return true;
    for (int i = 0; i < run->count; i++) {
        const struct container_run *c = &run->containers[i];
        if (c->sidecar) continue;
        bool done = c->state == CONTAINER_TERMINATED && !container_restarts(run, c);
        if (c->init && done && c->end.code) return true;
        if (!done) return false;
    }
    return true;
}

static void check_deadline(struct life *l)
{
    struct pod_run *run = l->run;
    int64_t limit_s = obj_int(run->pod->root, ".spec.activeDeadlineSeconds", 0);
    if (limit_s <= 0 || run->stop >= STOP_DEADLINE || run->terminal) return;
    int64_t at = run->started_ns + limit_s * S;
    if (at > l->now_ns) {
        life_due(l, at);
        return;
    }
    life_event(l, NULL, "Normal", "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
    pod_life_stop(l, STOP_DEADLINE, pod_grace_ns(run));
}

static void act(struct life *l)
{
    struct pod_run *run = l->run;
    l->waits_ns = INT64_MAX;
    if (!run->stop && start_inits(l)) {
        if (!run->initialized) run->dirty = true;
        run->initialized = true;
        start_mains(l);
    }
    if (run->stop) life_stop_step(l);
}

static void look(struct life *l)
{
    l->due_ns = l->line_ns = INT64_MAX;
    notice(l);
    check_deadline(l);
}

void pod_life_step(struct life *l)
{
    l->more = l->ended = false;
    if (l->run->terminal) {
        l->due_ns = l->line_ns = INT64_MAX;
        return;
    }
    look(l);
    if (l->ended && !is_over(l->run)) return; /* first that is told, then what follows from it is done */
    l->more = l->ended = false;
    act(l);
    int64_t due = l->waits_ns;
    look(l);
    life_due(l, due);
    if (is_over(l->run)) l->ended = false; /* the end of the pod tells of the ends of its containers */
}
