/* test_strategy.c - what the API does of its own accord at create, update and delete; quality of service. */
#include "object_support.h"

#include "apiserver/object/hooks.h"
#include "apiserver/registry/qos.h"

static const struct strategy *strategy_of(const struct api_resource *res)
{
    return api_strategy_hooks[res->strategy_hook];
}

static const struct {
    const char *containers, *inits, *class;
} classes[] = {
    {"{}", "", "BestEffort"},
    {"{\"resources\":{\"requests\":{\"cpu\":\"0\"}}}", "", "BestEffort"},
    {"{\"resources\":{\"requests\":{\"example.com/gpu\":\"1\"}}}", "", "BestEffort"},
    {"{\"resources\":{\"requests\":{\"cpu\":\"1\"}}}", "", "Burstable"},
    {"{\"resources\":{\"limits\":{\"cpu\":\"1\"},\"requests\":{\"cpu\":\"1\"}}}", "",
     "Burstable"}, /* memory is missing */
    {"{\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"},\"requests\":{\"cpu\":\"1000m\",\"memory\":"
     "\"1024Mi\"}}}",
     "", "Guaranteed"},
    {"{\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"},\"requests\":{\"cpu\":\"1\",\"memory\":\"1Mi\"}}}",
     "", "Burstable"},
    {"{\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"},\"requests\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}},{"
     "}",
     "", "Burstable"},
    {"{\"resources\":{\"limits\":{\"cpu\":\"1\",\"memory\":\"1Gi\"},\"requests\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}}",
     "{}", "Burstable"},
    {"{}", "{\"resources\":{\"requests\":{\"memory\":\"1\"}}}", "Burstable"},
};

START_TEST(quality_of_service)
{
    for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct json *pod = tree_of(&a, &res_core_v1_pods,
                                         arena_printf(&a, "{\"spec\":{\"containers\":[%s],\"initContainers\":[%s]}}",
                                                      classes[i].containers, classes[i].inits));
        ck_assert_msg(strcmp(qos_class(pod), classes[i].class) == 0, "row %zu: %s", i, qos_class(pod));
    }
}
END_TEST

START_TEST(a_new_pod)
{
    struct arena a AUTO_ARENA = {0};
    const struct strategy *s = strategy_of(&res_core_v1_pods);
    struct json *pod =
        tree_of(&a, &res_core_v1_pods,
                "{\"spec\":{\"containers\":[{}]},\"status\":{\"phase\":\"Running\",\"podIP\":\"1.2.3.4\"}}");
    s->prepare_create(&a, pod, 0);
    ck_assert_str_eq(text_of(&a, obj_get(pod, ".status")), "{\"phase\":\"Pending\",\"qosClass\":\"BestEffort\"}");
    pod = tree_of(&a, &res_core_v1_pods, "{\"spec\":{\"containers\":[{}],\"schedulingGates\":[{\"name\":\"a\"}]}}");
    s->prepare_create(&a, pod, 0);
    const struct json *c = obj_condition(pod, "PodScheduled");
    ck_assert(obj_is(c, ".status", "False") && obj_is(c, ".reason", "SchedulingGated"));
    ck_assert_strn_eq(obj_str(c, ".message"), "Scheduling is blocked due to non-empty scheduling gates");
}
END_TEST

START_TEST(the_status_of_a_pod)
{
    struct arena a AUTO_ARENA = {0};
    const struct strategy *s = strategy_of(&res_core_v1_pods);
    const struct json *old =
        tree_of(&a, &res_core_v1_pods, "{\"status\":{\"phase\":\"Running\",\"qosClass\":\"Burstable\"}}");
    static const char now[] = "{\"status\":{\"phase\":\"Failed\",\"podIP\":\"10.0.0.1\"}}";
    struct json *pod = tree_of(&a, &res_core_v1_pods, now);
    object_default(&a, res_core_v1_pods.type, pod);
    s->prepare_update(&a, pod, old, "status");
    ck_assert_str_eq(text_of(&a, obj_get(pod, ".status")),
                     "{\"phase\":\"Failed\",\"podIP\":\"10.0.0.1\",\"podIPs\":[{\"ip\":\"10.0.0.1\"}],"
                     "\"qosClass\":\"Burstable\"}");
    pod = tree_of(&a, &res_core_v1_pods, now);
    s->prepare_update(&a, pod, old, NULL);
    ck_assert_strn_eq(obj_str(pod, ".status.phase"), "Failed"); /* the old status is put back for every kind alike */
}
END_TEST

