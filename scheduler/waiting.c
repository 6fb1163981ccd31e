/* waiting.c - see waiting.h. Reads: plugins' hints.   Writes: its groups. */
#include "scheduler/waiting.h"

#include "scheduler/extender.h"

#include <stdlib.h>

/* Extenders do not say what helps: anything may (UnrollWildCardResource). */
static const unsigned extender_retry = ~(unsigned)(EV_NAMESPACE | EV_ATTACHMENT);

/* Upstream registers a change of taints for each plugin that waits for new nodes; such a retry is not filtered by its
 * hint (buildQueueingHintMap). */
static unsigned taint_retry(const struct sched_plugin *p)
{
    return p->retry_on & EV_NODE_ADD && !(p->retry_on & EV_NODE_TAINT) ? EV_NODE_TAINT : 0;
}

static unsigned wants_of(uint32_t refusers)
{
    unsigned wants = refusers & EXTENDER_REFUSED ? extender_retry : 0;
    for (int i = 0; sched_plugins[i]; i++)
        if (refusers & 1u << i) wants |= sched_plugins[i]->retry_on | taint_retry(sched_plugins[i]);
    return wants;
}

static bool is_asked(const struct profile *p, int plugin)
{
    for (int at = 0; at < POINT_COUNT; at++)
        if (profile_asks(p, (enum point)at, plugin)) return true;
    return false;
}

void waiting_interest(struct waiting *w, struct profile *const *profiles, int n)
{
    w->interest = 0;
    for (int k = 0; k < n; k++) {
        if (profiles[k]->extenders) w->interest |= extender_retry;
        for (int i = 0; sched_plugins[i]; i++)
            if (is_asked(profiles[k], i)) w->interest |= wants_of(1u << i);
    }
}

void waiting_release(struct waiting *w) { map_release(&w->groups, free); }

struct group_key {
    uint32_t refusers;
    int32_t gate;
};

static struct str key_bytes(const struct group_key *k) { return str_n((const char *)k, sizeof *k); }

void waiting_put(struct waiting *w, struct waiter *it, uint32_t refusers, int gate)
{
    const struct group_key key = {refusers, gate};
    struct waiting_group *g = map_get(&w->groups, key_bytes(&key));
    if (!g) {
        g = xcalloc(1, sizeof *g);
        *g = (struct waiting_group){refusers, gate, wants_of(gate < 0 ? refusers : 1u << gate), NULL, NULL};
        map_set(&w->groups, key_bytes(&key), g);
    }
    *it = (struct waiter){.prev = g->last, .group = g};
    *(g->last ? &g->last->next : &g->first) = it;
    g->last = it;
}

void waiting_take(struct waiting *w, struct waiter *it)
{
    struct waiting_group *g = it->group;
    if (!g) return;
    *(it->prev ? &it->prev->next : &g->first) = it->next;
    *(it->next ? &it->next->prev : &g->last) = it->prev;
    *it = (struct waiter){0};
    if (g->first) return;
    const struct group_key key = {g->refusers, g->gate};
    free(map_take(&w->groups, key_bytes(&key)));
}

bool waiting_may_help(const struct profile *profile, uint32_t refusers, const struct pod_info *p,
                      const struct sched_event *e)
{
    if (!refusers || e->what == EV_ANYTHING) return true;
    if (refusers & EXTENDER_REFUSED && extender_retry & e->what) return true;
    for (int i = 0; sched_plugins[i]; i++) {
        const struct sched_plugin *plugin = sched_plugins[i];
        if (!(refusers & 1u << i)) continue;
        if (taint_retry(plugin) & e->what) return true;
        if (!(plugin->retry_on & e->what)) continue;
        if (!plugin->hint || plugin->hint(profile->args[i], p, e)) return true;
    }
    return false;
}
