/* sim_priv.h - what the files of sim/ share beyond their nouns' headers.
 * Order of locks: none of the tables' locks is held while another one is taken, nor while a request is given away. */
#ifndef APISERVER_SIM_SIM_PRIV_H
#define APISERVER_SIM_SIM_PRIV_H

#include "api/selector.h"
#include "apiserver/http/stream.h"
#include "apiserver/rest/options.h"
#include "apiserver/rest/rest.h"
#include "apiserver/sim/gate.h"
#include "apiserver/sim/reset.h"
#include "apiserver/sim/side.h"
#include "apiserver/sim/sim.h"
#include "apiserver/sim/trace.h"
#include "apiserver/sim/walk.h"

/* ---- trace.c, hold.c ---- */
extern struct side walks;
struct request *hold_take(struct walk *w, const char *why); /* under the lock: ends the hold; the caller gives the
                                                               result to hold_later when unlocked. NULL: none */
void hold_later(struct request *r);                         /* NULL: nothing */
bool hold_sweep(int64_t now_ns);                            /* stream thread; true: some are left */
void trace_await(struct walk *w, bool on); /* step 15 waits for a client's read or watch; under the lock */
void trace_told(struct walk *w, int64_t mono_ns, struct str facts); /* step 15; under the lock */
void trace_unscheduled(struct str uid, struct str message, struct str facts,
                       const struct json *notes); /* a Decision said so */

/* ---- sim.c ---- */
void sweep_start(void); /* any thread: something is held */

/* ---- sideread.c, sidewatch.c: a table's get, list, watch, delete; each ends the request ---- */
struct side_query {
    struct str ns, name, id, pod; /* STR_NULL: any */
    struct selector fields;
    bool nothing; /* matches nothing */
};
/* With the options of any list or watch. False: 400 or 422 is set. */
bool side_query_parse(struct request *r, const struct side *t, struct str ns, struct list_options *o,
                      struct side_query *q);
bool side_query_match(const struct side_query *q, const struct side *t, const struct side_entry *e);
bool side_query_match_key(const struct side_query *q, struct str ns, struct str name, const char *uid);
const struct api_resource *side_resource(const struct side *t);          /* NULL: the schema has none */
enum side_part side_part_of(enum form form, const char *include_object); /* of an object that is told in that form */
void side_get(struct request *r, struct side *t, struct str ns, struct str name);
void side_list(struct request *r, struct side *t, struct str ns);
void side_watch(struct request *r, struct side *t, struct str ns);
void side_delete(struct request *r, struct side *t, struct str ns, struct str name);
/* An object as a response: its text is written under the lock, in the form asked for, and sent without it (text is
 * released). */
void side_text(struct request *r, const struct side *t, const struct side_entry *e, struct buf *text);
void side_respond(struct request *r, int code, const struct side *t, struct buf *text);
void side_watch_init(struct side *t);

/* ---- decision.c ---- */
extern struct side decisions;
void decision_init(void);
void decision_post(struct request *r);
/* The body of a POST. False: nothing (or, of what came without its tables, not all) was taken. */
bool decision_take(struct arena *a, const struct json *body, struct err *e) MUST_USE;

/* ---- gate.c ---- */
void gate_init(bool textbook_default);
void gate_create(struct request *r);
void gate_patch(struct request *r, struct str name);
void gate_delete(struct request *r, struct str name);
void gate_delete_all(void); /* all steppers go, and what they hold goes on */
void gate_step(struct request *r, struct str name);
void gate_park(struct request *r, struct str name);
void gate_ack(struct request *r);
bool gate_sweep(int64_t now_ns);                    /* stream thread; true: some are left */
void gate_watched(struct str stepper, bool begins); /* a watch on this one alone begins or ends */
void gate_pod_gone(struct str ns, struct str name); /* deleted: its cycle stands no more */
bool gate_parked(struct str ns, struct str name);   /* something of this pod is held at a gate */
void gate_claim(struct str ns, struct str name,
                bool foreign); /* a stepper without a pod takes the next one a foreign client makes */
void gate_connected(const char *component);
void gate_disconnected(const char *component);
void gate_write_state(struct buf *out); /* "generation":N,"steppers":[..] of a control line */

/* ---- control.c ---- */
void control_open(struct request *r);
void control_changed(void); /* any thread: the state of steppers, clock or turns is another */

void control_wake(void); /* any thread: there is a line for one of the streams */

/* ---- reviews.c ---- */
void review_post(struct request *r); /* a SchedulingReview */
void reviews_reviewed(struct request *r);
void reviews_joined(uint64_t stream); /* one of the scheduler's control streams, by a number that no other one has */
void reviews_left(uint64_t stream);
const struct blob *reviews_next(uint64_t stream); /* its next line, referenced; NULL: none */
bool reviews_sweep(int64_t now_ns);               /* stream thread; true: some wait */
void reviews_open(void);
void reviews_close(void); /* all that wait go, and nobody waits any more */

/* ---- clock.c ---- */
extern struct side clocks;
void clock_init(void);
void clock_patch(struct request *r, struct str name);
void clock_advance(struct request *r, struct str name);
void clock_advance_to(int64_t virtual_ns);
void clock_write_state(struct buf *out); /* "clock":{..} of a control line */
void clock_respond(struct request *r);   /* 201 with the clock as it is now; finished */

/* ---- advance.c ---- */
/* Takes r over: time goes on by by_ns, step by step, then r is given to `then` on a worker. False: another advance is
 * under way. */
bool advance_start(struct request *r, int64_t by_ns, void (*then)(struct request *r));
void advance_go(void);       /* a component has reported or left */
bool advance_sweep(void);    /* stream thread; true: one is under way */
void advance_end(void);      /* the server stops */
uint64_t advance_move(void); /* "move" of a control line; 0: none is under way */

/* ---- turns.c ---- */
void turns_init(bool on, bool advance, uint64_t seed);
bool turns_on(void);
void turns_take(struct request *r);
void turns_give(struct request *r);
void turns_report(struct request *r);
void turns_joined(const char *component);
void turns_left(const char *component);
bool turns_sweep(int64_t now_ns); /* stream thread; true: some are held */
void turns_release_all(void);
/* All registered components are quiet, and have reported so with this move or a later one. *due_ns: their earliest next
 * timer, INT64_MAX without one. */
bool turns_quiet(uint64_t move, int64_t *due_ns);
bool turns_anyone(void); /* some component is registered */

/* ---- customs.c ---- */
void customs_read(struct request *r); /* list and watch of the objects of all custom kinds */

/* ---- snapshot.c ---- */
void snapshot_post(struct request *r);

/* ---- body.c: common to the handlers ---- */
/* The body as an object (JSON or YAML; {} when empty). NULL: answered and finished. */
struct json *sim_body(struct request *r);
bool sim_is_name(struct str s);                                               /* a DNS subdomain */
bool sim_is_master(const struct user *u);                                     /* of system:masters */
void sim_ok(struct request *r);                                               /* 201 and a Status Success; finished */
void sim_not_found(struct request *r, const struct side *t, struct str name); /* and finished */
void sim_fail(struct request *r, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))); /* and finished */

#endif
