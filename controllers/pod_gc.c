/* pod_gc.c - removes pods that nobody else will: those of nodes that are gone or out of service, those that were
 * deleted before they had a node, and the oldest of too many finished ones
 * (pkg/controller/podgc/gc_controller.go, which looks at all pods every 20 s; this one is woken).
 * Reads: Nodes, Pods.   Writes: pods/status, deletes of Pods.
 *
 * Keys: a node's name; a pod's "ns/name"; FINISHED for the finished pods as a whole. */
#include "base/clk.h"
#include "base/map.h"
#include "base/thread.h"
#include "controllers/limits.h"
#include "controllers/node_health.h"
#include "controllers/node_pods.h"

#include <stdlib.h>

#define FINISHED ":finished" /* no node can be called so */

/* Nodes that pods name and that are not there: name -> ms of cluster time when that was seen (boxed). */
static struct {
    pthread_mutex_t lock;
    struct map since;
} missing = {.lock = MUTEX_INIT};

/* ---- Indexes ---- */

static bool is_finished(const struct object *pod)
{
    return obj_is(pod->root, ".status.phase", "Succeeded") || obj_is(pod->root, ".status.phase", "Failed");
}

static bool by_finished(const struct object *pod, struct buf *out)
{
    buf_cstr(out, FINISHED);
    return is_finished(pod);
}

static void finished_pods(struct ctl *c, struct objs *out)
{
    struct informer *pods = ctl_informer(c, "v1/pods");
    informer_by_index(pods, informer_index(pods, by_finished), STR(FINISHED), out);
}

/* ---- Nodes that are gone ---- */

static void forget(struct str name)
{
    mutex_lock(&missing.lock);
    free(map_take(&missing.since, name));
    mutex_unlock(&missing.lock);
}

/* ms of cluster time for which the node may still come back. */
static int64_t quarantine_left_ms(struct str name)
{
    mutex_lock(&missing.lock);
    int64_t *since = map_get(&missing.since, name), now = clk_ms();
    if (!since) {
        since = xmalloc(sizeof *since);
        *since = now;
        map_set(&missing.since, name, since);
    }
    int64_t left = *since + GC_QUARANTINE_MS - now;
    mutex_unlock(&missing.lock);
    return left;
}

/* Nobody will report how it ended: it counts as failed, then it goes at once. */
static void fail_and_remove(struct ctl *c, const struct object *pod, const struct pod_change *change,
                            struct outcome *out)
{
    if (is_finished(pod) || pod_change_status(c, pod, change, out)) pod_remove(c, pod, 0, out);
}

static const struct pod_change node_gone = {.phase = "Failed",
                                            .type = "DisruptionTarget",
                                            .status = "True",
                                            .reason = "DeletionByPodGC",
                                            .message = "PodGC: node no longer exists"},
                               just_failed = {.phase = "Failed"};

/* The cache may be behind: ask, before pods are thrown away. */
static bool is_really_gone(struct ctl *c, struct str name, struct outcome *out)
{
    struct err e = ERR_INIT;
    if (rest_get(ctl_rest(c), "v1/nodes", STR_NULL, name, NULL, &e)) return false;
    if (e.code != ERR_NOT_FOUND) ctl_fail(out, &e);
    return e.code == ERR_NOT_FOUND;
}

static void gc_orphans(struct ctl *c, struct str name, struct outcome *out)
{
    struct objs pods AUTO_OBJS = {0};
    node_pods(c, name, &pods);
    int64_t left_ms = pods.count ? quarantine_left_ms(name) : 0;
    if (left_ms > 0) {
        out->again_after_ms = left_ms;
        return;
    }
    if (pods.count && !is_really_gone(c, name, out)) return;
    for (size_t i = 0; i < pods.count; i++) fail_and_remove(c, pods.items[i], &node_gone, out);
    if (!out->failed) forget(name);
}

/* ---- Nodes that somebody declared dead ---- */

static bool is_out_of_service(const struct object *node)
{
    if (node_is_ready(node->root)) return false;
    return node_has_taint(node->root, TAINT_OUT_OF_SERVICE, "NoExecute") ||
           node_has_taint(node->root, TAINT_OUT_OF_SERVICE, "NoSchedule");
}

