/* turn.c - see turn.h. Reads, writes: the arbiter alone. */
#include "apiserver/sim/turn.h"

#include "base/mem.h"

#include <stdlib.h>

void turn_init(struct turn_arbiter *t, uint64_t seed, bool advance)
{
    *t = (struct turn_arbiter){.advance = advance, .holder = -1};
    rnd_stream(&t->order, seed);
}

void turn_release(struct turn_arbiter *t)
{
    while (t->nwaiters) turn_drop(t, t->nwaiters - 1);
    free(t->waiters);
    t->waiters = NULL;
    t->cap = 0;
}

static int find(const struct turn_arbiter *t, struct str name)
{
    for (int i = 0; i < TURN_COMPONENTS_MAX; i++)
        if (t->components[i].streams && str_eqc(name, t->components[i].name)) return i;
    return -1;
}

bool turn_registered(const struct turn_arbiter *t, struct str name) { return find(t, name) >= 0; }

bool turn_join(struct turn_arbiter *t, struct str name)
{
    int i = find(t, name);
    if (name.n == 0 || name.n > COMPONENT_NAME_MAX) return false;
    for (int k = 0; i < 0 && k < TURN_COMPONENTS_MAX; k++)
        if (!t->components[k].streams) i = k;
    if (i < 0) return false;
    struct turn_component *c = &t->components[i];
    if (!c->streams) {
        *c = (struct turn_component){.next_due_ns = INT64_MAX};
        memcpy(c->name, name.p, name.n);
    }
    c->streams++;
    return true;
}

void turn_leave(struct turn_arbiter *t, struct str name)
{
    int i = find(t, name);
    if (i < 0 || --t->components[i].streams) return;
    if (t->holder == i) t->holder = -1;
}

bool turn_report(struct turn_arbiter *t, struct str name, bool quiet, uint64_t seen_rev, int64_t next_due_ns)
{
    int i = find(t, name);
    if (i < 0) return false;
    struct turn_component *c = &t->components[i];
    c->reported = true;
    c->quiet = quiet;
    c->seen_rev = seen_rev;
    c->next_due_ns = next_due_ns;
    return true;
}

bool turn_take(struct turn_arbiter *t, struct str name, struct str kind, struct str what, int64_t now, void *owner)
{
    int i = find(t, name);
    if (i < 0 || t->nwaiters == TURN_WAITERS_MAX) return false;
    if (t->nwaiters == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 16;
        t->waiters = xreallocarray(t->waiters, t->cap, sizeof *t->waiters);
    }
    what.n = what.n < TURN_WHAT_MAX ? what.n : TURN_WHAT_MAX;
    kind.n = kind.n < TURN_WHAT_MAX ? kind.n : TURN_WHAT_MAX;
    char *key = xasprintf("%s %.*s %.*s", t->components[i].name, STR_ARG(kind), STR_ARG(what));
    t->waiters[t->nwaiters++] = (struct turn_waiter){.owner = owner, .component = i, .key = key, .since_ns = now};
    return true;
}

bool turn_give(struct turn_arbiter *t, struct str name)
{
    int i = find(t, name);
    if (i < 0 || t->holder != i) return false;
    t->holder = -1;
    return true;
}

void turn_drop(struct turn_arbiter *t, size_t i)
{
    free(t->waiters[i].key);
    t->waiters[i] = t->waiters[--t->nwaiters];
}

static bool waits(const struct turn_arbiter *t, int component)
{
    for (size_t i = 0; i < t->nwaiters; i++)
        if (t->waiters[i].component == component) return true;
    return false;
}

/* Has every component come to rest? */
static bool settled(const struct turn_arbiter *t)
{
    for (int i = 0; i < TURN_COMPONENTS_MAX; i++) {
        const struct turn_component *c = &t->components[i];
        if (c->streams && (!c->reported || (!c->quiet && !waits(t, i)))) return false;
    }
    return true;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct turn_waiter *)a)->key, ((const struct turn_waiter *)b)->key);
}

/* The earliest timer; those who wait for it must speak before anything else is done. */
static bool next_timer(struct turn_arbiter *t, int64_t *to)
{
    *to = INT64_MAX;
    for (int i = 0; i < TURN_COMPONENTS_MAX; i++)
        if (t->components[i].streams && t->components[i].next_due_ns < *to) *to = t->components[i].next_due_ns;
    if (*to == INT64_MAX) return false;
    for (int i = 0; i < TURN_COMPONENTS_MAX; i++)
        if (t->components[i].streams && t->components[i].next_due_ns == *to) t->components[i].reported = false;
    return true;
}

enum turn_act turn_next(struct turn_arbiter *t, void **owner, int64_t *to_ns)
{
    if (t->holder >= 0 || !settled(t)) return TURN_NONE;
    if (!t->nwaiters) return t->advance && next_timer(t, to_ns) ? TURN_ADVANCE : TURN_NONE;
    qsort(t->waiters, t->nwaiters, sizeof *t->waiters, by_key);
    size_t i = (size_t)rnd_next_below(&t->order, t->nwaiters);
    *owner = t->waiters[i].owner;
    t->holder = t->waiters[i].component;
    turn_drop(t, i);
    return TURN_GRANT;
}

void turn_moved(struct turn_arbiter *t, struct str name, uint64_t move)
{
    int i = find(t, name);
    if (i >= 0) t->components[i].move = move;
}

bool turn_all_quiet(const struct turn_arbiter *t, uint64_t move, int64_t *due_ns)
{
    *due_ns = INT64_MAX;
    for (int i = 0; i < TURN_COMPONENTS_MAX; i++) {
        const struct turn_component *c = &t->components[i];
        if (!c->streams) continue;
        if (!c->reported || !c->quiet || c->move < move) return false;
        *due_ns = MIN(*due_ns, c->next_due_ns);
    }
    return true;
}

int turn_count(const struct turn_arbiter *t)
{
    int n = 0;
    for (int i = 0; i < TURN_COMPONENTS_MAX; i++) n += t->components[i].streams > 0;
    return n;
}
