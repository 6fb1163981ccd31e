/* test_extending.c - cycles with extenders: what they may take out, give and change, what they may not, and that the
 * nodes' turn and the random choice go on as without them. The extender is a server on loopback. */
#include "api/ledger.h"
#include "fake_server.h"
#include "scheduler/account.h"
#include "scheduler/config_priv.h"
#include "scheduler/extending.h"
#include "world.h"

/* ---- The server ---- */

static struct fake_server server;
static bool is_up;           /* also after a test that failed */
static const struct answer { /* to a verb */
    const char *verb, *text;
    int status;
} * answers;
static char asked[8][4096]; /* bodies of requests, in their order */
static int nasked;
static void (*meanwhile)(void); /* while an extender thinks */

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    const struct answer *a = answers;
    mutex_lock(&server.lock);
    if (nasked < 8) snprintf(asked[nasked++], sizeof asked[0], "%.*s", STR_ARG(rq->body));
    mutex_unlock(&server.lock);
    while (a->verb && !str_eqc(str_from(rq->path, 1), a->verb)) a++;
    rp->status = a->status ? a->status : 200;
    if (a->text) buf_cstr(&rp->body, a->text);
    if (meanwhile) meanwhile();
    meanwhile = NULL;
}

/* extenders: JSON in single quotes; URL stands for the server's. */
static void up(const char *extenders, const struct answer *with)
{
    struct config_errors w = {0};
    struct buf text AUTO_BUF = {0};
    cache = cache_new();
    if (is_up) fake_stop(&server);
    is_up = true;
    fake_start(&server, 0, handler, NULL);
    answers = with;
    nasked = 0;
    buf_init(&text, 65536);
    buf_cstr(&text, "{\"apiVersion\":\"kubescheduler.config.k8s.io/v1\",\"kind\":\"KubeSchedulerConfiguration\","
                    "\"extenders\":[");
    for (const char *p = extenders; *p; p++) {
        if (strncmp(p, "URL", 3) == 0)
            buf_addf(&text, "http://127.0.0.1:%d", server.port), p += 2;
        else
            buf_char(&text, *p == '\'' ? '"' : *p);
    }
    buf_cstr(&text, "]}");
    config = config_parse(buf_view(&text), &w);
    ck_assert_msg(config != NULL, "%.*s", STR_ARG(w.items[0]));
    config_errors_release(&w);
    profile = config->profiles[0];
}

static void down(void)
{
    world_down();
    fake_stop(&server);
    is_up = false;
}

#define FILTER     "{'urlPrefix':'URL/','filterVerb':'filter','nodeCacheCapable':true}"
#define IGNORABLE  "{'urlPrefix':'URL','filterVerb':'other','nodeCacheCapable':true,'ignorable':true}"
#define PRIORITIZE "{'urlPrefix':'URL','prioritizeVerb':'prioritize','weight':3,'nodeCacheCapable':true}"
#define PREEMPT    "{'urlPrefix':'URL','preemptVerb':'preempt','nodeCacheCapable':true}"

static void run_pod(struct attempt *t, const struct object *pod, struct texts *texts)
{
    t->pod = pod_info_new(pod, true);
    t->queued = (struct queued_pod){.pod = t->pod, .attempts = 1, .woken_by = "UnschedulablePodAdd"};
    cycle_init(&t->cy, profile, t->pod);
    extending_compute(&t->cy, cache, NULL, &t->start, &t->choice, texts);
}

static void run_as(struct attempt *t, int priority, const char *cpu, const char *status, struct texts *texts)
{
    const struct object *o AUTO_OBJ = pod_object("web", priority, cpu, "", "", status);
    *t = (struct attempt){0};
    rnd_stream(&t->choice, 1);
    run_pod(t, o, texts);
}

static void run(struct attempt *t, const char *cpu) { run_as(t, 10, cpu, "", NULL); }

static const struct why *refusal_of(const struct cycle *cy, const char *node)
{
    for (int i = 0; i < cy->evaluated; i++)
        if (str_eqc(cycle_node_at(cy, i), node) && cy->verdicts[i].verdict != V_OK)
            return &cy->whys[cy->verdicts[i].why];
    return NULL;
}

static void three(void)
{
    add_node("a", 4);
    add_node("b", 4);
    add_node("c", 4);
}

/* ---- Filter ---- */

