/* test_trace.c - the fifteen steps: each hook leaves its step, in both flows; holding the create; notes of components.
 */
#include "api/object.h"
#include "apiserver/http/conn.h"
#include "apiserver/rest/rest.h"
#include "apiserver/sim/sim_priv.h"
#include "base/mono.h"
#include "check_main.h"

#include <stdio.h>

static const struct api_selectable pod_fields[] = {{.label = "metadata.name", .path = ".metadata.name"},
                                                   {.label = "spec.nodeName", .path = ".spec.nodeName"},
                                                   {.label = "status.phase", .path = ".status.phase"}};
static const struct api_subresource status_sub = {.name = "status"}, binding_sub = {.name = "binding"};
static struct api_resource pods = {.group = "",
                                   .version = "v1",
                                   .kind = "Pod",
                                   .plural = "pods",
                                   .selectable = pod_fields,
                                   .nselectable = 3,
                                   .id = UINT16_MAX};
static struct api_resource bindings = {
    .group = "", .version = "v1", .kind = "Binding", .plural = "bindings", .id = UINT16_MAX};
static struct pool *pool;
static uint64_t rev;

static void open_sim(bool textbook)
{
    if (!pool) {
        pool = pool_new("worker", 1);
        request_set_pool(pool);
    }
    pods.storage = &pods;
    side_seed(7);
    trace_init(textbook);
}

static void close_sim(void) { side_release(&walks); }

static struct request *request(const char *component, const char *method, const char *path,
                               const struct api_subresource *sub)
{
    struct exchange *x = exchange_new(path);
    atomic_store(&x->state, EX_RUNNING);
    x->r.method = str_of(method);
    x->r.user.name = str_of(component ? component : "alice");
    x->r.user.component = component;
    x->r.target = (struct target){.res = &pods, .sub = sub, .verb = VERB_CREATE};
    x->r.received_ns = mono_ns();
    return &x->r;
}

/* What rest/ does at the end of a request. */
static void end(struct request *r)
{
    walk_unref(r->walk);
    exchange_unref(exchange_of(r));
}

