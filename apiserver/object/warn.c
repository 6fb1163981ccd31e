/* warn.c - the kinds that are warned of, and what their warnings have in common.
 * Reads: the request's trees.   Writes: struct warnings. */
#include "apiserver/object/warn.h"

#include "api/quantity.h"
#include "api/quote.h"
#include "apiserver/limits.h"
#include "apiserver/object/check_pod.h"
#include "apiserver/object/ip.h"
#include "apiserver/object/node_label.h"
#include "schema_ids.h"

#include <stdio.h>

enum { PAIRS_MAX = 1 << 18 }; /* of paths and ports of one object: some 100 ms */

/* ---- Kinds ---- */

static const struct {
    const struct api_resource *res;
    const char *sub;
    warn_fn *warn;
} rows[] = {
    {&res_core_v1_pods, NULL, warn_pod},
    {&res_core_v1_pods, "status", warn_pod_status},
    {&res_core_v1_podtemplates, NULL, warn_template},
    {&res_core_v1_replicationcontrollers, NULL, warn_controller},
    {&res_apps_v1_replicasets, NULL, warn_deployment},
    {&res_apps_v1_deployments, NULL, warn_deployment},
    {&res_apps_v1_daemonsets, NULL, warn_daemon_set},
    {&res_apps_v1_statefulsets, NULL, warn_stateful_set},
    {&res_batch_v1_jobs, NULL, warn_job},
    {&res_batch_v1_cronjobs, NULL, warn_cron_job},
    {&res_core_v1_services, NULL, warn_service},
    {&res_core_v1_services, "status", warn_balancer_status},
    {&res_networking_k8s_io_v1_ingresses, NULL, warn_ingress},
    {&res_networking_k8s_io_v1_ingresses, "status", warn_balancer_status},
    {&res_networking_k8s_io_v1_networkpolicies, NULL, warn_network_policy},
    {&res_core_v1_endpoints, NULL, warn_endpoints},
    {&res_discovery_k8s_io_v1_endpointslices, NULL, warn_endpoint_slice},
    {&res_core_v1_persistentvolumes, NULL, warn_volume},
    {&res_core_v1_persistentvolumeclaims, NULL, warn_claim},
    {&res_storage_k8s_io_v1_storageclasses, NULL, warn_storage_class},
    {&res_storage_k8s_io_v1_csidrivers, NULL, warn_csi_driver},
    {&res_storage_k8s_io_v1_csistoragecapacities, NULL, warn_capacity},
    {&res_core_v1_nodes, NULL, warn_node},
    {&res_core_v1_secrets, NULL, warn_secret},
    {&res_core_v1_serviceaccounts, NULL, warn_account},
    {&res_core_v1_resourcequotas, NULL, warn_quota},
    {&res_node_k8s_io_v1_runtimeclasses, NULL, warn_runtime_class},
    {&res_resource_k8s_io_v1_resourceslices, NULL, warn_slice},
    {&res_admissionregistration_k8s_io_v1_validatingwebhookconfigurations, NULL, warn_static_name},
    {&res_admissionregistration_k8s_io_v1_mutatingwebhookconfigurations, NULL, warn_static_name},
    {&res_admissionregistration_k8s_io_v1_validatingadmissionpolicies, NULL, warn_static_name},
    {&res_admissionregistration_k8s_io_v1_validatingadmissionpolicies, "status", warn_static_name},
    {&res_admissionregistration_k8s_io_v1_validatingadmissionpolicybindings, NULL, warn_static_name},
    {&res_admissionregistration_k8s_io_v1_mutatingadmissionpolicies, NULL, warn_static_name},
    {&res_admissionregistration_k8s_io_v1_mutatingadmissionpolicybindings, NULL, warn_static_name},
    {&res_apiextensions_k8s_io_v1_customresourcedefinitions, NULL, warn_crd},
};

