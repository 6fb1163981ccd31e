/* test_sim.c - the control stream, gates, inside_cycles, the trace header, turns and the quiet report against a
 * scripted server. */
#include "base/clk.h"
#include "check_main.h"
#include "client/sim.h"
#include "fake_rest.h"

#include <stdatomic.h>

static struct fake_server server;
static pthread_mutex_t lock = MUTEX_INIT;
static char last_ack[1024], last_park[4096], last_report[1024], last_take[1024], last_reviewed[1024];
static bool no_group;

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    static const struct {
        const char *end;
        char *into;
        bool hold;
    } rows[] = {{"/control/ack", last_ack, false},       {"/park", last_park, true},
                {"/control/report", last_report, false}, {"/control/take", last_take, true},
                {"/control/give", NULL, false},          {"/control/reviewed", last_reviewed, false}};
    mutex_lock(&lock);
    buf_cstr(&rp->body, "{}");
    if (no_group)
        rp->status = 404;
    else if (memmem(rq->path.p, rq->path.n, "control?component=scheduler", 27)) {
        rp->stream = true;
        buf_clear(&rp->body);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows) && !no_group; i++)
        if (str_ends(rq->path, str_of(rows[i].end))) {
            if (rows[i].into) snprintf(rows[i].into, 1024, "%.*s", STR_ARG(rq->body));
            rp->hold = rows[i].hold;
        }
    mutex_unlock(&lock);
}

static bool same(const char *text, const char *want)
{
    mutex_lock(&lock);
    bool ok = strcmp(text, want) == 0;
    mutex_unlock(&lock);
    return ok;
}

static bool has(const char *text, const char *want)
{
    mutex_lock(&lock);
    bool ok = strstr(text, want) != NULL;
    mutex_unlock(&lock);
    return ok;
}

static struct rest *client;
static struct sim *sim;

static void up(void)
{
    no_group = false;
    last_ack[0] = last_park[0] = last_report[0] = last_take[0] = last_reviewed[0] = 0;
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    sim = sim_start(client, "scheduler", false);
    FAKE_WAIT(fake_streams(&server, "component=scheduler"));
}

static void state(const char *line, const char *ack)
{
    fake_push(&server, "component=scheduler", line);
    FAKE_WAIT(same(last_ack, ack));
    ck_assert_str_eq(last_ack, ack);
}

static void down(void)
{
    int64_t t = mono_ms();
    sim_stop(sim);
    ck_assert_int_lt(mono_ms() - t, 5000);
    rest_free(client);
    fake_stop(&server);
}

static const struct sim_subject web = {{"default", 7}, {"web", 3}, {"u", 1}},
                                other = {{"default", 7}, {"other", 5}, {NULL, 0}};

static _Atomic int through;

static void *pass_gate(void *arg)
{
    sim_gate(sim, STEP_PLACEMENT_COMPUTED, &web, arg, "the scheduler computes the placement");
    atomic_fetch_add(&through, 1);
    return NULL;
}

START_TEST(control_and_clock)
{
    up();
    ck_assert(!sim_wait_control(sim, 10));
    ck_assert(!sim_stepping(sim, &web) && !sim_textbook(sim, &web));
    AUTO_FREE char *line = xasprintf(
        "{\"clock\":{\"at\":%lld,\"rate\":2.5,\"paused\":true},\"generation\":3,\"steppers\":[],\"turns\":false}",
        (long long)clk_ns() + 3600000000000);
    state(line, "{\"component\":\"scheduler\",\"generation\":3}");
    ck_assert(sim_wait_control(sim, 20000));
    struct clk_state s;
    clk_get(&s);
    ck_assert(s.paused && s.rate == 2.5);
    ck_assert_int_gt(clk_s(), mono_wall_ms() / 1000 + 3500);
    fake_cut(&server, "component=scheduler"); /* comes back, keeps what it knew */
    FAKE_WAIT(fake_streams(&server, "component=scheduler"));
    clk_get(&s);
    ck_assert(s.paused);
    state("{\"clock\":{\"at\":1,\"rate\":1,\"paused\":false},\"generation\":4}",
          "{\"component\":\"scheduler\",\"generation\":4}");
    down();
}
END_TEST

