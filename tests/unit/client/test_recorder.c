/* test_recorder.c - what reaches the server: new events, counts, series, the spam filter, retries. */
#include "base/clk.h"
#include "check_main.h"
#include "client/limits.h"
#include "client/recorder.h"
#include "fake_rest.h"

#include <stdatomic.h>

static struct fake_server server;
static struct rest *client;
static pthread_mutex_t lock = MUTEX_INIT;
static char last_post[8192], last_patch[8192], last_patch_path[512];
static int fail_next, fail_status;

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    bool patch = str_eqc(rq->method, "PATCH");
    mutex_lock(&lock);
    if (fail_next > 0) {
        fail_next--;
        rp->status = fail_status;
        buf_addf(&rp->body, "{\"kind\":\"Status\",\"code\":%d,\"message\":\"no\",\"reason\":\"%s\"}", fail_status,
                 fail_status == 409   ? "AlreadyExists"
                 : fail_status == 404 ? "NotFound"
                                      : "ServiceUnavailable");
    } else {
        snprintf(patch ? last_patch : last_post, sizeof last_post, "%.*s", STR_ARG(rq->body));
        if (patch) snprintf(last_patch_path, sizeof last_patch_path, "%.*s", STR_ARG(rq->path));
        if (patch)
            ck_assert(str_eqc(fake_head_value(rq->head, "Content-Type"), "application/strategic-merge-patch+json"));
        buf_cstr(&rp->body, "{}");
    }
    mutex_unlock(&lock);
}

static struct recorder *up(enum recorder_api api)
{
    struct clk_state s;
    clk_get(&s);
    s.paused = true;
    clk_set(&s);
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    fail_next = 0;
    last_post[0] = last_patch[0] = 0;
    return recorder_new(client, api, "kubelet", "node-1");
}

static void down(struct recorder *rec)
{
    recorder_free(rec);
    rest_free(client);
    fake_stop(&server);
}

static void advance_s(int64_t s)
{
    struct clk_state c;
    clk_get(&c);
    c.at_ns += s * 1000000000;
    clk_set(&c);
}

static const struct event_about pod = {.api_version = "v1",
                                       .kind = "Pod",
                                       .ns = {"default", 7},
                                       .name = {"web", 3},
                                       .uid = {"u1", 2},
                                       .rv = 42,
                                       .field_path = "spec.containers{web}"};

static void settle(struct recorder *rec)
{
    FAKE_WAIT(recorder_idle(rec));
    ck_assert(recorder_idle(rec));
}

#define HAS(text, part) ck_assert_msg(strstr(text, part), "%s not in %s", part, text)

START_TEST(core_event_and_its_count)
{
    struct recorder *rec = up(RECORDER_CORE_V1);
    struct err e;
    struct arena a AUTO_ARENA = {0};
    recorder_event(rec, &pod, "Normal", "Pulled", NULL, NULL, "image \"%s\"", "x");
    settle(rec);
    ck_assert_int_eq(fake_count(&server, "POST /api/v1/namespaces/default/events"), 1);
    struct json *j = json_parse(&a, str_of(last_post), &e);
    ck_assert_msg(j, "%s", last_post);
    ck_assert(obj_is(j, ".involvedObject.fieldPath", "spec.containers{web}") &&
              obj_is(j, ".involvedObject.resourceVersion", "42"));
    ck_assert(obj_is(j, ".source.component", "kubelet") && obj_is(j, ".source.host", "node-1") &&
              obj_is(j, ".message", "image \"x\""));
    ck_assert(obj_is(j, ".reportingComponent", "kubelet") && obj_is(j, ".reportingInstance", "node-1"));
    ck_assert(obj_int(j, ".count", 0) == 1 && obj_is(j, ".type", "Normal") && str_starts(obj_name(j), STR("web.")));
    char path[512];
    snprintf(path, sizeof path, "/api/v1/namespaces/default/events/%.*s", STR_ARG(obj_name(j)));
    advance_s(3);
    recorder_event(rec, &pod, "Normal", "Pulled", NULL, NULL, "image \"x\"");
    settle(rec);
    HAS(last_patch, "{\"count\":2,\"lastTimestamp\":");
    ck_assert_str_eq(last_patch_path, path);
    fail_status = 404; /* expired: made anew */
    fail_next = 1;
    recorder_event(rec, &pod, "Normal", "Pulled", NULL, NULL, "image \"x\"");
    settle(rec);
    HAS(last_post, "\"count\":1");
    ck_assert_int_eq(fake_count(&server, "POST "), 2);
    down(rec);
}
END_TEST

