/* pod_start.c - starting one container: its back-off, its image, its configuration. See pod_life.h.
 * Reads: pod specs, behaviour.   Writes: struct container_run; events through the host. */
#include "kubelet-sim/pod_life.h"

#include "base/clk.h"
#include "kubelet-sim/images.h"

#include <stdio.h>

#define BACKOFF_MIN (10 * S)  /* pkg/kubelet/kubelet.go: initialNodeContainerRestartBackOff, imageBackOffPeriod */
#define BACKOFF_MAX (300 * S) /* v1beta1 MaxContainerBackOff, imageBackOff's maximum */
#define RETRY_AFTER (10 * S)  /* backOffPeriod: after an error that is no back-off */

/* ---- Back-off ---- */

/* Whoever ran for twice the maximum since it was raised begins anew. */
static bool is_forgotten(const struct backoff *b, int64_t event_ns)
{
    return !b->ns || event_ns - b->at_ns > 2 * BACKOFF_MAX;
}

static void raise(struct backoff *b, int64_t event_ns, int64_t now_ns)
{
    b->ns = is_forgotten(b, event_ns) ? BACKOFF_MIN : MIN(2 * b->ns, BACKOFF_MAX);
    b->at_ns = now_ns;
}

static void wait_until(struct life *l, struct container_run *c, const char *reason, const char *message, int64_t at_ns)
{
    container_wait(c, reason, message);
    c->retry_ns = at_ns;
    l->waits_ns = MIN(l->waits_ns, at_ns);
    l->run->dirty = true;
}

static bool backs_off(struct life *l, struct container_run *c)
{
    char delay[CLK_TEXT_MAX];
    const struct object *pod = l->run->pod;
    if (!c->end.is) return false;
    if (is_forgotten(&c->crash, c->end.finished_ns) || l->now_ns - c->end.finished_ns >= c->crash.ns) {
        raise(&c->crash, c->end.finished_ns, l->now_ns);
        return false;
    }
    life_event(l, c, "Warning", "BackOff",
               arena_printf(l->arena, "Back-off restarting failed container %.*s in pod %.*s_%.*s(%.*s)",
                            STR_ARG(c->name), STR_ARG(pod->name), STR_ARG(pod->ns), STR_ARG(pod->uid)));
    wait_until(l, c, "CrashLoopBackOff",
               arena_printf(l->arena, "back-off %s restarting failed container=%.*s pod=%.*s_%.*s(%.*s)",
                            clk_go_duration(c->crash.ns, delay), STR_ARG(c->name), STR_ARG(pod->name), STR_ARG(pod->ns),
                            STR_ARG(pod->uid)),
               c->end.finished_ns + c->crash.ns);
    return true;
}

/* ---- Image ---- */

static void failed(struct life *l, const struct container_run *c, const char *why)
{
    life_event(l, c, "Warning", "Failed", arena_printf(l->arena, "Error: %s", why));
}

static bool refuse_name(struct life *l, struct container_run *c)
{
    const char *message =
        arena_printf(l->arena,
                     "Failed to apply default image tag \"%.*s\": couldn't parse image name \"%.*s\": "
                     "invalid reference format",
                     STR_ARG(c->image), STR_ARG(c->image));
    life_event(l, c, "Warning", "InspectFailed", message);
    failed(l, c, "InvalidImageName");
    wait_until(l, c, "InvalidImageName", message, INT64_MAX); /* another name is another image: see pod_run_set_pod */
    return false;
}

static bool refuse_absent(struct life *l, struct container_run *c)
{
    const char *message =
        arena_printf(l->arena, "Container image \"%.*s\" is not present with pull policy of Never", STR_ARG(c->image));
    life_event(l, c, "Warning", "ErrImageNeverPull", message);
    failed(l, c, "ErrImageNeverPull");
    raise(&c->pull, l->now_ns, l->now_ns);
    wait_until(l, c, "ErrImageNeverPull", message, l->now_ns + c->pull.ns);
    return false;
}

static bool pull_waits(struct life *l, struct container_run *c, struct str why)
{
    const char *message = arena_printf(l->arena, "Back-off pulling image \"%.*s\"", STR_ARG(c->image));
    life_event(l, c, "Normal", "BackOff", message);
    failed(l, c, "ImagePullBackOff");
    wait_until(l, c, "ImagePullBackOff", arena_printf(l->arena, "%s: ErrImagePull: %.*s", message, STR_ARG(why)),
               c->pull.at_ns + c->pull.ns);
    return false;
}

static bool pull_fails(struct life *l, struct container_run *c, struct str why)
{
    life_event(l, c, "Warning", "Failed",
               arena_printf(l->arena, "Failed to pull image \"%.*s\": %.*s", STR_ARG(c->image), STR_ARG(why)));
    failed(l, c, "ErrImagePull");
    raise(&c->pull, l->now_ns, l->now_ns);
    c->failed_pulls++;
    wait_until(l, c, "ErrImagePull", arena_printf(l->arena, "%.*s", STR_ARG(why)), 0);
    l->more = l->ended = true;
    return false;
}

