/* node_lifecycle.c - marks nodes that give no sign of life, keeps taints in step with conditions, and tells of nodes
 * that come and go (pkg/controller/nodelifecycle/node_lifecycle_controller.go).
 * Reads: Nodes, Leases, Pods by node.   Writes: nodes/status, taints of Nodes, pods/status, Events.
 *
 * A renewed Lease costs nothing but its place in the cache: each node has one timer, due when the newest sign of life
 * that was known at its last look grows too old; when it fires the newest Lease decides, and mostly it is set anew.
 *
 * Nodes of a zone are given their NoExecute taint one by one (ZONE_TAINT_EVERY_MS), more slowly or not at all when
 * most of the zone is gone, and when no node of the cluster is ready nobody is evicted. */
#include "base/clk.h"
#include "base/map.h"
#include "base/mono.h"
#include "base/thread.h"
#include "controllers/limits.h"
#include "controllers/node_health.h"
#include "controllers/node_pods.h"

#include <stdlib.h>

#define LEASES "coordination.k8s.io/v1/leases"

/* ---- What is remembered of nodes and zones ---- */

struct zone {
    int ready, not_ready;
    int64_t next_ms; /* cluster time at which the next node may be tainted */
};

struct known_node {
    struct zone *zone;
    bool ready;
    int64_t first_seen_ms;
};

static struct {
    pthread_mutex_t lock;
    struct map nodes; /* name -> struct known_node */
    struct map zones; /* "region:zone" -> struct zone; they stay */
} known = {.lock = MUTEX_INIT};

static struct {
    pthread_mutex_t lock; /* held during the pause: who comes meanwhile waits for the same one */
    int64_t until_ms;     /* cluster time up to which all that live have had the time to say so */
} jump = {.lock = MUTEX_INIT};

static bool all_full(void)
{
    for (uint32_t i = 0; i < known.zones.count; i++) {
        const struct zone *z = known.zones.entries[i].value;
        if (z->ready) return false;
    }
    return true;
}

static void count(struct known_node *n, int by) { *(n->ready ? &n->zone->ready : &n->zone->not_ready) += by; }

static struct zone *zone_of(const struct json *node)
{
    struct arena a AUTO_ARENA = {0};
    struct str name = node_zone(&a, node);
    struct zone *z = map_get(&known.zones, name);
    if (z) return z;
    z = xcalloc(1, sizeof *z);
    map_set(&known.zones, name, z);
    return z;
}

/* A summary that changes exactly when other nodes may have to be looked at again. Lock held. */
static int64_t pace(const struct zone *z)
{
    return zone_taint_every_ms(zone_state_of(z->ready, z->not_ready), z->ready + z->not_ready, all_full());
}

/* obj NULL: the node is gone. True: the pace of its zone, or of all, has changed. */
static bool take_note(const struct object *old, const struct object *obj)
{
    struct str name = obj ? obj->name : old->name;
    mutex_lock(&known.lock);
    struct known_node *n = map_get(&known.nodes, name);
    bool full = all_full();
    int64_t before = n ? pace(n->zone) : 0;
    struct zone *was = n ? n->zone : NULL;
    if (n) count(n, -1);
    if (!obj) {
        free(map_take(&known.nodes, name));
    } else {
        if (!n) {
            n = xcalloc(1, sizeof *n);
            n->first_seen_ms = clk_ms();
            map_set(&known.nodes, name, n);
        }
        n->zone = zone_of(obj->root);
        n->ready = node_is_ready(obj->root);
        count(n, 1);
    }
    bool changed = full != all_full() || (was && (pace(was) != before || (obj && n->zone != was)));
    mutex_unlock(&known.lock);
    return changed;
}

static int64_t first_seen_ms(struct str name)
{
    mutex_lock(&known.lock);
    const struct known_node *n = map_get(&known.nodes, name);
    int64_t ms = n ? n->first_seen_ms : clk_ms();
    mutex_unlock(&known.lock);
    return ms;
}

