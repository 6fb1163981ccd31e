/* test_queue.c - order, back-off, waking and forgetting, on a virtual clock that stands still unless told. */
#include "base/clk.h"
#include "base/mono.h"
#include "sched_support.h"
#include "scheduler/queue.h"

#include <poll.h>
#include <unistd.h>

enum { S = 1000000000 };
static const int64_t start_ns = 1800000000LL * S;
static int64_t now_ns;
static struct profile *profile;
static struct queue *q;

/* Every test begins a day later, for the clock never goes back. */
static void up(void)
{
    static int64_t days;
    alarm(100); /* a pop that finds nothing blocks for ever */
    profile = profile_default("default-scheduler");
    q = queue_new(profile);
    days++;
    now_ns = start_ns + days * 86400 * S;
    clk_set(&(struct clk_state){.at_ns = now_ns, .rate = 1, .paused = true});
}

static void forward_ns(int64_t ns)
{
    now_ns += ns;
    clk_set(&(struct clk_state){.at_ns = now_ns, .rate = 1, .paused = true});
}

static void down(void)
{
    queue_shutdown(q);
    ck_assert_ptr_null(queue_pop(q));
    queue_free(q);
    profile_free(profile);
    ck_assert_uint_eq(sym_count(), 0);
}

static void add(const char *name, int priority, const char *more)
{
    AUTO_FREE char *spec = xasprintf("'spec':{'priority':%d%s}", priority, more);
    struct pod_info *p = pod_new(name, spec);
    queue_add(q, p);
    pod_info_unref(p);
}

static void remove_pod(const char *name)
{
    AUTO_FREE char *uid = xasprintf("uid-%s", name);
    queue_remove(q, str_of(uid));
}

static struct queued_pod *pop_named(const char *name)
{
    struct queued_pod *p = queue_pop(q);
    ck_assert_strn_eq(p->pod->name, name);
    return p;
}

static uint32_t bit(const char *plugin)
{
    int i = plugin_find(str_of(plugin));
    ck_assert_int_ge(i, 0);
    return 1u << i;
}

static bool becomes_active(void)
{
    for (int64_t end = mono_ns() + 20LL * S; queue_idle(q) && mono_ns() < end;) poll(NULL, 0, 1);
    return !queue_idle(q);
}

/* A pod that held port 80 is gone: those that NodePorts refused for that port may fit. */
static void port_is_free(int port)
{
    AUTO_FREE char *more =
        xasprintf("'spec':{'nodeName':'a','containers':[{'name':'c','ports':[{'hostPort':%d}]}]}", port);
    struct pod_info *gone = pod_new("gone", more);
    queue_event(q, &(struct sched_event){.what = EV_POD_DELETE, .pod_was = gone}, "AssignedPodDelete");
    pod_info_unref(gone);
}

#define PORT(p) ",'containers':[{'name':'c','ports':[{'hostPort':" #p "}]}]"

START_TEST(priority_then_age)
{
    up();
    add("low", 1, "");
    add("first", 5, "");
    add("second", 5, "");
    forward_ns(1);
    add("third", 5, "");
    add("high", 9, "");
    static const char *const order[] = {"high", "first", "second", "third", "low"};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        struct queued_pod *p = pop_named(order[i]);
        ck_assert_int_eq(p->attempts, 1);
        ck_assert_str_eq(p->woken_by, "PodAdd");
        ck_assert(!queue_idle(q));
        queue_done(q, p);
    }
    ck_assert(queue_idle(q));
    down();
}
END_TEST

START_TEST(an_error_backs_off_whatever_happens)
{
    up();
    add("p", 0, PORT(80));
    for (int attempt = 1; attempt <= 3; attempt++) {
        ck_assert_msg(becomes_active(), "attempt %d", attempt);
        struct queued_pod *p = pop_named("p");
        ck_assert_int_eq(p->attempts, attempt);
        queue_unschedulable(q, p, bit("NodePorts"), true);
        port_is_free(80);
        ck_assert_uint_eq(queue_waiting(q), 1);
        ck_assert(queue_idle(q));
        forward_ns(10LL * S); /* longer than any back-off */
    }
    ck_assert(becomes_active());
    down();
}
END_TEST

START_TEST(backoff_grows_to_ten_seconds)
{
    static const int64_t seconds[] = {1, 2, 4, 8, 10, 10};
    up();
    add("p", 0, PORT(80));
    for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
        ck_assert_msg(becomes_active(), "attempt %zu", i + 1);
        queue_unschedulable(q, pop_named("p"), bit("NodePorts"), true);
        forward_ns(seconds[i] * S - 1);
        ck_assert(queue_idle(q));
        forward_ns(1);
    }
    ck_assert(becomes_active());
    down();
}
END_TEST

START_TEST(events_wake_only_whom_a_hint_says)
{
    up();
    add("eighty", 0, PORT(80));
    add("ninety", 0, PORT(90));
    add("taints", 0, PORT(80));
    queue_unschedulable(q, pop_named("eighty"), bit("NodePorts"), false);
    queue_unschedulable(q, pop_named("ninety"), bit("NodePorts"), false);
    queue_unschedulable(q, pop_named("taints"), bit("TaintToleration"), false);
    forward_ns(20LL * S); /* their back-off is over: who wakes is active at once */
    queue_event(q, &(struct sched_event){.what = EV_CLAIM}, "PersistentVolumeClaim");
    ck_assert(queue_idle(q));
    ck_assert_uint_eq(queue_waiting(q), 3);
    port_is_free(90);
    struct queued_pod *p = pop_named("ninety");
    ck_assert_str_eq(p->woken_by, "AssignedPodDelete");
    ck_assert_int_eq(p->attempts, 2);
    queue_done(q, p);
    ck_assert(queue_idle(q));
    ck_assert_uint_eq(queue_waiting(q), 2);
    down();
}
END_TEST

