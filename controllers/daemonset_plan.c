/* daemonset_plan.c - what to do for a DaemonSet, given nodes and pods. Pure.
 * Reads: the set, nodes, its pods.   Writes: the view, steps, counts. */
#include "base/map.h"
#include "controllers/daemonset.h"
#include "controllers/pod_control.h"

#include <stdlib.h>

struct spot { /* a place of pods: a node, or the name of one that is gone */
    struct str name;
    const struct object *node;  /* NULL: gone */
    const struct object **pods; /* the one that counts first: bound before unbound, old before new */
    size_t npods;
    bool run, stay;
};

struct daemon_view {
    struct arena *arena;
    const struct object *set;
    struct str hash;
    struct spot *spots; /* nodes in their order, then the names of gone ones */
    size_t nspots, npods;
    int64_t min_ready_s;
};

/* ---- The view ---- */

static int compare_pods(const void *x, const void *y)
{
    const struct object *a = *(const struct object *const *)x, *b = *(const struct object *const *)y;
    bool bound_a = obj_str(a->root, ".spec.nodeName").n > 0, bound_b = obj_str(b->root, ".spec.nodeName").n > 0;
    if (bound_a != bound_b) return bound_a ? -1 : 1;
    int64_t made_a = obj_time_s(a->root, ".metadata.creationTimestamp", 0),
            made_b = obj_time_s(b->root, ".metadata.creationTimestamp", 0);
    if (made_a != made_b) return made_a < made_b ? -1 : 1;
    return str_cmp(a->name, b->name);
}

static bool in_phase(const struct object *pod, const char *phase) { return obj_is(pod->root, ".status.phase", phase); }
static bool is_going(const struct object *pod) { return obj_is_deleting(pod->root); }

/* Finished and being deleted: as good as gone. */
static bool is_over(const struct object *pod)
{
    return is_going(pod) && (in_phase(pod, "Succeeded") || in_phase(pod, "Failed"));
}

static struct spot *spot_of(struct daemon_view *v, struct map *by_name, struct str name)
{
    struct spot *s = map_get(by_name, name);
    if (s) return s;
    s = &v->spots[v->nspots++];
    s->name = name;
    map_set(by_name, name, s);
    return s;
}

static void place_pods(struct daemon_view *v, struct map *by_name, const struct objs *pods)
{
    struct spot **at = ARENA_ARRAY(v->arena, struct spot *, pods->count + 1);
    for (size_t i = 0; i < pods->count; i++) {
        struct str name = daemonset_node_of(pods->items[i]);
        if (!name.n || is_over(pods->items[i])) continue;
        at[i] = spot_of(v, by_name, name);
        at[i]->npods++;
        v->npods++;
    }
    for (size_t i = 0; i < v->nspots; i++) {
        v->spots[i].pods = ARENA_ARRAY(v->arena, const struct object *, v->spots[i].npods);
        v->spots[i].npods = 0;
    }
    for (size_t i = 0; i < pods->count; i++)
        if (at[i]) at[i]->pods[at[i]->npods++] = pods->items[i];
    for (size_t i = 0; i < v->nspots; i++)
        qsort(v->spots[i].pods, v->spots[i].npods, sizeof *v->spots[i].pods, compare_pods);
}

struct daemon_view *daemonset_view(struct arena *a, const struct object *set, struct str hash, const struct objs *nodes,
                                   const struct objs *pods)
{
    struct daemon_view *v = ARENA_NEW(a, struct daemon_view);
    const struct json *tmpl = daemonset_template(a, set, hash);
    struct map by_name = {0};
    *v = (struct daemon_view){.arena = a,
                              .set = set,
                              .hash = hash,
                              .spots = ARENA_ARRAY(a, struct spot, nodes->count + pods->count),
                              .min_ready_s = obj_int(set->root, ".spec.minReadySeconds", 0)};
    for (size_t i = 0; i < nodes->count; i++) {
        struct spot *s = spot_of(v, &by_name, nodes->items[i]->name);
        s->node = nodes->items[i];
        daemonset_fits(tmpl, s->node, &s->run, &s->stay);
    }
    place_pods(v, &by_name, pods);
    map_release(&by_name, NULL);
    return v;
}

/* ---- Steps ---- */

static void steps_init(const struct daemon_view *v, struct daemon_steps *steps)
{
    *steps = (struct daemon_steps){.creates = ARENA_ARRAY(v->arena, struct str, v->nspots + 1),
                                   .removals = ARENA_ARRAY(v->arena, struct daemon_removal, v->npods + 1)};
}