START_TEST(similar_are_combined)
{
    struct recorder *rec = up(RECORDER_CORE_V1);
    for (int i = 0; i < 12; i++) recorder_event(rec, &pod, "Warning", "BackOff", NULL, NULL, "attempt %d", i);
    settle(rec);
    /* nine of their own, one combined, its count raised by the rest */
    ck_assert_int_eq(fake_count(&server, "POST "), 10);
    ck_assert_int_eq(fake_count(&server, "PATCH "), 2);
    HAS(last_post, "\"message\":\"(combined from similar events): attempt 9\"");
    HAS(last_patch, "\"count\":3");
    HAS(last_patch, "(combined from similar events): attempt 11");
    down(rec);
}
END_TEST

START_TEST(spam_is_filtered)
{
    struct recorder *rec = up(RECORDER_CORE_V1);
    for (int i = 0; i < 40; i++) recorder_event(rec, &pod, "Normal", "Same", NULL, NULL, "x");
    settle(rec);
    ck_assert_int_eq(server.requests, EVENT_BURST);
    advance_s(EVENT_REFILL_S);
    for (int i = 0; i < 3; i++) recorder_event(rec, &pod, "Normal", "Same", NULL, NULL, "x");
    settle(rec);
    ck_assert_int_eq(server.requests, EVENT_BURST + 1);
    HAS(last_patch, "\"count\":41"); /* what was filtered is counted */
    down(rec);
}
END_TEST

START_TEST(series)
{
    struct recorder *rec = up(RECORDER_EVENTS_V1);
    for (int i = 0; i < 4; i++)
        recorder_event(rec, &pod, "Warning", "FailedScheduling", "Scheduling", NULL, "0/%d nodes", i);
    settle(rec);
    ck_assert_int_eq(fake_count(&server, "POST /apis/events.k8s.io/v1/namespaces/default/events"), 1);
    ck_assert_int_eq(fake_count(&server, "PATCH "), 1);
    HAS(last_post, "\"note\":\"0/0 nodes\"");
    HAS(last_post, "\"reportingController\":\"kubelet\",\"reportingInstance\":\"kubelet-node-1\"");
    HAS(last_post, "\"regarding\":{\"kind\":\"Pod\"");
    HAS(last_patch, "{\"series\":{\"count\":2,\"lastObservedTime\":\"");
    advance_s(EVENT_SERIES_S + 1);
    recorder_event(rec, &pod, "Warning", "FailedScheduling", "Scheduling", NULL, "again");
    settle(rec);
    HAS(last_post, "\"note\":\"again\"");
    ck_assert_ptr_null(strstr(last_post, "\"related\""));
    struct event_about about = pod;
    const struct event_about other = {.api_version = "v1", .kind = "Pod", .name = STR("other"), .uid = STR("uid-o")};
    about.related = &other;
    recorder_event(rec, &about, "Normal", "Preempted", "Preempting", NULL, "x");
    settle(rec);
    HAS(last_post, "\"related\":{\"kind\":\"Pod\",\"name\":\"other\",\"uid\":\"uid-o\",\"apiVersion\":\"v1\"}");
    down(rec);
}
END_TEST

START_TEST(retries_and_names)
{
    struct recorder *rec = up(RECORDER_CORE_V1);
    fail_status = 503;
    fail_next = 2;
    recorder_event(rec, &pod, "Normal", "A", NULL, "node-9", "x");
    settle(rec);
    HAS(last_post, "\"host\":\"node-9\"");
    ck_assert_int_eq(server.requests, 3);
    fail_status = 409;
    fail_next = 1;
    last_post[0] = 0;
    recorder_event(rec, &pod, "Normal", "B", NULL, NULL, "x");
    settle(rec);
    HAS(last_post, "\"reason\":\"B\"");
    fail_status = 503; /* for ever: freeing gives up */
    fail_next = 1 << 30;
    recorder_event(rec, &pod, "Normal", "C", NULL, NULL, "x");
    int64_t t = mono_ms();
    down(rec);
    ck_assert_int_lt(mono_ms() - t, 10000);
}
END_TEST

START_TEST(many_objects)
{
    struct recorder *rec = up(RECORDER_CORE_V1);
    char name[16];
    for (int i = 0; i < 1500; i++) {
        struct event_about about = pod;
        snprintf(name, sizeof name, "p%d", i % 500);
        about.name = str_of(name);
        recorder_event(rec, &about, "Normal", i < 500 ? "A" : i < 1000 ? "B" : "C", NULL, NULL, "x");
    }
    settle(rec);
    ck_assert_int_eq(fake_count(&server, "POST "), 1500);
    ck_assert_int_gt(server.accepted, 1); /* more senders joined */
    ck_assert_int_le(server.accepted, RECORDER_SENDERS);
    down(rec);
}
END_TEST

TEST_MAIN("recorder", core_event_and_its_count, similar_are_combined, spam_is_filtered, series, retries_and_names,
          many_objects)
