/* keeper.c - see keeper.h. Each look makes at most one write, the next one that upstream's controllers would make; the
 * commit of it brings the next look.
 * Reads: definitions in the watch cache, accepted names.   Writes: their status; their end, and that of their objects;
 * APIServices.
 * Upstream: apiextensions-apiserver pkg/controller/{status,establish,apiapproval,finalizer}. */
#include "apiserver/crd/keeper.h"

#include "api/decode.h"
#include "api/object.h"
#include "apiserver/crd/crd.h"
#include "apiserver/crd/keeper_status.h"
#include "apiserver/crd/names.h"
#include "apiserver/crd/services.h"
#include "apiserver/managed/managed.h"
#include "apiserver/registry/api_services.h"
#include "apiserver/rest/delete.h"
#include "apiserver/rest/own_object.h"
#include "apiserver/watch/cache.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/map.h"
#include "base/thread.h"
#include "schema_ids.h"

#include <stdlib.h>

#define DEFINITIONS (&res_apiextensions_k8s_io_v1_customresourcedefinitions)
#define SERVICES    (&res_apiregistration_k8s_io_v1_apiservices)
#define FINALIZER   "customresourcecleanup.apiextensions.k8s.io"

enum { DEFINITION_BYTES_MAX = 4 << 20, UNDER_WAY_MAX = 256 }; /* writes that wait for the store at a time */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct map definitions, services; /* names to look at */
    int under_way;
    bool running, stop;
    pthread_t thread;
} keeper = {.lock = MUTEX_INIT, .changed = PTHREAD_COND_INITIALIZER};

/* ---- Writing ---- */

struct change {
    struct store_txn txn;
    struct store_op op;
    char *key;
};

static void written(struct store_txn *t, const struct store_result *res)
{
    struct change *c = (struct change *)t;
    /* A conflict: somebody was faster, and the commit of that brings another look. */
    if (!res->ok && !res->conflict && res->err.code != ERR_CLOSED) LOG_W("%s: %s", c->key, res->err.text);
    blob_unref(c->op.value);
    free(c->key);
    free(c);
    mutex_lock(&keeper.lock);
    keeper.under_way--;
    pthread_cond_broadcast(&keeper.changed);
    mutex_unlock(&keeper.lock);
}

/* Takes over value; NULL: a deletion. rev 0: there is none of that key yet. */
static void submit_at(struct str key, uint64_t rev, struct blob *value)
{
    struct change *c = xcalloc(1, sizeof *c);
    c->key = str_dup(key);
    c->op = (struct store_op){
        .kind = value ? STORE_PUT : STORE_DELETE, .key = str_n(c->key, key.n), .expect_rev = rev, .value = value};
    c->txn = (struct store_txn){.ops = &c->op, .nops = 1, .done = written};
    mutex_lock(&keeper.lock);
    while (keeper.under_way >= UNDER_WAY_MAX) pthread_cond_wait(&keeper.changed, &keeper.lock);
    keeper.under_way++;
    mutex_unlock(&keeper.lock);
    store_submit(cache_store(), &c->txn);
}

static void submit(const struct item *it, struct blob *value) { submit_at(it->key, it->rev, value); }

static void put(struct arena *a, const struct item *it, const struct api_resource *res, const char *sub,
                struct json *obj)
{
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, DEFINITION_BYTES_MAX);
    if (!api_decode(a, res->type, obj, NULL, &e)) {
        LOG_E("%.*s: %s", STR_ARG(it->key), e.text);
        return;
    }
    managed_change(a, res, sub, blob_str(it->blob), obj, STR("kube-apiserver"));
    json_write(&text, obj);
    submit(it, blob_new(buf_view(&text)));
}

static void put_definition(struct arena *a, const struct item *it, struct json *def)
{
    put(a, it, DEFINITIONS, "status", def);
}

/* ---- The end ---- */

static bool has_finalizer(const struct json *def)
{
    for (OBJ_EACH(f, def, ".metadata.finalizers"))
        if (str_eqc(obj_text(f), FINALIZER)) return true;
    return false;
}

static void drop_finalizer(struct arena *a, struct json *def)
{
    struct json *kept = obj_list(a);
    for (OBJ_EACH(f, def, ".metadata.finalizers"))
        if (!str_eqc(obj_text(f), FINALIZER)) json_push(kept, json_str(a, obj_text(f)));
    if (obj_count(kept, ""))
        obj_put(a, def, ".metadata.finalizers", kept);
    else
        obj_del(def, ".metadata.finalizers");
}

static void delete_object(const struct api_resource *r, const struct item *it)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct delete_options o = {.grace_s = -1};
    struct json *obj = json_parse(&a, blob_str(it->blob), &e);
    if (!obj) return;
    struct deletion d = delete_decide(&a, r, obj, &o);
    struct buf text AUTO_BUF = {0};
    buf_init(&text, DEFINITION_BYTES_MAX);
    if (d.act == DELETE_KEEP) return;
    if (d.act == DELETE_MARK) json_write(&text, crd_stored(&a, it->storage, obj));
    submit(it, d.act == DELETE_NOW ? NULL : blob_new(buf_view(&text)));
}

/* True: there are none left. */
static bool delete_objects(const struct json *def)
{
    struct cache_list all;
    struct err e = ERR_INIT;
    struct str version = STR_NULL;
    for (OBJ_EACH(v, def, ".spec.versions"))
        if (obj_bool(v, ".served", false) || str_is_null(version)) version = obj_str(v, ".name");
    const struct api_resource *r =
        api_resource_hold(obj_str(def, ".spec.group"), version, obj_str(def, ".spec.names.plural"));
    if (!r) return true;
    bool none = true;
    if (cache_list(&(struct list_query){.res = r}, &all, &e)) {
        none = all.count == 0;
        for (size_t i = 0; i < all.count; i++) delete_object(r, all.items[i]);
        cache_list_release(&all);
    }
    api_resource_release(r);
    return none;
}

