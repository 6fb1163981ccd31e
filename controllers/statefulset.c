/* statefulset.c - keeps spec.replicas pods with lasting names and claims alive for each StatefulSet
 * (pkg/controller/statefulset/stateful_set.go, stateful_set_control.go).
 * Reads: StatefulSets, their Pods, PersistentVolumeClaims and ControllerRevisions.
 * Writes: Pods, PersistentVolumeClaims, ControllerRevisions, statefulsets/status, Events. */
#include "controllers/statefulset.h"

#include "controllers/history.h"
#include "controllers/pod_control.h"

#define SETS "apps/v1/statefulsets"

struct run { /* one reconcile */
    struct ctl *c;
    const struct object *set;
    const struct object *current, *updated; /* the two revisions */
    struct objs revisions, pods;
    struct set_plan plan;
    struct outcome *out;
};

/* ---- Events ---- */

/* "create Pod web-0 in StatefulSet web successful" */
static void tell(const struct run *r, const char *verb, const char *reason, struct str pod, const struct err *e)
{
    if (e)
        ctl_event(r->c, r->set, "Warning", arena_printf(r->out->arena, "Failed%s", reason),
                  "%s Pod %.*s in StatefulSet %.*s failed error: %s", verb, STR_ARG(pod), STR_ARG(r->set->name),
                  e->text);
    else
        ctl_event(r->c, r->set, "Normal", arena_printf(r->out->arena, "Successful%s", reason),
                  "%s Pod %.*s in StatefulSet %.*s successful", verb, STR_ARG(pod), STR_ARG(r->set->name));
}

/* ---- Steps ---- */

static const struct json *template_of(const struct run *r, bool updated)
{
    if (updated || r->current == r->updated) return obj_get(r->set->root, ".spec.template");
    struct json *tmpl = obj_copy(r->out->arena, obj_get(r->current->root, ".data.spec.template"));
    obj_del(tmpl, ".$patch");
    return tmpl;
}

static bool create_pod(struct run *r, const struct set_step *s)
{
    struct arena *a = r->out->arena;
    struct str name = statefulset_pod_name(a, r->set, s->ordinal);
    const struct object *made AUTO_OBJ = NULL;
    struct err e = ERR_INIT;
    bool changed = false;
    if (!statefulset_make_claims(r->c, r->set, s->ordinal, r->out)) {
        tell(r, "create", "Create", name, &r->out->err);
        return false;
    }
    struct json *pod = statefulset_pod(a, r->set, template_of(r, s->updated),
                                       s->updated ? r->updated->name : r->current->name, s->ordinal);
    if (!rest_create(ctl_rest(r->c), "v1/pods", r->set->ns, pod, &made, &e)) {
        if (e.code != ERR_ALREADY_EXISTS) tell(r, "create", "Create", name, &e);
        ctl_fail(r->out, &e);
        return false;
    }
    tell(r, "create", "Create", name, NULL);
    if (statefulset_own_claims(r->c, r->set, made, s->ordinal, &changed, r->out)) return true;
    tell(r, "update", "Update", name, &r->out->err);
    return true; /* the pod is there; the claims' owners are seen to again */
}

static bool delete_pod(struct run *r, const struct object *pod)
{
    const struct rest_delete_opts opts = {.grace_s = -1, .uid = pod->uid};
    struct err e = ERR_INIT;
    if (rest_delete(ctl_rest(r->c), "v1/pods", pod->ns, pod->name, &opts, &e)) {
        tell(r, "delete", "Delete", pod->name, NULL);
        return true;
    }
    if (e.code != ERR_NOT_FOUND) {
        tell(r, "delete", "Delete", pod->name, &e);
        ctl_fail(r->out, &e);
    }
    return false;
}

