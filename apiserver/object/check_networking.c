/* check_networking.c - validation of Ingress, IngressClass and NetworkPolicy
 * (pkg/apis/networking/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/selector.h"
#include "apiserver/object/ip.h"
#include "apiserver/object/names.h"

#include <stdio.h>

enum { CONTROLLER_MAX = 250 };

#define CLASS_ANNOTATION "kubernetes.io/ingress.class"

static void check_name(struct check *c, const char *member, struct str s, const char *(*rule)(struct str))
{
    const char *why = rule(s);
    if (why) check_invalid_str(c, member, s, why);
}

/* ---- Ingress: hosts ---- */

static const char wildcard_text[] =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower "
    "case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used "
    "for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

static const char *name_host(struct str host)
{
    if (str_chr(host, '*') == SIZE_MAX) return name_dns1123_subdomain(host);
    if (host.n > 253) return "must be no more than 253 bytes";
    bool ok = str_starts(host, STR("*.")) && !name_dns1123_subdomain(str_from(host, 2));
    return ok ? NULL : wildcard_text;
}

/* type IngressTLS check=fn:ingress_tls */
void check_ingress_tls(struct check *c, const struct json *tls, const struct json *old)
{
    (void)old;
    size_t i = 0;
    for (OBJ_EACH(h, tls, ".hosts")) check_name(c, arena_printf(c->arena, "hosts[%zu]", i++), obj_text(h), name_host);
    struct str secret = obj_str(tls, ".secretName");
    if (secret.n) check_name(c, "secretName", secret, name_dns1123_subdomain);
}

/* type IngressRule check=fn:ingress_rule */
void check_ingress_rule(struct check *c, const struct json *rule, const struct json *old)
{
    (void)old;
    struct str host = obj_str(rule, ".host");
    struct ip ip;
    if (!host.n) return;
    if (ip_parse(host, &ip)) check_invalid_str(c, "host", host, "must be a DNS name, not an IP address");
    check_name(c, "host", host, name_host);
}

/* ---- Ingress: paths and backends ---- */

/* type HTTPIngressRuleValue check=fn:ingress_http */
void check_ingress_http(struct check *c, const struct json *http, const struct json *old)
{
    (void)old;
    if (!obj_count(http, ".paths")) check_required(c, "paths", "");
}

static bool contains(struct str s, const char *part) { return s.n && memmem(s.p, s.n, part, strlen(part)) != NULL; }

/* type HTTPIngressPath check=fn:ingress_path */
void check_ingress_path(struct check *c, const struct json *node, const struct json *old)
{
    (void)old;
    static const char *const sequences[] = {"//", "/./", "/../", "%2f", "%2F"}, *const ends[] = {"/..", "/."};
    struct str path = obj_str(node, ".path");
    bool free_form = obj_is(node, ".pathType", "ImplementationSpecific");
    if (!obj_str(node, ".pathType").n) {
        check_required(c, "pathType", "pathType must be specified");
        return;
    }
    if (!str_starts(path, STR("/")) && (path.n || !free_form))
        check_invalid_str(c, "path", path.p ? path : STR(""), "must be an absolute path");
    for (size_t i = 0; i < ARRAY_LEN(sequences) && !free_form; i++)
        if (contains(path, sequences[i]))
            check_invalidf(c, "path", obj_get(node, ".path"), "must not contain '%s'", sequences[i]);
    for (size_t i = 0; i < ARRAY_LEN(ends) && !free_form; i++)
        if (str_ends(path, str_of(ends[i])))
            check_invalidf(c, "path", obj_get(node, ".path"), "cannot end with '%s'", ends[i]);
}

static void check_reference(struct check *c, const struct json *ref, const char *member)
{
    static const char *const words[] = {"kind", "name"};
    size_t mark = check_member(c, member);
    if (obj_has(ref, ".apiGroup")) check_name(c, "apiGroup", obj_str(ref, ".apiGroup"), name_dns1123_subdomain);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct str s = obj_str(ref, arena_printf(c->arena, ".%s", words[i]));
        if (s.n)
            check_name(c, words[i], s, name_path_segment);
        else
            check_required(c, words[i], arena_printf(c->arena, "%s is required", words[i]));
    }
    check_pop(c, mark);
}

