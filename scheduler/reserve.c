/* reserve.c - see reserve.h. Reads: a computed cycle.   Writes: what plugins hold. */
#include "scheduler/reserve.h"

static bool failed(const char *point, int plugin, struct err *e)
{
    return err_context(e, "running %s plugin \"%s\"", point, sched_plugins[plugin]->name);
}

static bool take_all(struct reserve *r, struct cycle *cy, const struct node_info *n, struct err *e)
{
    const struct profile *p = cy->profile;
    for (int i = 0; i < p->count[POINT_RESERVE]; i++) {
        cy->running = p->order[POINT_RESERVE][i];
        cy->now.n = 0;
        enum verdict v = sched_plugins[cy->running]->reserve(cy, n, &r->held[cy->running]);
        if (cy->watcher) cy->watcher->told(cy->watcher, POINT_RESERVE, cy->running, n, v, 0);
        if (v == V_OK) continue;
        err_set(e, ERR_CONFLICT, "%s", cy->now.n ? cy->now.texts[0] : "");
        return failed("Reserve", cy->running, e);
    }
    return true;
}

bool reserve_take(struct reserve *r, struct cycle *cy, struct cache *c, struct err *e)
{
    struct str name = cycle_node(cy);
    cache_lock(c);
    const struct node_info *n = cache_node(c, name);
    cy->nodes = cache_nodes(c, &cy->nnodes);
    bool ok = n ? take_all(r, cy, n, e) : err_set(e, ERR_NOT_FOUND, "node \"%.*s\" not found", STR_ARG(name));
    cache_unlock(c);
    if (!ok) reserve_give_back(r, cy->profile, c);
    return ok;
}

bool reserve_is_empty(const struct reserve *r)
{
    for (int i = 0; i < PLUGINS_MAX; i++)
        if (r->held[i]) return false;
    return true;
}

bool reserve_write(const struct reserve *r, const struct profile *p, const struct binding *b, struct err *e)
{
    for (int i = 0; i < p->count[POINT_PRE_BIND]; i++) {
        int plugin = p->order[POINT_PRE_BIND][i];
        if (!r->held[plugin]) continue;
        bool ok = sched_plugins[plugin]->prebind(b, r->held[plugin], e);
        if (b->watcher) b->watcher->told(b->watcher, POINT_PRE_BIND, plugin, NULL, ok ? V_OK : V_ERROR, 0);
        if (!ok) return failed("PreBind", plugin, e);
    }
    return true;
}

enum prebound reserve_check(const struct reserve *r, const struct profile *p, const struct binding *b,
                            int64_t *until_ns, struct err *e)
{
    enum prebound all = PREBOUND_DONE;
    *until_ns = INT64_MAX;
    cache_lock(b->cache);
    for (int i = 0; i < p->count[POINT_PRE_BIND] && all != PREBOUND_FAILED; i++) {
        int plugin = p->order[POINT_PRE_BIND][i];
        int64_t until = INT64_MAX;
        if (!r->held[plugin] || !sched_plugins[plugin]->prebound) continue;
        enum prebound one = sched_plugins[plugin]->prebound(b, r->held[plugin], &until, e);
        if (one == PREBOUND_FAILED) failed("PreBind", plugin, e);
        if (one != PREBOUND_DONE) all = one;
        *until_ns = MIN(*until_ns, until);
    }
    cache_unlock(b->cache);
    return all;
}

void reserve_give_back(struct reserve *r, const struct profile *p, struct cache *c)
{
    for (int i = p->count[POINT_RESERVE] - 1; i >= 0; i--) {
        int plugin = p->order[POINT_RESERVE][i];
        if (r->held[plugin]) sched_plugins[plugin]->unreserve(c, r->held[plugin]);
        r->held[plugin] = NULL;
    }
}
