/* loop.c - the stream thread: epoll, posted calls, timers.
 * Reads: descriptors given to loop_add, the post queue, real time.
 * Writes: nothing of its own; it calls. */
#include "apiserver/http/loop.h"

#include "base/heap.h"
#include "base/kassert.h"
#include "base/mem.h"
#include "base/mono.h"
#include "base/thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 256, FIRST_SLOTS = 64 };
#define NO_SLOT UINT32_MAX

struct post {
    struct post *next;
    void (*fn)(void *arg);
    void *arg;
};

struct timer {
    struct heap_item heap;
    int64_t due_ns;
    uint64_t order;
    uint32_t slot, generation;
    void (*fn)(void *arg);
    void *arg;
};

struct slot {
    struct timer *timer; /* NULL: free */
    uint32_t generation, next_free;
};

static struct loop {
    int epfd, evfd; /* made once and never closed: other threads may be about to delete a descriptor */
    pthread_t thread;
    bool (*round)(void);
    void (*last)(void);
    pthread_mutex_t lock; /* posts, running */
    struct post *head, *tail;
    bool running;
    /* loop thread only */
    bool stopping;
    struct heap timers;
    struct slot *slots;
    uint32_t nslots, free_slot;
    uint64_t orders;
} loop = {.epfd = -1, .evfd = -1, .lock = MUTEX_INIT, .free_slot = NO_SLOT};

static bool timer_less(const struct heap_item *a, const struct heap_item *b)
{
    const struct timer *x = CONTAINER_OF(a, struct timer, heap), *y = CONTAINER_OF(b, struct timer, heap);
    return x->due_ns != y->due_ns ? x->due_ns < y->due_ns : x->order < y->order;
}

static uint32_t slot_take(void)
{
    if (loop.free_slot == NO_SLOT) {
        uint32_t first = loop.nslots;
        loop.nslots = first ? first * 2 : FIRST_SLOTS;
        loop.slots = xreallocarray(loop.slots, loop.nslots, sizeof *loop.slots);
        for (uint32_t i = first; i < loop.nslots; i++)
            loop.slots[i] = (struct slot){.next_free = i + 1 < loop.nslots ? i + 1 : NO_SLOT};
        loop.free_slot = first;
    }
    uint32_t at = loop.free_slot;
    loop.free_slot = loop.slots[at].next_free;
    return at;
}

uint64_t loop_at(int64_t mono_due_ns, void (*fn)(void *arg), void *arg)
{
    struct timer *t = xcalloc(1, sizeof *t);
    uint32_t at = slot_take();
    *t = (struct timer){.due_ns = mono_due_ns, .order = loop.orders++, .slot = at, .fn = fn, .arg = arg};
    t->generation = ++loop.slots[at].generation;
    loop.slots[at].timer = t;
    heap_push(&loop.timers, &t->heap);
    return (uint64_t)t->generation << 32 | at;
}

static void timer_free(struct timer *t)
{
    loop.slots[t->slot].timer = NULL;
    loop.slots[t->slot].next_free = loop.free_slot;
    loop.free_slot = t->slot;
    heap_remove(&loop.timers, &t->heap);
    free(t);
}

void loop_cancel(uint64_t id)
{
    uint32_t at = (uint32_t)id;
    if (at >= loop.nslots) return;
    struct timer *t = loop.slots[at].timer;
    if (t && t->generation == id >> 32) timer_free(t);
}

static void run_timers(void)
{
    for (struct heap_item *top; (top = heap_peek(&loop.timers));) {
        struct timer *t = CONTAINER_OF(top, struct timer, heap);
        if (t->due_ns > mono_ns()) return;
        void (*fn)(void *) = t->fn;
        void *arg = t->arg;
        timer_free(t);
        fn(arg);
    }
}

static int wait_ms(void)
{
    const struct heap_item *top = heap_peek(&loop.timers);
    if (!top) return -1;
    int64_t left = CONTAINER_OF(top, struct timer, heap)->due_ns - mono_ns();
    if (left <= 0) return 0;
    return (int)MIN((left + 999999) / 1000000, INT32_MAX);
}

