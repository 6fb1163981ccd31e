/* queue.c - see queue.h.
 * Reads: pods, events, the cluster's clock.   Writes: nothing outside. */
#include "scheduler/queue.h"

#include "base/clk.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/thread.h"

#include <stdlib.h>

enum place { NOWHERE, ACTIVE, BACKOFF, UNSCHEDULABLE, IN_CYCLE };

struct entry {
    struct queued_pod pub; /* first: a queued_pod is its entry */
    struct heap_item heap;
    enum place where;
    int64_t since_ns;             /* order in active; time it became unschedulable */
    uint64_t order;               /* breaks ties: first come, first served */
    int64_t ready_ns;             /* end of its back-off */
    bool error_backoff;           /* may not leave back-off early */
    bool deleted;                 /* while in a cycle */
    unsigned missed;              /* EV_* that happened while in a cycle */
    const struct pod_info *newer; /* changed while in a cycle; referenced */
};

struct queue {
    const struct profile *profile;
    pthread_mutex_t lock; /* everything below */
    pthread_cond_t more;
    struct map pods; /* uid -> struct entry */
    struct heap active, backoff;
    size_t unschedulable, in_cycle, parked; /* parked: of those in a cycle */
    uint64_t next_order;
    struct clk_timer backoff_timer, flush_timer;
    bool shut;
};

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
    return a->ready_ns != b->ready_ns ? a->ready_ns < b->ready_ns : a->order < b->order;
}

static void place(struct queue *q, struct entry *e, enum place where)
{
    if (e->where == ACTIVE) heap_remove(&q->active, &e->heap);
    if (e->where == BACKOFF) heap_remove(&q->backoff, &e->heap);
    if (e->where == UNSCHEDULABLE) q->unschedulable--;
    if (e->where == IN_CYCLE) q->in_cycle--;
    e->where = where;
    if (where == ACTIVE) {
        e->since_ns = clk_ns();
        heap_push(&q->active, &e->heap);
        pthread_cond_signal(&q->more);
    }
    if (where == BACKOFF) {
        heap_push(&q->backoff, &e->heap);
        struct entry *first = of_heap(heap_peek(&q->backoff));
        clk_timer_start_at_ns(&q->backoff_timer, first->ready_ns);
        pthread_cond_signal(&q->more); /* an idle scheduler may take it early */
    }
    if (where == UNSCHEDULABLE) {
        e->since_ns = clk_ns();
        if (q->unschedulable++ == 0) clk_timer_start_ms(&q->flush_timer, UNSCHEDULABLE_MAX_MS);
    }
    if (where == IN_CYCLE) q->in_cycle++;
}

static void wake(struct queue *q, struct entry *e, const char *why)
{
    e->pub.woken_by = why;
    place(q, e, e->ready_ns > clk_ns() ? BACKOFF : ACTIVE);
}

/* ---- Timers (the clock's thread) ---- */

static void backoff_over(void *arg)
{
    struct queue *q = arg;
    mutex_lock(&q->lock);
    struct heap_item *first;
    while ((first = heap_peek(&q->backoff)) && of_heap(first)->ready_ns <= clk_ns()) place(q, of_heap(first), ACTIVE);
    if (first) clk_timer_start_at_ns(&q->backoff_timer, of_heap(first)->ready_ns);
    mutex_unlock(&q->lock);
}

/* Five minutes are enough: whatever the hints said, it is looked at again. */
static void flush_old(void *arg)
{
    struct queue *q = arg;
    int64_t now = clk_ns(), oldest = INT64_MAX;
    mutex_lock(&q->lock);
    for (uint32_t i = 0; i < q->pods.count; i++) {
        struct entry *e = q->pods.entries[i].value;
        if (e->where != UNSCHEDULABLE) continue;
        int64_t due = e->since_ns + UNSCHEDULABLE_MAX_MS * 1000000LL;
        if (due <= now)
            wake(q, e, "UnschedulableTimeout");
        else
            oldest = MIN(oldest, due);
    }
    if (oldest != INT64_MAX) clk_timer_start_at_ns(&q->flush_timer, oldest);
    mutex_unlock(&q->lock);
}

