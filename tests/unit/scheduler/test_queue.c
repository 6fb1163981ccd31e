/* test_queue.c - order, back-off, gates, waking and forgetting, on a virtual clock that stands still unless told. */
#include "base/clk.h"
#include "base/mono.h"
#include "scheduler/config_priv.h"
#include "scheduler/preempting.h"
#include "scheduler/queue.h"
#include "world.h"

#include <poll.h>
#include <unistd.h>

enum { S = 1000000000 };
static const int64_t start_ns = 1800000000LL * S;
static int64_t now_ns;
static struct queue *q;

static uint32_t bit(const char *plugin)
{
    int at = plugin_find(str_of(plugin));
    ck_assert_int_ge(at, 0);
    return 1u << at;
}

/* Every test begins a day later, for the clock never goes back. */
static void up_with(const struct queue_options *options)
{
    static int64_t days;
    alarm(100); /* a pop that finds nothing blocks for ever */
    world_up();
    q = queue_new(config, options);
    now_ns = start_ns + ++days * 86400 * S;
    clk_set(&(struct clk_state){.at_ns = now_ns, .rate = 1, .paused = true});
}

static void up(void) { up_with(NULL); }

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
    world_down();
}

static struct pod_info *pod(const char *name, int priority, const char *meta, const char *spec, const char *status)
{
    const struct object *o AUTO_OBJ = pod_object(name, priority, "1", meta, spec, status);
    return pod_info_new(o, true);
}

static void add_with(const char *name, int priority, const char *meta, const char *spec, const char *status)
{
    struct pod_info *p = pod(name, priority, meta, spec, status);
    pod_info_unref(queue_add(q, p));
    pod_info_unref(p);
}

static void add(const char *name, int priority) { add_with(name, priority, "", "", ""); }

static void remove_pod(const char *name)
{
    AUTO_FREE char *uid = xasprintf("uid-%s", name);
    pod_info_unref(queue_remove(q, str_of(uid)));
}

static struct queued_pod *pop_named(const char *name)
{
    struct queued_pod *p = queue_pop(q);
    ck_assert_strn_eq(p->pod->name, name);
    return p;
}

/* A pod of another node's ended. */
static void pod_ends_up_to(int priority)
{
    struct pod_info *was = pod("ended", 0, "", ",\"nodeName\":\"n\"", "");
    const struct sched_event e = {.what = EV_POD_DELETE, .pod_was = was};
    queue_event_up_to(q, &e, "AssignedPodDelete", priority);
    pod_info_unref(was);
}

static void pod_ends(void) { pod_ends_up_to(INT32_MAX); }

/* A node came, as the cache tells of it: gone when the call is over. */
static void node_tells(unsigned what, const char *name, const char *taints)
{
    AUTO_FREE char *spec = xasprintf("\"taints\":[%s]", taints);
    const struct object *o AUTO_OBJ = node_object("new", 4, "", spec);
    cache_set_node(cache, o, NULL, NULL);
    cache_lock(cache);
    struct node_info *n = cache_node(cache, STR("new"));
    const struct sched_event e = {.what = what, .was = what == EV_NODE_ADD ? NULL : n, .node = n};
    queue_event(q, &e, name);
    cache_unlock(cache);
    cache_remove_node(cache, STR("new"), NULL, NULL);
}

static void node_comes(const char *taints) { node_tells(EV_NODE_ADD, "NodeAdd", taints); }

/* One attempt that these plugins end. */
static void refused(const char *name, uint32_t refusers)
{
    ck_assert(queue_unschedulable(q, pop_named(name), refusers));
}

static bool becomes_active(void)
{
    for (int64_t end = mono_ns() + 20LL * S; queue_idle(q) && mono_ns() < end;) poll(NULL, 0, 1);
    return !queue_idle(q);
}

static const struct queue_move *last_move(const struct queued_pod *p, int back)
{
    return &p->moves[(p->nmoves - 1 - back) % QUEUE_MOVES];
}

/* ---- Order ---- */

