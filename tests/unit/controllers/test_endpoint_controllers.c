/* test_endpoint_controllers.c - the endpoint controllers against a scripted API server: what they write, what wakes
 * them, and what they leave alone. */
#include "base/clk.h"
#include "check_main.h"
#include "client/ctl.h"
#include "client/sim.h"
#include "fake_rest.h"

#include "api/object.h"

extern const struct ctl_spec endpoints_controller, endpointslice_controller, endpointslicemirroring_controller;

static struct fake_server server;
static struct rest *client;
static struct ctl_host *host;
static struct ctl *ctl;
static pthread_mutex_t lock = MUTEX_INIT; /* what the handler reads and writes */
static int created;

static struct {
    const char *path, *kind, *version, *items;
} lists[] = {
    {"/endpointslices", "EndpointSliceList", "discovery.k8s.io/v1", ""},
    {"/services", "ServiceList", "v1", ""},
    {"/endpoints", "EndpointsList", "v1", ""},
    {"/pods", "PodList", "v1", ""},
    {"/nodes", "NodeList", "v1", "{\"metadata\":{\"name\":\"n\",\"uid\":\"un\",\"resourceVersion\":\"2\"}}"},
};

static bool has(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static void answer_list(const struct fake_request *rq, struct fake_reply *rp)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        if (!has(rq->path, lists[i].path)) continue;
        buf_addf(&rp->body,
                 "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[%s]}",
                 lists[i].kind, lists[i].version, lists[i].items);
        return;
    }
    buf_cstr(&rp->body, "{}");
}

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    if (has(rq->path, "sim.kubestep.dev")) {
        rp->status = 404;
    } else if (has(rq->path, "watch=true")) {
        rp->stream = true;
    } else if (str_eqc(rq->method, "GET")) {
        answer_list(rq, rp);
    } else if (str_eqc(rq->method, "POST")) {
        rp->status = 201;
        buf_addf(&rp->body, "{\"metadata\":{\"name\":\"made-%d\",\"namespace\":\"d\"}}", ++created);
    } else {
        buf_cstr(&rp->body, "{}");
    }
    mutex_unlock(&lock);
}

static void up(const struct ctl_spec *spec, const char *services, const char *endpoints, const char *pods,
               const char *slices)
{
    const char *const items[] = {slices, services, endpoints, pods};
    for (size_t i = 0; i < ARRAY_LEN(items); i++) lists[i].items = items[i];
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    host = ctl_host_new(client, "controllers");
    ctl = ctl_start(host, spec);
    ck_assert(ctl_host_run(host));
}

static void down(void)
{
    ctl_host_free(host);
    rest_free(client);
    fake_stop(&server);
}

/* Waits until n requests of this kind came and the controller is quiet, then there must be just n. */
#define EXPECT_REQUESTS(what, n)                                                                                       \
    do {                                                                                                               \
        FAKE_WAIT(fake_count(&server, (what)) >= (n) && ctl_host_idle(host));                                          \
        ck_assert_int_eq(fake_count(&server, (what)), (n));                                                            \
    } while (0)

#define META(name, rv, more)                                                                                           \
    "\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\",\"uid\":\"u-" name "\",\"resourceVersion\":\"" rv         \
    "\"" more "}"
#define SVC(name, spec)                                                                                                \
    "{\"apiVersion\":\"v1\",\"kind\":\"Service\"," META(                                                               \
        name, "3", "") ",\"spec\":{\"type\":\"ClusterIP\",\"clusterIP\":"                                              \
                       "\"10.96.0.2\",\"ipFamilies\":[\"IPv4\"],\"ports\":[{\"port\":80,\"protocol\":\"TCP\","         \
                       "\"targetPort\":80}]" spec "}}"
#define SELECTS(app) ",\"selector\":{\"app\":\"" app "\"}"
#define POD(name, app, rv, more)                                                                                       \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"," META(                                                                   \
        name, rv,                                                                                                      \
        ",\"labels\":{\"app\":\"" app "\"}" more) ",\"spec\":{\"nodeName\":\"n\"},\"status\":{\"podIP\":\"1.1.1.1\","  \
                                                  "\"podIPs\":[{\"ip\":\"1.1.1.1\"}],\"conditions\":["                 \
                                                  "{\"type\":\"Ready\",\"status\":\"True\"}]}}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}"

