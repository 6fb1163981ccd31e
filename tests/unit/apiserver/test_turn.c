/* test_turn.c - the turn arbiter: one at a time, only when all have come to rest, in an order that is the seed's alone.
 */
#include "apiserver/sim/turn.h"
#include "base/buf.h"
#include "base/mem.h"
#include "check_main.h"

#include <stdio.h>

static struct turn_arbiter t;
static int64_t to;

static void open_arbiter(uint64_t seed, bool advance)
{
    turn_init(&t, seed, advance);
    ck_assert(turn_join(&t, STR("scheduler")));
    ck_assert(turn_join(&t, STR("kubelet-sim")));
}

static const char *next(void)
{
    void *owner = NULL;
    switch (turn_next(&t, &owner, &to)) {
    case TURN_GRANT: return owner;
    case TURN_ADVANCE: return "advance";
    case TURN_NONE: break;
    }
    return "none";
}

static void quiet(const char *name, int64_t due) { ck_assert(turn_report(&t, str_of(name), true, 5, due)); }
static void busy(const char *name) { ck_assert(turn_report(&t, str_of(name), false, 5, INT64_MAX)); }
static void take(const char *name, const char *what)
{
    ck_assert(turn_take(&t, str_of(name), STR("key"), str_of(what), 0, (void *)(uintptr_t)what));
}

START_TEST(grants_only_when_all_rest)
{
    open_arbiter(1, false);
    take("scheduler", "a");
    ck_assert_str_eq(next(), "none"); /* nobody has reported */
    busy("scheduler");
    ck_assert_str_eq(next(), "none"); /* the kubelet has not */
    busy("kubelet-sim");
    ck_assert_str_eq(next(), "none"); /* it is at work */
    quiet("kubelet-sim", INT64_MAX);
    ck_assert_str_eq(next(), "a"); /* the scheduler waits, the kubelet is quiet */
    take("kubelet-sim", "b");
    ck_assert_str_eq(next(), "none"); /* the turn is out */
    ck_assert(!turn_give(&t, STR("kubelet-sim")));
    ck_assert(turn_give(&t, STR("scheduler")));
    ck_assert_str_eq(next(), "none"); /* the scheduler was busy when it last spoke */
    quiet("scheduler", INT64_MAX);
    ck_assert_str_eq(next(), "b");
    turn_release(&t);
}
END_TEST

/* All turns of six keys; `rotate` changes the order of arrival. */
static void history(uint64_t seed, int rotate, struct buf *out)
{
    static const char *const keys[] = {"a", "b", "c", "d", "e", "f"};
    buf_init(out, 1000);
    open_arbiter(seed, false);
    quiet("scheduler", INT64_MAX);
    quiet("kubelet-sim", INT64_MAX);
    for (int i = 0; i < 6; i++) {
        int k = (i + rotate) % 6;
        take(k % 2 ? "scheduler" : "kubelet-sim", keys[k]);
    }
    for (const char *who; strcmp(who = next(), "none") != 0;) {
        buf_cstr(out, who);
        ck_assert(turn_give(&t, STR("scheduler")) || turn_give(&t, STR("kubelet-sim")));
    }
    turn_release(&t);
}

START_TEST(order_is_the_seeds)
{
    bool differs = false;
    struct buf first AUTO_BUF = {0};
    history(42, 0, &first);
    ck_assert_uint_eq(first.n, 6);
    for (int i = 1; i < 6; i++) {
        struct buf again AUTO_BUF, other AUTO_BUF = {0};
        history(42, i, &again);
        ck_assert_str_eq(again.p, first.p);
        history((uint64_t)i, 0, &other);
        differs |= strcmp(other.p, first.p) != 0;
    }
    ck_assert(differs);
}
END_TEST

