/* flow_control.c - see flow_control.h. Reads: the tables below.   Writes: new trees. */
#include "apiserver/registry/flow_control.h"

#include "api/object.h"

#define LIMITED(shares, lendable, response)                                                                            \
    "{\"type\":\"Limited\",\"limited\":{\"nominalConcurrencyShares\":" #shares ",\"limitResponse\":" response          \
    ",\"lendablePercent\":" #lendable "}}"
#define QUEUE(queues, hand)                                                                                            \
    "{\"type\":\"Queue\",\"queuing\":{\"queues\":" #queues ",\"handSize\":" #hand ",\"queueLengthLimit\":50}}"
#define REJECT "{\"type\":\"Reject\"}"

const struct flow_object priority_levels[] = {
    {"catch-all", LIMITED(5, 0, REJECT), true},
    {"exempt", "{\"type\":\"Exempt\",\"exempt\":{\"nominalConcurrencyShares\":0,\"lendablePercent\":0}}", true},
    {"system", LIMITED(30, 33, QUEUE(64, 6)), false},
    {"node-high", LIMITED(40, 25, QUEUE(64, 6)), false},
    {"leader-election", LIMITED(10, 0, QUEUE(16, 4)), false},
    {"workload-high", LIMITED(40, 50, QUEUE(128, 6)), false},
    {"workload-low", LIMITED(100, 90, QUEUE(128, 6)), false},
    {"global-default", LIMITED(20, 50, QUEUE(128, 6)), false},
    {NULL, NULL, false},
};

#define SCHEMA(level, precedence, by, subjects, rules)                                                                 \
    "{\"priorityLevelConfiguration\":{\"name\":\"" level "\"},\"matchingPrecedence\":" #precedence by                  \
    ",\"rules\":[{\"subjects\":[" subjects "]," rules "}]}"
#define BY_NOTHING
#define BY(what)      ",\"distinguisherMethod\":{\"type\":\"" what "\"}"
#define GROUP(name)   "{\"kind\":\"Group\",\"group\":{\"name\":\"" name "\"}}"
#define USER(name)    "{\"kind\":\"User\",\"user\":{\"name\":\"" name "\"}}"
#define ACCOUNTS(ns)  "{\"kind\":\"ServiceAccount\",\"serviceAccount\":{\"namespace\":\"" ns "\",\"name\":\"*\"}}"
#define EVERYBODY     GROUP("system:unauthenticated") "," GROUP("system:authenticated")
#define NODES         GROUP("system:nodes")
#define CLUSTER_TOO   "\"clusterScope\":true,"
#define ANY_NAMESPACE "\"namespaces\":[\"*\"]}"
#define EVERYTHING                                                                                                     \
    "\"resourceRules\":[{\"verbs\":[\"*\"],\"apiGroups\":[\"*\"],\"resources\":[\"*\"]," CLUSTER_TOO ANY_NAMESPACE     \
    "],\"nonResourceRules\":[{\"verbs\":[\"*\"],\"nonResourceURLs\":[\"*\"]}]"
#define PROBES "\"nonResourceRules\":[{\"verbs\":[\"get\"],\"nonResourceURLs\":[\"/healthz\",\"/readyz\",\"/livez\"]}]"
#define LEASES(verbs)                                                                                                  \
    "{\"verbs\":[" verbs "],\"apiGroups\":[\"coordination.k8s.io\"],\"resources\":[\"leases\"]," ANY_NAMESPACE
#define NODE_WORK                                                                                                      \
    "\"resourceRules\":[{\"verbs\":[\"*\"],\"apiGroups\":[\"\"],\"resources\":[\"nodes\",\"nodes/"                     \
    "status\"]," CLUSTER_TOO ANY_NAMESPACE "," LEASES("\"*\"") "]"
#define ELECTIONS "\"resourceRules\":[" LEASES("\"get\",\"create\",\"update\"") "]"

const struct flow_object flow_schemas[] = {
    {"exempt", SCHEMA("exempt", 1, BY_NOTHING, GROUP("system:masters"), EVERYTHING), true},
    {"catch-all", SCHEMA("catch-all", 10000, BY("ByUser"), EVERYBODY, EVERYTHING), true},
    {"system-nodes", SCHEMA("system", 500, BY("ByUser"), NODES, EVERYTHING), false},
    {"system-node-high", SCHEMA("node-high", 400, BY("ByUser"), NODES, NODE_WORK), false},
    {"probes", SCHEMA("exempt", 2, BY_NOTHING, EVERYBODY, PROBES), false},
    {"system-leader-election",
     SCHEMA("leader-election", 100, BY("ByUser"),
            USER("system:kube-controller-manager") "," USER("system:kube-scheduler") "," ACCOUNTS("kube-system"),
            ELECTIONS),
     false},
    {"kube-controller-manager",
     SCHEMA("workload-high", 800, BY("ByNamespace"), USER("system:kube-controller-manager"), EVERYTHING), false},
    {"kube-scheduler", SCHEMA("workload-high", 800, BY("ByNamespace"), USER("system:kube-scheduler"), EVERYTHING),
     false},
    {"kube-system-service-accounts",
     SCHEMA("workload-high", 900, BY("ByNamespace"), ACCOUNTS("kube-system"), EVERYTHING), false},
    {"service-accounts", SCHEMA("workload-low", 9000, BY("ByUser"), GROUP("system:serviceaccounts"), EVERYTHING),
     false},
    {"global-default", SCHEMA("global-default", 9900, BY("ByUser"), EVERYBODY, EVERYTHING), false},
    {NULL, NULL, false},
};

const struct flow_object *flow_object_find(const struct flow_object *table, struct str name)
{
    for (; table->name; table++)
        if (str_eqc(name, table->name)) return table;
    return NULL;
}

struct json *flow_object_spec(struct arena *a, const struct flow_object *o)
{
    struct err e = ERR_INIT;
    return json_parse(a, str_of(o->spec), &e);
}

struct json *flow_object_new(struct arena *a, const struct flow_object *o)
{
    struct json *obj = obj_empty(a);
    obj_put_cstr(a, obj, ".metadata.name", o->name);
    obj_put_cstr(a, obj, ".metadata.annotations[apf.kubernetes.io/autoupdate-spec]", "true");
    obj_put(a, obj, ".spec", flow_object_spec(a, o));
    return obj;
}

void flow_schema_found(struct arena *a, struct json *schema, int64_t now_s)
{
    struct str level = obj_str(schema, ".spec.priorityLevelConfiguration.name");
    obj_set_condition(a, schema, "Dangling", "False", "Found",
                      str_printf(a,
                                 "This FlowSchema references the PriorityLevelConfiguration object named \"%.*s\" and "
                                 "it exists",
                                 STR_ARG(level)),
                      now_s);
}
