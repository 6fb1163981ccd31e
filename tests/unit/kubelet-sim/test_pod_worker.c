/* test_pod_worker.c - pods of a scripted API server on a clock that the test moves: what is asked, what is reported,
 * and how often. */
#include "kubelet-sim/pod_worker.h"

#include "fake_rest.h"
#include "run_support.h"

#define T0 INT64_C(1800000000)

static struct fake_server server;
static struct rest *client;
static struct recorder *recorder;
static struct nodes *nodes;
static struct informer *pods;
static struct logs *logs;
static struct pod_workers *workers;
static pthread_mutex_t lock = MUTEX_INIT; /* what the handler reads and writes */
static const char *first;                 /* items of the first list */
static char statuses[64][4096];           /* bodies of PATCH .../status, in order of arrival */
static int nstatuses, refuse_status;
static bool config_there;

static bool has(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static void answer_config(struct fake_reply *rp)
{
    if (config_there) {
        buf_cstr(
            &rp->body,
            "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"cm\"},\"data\":{\"k\":\"v\"}}");
        return;
    }
    rp->status = 404;
    buf_cstr(&rp->body, "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"message\":\"configmaps "
                        "\\\"cm\\\" not found\",\"code\":404}");
}

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    if (has(rq->path, "watch=true")) {
        rp->stream = true;
    } else if (has(rq->path, "/configmaps/")) {
        answer_config(rp);
    } else if (has(rq->path, "/status") && refuse_status) {
        refuse_status--;
        rp->status = 500;
    } else if (has(rq->path, "/status")) {
        if (nstatuses < 64) snprintf(statuses[nstatuses++], sizeof statuses[0], "%.*s", STR_ARG(rq->body));
        buf_cstr(&rp->body, "{}");
    } else if (str_eqc(rq->method, "GET")) {
        buf_addf(&rp->body,
                 "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[%s]}",
                 first);
    } else {
        buf_cstr(&rp->body, "{}");
    }
    mutex_unlock(&lock);
}

static void on_pod(void *arg, enum informer_event what, const struct object *old, const struct object *pod)
{
    (void)arg, (void)what, (void)old;
    pod_workers_notice(workers, pod);
}

static void set_clock(int64_t seconds)
{
    clk_set(&(struct clk_state){.at_ns = (T0 + seconds) * S, .rate = 1, .paused = true});
}

static void up(const char *items)
{
    static const struct node_options options = {
        .prefix = "node-", .count = 1, .cpu = "8", .memory = "16Gi", .ephemeral = "100Gi", .pods = "110"};
    first = items;
    nstatuses = refuse_status = 0;
    config_there = false;
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    recorder = recorder_new(client, RECORDER_CORE_V1, "kubelet", NULL);
    nodes = nodes_new(client, recorder, &options);
    pods = informer_new(client, &(struct informer_options){.resource = "v1/pods", .field_selector = "spec.nodeName!="});
    logs = logs_new();
    workers = pod_workers_new(nodes, pods, logs, NULL);
    informer_on(pods, on_pod, NULL);
    informer_start(pods);
    ck_assert(informer_wait_synced(pods, 20000));
    pod_workers_start(workers);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 1);
}

static void down(void)
{
    informer_stop(pods);
    pod_workers_stop(workers);
    nodes_stop(nodes);
    recorder_free(recorder);
    pod_workers_free(workers);
    informer_free(pods);
    nodes_free(nodes);
    logs_free(logs);
    rest_free(client);
    fake_stop(&server);
}

/* Waits for the n-th report; it says this. */
static void expect_report(int n, const char *part)
{
    FAKE_WAIT(nstatuses >= n && pod_workers_idle(workers));
    mutex_lock(&lock);
    ck_assert_msg(nstatuses == n, "%d reports; the last: %s", nstatuses, nstatuses ? statuses[nstatuses - 1] : "");
    ck_assert_msg(strstr(statuses[n - 1], part) != NULL, "no %s in %s", part, statuses[n - 1]);
    mutex_unlock(&lock);
}

