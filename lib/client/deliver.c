/* deliver.c - handlers, and the gate before them. Reads: events.   Writes: calls. */
#include "deliver.h"

#include "base/kassert.h"
#include "base/thread.h"

#include <stdlib.h>

struct pending {
    struct pending *next;
    enum informer_event what;
    const struct object *old, *obj;
};

struct parked {
    struct deliver *d;
    struct parked *next; /* in finished */
    pthread_t thread;
    char *key;
    struct pending *head, **tail;
};

void deliver_init(struct deliver *d, int gate_number)
{
    memset(d, 0, sizeof *d);
    d->gate_number = gate_number;
    pthread_mutex_init(&d->lock, NULL);
    cond_init_mono(&d->left);
}

void deliver_release(struct deliver *d)
{
    KASSERT(d->parked.count == 0 && !d->finished);
    map_release(&d->parked, NULL);
    pthread_cond_destroy(&d->left);
    pthread_mutex_destroy(&d->lock);
}

static void call(struct deliver *d, enum informer_event what, const struct object *old, const struct object *obj)
{
    for (int i = 0; i < d->nhandlers; i++) d->handlers[i].fn(d->handlers[i].arg, what, old, obj);
}

/* ---- Side threads ---- */

static void parked_add(struct parked *p, enum informer_event what, const struct object *old, const struct object *obj)
{
    struct pending *n = xcalloc(1, sizeof *n);
    n->what = what;
    n->old = object_ref(old);
    n->obj = object_ref(obj);
    *p->tail = n;
    p->tail = &n->next;
}

/* Lock held: later events of the key cannot overtake. */
static void parked_flush(struct parked *p)
{
    while (p->head) {
        struct pending *n = p->head;
        p->head = n->next;
        if (!p->d->stopping) call(p->d, n->what, n->old, n->obj);
        object_unref(n->old);
        object_unref(n->obj);
        free(n);
    }
}

static void *side_run(void *arg)
{
    struct parked *p = arg;
    struct deliver *d = p->d;
    const struct object *o = p->head->obj;
    struct sim_subject pod = {.ns = o->ns, .name = o->name, .uid = o->uid};
    AUTO_FREE char *message =
        xasprintf("the watch event of pod %.*s/%.*s at revision %llu reaches the %s", STR_ARG(o->ns), STR_ARG(o->name),
                  (unsigned long long)o->rv, d->gate_number == STEP_HANDED_TO_KUBELET ? "kubelet" : "scheduler");
    sim_gate(d->sim, (enum step)d->gate_number, &pod, NULL, message);
    mutex_lock(&d->lock);
    parked_flush(p);
    map_take(&d->parked, str_of(p->key));
    p->next = d->finished;
    d->finished = p;
    d->running--;
    pthread_cond_broadcast(&d->left);
    mutex_unlock(&d->lock);
    return NULL;
}

/* Lock held, let go while joining. */
static void join_finished(struct deliver *d)
{
    while (d->finished) {
        struct parked *p = d->finished;
        d->finished = p->next;
        mutex_unlock(&d->lock);
        thread_join(p->thread);
        free(p->key);
        free(p);
        mutex_lock(&d->lock);
    }
}

/* ---- Events ---- */

/* Is this the event with which a pod first comes to this component? */
static bool gated(const struct deliver *d, enum informer_event what, const struct object *old, const struct object *obj)
{
    if (what == INFORMER_DELETED) return false;
    bool bound = obj_str(obj->root, ".spec.nodeName").n > 0;
    bool first = what == INFORMER_ADDED;
    if (d->gate_number == STEP_HANDED_TO_KUBELET) {
        if (!bound || (!first && obj_str(old->root, ".spec.nodeName").n > 0)) return false;
    } else if (bound || !first) {
        return false;
    }
    struct sim_subject pod = {.ns = obj->ns, .name = obj->name, .uid = obj->uid};
    return sim_stepping(d->sim, &pod);
}

void deliver_event(struct deliver *d, struct str key, enum informer_event what, const struct object *old,
                   const struct object *obj)
{
    if (!d->sim || !d->gate_number) return call(d, what, old, obj);
    bool gate = gated(d, what, old, obj);
    mutex_lock(&d->lock);
    struct parked *p = map_get(&d->parked, key);
    if (!p && gate && !d->stopping && d->running < INFORMER_PARKED_MAX) {
        join_finished(d);
        p = xcalloc(1, sizeof *p);
        p->d = d;
        p->tail = &p->head;
        p->key = str_dup(key);
        map_set(&d->parked, key, p);
        parked_add(p, what, old, obj);
        d->running++;
        p->thread = thread_start("gate", side_run, p);
    } else if (p) {
        parked_add(p, what, old, obj);
    } else {
        call(d, what, old, obj);
    }
    mutex_unlock(&d->lock);
}

void deliver_close(struct deliver *d)
{
    mutex_lock(&d->lock);
    d->stopping = true;
    mutex_unlock(&d->lock);
}

void deliver_stop(struct deliver *d)
{
    mutex_lock(&d->lock);
    while (d->running) cond_wait_until(&d->left, &d->lock, INT64_MAX);
    join_finished(d);
    mutex_unlock(&d->lock);
}

bool deliver_idle(struct deliver *d)
{
    mutex_lock(&d->lock);
    bool idle = d->running == 0;
    mutex_unlock(&d->lock);
    return idle;
}
