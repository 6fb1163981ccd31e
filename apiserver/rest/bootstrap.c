/* bootstrap.c - what is in every cluster from its first moment.
 * Reads: the watch cache.   Writes: the store, before anyone is served. */
#include "api/object.h"
#include "apiserver/aggregator/trust.h"
#include "apiserver/registry/api_services.h"
#include "apiserver/registry/flow_control.h"
#include "apiserver/registry/priority_class.h"
#include "apiserver/registry/service_alloc.h"
#include "apiserver/rest/own_object.h"
#include "apiserver/rest/write.h"
#include "base/clk.h"
#include "base/kassert.h"
#include "schema_ids.h"

enum { OBJECTS_MAX = 96 }; /* in one start: namespaces and classes, 20 of flow control, an APIService a group version */

static const char *const namespaces[] = {"default", "kube-system", "kube-public", "kube-node-lease"};

struct start {
    struct arena arena;
    struct store_op ops[OBJECTS_MAX];
    int n;
};

/* Adds obj to what is to be written, unless there is one of its name. */
static bool want(struct start *s, const struct api_resource *res, struct json *obj, struct err *e)
{
    struct item *there = cache_get(res, obj_ns(obj), obj_name(obj));
    item_unref(there);
    if (there) return true;
    KASSERT(s->n < OBJECTS_MAX);
    struct blob *b = own_object_blob(&s->arena, res, obj, NULL, e);
    if (b)
        s->ops[s->n++] = (struct store_op){
            .kind = STORE_PUT,
            .key = cache_key(&s->arena, res, obj_ns(obj), obj_name(obj)),
            .value = b,
        };
    return b != NULL;
}

static bool commit(struct start *s, struct err *e)
{
    if (!s->n) return true;
    struct store_result res = store_submit_sync(cache_store(), s->ops, s->n);
    blob_unref(res.present);
    if (res.ok) return true;
    *e = res.err;
    if (res.conflict) err_set(e, ERR_CONFLICT, "somebody else writes to this store");
    return err_context(e, "cannot create the objects that every cluster has");
}

/* "standard", for claims that name no class. It binds at once, as minikube's class of that name: a claim is bound
 * before there is a pod, which is what a first test waits for; and our volumes are on no node that a scheduler would
 * have to choose. */
static struct json *standard_class(struct arena *a)
{
    struct json *class = obj_empty(a);
    obj_put_cstr(a, class, ".metadata.name", "standard");
    obj_put_cstr(a, class, ".metadata.annotations[storageclass.kubernetes.io/is-default-class]", "true");
    obj_put_cstr(a, class, ".provisioner", "kubestep.dev/hostpath");
    obj_put_cstr(a, class, ".reclaimPolicy", "Delete");
    obj_put_cstr(a, class, ".volumeBindingMode", "Immediate");
    return class;
}

/* The range of --service-cluster-ip-range. Upstream: pkg/controlplane/controller/defaultservicecidr. */
static struct json *default_cidr(struct arena *a)
{
    struct json *cidr = obj_empty(a);
    obj_put_cstr(a, cidr, ".metadata.name", "kubernetes");
    obj_append_str(a, cidr, ".spec.cidrs", str_of(service_alloc_ip_range()));
    obj_set_condition(a, cidr, "Ready", "True", "", STR("Kubernetes default Service CIDR is ready"), clk_s());
    return cidr;
}

/* What a server that is aggregated, or a component, reads to know whom to believe (ConfigMap of aggregator/trust.c).
 * Upstream: rbac bootstrappolicy/namespace_policy.go; its other roles come with an authorizer. */
#define AUTH_READER "extension-apiserver-authentication-reader"

static struct json *rbac_object(struct arena *a, const char *name)
{
    struct json *obj = obj_empty(a);
    obj_put_cstr(a, obj, ".metadata.name", name);
    obj_put_cstr(a, obj, ".metadata.namespace", "kube-system");
    obj_put_cstr(a, obj, ".metadata.labels[kubernetes.io/bootstrapping]", "rbac-defaults");
    obj_put_cstr(a, obj, ".metadata.annotations[rbac.authorization.kubernetes.io/autoupdate]", "true");
    return obj;
}