START_TEST(some_pass)
{
    struct attempt t;
    up(FILTER, (struct answer[]){{"filter", "{\"NodeNames\":[\"b\"],\"FailedNodes\":{\"a\":\"no\"}}", 0}, {0}});
    three();
    run(&t, "1");
    ck_assert_strn_eq(cycle_node(&t.cy), "b");
    ck_assert_int_eq(t.cy.feasible, 1);
    ck_assert_int_eq(t.cy.evaluated, 3);
    ck_assert_str_eq(refusal_of(&t.cy, "a")->texts[0], "no");
    ck_assert_int_eq(refusal_of(&t.cy, "a")->verdict, V_UNSCHEDULABLE);
    ck_assert_int_eq(refusal_of(&t.cy, "c")->n, 0);
    ck_assert_int_eq(refusal_of(&t.cy, "c")->verdict, V_UNSCHEDULABLE_AND_UNRESOLVABLE);
    ck_assert_int_eq(nasked, 1);
    ck_assert_ptr_nonnull(strstr(asked[0], "\"Nodes\":null,\"NodeNames\":[\"a\",\"b\",\"c\"]}"));
    attempt_end(&t);
    down();
}
END_TEST

static const struct {
    const char *extenders, *filter, *other;
    const char *message; /* of the failure, as far as the first sentence */
} failures[] = {
    {FILTER, "{\"FailedNodes\":{\"a\":\"no\",\"b\":\"no\"},\"FailedAndUnresolvableNodes\":{\"b\":\"never\"}}", NULL,
     "0/3 nodes are available: 1 never, 1 no."},
    {FILTER, "{\"NodeNames\":[]}", NULL, "0/3 nodes are available:"},
    {FILTER, "{\"NodeNames\":[],\"FailedNodes\":{\"stranger\":\"x\",\"a\":\"\"}}", NULL,
     "0/3 nodes are available: 1 ."},
    /* What an earlier one said of a node stays when a later one takes it out without a word. */
    {FILTER "," IGNORABLE, "{\"NodeNames\":[\"a\"],\"FailedNodes\":{\"a\":\"first\",\"b\":\"no\"}}",
     "{\"NodeNames\":[]}", "0/3 nodes are available: 1 first, 1 no."},
    /* Names are not for those who want objects, and objects of those who take names count. */
    {"{'urlPrefix':'URL','filterVerb':'other','nodeCacheCapable':true}", NULL, "{\"Nodes\":{\"items\":[]}}",
     "0/3 nodes are available:"},
};

START_TEST(none_passes)
{
    for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
        struct attempt t;
        up(failures[i].extenders,
           (struct answer[]){{"filter", failures[i].filter, 0}, {"other", failures[i].other, 0}, {0}});
        three();
        run(&t, "1");
        struct str text = explain_failure(&t.cy), want = str_of(failures[i].message);
        ck_assert_msg(t.cy.chosen < 0 && str_starts(text, want), "%zu: %.*s", i, STR_ARG(text));
        ck_assert_msg(str_starts(str_from(text, want.n), STR(" no new claims to deallocate, preemption: ")), "%.*s",
                      STR_ARG(text));
        ck_assert_uint_eq(cycle_refusers(&t.cy), EXTENDER_REFUSED);
        attempt_end(&t);
        down();
    }
}
END_TEST

START_TEST(refusals_of_filters_stay)
{
    struct attempt t;
    up(FILTER, (struct answer[]){{"filter", "{\"FailedNodes\":{\"a\":\"no\",\"b\":\"no\"}}", 0}, {0}});
    add_node("a", 4);
    add_node("b", 4);
    add_node("small", 1);
    run(&t, "2");
    struct str text = explain_failure(&t.cy);
    ck_assert_msg(str_starts(text, STR("0/3 nodes are available: 1 Insufficient cpu, 2 no. ")), "%.*s", STR_ARG(text));
    ck_assert_uint_eq(cycle_refusers(&t.cy), EXTENDER_REFUSED | 1u << plugin_find(STR("NodeResourcesFit")));
    ck_assert_ptr_nonnull(strstr(asked[0], "\"NodeNames\":[\"a\",\"b\"]}"));
    attempt_end(&t);
    down();
}
END_TEST