START_TEST(a_woken_pod_still_sits_out_its_backoff)
{
    up();
    add("p", 0, PORT(80));
    add("busy", -1, "");
    queue_unschedulable(q, pop_named("p"), bit("NodePorts"), false);
    port_is_free(80);
    queue_done(q, pop_named("busy")); /* active ones come before any that backs off */
    ck_assert(queue_idle(q));
    forward_ns(1LL * S);
    ck_assert(becomes_active());
    queue_done(q, pop_named("p"));
    down();
}
END_TEST

START_TEST(an_idle_scheduler_takes_one_out_of_backoff)
{
    up();
    add("p", 0, PORT(80));
    queue_unschedulable(q, pop_named("p"), bit("NodePorts"), false);
    port_is_free(80);
    ck_assert_uint_eq(queue_waiting(q), 1);
    struct queued_pod *p = pop_named("p"); /* no time has passed */
    ck_assert_int_eq(p->attempts, 2);
    queue_done(q, p);
    down();
}
END_TEST

START_TEST(an_event_during_the_cycle_is_not_lost)
{
    up();
    add("p", 0, PORT(80));
    struct queued_pod *p = pop_named("p");
    queue_event(q, &(struct sched_event){.what = EV_CLAIM}, "PersistentVolumeClaim"); /* not what it waits for */
    queue_unschedulable(q, p, bit("NodePorts"), false);
    forward_ns(60LL * S);
    ck_assert(queue_idle(q));
    port_is_free(80);
    p = pop_named("p");
    port_is_free(80);
    queue_unschedulable(q, p, bit("NodePorts"), false);
    forward_ns(2LL * S);
    ck_assert(becomes_active());
    queue_done(q, pop_named("p"));
    down();
}
END_TEST

START_TEST(five_minutes_are_enough)
{
    up();
    add("old", 0, "");
    queue_unschedulable(q, pop_named("old"), bit("NodeName"), false);
    forward_ns(100LL * S);
    add("young", 0, "");
    queue_unschedulable(q, pop_named("young"), bit("NodeName"), false);
    forward_ns(200LL * S - 1);
    ck_assert(queue_idle(q));
    forward_ns(31LL * S); /* it is looked for now and then */
    ck_assert(becomes_active());
    queue_done(q, pop_named("old"));
    ck_assert(queue_idle(q));
    forward_ns(100LL * S);
    ck_assert(becomes_active());
    queue_done(q, pop_named("young"));
    down();
}
END_TEST

START_TEST(deleted_while_in_a_cycle)
{
    up();
    add("p", 0, "");
    add("r", 0, "");
    struct queued_pod *p = pop_named("p"), *r = pop_named("r");
    remove_pod("p");
    remove_pod("r");
    ck_assert_strn_eq(p->pod->name, "p"); /* the cycle still has it */
    queue_unschedulable(q, p, bit("NodeName"), true);
    queue_done(q, r);
    ck_assert_uint_eq(queue_waiting(q), 0);
    ck_assert(queue_idle(q));
    add("s", 0, "");
    remove_pod("s");
    remove_pod("never-seen");
    ck_assert(queue_idle(q));
    down();
}
END_TEST

START_TEST(a_changed_pod_is_looked_at_again)
{
    up();
    add("p", 0, "");
    queue_unschedulable(q, pop_named("p"), bit("TaintToleration"), false);
    forward_ns(20LL * S);
    add("p", 0, "},'status':{'phase':'Pending'"); /* a status alone: nothing that a plugin looks at */
    ck_assert(queue_idle(q));
    add("p", 0, ",'tolerations':[{'operator':'Exists'}]");
    struct queued_pod *p = pop_named("p");
    ck_assert_uint_eq(obj_count(p->pod->object->root, ".spec.tolerations"), 1);
    queue_done(q, p);
    down();
}
END_TEST

START_TEST(changed_while_in_a_cycle)
{
    up();
    add("p", 0, "");
    struct queued_pod *p = pop_named("p");
    add("p", 0, ",'tolerations':[{'operator':'Exists'}]");
    ck_assert_uint_eq(obj_count(p->pod->object->root, ".spec.tolerations"), 0); /* the cycle keeps what it began with */
    queue_unschedulable(q, p, bit("TaintToleration"), false);
    forward_ns(20LL * S);
    ck_assert(becomes_active());
    p = pop_named("p");
    ck_assert_uint_eq(obj_count(p->pod->object->root, ".spec.tolerations"), 1);
    queue_done(q, p);
    down();
}
END_TEST

START_TEST(a_new_priority_is_a_new_place)
{
    up();
    add("a", 1, "");
    add("b", 2, "");
    add("a", 3, "");
    queue_done(q, pop_named("a"));
    queue_done(q, pop_named("b"));
    down();
}
END_TEST

TEST_MAIN("queue", priority_then_age, an_error_backs_off_whatever_happens, backoff_grows_to_ten_seconds,
          events_wake_only_whom_a_hint_says, a_woken_pod_still_sits_out_its_backoff,
          an_idle_scheduler_takes_one_out_of_backoff, an_event_during_the_cycle_is_not_lost, five_minutes_are_enough,
          deleted_while_in_a_cycle, a_changed_pod_is_looked_at_again, changed_while_in_a_cycle,
          a_new_priority_is_a_new_place)
