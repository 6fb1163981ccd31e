/* plugins.c - built-in admission, one function per plugin.
 * Reads: the request's object, namespaces in the watch cache.   Writes: the object, r->resp. */
#include "apiserver/admission/plugins.h"

#include "api/object.h"
#include "apiserver/rest/status.h"
#include "schema_ids.h"

static bool is_kind(const struct admission *a, const char *plural)
{
    return !*a->res->group && strcmp(a->res->plural, plural) == 0;
}

/* ---- NamespaceLifecycle ---- */

static bool immortal(struct str name)
{
    static const char *const names[] = {"default", "kube-system", "kube-public"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eqc(name, names[i])) return true;
    return false;
}

bool namespace_lifecycle(struct admission *a)
{
    if (a->verb == VERB_DELETE) {
        if (!is_kind(a, "namespaces") || !immortal(a->name)) return true;
        status_forbidden(a->r, "this namespace may not be deleted");
        return false;
    }
    if (!a->res->namespaced) return true;
    struct item *ns = cache_get(&res_core_v1_namespaces, STR_NULL, a->ns);
    if (!ns) {
        status_not_found_named(a->r, &res_core_v1_namespaces, a->ns);
        return false;
    }
    bool ends = ns->deleting;
    item_unref(ns);
    if (!ends) return true;
    struct status_cause cause = {"NamespaceTerminating",
                                 str_printf(&a->r->arena, "namespace %.*s is being terminated", STR_ARG(a->ns)),
                                 STR("metadata.namespace")};
    status_forbidden_cause(
        a->r, &cause, "unable to create new content in namespace %.*s because it is being terminated", STR_ARG(a->ns));
    return false;
}

/* ---- ServiceAccount ---- */

bool service_account_name(struct admission *a)
{
    if (obj_str(a->obj, ".spec.serviceAccountName").n) return true;
    obj_put_cstr(&a->r->arena, a->obj, ".spec.serviceAccountName", "default");
    obj_put_cstr(&a->r->arena, a->obj, ".spec.serviceAccount", "default");
    return true;
}

/* ---- Priority ---- */

bool pod_priority(struct admission *a)
{
    static const struct {
        const char *name;
        int64_t value;
    } system_classes[] = {{"system-node-critical", 2000001000}, {"system-cluster-critical", 2000000000}};
    struct arena *arena = &a->r->arena;
    struct str class = obj_str(a->obj, ".spec.priorityClassName");
    int64_t value = 0;
    if (class.n) {
        size_t i = 0;
        while (i < ARRAY_LEN(system_classes) && !str_eqc(class, system_classes[i].name)) i++;
        if (i == ARRAY_LEN(system_classes)) {
            status_forbidden(a->r, "no PriorityClass with name %.*s was found", STR_ARG(class));
            return false;
        }
        value = system_classes[i].value;
    }
    if (obj_has(a->obj, ".spec.priority") && obj_int(a->obj, ".spec.priority", 0) != value) {
        status_forbidden(a->r,
                         "the integer value of priority (%lld) must not be provided in pod spec; priority admission "
                         "controller computed %lld from the given PriorityClass name",
                         (long long)obj_int(a->obj, ".spec.priority", 0), (long long)value);
        return false;
    }
    obj_put_int(arena, a->obj, ".spec.priority", value);
    if (!obj_has(a->obj, ".spec.preemptionPolicy"))
        obj_put_cstr(arena, a->obj, ".spec.preemptionPolicy", "PreemptLowerPriority");
    return true;
}

/* ---- DefaultTolerationSeconds ---- */

static bool tolerates(const struct json *pod, const char *key)
{
    for (OBJ_EACH(t, pod, ".spec.tolerations")) {
        struct str k = obj_str(t, ".key"), effect = obj_str(t, ".effect");
        if ((!k.n || str_eqc(k, key)) && (!effect.n || str_eqc(effect, "NoExecute"))) return true;
    }
    return false;
}

bool default_toleration_seconds(struct admission *a)
{
    static const char *const keys[] = {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"};
    struct arena *arena = &a->r->arena;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (tolerates(a->obj, keys[i])) continue;
        struct json *t = obj_append(arena, a->obj, ".spec.tolerations");
        obj_put_cstr(arena, t, ".key", keys[i]);
        obj_put_cstr(arena, t, ".operator", "Exists");
        obj_put_cstr(arena, t, ".effect", "NoExecute");
        obj_put_int(arena, t, ".tolerationSeconds", 300);
    }
    return true;
}