static const char *const stepping =
    "{\"generation\":5,\"steppers\":[{\"name\":\"s 1\",\"generation\":5,\"namespace\":\"default\",\"pod\":\"web\","
    "\"flow\":\"textbook\",\"mode\":\"step\"}]}";

START_TEST(gates)
{
    struct arena a AUTO_ARENA = {0};
    up();
    state(stepping, "{\"component\":\"scheduler\",\"generation\":5}");
    ck_assert(sim_stepping(sim, &web) && sim_textbook(sim, &web));
    ck_assert(!sim_stepping(sim, &other) && !sim_textbook(sim, &other));
    sim_gate(sim, STEP_NODES_REQUESTED, &other, NULL, "goes through");
    struct json *facts = obj_empty(&a);
    obj_put_int(&a, facts, ".nodes", 3);
    atomic_store(&through, 0);
    pthread_t t = thread_start("gate", pass_gate, facts);
    FAKE_WAIT(fake_streams(&server, "/park"));
    ck_assert_str_eq(last_park,
                     "{\"step\":7,\"component\":\"scheduler\",\"pod\":\"web\",\"namespace\":\"default\",\"uid\":\"u\","
                     "\"message\":\"the scheduler computes the placement\",\"facts\":{\"nodes\":3}}");
    ck_assert_int_eq(fake_count(&server, "POST /apis/sim.kubestep.dev/v1/steppers/s%201/park"), 1);
    ck_assert_int_eq(through, 0);
    fake_answer_held(&server, "/park");
    thread_join(t);
    /* The stream breaks: who is parked goes on. */
    t = thread_start("gate", pass_gate, NULL);
    FAKE_WAIT(fake_streams(&server, "/park"));
    fake_cut(&server, "component=scheduler");
    thread_join(t);
    FAKE_WAIT(fake_streams(&server, "component=scheduler"));
    state("{\"generation\":6,\"steppers\":[]}", "{\"component\":\"scheduler\",\"generation\":6}");
    ck_assert(!sim_stepping(sim, &web));
    sim_gate(sim, STEP_PLACEMENT_COMPUTED, &web, NULL, "no one steps");
    /* Stopping lets go, too. */
    state(stepping, "{\"component\":\"scheduler\",\"generation\":5}");
    t = thread_start("gate", pass_gate, NULL);
    FAKE_WAIT(fake_streams(&server, "/park"));
    sim_let_go(sim);
    thread_join(t);
    ck_assert_int_eq(through, 3);
    down();
}
END_TEST

static const char *const inside =
    "{\"generation\":5,\"steppers\":["
    "{\"name\":\"any\",\"generation\":4,\"namespace\":\"\",\"pod\":\"\",\"flow\":\"real\",\"mode\":\"run\",\"points\":"
    "true,"
    "\"others\":\"Wait\",\"components\":false,\"breakpoints\":[{\"node\":\"n\"}]},"
    "{\"name\":\"web\",\"generation\":5,\"namespace\":\"default\",\"pod\":\"web\",\"flow\":\"real\",\"mode\":\"run\","
    "\"points\":true,\"others\":\"Go\",\"components\":true}]}";

static void *stop_inside(void *arg)
{
    struct arena a AUTO_ARENA = {0};
    struct json *body = obj_empty(&a);
    obj_put_cstr(&a, body, ".point", "Filter");
    struct str to = sim_park(sim, STR("any"), body, &a);
    snprintf(arg, 16, "%.*s", STR_ARG(to));
    return NULL;
}

