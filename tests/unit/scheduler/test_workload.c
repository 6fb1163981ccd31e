/* test_workload.c - the pods that would be made of each kind of object, and what admission gives them. */
#include "base/map.h"
#include "scheduler/listers.h"
#include "try_out.h"

static struct workload *workload;
static struct workload_turn turn;

static void begin(const char *text, int replicas)
{
    struct err e = ERR_INIT;
    workload = workload_new(sandbox, yaml(text), replicas, &e);
    ck_assert_msg(workload != NULL, "%s", e.text);
    turn = (struct workload_turn){0};
}

static const struct json *next(void) /* lives until the next one */
{
    object_unref(turn.pod);
    turn.pod = NULL;
    return workload_next(workload, &turn) ? turn.pod->root : NULL;
}

static void end(void)
{
    ck_assert_ptr_null(next());
    workload_free(workload);
}

static const char *refusal(const char *text, int replicas)
{
    struct err e = ERR_INIT;
    ck_assert_ptr_null(workload_new(sandbox, yaml(text), replicas, &e));
    return arena_strdup(&texts, e.text);
}

START_TEST(a_deployment)
{
    up();
    begin("[" DEPLOYMENT("web", "2", "1", "") "]", 0);
    ck_assert_int_eq(workload_count(workload), 2);
    const struct json *p = next();
    const struct json *owner = obj_controller(p);
    struct str hash = str_copy(&texts, obj_map_str(p, ".metadata.labels", STR("pod-template-hash")));
    ck_assert_uint_eq(hash.n, 9);
    AUTO_FREE char *rs = xasprintf("web-%.*s", STR_ARG(hash));
    ck_assert_strn_eq(obj_str(owner, ".kind"), "ReplicaSet");
    ck_assert_strn_eq(obj_str(owner, ".name"), rs);
    ck_assert(obj_str(owner, ".uid").n > 0);
    ck_assert(str_starts(obj_name(p), str_of(rs)) && obj_name(p).n == strlen(rs) + 6);
    ck_assert_strn_eq(obj_map_str(p, ".metadata.labels", STR("app")), "web");
    ck_assert_strn_eq(obj_ns(p), "default");
    ck_assert_int_eq(obj_int(p, ".spec.priority", -1), 0);
    ck_assert_strn_eq(obj_str(p, ".spec.preemptionPolicy"), "PreemptLowerPriority");
    ck_assert_uint_eq(obj_count(p, ".spec.tolerations"), 2); /* of nodes that are not ready or not to be reached */
    ck_assert(!turn.twin);
    AUTO_FREE char *first = str_dup(obj_name(p)), *uid = str_dup(obj_uid(p));
    p = next();
    ck_assert(turn.twin && !str_eqc(obj_name(p), first) && !str_eqc(obj_uid(p), uid));
    const struct object *set AUTO_OBJ =
        listers_get(cache_listers(sandbox_cache(sandbox)), LIST_RS, STR("default"), str_of(rs));
    ck_assert_ptr_nonnull(set); /* spreading by default asks for it */
    ck_assert(str_eq(obj_map_str(set->root, ".spec.selector.matchLabels", STR("pod-template-hash")), hash));
    end();
    begin("[" DEPLOYMENT("web", "2", "1", "") "]", 7);
    ck_assert_int_eq(workload_count(workload), 7);
    for (int i = 0; i < 7; i++) ck_assert_ptr_nonnull(next());
    end();
    down();
}
END_TEST

START_TEST(names_differ)
{
    struct map seen = {0};
    up();
    begin("[" DEPLOYMENT("web", "20000", "1", "") "]", 0);
    for (const struct json *p; (p = next());) ck_assert_ptr_null(map_set(&seen, obj_name(p), &seen));
    ck_assert_uint_eq(seen.count, 20000);
    map_release(&seen, NULL);
    end();
    down();
}
END_TEST