static void create(struct daemon_steps *steps, const struct spot *s) { steps->creates[steps->ncreates++] = s->name; }

static void delete_pod(struct daemon_steps *steps, const struct spot *s, const struct object *pod, enum daemon_end why)
{
    steps->removals[steps->nremovals++] = (struct daemon_removal){.pod = pod, .node = s->name, .why = why};
}

static bool is_new(const struct daemon_view *v, const struct object *pod)
{
    return daemonset_is_updated(v->set, pod, v->hash);
}

static bool is_available(const struct daemon_view *v, const struct object *pod)
{
    return pod_is_available(pod, v->min_ready_s);
}

/* An int-or-percent of the set's rolling update, percent of n rounded up. */
static int64_t bound(const struct daemon_view *v, const char *path, int64_t n)
{
    const struct json *value = obj_get(obj_get(v->set->root, ".spec.updateStrategy.rollingUpdate"), path);
    struct str text = obj_text(value);
    int64_t percent;
    if (str_is_null(text)) return obj_number(value, 0);
    if (!text.n || !str_to_i64(str_n(text.p, text.n - 1), &percent)) return 0;
    return (percent * n + 99) / 100;
}

static bool allows_surge(const struct daemon_view *v)
{
    return obj_is(v->set->root, ".spec.updateStrategy.type", "RollingUpdate") && bound(v, ".maxSurge", 100) > 0;
}

/* ---- One pod per node ---- */

/* Surging, an old pod stays beside a new one as long as it alone is ready. */
static void trim_surge(const struct daemon_view *v, const struct spot *s, const struct object **alive, size_t n,
                       struct daemon_steps *steps)
{
    const struct object *fresh = NULL, *old = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct object **first = is_new(v, alive[i]) ? &fresh : &old;
        if (*first)
            delete_pod(steps, s, alive[i], DAEMON_SURPLUS);
        else
            *first = alive[i];
    }
    if (fresh && old && (!pod_is_ready(old) || is_available(v, fresh))) delete_pod(steps, s, old, DAEMON_SURPLUS);
}

static void manage_pods(const struct daemon_view *v, const struct spot *s, struct daemon_steps *steps)
{
    const struct object **alive = ARENA_ARRAY(v->arena, const struct object *, s->npods + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->npods; i++) {
        const struct object *pod = s->pods[i];
        if (is_going(pod)) continue;
        if (in_phase(pod, "Failed"))
            delete_pod(steps, s, pod, DAEMON_FAILED);
        else if (in_phase(pod, "Succeeded"))
            delete_pod(steps, s, pod, DAEMON_SUCCEEDED);
        else
            alive[n++] = pod;
    }
    if (n < 2) return;
    if (allows_surge(v)) {
        trim_surge(v, s, alive, n, steps);
        return;
    }
    for (size_t i = 1; i < n; i++) delete_pod(steps, s, alive[i], DAEMON_SURPLUS);
}

void daemonset_manage(const struct daemon_view *v, struct daemon_steps *steps)
{
    steps_init(v, steps);
    for (size_t i = 0; i < v->nspots; i++) {
        const struct spot *s = &v->spots[i];
        if (s->run && !s->npods)
            create(steps, s);
        else if (s->stay)
            manage_pods(v, s, steps);
        else
            for (size_t k = 0; k < s->npods; k++) /* what is bound to a gone node is the garbage collector's */
                if (!is_going(s->pods[k]) && (s->node || !obj_str(s->pods[k]->root, ".spec.nodeName").n))
                    delete_pod(steps, s, s->pods[k], DAEMON_SURPLUS);
    }
}

/* ---- Rolling update ---- */

/* The pods of a spot that stay: at most one old and one new. False: more, which daemonset_manage will trim. */
static bool split(const struct daemon_view *v, const struct spot *s, const struct object **fresh,
                  const struct object **old)
{
    *fresh = *old = NULL;
    for (size_t i = 0; i < s->npods; i++) {
        if (is_going(s->pods[i])) continue;
        const struct object **one = is_new(v, s->pods[i]) ? fresh : old;
        if (*one) return false;
        *one = s->pods[i];
    }
    return true;
}

/* Spots that neither have a pod nor should have one do not take part. */
static bool takes_part(const struct spot *s) { return s->run || s->npods; }

