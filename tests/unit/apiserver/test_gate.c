/* test_gate.c - steppers: whom they hold, when they are armed, what goes and when. */
#include "api/object.h"
#include "apiserver/sim/stepper.h"
#include "base/mono.h"
#include "check_main.h"

#include <stdio.h>

static struct park *gone;
static struct request *const fake = (struct request *)(uintptr_t)16; /* only carried */

static void then(struct request *r) { (void)r; }

static void open_steppers(void)
{
    side_seed(1);
    steppers_init();
    gone = NULL;
}

static void close_steppers(void)
{
    parks_all(&gone);
    for (struct park *next; gone; gone = next) {
        next = gone->next;
        park_free(gone);
    }
    ck_assert_uint_eq(parks_count(), 0);
    side_release(&steppers);
}

static struct stepper *stepper(const char *name, const char *ns, const char *pod, bool step)
{
    struct stepper *s = stepper_new(str_of(ns), str_of(pod), true, step);
    return stepper_add(s, str_of(name)) ? s : NULL;
}

static bool park(struct stepper *s, int step, const char *component, struct request *r)
{
    return park_add(s,
                    &(struct park_order){.step = (enum step)step,
                                         .component = component,
                                         .ns = STR("default"),
                                         .pod = STR("web"),
                                         .message = STR("m")},
                    r, then);
}

/* The numbers of the steps that went, in order; forgets them. */
static const char *went(void)
{
    static char text[256];
    size_t n = 0;
    text[0] = 0;
    for (struct park *next; gone; gone = next) {
        next = gone->next;
        n += (size_t)snprintf(text + n, sizeof text - n, "%d ", (int)gone->step);
        park_free(gone);
    }
    return text;
}

START_TEST(holds_its_own_pod)
{
    open_steppers();
    struct stepper *s = stepper("s", "", "web", true);
    ck_assert_ptr_eq(stepper_match(STR("default"), STR("web")), s);
    ck_assert_ptr_null(stepper_match(STR("other"), STR("web")));
    ck_assert_msg(!stepper("s", "", "x", true), "the name is taken");
    ck_assert(park(s, 3, "scheduler", fake));
    ck_assert(park(s, 9, "apiserver", fake));
    ck_assert_str_eq(went(), "");
    ck_assert(!park_let_go(s, 999, GO_PLUGIN, &gone));
    ck_assert(park_let_go(s, 0, GO_PLUGIN, &gone));
    ck_assert_str_eq(went(), "3 ");
    ck_assert_int_eq(s->released, 1);
    ck_assert(park_let_go(s, s->first->id, GO_PLUGIN, &gone));
    ck_assert_str_eq(went(), "9 ");
    ck_assert(!park_let_go(s, 0, GO_PLUGIN, &gone));
    close_steppers();
}
END_TEST

START_TEST(takes_the_next_pod)
{
    open_steppers();
    struct stepper *s = stepper("s", "prod", "", true);
    uint64_t before = stepper_generation();
    ck_assert(s->armed && !s->pod);
    ck_assert(!stepper_claim(STR("default"), STR("a"), true));
    ck_assert(stepper_claim(STR("prod"), STR("a"), true));
    ck_assert_uint_gt(stepper_generation(), before);
    ck_assert(!stepper_claim(STR("prod"), STR("b"), true));
    ck_assert_ptr_eq(stepper_match(STR("prod"), STR("a")), s);
    close_steppers();
}
END_TEST

START_TEST(waits_until_all_know)
{
    open_steppers();
    component_connected("scheduler", &gone);
    component_connected("kubelet-sim", &gone);
    struct stepper *s = stepper("s", "", "web", true);
    ck_assert(!s->armed);
    ck_assert(park(s, 1, "apiserver", fake));
    ck_assert(park_let_go(s, 0, GO_PLUGIN, &gone));
    ck_assert_str_eq(went(), ""); /* the scheduler might see the pod before it knows */
    component_acked(STR("scheduler"), s->generation, &gone);
    component_acked(STR("kubelet-sim"), s->generation - 1, &gone);
    component_acked(STR("kubelet-sim"), s->generation + 100, &gone); /* a generation that does not exist */
    ck_assert(!s->armed);
    component_acked(STR("kubelet-sim"), s->generation, &gone);
    ck_assert(s->armed);
    ck_assert_str_eq(went(), "1 ");
    component_disconnected("scheduler", &gone);
    component_connected("scheduler", &gone);
    ck_assert_msg(!s->armed, "a new process knows nothing");
    component_disconnected("scheduler", &gone);
    ck_assert(s->armed);
    component_disconnected("kubelet-sim", &gone);
    close_steppers();
}
END_TEST

