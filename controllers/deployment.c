/* deployment.c - rolls a Deployment's template out over ReplicaSets; deployment_{rolling,revision,status}.c compute how
 * (pkg/controller/deployment/deployment_controller.go, sync.go, rolling.go, recreate.go).
 * Reads: Deployments, their ReplicaSets, the Pods of those.
 * Writes: ReplicaSets, deployments/status (the revision, an annotation, goes with it), Events. */
#include "controllers/deployment.h"

#include "base/clk.h"
#include "controllers/pod_control.h"

#include <stdlib.h>

#define DEPLOYMENTS "apps/v1/deployments"
#define SETS        "apps/v1/replicasets"

struct run { /* one reconcile */
    struct ctl *c;
    const struct object *d;
    struct json *now; /* the Deployment as it will be: its annotations and status change on the way */
    struct objs sets; /* beside roll.sets */
    struct roll roll;
    struct outcome *out;
};

/* ---- Which sets there are ---- */

static int compare_age(const void *x, const void *y)
{
    const struct object *a = *(const struct object *const *)x, *b = *(const struct object *const *)y;
    int64_t made_a = obj_time_s(a->root, ".metadata.creationTimestamp", 0),
            made_b = obj_time_s(b->root, ".metadata.creationTimestamp", 0);
    if (made_a != made_b) return made_a < made_b ? -1 : 1;
    return str_cmp(a->name, b->name);
}

/* The numbers of r->sets. The oldest set of the present template is the fresh one. */
static void look(struct run *r)
{
    const struct json *tmpl = obj_get(r->d->root, ".spec.template");
    if (r->sets.count > 1) qsort(r->sets.items, r->sets.count, sizeof *r->sets.items, compare_age);
    r->roll = (struct roll){.sets = ARENA_ARRAY(r->out->arena, struct roll_set, r->sets.count + 1),
                            .count = r->sets.count,
                            .fresh = -1,
                            .status_before = obj_int(r->d->root, ".status.replicas", 0)};
    roll_limits_of(&r->roll.limits, r->d->root);
    for (size_t i = 0; i < r->sets.count; i++) {
        const struct object *rs = r->sets.items[i];
        roll_set_of(&r->roll.sets[i], rs);
        if (r->roll.fresh < 0 && deployment_same_template(obj_get(rs->root, ".spec.template"), tmpl))
            r->roll.fresh = (int)i;
    }
}

/* A set has another state now: takes over the reference. */
static void replace_set(struct run *r, size_t i, const struct object *rs)
{
    object_unref(r->sets.items[i]);
    r->sets.items[i] = rs;
    roll_set_of(&r->roll.sets[i], rs);
}

static bool update_set(struct run *r, size_t i, const struct json *changed)
{
    const struct object *stored = NULL;
    struct err e = ERR_INIT;
    if (!rest_update(ctl_rest(r->c), SETS, NULL, changed, &stored, &e)) {
        ctl_fail(r->out, &e);
        return false;
    }
    replace_set(r, i, stored);
    return true;
}

/* ---- Scaling ---- */

static bool scale_set(struct run *r, const struct roll_step *s)
{
    int64_t was = r->roll.sets[s->set].wants;
    struct json *rs = obj_copy(r->out->arena, r->sets.items[s->set]->root);
    bool annotated = deployment_annotate_sizes(r->out->arena, rs, &r->roll.limits);
    if (was == s->size && !annotated) return true;
    obj_put_int(r->out->arena, rs, ".spec.replicas", s->size);
    if (!update_set(r, s->set, rs)) return false;
    if (was != s->size)
        ctl_event(r->c, r->d, "Normal", "ScalingReplicaSet", "Scaled %s replica set %.*s from %lld to %lld",
                  was < s->size ? "up" : "down", STR_ARG(r->roll.sets[s->set].name), (long long)was,
                  (long long)s->size);
    return true;
}

static bool scale_sets(struct run *r, const struct roll_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!scale_set(r, &steps[i])) return false;
    return true;
}

/* ---- The fresh set ---- */

static void progressing(struct run *r, const char *is, const char *reason, struct str message)
{
    if (!deployment_has_deadline(r->now)) return;
    if (!obj_has(r->now, ".status")) obj_put(r->out->arena, r->now, ".status", obj_empty(r->out->arena));
    deployment_set_condition(r->out->arena, obj_edit(r->now, ".status"), "Progressing", is, reason, message, clk_s());
}