START_TEST(endpoints_are_made_and_kept)
{
    up(&endpoints_controller, SVC("a", SELECTS("a")) "," SVC("none", "") "," SVC("b", SELECTS("b")), "",
       POD("p", "a", "4", ""), "");
    EXPECT_REQUESTS("POST /api/v1/namespaces/d/endpoints", 2); /* of a and b; `none` has no selector */
    FAKE_WAIT(fake_streams(&server, "watch=true") == 3);
    fake_push(&server, "/pods", EVENT("MODIFIED", POD("p", "a", "6", ",\"annotations\":{\"x\":\"y\"}")));
    fake_push(&server, "/pods", EVENT("ADDED", POD("q", "b", "7", "")));
    EXPECT_REQUESTS("POST /api/v1/namespaces/d/endpoints", 3); /* b's again; an annotation is no news for a's */
    /* Whichever of the two comes first: what we made goes with its Service. */
    fake_push(&server, "/endpoints",
              EVENT("ADDED",
                    "{\"apiVersion\":\"v1\",\"kind\":\"Endpoints\"," META(
                        "b", "8", ",\"labels\":{\"endpoints.kubernetes.io/managed-by\":\"endpoint-controller\"}") "}"));
    fake_push(&server, "/services", EVENT("DELETED", SVC("b", SELECTS("b"))));
    FAKE_WAIT(fake_count(&server, "DELETE /api/v1/namespaces/d/endpoints/b") > 0);
    ck_assert_int_gt(fake_count(&server, "DELETE /api/v1/namespaces/d/endpoints/b"), 0);
    ck_assert_int_eq(fake_count(&server, "DELETE /api/v1/namespaces/d/endpoints/a"), 0);
    down();
}
END_TEST

START_TEST(a_slice_is_made_once)
{
    up(&endpointslice_controller, SVC("a", SELECTS("a")), "", POD("p", "a", "4", ""), "");
    EXPECT_REQUESTS("POST /apis/discovery.k8s.io/v1/namespaces/d/endpointslices", 1);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 4);
    /* The cache does not show it yet: another pod waits until it does. */
    fake_push(&server, "/pods", EVENT("ADDED", POD("q", "a", "6", "")));
    FAKE_WAIT(informer_count(ctl_informer(ctl, "v1/pods")) == 2 && ctl_host_idle(host));
    EXPECT_REQUESTS("POST /apis/discovery.k8s.io/v1/namespaces/d/endpointslices", 1);
    fake_push(
        &server, "/endpointslices",
        EVENT("ADDED",
              "{\"apiVersion\":\"discovery.k8s.io/v1\",\"kind\":\"EndpointSlice\"," META(
                  "a-1", "7",
                  ",\"labels\":{\"kubernetes.io/service-name\":\"a\",\"endpointslice.kubernetes.io/managed-by\":"
                  "\"endpointslice-controller.k8s.io\"},\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":"
                  "\"Service\",\"name\":\"a\",\"uid\":\"u-a\",\"controller\":true}]") ",\"addressType\":\"IPv4\","
                                                                                      "\"endpoints\":[],\"ports\":[{"
                                                                                      "\"name\":\"\",\"port\":80,"
                                                                                      "\"protocol\":\"TCP\"}]}"));
    /* The events come on two streams, in any order: perhaps each finds something to write. */
    FAKE_WAIT(fake_count(&server, "PUT /apis/discovery.k8s.io/v1/namespaces/d/endpointslices/a-1") > 0 &&
              ctl_host_idle(host));
    ck_assert_int_gt(fake_count(&server, "PUT /apis/discovery.k8s.io/v1/namespaces/d/endpointslices/a-1"), 0);
    ck_assert_int_eq(fake_count(&server, "POST /apis/discovery.k8s.io/v1/namespaces/d/endpointslices"), 1);
    down();
}
END_TEST

#define OWN(name, labels)                                                                                              \
    "{\"apiVersion\":\"v1\",\"kind\":\"Endpoints\"," META(name, "3",                                                   \
                                                          labels) ",\"subsets\":[{\"addresses\":[{\"ip\":"             \
                                                                  "\"1.2.3.4\"}],\"ports\":[{\"port\":9}]}]}"

START_TEST(endpoints_are_mirrored)
{
    up(&endpointslicemirroring_controller, SVC("own", "") "," SVC("skipped", "") "," SVC("selects", SELECTS("a")),
       OWN("own", "") "," OWN("skipped", ",\"labels\":{\"endpointslice.kubernetes.io/skip-mirror\":\"true\"}") "," OWN(
           "selects", "") "," OWN("alone", ""),
       "", "");
    EXPECT_REQUESTS("POST /apis/discovery.k8s.io/v1/namespaces/d/endpointslices", 1);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 3);
    fake_push(&server, "/services", EVENT("ADDED", SVC("alone", "")));
    EXPECT_REQUESTS("POST /apis/discovery.k8s.io/v1/namespaces/d/endpointslices", 2);
    down();
}
END_TEST

TEST_MAIN("endpoint_controllers", endpoints_are_made_and_kept, a_slice_is_made_once, endpoints_are_mirrored)
