/* pod_worker.c - see pod_worker.h.
 * Reads: pods from the informer.   Writes: pods/status, deletes with grace 0, Events; traces steps 11-13. */
#include "kubelet-sim/pod_worker.h"

#include "base/log.h"
#include "kubelet-sim/pod_status.h"

#include <stdio.h>
#include <stdlib.h>

struct entry { /* what we run for a key; owned by whoever handles the key */
    struct pod_run *run;
    struct sim_node *node;
    int64_t due_ms;         /* cluster time at which its containers start */
    bool started, reported; /* containers are up; and the API server knows */
};

struct pod_workers {
    struct nodes *nodes;
    struct informer *pods;
    struct sim *sim;
    struct workq *queue;
    struct pool *slow; /* pods held at a gate */
    pthread_t threads[POD_WORKERS];
    pthread_mutex_t lock; /* entries */
    struct map entries;   /* "ns/name" -> struct entry */
};

struct work { /* one handling of one key */
    struct pod_workers *w;
    struct arena arena;
    struct entry *en;
    const struct object *pod;
    struct sim_subject subject;
    struct str key;
};

/* ---- Entries ---- */

static struct entry *entry_of(struct pod_workers *w, struct str key)
{
    mutex_lock(&w->lock);
    struct entry *en = map_get(&w->entries, key);
    mutex_unlock(&w->lock);
    return en;
}

static void entry_set(struct pod_workers *w, struct str key, struct entry *en)
{
    mutex_lock(&w->lock);
    map_set(&w->entries, key, en);
    mutex_unlock(&w->lock);
}

static void free_entry(void *v)
{
    struct entry *en = v;
    pod_run_free(en->run);
    free(en);
}

static void drop_entry(struct pod_workers *w, struct str key)
{
    mutex_lock(&w->lock);
    struct entry *en = map_take(&w->entries, key);
    mutex_unlock(&w->lock);
    if (!en) return;
    mutex_lock(&en->node->lock);
    cni_give(&en->node->cni, str_of(en->run->ip));
    mutex_unlock(&en->node->lock);
    free_entry(en);
}

/* ---- Reporting ---- */

static void container_event(struct work *k, const struct container_run *c, const char *type, const char *reason,
                            const char *message)
{
    char path[300];
    struct event_about about;
    event_about_object(&about, k->pod->root);
    snprintf(path, sizeof path, "spec.%s{%.*s}", c->init ? "initContainers" : "containers", STR_ARG(c->name));
    about.api_version = "v1";
    about.kind = "Pod";
    about.field_path = path;
    recorder_event(k->w->nodes->recorder, &about, type, reason, NULL, k->en->node->name, "%s", message);
}

/* False: to be tried again. A pod that is gone needs no report. */
static bool report(struct work *k, const char *header, bool terminating)
{
    struct entry *en = k->en;
    struct err e = ERR_INIT;
    struct json *patch = pod_status_patch(&k->arena, en->run, en->node->ip, clk_s(), terminating);
    const char *headers[] = {header, NULL};
    const struct rest_call call = {.method = "PATCH",
                                   .path = rest_path(&k->arena, "v1/pods", k->pod->ns, k->pod->name, "status"),
                                   .body = patch,
                                   .content_type = "application/strategic-merge-patch+json",
                                   .headers = header ? headers : NULL};
    if (rest_do(en->node->rest, &call, NULL, &e) || e.code == ERR_NOT_FOUND || e.code == ERR_CONFLICT) return true;
    LOG_W("pod status not written pod=\"%.*s\" err=\"%s\"", STR_ARG(k->key), e.text);
    return false;
}

/* ---- Starting ---- */

static void refuse(struct work *k, struct container_run *c, const char *reason, const char *message)
{
    c->waiting_reason = reason;
    snprintf(c->waiting_message, sizeof c->waiting_message, "%s", message);
    container_event(k, c, "Warning", strcmp(reason, "ErrImageNeverPull") == 0 ? reason : "InspectFailed", message);
    container_event(k, c, "Warning", "Failed", arena_printf(&k->arena, "Error: %s", reason));
}