START_TEST(failing)
{
    struct attempt t;
    up(FILTER "," IGNORABLE, (struct answer[]){{"filter", "{}", 500}, {"other", "{}", 500}, {0}});
    three();
    run(&t, "1");
    char want[128];
    snprintf(want, sizeof want, "failed filter with extender at URL http://127.0.0.1:%d/filter, code 500", server.port);
    ck_assert_str_eq(t.cy.error, want);
    ck_assert_int_eq(t.cy.chosen, -1);
    ck_assert_ptr_null(t.cy.preemption);
    attempt_end(&t);
    down();
    up(IGNORABLE, (struct answer[]){{"other", "{}", 500}, {0}});
    three();
    run(&t, "1");
    ck_assert_int_eq(t.cy.feasible, 3);
    ck_assert_ptr_nonnull(strstr(t.cy.notes[0].error, "code 500"));
    attempt_end(&t);
    down();
}
END_TEST

/* Those that may be ignored are asked last, and about what the others left. */
START_TEST(in_order)
{
    struct attempt t;
    up(IGNORABLE "," FILTER,
       (struct answer[]){{"filter", "{\"NodeNames\":[\"a\",\"c\"]}", 0}, {"other", "{\"nodenames\":[\"c\"]}", 0}, {0}});
    three();
    run(&t, "1");
    ck_assert_strn_eq(cycle_node(&t.cy), "c");
    ck_assert_ptr_nonnull(strstr(asked[1], "\"NodeNames\":[\"a\",\"c\"]}"));
    attempt_end(&t);
    down();
}
END_TEST

START_TEST(only_what_it_manages)
{
    struct attempt t;
    up("{'urlPrefix':'URL','filterVerb':'filter','managedResources':[{'name':'example.com/x'}]}",
       (struct answer[]){{"filter", "{}", 0}, {0}});
    three();
    run(&t, "1");
    ck_assert_int_eq(t.cy.feasible, 3);
    ck_assert_int_eq(nasked, 0);
    ck_assert_ptr_null(t.cy.notes);
    attempt_end(&t);
    down();
}
END_TEST

/* ---- While it thinks, the cluster moves on ---- */

static void fill_b(void) { put_running("b", "filler", 10, "4", "", ""); }
static void remove_b(void) { cache_remove_node(cache, STR("b"), NULL, NULL); }
static void add_first(void) { add_node("0", 64); }

START_TEST(a_node_that_fills_up)
{
    struct attempt t;
    up(FILTER "," PRIORITIZE,
       (struct answer[]){{"filter", "{\"NodeNames\":[\"b\",\"c\"]}", 0},
                         {"prioritize", "[{\"Host\":\"b\",\"Score\":1000},{\"Host\":\"c\",\"Score\":1}]", 0},
                         {0}});
    three();
    meanwhile = fill_b;
    run(&t, "1");
    ck_assert_strn_eq(cycle_node(&t.cy), "c");
    ck_assert_str_eq(refusal_of(&t.cy, "b")->texts[0], "Insufficient cpu");
    ck_assert_int_eq(t.cy.evaluated, 3);
    attempt_end(&t);
    down();
}
END_TEST

START_TEST(nodes_that_come_and_go)
{
    struct attempt t;
    up(FILTER "," PRIORITIZE,
       (struct answer[]){{"filter", "{\"NodeNames\":[\"b\",\"c\",\"a\"]}", 0},
                         {"prioritize", "[{\"Host\":\"b\",\"Score\":1000},{\"Host\":\"c\",\"Score\":100}]", 0},
                         {0}});
    three();
    meanwhile = remove_b;
    run(&t, "1");
    ck_assert_strn_eq(cycle_node(&t.cy), "c");
    ck_assert_int_eq(t.cy.evaluated, 2);
    attempt_end(&t);
    meanwhile = add_first;
    add_node("b", 4);
    run(&t, "1");
    ck_assert_strn_eq(cycle_node(&t.cy), "b"); /* nobody asked about the new one */
    ck_assert_int_eq(t.cy.evaluated, 3);
    ck_assert_int_eq(t.cy.all_nodes, 4);
    attempt_end(&t);
    down();
}
END_TEST

START_TEST(none_is_left_in_the_end)
{
    struct attempt t;
    up(FILTER, (struct answer[]){{"filter", "{\"NodeNames\":[\"b\"],\"FailedNodes\":{\"a\":\"no\"}}", 0}, {0}});
    add_node("a", 4);
    add_node("b", 4);
    meanwhile = fill_b;
    run(&t, "1");
    struct str text = explain_failure(&t.cy);
    ck_assert_msg(str_starts(text, STR("0/2 nodes are available: 1 Insufficient cpu, 1 no. ")), "%.*s", STR_ARG(text));
    attempt_end(&t);
    down();
}
END_TEST

