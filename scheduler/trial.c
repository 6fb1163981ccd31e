/* trial.c - see trial.h. One pod after the other: a cycle, what it takes, and who has to go; nothing else moves.
 * Reads: a workload.   Writes: the sandbox, a ReviewResult. */
#include "scheduler/trial.h"

#include "base/map.h"
#include "base/mono.h"
#include "scheduler/balance.h"
#include "scheduler/explain.h"
#include "scheduler/extending.h"
#include "scheduler/limits.h"
#include "scheduler/preemption.h"
#include "scheduler/reserve.h"
#include "scheduler/trial_tell.h"
#include "scheduler/workload.h"

#include <stdlib.h>

enum { PREEMPTIONS = 3 }; /* of one pod: after the first its node is free, unless a plugin changes its mind */

struct held { /* what plugins keep for a placed pod, until the trial is over */
    struct held *next;
    struct reserve reserve;
    const struct profile *profile;
};

struct trial {
    struct arena *arena;
    struct sandbox *sandbox;
    struct cache *cache;
    const struct trial_order *order;
    struct workload *workload;
    struct json *result;
    struct map placed; /* uid -> the row of a pod of the workload that is on a node */
    struct held *held;
    struct json *refused; /* row of the pod before, when it fits nowhere and nothing has changed since; NULL */
    int nplaced, nrefused;
    int start;
    struct rnd choice;
};

/* ---- Victims ---- */

/* The disruption controller counts the pod no more. */
static void spend_budgets(struct trial *t, const struct pod_info *victim)
{
    struct objs all AUTO_OBJS = {0};
    struct listers *l = cache_listers(t->cache);
    listers_all(l, LIST_BUDGET, sym_str(victim->ns), &all);
    for (size_t i = 0; i < all.count; i++) {
        struct arena a AUTO_ARENA = {0};
        struct keep k = {0};
        struct selector selector;
        int64_t allowed = obj_int(all.items[i]->root, ".status.disruptionsAllowed", 0);
        selector_read(&selector, &k, obj_get(all.items[i]->root, ".spec.selector"));
        if (allowed > 0 && selector_matches(&selector, &victim->labels)) {
            struct json *copy = obj_copy(&a, all.items[i]->root);
            obj_put_int(&a, copy, ".status.disruptionsAllowed", allowed - 1);
            const struct object *spent AUTO_OBJ = object_of(copy);
            listers_put(l, LIST_BUDGET, spent);
        }
        keep_release(&k);
    }
}

/* A pod of the workload that was placed before has to go again. */
static void displace(struct trial *t, const struct pod_info *victim, const struct pod_info *by)
{
    struct json *row = map_take(&t->placed, victim->uid);
    if (!row) return;
    obj_del(row, ".node");
    obj_put_fmt(t->arena, row, ".message", "preempted by %.*s/%.*s", STR_ARG(sym_str(by->ns)), STR_ARG(by->name));
    t->nplaced--;
    t->nrefused++;
}

static void evict(struct trial *t, struct json *row, const struct cycle *cy)
{
    const struct candidate *c = &cy->preemption->candidates[cy->preemption->chosen];
    for (int i = 0; i < c->nvictims; i++) {
        const struct pod_info *victim = c->victims[i];
        tell_victim(t->arena, row, victim);
        displace(t, victim, cy->pod);
        spend_budgets(t, victim);
        pod_info_unref(cache_remove_pod(t->cache, victim->uid));
    }
}

/* ---- One pod ---- */

static void refuse(struct trial *t, struct json *row, struct str message)
{
    obj_put_str(t->arena, row, ".message", message);
    t->nrefused++;
}

static void put_on(struct trial *t, const struct pod_info *p, struct str node)
{
    const struct sym *to = sym_get(node);
    const struct pod_info *there = pod_info_on(p, to); /* without its object: thousands may follow */
    pod_info_unref(cache_set_pod(t->cache, there));
    pod_info_unref(there);
    sym_unref(to);
}

static bool take(struct trial *t, struct cycle *cy, struct err *e)
{
    struct held *h = xcalloc(1, sizeof *h);
    put_on(t, cy->pod, cycle_node(cy));
    h->profile = cy->profile;
    if (!reserve_take(&h->reserve, cy, t->cache, e)) {
        pod_info_unref(cache_remove_pod(t->cache, cy->pod->uid));
        free(h);
        return false;
    }
    if (reserve_is_empty(&h->reserve)) {
        free(h);
    } else {
        h->next = t->held;
        t->held = h;
    }
    return true;
}

static void compute(struct trial *t, struct cycle *cy, const struct profile *profile, const struct pod_info *p)
{
    cycle_init(cy, profile, p);
    extending_compute(cy, t->cache, NULL, &t->start, &t->choice, t->order->texts);
}