/* Old pods that are not available go at once; of the others as many as may be missing. */
static void replace_in_place(const struct daemon_view *v, int64_t max_unavailable, struct daemon_steps *steps)
{
    const struct spot **candidates = ARENA_ARRAY(v->arena, const struct spot *, v->nspots + 1);
    const struct object **old_pods = ARENA_ARRAY(v->arena, const struct object *, v->nspots + 1);
    int64_t unavailable = 0, ncandidates = 0;
    for (size_t i = 0; i < v->nspots; i++) {
        const struct spot *s = &v->spots[i];
        const struct object *fresh, *old;
        if (!takes_part(s)) continue;
        if (!split(v, s, &fresh, &old) || !fresh == !old) {
            unavailable++;
        } else if (fresh) {
            unavailable += !is_available(v, fresh);
        } else if (!is_available(v, old)) {
            delete_pod(steps, s, old, DAEMON_SURPLUS);
            unavailable++;
        } else {
            old_pods[ncandidates] = old;
            candidates[ncandidates++] = s;
        }
    }
    for (int64_t i = 0; i < MIN(ncandidates, max_unavailable - unavailable); i++)
        delete_pod(steps, candidates[i], old_pods[i], DAEMON_SURPLUS);
}

struct surge {                   /* what a pass over the spots found */
    const struct spot **spots;   /* where an old available pod could get a new one beside it */
    const struct spot **leaving; /* where an old available pod is on a node that no longer wants it */
    const struct object **leavers;
    int64_t nspots, nleaving, surging, available;
};

static void surge_spot(const struct daemon_view *v, const struct spot *s, struct surge *u, struct daemon_steps *steps)
{
    const struct object *fresh, *old;
    if (!split(v, s, &fresh, &old)) {
        u->surging++;
        return;
    }
    const struct object *counts = old ? old : fresh;
    u->available += counts && is_available(v, counts);
    if (!old) return;
    if (fresh && is_available(v, fresh)) {
        delete_pod(steps, s, old, DAEMON_SURPLUS);
    } else if (fresh) {
        u->surging++;
    } else if (!is_available(v, old)) {
        if (s->run)
            create(steps, s);
        else
            delete_pod(steps, s, old, DAEMON_SURPLUS);
    } else if (s->run) {
        u->spots[u->nspots++] = s;
    } else {
        u->leavers[u->nleaving] = old;
        u->leaving[u->nleaving++] = s;
    }
}

static void replace_by_surge(const struct daemon_view *v, int64_t max_surge, int64_t desired,
                             struct daemon_steps *steps)
{
    struct surge u = {.spots = ARENA_ARRAY(v->arena, const struct spot *, v->nspots + 1),
                      .leaving = ARENA_ARRAY(v->arena, const struct spot *, v->nspots + 1),
                      .leavers = ARENA_ARRAY(v->arena, const struct object *, v->nspots + 1)};
    for (size_t i = 0; i < v->nspots; i++)
        if (takes_part(&v->spots[i])) surge_spot(v, &v->spots[i], &u, steps);
    for (int64_t i = 0; i < MIN(u.nleaving, u.available - desired); i++)
        delete_pod(steps, u.leaving[i], u.leavers[i], DAEMON_SURPLUS);
    for (int64_t i = 0; i < MIN(u.nspots, max_surge - u.surging); i++) create(steps, u.spots[i]);
}

void daemonset_update(const struct daemon_view *v, struct daemon_steps *steps)
{
    int64_t desired = 0;
    steps_init(v, steps);
    if (!obj_is(v->set->root, ".spec.updateStrategy.type", "RollingUpdate")) return;
    for (size_t i = 0; i < v->nspots; i++) desired += v->spots[i].run;
    int64_t max_unavailable = bound(v, ".maxUnavailable", desired), max_surge = bound(v, ".maxSurge", desired);
    if (max_surge)
        replace_by_surge(v, max_surge, desired, steps);
    else
        replace_in_place(v, MAX(1, max_unavailable), steps);
}

/* ---- Counting ---- */

void daemonset_count(const struct daemon_view *v, struct daemon_counts *n)
{
    *n = (struct daemon_counts){0};
    for (size_t i = 0; i < v->nspots; i++) {
        const struct spot *s = &v->spots[i];
        if (!s->node) continue;
        n->misscheduled += !s->run && s->npods;
        n->desired += s->run;
        if (!s->run || !s->npods) continue;
        n->current++;
        n->ready += pod_is_ready(s->pods[0]);
        n->available += is_available(v, s->pods[0]);
        n->updated += is_new(v, s->pods[0]);
    }
}
