/* test_trial.c - what comes of a workload on a sandbox: where its pods go, who has to go for them, how many more fit.
 */
#include "scheduler/listers.h"
#include "try_out.h"

static const struct json *result;

static const struct json *try_it(const char *workload, bool fill)
{
    struct err e = ERR_INIT;
    const struct trial_order o = {.config = config, .workload = yaml(workload), .fill = fill, .seed = 1};
    result = trial_run(&texts, sandbox, &o, &e);
    ck_assert_msg(result != NULL, "%s", e.text);
    return result;
}

static const struct json *placement(int i) { return obj_get(result, arena_printf(&texts, ".placements[%d]", i)); }

static int64_t number(const char *path) { return obj_int(result, path, -1); }

START_TEST(placed_and_not)
{
    up();
    has_node("n1", 4, "a");
    has_node("n2", 2, "b");
    try_it("[" DEPLOYMENT("web", "5", "2", "") "]", false);
    ck_assert_int_eq(number(".placed"), 3);
    ck_assert_int_eq(number(".unschedulable"), 2);
    ck_assert_int_eq(number(".more"), -1); /* nobody asked */
    ck_assert_uint_eq(obj_count(result, ".placements"), 5);
    for (int i = 3; i < 5; i++) { /* the second is told like the first */
        ck_assert_strn_eq(obj_str(placement(i), ".message"),
                          "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 "
                          "nodes are available: 2 No "
                          "preemption victims found for incoming pod.");
        ck_assert_int_eq(obj_int(placement(i), ".evaluated", 0), 2);
        ck_assert_int_eq(obj_int(placement(i), ".feasible", -1), 0);
        ck_assert_strn_eq(obj_str(placement(i), ".filters[0].plugin"), "NodeResourcesFit");
        ck_assert_strn_eq(obj_str(placement(i), ".filters[0].reason"), "Insufficient cpu");
        ck_assert_int_eq(obj_int(placement(i), ".filters[0].nodes", 0), 2);
        ck_assert(!obj_has(placement(i), ".node"));
    }
    ck_assert(obj_int(placement(0), ".score", 0) > 0);
    ck_assert_strn_eq(obj_str(result, ".balance[0].resource"), "cpu");
    ck_assert_int_eq(number(".balance[0].before.meanPercent"), 0);
    ck_assert_int_eq(number(".balance[0].after.meanPercent"), 100);
    ck_assert_strn_eq(obj_str(result, ".spread[0].value"), "a");
    ck_assert_int_eq(number(".spread[0].after"), 2);
    ck_assert_strn_eq(obj_str(result, ".spread[2].topologyKey"), "kubernetes.io/hostname");
    ck_assert_int_eq(number(".spread[3].after"), 1);
    down();
}
END_TEST

