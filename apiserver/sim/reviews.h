/* reviews.h - asks the scheduler what would happen: over its control stream, answered by a POST of its own. A request
 * that waits owns no thread. */
#ifndef APISERVER_SIM_REVIEWS_H
#define APISERVER_SIM_REVIEWS_H

#include "apiserver/http/request.h"
#include "apiserver/sim/review.h"

struct review_answer {
    enum review_end end;
    struct str text; /* of REVIEW_ANSWERED: what the scheduler sent, JSON; in the request's arena */
};

/* members: of the review beside its id, `"a":1,"b":2`. True: r was given away; then(r) follows on a worker, with
 * *answer (in r's arena) filled in. False: *answer says why nobody is asked. */
bool reviews_ask(struct request *r, struct str members, struct review_answer *answer,
                 void (*then)(struct request *r)) MUST_USE;

#endif
