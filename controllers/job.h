/* job.h - the parts of the Job controller: sets of indexes, how a pod looks to its Job, what is to be done (pure), the
 * status, and what is remembered between two reconciles. Upstream: pkg/controller/job. */
#ifndef CONTROLLERS_JOB_H
#define CONTROLLERS_JOB_H

#include "client/ctl.h"

#define JOB_FINALIZER "batch.kubernetes.io/job-tracking" /* on each pod until it is counted */

/* Complete or Failed. */
bool job_is_finished(const struct json *job);

/* ---- Sets of indexes (job_index.c): rising spans that do not touch; in an arena ---- */

struct index_span {
    int64_t first, last;
};

struct index_set {
    struct index_span *spans;
    size_t count;
};

/* "0,2-4"; what is at or above completions is cut off, what is malformed is left out. */
struct index_set index_set_parse(struct arena *a, struct str text, int64_t completions);
struct index_set index_set_of(struct arena *a, int64_t *indexes, size_t n); /* in any order, which changes; no copy */
struct index_set index_set_union(struct arena *a, const struct index_set *x, const struct index_set *y);
int64_t index_set_total(const struct index_set *s);
bool index_set_has(const struct index_set *s, int64_t index);
int64_t index_set_common(const struct index_set *x, const struct index_set *y); /* how many are in both */
struct str index_set_text(struct arena *a, const struct index_set *s);          /* "0,1,3-7" */

/* ---- A pod as its Job sees it (job_pod.c) ---- */

struct job_pod {
    const struct object *pod;
    int64_t index; /* -1: none */
    bool tracked;  /* has the finalizer, and we did not ask it away yet */
    bool active, ready, terminating, succeeded, failed;
    int64_t finished_s; /* of those that succeeded or failed */
};

bool job_pod_has_finalizer(const struct object *pod);
void job_pod_look(struct job_pod *out, const struct object *job, const struct object *pod);
/* How often pods of its index failed before it; ignored: also failures that the policy ignores. */
int64_t job_pod_index_failures(const struct object *pod, bool ignored);
/* Pods that are missed least come first (upstream's ActivePods). */
int job_pod_compare(const struct job_pod *a, const struct job_pod *b);
/* The pod to create; index -1: none. replaces: the failed pod of that index, or NULL. */
struct json *job_pod_new(struct arena *a, const struct object *job, int64_t index, const struct job_pod *replaces);

/* ---- Policies (job_policy.c) ---- */

enum job_action { JOB_NO_RULE, JOB_IGNORE, JOB_COUNT, JOB_FAIL_INDEX, JOB_FAIL_JOB };

/* The first rule of podFailurePolicy that a failed pod matches. message, if not NULL: why the Job fails, in the arena.
 */
enum job_action job_failure_action(struct arena *a, const struct json *spec, const struct object *pod,
                                   const char **message);
/* "Matched rules at index 0" when successPolicy is met; NULL. */
const char *job_success_message(struct arena *a, const struct json *spec, const struct index_set *succeeded);

/* ---- Back-off (job_memory.c) ---- */

struct job_backoff { /* of one Job */
    int64_t failures, last_failure_s;
};

/* What is left of the wait after so many failures in a row, the last at last_s: 10 s, doubling, 10 min at most. */
int64_t job_backoff_left_ms(int64_t failures, int64_t last_s, int64_t now_ms);

/* Remembered for this process; thread: any. Keys are "ns/name" of Jobs, uids those of pods. */
struct job_backoff job_memory_backoff(struct str key);
void job_memory_set_backoff(struct str key, const struct job_backoff *b);
void job_memory_forget(struct str key);
/* Pods whose finalizer was asked away, until the cache shows it. */
void job_memory_release(struct str uid);
bool job_memory_is_released(struct str uid);
void job_memory_seen(struct str uid);
void job_memory_clear(void);

/* ---- Status (job_status.c) ---- */

struct job_uids {
    struct str *items;
    size_t count;
};

struct job_status {
    int64_t start_s, completion_s; /* -1: absent */
    int64_t active, ready, terminating, succeeded, failed;
    struct str completed_indexes, failed_indexes; /* the latter STR_NULL: absent */
    struct job_uids uncounted_succeeded, uncounted_failed;
    struct json *conditions; /* an object whose ".conditions" they are */
};

void job_status_read(struct arena *a, const struct json *job, struct job_status *out);
struct json *job_status_write(struct arena *a, const struct job_status *s);
const struct json *job_status_condition(const struct job_status *s, const char *type); /* with status True; NULL */
/* False: it was so already. A condition that is not there does not become False. */
bool job_status_set(struct arena *a, struct job_status *s, const char *type, bool value, const char *reason,
                    const char *message, int64_t now_s);

/* ---- What is to be done (job_sync.c): three pure steps with requests between them ---- */

enum job_end { JOB_GOES_ON, JOB_FAILURE_TARGET, JOB_FAILED, JOB_SUCCESS_MET, JOB_COMPLETE };

struct job_sync {
    struct arena *arena;
    const struct object *job;
    const struct json *spec;
    int64_t now_ms;
    bool settled; /* the cache shows all that was asked for */

    /* What is. */
    struct job_pod *pods; /* `active` of them first, then the rest, within both by index */
    size_t count;
    bool indexed, per_index, only_failed; /* only_failed: pods are replaced when they have failed, not when they go */
    int64_t completions, parallelism;     /* -1: not said */
    struct job_status status;             /* as it is to be */
    struct job_backoff backoff;

    /* job_sync_plan: what to ask for. */
    struct job_pod **remove;
    size_t nremove;
    bool uncounted; /* those lose the finalizer before: they count neither way */
    int64_t create;
    int64_t *indexes; /* of those to create; NULL: they have none */
    int64_t again_ms; /* > 0: look again then */

    /* job_sync_account: whose finalizer may go, and what to tell. */
    struct job_pod **release;
    size_t nrelease;
    const char *event, *event_message; /* NULL: none */

    /* Between the steps. */
    struct index_set before, done, broken; /* indexes: succeeded formerly and now, failed */
    struct job_pod **delayed;              /* failed pods that wait for their replacement, by index */
    size_t ndelayed;
    int64_t succeeded, failed;
    enum job_end end;
    const char *reason, *message; /* of the end */
    bool managed, cut;            /* cut: more pods than one reconcile counts */
};

struct job_done { /* what of the plan succeeded */
    int64_t removed, removed_ready, created;
};

/* pods: borrowed. The rest of *s is zero but for arena, job, now_ms, settled and backoff (the former record). */
void job_sync_look(struct job_sync *s, const struct objs *pods);
void job_sync_plan(struct job_sync *s);
/* The status to write before finalizers go. */
void job_sync_account(struct job_sync *s, const struct job_done *done);
/* After those in `release` that succeeded have `tracked` false: counts them. True: the Job is finished. */
bool job_sync_conclude(struct job_sync *s);
/* The failed pod that a new one of this index replaces; NULL. */
const struct job_pod *job_sync_delayed(const struct job_sync *s, int64_t index);

#endif
