/* workload_priv.h - what the parts of a workload share: workload.c reads the objects and goes through them,
 * workload_pod.c knows what a pod of each kind looks like, workload_admit.c does what admission does to it. */
#ifndef SCHEDULER_WORKLOAD_PRIV_H
#define SCHEDULER_WORKLOAD_PRIV_H

#include "scheduler/labels.h"
#include "scheduler/workload.h"

struct maker;

struct maker_kind {
    const char *api_version, *kind;
    const char *spec, *tmpl; /* where these are */
    int64_t (*count)(const struct json *spec);
    /* Who controls the pods when it is not the object itself; NULL: the object. */
    void (*between)(struct arena *a, struct maker *m);
    void (*shape)(struct arena *a, const struct maker *m, struct json *pod, int index); /* NULL: all are alike */
    bool has_owner;                                                                     /* of its pods */
};

struct maker { /* an object that makes pods; all of it is the workload's */
    const struct maker_kind *kind;
    const struct json *object, *spec;
    struct str ns, base;      /* base: what the names of its pods begin with */
    struct json *tmpl;        /* {metadata, spec} of a pod, as admission leaves it */
    const struct json *owner; /* controller of the pods; NULL: they have none */
    const struct str *nodes;  /* of a DaemonSet: one for each pod */
    struct selector selector;
    int count, priority, number; /* number: among those that were given */
};

/* ---- workload_pod.c: pure ---- */

const struct maker_kind *maker_kind_of(const struct json *object); /* NULL: it makes no pods */
/* Fills *m, but for nodes, count, priority and selector. */
void maker_read(struct arena *a, struct maker *m, const struct json *object, int number);
bool maker_is_daemon(const struct maker *m);
bool maker_has_claims(const struct maker *m);
struct json *maker_pod(struct arena *a, const struct maker *m, int index);
/* Claims that come with the pod: of a StatefulSet's templates, and of its generic ephemeral volumes. */
typedef void maker_claim_fn(void *arg, struct arena *a, struct json *claim);
void maker_claims(struct arena *a, const struct maker *m, const struct json *pod, int index, maker_claim_fn *fn,
                  void *arg);

/* ---- workload_admit.c ---- */

/* The template's spec gets priority, preemption policy and tolerations; the selectors of its affinity what
 * matchLabelKeys ask for. False: *e, as the API server refuses such a pod. */
bool maker_admit(struct arena *a, struct maker *m, struct sandbox *s, struct err *e);
/* A claim that names no class gets the default one. */
void claim_admit(struct arena *a, struct json *claim, struct sandbox *s);

#endif