START_TEST(inside_cycles)
{
    struct arena a AUTO_ARENA = {0};
    struct sim_points p;
    char to[16] = "?";
    up();
    ck_assert(!sim_points_of(sim, &web, false, &a, &p));
    state(inside, "{\"component\":\"scheduler\",\"generation\":5}");
    ck_assert(!sim_stepping(sim, &web) && !sim_textbook(sim, &other)); /* no gate is shut */
    ck_assert(sim_points_of(sim, &web, true, &a, &p));
    ck_assert_msg(str_eqc(p.stepper, "web") && p.named && !p.others_wait && !p.breakpoints, "its own comes first");
    ck_assert(sim_points_of(sim, &other, false, &a, &p));
    ck_assert(str_eqc(p.stepper, "any") && !p.named && p.others_wait && obj_is(p.breakpoints, "[0].node", "n"));
    ck_assert_msg(!sim_points_of(sim, &other, true, &a, &p), "a controller's");
    ck_assert(sim_points_now(sim, STR("any"), &a, &p) && p.others_wait);
    ck_assert(!sim_points_now(sim, STR("gone"), &a, &p));
    pthread_t t = thread_start("stop", stop_inside, to);
    FAKE_WAIT(fake_streams(&server, "/park"));
    ck_assert_str_eq(last_park, "{\"point\":\"Filter\"}");
    fake_answer_held_with(&server, "/park", "{\"to\":\"point\"}");
    thread_join(t);
    ck_assert_str_eq(to, "point");
    t = thread_start("stop", stop_inside, to);
    FAKE_WAIT(fake_streams(&server, "/park"));
    sim_let_go(sim);
    thread_join(t);
    ck_assert_str_eq(to, "");
    ck_assert(!sim_points_of(sim, &web, false, &a, &p));
    down();
}
END_TEST

static _Atomic bool quiet;
static bool is_quiet(void *arg) { return (void)arg, quiet; }
static uint64_t seen_rev(void *arg) { return (void)arg, 77; }

static void *one_turn(void *arg)
{
    (void)arg;
    turn_take(sim, "key", STR("default/web"));
    atomic_fetch_add(&through, 1);
    turn_give(sim);
    return NULL;
}

START_TEST(turns_and_quiet)
{
    up();
    quiet = false;
    sim_report_quiet(sim, is_quiet, seen_rev, NULL);
    sim_poke(sim);
    state("{\"generation\":7}", "{\"component\":\"scheduler\",\"generation\":7}");
    ck_assert_str_eq(last_report, ""); /* nobody wants to know */
    state("{\"generation\":8,\"move\":3}", "{\"component\":\"scheduler\",\"generation\":8}");
    FAKE_WAIT(same(last_report, "{\"component\":\"scheduler\",\"quiet\":false,\"revision\":77,\"move\":3}"));
    ck_assert_str_eq(last_report, "{\"component\":\"scheduler\",\"quiet\":false,\"revision\":77,\"move\":3}");
    quiet = true;
    sim_poke(sim);
    FAKE_WAIT(has(last_report, "\"quiet\":true"));
    ck_assert(has(last_report, "\"quiet\":true"));
    struct clk_timer timer;
    clk_timer_init(&timer, (void (*)(void *))free, NULL);
    clk_timer_start_ms(&timer, 3600000);
    AUTO_FREE char *due = xasprintf("\"nextDue\":%lld}", (long long)timer.due_ns);
    FAKE_WAIT(has(last_report, due));
    ck_assert_msg(has(last_report, due), "%s", last_report);
    ck_assert(clk_timer_stop(&timer));
    turn_take(sim, "key", STR("turns are off")); /* nothing is asked */
    turn_give(sim);
    ck_assert_int_eq(fake_count(&server, "/control/take"), 0);
    state("{\"generation\":9,\"turns\":true}", "{\"component\":\"scheduler\",\"generation\":9}");
    atomic_store(&through, 0);
    pthread_t t = thread_start("turn", one_turn, NULL);
    FAKE_WAIT(fake_streams(&server, "/control/take"));
    ck_assert_str_eq(last_take, "{\"component\":\"scheduler\",\"kind\":\"key\",\"what\":\"default/web\"}");
    ck_assert_int_eq(through, 0);
    fake_answer_held(&server, "/control/take");
    thread_join(t);
    ck_assert_int_eq(fake_count(&server, "/control/give"), 1);
    down();
}
END_TEST

