/* stepper.h - which pods are stepped, what of them is held, which components know it. No I/O: requests are only
 * kept and given back, so that a test can play all of it.
 *
 * A stepper without a pod takes the next one that a foreign client creates. It is armed when every connected
 * component has acknowledged its generation; a pod's first gates (1, 2) wait for that even in mode run, or the
 * scheduler could see the pod before it has heard of the stepper. What is let go is collected in a list (parks_go
 * in gate.c gives the requests away once the lock is free).
 *
 * With `points` a stepper stops pods inside their scheduling cycles, too; the scheduler decides where, and parks as at
 * a gate. In mode run and without a pod it roams: no pod is claimed for it, the scheduler takes whichever comes. All
 * functions: under the lock of the table `steppers`. */
#ifndef APISERVER_SIM_STEPPER_H
#define APISERVER_SIM_STEPPER_H

#include "api/points.h"
#include "api/steps.h"
#include "apiserver/http/request.h"
#include "apiserver/sim/side.h"

struct park {
    struct park *next;
    int64_t id;
    enum step step;
    char component[COMPONENT_NAME_MAX + 1]; /* "apiserver" for its own gates */
    char *message, *facts;                  /* owned; facts JSON text or NULL */
    char *inside;                           /* of a cycle that stands: where, as JSON members; owned. NULL: a gate */
    char *ns, *pod;                         /* owned */
    int64_t since_mono_ns, since_clk_ns;
    enum going to; /* how far, when it goes on inside a cycle */
    bool let_go;   /* goes as soon as the stepper is armed */
    struct request *r;
    void (*then)(struct request *r);
};

struct stepped { /* a pod whose attempt is over */
    int64_t id;
    char *ns, *pod, *node, *message; /* owned; node "": it is on none */
};

struct stepper {
    struct side_entry e;
    char *spec_ns, *spec_pod; /* as asked for; owned */
    char *ns, *pod;           /* whom it holds; owned; NULL: nobody yet */
    bool textbook, step;      /* flow, mode */
    bool components;          /* without a pod: those that our own controllers create count too */
    bool points;              /* stops inside scheduling cycles, at each plugin */
    bool others_wait;         /* while one stands there no other pod is scheduled */
    bool attached;            /* ends when nobody watches it any more */
    char *breakpoints;        /* JSON list; owned; NULL: none */
    int watchers;
    int64_t alone_since_ns; /* mono; of an attached one without watchers */
    struct stepped done[STEPPED_KEPT];
    int ndone; /* in all; number i is at i % STEPPED_KEPT */
    bool armed;
    uint64_t generation;
    int64_t released;
    struct park *first, *last;
};

extern struct side steppers;

void steppers_init(void);
struct stepper *stepper_new(struct str ns, struct str pod, bool textbook, bool step);
void stepper_set_breakpoints(struct stepper *s, struct str list); /* empty: none */
bool stepper_roams(const struct stepper *s);
bool stepper_add(struct stepper *s, struct str name); /* false: no room or the name is taken (s is freed) */
struct stepper *stepper_find(struct str name);
void stepper_change(struct stepper *s, bool textbook, bool step, struct park **go);
struct stepper *stepper_match(struct str ns, struct str pod); /* whose pod this is, or NULL */
/* The first stepper without a pod that wants one of this namespace takes it; true: one did. */
bool stepper_claim(struct str ns, struct str pod, bool foreign);
void stepper_delete(struct stepper *s, struct park **go);
void stepper_done(struct stepper *s, struct str ns, struct str pod, struct str node, struct str message);
void stepper_watched(struct stepper *s, bool begins, int64_t now_ns);
/* Deletes attached ones that nobody watches. False: none is left that nobody watches. */
bool steppers_sweep(int64_t now_ns, struct park **go);
uint64_t stepper_generation(void); /* the newest one */

struct park_order {
    enum step step;
    const char *component;
    struct str ns, pod, message, facts;
    struct str inside; /* JSON members, each behind a comma; empty: a gate */
};
/* Keeps r until it is let go. False: it is not to be held (mode run, or no room). */
bool park_add(struct stepper *s, const struct park_order *o, struct request *r, void (*then)(struct request *r));
/* id 0: the oldest. False: no such park. */
bool park_let_go(struct stepper *s, int64_t id, enum going to, struct park **go);
void parks_of_pod(struct str ns, struct str pod, struct park **go); /* it is gone: its cycles go on, to their end */
void park_free(struct park *p);
size_t parks_count(void);
/* What has waited too long (PARK_MAX_MS, ARM_WAIT_MS), or whose peer has left. */
void parks_sweep(int64_t now_ns, bool (*gone)(const struct request *r), struct park **go);
void parks_all(struct park **go);

void component_connected(const char *name, struct park **go);
void component_disconnected(const char *name, struct park **go); /* its parks go when its last stream is gone */
void component_acked(struct str name, uint64_t generation, struct park **go);

#endif
