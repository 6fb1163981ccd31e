/* check_ingress.c - validation of Ingresses (pkg/apis/networking/validation/validation.go, ValidateIngress and its
 * like). Reads: a defaulted tree, its former state.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_reference.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/ip.h"
#include "schema_ids.h"

#define CLASS_ANNOTATION "kubernetes.io/ingress.class"

/* ---- Backends ---- */

static void check_backend_port(struct check *c, const struct json *port)
{
    struct str name = obj_str(port, ".name");
    int64_t number = obj_int(port, ".number", 0);
    if (name.n && number)
        check_invalid_str(c, NULL, STR(""), "cannot set both port name & port number");
    else if (name.n)
        check_name_by(c, "service.port.name", name, name_port);
    else if (number)
        check_port(c, "service.port.number", NULL, number);
    else
        check_required(c, NULL, "port name or number is required");
}

static void check_backend(struct check *c, const char *member, const struct json *backend)
{
    const struct json *resource = json_getc(backend, "resource"), *service = json_getc(backend, "service");
    size_t mark = check_member(c, member);
    if (resource && service) {
        check_invalid_str(c, NULL, STR(""), "cannot set both resource and service backends");
    } else if (resource) {
        size_t inner = check_member(c, "resource");
        check_reference(c, resource);
        check_pop(c, inner);
    } else if (service) {
        check_required_name(c, "service.name", obj_str(service, ".name"), name_dns1123_label, "");
        check_backend_port(c, json_getc(service, "port"));
    } else {
        check_invalid_str(c, NULL, STR(""), "resource or service backend is required");
    }
    check_pop(c, mark);
}

/* ---- Rules ---- */

static bool contains(struct str s, const char *part) { return s.n && memmem(s.p, s.n, part, strlen(part)) != NULL; }

static void check_exact_path(struct check *c, struct str path)
{
    static const char *const sequences[] = {"//", "/./", "/../", "%2f", "%2F"}, *const ends[] = {"/..", "/."};
    const struct json *shown = json_str(c->arena, path);
    for (size_t i = 0; i < ARRAY_LEN(sequences); i++)
        if (contains(path, sequences[i])) check_invalidf(c, "path", shown, "must not contain '%s'", sequences[i]);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (str_ends(path, str_of(ends[i]))) check_invalidf(c, "path", shown, "cannot end with '%s'", ends[i]);
}

static void check_path(struct check *c, const struct json *node)
{
    static const char *const types[] = {"Exact", "ImplementationSpecific", "Prefix", NULL};
    struct str path = obj_str(node, ".path"), type = obj_str(node, ".pathType");
    bool free_form = str_eqc(type, "ImplementationSpecific");
    if (str_is_null(type)) {
        check_required(c, "pathType", "pathType must be specified");
        return;
    }
    if (check_one_of(c, "pathType", type, types)) {
        if (!str_starts(path, STR("/")) && (path.n || !free_form))
            check_invalid_str(c, "path", path.p ? path : STR(""), "must be an absolute path");
        if (!free_form && path.n) check_exact_path(c, path);
    }
    check_backend(c, "backend", json_getc(node, "backend"));
}

static name_rule *host_rule(struct str host)
{
    return str_chr(host, '*') == SIZE_MAX ? name_dns1123_subdomain : name_wildcard_subdomain;
}

static void check_rule(struct check *c, const struct json *rule)
{
    struct str host = obj_str(rule, ".host");
    struct ip ip;
    const struct json *http = json_getc(rule, "http");
    if (host.n && ip_parse(host, &ip)) check_invalid_str(c, "host", host, "must be a DNS name, not an IP address");
    if (host.n) check_name_by(c, "host", host, host_rule(host));
    if (!http) return;
    size_t outer = check_member(c, "http"), i = 0;
    if (!obj_count(http, ".paths")) check_required(c, "paths", "");
    for (OBJ_EACH(it, http, ".paths")) {
        size_t mark = check_into(c, "paths", i++);
        check_path(c, it);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

static void check_tls(struct check *c, const struct json *tls)
{
    struct str secret = obj_str(tls, ".secretName");
    size_t i = 0;
    for (OBJ_EACH(it, tls, ".hosts")) {
        size_t mark = check_into(c, "hosts", i++);
        check_name_by(c, NULL, obj_text(it), host_rule(obj_text(it)));
        check_pop(c, mark);
    }
    if (secret.n) check_name_by(c, "secretName", secret, name_dns1123_subdomain);
}

static void check_each(struct check *c, const struct json *spec, const char *list,
                       void (*check)(struct check *c, const struct json *item))
{
    size_t i = 0;
    for (OBJ_EACH(it, json_getc(spec, list), "")) {
        size_t mark = check_into(c, list, i++);
        check(c, it);
        check_pop(c, mark);
    }
}

static void check_spec(struct check *c, const struct json *spec)
{
    const struct json *backend = json_getc(spec, "defaultBackend"), *class = json_getc(spec, "ingressClassName");
    size_t mark = check_member(c, "spec");
    if (!obj_count(spec, ".rules") && !backend)
        check_invalid_member(c, NULL, &type_networking_k8s_io_v1_IngressSpec, "rules", spec,
                             "either `defaultBackend` or `rules` must be specified");
    if (backend) check_backend(c, "defaultBackend", backend);
    check_each(c, spec, "rules", check_rule);
    check_each(c, spec, "tls", check_tls);
    if (class) check_name_by(c, "ingressClassName", obj_text(class), name_dns1123_subdomain);
    check_pop(c, mark);
}

static void check_class_annotation(struct check *c, const struct json *ing)
{
    struct str note = obj_map_str(ing, ".metadata.annotations", STR(CLASS_ANNOTATION)),
               class = obj_str(ing, ".spec.ingressClassName");
    if (!str_is_null(note) && !str_is_null(class) && !str_eq(note, class))
        check_invalid_str(c, "annotations." CLASS_ANNOTATION, note,
                          "must match `ingressClassName` when both are specified");
}

/* ---- Status ---- */

static void check_status(struct check *c, const struct json *ing, const struct json *old)
{
    struct kept kept = {{0}};
    for (OBJ_EACH(it, old, ".status.loadBalancer.ingress")) map_set(&kept.texts, obj_str(it, ".ip"), c);
    size_t outer = check_member(c, "status.loadBalancer"), i = 0;
    for (OBJ_EACH(it, ing, ".status.loadBalancer.ingress")) {
        struct str ip = obj_str(it, ".ip"), host = obj_str(it, ".hostname");
        size_t mark = check_into(c, "ingress", i++);
        if (ip.n && !kept_has(&kept, ip)) (void)check_ip(c, "ip", json_getc(it, "ip"));
        if (host.n) check_host(c, "hostname", host, name_dns1123_subdomain);
        check_pop(c, mark);
    }
    check_pop(c, outer);
    kept_release(&kept);
}

/* type Ingress check=fn:ingress whole */
void check_ingress(struct check *c, const struct json *ing, const struct json *old)
{
    if (old) check_meta_update(c);
    if (c->sub) {
        check_status(c, ing, old);
        return;
    }
    check_meta(c);
    check_spec(c, json_getc(ing, "spec"));
    if (!old) check_class_annotation(c, ing);
}
