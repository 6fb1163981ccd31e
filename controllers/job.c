/* job.c - runs pods until enough of them have succeeded, for each Job (pkg/controller/job/job_controller.go).
 * Reads: Jobs, and Pods they control or could adopt.   Writes: Pods, jobs/status, Events.
 *
 * A key "ns/:name" is that of a pod: its finalizer goes when no unfinished Job owns it any more. */
#include "controllers/job.h"

#include "base/clk.h"
#include "controllers/limits.h"
#include "controllers/pod_control.h"

#define JOBS "batch/v1/jobs"

struct run { /* one reconcile */
    struct ctl *c;
    const struct object *job;
    const struct object *stored; /* as the API server has it; the job itself until its status was written */
    struct str key;
    struct objs pods;
    struct job_sync sync;
    struct job_done done;
    struct outcome *out;
};

/* ---- Finalizers ---- */

static bool patch_finalizer(struct ctl *c, const struct object *pod, bool add, struct arena *a, struct err *e)
{
    struct json *patch = obj_empty(a);
    const char *path = add ? ".metadata.finalizers" : ".metadata.$deleteFromPrimitiveList/finalizers";
    obj_append_str(a, patch, path, STR(JOB_FINALIZER));
    if (rest_patch(ctl_rest(c), "v1/pods", pod->ns, pod->name, NULL, "strategic", patch, NULL, e)) return true;
    return e->code == ERR_NOT_FOUND;
}

/* A pod that is gone has none. */
static bool drop_finalizer(struct run *r, struct job_pod *p)
{
    struct err e = ERR_INIT;
    job_memory_release(p->pod->uid);
    if (patch_finalizer(r->c, p->pod, false, r->out->arena, &e)) {
        p->tracked = false;
        return true;
    }
    job_memory_seen(p->pod->uid);
    ctl_fail(r->out, &e);
    return false;
}

/* ---- Pods ---- */

/* What was adopted just now is tracked from now on. */
static void claim(struct run *r)
{
    struct selector selector;
    struct err e = ERR_INIT;
    if (!sel_from_object(r->out->arena, obj_get(r->job->root, ".spec.selector"), &selector, &e)) return;
    claim_children(r->c, "v1/pods", r->job, &selector, NULL, &r->pods, r->out);
    for (size_t i = 0; i < r->pods.count; i++) {
        const struct object *pod = r->pods.items[i];
        if (obj_controller(pod->root) || job_pod_has_finalizer(pod)) continue;
        if (!patch_finalizer(r->c, pod, true, r->out->arena, &e)) ctl_fail(r->out, &e);
    }
}

static bool make_pod(struct ctl *c, const struct object *job, int64_t i, void *arg, struct outcome *out)
{
    const struct job_sync *s = arg;
    int64_t index = s->indexes ? s->indexes[i] : -1;
    const struct job_pod *replaces = index >= 0 ? job_sync_delayed(s, index) : NULL;
    return pod_create(c, job, job_pod_new(out->arena, job, index, replaces), out);
}

static void remove_pods(struct run *r)
{
    struct job_sync *s = &r->sync;
    if (s->uncounted) expect_deletions(ctl_expect(r->c), r->key, (int)s->nremove);
    for (size_t i = 0; i < s->nremove; i++) {
        struct job_pod *p = s->remove[i];
        bool dropped = !s->uncounted || !p->tracked || drop_finalizer(r, p);
        if (!dropped) expect_saw_deletion(ctl_expect(r->c), r->key);
        if (!dropped || !pod_delete(r->c, r->job, p->pod, r->out)) continue;
        r->done.removed++;
        r->done.removed_ready += p->ready;
    }
}

static void change_pods(struct run *r)
{
    struct job_sync *s = &r->sync;
    if (s->nremove) remove_pods(r);
    if (!s->create) return;
    expect_creations(ctl_expect(r->c), r->key, (int)s->create);
    r->done.created = pods_create(r->c, r->job, s->create, make_pod, s, r->out);
}

/* ---- Status ---- */

/* Writes the status unless it is stored already. False: out has failed. */
static bool put_status(struct run *r)
{
    struct arena *a = r->out->arena;
    struct json *status = job_status_write(a, &r->sync.status);
    const struct json *had = obj_get(r->stored->root, ".status");
    const struct object *now = NULL;
    struct err e = ERR_INIT;
    if (had && json_equal(had, status)) return true;
    struct json *whole = obj_copy(a, r->stored->root);
    obj_put(a, whole, ".status", status);
    if (!rest_update(ctl_rest(r->c), JOBS, "status", whole, &now, &e)) {
        ctl_fail(r->out, &e);
        return false;
    }
    if (r->stored != r->job) object_unref(r->stored);
    r->stored = now;
    return true;
}

static void tell_end(struct run *r)
{
    const struct job_sync *s = &r->sync;
    if (s->end == JOB_FAILED) {
        ctl_event(r->c, r->job, "Warning", s->reason, "%s", s->message);
        return;
    }
    if (s->completions >= 0 && s->status.succeeded > s->completions)
        ctl_event(r->c, r->job, "Warning", "TooManySucceededPods",
                  "Too many succeeded pods running after completion count reached");
    ctl_event(r->c, r->job, "Normal", "Completed", "Job completed");
}

