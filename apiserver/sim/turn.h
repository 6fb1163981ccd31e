/* turn.h - who may go on in the deterministic mode: a state machine without I/O.
 *
 * A turn is granted when none is out and every registered component has reported and either waits for a turn or is
 * quiet. Those that wait are put in an order of their own (component, kind, what) and the seed draws among them, so
 * the order of their arrival does not matter. When all are quiet and nobody waits, virtual time may go to the earliest
 * next timer; those whose timer that was must report again before anything else happens.
 * Not thread safe: the owner's lock covers it. */
#ifndef APISERVER_SIM_TURN_H
#define APISERVER_SIM_TURN_H

#include "apiserver/sim/limits.h"
#include "base/rnd.h"
#include "base/str.h"

struct turn_component {
    char name[COMPONENT_NAME_MAX + 1];
    int streams; /* registrations; 0: a free place */
    bool reported, quiet;
    uint64_t seen_rev;
    int64_t next_due_ns; /* INT64_MAX: no timer */
    uint64_t move;       /* the newest step of an advancing clock that it has applied (advance.c) */
};

struct turn_waiter {
    void *owner; /* what turn_take was given */
    int component;
    char *key; /* "component kind what"; owned */
    int64_t since_ns;
};

struct turn_arbiter {
    struct rnd order;
    bool advance; /* virtual time may be moved */
    struct turn_component components[TURN_COMPONENTS_MAX];
    struct turn_waiter *waiters;
    size_t nwaiters, cap;
    int holder; /* index of the component that has the turn; -1: none */
};

enum turn_act { TURN_NONE, TURN_GRANT, TURN_ADVANCE };

void turn_init(struct turn_arbiter *t, uint64_t seed, bool advance);
void turn_release(struct turn_arbiter *t);
bool turn_join(struct turn_arbiter *t, struct str name); /* false: no room */
/* One registration less; with the last its turn is free again. What it waited for stays until turn_drop. */
void turn_leave(struct turn_arbiter *t, struct str name);
bool turn_report(struct turn_arbiter *t, struct str name, bool quiet, uint64_t seen_rev,
                 int64_t next_due_ns); /* false: not registered */
/* owner waits for a turn. False: not registered, or no room. */
bool turn_take(struct turn_arbiter *t, struct str name, struct str kind, struct str what, int64_t now_ns, void *owner);
bool turn_give(struct turn_arbiter *t, struct str name); /* false: it had no turn */
void turn_drop(struct turn_arbiter *t, size_t i);        /* waiter i waits no longer */
/* What happens next; to be called again until TURN_NONE. TURN_GRANT: *owner has the turn now. TURN_ADVANCE: the clock
 * goes to *to_ns. */
enum turn_act turn_next(struct turn_arbiter *t, void **owner, int64_t *to_ns);
void turn_moved(struct turn_arbiter *t, struct str name, uint64_t move);
/* All components have applied this move and are quiet. *due_ns: the earliest of their timers. */
bool turn_all_quiet(const struct turn_arbiter *t, uint64_t move, int64_t *due_ns);
int turn_count(const struct turn_arbiter *t); /* components there are */
bool turn_registered(const struct turn_arbiter *t, struct str name);

#endif