#define POD_AT(rv, meta, spec, status)                                                                                 \
    "{\"metadata\":{\"name\":\"p\",\"namespace\":\"d\",\"uid\":\"u\",\"resourceVersion\":\"" rv                        \
    "\",\"generation\":1" meta "},\"spec\":{\"nodeName\":\"node-1\",\"restartPolicy\":\"Always\"," spec                \
    "},\"status\":{" status "}}"
#define POD(meta, spec, status) POD_AT("4", meta, spec, status)
#define EVENT(type, pod)        "{\"type\":\"" type "\",\"object\":" pod "}"
#define NGINX                   "\"containers\":[{\"name\":\"c\",\"image\":\"nginx\"}]"
#define CRASH                   "\"containers\":[{\"name\":\"c\",\"image\":\"busybox\",\"command\":[\"sh\",\"-c\",\"sleep 1; exit 2\"]}]"

START_TEST(a_plain_pod_costs_two_reports)
{
    set_clock(0);
    up(POD("", NGINX, ""));
    expect_report(2, "\"phase\":\"Running\"");
    ck_assert_ptr_nonnull(strstr(statuses[0], "ContainerCreating"));
    ck_assert_int_eq(fake_count(&server, "GET"), 2); /* the list and the watch */
    struct arena a AUTO_ARENA = {0};
    struct log_lines lines;
    ck_assert_int_eq(logs_read(logs, &a, STR("u"), STR("c"), false, 0, &lines), LOG_MORE);
    ck_assert_uint_eq(lines.count, 1);
    fake_push(&server, "/pods", EVENT("MODIFIED", POD_AT("10", ",\"labels\":{\"a\":\"b\"}", NGINX, "")));
    set_clock(100000);
    FAKE_WAIT(pod_workers_idle(workers));
    expect_report(2, "Running"); /* nobody asked for a third */
    down();
}
END_TEST

START_TEST(a_crash_loop_on_the_clock)
{
    set_clock(200000);
    up(POD("", CRASH, ""));
    expect_report(2, "\"phase\":\"Running\"");
    set_clock(200001);
    expect_report(4, "\"restartCount\":1");
    ck_assert_ptr_nonnull(strstr(statuses[2], "\"exitCode\":2"));
    set_clock(200002);
    expect_report(6, "back-off 10s restarting failed container=c pod=p_d(u)");
    set_clock(200011);
    FAKE_WAIT(pod_workers_idle(workers));
    ck_assert_int_eq(nstatuses, 6);
    set_clock(200012);
    expect_report(7, "\"restartCount\":2");
    set_clock(201000); /* a leap: the restarts in between have been, and the last state is told */
    FAKE_WAIT(fake_count(&server, "/status") >= 8 && pod_workers_idle(workers));
    ck_assert_ptr_nonnull(strstr(statuses[nstatuses - 1], "\"restartCount\":8"));
    ck_assert_int_le(nstatuses, 9);
    down();
}
END_TEST

START_TEST(a_deleted_pod_is_reported_and_dropped)
{
    set_clock(300000);
    up(POD("", NGINX, ""));
    expect_report(2, "Running");
    fake_push(&server, "/pods",
              EVENT("MODIFIED",
                    POD_AT("11", ",\"deletionTimestamp\":\"2027-01-18T00:00:00Z\",\"deletionGracePeriodSeconds\":30",
                           NGINX, "")));
    FAKE_WAIT(fake_count(&server, "DELETE /api/v1/namespaces/d/pods/p") >= 1);
    expect_report(3, "\"phase\":\"Succeeded\"");
    fake_push(&server, "/pods",
              EVENT("MODIFIED",
                    POD_AT("12", ",\"deletionTimestamp\":\"2027-01-18T00:00:00Z\",\"deletionGracePeriodSeconds\":0",
                           NGINX, "")));
    fake_push(&server, "/pods", EVENT("DELETED", POD_AT("13", "", NGINX, "")));
    FAKE_WAIT(informer_count(pods) == 0 && pod_workers_idle(workers));
    ck_assert_int_eq(fake_count(&server, "DELETE /api/v1/namespaces/d/pods/p"), 1);
    expect_report(3, "Succeeded");
    struct arena a AUTO_ARENA = {0};
    struct log_lines lines;
    FAKE_WAIT(logs_read(logs, &a, STR("u"), STR("c"), false, 0, &lines) == LOG_NONE);
    ck_assert_int_eq(logs_read(logs, &a, STR("u"), STR("c"), false, 0, &lines), LOG_NONE);
    down();
}
END_TEST