static bool same_text(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

static void run(struct warnings *to, warn_fn *fn, const struct json *obj, const struct json *old)
{
    struct warn w = {.to = to, .pairs = PAIRS_MAX};
    check_init(&w.at, to->arena);
    buf_init(&w.text, 4 * (size_t)BODY_MAX); /* a value of the body, with its quotes, between words */
    fn(&w, obj, old);
    buf_release(&w.text);
}

void object_warn(struct warnings *to, const struct api_resource *res, const struct json *obj, const struct json *old,
                 const char *sub)
{
    if (res->custom && !sub) run(to, warn_custom, obj, old);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].res == res && same_text(rows[i].sub, sub)) run(to, rows[i].warn, obj, old);
}

void object_warn_early(struct warnings *to, const struct api_resource *res, const struct json *obj)
{
    if (res == &res_core_v1_pods) run(to, warn_pod_early, obj, NULL);
}

/* ---- Texts ---- */

void warn_begin(struct warn *w, const char *member)
{
    size_t mark = member ? check_member(&w->at, member) : w->at.path_n;
    buf_clear(&w->text);
    buf_addf(&w->text, "%s: ", w->at.path);
    check_pop(&w->at, mark);
}

void warn_end(struct warn *w) { warnings_add(w->to, buf_view(&w->text)); }

void warn_at(struct warn *w, const char *member, const char *fmt, ...)
{
    va_list ap;
    if (warnings_full(w->to)) return;
    warn_begin(w, member);
    va_start(ap, fmt);
    buf_vaddf(&w->text, fmt, ap);
    va_end(ap);
    warn_end(w);
}

void warn_bare(struct warn *w, const char *fmt, ...)
{
    va_list ap;
    if (warnings_full(w->to)) return;
    buf_clear(&w->text);
    va_start(ap, fmt);
    buf_vaddf(&w->text, fmt, ap);
    va_end(ap);
    warn_end(w);
}

bool warn_may_compare(struct warn *w, size_t n)
{
    if (warnings_full(w->to) || n > (size_t)w->pairs) return false;
    w->pairs -= (int)n;
    return true;
}

const char *warn_quoted(struct warn *w, struct str s)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 4 * (size_t)BODY_MAX);
    quote_go(&text, s);
    return str_cstr(w->to->arena, buf_view(&text));
}

/* ---- Addresses ---- */

void warn_ip(struct warn *w, struct str text)
{
    struct ip ip;
    char right[IP_TEXT_MAX];
    if (!ip_parse(text, &ip)) return;
    ip_write(&ip, right);
    if (ip.zeros || ip.mapped)
        warn_at(w, NULL, "non-standard IP address \"%.*s\" is invalid: use \"%s\"", STR_ARG(text), right);
    else if (ip.v6 && !str_eqc(text, right))
        warn_at(w, NULL, "IPv6 address \"%.*s\" should be in RFC 5952 canonical format (\"%s\")", STR_ARG(text), right);
}

/* An IPv4 range within IPv6 whose prefix leaves the mapping out: only zeros are left. */
static void mask(struct ip *ip, int bits)
{
    int bytes = ip->v6 ? 16 : 4;
    for (int i = 0; i < bytes; i++) {
        int kept = MIN(MAX(bits - 8 * i, 0), 8);
        ip->bytes[i] &= (uint8_t)(0xff00 >> kept);
    }
}

void warn_cidr(struct warn *w, struct str text)
{
    struct ip ip, net;
    int bits;
    char address[IP_TEXT_MAX], network[IP_TEXT_MAX];
    if (!cidr_parse(text, &ip, &bits)) return;
    net = ip;
    mask(&net, bits);
    ip_write(&ip, address);
    ip_write(&net, network);
    bool ambiguous = memcmp(ip.bytes, net.bytes, sizeof ip.bytes) != 0;
    if (ambiguous)
        warn_at(w, NULL, "CIDR value \"%.*s\" is ambiguous in this context (should be \"%s/%d\" or \"%s/%d\"?)",
                STR_ARG(text), network, bits, address, ip.v6 || ip.mapped ? 128 : 32);
    if (ip.zeros || ip.mapped)
        warn_at(w, NULL, "non-standard CIDR value \"%.*s\" is invalid: use \"%s/%d\"", STR_ARG(text), network, bits);
    char right[IP_TEXT_MAX + 8];
    snprintf(right, sizeof right, "%s/%d", address, bits);
    if (!ambiguous && !ip.zeros && ip.v6 && !str_eqc(text, right))
        warn_at(w, NULL, "IPv6 CIDR value \"%.*s\" should be in RFC 5952 canonical format (\"%s\")", STR_ARG(text),
                right);
}

