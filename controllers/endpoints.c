/* endpoints.c - keeps the Endpoints of each Service that has a selector
 * (pkg/controller/endpoint/endpoints_controller.go). Reads: Services, Pods, Endpoints.   Writes: Endpoints; Events on
 * them. */
#include "controllers/endpoints.h"

#include "controllers/endpoint_pods.h"
#include "controllers/pod_control.h"
#include "controllers/trigger_times.h"

static struct trigger_times times = TRIGGER_TIMES_INIT;

/* The Service is gone: so is what it led to. */
static void remove_endpoints(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *left AUTO_OBJ = ctl_get(c, "v1/endpoints", ns, name);
    struct err e = ERR_INIT;
    trigger_times_forget(&times, ns, name);
    if (!left) return;
    const struct rest_delete_opts opts = {.grace_s = -1, .uid = left->uid};
    if (!rest_delete(ctl_rest(c), "v1/endpoints", ns, name, &opts, &e) && e.code != ERR_NOT_FOUND) ctl_fail(out, &e);
}

static void tell(struct ctl *c, const struct object *svc, const char *verb, const struct err *why)
{
    struct event_about who = {.api_version = "v1", .kind = "Endpoints", .ns = svc->ns, .name = svc->name};
    recorder_event(ctl_recorder(c), &who, "Warning",
                   verb[0] == 'c' ? "FailedToCreateEndpoint" : "FailedToUpdateEndpoint", NULL, NULL,
                   "Failed to %s endpoint %s%.*s/%.*s: %s", verb, verb[0] == 'c' ? "for service " : "",
                   STR_ARG(svc->ns), STR_ARG(svc->name), why->text);
}

static void write_endpoints(struct ctl *c, const struct object *svc, const struct object *present,
                            const struct json *now, struct outcome *out)
{
    struct err e = ERR_INIT;
    bool ok = present ? rest_update(ctl_rest(c), "v1/endpoints", NULL, now, NULL, &e)
                      : rest_create(ctl_rest(c), "v1/endpoints", svc->ns, now, NULL, &e);
    if (ok || (!present && e.code == ERR_FORBIDDEN)) return; /* the namespace is going away */
    tell(c, svc, present ? "update" : "create", &e);
    ctl_fail(out, &e);
}

static void endpoints_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *svc AUTO_OBJ = ctl_get(c, "v1/services", ns, name);
    if (!svc) {
        remove_endpoints(c, ns, name, out);
        return;
    }
    if (obj_is(svc->root, ".spec.type", "ExternalName") || !obj_has(svc->root, ".spec.selector")) return;
    struct objs pods AUTO_OBJS = {0};
    service_pods(c, svc, &pods);
    int64_t at_s = trigger_times_next(&times, svc, &pods);
    const struct object *present AUTO_OBJ = ctl_get(c, "v1/endpoints", ns, name);
    const struct json *now = endpoints_wanted(out->arena, svc, &pods, present, at_s);
    if (now) write_endpoints(c, svc, present, now, out);
}

/* Endpoints that somebody deleted are made again; those of a Service that went while nobody looked are removed. */
static void on_endpoints(struct ctl *c, const struct object *old, const struct object *now)
{
    struct arena a AUTO_ARENA = {0};
    bool ours = now && !old && !str_is_null(obj_map_str(now->labels, "", STR("endpoints.kubernetes.io/managed-by")));
    if (!now || ours) workq_add(ctl_queue(c), object_key(&a, now ? now : old));
}

static void endpoints_on_read(struct ctl *c, const char *resource, const struct object *old, const struct object *now)
{
    if (strcmp(resource, "v1/pods") == 0)
        endpoint_pods_wake(c, old, now);
    else
        on_endpoints(c, old, now);
}

const struct ctl_spec endpoints_controller = {
    .name = "endpoint",
    .primary = "v1/services",
    .kind = "Service",
    .reads = {"v1/pods", "v1/endpoints"},
    .workers = 5,
    .reconcile = endpoints_reconcile,
    .on_read_event = endpoints_on_read,
};
