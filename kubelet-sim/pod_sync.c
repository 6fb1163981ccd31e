/* pod_sync.c - what a kubelet does for one pod when its turn comes: the steps of its life (pod_life.h) with what they
 * need of the world, and reports of what came of them.
 * Reads: pods, ConfigMaps, Secrets.   Writes: pods/status, deletes with grace 0, Events; traces steps 11-13. */
#include "kubelet-sim/pod_worker_priv.h"

#include "base/log.h"
#include "kubelet-sim/pod_config.h"
#include "kubelet-sim/pod_status.h"

#include <stdio.h>
#include <stdlib.h>

void pod_give_ip(struct entry *en)
{
    if (!en->run->holds_ip) return;
    mutex_lock(&en->node->lock);
    cni_give(&en->node->cni, str_of(en->run->ip));
    mutex_unlock(&en->node->lock);
    en->run->holds_ip = false;
}

/* ---- Reporting ---- */

/* c NULL: about the pod. */
static void pod_event(void *arg, const struct container_run *c, const char *type, const char *reason,
                      const char *message)
{
    struct work *k = arg;
    char path[300];
    struct event_about about;
    event_about_object(&about, k->pod->root);
    about.api_version = "v1";
    about.kind = "Pod";
    if (c) {
        snprintf(path, sizeof path, "spec.%s{%.*s}", c->init ? "initContainers" : "containers", STR_ARG(c->name));
        about.field_path = path;
    }
    recorder_event(k->w->nodes->recorder, &about, type, reason, NULL, k->en->node->name, "%s", message);
}

/* False: to be tried again. A pod that is gone needs no report. */
static bool report(struct work *k)
{
    struct entry *en = k->en;
    struct err e = ERR_INIT;
    struct json *patch = pod_status_patch(&k->arena, en->run, en->node->ip, clk_s());
    const char *headers[] = {en->trace, NULL};
    const struct rest_call call = {.method = "PATCH",
                                   .path = rest_path(&k->arena, "v1/pods", k->pod->ns, k->pod->name, "status"),
                                   .body = patch,
                                   .content_type = "application/strategic-merge-patch+json",
                                   .headers = en->trace ? headers : NULL};
    if (!rest_do(en->node->rest, &call, NULL, &e) && e.code != ERR_NOT_FOUND && e.code != ERR_CONFLICT) {
        LOG_W("pod status not written pod=\"%.*s\" err=\"%s\"", STR_ARG(k->key), e.text);
        return false;
    }
    en->run->dirty = false;
    if (!obj_is(patch, ".status.phase", "Pending")) { /* the walk has what it waited for */
        free(en->trace);
        en->trace = NULL;
    }
    return true;
}

/* ---- What a pod's life asks for ---- */

static bool host_image(void *arg, struct str image, bool add)
{
    struct work *k = arg;
    struct sim_node *node = k->en->node;
    mutex_lock(&node->lock);
    bool has = images_has(&node->images, image);
    if (add) images_add(&node->images, image);
    mutex_unlock(&node->lock);
    return has;
}

static struct pod_config config_of(struct work *k)
{
    return (struct pod_config){.rest = k->en->node->rest,
                               .arena = &k->arena,
                               .pod = k->pod->root,
                               .pod_ip = k->en->run->ip,
                               .host_ip = k->en->node->ip};
}

static bool host_env(void *arg, const struct container_run *c, struct env *out, struct err *why)
{
    struct pod_config cf = config_of(arg);
    return pod_config_env(&cf, c->spec, out, why);
}

/* ---- Starting ---- */