static bool settle_pod(struct run *r, const struct set_step *s)
{
    struct json *patch = statefulset_identity_patch(r->out->arena, s->pod, s->ordinal);
    struct err e = ERR_INIT;
    bool changed = false;
    if (!statefulset_own_claims(r->c, r->set, s->pod, s->ordinal, &changed, r->out)) {
        tell(r, "update", "Update", s->pod->name, &r->out->err);
        return false;
    }
    if (patch && !rest_patch(ctl_rest(r->c), "v1/pods", s->pod->ns, s->pod->name, NULL, "merge", patch, NULL, &e)) {
        tell(r, "update", "Update", s->pod->name, &e);
        ctl_fail(r->out, &e);
        return false;
    }
    if (patch || changed) tell(r, "update", "Update", s->pod->name, NULL);
    return true;
}

/* False: it failed and what follows must wait. */
static bool take_step(struct run *r, const struct set_step *s)
{
    bool changed = false;
    switch (s->verb) {
    case SET_CREATE: return create_pod(r, s);
    case SET_DELETE: return delete_pod(r, s->pod);
    case SET_CLAIMS:
        return statefulset_make_claims(r->c, r->set, s->ordinal, r->out) &&
               statefulset_own_claims(r->c, r->set, s->pod, s->ordinal, &changed, r->out);
    case SET_SETTLE: return settle_pod(r, s);
    case SET_KEEP: return statefulset_own_claims(r->c, r->set, s->pod, s->ordinal, &changed, r->out);
    }
    return false;
}

/* A pod whose claims go with a former pod waits for them to be gone. */
static bool must_wait(const struct run *r, const struct set_step *s)
{
    return s->verb == SET_CREATE && statefulset_claim_is_stale(r->c, r->set, s->ordinal);
}

/* The cache is behind what was just asked for: until it has caught up only the status is told. */
static void take_steps(struct run *r)
{
    struct str key = object_key(r->out->arena, r->set);
    int creations = 0, deletions = 0;
    if (!expect_satisfied(ctl_expect(r->c), key)) return;
    for (size_t i = 0; i < r->plan.count; i++) {
        creations += r->plan.steps[i].verb == SET_CREATE;
        deletions += r->plan.steps[i].verb == SET_DELETE;
    }
    expect_changes(ctl_expect(r->c), key, creations, deletions);
    bool ok = true;
    for (size_t i = 0; i < r->plan.count; i++) {
        const struct set_step *s = &r->plan.steps[i];
        bool waits = !ok || must_wait(r, s);
        bool done = !waits && take_step(r, s);
        ok = ok && (waits || done || !r->out->failed);
        if (!done && s->verb == SET_CREATE) expect_saw_creation(ctl_expect(r->c), key);
        if (!done && s->verb == SET_DELETE) expect_saw_deletion(ctl_expect(r->c), key);
    }
}

/* ---- Status and history ---- */

static void put_status(struct run *r, int64_t collisions)
{
    struct arena *a = r->out->arena;
    const struct set_counts *n = &r->plan.counts;
    bool complete = statefulset_is_complete(r->set, n);
    struct json *now = obj_copy(a, r->set->root), *status = obj_empty(a);
    const struct {
        const char *path;
        int64_t value;
        bool always;
    } counts[] = {{".observedGeneration", obj_int(r->set->root, ".metadata.generation", 0), false},
                  {".replicas", n->replicas, true},
                  {".readyReplicas", n->ready, false},
                  {".currentReplicas", complete ? n->updated : n->current, false},
                  {".updatedReplicas", n->updated, false},
                  {".collisionCount", collisions, true},
                  {".availableReplicas", n->available, true}};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (counts[i].value || counts[i].always) obj_put_int(a, status, counts[i].path, counts[i].value);
    obj_put_str(a, status, ".currentRevision", complete ? r->updated->name : r->current->name);
    obj_put_str(a, status, ".updateRevision", r->updated->name);
    obj_put_copy(a, status, ".conditions", obj_get(r->set->root, ".status.conditions"));
    obj_put(a, now, ".status", status);
    ctl_put_status(r->c, r->set, now, r->out);
    int64_t min_ready_s = obj_int(r->set->root, ".spec.minReadySeconds", 0);
    if (n->ready > n->available && min_ready_s) r->out->again_after_ms = min_ready_s * 1000;
}