START_TEST(time_moves_when_all_is_quiet)
{
    open_arbiter(1, true);
    quiet("scheduler", 700);
    busy("kubelet-sim");
    ck_assert_str_eq(next(), "none");
    quiet("kubelet-sim", 500);
    ck_assert_str_eq(next(), "advance");
    ck_assert_int_eq(to, 500);
    ck_assert_str_eq(next(), "none"); /* the kubelet must speak first */
    quiet("kubelet-sim", 900);
    take("kubelet-sim", "a");
    ck_assert_str_eq(next(), "a"); /* work before time */
    ck_assert(turn_give(&t, STR("kubelet-sim")));
    ck_assert_str_eq(next(), "advance");
    ck_assert_int_eq(to, 700);
    quiet("scheduler", INT64_MAX);
    quiet("kubelet-sim", INT64_MAX);
    ck_assert_str_eq(next(), "none"); /* no timers */
    turn_release(&t);
    open_arbiter(1, false);
    quiet("scheduler", 1);
    quiet("kubelet-sim", 2);
    ck_assert_str_eq(next(), "none"); /* time is not ours */
    turn_release(&t);
}
END_TEST

START_TEST(who_leaves_gives_its_turn)
{
    open_arbiter(1, false);
    ck_assert(turn_join(&t, STR("scheduler"))); /* a second stream of the same */
    quiet("scheduler", INT64_MAX);
    quiet("kubelet-sim", INT64_MAX);
    take("scheduler", "a");
    ck_assert_str_eq(next(), "a");
    take("kubelet-sim", "b");
    turn_leave(&t, STR("scheduler"));
    ck_assert_str_eq(next(), "none");
    turn_leave(&t, STR("scheduler"));
    ck_assert(!turn_registered(&t, STR("scheduler")));
    ck_assert_str_eq(next(), "b");
    ck_assert(!turn_report(&t, STR("scheduler"), true, 0, 0));
    turn_release(&t);
}
END_TEST

START_TEST(is_bounded)
{
    char name[32];
    turn_init(&t, 1, false);
    ck_assert(!turn_join(&t, STR("")));
    for (int i = 0; i < TURN_COMPONENTS_MAX; i++) {
        snprintf(name, sizeof name, "c%d", i);
        ck_assert(turn_join(&t, str_of(name)));
    }
    ck_assert(!turn_join(&t, STR("one-more")));
    for (int i = 0; i < TURN_WAITERS_MAX; i++) ck_assert(turn_take(&t, STR("c0"), STR("key"), STR("x"), 0, &t));
    ck_assert(!turn_take(&t, STR("c0"), STR("key"), STR("x"), 0, &t));
    ck_assert(!turn_take(&t, STR("stranger"), STR("key"), STR("x"), 0, &t));
    turn_release(&t);
}
END_TEST

START_TEST(quiet_is_when_all_have_applied_the_newest_move)
{
    int64_t due;
    turn_init(&t, 1, false);
    ck_assert(turn_join(&t, STR("a")) && turn_join(&t, STR("b")));
    ck_assert_int_eq(turn_count(&t), 2);
    ck_assert(turn_report(&t, STR("a"), true, 1, 500));
    turn_moved(&t, STR("a"), 7);
    ck_assert(!turn_all_quiet(&t, 7, &due)); /* b has not spoken */
    ck_assert(turn_report(&t, STR("b"), true, 1, 400));
    ck_assert(!turn_all_quiet(&t, 7, &due)); /* b has not moved */
    turn_moved(&t, STR("b"), 8);
    ck_assert(turn_all_quiet(&t, 7, &due));
    ck_assert_int_eq(due, 400);
    ck_assert(turn_report(&t, STR("a"), false, 1, 500));
    ck_assert(!turn_all_quiet(&t, 7, &due));
    turn_leave(&t, STR("a"));
    ck_assert(turn_all_quiet(&t, 7, &due));
    turn_release(&t);
}
END_TEST

TEST_MAIN("turn", grants_only_when_all_rest, order_is_the_seeds, time_moves_when_all_is_quiet,
          who_leaves_gives_its_turn, is_bounded, quiet_is_when_all_have_applied_the_newest_move)
