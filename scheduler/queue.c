/* queue.c - see queue.h.
 * Reads: pods, events, plugins' gates and hints, the cluster's clock.   Writes: nothing outside. */
#include "scheduler/queue.h"

#include "base/clk.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/thread.h"
#include "scheduler/event_log.h"
#include "scheduler/waiting.h"

#include <stdlib.h>

enum { WINDOW_NS = 1000000000 }; /* back-offs end together, at whole seconds: then the more important pod goes first */

struct entry {
    struct queued_pod pub; /* first: a queued_pod is its entry */
    struct heap_item heap;
    struct waiter waits;          /* unschedulable or gated */
    struct entry *woken;          /* by the event that is being told: the next of them */
    struct entry *next, *prev;    /* unschedulable: in order of since_ns. In a cycle: in order of their pops */
    enum queue_place where;       /* of backoff and failures: by refusers */
    int64_t since_ns;             /* added, or last refused: the order in active, and what five minutes count from */
    uint64_t order;               /* breaks ties: first come, first served */
    int64_t ready_ns;             /* end of its back-off; 0: none */
    int refusals, failures;       /* in all; in a row */
    int gate;                     /* the plugin that keeps it out; -1: none */
    uint64_t popped;              /* of the event log: what happened during its cycle begins here */
    bool deleted, forced;         /* while in a cycle */
    const struct pod_info *newer; /* changed while in a cycle; referenced */
};

struct entries {
    struct entry *first, *last;
    size_t n;
};

struct queue {
    pthread_mutex_t lock; /* everything below */
    const struct sched_config *config;
    struct queue_options options;
    struct listers *listers; /* for hints; its lock is taken within this one */
    pthread_cond_t more;
    struct map pods;                     /* uid -> struct entry */
    struct heap active, backoff, failed; /* failed: the back-off of attempts that failed; it is never cut short */
    struct entries unschedulable, in_cycle;
    size_t gated, parked;   /* parked: of those in a cycle */
    struct waiting waiting; /* those unschedulable or gated, by what they wait for */
    struct event_log log;   /* what happened while pods are in cycles */
    uint64_t next_order;
    struct clk_timer backoff_timer, flush_timer;
    bool shut;
};

/* ---- Orders ---- */

static struct entry *of_heap(const struct heap_item *it) { return CONTAINER_OF(it, struct entry, heap); }

static bool active_less(const struct heap_item *x, const struct heap_item *y)
{
    const struct entry *a = of_heap(x), *b = of_heap(y);
    if (a->pub.pod->priority != b->pub.pod->priority) return a->pub.pod->priority > b->pub.pod->priority;
    return a->since_ns != b->since_ns ? a->since_ns < b->since_ns : a->order < b->order;
}

static bool backoff_less(const struct heap_item *x, const struct heap_item *y)
{
    const struct entry *a = of_heap(x), *b = of_heap(y);
    return a->ready_ns != b->ready_ns ? a->ready_ns < b->ready_ns : active_less(x, y);
}

static void append(struct entries *l, struct entry *e)
{
    e->prev = l->last;
    e->next = NULL;
    *(l->last ? &l->last->next : &l->first) = e;
    l->last = e;
    l->n++;
}

static void take_out(struct entries *l, struct entry *e)
{
    *(e->prev ? &e->prev->next : &l->first) = e->next;
    *(e->next ? &e->next->prev : &l->last) = e->prev;
    e->next = e->prev = NULL;
    l->n--;
}

/* ---- Places ---- */

static struct heap *backoff_of(struct queue *q, const struct entry *e)
{
    return e->pub.refusers ? &q->backoff : &q->failed;
}

static void set_backoff_timer(struct queue *q)
{
    const struct heap_item *a = heap_peek(&q->backoff), *b = heap_peek(&q->failed);
    int64_t due = a ? of_heap(a)->ready_ns : INT64_MAX;
    if (b) due = MIN(due, of_heap(b)->ready_ns);
    if (due != INT64_MAX) clk_timer_start_at_ns(&q->backoff_timer, due);
}

static int64_t flush_due(const struct queue *q)
{
    return q->unschedulable.first->since_ns + q->options.unschedulable_max_ms * 1000000;
}

