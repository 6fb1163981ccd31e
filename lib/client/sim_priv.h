/* sim_priv.h - what the files of a component's end of sim.kubestep.dev share. */
#ifndef CLIENT_SIM_PRIV_H
#define CLIENT_SIM_PRIV_H

#include "limits.h"
#include "sim.h"

#include <pthread.h>
#include <stdatomic.h>

#define SIM_ROOT "/apis/sim.kubestep.dev/v1"

struct stepper {
    char *name, *ns, *pod; /* pod "": any, of those with points */
    char *breakpoints;     /* JSON list; NULL: none */
    bool textbook, step;   /* flow, mode */
    bool points, others_wait, components;
};

struct sim {
    struct rest *rest; /* connections of its own: http_abort lets everything go */
    char *component;
    bool textbook_default;
    _Atomic bool stepping; /* there are steppers: the one branch of every gate */
    _Atomic bool points;   /* some of them stop inside cycles */
    _Atomic bool turns;    /* deterministic mode */
    _Atomic bool let_go;
    pthread_t control, reporter;
    pthread_mutex_t lock; /* covers what follows */
    pthread_cond_t changed;
    struct stepper steppers[SIM_STEPPERS_MAX];
    int nsteppers;
    bool has_state;
    pthread_mutex_t review_lock; /* covers the two; held while the first runs */
    void (*on_review)(void *arg, const struct json *review);
    void *review_arg;
    _Atomic uint64_t move;         /* of an advancing clock, applied; 0: none is under way */
    int64_t acked;                 /* generation of steppers; the control thread's */
    _Atomic bool reporting, dirty; /* turns.c */
    bool (*is_quiet)(void *arg);
    uint64_t (*seen_rev)(void *arg);
    void *report_arg;
};

/* One POST below SIM_ROOT; the answer's body is not looked at. */
bool sim_post(struct sim *s, const char *path, const struct json *body, int64_t timeout_ms, struct err *e) MUST_USE;

#endif
