/* test_clk.c - virtual time: pausing, rates, and timers that fire in order. */
#include "base/clk.h"

#include "base/mem.h"
#include "base/mono.h"
#include "base/thread.h"
#include "check_main.h"

#include <stdatomic.h>
#include <string.h>

static const int64_t SECOND = 1000000000;

static pthread_mutex_t lock = MUTEX_INIT;
static pthread_cond_t changed; /* made by the first test */
static char fired[64];         /* under lock: one letter per callback */

static char *letter(const char *text) { return (char *)text; } /* note only reads it */

static void note(void *arg)
{
    mutex_lock(&lock);
    size_t n = strlen(fired);
    fired[n] = *(const char *)arg;
    fired[n + 1] = '\0';
    pthread_cond_broadcast(&changed);
    mutex_unlock(&lock);
}

static void wait_for(const char *want)
{
    int64_t deadline = mono_ns() + 20 * SECOND;
    mutex_lock(&lock);
    while (strlen(fired) < strlen(want) && cond_wait_until(&changed, &lock, deadline)) continue;
    ck_assert_str_eq(fired, want);
    fired[0] = '\0';
    mutex_unlock(&lock);
}

static void set_clock(int64_t ahead_ns, double rate, bool paused)
{
    struct clk_state s;
    clk_get(&s);
    s.at_ns += ahead_ns;
    s.rate = rate;
    s.paused = paused;
    clk_set(&s);
}

START_TEST(starts_as_the_wall_clock)
{
    cond_init_mono(&changed);
    int64_t off = clk_ms() - mono_wall_ms();
    ck_assert(off > -5000 && off < 5000);
    struct clk_state s;
    clk_get(&s);
    ck_assert(s.rate == 1 && !s.paused);
}
END_TEST

START_TEST(stands_jumps_and_never_goes_back)
{
    set_clock(0, 1, true);
    int64_t a = clk_ns();
    ck_assert_int_eq(clk_ns(), a);
    set_clock(3600 * SECOND, 1, true);
    ck_assert_int_eq(clk_ns(), a + 3600 * SECOND);
    set_clock(-1000 * SECOND, 1, true);
    ck_assert_int_eq(clk_ns(), a + 3600 * SECOND);
    ck_assert_int_eq(clk_s(), (a + 3600 * SECOND) / SECOND);
    set_clock(0, 1000, false);
    int64_t b = clk_ns(), real = mono_ns();
    while (mono_ns() - real < 2000000) continue;
    ck_assert_int_ge(clk_ns() - b, 2 * SECOND);
    struct clk_state bad = {.at_ns = 0, .rate = -1};
    clk_set(&bad);
    b = clk_ns();
    ck_assert_int_eq(clk_ns(), b);
}
END_TEST

START_TEST(timers_fire_in_order_of_due_time)
{
    static const char *letters = "abcdef";
    struct clk_timer t[6];
    set_clock(0, 1, true);
    for (int i = 0; i < 6; i++) clk_timer_init(&t[i], note, letter(&letters[i]));
    clk_timer_start_ms(&t[0], 3000);
    clk_timer_start_ms(&t[1], 1000);
    clk_timer_start_ms(&t[2], 2000);
    clk_timer_start_ms(&t[3], 2000);
    clk_timer_start_ms(&t[4], 1500);
    clk_timer_start_at_ns(&t[5], clk_ns() + 100000 * SECOND);
    ck_assert(clk_timer_stop(&t[4]));
    ck_assert(!clk_timer_stop(&t[4]));
    ck_assert_int_eq(clk_next_due_ns(), clk_ns() + SECOND);
    clk_timer_start_ms(&t[1], 2500); /* again, later */
    set_clock(2400 * SECOND / 1000, 1, true);
    wait_for("cd");
    set_clock(60 * SECOND, 1, true);
    wait_for("ba");
    ck_assert(clk_timer_stop(&t[5]));
    clk_timer_start_ms(&t[0], -5);
    wait_for("a");
    set_clock(0, 100, false);
    clk_timer_start_ms(&t[3], 1000);
    wait_for("d");
    clk_timer_start_ms(&t[3], INT64_MAX);
    ck_assert(clk_timer_stop(&t[3]));
}
END_TEST

struct again {
    struct clk_timer timer;
    int left;
};

static void start_again(void *arg)
{
    struct again *g = arg;
    if (--g->left > 0) clk_timer_start_ms(&g->timer, 0);
    note(letter("x"));
    ck_assert(g->left > 0 || !clk_timer_stop(&g->timer)); /* from its own callback: does not wait */
}

START_TEST(callbacks_may_start_their_timer)
{
    struct again g = {.left = 3};
    clk_timer_init(&g.timer, start_again, &g);
    clk_timer_start_ms(&g.timer, 0);
    wait_for("xxx");
    clk_timer_stop(&g.timer);
}
END_TEST

static atomic_bool entered, let_go, left;

static void slow(void *arg)
{
    (void)arg;
    atomic_store(&entered, true);
    while (!atomic_load(&let_go)) sched_yield();
    atomic_store(&left, true);
}

static void *let_go_soon(void *arg)
{
    (void)arg;
    int64_t begin = mono_ns();
    while (mono_ns() - begin < 20000000) sched_yield();
    atomic_store(&let_go, true);
    return NULL;
}

START_TEST(stop_waits_for_the_callback)
{
    struct clk_timer t;
    clk_timer_init(&t, slow, NULL);
    clk_timer_start_ms(&t, 0);
    while (!atomic_load(&entered)) sched_yield();
    ck_assert_int_le(clk_next_due_ns(), clk_ns()); /* a running callback is work that is due */
    pthread_t helper = thread_start("helper", let_go_soon, NULL);
    ck_assert(!clk_timer_stop(&t));
    ck_assert(atomic_load(&left));
    thread_join(helper);
}
END_TEST

static atomic_int told;
static void count_told(void *arg)
{
    ck_assert_ptr_eq(arg, &told);
    atomic_fetch_add(&told, 1);
    clk_next_due_ns(); /* no lock is held */
}

START_TEST(tells_when_the_next_due_time_changes)
{
    struct clk_timer a, b;
    set_clock(0, 1, true);
    clk_timer_init(&a, note, letter("a"));
    clk_timer_init(&b, note, letter("b"));
    clk_on_due_change(count_told, &told);
    clk_timer_start_ms(&a, 1000);
    ck_assert_int_eq(atomic_load(&told), 1);
    clk_timer_start_ms(&b, 2000);
    ck_assert_int_eq(atomic_load(&told), 1);
    clk_timer_stop(&a);
    ck_assert_int_eq(atomic_load(&told), 2);
    clk_timer_stop(&b);
    ck_assert_int_eq(atomic_load(&told), 3);
    ck_assert_int_eq(clk_next_due_ns(), INT64_MAX);
    clk_on_due_change(NULL, NULL);
    clk_timer_start_ms(&a, 1000);
    clk_timer_stop(&a);
    ck_assert_int_eq(atomic_load(&told), 3);
}
END_TEST

START_TEST(works_after_shutdown)
{
    struct clk_timer t;
    clk_timer_init(&t, note, letter("s"));
    clk_shutdown();
    clk_timer_start_ms(&t, 0);
    wait_for("s");
    clk_shutdown();
    clk_shutdown();
}
END_TEST

TEST_MAIN("clk", starts_as_the_wall_clock, stands_jumps_and_never_goes_back, timers_fire_in_order_of_due_time,
          callbacks_may_start_their_timer, stop_waits_for_the_callback, tells_when_the_next_due_time_changes,
          works_after_shutdown)
