/* endpointslicemirroring.c - copies Endpoints that people or programs wrote (those of Services without selector) into
 * EndpointSlices (pkg/controller/endpointslicemirroring).
 * Reads: Endpoints, Services, EndpointSlices.   Writes: EndpointSlices; Events on Endpoints. */
#include "controllers/endpoint_pods.h"
#include "controllers/limits.h"
#include "controllers/pod_control.h"
#include "controllers/slice_write.h"
#include "controllers/trigger_times.h"

#define CONTROLLER_NAME "endpointslicemirroring-controller.k8s.io"
#define SKIP            "endpointslice.kubernetes.io/skip-mirror"
#define LEADER          "control-plane.alpha.kubernetes.io/leader"
#define LAST_APPLIED    "kubectl.kubernetes.io/last-applied-configuration"

static const char *const families[] = {"IPv4", "IPv6"};

/* ---- What is mirrored ---- */

static bool should_mirror(const struct object *endpoints)
{
    return !str_eqc(obj_map_str(endpoints->labels, "", STR(SKIP)), "true") &&
           str_is_null(obj_map_str(endpoints->root, ".metadata.annotations", STR(LEADER)));
}

static struct json *endpoint_of(struct arena *a, const struct json *address, bool ready)
{
    struct json *e = obj_empty(a);
    obj_append_str(a, e, ".addresses", obj_str(address, ".ip"));
    obj_put_bool(a, e, ".conditions.ready", ready);
    if (obj_str(address, ".hostname").n) obj_put_str(a, e, ".hostname", obj_str(address, ".hostname"));
    obj_put_copy(a, e, ".targetRef", obj_get(address, ".targetRef"));
    if (obj_has(address, ".nodeName")) obj_put_str(a, e, ".nodeName", obj_str(address, ".nodeName"));
    return e;
}

static struct json *ports_of(struct arena *a, const struct json *subset)
{
    struct json *ports = obj_list(a);
    for (OBJ_EACH(p, subset, ".ports")) {
        struct json *copy = obj_copy(a, p);
        if (!obj_has(copy, ".name")) obj_put_cstr(a, copy, ".name", "");
        json_push(ports, copy);
    }
    return ports;
}

static struct json *blank_of(struct arena *a, const struct object *endpoints, const char *family)
{
    static const char *const own[] = {TRIGGER_TIME, LAST_APPLIED};
    const struct json *annotations = obj_get(endpoints->root, ".metadata.annotations");
    struct json *slice = obj_new(a, "discovery.k8s.io/v1", "EndpointSlice");
    obj_put_fmt(a, slice, ".metadata.generateName", "%.*s-", STR_ARG(endpoints->name));
    obj_put_str(a, slice, ".metadata.namespace", endpoints->ns);
    obj_put_copy(a, slice, ".metadata.labels", endpoints->labels);
    obj_map_put_str(a, slice, ".metadata.labels", STR(SLICE_SERVICE), endpoints->name);
    obj_map_put_str(a, slice, ".metadata.labels", STR(SLICE_MANAGED_BY), STR(CONTROLLER_NAME));
    obj_put(a, slice, ".metadata.annotations", annotations ? obj_copy(a, annotations) : obj_empty(a));
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        (void)json_del(obj_edit(slice, ".metadata.annotations"), str_of(own[i]));
    obj_put_owner(a, slice, endpoints->root);
    obj_put_cstr(a, slice, ".addressType", family);
    return slice;
}

/* How many of a subset's addresses were left out. */
static size_t want_subset(struct arena *a, struct slices *s, const struct json *subset, bool v6)
{
    static const char *const lists[] = {".addresses", ".notReadyAddresses"};
    struct json *ports = ports_of(a, subset);
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (OBJ_EACH(address, subset, lists[i])) {
            if ((str_chr(obj_str(address, ".ip"), ':') != SIZE_MAX) != v6) continue;
            if (n++ < MIRROR_MAX) slices_want(s, ports, endpoint_of(a, address, i == 0));
        }
    return n > MIRROR_MAX ? n - MIRROR_MAX : 0;
}