static void leave(struct queue *q, struct entry *e)
{
    switch (e->where) {
    case QUEUE_ACTIVE: heap_remove(&q->active, &e->heap); break;
    case QUEUE_BACKOFF: heap_remove(backoff_of(q, e), &e->heap); break;
    case QUEUE_UNSCHEDULABLE: take_out(&q->unschedulable, e); break;
    case QUEUE_GATED: q->gated--; break;
    case QUEUE_IN_CYCLE:
        take_out(&q->in_cycle, e);
        event_log_drop(&q->log, q->in_cycle.first ? q->in_cycle.first->popped : q->log.next);
        break;
    case QUEUE_NOWHERE: break;
    }
    waiting_take(&q->waiting, &e->waits);
    e->where = QUEUE_NOWHERE;
}

static void enter(struct queue *q, struct entry *e, enum queue_place where)
{
    e->where = where;
    switch (where) {
    case QUEUE_ACTIVE:
        heap_push(&q->active, &e->heap);
        pthread_cond_signal(&q->more);
        break;
    case QUEUE_BACKOFF:
        heap_push(backoff_of(q, e), &e->heap);
        set_backoff_timer(q);
        pthread_cond_signal(&q->more); /* an idle scheduler may take it early */
        break;
    case QUEUE_UNSCHEDULABLE:
        append(&q->unschedulable, e);
        if (q->unschedulable.n == 1) clk_timer_start_at_ns(&q->flush_timer, flush_due(q));
        break;
    case QUEUE_GATED: q->gated++; break;
    case QUEUE_IN_CYCLE:
        append(&q->in_cycle, e);
        e->popped = q->log.next;
        break;
    case QUEUE_NOWHERE: break;
    }
    if (where == QUEUE_UNSCHEDULABLE || where == QUEUE_GATED)
        waiting_put(&q->waiting, &e->waits, e->pub.refusers, e->gate);
}

static void move(struct queue *q, struct entry *e, enum queue_place to, const char *event)
{
    struct queued_pod *p = &e->pub;
    leave(q, e);
    enter(q, e, to);
    p->moves[p->nmoves++ % QUEUE_MOVES] =
        (struct queue_move){.at_ns = clk_ns(), .event = event, .refusers = p->refusers, .to = to};
}

/* ---- Gates (PreEnqueue) ---- */

/* A pod whose scheduler the configuration no longer has is about to be taken out; until then any profile does. */
static const struct profile *profile_of(const struct queue *q, const struct entry *e)
{
    const struct profile *p = config_profile(q->config, sym_str(e->pub.pod->scheduler));
    return p ? p : q->config->profiles[0];
}

static bool may_help(const struct queue *q, const struct entry *e, const struct sched_event *ev)
{
    return waiting_may_help(profile_of(q, e), e->pub.refusers, e->pub.pod, ev);
}

static bool lets_in(const struct profile *p, struct entry *e, int plugin)
{
    struct buf why AUTO_BUF = {0};
    buf_init(&why, EVENT_MESSAGE_MAX);
    if (sched_plugins[plugin]->pre_enqueue(p->args[plugin], e->pub.pod, &why) == V_OK) return true;
    e->gate = plugin;
    e->pub.refusers |= 1u << plugin;
    return false;
}

/* The gate that kept it out is asked first. */
static bool is_let_in(const struct queue *q, struct entry *e)
{
    const struct profile *p = profile_of(q, e);
    int before = e->gate;
    if (before >= 0 && profile_asks(p, POINT_PRE_ENQUEUE, before) && !lets_in(p, e, before)) return false;
    for (int i = 0; i < p->count[POINT_PRE_ENQUEUE]; i++) {
        int plugin = p->order[POINT_PRE_ENQUEUE][i];
        if (plugin != before && !lets_in(p, e, plugin)) return false;
    }
    e->gate = -1;
    return true;
}

/* ---- Moves ---- */

/* Into active or back-off, unless a gate keeps it out. */
static void admit(struct queue *q, struct entry *e, enum queue_place to, const char *event)
{
    enum queue_place from = e->where;
    leave(q, e); /* its place goes by refusers and gate, which change here */
    if (is_let_in(q, e)) {
        e->pub.woken_by = event;
        move(q, e, to, event);
    } else if (from == QUEUE_GATED) {
        enter(q, e, QUEUE_GATED);
    } else {
        move(q, e, QUEUE_GATED, event);
    }
}

