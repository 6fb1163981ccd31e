/* replicaset.c - keeps spec.replicas pods alive for each ReplicaSet and each ReplicationController
 * (pkg/controller/replicaset/replica_set.go; pkg/controller/replication wraps it).
 * Reads: the sets, and Pods they control or could adopt.   Writes: Pods, the sets' status, Events. */
#include "controllers/replicaset.h"

#include "base/clk.h"
#include "controllers/limits.h"
#include "controllers/pod_control.h"

struct kind { /* what is different between the two */
    const char *resource;
    bool says_terminating; /* status.terminatingReplicas */
};

static const struct kind replica_sets = {.resource = "apps/v1/replicasets", .says_terminating = true};
static const struct kind replication_controllers = {.resource = "v1/replicationcontrollers"};

static bool is_terminating(const struct object *pod)
{
    return obj_is_deleting(pod->root) && !obj_is(pod->root, ".status.phase", "Succeeded") &&
           !obj_is(pod->root, ".status.phase", "Failed");
}

/* ---- Scaling ---- */

static bool create_pod(struct ctl *c, const struct object *set, int64_t i, void *pod, struct outcome *out)
{
    (void)i;
    return pod_create(c, set, pod, out);
}

static void scale_up(struct ctl *c, const struct object *set, int64_t missing, struct outcome *out)
{
    struct json *pod = pod_from_template(out->arena, set, obj_get(set->root, ".spec.template"));
    expect_creations(ctl_expect(c), object_key(out->arena, set), (int)missing);
    pods_create(c, set, missing, create_pod, pod, out);
}

/* Active pods of all sets that have the controller of this one, so those of one Deployment; else its own. */
static void related_pods(struct ctl *c, const struct object *set, const struct objs *pods, struct objs *related)
{
    const struct object owner = {.uid = obj_str(obj_controller(set->root), ".uid")};
    struct objs sets AUTO_OBJS = {0};
    if (owner.uid.n) ctl_owned(c, replica_sets.resource, &owner, &sets);
    for (size_t i = 0; i < sets.count; i++) ctl_owned(c, "v1/pods", sets.items[i], related);
    for (size_t i = 0; !sets.count && i < pods->count; i++) objs_add(related, pods->items[i]);
    objs_keep(related, pod_is_active);
}

static void scale_down(struct ctl *c, const struct object *set, struct objs *pods, int64_t surplus, struct outcome *out)
{
    struct objs related AUTO_OBJS = {0};
    if (surplus < (int64_t)pods->count) {
        related_pods(c, set, pods, &related);
        replicas_rank(pods, &related, clk_ns());
    }
    expect_deletions(ctl_expect(c), object_key(out->arena, set), (int)surplus);
    pods_delete(c, set, pods->items, surplus, out);
}

/* What went wrong on the way to the wanted number, for the condition ReplicaFailure. */
static struct replicas_failure scale(struct ctl *c, const struct object *set, struct objs *pods, struct outcome *out)
{
    struct outcome tried = {.arena = out->arena};
    int64_t diff = obj_int(set->root, ".spec.replicas", 1) - (int64_t)pods->count;
    if (diff > 0) scale_up(c, set, MIN(diff, RS_BURST_MAX), &tried);
    if (diff < 0) scale_down(c, set, pods, MIN(-diff, RS_BURST_MAX), &tried);
    if (!tried.failed) return (struct replicas_failure){0};
    ctl_fail(out, &tried.err);
    return (struct replicas_failure){diff > 0 ? "FailedCreate" : "FailedDelete",
                                     str_copy(out->arena, str_of(tried.err.text))};
}

/* ---- One set ---- */

static void reconcile(struct ctl *c, const struct kind *kind, struct str ns, struct str name, struct outcome *out)
{
    const struct object *set AUTO_OBJ = ctl_get(c, kind->resource, ns, name);
    struct str key = str_printf(out->arena, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name));
    struct objs pods AUTO_OBJS = {0};
    struct replicas_failure failure = {0};
    struct selector selector;
    int64_t terminating = 0, wait_ms;
    if (!set) {
        expect_forget(ctl_expect(c), key);
        return;
    }
    bool settled = expect_satisfied(ctl_expect(c), key); /* before the cache is read */
    if (!children_selector(out->arena, set, &selector)) return;
    claim_children(c, "v1/pods", set, &selector, pod_is_active, &pods, out);
    for (size_t i = 0; i < pods.count; i++) terminating += is_terminating(pods.items[i]);
    objs_keep(&pods, pod_is_active);
    if (settled && !obj_is_deleting(set->root)) failure = scale(c, set, &pods, out);
    struct json *status = replicas_status(out->arena, set, &pods, kind->says_terminating ? terminating : -1, &failure,
                                          clk_ns(), &wait_ms);
    ctl_put_status(c, set, status, out);
    out->again_after_ms = wait_ms;
}

static void replicaset_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    reconcile(c, &replica_sets, ns, name, out);
}

static void replication_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    reconcile(c, &replication_controllers, ns, name, out);
}

/* ---- Pods of nobody: one of the sets that select it may adopt it ---- */

static void replicaset_on_pod(struct ctl *c, const char *resource, const struct object *old, const struct object *pod)
{
    (void)resource, (void)old;
    if (pod && !obj_controller(pod->root)) wake_adopters(c, replica_sets.resource, pod);
}

static void replication_on_pod(struct ctl *c, const char *resource, const struct object *old, const struct object *pod)
{
    (void)resource, (void)old;
    if (pod && !obj_controller(pod->root)) wake_adopters(c, replication_controllers.resource, pod);
}

const struct ctl_spec replicaset_controller = {
    .name = "replicaset",
    .primary = "apps/v1/replicasets",
    .kind = "ReplicaSet",
    .owns = {"v1/pods", "apps/v1/replicasets"}, /* the second for its index alone */
    .reads = {"v1/pods"},
    .workers = 5,
    .reconcile = replicaset_reconcile,
    .on_read_event = replicaset_on_pod,
};

const struct ctl_spec replication_controller = {
    .name = "replication",
    .primary = "v1/replicationcontrollers",
    .kind = "ReplicationController",
    .owns = {"v1/pods", "apps/v1/replicasets"},
    .reads = {"v1/pods"},
    .workers = 5,
    .reconcile = replication_reconcile,
    .on_read_event = replication_on_pod,
};
