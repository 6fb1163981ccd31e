/* strategy_core.c - strategies that need a few lines: Namespace, Node, ReplicaSet
 * (pkg/registry/core/{namespace,node}, pkg/registry/apps/replicaset).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

static void keep_status(struct arena *a, struct json *obj, const struct json *old, const char *sub)
{
    const char *kept = !sub ? ".status" : strcmp(sub, "status") == 0 ? ".spec" : NULL;
    if (!kept) return;
    if (obj_get(old, kept))
        obj_put_copy(a, obj, kept, obj_get(old, kept));
    else
        obj_del(obj, kept);
}

/* ---- Namespace: the finalizer "kubernetes" keeps it until its content is gone ---- */

static void namespace_prepare_create(struct arena *a, struct json *ns, int64_t now_ns)
{
    (void)now_ns;
    struct json *status = obj_empty(a), *spec = obj_empty(a);
    obj_put_cstr(a, status, ".phase", "Active");
    obj_append_str(a, spec, ".finalizers", STR("kubernetes"));
    obj_put(a, ns, ".spec", spec);
    obj_put(a, ns, ".status", status);
    obj_map_put_str(a, ns, ".metadata.labels", STR("kubernetes.io/metadata.name"), obj_name(ns));
    json_sort_keys(obj_edit(ns, ".metadata.labels"));
}

static void namespace_prepare_update(struct arena *a, struct json *ns, const struct json *old, const char *sub)
{
    if (sub && strcmp(sub, "finalize") == 0) {
        obj_put_copy(a, ns, ".status", obj_get(old, ".status"));
        return;
    }
    obj_put_copy(a, ns, ".spec", obj_get(old, ".spec"));
    if (!sub) obj_put_copy(a, ns, ".status", obj_get(old, ".status"));
    obj_map_put_str(a, ns, ".metadata.labels", STR("kubernetes.io/metadata.name"), obj_name(ns));
    json_sort_keys(obj_edit(ns, ".metadata.labels"));
}

const struct strategy strategy_namespace = {.prepare_create = namespace_prepare_create,
                                            .prepare_update = namespace_prepare_update};

/* ---- Node: a status sent with the object is taken at create (kubelets register so) ---- */

const struct strategy strategy_node = {.prepare_update = keep_status};

/* ---- ReplicaSet ---- */

static void replica_set_prepare_create(struct arena *a, struct json *rs, int64_t now_ns)
{
    (void)now_ns;
    struct json *status = obj_empty(a);
    obj_put_int(a, status, ".replicas", 0);
    obj_put(a, rs, ".status", status);
}

const struct strategy strategy_replica_set = {.prepare_create = replica_set_prepare_create,
                                              .prepare_update = keep_status};
