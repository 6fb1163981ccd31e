/* schedule.c - see schedule.h. In the real flow a cycle computes on the cache in the loop's thread and only the write
 * of the Binding runs beside it. Pods of the textbook flow, or held by a stepper, take a thread of their own, for they
 * wait. Reads: the queue, the node cache, nodes from the API (textbook).   Writes: Bindings, pod status, Decisions,
 * Events. */
#include "scheduler/schedule.h"

#include "base/clk.h"
#include "base/log.h"
#include "base/metrics.h"
#include "scheduler/account.h"
#include "scheduler/explain.h"

#include <stdio.h>
#include <stdlib.h>

struct attempt { /* one pod on its way; owned by the thread that runs it */
    struct job job;
    struct scheduler *s;
    struct arena arena; /* of what outlives the cycle: the notes */
    struct queued_pod *queued;
    const struct sym *node;  /* where it goes; NULL: nowhere yet */
    struct account decision; /* until the Binding is through */
    struct trace_note note;
    struct sim_subject subject;
    bool textbook, stepped;
};

static void attempt_free(struct attempt *t)
{
    atomic_fetch_sub(&t->s->under_way, 1);
    sim_poke(t->s->sim);
    sym_unref(t->node);
    arena_release(&t->arena);
    account_release(&t->decision);
    free(t);
}

/* ---- What a failed attempt leaves behind ---- */

static void put_condition(struct attempt *t, struct str message, const char *reason)
{
    struct arena *a = &t->arena;
    const struct object *pod = t->queued->pod->object;
    const struct json *is = obj_condition(pod->root, "PodScheduled");
    if (is && obj_is(is, ".status", "False") && obj_is(is, ".reason", reason) &&
        str_eq(obj_str(is, ".message"), message))
        return;
    struct json *patch = obj_empty(a), *c = obj_append(a, patch, ".status.conditions");
    obj_put_cstr(a, c, ".type", "PodScheduled");
    obj_put_cstr(a, c, ".status", "False");
    obj_put_cstr(a, c, ".reason", reason);
    obj_put_str(a, c, ".message", message);
    obj_put_time(a, c, ".lastTransitionTime", clk_s());
    struct err e = ERR_INIT;
    if (!rest_patch(t->s->rest, "v1/pods", pod->ns, pod->name, "status", "strategic", patch, NULL, &e) &&
        e.code != ERR_NOT_FOUND)
        LOG_W("pod condition not written pod=\"%.*s/%.*s\" err=\"%s\"", STR_ARG(pod->ns), STR_ARG(pod->name), e.text);
}

static void report_failure(struct attempt *t, struct str message, const char *reason)
{
    struct event_about about;
    event_about_object(&about, t->queued->pod->object->root);
    about.api_version = "v1";
    about.kind = "Pod";
    bool cut = message.n > EVENT_MESSAGE_MAX;
    int shown = (int)(cut ? EVENT_MESSAGE_MAX - 4 : message.n);
    recorder_event(t->s->recorder, &about, "Warning", "FailedScheduling", "Scheduling", NULL, "%.*s%s", shown,
                   message.p, cut ? " ..." : "");
    put_condition(t, message, reason);
}

/* The attempt is over; what refused the pod waits in the queue for what may help. */
static void failed(struct attempt *t, struct json *decision, const struct cycle *cy, struct str message,
                   uint32_t refusers, bool error)
{
    obj_put_copy(&t->arena, decision, ".steps", t->note.steps); /* no Binding will carry them */
    struct account account = account_make(decision, cy);
    decisions_add(t->s->decisions, &account);
    report_failure(t, message, error ? "SchedulerError" : "Unschedulable");
    queue_unschedulable(t->s->queue, t->queued, refusers, error);
    attempt_free(t);
}

static void failed_inside(struct attempt *t, const char *error)
{
    struct str text = str_of(error);
    failed(t, explain_error(&t->arena, t->queued, t->s->profile->scheduler, text), NULL, text, 0, true);
}

static void fits_nowhere(struct attempt *t, struct cycle *cy)
{
    if (cy->error)
        failed_inside(t, cy->error);
    else
        failed(t, explain_decision(cy, t->queued), cy, explain_failure(cy), cycle_refusers(cy), false);
}

/* ---- Binding ---- */

