/* replicaset.c - keeps spec.replicas pods alive for each ReplicaSet (pkg/controller/replicaset/replica_set.go).
 * Reads: ReplicaSets, and Pods they control or could adopt.   Writes: Pods, replicasets/status, Events. */
#include "api/selector.h"
#include "base/clk.h"
#include "client/ctl.h"
#include "controllers/limits.h"

#include <stdlib.h>

static bool pod_is_active(const struct object *pod)
{
    return !obj_is(pod->root, ".status.phase", "Succeeded") && !obj_is(pod->root, ".status.phase", "Failed") &&
           !obj_is_deleting(pod->root);
}

static struct event_about about(const struct object *rs)
{
    struct event_about a;
    event_about_object(&a, rs->root);
    a.api_version = "apps/v1";
    a.kind = "ReplicaSet";
    return a;
}

static struct str key_of(struct arena *a, const struct object *rs) { return obj_nsname(a, rs->root); }

/* ---- Adopting and releasing (pkg/controller/controller_ref_manager.go) ---- */

static bool patch_owner(struct ctl *c, const struct object *rs, const struct object *pod, bool adopt,
                        struct outcome *out)
{
    struct json *patch = obj_empty(out->arena);
    struct err e = ERR_INIT;
    obj_put_str(out->arena, patch, ".metadata.uid", pod->uid);
    if (adopt) {
        obj_put_owner(out->arena, patch, rs->root);
    } else {
        struct json *gone = obj_append(out->arena, patch, ".metadata.ownerReferences");
        obj_put_cstr(out->arena, gone, ".$patch", "delete");
        obj_put_str(out->arena, gone, ".uid", rs->uid);
    }
    if (rest_patch(ctl_rest(c), "v1/pods", pod->ns, pod->name, NULL, "strategic", patch, NULL, &e)) return true;
    if (e.code != ERR_NOT_FOUND && e.code != ERR_INVALID) ctl_fail(out, &e);
    return false;
}

/* The pods of rs: what it controls and still matches, and matching orphans, which it adopts. */
static void claim(struct ctl *c, const struct object *rs, struct objs *pods, struct outcome *out)
{
    struct selector selector;
    struct err e = ERR_INIT;
    struct objs all AUTO_OBJS = {0};
    if (!sel_from_object(out->arena, obj_get(rs->root, ".spec.selector"), &selector, &e)) return;
    informer_list(ctl_informer(c, "v1/pods"), rs->ns, &all);
    for (size_t i = 0; i < all.count; i++) {
        const struct object *pod = all.items[i];
        const struct json *owner = obj_controller(pod->root);
        bool matches = sel_match(&selector, pod->labels);
        if (owner && str_eq(obj_str(owner, ".uid"), rs->uid)) {
            if (matches)
                objs_add(pods, pod);
            else if (!obj_is_deleting(rs->root))
                patch_owner(c, rs, pod, false, out);
        } else if (!owner && matches && pod_is_active(pod) && !obj_is_deleting(rs->root)) {
            if (patch_owner(c, rs, pod, true, out)) objs_add(pods, pod);
        }
    }
}

/* ---- Scaling up ---- */

static struct json *pod_from_template(struct arena *a, const struct object *rs)
{
    struct json *pod = obj_new(a, "v1", "Pod");
    obj_put_fmt(a, pod, ".metadata.generateName", "%.*s-", STR_ARG(rs->name));
    obj_put_str(a, pod, ".metadata.namespace", rs->ns);
    obj_put_copy(a, pod, ".metadata.labels", obj_get(rs->root, ".spec.template.metadata.labels"));
    obj_put_copy(a, pod, ".metadata.annotations", obj_get(rs->root, ".spec.template.metadata.annotations"));
    obj_put_copy(a, pod, ".metadata.finalizers", obj_get(rs->root, ".spec.template.metadata.finalizers"));
    obj_put_owner(a, pod, rs->root);
    obj_put_copy(a, pod, ".spec", obj_get(rs->root, ".spec.template.spec"));
    return pod;
}

static bool create_pod(struct ctl *c, const struct object *rs, const struct json *pod, struct outcome *out)
{
    const struct object *made AUTO_OBJ = NULL;
    struct event_about who = about(rs);
    struct err e = ERR_INIT;
    if (rest_create(ctl_rest(c), "v1/pods", rs->ns, pod, &made, &e)) {
        recorder_event(ctl_recorder(c), &who, "Normal", "SuccessfulCreate", NULL, NULL, "Created pod: %.*s",
                       STR_ARG(made->name));
        return true;
    }
    expect_saw_creation(ctl_expect(c), key_of(out->arena, rs));
    recorder_event(ctl_recorder(c), &who, "Warning", "FailedCreate", NULL, NULL, "Error creating: %s", e.text);
    ctl_fail(out, &e);
    return false;
}