/* Revisions that nothing uses are kept up to the limit. */
static void truncate_history(struct run *r)
{
    size_t n = r->revisions.count, unused = 0;
    bool *live = ARENA_ARRAY(r->out->arena, bool, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct str name = r->revisions.items[i]->name;
        live[i] = str_eq(name, r->current->name) || str_eq(name, r->updated->name);
        for (size_t k = 0; k < r->pods.count && !live[i]; k++)
            live[i] = str_eq(statefulset_pod_revision(r->pods.items[k]), name);
        unused += !live[i];
    }
    int64_t limit = obj_int(r->set->root, ".spec.revisionHistoryLimit", 10);
    history_truncate(r->c, &r->revisions, live, (int64_t)unused - limit, r->out);
}

/* The revision that the status names; until there is one, the newest. Borrowed. */
static const struct object *current_revision(const struct run *r)
{
    for (size_t i = 0; i < r->revisions.count; i++)
        if (str_eq(r->revisions.items[i]->name, obj_str(r->set->root, ".status.currentRevision")))
            return r->revisions.items[i];
    return r->updated;
}

static bool is_member(const struct object *set, const struct object *pod) { return statefulset_ordinal(set, pod) >= 0; }

static void reconcile_set(struct run *r)
{
    struct selector selector;
    struct err e = ERR_INIT;
    int64_t collisions = obj_int(r->set->root, ".status.collisionCount", 0);
    if (!sel_from_object(r->out->arena, obj_get(r->set->root, ".spec.selector"), &selector, &e)) return;
    history_list(r->c, r->set, &r->revisions, r->out);
    claim_members(r->c, "v1/pods", r->set, &selector, is_member, &r->pods, r->out);
    const struct object *updated AUTO_OBJ =
        history_update(r->c, r->set, "controller.kubernetes.io/hash", &r->revisions, &collisions, r->out);
    if (!updated) return;
    r->updated = updated;
    r->current = current_revision(r);
    statefulset_plan(r->out->arena, r->set, &r->pods, r->current->name, r->updated->name, &r->plan);
    take_steps(r);
    put_status(r, collisions);
    truncate_history(r);
}

static void statefulset_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *set AUTO_OBJ = ctl_get(c, SETS, ns, name);
    struct run r = {.c = c, .set = set, .out = out};
    if (!set) {
        expect_forget(ctl_expect(c), str_printf(out->arena, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name)));
        return;
    }
    reconcile_set(&r);
    objs_release(&r.revisions);
    objs_release(&r.pods);
}

/* ---- What wakes a set besides its own objects ---- */

/* A claim that is gone may let a pod be made that waited for it. */
static void wake_of_claim(struct ctl *c, const struct object *claim)
{
    struct objs sets AUTO_OBJS = {0};
    struct arena a AUTO_ARENA = {0};
    informer_list(ctl_informer(c, SETS), claim->ns, &sets);
    for (size_t i = 0; i < sets.count; i++)
        for (OBJ_EACH(t, sets.items[i]->root, ".spec.volumeClaimTemplates")) {
            struct str prefix = str_printf(&a, "%.*s-%.*s-", STR_ARG(obj_name(t)), STR_ARG(sets.items[i]->name));
            if (str_starts(claim->name, prefix)) workq_add(ctl_queue(c), object_key(&a, sets.items[i]));
        }
}

static void statefulset_on_read(struct ctl *c, const char *resource, const struct object *old, const struct object *obj)
{
    if (strcmp(resource, "v1/pods") != 0) {
        if (!obj && old) wake_of_claim(c, old);
    } else if (obj && !obj_controller(obj->root)) {
        wake_adopters(c, SETS, obj);
    }
}

const struct ctl_spec statefulset_controller = {
    .name = "statefulset",
    .primary = SETS,
    .kind = "StatefulSet",
    .owns = {"v1/pods", "apps/v1/controllerrevisions"},
    .reads = {"v1/pods", "v1/persistentvolumeclaims"},
    .workers = 5,
    .reconcile = statefulset_reconcile,
    .on_read_event = statefulset_on_read,
};
