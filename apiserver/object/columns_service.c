/* columns_service.c - table cells of Services and what leads to them: Endpoints, EndpointSlices, Ingresses, and of
 * NetworkPolicies (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/selector.h"
#include "apiserver/object/service.h"

#include <stdlib.h>

enum { CELL_MAX = 1 << 20, SHOWN_MAX = 3 };

static struct json *cell(struct arena *a, struct str s, const char *empty)
{
    return s.n ? json_str(a, str_copy(a, s)) : json_strc(a, empty);
}

static void comma(struct buf *b, struct str s)
{
    if (b->n) buf_char(b, ',');
    buf_str(b, s);
}

static void join(struct buf *b, const struct json *list)
{
    for (OBJ_EACH(it, list, "")) comma(b, obj_text(it));
}

/* ---- Addresses of load balancers ---- */

static int by_text(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

/* IPs, or host names where there is none; sorted, each once. */
static void balancer_addresses(struct arena *a, struct buf *b, const struct json *ingress)
{
    struct str *all = ARENA_ARRAY(a, struct str, obj_count(ingress, "") + 1);
    size_t n = 0;
    for (OBJ_EACH(it, ingress, "")) {
        struct str ip = obj_str(it, ".ip"), host = obj_str(it, ".hostname");
        if (ip.n || host.n) all[n++] = ip.n ? ip : host;
    }
    qsort(all, n, sizeof *all, by_text);
    for (size_t i = 0; i < n; i++)
        if (!i || !str_eq(all[i], all[i - 1])) comma(b, all[i]);
}

/* ---- Service ---- */

struct json *column_service_cluster_ip(struct arena *a, const struct json *svc, int64_t now_ns)
{
    (void)now_ns;
    return cell(a, obj_str(svc, ".spec.clusterIPs[0]"), "<none>");
}

struct json *column_service_external_ip(struct arena *a, const struct json *svc, int64_t now_ns)
{
    (void)now_ns;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, CELL_MAX);
    if (service_is(svc, "ExternalName")) return cell(a, obj_str(svc, ".spec.externalName"), "");
    if (service_is(svc, "LoadBalancer")) {
        balancer_addresses(a, &b, obj_get(svc, ".status.loadBalancer.ingress"));
        join(&b, obj_get(svc, ".spec.externalIPs"));
        return cell(a, buf_view(&b), "<pending>");
    }
    join(&b, obj_get(svc, ".spec.externalIPs"));
    bool known = service_is(svc, "ClusterIP") || service_is(svc, "NodePort");
    return cell(a, buf_view(&b), known ? "<none>" : "<unknown>");
}

struct json *column_service_ports(struct arena *a, const struct json *svc, int64_t now_ns)
{
    (void)now_ns;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, CELL_MAX);
    for (OBJ_EACH(p, svc, ".spec.ports")) {
        int64_t node_port = obj_int(p, ".nodePort", 0);
        buf_addf(&b, "%s%lld", b.n ? "," : "", (long long)obj_int(p, ".port", 0));
        if (node_port > 0) buf_addf(&b, ":%lld", (long long)node_port);
        buf_addf(&b, "/%.*s", STR_ARG(obj_str(p, ".protocol")));
    }
    return cell(a, buf_view(&b), "<none>");
}

struct json *column_service_selector(struct arena *a, const struct json *svc, int64_t now_ns)
{
    (void)now_ns;
    struct selector s;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, CELL_MAX);
    sel_from_map(a, obj_get(svc, ".spec.selector"), &s);
    sel_write(&b, &s);
    return cell(a, buf_view(&b), "<none>");
}

/* ---- Endpoints: the first three, and how many more ---- */

struct shown {
    struct buf text;
    size_t count;
    bool any_port; /* some subset has ports */
};

static void show(struct shown *s, struct str ip, const struct json *port)
{
    bool v6 = str_chr(ip, ':') != SIZE_MAX && port;
    if (s->count++ >= SHOWN_MAX) return;
    if (s->text.n) buf_char(&s->text, ',');
    buf_addf(&s->text, v6 ? "[%.*s]" : "%.*s", STR_ARG(ip));
    if (port) buf_addf(&s->text, ":%lld", (long long)obj_int(port, ".port", 0));
}

static void show_subset(struct shown *s, const struct json *subset)
{
    if (!obj_count(subset, ".ports"))
        for (OBJ_EACH(ip, subset, ".addresses")) show(s, obj_str(ip, ".ip"), NULL);
    for (OBJ_EACH(port, subset, ".ports"))
        for (OBJ_EACH(ip, subset, ".addresses")) show(s, obj_str(ip, ".ip"), port);
}

