/* statefulset.h - the parts of the StatefulSet controller: who a pod is (identity), what is to be done (plan, pure),
 * and the claims of pods. A pod is known by its ordinal, the number at the end of its name. Upstream:
 * pkg/controller/statefulset/{stateful_set_utils,stateful_set_control,stateful_pod_control}.go. */
#ifndef CONTROLLERS_STATEFULSET_H
#define CONTROLLERS_STATEFULSET_H

#include "client/ctl.h"

/* ---- Identity (statefulset_pod.c) ---- */

/* The number that a pod of this set bears; -1: it is none of the set's. */
int64_t statefulset_ordinal(const struct object *set, const struct object *pod);
struct str statefulset_pod_name(struct arena *a, const struct object *set, int64_t ordinal);
struct str statefulset_claim_name(struct arena *a, const struct object *set, const struct json *claim_template,
                                  int64_t ordinal);
/* The pod of this ordinal as tmpl (a PodTemplateSpec) and the set's claims make it. revision: for its label. */
struct json *statefulset_pod(struct arena *a, const struct object *set, const struct json *tmpl, struct str revision,
                             int64_t ordinal);
/* The revision by which a pod was made; STR_NULL. */
struct str statefulset_pod_revision(const struct object *pod);
/* What a pod's labels lack to say who it is: a patch, or NULL when they lack nothing. */
struct json *statefulset_identity_patch(struct arena *a, const struct object *pod, int64_t ordinal);

/* ---- What is to be done (statefulset_plan.c) ---- */

enum set_verb {
    SET_CREATE, /* its claims, then the pod */
    SET_DELETE, /* the pod */
    SET_CLAIMS, /* a pending pod: the claims it lacks */
    SET_SETTLE, /* a pod that is well: labels and owners of claims as they should be */
    SET_KEEP,   /* a pod that will go: owners of its claims as they should be */
};

struct set_step {
    enum set_verb verb;
    int64_t ordinal;
    const struct object *pod; /* borrowed; NULL for SET_CREATE */
    bool updated;             /* SET_CREATE: from the newest revision, not the current one */
};

struct set_counts {
    int64_t replicas, ready, available, current, updated;
};

struct set_plan {
    struct set_step *steps; /* in order; the first that fails ends the reconcile */
    size_t count;
    struct set_counts counts; /* for the status */
};

/* pods: those of the set, at any time of their lives. current, updated: names of the two revisions. */
void statefulset_plan(struct arena *a, const struct object *set, const struct objs *pods, struct str current,
                      struct str updated, struct set_plan *plan);
/* All wanted pods are there, ready and of the newest revision: then that is the current one. */
bool statefulset_is_complete(const struct object *set, const struct set_counts *n);
/* Is this ordinal beyond what the set wants? */
bool statefulset_is_surplus(const struct object *set, int64_t ordinal);

/* ---- Claims (statefulset_claim.c) ---- */

/* Makes what claims of this ordinal are missing. False: out has failed. */
bool statefulset_make_claims(struct ctl *c, const struct object *set, int64_t ordinal, struct outcome *out);
/* Gives the claims the owners that the set's retention policy asks for; *changed when one had others. pod NULL: not
 * made yet. False: out has failed. */
bool statefulset_own_claims(struct ctl *c, const struct object *set, const struct object *pod, int64_t ordinal,
                            bool *changed, struct outcome *out);
/* A claim of this ordinal belongs to a former pod and is about to go with it: no pod may be made before that. */
bool statefulset_claim_is_stale(struct ctl *c, const struct object *set, int64_t ordinal);
/* Pure: the ownerReferences that a claim should have; NULL: those that it has. pod may be NULL. */
struct json *statefulset_claim_owners(struct arena *a, const struct object *set, const struct object *pod,
                                      int64_t ordinal, const struct object *claim);

#endif