static struct json *auth_reader_role(struct arena *a)
{
    static const char *const verbs[] = {"get", "list", "watch"};
    struct json *role = rbac_object(a, AUTH_READER), *rule = obj_append(a, role, ".rules");
    obj_append_str(a, rule, ".apiGroups", STR(""));
    obj_append_str(a, rule, ".resources", STR("configmaps"));
    obj_append_str(a, rule, ".resourceNames", STR("extension-apiserver-authentication"));
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) obj_append_str(a, rule, ".verbs", str_of(verbs[i]));
    return role;
}

static struct json *auth_reader_binding(struct arena *a)
{
    static const char *const users[] = {"system:kube-controller-manager", "system:kube-scheduler"};
    struct json *binding = rbac_object(a, "system::" AUTH_READER);
    obj_put_cstr(a, binding, ".roleRef.apiGroup", "rbac.authorization.k8s.io");
    obj_put_cstr(a, binding, ".roleRef.kind", "Role");
    obj_put_cstr(a, binding, ".roleRef.name", AUTH_READER);
    for (size_t i = 0; i < ARRAY_LEN(users); i++) {
        struct json *subject = obj_append(a, binding, ".subjects");
        obj_put_cstr(a, subject, ".apiGroup", "rbac.authorization.k8s.io");
        obj_put_cstr(a, subject, ".kind", "User");
        obj_put_cstr(a, subject, ".name", users[i]);
    }
    return binding;
}

static bool want_flow_control(struct start *s, struct err *e)
{
    const struct flow_object *o;
    bool ok = true;
    for (o = priority_levels; o->name && ok; o++)
        ok =
            want(s, &res_flowcontrol_apiserver_k8s_io_v1_prioritylevelconfigurations, flow_object_new(&s->arena, o), e);
    for (o = flow_schemas; o->name && ok; o++)
        ok = want(s, &res_flowcontrol_apiserver_k8s_io_v1_flowschemas, flow_object_new(&s->arena, o), e);
    return ok;
}

/* Resources are in the order of their group versions. */
static bool want_api_services(struct start *s, struct err *e)
{
    bool ok = true;
    for (int i = 0; i < api_resource_count && ok; i++) {
        const struct api_resource *r = api_resources[i], *last = i ? api_resources[i - 1] : NULL;
        if (last && strcmp(r->group, last->group) == 0 && strcmp(r->version, last->version) == 0) continue;
        struct json *service = api_service_object(&s->arena, r->group, r->version);
        if (service) ok = want(s, &res_apiregistration_k8s_io_v1_apiservices, service, e);
    }
    return ok;
}

/* A cluster's first start: who deletes the class does not find it again at the next one. */
static bool is_first_start(void)
{
    struct item *there = cache_get(&res_core_v1_namespaces, STR_NULL, STR("kube-system"));
    item_unref(there);
    return !there;
}

bool bootstrap(struct err *e)
{
    struct start s = {.n = 0};
    bool ok = true, first = is_first_start();
    arena_init(&s.arena, 4096);
    for (size_t i = 0; i < ARRAY_LEN(namespaces) && ok; i++) {
        struct json *ns = obj_empty(&s.arena);
        obj_put_cstr(&s.arena, ns, ".metadata.name", namespaces[i]);
        ok = want(&s, &res_core_v1_namespaces, ns, e);
    }
    for (size_t i = 0; i < ARRAY_LEN(system_classes) && ok; i++)
        ok = want(&s, &res_scheduling_k8s_io_v1_priorityclasses, system_class_object(&s.arena, &system_classes[i]), e);
    ok = ok && want(&s, &res_networking_k8s_io_v1_servicecidrs, default_cidr(&s.arena), e);
    if (first && ok) ok = want(&s, &res_storage_k8s_io_v1_storageclasses, standard_class(&s.arena), e);
    struct json *trust = trust_object(&s.arena);
    if (trust && ok) ok = want(&s, &res_core_v1_configmaps, trust, e);
    ok = ok && want(&s, &res_rbac_authorization_k8s_io_v1_roles, auth_reader_role(&s.arena), e) &&
         want(&s, &res_rbac_authorization_k8s_io_v1_rolebindings, auth_reader_binding(&s.arena), e);
    ok = ok && want_flow_control(&s, e) && want_api_services(&s, e) && commit(&s, e);
    while (s.n) blob_unref(s.ops[--s.n].value);
    arena_release(&s.arena);
    return ok;
}