static void take_revision(struct run *r)
{
    const struct object *fresh = r->sets.items[r->roll.fresh];
    struct str number = obj_map_str(fresh->root, ".metadata.annotations", STR(DEPLOYMENT_REVISION));
    if (number.n) obj_map_put_str(r->out->arena, r->now, ".metadata.annotations", STR(DEPLOYMENT_REVISION), number);
}

static int64_t next_revision(const struct run *r)
{
    int64_t most = 0;
    for (size_t i = 0; i < r->sets.count; i++)
        if ((int)i != r->roll.fresh) most = MAX(most, deployment_revision(r->sets.items[i]));
    return most + 1;
}

/* The fresh set is there: what it says of the Deployment is brought up to date. */
static bool refresh(struct run *r)
{
    struct arena *a = r->out->arena;
    size_t at = (size_t)r->roll.fresh;
    struct json *rs = obj_copy(a, r->sets.items[at]->root);
    int64_t min_ready = obj_int(r->d->root, ".spec.minReadySeconds", 0);
    bool changed = deployment_annotate(a, r->d->root, rs, next_revision(r));
    if (obj_int(rs, ".spec.minReadySeconds", 0) != min_ready) {
        obj_put_int(a, rs, ".spec.minReadySeconds", min_ready);
        changed = true;
    }
    if (changed && !update_set(r, at, rs)) return false;
    take_revision(r);
    if (!obj_condition(r->now, "Progressing"))
        progressing(r, "True", "FoundNewReplicaSet",
                    str_printf(a, "Found new replica set \"%.*s\"", STR_ARG(r->roll.sets[at].name)));
    return true;
}

/* The hash's name is taken: by a set that will do after all, or by another one; then the hash is counted on. */
static const struct object *settle_collision(struct run *r, const struct json *rs, const struct err *why)
{
    const struct object *there = NULL;
    struct err e = ERR_INIT;
    if (!rest_get(ctl_rest(r->c), SETS, r->d->ns, obj_name(rs), &there, &e)) {
        ctl_fail(r->out, &e);
        return NULL;
    }
    bool is_ours =
        str_eq(obj_str(obj_controller(there->root), ".uid"), r->d->uid) &&
        deployment_same_template(obj_get(r->d->root, ".spec.template"), obj_get(there->root, ".spec.template"));
    if (is_ours) return there;
    object_unref(there);
    obj_put_int(r->out->arena, r->now, ".status.collisionCount", obj_int(r->now, ".status.collisionCount", 0) + 1);
    ctl_fail(r->out, why);
    return NULL;
}

static void tell_create_error(struct run *r, const struct json *rs, const struct err *e)
{
    struct str name = obj_name(rs);
    struct str text =
        str_printf(r->out->arena, "Failed to create new replica set \"%.*s\": %s", STR_ARG(name), e->text);
    ctl_fail(r->out, e);
    if (strstr(e->text, "because it is being terminated")) return; /* so will be every other try */
    progressing(r, "False", "ReplicaSetCreateError", text);
    ctl_event(r->c, r->d, "Warning", "ReplicaSetCreateError", "%.*s", STR_ARG(text));
}

static bool create_fresh(struct run *r)
{
    struct arena *a = r->out->arena;
    const struct object *made = NULL;
    struct err e = ERR_INIT;
    struct json *rs = deployment_new_set(a, r->d, obj_int(r->d->root, ".status.collisionCount", 0));
    int64_t size = roll_fresh_size(&r->roll, 0);
    obj_put_int(a, rs, ".spec.replicas", size);
    deployment_annotate(a, r->d->root, rs, next_revision(r));
    deployment_annotate_sizes(a, rs, &r->roll.limits);
    bool created = rest_create(ctl_rest(r->c), SETS, r->d->ns, rs, &made, &e);
    if (!created && e.code == ERR_ALREADY_EXISTS) {
        made = settle_collision(r, rs, &e);
    } else if (!created) {
        tell_create_error(r, rs, &e);
    }
    if (!made) return false;
    objs_add(&r->sets, made);
    object_unref(made);
    look(r);
    take_revision(r);
    if (!created) return true;
    struct str name = obj_name(rs);
    if (size > 0)
        ctl_event(r->c, r->d, "Normal", "ScalingReplicaSet", "Scaled up replica set %.*s from 0 to %lld", STR_ARG(name),
                  (long long)size);
    progressing(r, "True", "NewReplicaSetCreated", str_printf(a, "Created new replica set \"%.*s\"", STR_ARG(name)));
    return true;
}