struct json *column_endpoints(struct arena *a, const struct json *endpoints, int64_t now_ns)
{
    (void)now_ns;
    struct shown s = {0};
    buf_init(&s.text, CELL_MAX);
    for (OBJ_EACH(subset, endpoints, ".subsets")) show_subset(&s, subset);
    if (s.count > SHOWN_MAX) buf_addf(&s.text, " + %zu more...", s.count - SHOWN_MAX);
    struct json *out = cell(a, buf_view(&s.text), obj_count(endpoints, ".subsets") ? "" : "<none>");
    buf_release(&s.text);
    return out;
}

/* ---- EndpointSlice ---- */

/* "a,b,c + 2 more..." of `count` in all. */
static void close_list(struct buf *b, size_t count)
{
    if (count > SHOWN_MAX) buf_addf(b, " + %zu more...", count - SHOWN_MAX);
}

struct json *column_slice_ports(struct arena *a, const struct json *slice, int64_t now_ns)
{
    (void)now_ns;
    struct buf b AUTO_BUF = {0};
    size_t count = 0;
    buf_init(&b, CELL_MAX);
    for (OBJ_EACH(p, slice, ".ports")) {
        if (count++ >= SHOWN_MAX) continue;
        if (obj_has(p, ".port"))
            comma(&b, str_printf(a, "%lld", (long long)obj_int(p, ".port", 0)));
        else
            comma(&b, obj_str(p, ".name").n ? obj_str(p, ".name") : STR("*"));
    }
    close_list(&b, count);
    return cell(a, buf_view(&b), "<unset>");
}

struct json *column_slice_endpoints(struct arena *a, const struct json *slice, int64_t now_ns)
{
    (void)now_ns;
    struct buf b AUTO_BUF = {0};
    size_t count = 0;
    buf_init(&b, CELL_MAX);
    for (OBJ_EACH(e, slice, ".endpoints"))
        for (OBJ_EACH(ip, e, ".addresses"))
            if (count++ < SHOWN_MAX) comma(&b, obj_text(ip));
    close_list(&b, count);
    return cell(a, buf_view(&b), "<unset>");
}

/* ---- Ingress and IngressClass ---- */

struct json *column_ingress_class(struct arena *a, const struct json *ing, int64_t now_ns)
{
    (void)now_ns;
    return cell(a, obj_str(ing, ".spec.ingressClassName"), "<none>");
}

struct json *column_ingress_hosts(struct arena *a, const struct json *ing, int64_t now_ns)
{
    (void)now_ns;
    struct buf b AUTO_BUF = {0};
    size_t shown = 0;
    bool more = false;
    buf_init(&b, CELL_MAX);
    for (OBJ_EACH(rule, ing, ".spec.rules")) {
        if (shown == SHOWN_MAX) more = true;
        if (shown == SHOWN_MAX || !obj_str(rule, ".host").n) continue;
        comma(&b, obj_str(rule, ".host"));
        shown++;
    }
    if (!b.n) return json_strc(a, "*");
    if (more) buf_addf(&b, " + %zu more...", obj_count(ing, ".spec.rules") - SHOWN_MAX);
    return cell(a, buf_view(&b), "*");
}

struct json *column_ingress_address(struct arena *a, const struct json *ing, int64_t now_ns)
{
    (void)now_ns;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, CELL_MAX);
    balancer_addresses(a, &b, obj_get(ing, ".status.loadBalancer.ingress"));
    return cell(a, buf_view(&b), "");
}

struct json *column_ingress_ports(struct arena *a, const struct json *ing, int64_t now_ns)
{
    (void)now_ns;
    return json_strc(a, obj_count(ing, ".spec.tls") ? "80, 443" : "80");
}

struct json *column_ingress_class_name(struct arena *a, const struct json *class, int64_t now_ns)
{
    (void)now_ns;
    struct str name = obj_name(class);
    bool is_default = str_eqc(
        obj_map_str(class, ".metadata.annotations", STR("ingressclass.kubernetes.io/is-default-class")), "true");
    return json_str(a, str_printf(a, "%.*s%s", STR_ARG(name), is_default ? " (default)" : ""));
}

struct json *column_ingress_class_parameters(struct arena *a, const struct json *class, int64_t now_ns)
{
    (void)now_ns;
    const struct json *p = obj_get(class, ".spec.parameters");
    struct str group = obj_str(p, ".apiGroup");
    if (!p) return json_strc(a, "<none>");
    return json_str(a, str_printf(a, "%.*s%s%.*s/%.*s", STR_ARG(obj_str(p, ".kind")), group.n ? "." : "",
                                  STR_ARG(group), STR_ARG(obj_str(p, ".name"))));
}

/* ---- NetworkPolicy ---- */

struct json *column_policy_pod_selector(struct arena *a, const struct json *policy, int64_t now_ns)
{
    (void)now_ns;
    struct selector s;
    struct err e = ERR_INIT;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, CELL_MAX);
    if (!sel_from_object(a, obj_get(policy, ".spec.podSelector"), &s, &e)) return json_strc(a, "<error>");
    sel_write(&b, &s);
    return cell(a, buf_view(&b), "<none>");
}