START_TEST(another_kubernetes)
{
    up();
    state(stepping, "{\"component\":\"scheduler\",\"generation\":5}");
    mutex_lock(&lock);
    no_group = true;
    mutex_unlock(&lock);
    fake_cut(&server, "component=scheduler");
    FAKE_WAIT(!sim_stepping(sim, &web));
    ck_assert(!sim_stepping(sim, &web));
    sim_gate(sim, STEP_PLACEMENT_COMPUTED, &web, NULL, "x");
    sim_gate(NULL, STEP_PLACEMENT_COMPUTED, &web, NULL, "x");
    turn_take(NULL, "key", STR("x"));
    turn_give(NULL);
    sim_poke(NULL);
    ck_assert(!sim_textbook(NULL, &web) && !sim_stepping(NULL, &web));
    down();
}
END_TEST

START_TEST(trace_fits_its_header)
{
    struct arena a AUTO_ARENA = {0};
    struct trace_note t;
    struct err e;
    trace_begin(&t, &a);
    ck_assert_ptr_null(trace_header(&t));
    struct json *f = trace_add(&t, STEP_NODES_REQUESTED);
    obj_put_int(&a, f, ".revision", 12);
    const char *h = trace_header(&t);
    ck_assert_msg(strstr(h, "Kubestep-Trace: [{\"n\":4,\"t\":") == h && strstr(h, ",\"f\":{\"revision\":12}}]"), "%s",
                  h);
    f = trace_add(&t, STEP_PLACEMENT_COMPUTED);
    obj_put_cstr(&a, f, ".winner", "node-1");
    for (int i = 0; i < 200; i++) obj_put_fmt(&a, f, arena_printf(&a, ".node%d", i), "line\nbreak %d", i);
    h = trace_header(&t);
    struct str value = str_from(str_of(h), strlen("Kubestep-Trace: "));
    ck_assert_uint_le(value.n, 1024);
    ck_assert_uint_gt(value.n, 900);
    ck_assert_ptr_null(strchr(h, '\n'));
    struct json *j = json_parse(&a, value, &e);
    ck_assert_ptr_nonnull(j);
    ck_assert_int_eq(obj_int(j, "[0].f.revision", 0), 12);
    ck_assert(obj_bool(j, "[1].f.cut", false) && obj_is(j, "[1].f.winner", "node-1"));
}
END_TEST

static char told[256]; /* lock */

static void on_review(void *arg, const struct json *review)
{
    mutex_lock(&lock);
    snprintf(told, sizeof told, "%s %lld %.*s", (const char *)arg, (long long)obj_int(review, ".id", 0),
             STR_ARG(obj_str(review, ".workload[0].kind")));
    mutex_unlock(&lock);
}

START_TEST(reviews)
{
    static const char *const line = "{\"review\":{\"id\":7,\"workload\":[{\"kind\":\"Pod\"}]}}";
    struct err e = ERR_INIT;
    up();
    fake_push(&server, "component=scheduler", line); /* nobody is there to answer it yet */
    FAKE_WAIT(has(last_reviewed, "\"id\":7"));
    ck_assert_str_eq(last_reviewed, "{\"id\":7,\"code\":503,\"message\":\"the scheduler is not ready\"}");
    ck_assert(!sim_wait_control(sim, 10)); /* it is no state */
    sim_on_review(sim, on_review, (void *)(uintptr_t) "to me:");
    fake_push(&server, "component=scheduler", line);
    FAKE_WAIT(has(told, "7"));
    ck_assert_str_eq(told, "to me: 7 Pod");
    ck_assert(sim_reviewed(sim, STR("{\"id\":7,\"results\":[]}"), &e));
    ck_assert_str_eq(last_reviewed, "{\"id\":7,\"results\":[]}");
    sim_on_review(sim, NULL, NULL);
    last_reviewed[0] = told[0] = 0;
    fake_push(&server, "component=scheduler", line);
    FAKE_WAIT(has(last_reviewed, "\"code\":503"));
    ck_assert_str_eq(told, "");
    state("{\"generation\":9}", "{\"component\":\"scheduler\",\"generation\":9}"); /* lines of state go on */
    down();
}
END_TEST

TEST_MAIN("sim", control_and_clock, gates, inside_cycles, reviews, turns_and_quiet, another_kubernetes,
          trace_fits_its_header)
