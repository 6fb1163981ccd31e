/* component.c - GET of componentstatuses: is the control plane healthy? Nothing of it is stored.
 * Upstream asks the components' ports; here whoever renews its Lease is healthy, and the store stands in for etcd.
 * Reads: the Leases of the scheduler and of the controllers, the store's last error.   Writes: the answer.
 * Upstream: pkg/registry/core/componentstatus/rest.go. */
#include "api/object.h"
#include "apiserver/discovery/discovery.h"
#include "apiserver/object/table.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/options.h"
#include "apiserver/rest/status.h"
#include "apiserver/rest/write.h"
#include "base/clk.h"
#include "schema_ids.h"

static const struct component {
    const char *name;
    const char *lease; /* in kube-system; NULL: the store */
} components[] = {{"scheduler", "kube-scheduler"}, {"controller-manager", "kube-controller-manager"}, {"etcd-0", NULL}};
enum { COMPONENTS = ARRAY_LEN(components) };

static bool renews(const char *name)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct item *it = cache_get(&res_coordination_k8s_io_v1_leases, STR("kube-system"), str_of(name));
    const struct json *lease = it ? json_parse(&a, blob_str(it->blob), &e) : NULL;
    int64_t until = obj_time_s(lease, ".spec.renewTime", 0) + obj_int(lease, ".spec.leaseDurationSeconds", 0);
    bool fresh = obj_str(lease, ".spec.holderIdentity").n && until >= clk_s();
    item_unref(it);
    return fresh;
}

/* With the kind first, as all answers have it. */
static struct json *typed(struct arena *a, const char *kind)
{
    struct json *obj = obj_empty(a);
    obj_put_cstr(a, obj, ".kind", kind);
    obj_put_cstr(a, obj, ".apiVersion", "v1");
    return obj;
}

static struct json *component_object(struct arena *a, const struct component *component)
{
    struct json *obj = typed(a, "ComponentStatus");
    struct str why = STR("");
    if (!component->lease)
        why = health_store_error(a);
    else if (!renews(component->lease))
        why = str_printf(a, "nobody renews the lease kube-system/%s", component->lease);
    obj_put_cstr(a, obj, ".metadata.name", component->name);
    struct json *condition = obj_append(a, obj, ".conditions");
    obj_put_cstr(a, condition, ".type", "Healthy");
    obj_put_cstr(a, condition, ".status", why.n ? "False" : "True");
    obj_put_str(a, condition, ".message", why.n ? why : STR("ok"));
    return obj;
}

static struct str name_of(void *arg, struct str label)
{
    const struct component *component = arg;
    return str_eqc(label, "metadata.name") ? str_of(component->name) : STR("");
}

static void respond(struct request *r, const struct json *const *trees, size_t n, bool list)
{
    const struct api_resource *res = r->target.res;
    const struct list_meta meta = {.cont = STR_NULL, .remaining = SIZE_MAX};
    const char *include;
    struct buf out;
    if (!table_options_parse(r, &include)) return;
    buf_init(&out, RESPONSE_MAX);
    if (r->accept.form == FORM_TABLE) {
        table_write_trees(&out, res, trees, n, &meta, include, r->accept.as_version);
    } else if (!list) {
        json_write(&out, trees[0]);
    } else {
        struct json *whole = typed(&r->arena, res->list_kind), *items = obj_list(&r->arena);
        obj_put(&r->arena, whole, ".metadata", obj_empty(&r->arena));
        for (size_t i = 0; i < n; i++) {
            struct json *item = obj_copy(&r->arena, trees[i]);
            obj_del(item, ".kind");
            obj_del(item, ".apiVersion");
            json_push(items, item);
        }
        obj_put(&r->arena, whole, ".items", items);
        json_write(&out, whole);
    }
    media_respond(r, 200, &out);
}

static void list(struct request *r)
{
    const struct json *trees[COMPONENTS];
    struct list_options o;
    size_t n = 0;
    if (!list_options_parse(r, &o)) return;
    for (size_t i = 0; i < COMPONENTS; i++) {
        if (o.has_labels && !sel_match(&o.labels, NULL)) continue;
        if (o.has_fields && !field_sel_match(&o.fields, name_of, (void *)(uintptr_t)&components[i])) continue;
        trees[n++] = component_object(&r->arena, &components[i]);
    }
    respond(r, trees, n, true);
}

static void get(struct request *r)
{
    for (size_t i = 0; i < COMPONENTS; i++) {
        if (!str_eqc(r->target.name, components[i].name)) continue;
        const struct json *tree = component_object(&r->arena, &components[i]);
        respond(r, &tree, 1, false);
        return;
    }
    status_not_found_as(r, "componentstatus", r->target.name); /* so upstream calls the resource here */
}

void rest_components(struct request *r)
{
    if (r->target.verb == VERB_LIST)
        list(r);
    else
        get(r);
    rest_finish(r);
}