#define STATEFULSET                                                                                                    \
    "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, namespace: s}, spec: {replicas: 2, ordinals: "      \
    "{start: 3}, selector: {matchLabels: {app: db}}, volumeClaimTemplates: [{metadata: {name: data}, spec: "           \
    "{accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}], template: {metadata: {labels: {app: "    \
    "db}}, spec: {volumes: [{name: tmp, emptyDir: {}}, {name: data, emptyDir: {}}]}}}}"

static const struct json *claim(const char *ns, const char *name, const struct object **held)
{
    *held = listers_get(cache_listers(sandbox_cache(sandbox)), LIST_CLAIM, str_of(ns), str_of(name));
    return *held ? (*held)->root : NULL;
}

START_TEST(a_stateful_set)
{
    const struct object *held;
    up();
    has("{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: old, creationTimestamp: "
        "'2020-01-01T00:00:00Z', annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}}");
    has("{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: new, creationTimestamp: "
        "'2021-01-01T00:00:00Z', annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}}");
    has("{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data-db-4, namespace: s}, spec: "
        "{storageClassName: mine}}");
    begin("[" STATEFULSET "]", 0);
    const struct json *p = next();
    ck_assert_strn_eq(obj_name(p), "db-3");
    ck_assert_strn_eq(obj_map_str(p, ".metadata.labels", STR("apps.kubernetes.io/pod-index")), "3");
    ck_assert_uint_eq(obj_count(p, ".spec.volumes"), 2); /* the claim's instead of the template's of that name */
    ck_assert_strn_eq(obj_str(p, ".spec.volumes[0].persistentVolumeClaim.claimName"), "data-db-3");
    ck_assert_strn_eq(obj_str(p, ".spec.volumes[1].name"), "tmp");
    ck_assert_strn_eq(obj_str(claim("s", "data-db-3", &held), ".spec.storageClassName"), "new");
    object_unref(held);
    ck_assert(!turn.twin);
    p = next();
    ck_assert_strn_eq(obj_name(p), "db-4");
    ck_assert(!turn.twin);
    ck_assert_strn_eq(obj_str(claim("s", "data-db-4", &held), ".spec.storageClassName"), "mine"); /* it was there */
    object_unref(held);
    const struct object *more AUTO_OBJ = workload_another(workload, 0);
    ck_assert_strn_eq(more->name, "db-5");
    ck_assert(workload_differs(workload));
    end();
    down();
}
END_TEST

START_TEST(a_daemon_set)
{
    up();
    has_node("n1", 4, "a");
    has_node("n2", 4, "b");
    has("{apiVersion: v1, kind: Node, metadata: {name: n3}, spec: {taints: [{key: k, effect: NoSchedule}]}}");
    has("{apiVersion: v1, kind: Node, metadata: {name: n4, labels: {topology.kubernetes.io/zone: a}}, spec: "
        "{unschedulable: true, taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}]}}");
    begin("[{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: d}, spec: {selector: {matchLabels: {app: d}}, "
          "template: {metadata: {labels: {app: d}}, spec: {nodeSelector: {topology.kubernetes.io/zone: a}}}}}]",
          5); /* the number is that of the nodes */
    static const char *const nodes[] = {"n1", "n4"};
    static const char path[] = ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
                               "nodeSelectorTerms[0].matchFields[0].values[0]";
    for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
        const struct json *p = next();
        ck_assert_strn_eq(obj_str(p, path), nodes[i]);
        ck_assert_uint_eq(obj_count(p, ".spec.tolerations"), 6);
        ck_assert_strn_eq(obj_str(obj_controller(p), ".kind"), "DaemonSet");
    }
    ck_assert_ptr_null(workload_another(workload, 0));
    end();
    down();
}
END_TEST

#define JOB(more)                                                                                                      \
    "[{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {" more ", template: {metadata: {}, spec: {}}}}]"