START_TEST(priority_then_age)
{
    static const char *const order[] = {"high", "first", "second", "third", "low"};
    up();
    add("low", 1);
    add("first", 5);
    add("second", 5);
    forward_ns(1);
    add("third", 5);
    add("high", 9);
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        struct queued_pod *p = pop_named(order[i]);
        ck_assert_int_eq(p->attempts, 1);
        ck_assert_str_eq(p->woken_by, "UnschedulablePodAdd");
        queue_done(q, p);
    }
    ck_assert(queue_idle(q));
    down();
}
END_TEST

/* What was refused goes behind those that came meanwhile, however long ago it came first. */
START_TEST(age_counts_from_the_last_refusal)
{
    up();
    add("old", 5);
    forward_ns(S);
    refused("old", bit("NodeResourcesFit"));
    add("new", 5);
    forward_ns(1);
    add("newest", 5);
    forward_ns(10LL * S);
    pod_ends();
    queue_done(q, pop_named("old"));
    queue_done(q, pop_named("new"));
    queue_done(q, pop_named("newest"));
    down();
}
END_TEST

START_TEST(a_changed_priority_counts)
{
    up();
    add("a", 1);
    add("b", 2);
    add("a", 3);
    queue_done(q, pop_named("a"));
    queue_done(q, pop_named("b"));
    down();
}
END_TEST

/* ---- Back-off ---- */

/* An attempt that failed waits 1, 2, 4, 8, 10, 10 s, to the end of the second in which that is over. */
START_TEST(failures_back_off)
{
    static const int64_t seconds[] = {1, 2, 4, 8, 10, 10};
    up();
    forward_ns(S / 4);
    add("p", 0);
    for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
        ck_assert_msg(becomes_active(), "attempt %zu", i + 1);
        refused("p", 0);
        pod_ends();
        ck_assert_uint_eq(queue_waiting(q), 1);
        ck_assert(queue_idle(q)); /* it is not taken early */
        int64_t end = now_ns - now_ns % S + (seconds[i] + 1) * S;
        forward_ns(end - now_ns - 1);
        ck_assert(queue_idle(q));
        forward_ns(1);
        ck_assert(becomes_active());
        forward_ns(S / 4);
    }
    down();
}
END_TEST

/* Failures in a row count anew after a refusal; refusals go on counting. */
START_TEST(failures_and_refusals_count_apart)
{
    up();
    add("p", 0);
    refused("p", 0);
    forward_ns(2LL * S);
    ck_assert(becomes_active());
    refused("p", 0); /* 2 s */
    forward_ns(3LL * S);
    ck_assert(becomes_active());
    refused("p", bit("NodeResourcesFit")); /* its first refusal: 1 s */
    pod_ends();
    forward_ns(2LL * S);
    ck_assert(becomes_active());
    refused("p", 0); /* again the first failure: 1 s */
    forward_ns(2LL * S - 1);
    ck_assert(queue_idle(q));
    forward_ns(1);
    ck_assert(becomes_active());
    down();
}
END_TEST

START_TEST(options)
{
    up_with(&(struct queue_options){.backoff_first_ms = 3000, .backoff_max_ms = 5000, .unschedulable_max_ms = 60000});
    add("p", 0);
    for (int i = 0; i < 3; i++) {
        refused("p", 0);
        forward_ns((i ? 6LL : 4LL) * S - 1);
        ck_assert(queue_idle(q));
        forward_ns(1);
        ck_assert(becomes_active());
    }
    refused("p", bit("NodeName"));
    forward_ns(60LL * S);
    ck_assert(becomes_active());
    queue_done(q, pop_named("p"));
    down();
    up_with(&(struct queue_options){.backoff_first_ms = 1000, .unschedulable_max_ms = 60000}); /* no back-off */
    add("p", 0);
    refused("p", 0);
    ck_assert(!queue_idle(q));
    down();
}
END_TEST

/* When nothing is active the first of those that back off goes early, but no failed one. */
START_TEST(an_idle_scheduler_takes_one_out_of_backoff)
{
    up();
    add("failed", 9);
    refused("failed", 0);
    add("low", 1);
    refused("low", bit("NodeResourcesFit"));
    add("high", 5);
    refused("high", bit("NodeResourcesFit"));
    pod_ends();
    struct queued_pod *p = pop_named("high"); /* both end in the same second: then the priority counts */
    ck_assert_str_eq(p->woken_by, "AssignedPodDelete");
    ck_assert_str_eq(last_move(p, 0)->event, "PopFromBackoffQ");
    ck_assert_int_eq(last_move(p, 1)->to, QUEUE_BACKOFF);
    queue_done(q, p);
    queue_done(q, pop_named("low"));
    ck_assert(queue_idle(q));
    ck_assert_uint_eq(queue_waiting(q), 1);
    down();
}
END_TEST

