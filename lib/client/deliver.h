/* deliver.h - from a changed cache to the handlers, with the gate of stepping in between. A key that is held at the
 * gate has a side thread of its own; its later events wait behind it in order, other keys go on. Private to lib/client.
 */
#ifndef CLIENT_DELIVER_H
#define CLIENT_DELIVER_H

#include "base/map.h"
#include "informer.h"
#include "limits.h"
#include "sim.h"

#include <pthread.h>

struct deliver {
    struct {
        informer_fn *fn;
        void *arg;
    } handlers[INFORMER_HANDLERS_MAX];
    int nhandlers;
    struct sim *sim;      /* NULL: no gate */
    int gate_number;      /* 0: no gate */
    pthread_mutex_t lock; /* only with a gate: one event at a time reaches the handlers; covers what follows */
    pthread_cond_t left;
    struct map parked;       /* key -> struct parked */
    struct parked *finished; /* to be joined */
    int running;             /* side threads that have not finished */
    bool stopping;
};

void deliver_init(struct deliver *d, int gate_number);
void deliver_release(struct deliver *d);
/* Takes references of its own when it has to keep the objects. The informer's thread. */
void deliver_event(struct deliver *d, struct str key, enum informer_event what, const struct object *old,
                   const struct object *obj);
void deliver_close(struct deliver *d); /* what is parked will not be delivered */
void deliver_stop(struct deliver *d);  /* after deliver_close and sim_let_go: joins the side threads */
bool deliver_idle(struct deliver *d);  /* nothing is parked */

#endif