/* In batches of 1, 2, 4, ...: a template that is refused costs one request, not hundreds (slowStartBatch). */
static void scale_up(struct ctl *c, const struct object *rs, int64_t missing, struct outcome *out)
{
    struct str key = key_of(out->arena, rs);
    const struct json *pod = pod_from_template(out->arena, rs);
    int64_t left = missing, batch = SLOW_START;
    expect_creations(ctl_expect(c), key, (int)missing);
    while (left > 0) {
        int64_t n = MIN(batch, left), made = 0;
        while (made < n && create_pod(c, rs, pod, out)) made++;
        left -= made;
        if (made < n) {
            left--; /* the failed one has been taken back already */
            break;
        }
        batch *= 2;
    }
    for (; left > 0; left--) expect_saw_creation(ctl_expect(c), key);
}

/* ---- Scaling down: which pods are missed least (ActivePodsWithRanks) ---- */

struct rank {
    const struct object *pod;
    int64_t assigned, phase, ready, cost, crowd, ready_since, restarts, created;
};

static int64_t phase_rank(const struct object *pod)
{
    if (obj_is(pod->root, ".status.phase", "Pending")) return 0;
    return obj_is(pod->root, ".status.phase", "Unknown") ? 1 : 2;
}

static int64_t restarts_of(const struct object *pod)
{
    int64_t most = 0;
    for (OBJ_EACH(s, pod->root, ".status.containerStatuses")) most = MAX(most, obj_int(s, ".restartCount", 0));
    return most;
}

static int64_t deletion_cost(const struct object *pod)
{
    int64_t cost = 0;
    struct str text =
        obj_map_str(pod->root, ".metadata.annotations", STR("controller.kubernetes.io/pod-deletion-cost"));
    return str_to_i64(text, &cost) ? cost : 0;
}

static void rank_pod(struct rank *r, const struct objs *all, const struct object *pod)
{
    struct str node = obj_str(pod->root, ".spec.nodeName");
    *r = (struct rank){.pod = pod,
                       .assigned = node.n > 0,
                       .phase = phase_rank(pod),
                       .ready = obj_condition_true(pod->root, "Ready"),
                       .cost = deletion_cost(pod),
                       .ready_since = obj_time_s(obj_condition(pod->root, "Ready"), ".lastTransitionTime", 0),
                       .restarts = restarts_of(pod),
                       .created = obj_time_s(pod->root, ".metadata.creationTimestamp", 0)};
    for (size_t i = 0; node.n && i < all->count; i++)
        r->crowd += str_eq(obj_str(all->items[i]->root, ".spec.nodeName"), node);
}

/* Negative: x goes first. */
static int compare_ranks(const void *x, const void *y)
{
    const struct rank *a = x, *b = y;
    const int64_t less_first[][2] = {
        {a->assigned, b->assigned}, {a->phase, b->phase}, {a->ready, b->ready}, {a->cost, b->cost}};
    const int64_t more_first[][2] = {
        {a->crowd, b->crowd}, {a->ready_since, b->ready_since}, {a->restarts, b->restarts}, {a->created, b->created}};
    for (size_t i = 0; i < ARRAY_LEN(less_first); i++)
        if (less_first[i][0] != less_first[i][1]) return less_first[i][0] < less_first[i][1] ? -1 : 1;
    for (size_t i = 0; i < ARRAY_LEN(more_first); i++)
        if (more_first[i][0] != more_first[i][1]) return more_first[i][0] > more_first[i][1] ? -1 : 1;
    return str_cmp(a->pod->name, b->pod->name);
}

static void scale_down(struct ctl *c, const struct object *rs, const struct objs *pods, int64_t surplus,
                       struct outcome *out)
{
    struct str key = key_of(out->arena, rs);
    struct rank *ranks = ARENA_ARRAY(out->arena, struct rank, pods->count);
    for (size_t i = 0; i < pods->count; i++) rank_pod(&ranks[i], pods, pods->items[i]);
    qsort(ranks, pods->count, sizeof *ranks, compare_ranks);
    expect_deletions(ctl_expect(c), key, (int)surplus);
    for (int64_t i = 0; i < surplus; i++) {
        const struct object *pod = ranks[i].pod;
        struct event_about who = about(rs);
        struct err e = ERR_INIT;
        const struct rest_delete_opts opts = {.grace_s = -1};
        if (rest_delete(ctl_rest(c), "v1/pods", pod->ns, pod->name, &opts, &e)) {
            recorder_event(ctl_recorder(c), &who, "Normal", "SuccessfulDelete", NULL, NULL, "Deleted pod: %.*s",
                           STR_ARG(pod->name));
            continue;
        }
        expect_saw_deletion(ctl_expect(c), key);
        if (e.code == ERR_NOT_FOUND) continue;
        recorder_event(ctl_recorder(c), &who, "Warning", "FailedDelete", NULL, NULL, "Error deleting: %s", e.text);
        ctl_fail(out, &e);
    }
}

