/* strategy_policy.c - PodDisruptionBudget and PriorityClass (pkg/registry/policy/poddisruptionbudget,
 * pkg/registry/scheduling/priorityclass).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "apiserver/registry/priority_class.h"

/* ---- PodDisruptionBudget ---- */

static void pdb_prepare_create(struct arena *a, struct json *pdb, int64_t now_ns)
{
    static const char *const counts[] = {".disruptionsAllowed", ".currentHealthy", ".desiredHealthy", ".expectedPods"};
    (void)now_ns;
    struct json *status = obj_empty(a);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) obj_put_int(a, status, counts[i], 0);
    obj_put(a, pdb, ".status", status);
}

const struct strategy strategy_pod_disruption_budget = {.prepare_create = pdb_prepare_create};

/* ---- PriorityClass ---- */

const struct system_class system_classes[2] = {
    {"system-node-critical", "Used for system critical pods that must not be moved from their current node.",
     2000001000},
    {"system-cluster-critical",
     "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
     2000000000},
};

const struct system_class *system_class_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(system_classes); i++)
        if (str_eqc(name, system_classes[i].name)) return &system_classes[i];
    return NULL;
}

struct json *system_class_object(struct arena *a, const struct system_class *c)
{
    struct json *pc = obj_empty(a);
    obj_put_cstr(a, pc, ".metadata.name", c->name);
    obj_put_int(a, pc, ".value", c->value);
    obj_put_cstr(a, pc, ".description", c->description);
    return pc;
}

/* The generation of a priority class is 1 and stays so. */
static void priority_class_prepare_create(struct arena *a, struct json *pc, int64_t now_ns)
{
    (void)now_ns;
    obj_put_int(a, pc, ".metadata.generation", 1);
}

const struct strategy strategy_priority_class = {.prepare_create = priority_class_prepare_create};
