/* sim.h - group sim.kubestep.dev/v1: walks, decisions, steppers, clocks, and the components' control streams.
 * None of it is in the store: bounded side tables with a revision counter of their own. */
#ifndef APISERVER_SIM_SIM_H
#define APISERVER_SIM_SIM_H

#include "apiserver/http/request.h"

/* advance: with turns, virtual time goes to the next timer when all is quiet. seed 0: any. */
struct sim_options {
    bool textbook;
    bool turns;
    bool advance;
    uint64_t seed;
};
void sim_init(const struct sim_options *o);
void sim_shutdown(void);
/* Answers everything under /apis/sim.kubestep.dev/v1. Any thread that may not block; uses request_later and stream.h
 * itself. */
void sim_handle(struct request *r);

#endif
