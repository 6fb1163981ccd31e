/* gate.h - stepping: a stepper (sim.kubestep.dev/v1 Stepper) holds pods at gates. The API server's own
 * gates (1, 2, 5, 6, 9, 14, 15) suspend the request without a thread; components park by a POST that is
 * answered when the gate opens. No gate stays shut longer than PARK_MAX_MS. */
#ifndef APISERVER_SIM_GATE_H
#define APISERVER_SIM_GATE_H

#include "api/steps.h"
#include "apiserver/http/request.h"

/* One branch when nobody steps. True: r is parked; when the gate opens, request_later(r, then) runs. Call it
 * as the last thing before giving r away. message: what is about to happen, one sentence. */
bool gate_hold(struct request *r, enum step step, struct str ns, struct str name, void (*then)(struct request *r),
               const char *message);
bool gate_textbook(struct str ns, struct str name, bool dflt); /* a stepper's flow for this pod, else dflt */
void gate_release_all(void);                                   /* shutdown */

#endif
