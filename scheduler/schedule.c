/* schedule.c - see schedule.h. In the real flow a cycle computes on the cache in the loop's thread and only the write
 * of the Binding runs beside it. Pods of the textbook flow, or held by a stepper, take a thread of their own, for they
 * wait. Reads: the queue, the node cache, nodes from the API (textbook).   Writes: Bindings, pod status, Decisions,
 * Events. */
#include "scheduler/schedule.h"

#include "base/clk.h"
#include "base/log.h"
#include "base/metrics.h"
#include "scheduler/account.h"
#include "scheduler/annotate.h"
#include "scheduler/explain.h"
#include "scheduler/extending.h"
#include "scheduler/reserve.h"
#include "scheduler/victims.h"

#include <stdio.h>
#include <stdlib.h>

struct attempt { /* one pod on its way; owned by the thread that runs it */
    struct job job;
    struct scheduler *s;
    struct arena arena; /* of what outlives the cycle: the notes */
    struct queued_pod *queued;
    const struct sched_config *config; /* as it was when it began; referenced */
    const struct profile *profile;     /* of it */
    const struct sym *node;            /* where it goes; NULL: nowhere yet */
    struct account decision;           /* until the Binding is through */
    struct result_notes *notes;        /* for its annotations; NULL: none are written */
    struct trace_note note;
    struct sim_subject subject;
    struct guest guest;
    struct reserve reserve;    /* what plugins hold for the pod */
    struct stepping *stepping; /* NULL: nobody stops it inside its cycle */
    bool textbook, stepped;
    bool nominated; /* its status names the node already */
};

static void attempt_free(struct attempt *t)
{
    stepping_end(t->stepping);
    atomic_fetch_sub(&t->s->under_way, 1);
    sim_poke(t->s->sim);
    sym_unref(t->node);
    config_unref(t->config);
    arena_release(&t->arena);
    account_release(&t->decision);
    result_notes_free(t->notes);
    free(t);
}

/* ---- What a failed attempt leaves behind ---- */

/* What a failed attempt writes into the pod's status. */
struct verdict_status {
    struct str message;
    const char *reason;
    bool nominates; /* nominatedNodeName becomes `node` (NULL: none); else it stays */
    const struct sym *node;
};

static bool put_condition(struct arena *a, struct json *patch, const struct json *pod, const struct verdict_status *v)
{
    const struct json *is = obj_condition(pod, "PodScheduled");
    bool was_false = obj_is(is, ".status", "False");
    if (was_false && obj_is(is, ".reason", v->reason) && str_eq(obj_str(is, ".message"), v->message)) return false;
    struct json *c = obj_append(a, patch, ".status.conditions");
    obj_put_cstr(a, c, ".type", "PodScheduled");
    if (obj_has(pod, ".metadata.generation"))
        obj_put_int(a, c, ".observedGeneration", obj_int(pod, ".metadata.generation", 0));
    obj_put_cstr(a, c, ".status", "False");
    obj_put_cstr(a, c, ".reason", v->reason);
    obj_put_str(a, c, ".message", v->message);
    if (was_false && obj_has(is, ".lastTransitionTime"))
        obj_put_str(a, c, ".lastTransitionTime", obj_str(is, ".lastTransitionTime"));
    else
        obj_put_time(a, c, ".lastTransitionTime", clk_s());
    return true;
}

/* written: this attempt wrote another one already. */
static bool put_nomination(struct arena *a, struct json *patch, const struct json *pod, const struct verdict_status *v,
                           bool written)
{
    struct str node = v->node ? sym_str(v->node) : STR("");
    if (!v->nominates || (!written && str_eq(obj_str(pod, ".status.nominatedNodeName"), node))) return false;
    if (v->node)
        obj_put_str(a, patch, ".status.nominatedNodeName", node);
    else
        obj_put(a, patch, ".status.nominatedNodeName", json_null(a));
    return true;
}