static bool is_backing_off(const struct entry *e) { return e->ready_ns > clk_ns(); }

static void requeue(struct queue *q, struct entry *e, const char *event)
{
    admit(q, e, is_backing_off(e) ? QUEUE_BACKOFF : QUEUE_ACTIVE, event);
}

static void end_backoffs(struct queue *q, const struct heap *h, int64_t now)
{
    const struct heap_item *first;
    while ((first = heap_peek(h)) && of_heap(first)->ready_ns <= now)
        move(q, of_heap(first), QUEUE_ACTIVE, "BackoffComplete");
}

/* ---- Timers (the clock's thread) ---- */

static void backoff_over(void *arg)
{
    struct queue *q = arg;
    mutex_lock(&q->lock);
    int64_t now = clk_ns();
    end_backoffs(q, &q->backoff, now);
    end_backoffs(q, &q->failed, now);
    set_backoff_timer(q);
    mutex_unlock(&q->lock);
}

/* Five minutes are enough: whatever the hints said, it is looked at again. */
static void flush_old(void *arg)
{
    static const char timeout[] = "UnschedulableTimeout";
    struct queue *q = arg;
    mutex_lock(&q->lock);
    const struct entry *old = q->unschedulable.first;
    while (q->unschedulable.first && flush_due(q) <= clk_ns()) requeue(q, q->unschedulable.first, timeout);
    /* Those in cycles take part in it, once they are refused. */
    if (old != q->unschedulable.first && q->in_cycle.n)
        event_log_add(&q->log, &(struct sched_event){.what = EV_ANYTHING}, timeout);
    if (q->unschedulable.first) clk_timer_start_at_ns(&q->flush_timer, flush_due(q));
    mutex_unlock(&q->lock);
}

/* ---- Life ---- */

static struct queue_options options_of(const struct sched_config *c)
{
    return (struct queue_options){c->backoff_first_ms, c->backoff_max_ms, UNSCHEDULABLE_MAX_MS};
}

struct queue *queue_new(const struct sched_config *config, const struct queue_options *options)
{
    struct queue *q = xcalloc(1, sizeof *q);
    q->config = config_ref(config);
    q->options = options ? *options : options_of(config);
    pthread_mutex_init(&q->lock, NULL);
    cond_init_mono(&q->more);
    heap_init(&q->active, active_less);
    heap_init(&q->backoff, backoff_less);
    heap_init(&q->failed, backoff_less);
    waiting_interest(&q->waiting, config->profiles, config->nprofiles);
    clk_timer_init(&q->backoff_timer, backoff_over, q);
    clk_timer_init(&q->flush_timer, flush_old, q);
    return q;
}

void queue_listers(struct queue *q, struct listers *listers)
{
    mutex_lock(&q->lock);
    q->listers = listers;
    mutex_unlock(&q->lock);
}

static void free_entry(void *v)
{
    struct entry *e = v;
    pod_info_unref(e->pub.pod);
    pod_info_unref(e->newer);
    free(e);
}