START_TEST(jobs)
{
    up();
    begin(JOB("parallelism: 3, completions: 2"), 0);
    const struct json *p = next();
    ck_assert_int_eq(workload_count(workload), 2);
    ck_assert_strn_eq(obj_map_str(p, ".metadata.labels", STR("batch.kubernetes.io/job-name")), "j");
    ck_assert_strn_eq(obj_str(obj_controller(p), ".kind"), "Job");
    ck_assert(next() && turn.twin);
    end();
    begin(JOB("parallelism: 2, completions: 9, completionMode: Indexed, suspend: true"), 0);
    p = next();
    ck_assert(str_starts(obj_name(p), STR("j-0-")));
    ck_assert_strn_eq(obj_str(p, ".spec.hostname"), "j-0");
    p = next();
    ck_assert_strn_eq(obj_map_str(p, ".metadata.labels", STR("batch.kubernetes.io/job-completion-index")), "1");
    ck_assert(!turn.twin);
    end();
    begin("[{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {jobTemplate: {spec: {parallelism: 1, "
          "template: {metadata: {labels: {a: b}}, spec: {}}}}}}]",
          0);
    p = next();
    ck_assert(str_starts(obj_name(p), STR("c-1-")));
    ck_assert_strn_eq(obj_str(obj_controller(p), ".kind"), "Job");
    ck_assert_strn_eq(obj_str(obj_controller(p), ".name"), "c-1");
    ck_assert_strn_eq(obj_map_str(p, ".metadata.labels", STR("a")), "b");
    end();
    down();
}
END_TEST

START_TEST(pods_and_the_rest)
{
    const struct object *held;
    up();
    begin("[{apiVersion: v1, kind: List, items: [" POD(
              "a", "1", "") ", {apiVersion: v1, kind: ConfigMap, metadata: "
                            "{name: c}}]}, {apiVersion: v1, kind: PodTemplate, metadata: {name: t}, template: {spec: "
                            "{}}}, {apiVersion: "
                            "v1, kind: PersistentVolumeClaim, metadata: {name: v}, spec: {}}, {apiVersion: v1, kind: "
                            "ReplicationController, metadata: {name: r}, spec: {replicas: 1, selector: {x: w}, "
                            "template: {metadata: "
                            "{labels: {x: w}}, spec: {}}}}]",
          0);
    ck_assert_strn_eq(obj_name(next()), "a");
    const struct json *p = next();
    ck_assert(str_starts(obj_name(p), STR("t-")) && !obj_controller(p));
    p = next();
    ck_assert(str_starts(obj_name(p), STR("r-")));
    ck_assert_strn_eq(obj_str(obj_controller(p), ".kind"), "ReplicationController");
    ck_assert_ptr_nonnull(claim("default", "v", &held));
    object_unref(held);
    ck_assert_int_eq(workload_makers(yaml("[{kind: Pod, apiVersion: v1}, {kind: Secret, apiVersion: v1}]")), 1);
    end();
    begin("[" POD("a", "1", "") "]", 2);
    p = next();
    ck_assert(str_starts(obj_name(p), STR("a-")));
    ck_assert(next() && turn.twin);
    end();
    down();
}
END_TEST

START_TEST(ephemeral_claims)
{
    const struct object *held;
    up();
    begin("[" POD("a", "1",
                  ", volumes: [{name: v, ephemeral: {volumeClaimTemplate: {metadata: {labels: {x: w}}, spec: "
                  "{storageClassName: s}}}}]") "]",
          0);
    const struct json *p = next(), *c = claim("default", "a-v", &held);
    ck_assert(str_eq(obj_str(obj_controller(c), ".uid"), obj_uid(p)));
    ck_assert_strn_eq(obj_map_str(c, ".metadata.labels", STR("x")), "w");
    object_unref(held);
    end();
    down();
}
END_TEST