/* ---- Waking ---- */

START_TEST(only_what_may_help_wakes)
{
    up();
    add("p", 0);
    refused("p", bit("NodeAffinity"));
    forward_ns(30LL * S);
    pod_ends(); /* NodeAffinity does not wait for that */
    ck_assert(queue_idle(q));
    add("t", 0);
    refused("t", bit("TaintToleration"));
    node_comes("{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}"); /* its hint says no; the other has room */
    queue_done(q, pop_named("p"));
    ck_assert(queue_idle(q));
    node_comes("");
    struct queued_pod *p = pop_named("t");
    ck_assert_str_eq(p->woken_by, "NodeAdd");
    ck_assert_uint_eq(p->refusers, bit("TaintToleration"));
    queue_done(q, p);
    down();
}
END_TEST

/* A change of taints is told to all that wait for nodes, as upstream does. */
START_TEST(taints_wake_whoever_waits_for_nodes)
{
    up();
    add("p", 0);
    refused("p", bit("NodePorts"));
    node_tells(EV_NODE_TAINT, "NodeUpdateNodeTaint", "");
    queue_done(q, pop_named("p"));
    down();
}
END_TEST

START_TEST(up_to_a_priority)
{
    up();
    add("high", 9);
    add("low", 2);
    refused("high", bit("NodeResourcesFit"));
    refused("low", bit("NodeResourcesFit"));
    pod_ends_up_to(2);
    queue_done(q, pop_named("low"));
    ck_assert(queue_idle(q));
    down();
}
END_TEST

START_TEST(five_minutes)
{
    up();
    add("p", 0);
    refused("p", bit("NodeAffinity"));
    forward_ns(1);
    add("later", 0);
    refused("later", bit("NodeAffinity"));
    forward_ns(300LL * S - 2);
    ck_assert(queue_idle(q));
    forward_ns(1);
    ck_assert(becomes_active());
    struct queued_pod *p = pop_named("p");
    ck_assert_str_eq(p->woken_by, "UnschedulableTimeout");
    queue_done(q, p);
    ck_assert(queue_idle(q));
    forward_ns(1);
    ck_assert(becomes_active());
    queue_done(q, pop_named("later"));
    down();
}
END_TEST

START_TEST(activate)
{
    up();
    add("p", 0);
    refused("p", bit("NodeAffinity"));
    queue_activate(q, STR("uid-p"));
    struct queued_pod *p = pop_named("p"); /* at once, whatever its back-off */
    ck_assert_str_eq(p->woken_by, "ForceActivate");
    queue_activate(q, STR("uid-p"));
    ck_assert(queue_unschedulable(q, p, bit("NodeAffinity")));
    ck_assert(!queue_idle(q)); /* it does not wait for an event */
    queue_done(q, pop_named("p"));
    queue_activate(q, STR("uid-nobody"));
    down();
}
END_TEST

/* ---- The pod itself changes ---- */

