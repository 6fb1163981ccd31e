/* sched_case.c - see sched_case.h. Writes: texts of objects. */
#include "sched_case.h"

#include "base/mem.h"

enum { LARGE = 5000, PODS = 10000, QUICK = 10 };

/* Rates of goals without a comment are the thresholds of scheduler_perf on large machines. */
const struct sched_case sched_cases[] = {
    {"basic", 100, 0, POD_DEFAULT, 100, POD_DEFAULT, 3000, POD_DEFAULT, 2500, 204}, /* ours; 40 pods fill a node */
    {"basic", 1000, 0, POD_DEFAULT, 1000, POD_DEFAULT, PODS, POD_DEFAULT, 2000, 145},
    {"basic", LARGE, 0, POD_DEFAULT, 1000, POD_DEFAULT, PODS, POD_DEFAULT, 1500, 110},
    {"topology spreading", LARGE, 3, POD_DEFAULT, 5000, POD_SPREAD, PODS, POD_DEFAULT, 460, 0},
    {"preferred spreading", LARGE, 3, POD_DEFAULT, 5000, POD_PREFERRED_SPREAD, PODS, POD_DEFAULT, 340, 0},
    {"node affinity", LARGE, 1, POD_NODE_AFFINITY, 5000, POD_NODE_AFFINITY, PODS, POD_DEFAULT, 220, 0},
    {"pod anti-affinity", LARGE, 0, POD_ANTI_AFFINITY, 1000, POD_ANTI_AFFINITY, 2000, POD_DEFAULT, 60, 0},
    {"pod affinity", LARGE, 1, POD_AFFINITY, 5000, POD_AFFINITY, PODS, POD_DEFAULT, 35, 0},
    {"preferred affinity", LARGE, 0, POD_PREFERRED_AFFINITY, 5000, POD_PREFERRED_AFFINITY, PODS, POD_DEFAULT, 90, 0},
    {"unschedulable churn", LARGE, 0, POD_DEFAULT, 100, POD_DEFAULT, PODS, POD_LARGE, 590, 0},
    {"preemption churn", LARGE, 0, POD_LOW, 20000, POD_DEFAULT, 5000, POD_HIGH, 570, 0},
};
const int sched_ncases = ARRAY_LEN(sched_cases);

struct sched_case sched_case_quick(const struct sched_case *c)
{
    struct sched_case q = *c;
    if (q.nodes >= LARGE) q.nodes /= QUICK;
    q.init /= QUICK;
    q.pods /= QUICK;
    if (q.init_kind == POD_LOW) q.init = 4 * q.nodes;
    q.goal = q.real = 0;
    return q;
}

void sched_node_text(struct buf *out, const struct sched_case *c, int i)
{
    buf_addf(out,
             "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"node-%d\",\"uid\":\"node-%d\","
             "\"labels\":{\"kubernetes.io/hostname\":\"node-%d\"",
             i, i, i);
    if (c->zones) buf_addf(out, ",\"topology.kubernetes.io/zone\":\"zone%d\"", 1 + i % c->zones);
    buf_cstr(out, "}},\"status\":{\"capacity\":{\"cpu\":\"4\",\"memory\":\"32Gi\",\"pods\":\"110\"},"
                  "\"allocatable\":{\"cpu\":\"4\",\"memory\":\"32Gi\",\"pods\":\"110\"},"
                  "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}");
}

static const struct {
    const char *color; /* label; NULL: none */
    const char *cpu, *spec;
    bool high;
} kinds[] = {
#define TERM(color, key)                                                                                               \
    "\"labelSelector\":{\"matchLabels\":{\"color\":\"" color "\"}},\"topologyKey\":\"" key                             \
    "\",\"namespaces\":[\"sched-1\",\"sched-0\"]"
#define SPREAD(how)                                                                                                    \
    "\"topologySpreadConstraints\":[{\"maxSkew\":5,\"topologyKey\":\"topology.kubernetes.io/zone\","                   \
    "\"whenUnsatisfiable\":\"" how "\",\"labelSelector\":{\"matchLabels\":{\"color\":\"blue\"}}}],"
    [POD_DEFAULT] = {NULL, "100m", "", false},
    [POD_SPREAD] = {"blue", "100m", SPREAD("DoNotSchedule"), false},
    [POD_PREFERRED_SPREAD] = {"blue", "100m", SPREAD("ScheduleAnyway"), false},
    [POD_NODE_AFFINITY] = {NULL, "100m",
                           "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"
                           "\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"key\":\"topology.kubernetes.io/zone\","
                           "\"operator\":\"In\",\"values\":[\"zone1\",\"zone2\"]}]}]}}},",
                           false},
    [POD_ANTI_AFFINITY] =
        {"green", "100m",
         "\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{" TERM(
             "green", "kubernetes.io/hostname") "}]}},",
         false},
    [POD_AFFINITY] = {"blue", "100m",
                      "\"affinity\":{\"podAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{" TERM(
                          "blue", "topology.kubernetes.io/zone") "}]}},",
                      false},
    [POD_PREFERRED_AFFINITY] = {"red", "100m",
                                "\"affinity\":{\"podAffinity\":{\"preferredDuringSchedulingIgnoredDuringExecution\":[{"
                                "\"weight\":1,\"podAffinityTerm\":{" TERM("red", "kubernetes.io/hostname") "}}]}},",
                                false},
    [POD_LOW] = {NULL, "900m", "\"terminationGracePeriodSeconds\":0,", false},
    [POD_HIGH] = {NULL, "3", "", true},
    [POD_LARGE] = {NULL, "9", "", true},
#undef TERM
#undef SPREAD
};

void sched_pod_text(struct buf *out, enum pod_kind kind, const char *ns, const char *name, const char *node)
{
    buf_addf(out,
             "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\","
             "\"uid\":\"%s\"",
             name, ns, name);
    if (kinds[kind].color) buf_addf(out, ",\"labels\":{\"color\":\"%s\"}", kinds[kind].color);
    buf_addf(out, "},\"spec\":{%s", kinds[kind].spec);
    if (node) buf_addf(out, "\"nodeName\":\"%s\",", node);
    if (kinds[kind].high) buf_cstr(out, "\"priorityClassName\":\"high\",\"priority\":10,");
    buf_addf(
        out,
        "\"schedulerName\":\"default-scheduler\",\"containers\":[{\"name\":\"pause\",\"image\":"
        "\"registry.k8s.io/pause:3.10\",\"ports\":[{\"containerPort\":80}],\"resources\":{\"limits\":{\"cpu\":\"%s\","
        "\"memory\":\"500Mi\"},\"requests\":{\"cpu\":\"%s\",\"memory\":\"500Mi\"}}}]}}",
        kinds[kind].cpu, kinds[kind].cpu);
}
