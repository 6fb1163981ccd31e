/* test_ctl.c - keys from primary and owned events, expectations, back-off, looking again, status writes, stopping. */
#include "base/clk.h"
#include "check_main.h"
#include "client/ctl.h"
#include "client/sim.h"
#include "fake_rest.h"

#include <stdatomic.h>

static struct fake_server server;
static pthread_mutex_t lock = MUTEX_INIT;
static char last_put[4096];

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    bool watch = memmem(rq->path.p, rq->path.n, "watch=true", 10);
    bool rs = memmem(rq->path.p, rq->path.n, "replicasets", 11);
    if (memmem(rq->path.p, rq->path.n, "sim.kubestep.dev", 16)) {
        rp->status = 404;
    } else if (watch) {
        rp->stream = true;
    } else if (str_eqc(rq->method, "PUT")) {
        mutex_lock(&lock);
        snprintf(last_put, sizeof last_put, "%.*s %.*s", STR_ARG(rq->path), STR_ARG(rq->body));
        mutex_unlock(&lock);
        buf_cstr(&rp->body, "{}");
    } else {
        buf_addf(&rp->body,
                 "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[%s]}",
                 rs ? "ReplicaSetList" : "PodList", rs ? "apps/v1" : "v1",
                 rs ? "{\"metadata\":{\"name\":\"rs\",\"namespace\":\"d\",\"uid\":\"U\",\"resourceVersion\":\"3\"},"
                      "\"status\":{\"replicas\":1}}"
                    : "");
    }
}

static _Atomic int calls, fail_first;
static char last_key[256];
static int64_t again_ms;
static void (*in_reconcile)(struct ctl *c, struct outcome *out);

static void reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    mutex_lock(&lock);
    snprintf(last_key, sizeof last_key, "%.*s|%.*s", STR_ARG(ns), STR_ARG(name));
    mutex_unlock(&lock);
    if (in_reconcile) in_reconcile(c, out);
    out->again_after_ms = again_ms;
    struct err e;
    err_set(&e, ERR_CONFLICT, "again");
    if (atomic_load(&fail_first) > 0) {
        atomic_fetch_sub(&fail_first, 1);
        ctl_fail(out, &e);
    }
    atomic_fetch_add(&calls, 1);
}

static const struct ctl_spec spec = {.name = "replicaset",
                                     .primary = "apps/v1/replicasets",
                                     .owns = {"v1/pods"},
                                     .kind = "ReplicaSet",
                                     .workers = 2,
                                     .reconcile = reconcile};

static struct rest *client;
static struct ctl_host *host;
static struct ctl *ctl;

static void up(void)
{
    calls = fail_first = 0;
    again_ms = 0;
    in_reconcile = NULL;
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    host = ctl_host_new(client, "controllers");
    ctl = ctl_start(host, &spec);
}

static void run(void)
{
    ck_assert(ctl_host_run(host));
    FAKE_WAIT(fake_streams(&server, "watch=true") == 2);
}

static void down(void)
{
    int64_t t = mono_ms();
    ctl_host_free(host);
    ck_assert_int_lt(mono_ms() - t, 5000);
    rest_free(client);
    fake_stop(&server);
}

static void pod_event(const char *type, int rv, bool going)
{
    AUTO_FREE char *line = xasprintf(
        "{\"type\":\"%s\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"p\","
        "\"namespace\":\"d\","
        "\"uid\":\"P\",\"resourceVersion\":\"%d\"%s,\"ownerReferences\":[{\"kind\":\"ReplicaSet\",\"name\":\"rs\","
        "\"uid\":\"U\",\"controller\":true}]}}}",
        type, rv, going ? ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"" : "");
    fake_push(&server, "/pods", line);
}

#define EXPECT_CALLS(n)                                                                                                \
    do {                                                                                                               \
        FAKE_WAIT(atomic_load(&calls) >= (n) && ctl_host_idle(host));                                                  \
        ck_assert_int_eq(atomic_load(&calls), n);                                                                      \
    } while (0)