void warn_ips(struct warn *w, const char *member, const struct json *list, const char *key, const char *shown)
{
    size_t i = 0;
    JSON_FOREACH(it, list)
    {
        size_t mark = check_into(&w->at, member, i++);
        if (shown) check_member(&w->at, shown);
        warn_ip(w, key ? text_at(it, key) : json_string(it));
        check_pop(&w->at, mark);
    }
}

void warn_cidrs(struct warn *w, const char *member, const struct json *list)
{
    size_t i = 0;
    JSON_FOREACH(it, list)
    {
        size_t mark = check_into(&w->at, member, i++);
        warn_cidr(w, json_string(it));
        check_pop(&w->at, mark);
    }
}

/* ---- What several kinds have ---- */

static void warn_label_values(struct warn *w, const struct json *values)
{
    size_t i = 0;
    JSON_FOREACH(it, values)
    {
        struct str value = json_string(it), rest = str_of(name_label_value(value));
        size_t mark = check_into(&w->at, "values", i++);
        while (rest.n) {
            struct str one = str_cut(rest, NAME_SEPARATOR, &rest);
            warn_at(w, NULL, "%.*s is invalid, %.*s", STR_ARG(value), STR_ARG(one));
        }
        check_pop(&w->at, mark);
    }
}

void warn_node_term(struct warn *w, const struct json *term, bool values)
{
    size_t i = 0;
    JSON_FOREACH(it, member_at(term, "matchExpressions"))
    {
        struct str key = text_at(it, "key");
        const char *why = node_label_deprecated(key);
        size_t mark = check_into(&w->at, "matchExpressions", i++);
        if (why) warn_at(w, "key", "%.*s is %s", STR_ARG(key), why);
        if (values) warn_label_values(w, member_at(it, "values"));
        check_pop(&w->at, mark);
    }
}

/* Upstream looks at thousandths, rounded up. */
static bool is_fraction(struct str text)
{
    struct qty q;
    struct err e = ERR_INIT;
    return qty_parse(text, &q, &e) && (q.nano + 999999) / 1000000 % 1000 != 0;
}

void warn_fraction(struct warn *w, const char *member, const struct json *amounts, const char *name)
{
    struct str amount = text_at(amounts, name);
    if (!amount.n || !is_fraction(amount)) return;
    size_t mark = check_member(&w->at, member);
    check_key(&w->at, str_of(name));
    warn_at(w, NULL, "fractional byte value \"%.*s\" is invalid, must be an integer", STR_ARG(amount));
    check_pop(&w->at, mark);
}

void warn_pod_name(struct warn *w, const struct json *obj, const char *of)
{
    struct str rest = str_of(name_dns1123_label(obj_name(obj)));
    if (!rest.n) return;
    warn_begin(w, "metadata.name");
    buf_addf(&w->text, "this is used in %s, which can result in surprising behavior; a DNS label is recommended: [",
             of);
    for (bool more = false; rest.n; more = true) {
        struct str one = str_cut(rest, NAME_SEPARATOR, &rest);
        if (more) buf_char(&w->text, ' ');
        buf_str(&w->text, one);
    }
    buf_char(&w->text, ']');
    warn_end(w);
}

void warn_annotations(struct warn *w, const struct json *obj, const struct warn_key *keys)
{
    const struct json *annotations = obj_get(obj, ".metadata.annotations");
    size_t mark = check_member(&w->at, "metadata.annotations");
    for (; keys->key; keys++) {
        size_t at = check_key(&w->at, str_of(keys->key));
        if (json_getc(annotations, keys->key)) warn_at(w, NULL, "%s", keys->text);
        check_pop(&w->at, at);
    }
    check_pop(&w->at, mark);
}
