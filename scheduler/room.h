/* room.h - where placed pods wait until what their plugins wrote is through: they own no thread meanwhile, so that
 * any number may wait, for minutes. One thread asks after all of them whenever something may have changed. */
#ifndef SCHEDULER_ROOM_H
#define SCHEDULER_ROOM_H

#include "scheduler/framework.h"

struct guest { /* embedded by its owner */
    struct guest *next;
    /* Without locks. PREBOUND_WAIT: later, at *until_ns (cluster time) at the latest. Else it left the room, and the
     * owner has it back (*e: of PREBOUND_FAILED). */
    enum prebound (*ask)(struct guest *g, int64_t *until_ns, struct err *e);
    void (*leave)(struct guest *g, enum prebound how, const struct err *e);
};

struct room;
struct room *room_new(void);
void room_enter(struct room *r, struct guest *g);
void room_wake(struct room *r);     /* something changed; any thread, under any lock but a guest's own */
bool room_is_quiet(struct room *r); /* whoever is in it waits for something to happen */
/* Nobody is asked after any more; whoever still enters stays. */
void room_shut(struct room *r);
/* After room_shut, when nobody enters any more: those who are in it are dropped. */
void room_free(struct room *r, void (*drop)(struct guest *g));

#endif
