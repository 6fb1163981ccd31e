/* statefulset_plan.c - what to do for a StatefulSet, given its pods. Pure.
 * OrderedReady: one thing at a time, upwards; nothing is made, deleted or updated while a pod below it is not well.
 * Parallel: making and deleting wait for nobody; updating still goes one by one.
 * Reads: the set, its pods.   Writes: the plan. */
#include "controllers/limits.h"
#include "controllers/pod_control.h"
#include "controllers/statefulset.h"

#include <stdlib.h>

struct slot { /* one ordinal */
    int64_t ordinal;
    const struct object *pod; /* NULL: there is none */
};

struct planner {
    struct set_plan *plan;
    const struct object *set;
    struct str current, updated;
    struct slot *replicas, *condemned; /* ascending; descending */
    size_t nreplicas, ncondemned;      /* replicas: no further than this reconcile can get */
    const struct object *first_unavailable;
    int64_t start, min_ready_s;
    bool ordered;
};

/* ---- What a pod is like ---- */

static bool in_phase(const struct object *pod, const char *phase)
{
    return pod && obj_is(pod->root, ".status.phase", phase);
}

static bool is_ready(const struct object *pod) { return in_phase(pod, "Running") && pod_is_ready(pod); }

static bool is_available(const struct planner *p, const struct object *pod)
{
    return is_ready(pod) && pod_is_available(pod, p->min_ready_s);
}

static bool is_terminating(const struct object *pod) { return pod && obj_is_deleting(pod->root); }

static bool is_unavailable(const struct planner *p, const struct object *pod)
{
    return !is_available(p, pod) || is_terminating(pod);
}

/* ---- Sorting the pods in ---- */

static int64_t wanted_of(const struct object *set) { return obj_int(set->root, ".spec.replicas", 1); }
static int64_t start_of(const struct object *set) { return obj_int(set->root, ".spec.ordinals.start", 0); }

bool statefulset_is_surplus(const struct object *set, int64_t ordinal)
{
    return ordinal < start_of(set) || ordinal >= start_of(set) + wanted_of(set);
}

static int descending(const void *x, const void *y)
{
    const struct slot *a = x, *b = y;
    return a->ordinal > b->ordinal ? -1 : a->ordinal < b->ordinal;
}

static void find_unavailable(struct planner *p)
{
    for (size_t i = 0; i < p->nreplicas && !p->first_unavailable; i++)
        if (p->replicas[i].pod && is_unavailable(p, p->replicas[i].pod)) p->first_unavailable = p->replicas[i].pod;
    for (size_t i = p->ncondemned; i-- > 0 && !p->first_unavailable;)
        if (is_unavailable(p, p->condemned[i].pod)) p->first_unavailable = p->condemned[i].pod;
}

static void count(struct planner *p, const struct object *pod)
{
    struct set_counts *n = &p->plan->counts;
    n->replicas++;
    n->ready += is_ready(pod);
    n->available += is_available(p, pod);
    if (is_terminating(pod)) return;
    n->current += str_eq(statefulset_pod_revision(pod), p->current);
    n->updated += str_eq(statefulset_pod_revision(pod), p->updated);
}

/* However many are wanted, among the first (pods + SET_BURST_MAX) ordinals SET_BURST_MAX are missing, or all are looked
 * at: a huge number costs nothing. */
static void sort_in(struct planner *p, struct arena *a, const struct objs *pods)
{
    p->nreplicas = MIN((size_t)MAX(0, wanted_of(p->set)), pods->count + SET_BURST_MAX);
    p->replicas = ARENA_ARRAY(a, struct slot, p->nreplicas);
    p->condemned = ARENA_ARRAY(a, struct slot, pods->count);
    for (size_t i = 0; i < p->nreplicas; i++) p->replicas[i].ordinal = p->start + (int64_t)i;
    for (size_t i = 0; i < pods->count; i++) {
        int64_t ordinal = statefulset_ordinal(p->set, pods->items[i]);
        if (ordinal < 0) continue;
        count(p, pods->items[i]);
        if (statefulset_is_surplus(p->set, ordinal))
            p->condemned[p->ncondemned++] = (struct slot){ordinal, pods->items[i]};
        else if (ordinal - p->start < (int64_t)p->nreplicas)
            p->replicas[ordinal - p->start].pod = pods->items[i];
    }
    qsort(p->condemned, p->ncondemned, sizeof *p->condemned, descending);
    find_unavailable(p);
}