static const struct json *tree(struct request *r, const char *text)
{
    struct err e = ERR_INIT;
    const struct json *j = json_parse(&r->arena, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    return j;
}

static struct request *create(const char *component, const char *uid)
{
    struct request *r = request(component, "POST", "/api/v1/namespaces/default/pods", NULL);
    AUTO_FREE char *text = xasprintf("{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"uid\":\"%s\"}}", uid);
    trace_create(r, tree(r, str_cstr(&r->arena, str_of(text))));
    return r;
}

static void commit(struct request *r) { trace_committed(r, STR("/registry/pods/default/web"), ++rev); }

static void create_all(const char *component, const char *uid)
{
    struct request *r = create(component, uid);
    commit(r);
    end(r);
}

static void note(struct request *r, const char *notes)
{
    struct exchange *x = exchange_of(r);
    x->headers = ARENA_NEW(&r->arena, struct header);
    x->headers[0] = (struct header){"Kubestep-Trace", notes};
    x->nheaders = 1;
}

static void bind_pod(const char *notes)
{
    struct request *r = request("scheduler", "POST", "/api/v1/namespaces/default/pods/web/binding", &binding_sub);
    if (notes) note(r, notes);
    trace_binding(r, STR("default"), STR("web"), STR("node-1"));
    commit(r);
    end(r);
}

static void status(const char *component, const char *uid, const char *what, const char *notes)
{
    struct request *r = request(component, "PATCH", "/api/v1/namespaces/default/pods/web/status", &status_sub);
    if (notes) note(r, notes);
    AUTO_FREE char *text = xasprintf(
        "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"uid\":\"%s\"},\"status\":%s}", uid, what);
    trace_status(r, tree(r, str_cstr(&r->arena, str_of(text))), NULL);
    if (r->walk) commit(r);
    end(r);
}

static void event(const char *component, const char *uid, const char *node, const char *phase, uint64_t at)
{
    struct str fields[] = {STR("web"), str_of(node), str_of(phase)};
    struct item it = {.storage = &pods, .uid = str_of(uid), .rev = at, .nfields = 3, .fields = fields};
    if (component)
        trace_delivered(component, str_of(component), &it, "ADDED", at, mono_ns());
    else
        trace_delivered_client(NULL, STR("alice"), &it, "MODIFIED", at, mono_ns());
}

/* The walk of a uid as a tree; in *a. */
static const struct json *walk_tree(struct arena *a, const char *uid)
{
    struct err e = ERR_INIT;
    struct buf *b = ARENA_NEW(a, struct buf);
    buf_init(b, 1 << 20);
    side_lock(&walks);
    const struct side_entry *entry = side_find_id(&walks, str_of(uid));
    if (entry) side_write(b, &walks, entry, true, false);
    side_unlock(&walks);
    const struct json *j = entry ? json_parse(a, str_copy(a, buf_view(b)), &e) : NULL;
    ck_assert_msg(!entry || j, "%s", e.text);
    buf_release(b);
    return j;
}

static const struct json *step_of(const struct json *walk, int n)
{
    for (OBJ_EACH(s, walk, ".status.steps"))
        if (obj_int(s, ".number", 0) == n) return s;
    return NULL;
}

static void assert_steps(const char *uid, const char *want)
{
    struct arena a AUTO_ARENA = {0};
    struct buf have AUTO_BUF = {0};
    buf_init(&have, 1000);
    for (OBJ_EACH(s, walk_tree(&a, uid), ".status.steps"))
        buf_addf(&have, "%lld%s ", (long long)obj_int(s, ".number", 0), obj_bool(s, ".pending", false) ? "?" : "");
    ck_assert_str_eq(have.p ? have.p : "", want);
}

static void assert_is(const char *uid, const char *path, const char *want)
{
    struct arena a AUTO_ARENA = {0};
    struct str have = obj_str(walk_tree(&a, uid), path);
    ck_assert_msg(str_eqc(have, want), "%s is \"%.*s\"", path, STR_ARG(have));
}

static void assert_fact(const char *uid, int step, const char *path, const char *want)
{
    struct arena a AUTO_ARENA = {0};
    struct buf have AUTO_BUF = {0};
    buf_init(&have, 1000);
    const struct json *v = obj_get(step_of(walk_tree(&a, uid), step), path);
    if (v) json_write(&have, v);
    ck_assert_msg(have.p && strcmp(have.p, want) == 0, "step %d %s is %s", step, path, have.p ? have.p : "absent");
}

#define RUNNING "{\"phase\":\"Running\"}"
#define CACHED  "[{\"n\":4,\"t\":1,\"f\":{\"revision\":9}},{\"n\":7,\"t\":1,\"f\":{\"node\":\"node-1\"}}]"

START_TEST(real_flow)
{
    open_sim(false);
    create_all(NULL, "u1");
    assert_is("u1", ".spec.flow", "real");
    assert_fact("u1", 1, ".facts.verb", "\"POST\"");
    assert_fact("u1", 1, ".ms", "0.000");
    assert_fact("u1", 2, ".facts.code", "201");
    event("scheduler", "u1", "", "Pending", rev);
    event("kubelet-sim", "u1", "", "Pending", rev); /* not yet its pod */
    bind_pod(CACHED);
    event("scheduler", "u1", "node-1", "Pending", rev);
    event("kubelet-sim", "u1", "node-1", "Pending", rev);
    status("kubelet-sim", "u1", "{\"phase\":\"Pending\"}", NULL);
    assert_steps("u1", "1 2 3 4 5 6 7 8 9 10 ");
    assert_fact("u1", 5, ".message", "false");
    assert_fact("u1", 6, ".facts.revision", "9");
    {
        struct arena a AUTO_ARENA = {0};
        const struct json *w = walk_tree(&a, "u1");
        ck_assert_msg(!obj_has(step_of(w, 4), ".ms") && !obj_has(step_of(w, 4), ".time"), "4 has no time of its own");
        ck_assert_msg(obj_has(step_of(w, 7), ".ms"), "7 has");
    }
    status("kubelet-sim", "u1", RUNNING,
           "[{\"n\":11,\"t\":5,\"f\":{\"sandbox\":\"s\"}},{\"n\":12,\"t\":6,\"f\":{\"podIP\":\"10.0.0.1\"}}]");
    assert_steps("u1", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15? ");
    assert_is("u1", ".status.phase", "Done");
    assert_fact("u1", 12, ".facts.podIP", "\"10.0.0.1\"");
    event(NULL, "u1", "node-1", "Pending", rev - 1); /* older than the status */
    assert_steps("u1", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15? ");
    event(NULL, "u1", "node-1", "Running", rev);
    assert_steps("u1", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 ");
    assert_fact("u1", 15, ".facts.how", "\"watch\"");
    close_sim();
}
END_TEST

START_TEST(a_read_tells_the_client)
{
    open_sim(false);
    create_all(NULL, "u1");
    bind_pod(NULL);
    status("kubelet-sim", "u1", RUNNING, NULL);
    struct str fields[] = {STR("web"), STR("node-1"), STR("Running")};
    struct item it = {.storage = &pods, .uid = STR("u1"), .rev = rev, .nfields = 3, .fields = fields}, *list[] = {&it};
    struct request *ours = request("controllers", "GET", "/api/v1/pods", NULL),
                   *theirs = request(NULL, "GET", "/api/v1/pods", NULL);
    trace_served(ours, list, 1);
    assert_steps("u1", "1 2 8 9 13 14 15? ");
    trace_served(theirs, list, 1);
    assert_steps("u1", "1 2 8 9 13 14 15 ");
    assert_fact("u1", 15, ".facts.how", "\"read\"");
    end(ours);
    end(theirs);
    close_sim();
}
END_TEST

START_TEST(deliveries_that_overtake_their_commit)
{
    open_sim(false);
    struct request *r = create(NULL, "u1");
    event("scheduler", "u1", "", "Pending", rev + 1);
    commit(r);
    end(r);
    {
        struct arena a AUTO_ARENA = {0};
        const struct json *w = walk_tree(&a, "u1");
        ck_assert(json_number(obj_get(step_of(w, 2), ".ms")) <= json_number(obj_get(step_of(w, 3), ".ms")));
    }
    bind_pod(NULL);
    r = request("kubelet-sim", "PATCH", "/x", &status_sub);
    trace_status(r, tree(r, "{\"metadata\":{\"uid\":\"u1\"},\"status\":" RUNNING "}"), NULL);
    event(NULL, "u1", "node-1", "Running", rev + 1);
    commit(r);
    end(r);
    assert_steps("u1", "1 2 3 8 9 13 14 15 ");
    close_sim();
}
END_TEST

START_TEST(binding_by_post_to_bindings)
{
    open_sim(false);
    create_all(NULL, "u1");
    struct request *r = request("scheduler", "POST", "/api/v1/namespaces/default/bindings", NULL);
    r->target.res = &bindings;
    trace_binding(r, STR("default"), STR("web"), STR("node-1"));
    commit(r);
    end(r);
    assert_steps("u1", "1 2 8 9 ");
    close_sim();
}
END_TEST

START_TEST(textbook_requests_for_nodes)
{
    open_sim(true);
    create_all(NULL, "u1");
    assert_is("u1", ".spec.flow", "textbook");
    struct request *r = request("scheduler", "GET", "/api/v1/nodes", NULL),
                   *stranger = request(NULL, "GET", "/api/v1/nodes", NULL);
    struct header walk = {"Kubestep-Walk", "default/web"};
    exchange_of(r)->headers = exchange_of(stranger)->headers = &walk;
    exchange_of(r)->nheaders = exchange_of(stranger)->nheaders = 1;
    trace_nodes_requested(stranger);
    trace_nodes_read(stranger, 5, 3);
    assert_steps("u1", "1 2 ");
    trace_nodes_requested(r);
    trace_nodes_read(r, 5, 3);
    trace_nodes_returned(r, 3, 999);
    assert_steps("u1", "1 2 4 5 6 ");
    bind_pod(CACHED); /* the cache's word does not replace real messages */
    assert_fact("u1", 4, ".message", "true");
    assert_fact("u1", 5, ".facts.count", "3");
    assert_fact("u1", 6, ".facts.bytes", "999");
    end(r);
    end(stranger);
    close_sim();
}
END_TEST

/* A create of a foreign client in textbook flow, held; the caller drops the second reference. */
static struct exchange *held_create(const char *uid)
{
    struct request *r = create(NULL, uid);
    commit(r);
    struct exchange *x = exchange_of(r);
    atomic_fetch_add(&x->refs, 1);
    ck_assert(trace_hold(r));
    return x;
}

static void assert_answered(struct exchange *x, const char *uid, const char *why)
{
    int64_t deadline = mono_ms() + 10000;
    while (atomic_load(&x->state) != EX_DONE) {
        ck_assert_msg(mono_ms() < deadline, "not answered");
        mono_sleep_ms(1);
    }
    assert_fact(uid, 15, ".facts.why", why);
    assert_fact(uid, 15, ".facts.how", "\"response\"");
    exchange_unref(x);
}

START_TEST(holds_the_create)
{
    static const struct {
        const char *component, *status, *why, *phase, *steps;
    } rows[] = {
        {"kubelet-sim", RUNNING, "\"Running\"", "Done", "1 2 13 14 15 "},
        {"kubelet-sim",
         "{\"phase\":\"Pending\",\"containerStatuses\":[{\"state\":{\"waiting\":{\"reason\":\"ErrImagePull\","
         "\"message\":\"no\"}}}]}",
         "\"ErrImagePull\"", "Ended", "1 2 13 14 15 "},
        {"kubelet-sim", "{\"phase\":\"Failed\"}", "\"Failed\"", "Ended", "1 2 13 14 15 "},
        {"scheduler",
         "{\"phase\":\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\",\"message\":\"0/"
         "3\"}]}",
         "\"FailedScheduling\"", "Ended", "1 2 15 "},
    };
    open_sim(true);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char uid[8];
        snprintf(uid, sizeof uid, "h%zu", i);
        struct exchange *x = held_create(uid);
        status("kubelet-sim", uid,
               "{\"phase\":\"Pending\",\"containerStatuses\":[{\"state\":{\"waiting\":{\"reason\":"
               "\"ContainerCreating\"}}}]}",
               NULL);
        ck_assert_int_ne(atomic_load(&x->state), EX_DONE);
        status(rows[i].component, uid, rows[i].status, NULL);
        assert_answered(x, uid, rows[i].why);
        assert_is(uid, ".status.phase", rows[i].phase);
        assert_steps(uid, rows[i].steps);
    }
    close_sim();
}
END_TEST

START_TEST(a_hold_ends_on_deletion_and_shutdown)
{
    open_sim(true);
    struct exchange *x = held_create("d1");
    trace_pod_deleted(STR("default"), STR("web"), STR("d1"));
    assert_answered(x, "d1", "\"Deleted\"");
    assert_is("d1", ".status.reason", "Deleted");
    struct request *ours = create("controllers", "d2");
    commit(ours);
    ck_assert_msg(!trace_hold(ours), "our own components are never held");
    end(ours);
    x = held_create("d3");
    trace_release_held();
    assert_answered(x, "d3", "\"Shutdown\"");
    close_sim();
    pool_free(pool);
}
END_TEST

START_TEST(it_fits_later)
{
    open_sim(false);
    create_all(NULL, "u1");
    status("scheduler", "u1",
           "{\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\",\"message\":\"0/3 nodes\"}]}", NULL);
    assert_is("u1", ".status.phase", "Ended");
    assert_is("u1", ".status.message", "0/3 nodes");
    assert_steps("u1", "1 2 ");
    bind_pod(NULL);
    assert_is("u1", ".status.phase", "Walking");
    status("kubelet-sim", "u1", "{\"containerStatuses\":[{\"state\":{\"waiting\":{\"reason\":\"ImagePullBackOff\"}}}]}",
           NULL);
    assert_is("u1", ".status.phase", "Ended");
    status("kubelet-sim", "u1", RUNNING, NULL);
    assert_is("u1", ".status.phase", "Done");
    assert_steps("u1", "1 2 8 9 13 14 15? ");
    assert_fact("u1", 13, ".facts.phase", "\"Running\"");
    close_sim();
}
END_TEST

START_TEST(a_decision_says_it_fits_nowhere)
{
    open_sim(true);
    struct exchange *x = held_create("u1");
    trace_unscheduled(STR("u1"), STR("0/3 nodes"), STR("{\"nodes\":3}"), tree(&x->r, CACHED));
    assert_answered(x, "u1", "\"FailedScheduling\"");
    assert_is("u1", ".status.message", "0/3 nodes");
    assert_steps("u1", "1 2 4 5 6 7 15 ");
    bind_pod(NULL);
    trace_unscheduled(STR("u1"), STR("late"), STR("{}"), NULL); /* the batch of an attempt that was overtaken */
    assert_is("u1", ".status.phase", "Walking");
    close_sim();
}
END_TEST

START_TEST(hostile_notes)
{
    static const char *const bad[] = {
        "",
        "[",
        "{}",
        "[1,2]",
        "[{\"n\":99,\"t\":1,\"f\":{}}]",
        "[{\"n\":15,\"t\":1,\"f\":{\"x\":1}}]",
        "[{\"n\":7,\"f\":[1]}]",
        "[{\"n\":-4}]",
        "[{\"n\":7,\"t\":9223372036854775807,\"f\":{}}]",
        "[{\"n\":7,\"t\":-9223372036854775808}]",
        "null",
        "\xff\xfe",
    };
    open_sim(false);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char uid[8];
        snprintf(uid, sizeof uid, "b%zu", i);
        create_all(NULL, uid);
        bind_pod(bad[i]);
        struct arena a AUTO_ARENA = {0};
        const struct json *w = walk_tree(&a, uid);
        ck_assert(step_of(w, 8) && step_of(w, 9) && !step_of(w, 15));
        const struct json *seven = step_of(w, 7);
        double ms = seven ? json_number(obj_get(seven, ".ms")) : 0;
        ck_assert_msg(ms >= 0 && ms < 60000, "a time outside the walk");
    }
    create_all(NULL, "stranger");
    struct request *r = request(NULL, "POST", "/x", &binding_sub);
    note(r, CACHED);
    trace_binding(r, STR("default"), STR("web"), STR("node-1"));
    end(r);
    assert_steps("stranger", "1 2 8 "); /* a client's word about our components counts nothing */
    close_sim();
}
END_TEST

START_TEST(abandoned_and_forgotten)
{
    char uid[16];
    open_sim(false);
    struct request *r = create(NULL, "u1");
    trace_abandon(r);
    ck_assert_ptr_null(r->walk);
    end(r);
    assert_steps("u1", "");
    for (int i = 0; i < WALKS_MAX + 10; i++) {
        snprintf(uid, sizeof uid, "n%d", i);
        create_all(NULL, uid);
    }
    ck_assert_uint_eq(walks.count, WALKS_MAX);
    assert_steps("n0", "");
    assert_steps("n10", "1 2 ");
    close_sim();
}
END_TEST

TEST_MAIN("trace", real_flow, a_read_tells_the_client, deliveries_that_overtake_their_commit,
          binding_by_post_to_bindings, textbook_requests_for_nodes, holds_the_create, a_decision_says_it_fits_nowhere,
          it_fits_later, hostile_notes, abandoned_and_forgotten, a_hold_ends_on_deletion_and_shutdown)