static void put_status(struct attempt *t, const struct verdict_status *v)
{
    struct arena *a = &t->arena;
    const struct object *pod = t->queued->pod->object;
    struct json *patch = obj_empty(a);
    struct err e = ERR_INIT;
    bool condition = put_condition(a, patch, pod->root, v),
         nomination = put_nomination(a, patch, pod->root, v, t->nominated);
    if (!condition && !nomination) return;
    if (!rest_patch(t->s->rest, "v1/pods", pod->ns, pod->name, "status", "strategic", patch, NULL, &e) &&
        e.code != ERR_NOT_FOUND)
        LOG_W("pod condition not written pod=\"%.*s/%.*s\" err=\"%s\"", STR_ARG(pod->ns), STR_ARG(pod->name), e.text);
}

/* The pod's scheduler says so. */
static struct event_about about_pod(const struct object *pod)
{
    struct event_about about;
    event_about_object(&about, pod->root);
    about.api_version = "v1";
    about.kind = "Pod";
    about.component = obj_str(pod->root, ".spec.schedulerName");
    return about;
}

static void tell_failure(struct scheduler *s, const struct object *pod, struct str message)
{
    const struct event_about about = about_pod(pod);
    bool cut = message.n > EVENT_MESSAGE_MAX;
    int shown = (int)(cut ? EVENT_MESSAGE_MAX - 4 : message.n);
    recorder_event(s->recorder, &about, "Warning", "FailedScheduling", "Scheduling", NULL, "%.*s%s", shown, message.p,
                   cut ? " ..." : "");
}

/* The attempt is over; what refused the pod waits in the queue for what may help. */
static void failed(struct attempt *t, struct json *decision, const struct cycle *cy, const struct verdict_status *v,
                   uint32_t refusers)
{
    struct scheduler *s = t->s;
    const struct pod_info *pod = pod_info_ref(t->queued->pod);
    obj_put_copy(&t->arena, decision, ".steps", t->note.steps); /* no Binding will carry them */
    stepping_result(t->stepping, STR_NULL, v->message);
    struct account account = account_make(decision, cy);
    decisions_add(s->decisions, &account);
    tell_failure(s, pod->object, v->message);
    put_status(t, v);
    annotate(s, pod, &t->notes);
    cache_nominate(s->cache, pod, v->nominates ? v->node : pod->nominated_node);
    if (!queue_unschedulable(s->queue, t->queued, refusers)) cache_nominate(s->cache, pod, NULL); /* it is gone */
    pod_info_unref(pod);
    attempt_free(t);
}

static void failed_inside(struct attempt *t, const char *error)
{
    const struct verdict_status v = {.message = str_of(error), .reason = "SchedulerError", .nominates = true};
    failed(t, explain_error(&t->arena, t->queued, t->profile->scheduler, v.message), NULL, &v, 0);
}

static void fits_nowhere(struct attempt *t, struct cycle *cy)
{
    const struct verdict_status v = {.message = explain_failure(cy),
                                     .reason = "Unschedulable",
                                     .nominates = cy->nominates || cy->all_nodes == 0,
                                     .node = cy->nominated};
    if (cy->error) {
        failed_inside(t, cy->error);
        return;
    }
    victims_end(t->s, t->config, cy);
    failed(t, explain_decision(cy, t->queued), cy, &v, cycle_refusers(cy));
}

/* It was placed and cannot go there: what it took is free again, and others may get it. */
static void unplace(struct attempt *t)
{
    struct scheduler *s = t->s;
    const struct pod_info *placed = pod_info_on(t->queued->pod, t->node);
    const struct sched_event freed = {.what = EV_POD_DELETE, .pod_was = placed};
    reserve_give_back(&t->reserve, t->profile, s->cache);
    cache_forget(s->cache, placed->uid);
    queue_event(s->queue, &freed, "AssignedPodDelete");
    pod_info_unref(placed);
}

static void failed_after(struct attempt *t, const char *error)
{
    unplace(t);
    result_notes_end(t->notes, t->profile, error);
    failed_inside(t, error);
}