START_TEST(priorities)
{
    up();
    const char *text = refusal("[" DEPLOYMENT("web", "1", "1", ", priorityClassName: high") "]", 0);
    ck_assert_msg(strncmp(text, "Deployment default/web: pods \"web-", 34) == 0, "%s", text); /* no name yet */
    ck_assert_ptr_nonnull(strstr(text, "-\" is forbidden: no PriorityClass with name high was found"));
    ck_assert_str_eq(refusal("[" POD("a", "1", ", priorityClassName: high") "]", 0),
                     "Pod default/a: pods \"a\" is forbidden: no PriorityClass with name high was found");
    ck_assert_str_eq(
        refusal("[" POD("a", "1", ", priority: 5") "]", 0),
        "Pod default/a: pods \"a\" is forbidden: the integer value of priority (5) must not be provided in pod spec; "
        "priority admission controller computed 0 from the given PriorityClass name");
    has("{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: usual}, value: 7, globalDefault: "
        "true, preemptionPolicy: Never}");
    has("{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: low}, value: -3}");
    begin(
        "[" POD("a", "1", ", priorityClassName: low") ", " POD("b", "1", "") ", " POD(
            "c", "1", ", priorityClassName: system-node-critical") ", " POD("d", "1", ", priorityClassName: usual") "]",
        0);
    static const struct {
        const char *name;
        int priority;
    } order[] = {{"c", 2000001000}, {"b", 7}, {"d", 7}, {"a", -3}};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        const struct json *p = next();
        ck_assert_strn_eq(obj_name(p), order[i].name);
        ck_assert_int_eq(obj_int(p, ".spec.priority", 0), order[i].priority);
        ck_assert(obj_is(p, ".spec.preemptionPolicy", order[i].priority == 7 ? "Never" : "PreemptLowerPriority"));
        ck_assert(i != 1 || obj_is(p, ".spec.priorityClassName", "usual"));
    }
    end();
    ck_assert_str_eq(
        refusal("[" POD("a", "1", ", preemptionPolicy: PreemptLowerPriority") "]", 0),
        "Pod default/a: pods \"a\" is forbidden: the string value of PreemptionPolicy (PreemptLowerPriority) must not "
        "be provided in pod spec; priority admission controller computed Never from the given PriorityClass name");
    down();
}
END_TEST

START_TEST(label_keys)
{
    up();
    begin(
        "[" POD("a", "1",
                ", affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: z, "
                "labelSelector: {matchLabels: {k: v}}, matchLabelKeys: [app], mismatchLabelKeys: [none, app]}]}}") "]",
        0);
    const struct json *p = next();
    static const char path[] =
        ".spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector."
        "matchExpressions";
    const struct json *terms = obj_get(p, path);
    ck_assert_uint_eq(obj_count(terms, ""), 2);
    ck_assert(obj_is(terms, "[0].operator", "In") && obj_is(terms, "[0].key", "app"));
    ck_assert(obj_is(terms, "[0].values[0]", "a") && obj_is(terms, "[1].operator", "NotIn"));
    end();
    down();
}
END_TEST

START_TEST(no_workloads)
{
    up();
    ck_assert_str_eq(refusal("[]", 0), "nothing in the workload makes pods");
    ck_assert_str_eq(refusal("[{apiVersion: v1, kind: ConfigMap}]", 0), "nothing in the workload makes pods");
    ck_assert_str_eq(refusal("[" POD("a", "1", "") "]", -1), "-1 replicas are none");
    ck_assert_str_eq(refusal("[" DEPLOYMENT("web", "100001", "1", "") "]", 0),
                     "Deployment default/web: the workload has more than 100000 pods");
    ck_assert_str_eq(refusal("[" DEPLOYMENT("w", "60000", "1", "") ", " DEPLOYMENT("v", "60000", "1", "") "]", 0),
                     "Deployment default/v: the workload has more than 100000 pods");
    down();
}
END_TEST

TEST_MAIN("workload", a_deployment, names_differ, a_stateful_set, a_daemon_set, jobs, pods_and_the_rest,
          ephemeral_claims, priorities, label_keys, no_workloads)