static bool pull(struct life *l, struct container_run *c, struct str image)
{
    struct behaviour how;
    behaviour_pull(l->arena, l->run->pod->root, c->spec, &how);
    struct str why = how.pull_error;
    if (str_is_null(why))
        why =
            str_printf(l->arena,
                       "rpc error: code = NotFound desc = failed to pull and unpack image \"%.*s\": failed to resolve "
                       "reference \"%.*s\": %.*s: not found",
                       STR_ARG(image), STR_ARG(image), STR_ARG(image));
    bool fails = c->failed_pulls < how.pull_failures;
    if (c->failed_pulls && l->now_ns - c->pull.at_ns < c->pull.ns) return pull_waits(l, c, why);
    life_event(l, c, "Normal", "Pulling", arena_printf(l->arena, "Pulling image \"%.*s\"", STR_ARG(c->image)));
    if (fails) return pull_fails(l, c, why);
    l->host->image(l->host->arg, image, true);
    life_event(l, c, "Normal", "Pulled",
               arena_printf(l->arena,
                            "Successfully pulled image \"%.*s\" in 0s (0s including waiting). Image size: %lld bytes.",
                            STR_ARG(c->image), (long long)image_size(image)));
    return true;
}

static bool ensure_image(struct life *l, struct container_run *c)
{
    struct str image = image_normalize(l->arena, c->image), policy = obj_str(c->spec, ".imagePullPolicy");
    if (str_is_null(image)) return refuse_name(l, c);
    bool present = l->host->image(l->host->arg, image, false);
    if (!present && str_eqc(policy, "Never")) return refuse_absent(l, c);
    if (!present || str_eqc(policy, "Always")) return pull(l, c, image);
    life_event(l, c, "Normal", "Pulled",
               arena_printf(l->arena,
                            "Container image \"%.*s\" already present on machine and can be accessed by the pod",
                            STR_ARG(c->image)));
    return true;
}

/* ---- The process ---- */

/* It would have run: the runtime itself failed. containerd's answer is a container that ended with 128. */
static void start_failed(struct life *l, struct container_run *c, struct str why)
{
    const char *text = arena_printf(l->arena, "%.*s", STR_ARG(why));
    failed(l, c, text);
    c->note = str_dup(why);
    life_end(l, c, 128, "StartError", l->now_ns);
    if (container_restarts(l->run, c)) wait_until(l, c, "RunContainerError", text, l->now_ns + RETRY_AFTER);
}

static void run(struct life *l, struct container_run *c, const struct env *env)
{
    struct str uid = l->run->pod->uid;
    container_end_clear(&c->last);
    c->last = c->end;
    c->end = (struct container_end){0};
    c->restarts += c->ran;
    c->ran = c->pulled = true;
    c->again = false;
    c->kill_ns = 0;
    c->dies_ns = INT64_MAX;
    c->started_ns = l->now_ns;
    memset(c->told, 0, sizeof c->told);
    runtime_new_id(&c->id);
    c->how = behaviour_of(l->run->pod->root, c->spec, c->init && !c->sidecar, env);
    process_begin(&c->process, l->now_ns);
    logs_begin(l->host->logs, uid, c->name);
    life_event(l, c, "Normal", "Created", "Container created");
    l->run->dirty = true;
    if (!str_is_null(c->how->start_error)) {
        struct str why = str_copy(l->arena, c->how->start_error);
        start_failed(l, c, why);
        return;
    }
    c->state = CONTAINER_RUNNING;
    life_event(l, c, "Normal", "Started", "Container started");
}

void life_start(struct life *l, struct container_run *c)
{
    struct env env = {.a = l->arena};
    struct err why = ERR_INIT;
    if (c->retry_ns > l->now_ns) {
        l->waits_ns = MIN(l->waits_ns, c->retry_ns);
        return;
    }
    if (backs_off(l, c) || !ensure_image(l, c)) return;
    c->failed_pulls = 0;
    c->pull = (struct backoff){0};
    if (!l->host->env(l->host->arg, c, &env, &why)) {
        failed(l, c, why.text);
        wait_until(l, c, "CreateContainerConfigError", why.text, l->now_ns + RETRY_AFTER);
        return;
    }
    run(l, c, &env);
}

void life_look_up(struct life *l, struct container_run *c)
{
    struct env env = {.a = l->arena};
    struct err why = ERR_INIT;
    (void)l->host->env(l->host->arg, c, &env, &why); /* it had what it needed when it was started */
    c->how = behaviour_of(l->run->pod->root, c->spec, c->init && !c->sidecar, &env);
    process_begin(&c->process, c->started_ns);
    logs_begin(l->host->logs, l->run->pod->uid, c->name);
}