static void note_created(struct work *k, struct trace_note *note)
{
    const struct pod_run *run = k->en->run;
    struct json *f = trace_add(note, STEP_CONTAINER_CREATED);
    static const struct runtime_id none;
    char id[RUNTIME_ID_TEXT];
    obj_put_str(&k->arena, f, ".sandbox", str_n(runtime_id_text(&run->sandbox, id), 12));
    for (int i = 0; i < run->count && i < 4; i++) {
        const struct container_run *c = &run->containers[i];
        struct json *row = obj_append(&k->arena, f, ".containers");
        obj_put_str(&k->arena, row, ".name", c->name);
        obj_put_str(&k->arena, row, ".image", c->image);
        if (memcmp(&c->id, &none, sizeof none) != 0)
            obj_put_str(&k->arena, row, ".id", str_n(runtime_id_text(&c->id, id), 12));
        else
            obj_put_cstr(&k->arena, row, ".waiting", c->waiting_reason);
    }
}

static void note_wrapped(struct work *k, struct trace_note *note)
{
    const struct pod_run *run = k->en->run;
    struct json *f = trace_add(note, STEP_WRAPPED_AS_POD);
    int running = 0;
    for (int i = 0; i < run->count; i++) running += run->containers[i].state == CONTAINER_RUNNING;
    obj_put_cstr(&k->arena, f, ".podIP", run->ip);
    obj_put_int(&k->arena, f, ".running", running);
}

static void gate(struct work *k, enum step step, const char *message)
{
    sim_gate(k->w->sim, step, &k->subject, NULL, message);
}

static void make_sandbox(struct work *k)
{
    struct pod_run *run = k->en->run;
    struct sim_node *node = k->en->node;
    runtime_new_id(&run->sandbox);
    mutex_lock(&node->lock);
    run->holds_ip = cni_take(&node->cni, run->ip);
    mutex_unlock(&node->lock);
    if (!run->holds_ip) run->ip[0] = '\0';
    run->dirty = k->en->started = true;
}

/* The first step of a pod's life, with the gates of the walk around it. */
static void start_pod(struct work *k, struct life *l)
{
    struct trace_note note;
    struct pod_run *run = k->en->run;
    char id[RUNTIME_ID_TEXT];
    trace_begin(&note, &k->arena);
    gate(k, STEP_CONTAINER_CREATED,
         arena_printf(
             &k->arena,
             "the kubelet on %s tells the runtime: RunPodSandbox, PullImage %.*s, CreateContainer, StartContainer",
             k->en->node->name, STR_ARG(run->containers[0].image)));
    make_sandbox(k);
    l->now_ns = clk_ns();
    pod_life_step(l);
    note_created(k, &note);
    gate(k, STEP_WRAPPED_AS_POD,
         arena_printf(&k->arena, "the kubelet wraps sandbox %.12s and its containers as the pod, with address %s",
                      runtime_id_text(&run->sandbox, id), run->ip));
    note_wrapped(k, &note);
    gate(k, STEP_STATUS_REPORTED,
         arena_printf(&k->arena, "the kubelet reports: PATCH pods/%.*s/status", STR_ARG(k->pod->name)));
    const char *header = trace_header(&note);
    k->en->trace = header ? xstrdup(header) : NULL;
}

static bool mount_volumes(struct work *k)
{
    struct pod_config cf = config_of(k);
    struct str volume = STR("");
    struct err why;
    if (pod_config_volumes(&cf, &volume, &why)) return true;
    pod_event(k, NULL, "Warning", "FailedMount",
              arena_printf(&k->arena, "MountVolume.SetUp failed for volume \"%.*s\" : %s", STR_ARG(volume), why.text));
    k->en->mount_ms = k->en->mount_ms ? MIN(2 * k->en->mount_ms, MOUNT_RETRY_MAX_MS) : MOUNT_RETRY_MS;
    workq_add_after(k->w->queue, k->key, k->en->mount_ms);
    return false;
}

/* ---- Beginning ---- */

static void adopt(struct work *k)
{
    struct pod_run *run = k->en->run;
    pod_run_adopt(run);
    mutex_lock(&k->en->node->lock);
    cni_mark(&k->en->node->cni, str_of(run->ip));
    mutex_unlock(&k->en->node->lock);
    run->holds_ip = run->ip[0] != '\0';
    k->en->started = true;
}

