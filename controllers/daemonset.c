/* daemonset.c - keeps one pod of each DaemonSet on every node that fits (pkg/controller/daemon/daemon_controller.go).
 * Reads: DaemonSets, Nodes, their Pods and ControllerRevisions.
 * Writes: Pods, ControllerRevisions, daemonsets/status, Events. */
#include "controllers/daemonset.h"

#include "controllers/history.h"
#include "controllers/limits.h"
#include "controllers/pod_control.h"

#define SETS "apps/v1/daemonsets"

struct run { /* one reconcile */
    struct ctl *c;
    const struct object *set, *revision; /* the present one */
    struct str key, hash;
    struct objs revisions, pods, nodes;
    struct outcome *out;
};

/* ---- Doing ---- */

struct creation { /* what create_one needs */
    const struct json *tmpl;
    const struct str *nodes;
};

static bool create_one(struct ctl *c, const struct object *set, int64_t i, void *arg, struct outcome *out)
{
    const struct creation *how = arg;
    return pod_create(c, set, daemonset_pod(out->arena, set, how->tmpl, how->nodes[i]), out);
}

static void do_steps(struct run *r, const struct daemon_steps *steps)
{
    size_t creates = MIN(steps->ncreates, (size_t)DS_BURST_MAX), removals = MIN(steps->nremovals, (size_t)DS_BURST_MAX);
    struct creation how = {.tmpl = daemonset_template(r->out->arena, r->set, r->hash), .nodes = steps->creates};
    if (!creates && !removals) return;
    expect_changes(ctl_expect(r->c), r->key, (int)creates, (int)removals);
    pods_create(r->c, r->set, (int64_t)creates, create_one, &how, r->out);
    for (size_t i = 0; i < removals; i++) pod_delete(r->c, r->set, steps->removals[i].pod, r->out);
}

/* ---- Failed and finished pods ---- */

/* False: it failed too often to be replaced already. */
static bool may_go(struct run *r, const struct daemon_removal *one)
{
    int64_t wait_ms;
    if (one->why != DAEMON_FAILED) return true;
    struct str key = str_printf(r->out->arena, "%.*s/%lld/%.*s", STR_ARG(r->set->uid),
                                (long long)obj_int(r->set->root, ".status.observedGeneration", 0), STR_ARG(one->node));
    if (daemonset_may_retry(key, &wait_ms)) return true;
    if (!r->out->again_after_ms || wait_ms < r->out->again_after_ms) r->out->again_after_ms = wait_ms;
    return false;
}

static void tell_end(struct run *r, const struct daemon_removal *one)
{
    if (one->why == DAEMON_FAILED)
        ctl_event(r->c, r->set, "Warning", "FailedDaemonPod",
                  "Found failed daemon pod %.*s/%.*s on node %.*s, will try to kill it", STR_ARG(one->pod->ns),
                  STR_ARG(one->pod->name), STR_ARG(one->node));
    else if (one->why == DAEMON_SUCCEEDED)
        ctl_event(r->c, r->set, "Normal", "SucceededDaemonPod",
                  "Found succeeded daemon pod %.*s/%.*s on node %.*s, will try to delete it", STR_ARG(one->pod->ns),
                  STR_ARG(one->pod->name), STR_ARG(one->node));
}

static void drop_waiting(struct run *r, struct daemon_steps *steps)
{
    size_t kept = 0;
    for (size_t i = 0; i < steps->nremovals && kept < DS_BURST_MAX; i++) {
        const struct daemon_removal one = steps->removals[i];
        if (!may_go(r, &one)) continue;
        tell_end(r, &one);
        steps->removals[kept++] = one;
    }
    steps->nremovals = kept;
}

/* ---- Status and history ---- */

static void put_status(struct run *r, const struct daemon_view *view, int64_t collisions, bool observed)
{
    struct arena *a = r->out->arena;
    struct daemon_counts n;
    daemonset_count(view, &n);
    struct json *now = obj_copy(a, r->set->root), *status = obj_empty(a);
    const struct {
        const char *path;
        int64_t value;
        bool always;
    } counts[] = {{".currentNumberScheduled", n.current, true},
                  {".numberMisscheduled", n.misscheduled, true},
                  {".desiredNumberScheduled", n.desired, true},
                  {".numberReady", n.ready, true},
                  {".observedGeneration",
                   obj_int(r->set->root, observed ? ".metadata.generation" : ".status.observedGeneration", 0), false},
                  {".updatedNumberScheduled", n.updated, false},
                  {".numberAvailable", n.available, false},
                  {".numberUnavailable", n.desired - n.available, false},
                  {".collisionCount", collisions, false}};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (counts[i].value || counts[i].always) obj_put_int(a, status, counts[i].path, counts[i].value);
    obj_put_copy(a, status, ".conditions", obj_get(r->set->root, ".status.conditions"));
    obj_put(a, now, ".status", status);
    ctl_put_status(r->c, r->set, now, r->out);
    int64_t min_ready_ms = obj_int(r->set->root, ".spec.minReadySeconds", 0) * 1000;
    if (min_ready_ms && n.ready != n.available && (!r->out->again_after_ms || min_ready_ms < r->out->again_after_ms))
        r->out->again_after_ms = min_ready_ms;
}