static void finalize(struct arena *a, const struct item *it, struct json *def)
{
    if (!obj_is(obj_condition(def, "Terminating"), ".reason", "InstanceDeletionInProgress")) {
        status_set(a, def, "Terminating", "True", "InstanceDeletionInProgress",
                   "CustomResource deletion is in progress");
        put_definition(a, it, def);
        return;
    }
    bool established = obj_condition_true(def, "Established");
    if (established && !delete_objects(def)) return; /* the last one that goes brings another look */
    if (established)
        status_set(a, def, "Terminating", "False", "InstanceDeletionCompleted", "removed all instances");
    else
        status_set(a, def, "Terminating", "False", "NeverEstablished", "resource was never established");
    drop_finalizer(a, def);
    if (obj_count(def, ".metadata.finalizers"))
        put_definition(a, it, def);
    else
        submit(it, NULL);
}

/* ---- APIServices ---- */

/* In an order of its own: what others draw stays as it was without definitions. */
static struct rnd *service_chance(void)
{
    enum { SEED = 0x61706973 };
    static struct rnd chance;
    static bool begun;
    if (!begun) rnd_stream(&chance, rnd_is_seeded() ? SEED : rnd_u64());
    begun = true;
    return &chance;
}

static void make_service(struct arena *a, struct str name)
{
    struct err e = ERR_INIT;
    struct blob *b = own_object_blob(a, SERVICES, api_service_custom(a, name), service_chance(), &e);
    if (b)
        submit_at(cache_key(a, SERVICES, STR_NULL, name), 0, b);
    else
        LOG_E("APIService %.*s: %s", STR_ARG(name), e.text);
}

static void end_service(struct arena *a, const struct item *it, struct json *service)
{
    struct delete_options o = {.grace_s = -1};
    struct deletion d = delete_decide(a, SERVICES, service, &o);
    if (d.act == DELETE_MARK) put(a, it, SERVICES, NULL, service);
    if (d.act == DELETE_NOW) submit(it, NULL);
}

/* What the label does not give to us is left alone, whatever it says.
 * Upstream: kube-aggregator pkg/controllers/autoregister (checkAPIService). */
static void look_at_service(struct str name)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct item *it = cache_get(SERVICES, STR_NULL, name);
    struct json *service = it ? json_parse(&a, blob_str(it->blob), &e) : NULL;
    bool wanted = services_wanted(name);
    if (!it && wanted) {
        make_service(&a, name);
    } else if (service && str_eqc(obj_map_str(service, ".metadata.labels", STR(API_SERVICE_MANAGED)), "true")) {
        const struct json *spec = obj_get(api_service_custom(&a, name), ".spec"), *has = obj_get(service, ".spec");
        if (!wanted) {
            end_service(&a, it, service);
        } else if (!has || !json_equal(has, spec)) {
            obj_put_copy(&a, service, ".spec", spec);
            put(&a, it, SERVICES, NULL, service);
        }
    }
    item_unref(it);
}

/* ---- Looking ---- */

static void look(struct str name)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct item *it = cache_get(DEFINITIONS, STR_NULL, name);
    struct json *def = it ? json_parse(&a, blob_str(it->blob), &e) : NULL;
    if (def && obj_is_deleting(def) && has_finalizer(def))
        finalize(&a, it, def);
    else if (def && status_next(&a, def)) {
        names_set(name, obj_str(def, ".spec.group"), obj_get(def, ".status.acceptedNames"), true);
        put_definition(&a, it, def);
    }
    item_unref(it);
}

static void queue(struct map *names, struct str name)
{
    mutex_lock(&keeper.lock);
    (void)map_set(names, name, &keeper);
    pthread_cond_broadcast(&keeper.changed);
    mutex_unlock(&keeper.lock);
}

void keeper_look(struct str name) { queue(&keeper.definitions, name); }
void keeper_look_service(struct str name) { queue(&keeper.services, name); }

/* Under the lock, which it leaves meanwhile. */
static void look_at_all(struct map *from, void (*look_at)(struct str name))
{
    struct map names = *from;
    map_init(from);
    mutex_unlock(&keeper.lock);
    for (uint32_t i = 0; i < names.count; i++) look_at(names.entries[i].key);
    map_release(&names, NULL);
    mutex_lock(&keeper.lock);
}

static void *run(void *arg)
{
    (void)arg;
    mutex_lock(&keeper.lock);
    while (!keeper.stop) {
        if (keeper.definitions.count)
            look_at_all(&keeper.definitions, look);
        else if (keeper.services.count)
            look_at_all(&keeper.services, look_at_service);
        else
            pthread_cond_wait(&keeper.changed, &keeper.lock);
    }
    while (keeper.under_way) pthread_cond_wait(&keeper.changed, &keeper.lock);
    mutex_unlock(&keeper.lock);
    return NULL;
}

void keeper_start(void)
{
    keeper.running = true;
    keeper.thread = thread_start("definitions", run, NULL);
}

void keeper_stop(void)
{
    if (!keeper.running) return;
    mutex_lock(&keeper.lock);
    keeper.stop = true;
    pthread_cond_broadcast(&keeper.changed);
    mutex_unlock(&keeper.lock);
    thread_join(keeper.thread);
}
