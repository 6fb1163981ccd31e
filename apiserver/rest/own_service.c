/* own_service.c - keeps the Service "kubernetes" and its endpoints (own_service.h).
 * Reads: the watch cache, commits.   Writes: these three objects, in the store. */
#include "apiserver/managed/managed.h"
#include "apiserver/rest/own_service.h"

#include "api/decode.h"
#include "api/object.h"
#include "apiserver/limits.h"
#include "apiserver/object/ip.h"
#include "apiserver/object/object.h"
#include "apiserver/registry/service_alloc.h"
#include "apiserver/watch/cache.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/rnd.h"
#include "schema_ids.h"

#include <stdio.h>
#include <stdlib.h>

enum { OBJECTS = 3, PATHS_MAX = 4 };

static struct {
    _Atomic bool ready; /* the three were there: from now on they are kept */
    bool v6;            /* this and what follows are fixed after init */
    char ip[64];
    uint16_t port;
} own;

/* What each must say: as a whole when it is made, at these paths for ever. */
static const struct row {
    const struct api_resource *res;
    const char *paths[PATHS_MAX];
} rows[OBJECTS] = {
    {&res_core_v1_services, {".spec.ports", ".spec.type"}},
    {&res_core_v1_endpoints, {".subsets"}},
    {&res_discovery_k8s_io_v1_endpointslices, {".addressType", ".endpoints", ".ports"}},
};

void own_service_init(const char *ip, uint16_t port)
{
    struct ip parsed;
    bool known = ip_parse(str_of(ip), &parsed);
    snprintf(own.ip, sizeof own.ip, "%s", known ? ip : "127.0.0.1");
    own.v6 = known && parsed.v6;
    own.port = port;
}

/* ---- What they are ---- */

static void fill_service(struct arena *a, struct json *svc)
{
    obj_map_put_str(a, svc, ".metadata.labels", STR("component"), STR("apiserver"));
    obj_map_put_str(a, svc, ".metadata.labels", STR("provider"), STR("kubernetes"));
    struct json *port = obj_append(a, svc, ".spec.ports");
    obj_put_cstr(a, port, ".name", "https");
    obj_put_int(a, port, ".port", 443);
    obj_put_int(a, port, ".targetPort", own.port);
    obj_put_str(a, svc, ".spec.clusterIP", service_alloc_first_ip(a));
    obj_append_str(a, svc, ".spec.clusterIPs", service_alloc_first_ip(a));
    obj_append_str(a, svc, ".spec.ipFamilies", STR("IPv4"));
    obj_put_cstr(a, svc, ".spec.ipFamilyPolicy", "SingleStack");
}

static void fill_endpoints(struct arena *a, struct json *endpoints)
{
    obj_map_put_str(a, endpoints, ".metadata.labels", STR("endpointslice.kubernetes.io/skip-mirror"), STR("true"));
    struct json *subset = obj_append(a, endpoints, ".subsets");
    obj_put_cstr(a, obj_append(a, subset, ".addresses"), ".ip", own.ip);
    struct json *port = obj_append(a, subset, ".ports");
    obj_put_cstr(a, port, ".name", "https");
    obj_put_int(a, port, ".port", own.port);
}

static void fill_slice(struct arena *a, struct json *slice)
{
    obj_map_put_str(a, slice, ".metadata.labels", STR("kubernetes.io/service-name"), STR("kubernetes"));
    obj_put_cstr(a, slice, ".addressType", own.v6 ? "IPv6" : "IPv4");
    struct json *endpoint = obj_append(a, slice, ".endpoints");
    obj_append_str(a, endpoint, ".addresses", str_of(own.ip));
    obj_put_bool(a, endpoint, ".conditions.ready", true);
    struct json *port = obj_append(a, slice, ".ports");
    obj_put_cstr(a, port, ".name", "https");
    obj_put_int(a, port, ".port", own.port);
}

static struct json *wanted(struct arena *a, const struct row *row)
{
    static void (*const fill[OBJECTS])(struct arena *, struct json *) = {fill_service, fill_endpoints, fill_slice};
    struct json *obj = obj_empty(a);
    struct err e = ERR_INIT;
    obj_put_cstr(a, obj, ".metadata.name", "kubernetes");
    obj_put_cstr(a, obj, ".metadata.namespace", "default");
    fill[row - rows](a, obj);
    if (!api_decode(a, row->res->type, obj, NULL, &e)) LOG_E("%s kubernetes: %s", row->res->kind, e.text);
    object_default(a, row->res->type, obj);
    return obj;
}

