/* endpoints_compute.c - from a Service and its pods to the subsets of its Endpoints (endpoints.h).
 * Reads: the objects given.   Upstream: pkg/controller/endpoint/endpoints_controller.go, pkg/api/v1/endpoints/util.go.
 */
#include "controllers/endpoint_pods.h"
#include "controllers/endpoints.h"
#include "controllers/limits.h"
#include "controllers/pod_control.h"
#include "controllers/trigger_times.h"

#include <stdlib.h>

#define HEADLESS      "service.kubernetes.io/headless"
#define MANAGED_BY    "endpoints.kubernetes.io/managed-by"
#define OVER_CAPACITY "endpoints.kubernetes.io/over-capacity"

/* ---- Repacking: ports that are offered by just the same addresses form one subset ---- */

struct offer { /* one address at one port */
    const struct object *pod;
    bool ready;
};

struct port {
    struct json *node; /* NULL: of a headless Service without ports */
    struct str text;   /* the node's JSON; what makes two ports the same */
    struct offer *offers;
    size_t count;
};

struct packing {
    struct arena *a;
    const struct object *svc;
    bool v6, all_ready;
    struct port *ports;
    size_t nports, max_offers;
};

static struct str text_of(struct arena *a, const struct json *node)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 64 * 1024);
    if (node) json_write(&b, node);
    return str_copy(a, buf_view(&b));
}

static struct json *endpoint_port(struct arena *a, const struct json *service_port, int64_t number)
{
    struct json *p = obj_empty(a);
    if (obj_str(service_port, ".name").n) obj_put_str(a, p, ".name", obj_str(service_port, ".name"));
    obj_put_int(a, p, ".port", number);
    obj_put_str(a, p, ".protocol", obj_str(service_port, ".protocol"));
    if (obj_has(service_port, ".appProtocol")) obj_put_str(a, p, ".appProtocol", obj_str(service_port, ".appProtocol"));
    return p;
}

static void offer(struct packing *p, struct json *node, const struct object *pod)
{
    struct str text = text_of(p->a, node);
    size_t i = 0;
    while (i < p->nports && !str_eq(p->ports[i].text, text)) i++;
    if (i == p->nports)
        p->ports[p->nports++] =
            (struct port){.node = node, .text = text, .offers = ARENA_ARRAY(p->a, struct offer, p->max_offers)};
    struct port *port = &p->ports[i];
    if (port->count && port->offers[port->count - 1].pod == pod) return; /* two ports of the Service lead there */
    port->offers[port->count++] = (struct offer){.pod = pod, .ready = p->all_ready || pod_is_ready(pod)};
}

static bool same_offers(const struct port *a, const struct port *b)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->offers[i].pod != b->offers[i].pod || a->offers[i].ready != b->offers[i].ready) return false;
    return true;
}

static void put_address(struct packing *p, struct json *subset, const struct offer *o)
{
    const struct json *pod = o->pod->root;
    struct json *address = obj_append(p->a, subset, o->ready ? ".addresses" : ".notReadyAddresses");
    obj_put_str(p->a, address, ".ip", pod_ip(pod, p->v6));
    if (pod_has_name_in(pod, p->svc)) obj_put_str(p->a, address, ".hostname", obj_str(pod, ".spec.hostname"));
    if (obj_str(pod, ".spec.nodeName").n) obj_put_str(p->a, address, ".nodeName", obj_str(pod, ".spec.nodeName"));
    obj_put_cstr(p->a, address, ".targetRef.kind", "Pod");
    obj_put_str(p->a, address, ".targetRef.namespace", o->pod->ns);
    obj_put_str(p->a, address, ".targetRef.name", o->pod->name);
    obj_put_str(p->a, address, ".targetRef.uid", o->pod->uid);
}

static struct json *pack(struct packing *p)
{
    struct json *subsets = obj_list(p->a);
    bool *done = ARENA_ARRAY(p->a, bool, p->nports + 1);
    for (size_t i = 0; i < p->nports; i++) {
        if (done[i]) continue;
        struct json *subset = obj_empty(p->a), *ports = obj_list(p->a);
        json_push(subsets, subset);
        for (size_t k = 0; k < p->ports[i].count; k++) put_address(p, subset, &p->ports[i].offers[k]);
        for (size_t k = i; k < p->nports; k++) {
            if (done[k] || !same_offers(&p->ports[i], &p->ports[k])) continue;
            done[k] = true;
            if (p->ports[k].node) json_push(ports, p->ports[k].node);
        }
        if (obj_count(ports, "")) obj_put(p->a, subset, ".ports", ports);
    }
    return subsets;
}

static void offer_pod(struct packing *p, const struct object *pod)
{
    int64_t number;
    if (!obj_count(p->svc->root, ".spec.ports") && obj_is(p->svc->root, ".spec.clusterIP", "None")) offer(p, NULL, pod);
    for (OBJ_EACH(sp, p->svc->root, ".spec.ports"))
        if (pod_target_port(pod->root, sp, &number)) offer(p, endpoint_port(p->a, sp, number), pod);
}

