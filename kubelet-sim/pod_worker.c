/* pod_worker.c - see pod_worker.h: keys, entries, threads.
 * Reads: pods from the informer.   Writes: entries. */
#include "kubelet-sim/pod_worker_priv.h"

#include <stdio.h>
#include <stdlib.h>

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
    free(en->trace);
    free(en);
}

static void drop_entry(struct pod_workers *w, struct str key)
{
    mutex_lock(&w->lock);
    struct entry *en = map_take(&w->entries, key);
    mutex_unlock(&w->lock);
    if (!en) return;
    pod_give_ip(en);
    logs_forget(w->logs, en->run->pod->uid);
    free_entry(en);
}

/* ---- One key ---- */

static bool begin(struct work *k)
{
    struct sim_node *node = nodes_find(k->w->nodes, obj_str(k->pod->root, ".spec.nodeName"));
    bool finished =
        obj_is(k->pod->root, ".status.phase", "Succeeded") || obj_is(k->pod->root, ".status.phase", "Failed");
    if (!node || (finished && !obj_is_deleting(k->pod->root))) return false;
    k->en = xcalloc(1, sizeof *k->en);
    k->en->node = node;
    k->en->run = pod_run_new(k->pod, clk_ns());
    k->en->run->terminal = finished;
    entry_set(k->w, k->key, k->en);
    pod_begin(k);
    return true;
}

/* The node controller says not ready, and no reason, of pods on a node that it did not hear from. It hears again: so
 * does whoever asks for the pod. */
static bool is_denied(const struct work *k)
{
    const struct json *ready = obj_condition(k->pod->root, "Ready");
    return obj_is(ready, ".status", "False") && !obj_str(ready, ".reason").n && atomic_load(&k->en->node->is_ready);
}

/* Nothing goes on on a dead node. */
static bool is_cut_off(const struct work *k)
{
    const struct sim_node *n = k->pod ? nodes_find(k->w->nodes, obj_str(k->pod->root, ".spec.nodeName")) : NULL;
    return n && atomic_load(&n->dead);
}

static void handle(struct work *k)
{
    if (is_cut_off(k)) return;
    k->en = entry_of(k->w, k->key);
    if (k->en && (!k->pod || !str_eq(k->en->run->pod->uid, k->pod->uid))) {
        drop_entry(k->w, k->key);
        k->en = NULL;
    }
    if (!k->pod || (!k->en && !begin(k))) return;
    pod_run_set_pod(k->en->run, k->pod);
    if (is_denied(k)) k->en->run->dirty = true;
    pod_sync(k);
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

struct pod_workers *pod_workers_new(struct nodes *nodes, struct informer *pods, struct logs *logs, struct sim *sim)
{
    struct pod_workers *w = xcalloc(1, sizeof *w);
    w->nodes = nodes;
    w->pods = pods;
    w->logs = logs;
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
