/* taint_eviction.c - deletes pods from nodes with NoExecute taints that they do not tolerate, or no longer
 * (pkg/controller/tainteviction/taint_eviction.go).
 * Reads: Nodes, Pods by node.   Writes: pods/status, deletes of Pods, Events.
 *
 * Keys are nodes: one look at a tainted node decides for all its pods, and its next timer is that of the pod whose
 * time is up first. A node without such a taint costs one look-up per event. */
#include "base/clk.h"
#include "base/map.h"
#include "base/thread.h"
#include "controllers/limits.h"
#include "controllers/node_pods.h"

#include <stdlib.h>

/* Pods whose time runs: uid -> since when, in ms of cluster time (boxed). */
static struct {
    pthread_mutex_t lock;
    struct map since;
} running = {.lock = MUTEX_INIT};

/* Since when the pod's time runs; from now if it did not. */
static int64_t run_since_ms(struct str uid, int64_t now_ms)
{
    mutex_lock(&running.lock);
    int64_t *since = map_get(&running.since, uid);
    if (!since) {
        since = xmalloc(sizeof *since);
        *since = now_ms;
        map_set(&running.since, uid, since);
    }
    int64_t ms = *since;
    mutex_unlock(&running.lock);
    return ms;
}

/* True: its time was running. */
static bool forget(struct str uid)
{
    mutex_lock(&running.lock);
    int64_t *since = map_take(&running.since, uid);
    mutex_unlock(&running.lock);
    bool ran = since != NULL;
    free(since);
    return ran;
}

static bool any_running(void)
{
    mutex_lock(&running.lock);
    bool any = running.since.count > 0;
    mutex_unlock(&running.lock);
    return any;
}

static void cancel(struct ctl *c, const struct object *pod)
{
    if (forget(pod->uid))
        pod_event(c, pod, "Normal", "TaintManagerEviction", "Cancelling deletion of Pod %.*s/%.*s", STR_ARG(pod->ns),
                  STR_ARG(pod->name));
}

static void evict(struct ctl *c, const struct object *pod, struct outcome *out)
{
    pod_event(c, pod, "Normal", "TaintManagerEviction", "Marking for deletion Pod %.*s/%.*s", STR_ARG(pod->ns),
              STR_ARG(pod->name));
    static const struct pod_change target = {.type = "DisruptionTarget",
                                             .status = "True",
                                             .reason = "DeletionByTaintManager",
                                             .message = "Taint manager: deleting due to NoExecute taint"};
    if (pod_change_status(c, pod, &target, out) && pod_remove(c, pod, -1, out)) forget(pod->uid);
}

/* ms of cluster time until the pod must go; 0 now, -1 never. */
static int64_t time_left_ms(const struct object *node, const struct object *pod)
{
    int64_t tolerates_s = pod_tolerates_s(pod->root, node->root, "NoExecute"), now = clk_ms();
    if (tolerates_s <= 0) return tolerates_s;
    return MAX(run_since_ms(pod->uid, now) + tolerates_s * 1000 - now, 0);
}

static void taint_reconcile(struct ctl *c, struct str none, struct str name, struct outcome *out)
{
    (void)none;
    const struct object *node AUTO_OBJ = ctl_get(c, "v1/nodes", STR_NULL, name);
    bool tainted = node && node_has_taint(node->root, NULL, "NoExecute");
    if (!tainted && !any_running()) return;
    struct objs pods AUTO_OBJS = {0};
    node_pods(c, name, &pods);
    for (size_t i = 0; i < pods.count; i++) {
        const struct object *pod = pods.items[i];
        if (obj_is_deleting(pod->root)) {
            forget(pod->uid);
            continue;
        }
        int64_t left = tainted ? time_left_ms(node, pod) : -1;
        if (left < 0)
            cancel(c, pod);
        else if (left == 0)
            evict(c, pod, out);
        else if (!out->again_after_ms || left < out->again_after_ms)
            out->again_after_ms = left;
    }
}

static bool same(const struct json *a, const struct json *b, const char *path)
{
    const struct json *x = obj_get(a, path), *y = obj_get(b, path);
    return x == y || (x && y && json_equal(x, y));
}

/* A pod that comes to a tainted node, or is given other tolerations there. */
static void taint_on_pod(struct ctl *c, const char *resource, const struct object *old, const struct object *pod)
{
    (void)resource;
    if (!pod) {
        forget(old->uid);
        return;
    }
    struct str name = obj_str(pod->root, ".spec.nodeName");
    if (!name.n ||
        (old && same(old->root, pod->root, ".spec.nodeName") && same(old->root, pod->root, ".spec.tolerations")))
        return;
    const struct object *node AUTO_OBJ = ctl_get(c, "v1/nodes", STR_NULL, name);
    if (node && node_has_taint(node->root, NULL, "NoExecute")) workq_add(ctl_queue(c), name);
}

static void init(struct ctl *c)
{
    node_pods_init(c);
    mutex_lock(&running.lock); /* nothing of an earlier host */
    map_release(&running.since, free);
    map_init(&running.since);
    mutex_unlock(&running.lock);
}

const struct ctl_spec taint_eviction_controller = {
    .name = "taint-eviction",
    .primary = "v1/nodes",
    .kind = "Node",
    .reads = {"v1/pods"},
    .workers = NODE_WORKERS,
    .reconcile = taint_reconcile,
    .on_read_event = taint_on_pod,
    .init = init,
};
