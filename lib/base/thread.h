/* thread.h - threads, a worker pool and a mailbox. Nothing here polls. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts a thread with all signals blocked and a name (<= 15 chars). Dies on failure. */
pthread_t thread_start(const char *name, void *(*fn)(void *), void *arg);
void thread_join(pthread_t t);

#define MUTEX_INIT PTHREAD_MUTEX_INITIALIZER
void mutex_lock(pthread_mutex_t *m);
void mutex_unlock(pthread_mutex_t *m);
void cond_init_mono(pthread_cond_t *c); /* waits on CLOCK_MONOTONIC */
/* Waits until signalled or until mono_ns() >= deadline_ns; false: the deadline passed. INT64_MAX waits for ever. */
bool cond_wait_until(pthread_cond_t *c, pthread_mutex_t *m, int64_t deadline_ns);

/* Intrusive job; the owner embeds it. */
struct job {
    struct job *next;
    void (*run)(struct job *j);
};

/* A pool of workers over one FIFO. A job may submit jobs. */
struct pool;
struct pool *pool_new(const char *name, int threads);
void pool_submit(struct pool *p, struct job *j);
/* Hands over a chain (linked by next, in order) under one lock and wakes as many workers as needed. */
void pool_submit_chain(struct pool *p, struct job *first);
size_t pool_pending(struct pool *p); /* waiting and running */
void pool_free(struct pool *p);      /* runs what is queued, then joins */

#endif