START_TEST(run_mode_holds_nothing_but_the_unarmed)
{
    open_steppers();
    component_connected("scheduler", &gone);
    struct stepper *s = stepper("s", "", "web", false);
    ck_assert(park(s, 1, "apiserver", fake));
    ck_assert(!park(s, 3, "scheduler", fake));
    component_acked(STR("scheduler"), s->generation, &gone);
    ck_assert_str_eq(went(), "1 ");
    ck_assert(!park(s, 2, "apiserver", fake));
    component_disconnected("scheduler", &gone);
    close_steppers();
}
END_TEST

START_TEST(all_go_on_run_and_delete)
{
    open_steppers();
    struct stepper *s = stepper("s", "", "web", true);
    park(s, 3, "scheduler", fake);
    park(s, 10, "kubelet-sim", fake);
    stepper_change(s, true, false, &gone);
    ck_assert_str_eq(went(), "3 10 ");
    stepper_change(s, true, true, &gone);
    ck_assert(park(s, 11, "kubelet-sim", fake));
    stepper_delete(s, &gone);
    ck_assert_str_eq(went(), "11 ");
    ck_assert_ptr_null(stepper_match(STR("default"), STR("web")));
    close_steppers();
}
END_TEST

START_TEST(a_lost_components_parks_go)
{
    open_steppers();
    component_connected("scheduler", &gone);
    component_connected("scheduler", &gone);
    struct stepper *s = stepper("s", "", "web", true);
    park(s, 3, "scheduler", fake);
    park(s, 9, "apiserver", fake);
    component_disconnected("scheduler", &gone);
    ck_assert_str_eq(went(), "");
    component_disconnected("scheduler", &gone);
    ck_assert_str_eq(went(), "3 ");
    ck_assert_uint_eq(parks_count(), 1);
    close_steppers();
}
END_TEST

static struct request *const left = (struct request *)(uintptr_t)32;
static bool has_left(const struct request *r) { return r == left; }

START_TEST(no_gate_stays_shut)
{
    open_steppers();
    component_connected("scheduler", &gone);
    struct stepper *s = stepper("s", "", "web", true);
    park(s, 1, "apiserver", fake);
    park(s, 3, "scheduler", left);
    park(s, 4, "scheduler", fake);
    int64_t now = mono_ns();
    parks_sweep(now, has_left, &gone);
    ck_assert_str_eq(went(), "3 ");
    ck_assert(park_let_go(s, 0, GO_PLUGIN, &gone));
    ck_assert_str_eq(went(), "");
    parks_sweep(now + (int64_t)(ARM_WAIT_MS + 1000) * 1000000, has_left, &gone);
    ck_assert_str_eq(went(), "1 "); /* a component that never answers stops nobody */
    parks_sweep(now + (int64_t)(PARK_MAX_MS + 1000) * 1000000, has_left, &gone);
    ck_assert_str_eq(went(), "4 ");
    component_disconnected("scheduler", &gone);
    close_steppers();
}
END_TEST

START_TEST(is_bounded)
{
    char name[32];
    open_steppers();
    struct stepper *first = stepper("s", "", "web", true);
    for (int i = 1; i < STEPPERS_MAX; i++) {
        snprintf(name, sizeof name, "s%d", i);
        ck_assert(stepper(name, "", "", true));
    }
    ck_assert(!stepper("more", "", "", true));
    for (int i = 0; i < PARKS_MAX; i++) ck_assert(park(first, 3, "scheduler", fake));
    ck_assert(!park(first, 3, "scheduler", fake));
    close_steppers();
}
END_TEST