static bool post_binding(struct attempt *t, struct err *e)
{
    struct arena *a = &t->arena;
    const struct object *pod = t->queued->pod->object;
    struct json *b = obj_new(a, "v1", "Binding");
    obj_put_str(a, b, ".metadata.name", pod->name);
    obj_put_str(a, b, ".metadata.namespace", pod->ns);
    obj_put_str(a, b, ".metadata.uid", pod->uid);
    obj_put_cstr(a, b, ".target.kind", "Node");
    obj_put_str(a, b, ".target.name", sym_str(t->node));
    const char *headers[] = {trace_header(&t->note), NULL};
    const struct rest_call call = {.method = "POST",
                                   .path = rest_path(a, "v1/pods", pod->ns, pod->name, "binding"),
                                   .body = b,
                                   .headers = headers[0] ? headers : NULL};
    return rest_do(t->s->rest, &call, NULL, e);
}

static void bind(struct job *j)
{
    struct attempt *t = CONTAINER_OF(j, struct attempt, job);
    struct scheduler *s = t->s;
    const struct object *pod = t->queued->pod->object;
    struct err e = ERR_INIT;
    if (!post_binding(t, &e)) {
        cache_forget(s->cache, pod->uid);
        if (e.code == ERR_NOT_FOUND ||
            e.code == ERR_CONFLICT) { /* gone, or bound by somebody else: the informer says which */
            queue_done(s->queue, t->queued);
            attempt_free(t);
        } else {
            failed_inside(t, e.text);
        }
        return;
    }
    decisions_add(s->decisions, &t->decision);
    struct event_about about;
    event_about_object(&about, pod->root);
    about.api_version = "v1";
    about.kind = "Pod";
    struct str node = sym_str(t->node);
    recorder_event(s->recorder, &about, "Normal", "Scheduled", "Binding", NULL,
                   "Successfully assigned %.*s/%.*s to %.*s", STR_ARG(pod->ns), STR_ARG(pod->name), STR_ARG(node));
    queue_done(s->queue, t->queued);
    attempt_free(t);
}

/* ---- Computing ---- */

static void compute(struct attempt *t, struct cycle *cy, const struct map *only)
{
    mutex_lock(&t->s->lock);
    cycle_compute(cy, t->s->cache, only, &t->s->start, &t->s->choice);
    mutex_unlock(&t->s->lock);
}

/* Steps 4-6 of the real flow are no messages: they tell which cache was used. */
static void note_cached_nodes(struct attempt *t, const struct cycle *cy)
{
    for (int n = STEP_NODES_REQUESTED; n <= STEP_NODES_RETURNED; n++) {
        struct json *f = trace_add(&t->note, (enum step)n);
        obj_put_bool(t->note.arena, f, ".message", false);
        obj_put_int(t->note.arena, f, ".revision", (int64_t)informer_rev(t->s->nodes));
        if (n == STEP_NODES_RETURNED) obj_put_int(t->note.arena, f, ".count", cy->all_nodes);
    }
}

static void note_placement(struct attempt *t, struct cycle *cy)
{
    explain_facts(cy, &t->arena, trace_add(&t->note, STEP_PLACEMENT_COMPUTED));
}

/* Steps 4-6 of the textbook: the nodes are asked for, and only those that came back are looked at. */
static bool request_nodes(struct attempt *t, struct map *names, struct err *e)
{
    struct arena *a = &t->arena;
    const char *headers[] = {
        arena_printf(a, "Kubestep-Walk: %.*s/%.*s", STR_ARG(t->subject.ns), STR_ARG(t->subject.name)), NULL};
    const struct rest_call call = {.method = "GET", .path = "/api/v1/nodes", .headers = headers};
    const struct object *list AUTO_OBJ = NULL;
    sim_gate(t->s->sim, STEP_NODES_REQUESTED, &t->subject, NULL,
             "the scheduler asks the API server for all nodes: GET /api/v1/nodes");
    if (!rest_do(t->s->rest, &call, &list, e)) return false;
    for (OBJ_EACH(n, list->root, ".items")) map_set(names, obj_name(n), t);
    return true;
}

static void gate_placement(struct attempt *t, struct cycle *cy)
{
    char message[256];
    struct str node = cycle_node(cy);
    if (!sim_stepping(t->s->sim, &t->subject)) return;
    if (node.n)
        snprintf(message, sizeof message, "the scheduler computes: %d of %d nodes fit, the best is %.*s", cy->feasible,
                 cy->evaluated, STR_ARG(node));
    else
        snprintf(message, sizeof message, "the scheduler computes: none of %d nodes fits", cy->all_nodes);
    struct json *decision = explain_decision(cy, t->queued);
    account_show(decision, &cy->arena, cy);
    sim_gate(t->s->sim, STEP_PLACEMENT_COMPUTED, &t->subject, decision, message);
}

