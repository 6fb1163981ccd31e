/* strategy_core.c - strategies that need a few lines: Namespace, Node
 * (pkg/registry/core/{namespace,node}).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "apiserver/registry/keep.h"

static void keep_status(struct arena *a, struct json *obj, const struct json *old, const char *sub)
{
    const char *kept = !sub ? ".status" : strcmp(sub, "status") == 0 ? ".spec" : NULL;
    if (kept) keep_part(a, obj, old, kept);
}

/* ---- Namespace: the finalizer "kubernetes" keeps it until its content is gone ---- */

static bool has_finalizer(const struct json *ns, const char *finalizer)
{
    for (OBJ_EACH(it, ns, ".spec.finalizers"))
        if (str_eqc(obj_text(it), finalizer)) return true;
    return false;
}

/* The label was a default, but for names that were only just generated. */
static void label_name(struct arena *a, struct json *ns)
{
    obj_map_put_str(a, ns, ".metadata.labels", STR("kubernetes.io/metadata.name"), obj_name(ns));
    json_sort_keys(obj_edit(ns, ".metadata.labels"));
}

static void namespace_prepare_create(struct arena *a, struct json *ns, int64_t now_ns)
{
    (void)now_ns;
    if (!has_finalizer(ns, "kubernetes")) obj_append_str(a, ns, ".spec.finalizers", STR("kubernetes"));
    obj_put(a, ns, ".status", obj_empty(a));
    obj_put_cstr(a, ns, ".status.phase", "Active");
    label_name(a, ns);
}

static void namespace_prepare_update(struct arena *a, struct json *ns, const struct json *old, const char *sub)
{
    bool finalizes = sub && strcmp(sub, "finalize") == 0;
    if (!finalizes) obj_put_copy(a, ns, ".spec", obj_get(old, ".spec"));
    if (!sub || finalizes) obj_put_copy(a, ns, ".status", obj_get(old, ".status"));
    label_name(a, ns);
}

const struct strategy strategy_namespace = {.prepare_create = namespace_prepare_create,
                                            .prepare_update = namespace_prepare_update};

/* ---- Node: a status sent with the object is taken at create (kubelets register so) ---- */

/* Where the configuration comes from is no longer used: it can change only where it is. */
static void node_prepare_create(struct arena *a, struct json *node, int64_t now_ns)
{
    (void)a;
    (void)now_ns;
    obj_del(node, ".spec.configSource");
    obj_del(node, ".status.config");
}

static void node_prepare_update(struct arena *a, struct json *node, const struct json *old, const char *sub)
{
    keep_status(a, node, old, sub);
    if (!sub && !obj_has(old, ".spec.configSource")) obj_del(node, ".spec.configSource");
    if (sub && !obj_has(old, ".status.config")) obj_del(node, ".status.config");
}

const struct strategy strategy_node = {
    .prepare_create = node_prepare_create, .prepare_update = node_prepare_update, .takes_status = true};

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

/* Of an older version of the API; nobody can write it any more. */
static void drop_topology(struct json *slice)
{
    JSON_FOREACH(e, obj_edit(slice, ".endpoints"))(void) obj_del(e, ".deprecatedTopology");
}

static void endpoint_slice_prepare_create(struct arena *a, struct json *slice, int64_t now_ns)
{
    (void)a;
    (void)now_ns;
    drop_topology(slice);
}

static void endpoint_slice_prepare_update(struct arena *a, struct json *slice, const struct json *old, const char *sub)
{
    (void)sub;
    if (same_but_meta(slice, old)) return;
    obj_put_int(a, slice, ".metadata.generation", obj_int(old, ".metadata.generation", 0) + 1);
    drop_topology(slice);
}

const struct strategy strategy_endpoint_slice = {.prepare_create = endpoint_slice_prepare_create,
                                                 .prepare_update = endpoint_slice_prepare_update};

/* ---- Ingress: nobody but its controller says what its status is ---- */

static void ingress_prepare_create(struct arena *a, struct json *ing, int64_t now_ns)
{
    (void)now_ns;
    obj_put(a, ing, ".status", obj_empty(a));
}

const struct strategy strategy_ingress = {.prepare_create = ingress_prepare_create, .prepare_update = keep_status};
