/* extending_preempt.c - candidates of a preemption that extenders may change: each says who goes on which node, about
 * what the ones before it left (callExtenders in framework/preemption/preemption.go).
 * Reads: candidates, the cache under its lock, answers.   Writes: the cycle's preemption. */
#include "base/mono.h"
#include "scheduler/extender_wire.h"
#include "scheduler/extending.h"
#include "scheduler/preemption.h"

struct talk { /* about the candidates of one cycle */
    struct cycle *cy;
    struct texts *texts;
    struct map nodes;       /* name -> its place in the cycle's table, from 1 on */
    struct wire_victims *v; /* who goes now; in the cycle's arena */
    int n;
};

static void begin(struct talk *t, struct cycle *cy, struct texts *texts)
{
    const struct preemption *p = cy->preemption;
    *t = (struct talk){.cy = cy, .texts = texts, .n = p->ncandidates};
    t->v = ARENA_ARRAY(&cy->arena, struct wire_victims, t->n);
    for (int i = 0; i < cy->table->n; i++) map_set(&t->nodes, sym_str(cy->table->names[i]), (void *)(uintptr_t)(i + 1));
    for (int i = 0; i < t->n; i++) {
        const struct candidate *c = &p->candidates[i];
        t->v[i] = (struct wire_victims){.node = sym_str(cy->table->names[c->node]),
                                        .violations = c->violations,
                                        .pods = c->victims,
                                        .n = c->nvictims};
    }
}

static const struct wire_victims *victims_on(const struct wire_victims *v, int n, struct str node)
{
    for (int i = 0; i < n; i++)
        if (str_eq(v[i].node, node)) return &v[i];
    return NULL;
}

/* ---- From uids to pods ---- */

struct pods { /* of one node, by uid */
    struct map all, taken;
    bool live; /* those that run there now are in it, too */
};

static void add_live(struct talk *t, struct str node, struct pods *p)
{
    struct cycle *cy = t->cy;
    cache_lock(cy->cache);
    const struct node_info *n = cache_node(cy->cache, node);
    for (int i = 0; n && i < n->npods; i++)
        if (!map_has(&p->all, n->pods[i]->uid))
            map_set(&p->all, n->pods[i]->uid, (void *)(uintptr_t)cycle_hold(cy, n->pods[i]));
    cache_unlock(cy->cache);
    p->live = true;
}

static const struct pod_info *pod_of(struct talk *t, struct str node, struct pods *p, struct str uid)
{
    if (!p->live && !map_has(&p->all, uid)) add_live(t, node, p);
    return map_get(&p->all, uid);
}

/* The pods that an extender named; one that it named twice goes once. */
static bool resolve(struct talk *t, const struct extender *x, const struct wire_victims *was, struct wire_victims *now,
                    struct err *e)
{
    struct pods p = {0};
    int n = 0;
    now->pods = ARENA_ARRAY(&t->cy->arena, const struct pod_info *, now->n);
    for (int i = 0; was && i < was->n; i++) map_set(&p.all, was->pods[i]->uid, (void *)(uintptr_t)was->pods[i]);
    bool ok = true;
    for (int i = 0; i < now->n && ok; i++) {
        struct str uid = str_is_null(now->uids[i]) ? STR("") : now->uids[i];
        const struct pod_info *pod = pod_of(t, now->node, &p, uid);
        if (!pod)
            ok = err_set(e, ERR_BAD_REQUEST,
                         "extender: %s claims to preempt pod (UID: &{%.*s}) on node: %.*s, but the pod is not found on "
                         "that node",
                         x->url, (int)MIN(uid.n, 253), uid.p, (int)MIN(now->node.n, 253), now->node.p);
        else if (!map_has(&p.taken, uid))
            now->pods[n++] = pod;
        if (pod) map_set(&p.taken, uid, now);
    }
    now->n = n;
    map_release(&p.all, NULL);
    map_release(&p.taken, NULL);
    return ok;
}

