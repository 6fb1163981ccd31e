/* strategy_core.c - strategies that need a few lines: Namespace, Node
 * (pkg/registry/core/{namespace,node}).
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

const struct strategy strategy_node = {.prepare_update = keep_status, .takes_status = true};

/* ---- EndpointSlice: it has no spec; all but its metadata counts, and its labels ---- */

static bool same_but_meta(const struct json *a, const struct json *b)
{
    static const char *const parts[] = {".addressType", ".endpoints", ".ports", ".metadata.labels"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const struct json *x = obj_get(a, parts[i]), *y = obj_get(b, parts[i]);
        if ((obj_count(x, "") || obj_count(y, "") || i == 0) && (!x || !y || !json_equal(x, y))) return false;
    }
    return true;
}

static void endpoint_slice_prepare_update(struct arena *a, struct json *slice, const struct json *old, const char *sub)
{
    (void)sub;
    if (!same_but_meta(slice, old))
        obj_put_int(a, slice, ".metadata.generation", obj_int(old, ".metadata.generation", 0) + 1);
}

const struct strategy strategy_endpoint_slice = {.prepare_update = endpoint_slice_prepare_update};

/* ---- Ingress: nobody but its controller says what its status is ---- */

static void ingress_prepare_create(struct arena *a, struct json *ing, int64_t now_ns)
{
    (void)now_ns;
    obj_put(a, ing, ".status", obj_empty(a));
}

const struct strategy strategy_ingress = {.prepare_create = ingress_prepare_create, .prepare_update = keep_status};