START_TEST(a_volume_that_comes_late)
{
    set_clock(400000);
    up(POD("", NGINX ",\"volumes\":[{\"name\":\"v\",\"configMap\":{\"name\":\"cm\"}}]", ""));
    FAKE_WAIT(fake_count(&server, "GET /api/v1/namespaces/d/configmaps/cm") >= 1);
    expect_report(1, "ContainerCreating");
    FAKE_WAIT(fake_count(&server, "/events") >= 1);
    mutex_lock(&lock);
    config_there = true;
    mutex_unlock(&lock);
    set_clock(400001);
    expect_report(2, "\"phase\":\"Running\"");
    ck_assert_int_eq(fake_count(&server, "/configmaps/cm"), 2);
    down();
}
END_TEST

START_TEST(a_report_that_failed_is_sent_again)
{
    set_clock(500000);
    up("");
    mutex_lock(&lock);
    refuse_status = 3;
    mutex_unlock(&lock);
    fake_push(&server, "/pods", EVENT("ADDED", POD("", NGINX, "")));
    for (int i = 1; i <= 4; i++) { /* its back-off is cluster time */
        FAKE_WAIT(fake_count(&server, "/status") >= i && pod_workers_idle(workers));
        ck_assert_int_ge(fake_count(&server, "/status"), i);
        set_clock(500000 + i);
    }
    expect_report(1, "\"phase\":\"Running\"");
    down();
}
END_TEST

START_TEST(what_ran_goes_on)
{
    set_clock(600000);
    up(POD("", NGINX,
           "\"phase\":\"Running\",\"podIP\":\"10.244.0.2\",\"startTime\":\"2027-01-15T08:00:00Z\","
           "\"conditions\":[{\"type\":\"Initialized\",\"status\":\"True\"}],"
           "\"containerStatuses\":[{\"name\":"
           "\"c\",\"restartCount\":5,\"started\":true,\"ready\":true,\"imageID\":\"x\",\"state\":{\"running\":{"
           "\"startedAt\":"
           "\"2027-01-15T08:00:00Z\"}},\"lastState\":{}}]"));
    FAKE_WAIT(pod_workers_idle(workers));
    ck_assert_int_eq(nstatuses, 0);
    fake_push(&server, "/pods",
              EVENT("ADDED", "{\"metadata\":{\"name\":\"q\",\"namespace\":\"d\",\"uid\":\"v\",\"resourceVersion\":"
                             "\"6\"},\"spec\":{\"nodeName\":\"node-1\"," NGINX "}}"));
    expect_report(2, "\"podIP\":\"10.244.0.3\""); /* its address is taken */
    fake_push(&server, "/pods",
              EVENT("ADDED",
                    "{\"metadata\":{\"name\":\"r\",\"namespace\":\"d\",\"uid\":\"w\",\"resourceVersion\":\"7\"},"
                    "\"spec\":{\"nodeName\":\"node-1\"," NGINX "},\"status\":{\"phase\":\"Succeeded\"}}"));
    FAKE_WAIT(informer_count(pods) == 3 && pod_workers_idle(workers));
    ck_assert_int_eq(nstatuses, 2); /* what is over is left alone */
    down();
}
END_TEST

TEST_MAIN("pod_worker", a_plain_pod_costs_two_reports, a_crash_loop_on_the_clock, a_deleted_pod_is_reported_and_dropped,
          a_volume_that_comes_late, a_report_that_failed_is_sent_again, what_ran_goes_on)