/* ---- Reconciling ---- */

static bool is_managed(const struct object *slice)
{
    return str_eqc(obj_map_str(slice->labels, "", STR(SLICE_MANAGED_BY)), CONTROLLER_NAME);
}

static void mirror(struct ctl *c, const struct object *endpoints, const struct objs *owned, int64_t at_s,
                   struct outcome *out)
{
    size_t skipped = 0;
    for (size_t f = 0; f < ARRAY_LEN(families); f++) {
        struct objs existing AUTO_OBJS = {0};
        struct slice_plan plan;
        for (size_t i = 0; i < owned->count; i++)
            if (obj_is(owned->items[i]->root, ".addressType", families[f])) objs_add(&existing, owned->items[i]);
        struct slices *s = slices_new(out->arena, blank_of(out->arena, endpoints, families[f]), &existing, MIRROR_MAX);
        for (OBJ_EACH(subset, endpoints->root, ".subsets"))
            skipped += want_subset(out->arena, s, subset, strcmp(families[f], "IPv6") == 0);
        slices_plan(s, false, &plan);
        if (!slice_write(c, endpoints, &plan, at_s, out)) return;
    }
    if (skipped)
        ctl_event(c, endpoints, "Warning", "AddressesSkipped",
                  "A max of %d addresses can be mirrored to EndpointSlices per Endpoints subset. %zu addresses were "
                  "skipped",
                  MIRROR_MAX, skipped);
}

static void remove_all(struct ctl *c, const struct object *endpoints, const struct objs *owned, struct outcome *out)
{
    struct slice_plan plan = {
        .arena = out->arena, .deletes = (const struct object **)owned->items, .ndeletes = owned->count};
    (void)slice_write(c, endpoints, &plan, 0, out);
}

static void mirroring_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *endpoints AUTO_OBJ = ctl_get(c, "v1/endpoints", ns, name);
    if (!endpoints) { /* the slices are the garbage collector's */
        expect_forget(ctl_expect(c), str_printf(out->arena, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name)));
        return;
    }
    const struct object *svc AUTO_OBJ = ctl_get(c, "v1/services", ns, name);
    struct objs owned AUTO_OBJS = {0};
    if (!expect_satisfied(ctl_expect(c), object_key(out->arena, endpoints))) return;
    ctl_owned(c, SLICES, endpoints, &owned);
    objs_keep(&owned, is_managed);
    bool wanted = svc && !obj_has(svc->root, ".spec.selector") && should_mirror(endpoints);
    if (!wanted && owned.count) remove_all(c, endpoints, &owned, out);
    if (!wanted) return;
    struct str at = obj_map_str(endpoints->root, ".metadata.annotations", STR(TRIGGER_TIME));
    struct json *time = obj_empty(out->arena);
    if (at.n) obj_put_str(out->arena, time, ".at", at);
    mirror(c, endpoints, &owned, obj_time_s(time, ".at", 0), out);
}

/* A Service that comes, goes, or gets a selector decides about the Endpoints of its name. */
static void mirroring_on_read(struct ctl *c, const char *resource, const struct object *old, const struct object *svc)
{
    (void)resource;
    struct arena a AUTO_ARENA = {0};
    if (old && svc && obj_has(old->root, ".spec.selector") == obj_has(svc->root, ".spec.selector")) return;
    workq_add(ctl_queue(c), object_key(&a, svc ? svc : old));
}

const struct ctl_spec endpointslicemirroring_controller = {
    .name = "endpoint-slice-mirroring",
    .primary = "v1/endpoints",
    .kind = "Endpoints",
    .owns = {SLICES},
    .reads = {"v1/services"},
    .workers = 5,
    .reconcile = mirroring_reconcile,
    .on_read_event = mirroring_on_read,
};
