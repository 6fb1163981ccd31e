/* namespace.c - empties namespaces that are being deleted, pods first, then lets them go
 * (pkg/controller/namespace/deletion/namespaced_resources_deleter.go).
 * Reads: Namespaces; lists of what is in them; that something in them went.   Writes: deletecollections,
 * namespaces/finalize, namespaces/status.
 * Upstream waits 5 s before it begins, for servers that lag behind; here is one server. */
#include "base/clk.h"
#include "controllers/limits.h"
#include "controllers/namespace_discovery.h"
#include "controllers/kinds.h"

#define DISCOVERY_MEDIA    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
#define PARTIAL_LIST_MEDIA "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

static bool is_content(const struct api_resource *res)
{
    return res->namespaced && kind_has(res, API_LIST_VERB | API_WATCH | API_DELETECOLLECTION);
}

static const struct api_resource *pods(void) { return api_find_resource(STR(""), STR("v1"), STR("pods")); }

/* ---- One kind ---- */

/* How long the pods of a namespace may take to end; 0: longer than that has passed. */
static int64_t estimate_pods_s(struct ctl *c, const struct object *ns)
{
    struct objs list AUTO_OBJS = {0};
    int64_t most = 0;
    informer_list(ctl_informer(c, "v1/pods"), ns->name, &list);
    for (size_t i = 0; i < list.count; i++) {
        const struct json *pod = list.items[i]->root;
        if (obj_is(pod, ".status.phase", "Succeeded") || obj_is(pod, ".status.phase", "Failed")) continue;
        most = MAX(most, obj_int(pod, ".spec.terminationGracePeriodSeconds", 0));
    }
    int64_t passed = clk_s() - obj_time_s(ns->root, ".metadata.deletionTimestamp", clk_s());
    return passed >= most ? 0 : most;
}

/* NULL: *e. */
static const struct object *list_kind(struct ctl *c, const char *path, struct err *e)
{
    const struct object *list = NULL;
    const struct rest_call get = {.method = "GET", .path = path, .accept = PARTIAL_LIST_MEDIA};
    return rest_do(ctl_rest(c), &get, &list, e) ? list : NULL;
}

static bool has_gone(const struct err *e) { return e->code == ERR_NOT_FOUND || e->code == ERR_METHOD; }

/* One by one, where a collection cannot be deleted. */
static bool delete_each(struct ctl *c, const struct object *ns, const char *kind, const struct object *list,
                        const struct json *options, struct ns_report *r, struct err *e)
{
    for (OBJ_EACH(it, list->root, ".items")) {
        const struct rest_call delete = {
            .method = "DELETE", .path = rest_path(r->arena, kind, ns->name, obj_name(it), NULL), .body = options};
        if (!rest_do(ctl_rest(c), &delete, NULL, e) && !has_gone(e)) return false;
    }
    return true;
}

/* Deletes all objects of a kind and tells the report what is left. */
static bool empty_kind(struct ctl *c, const struct object *ns, const struct api_resource *res, const char *kind,
                       bool by_collection, struct ns_report *r, struct err *e)
{
    const char *path = rest_path(r->arena, kind, ns->name, STR_NULL, NULL);
    const struct object *before AUTO_OBJ = list_kind(c, path, e);
    if (!before) return false;
    if (!obj_count(before->root, ".items")) return true;
    int64_t estimate_s = res == pods() ? estimate_pods_s(c, ns) : 0;
    struct json *options = obj_new(r->arena, "v1", "DeleteOptions");
    obj_put_cstr(r->arena, options, ".propagationPolicy", "Background");
    const struct rest_call delete = {.method = "DELETE", .path = path, .body = options, .accept = PARTIAL_LIST_MEDIA};
    bool done = by_collection && rest_do(ctl_rest(c), &delete, NULL, e);
    if (by_collection && !done && !has_gone(e)) return false;
    if (!done && !delete_each(c, ns, kind, before, options, r, e)) return false;
    const struct object *left AUTO_OBJ = list_kind(c, path, e);
    return left && ns_report_left(r, res, ns->name, left->root, estimate_s, e);
}

/* ---- Kinds that are not built in: discovery tells them, at the time ---- */

static bool has_verb(const struct json *resource, const char *verb)
{
    for (OBJ_EACH(v, resource, ".verbs"))
        if (str_eqc(obj_text(v), verb)) return true;
    return false;
}