/* May this node get its NoExecute taint now? *wait_ms > 0: not yet. */
static bool may_evict(struct str name, bool has_it, int64_t *wait_ms)
{
    mutex_lock(&known.lock);
    const struct known_node *n = map_get(&known.nodes, name);
    int64_t every = n ? pace(n->zone) : 0, now = clk_ms();
    bool go = n && !all_full() && (has_it || (every && now >= n->zone->next_ms));
    if (go && !has_it)
        n->zone->next_ms = now + every;
    else if (!go && every)
        *wait_ms = n->zone->next_ms - now;
    mutex_unlock(&known.lock);
    return go;
}

/* ---- A clock that runs away ---- */

/* All Leases grow old at once when cluster time jumps, or runs so fast that kubelets cannot keep up. They renew them
 * within milliseconds, as soon as they know; so wait (in real time) until no more Leases come. One pause serves all
 * nodes. An advance of the clock goes from timer to timer and needs no pause. */
static void let_leases_come(struct ctl *c, int64_t expired_ms)
{
    struct informer *leases = ctl_informer(c, LEASES);
    mutex_lock(&jump.lock);
    if (jump.until_ms < expired_ms) {
        uint64_t rev;
        int tries = 0;
        do {
            rev = informer_rev(leases);
        } while (http_wait(rest_http(ctl_rest(c)), NODE_JUMP_PAUSE_MS) && informer_rev(leases) != rev &&
                 ++tries < NODE_JUMP_PAUSES_MAX);
        jump.until_ms = clk_ms();
    }
    mutex_unlock(&jump.lock);
}

static int64_t expires_ms(struct ctl *c, const struct object *node)
{
    const struct object *lease AUTO_OBJ = ctl_get(c, LEASES, STR("kube-node-lease"), node->name);
    return node_expires_ms(node->root, lease ? lease->root : NULL, first_seen_ms(node->name));
}

/* ---- Writing ---- */

/* The version that was looked at, or a conflict: what comes meanwhile is looked at first. */
static struct json *patch_of(struct arena *a, const struct object *node)
{
    struct json *patch = obj_empty(a);
    obj_put_fmt(a, patch, ".metadata.resourceVersion", "%llu", (unsigned long long)node->rv);
    return patch;
}

static void send(struct ctl *c, const struct object *node, const char *sub, const struct json *patch,
                 struct outcome *out)
{
    struct err e = ERR_INIT;
    if (!rest_patch(ctl_rest(c), "v1/nodes", STR_NULL, node->name, sub, "strategic", patch, NULL, &e) &&
        e.code != ERR_NOT_FOUND)
        ctl_fail(out, &e);
}

static void mark_unknown(struct ctl *c, const struct object *node, struct outcome *out)
{
    struct json *patch = patch_of(out->arena, node);
    node_mark_unknown(out->arena, patch, node->root, clk_s());
    send(c, node, "status", patch, out);
    if (!out->failed && node_is_ready(node->root))
        ctl_event(c, node, "Normal", "NodeNotReady", "Node %.*s status is now: NodeNotReady", STR_ARG(node->name));
}

static void keep_taints(struct ctl *c, const struct object *node, int64_t *wait_ms, struct outcome *out)
{
    bool has_it = node_has_taint(node->root, TAINT_NOT_READY, "NoExecute") ||
                  node_has_taint(node->root, TAINT_UNREACHABLE, "NoExecute");
    bool evict = node_evicting_taint(node->root) && may_evict(node->name, has_it, wait_ms);
    struct json *taints = node_taints(out->arena, node->root, evict, clk_s());
    if (!taints) return;
    struct json *patch = patch_of(out->arena, node);
    obj_put_copy(out->arena, patch, ".spec.taints", taints);
    send(c, node, NULL, patch, out);
}