static void check_service_backend(struct check *c, const struct json *backend)
{
    struct str name = obj_str(backend, ".service.name"), port = obj_str(backend, ".service.port.name");
    int64_t number = obj_int(backend, ".service.port.number", 0);
    if (name.n)
        check_name(c, "service.name", name, name_dns1123_label);
    else
        check_required(c, "service.name", "");
    if (port.n && number)
        check_invalid_str(c, NULL, STR(""), "cannot set both port name & port number");
    else if (port.n)
        check_name(c, "service.port.name", port, name_port);
    else if (!number)
        check_required(c, NULL, "port name or number is required");
    else if (number < 1 || number > 65535)
        check_invalid(c, "service.port.number", obj_get(backend, ".service.port.number"),
                      "must be between 1 and 65535, inclusive");
}

/* type IngressBackend check=fn:ingress_backend */
void check_ingress_backend(struct check *c, const struct json *backend, const struct json *old)
{
    (void)old;
    const struct json *resource = obj_get(backend, ".resource"), *service = obj_get(backend, ".service");
    if (resource && service)
        check_invalid_str(c, NULL, STR(""), "cannot set both resource and service backends");
    else if (resource)
        check_reference(c, resource, "resource");
    else if (service)
        check_service_backend(c, backend);
    else
        check_invalid_str(c, NULL, STR(""), "resource or service backend is required");
}

/* type IngressLoadBalancerIngress check=fn:ingress_status */
void check_ingress_status(struct check *c, const struct json *in, const struct json *old)
{
    (void)old;
    struct str host = obj_str(in, ".hostname");
    struct ip ip;
    if (obj_str(in, ".ip").n) (void)check_ip(c, "ip", obj_get(in, ".ip"));
    if (!host.n) return;
    check_name(c, "hostname", host, name_dns1123_subdomain);
    if (ip_parse(host, &ip)) check_invalid_str(c, "hostname", host, "must be a DNS name, not an IP address");
}

/* type Ingress check=fn:ingress */
void check_ingress(struct check *c, const struct json *ing, const struct json *old)
{
    const struct json *spec = obj_get(ing, ".spec");
    struct str class = obj_str(spec, ".ingressClassName"),
               note = obj_map_str(ing, ".metadata.annotations", STR(CLASS_ANNOTATION));
    if (!obj_count(spec, ".rules") && !obj_has(spec, ".defaultBackend"))
        check_invalid(c, "spec", obj_get(spec, ".rules"), "either `defaultBackend` or `rules` must be specified");
    if (!obj_has(spec, ".ingressClassName")) return;
    check_name(c, "spec.ingressClassName", class, name_dns1123_subdomain);
    if (!old && !str_is_null(note) && !str_eq(note, class))
        check_invalid_str(c, "annotations." CLASS_ANNOTATION, note,
                          "must match `ingressClassName` when both are specified");
}

/* ---- IngressClass ---- */

static void check_controller(struct check *c, const struct json *spec)
{
    struct str path, name = obj_str(spec, ".controller"), domain = str_cut(name, '/', &path);
    if (name.n > CONTROLLER_MAX) check_too_long(c, "controller", CONTROLLER_MAX);
    if (!name.n) {
        check_required(c, "controller", "");
        return;
    }
    if (!domain.n || !path.n) {
        check_invalid_str(c, "controller", name, "must be a domain-prefixed path (such as \"acme.io/foo\")");
        return;
    }
    check_name(c, "controller", domain, name_dns1123_subdomain);
}

