/* fresh.c - requests that wait for a revision (fresh.h).
 * Reads: the cache's revision, real time.   Writes: nothing; hands requests to the workers.
 * Upstream: waitUntilFreshAndBlock in apiserver pkg/storage/cacher/watch_cache.go. */
#include "apiserver/watch/fresh.h"

#include "apiserver/http/stream.h"
#include "apiserver/watch/cache.h"
#include "base/heap.h"
#include "base/mono.h"

struct waiter { /* in the arena of its request */
    struct heap_item by_rev;
    struct waiter *prev, *next; /* in order of arrival, which is that of their deadlines */
    struct request *r;
    uint64_t rev;
    int64_t due_ns;
    void (*then)(struct request *r);
};

static bool rev_less(const struct heap_item *a, const struct heap_item *b)
{
    return CONTAINER_OF(a, struct waiter, by_rev)->rev < CONTAINER_OF(b, struct waiter, by_rev)->rev;
}

static struct {
    pthread_mutex_t lock; /* over all but `count` */
    struct heap by_rev;
    struct waiter *first, *last;
    bool timed; /* a timer is set, or posted */
    _Atomic size_t count;
} all = {.lock = MUTEX_INIT, .by_rev = {.less = rev_less}};

size_t fresh_count(void) { return atomic_load(&all.count); }

/* Under the lock. */
static void add(struct waiter *w)
{
    heap_push(&all.by_rev, &w->by_rev);
    w->prev = all.last;
    w->next = NULL;
    if (w->prev)
        w->prev->next = w;
    else
        all.first = w;
    all.last = w;
    atomic_fetch_add(&all.count, 1);
}

/* Under the lock. */
static void take(struct waiter *w)
{
    heap_remove(&all.by_rev, &w->by_rev);
    if (w->prev)
        w->prev->next = w->next;
    else
        all.first = w->next;
    if (w->next)
        w->next->prev = w->prev;
    else
        all.last = w->prev;
    atomic_fetch_sub(&all.count, 1);
}

/* Under the lock: moves one to the list of those that go on. */
static void release(struct waiter *w, struct waiter **going)
{
    take(w);
    w->next = *going;
    *going = w;
}

static void go_on(struct waiter *going)
{
    while (going) {
        struct waiter *w = going;
        going = w->next; /* with its request w may be gone */
        request_later(w->r, w->then);
    }
}

/* Stream thread. */
static void on_time(void *arg)
{
    (void)arg;
    struct waiter *going = NULL;
    int64_t now = mono_ns(), next = 0;
    mutex_lock(&all.lock);
    while (all.first && all.first->due_ns <= now) release(all.first, &going);
    all.timed = all.first != NULL;
    if (all.timed) next = all.first->due_ns;
    mutex_unlock(&all.lock);
    if (next) (void)stream_at(next, on_time, NULL);
    go_on(going);
}

bool fresh_wait(struct request *r, uint64_t rev, void (*then)(struct request *r))
{
    if (rev <= cache_rev()) return true;
    struct waiter *w = ARENA_NEW(&r->arena, struct waiter);
    w->r = r;
    w->rev = rev;
    w->then = then;
    mutex_lock(&all.lock);
    w->due_ns = mono_ns() + FRESH_WAIT_MS * 1000000LL;
    bool wait = fresh_count() < FRESH_WAITS_MAX && (all.timed || stream_post(on_time, NULL));
    if (wait) {
        all.timed = true; /* on_time, which waits for the lock, sets the timer */
        add(w);
    }
    /* Whoever advances the cache looks at the count afterwards: one of us sees the other. */
    if (wait && rev <= cache_rev()) {
        take(w);
        wait = false;
    }
    mutex_unlock(&all.lock);
    return !wait;
}

void fresh_wake(void)
{
    if (!fresh_count()) return;
    struct waiter *going = NULL;
    uint64_t rev = cache_rev();
    mutex_lock(&all.lock);
    for (struct heap_item *top; (top = heap_peek(&all.by_rev));) {
        struct waiter *w = CONTAINER_OF(top, struct waiter, by_rev);
        if (w->rev > rev) break;
        release(w, &going);
    }
    mutex_unlock(&all.lock);
    go_on(going);
}

void fresh_end(void)
{
    struct waiter *going = NULL;
    mutex_lock(&all.lock);
    while (all.first) release(all.first, &going);
    all.timed = false;
    heap_release(&all.by_rev);
    mutex_unlock(&all.lock);
    go_on(going);
}
