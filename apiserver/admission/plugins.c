/* plugins.c - built-in admission, one function per plugin.
 * Reads: the request's object, namespaces in the watch cache.   Writes: the object, r->resp. */
#include "apiserver/admission/plugins.h"

#include "api/object.h"
#include "apiserver/crd/crd.h"
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

/* ---- Kinds that end (apiextensions-apiserver's forbidCreateAdmission) ---- */

bool custom_kind_lives(struct admission *a)
{
    if (!a->res->custom || !atomic_load(&crd_kind_of(a->res)->terminating)) return true;
    status_forbidden(a->r, "create not allowed while custom resource definition is terminating");
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

/* ---- TaintNodesByCondition: nothing is placed on a node that nobody has looked at ---- */

bool taint_new_node(struct admission *a)
{
    for (OBJ_EACH(t, a->obj, ".spec.taints"))
        if (obj_is(t, ".key", "node.kubernetes.io/not-ready") && obj_is(t, ".effect", "NoSchedule")) return true;
    struct json *taint = obj_append(&a->r->arena, a->obj, ".spec.taints");
    obj_put_cstr(&a->r->arena, taint, ".key", "node.kubernetes.io/not-ready");
    obj_put_cstr(&a->r->arena, taint, ".effect", "NoSchedule");
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

/* ---- PodTopologyLabels: a pod can read where it is from its own labels ---- */

void topology_labels_put(struct arena *a, struct json *pod, struct str node)
{
    static const char *const keys[] = {"topology.kubernetes.io/region", "topology.kubernetes.io/zone"};
    struct item *it = cache_get(&res_core_v1_nodes, STR_NULL, node);
    bool put = false;
    for (int i = 0; it && i < it->nlabels; i++)
        for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
            if (!str_eqc(it->labels[i].key, keys[k])) continue;
            obj_map_put_str(a, pod, ".metadata.labels", str_of(keys[k]), str_copy(a, it->labels[i].value));
            put = true;
        }
    item_unref(it);
    if (put) json_sort_keys(obj_edit(pod, ".metadata.labels"));
}

bool pod_topology_labels(struct admission *a)
{
    struct str node = obj_str(a->obj, ".spec.nodeName");
    if (node.n) topology_labels_put(&a->r->arena, a->obj, node);
    return true;
}
