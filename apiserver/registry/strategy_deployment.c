/* strategy_deployment.c - what the API does with Deployments, ReplicaSets and ReplicationControllers of its own accord
 * (pkg/registry/apps/{deployment,replicaset}/strategy.go, pkg/registry/core/replicationcontroller/strategy.go).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "base/str.h"

static bool is_status(const char *sub) { return sub && strcmp(sub, "status") == 0; }

/* ---- Counts of a status ---- */

static void check_at_most(struct check *c, const struct json *status, const char *member, const char *of,
                          const char *detail)
{
    const struct json *value = json_getc(status, member);
    if (obj_number(value, 0) > obj_number(json_getc(status, of), 0)) check_invalid(c, member, value, detail);
}

/* None of the parts exceeds the whole. */
static void check_counts(struct check *c, const struct json *status, const char *first)
{
    const char *const parts[] = {first, "readyReplicas", "availableReplicas"};
    size_t mark = check_member(c, "status");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        check_at_most(c, status, parts[i], "replicas", "cannot be greater than status.replicas");
    check_at_most(c, status, "availableReplicas", "readyReplicas", "cannot be greater than readyReplicas");
    check_pop(c, mark);
}

/* ---- Deployment ---- */

static void deployment_prepare_create(struct arena *a, struct json *d, int64_t now_ns)
{
    (void)now_ns;
    obj_put(a, d, ".status", obj_empty(a));
}

static bool same(const struct json *x, const struct json *y, const char *path)
{
    const struct json *a = obj_get(x, path), *b = obj_get(y, path);
    return a == b || (a && b && json_equal(a, b));
}

/* The controller copies annotations to the ReplicaSets, so a change of them is a change of what is wanted. */
static void deployment_prepare_update(struct arena *a, struct json *d, const struct json *old, const char *sub)
{
    if (is_status(sub)) {
        obj_del(d, ".metadata.labels");
        obj_put_copy(a, d, ".metadata.labels", obj_get(old, ".metadata.labels"));
    } else if (!same(d, old, ".metadata.annotations")) {
        obj_put_int(a, d, ".metadata.generation", obj_int(old, ".metadata.generation", 0) + 1);
    }
}

static void deployment_check_update(struct check *c, const struct json *d, const struct json *old, const char *sub)
{
    if (!is_status(sub)) return;
    int64_t collisions = obj_int(d, ".status.collisionCount", 0);
    check_counts(c, obj_get(d, ".status"), "updatedReplicas");
    if (collisions < obj_int(old, ".status.collisionCount", 0))
        check_invalid(c, "status.collisionCount", json_int(c->arena, collisions), "cannot be decremented");
}

const struct strategy strategy_deployment = {.prepare_create = deployment_prepare_create,
                                             .prepare_update = deployment_prepare_update,
                                             .check_update = deployment_check_update};

/* ---- ReplicaSet and ReplicationController ---- */

static void replicas_prepare_create(struct arena *a, struct json *set, int64_t now_ns)
{
    (void)now_ns;
    obj_put(a, set, ".status", obj_empty(a));
    obj_put_int(a, set, ".status.replicas", 0);
}

static void replicas_check_update(struct check *c, const struct json *set, const struct json *old, const char *sub)
{
    (void)old;
    if (is_status(sub)) check_counts(c, obj_get(set, ".status"), "fullyLabeledReplicas");
}

const struct strategy strategy_replica_set = {.prepare_create = replicas_prepare_create,
                                              .check_update = replicas_check_update};