void pod_begin(struct work *k)
{
    k->en->start_ms = clk_ms() + k->w->nodes->options.start_latency_ms;
    k->en->due_ns = INT64_MAX;
    if (obj_has(k->pod->root, ".status.podIP"))
        adopt(k);
    else if (!obj_is_deleting(k->pod->root))
        k->en->run->dirty = !report(k); /* ContainerCreating */
}

/* ---- Living ---- */

/* The pod is over and the API server knows: what is left is to let go of it. */
static void hand_back(struct work *k)
{
    struct err e = ERR_INIT;
    const struct rest_delete_opts opts = {.grace_s = 0, .uid = k->pod->uid};
    pod_give_ip(k->en);
    k->en->over = true;
    if (!obj_is_deleting(k->pod->root) || k->en->deleted) return;
    k->en->deleted = rest_delete(k->en->node->rest, "v1/pods", k->pod->ns, k->pod->name, &opts, &e) ||
                     e.code == ERR_NOT_FOUND || e.code == ERR_CONFLICT;
    if (!k->en->deleted) workq_add_limited(k->w->queue, k->key);
}

static void sleep_until_due(struct work *k, const struct life *l)
{
    int64_t now = clk_ns(), line = l->line_ns == INT64_MAX ? INT64_MAX : MAX(l->line_ns, now + LOG_WAKE_MS * MS);
    int64_t at = MIN(l->due_ns, line);
    k->en->due_ns = l->due_ns;
    workq_forget(k->w->queue, k->key);
    if (at != INT64_MAX) workq_add_after(k->w->queue, k->key, (at - now + MS - 1) / MS);
}

/* Steps of its life up to now. When the clock has leapt, each is taken at the time it was due, and only the last is
 * reported. */
static void live(struct work *k, struct life *l, bool stepped)
{
    struct pod_run *run = k->en->run;
    const int64_t now = clk_ns();
    for (int n = 0; n < CATCH_UP_MAX; n++) {
        if (!stepped) pod_life_step(l);
        stepped = false;
        bool behind = now - l->now_ns > CATCH_UP_LAG_MS * MS && !run->terminal;
        if (run->dirty && !behind && (!l->more || l->ended) && !report(k)) {
            k->en->due_ns = l->due_ns;
            workq_add_limited(k->w->queue, k->key);
            return;
        }
        if (run->terminal) {
            hand_back(k);
            return;
        }
        if (l->more) continue;
        if (!behind && l->due_ns > now) break;
        l->now_ns = MIN(l->due_ns, now);
        if (n % CATCH_UP_RESET == CATCH_UP_RESET - 1) arena_reset(l->arena);
    }
    sleep_until_due(k, l);
}

void pod_sync(struct work *k)
{
    static const int64_t no_grace = -1;
    struct entry *en = k->en;
    if (en->over) {
        hand_back(k);
        return;
    }
    if (!pod_status_is_right(en->run)) en->run->dirty = true;
    const struct life_host host = {
        .arg = k, .logs = k->w->logs, .event = pod_event, .image = host_image, .env = host_env};
    struct arena steps AUTO_ARENA = {0};
    struct life l = {.run = en->run, .host = &host, .arena = &steps, .now_ns = MIN(en->due_ns, clk_ns())};
    bool starts = !en->started && !obj_is_deleting(k->pod->root);
    if (starts) {
        int64_t wait = en->start_ms - clk_ms();
        if (wait > 0) workq_add_after(k->w->queue, k->key, wait);
        if (wait > 0 || !mount_volumes(k)) return;
        start_pod(k, &l);
    } else if (obj_is_deleting(k->pod->root) && !en->run->terminal) {
        int64_t grace = obj_int(k->pod->root, ".metadata.deletionGracePeriodSeconds", no_grace);
        l.now_ns = clk_ns();
        pod_life_stop(&l, STOP_DELETED, grace == no_grace ? pod_grace_ns(en->run) : grace * S);
    }
    live(k, &l, starts);
}