/* The same pod when it waits for a node that was made free for it. */
static struct pod_info *nominated(const struct pod_info *p, const struct sym *node)
{
    struct arena a AUTO_ARENA = {0};
    struct json *copy = obj_copy(&a, p->object->root);
    obj_put_str(&a, copy, ".status.nominatedNodeName", sym_str(node));
    const struct object *o AUTO_OBJ = object_of(copy);
    return pod_info_new(o, true);
}

/* True: someone had to go, and *next is the pod to try again. */
static bool preempted(struct trial *t, struct json *row, const struct cycle *cy, struct pod_info **next)
{
    if (cy->error || !cy->preemption || cy->preemption->chosen < 0) return false;
    evict(t, row, cy);
    *next = nominated(cy->pod, cy->nominated);
    return true;
}

static void conclude(struct trial *t, struct json *row, struct cycle *cy)
{
    struct err e = ERR_INIT;
    tell_cycle(t->arena, row, cy);
    if (cy->error) {
        refuse(t, row, str_of(cy->error));
    } else if (cy->chosen < 0) {
        refuse(t, row, explain_failure(cy));
    } else if (!take(t, cy, &e)) {
        refuse(t, row, str_of(e.text));
    } else {
        obj_put_str(t->arena, row, ".node", cycle_node(cy));
        map_set(&t->placed, cy->pod->uid, row);
        t->nplaced++;
    }
}

static void attempt(struct trial *t, struct json *row, const struct profile *profile, const struct pod_info *first)
{
    const struct pod_info *p = pod_info_ref(first);
    bool again = true, changed = false;
    for (int i = 0; again; i++) {
        struct pod_info *next = NULL;
        struct cycle cy;
        compute(t, &cy, profile, p);
        again = i < PREEMPTIONS && preempted(t, row, &cy, &next);
        changed = changed || again || cy.chosen >= 0;
        if (!again) conclude(t, row, &cy);
        cycle_release(&cy);
        pod_info_unref(p);
        p = next;
    }
    t->refused = changed ? NULL : row;
}

/* NULL: it may enter the queue. */
static const char *kept_out(struct trial *t, const struct profile *profile, const struct pod_info *p)
{
    struct buf why AUTO_BUF = {0};
    if (!profile)
        return arena_printf(t->arena, "no profile of the configuration has schedulerName \"%.*s\"",
                            STR_ARG(sym_str(p->scheduler)));
    buf_init(&why, MESSAGE_MAX);
    for (int i = 0; i < profile->count[POINT_PRE_ENQUEUE]; i++) {
        int plugin = profile->order[POINT_PRE_ENQUEUE][i];
        if (sched_plugins[plugin]->pre_enqueue(profile->args[plugin], p, &why) != V_OK)
            return arena_strndup(t->arena, why.n ? why.p : "", why.n);
    }
    return NULL;
}

/* No scheduler is asked: the kubelet of that node takes it, or nobody does. */
static void take_named(struct trial *t, struct json *row, const struct pod_info *p)
{
    cache_lock(t->cache);
    bool known = cache_node(t->cache, sym_str(p->wants_node)) != NULL;
    cache_unlock(t->cache);
    if (!known) {
        refuse(t, row,
               str_printf(t->arena, "it names a node that there is not: %.*s", STR_ARG(sym_str(p->wants_node))));
        return;
    }
    put_on(t, p, sym_str(p->wants_node));
    obj_put_str(t->arena, row, ".node", sym_str(p->wants_node));
    obj_put_cstr(t->arena, row, ".message", "it names its node itself: no scheduler is asked");
    map_set(&t->placed, p->uid, row);
    t->nplaced++;
    t->refused = NULL;
}

static void place(struct trial *t, const struct object *pod, bool twin)
{
    struct json *row = tell_pod(t->arena, t->result, pod);
    if (twin && t->refused) { /* nothing has changed: it would be refused in the same words */
        tell_again(t->arena, row, t->refused);
        t->nrefused++;
        return;
    }
    struct pod_info *p = pod_info_new(pod, true);
    const struct profile *profile = config_profile(t->order->config, sym_str(p->scheduler));
    const char *out = p->wants_node ? NULL : kept_out(t, profile, p);
    if (p->wants_node)
        take_named(t, row, p);
    else if (out)
        refuse(t, row, str_of(out));
    else
        attempt(t, row, profile, p);
    pod_info_unref(p);
}

static bool is_stopped(const struct trial *t)
{
    const struct trial_order *o = t->order;
    return (o->stop && atomic_load(o->stop)) || (o->until_ns && mono_ns() >= o->until_ns);
}

/* ---- How many more ---- */

/* Each node by itself: where one more of them goes does not depend on where others are. */
static bool is_local(const struct trial *t, const struct pod_info *p)
{
    if (extenders_have(t->order->config->extenders, EXTENDER_FILTER)) return false; /* who knows what they count */
    for (int i = 0; i < p->nspreads; i++)
        if (p->spreads[i].hard) return false;
    return !p->affinity.n && !p->anti_affinity.n && !p->nvolumes && !workload_differs(t->workload);
}