START_TEST(shows_what_is_held)
{
    open_steppers();
    struct stepper *s = stepper("s", "", "web", true);
    struct park_order o = {.step = STEP_PLACEMENT_COMPUTED,
                           .component = "scheduler",
                           .ns = STR("default"),
                           .pod = STR("web"),
                           .message = STR("it \"scores\""),
                           .facts = STR("{\"n\":3}")};
    ck_assert(park_add(s, &o, fake, then));
    struct buf b AUTO_BUF = {0};
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    buf_init(&b, 100000);
    side_write(&b, &steppers, &s->e, true, false);
    const struct json *j = json_parse(&a, buf_view(&b), &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    ck_assert(obj_is(j, ".spec.mode", "step") && obj_is(j, ".spec.flow", "textbook") &&
              obj_bool(j, ".status.armed", false));
    ck_assert(obj_is(j, ".status.pod", "web") && obj_is(j, ".status.parked[0].slug", "placement-computed"));
    ck_assert(obj_is(j, ".status.parked[0].message", "it \"scores\""));
    ck_assert_int_eq(obj_int(j, ".status.parked[0].facts.n", 0), 3);
    close_steppers();
}
END_TEST

/* ---- Inside cycles ---- */

static struct stepper *inside_stepper(const char *name, const char *pod)
{
    struct stepper *s = stepper_new(STR(""), str_of(pod), false, false);
    s->points = true;
    return stepper_add(s, str_of(name)) ? s : NULL;
}

static bool stop_inside(struct stepper *s, const char *pod)
{
    return park_add(s,
                    &(struct park_order){.step = STEP_PLACEMENT_COMPUTED,
                                         .component = "scheduler",
                                         .ns = STR("default"),
                                         .pod = str_of(pod),
                                         .message = STR("m"),
                                         .inside = STR(",\"point\":\"Filter\",\"score\":3")},
                    fake, then);
}

/* How far those go that were let go, in order; forgets them. */
static const char *how_far(void)
{
    static char text[256];
    size_t n = 0;
    text[0] = 0;
    for (struct park *next; gone; gone = next) {
        next = gone->next;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s %s;", gone->pod, going_names[gone->to]);
        park_free(gone);
    }
    return text;
}

START_TEST(one_that_roams_is_told_and_claims_nobody)
{
    open_steppers();
    component_connected("scheduler", &gone);
    struct stepper *s = inside_stepper("s", "");
    ck_assert(stepper_roams(s) && !s->armed && s->generation > 0);
    component_acked(STR("scheduler"), s->generation, &gone);
    ck_assert(s->armed);
    ck_assert(!stepper_claim(STR("default"), STR("a"), true));
    ck_assert_ptr_null(stepper_match(STR("default"), STR("a")));
    struct stepper *named = inside_stepper("n", "web");
    ck_assert(!stepper_roams(named));
    ck_assert_ptr_eq(stepper_match(STR("default"), STR("web")), named);
    component_disconnected("scheduler", &gone);
    close_steppers();
}
END_TEST

START_TEST(a_cycle_goes_as_far_as_it_is_told)
{
    open_steppers();
    struct stepper *s = inside_stepper("s", "");
    ck_assert_msg(!park(s, 7, "scheduler", fake), "mode run: the gates are open");
    ck_assert(stop_inside(s, "a"));
    ck_assert(park_let_go(s, 0, GO_POINT, &gone));
    ck_assert(stop_inside(s, "b"));
    ck_assert(park_let_go(s, s->first->id, GO_BREAKPOINT, &gone));
    ck_assert_str_eq(how_far(), "a point;b breakpoint;");
    ck_assert(stop_inside(s, "c"));
    stepper_set_breakpoints(s, STR("[{}]"));
    stepper_change(s, false, false, &gone);
    ck_assert_str_eq(how_far(), ""); /* it stands still though the stepper changed */
    s->points = false;
    stepper_change(s, false, false, &gone);
    ck_assert_str_eq(how_far(), "c end;");
    ck_assert(!stop_inside(s, "d"));
    close_steppers();
}
END_TEST

START_TEST(a_cycle_does_not_stand_for_ever)
{
    open_steppers();
    component_connected("scheduler", &gone);
    struct stepper *s = inside_stepper("s", ""), *t = inside_stepper("t", "web");
    stop_inside(s, "a");
    stop_inside(s, "b");
    stop_inside(t, "web");
    parks_of_pod(STR("other"), STR("a"), &gone);
    ck_assert_str_eq(how_far(), "");
    parks_of_pod(STR("default"), STR("a"), &gone);
    ck_assert_str_eq(how_far(), "a end;");
    component_disconnected("scheduler", &gone);
    ck_assert_str_eq(how_far(), "b end;web end;");
    stop_inside(s, "c");
    parks_sweep(mono_ns() + (int64_t)(PARK_MAX_MS + 1000) * 1000000, has_left, &gone);
    ck_assert_str_eq(how_far(), "c end;");
    stop_inside(s, "d");
    stepper_delete(s, &gone);
    ck_assert_str_eq(how_far(), "d end;");
    close_steppers();
}
END_TEST

START_TEST(an_attached_one_ends_with_its_watch)
{
    const int64_t second = 1000000000;
    open_steppers();
    struct stepper *s = inside_stepper("s", ""), *free_one = inside_stepper("f", "");
    s->attached = true;
    int64_t now = s->alone_since_ns;
    ck_assert(steppers_sweep(now + second, &gone)); /* it may still come */
    stepper_watched(s, true, now + second);
    stepper_watched(s, true, now + 2 * second);
    ck_assert(!steppers_sweep(now + 100 * second, &gone));
    stepper_watched(s, false, now + 100 * second);
    ck_assert(!steppers_sweep(now + 200 * second, &gone));
    stop_inside(s, "a");
    stepper_watched(s, false, now + 200 * second);
    ck_assert(steppers_sweep(now + 201 * second, &gone)); /* a watch is opened anew */
    ck_assert_ptr_eq(stepper_find(STR("s")), s);
    ck_assert(!steppers_sweep(now + 206 * second, &gone));
    ck_assert_ptr_null(stepper_find(STR("s")));
    ck_assert_str_eq(how_far(), "a end;");
    ck_assert_ptr_eq(stepper_find(STR("f")), free_one);
    close_steppers();
}
END_TEST

START_TEST(tells_of_cycles)
{
    open_steppers();
    struct stepper *s = inside_stepper("s", "");
    s->others_wait = s->attached = true;
    stepper_set_breakpoints(s, STR("[{\"node\":\"a\"}]"));
    stop_inside(s, "web");
    for (int i = 0; i < STEPPED_KEPT + 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        stepper_done(s, STR("default"), str_of(name), i % 2 ? STR("node-1") : STR_NULL, STR("\"why\""));
    }
    struct buf b AUTO_BUF = {0};
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    buf_init(&b, 100000);
    side_write(&b, &steppers, &s->e, true, false);
    const struct json *j = json_parse(&a, buf_view(&b), &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    ck_assert(obj_bool(j, ".spec.points", false) && obj_bool(j, ".spec.attached", false) &&
              obj_is(j, ".spec.others", "Wait") && obj_is(j, ".spec.breakpoints[0].node", "a"));
    ck_assert(obj_is(j, ".status.parked[0].point", "Filter"));
    ck_assert_int_eq(obj_int(j, ".status.parked[0].score", 0), 3);
    ck_assert_uint_eq(obj_count(j, ".status.done"), STEPPED_KEPT);
    ck_assert(obj_is(j, ".status.done[0].pod", "p3") && obj_is(j, ".status.done[0].node", "node-1") &&
              obj_is(j, ".status.done[7].pod", "p10") && !obj_has(j, ".status.done[7].node"));
    ck_assert_int_lt(obj_int(j, ".status.done[0].id", 0), obj_int(j, ".status.done[7].id", 0));
    close_steppers();
}
END_TEST

TEST_MAIN("gate", holds_its_own_pod, takes_the_next_pod, waits_until_all_know, run_mode_holds_nothing_but_the_unarmed,
          all_go_on_run_and_delete, a_lost_components_parks_go, no_gate_stays_shut, is_bounded, shows_what_is_held,
          one_that_roams_is_told_and_claims_nobody, a_cycle_goes_as_far_as_it_is_told, a_cycle_does_not_stand_for_ever,
          an_attached_one_ends_with_its_watch, tells_of_cycles)