void queue_free(struct queue *q)
{
    if (!q) return;
    clk_timer_stop(&q->backoff_timer);
    clk_timer_stop(&q->flush_timer);
    heap_release(&q->active); /* before the entries that are in them */
    heap_release(&q->backoff);
    heap_release(&q->failed);
    waiting_release(&q->waiting);
    event_log_release(&q->log);
    map_release(&q->pods, free_entry);
    config_unref(q->config);
    pthread_cond_destroy(&q->more);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

/* ---- A waiting pod changes ---- */

static bool spec_differs(const struct object *a, const struct object *b)
{
    return !json_equal(obj_get(a->root, ".spec"), obj_get(b->root, ".spec"));
}

static bool labels_differ(const struct object *a, const struct object *b)
{
    return a->labels != b->labels && !(a->labels && b->labels && json_equal(a->labels, b->labels));
}

static bool member_differs(const struct object *a, const struct object *b, const char *path)
{
    const struct json *x = obj_get(a->root, path), *y = obj_get(b->root, path);
    return x != y && !(x && y && json_equal(x, y));
}

unsigned queue_self_changes(const struct pod_info *was, const struct pod_info *now)
{
    const struct object *a = was->object, *b = now->object;
    unsigned changes = 0;
    if (labels_differ(a, b)) changes |= SELF_LABELS;
    if (pod_asks_less(was, now)) changes |= SELF_SCALE_DOWN;
    if (obj_count(a->root, ".spec.schedulingGates") && !obj_count(b->root, ".spec.schedulingGates"))
        changes |= SELF_GATES;
    if (was->ntolerations != now->ntolerations) changes |= SELF_TOLERATIONS;
    if (member_differs(a, b, ".status.resourceClaimStatuses") ||
        member_differs(a, b, ".status.extendedResourceClaimStatus"))
        changes |= SELF_CLAIMS;
    return changes || !spec_differs(a, b) ? changes : SELF_OTHER;
}

static const char *self_name(unsigned change)
{
    switch (change) {
    case SELF_LABELS: return "UnschedulablePodUpdatePodLabel";
    case SELF_SCALE_DOWN: return "UnschedulablePodUpdatePodScaleDown";
    case SELF_GATES: return "UnschedulablePodUpdatePodSchedulingGatesEliminated";
    case SELF_TOLERATIONS: return "UnschedulablePodUpdatePodToleration";
    case SELF_CLAIMS: return "UnschedulablePodUpdatePodGeneratedResourceClaim";
    default: return "UnschedulablePodUpdate";
    }
}

/* The plugins that refused the pod are asked about each of its changes until one says that it helps. */
static void tell_waiting(struct queue *q, struct entry *e, const struct pod_info *was, unsigned changes)
{
    for (unsigned bit = 1; bit <= SELF_OTHER; bit <<= 1) {
        const struct sched_event ev = {
            .what = EV_SELF, .self = bit, .pod_was = was, .pod = e->pub.pod, .listers = q->listers};
        if (!(changes & bit) || !may_help(q, e, &ev)) continue;
        requeue(q, e, self_name(bit));
        if (e->where != QUEUE_GATED) return;
    }
}

static void log_changes(struct queue *q, const struct pod_info *was, const struct pod_info *now, unsigned changes)
{
    for (unsigned bit = 1; bit <= SELF_OTHER; bit <<= 1) {
        const struct sched_event ev = {.what = EV_SELF, .self = bit, .pod_was = was, .pod = now, .listers = q->listers};
        if (changes & bit) event_log_add(&q->log, &ev, self_name(bit));
    }
}

/* Returns what it was; the reference goes over. */
static const struct pod_info *changed(struct queue *q, struct entry *e, const struct pod_info *pod)
{
    const struct pod_info *was = e->newer ? e->newer : pod_info_ref(e->pub.pod);
    unsigned changes = queue_self_changes(was, pod);
    e->deleted = false; /* let go, and taken up again */
    if (e->where == QUEUE_IN_CYCLE) {
        log_changes(q, was, pod, changes);
        e->newer = pod_info_ref(pod);
        return was;
    }
    pod_info_unref(e->pub.pod);
    e->pub.pod = pod_info_ref(pod);
    if (e->where == QUEUE_ACTIVE) heap_fix(&q->active, &e->heap); /* the order may depend on what changed */
    if (e->where == QUEUE_BACKOFF) heap_fix(backoff_of(q, e), &e->heap);
    if (e->where == QUEUE_UNSCHEDULABLE || e->where == QUEUE_GATED) tell_waiting(q, e, was, changes);
    return was;
}

static struct entry *new_entry(struct queue *q, const struct pod_info *pod)
{
    struct entry *e = xcalloc(1, sizeof *e);
    e->pub.pod = pod_info_ref(pod);
    e->pub.added_ns = e->since_ns = clk_ns();
    e->order = q->next_order++;
    e->gate = -1;
    map_set(&q->pods, pod->uid, e);
    return e;
}

const struct pod_info *queue_add(struct queue *q, const struct pod_info *pod)
{
    const struct pod_info *was = NULL;
    mutex_lock(&q->lock);
    struct entry *e = map_get(&q->pods, pod->uid);
    if (e)
        was = changed(q, e, pod);
    else
        admit(q, new_entry(q, pod), QUEUE_ACTIVE, "UnschedulablePodAdd");
    mutex_unlock(&q->lock);
    return was;
}

static void forget(struct queue *q, struct entry *e)
{
    leave(q, e);
    free_entry(map_take(&q->pods, e->pub.pod->uid));
}

const struct pod_info *queue_remove(struct queue *q, struct str uid)
{
    mutex_lock(&q->lock);
    struct entry *e = map_get(&q->pods, uid);
    const struct pod_info *was = e ? pod_info_ref(e->newer ? e->newer : e->pub.pod) : NULL;
    if (e && e->where == QUEUE_IN_CYCLE)
        e->deleted = true;
    else if (e)
        forget(q, e);
    mutex_unlock(&q->lock);
    return was;
}

/* ---- Events ---- */

/* Those whom the event may help, as a chain: some of them may be back in their group after their move. */
static struct entry *helped(struct queue *q, const struct sched_event *ev, int priority)
{
    struct entry *chain = NULL, **tail = &chain;
    for (uint32_t i = 0; i < q->waiting.groups.count; i++) {
        const struct waiting_group *g = q->waiting.groups.entries[i].value;
        if (!(g->wants & ev->what)) continue;
        for (struct waiter *w = g->first; w; w = w->next) {
            struct entry *e = CONTAINER_OF(w, struct entry, waits);
            if (e->pub.pod->priority > priority) continue;
            if (!waiting_may_help(profile_of(q, e), g->refusers, e->pub.pod, ev)) continue;
            *tail = e;
            tail = &e->woken;
        }
    }
    *tail = NULL;
    return chain;
}

void queue_event_up_to(struct queue *q, const struct sched_event *ev, const char *name, int priority)
{
    mutex_lock(&q->lock);
    if (q->waiting.interest & ev->what) {
        struct sched_event told = *ev;
        told.listers = q->listers;
        for (struct entry *next, *e = helped(q, &told, priority); e; e = next) {
            next = e->woken;
            requeue(q, e, name);
        }
        if (q->in_cycle.n) event_log_add(&q->log, &told, name);
    }
    mutex_unlock(&q->lock);
}

void queue_event(struct queue *q, const struct sched_event *ev, const char *name)
{
    queue_event_up_to(q, ev, name, INT32_MAX);
}

void queue_activate(struct queue *q, struct str uid)
{
    mutex_lock(&q->lock);
    struct entry *e = map_get(&q->pods, uid);
    if (e && e->where == QUEUE_IN_CYCLE)
        e->forced = true;
    else if (e && e->where != QUEUE_ACTIVE)
        admit(q, e, QUEUE_ACTIVE, "ForceActivate");
    mutex_unlock(&q->lock);
}

/* ---- Out ---- */

/* The next pod: active first; an otherwise idle scheduler takes one early out of back-off (SchedulerPopFromBackoffQ).
 */
static struct entry *take(struct queue *q)
{
    struct heap_item *it = heap_peek(&q->active);
    if (it) return of_heap(it);
    it = heap_peek(&q->backoff);
    if (!it) return NULL;
    move(q, of_heap(it), QUEUE_ACTIVE, "PopFromBackoffQ");
    return of_heap(it);
}

struct queued_pod *queue_pop(struct queue *q)
{
    struct entry *e = NULL;
    mutex_lock(&q->lock);
    while (!q->shut && !(e = take(q))) cond_wait_until(&q->more, &q->lock, INT64_MAX);
    if (q->shut) e = NULL;
    if (e) {
        leave(q, e);
        enter(q, e, QUEUE_IN_CYCLE);
        e->pub.attempts++;
        e->forced = false;
    }
    mutex_unlock(&q->lock);
    return e ? &e->pub : NULL;
}

void queue_done(struct queue *q, struct queued_pod *p)
{
    mutex_lock(&q->lock);
    forget(q, (struct entry *)p);
    mutex_unlock(&q->lock);
}

/* ---- Back ---- */

/* The nth time: the first wait, doubled each time, up to the longest. */
static int64_t backoff_ms(const struct queue_options *o, int n)
{
    int shift = n - 1;
    if (shift > 62 || o->backoff_first_ms > o->backoff_max_ms >> shift) return o->backoff_max_ms;
    return o->backoff_first_ms << shift;
}

/* Upstream cuts the end of a back-off to its second, and a second must be over before its pods go. */
static int64_t backoff_end(const struct queue *q, const struct entry *e)
{
    if (q->options.backoff_max_ms == 0) return 0;
    int64_t end = e->since_ns + backoff_ms(&q->options, e->failures ? e->failures : e->refusals) * 1000000;
    return end - end % WINDOW_NS + WINDOW_NS;
}

/* What happened during the cycle that may help the pod, by the account of those who refused it; NULL: nothing. */
static const char *helped_meanwhile(const struct queue *q, const struct entry *e)
{
    if (!e->pub.refusers) return "ScheduleAttemptFailure";
    if (e->forced) return "ForceActivate";
    if (e->popped < q->log.first) return "ScheduleAttemptFailure"; /* some of it was dropped: who knows */
    for (uint64_t i = e->popped; i < q->log.next; i++) {
        const struct logged_event *it = event_log_at(&q->log, i);
        if (may_help(q, e, &it->e)) return it->name;
    }
    return NULL;
}

bool queue_unschedulable(struct queue *q, struct queued_pod *p, uint32_t refusers)
{
    struct entry *e = (struct entry *)p;
    mutex_lock(&q->lock);
    bool here = !e->deleted;
    if (!here) {
        forget(q, e);
        mutex_unlock(&q->lock);
        return false;
    }
    if (e->newer) {
        pod_info_unref(e->pub.pod);
        e->pub.pod = e->newer;
        e->newer = NULL;
    }
    e->pub.refusers = refusers;
    if (refusers)
        e->refusals++, e->failures = 0;
    else
        e->failures++;
    e->since_ns = clk_ns();
    e->ready_ns = backoff_end(q, e);
    const char *event = helped_meanwhile(q, e);
    if (event) {
        requeue(q, e, "ScheduleAttemptFailure");
        if (e->where != QUEUE_GATED) e->pub.woken_by = event;
    } else {
        move(q, e, QUEUE_UNSCHEDULABLE, "ScheduleAttemptFailure");
    }
    mutex_unlock(&q->lock);
    return true;
}

void queue_park(struct queue *q, bool parked)
{
    mutex_lock(&q->lock);
    if (parked)
        q->parked++;
    else
        q->parked--;
    mutex_unlock(&q->lock);
}

bool queue_is_gone(struct queue *q, const struct queued_pod *p)
{
    mutex_lock(&q->lock);
    bool gone = ((const struct entry *)p)->deleted;
    mutex_unlock(&q->lock);
    return gone;
}

/* ---- Another configuration ---- */

static void try_anew(struct queue *q, struct entry *e)
{
    if (e->where == QUEUE_IN_CYCLE) e->forced = true; /* what it runs into is the old configuration's */
    if (e->where != QUEUE_BACKOFF && e->where != QUEUE_UNSCHEDULABLE && e->where != QUEUE_GATED) return;
    if (e->where == QUEUE_BACKOFF) leave(q, e); /* the heap goes by the end that changes now */
    if (e->ready_ns) e->ready_ns = backoff_end(q, e);
    requeue(q, e, "ConfigurationChange");
}

void queue_configure(struct queue *q, const struct sched_config *config)
{
    mutex_lock(&q->lock);
    config_ref(config);
    config_unref(q->config);
    q->config = config;
    q->options = options_of(config);
    waiting_interest(&q->waiting, config->profiles, config->nprofiles);
    for (uint32_t i = 0; i < q->pods.count; i++) try_anew(q, q->pods.entries[i].value);
    mutex_unlock(&q->lock);
}

void queue_shutdown(struct queue *q)
{
    mutex_lock(&q->lock);
    q->shut = true;
    pthread_cond_broadcast(&q->more);
    mutex_unlock(&q->lock);
}

bool queue_idle(struct queue *q)
{
    mutex_lock(&q->lock);
    bool idle = q->active.count == 0 && q->backoff.count == 0 && q->in_cycle.n == q->parked;
    mutex_unlock(&q->lock);
    return idle;
}

enum queue_place queue_where(struct queue *q, struct str uid)
{
    mutex_lock(&q->lock);
    const struct entry *e = map_get(&q->pods, uid);
    enum queue_place where = e ? e->where : QUEUE_NOWHERE;
    mutex_unlock(&q->lock);
    return where;
}

size_t queue_waiting(struct queue *q)
{
    mutex_lock(&q->lock);
    size_t n = q->backoff.count + q->failed.count + q->unschedulable.n + q->gated;
    mutex_unlock(&q->lock);
    return n;
}
