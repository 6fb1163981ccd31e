/* test_node.c - what a simulated node says of itself when it registers, and when its Node is there already. */
#include "kubelet-sim/node.h"

#include "check_main.h"
#include "fake_rest.h"

static pthread_mutex_t lock = MUTEX_INIT; /* what the handler reads and writes */
static char created[16384], patched[16384];
static bool there; /* the Node, before the kubelet */

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    bool nodes = str_eqc(rq->path, "/api/v1/nodes");
    if (nodes) snprintf(created, sizeof created, "%.*s", STR_ARG(rq->body));
    if (str_starts(rq->path, STR("/api/v1/nodes/node-1/status")))
        snprintf(patched, sizeof patched, "%.*s", STR_ARG(rq->body));
    rp->status = nodes && there ? 409 : 200;
    buf_cstr(&rp->body, nodes && there ? "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"AlreadyExists\","
                                         "\"message\":\"nodes \\\"node-1\\\" already exists\",\"code\":409}"
                                       : "{}");
    mutex_unlock(&lock);
}

static void register_one(void)
{
    static const struct node_options options = {
        .prefix = "node-", .count = 1, .cpu = "8", .memory = "16Gi", .ephemeral = "100Gi", .pods = "110"};
    static struct fake_server server;
    struct err e = ERR_INIT;
    created[0] = patched[0] = '\0';
    fake_start(&server, 0, handler, NULL);
    struct rest *client = fake_rest(&server);
    struct recorder *recorder = recorder_new(client, RECORDER_CORE_V1, "kubelet", NULL);
    struct nodes *nodes = nodes_new(client, recorder, &options);
    ck_assert_msg(nodes_register(nodes, &e), "%s", e.text);
    nodes_stop(nodes);
    recorder_free(recorder);
    nodes_free(nodes);
    rest_free(client);
    fake_stop(&server);
}

/* A 1.36 kubelet with its default feature gates: sorted, as the API wants them. */
static void expect_features(const char *body)
{
    static const char *const features[] = {"ExtendWebSocketsToKubelet", "InPlacePodLevelResourcesVerticalScaling",
                                           "InPlacePodVerticalScalingInitContainers",
                                           "RestartAllContainersOnContainerExits"};
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    size_t i = 0;
    const struct json *node = json_parse(&a, str_of(body), &e);
    ck_assert_msg(node != NULL, "%s: %s", e.text, body);
    for (OBJ_EACH(f, node, ".status.declaredFeatures")) {
        ck_assert_uint_lt(i, ARRAY_LEN(features));
        ck_assert_msg(str_eqc(obj_text(f), features[i]), "%.*s", STR_ARG(obj_text(f)));
        i++;
    }
    ck_assert_uint_eq(i, ARRAY_LEN(features));
    ck_assert(obj_is(node, ".status.allocatable.cpu", "8"));
}

START_TEST(a_new_node_declares_its_features)
{
    there = false;
    register_one();
    expect_features(created);
}
END_TEST

START_TEST(a_node_that_is_there_is_told_them)
{
    there = true;
    register_one();
    expect_features(patched);
}
END_TEST

TEST_MAIN("node", a_new_node_declares_its_features, a_node_that_is_there_is_told_them)
