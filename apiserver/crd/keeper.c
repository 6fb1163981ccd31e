/* keeper.c - see keeper.h. Each look makes at most one write, the next one that upstream's controllers would make; the
 * commit of it brings the next look.
 * Reads: definitions in the watch cache, accepted names.   Writes: their status; their end, and that of their objects.
 * Upstream: apiextensions-apiserver pkg/controller/{status,establish,apiapproval,finalizer}. */
#include "apiserver/crd/keeper.h"

#include "api/decode.h"
#include "api/object.h"
#include "apiserver/crd/crd.h"
#include "apiserver/crd/keeper_status.h"
#include "apiserver/crd/names.h"
#include "apiserver/managed/managed.h"
#include "apiserver/rest/delete.h"
#include "apiserver/watch/cache.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/map.h"
#include "base/thread.h"
#include "schema_ids.h"

#include <stdlib.h>

#define DEFINITIONS (&res_apiextensions_k8s_io_v1_customresourcedefinitions)
#define FINALIZER   "customresourcecleanup.apiextensions.k8s.io"

enum { DEFINITION_BYTES_MAX = 4 << 20, UNDER_WAY_MAX = 256 }; /* writes that wait for the store at a time */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct map queue; /* names to look at */
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

/* Takes over value; NULL: a deletion. */
static void submit(const struct item *it, struct blob *value)
{
    struct change *c = xcalloc(1, sizeof *c);
    c->key = str_dup(it->key);
    c->op = (struct store_op){.kind = value ? STORE_PUT : STORE_DELETE,
                              .key = str_n(c->key, it->key.n),
                              .expect_rev = it->rev,
                              .value = value};
    c->txn = (struct store_txn){.ops = &c->op, .nops = 1, .done = written};
    mutex_lock(&keeper.lock);
    while (keeper.under_way >= UNDER_WAY_MAX) pthread_cond_wait(&keeper.changed, &keeper.lock);
    keeper.under_way++;
    mutex_unlock(&keeper.lock);
    store_submit(cache_store(), &c->txn);
}

static void put_definition(struct arena *a, const struct item *it, struct json *def)
{
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, DEFINITION_BYTES_MAX);
    if (!api_decode(a, DEFINITIONS->type, def, NULL, &e)) {
        LOG_E("%.*s: %s", STR_ARG(it->key), e.text);
        return;
    }
    managed_status(a, DEFINITIONS, blob_str(it->blob), def, STR("kube-apiserver"));
    json_write(&text, def);
    submit(it, blob_new(buf_view(&text)));
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

void keeper_look(struct str name)
{
    mutex_lock(&keeper.lock);
    (void)map_set(&keeper.queue, name, &keeper);
    pthread_cond_broadcast(&keeper.changed);
    mutex_unlock(&keeper.lock);
}

static void *run(void *arg)
{
    (void)arg;
    mutex_lock(&keeper.lock);
    while (!keeper.stop) {
        if (!keeper.queue.count) {
            pthread_cond_wait(&keeper.changed, &keeper.lock);
            continue;
        }
        struct map names = keeper.queue;
        map_init(&keeper.queue);
        mutex_unlock(&keeper.lock);
        for (uint32_t i = 0; i < names.count; i++) look(names.entries[i].key);
        map_release(&names, NULL);
        mutex_lock(&keeper.lock);
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