START_TEST(grace_periods)
{
    static const struct {
        const char *pod;
        int64_t asked, grace;
    } rows[] = {
        {"{\"spec\":{\"nodeName\":\"n\",\"containers\":[]}}", -1, 30},
        {"{\"spec\":{\"nodeName\":\"n\",\"terminationGracePeriodSeconds\":5,\"containers\":[]}}", -1, 5},
        {"{\"spec\":{\"nodeName\":\"n\",\"terminationGracePeriodSeconds\":5,\"containers\":[]}}", 60, 60},
        {"{\"spec\":{\"nodeName\":\"n\",\"terminationGracePeriodSeconds\":5,\"containers\":[]}}", 0, 0},
        {"{\"spec\":{\"nodeName\":\"n\",\"terminationGracePeriodSeconds\":-1,\"containers\":[]}}", -1, 1},
        {"{\"spec\":{\"terminationGracePeriodSeconds\":5,\"containers\":[]}}", -1, 0}, /* nobody runs it */
        {"{\"spec\":{\"nodeName\":\"n\",\"containers\":[]},\"status\":{\"phase\":\"Failed\"}}", 60, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct json *pod = tree_of(&a, &res_core_v1_pods, rows[i].pod);
        int64_t grace = strategy_of(&res_core_v1_pods)->grace_seconds(pod, rows[i].asked);
        ck_assert_msg(grace == rows[i].grace, "row %zu: %lld", i, (long long)grace);
    }
}
END_TEST

START_TEST(namespaces)
{
    struct arena a AUTO_ARENA = {0};
    const struct strategy *s = strategy_of(&res_core_v1_namespaces);
    struct json *ns =
        tree_of(&a, &res_core_v1_namespaces,
                "{\"metadata\":{\"name\":\"x\",\"labels\":{\"z\":\"1\"}},\"status\":{\"phase\":\"Terminating\"}}");
    s->prepare_create(&a, ns, 0);
    ck_assert_str_eq(text_of(&a, ns),
                     "{\"metadata\":{\"name\":\"x\",\"labels\":{\"kubernetes.io/metadata.name\":\"x\",\"z\":\"1\"}},"
                     "\"spec\":{\"finalizers\":[\"kubernetes\"]},\"status\":{\"phase\":\"Active\"}}");
    struct json *now =
        tree_of(&a, &res_core_v1_namespaces, "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"finalizers\":[]}}");
    s->prepare_update(&a, now, ns, NULL); /* only finalize takes the finalizer, and the label cannot be taken off */
    ck_assert_uint_eq(obj_count(now, ".spec.finalizers"), 1);
    ck_assert_strn_eq(obj_str(now, ".metadata.labels[kubernetes.io/metadata.name]"), "x");
    now = tree_of(&a, &res_core_v1_namespaces, "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"finalizers\":[]}}");
    s->prepare_update(&a, now, ns, "finalize");
    ck_assert_uint_eq(obj_count(now, ".spec.finalizers"), 0);
    ck_assert_strn_eq(obj_str(now, ".status.phase"), "Active");
}
END_TEST

START_TEST(replica_sets_and_nodes)
{
    struct arena a AUTO_ARENA = {0};
    struct json *rs = tree_of(&a, &res_apps_v1_replicasets, "{\"status\":{\"replicas\":7,\"readyReplicas\":7}}");
    strategy_of(&res_apps_v1_replicasets)->prepare_create(&a, rs, 0);
    ck_assert_str_eq(text_of(&a, obj_get(rs, ".status")), "{\"replicas\":0}");
    const struct json *old =
        tree_of(&a, &res_core_v1_nodes, "{\"spec\":{\"podCIDR\":\"a\"},\"status\":{\"phase\":\"Running\"}}");
    struct json *node =
        tree_of(&a, &res_core_v1_nodes, "{\"spec\":{\"podCIDR\":\"b\"},\"status\":{\"phase\":\"Pending\"}}");
    strategy_of(&res_core_v1_nodes)->prepare_update(&a, node, old, NULL);
    ck_assert_strn_eq(obj_str(node, ".status.phase"), "Running");
    node = tree_of(&a, &res_core_v1_nodes, "{\"spec\":{\"podCIDR\":\"b\"},\"status\":{\"phase\":\"Pending\"}}");
    strategy_of(&res_core_v1_nodes)->prepare_update(&a, node, old, "status");
    ck_assert_strn_eq(obj_str(node, ".spec.podCIDR"), "a");
    ck_assert_strn_eq(obj_str(node, ".status.phase"), "Pending");
    node = tree_of(&a, &res_core_v1_nodes,
                   "{\"spec\":{\"configSource\":{}},\"status\":{\"phase\":\"Pending\",\"config\":{}}}");
    strategy_of(&res_core_v1_nodes)->prepare_create(&a, node, 0); /* kubelets register with a status */
    ck_assert(!obj_get(node, ".spec.configSource") && !obj_get(node, ".status.config"));
    ck_assert_strn_eq(obj_str(node, ".status.phase"), "Pending");
}
END_TEST

TEST_MAIN("strategy", quality_of_service, a_new_pod, the_status_of_a_pod, grace_periods, namespaces,
          replica_sets_and_nodes)
