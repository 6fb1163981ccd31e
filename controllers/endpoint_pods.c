/* endpoint_pods.c - pods as endpoints of Services (endpoint_pods.h).
 * Reads: pods, Services and their caches.   Writes: the work queue. */
#include "controllers/endpoint_pods.h"

#include "controllers/pod_control.h"

bool service_selects(const struct json *svc, const struct json *labels)
{
    if (!obj_has(svc, ".spec.selector")) return false;
    for (OBJ_EACH(it, svc, ".spec.selector")) {
        struct str have = obj_map_str(labels, "", obj_key(it));
        if (str_is_null(have) || !str_eq(have, obj_text(it))) return false;
    }
    return true;
}

void service_pods(struct ctl *c, const struct object *svc, struct objs *out)
{
    struct objs all AUTO_OBJS = {0};
    informer_list(ctl_informer(c, "v1/pods"), svc->ns, &all);
    for (size_t i = 0; i < all.count; i++)
        if (service_selects(svc->root, all.items[i]->labels)) objs_add(out, all.items[i]);
}

bool service_has_ip(const struct json *svc)
{
    struct str ip = obj_str(svc, ".spec.clusterIP");
    return ip.n && !str_eqc(ip, "None");
}

/* ---- One pod ---- */

bool pod_is_endpoint(const struct json *pod, bool with_terminating)
{
    if (obj_is(pod, ".status.phase", "Succeeded") || obj_is(pod, ".status.phase", "Failed")) return false;
    if (!obj_str(pod, ".status.podIP").n && !obj_count(pod, ".status.podIPs")) return false;
    return with_terminating || !obj_is_deleting(pod);
}

static bool is_v6(struct str ip) { return str_chr(ip, ':') != SIZE_MAX; }

struct str pod_ip(const struct json *pod, bool v6)
{
    for (OBJ_EACH(it, pod, ".status.podIPs"))
        if (is_v6(obj_str(it, ".ip")) == v6) return obj_str(it, ".ip");
    return STR_NULL;
}

static bool named_port(const struct json *container, struct str name, struct str protocol, int64_t *port)
{
    for (OBJ_EACH(p, container, ".ports")) {
        if (!str_eq(obj_str(p, ".name"), name) || !str_eq(obj_str(p, ".protocol"), protocol)) continue;
        *port = obj_int(p, ".containerPort", 0);
        return true;
    }
    return false;
}

bool pod_target_port(const struct json *pod, const struct json *service_port, int64_t *port)
{
    const struct json *target = obj_get(service_port, ".targetPort");
    struct str name = obj_text(target), protocol = obj_str(service_port, ".protocol");
    if (str_is_null(name)) {
        *port = obj_number(target, 0);
        return true;
    }
    for (OBJ_EACH(c, pod, ".spec.containers"))
        if (named_port(c, name, protocol, port)) return true;
    for (OBJ_EACH(c, pod, ".spec.initContainers"))
        if (obj_is(c, ".restartPolicy", "Always") && named_port(c, name, protocol, port)) return true;
    return false;
}

bool pod_has_name_in(const struct json *pod, const struct object *svc)
{
    return obj_str(pod, ".spec.hostname").n && str_eq(obj_str(pod, ".spec.subdomain"), svc->name) &&
           str_eq(obj_ns(pod), svc->ns);
}

/* ---- Events ---- */

static bool same(const struct json *a, const struct json *b, const char *path)
{
    const struct json *x = obj_get(a, path), *y = obj_get(b, path);
    return x == y || (x && y && json_equal(x, y));
}

/* Of all that happens to a pod, what endpoints show. */
static bool is_news(const struct object *old, const struct object *pod)
{
    static const char *const shown[] = {".metadata.labels", ".metadata.deletionTimestamp",
                                        ".metadata.uid",    ".spec.hostname",
                                        ".spec.subdomain",  ".spec.nodeName",
                                        ".status.podIPs",   ".status.phase"};
    if (!old || !pod || pod_is_ready(old) != pod_is_ready(pod)) return true;
    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        if (!same(old->root, pod->root, shown[i])) return true;
    return false;
}

void endpoint_pods_wake(struct ctl *c, const struct object *old, const struct object *pod)
{
    struct objs services AUTO_OBJS = {0};
    struct arena a AUTO_ARENA = {0};
    const struct object *either = pod ? pod : old;
    if (!either || !is_news(old, pod)) return;
    informer_list(ctl_informer(c, "v1/services"), either->ns, &services);
    for (size_t i = 0; i < services.count; i++) {
        const struct object *svc = services.items[i];
        if ((pod && service_selects(svc->root, pod->labels)) || (old && service_selects(svc->root, old->labels)))
            workq_add(ctl_queue(c), object_key(&a, svc));
    }
}