static bool sync_revision(struct run *r, bool may_create)
{
    if (r->roll.fresh >= 0) return refresh(r);
    return !may_create || create_fresh(r);
}

/* ---- Clean-up ---- */

static int compare_revision(const void *x, const void *y)
{
    const struct object *a = *(const struct object *const *)x, *b = *(const struct object *const *)y;
    int64_t n = deployment_revision(a), m = deployment_revision(b);
    return n != m ? (n < m ? -1 : 1) : compare_age(x, y);
}

static bool is_idle(const struct object *rs)
{
    return !obj_int(rs->root, ".spec.replicas", 1) && !obj_int(rs->root, ".status.replicas", 0) &&
           obj_int(rs->root, ".metadata.generation", 0) <= obj_int(rs->root, ".status.observedGeneration", 0);
}

/* Old sets beyond the history that is kept go, those of the lowest revisions first. */
static void clean_up(struct run *r)
{
    struct objs old AUTO_OBJS = {0};
    int64_t kept = obj_int(r->d->root, ".spec.revisionHistoryLimit", INT32_MAX);
    for (size_t i = 0; i < r->sets.count; i++)
        if ((int)i != r->roll.fresh && !obj_is_deleting(r->sets.items[i]->root)) objs_add(&old, r->sets.items[i]);
    if ((int64_t)old.count <= kept) return;
    qsort(old.items, old.count, sizeof *old.items, compare_revision);
    for (size_t i = 0; i < old.count - (size_t)kept; i++) {
        const struct object *rs = old.items[i];
        const struct rest_delete_opts opts = {.grace_s = -1, .uid = rs->uid};
        struct err e = ERR_INIT;
        if (is_idle(rs) && !rest_delete(ctl_rest(r->c), SETS, rs->ns, rs->name, &opts, &e) && e.code != ERR_NOT_FOUND)
            ctl_fail(r->out, &e);
    }
}

/* ---- Strategies; false: it failed ---- */

static bool is_done(const struct run *r) { return deployment_is_complete(r->d->root, obj_get(r->d->root, ".status")); }

static bool roll_out(struct run *r)
{
    if (!sync_revision(r, true)) return false;
    struct roll_step *steps = ARENA_ARRAY(r->out->arena, struct roll_step, 2 * r->roll.count);
    const struct roll_set *fresh = &r->roll.sets[r->roll.fresh];
    const struct roll_step up = {(size_t)r->roll.fresh, roll_fresh_size(&r->roll, fresh->wants)};
    if (up.size != fresh->wants) return scale_set(r, &up); /* the old ones another time */
    size_t n = roll_shrink_old(&r->roll, steps);
    if (!scale_sets(r, steps, n)) return false;
    if (!n && is_done(r)) clean_up(r);
    return true;
}

static bool is_finished(const struct object *pod)
{
    return obj_is(pod->root, ".status.phase", "Succeeded") || obj_is(pod->root, ".status.phase", "Failed");
}

/* Pods of other sets than the fresh one that still run, or still end. */
static bool old_pods_run(const struct run *r)
{
    for (size_t i = 0; i < r->sets.count; i++) {
        struct objs pods AUTO_OBJS = {0};
        if ((int)i == r->roll.fresh) continue;
        if (r->roll.sets[i].has > 0) return true;
        ctl_owned(r->c, "v1/pods", r->sets.items[i], &pods);
        for (size_t k = 0; k < pods.count; k++)
            if (!is_finished(pods.items[k])) return true;
    }
    return false;
}

static bool recreate(struct run *r)
{
    bool scaled = false;
    if (!sync_revision(r, false)) return false;
    for (size_t i = 0; i < r->roll.count; i++) {
        if ((int)i == r->roll.fresh || r->roll.sets[i].wants == 0) continue;
        if (!scale_set(r, &(struct roll_step){i, 0})) return false;
        scaled = true;
    }
    if (scaled || old_pods_run(r)) return true;
    if (r->roll.fresh < 0 && !sync_revision(r, true)) return false;
    if (!scale_set(r, &(struct roll_step){(size_t)r->roll.fresh, r->roll.limits.replicas})) return false;
    if (is_done(r)) clean_up(r);
    return true;
}

