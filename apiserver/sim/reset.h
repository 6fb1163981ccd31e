/* reset.h - back to the state after `kubestep up`: what was stored before the first write of a client that is none of
 * our components.
 *
 * The way back is two ordinary transactions (what came is deleted; what changed or went is put), so our components see
 * it as events. What they were about to write for a state that is gone is refused meanwhile: until all of them have
 * been quiet once, their writes are answered with 409, and those that were under way before are waited for. What they
 * create for nobody in particular (the account of a namespace) they may: it is for the state that is there. */
#ifndef APISERVER_SIM_RESET_H
#define APISERVER_SIM_RESET_H

#include "apiserver/http/request.h"
#include "base/json.h"

/* A write begins. False: the cluster is being reset and the writer is a component; answered. */
bool reset_admits(struct request *r);
/* The same of what a component is about to create, right before it is stored. */
bool reset_admits_create(struct request *r, const struct json *object);
void reset_leave(struct request *r); /* a request ends, whichever it was */
void reset_post(struct request *r);  /* POST /apis/sim.kubestep.dev/v1/reset */
void reset_shutdown(void);           /* none waits any longer */

#endif