/* ---- Status ---- */

static bool is_available(const struct object *pod, int64_t min_ready_s)
{
    if (!obj_condition_true(pod->root, "Ready")) return false;
    return !min_ready_s ||
           obj_time_s(obj_condition(pod->root, "Ready"), ".lastTransitionTime", INT64_MAX / 2) + min_ready_s <= clk_s();
}

static bool has_template_labels(const struct object *rs, const struct object *pod)
{
    for (OBJ_EACH(l, rs->root, ".spec.template.metadata.labels")) {
        struct str have = obj_map_str(pod->labels, "", obj_key(l));
        if (str_is_null(have) || !str_eq(have, obj_text(l))) return false;
    }
    return true;
}

/* Pure: what the status is, given the pods. */
static struct json *status_of(struct arena *a, const struct object *rs, const struct objs *pods, int64_t *waits_s)
{
    int64_t labelled = 0, ready = 0, available = 0, min_ready = obj_int(rs->root, ".spec.minReadySeconds", 0);
    for (size_t i = 0; i < pods->count; i++) {
        labelled += has_template_labels(rs, pods->items[i]);
        ready += obj_condition_true(pods->items[i]->root, "Ready");
        available += is_available(pods->items[i], min_ready);
    }
    *waits_s = ready > available ? min_ready : 0;
    struct json *now = obj_copy(a, rs->root);
    struct json *status = obj_empty(a);
    obj_put_int(a, status, ".replicas", (int64_t)pods->count);
    const struct {
        const char *path;
        int64_t value;
    } counts[] = {{".fullyLabeledReplicas", labelled}, {".readyReplicas", ready}, {".availableReplicas", available}};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (counts[i].value) obj_put_int(a, status, counts[i].path, counts[i].value);
    obj_put_int(a, status, ".observedGeneration", obj_int(rs->root, ".metadata.generation", 0));
    obj_put_copy(a, status, ".conditions", obj_get(rs->root, ".status.conditions"));
    obj_put(a, now, ".status", status);
    return now;
}

static void replicaset_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *rs AUTO_OBJ = ctl_get(c, "apps/v1/replicasets", ns, name);
    struct str key = str_printf(out->arena, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name));
    if (!rs) {
        expect_forget(ctl_expect(c), key);
        return;
    }
    bool settled = expect_satisfied(ctl_expect(c), key);
    struct objs pods AUTO_OBJS = {0};
    claim(c, rs, &pods, out);
    objs_keep(&pods, pod_is_active);
    int64_t diff = obj_int(rs->root, ".spec.replicas", 1) - (int64_t)pods.count, waits_s;
    if (settled && !obj_is_deleting(rs->root)) {
        if (diff > 0) scale_up(c, rs, MIN(diff, RS_BURST_MAX), out);
        if (diff < 0) scale_down(c, rs, &pods, MIN(-diff, RS_BURST_MAX), out);
    }
    struct json *now = status_of(out->arena, rs, &pods, &waits_s);
    ctl_put_status(c, rs, now, out);
    if (waits_s) out->again_after_ms = waits_s * 1000;
}

/* A new pod without a controller may be one to adopt: wake the sets of its namespace that select it. */
static void replicaset_on_pod(struct ctl *c, const char *resource, const struct object *old, const struct object *pod)
{
    (void)resource, (void)old;
    if (!pod || obj_controller(pod->root)) return;
    struct objs sets AUTO_OBJS = {0};
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 0);
    informer_list(ctl_informer(c, "apps/v1/replicasets"), pod->ns, &sets);
    for (size_t i = 0; i < sets.count; i++) {
        struct selector selector;
        struct err e = ERR_INIT;
        if (sel_from_object(&a, obj_get(sets.items[i]->root, ".spec.selector"), &selector, &e) &&
            sel_match(&selector, pod->labels))
            workq_add(ctl_queue(c), key_of(&a, sets.items[i]));
    }
}

const struct ctl_spec replicaset_controller = {
    .name = "replicaset-controller",
    .primary = "apps/v1/replicasets",
    .kind = "ReplicaSet",
    .owns = {"v1/pods"},
    .reads = {"v1/pods"},
    .workers = 5,
    .reconcile = replicaset_reconcile,
    .on_read_event = replicaset_on_pod,
};
