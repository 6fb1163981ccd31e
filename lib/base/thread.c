/* thread.c - threads with blocked signals, waiting with deadlines, and the worker pool. */
#include "thread.h"

#include "kassert.h"
#include "mem.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct start {
    void *(*fn)(void *);
    void *arg;
    char name[16];
};

static void *thread_main(void *p)
{
    struct start s = *(struct start *)p;
    free(p);
    pthread_setname_np(pthread_self(), s.name);
    return s.fn(s.arg);
}

pthread_t thread_start(const char *name, void *(*fn)(void *), void *arg)
{
    struct start *s = xmalloc(sizeof *s);
    *s = (struct start){.fn = fn, .arg = arg};
    snprintf(s->name, sizeof s->name, "%s", name);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited by the new thread from its first moment */
    pthread_t t;
    int failed = pthread_create(&t, NULL, thread_main, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        fprintf(stderr, "cannot start thread %s: error %d\n", name, failed);
        abort();
    }
    return t;
}

void thread_join(pthread_t t) { KASSERT(pthread_join(t, NULL) == 0); }

void mutex_lock(pthread_mutex_t *m) { KASSERT(pthread_mutex_lock(m) == 0); }
void mutex_unlock(pthread_mutex_t *m) { KASSERT(pthread_mutex_unlock(m) == 0); }

void cond_init_mono(pthread_cond_t *c)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    KASSERT(pthread_cond_init(c, &attr) == 0);
    pthread_condattr_destroy(&attr);
}

bool cond_wait_until(pthread_cond_t *c, pthread_mutex_t *m, int64_t deadline_ns)
{
    if (deadline_ns == INT64_MAX) {
        KASSERT(pthread_cond_wait(c, m) == 0);
        return true;
    }
    if (deadline_ns < 0) deadline_ns = 0;
    struct timespec t = {.tv_sec = deadline_ns / 1000000000, .tv_nsec = deadline_ns % 1000000000};
    return pthread_cond_timedwait(c, m, &t) != ETIMEDOUT;
}

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work;     /* a job came, or the end */
    struct job *head, *tail; /* under lock, like the rest */
    size_t waiting, running;
    size_t idle;   /* workers that sleep, or were called and have not come yet */
    size_t called; /* of these: signalled and not yet awake; a second call for the same job would only cost a switch */
    bool closing;
    int threads;
    pthread_t ids[];
};

static void *worker(void *arg)
{
    struct pool *p = arg;
    mutex_lock(&p->lock);
    for (;;) {
        while (!p->head && !p->closing) {
            p->idle++;
            cond_wait_until(&p->work, &p->lock, INT64_MAX);
            p->idle--;
            if (p->called) p->called--;
        }
        struct job *j = p->head;
        if (!j) break;
        p->head = j->next;
        if (!p->head) p->tail = NULL;
        p->waiting--;
        p->running++;
        mutex_unlock(&p->lock);
        j->run(j); /* j may be freed by this */
        mutex_lock(&p->lock);
        p->running--;
    }
    mutex_unlock(&p->lock);
    return NULL;
}

struct pool *pool_new(const char *name, int threads)
{
    KASSERT(threads > 0);
    struct pool *p = xcalloc(1, sizeof *p + (size_t)threads * sizeof p->ids[0]);
    KASSERT(pthread_mutex_init(&p->lock, NULL) == 0);
    cond_init_mono(&p->work);
    p->threads = threads;
    for (int i = 0; i < threads; i++) p->ids[i] = thread_start(name, worker, p);
    return p;
}

void pool_submit(struct pool *p, struct job *j)
{
    j->next = NULL;
    pool_submit_chain(p, j);
}

void pool_submit_chain(struct pool *p, struct job *first)
{
    if (!first) return;
    size_t n = 1;
    struct job *last = first;
    for (; last->next; last = last->next) n++;
    mutex_lock(&p->lock);
    if (p->tail)
        p->tail->next = first;
    else
        p->head = first;
    p->tail = last;
    p->waiting += n;
    size_t want = MIN(p->waiting, p->idle), wake = want > p->called ? want - p->called : 0;
    p->called += wake;
    mutex_unlock(&p->lock);
    for (; wake; wake--) pthread_cond_signal(&p->work); /* unlocked: the woken one need not wait for us */
}

size_t pool_pending(struct pool *p)
{
    mutex_lock(&p->lock);
    size_t n = p->waiting + p->running;
    mutex_unlock(&p->lock);
    return n;
}

void pool_free(struct pool *p)
{
    mutex_lock(&p->lock);
    p->closing = true;
    pthread_cond_broadcast(&p->work);
    mutex_unlock(&p->lock);
    for (int i = 0; i < p->threads; i++) thread_join(p->ids[i]);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->work);
    free(p);
}