static void track(struct run *r)
{
    struct job_sync *s = &r->sync;
    bool released = true;
    if (s->event) ctl_event(r->c, r->job, "Normal", s->event, "%s", s->event_message);
    if (!put_status(r)) return;
    job_memory_set_backoff(r->key, &s->backoff);
    for (size_t i = 0; i < s->nrelease; i++) released = drop_finalizer(r, s->release[i]) && released;
    bool finished = job_sync_conclude(s) && released;
    if (put_status(r) && finished) tell_end(r);
}

/* ---- The Job ---- */

static bool is_managed_elsewhere(const struct object *job)
{
    struct str by = obj_str(job->root, ".spec.managedBy");
    return !str_is_null(by) && !str_eqc(by, "kubernetes.io/job-controller");
}

static void reconcile_job(struct run *r)
{
    struct job_sync *s = &r->sync;
    *s = (struct job_sync){.arena = r->out->arena,
                           .job = r->job,
                           .now_ms = clk_ms(),
                           .settled = expect_satisfied(ctl_expect(r->c), r->key),
                           .backoff = job_memory_backoff(r->key)};
    claim(r);
    job_sync_look(s, &r->pods);
    job_sync_plan(s);
    change_pods(r);
    job_sync_account(s, &r->done);
    track(r);
    r->out->again_after_ms = s->again_ms;
}

/* ---- Pods without a Job ---- */

/* The unfinished Job that counts this pod, or would; or one that somebody else sees to. */
static bool has_keeper(struct ctl *c, const struct object *pod)
{
    const struct json *ref = obj_controller(pod->root);
    if (!ref) return false;
    if (!obj_is(ref, ".kind", "Job") || !obj_is(ref, ".apiVersion", "batch/v1")) return true;
    const struct object *job AUTO_OBJ = ctl_get(c, JOBS, pod->ns, obj_str(ref, ".name"));
    if (!job || !str_eq(job->uid, obj_str(ref, ".uid"))) return false;
    return is_managed_elsewhere(job) || !job_is_finished(job->root);
}

static void reconcile_pod(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *pod AUTO_OBJ = ctl_get(c, "v1/pods", ns, name);
    struct err e = ERR_INIT;
    if (!pod || !job_pod_has_finalizer(pod) || has_keeper(c, pod)) return;
    if (!patch_finalizer(c, pod, false, out->arena, &e)) ctl_fail(out, &e);
}

static void job_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    if (name.n && name.p[0] == ':') {
        reconcile_pod(c, ns, str_from(name, 1), out);
        return;
    }
    const struct object *job AUTO_OBJ = ctl_get(c, JOBS, ns, name);
    struct run r = {.c = c,
                    .job = job,
                    .stored = job,
                    .key = str_printf(out->arena, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name)),
                    .out = out};
    if (!job) expect_forget(ctl_expect(c), r.key);
    if (!job || job_is_finished(job->root)) job_memory_forget(r.key);
    if (!job || job_is_finished(job->root) || is_managed_elsewhere(job)) return;
    reconcile_job(&r);
    objs_release(&r.pods);
    if (r.stored != r.job) object_unref(r.stored);
}

/* ---- What wakes a Job, or a pod, besides the Job's own objects ---- */

static void wake_pod(struct ctl *c, const struct object *pod)
{
    struct arena a AUTO_ARENA = {0};
    workq_add(ctl_queue(c), str_printf(&a, "%.*s/:%.*s", STR_ARG(pod->ns), STR_ARG(pod->name)));
}

/* The pods of a Job that is gone or finished keep no finalizer. */
static void on_job(struct ctl *c, const struct object *old, const struct object *job)
{
    struct objs pods AUTO_OBJS = {0};
    if (job && !job_is_finished(job->root)) return;
    ctl_owned(c, "v1/pods", job ? job : old, &pods);
    for (size_t i = 0; i < pods.count; i++)
        if (job_pod_has_finalizer(pods.items[i])) wake_pod(c, pods.items[i]);
}

static bool may_be_newly_adoptable(const struct object *old, const struct object *pod)
{
    if (!old || obj_controller(old->root)) return true;
    return old->labels && pod->labels ? !json_equal(old->labels, pod->labels) : old->labels != pod->labels;
}

static void on_pod(struct ctl *c, const struct object *old, const struct object *pod)
{
    bool tracked = pod && job_pod_has_finalizer(pod);
    if (!tracked) job_memory_seen(pod ? pod->uid : old->uid);
    if (!pod) return;
    bool orphan = !obj_controller(pod->root);
    if (tracked && (!old || orphan || obj_is_deleting(pod->root)) && !has_keeper(c, pod)) wake_pod(c, pod);
    if (orphan && may_be_newly_adoptable(old, pod)) wake_adopters(c, JOBS, pod);
}

static void job_on_read(struct ctl *c, const char *resource, const struct object *old, const struct object *obj)
{
    if (strcmp(resource, "v1/pods") == 0)
        on_pod(c, old, obj);
    else
        on_job(c, old, obj);
}

static void job_init(struct ctl *c)
{
    (void)c;
    job_memory_clear();
}

const struct ctl_spec job_controller = {
    .name = "job",
    .primary = JOBS,
    .kind = "Job",
    .owns = {"v1/pods"},
    .reads = {JOBS, "v1/pods"},
    .workers = 5,
    .reconcile = job_reconcile,
    .on_read_event = job_on_read,
    .init = job_init,
};