static int room_on(struct cycle *cy, const struct node_info *n, int most)
{
    struct node_info *copy = node_info_copy(n);
    int more = 0, plugin;
    while (more < most && cycle_filter(cy, cy->state, copy, &plugin) == V_OK) {
        node_info_add(copy, cy->pod);
        more++;
    }
    node_info_copy_free(copy);
    return more;
}

/* By a computed cycle, in which some node fits. */
static int fill_nodes(struct trial *t, struct cycle *cy)
{
    int n, more = 0;
    cache_lock(t->cache);
    struct node_info *const *nodes = cache_nodes(t->cache, &n);
    bool *left = cy->only ? ARENA_ARRAY(&cy->arena, bool, n) : NULL;
    for (int i = 0; i < cy->nonly; i++) {
        const struct node_info *one = cache_node(t->cache, sym_str(cy->only[i]));
        if (one) left[one->index] = true;
    }
    for (int i = 0; i < n && more < TRIAL_FILL_COUNTED; i++)
        if (!left || left[i]) more += room_on(cy, nodes[i], TRIAL_FILL_COUNTED - more);
    cache_unlock(t->cache);
    return more;
}

/* One of them, or as many as there is room for when they can be counted at once. 0: it is placed nowhere. */
static int place_more(struct trial *t, const struct object *pod, bool *all)
{
    struct pod_info *p = pod_info_new(pod, true);
    const struct profile *profile = config_profile(t->order->config, sym_str(p->scheduler));
    int more = 0;
    *all = is_local(t, p);
    if (!p->wants_node && !kept_out(t, profile, p)) {
        struct cycle cy;
        struct err e = ERR_INIT;
        compute(t, &cy, profile, p);
        if (cy.chosen >= 0) more = *all ? fill_nodes(t, &cy) : take(t, &cy, &e);
        cycle_release(&cy);
    }
    pod_info_unref(p);
    return more;
}

static void fill(struct trial *t)
{
    int more = 0;
    bool all = false;
    for (int i = 0; i < TRIAL_FILL_MAX && !all && !is_stopped(t); i++) {
        const struct object *pod AUTO_OBJ = workload_another(t->workload, i);
        if (!pod) return; /* each node has its own: there is nothing to tell */
        int found = place_more(t, pod, &all);
        if (!found) break;
        more += found;
    }
    obj_put_int(t->arena, t->result, ".more", more);
}

/* ---- All ---- */

static bool is_of_before(void *arg, const struct pod_info *p) { return workload_selects(arg, p); }

static bool is_of_after(void *arg, const struct pod_info *p)
{
    const struct trial *t = arg;
    return map_has(&t->placed, p->uid) || workload_selects(t->workload, p);
}

static int node_count(struct cache *c)
{
    int n;
    cache_lock(c);
    (void)cache_nodes(c, &n);
    cache_unlock(c);
    return n;
}

static void run(struct trial *t)
{
    static const char *const keys[] = {"topology.kubernetes.io/zone", "kubernetes.io/hostname"};
    static const int shown[] = {TRIAL_ZONES_SHOWN, TRIAL_NODES_SHOWN};
    struct balance before[BALANCE_COUNT], after[BALANCE_COUNT];
    struct spread_counts counts[ARRAY_LEN(keys)];
    balance_measure(t->cache, before);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        balance_count(t->cache, t->arena, keys[i], is_of_before, t->workload, &counts[i]);
    struct workload_turn turn = {0};
    while (!is_stopped(t) && workload_next(t->workload, &turn)) {
        place(t, turn.pod, turn.twin);
        object_unref(turn.pod);
    }
    balance_measure(t->cache, after);
    tell_balance(t->arena, t->result, before, after);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        balance_recount(t->cache, is_of_after, t, &counts[i]);
        tell_spread(t->arena, t->result, &counts[i], shown[i]);
    }
    obj_put_int(t->arena, t->result, ".nodes", node_count(t->cache));
    obj_put_int(t->arena, t->result, ".placed", t->nplaced);
    obj_put_int(t->arena, t->result, ".unschedulable", t->nrefused);
    if (t->order->fill) fill(t);
}

struct json *trial_run(struct arena *a, struct sandbox *s, const struct trial_order *o, struct err *e)
{
    struct trial t = {.arena = a, .sandbox = s, .cache = sandbox_cache(s), .order = o, .result = obj_empty(a)};
    t.workload = workload_new(s, o->workload, o->replicas, e);
    if (!t.workload) return NULL;
    rnd_stream(&t.choice, o->seed);
    run(&t);
    for (struct held *next, *h = t.held; h; h = next) {
        next = h->next;
        reserve_give_back(&h->reserve, h->profile, t.cache);
        free(h);
    }
    map_release(&t.placed, NULL);
    workload_free(t.workload);
    if (!is_stopped(&t)) return t.result;
    err_set(e, ERR_TIMEOUT, "request did not complete within the allotted timeout");
    return NULL;
}
