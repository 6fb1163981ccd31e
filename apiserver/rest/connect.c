/* connect.c - exec, attach, portforward and proxy: the pod, node or Service is looked up and the request checked, as
 * far as that goes without a conversation. The conversations themselves come later: 501 says so.
 * Reads: the query, stored objects.   Writes: a Status.
 * Upstream: pkg/registry/core/{pod,node,service}. */
#include "api/object.h"
#include "apiserver/object/ip.h"
#include "apiserver/object/names.h"
#include "apiserver/rest/container.h"
#include "apiserver/rest/rest.h"
#include "apiserver/rest/status.h"
#include "apiserver/watch/cache.h"
#include "schema_ids.h"

#include <stdio.h>

/* ---- What is there? ---- */

/* NULL: answered. The tree is in the request's arena. */
static const struct json *find(struct request *r, const struct api_resource *res, struct str name)
{
    struct err e = ERR_INIT;
    struct item *it = cache_get(res, r->target.ns, name);
    if (!it) {
        status_not_found_named(r, res, name);
        return NULL;
    }
    const struct json *tree = json_parse(&r->arena, str_copy(&r->arena, blob_str(it->blob)), &e);
    item_unref(it);
    if (!tree) status_fail(r, &e);
    return tree;
}

static bool has_host(struct request *r, const struct json *pod)
{
    if (obj_str(pod, ".spec.nodeName").n) return true;
    status_failf(r, ERR_BAD_REQUEST, "pod %.*s does not have a host assigned", STR_ARG(r->target.name));
    return false;
}

static bool check_stream(struct request *r)
{
    struct str container;
    const struct json *pod = find(r, r->target.res, r->target.name);
    return pod && container_pick(r, pod, &container) && has_host(r, pod);
}

static bool check_port_forward(struct request *r)
{
    const struct json *pod = find(r, r->target.res, r->target.name);
    return pod && has_host(r, pod);
}

/* ---- Proxies: "name", "name:port" or "scheme:name:port" ---- */

struct proxied {
    struct str name, port;
};

static bool split_name(struct request *r, const char *what, struct proxied *out)
{
    struct str id = r->target.name, second, third = STR_NULL, scheme = STR("");
    struct str first = str_cut(id, ':', &second);
    second = str_is_null(second) ? second : str_cut(second, ':', &third);
    if (str_is_null(second)) {
        *out = (struct proxied){first, STR("")};
    } else if (str_is_null(third)) {
        *out = (struct proxied){first, second};
    } else {
        scheme = first;
        *out = (struct proxied){second, third};
    }
    bool known = !scheme.n || str_eqc(scheme, "http") || str_eqc(scheme, "https");
    if (out->name.n && known && (str_is_null(third) || str_chr(third, ':') == SIZE_MAX)) return true;
    status_failf(r, ERR_BAD_REQUEST, "invalid %s request \"%.*s\"", what, STR_ARG(id));
    return false;
}

static bool check_pod_proxy(struct request *r)
{
    struct proxied p;
    struct ip ip;
    const struct json *pod = split_name(r, "pod", &p) ? find(r, r->target.res, p.name) : NULL;
    if (!pod) return false;
    if (ip_parse(obj_str(pod, ".status.podIP"), &ip)) return true;
    status_failf(r, ERR_BAD_REQUEST, "address not allowed");
    return false;
}

static bool check_node_proxy(struct request *r)
{
    struct proxied p;
    return split_name(r, "node", &p) && find(r, r->target.res, p.name);
}

static bool has_port(struct request *r, const struct proxied *p)
{
    int64_t number;
    const struct json *svc = find(r, r->target.res, p->name);
    if (!svc) return false;
    if (!str_to_i64(p->port, &number)) return true;
    for (OBJ_EACH(port, svc, ".spec.ports"))
        if (obj_int(port, ".port", 0) == number) return true;
    status_failf(r, ERR_UNAVAILABLE, "no service port %lld found for service \"%.*s\"", (long long)number,
                 STR_ARG(p->name));
    return false;
}

static bool check_service_proxy(struct request *r)
{
    struct proxied p;
    if (!split_name(r, "service", &p) || !has_port(r, &p)) return false;
    const struct json *endpoints = find(r, &res_core_v1_endpoints, p.name);
    if (!endpoints) return false;
    for (OBJ_EACH(subset, endpoints, ".subsets"))
        if (obj_count(subset, ".addresses")) return true;
    status_failf(r, ERR_UNAVAILABLE, "no endpoints available for service \"%.*s\"", STR_ARG(p.name));
    return false;
}

/* ---- The way in ---- */

static const struct row {
    const struct api_resource *res;
    const char *sub, *what; /* what: "VERB in containers" */
    bool (*check)(struct request *r);
} rows[] = {
    {&res_core_v1_pods, "exec", "running commands in containers", check_stream},
    {&res_core_v1_pods, "attach", "attaching to containers", check_stream},
    {&res_core_v1_pods, "portforward", "forwarding ports to pods", check_port_forward},
    {&res_core_v1_pods, "proxy", "requests to pods", check_pod_proxy},
    {&res_core_v1_services, "proxy", "requests to services", check_service_proxy},
    {&res_core_v1_nodes, "proxy", "requests to kubelets", check_node_proxy},
};

void rest_connect(struct request *r)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (r->target.res != rows[i].res || strcmp(r->target.sub->name, rows[i].sub) != 0) continue;
        if (rows[i].check(r))
            status_failf(r, ERR_NOT_IMPLEMENTED, "%s/%s: this version of kubestep does not serve %s yet",
                         rows[i].res->plural, rows[i].sub, rows[i].what);
        break;
    }
    rest_finish(r);
}
