/* check_rbac.c - validation and defaults of roles and their bindings
 * (pkg/apis/rbac/validation/validation.go, pkg/apis/rbac/v1/defaults.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check; subjects' apiGroup. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_selector.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/object.h"
#include "apiserver/object/same.h"
#include "schema_ids.h"

#define RBAC_GROUP "rbac.authorization.k8s.io"

/* ---- Rules ---- */

static void check_rule(struct check *c, const struct json *rule, bool namespaced)
{
    const struct json *urls = json_getc(rule, "nonResourceURLs");
    if (!obj_count(rule, ".verbs")) check_required(c, "verbs", "verbs must contain at least one value");
    if (obj_count(urls, "")) {
        if (namespaced) check_invalid(c, "nonResourceURLs", urls, "namespaced rules cannot apply to non-resource URLs");
        if (obj_count(rule, ".apiGroups") || obj_count(rule, ".resources") || obj_count(rule, ".resourceNames"))
            check_invalid(c, "nonResourceURLs", urls,
                          "rules cannot apply to both regular resources and non-resource URLs");
        return;
    }
    if (!obj_count(rule, ".apiGroups"))
        check_required(c, "apiGroups", "resource rules must supply at least one api group");
    if (!obj_count(rule, ".resources"))
        check_required(c, "resources", "resource rules must supply at least one resource");
}

static void check_rules(struct check *c, const struct json *role, bool namespaced)
{
    size_t outer = check_member(c, "rules"), i = 0;
    for (OBJ_EACH(rule, role, ".rules")) {
        size_t mark = check_index(c, i++);
        check_rule(c, rule, namespaced);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* type Role check=fn:role whole */
void check_role(struct check *c, const struct json *role, const struct json *old)
{
    check_meta(c);
    check_rules(c, role, true);
    if (old) check_meta_update(c);
}

static bool any_selector_is_bad(struct arena *a, const struct json *role)
{
    for (OBJ_EACH(s, role, ".aggregationRule.clusterRoleSelectors"))
        if (selector_is_bad(a, s)) return true;
    return false;
}

static void check_aggregation(struct check *c, const struct json *role, const struct json *old)
{
    bool was_bad = old && any_selector_is_bad(c->arena, old);
    size_t outer = check_member(c, "aggregationRule"), i = 0;
    if (!obj_count(role, ".aggregationRule.clusterRoleSelectors"))
        check_required(c, "clusterRoleSelectors",
                       "at least one clusterRoleSelector required if aggregationRule is non-nil");
    for (OBJ_EACH(s, role, ".aggregationRule.clusterRoleSelectors")) {
        const char *place = arena_printf(c->arena, "clusterRoleSelectors[%zu]", i++);
        check_selector_changed(c, place, s, was_bad);
        if (selector_is_bad(c->arena, s)) check_invalid(c, place, NULL, "invalid label selector.");
    }
    check_pop(c, outer);
}

/* type ClusterRole check=fn:cluster_role whole */
void check_cluster_role(struct check *c, const struct json *role, const struct json *old)
{
    check_meta(c);
    check_rules(c, role, false);
    if (obj_has(role, ".aggregationRule")) check_aggregation(c, role, old);
    if (old) check_meta_update(c);
}

/* ---- Bindings ---- */

static void check_group(struct check *c, const struct json *node, const char *wanted)
{
    const char *const only[] = {wanted, NULL};
    (void)check_one_of(c, "apiGroup", obj_str(node, ".apiGroup"), only);
}

static void check_subject(struct check *c, const struct json *s, bool namespaced)
{
    static const char *const kinds[] = {"ServiceAccount", "User", "Group", NULL};
    struct str name = obj_str(s, ".name"), kind = obj_str(s, ".kind");
    if (!name.n) check_required(c, "name", "");
    if (str_eqc(kind, "ServiceAccount")) {
        if (name.n) check_name_by(c, "name", name, name_dns1123_subdomain);
        check_group(c, s, "");
        if (!namespaced && !obj_str(s, ".namespace").n) check_required(c, "namespace", "");
    } else if (check_one_of(c, "kind", kind, kinds)) {
        check_group(c, s, RBAC_GROUP);
    }
}

static void check_role_ref(struct check *c, const struct json *ref, const char *const *kinds)
{
    size_t outer = check_member(c, "roleRef");
    check_group(c, ref, RBAC_GROUP);
    (void)check_one_of(c, "kind", obj_str(ref, ".kind"), kinds);
    check_required_name(c, "name", obj_str(ref, ".name"), name_path_segment, "");
    check_pop(c, outer);
}

static void check_binding(struct check *c, const struct json *binding, const struct json *old, bool namespaced)
{
    static const char *const both[] = {"Role", "ClusterRole", NULL}, *const cluster[] = {"ClusterRole", NULL};
    const struct api_type *ref_type = &type_rbac_authorization_k8s_io_v1_RoleRef;
    const struct json *ref = json_getc(binding, "roleRef");
    check_meta(c);
    check_role_ref(c, ref, namespaced ? both : cluster);
    size_t outer = check_member(c, "subjects"), i = 0;
    for (OBJ_EACH(s, binding, ".subjects")) {
        size_t mark = check_index(c, i++);
        check_subject(c, s, namespaced);
        check_pop(c, mark);
    }
    check_pop(c, outer);
    if (old) check_meta_update(c);
    if (old && !object_same(ref_type, ref, json_getc(old, "roleRef")))
        check_invalid_inner(c, "roleRef", ref_type, ref, "cannot change roleRef");
}

/* type RoleBinding check=fn:role_binding whole */
void check_role_binding(struct check *c, const struct json *binding, const struct json *old)
{
    check_binding(c, binding, old, true);
}

/* type ClusterRoleBinding check=fn:cluster_role_binding whole */
void check_cluster_role_binding(struct check *c, const struct json *binding, const struct json *old)
{
    check_binding(c, binding, old, false);
}

/* type Subject default=fn:subject */
void type_default_subject(struct arena *a, struct json *subject)
{
    if (obj_str(subject, ".apiGroup").n) return;
    if (!obj_is(subject, ".kind", "User") && !obj_is(subject, ".kind", "Group")) return;
    obj_put_cstr(a, subject, ".apiGroup", RBAC_GROUP);
    object_order(&type_rbac_authorization_k8s_io_v1_Subject, subject, a);
}