/* Nobody hears from its pods: they are not ready to serve. */
static void mark_pods(struct ctl *c, const struct object *node, struct outcome *out)
{
    static const struct pod_change not_ready = {.type = "Ready", .status = "False"};
    struct objs pods AUTO_OBJS = {0};
    node_pods(c, node->name, &pods);
    for (size_t i = 0; i < pods.count; i++) {
        if (!obj_condition_true(pods.items[i]->root, "Ready")) continue;
        if (!pod_change_status(c, pods.items[i], &not_ready, out)) continue;
        pod_event(c, pods.items[i], "Warning", "NodeNotReady", "Node is not ready");
    }
}

static void node_reconcile(struct ctl *c, struct str none, struct str name, struct outcome *out)
{
    (void)none;
    const struct object *node AUTO_OBJ = ctl_get(c, "v1/nodes", STR_NULL, name);
    int64_t wait_ms = 0;
    if (!node) return;
    int64_t expires = expires_ms(c, node);
    if (clk_ms() > expires + NODE_LATE_MS && node_is_to_mark(node->root)) {
        let_leases_come(c, expires);
        expires = expires_ms(c, node);
    }
    bool expired = clk_ms() >= expires;
    if (expired && node_is_to_mark(node->root)) {
        mark_unknown(c, node, out); /* the changed node comes back as an event */
        return;
    }
    keep_taints(c, node, &wait_ms, out);
    if (obj_condition(node->root, "Ready") && !node_is_ready(node->root)) mark_pods(c, node, out);
    if (!expired) out->again_after_ms = MAX(expires - clk_ms(), 1);
    if (wait_ms > 0 && (expired || wait_ms < out->again_after_ms)) out->again_after_ms = wait_ms;
}

/* ---- Events of nodes ---- */

static void wake_all(struct ctl *c)
{
    struct objs nodes AUTO_OBJS = {0};
    informer_list(ctl_informer(c, "v1/nodes"), STR_NULL, &nodes);
    for (size_t i = 0; i < nodes.count; i++) workq_add(ctl_queue(c), nodes.items[i]->name);
}

static void on_event(struct ctl *c, const char *resource, const struct object *old, const struct object *obj)
{
    if (strcmp(resource, "v1/nodes") != 0) return;
    if (!old)
        ctl_event(c, obj, "Normal", "RegisteredNode", "Node %.*s event: Registered Node %.*s in Controller",
                  STR_ARG(obj->name), STR_ARG(obj->name));
    if (!obj)
        ctl_event(c, old, "Normal", "RemovingNode", "Node %.*s event: Removing Node %.*s from Controller",
                  STR_ARG(old->name), STR_ARG(old->name));
    if (take_note(old, obj)) wake_all(c);
}

/* A pod that comes to a node which is not ready, or says Ready there: it is told otherwise. */
static void on_read(struct ctl *c, const char *resource, const struct object *old, const struct object *obj)
{
    if (strcmp(resource, "v1/pods") != 0) {
        on_event(c, resource, old, obj);
        return;
    }
    if (!obj || !obj_condition_true(obj->root, "Ready") || (old && obj_condition_true(old->root, "Ready"))) return;
    struct str name = obj_str(obj->root, ".spec.nodeName");
    const struct object *node AUTO_OBJ = name.n ? ctl_get(c, "v1/nodes", STR_NULL, name) : NULL;
    if (node && !node_is_ready(node->root)) workq_add(ctl_queue(c), name);
}

static void init(struct ctl *c)
{
    node_pods_init(c);
    mutex_lock(&known.lock); /* nothing of an earlier host */
    map_release(&known.nodes, free);
    map_release(&known.zones, free);
    map_init(&known.nodes);
    map_init(&known.zones);
    mutex_unlock(&known.lock);
    jump.until_ms = 0;
}

const struct ctl_spec node_lifecycle_controller = {
    .name = "node",
    .primary = "v1/nodes",
    .kind = "Node",
    .reads = {"v1/nodes", LEASES, "v1/pods"},
    .workers = NODE_WORKERS,
    .reconcile = node_reconcile,
    .on_read_event = on_read,
    .init = init,
};
