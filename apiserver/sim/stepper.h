/* stepper.h - which pods are stepped, what of them is held, which components know it. No I/O: requests are only
 * kept and given back, so that a test can play all of it.
 *
 * A stepper without a pod takes the next one that a foreign client creates. It is armed when every connected
 * component has acknowledged its generation; a pod's first gates (1, 2) wait for that even in mode run, or the
 * scheduler could see the pod before it has heard of the stepper. What is let go is collected in a list (parks_go
 * in gate.c gives the requests away once the lock is free). All functions: under the lock of the table `steppers`. */
#ifndef APISERVER_SIM_STEPPER_H
#define APISERVER_SIM_STEPPER_H

#include "api/steps.h"
#include "apiserver/http/request.h"
#include "apiserver/sim/side.h"

struct park {
    struct park *next;
    int64_t id;
    enum step step;
    char component[COMPONENT_NAME_MAX + 1]; /* "apiserver" for its own gates */
    char *message, *facts;                  /* owned; facts JSON text or NULL */
    char *ns, *pod;                         /* owned */
    int64_t since_mono_ns, since_clk_ns;
    bool let_go; /* goes as soon as the stepper is armed */
    struct request *r;
    void (*then)(struct request *r);
};

struct stepper {
    struct side_entry e;
    char *spec_ns, *spec_pod; /* as asked for; owned */
    char *ns, *pod;           /* whom it holds; owned; NULL: nobody yet */
    bool textbook, step;      /* flow, mode */
    bool components;          /* without a pod: those that our own controllers create count too */
    bool armed;
    uint64_t generation;
    int64_t released;
    struct park *first, *last;
};

extern struct side steppers;

void steppers_init(void);
struct stepper *stepper_new(struct str ns, struct str pod, bool textbook, bool step);
bool stepper_add(struct stepper *s, struct str name); /* false: no room or the name is taken (s is freed) */
struct stepper *stepper_find(struct str name);
void stepper_change(struct stepper *s, bool textbook, bool step, struct park **go);
struct stepper *stepper_match(struct str ns, struct str pod); /* whose pod this is, or NULL */
/* The first stepper without a pod that wants one of this namespace takes it; true: one did. */
bool stepper_claim(struct str ns, struct str pod, bool foreign);
void stepper_delete(struct stepper *s, struct park **go);
uint64_t stepper_generation(void); /* the newest one */

struct park_order {
    enum step step;
    const char *component;
    struct str ns, pod, message, facts;
};
/* Keeps r until it is let go. False: it is not to be held (mode run, or no room). */
bool park_add(struct stepper *s, const struct park_order *o, struct request *r, void (*then)(struct request *r));
/* id 0: the oldest. False: no such park. */
bool park_let_go(struct stepper *s, int64_t id, struct park **go);
void park_free(struct park *p);
size_t parks_count(void);
/* What has waited too long (PARK_MAX_MS, ARM_WAIT_MS), or whose peer has left. */
void parks_sweep(int64_t now_ns, bool (*gone)(const struct request *r), struct park **go);
void parks_all(struct park **go);

void component_connected(const char *name, struct park **go);
void component_disconnected(const char *name, struct park **go); /* its parks go when its last stream is gone */
void component_acked(struct str name, uint64_t generation, struct park **go);

#endif
