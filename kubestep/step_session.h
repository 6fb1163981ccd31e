/* step_session.h - a stepper that stops pods inside their scheduling cycles, and the watch on it behind one lock. The
 * stepper is attached to that watch: when this process dies, however it does, the API server ends it. */
#ifndef KUBESTEP_STEP_SESSION_H
#define KUBESTEP_STEP_SESSION_H

#include "base/thread.h"
#include "client/rest.h"

struct step_session {
    struct rest *rest;
    char stepper[96];     /* its name; "": there is none */
    pthread_mutex_t lock; /* what follows */
    pthread_cond_t changed;
    const struct object *now; /* newest state of the stepper; NULL: none yet */
    uint64_t from;            /* revision of the stepper: older states are of no interest any more */
    bool lost, over;
    struct http_stream *stream;
    pthread_t watch;
    bool watching;
};

void step_session_init(struct step_session *s, struct rest *r);
/* spec: of the Stepper; kept by the server alone. Waits until the scheduler knows of it. */
bool step_session_begin(struct step_session *s, const struct json *spec, int64_t timeout_ms, struct err *e) MUST_USE;
/* Other breakpoints; waits likewise. */
bool step_session_breaks(struct step_session *s, const struct json *list, int64_t timeout_ms, struct err *e) MUST_USE;
/* The held one goes on as far as `to` says (api/points.h). */
bool step_session_go(struct step_session *s, int64_t park, const char *to, struct err *e) MUST_USE;
/* Waits for another state, newer than what was done, than `seen`; referenced. NULL: the watch is lost, or (*late) the
 * deadline (mono ns) came. */
const struct object *step_session_next(struct step_session *s, const struct object *seen, int64_t deadline_ns,
                                       bool *late);
void step_session_drop(struct step_session *s); /* any thread: the stepper goes, and what it holds */
void step_session_end(struct step_session *s);  /* that, and all the rest */

#endif