/* ---- The turn and the choice ---- */

START_TEST(as_if_computed_once)
{
    enum { NODES = 120, PODS = 40 };
    struct attempt with, plain;
    struct buf all AUTO_BUF = {0};
    buf_init(&all, 65536);
    buf_cstr(&all, "{\"NodeNames\":[");
    up(FILTER, (struct answer[]){{"filter", NULL, 0}, {0}});
    const struct sched_config *usual = config_default();
    for (int i = 0; i < NODES; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%03d", i);
        add_node(name, 8);
    }
    with = plain = (struct attempt){0};
    rnd_stream(&with.choice, 7);
    rnd_stream(&plain.choice, 7);
    for (int i = 0; i < PODS; i++) {
        const struct object *o AUTO_OBJ = pod_object("web", 10, "1", "", "", "");
        plain.pod = pod_info_new(o, true);
        cycle_init(&plain.cy, usual->profiles[0], plain.pod);
        cycle_compute(&plain.cy, cache, NULL, &plain.start, &plain.choice);
        buf_clear(&all);
        buf_cstr(&all, "{\"NodeNames\":[");
        for (int k = 0; k < plain.cy.feasible; k++)
            buf_addf(&all, "%s\"%.*s\"", k ? "," : "", STR_ARG(cycle_node_at(&plain.cy, plain.cy.fits[k])));
        buf_cstr(&all, "]}");
        answers = (struct answer[]){{"filter", all.p, 0}, {0}};
        run_pod(&with, o, NULL);
        ck_assert_int_eq(with.cy.feasible, 100); /* as many as are enough */
        ck_assert_int_eq(with.start, plain.start);
        ck_assert_msg(str_eq(cycle_node(&with.cy), cycle_node(&plain.cy)), "%d", i);
        ck_assert_int_eq(with.cy.totals[with.cy.chosen], plain.cy.totals[plain.cy.chosen]);
        attempt_end(&with);
        attempt_end(&plain);
    }
    config_unref(usual);
    down();
}
END_TEST

/* The node kept for the pod is asked about alone, and then as any other. */
START_TEST(a_kept_node)
{
    struct attempt t;
    up(FILTER, (struct answer[]){{"filter", "{\"NodeNames\":[\"b\"]}", 0}, {0}});
    three();
    run_as(&t, 10, "1", ",\"nominatedNodeName\":\"b\"", NULL);
    ck_assert_strn_eq(cycle_node(&t.cy), "b");
    ck_assert_int_eq(nasked, 1);
    attempt_end(&t);
    answers = (struct answer[]){{"filter", "{\"NodeNames\":[]}", 0}, {0}};
    nasked = 0;
    run_as(&t, 10, "1", ",\"nominatedNodeName\":\"b\"", NULL);
    ck_assert_int_eq(nasked, 2);
    ck_assert_ptr_nonnull(strstr(asked[0], "\"NodeNames\":[\"b\"]}"));
    ck_assert_ptr_nonnull(strstr(asked[1], "\"NodeNames\":[\"a\",\"b\",\"c\"]}"));
    ck_assert_int_eq(t.cy.evaluated, 3);
    attempt_end(&t);
    down();
}
END_TEST

/* ---- Points ---- */

static int64_t total_of(const struct cycle *cy, const char *node)
{
    for (int i = 0; i < cy->feasible; i++)
        if (str_eqc(cycle_node_at(cy, cy->fits[i]), node)) return cy->totals[i];
    ck_abort_msg("%s does not fit", node);
}