bool loop_post(void (*fn)(void *arg), void *arg)
{
    struct post *p = xmalloc(sizeof *p);
    *p = (struct post){.fn = fn, .arg = arg};
    mutex_lock(&loop.lock);
    bool running = loop.running, wake = running && !loop.head;
    if (running) {
        if (loop.head)
            loop.tail->next = p;
        else
            loop.head = p;
        loop.tail = p;
    }
    if (wake)
        (void)!write(loop.evfd, &(uint64_t){1}, sizeof(uint64_t)); /* under the lock: the descriptor outlives it */
    mutex_unlock(&loop.lock);
    if (!running) free(p);
    return running;
}

static void run_posts(void)
{
    mutex_lock(&loop.lock);
    struct post *p = loop.head;
    loop.head = loop.tail = NULL;
    mutex_unlock(&loop.lock);
    while (p) {
        struct post *next = p->next;
        p->fn(p->arg);
        free(p);
        p = next;
    }
}

static void turn(int timeout_ms)
{
    struct epoll_event events[EVENTS_PER_TURN];
    int n = epoll_wait(loop.epfd, events, EVENTS_PER_TURN, timeout_ms);
    KASSERT(n >= 0 || errno == EINTR);
    for (int i = 0; i < n; i++) {
        struct loop_io *io = events[i].data.ptr;
        if (io)
            io->fn(io, events[i].events);
        else
            (void)!read(loop.evfd, &(uint64_t){0}, sizeof(uint64_t));
    }
    run_posts(); /* after the events: an io that was deleted is freed by a post */
    run_timers();
}

static void *loop_main(void *arg)
{
    (void)arg;
    bool more = false;
    while (!loop.stopping) {
        turn(more ? 0 : wait_ms());
        more = loop.round();
    }
    loop.last();
    return NULL;
}

static void ctl(int op, int fd, uint32_t events, struct loop_io *io)
{
    struct epoll_event ev = {.events = events, .data.ptr = io};
    (void)epoll_ctl(loop.epfd, op, fd, &ev); /* a descriptor that is not there any more needs no watching */
}

void loop_add(int fd, uint32_t events, struct loop_io *io) { ctl(EPOLL_CTL_ADD, fd, events | EPOLLET, io); }
void loop_mod(int fd, uint32_t events, struct loop_io *io) { ctl(EPOLL_CTL_MOD, fd, events | EPOLLET, io); }
void loop_del(int fd) { ctl(EPOLL_CTL_DEL, fd, 0, NULL); }

void loop_start(bool (*round)(void), void (*last)(void))
{
    KASSERT(!loop.running);
    loop.round = round;
    loop.last = last;
    loop.stopping = false;
    heap_init(&loop.timers, timer_less);
    if (loop.epfd < 0) {
        loop.epfd = epoll_create1(EPOLL_CLOEXEC);
        loop.evfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        KASSERT(loop.epfd >= 0 && loop.evfd >= 0);
        ctl(EPOLL_CTL_ADD, loop.evfd, EPOLLIN, NULL);
    }
    loop.running = true;
    loop.thread = thread_start("streams", loop_main, NULL);
}

static void loop_ask_stop(void *arg)
{
    (void)arg;
    loop.stopping = true;
}

void loop_stop(void)
{
    if (!loop_post(loop_ask_stop, NULL)) return;
    thread_join(loop.thread);
    mutex_lock(&loop.lock);
    loop.running = false;
    mutex_unlock(&loop.lock);
    run_posts(); /* what came between the last turn and now */
    loop.last();
    while (heap_peek(&loop.timers)) timer_free(CONTAINER_OF(heap_peek(&loop.timers), struct timer, heap));
    heap_release(&loop.timers);
    free(loop.slots);
    loop.slots = NULL;
    loop.nslots = 0;
    loop.free_slot = NO_SLOT;
}

bool loop_running(void)
{
    mutex_lock(&loop.lock);
    bool running = loop.running;
    mutex_unlock(&loop.lock);
    return running;
}