static void name_anew(struct arena *a, const struct row *row, struct json *obj)
{
    char uid[RND_UUID_LEN + 1];
    rnd_uuid(uid);
    struct json *sent = obj_copy(a, obj); /* the rest is what the registry would add */
    (void)obj_del(sent, ".spec.clusterIPs");
    (void)obj_del(sent, ".spec.ipFamilies");
    managed_begin(a, row->res, sent, STR("kube-apiserver"));
    obj_put_copy(a, obj, ".metadata.managedFields", obj_get(sent, ".metadata.managedFields"));
    obj_put_cstr(a, obj, ".metadata.uid", uid);
    obj_put_time(a, obj, ".metadata.creationTimestamp", clk_s());
    if (row->res->flags & API_R_GENERATION) obj_put_int(a, obj, ".metadata.generation", 1);
    if (row->res == &res_core_v1_services) obj_put(a, obj, ".status.loadBalancer", obj_empty(a));
}

/* The present object with what must hold put right. */
static struct json *corrected(struct arena *a, const struct row *row, const struct json *present,
                              const struct json *right)
{
    struct json *obj = obj_copy(a, present);
    for (int i = 0; i < PATHS_MAX && row->paths[i]; i++)
        obj_put_copy(a, obj, row->paths[i], obj_get(right, row->paths[i]));
    for (OBJ_EACH(l, right, ".metadata.labels")) obj_map_put_str(a, obj, ".metadata.labels", obj_key(l), obj_text(l));
    if (!json_equal(obj, present) && row->res->flags & API_R_GENERATION)
        obj_put_int(a, obj, ".metadata.generation", obj_int(present, ".metadata.generation", 0) + 1);
    return obj;
}

/* What to store instead of `present` (NULL: there is none); referenced. NULL: it is right, or goes away by itself. */
static struct blob *repair(const struct row *row, const struct blob *present)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, VALUE_MAX);
    const struct json *was = present ? json_parse(&a, blob_str(present), &e) : NULL;
    struct json *obj = wanted(&a, row);
    if (was && (obj_is_deleting(was) || json_equal(was, obj = corrected(&a, row, was, obj)))) return NULL;
    if (!was) name_anew(&a, row, obj);
    if (!api_decode(&a, row->res->type, obj, NULL, &e)) return NULL;
    json_write(&text, obj);
    return blob_new(buf_view(&text));
}

static struct str key_of(struct arena *a, const struct row *row)
{
    return cache_key(a, row->res, STR("default"), STR("kubernetes"));
}

/* ---- At start ---- */

bool own_service_ensure(struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct store_op ops[OBJECTS];
    int n = 0;
    for (size_t i = 0; i < OBJECTS; i++) {
        struct item *there = cache_get(rows[i].res, STR("default"), STR("kubernetes"));
        struct blob *b = repair(&rows[i], there ? there->blob : NULL);
        if (b)
            ops[n++] = (struct store_op){
                .kind = STORE_PUT, .key = key_of(&a, &rows[i]), .expect_rev = there ? there->rev : 0, .value = b};
        item_unref(there);
    }
    struct store_result res = {.ok = true};
    if (n) res = store_submit_sync(cache_store(), ops, n);
    blob_unref(res.present);
    while (n) blob_unref(ops[--n].value);
    own.ready = res.ok;
    if (res.ok) return true;
    *e = res.err;
    if (res.conflict) err_set(e, ERR_CONFLICT, "somebody else writes to this store");
    return err_context(e, "cannot create the Service kubernetes");
}

/* ---- Later ---- */

struct correction {
    struct store_txn txn;
    struct store_op op;
    char key[256];
};

/* A conflict means a newer change, which is looked at by itself. */
static void done(struct store_txn *t, const struct store_result *res)
{
    struct correction *c = CONTAINER_OF(t, struct correction, txn);
    if (!res->ok && !res->conflict && res->err.code != ERR_CLOSED) LOG_W("%s: %s", c->key, res->err.text);
    blob_unref(c->op.value);
    free(c);
}

static void correct(const struct row *row, const struct store_event *ev)
{
    struct blob *b = repair(row, ev->value);
    if (!b) return;
    struct correction *c = xcalloc(1, sizeof *c);
    snprintf(c->key, sizeof c->key, "%.*s", STR_ARG(ev->key));
    c->op = (struct store_op){
        .kind = STORE_PUT, .key = str_of(c->key), .expect_rev = ev->deleted ? 0 : ev->rev, .value = b};
    c->txn = (struct store_txn){.ops = &c->op, .nops = 1, .done = done};
    store_submit(cache_store(), &c->txn);
}

void own_service_on_commit(const struct store_event *events, int count)
{
    if (!own.ready) return;
    for (int i = 0; i < count; i++) {
        if (!str_ends(events[i].key, STR("/default/kubernetes"))) continue;
        struct arena a AUTO_ARENA = {0};
        for (size_t k = 0; k < OBJECTS; k++)
            if (str_eq(events[i].key, key_of(&a, &rows[k]))) correct(&rows[k], &events[i]);
    }
}
