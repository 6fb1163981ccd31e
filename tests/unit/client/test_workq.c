/* test_workq.c - no key in two hands, no change lost, delays and back-off on cluster time. */
#include "base/clk.h"
#include "base/mem.h"
#include "base/thread.h"
#include "check_main.h"
#include "client/workq.h"
#include "fake_server.h"

#include <stdatomic.h>

/* The clock stands still; only the test moves it. */
static void freeze(void)
{
    struct clk_state s;
    clk_get(&s);
    s.paused = true;
    clk_set(&s);
}

static void advance_ms(int64_t ms)
{
    struct clk_state s;
    clk_get(&s);
    s.at_ns += ms * 1000000;
    clk_set(&s);
}

/* A callback that still runs counts as due, so the clock's answer may lag behind the queue's. */
static void expect_due_in_ms(int64_t ms)
{
    FAKE_WAIT(clk_next_due_ns() == clk_ns() + ms * 1000000);
    ck_assert_int_eq(clk_next_due_ns() - clk_ns(), ms * 1000000);
}

static void expect_no_timer(void)
{
    FAKE_WAIT(clk_next_due_ns() == INT64_MAX);
    ck_assert_int_eq(clk_next_due_ns(), INT64_MAX);
}

static void expect_key(struct workq *q, const char *want)
{
    char *key = workq_get(q);
    ck_assert_str_eq(key, want);
    workq_done(q, key);
}

START_TEST(same_key_once_and_in_order)
{
    struct workq *q = workq_new("t");
    workq_add(q, STR("a"));
    workq_add(q, STR("b"));
    workq_add(q, STR("a"));
    ck_assert(!workq_idle(q));
    expect_key(q, "a");
    expect_key(q, "b");
    ck_assert(workq_idle(q));
    workq_free(q);
}
END_TEST

START_TEST(dirty_while_in_work)
{
    struct workq *q = workq_new("t");
    workq_add(q, STR("a"));
    char *key = workq_get(q);
    workq_add(q, STR("a"));
    workq_add(q, STR("b"));
    expect_key(q, "b"); /* a is in work: not given again */
    ck_assert(!workq_idle(q));
    workq_done(q, key);
    expect_key(q, "a");
    ck_assert(workq_idle(q));
    workq_free(q);
}
END_TEST

START_TEST(delays_follow_the_clock)
{
    freeze();
    struct workq *q = workq_new("t");
    workq_add_after(q, STR("late"), 5000);
    workq_add_after(q, STR("early"), 1000);
    workq_add_after(q, STR("late"), 9000); /* the earlier wins */
    workq_add_after(q, STR("early"), 400);
    workq_add_after(q, STR("now"), 0);
    expect_key(q, "now");
    ck_assert(workq_idle(q)); /* delayed keys do not keep the clock from moving */
    expect_due_in_ms(400);
    advance_ms(400);
    expect_key(q, "early");
    expect_due_in_ms(4600);
    advance_ms(10000);
    expect_key(q, "late");
    expect_no_timer();
    workq_free(q);
}
END_TEST

START_TEST(backoff_doubles_and_is_forgotten)
{
    freeze();
    struct workq *q = workq_new("t");
    int64_t want_ms = 5;
    for (int i = 0; i < 22; i++) {
        workq_add_limited(q, STR("k"));
        expect_due_in_ms(want_ms);
        advance_ms(want_ms);
        expect_key(q, "k");
        want_ms = MIN(2 * want_ms, 1000000);
    }
    workq_forget(q, STR("k"));
    workq_add_limited(q, STR("k"));
    expect_due_in_ms(5);
    workq_shutdown(q);
    ck_assert_ptr_null(workq_get(q));
    expect_no_timer();
    workq_free(q);
}
END_TEST

/* Writers raise a key's wanted version and add it; workers copy it to seen. In the end all must be equal. */
enum { KEYS = 16, WORKERS = 6, WRITERS = 4, CHANGES = 3000 };
static struct {
    struct workq *q;
    _Atomic int wanted[KEYS], seen[KEYS], inside[KEYS];
    _Atomic bool twice;
} race;

static void *race_worker(void *arg)
{
    (void)arg;
    for (char *key; (key = workq_get(race.q));) {
        int k = atoi(key);
        if (atomic_fetch_add(&race.inside[k], 1) != 0) atomic_store(&race.twice, true);
        atomic_store(&race.seen[k], atomic_load(&race.wanted[k]));
        atomic_fetch_sub(&race.inside[k], 1);
        workq_done(race.q, key);
    }
    return NULL;
}

static void *race_writer(void *arg)
{
    char key[8];
    for (int i = 0; i < CHANGES; i++) {
        int k = (int)((unsigned)i * 7 + (unsigned)(intptr_t)arg) % KEYS;
        snprintf(key, sizeof key, "%d", k);
        atomic_fetch_add(&race.wanted[k], 1);
        if (i % 16)
            workq_add(race.q, str_of(key));
        else
            workq_add_after(race.q, str_of(key), 1);
    }
    return NULL;
}

static bool all_seen(void)
{
    for (int k = 0; k < KEYS; k++)
        if (atomic_load(&race.seen[k]) != atomic_load(&race.wanted[k])) return false;
    return workq_idle(race.q);
}

START_TEST(race_nothing_twice_nothing_lost)
{
    struct clk_state s;
    clk_get(&s);
    s.paused = false;
    clk_set(&s);
    race.q = workq_new("race");
    pthread_t workers[WORKERS], writers[WRITERS];
    for (int i = 0; i < WORKERS; i++) workers[i] = thread_start("worker", race_worker, NULL);
    for (int i = 0; i < WRITERS; i++) writers[i] = thread_start("writer", race_writer, (void *)(intptr_t)i);
    for (int i = 0; i < WRITERS; i++) thread_join(writers[i]);
    FAKE_WAIT(all_seen());
    ck_assert(all_seen());
    ck_assert(!race.twice);
    workq_shutdown(race.q);
    for (int i = 0; i < WORKERS; i++) thread_join(workers[i]);
    workq_free(race.q);
}
END_TEST

TEST_MAIN("workq", same_key_once_and_in_order, dirty_while_in_work, delays_follow_the_clock,
          backoff_doubles_and_is_forgotten, race_nothing_twice_nothing_lost)