static void give_up(struct attempt *t) /* nothing is to be told of it */
{
    unplace(t);
    stepping_result(t->stepping, STR_NULL, STR("the pod is gone, or somebody else has bound it"));
    queue_done(t->s->queue, t->queued);
    attempt_free(t);
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

/* An extender may do it instead. */
static bool bind_there(struct attempt *t, struct err *e)
{
    bool bound;
    if (!extending_bind(t->config->extenders, t->queued->pod, sym_str(t->node), &bound, e)) return false;
    return bound || post_binding(t, e);
}

static void bind(struct job *j)
{
    struct attempt *t = CONTAINER_OF(j, struct attempt, job);
    struct scheduler *s = t->s;
    const struct object *pod = t->queued->pod->object;
    struct err e = ERR_INIT;
    bool bound = bind_there(t, &e);
    stepping_call(t->stepping, POINT_BIND, "DefaultBinder", "scheduler/schedule.c", bound ? V_OK : V_ERROR,
                  bound ? "" : e.text);
    if (!bound) { /* gone, or bound by somebody else: the informer says which */
        if (e.code == ERR_NOT_FOUND || e.code == ERR_CONFLICT)
            give_up(t);
        else
            failed_after(t, e.text);
        return;
    }
    reserve_give_back(&t->reserve, t->profile, s->cache); /* all is written */
    decisions_add(s->decisions, &t->decision);
    const struct event_about about = about_pod(pod);
    struct str node = sym_str(t->node);
    recorder_event(s->recorder, &about, "Normal", "Scheduled", "Binding", NULL,
                   "Successfully assigned %.*s/%.*s to %.*s", STR_ARG(pod->ns), STR_ARG(pod->name), STR_ARG(node));
    result_notes_end(t->notes, t->profile, NULL);
    annotate(s, t->queued->pod, &t->notes);
    stepping_result(t->stepping, node, STR_NULL);
    queue_done(s->queue, t->queued);
    attempt_free(t);
}

/* ---- What comes before: PreBind ---- */

static void gate_binding(struct attempt *t);

static void gate_and_bind(struct job *j)
{
    struct attempt *t = CONTAINER_OF(j, struct attempt, job);
    if (t->stepped) gate_binding(t);
    bind(j);
}

static struct binding binding_of(const struct attempt *t)
{
    return (struct binding){.rest = t->s->rest,
                            .cache = t->s->cache,
                            .pod = t->queued->pod,
                            .node = t->node,
                            .watcher = stepping_watcher(t->stepping)};
}

static enum prebound ask_prebound(struct guest *g, int64_t *until_ns, struct err *e)
{
    struct attempt *t = CONTAINER_OF(g, struct attempt, guest);
    const struct binding b = binding_of(t);
    if (queue_is_gone(t->s->queue, t->queued)) return err_set(e, ERR_NOT_FOUND, "gone"), PREBOUND_FAILED;
    return reserve_check(&t->reserve, t->profile, &b, until_ns, e);
}

static void leave_room(struct guest *g, enum prebound how, const struct err *e)
{
    struct attempt *t = CONTAINER_OF(g, struct attempt, guest);
    struct scheduler *s = t->s;
    atomic_fetch_add(&s->under_way, 1);
    queue_park(s->queue, false);
    stepping_rest(t->stepping, false);
    if (queue_is_gone(s->queue, t->queued)) {
        give_up(t);
    } else if (how == PREBOUND_FAILED) {
        failed_after(t, e->text);
    } else {
        t->job.run = gate_and_bind;
        pool_submit(t->stepped || t->stepping ? s->slow : s->binders, &t->job);
    }
}

static void drop_guest(struct guest *g)
{
    struct attempt *t = CONTAINER_OF(g, struct attempt, guest);
    atomic_fetch_add(&t->s->under_way, 1);
    give_up(t);
}

/* Who waits for volumes says where it will be: others may prepare the node for it (NominatedNodeNameForExpectation). */
static void nominate(struct attempt *t)
{
    struct err e = ERR_INIT;
    const struct object *pod = t->queued->pod->object;
    struct json *patch = obj_empty(&t->arena);
    obj_put_str(&t->arena, patch, ".status.nominatedNodeName", sym_str(t->node));
    t->nominated = rest_patch(t->s->rest, "v1/pods", pod->ns, pod->name, "status", "strategic", patch, NULL, &e);
    if (!t->nominated && e.code != ERR_NOT_FOUND)
        LOG_W("nominated node not written pod=\"%.*s/%.*s\" err=\"%s\"", STR_ARG(pod->ns), STR_ARG(pod->name), e.text);
}

static void prebind(struct job *j)
{
    struct attempt *t = CONTAINER_OF(j, struct attempt, job);
    struct scheduler *s = t->s;
    const struct binding b = binding_of(t);
    struct err e = ERR_INIT;
    nominate(t);
    if (!reserve_write(&t->reserve, t->profile, &b, &e)) {
        failed_after(t, e.text);
        return;
    }
    t->guest = (struct guest){.ask = ask_prebound, .leave = leave_room};
    queue_park(s->queue, true);
    stepping_rest(t->stepping, true);
    room_enter(s->room, &t->guest); /* from here on it is the room's */
    atomic_fetch_sub(&s->under_way, 1);
}

/* The pod has its node. here: on a thread that may wait. */
static void go_there(struct attempt *t, bool here)
{
    t->job.run = reserve_is_empty(&t->reserve) ? gate_and_bind : prebind;
    if (here)
        t->job.run(&t->job);
    else
        pool_submit(t->s->binders, &t->job);
}

/* ---- Computing ---- */

/* Under the lock, and returns so: nobody else may take what was found before the caller does. */
static void compute_locked(struct scheduler *s, struct cycle *cy, const struct map *only)
{
    bool more = extending_ask(cy, s->cache, only, &s->start, &s->choice, s->texts, &s->lock);
    mutex_lock(&s->lock);
    if (more) cycle_compute(cy, s->cache, only, &s->start, &s->choice);
}

/* Computes, and takes what was found before any other cycle looks, or two would take the same. shown: the node to stay
 * with among equals, or STR_NULL. False: a plugin could not take what the pod needs there. */
static bool place(struct attempt *t, struct cycle *cy, const struct map *only, struct str shown, struct err *e)
{
    struct scheduler *s = t->s;
    bool taken = true;
    compute_locked(s, cy, only);
    if (shown.n) cycle_prefer(cy, shown);
    if (cy->chosen >= 0) {
        t->node = sym_get(cycle_node(cy));
        cache_assume(s->cache, t->queued->pod, t->node);
        taken = reserve_take(&t->reserve, cy, s->cache, e);
    }
    mutex_unlock(&s->lock);
    extending_preempt(cy, s->texts);
    return taken;
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

static struct json *decision_of(struct attempt *t, struct cycle *cy)
{
    struct json *d = explain_decision(cy, t->queued);
    bool carried = !extending_binds(t->config->extenders, t->queued->pod); /* by our Binding */
    if (!carried) obj_put_copy(&cy->arena, d, ".steps", t->note.steps);
    return d;
}

/* The cycle is over. True: the pod has its node, and goes there. */
static bool conclude(struct attempt *t, struct cycle *cy, const struct map *only, struct str shown)
{
    struct err e = ERR_INIT;
    bool taken = place(t, cy, only, shown, &e), fits = cy->chosen >= 0;
    if (!t->textbook) note_cached_nodes(t, cy);
    note_placement(t, cy);
    if (t->s->annotator) t->notes = result_notes_of(cy);
    stepping_recheck(t->stepping, cy);
    if (fits)
        t->decision = account_make(decision_of(t, cy), cy);
    else
        fits_nowhere(t, cy);
    cycle_release(cy);
    if (fits && !taken) failed_after(t, e.text);
    return fits && taken;
}

/* As the live computation will begin. */
static void preview_step_by_step(struct attempt *t, struct cycle *cy, const struct map *only)
{
    struct scheduler *s = t->s;
    mutex_lock(&s->lock);
    int start = s->start;
    struct rnd choice = s->choice;
    mutex_unlock(&s->lock);
    stepping_compute(t->stepping, cy, s->cache, only, start, &choice, s->texts);
}

/* What a stepper is shown, before the cluster may move on while the pod is parked. */
static struct str preview(struct attempt *t, const struct map *only)
{
    struct cycle cy;
    cycle_init(&cy, t->profile, t->queued->pod);
    if (t->stepping) {
        preview_step_by_step(t, &cy, only);
    } else {
        compute_locked(t->s, &cy, only);
        mutex_unlock(&t->s->lock);
        extending_preempt(&cy, t->s->texts);
    }
    struct str shown = str_copy(&t->arena, cycle_node(&cy));
    gate_placement(t, &cy);
    cycle_release(&cy);
    return shown;
}

/* A cycle that waits for answers and gates, on a thread of the slow pool. */
static void run_slow(struct job *j)
{
    struct attempt *t = CONTAINER_OF(j, struct attempt, job);
    struct map names = {0};
    struct err e = ERR_INIT;
    if (t->textbook && !request_nodes(t, &names, &e)) {
        failed_inside(t, e.text);
        map_release(&names, NULL);
        return;
    }
    const struct map *only = t->textbook ? &names : NULL;
    struct str shown = t->stepped || t->stepping ? preview(t, only) : STR_NULL;
    struct cycle cy;
    cycle_init(&cy, t->profile, t->queued->pod);
    bool placed = conclude(t, &cy, only, shown);
    map_release(&names, NULL);
    if (placed) go_there(t, true);
}

static void run_fast(struct attempt *t)
{
    struct cycle cy;
    cycle_init(&cy, t->profile, t->queued->pod);
    if (conclude(t, &cy, NULL, STR_NULL)) go_there(t, false);
}

static void say_deleting(struct scheduler *s, const struct object *pod)
{
    char text[EVENT_MESSAGE_MAX];
    int n = snprintf(text, sizeof text, "skip schedule deleting pod: %.*s/%.*s", STR_ARG(pod->ns), STR_ARG(pod->name));
    tell_failure(s, pod, str_n(text, (size_t)n));
}

/* NULL: the pod is no longer ours. */
static struct attempt *attempt_new(struct scheduler *s, struct queued_pod *q)
{
    const struct object *pod = q->pod->object;
    const struct sched_config *config = scope_config(s->scope);
    const struct profile *profile = config_profile(config, sym_str(q->pod->scheduler));
    if (!profile) {
        config_unref(config);
        return NULL;
    }
    struct attempt *t = xcalloc(1, sizeof *t);
    t->s = s;
    t->config = config;
    t->profile = profile;
    t->queued = q;
    atomic_fetch_add(&s->under_way, 1);
    trace_begin(&t->note, &t->arena);
    t->subject = (struct sim_subject){pod->ns, pod->name, pod->uid};
    t->textbook = sim_textbook(s->sim, &t->subject);
    t->stepped = sim_stepping(s->sim, &t->subject);
    t->stepping = stepping_begin(&s->stage, s->sim, q, profile);
    return t;
}

static void schedule_one(struct scheduler *s, struct queued_pod *q)
{
    const struct object *pod = q->pod->object;
    struct attempt *t = NULL;
    if (obj_is_deleting(pod->root))
        say_deleting(s, pod);
    else if (!cache_is_assumed(s->cache, pod->uid))
        t = attempt_new(s, q);
    if (!t) {
        queue_done(s->queue, q);
    } else if (t->textbook || t->stepped || t->stepping) {
        t->job.run = run_slow;
        pool_submit(s->slow, &t->job);
    } else {
        run_fast(t);
    }
}

/* Somebody who stands may want all others to wait. */
static struct queued_pod *next_pod(struct scheduler *s)
{
    stage_wait(&s->stage);
    struct queued_pod *q = queue_pop(s->queue);
    stage_wait(&s->stage);
    return q;
}

static void *loop(void *arg)
{
    struct scheduler *s = arg;
    struct queued_pod *q;
    while ((q = next_pod(s))) {
        turn_take(s->sim, "key", q->pod->name);
        schedule_one(s, q);
        turn_give(s->sim);
    }
    return NULL;
}

void schedule_start(struct scheduler *s)
{
    pthread_mutex_init(&s->lock, NULL);
    stage_init(&s->stage);
    rnd_stream(&s->choice, rnd_u64());
    s->binders = pool_new("bind", BINDERS);
    s->slow = pool_new("slow-cycle", STEPPED_MAX);
    s->loop = thread_start("schedule", loop, s);
}

void schedule_wake(struct scheduler *s) { room_wake(s->room); }

bool schedule_is_quiet(struct scheduler *s)
{
    return queue_idle(s->queue) && atomic_load(&s->under_way) == 0 && room_is_quiet(s->room);
}

void schedule_stop(struct scheduler *s)
{
    const struct sched_config *config = scope_config(s->scope);
    extenders_abort(config->extenders);
    config_unref(config);
    thread_join(s->loop);
    room_shut(s->room); /* it hands jobs to the pools */
    pool_free(s->slow);
    pool_free(s->binders);
    room_free(s->room, drop_guest);
    stage_release(&s->stage);
    pthread_mutex_destroy(&s->lock);
}