static void check_scope(struct check *c, const struct json *parameters)
{
    static const char *const scopes[] = {"Cluster", "Namespace", NULL};
    const struct json *scope = obj_get(parameters, ".scope"), *ns = obj_get(parameters, ".namespace");
    if (!scope)
        check_required(c, "parameters.scope", "");
    else if (str_eqc(obj_text(scope), "Namespace") && !ns)
        check_required(c, "parameters.namespace", "`parameters.scope` is set to 'Namespace'");
    else if (str_eqc(obj_text(scope), "Namespace"))
        check_name(c, "parameters.namespace", obj_text(ns), name_dns1123_label);
    else if (str_eqc(obj_text(scope), "Cluster") && ns)
        check_forbidden(c, "parameters.namespace", "`parameters.scope` is set to 'Cluster'");
    else if (!str_eqc(obj_text(scope), "Cluster"))
        check_not_supported(c, "parameters.scope", scope, scopes);
}

/* type IngressClassSpec check=fn:ingress_class_spec */
void check_ingress_class_spec(struct check *c, const struct json *spec, const struct json *old)
{
    if (old && !str_eq(obj_str(old, ".controller"), obj_str(spec, ".controller")))
        check_invalid(c, "controller", obj_get(spec, ".controller"), "field is immutable");
    check_controller(c, spec);
    const struct json *parameters = obj_get(spec, ".parameters");
    if (!parameters) return;
    check_reference(c, parameters, "parameters");
    check_scope(c, parameters);
}

/* ---- NetworkPolicy ---- */

/* type NetworkPolicyPort check=fn:network_policy_port */
void check_network_policy_port(struct check *c, const struct json *p, const struct json *old)
{
    (void)old;
    static const char range[] = "must be between 1 and 65535, inclusive";
    const struct json *port = obj_get(p, ".port"), *end = obj_get(p, ".endPort");
    int64_t from = obj_number(port, 0), to = obj_number(end, 0);
    if (!port) {
        if (end) check_invalid(c, "endPort", end, "may not be specified when `port` is not specified");
    } else if (json_is(port, JSON_STR)) {
        if (end) check_invalid(c, "endPort", end, "may not be specified when `port` is non-numeric");
        check_name(c, "port", obj_text(port), name_port);
    } else {
        if (from < 1 || from > 65535) check_invalid(c, "port", port, range);
        if (end && to < from) check_invalid(c, "endPort", port, "must be greater than or equal to `port`");
        if (end && (to < 1 || to > 65535)) check_invalid(c, "endPort", end, range);
    }
}

/* type IPBlock check=fn:ip_block */
void check_ip_block(struct check *c, const struct json *block, const struct json *old)
{
    (void)old;
    static const char invalid[] = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    struct ip net, inner;
    int bits, inner_bits;
    size_t i = 0;
    if (!obj_str(block, ".cidr").n) {
        check_required(c, "cidr", "");
        return;
    }
    if (!cidr_parse(obj_str(block, ".cidr"), &net, &bits)) {
        check_invalid(c, "cidr", obj_get(block, ".cidr"), invalid);
        return;
    }
    for (OBJ_EACH(e, block, ".except")) {
        const char *where = arena_printf(c->arena, "except[%zu]", i++);
        if (!cidr_parse(obj_text(e), &inner, &inner_bits))
            check_invalid(c, where, e, invalid);
        else if (!cidr_contains(&net, bits, &inner) || bits >= inner_bits)
            check_invalid(c, where, e, "must be a strict subset of `cidr`");
    }
}

/* type NetworkPolicyPeer check=fn:network_policy_peer */
void check_network_policy_peer(struct check *c, const struct json *peer, const struct json *old)
{
    (void)old;
    bool block = obj_has(peer, ".ipBlock"),
         other = obj_has(peer, ".podSelector") || obj_has(peer, ".namespaceSelector");
    if (!block && !other) check_required(c, NULL, "must specify a peer");
    if (block && other) check_forbidden(c, NULL, "may not specify both ipBlock and another peer");
}

/* type NetworkPolicySpec check=fn:network_policy_spec */
void check_network_policy_spec(struct check *c, const struct json *spec, const struct json *old)
{
    (void)old;
    if (obj_count(spec, ".policyTypes") > 2)
        check_invalid(c, "policyTypes", obj_get(spec, ".policyTypes"), "may not specify more than two policyTypes");
}
