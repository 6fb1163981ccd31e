/* namespace.c - empties namespaces that are being deleted, pods first, then lets them go
 * (pkg/controller/namespace/deletion/namespaced_resources_deleter.go).
 * Reads: Namespaces; lists of what is in them.   Writes: deletes of everything, namespaces/finalize, namespaces/status.
 */
#include "api/schema.h"
#include "base/clk.h"
#include "client/ctl.h"
#include "controllers/limits.h"

/* "v1/pods" or "apps/v1/replicasets" */
static const char *resource_text(struct arena *a, const struct api_resource *res)
{
    char version[API_VERSION_MAX];
    return arena_printf(a, "%s/%s", api_version_of(res, version), res->plural);
}

static bool is_content(const struct api_resource *res)
{
    uint32_t needs = API_LIST_VERB | API_DELETECOLLECTION;
    return res->namespaced && (res->verbs & needs) == needs && res->storage == res && !(res->flags & API_R_VIRTUAL);
}

/* Deletes all objects of one kind in ns; *left: how many are still there. */
static bool empty_kind(struct ctl *c, const struct api_resource *res, struct str ns, int64_t *left, struct outcome *out)
{
    struct arena *a = out->arena;
    const char *path = rest_path(a, resource_text(a, res), ns, STR_NULL, NULL);
    const struct object *list AUTO_OBJ = NULL;
    struct err e = ERR_INIT;
    const struct rest_call get = {.method = "GET", .path = path};
    if (!rest_do(ctl_rest(c), &get, &list, &e)) return ctl_fail(out, &e), false;
    *left = (int64_t)obj_count(list->root, ".items");
    if (!*left) return true;
    const struct rest_call delete = {.method = "DELETE", .path = path};
    if (!rest_do(ctl_rest(c), &delete, NULL, &e) && e.code != ERR_NOT_FOUND) return ctl_fail(out, &e), false;
    const struct object *rest AUTO_OBJ = NULL;
    if (!rest_do(ctl_rest(c), &get, &rest, &e)) return ctl_fail(out, &e), false;
    *left = (int64_t)obj_count(rest->root, ".items");
    return true;
}

/* Conditions tell what still holds the namespace. */
static void put_conditions(struct ctl *c, const struct object *ns, const char *remaining, struct outcome *out)
{
    struct arena *a = out->arena;
    struct json *now = obj_copy(a, ns->root);
    const struct {
        const char *type, *ok_reason, *ok_message;
        bool bad;
        const char *reason;
    } rows[] = {
        {"NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered", false,
         NULL},
        {"NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions",
         "All legacy kube types successfully parsed", false, NULL},
        {"NamespaceDeletionContentFailure", "ContentDeleted",
         "All content successfully deleted, may be waiting on finalization", false, NULL},
        {"NamespaceContentRemaining", "ContentRemoved", "All content successfully removed", *remaining != '\0',
         "SomeResourcesRemain"},
        {"NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished", false,
         NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        obj_set_condition(a, now, rows[i].type, rows[i].bad ? "True" : "False",
                          rows[i].bad ? rows[i].reason : rows[i].ok_reason,
                          str_of(rows[i].bad ? remaining : rows[i].ok_message), clk_s());
    ctl_put_status(c, ns, now, out);
}

static void finalize(struct ctl *c, const struct object *ns, struct outcome *out)
{
    struct json *body = obj_copy(out->arena, ns->root), *keep = obj_list(out->arena);
    struct err e = ERR_INIT;
    obj_put(out->arena, body, ".spec.finalizers", keep);
    for (OBJ_EACH(f, ns->root, ".spec.finalizers"))
        if (!str_eqc(obj_text(f), "kubernetes")) obj_append_str(out->arena, body, ".spec.finalizers", obj_text(f));
    obj_del(body, ".metadata.resourceVersion"); /* the newest version will do: only the finalizer goes */
    if (!rest_update(ctl_rest(c), "v1/namespaces", "finalize", body, NULL, &e) && e.code != ERR_NOT_FOUND)
        ctl_fail(out, &e);
}

static void namespace_reconcile(struct ctl *c, struct str none, struct str name, struct outcome *out)
{
    (void)none;
    const struct object *ns AUTO_OBJ = ctl_get(c, "v1/namespaces", STR_NULL, name);
    if (!ns || !obj_is_deleting(ns->root) || !obj_count(ns->root, ".spec.finalizers")) return;
    struct buf remaining AUTO_BUF = {0};
    int64_t left = 0;
    buf_init(&remaining, 16 * 1024);
    const struct api_resource *pods = api_find_resource(STR(""), STR("v1"), STR("pods"));
    if (!empty_kind(c, pods, name, &left, out)) return;
    if (left) buf_addf(&remaining, "Some resources are remaining: pods. has %lld resource instances", (long long)left);
    for (int i = 0; !left && i < api_resource_count; i++) {
        const struct api_resource *res = api_resources[i];
        int64_t n = 0;
        if (res == pods || !is_content(res)) continue;
        if (!empty_kind(c, res, name, &n, out)) return;
        if (!n) continue;
        buf_cstr(&remaining, remaining.n ? ", " : "Some resources are remaining: ");
        buf_addf(&remaining, "%s.%s has %lld resource instances", res->plural, res->group, (long long)n);
    }
    if (!remaining.n) {
        finalize(c, ns, out);
        return;
    }
    put_conditions(c, ns, remaining.p, out);
    out->again_after_ms = NS_RETRY_MS;
}

/* The last pod of a dying namespace just went: go on at once. */
static void namespace_on_pod(struct ctl *c, const char *resource, const struct object *old, const struct object *pod)
{
    (void)resource;
    if (pod) return;
    const struct object *ns AUTO_OBJ = ctl_get(c, "v1/namespaces", STR_NULL, old->ns);
    if (ns && obj_is_deleting(ns->root)) workq_add(ctl_queue(c), old->ns);
}

const struct ctl_spec namespace_controller = {
    .name = "namespace-controller",
    .primary = "v1/namespaces",
    .kind = "Namespace",
    .reads = {"v1/pods"},
    .workers = 2,
    .reconcile = namespace_reconcile,
    .on_read_event = namespace_on_pod,
};