/* A paused Deployment, or one whose replicas changed: sizes follow, the template does not. */
static bool scale(struct run *r)
{
    struct roll_step *steps = ARENA_ARRAY(r->out->arena, struct roll_step, r->roll.count + 1);
    if (!sync_revision(r, false) || !scale_sets(r, steps, roll_scale(&r->roll, steps))) return false;
    if (obj_bool(r->d->root, ".spec.paused", false)) clean_up(r);
    return true;
}

/* ---- Status ---- */

static bool same(const struct json *x, const struct json *y, const char *path)
{
    const struct json *a = obj_get(x, path), *b = obj_get(y, path);
    return a == b || (a && b && json_equal(a, b));
}

/* Written in one request: the revision travels as an annotation with the status. */
static void write_status(struct run *r, struct json *status)
{
    struct err e = ERR_INIT;
    if (status) obj_put(r->out->arena, r->now, ".status", status);
    if (same(r->now, r->d->root, ".status") && same(r->now, r->d->root, ".metadata.annotations")) return;
    if (!rest_update(ctl_rest(r->c), DEPLOYMENTS, "status", r->now, NULL, &e)) ctl_fail(r->out, &e);
}

static void act(struct run *r)
{
    struct arena *a = r->out->arena;
    bool is_deleting = obj_is_deleting(r->d->root), is_rollout = false, ok;
    if (!is_deleting) deployment_note_pause(a, r->now, clk_s());
    if (is_deleting)
        ok = true;
    else if (obj_bool(r->d->root, ".spec.paused", false) || roll_is_scaling(&r->roll))
        ok = scale(r);
    else
        is_rollout = true, ok = r->roll.limits.rolling ? roll_out(r) : recreate(r);
    if (!ok) {
        write_status(r, NULL); /* what was found out before it failed */
        return;
    }
    struct json *status = deployment_status(a, r->now, &r->roll, clk_s());
    if (is_rollout)
        r->out->again_after_ms = 1000 * deployment_progress(a, r->now, &r->roll, r->sets.items, status, clk_s());
    write_status(r, status);
}

static void deployment_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *d AUTO_OBJ = ctl_get(c, DEPLOYMENTS, ns, name);
    struct selector selector;
    if (!d || !children_selector(out->arena, d, &selector)) return;
    struct run r = {.c = c, .d = d, .now = obj_copy(out->arena, d->root), .out = out};
    claim_children(c, SETS, d, &selector, NULL, &r.sets, out);
    if (!out->failed) {
        look(&r);
        act(&r);
    }
    objs_release(&r.sets);
}

/* ---- Events of others ---- */

/* Recreate waits for the last old pod to be gone. */
static void on_pod_gone(struct ctl *c, const struct object *pod)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *ref = obj_controller(pod->root);
    if (!obj_is(ref, ".kind", "ReplicaSet")) return;
    const struct object *rs AUTO_OBJ = ctl_get(c, SETS, pod->ns, obj_str(ref, ".name"));
    const struct json *owner = rs ? obj_controller(rs->root) : NULL;
    if (!obj_is(owner, ".kind", "Deployment")) return;
    const struct object *d AUTO_OBJ = ctl_get(c, DEPLOYMENTS, pod->ns, obj_str(owner, ".name"));
    if (d && obj_is(d->root, ".spec.strategy.type", "Recreate")) workq_add(ctl_queue(c), object_key(&a, d));
}

static void deployment_on_event(struct ctl *c, const char *resource, const struct object *old, const struct object *obj)
{
    if (strcmp(resource, SETS) == 0) {
        if (obj && !obj_controller(obj->root)) wake_adopters(c, DEPLOYMENTS, obj);
    } else if (old && !obj) {
        on_pod_gone(c, old);
    }
}

const struct ctl_spec deployment_controller = {
    .name = "deployment",
    .primary = DEPLOYMENTS,
    .kind = "Deployment",
    .owns = {SETS, "v1/pods"},
    .reads = {SETS, "v1/pods"},
    .workers = 5,
    .reconcile = deployment_reconcile,
    .on_read_event = deployment_on_event,
};
