/* endpointslice.c - keeps the EndpointSlices of each Service that has a selector
 * (pkg/controller/endpointslice/endpointslice_controller.go).
 * Reads: Services, Pods, Nodes, EndpointSlices.   Writes: EndpointSlices; Events on Services. */
#include "controllers/endpointslice.h"

#include "controllers/endpoint_pods.h"
#include "controllers/pod_control.h"
#include "controllers/slice_write.h"
#include "controllers/trigger_times.h"

static struct trigger_times times = TRIGGER_TIMES_INIT;

/* ---- Nodes: kept while one reconcile looks at them ---- */

struct nodes {
    struct ctl *c;
    struct arena *a;
    struct objs seen;
};

static const struct json *labels_of_node(void *arg, struct str name)
{
    struct nodes *n = arg;
    for (size_t i = n->seen.count; i-- > 0;)
        if (str_eq(n->seen.items[i]->name, name))
            return n->seen.items[i]->labels ? n->seen.items[i]->labels : obj_empty(n->a);
    const struct object *node AUTO_OBJ = name.n ? ctl_get(n->c, "v1/nodes", STR_NULL, name) : NULL;
    if (!node) return NULL;
    objs_add(&n->seen, node);
    return node->labels ? node->labels : obj_empty(n->a);
}

/* ---- Reconciling ---- */

static bool is_managed(const struct object *slice)
{
    return str_eqc(obj_map_str(slice->labels, "", STR(SLICE_MANAGED_BY)), "endpointslice-controller.k8s.io");
}

static void of_family(const struct objs *all, const char *family, struct objs *out)
{
    for (size_t i = 0; i < all->count; i++)
        if (obj_is(all->items[i]->root, ".addressType", family)) objs_add(out, all->items[i]);
}

static bool reconcile_family(struct ctl *c, const struct object *svc, const char *family, const struct objs *pods,
                             const struct objs *owned, int64_t at_s, struct outcome *out)
{
    struct objs existing AUTO_OBJS = {0};
    struct nodes nodes = {.c = c, .a = out->arena};
    struct slice_plan plan;
    struct str missing;
    of_family(owned, family, &existing);
    endpointslice_plan(out->arena, svc, family, pods, &existing, labels_of_node, &nodes, &plan, &missing);
    bool ok = slice_write(c, svc, &plan, at_s, out);
    struct err e = ERR_INIT;
    if (!str_is_null(missing)) { /* the pod or the node will change; until then it is looked for again */
        err_set(&e, ERR_NOT_FOUND, "pods of Service %.*s/%.*s are on node %.*s, which is not there", STR_ARG(svc->ns),
                STR_ARG(svc->name), STR_ARG(missing));
        ctl_fail(out, &e);
    }
    objs_release(&nodes.seen);
    return ok;
}

static void endpointslice_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    static const char *const families[] = {"IPv4", "IPv6"};
    const struct object *svc AUTO_OBJ = ctl_get(c, "v1/services", ns, name);
    if (!svc) { /* its slices are the garbage collector's */
        trigger_times_forget(&times, ns, name);
        expect_forget(ctl_expect(c), str_printf(out->arena, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name)));
        return;
    }
    if (obj_is(svc->root, ".spec.type", "ExternalName") || !obj_has(svc->root, ".spec.selector")) return;
    if (!expect_satisfied(ctl_expect(c), object_key(out->arena, svc)))
        return; /* the cache is behind; it will wake us */
    struct objs pods AUTO_OBJS = {0}, owned AUTO_OBJS = {0};
    service_pods(c, svc, &pods);
    ctl_owned(c, SLICES, svc, &owned);
    objs_keep(&owned, is_managed);
    int64_t at_s = trigger_times_next(&times, svc, &pods);
    bool ok = true;
    for (size_t i = 0; i < ARRAY_LEN(families) && ok; i++) {
        bool wanted = false;
        for (OBJ_EACH(f, svc->root, ".spec.ipFamilies")) wanted = wanted || str_eqc(obj_text(f), families[i]);
        if (wanted) ok = reconcile_family(c, svc, families[i], &pods, &owned, at_s, out);
    }
    if (!ok && out->failed)
        ctl_event(c, svc, "Warning", "FailedToUpdateEndpointSlices",
                  "Error updating Endpoint Slices for Service %.*s/%.*s: %s", STR_ARG(ns), STR_ARG(name),
                  out->err.text);
}

static void endpointslice_on_read(struct ctl *c, const char *resource, const struct object *old,
                                  const struct object *now)
{
    if (strcmp(resource, "v1/pods") == 0) endpoint_pods_wake(c, old, now); /* nodes are only looked up */
}

const struct ctl_spec endpointslice_controller = {
    .name = "endpoint-slice",
    .primary = "v1/services",
    .kind = "Service",
    .owns = {SLICES},
    .reads = {"v1/pods", "v1/nodes"},
    .workers = 5,
    .reconcile = endpointslice_reconcile,
    .on_read_event = endpointslice_on_read,
};