/* The image, pulled or present. False: the container cannot start. */
static bool ensure_image(struct work *k, struct container_run *c)
{
    struct sim_node *node = k->en->node;
    struct arena *a = &k->arena;
    struct str image = image_normalize(a, c->image);
    const struct json *spec =
        obj_find(k->pod->root, c->init ? ".spec.initContainers" : ".spec.containers", "name", c->name);
    struct str policy = obj_str(spec, ".imagePullPolicy");
    if (str_is_null(image)) {
        refuse(k, c, "InvalidImageName",
               arena_printf(a,
                            "Failed to apply default image tag \"%.*s\": couldn't parse image name \"%.*s\": invalid "
                            "reference format",
                            STR_ARG(c->image), STR_ARG(c->image)));
        return false;
    }
    mutex_lock(&node->lock);
    bool present = images_has(&node->images, image);
    if (!str_eqc(policy, "Never")) images_add(&node->images, image);
    mutex_unlock(&node->lock);
    if (!present && str_eqc(policy, "Never")) {
        refuse(k, c, "ErrImageNeverPull",
               arena_printf(a, "Container image \"%.*s\" is not present with pull policy of Never", STR_ARG(c->image)));
        return false;
    }
    if (present && !str_eqc(policy, "Always")) {
        container_event(
            k, c, "Normal", "Pulled",
            arena_printf(a, "Container image \"%.*s\" already present on machine and can be accessed by the pod",
                         STR_ARG(c->image)));
    } else {
        container_event(k, c, "Normal", "Pulling", arena_printf(a, "Pulling image \"%.*s\"", STR_ARG(c->image)));
        container_event(
            k, c, "Normal", "Pulled",
            arena_printf(a, "Successfully pulled image \"%.*s\" in 0s (0s including waiting). Image size: %lld bytes.",
                         STR_ARG(c->image), (long long)image_size(image)));
    }
    snprintf(c->image_id, sizeof c->image_id, "%.*s", STR_ARG(image_id(a, image)));
    return true;
}

static bool start_container(struct work *k, struct container_run *c)
{
    if (!ensure_image(k, c)) return false;
    runtime_new_id(c->id, "containerd://");
    container_event(k, c, "Normal", "Created", "Container created");
    container_event(k, c, "Normal", "Started", "Container started");
    c->started_s = clk_s();
    c->state = CONTAINER_RUNNING;
    if (c->init && !c->sidecar) { /* init containers do their work at once */
        c->state = CONTAINER_TERMINATED;
        c->finished_s = c->started_s;
    }
    return true;
}

static void make_sandbox(struct work *k)
{
    struct pod_run *run = k->en->run;
    struct sim_node *node = k->en->node;
    runtime_new_id(run->sandbox, "");
    mutex_lock(&node->lock);
    if (!cni_take(&node->cni, run->ip)) run->ip[0] = '\0';
    mutex_unlock(&node->lock);
    for (int i = 0; i < run->count; i++)
        if (!start_container(k, &run->containers[i])) break; /* later ones wait for it */
}

