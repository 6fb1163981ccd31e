/* strategy_deployment.c - what the API does with Deployments, ReplicaSets and ReplicationControllers of its own accord
 * (pkg/registry/apps/{deployment,replicaset}/strategy.go, pkg/registry/core/replicationcontroller/strategy.go).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "base/str.h"

static bool is_status(const char *sub) { return sub && strcmp(sub, "status") == 0; }

/* ---- Deployment ---- */

static void deployment_prepare_create(struct arena *a, struct json *d, int64_t now_ns)
{
    (void)now_ns;
    obj_put(a, d, ".status", obj_empty(a));
}

static bool same(const struct json *x, const struct json *y, const char *path)
{
    return json_equal(obj_get(x, path), obj_get(y, path));
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

const struct strategy strategy_deployment = {.prepare_create = deployment_prepare_create,
                                             .prepare_update = deployment_prepare_update};

/* ---- ReplicaSet and ReplicationController ---- */

static void replicas_prepare_create(struct arena *a, struct json *set, int64_t now_ns)
{
    (void)now_ns;
    obj_put(a, set, ".status", obj_empty(a));
    obj_put_int(a, set, ".status.replicas", 0);
}

const struct strategy strategy_replica_set = {.prepare_create = replicas_prepare_create};
