/* job_pod.c - how a pod looks to its Job, and what a new one looks like (pkg/controller/job/{job_controller,
 * indexed_job_utils,backoff_utils}.go). Pure.
 * Reads: the Job, pods.   Writes: trees in the arena. */
#include "controllers/job.h"

#include "controllers/limits.h"
#include "controllers/pod_control.h"

#define INDEX            "batch.kubernetes.io/job-completion-index"
#define FAILURES         "batch.kubernetes.io/job-index-failure-count"
#define IGNORED_FAILURES "batch.kubernetes.io/job-index-ignored-failure-count"
#define INDEX_VARIABLE   "JOB_COMPLETION_INDEX"

/* ---- Looking ---- */

bool job_pod_has_finalizer(const struct object *pod)
{
    for (OBJ_EACH(f, pod->root, ".metadata.finalizers"))
        if (str_eqc(obj_text(f), JOB_FINALIZER)) return true;
    return false;
}

/* A number in an annotation; absent when there is none in [0, 2^31). */
static int64_t annotation(const struct object *pod, const char *key, int64_t absent)
{
    int64_t n;
    struct str text = obj_map_str(pod->root, ".metadata.annotations", str_of(key));
    return str_to_i64(text, &n) && n >= 0 && n <= INT32_MAX ? n : absent;
}

int64_t job_pod_index_failures(const struct object *pod, bool ignored)
{
    return annotation(pod, FAILURES, 0) + (ignored ? annotation(pod, IGNORED_FAILURES, 0) : 0);
}

static bool is_sidecar(const struct object *pod, struct str name)
{
    return obj_is(obj_find(pod->root, ".spec.initContainers", "name", name), ".restartPolicy", "Always");
}

/* When the last of its containers ended; -1: not all have. */
static int64_t containers_ended_s(const struct object *pod)
{
    static const char *const lists[] = {".status.containerStatuses", ".status.initContainerStatuses"};
    int64_t last = -1;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (OBJ_EACH(st, pod->root, lists[i])) {
            if (i == 1 && !is_sidecar(pod, obj_str(st, ".name"))) continue;
            int64_t ended = obj_time_s(st, ".state.terminated.finishedAt", -1);
            if (ended < 0) return -1;
            last = MAX(last, ended);
        }
    return last;
}

static int64_t finished_s(const struct object *pod)
{
    const struct json *ready = obj_condition(pod->root, "Ready");
    int64_t at = containers_ended_s(pod);
    if (at < 0 && obj_is(ready, ".status", "False")) at = obj_time_s(ready, ".lastTransitionTime", -1);
    if (at < 0 && obj_is_deleting(pod->root))
        at = obj_time_s(pod->root, ".metadata.deletionTimestamp", 0) -
             obj_int(pod->root, ".metadata.deletionGracePeriodSeconds", 0);
    return at >= 0 ? at : obj_time_s(pod->root, ".metadata.creationTimestamp", 0);
}

static bool only_failed(const struct object *job)
{
    return obj_is(job->root, ".spec.podReplacementPolicy", "Failed") || obj_has(job->root, ".spec.podFailurePolicy");
}

void job_pod_look(struct job_pod *out, const struct object *job, const struct object *pod)
{
    bool failed = obj_is(pod->root, ".status.phase", "Failed"), going = obj_is_deleting(pod->root);
    bool succeeded = obj_is(pod->root, ".status.phase", "Succeeded");
    *out = (struct job_pod){
        .pod = pod,
        .index = annotation(pod, INDEX, -1),
        .tracked = job_pod_has_finalizer(pod) && !job_memory_is_released(pod->uid),
        .active = pod_is_active(pod),
        .ready = pod_is_ready(pod),
        .terminating = going && !failed && !succeeded,
        .succeeded = succeeded,
        /* A pod that goes has failed, unless its successor has to wait until it has ended. */
        .failed = failed || (going && !succeeded && !only_failed(job)),
    };
    if (out->succeeded || out->failed) out->finished_s = finished_s(pod);
}

/* ---- Which are missed least ---- */

static int64_t ready_since(const struct object *pod)
{
    return obj_time_s(obj_condition(pod->root, "Ready"), ".lastTransitionTime", 0);
}