static void gate_binding(struct attempt *t)
{
    char message[512];
    snprintf(
        message, sizeof message,
        "the scheduler returns its choice: POST pods/%.*s/binding {\"target\":{\"kind\":\"Node\",\"name\":\"%.*s\"}}",
        STR_ARG(t->subject.name), STR_ARG(sym_str(t->node)));
    sim_gate(t->s->sim, STEP_PLACEMENT_RETURNED, &t->subject, NULL, message);
}

/* The cycle is over. True: the pod has its node, and goes there. */
static bool conclude(struct attempt *t, struct cycle *cy)
{
    note_placement(t, cy);
    if (cy->chosen < 0) {
        fits_nowhere(t, cy);
    } else {
        t->decision = account_make(explain_decision(cy, t->queued), cy);
        t->node = sym_get(cycle_node(cy));
        cache_assume(t->s->cache, t->queued->pod, t->node);
    }
    bool placed = cy->chosen >= 0;
    cycle_release(cy);
    return placed;
}

/* A cycle that waits for answers and gates, on a thread of the slow pool. */
static void run_slow(struct job *j)
{
    struct attempt *t = CONTAINER_OF(j, struct attempt, job);
    struct map names = {0};
    struct err e = ERR_INIT;
    bool stepped = t->stepped;
    if (t->textbook && !request_nodes(t, &names, &e)) {
        failed_inside(t, e.text);
        map_release(&names, NULL);
        return;
    }
    struct cycle cy;
    cycle_init(&cy, t->s->profile, t->queued->pod);
    compute(t, &cy, t->textbook ? &names : NULL);
    if (stepped) {
        struct str shown = str_copy(&t->arena, cycle_node(&cy));
        gate_placement(t, &cy);
        compute(t, &cy, t->textbook ? &names : NULL); /* the cluster may have moved on while it was parked */
        cycle_prefer(&cy, shown);
    }
    map_release(&names, NULL);
    if (!t->textbook) note_cached_nodes(t, &cy);
    if (!conclude(t, &cy)) return;
    if (stepped) gate_binding(t);
    bind(&t->job);
}

static void run_fast(struct attempt *t)
{
    struct cycle cy;
    cycle_init(&cy, t->s->profile, t->queued->pod);
    compute(t, &cy, NULL);
    note_cached_nodes(t, &cy);
    if (!conclude(t, &cy)) return;
    t->job.run = bind;
    pool_submit(t->s->binders, &t->job);
}

static void schedule_one(struct scheduler *s, struct queued_pod *q)
{
    const struct object *pod = q->pod->object;
    if (obj_is_deleting(pod->root) || cache_is_assumed(s->cache, pod->uid)) {
        queue_done(s->queue, q);
        return;
    }
    struct attempt *t = xcalloc(1, sizeof *t);
    t->s = s;
    atomic_fetch_add(&s->under_way, 1);
    t->queued = q;
    trace_begin(&t->note, &t->arena);
    t->subject = (struct sim_subject){pod->ns, pod->name, pod->uid};
    t->textbook = sim_textbook(s->sim, &t->subject);
    t->stepped = sim_stepping(s->sim, &t->subject);
    if (t->textbook || t->stepped) {
        t->job.run = run_slow;
        pool_submit(s->slow, &t->job);
    } else {
        run_fast(t);
    }
}

static void *loop(void *arg)
{
    struct scheduler *s = arg;
    struct queued_pod *q;
    while ((q = queue_pop(s->queue))) {
        turn_take(s->sim, "key", q->pod->name);
        schedule_one(s, q);
        turn_give(s->sim);
    }
    return NULL;
}

void schedule_start(struct scheduler *s)
{
    pthread_mutex_init(&s->lock, NULL);
    rnd_stream(&s->choice, rnd_u64());
    s->binders = pool_new("bind", BINDERS);
    s->slow = pool_new("slow-cycle", STEPPED_MAX);
    s->loop = thread_start("schedule", loop, s);
}

void schedule_stop(struct scheduler *s)
{
    thread_join(s->loop);
    pool_free(s->slow);
    pool_free(s->binders);
    pthread_mutex_destroy(&s->lock);
}
