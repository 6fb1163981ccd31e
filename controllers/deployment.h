/* deployment.h - the pure parts of the Deployment controller: how many pods each ReplicaSet should have (rolling),
 * which revision each one is (revision), and what the status says (status). Nothing here does I/O; times come in.
 * Upstream: pkg/controller/deployment/{rolling,sync,progress}.go, util/deployment_util.go. */
#ifndef CONTROLLERS_DEPLOYMENT_H
#define CONTROLLERS_DEPLOYMENT_H

#include "api/object.h"

/* ---- Sizes (deployment_rolling.c) ---- */

struct roll_set { /* a ReplicaSet by the numbers that decide */
    struct str name;
    int64_t wants;                       /* spec.replicas */
    int64_t has, ready, available;       /* status */
    int64_t terminating;                 /* status; -1: not said */
    int64_t desired_before, most_before; /* of its last scaling: spec.replicas of the Deployment, that and the surge;
                                          * -1: none */
};

struct roll_limits {
    bool rolling;               /* strategy RollingUpdate; else Recreate */
    int64_t replicas;           /* of the Deployment */
    int64_t surge, unavailable; /* pods above and below that; 0 when not rolling */
};

struct roll { /* a Deployment between two states */
    struct roll_limits limits;
    struct roll_set *sets; /* oldest first; ties by name */
    size_t count;
    int fresh;             /* index of the set of the present template; -1: there is none yet */
    int64_t status_before; /* status.replicas of the Deployment */
};

struct roll_step { /* sets[set] is to have so many pods */
    size_t set;
    int64_t size;
};

void roll_limits_of(struct roll_limits *l, const struct json *deployment);
void roll_set_of(struct roll_set *s, const struct object *rs);
int64_t roll_wanted(const struct roll *r);    /* pods that all sets together ask for */
int64_t roll_available(const struct roll *r); /* available pods of all sets */

/* The size of a fresh set: up as far as the surge allows, down at once. fresh_wants: 0 for one that is not made yet. */
int64_t roll_fresh_size(const struct roll *r, int64_t fresh_wants);
/* What old sets may give up without availability falling too far: unhealthy pods first. steps: room for 2 * count.
 * Needs a fresh set. Returns the number of steps. */
size_t roll_shrink_old(const struct roll *r, struct roll_step *steps);
/* Has spec.replicas changed since the sets were scaled? */
bool roll_is_scaling(const struct roll *r);
/* A changed spec.replicas spread over the sets in proportion to their sizes. steps: room for count; some may change
 * nothing but annotations. Returns their number. */
size_t roll_scale(const struct roll *r, struct roll_step *steps);

/* ---- Revisions (deployment_revision.c) ---- */

#define DEPLOYMENT_HASH_LABEL "pod-template-hash"
#define DEPLOYMENT_REVISION   "deployment.kubernetes.io/revision"

/* Are two PodTemplateSpecs equal but for the hash label? */
bool deployment_same_template(const struct json *x, const struct json *y);
int64_t deployment_revision(const struct object *rs); /* 0: none */
/* Copies the Deployment's annotations to the set and raises its revision to `revision`, keeping former ones for the
 * record. True: something changed. */
bool deployment_annotate(struct arena *a, const struct json *deployment, struct json *rs, int64_t revision);
/* The sizes at this scaling, for the next one to compare with. True: something changed. */
bool deployment_annotate_sizes(struct arena *a, struct json *rs, const struct roll_limits *l);
/* A ReplicaSet of the present template, named after its hash; without replicas and annotations. */
struct json *deployment_new_set(struct arena *a, const struct object *deployment, int64_t collisions);

/* ---- Status (deployment_status.c) ---- */

/* Adds or replaces a condition as upstream does: what has the same status and reason stays as it is, what changes goes
 * to the end. */
void deployment_set_condition(struct arena *a, struct json *status, const char *type, const char *is,
                              const char *reason, struct str message, int64_t now_s);
bool deployment_has_deadline(const struct json *deployment);
/* DeploymentPaused and DeploymentResumed: so that time spent paused does not count as lack of progress. */
void deployment_note_pause(struct arena *a, struct json *deployment, int64_t now_s);
/* The new status of a Deployment: counts and availability. */
struct json *deployment_status(struct arena *a, const struct json *deployment, const struct roll *r, int64_t now_s);
/* Are the counts those of a finished rollout? */
bool deployment_is_complete(const struct json *deployment, const struct json *status);
/* Progressing and ReplicaFailure for a rollout. sets: the objects of r->sets. Returns seconds until the deadline should
 * be looked at; 0: never. */
int64_t deployment_progress(struct arena *a, const struct json *deployment, const struct roll *r,
                            const struct object *const *sets, struct json *status, int64_t now_s);

#endif
