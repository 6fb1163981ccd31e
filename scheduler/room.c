/* room.c - see room.h. Reads: the cluster's clock.   Writes: nothing outside. */
#include "scheduler/room.h"

#include "base/clk.h"
#include "base/thread.h"

#include <stdlib.h>

struct room {
    pthread_mutex_t lock; /* everything below */
    pthread_cond_t more;
    struct guest *guests;
    bool changed, asking, shut;
    struct clk_timer timer;
    pthread_t thread;
};

static void *run(void *arg);

static void timer_fired(void *arg) { room_wake(arg); }

struct room *room_new(void)
{
    struct room *r = xcalloc(1, sizeof *r);
    pthread_mutex_init(&r->lock, NULL);
    cond_init_mono(&r->more);
    clk_timer_init(&r->timer, timer_fired, r);
    r->thread = thread_start("prebind", run, r);
    return r;
}

void room_wake(struct room *r)
{
    mutex_lock(&r->lock);
    if (r->guests || r->asking) {
        r->changed = true;
        pthread_cond_signal(&r->more);
    }
    mutex_unlock(&r->lock);
}

void room_enter(struct room *r, struct guest *g)
{
    mutex_lock(&r->lock);
    g->next = r->guests;
    r->guests = g;
    r->changed = true; /* it may be through already */
    pthread_cond_signal(&r->more);
    mutex_unlock(&r->lock);
}

bool room_is_quiet(struct room *r)
{
    mutex_lock(&r->lock);
    bool quiet = !r->changed && !r->asking;
    mutex_unlock(&r->lock);
    return quiet;
}

/* Asks after each; those who go on waiting are returned. */
static struct guest *ask_all(struct guest *guests, int64_t *until_ns)
{
    struct guest *waiting = NULL;
    *until_ns = INT64_MAX;
    for (struct guest *g = guests, *next; g; g = next) {
        struct err e = ERR_INIT;
        int64_t until = INT64_MAX;
        next = g->next;
        enum prebound how = g->ask(g, &until, &e);
        if (how != PREBOUND_WAIT) {
            g->leave(g, how, &e);
            continue;
        }
        *until_ns = MIN(*until_ns, until);
        g->next = waiting;
        waiting = g;
    }
    return waiting;
}

static void come_back(struct room *r, struct guest *waiting)
{
    while (waiting) {
        struct guest *g = waiting;
        waiting = g->next;
        g->next = r->guests;
        r->guests = g;
    }
}

static void *run(void *arg)
{
    struct room *r = arg;
    mutex_lock(&r->lock);
    for (;;) {
        while (!r->changed && !r->shut) cond_wait_until(&r->more, &r->lock, INT64_MAX);
        if (r->shut) break;
        struct guest *all = r->guests;
        int64_t until_ns;
        r->guests = NULL;
        r->changed = false;
        r->asking = true;
        mutex_unlock(&r->lock);
        struct guest *waiting = ask_all(all, &until_ns);
        if (until_ns != INT64_MAX) clk_timer_start_at_ns(&r->timer, until_ns);
        mutex_lock(&r->lock);
        come_back(r, waiting);
        r->asking = false;
    }
    mutex_unlock(&r->lock);
    return NULL;
}

void room_shut(struct room *r)
{
    mutex_lock(&r->lock);
    r->shut = true;
    pthread_cond_signal(&r->more);
    mutex_unlock(&r->lock);
    thread_join(r->thread);
}

void room_free(struct room *r, void (*drop)(struct guest *g))
{
    clk_timer_stop(&r->timer);
    for (struct guest *g = r->guests, *next; g; g = next) {
        next = g->next;
        drop(g);
    }
    pthread_cond_destroy(&r->more);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
