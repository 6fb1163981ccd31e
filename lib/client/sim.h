/* sim.h - a component's end of kubestep's own machinery (group sim.kubestep.dev/v1):
 * gates (stepping), traces, the shared clock and turns. With stepping and deterministic
 * mode off every call here is one branch on a flag.
 *
 * One thread keeps a watch on /apis/sim.kubestep.dev/v1/control?component=NAME open. Each line is
 * {"clock":{"at":ns,"rate":r,"paused":b},"steppers":[{"name","generation","namespace","pod","flow","mode"}],"turns":bool}
 * (a whole state, sent on every change). After applying one, the component POSTs
 * /apis/sim.kubestep.dev/v1/control/ack {"component","generation"}. When the stream breaks the last state is kept,
 * except that parked gates are let go. Other lines, for the scheduler alone, are
 * {"review":{"id","workload":[],"replicas","configuration","compareWith","fill","seed"}}, a SchedulingReview's spec;
 * the answer is a POST of /apis/sim.kubestep.dev/v1/control/reviewed. */
#ifndef CLIENT_SIM_H
#define CLIENT_SIM_H

#include "api/object.h"
#include "api/steps.h"
#include "rest.h"

struct sim;
/* component: "scheduler", "controllers", "kubelet-sim". Starts the control thread; returns at once. */
struct sim *sim_start(struct rest *r, const char *component, bool textbook_default);
bool sim_wait_control(struct sim *s, int64_t timeout_ms); /* the first state has come */
void sim_let_go(struct sim *s); /* what is parked or waits for a turn goes on; nothing is held any more */
void sim_stop(struct sim *s);   /* the same, then joins and frees */

/* ---- Reviews ---- */
/* fn is told of each review; it comes from the control thread, must not block, and copies what it keeps. NULL: from now
 * on nobody is told, and when this returns nobody is. Without an fn a review is answered with "not ready". */
typedef void sim_review_fn(void *arg, const struct json *review);
void sim_on_review(struct sim *s, sim_review_fn *fn, void *arg);
/* {"id":N,"results":[]}, {"id":N,"at":"configuration","complaints":[text]} or {"id":N,"code":HTTP,"message":text}. */
bool sim_reviewed(struct sim *s, struct str answer, struct err *e) MUST_USE;
void sim_review_failed(struct sim *s, int64_t id, int code, const char *message);

/* ---- Gates ---- */
struct sim_subject {
    struct str ns, name, uid;
}; /* the pod; uid may be STR_NULL before it has one */
/* Blocks while a stepper holds this pod at this step: POST .../steppers/NAME/park
 * {"step","component","pod","namespace","uid","message","facts":{}}, answered when it is let go. message: what is about
 * to happen, one sentence with the request. facts: more for `w`, may be NULL. */
void sim_gate(struct sim *s, enum step step, const struct sim_subject *pod, const struct json *facts,
              const char *message);
bool sim_stepping(
    struct sim *s,
    const struct sim_subject *pod); /* some stepper holds this pod: cheap, for callers that prepare facts */
bool sim_textbook(struct sim *s, const struct sim_subject *pod); /* the flow of this pod */

/* ---- Inside a scheduling cycle (a stepper's spec.points); sim_points.c ---- */
struct sim_points {
    struct str stepper; /* its name */
    bool named;         /* it is there for this pod alone */
    bool others_wait;
    const struct json *breakpoints; /* NULL: none */
};
/* Into the arena: the stepper that stops this pod's cycles. made: the pod was made by a controller. One branch while
 * there is none. */
bool sim_points_of(struct sim *s, const struct sim_subject *pod, bool made, struct arena *a, struct sim_points *out);
/* The same stepper as it is now. False: it is gone, or does not stop cycles any more. */
bool sim_points_now(struct sim *s, struct str stepper, struct arena *a, struct sim_points *out);
/* Blocks while the stepper holds it: POST .../steppers/NAME/park with this body. How far to go (api/points.h), in the
 * arena; STR_NULL: nobody holds it any more. */
struct str sim_park(struct sim *s, struct str stepper, const struct json *body, struct arena *a);

/* ---- Traces ---- Facts of steps without a message to the apiserver ride in the header
 * "Kubestep-Trace: [{"n":4,"t":mono_ns,"f":{...}},...]" (at most 1 KB) of the Binding and of the status patch. */
struct trace_note {
    struct arena *arena;
    struct json *steps;
};
void trace_begin(struct trace_note *t, struct arena *a);
struct json *trace_add(struct trace_note *t,
                       enum step step); /* the facts object to fill; time is now (CLOCK_MONOTONIC: one machine) */
/* "Kubestep-Trace: ..." in the arena, or NULL when empty. Facts that do not fit are cut, marked "cut":true. */
const char *trace_header(struct trace_note *t);

/* ---- Turns ---- Deterministic mode: the apiserver grants one turn at a time. Before a key, timer or delivery is
 * handled: turn_take (blocks until granted, returns at once when turns are off); after it: turn_give. */
void turn_take(struct sim *s, const char *kind /* key, timer, delivery */, struct str what);
void turn_give(struct sim *s);
bool sim_turns(const struct sim *s); /* turns are granted now: nothing may be done side by side */
/* The component tells when it becomes quiet or busy, and its next timer: callback says whether queues are empty. */
/* Once, after the queues exist; until sim_stop. Both callbacks come from a thread of sim's. */
void sim_report_quiet(struct sim *s, bool (*is_quiet)(void *arg), uint64_t (*seen_rev)(void *arg), void *arg);
void sim_report_stop(
    struct sim *s);           /* sim_let_go; when it returns the callbacks are not called any more (arg may go) */
void sim_poke(struct sim *s); /* "my state may have changed": cheap, coalesced */

#endif
