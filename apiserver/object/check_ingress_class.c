/* check_ingress_class.c - validation of IngressClasses, and references to objects of any kind
 * (pkg/apis/networking/validation/validation.go, ValidateIngressClass).
 * Reads: a defaulted tree, its former state.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_reference.h"
#include "apiserver/object/check_value.h"

enum { CONTROLLER_MAX = 250 };

void check_reference(struct check *c, const struct json *ref)
{
    const struct json *group = json_getc(ref, "apiGroup");
    if (group && !json_is(group, JSON_NULL)) check_name_by(c, "apiGroup", obj_text(group), name_dns1123_subdomain);
    check_required_name(c, "kind", obj_str(ref, ".kind"), name_path_segment, "");
    check_required_name(c, "name", obj_str(ref, ".name"), name_path_segment, "");
}

static bool is_http_path(struct str s)
{
    static const char marks[] = "/-._~%!$&'()*+,;=:";
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool alnum = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
        if (!alnum && (!ch || !strchr(marks, ch))) return false;
    }
    return true;
}

static void check_controller(struct check *c, struct str name)
{
    struct str path, domain = str_cut(name, '/', &path);
    if (name.n > CONTROLLER_MAX) check_too_long(c, "controller", CONTROLLER_MAX);
    if (!name.n) {
        check_required(c, "controller", "");
    } else if (!domain.n || !path.n) {
        check_invalid_str(c, "controller", name, "must be a domain-prefixed path (such as \"acme.io/foo\")");
    } else {
        check_name_by(c, "controller", domain, name_dns1123_subdomain);
        if (!is_http_path(path))
            check_invalid_str(c, "controller", path,
                              "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
    }
}

static void check_scope(struct check *c, const struct json *parameters)
{
    static const char *const scopes[] = {"Cluster", "Namespace", NULL};
    const struct json *scope = json_getc(parameters, "scope"), *ns = json_getc(parameters, "namespace");
    if (!check_one_of(c, "scope", obj_text(scope), scopes)) return;
    bool cluster = str_eqc(obj_text(scope), "Cluster");
    if (cluster && ns) check_forbidden(c, "namespace", "`parameters.scope` is set to 'Cluster'");
    if (!cluster && !ns) check_required(c, "namespace", "`parameters.scope` is set to 'Namespace'");
    if (!cluster && ns) check_name_by(c, "namespace", obj_text(ns), name_dns1123_label);
}

/* type IngressClass check=fn:ingress_class whole */
void check_ingress_class(struct check *c, const struct json *class, const struct json *old)
{
    const struct json *spec = json_getc(class, "spec"), *parameters = json_getc(spec, "parameters");
    struct str controller = obj_str(spec, ".controller");
    if (old) {
        check_meta_update(c);
        if (!str_eq(controller, obj_str(old, ".spec.controller")))
            check_invalid_str(c, "spec.controller", controller.p ? controller : STR(""), "field is immutable");
    }
    check_meta(c);
    size_t mark = check_member(c, "spec");
    check_controller(c, controller);
    if (parameters) {
        size_t inner = check_member(c, "parameters");
        check_reference(c, parameters);
        check_scope(c, parameters);
        check_pop(c, inner);
    }
    check_pop(c, mark);
}