/* ---- The steps ---- */

static void add(struct planner *p, enum set_verb verb, const struct slot *s)
{
    p->plan->steps[p->plan->count++] = (struct set_step){.verb = verb, .ordinal = s->ordinal, .pod = s->pod};
}

/* Below the partition (without one: where old pods are still counted) a new pod is made as the old ones were. */
static bool is_made_updated(const struct planner *p, int64_t ordinal)
{
    const struct json *strategy = obj_get(p->set->root, ".spec.updateStrategy");
    if (!obj_is(strategy, ".type", "RollingUpdate")) return true;
    int64_t old = obj_has(strategy, ".rollingUpdate") ? obj_int(strategy, ".rollingUpdate.partition", 0)
                                                      : obj_int(p->set->root, ".status.currentReplicas", 0);
    return ordinal >= p->start + old;
}

/* False: nothing more may be done before this pod is well. */
static bool plan_replica(struct planner *p, const struct slot *s)
{
    if (in_phase(s->pod, "Failed") || in_phase(s->pod, "Succeeded")) {
        if (!is_terminating(s->pod)) add(p, SET_DELETE, s);
        return false;
    }
    if (!s->pod) {
        add(p, SET_CREATE, s);
        p->plan->steps[p->plan->count - 1].updated = is_made_updated(p, s->ordinal);
        return false;
    }
    if (in_phase(s->pod, "Pending")) add(p, SET_CLAIMS, s);
    if (p->ordered && is_unavailable(p, s->pod)) return false;
    add(p, SET_SETTLE, s);
    return true;
}

static bool plan_condemned(struct planner *p, const struct slot *s)
{
    if (is_terminating(s->pod)) return false;
    if (p->ordered && !is_available(p, s->pod) && s->pod != p->first_unavailable) return false;
    add(p, SET_DELETE, s);
    return false;
}

/* The highest pod that is not of the newest revision goes, once all above it are well again. */
static void plan_update(struct planner *p)
{
    const struct json *strategy = obj_get(p->set->root, ".spec.updateStrategy");
    if (obj_is(strategy, ".type", "OnDelete") || (int64_t)p->nreplicas < wanted_of(p->set)) return;
    int64_t partition = obj_int(strategy, ".rollingUpdate.partition", 0);
    for (int64_t i = (int64_t)p->nreplicas - 1; i >= partition; i--) {
        const struct slot *s = &p->replicas[i];
        if (s->pod && !is_terminating(s->pod) && !str_eq(statefulset_pod_revision(s->pod), p->updated)) {
            bool dying = in_phase(s->pod, "Failed") || in_phase(s->pod, "Succeeded");
            if (!dying) add(p, SET_DELETE, s); /* else it was deleted above */
            p->plan->counts.current -= str_eq(statefulset_pod_revision(s->pod), p->current);
            return;
        }
        if (!s->pod || is_unavailable(p, s->pod)) return;
    }
}

static void plan_steps(struct planner *p)
{
    for (size_t i = 0; i < p->nreplicas; i++)
        if (!plan_replica(p, &p->replicas[i]) && p->ordered) return;
    for (size_t i = 0; i < p->ncondemned; i++) add(p, SET_KEEP, &p->condemned[i]);
    for (size_t i = 0; i < p->ncondemned; i++)
        if (!plan_condemned(p, &p->condemned[i]) && p->ordered) return;
    plan_update(p);
}

void statefulset_plan(struct arena *a, const struct object *set, const struct objs *pods, struct str current,
                      struct str updated, struct set_plan *plan)
{
    struct planner p = {
        .plan = plan,
        .set = set,
        .current = current,
        .updated = updated,
        .start = start_of(set),
        .min_ready_s = obj_int(set->root, ".spec.minReadySeconds", 0),
        .ordered = !obj_is(set->root, ".spec.podManagementPolicy", "Parallel"),
    };
    *plan = (struct set_plan){0};
    sort_in(&p, a, pods);
    plan->steps = ARENA_ARRAY(a, struct set_step, 2 * (p.nreplicas + p.ncondemned) + 1);
    if (!obj_is_deleting(set->root)) plan_steps(&p);
}

bool statefulset_is_complete(const struct object *set, const struct set_counts *n)
{
    int64_t wanted = wanted_of(set);
    return obj_is(set->root, ".spec.updateStrategy.type", "RollingUpdate") && n->updated == wanted &&
           n->ready == wanted && n->replicas == wanted;
}
