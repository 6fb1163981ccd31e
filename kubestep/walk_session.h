/* walk_session.h - what happens at the same time during a walk, gathered behind one lock: the create (which the
 * textbook flow holds), the watch on the pod's Walk, the watch on the stepper. The main thread waits for changes and
 * prints. */
#ifndef KUBESTEP_WALK_SESSION_H
#define KUBESTEP_WALK_SESSION_H

#include "base/thread.h"
#include "client/rest.h"

struct walk_session {
    struct rest *rest;
    char ns[64], pod[256], stepper[96]; /* stepper "": none; pod "": the next one any client creates */
    pthread_mutex_t lock;               /* everything below */
    pthread_cond_t changed;
    char *since;               /* revision of the walks before anything was begun */
    const struct object *walk; /* newest state; NULL: not begun */
    const struct object *step; /* newest state of the stepper */
    bool create_done, create_failed, watch_failed, over;
    struct err err; /* of the create or a watch */
    pthread_t threads[3];
    int nthreads;
    struct http_stream *streams[2];
    const struct json *manifest; /* NULL: nothing to create */
};

void walk_session_init(struct walk_session *s, struct rest *r, const char *ns, const char *pod);
/* A stepper for this pod: flow NULL: the cluster's; hold: stop at the gates; components: without a pod, those of our
 * own controllers count too. Waits until every component knows of it.
 */
bool walk_session_stepper(struct walk_session *s, const char *flow, bool hold, bool components, int64_t timeout_ms,
                          struct err *e) MUST_USE;
void walk_session_watch(struct walk_session *s); /* the walk (and the stepper) */
void walk_session_create(struct walk_session *s, const struct json *manifest);
/* Waits for the next change. False: deadline (mono ns). */
bool walk_session_wait(struct walk_session *s, int64_t deadline_ns); /* the lock is held by the caller */
bool walk_session_release(struct walk_session *s, int64_t park_id, struct err *e) MUST_USE; /* lets one gate open */
bool walk_session_run(struct walk_session *s, struct err *e) MUST_USE;                      /* no more gates */
/* From any thread: lets everything go that the stepper holds. */
void walk_session_drop_stepper(struct walk_session *s);
void walk_session_end(struct walk_session *s); /* deletes the stepper, ends the streams, joins */

#endif