START_TEST(points)
{
    static const struct {
        const char *answer;
        int64_t a; /* more than b has */
    } rows[] = {
        {"[{\"Host\":\"a\",\"Score\":10}]", 300},
        {"[{\"host\":\"a\",\"score\":4},{\"HOST\":\"b\",\"Score\":5}]", -30},
        {"[{\"Host\":\"a\",\"Score\":-7}]", -210},
        {"[{\"Host\":\"a\",\"Score\":1},{\"Host\":\"a\",\"Score\":2}]", 90},
        {"[{\"Host\":\"x\",\"Score\":1}]", 0},
        {"[{\"Host\":\"a\",\"Score\":4611686018427387904}]", INT64_MIN}, /* 2^62 x 30 wraps */
        {"[{\"Host\":\"a\",\"Score\":9223372036854775807}]", -30},
        {"null", 0},
        {"[{\"Host\":\"a\",\"Score\":1},{\"Host\":\"b\",\"Score\":\"1\"}]", 0}, /* wrong: it gives none */
        {"", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct attempt t;
        up(PRIORITIZE, (struct answer[]){{"prioritize", rows[i].answer, 0}, {0}});
        add_node("a", 4);
        add_node("b", 4);
        run(&t, "1");
        int64_t more = total_of(&t.cy, "a") - total_of(&t.cy, "b");
        ck_assert_msg(more == rows[i].a, "%s: %lld", rows[i].answer, (long long)more);
        if (more > 0) ck_assert_strn_eq(cycle_node(&t.cy), "a");
        if (more < 0) ck_assert_strn_eq(cycle_node(&t.cy), "b");
        attempt_end(&t);
        down();
    }
}
END_TEST

/* One node needs no points. */
START_TEST(no_points_for_one)
{
    struct attempt t;
    up(FILTER "," PRIORITIZE, (struct answer[]){{"filter", "{\"NodeNames\":[\"b\"]}", 0}, {0}});
    three();
    run(&t, "1");
    ck_assert_int_eq(nasked, 1);
    attempt_end(&t);
    down();
}
END_TEST

/* ---- Whole nodes ---- */

static struct texts *texts_of_three(void)
{
    static const char *const names[] = {"a", "b", "c"};
    struct texts *texts = texts_new(NULL);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct object *o AUTO_OBJ = node_object(names[i], 4, "", "");
        cache_set_node(cache, o, NULL, NULL);
        texts_put(texts, TEXTS_NODES, o);
    }
    return texts;
}

/* What comes back has no pods: upstream scores such nodes as empty. */
START_TEST(whole_nodes)
{
    struct attempt t;
    up("{'urlPrefix':'URL','filterVerb':'filter'}",
       (struct answer[]){
           {"filter", "{\"Nodes\":{\"items\":[{\"metadata\":{\"name\":\"a\"}},{\"metadata\":{\"name\":\"b\"}}]}}", 0},
           {0}});
    struct texts *texts = texts_of_three();
    put_running("a", "filler", 10, "3", "", "");
    run_as(&t, 10, "1", "", texts);
    ck_assert_ptr_nonnull(strstr(asked[0], ",\"Nodes\":{\"metadata\":{},\"items\":[{\"metadata\":{\"name\":\"a\""));
    ck_assert_ptr_nonnull(strstr(asked[0], "]},\"NodeNames\":null}"));
    ck_assert_ptr_null(strstr(asked[0], "\"kind\":"));
    ck_assert_int_eq(t.cy.feasible, 2);
    ck_assert_int_eq(total_of(&t.cy, "a"), total_of(&t.cy, "b"));
    attempt_end(&t);
    run_as(&t, 10, "1", "", NULL);
    ck_assert_str_eq(t.cy.error, "node \"a\" is not there to be sent");
    attempt_end(&t);
    texts_free(texts);
    down();
}
END_TEST

/* ---- Preemption ---- */

static void fill_all(void)
{
    three();
    put_running("a", "on-a", 1, "4", "", "");
    put_running("b", "on-b", 5, "4", "", "");
    put_running("c", "on-c", 3, "3", "", "");
    put_running("c", "more-c", 2, "1", "", "");
}

static const char *preemption_text(const struct cycle *cy)
{
    static char text[1024];
    const struct preemption *p = cy->preemption;
    if (p->chosen < 0) {
        snprintf(text, sizeof text, "%s: %.*s", p->failed ? "failed" : "none", STR_ARG(p->message));
        return text;
    }
    const struct candidate *c = &p->candidates[p->chosen];
    size_t n = (size_t)snprintf(text, sizeof text, "%.*s:", STR_ARG(sym_str(cy->table->names[c->node])));
    for (int i = 0; i < c->nvictims; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, " %.*s", STR_ARG(c->victims[i]->name));
    return text;
}

#define VICTIMS(...)  "{\"NodeNameToMetaVictims\":{" __VA_ARGS__ "}}"
#define ON(node, ...) "\"" node "\":{\"Pods\":[" __VA_ARGS__ "]}"
#define UID(name)     "{\"UID\":\"uid-" name "\"}"