struct queue *queue_new(const struct profile *profile)
{
    struct queue *q = xcalloc(1, sizeof *q);
    q->profile = profile;
    pthread_mutex_init(&q->lock, NULL);
    cond_init_mono(&q->more);
    heap_init(&q->active, active_less);
    heap_init(&q->backoff, backoff_less);
    clk_timer_init(&q->backoff_timer, backoff_over, q);
    clk_timer_init(&q->flush_timer, flush_old, q);
    return q;
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
    map_release(&q->pods, free_entry);
    pthread_cond_destroy(&q->more);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

/* ---- In ---- */

/* Anything that a plugin may look at; the status is none of it. */
static bool spec_differs(const struct pod_info *x, const struct pod_info *y)
{
    const struct object *a = x->object, *b = y->object;
    if (!json_equal(obj_get(a->root, ".spec"), obj_get(b->root, ".spec"))) return true;
    return a->labels != b->labels && !(a->labels && b->labels && json_equal(a->labels, b->labels));
}

static void changed(struct queue *q, struct entry *e, const struct pod_info *pod)
{
    if (e->where == IN_CYCLE) {
        pod_info_unref(e->newer);
        e->newer = pod_info_ref(pod);
        return;
    }
    bool spec = spec_differs(e->pub.pod, pod);
    enum place where = e->where;
    place(q, e, NOWHERE); /* the order may depend on what changed */
    pod_info_unref(e->pub.pod);
    e->pub.pod = pod_info_ref(pod);
    if (where == UNSCHEDULABLE && spec)
        wake(q, e, "PodUpdate");
    else
        place(q, e, where);
}

void queue_add(struct queue *q, const struct pod_info *pod)
{
    mutex_lock(&q->lock);
    struct entry *e = map_get(&q->pods, pod->uid);
    if (e) {
        changed(q, e, pod);
    } else {
        e = xcalloc(1, sizeof *e);
        e->pub.pod = pod_info_ref(pod);
        e->pub.added_ns = clk_ns();
        e->pub.woken_by = "PodAdd";
        e->order = q->next_order++;
        map_set(&q->pods, pod->uid, e);
        place(q, e, ACTIVE);
    }
    mutex_unlock(&q->lock);
}

static void forget(struct queue *q, struct entry *e)
{
    place(q, e, NOWHERE);
    free_entry(map_take(&q->pods, e->pub.pod->uid));
}

void queue_remove(struct queue *q, struct str uid)
{
    mutex_lock(&q->lock);
    struct entry *e = map_get(&q->pods, uid);
    if (e && e->where == IN_CYCLE)
        e->deleted = true;
    else if (e)
        forget(q, e);
    mutex_unlock(&q->lock);
}

/* Does a plugin that refused the pod think that the event may help? */
static bool may_help(const struct queue *q, const struct entry *e, const struct sched_event *ev)
{
    if (!e->pub.refusers) return true;
    for (int i = 0; sched_plugins[i]; i++) {
        const struct sched_plugin *plugin = sched_plugins[i];
        if (!(e->pub.refusers & 1u << i) || !(plugin->retry_on & ev->what)) continue;
        if (!plugin->hint || plugin->hint(q->profile->args[i], e->pub.pod, ev)) return true;
    }
    return false;
}

void queue_event(struct queue *q, const struct sched_event *ev, const char *name)
{
    mutex_lock(&q->lock);
    for (uint32_t i = 0; (q->unschedulable || q->in_cycle) && i < q->pods.count; i++) {
        struct entry *e = q->pods.entries[i].value;
        if (e->where == IN_CYCLE) e->missed |= ev->what;
        if (e->where == UNSCHEDULABLE && may_help(q, e, ev)) wake(q, e, name);
    }
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
    return it && !of_heap(it)->error_backoff ? of_heap(it) : NULL;
}

struct queued_pod *queue_pop(struct queue *q)
{
    struct entry *e = NULL;
    mutex_lock(&q->lock);
    while (!q->shut && !(e = take(q))) cond_wait_until(&q->more, &q->lock, INT64_MAX);
    if (q->shut) e = NULL;
    if (e) {
        place(q, e, IN_CYCLE);
        e->pub.attempts++;
        e->missed = 0;
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

static int64_t backoff_ms(int attempts)
{
    int64_t ms = BACKOFF_FIRST_MS;
    for (int i = 1; i < attempts && ms < BACKOFF_MAX_MS; i++) ms *= 2;
    return MIN(ms, BACKOFF_MAX_MS);
}

static unsigned wants_of(uint32_t refusers)
{
    unsigned wants = 0;
    for (int i = 0; sched_plugins[i]; i++)
        if (refusers & 1u << i) wants |= sched_plugins[i]->retry_on;
    return wants;
}

void queue_unschedulable(struct queue *q, struct queued_pod *p, uint32_t refusers, bool error)
{
    struct entry *e = (struct entry *)p;
    mutex_lock(&q->lock);
    if (e->deleted) {
        forget(q, e);
        mutex_unlock(&q->lock);
        return;
    }
    if (e->newer) {
        if (spec_differs(e->pub.pod, e->newer)) e->missed |= EV_SELF;
        pod_info_unref(e->pub.pod);
        e->pub.pod = e->newer;
        e->newer = NULL;
    }
    /* Upstream aligns the end of a back-off to whole seconds, so that pods leave it together. */
    int64_t ready = clk_ns() + backoff_ms(e->pub.attempts) * 1000000;
    e->ready_ns = ready - ready % 1000000000;
    e->error_backoff = error;
    e->pub.refusers = refusers;
    if (error || (e->missed & (wants_of(refusers) | EV_SELF))) {
        e->pub.woken_by = error ? "ScheduleAttemptFailure" : "EventDuringAttempt";
        place(q, e, BACKOFF);
    } else {
        place(q, e, UNSCHEDULABLE);
    }
    mutex_unlock(&q->lock);
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
    bool idle = q->active.count == 0 && q->in_cycle == q->parked;
    mutex_unlock(&q->lock);
    return idle;
}

size_t queue_waiting(struct queue *q)
{
    mutex_lock(&q->lock);
    size_t n = q->backoff.count + q->unschedulable;
    mutex_unlock(&q->lock);
    return n;
}
