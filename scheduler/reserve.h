/* reserve.h - what plugins took for a pod that was placed: Reserve, PreBind and Unreserve of all plugins.
 * Upstream: pkg/scheduler/framework/runtime/framework.go (RunReservePluginsReserve, RunPreBindPlugins). */
#ifndef SCHEDULER_RESERVE_H
#define SCHEDULER_RESERVE_H

#include "scheduler/cycle.h"

struct reserve { /* zero-initialised holds nothing */
    void *held[PLUGINS_MAX];
};

/* For the chosen node of a cycle. Locks the cache. False: the words of upstream, and nothing is held. */
bool reserve_take(struct reserve *r, struct cycle *cy, struct cache *c, struct err *e);
bool reserve_is_empty(const struct reserve *r);
/* The writes of all; blocks. */
bool reserve_write(const struct reserve *r, const struct profile *p, const struct binding *b, struct err *e);
/* Locks the cache. *until_ns: when to ask again at the latest, INT64_MAX: whenever something changed. */
enum prebound reserve_check(const struct reserve *r, const struct profile *p, const struct binding *b,
                            int64_t *until_ns, struct err *e);
/* Last taken, first given back. Locks the cache. */
void reserve_give_back(struct reserve *r, const struct profile *p, struct cache *c);

#endif
