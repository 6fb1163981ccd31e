/* test_fresh.c - requests that wait for a revision: woken by the commit, by time, by the end; and no more than so many.
 */
#include "apiserver/watch/fresh.h"

#include "apiserver/http/stream.h"
#include "cache_support.h"
#include "request_support.h"

#include <stdatomic.h>

static struct pool *pool;
static _Atomic int woken;
static _Atomic int64_t woken_at;

static void on_woken(struct request *r)
{
    atomic_store(&woken_at, mono_ms());
    atomic_fetch_add(&woken, 1);
    request_end(r);
}

static void wait_woken(int want)
{
    int64_t deadline = mono_ms() + 20000;
    while (atomic_load(&woken) < want) {
        ck_assert_msg(mono_ms() < deadline, "%d of %d", atomic_load(&woken), want);
        mono_sleep_ms(1);
    }
}

static void start(void)
{
    open_store();
    open_cache();
    stream_init();
    pool = pool_new("test", 2);
    request_set_pool(pool);
    atomic_store(&woken, 0);
}

static void stop(void)
{
    stream_shutdown();
    fresh_end();
    close_all(); /* its writer may still be about to wake a worker */
    pool_free(pool);
    request_set_pool(NULL);
}

static void add(uint64_t rev) { ck_assert(!fresh_wait(request_begin("GET", "/x", NULL), rev, on_woken)); }

START_TEST(test_woken_by_a_commit)
{
    start();
    uint64_t now = cache_rev();
    struct request *r = request_begin("GET", "/x", NULL);
    ck_assert(fresh_wait(r, 0, on_woken) && fresh_wait(r, now, on_woken)); /* nothing to wait for */
    request_end(r);
    add(now + 2);
    add(now + 1);
    add(now + 3);
    add(now + 1);
    ck_assert_uint_eq(fresh_count(), 4);
    (void)put_pod("a", "p", "", "");
    wait_woken(2);
    ck_assert_uint_eq(fresh_count(), 2);
    (void)put_pod("a", "q", "", "");
    wait_woken(3);
    (void)put_pod("a", "r", "", "");
    wait_woken(4);
    ck_assert_uint_eq(fresh_count(), 0);
    stop();
}
END_TEST

START_TEST(test_woken_by_time)
{
    start();
    int64_t began = mono_ms();
    add(cache_rev() + 100);
    mono_sleep_ms(50);
    add(cache_rev() + 100); /* has a time of its own */
    wait_woken(1);
    int64_t first = atomic_load(&woken_at) - began;
    ck_assert_msg(first >= FRESH_WAIT_MS && first < FRESH_WAIT_MS + 2000, "%d ms", (int)first);
    wait_woken(2);
    ck_assert_int_ge(mono_ms() - began, FRESH_WAIT_MS + 50);
    ck_assert_uint_eq(fresh_count(), 0);
    stop();
}
END_TEST

START_TEST(test_bounded_and_ended)
{
    start();
    for (int i = 0; i < FRESH_WAITS_MAX; i++) add(cache_rev() + 100);
    struct request *r = request_begin("GET", "/x", NULL);
    ck_assert(fresh_wait(r, cache_rev() + 100, on_woken)); /* one too many: at once */
    stream_shutdown();
    fresh_end();
    wait_woken(FRESH_WAITS_MAX);
    ck_assert(fresh_wait(r, cache_rev() + 100, on_woken)); /* nobody waits any more */
    request_end(r);
    stop();
}
END_TEST

/* Commits and waiters at the same time: nobody is forgotten. */
static void *writer(void *arg)
{
    for (int i = 0; i < *(int *)arg; i++) (void)put_pod("a", "p", "", "");
    return NULL;
}

START_TEST(test_race)
{
    enum { COMMITS = 2000 };
    start();
    uint64_t from = cache_rev();
    int commits = COMMITS, waited = 0;
    pthread_t t = thread_start("writer", writer, &commits);
    int64_t began = mono_ms();
    for (int i = 1; i <= COMMITS; i++) {
        struct request *r = request_begin("GET", "/x", NULL);
        if (fresh_wait(r, from + (uint64_t)i, on_woken))
            request_end(r);
        else
            waited++;
    }
    thread_join(t);
    wait_woken(waited);
    ck_assert_uint_eq(fresh_count(), 0);
    ck_assert_msg(mono_ms() - began < 60000, "somebody slept");
    stop();
}
END_TEST

TEST_MAIN("fresh", test_woken_by_a_commit, test_woken_by_time, test_race, test_bounded_and_ended)