START_TEST(how_many_more)
{
    static const struct {
        const char *more;
        int placed, fits;
    } cases[] = {
        {"", 1, 9}, /* 8 and 2 cores */
        {", nodeSelector: {topology.kubernetes.io/zone: b}", 1, 1},
        {", nodeSelector: {topology.kubernetes.io/zone: q}", 0, 0},
        {", affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: "
         "kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}",
         1, 1},
        {", topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: "
         "DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]",
         1, 4}, /* two in b, so no more than three in a */
        {", affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
         "[{matchFields: [{key: metadata.name, operator: In, values: [n1]}]}]}}}",
         1, 7},
        {", schedulerName: nobody", 0, 0},
        {", nodeName: n1", 1, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        up();
        has_node("n1", 8, "a");
        has_node("n2", 2, "b");
        AUTO_FREE char *text = xasprintf(
            "[{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web}, spec: {replicas: 1, selector: "
            "{matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {%scontainers: "
            "[{resources: {requests: {cpu: '1'}}}]%s}}}}]",
            strstr(cases[i].more, "schedulerName") ? "" : "schedulerName: default-scheduler, ", cases[i].more);
        try_it(text, true);
        ck_assert_msg(number(".more") == cases[i].fits, "case %zu: %lld more", i, (long long)number(".more"));
        ck_assert_int_eq(number(".placed"), cases[i].placed);
        down();
    }
}
END_TEST

/* What is counted node by node is what one finds by placing them. */
START_TEST(counting_is_placing)
{
    up();
    for (int i = 0; i < 7; i++) {
        AUTO_FREE char *name = xasprintf("n%d", i);
        has_node(name, 1 + i % 4, i % 2 ? "a" : "b");
    }
    has_pod("old", "n3", 0, "1");
    try_it("[" DEPLOYMENT("web", "1", "400m", "") "]", true);
    int64_t fits = number(".more") + 1;
    sandbox_free(sandbox);
    sandbox = sandbox_new();
    for (int i = 0; i < 7; i++) {
        AUTO_FREE char *name = xasprintf("n%d", i);
        has_node(name, 1 + i % 4, i % 2 ? "a" : "b");
    }
    has_pod("old", "n3", 0, "1");
    try_it("[" DEPLOYMENT("web", "100", "400m", "") "]", true);
    ck_assert_int_eq(number(".placed"), fits);
    ck_assert_int_eq(number(".more"), 0);
    down();
}
END_TEST

#define HIGH "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 100}"

START_TEST(victims)
{
    up();
    has(HIGH);
    has_node("n1", 4, "a");
    has_pod("low", "n1", 1, "1");
    has_pod("middle", "n1", 2, "2");
    has_pod("top", "n1", 1000, "1");
    has("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b, namespace: default}, spec: {selector: "
        "{matchLabels: {app: old}}}, status: {disruptionsAllowed: 3}}");
    try_it("[" DEPLOYMENT("web", "2", "2", ", priorityClassName: high") "]", false);
    ck_assert_int_eq(number(".placed"), 1);
    ck_assert_strn_eq(obj_str(placement(0), ".node"), "n1");
    ck_assert_uint_eq(obj_count(placement(0), ".victims"), 1); /* the other one may stay */
    ck_assert_strn_eq(obj_str(placement(0), ".victims[0].name"), "middle");
    ck_assert_int_eq(obj_int(placement(0), ".victims[0].priority", 0), 2);
    ck_assert(!obj_has(placement(1), ".victims") && !obj_has(placement(1), ".node"));
    const struct object *budget AUTO_OBJ =
        listers_get(cache_listers(sandbox_cache(sandbox)), LIST_BUDGET, STR("default"), STR("b"));
    ck_assert_int_eq(obj_int(budget->root, ".status.disruptionsAllowed", -1), 2);
    ck_assert_int_eq(number(".balance[0].before.maxPercent"), 100);
    ck_assert_int_eq(number(".balance[2].after.maxPercent"), 3); /* 3 of 110 pods */
    down();
}
END_TEST

/* Only who names a node itself comes before a more important one, and then has to go. */
START_TEST(a_victim_of_the_workload)
{
    up();
    has(HIGH);
    has("{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: higher}, value: 200}");
    has_node("n1", 2, "a");
    try_it("[" POD("late", "2", ", priorityClassName: high") ", " POD("first", "2", ", priorityClassName: higher") "]",
           false);
    ck_assert_strn_eq(obj_str(placement(0), ".pod"), "first"); /* the order of the queue */
    ck_assert_int_eq(number(".placed"), 1);
    try_it(
        "[" POD("named", "1", ", nodeName: n1, priorityClassName: higher") ", " POD("lost", "1", ", nodeName: n9") "]",
        false);
    ck_assert_strn_eq(obj_str(placement(0), ".node"), "n1");
    ck_assert_strn_eq(obj_str(placement(0), ".message"), "it names its node itself: no scheduler is asked");
    ck_assert_strn_eq(obj_str(placement(1), ".message"), "it names a node that there is not: n9");
    ck_assert_int_eq(number(".placed"), 1);
    ck_assert_int_eq(number(".unschedulable"), 1);
    down();
}
END_TEST

START_TEST(kept_out)
{
    up();
    has_node("n1", 4, "a");
    try_it("[" POD("gated", "1",
                   ", schedulingGates: [{name: a}, {name: b}]") ", {apiVersion: v1, kind: Pod, metadata: "
                                                                "{name: other}, spec: {schedulerName: other}}]",
           false);
    ck_assert_strn_eq(obj_str(placement(0), ".message"), "waiting for scheduling gates: [a b]");
    ck_assert_strn_eq(obj_str(placement(1), ".message"), "no profile of the configuration has schedulerName \"other\"");
    ck_assert_int_eq(number(".unschedulable"), 2);
    down();
}
END_TEST

START_TEST(volumes)
{
    up();
    has_node("n1", 4, "a");
    has_node("n2", 4, "b");
    has("{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: late, annotations: "
        "{storageclass.kubernetes.io/is-default-class: 'true'}}, provisioner: kubernetes.io/no-provisioner, "
        "volumeBindingMode: WaitForFirstConsumer}");
    for (int i = 0; i < 3; i++) {
        AUTO_FREE char *text = xasprintf(
            "{apiVersion: v1, kind: PersistentVolume, metadata: {name: v%d}, spec: {capacity: {storage: 1Gi}, "
            "accessModes: [ReadWriteOnce], storageClassName: late, nodeAffinity: {required: {nodeSelectorTerms: "
            "[{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [n%d]}]}]}}}, status: {phase: "
            "Available}}",
            i, i % 2 + 1);
        has(text);
    }
    try_it("[{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {replicas: 2, selector: "
           "{matchLabels: {app: db}}, volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: "
           "[ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}], template: {metadata: {labels: {app: "
           "db}}, " POD_SPEC("1", "") "}}}]",
           true);
    ck_assert_int_eq(number(".placed"), 2);
    ck_assert_int_eq(number(".more"), 1); /* a volume is left */
    ck_assert_strn_eq(obj_str(placement(0), ".pod"), "db-0");
    down();
}
END_TEST

START_TEST(the_same_seed)
{
    char *texts_of[2];
    for (int i = 0; i < 2; i++) {
        struct buf b AUTO_BUF = {0};
        up();
        for (int k = 0; k < 20; k++) {
            AUTO_FREE char *name = xasprintf("n%d", k);
            has_node(name, 4, k % 2 ? "a" : "b");
        }
        try_it("[" DEPLOYMENT("web", "12", "1", "") "]", true);
        buf_init(&b, 1 << 20);
        json_write(&b, result);
        texts_of[i] = xstrndup(b.p, b.n);
        down();
    }
    ck_assert_str_eq(texts_of[0], texts_of[1]);
    for (int i = 0; i < 2; i++) free(texts_of[i]);
}
END_TEST

TEST_MAIN("trial", placed_and_not, how_many_more, counting_is_placing, victims, a_victim_of_the_workload, kept_out,
          volumes, the_same_seed)