START_TEST(own_changes)
{
    static const struct {
        const char *meta, *spec, *status, *woken;
    } cases[] = {
        {"", ",\"tolerations\":[{\"operator\":\"Exists\"}]", "", "UnschedulablePodUpdatePodToleration"},
        {"", "", ",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\"}]", NULL},
        {"", "", ",\"nominatedNodeName\":\"n\"", NULL},
        {",\"annotations\":{\"a\":\"b\"}", "", "", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        up();
        add("p", 0);
        refused("p", bit("TaintToleration"));
        add_with("p", 0, cases[i].meta, cases[i].spec, cases[i].status);
        ck_assert_int_eq(queue_idle(q), cases[i].woken == NULL);
        if (cases[i].woken) {
            struct queued_pod *p = pop_named("p");
            ck_assert_str_eq(p->woken_by, cases[i].woken);
            queue_done(q, p);
        }
        down();
    }
}
END_TEST

START_TEST(the_newest_version_comes_out)
{
    up();
    add("p", 0);
    struct queued_pod *p = pop_named("p");
    add_with("p", 0, "", ",\"tolerations\":[{\"operator\":\"Exists\"}]", "");
    ck_assert_int_eq(p->pod->ntolerations, 0); /* a cycle keeps what it began with */
    ck_assert(queue_unschedulable(q, p, bit("TaintToleration")));
    p = pop_named("p"); /* what changed meanwhile may help */
    ck_assert_int_eq(p->pod->ntolerations, 1);
    ck_assert_str_eq(p->woken_by, "UnschedulablePodUpdatePodToleration");
    queue_done(q, p);
    down();
}
END_TEST

/* ---- While it is in a cycle ---- */

START_TEST(events_during_a_cycle_are_told_afterwards)
{
    up();
    node_comes(""); /* before: no matter */
    add("p", 0);
    struct queued_pod *p = pop_named("p");
    node_comes("{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}");
    pod_ends();
    ck_assert(queue_unschedulable(q, p, bit("TaintToleration"))); /* neither helps against a taint */
    ck_assert(queue_idle(q));
    queue_activate(q, STR("uid-p"));
    p = pop_named("p");
    node_comes("");
    ck_assert(queue_unschedulable(q, p, bit("TaintToleration")));
    ck_assert_uint_eq(queue_waiting(q), 1);
    p = pop_named("p");
    ck_assert_str_eq(p->woken_by, "NodeAdd");
    ck_assert_str_eq(last_move(p, 1)->event, "ScheduleAttemptFailure");
    queue_done(q, p);
    down();
}
END_TEST

/* Another pod's change is none of this one's business. */
START_TEST(changes_of_others_in_cycles)
{
    up();
    add("a", 1);
    add("b", 0);
    struct queued_pod *a = pop_named("a"), *b = pop_named("b");
    add_with("b", 0, "", ",\"tolerations\":[{\"operator\":\"Exists\"}]", "");
    ck_assert(queue_unschedulable(q, a, bit("TaintToleration")));
    queue_done(q, b);
    ck_assert(queue_idle(q));
    down();
}
END_TEST

/* More events than are kept: the pod tries again instead of waiting for what it missed; later cycles do not. */
START_TEST(too_many_events)
{
    up();
    add("p", 0);
    struct queued_pod *p = pop_named("p");
    for (int i = 0; i < EVENTS_KEPT; i++) pod_ends();
    ck_assert(queue_unschedulable(q, p, bit("NodeAffinity")));
    ck_assert(queue_idle(q));
    queue_activate(q, STR("uid-p"));
    p = pop_named("p");
    for (int i = 0; i <= EVENTS_KEPT; i++) pod_ends();
    ck_assert(queue_unschedulable(q, p, bit("NodeAffinity")));
    p = pop_named("p");
    pod_ends();
    ck_assert(queue_unschedulable(q, p, bit("NodeAffinity")));
    ck_assert(queue_idle(q));
    down();
}
END_TEST

START_TEST(gone_during_a_cycle)
{
    up();
    add("p", 0);
    struct queued_pod *p = pop_named("p");
    remove_pod("p");
    ck_assert(!queue_unschedulable(q, p, bit("NodeAffinity")));
    ck_assert_uint_eq(queue_waiting(q), 0);
    ck_assert(queue_idle(q));
    add("p", 0);
    remove_pod("p");
    ck_assert(queue_idle(q));
    add("p", 0);
    refused("p", bit("NodeAffinity"));
    remove_pod("p");
    ck_assert_uint_eq(queue_waiting(q), 0);
    down();
}
END_TEST

/* ---- Gates ---- */

#define GATES(list) ",\"schedulingGates\":[" list "]"

START_TEST(gated)
{
    up();
    add_with("p", 0, "", GATES("{\"name\":\"a\"},{\"name\":\"b\"}"), "");
    ck_assert(queue_idle(q));
    ck_assert_uint_eq(queue_waiting(q), 1);
    node_comes("");
    add_with("p", 0, "", GATES("{\"name\":\"b\"}"), "");
    forward_ns(3600LL * S); /* five minutes do not count for it */
    ck_assert(queue_idle(q));
    add("p", 0);
    struct queued_pod *p = pop_named("p");
    ck_assert_str_eq(p->woken_by, "UnschedulablePodUpdatePodSchedulingGatesEliminated");
    ck_assert_int_eq(p->attempts, 1);
    ck_assert_int_eq(p->nmoves, 2);
    ck_assert_int_eq(p->moves[0].to, QUEUE_GATED);
    ck_assert_str_eq(p->moves[0].event, "UnschedulablePodAdd");
    ck_assert_uint_eq(p->moves[0].refusers, bit("SchedulingGates"));
    ck_assert_int_eq(p->moves[1].to, QUEUE_ACTIVE);
    queue_done(q, p);
    down();
}
END_TEST

/* While its victims are being deleted a pod stays out; which event lets it in say those who refused it first. */
START_TEST(preempting_pods_stay_out)
{
    up();
    struct preempting *registry = preemption_args_of(profile)->running;
    add("p", 5);
    struct queued_pod *p = pop_named("p");
    struct preempting_pod *entry = preempting_begin(registry, STR("uid-p"));
    ck_assert(queue_unschedulable(q, p, bit("NodeResourcesFit")));
    pod_ends(); /* the first victim */
    ck_assert(queue_idle(q));
    ck_assert_uint_eq(queue_waiting(q), 1);
    node_comes(""); /* its gate does not wait for that */
    preempting_last(registry, entry, STR("uid-victim"));
    pod_ends();
    ck_assert(queue_idle(q));
    preempting_left(registry, STR("uid-another"));
    preempting_left(registry, STR("uid-victim"));
    pod_ends();
    p = pop_named("p");
    ck_assert_str_eq(p->woken_by, "AssignedPodDelete");
    ck_assert_uint_eq(p->refusers, bit("NodeResourcesFit") | bit("DefaultPreemption"));
    preempting_end(registry, entry);
    queue_done(q, p);
    down();
}
END_TEST

/* ---- Another configuration ---- */

#define HEAD "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"

static void configure(const char *text)
{
    struct config_errors w = {0};
    const struct sched_config *c = config_parse(str_of(text), &w);
    ck_assert_msg(c != NULL, "%.*s", STR_ARG(w.items[0]));
    queue_configure(q, c);
    config_unref(c); /* the queue has its own reference */
    config_errors_release(&w);
}

START_TEST(a_new_configuration_tries_all_anew)
{
    up();
    add("waits", 0);
    refused("waits", bit("NodeAffinity"));
    add_with("gated", 0, "", GATES("{\"name\":\"a\"}"), "");
    add("runs", 0);
    struct queued_pod *runs = pop_named("runs");
    ck_assert_uint_eq(queue_waiting(q), 2);
    configure(HEAD "profiles:\n- plugins: {preEnqueue: {disabled: [{name: SchedulingGates}]}}\n");
    struct queued_pod *was_gated = pop_named("gated"), *waits = pop_named("waits"); /* out of its back-off */
    ck_assert_str_eq(was_gated->woken_by, "ConfigurationChange");
    ck_assert(queue_unschedulable(q, runs, bit("NodeAffinity"))); /* by the old one: it is tried again */
    runs = pop_named("runs");
    ck_assert_int_eq(runs->attempts, 2);
    queue_done(q, was_gated);
    queue_done(q, waits);
    queue_done(q, runs);
    down();
}
END_TEST

START_TEST(new_backoffs_count_at_once)
{
    up();
    add("p", 0);
    struct queued_pod *p = pop_named("p");
    ck_assert(queue_unschedulable(q, p, 0)); /* failed: it may not leave back-off early */
    configure(HEAD "podInitialBackoffSeconds: 30\npodMaxBackoffSeconds: 60\n");
    forward_ns(25LL * S);
    add("other", 0);
    queue_done(q, pop_named("other"));
    ck_assert_uint_eq(queue_waiting(q), 1);
    forward_ns(10LL * S);
    queue_done(q, pop_named("p"));
    down();
}
END_TEST

#define ONLY(scheduler, node)                                                                                          \
    "- schedulerName: " scheduler "\n  pluginConfig:\n  - name: NodeAffinity\n    args: {addedAffinity: "              \
    "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, "       \
    "operator: In, values: [" node "]}]}]}}}\n"

/* Hints are given the arguments of the pod's own profile. */
START_TEST(each_pod_has_its_profile)
{
    static const char *const schedulers[] = {"picky", "eager"};
    up();
    configure(HEAD "profiles:\n" ONLY("picky", "other") ONLY("eager", "new"));
    for (size_t i = 0; i < ARRAY_LEN(schedulers); i++) {
        AUTO_FREE char *spec = xasprintf(",\"schedulerName\":\"%s\"", schedulers[i]);
        add_with(schedulers[i], 0, "", spec, "");
        refused(schedulers[i], bit("NodeAffinity"));
    }
    node_comes("");
    queue_done(q, pop_named("eager"));
    ck_assert(queue_idle(q));
    ck_assert_uint_eq(queue_waiting(q), 1);
    down();
}
END_TEST

START_TEST(let_go_and_taken_up_again)
{
    up();
    add("p", 0);
    struct queued_pod *p = pop_named("p");
    remove_pod("p");
    add("p", 0);
    ck_assert(queue_unschedulable(q, p, bit("NodeAffinity")));
    ck_assert_uint_eq(queue_waiting(q), 1);
    down();
}
END_TEST

/* ---- Its story ---- */

START_TEST(story)
{
    up();
    add("p", 0);
    for (int i = 0; i < 5; i++) {
        refused("p", bit("NodeResourcesFit"));
        pod_ends();
    }
    struct queued_pod *p = pop_named("p");
    struct arena a AUTO_ARENA = {0};
    const struct json *d = explain_error(&a, p, "default-scheduler", STR("none")), *it = obj_get(d, ".status.queue");
    ck_assert_strn_eq(obj_str(it, ".wokenBy"), "AssignedPodDelete");
    ck_assert_strn_eq(obj_text(obj_first(it, ".waitedFor")), "NodeResourcesFit");
    ck_assert_uint_eq(obj_count(it, ".moves"), QUEUE_MOVES);
    ck_assert_strn_eq(obj_str(it, ".moves[7].to"), "Active");
    ck_assert_strn_eq(obj_str(it, ".moves[7].event"), "PopFromBackoffQ");
    ck_assert_strn_eq(obj_str(it, ".moves[6].to"), "Backoff");
    ck_assert_strn_eq(obj_str(it, ".moves[6].event"), "AssignedPodDelete");
    ck_assert_strn_eq(obj_str(it, ".moves[5].to"), "Unschedulable");
    ck_assert_strn_eq(obj_text(obj_first(it, ".moves[5].plugins")), "NodeResourcesFit");
    queue_done(q, p);
    down();
}
END_TEST

/* ---- Many ---- */

/* 10,000 pods wait for nodes; 100,000 events of another kind pass by them, where a look at each pod would be a billion.
 */
START_TEST(events_that_nobody_waits_for_cost_nothing)
{
    up();
    char name[16];
    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "p%d", i);
        add(name, 0);
    }
    for (int i = 0; i < 10000; i++) {
        struct queued_pod *p = queue_pop(q);
        ck_assert(queue_unschedulable(q, p, bit(i % 2 ? "NodeAffinity" : "TaintToleration")));
    }
    int64_t began = mono_ns();
    const struct sched_event e = {.what = EV_POD_DELETE};
    for (int i = 0; i < 100000; i++) queue_event(q, &e, "AssignedPodDelete");
    int64_t ns = (mono_ns() - began) / 100000;
    ck_assert_msg(ns < 20000, "%lld ns an event", (long long)ns);
    ck_assert_uint_eq(queue_waiting(q), 10000);
    down();
}
END_TEST

TEST_MAIN("queue", priority_then_age, age_counts_from_the_last_refusal, a_changed_priority_counts, failures_back_off,
          failures_and_refusals_count_apart, options, an_idle_scheduler_takes_one_out_of_backoff,
          only_what_may_help_wakes, taints_wake_whoever_waits_for_nodes, up_to_a_priority, five_minutes, activate,
          own_changes, the_newest_version_comes_out, events_during_a_cycle_are_told_afterwards,
          changes_of_others_in_cycles, too_many_events, gone_during_a_cycle, gated, preempting_pods_stay_out,
          a_new_configuration_tries_all_anew, new_backoffs_count_at_once, each_pod_has_its_profile,
          let_go_and_taken_up_again, story, events_that_nobody_waits_for_cost_nothing)