/* ---- One extender ---- */

/* In the order of the candidates; nodes that were none before come behind them. */
static void take(struct talk *t, const struct wire_victims *answer, int n)
{
    struct wire_victims *v = ARENA_ARRAY(&t->cy->arena, struct wire_victims, n);
    int k = 0;
    for (int i = 0; i < t->n; i++) {
        const struct wire_victims *now = victims_on(answer, n, t->v[i].node);
        if (now && now->n) v[k++] = *now;
    }
    for (int i = 0; i < n; i++)
        if (answer[i].n && !victims_on(t->v, t->n, answer[i].node)) v[k++] = answer[i];
    for (int i = 0; i < k; i++) v[i].node = str_copy(&t->cy->arena, v[i].node);
    t->v = v;
    t->n = k;
}

static bool check(struct talk *t, const struct extender *x, struct wire_victims *answer, int n, struct err *e)
{
    for (int i = 0; i < n; i++) {
        struct str node = answer[i].node;
        int shown = (int)MIN(node.n, 253);
        if (!map_has(&t->nodes, node))
            return err_set(e, ERR_BAD_REQUEST, "nodeinfo not found for node name \"%.*s\"", shown, node.p);
        if (!resolve(t, x, victims_on(t->v, t->n, node), &answer[i], e)) return false;
    }
    return true;
}

static bool ask(struct talk *t, const struct extender *x, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct buf body AUTO_BUF = {0}, answer AUTO_BUF = {0};
    struct wire_victims *v;
    int n;
    buf_init(&body, EXTENDER_REQUEST_MAX);
    if (!wire_preemption(&body, x, t->cy->pod->object, t->v, t->n, t->texts, e) ||
        !extender_call(x, EXTENDER_PREEMPT, buf_view(&body), &answer, e) ||
        !wire_read_victims(&a, buf_view(&answer), &v, &n, e) || !check(t, x, v, n, e))
        return false;
    for (int i = 0; i < n; i++)
        if (!v[i].n && !x->ignorable)
            return err_set(e, ERR_BAD_REQUEST, "expected at least one victim pod on node \"%.*s\"", STR_ARG(v[i].node));
    take(t, v, n);
    return true;
}

static bool ask_all(struct talk *t, struct err *e)
{
    const struct extenders *all = t->cy->profile->extenders;
    for (int i = 0; i < all->n && t->n; i++) {
        if (!extender_wants(&all->v[i], EXTENDER_PREEMPT, t->cy->pod)) continue;
        int64_t began = mono_ns();
        bool ok = ask(t, &all->v[i], e) || extending_pass_over(t->cy, i, e);
        extending_note(t->cy, i)->nanos[EXTENDER_PREEMPT] += mono_ns() - began;
        if (!ok) return false;
    }
    return true;
}

/* ---- What comes of it ---- */

static void settle(struct talk *t)
{
    struct candidate *c = ARENA_ARRAY(&t->cy->arena, struct candidate, t->n);
    for (int i = 0; i < t->n; i++)
        c[i] = (struct candidate){.node = (int)(uintptr_t)map_get(&t->nodes, t->v[i].node) - 1,
                                  .victims = t->v[i].pods,
                                  .nvictims = t->v[i].n,
                                  .violations = (int)MAX(MIN(t->v[i].violations, INT32_MAX), -INT32_MAX)};
    preemption_settle(t->cy->preemption, c, t->n);
}

void extending_preempt(struct cycle *cy, struct texts *texts)
{
    struct preemption *p = cy->preemption;
    struct talk t;
    struct err e = ERR_INIT;
    if (!p || !p->waits) return;
    begin(&t, cy, texts);
    if (ask_all(&t, &e)) {
        settle(&t);
    } else {
        p->waits = false;
        p->failed = true;
        p->message = str_copy(&cy->arena, str_of(e.text));
    }
    map_release(&t.nodes, NULL);
    cycle_post_filter(cy);
}