int job_pod_compare(const struct job_pod *a, const struct job_pod *b)
{
    const struct json *x = a->pod->root, *y = b->pod->root;
    const int64_t less_first[][2] = {
        {obj_str(x, ".spec.nodeName").n > 0, obj_str(y, ".spec.nodeName").n > 0},
        {pod_phase_rank(a->pod), pod_phase_rank(b->pod)},
        {a->ready, b->ready},
        {a->ready ? -ready_since(a->pod) : 0, b->ready ? -ready_since(b->pod) : 0},
        {-pod_restarts(a->pod), -pod_restarts(b->pod)},
        {-obj_time_s(x, ".metadata.creationTimestamp", 0), -obj_time_s(y, ".metadata.creationTimestamp", 0)}};
    for (size_t i = 0; i < ARRAY_LEN(less_first); i++)
        if (less_first[i][0] != less_first[i][1]) return less_first[i][0] < less_first[i][1] ? -1 : 1;
    return str_cmp(a->pod->name, b->pod->name);
}

/* ---- Making ---- */

static void put_finalizer(struct arena *a, struct json *pod)
{
    for (OBJ_EACH(f, pod, ".metadata.finalizers"))
        if (str_eqc(obj_text(f), JOB_FINALIZER)) return;
    obj_append_str(a, pod, ".metadata.finalizers", STR(JOB_FINALIZER));
}

/* Each container is told its index, unless it has a variable of that name. */
static void put_variable(struct arena *a, struct json *pod, const char *list)
{
    for (size_t i = 0, n = obj_count(pod, list); i < n; i++) {
        struct json *container = obj_edit(pod, arena_printf(a, "%s[%zu]", list, i));
        if (obj_find(container, ".env", "name", STR(INDEX_VARIABLE))) continue;
        struct json *variable = obj_append(a, container, ".env");
        obj_put_cstr(a, variable, ".name", INDEX_VARIABLE);
        obj_put_cstr(a, variable, ".valueFrom.fieldRef.fieldPath", "metadata.labels['" INDEX "']");
    }
}

static void put_number(struct arena *a, struct json *pod, const char *map, const char *key, int64_t n)
{
    obj_map_put_str(a, pod, map, str_of(key), str_printf(a, "%lld", (long long)n));
}

/* What the failed pods of this index add up to. */
static void put_failures(struct arena *a, struct json *pod, const struct object *job, const struct job_pod *replaces)
{
    const struct json *spec = obj_get(job->root, ".spec");
    int64_t counted = 0, ignored = 0;
    if (replaces) {
        bool ignore = job_failure_action(a, spec, replaces->pod, NULL) == JOB_IGNORE;
        counted = job_pod_index_failures(replaces->pod, false) + !ignore;
        ignored = annotation(replaces->pod, IGNORED_FAILURES, 0) + ignore;
    }
    put_number(a, pod, ".metadata.annotations", FAILURES, counted);
    if (ignored) put_number(a, pod, ".metadata.annotations", IGNORED_FAILURES, ignored);
}

struct json *job_pod_new(struct arena *a, const struct object *job, int64_t index, const struct job_pod *replaces)
{
    struct json *pod = pod_from_template(a, job, obj_get(job->root, ".spec.template"));
    put_finalizer(a, pod);
    if (index < 0) return pod;
    struct str suffix = str_printf(a, "-%lld-", (long long)index);
    size_t room = JOB_GENERATE_NAME_MAX - suffix.n;
    obj_put_fmt(a, pod, ".metadata.generateName", "%.*s%.*s", (int)MIN(job->name.n, room), job->name.p,
                STR_ARG(suffix));
    obj_put_fmt(a, pod, ".spec.hostname", "%.*s-%lld", STR_ARG(job->name), (long long)index);
    put_number(a, pod, ".metadata.annotations", INDEX, index);
    put_number(a, pod, ".metadata.labels", INDEX, index);
    put_variable(a, pod, ".spec.initContainers");
    put_variable(a, pod, ".spec.containers");
    if (obj_has(job->root, ".spec.backoffLimitPerIndex")) put_failures(a, pod, job, replaces);
    return pod;
}