START_TEST(victims)
{
    static const struct {
        const char *answer, *found;
        bool ignorable;
    } rows[] = {
        {VICTIMS(ON("a", UID("on-a")) "," ON("b", UID("on-b"))), "a: on-a", false},
        {VICTIMS(ON("b", UID("on-b"))), "b: on-b", false},
        /* Others of that node, and nodes that were no candidates. */
        {VICTIMS(ON("c", UID("on-c") "," UID("more-c") "," UID("on-c"))), "c: on-c more-c", false},
        {VICTIMS("\"a\":{\"pods\":[{\"uid\":\"uid-on-a\"}],\"numPDBViolations\":2}," ON("b", UID("on-b"))), "b: on-b",
         false},
        {VICTIMS(""), "none: no candidate node for preemption", false},
        {"null", "none: no candidate node for preemption", false},
        {VICTIMS(ON("x", UID("on-a"))), "failed: nodeinfo not found for node name \"x\"", false},
        {VICTIMS(ON("a", UID("on-b"))),
         "failed: extender: URL claims to preempt pod (UID: &{uid-on-b}) on node: a, but the pod is not found on that "
         "node",
         false},
        {VICTIMS(ON("a", "")), "failed: expected at least one victim pod on node \"a\"", false},
        {VICTIMS("\"a\":null"), "failed: expected at least one victim pod on node \"a\"", false},
        {VICTIMS(ON("a", "") "," ON("b", UID("on-b"))), "b: on-b", true},
        {VICTIMS(ON("x", UID("on-a"))), "a: on-a", true},
        {"{", "failed: unexpected EOF", false},
        {"{", "a: on-a", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct attempt t;
        up(rows[i].ignorable ? "{'urlPrefix':'URL','preemptVerb':'preempt','nodeCacheCapable':true,'ignorable':true}"
                             : PREEMPT,
           (struct answer[]){{"preempt", rows[i].answer, 0}, {0}});
        fill_all();
        run(&t, "4");
        char want[512] = "";
        const char *url = strstr(rows[i].found, "URL");
        int before = url ? (int)(url - rows[i].found) : 0;
        if (url) snprintf(want, sizeof want, "%.*shttp://127.0.0.1:%d%s", before, rows[i].found, server.port, url + 3);
        ck_assert_str_eq(preemption_text(&t.cy), url ? want : rows[i].found);
        ck_assert_int_eq(nasked, 1);
        bool chosen = t.cy.preemption->chosen >= 0;
        ck_assert_int_eq(t.cy.nominates, chosen);
        struct str text = explain_failure(&t.cy);
        ck_assert_int_eq(strstr(str_cstr(&t.cy.arena, text), "preemption: ") != NULL, !chosen);
        attempt_end(&t);
        down();
    }
}
END_TEST

START_TEST(what_is_said_of_victims)
{
    struct attempt t;
    up(PREEMPT, (struct answer[]){{"preempt", VICTIMS(ON("b", UID("on-b"))), 0}, {0}});
    fill_all();
    run(&t, "4");
    ck_assert_ptr_nonnull(strstr(asked[0], "\"NodeNameToVictims\":null,\"NodeNameToMetaVictims\":{"));
    ck_assert_ptr_nonnull(strstr(asked[0], "\"a\":{\"Pods\":[" UID("on-a") "],\"NumPDBViolations\":0}"));
    ck_assert_ptr_nonnull(strstr(asked[0], "\"c\":{\"Pods\":[" UID("on-c") "," UID("more-c") "],"));
    attempt_end(&t);
    down();
}
END_TEST

/* FailedNodes may be helped by victims, whoever they are; FailedAndUnresolvableNodes may not. */
START_TEST(victims_on_nodes_it_refused)
{
    struct attempt t;
    up(FILTER,
       (struct answer[]){
           {"filter", "{\"FailedNodes\":{\"a\":\"no\"},\"FailedAndUnresolvableNodes\":{\"b\":\"never\"}}", 0}, {0}});
    three();
    put_running("a", "on-a", 1, "1", "", "");
    put_running("b", "on-b", 1, "1", "", "");
    run(&t, "1");
    ck_assert_int_eq(t.cy.preemption->potential, 1);
    ck_assert_str_eq(preemption_text(&t.cy), "failed: expected at least one victim pod on node \"a\"");
    attempt_end(&t);
    down();
}
END_TEST

/* ---- Told ---- */

START_TEST(the_decision)
{
    struct attempt t;
    struct err e = ERR_INIT;
    struct buf ledger AUTO_BUF = {0}, table AUTO_BUF = {0}, nodes AUTO_BUF = {0}, plugins AUTO_BUF = {0};
    struct ledger l;
    up(FILTER "," PRIORITIZE,
       (struct answer[]){{"filter", "{\"NodeNames\":[\"a\",\"b\"],\"FailedNodes\":{\"c\":\"no\"}}", 0},
                         {"prioritize", "[{\"Host\":\"a\",\"Score\":5}]", 0},
                         {0}});
    three();
    run(&t, "1");
    buf_init(&ledger, 65536);
    buf_init(&table, 65536);
    buf_init(&nodes, 65536);
    buf_init(&plugins, 65536);
    account_write(&ledger, &t.cy);
    account_write_table(&table, t.cy.table);
    struct ledger_table *known = ledger_table_read(json_parse(&t.cy.arena, buf_view(&table), &e), &e);
    ck_assert_msg(ledger_read(&l, &t.cy.arena, json_parse(&t.cy.arena, buf_view(&ledger), &e), known, &e), "%s",
                  e.text);
    ledger_write_nodes(&nodes, &l);
    ledger_write_plugins(&plugins, &l);
    ck_assert_uint_lt(nodes.n, l.size);
    char want[256];
    snprintf(want, sizeof want, "{\"plugin\":\"http://127.0.0.1:%d/\",\"code\":\"Unschedulable\",\"reasons\":[\"no\"]}",
             server.port);
    ck_assert_ptr_nonnull(strstr(nodes.p, want));
    snprintf(want, sizeof want,
             "{\"plugin\":\"http://127.0.0.1:%d\",\"raw\":5,\"normalized\":50,\"weight\":3,\"weighted\":150}",
             server.port);
    ck_assert_ptr_nonnull(strstr(nodes.p, want));
    snprintf(want, sizeof want, "{\"name\":\"http://127.0.0.1:%d/\",\"filter\":\"Asked\"}", server.port);
    ck_assert_ptr_nonnull(strstr(plugins.p, want));
    const struct json *d = explain_decision(&t.cy, &t.queued);
    ck_assert_uint_eq(obj_count(d, ".status.extenders"), 2);
    ck_assert_int_gt(obj_int(d, ".status.extenders[0].filterNanos", 0), 0);
    ck_assert_int_gt(obj_int(d, ".status.extenders[1].prioritizeNanos", 0), 0);
    ledger_table_free(known);
    attempt_end(&t);
    down();
}
END_TEST

/* ---- Bind ---- */

START_TEST(binding)
{
    static const struct {
        const char *answer;
        int status;
        bool ignorable, ok, bound;
        const char *error;
    } rows[] = {
        {"{}", 0, false, true, true, ""},
        {"{\"Error\":\"\"}", 0, false, true, true, ""},
        {"{\"error\":\"no\"}", 0, false, false, true, "no"},
        {"", 0, false, false, true, "EOF"},
        {"{\"Error\":\"no\"}", 0, true, true, false, ""},
        {"{}", 503, true, true, false, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        bool bound;
        up(rows[i].ignorable ? "{'urlPrefix':'URL','bindVerb':'bind','ignorable':true}"
                             : "{'urlPrefix':'URL','bindVerb':'bind'}",
           (struct answer[]){{"bind", rows[i].answer, rows[i].status}, {0}});
        const struct object *o AUTO_OBJ = pod_object("web", 0, "1", "", "", "");
        const struct pod_info *p = pod_info_new(o, true);
        ck_assert(extending_binds(config->extenders, p));
        ck_assert_int_eq(extending_bind(config->extenders, p, STR("a"), &bound, &e), rows[i].ok);
        ck_assert_int_eq(bound, rows[i].bound);
        ck_assert_str_eq(e.text, rows[i].error);
        ck_assert_str_eq(asked[0],
                         "{\"PodName\":\"web\",\"PodNamespace\":\"default\",\"PodUID\":\"uid-web\",\"Node\":\"a\"}");
        pod_info_unref(p);
        down();
    }
}
END_TEST

TEST_MAIN("extending", some_pass, none_passes, refusals_of_filters_stay, failing, in_order, only_what_it_manages,
          a_node_that_fills_up, nodes_that_come_and_go, none_is_left_in_the_end, as_if_computed_once, a_kept_node,
          points, no_points_for_one, whole_nodes, victims, what_is_said_of_victims, victims_on_nodes_it_refused,
          the_decision, binding)