START_TEST(owned_events_wake_the_owner)
{
    struct str key = STR("d/rs");
    up();
    run();
    EXPECT_CALLS(1); /* the primary from the list */
    ck_assert_str_eq(last_key, "d|rs");
    expect_creations(ctl_expect(ctl), key, 1);
    pod_event("ADDED", 10, false);
    EXPECT_CALLS(2);
    ck_assert(expect_satisfied(ctl_expect(ctl), key));
    const struct object *rs AUTO_OBJ = ctl_get(ctl, "apps/v1/replicasets", STR("d"), STR("rs"));
    struct objs pods AUTO_OBJS = {0};
    ctl_owned(ctl, "v1/pods", rs, &pods);
    ck_assert_uint_eq(pods.count, 1);
    expect_deletions(ctl_expect(ctl), key, 1);
    pod_event("MODIFIED", 11, true); /* begins to go: counts */
    EXPECT_CALLS(3);
    ck_assert(expect_satisfied(ctl_expect(ctl), key));
    expect_deletions(ctl_expect(ctl), key, 1);
    pod_event("DELETED", 12, true); /* the same deletion: counts no second time */
    EXPECT_CALLS(4);
    ck_assert(!expect_satisfied(ctl_expect(ctl), key));
    down();
}
END_TEST

START_TEST(failures_back_off_and_again_after)
{
    struct clk_state s;
    up();
    fail_first = 3; /* 5, 10, 20 ms of cluster time */
    run();
    EXPECT_CALLS(4);
    clk_get(&s);
    s.paused = true;
    clk_set(&s);
    again_ms = 60000;
    workq_add(ctl_queue(ctl), STR("d/rs"));
    EXPECT_CALLS(5);
    FAKE_WAIT(clk_next_due_ns() == s.at_ns + 60000 * INT64_C(1000000));
    again_ms = 0;
    clk_get(&s);
    s.at_ns += 60000 * INT64_C(1000000);
    clk_set(&s);
    EXPECT_CALLS(6);
    s.paused = false;
    clk_set(&s);
    down();
}
END_TEST

static _Atomic int puts_before;

static void put_status(struct ctl *c, struct outcome *out)
{
    const struct object *rs AUTO_OBJ = ctl_get(c, "apps/v1/replicasets", STR("d"), STR("rs"));
    struct json *status = obj_empty(out->arena);
    obj_put_int(out->arena, status, ".replicas", 1);
    ctl_put_status(c, rs, status, out); /* the same: no request */
    puts_before = fake_count(&server, "PUT ");
    obj_put_int(out->arena, status, ".replicas", 2);
    ctl_put_status(c, rs, status, out);
}

START_TEST(status_only_when_it_differs)
{
    up();
    in_reconcile = put_status;
    run();
    EXPECT_CALLS(1);
    ck_assert_int_eq(puts_before, 0);
    ck_assert_int_eq(fake_count(&server, "PUT /apis/apps/v1/namespaces/d/replicasets/rs/status"), 1);
    ck_assert_ptr_nonnull(strstr(last_put, "\"status\":{\"replicas\":2}"));
    ck_assert_ptr_nonnull(strstr(last_put, "\"resourceVersion\":\"3\""));
    down();
}
END_TEST

static void hang(struct ctl *c, struct outcome *out)
{
    struct err e;
    struct rest_call call = {.method = "GET", .path = "/watch=true"};
    struct http_stream *s = rest_open(ctl_rest(c), &call, &e);
    struct str line;
    while (s && http_stream_line(s, &line, INT64_MAX, &e) == 1) {}
    http_stream_close(s);
    ctl_fail(out, &e);
}

START_TEST(stops_in_the_middle_of_a_reconcile)
{
    up();
    in_reconcile = hang;
    ck_assert(ctl_host_run(host));
    FAKE_WAIT(fake_streams(&server, "watch=true") == 3);
    down();
}
END_TEST

TEST_MAIN("ctl", owned_events_wake_the_owner, failures_back_off_and_again_after, status_only_when_it_differs,
          stops_in_the_middle_of_a_reconcile)
