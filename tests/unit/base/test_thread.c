/* test_thread.c - the pool runs every job once, in order on one thread, and drains at the end. */
#include "base/thread.h"

#include "base/mem.h"
#include "base/mono.h"
#include "check_main.h"

#include <stdatomic.h>

enum { JOBS = 2000 };

struct note {
    struct job job;
    int number;
};

static atomic_int ran, last, out_of_order;
static struct pool *pool;

static void run_note(struct job *j)
{
    int number = ((struct note *)j)->number;
    if (atomic_exchange(&last, number) > number) atomic_fetch_add(&out_of_order, 1);
    atomic_fetch_add(&ran, 1);
    free(j);
}

static void run_and_submit(struct job *j)
{
    struct note *next = xcalloc(1, sizeof *next);
    next->job.run = run_note;
    pool_submit(pool, &next->job);
    run_note(j);
}

static void submit_all(int threads, bool chained)
{
    atomic_store(&ran, 0);
    atomic_store(&last, -1);
    atomic_store(&out_of_order, 0);
    pool = pool_new("test", threads);
    struct job *first = NULL, **at = &first;
    for (int i = 0; i < JOBS; i++) {
        struct note *n = xcalloc(1, sizeof *n);
        *n = (struct note){.job.run = run_note, .number = i};
        if (chained) {
            *at = &n->job;
            at = &n->job.next;
        } else {
            pool_submit(pool, &n->job);
        }
    }
    pool_submit_chain(pool, first);
    pool_free(pool);
    ck_assert_int_eq(atomic_load(&ran), JOBS);
}

START_TEST(every_job_runs_once)
{
    submit_all(4, false);
    submit_all(4, true);
}
END_TEST

START_TEST(one_thread_keeps_order)
{
    submit_all(1, true);
    ck_assert_int_eq(atomic_load(&out_of_order), 0);
}
END_TEST

START_TEST(jobs_may_submit)
{
    atomic_store(&ran, 0);
    pool = pool_new("test", 2);
    for (int i = 0; i < 100; i++) {
        struct note *n = xcalloc(1, sizeof *n);
        n->job.run = run_and_submit;
        pool_submit(pool, &n->job);
    }
    pool_free(pool);
    ck_assert_int_eq(atomic_load(&ran), 200);
}
END_TEST

/* Jobs that wait for each other: a chain must wake as many workers as it has jobs. */
static pthread_mutex_t meet_lock = MUTEX_INIT;
static pthread_cond_t meet_cond;
static int met;

static void run_meet(struct job *j)
{
    (void)j;
    mutex_lock(&meet_lock);
    met++;
    pthread_cond_broadcast(&meet_cond);
    while (met < 3 && cond_wait_until(&meet_cond, &meet_lock, mono_ns() + 20000000000)) continue;
    mutex_unlock(&meet_lock);
}

START_TEST(chain_wakes_enough_workers)
{
    cond_init_mono(&meet_cond);
    struct job jobs[3] = {{&jobs[1], run_meet}, {&jobs[2], run_meet}, {NULL, run_meet}};
    met = 0;
    pool = pool_new("test", 3);
    pool_submit_chain(pool, jobs);
    mutex_lock(&meet_lock);
    while (met < 3 && cond_wait_until(&meet_cond, &meet_lock, mono_ns() + 20000000000)) continue;
    int all = met;
    mutex_unlock(&meet_lock);
    pool_free(pool);
    ck_assert_int_eq(all, 3);
}
END_TEST

START_TEST(deadline_passes)
{
    pthread_cond_t c;
    pthread_mutex_t m = MUTEX_INIT;
    cond_init_mono(&c);
    int64_t begin = mono_ns();
    mutex_lock(&m);
    while (cond_wait_until(&c, &m, begin + 5000000)) continue;
    mutex_unlock(&m);
    ck_assert_int_ge(mono_ns() - begin, 5000000);
    ck_assert_int_gt(mono_wall_ms(), 1700000000000);
    ck_assert_int_gt(mono_cpu_ns(), 0);
    pthread_cond_destroy(&c);
}
END_TEST

TEST_MAIN("thread", every_job_runs_once, one_thread_keeps_order, jobs_may_submit, chain_wakes_enough_workers,
          deadline_passes)