static void empty_one(struct ctl *c, const struct object *ns, struct str group, struct str version,
                      const struct json *resource, struct ns_report *r)
{
    struct err e = ERR_INIT;
    struct api_resource *res = ARENA_NEW(r->arena, struct api_resource);
    *res = (struct api_resource){.group = str_cstr(r->arena, group),
                                 .version = str_cstr(r->arena, version),
                                 .kind = str_cstr(r->arena, obj_str(resource, ".responseKind.kind")),
                                 .plural = str_cstr(r->arena, obj_str(resource, ".resource")),
                                 .namespaced = true};
    const char *kind = arena_printf(r->arena, "%s/%s/%s", res->group, res->version, res->plural);
    /* Its definition may go meanwhile, and its objects with it. */
    if (!empty_kind(c, ns, res, kind, has_verb(resource, "deletecollection"), r, &e) && e.code != ERR_NOT_FOUND)
        ns_report_error(r, e.text);
}

/* Its first version that has the resource: all of them show the same objects. */
static bool shown_before(const struct json *group, const struct json *version, struct str plural)
{
    for (OBJ_EACH(v, group, ".versions")) {
        if (v == version) return false;
        for (OBJ_EACH(res, v, ".resources"))
            if (str_eq(obj_str(res, ".resource"), plural)) return true;
    }
    return false;
}

static void empty_custom(struct ctl *c, const struct object *ns, struct ns_report *r)
{
    struct err e = ERR_INIT;
    const struct object *all AUTO_OBJ = NULL;
    const struct rest_call get = {.method = "GET", .path = "/apis", .accept = DISCOVERY_MEDIA};
    if (!rest_do(ctl_rest(c), &get, &all, &e)) {
        ns_report_error(r, e.text);
        return;
    }
    for (OBJ_EACH(group, all->root, ".items"))
        for (OBJ_EACH(version, group, ".versions"))
            for (OBJ_EACH(res, version, ".resources")) {
                struct str g = obj_name(group), v = obj_str(version, ".version"), plural = obj_str(res, ".resource");
                bool wanted = obj_is(res, ".scope", "Namespaced") && has_verb(res, "list") && has_verb(res, "delete") &&
                              kind_can_be(g, v, plural) && !api_find_resource(g, v, plural);
                if (wanted && !shown_before(group, version, plural)) empty_one(c, ns, g, v, res, r);
            }
}

/* ---- The whole ---- */

static void empty(struct ctl *c, const struct object *ns, struct ns_report *r)
{
    ns_discovery_check(c, r);
    for (int pass = 0; pass < 2; pass++) { /* pods, and when they are gone all else */
        for (int i = 0; i < api_resource_count; i++) {
            struct err e = ERR_INIT;
            const struct api_resource *res = api_resources[i];
            if (!is_content(res) || (res == pods()) != (pass == 0)) continue;
            if (!empty_kind(c, ns, res, kind_text(res), true, r, &e)) ns_report_error(r, e.text);
        }
        if (pass == 1) empty_custom(c, ns, r);
        if (!ns_report_is_empty(r)) return;
    }
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
    struct ns_report r;
    ns_report_init(&r, out->arena);
    empty(c, ns, &r);
    struct json *now = obj_copy(out->arena, ns->root);
    ns_report_conditions(&r, now, clk_s());
    ctl_put_status(c, ns, now, out);
    if (ns_report_error_count(&r)) {
        struct err e = ERR_INIT;
        err_set(&e, ERR_INTERNAL, "%.*s", STR_ARG(ns_report_errors(&r)));
        ctl_fail(out, &e);
    } else if (ns_report_discovery(&r).n) {
        struct err e = ERR_INIT;
        err_set(&e, ERR_INTERNAL, "%.*s", STR_ARG(ns_report_discovery(&r)));
        ctl_fail(out, &e);
    } else if (!ns_report_is_empty(&r)) {
        out->again_after_ms = (r.estimate_s / 2 + 1) * 1000;
    } else {
        finalize(c, ns, out);
    }
}

/* The last object of a kind in a dying namespace just went: go on at once. */
static void namespace_on_gone(struct ctl *c, const char *resource, const struct object *old, const struct object *obj)
{
    if (obj || !old->ns.n || informer_has_any(ctl_informer(c, resource), old->ns)) return;
    const struct object *ns AUTO_OBJ = ctl_get(c, "v1/namespaces", STR_NULL, old->ns);
    if (ns && obj_is_deleting(ns->root)) workq_add(ctl_queue(c), old->ns);
}

static void namespace_init(struct ctl *c)
{
    for (int i = 0; i < api_resource_count; i++)
        if (is_content(api_resources[i]) && !(api_resources[i]->flags & API_R_NO_GC) && api_resources[i] != pods())
            ctl_read_metadata(c, kind_text(api_resources[i]));
}

const struct ctl_spec namespace_controller = {
    .name = "namespace",
    .primary = "v1/namespaces",
    .kind = "Namespace",
    .reads = {"v1/pods"},
    .workers = 10, /* upstream: --concurrent-namespace-syncs */
    .reconcile = namespace_reconcile,
    .on_read_event = namespace_on_gone,
    .init = namespace_init,
};