static struct str hash_of(const struct json *labels) { return obj_map_str(labels, "", STR(DAEMON_HASH_LABEL)); }

/* Former revisions are kept up to the limit; those that pods are of always. */
static void truncate_history(struct run *r)
{
    size_t n = r->revisions.count, former = 0;
    bool *live = ARENA_ARRAY(r->out->arena, bool, n + 1);
    int64_t limit = obj_int(r->set->root, ".spec.revisionHistoryLimit", 10);
    for (size_t i = 0; i < n; i++) {
        live[i] = str_eq(r->revisions.items[i]->name, r->revision->name);
        former += !live[i];
    }
    if ((int64_t)former <= limit) return;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < r->pods.count && !live[i]; k++)
            live[i] = str_eq(hash_of(r->pods.items[k]->labels), hash_of(r->revisions.items[i]->labels));
    history_truncate(r->c, &r->revisions, live, (int64_t)former - limit, r->out);
}

/* ---- Reconciling ---- */

static void manage(struct run *r, const struct daemon_view *view)
{
    struct daemon_steps steps;
    daemonset_manage(view, &steps);
    drop_waiting(r, &steps);
    if (!steps.ncreates && !steps.nremovals) daemonset_update(view, &steps);
    do_steps(r, &steps);
}

static void reconcile_set(struct run *r)
{
    struct selector selector;
    struct err e = ERR_INIT;
    int64_t collisions = obj_int(r->set->root, ".status.collisionCount", 0);
    if (!sel_from_object(r->out->arena, obj_get(r->set->root, ".spec.selector"), &selector, &e)) return;
    history_list(r->c, r->set, &r->revisions, r->out);
    const struct object *revision AUTO_OBJ =
        history_update(r->c, r->set, DAEMON_HASH_LABEL, &r->revisions, &collisions, r->out);
    if (!revision) return;
    r->revision = revision;
    r->hash = hash_of(revision->labels);
    bool settled = expect_satisfied(ctl_expect(r->c), r->key);
    claim_children(r->c, "v1/pods", r->set, &selector, NULL, &r->pods, r->out);
    informer_list(ctl_informer(r->c, "v1/nodes"), STR_NULL, &r->nodes);
    struct daemon_view *view = daemonset_view(r->out->arena, r->set, r->hash, &r->nodes, &r->pods);
    if (settled) {
        manage(r, view);
        truncate_history(r);
    }
    put_status(r, view, collisions, settled);
}

static void daemonset_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *set AUTO_OBJ = ctl_get(c, SETS, ns, name);
    struct run r = {.c = c, .set = set, .out = out};
    r.key = str_printf(out->arena, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name));
    if (!set) {
        expect_forget(ctl_expect(c), r.key);
        return;
    }
    if (obj_is_deleting(set->root)) return;
    reconcile_set(&r);
    objs_release(&r.revisions);
    objs_release(&r.pods);
    objs_release(&r.nodes);
}

/* ---- What wakes a set besides its own objects ---- */

static bool same_part(const struct object *x, const struct object *y, const char *path)
{
    const struct json *a = obj_get(x->root, path), *b = obj_get(y->root, path);
    return a && b ? json_equal(a, b) : a == b;
}

static bool answers_same(const struct json *tmpl, const struct object *old, const struct object *node)
{
    bool run = false, stay = false, ran = false, stayed = false;
    if (old) daemonset_fits(tmpl, old, &ran, &stayed);
    if (node) daemonset_fits(tmpl, node, &run, &stay);
    return run == ran && stay == stayed;
}

/* A node that is new, gone, or other than it was: for the sets that it makes a difference to. */
static void wake_of_node(struct ctl *c, const struct object *old, const struct object *node)
{
    struct objs sets AUTO_OBJS = {0};
    if (old && node && same_part(old, node, ".metadata.labels") && same_part(old, node, ".spec.taints")) return;
    informer_list(ctl_informer(c, SETS), STR_NULL, &sets);
    for (size_t i = 0; i < sets.count; i++) {
        struct arena a AUTO_ARENA = {0};
        if (!answers_same(daemonset_template(&a, sets.items[i], STR_NULL), old, node))
            workq_add(ctl_queue(c), object_key(&a, sets.items[i]));
    }
}

static void daemonset_on_read(struct ctl *c, const char *resource, const struct object *old, const struct object *obj)
{
    if (strcmp(resource, "v1/nodes") == 0)
        wake_of_node(c, old, obj);
    else if (obj && !obj_controller(obj->root))
        wake_adopters(c, SETS, obj);
}

const struct ctl_spec daemonset_controller = {
    .name = "daemonset",
    .primary = SETS,
    .kind = "DaemonSet",
    .owns = {"v1/pods", "apps/v1/controllerrevisions"},
    .reads = {"v1/pods", "v1/nodes"},
    .workers = 2,
    .reconcile = daemonset_reconcile,
    .on_read_event = daemonset_on_read,
};