/* Those that are endpoints, by address as upstream sorts them: as text. */
struct listed {
    const struct object *pod;
    struct str ip;
};

static int by_ip(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int c = str_cmp(x->ip, y->ip);
    return c ? c : str_cmp(x->pod->uid, y->pod->uid);
}

struct json *endpoints_subsets(struct arena *a, const struct object *svc, const struct objs *pods)
{
    bool publish = obj_bool(svc->root, ".spec.publishNotReadyAddresses", false);
    struct packing p = {.a = a,
                        .svc = svc,
                        .v6 = obj_is(svc->root, ".spec.ipFamilies[0]", "IPv6"),
                        .all_ready = publish,
                        .max_offers = pods->count};
    p.ports = ARENA_ARRAY(a, struct port, (obj_count(svc->root, ".spec.ports") + 1) * (pods->count + 1));
    struct listed *listed = ARENA_ARRAY(a, struct listed, pods->count + 1);
    size_t n = 0;
    for (size_t i = 0; i < pods->count; i++) {
        struct str ip = pod_ip(pods->items[i]->root, p.v6);
        if (ip.n && pod_is_endpoint(pods->items[i]->root, publish))
            listed[n++] = (struct listed){.pod = pods->items[i], .ip = ip};
    }
    qsort(listed, n, sizeof *listed, by_ip);
    for (size_t i = 0; i < n; i++) offer_pod(&p, listed[i].pod);
    return pack(&p);
}

/* ---- No more than 1000 addresses: ready ones first, shared out over the subsets ---- */

static size_t count_all(const struct json *subsets, const char *list)
{
    size_t n = 0;
    for (OBJ_EACH(s, subsets, "")) n += obj_count(s, list);
    return n;
}

static void keep_first(struct json *subset, const char *list, size_t n)
{
    struct json *l = obj_edit(subset, list);
    if (!n) (void)obj_del(subset, list);
    for (size_t have = obj_count(l, ""); n && have > n; have--) json_remove(l, json_at(l, n));
}

/* True: something was cut. */
static bool truncate(struct json *subsets)
{
    size_t ready = count_all(subsets, ".addresses"), unready = count_all(subsets, ".notReadyAddresses");
    if (ready + unready <= ENDPOINTS_MAX) return false;
    bool cut_ready = ready > ENDPOINTS_MAX;
    const char *list = cut_ready ? ".addresses" : ".notReadyAddresses";
    size_t total = cut_ready ? ready : unready, room = cut_ready ? ENDPOINTS_MAX : ENDPOINTS_MAX - ready, left = room;
    JSON_FOREACH(s, subsets)
    {
        size_t share = (obj_count(s, list) * room + total - 1) / total; /* rounded up: the last one gets what is left */
        share = MIN(share, left);
        keep_first(s, list, share);
        if (cut_ready) keep_first(s, ".notReadyAddresses", 0);
        left -= share;
    }
    return true;
}

/* ---- The object ---- */

static void put_labels(struct arena *a, struct json *endpoints, const struct object *svc)
{
    (void)obj_del(endpoints, ".metadata.labels");
    obj_put_copy(a, endpoints, ".metadata.labels", obj_get(svc->root, ".metadata.labels"));
    obj_map_put_str(a, endpoints, ".metadata.labels", STR(MANAGED_BY), STR("endpoint-controller"));
    struct json *labels = obj_edit(endpoints, ".metadata.labels");
    if (service_has_ip(svc->root))
        (void)json_del(labels, STR(HEADLESS));
    else
        obj_map_put_str(a, endpoints, ".metadata.labels", STR(HEADLESS), STR(""));
    json_sort_keys(labels);
}

static bool equal(const struct json *a, const struct json *b, const char *path)
{
    const struct json *x = obj_get(a, path), *y = obj_get(b, path);
    if (!obj_count(x, "") && !obj_count(y, "")) return true;
    return x && y && json_equal(x, y);
}

struct json *endpoints_wanted(struct arena *a, const struct object *svc, const struct objs *pods,
                              const struct object *present, int64_t at_s)
{
    struct json *now = present ? obj_copy(a, present->root) : obj_new(a, "v1", "Endpoints");
    struct json *subsets = endpoints_subsets(a, svc, pods);
    bool cut = truncate(subsets);
    obj_put_str(a, now, ".metadata.name", svc->name);
    obj_put_str(a, now, ".metadata.namespace", svc->ns);
    put_labels(a, now, svc);
    if (obj_count(subsets, ""))
        obj_put(a, now, ".subsets", subsets);
    else
        (void)obj_del(now, ".subsets");
    if (cut) obj_map_put_str(a, now, ".metadata.annotations", STR(OVER_CAPACITY), STR("truncated"));
    struct json *annotations = obj_edit(now, ".metadata.annotations");
    if (!cut && annotations) (void)json_del(annotations, STR(OVER_CAPACITY));
    if (present && equal(now, present->root, ".subsets") && equal(now, present->root, ".metadata.labels") &&
        equal(now, present->root, ".metadata.annotations"))
        return NULL;
    trigger_time_put(a, now, at_s);
    return now;
}