static void note_created(struct work *k, struct trace_note *note)
{
    const struct pod_run *run = k->en->run;
    struct json *f = trace_add(note, STEP_CONTAINER_CREATED);
    obj_put_str(&k->arena, f, ".sandbox", str_n(run->sandbox, 12));
    for (int i = 0; i < run->count && i < 4; i++) {
        const struct container_run *c = &run->containers[i];
        struct json *row = obj_append(&k->arena, f, ".containers");
        obj_put_str(&k->arena, row, ".name", c->name);
        obj_put_str(&k->arena, row, ".image", c->image);
        if (c->id[0])
            obj_put_str(&k->arena, row, ".id", str_n(c->id + strlen("containerd://"), 12));
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

static void run_containers(struct work *k)
{
    struct trace_note note;
    const struct container_run *first = &k->en->run->containers[0];
    trace_begin(&note, &k->arena);
    gate(k, STEP_CONTAINER_CREATED,
         arena_printf(
             &k->arena,
             "the kubelet on %s tells the runtime: RunPodSandbox, PullImage %.*s, CreateContainer, StartContainer",
             k->en->node->name, STR_ARG(first->image)));
    make_sandbox(k);
    k->en->started = true;
    note_created(k, &note);
    gate(k, STEP_WRAPPED_AS_POD,
         arena_printf(&k->arena, "the kubelet wraps sandbox %.12s and its containers as the pod, with address %s",
                      k->en->run->sandbox, k->en->run->ip));
    note_wrapped(k, &note);
    gate(k, STEP_STATUS_REPORTED,
         arena_printf(&k->arena, "the kubelet reports: PATCH pods/%.*s/status", STR_ARG(k->pod->name)));
    k->en->reported = report(k, trace_header(&note), false);
}

/* ---- One key ---- */

/* A pod that ran before we started: its containers are taken as running still. */
static void adopt(struct work *k)
{
    struct pod_run *run = k->en->run;
    struct str ip = obj_str(k->pod->root, ".status.podIP");
    snprintf(run->ip, sizeof run->ip, "%.*s", STR_ARG(ip));
    mutex_lock(&k->en->node->lock);
    cni_mark(&k->en->node->cni, ip);
    mutex_unlock(&k->en->node->lock);
    for (int i = 0; i < run->count; i++) {
        struct container_run *c = &run->containers[i];
        const struct json *s = obj_find(
            k->pod->root, c->init ? ".status.initContainerStatuses" : ".status.containerStatuses", "name", c->name);
        c->state = obj_has(s, ".state.terminated") ? CONTAINER_TERMINATED : CONTAINER_RUNNING;
        c->started_s = obj_time_s(s, ".state.running.startedAt", clk_s());
        snprintf(c->id, sizeof c->id, "%.*s", STR_ARG(obj_str(s, ".containerID")));
        snprintf(c->image_id, sizeof c->image_id, "%.*s", STR_ARG(obj_str(s, ".imageID")));
    }
    run->started_s = obj_time_s(k->pod->root, ".status.startTime", clk_s());
    k->en->started = k->en->reported = true;
}

static void terminate(struct work *k)
{
    struct pod_run *run = k->en->run;
    struct err e = ERR_INIT;
    for (int i = 0; i < run->count; i++) {
        struct container_run *c = &run->containers[i];
        if (c->state != CONTAINER_RUNNING) continue;
        container_event(k, c, "Normal", "Killing",
                        arena_printf(&k->arena, "Stopping container %.*s", STR_ARG(c->name)));
        c->state = CONTAINER_TERMINATED;
        c->finished_s = clk_s();
    }
    bool ok = report(k, NULL, true);
    const struct rest_delete_opts opts = {.grace_s = 0, .uid = k->pod->uid};
    ok = ok && (rest_delete(k->en->node->rest, "v1/pods", k->pod->ns, k->pod->name, &opts, &e) ||
                e.code == ERR_NOT_FOUND || e.code == ERR_CONFLICT);
    if (ok)
        drop_entry(k->w, k->key);
    else
        workq_add_limited(k->w->queue, k->key);
}

static bool begin(struct work *k)
{
    struct sim_node *node = nodes_find(k->w->nodes, obj_str(k->pod->root, ".spec.nodeName"));
    if (!node) return false;
    bool finished =
        obj_is(k->pod->root, ".status.phase", "Succeeded") || obj_is(k->pod->root, ".status.phase", "Failed");
    if (finished && !obj_is_deleting(k->pod->root)) return false;
    k->en = xcalloc(1, sizeof *k->en);
    k->en->node = node;
    k->en->run = pod_run_new(k->pod, clk_s());
    k->en->due_ms = clk_ms() + k->w->nodes->options.start_latency_ms;
    entry_set(k->w, k->key, k->en);
    if (obj_is(k->pod->root, ".status.phase", "Running"))
        adopt(k);
    else if (!obj_is_deleting(k->pod->root))
        report(k, NULL, false); /* ContainerCreating */
    return true;
}

static void handle(struct work *k)
{
    struct entry *en = k->en = entry_of(k->w, k->key);
    if (en && (!k->pod || !str_eq(en->run->pod->uid, k->pod->uid))) {
        drop_entry(k->w, k->key);
        k->en = NULL;
    }
    if (!k->pod || (!k->en && !begin(k))) return;
    en = k->en;
    if (obj_is_deleting(k->pod->root)) {
        terminate(k);
        return;
    }
    if (!en->started) {
        int64_t wait = en->due_ms - clk_ms();
        if (wait > 0) {
            workq_add_after(k->w->queue, k->key, wait);
            return;
        }
        run_containers(k);
    } else if (!en->reported) {
        en->reported = report(k, NULL, false);
    }
    if (en->reported)
        workq_forget(k->w->queue, k->key);
    else
        workq_add_limited(k->w->queue, k->key);
}

/* Takes key over. */
static void handle_key(struct pod_workers *w, char *key)
{
    struct work k = {.w = w, .key = str_of(key)};
    struct str name, ns = str_cut(k.key, '/', &name);
    arena_init(&k.arena, 16 * 1024);
    k.pod = informer_get(w->pods, ns, name);
    k.subject = (struct sim_subject){ns, name, k.pod ? k.pod->uid : STR_NULL};
    turn_take(w->sim, "key", k.key);
    handle(&k);
    turn_give(w->sim);
    object_unref(k.pod);
    arena_release(&k.arena);
    workq_done(w->queue, key);
    sim_poke(w->sim);
}

struct slow_key {
    struct job job;
    struct pod_workers *w;
    char *key;
};

static void handle_slow(struct job *j)
{
    struct slow_key *s = CONTAINER_OF(j, struct slow_key, job);
    handle_key(s->w, s->key);
    free(s);
}

/* A pod that a stepper holds must not occupy a worker. */
static void *worker(void *arg)
{
    struct pod_workers *w = arg;
    char *key;
    while ((key = workq_get(w->queue))) {
        struct sim_subject subject = {.uid = STR_NULL};
        subject.ns = str_cut(str_of(key), '/', &subject.name);
        if (!sim_stepping(w->sim, &subject)) {
            handle_key(w, key);
            continue;
        }
        struct slow_key *s = xcalloc(1, sizeof *s);
        s->job.run = handle_slow;
        s->w = w;
        s->key = key;
        pool_submit(w->slow, &s->job);
    }
    return NULL;
}

/* ---- Life cycle ---- */

struct pod_workers *pod_workers_new(struct nodes *nodes, struct informer *pods, struct sim *sim)
{
    struct pod_workers *w = xcalloc(1, sizeof *w);
    w->nodes = nodes;
    w->pods = pods;
    w->sim = sim;
    w->queue = workq_new("pods");
    w->slow = pool_new("slow-pod", STEPPED_MAX);
    pthread_mutex_init(&w->lock, NULL);
    return w;
}

void pod_workers_start(struct pod_workers *w)
{
    for (int i = 0; i < POD_WORKERS; i++) w->threads[i] = thread_start("pod-worker", worker, w);
}

void pod_workers_notice(struct pod_workers *w, const struct object *pod)
{
    char key[640];
    snprintf(key, sizeof key, "%.*s/%.*s", STR_ARG(pod->ns), STR_ARG(pod->name));
    workq_add(w->queue, str_of(key));
}

void pod_workers_stop(struct pod_workers *w)
{
    workq_shutdown(w->queue);
    for (int i = 0; i < POD_WORKERS; i++) thread_join(w->threads[i]);
}

void pod_workers_free(struct pod_workers *w)
{
    pool_free(w->slow);
    map_release(&w->entries, free_entry);
    workq_free(w->queue);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

bool pod_workers_idle(struct pod_workers *w) { return workq_idle(w->queue) && pool_pending(w->slow) == 0; }
