/* workq.c - client-go's work queue (util/workqueue: queue.go, delaying_queue.go, default_rate_limiters.go).
 * Reads: keys, cluster time.   Writes: nothing outside itself. */
#include "workq.h"

#include "base/clk.h"
#include "base/kassert.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/thread.h"
#include "limits.h"

#include <stdlib.h>

struct waiting { /* a delayed key */
    struct heap_item heap;
    int64_t due_ns;
    uint64_t order;
    char *key;
};

struct workq {
    pthread_mutex_t lock; /* covers all below */
    pthread_cond_t more;
    struct map dirty;      /* keys to be handled; value unused */
    struct map processing; /* keys in a worker's hands */
    struct map failures;   /* key -> count as a pointer */
    struct map delayed;    /* key -> struct waiting */
    struct heap due;       /* the same by time */
    char **ring;           /* FIFO of the dirty keys that are not in work; own copies */
    size_t head, count, cap;
    uint64_t order;
    struct clk_timer timer; /* runs at the first of `due` */
    void (*on_idle)(void *arg);
    void *on_idle_arg;
    bool closed;
};

static void *const present = (void *)1;

/* ---- The FIFO (lock held) ---- */

static void push(struct workq *q, struct str key)
{
    if (q->count == q->cap) {
        size_t cap = q->cap ? 2 * q->cap : 16;
        char **ring = xreallocarray(NULL, cap, sizeof *ring);
        for (size_t i = 0; i < q->count; i++) ring[i] = q->ring[(q->head + i) % q->cap];
        free(q->ring);
        q->ring = ring;
        q->head = 0;
        q->cap = cap;
    }
    q->ring[(q->head + q->count++) % q->cap] = str_dup(key);
    pthread_cond_signal(&q->more);
}

static void add_locked(struct workq *q, struct str key)
{
    if (q->closed || map_has(&q->dirty, key)) return;
    map_set(&q->dirty, key, present);
    if (!map_has(&q->processing, key)) push(q, key);
}

/* ---- Delays ---- */

static bool waiting_less(const struct heap_item *a, const struct heap_item *b)
{
    const struct waiting *x = CONTAINER_OF(a, struct waiting, heap), *y = CONTAINER_OF(b, struct waiting, heap);
    return x->due_ns != y->due_ns ? x->due_ns < y->due_ns : x->order < y->order;
}

static void waiting_free(void *p)
{
    struct waiting *w = p;
    free(w->key);
    free(w);
}

static void arm(struct workq *q)
{
    struct heap_item *first = heap_peek(&q->due);
    if (first) clk_timer_start_at_ns(&q->timer, CONTAINER_OF(first, struct waiting, heap)->due_ns);
}

static void on_timer(void *arg)
{
    struct workq *q = arg;
    mutex_lock(&q->lock);
    int64_t now = clk_ns();
    for (struct heap_item *it; !q->closed && (it = heap_peek(&q->due));) {
        struct waiting *w = CONTAINER_OF(it, struct waiting, heap);
        if (w->due_ns > now) break;
        heap_pop(&q->due);
        map_take(&q->delayed, str_of(w->key));
        add_locked(q, str_of(w->key));
        waiting_free(w);
    }
    if (!q->closed) arm(q);
    mutex_unlock(&q->lock);
}

/* ---- Life ---- */

struct workq *workq_new(const char *name)
{
    (void)name;
    struct workq *q = xcalloc(1, sizeof *q);
    pthread_mutex_init(&q->lock, NULL);
    cond_init_mono(&q->more);
    heap_init(&q->due, waiting_less);
    clk_timer_init(&q->timer, on_timer, q);
    return q;
}

void workq_shutdown(struct workq *q)
{
    mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->more);
    mutex_unlock(&q->lock);
    clk_timer_stop(&q->timer);
}

void workq_free(struct workq *q)
{
    if (!q) return;
    workq_shutdown(q);
    KASSERT(q->processing.count == 0);
    for (size_t i = 0; i < q->count; i++) free(q->ring[(q->head + i) % q->cap]);
    free(q->ring);
    map_release(&q->dirty, NULL);
    map_release(&q->processing, NULL);
    map_release(&q->failures, NULL);
    heap_release(&q->due);
    map_release(&q->delayed, waiting_free);
    pthread_cond_destroy(&q->more);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

void workq_on_idle(struct workq *q, void (*fn)(void *arg), void *arg)
{
    q->on_idle = fn;
    q->on_idle_arg = arg;
}

/* ---- Adding ---- */

void workq_add(struct workq *q, struct str key)
{
    mutex_lock(&q->lock);
    add_locked(q, key);
    mutex_unlock(&q->lock);
}

static void add_after_locked(struct workq *q, struct str key, int64_t after_ms)
{
    if (q->closed) return;
    int64_t due = clk_ns() + after_ms * 1000000;
    struct waiting *w = map_get(&q->delayed, key);
    if (w && w->due_ns <= due) return;
    if (!w) {
        w = xcalloc(1, sizeof *w);
        w->key = str_dup(key);
        w->due_ns = due;
        w->order = ++q->order;
        map_set(&q->delayed, key, w);
        heap_push(&q->due, &w->heap);
    } else {
        w->due_ns = due;
        heap_fix(&q->due, &w->heap);
    }
    arm(q);
}

void workq_add_after(struct workq *q, struct str key, int64_t after_ms)
{
    if (after_ms <= 0) return workq_add(q, key);
    mutex_lock(&q->lock);
    add_after_locked(q, key, after_ms);
    mutex_unlock(&q->lock);
}

void workq_add_limited(struct workq *q, struct str key)
{
    mutex_lock(&q->lock);
    uintptr_t failures = (uintptr_t)map_get(&q->failures, key);
    map_set(&q->failures, key, (void *)(failures + 1));
    int64_t delay = WORKQ_MAX_MS;
    if (failures < 18)
        delay = MIN((int64_t)WORKQ_BASE_MS << failures, (int64_t)WORKQ_MAX_MS); /* 5 ms * 2^18 > 1000 s */
    add_after_locked(q, key, delay);
    mutex_unlock(&q->lock);
}

void workq_forget(struct workq *q, struct str key)
{
    mutex_lock(&q->lock);
    map_take(&q->failures, key);
    mutex_unlock(&q->lock);
}

/* ---- Working ---- */

char *workq_get(struct workq *q)
{
    mutex_lock(&q->lock);
    while (!q->closed && q->count == 0) cond_wait_until(&q->more, &q->lock, INT64_MAX);
    char *key = NULL;
    if (!q->closed) {
        key = q->ring[q->head];
        q->head = (q->head + 1) % q->cap;
        q->count--;
        map_set(&q->processing, str_of(key), present);
        map_take(&q->dirty, str_of(key));
    }
    mutex_unlock(&q->lock);
    return key;
}

bool workq_waiting(struct workq *q)
{
    mutex_lock(&q->lock);
    bool waiting = q->count > 0 && !q->closed;
    mutex_unlock(&q->lock);
    return waiting;
}

void workq_done(struct workq *q, char *key)
{
    mutex_lock(&q->lock);
    KASSERT(map_take(&q->processing, str_of(key)));
    if (map_has(&q->dirty, str_of(key))) push(q, str_of(key));
    bool idle = q->count == 0 && q->processing.count == 0;
    mutex_unlock(&q->lock);
    free(key);
    if (idle && q->on_idle) q->on_idle(q->on_idle_arg);
}

bool workq_idle(struct workq *q)
{
    mutex_lock(&q->lock);
    bool idle = q->count == 0 && q->processing.count == 0;
    mutex_unlock(&q->lock);
    return idle;
}