static void gc_out_of_service(struct ctl *c, struct str name, struct outcome *out)
{
    struct objs pods AUTO_OBJS = {0};
    node_pods(c, name, &pods);
    for (size_t i = 0; i < pods.count; i++)
        if (obj_is_deleting(pods.items[i]->root)) fail_and_remove(c, pods.items[i], &just_failed, out);
}

/* ---- Finished and unscheduled pods ---- */

static int by_age(const void *a, const void *b)
{
    const struct object *x = *(const struct object *const *)a, *y = *(const struct object *const *)b;
    int64_t s = obj_time_s(x->root, ".metadata.creationTimestamp", 0),
            t = obj_time_s(y->root, ".metadata.creationTimestamp", 0);
    return s != t ? (s < t ? -1 : 1) : str_cmp(x->name, y->name);
}

static void gc_finished(struct ctl *c, struct outcome *out)
{
    struct objs pods AUTO_OBJS = {0};
    finished_pods(c, &pods);
    if (pods.count <= GC_TERMINATED_MAX) return;
    qsort(pods.items, pods.count, sizeof(struct object *), by_age);
    for (size_t i = 0; i < pods.count - GC_TERMINATED_MAX; i++) pod_remove(c, pods.items[i], 0, out);
}

static void gc_unscheduled(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *pod AUTO_OBJ = ctl_get(c, "v1/pods", ns, name);
    if (!pod || !obj_is_deleting(pod->root) || obj_str(pod->root, ".spec.nodeName").n) return;
    fail_and_remove(c, pod, &just_failed, out);
}

static void gc_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    if (ns.n) {
        gc_unscheduled(c, ns, name, out);
        return;
    }
    if (str_eqc(name, FINISHED)) {
        gc_finished(c, out);
        return;
    }
    const struct object *node AUTO_OBJ = ctl_get(c, "v1/nodes", STR_NULL, name);
    if (!node) {
        gc_orphans(c, name, out);
        return;
    }
    forget(name);
    if (is_out_of_service(node)) gc_out_of_service(c, name, out);
}

/* ---- Events of pods ---- */

static int64_t finished; /* pods in the cache; the informer's thread */

static void count_finished(struct ctl *c, const struct object *old, const struct object *pod)
{
    int64_t before = finished;
    finished += (pod && is_finished(pod)) - (old && is_finished(old));
    if (finished > before && finished > GC_TERMINATED_MAX) workq_add(ctl_queue(c), STR(FINISHED));
}

static void gc_on_pod(struct ctl *c, const char *resource, const struct object *old, const struct object *pod)
{
    (void)resource;
    count_finished(c, old, pod);
    if (!pod) return;
    struct arena a AUTO_ARENA = {0};
    struct str name = obj_str(pod->root, ".spec.nodeName");
    bool goes = obj_is_deleting(pod->root), begins = goes && !(old && obj_is_deleting(old->root));
    if (begins && !name.n) workq_add(ctl_queue(c), obj_nsname(&a, pod->root));
    if (!name.n || (old && obj_str(old->root, ".spec.nodeName").n && !begins)) return;
    const struct object *node AUTO_OBJ = ctl_get(c, "v1/nodes", STR_NULL, name);
    if (!node || (begins && is_out_of_service(node))) workq_add(ctl_queue(c), name);
}

static void init(struct ctl *c)
{
    struct informer *pods = ctl_informer(c, "v1/pods");
    node_pods_init(c);
    (void)informer_index(pods, by_finished);
    finished = 0;
    mutex_lock(&missing.lock); /* nothing of an earlier host */
    map_release(&missing.since, free);
    map_init(&missing.since);
    mutex_unlock(&missing.lock);
}

const struct ctl_spec pod_gc_controller = {
    .name = "pod-garbage-collector",
    .primary = "v1/nodes",
    .kind = "Node",
    .reads = {"v1/pods"},
    .workers = 2,
    .reconcile = gc_reconcile,
    .on_read_event = gc_on_pod,
    .init = init,
};
