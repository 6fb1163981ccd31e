/* collection.c - DELETE of a collection: what the selectors match is deleted in waves of single transactions.
 * An object that changed in between is looked at again in the next wave.
 * Reads: the watch cache, DeleteOptions.   Writes: the store; the list of what was deleted.
 * Upstream: apiserver pkg/registry/generic/registry/store.go (DeleteCollection). */
#include "api/object.h"
#include "apiserver/crd/conversion.h"
#include "apiserver/object/table.h"
#include "apiserver/rest/delete.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/list.h"
#include "apiserver/rest/status_priv.h"
#include "apiserver/sim/trace.h"
#include "apiserver/watch/fresh.h"
#include "base/heap.h"
#include "schema_ids.h"

struct victim {
    struct store_op op;
    struct store_txn txn;
    struct collection *owner;
    struct item *item; /* present version as last seen; referenced; NULL: done */
    struct blob *blob; /* of a mark; referenced */
};

struct collection {
    struct request *r;
    struct delete_options options;
    struct list_options o;
    struct list_query q; /* points into o */
    struct cache_list list;
    struct victim *victims;
    size_t next; /* of the list, not yet in a wave */
    int waves;
    _Atomic int under_way;
    _Atomic bool failed;
    const char *error; /* of the webhook that converts them */
    struct err err;    /* of the first that failed; written by the writer thread */
};

static void wave(struct request *r);

static void tell(struct request *r)
{
    struct collection *c = r->ctx;
    for (size_t i = 0; i < c->list.count; i++) {
        item_unref(c->victims[i].item);
        blob_unref(c->victims[i].blob);
    }
    if (c->error)
        status_plain_error(r, 500, str_of(c->error));
    else if (atomic_load(&c->failed))
        status_failf(r, ERR_INTERNAL, "%s", c->err.text);
    else if (!r->resp.code)
        list_respond(r, &c->list, list_token(r, &c->q, &c->list), "Metadata");
    cache_list_release(&c->list);
    rest_end_work();
    rest_finish(r);
}

static void end(struct collection *c)
{
    if (conversion_await(c->r, c->list.items, c->list.count, c->r->target.res, &c->error, tell)) tell(c->r);
}

/* Writer thread. */
static void done(struct store_txn *t, const struct store_result *res)
{
    struct victim *v = CONTAINER_OF(t, struct victim, txn);
    struct collection *c = v->owner;
    const struct api_resource *res_of = c->r->target.res->storage;
    if (res->ok) {
        if (v->op.kind == STORE_DELETE && res_of == &res_core_v1_pods)
            trace_pod_deleted(v->item->ns, v->item->name, v->item->uid);
        item_unref(v->item);
        v->item = NULL;
    } else if (!res->conflict && !atomic_exchange(&c->failed, true)) {
        c->err = res->err;
    }
    if (atomic_fetch_sub(&c->under_way, 1) == 1) request_later(c->r, wave);
}

/* Prepares the transaction of one object. False: there is nothing to do for it. */
static bool prepare(struct collection *c, struct victim *v)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct api_resource *res = c->r->target.res->storage;
    if (!delete_preconditions(c->r, res, v->item, &c->options)) return false; /* ends the whole, as upstream */
    arena_init(&a, v->item->blob->n * 4);
    struct json *obj = json_parse(&a, blob_str(v->item->blob), &e);
    if (!obj) return false;
    struct deletion d = delete_decide(&a, res, obj, &c->options);
    blob_unref(v->blob);
    v->blob = NULL;
    if (d.act == DELETE_KEEP || c->options.dry_run) return false;
    v->op = (struct store_op){
        .kind = d.act == DELETE_NOW ? STORE_DELETE : STORE_PUT, .key = v->item->key, .expect_rev = v->item->rev};
    if (d.act == DELETE_MARK) {
        struct write w = {.r = c->r, .storage = v->item->storage, .obj = obj};
        write_make_blob(&w);
        if (!w.blob) return false;
        v->op.value = v->blob = w.blob;
    }
    v->txn = (struct store_txn){.ops = &v->op, .nops = 1, .done = done};
    return true;
}

static void forget(struct victim *v)
{
    item_unref(v->item);
    v->item = NULL;
}

/* Submits one object's transaction, if it still is there. */
static void attack(struct collection *c, struct victim *v)
{
    const struct api_resource *res = c->r->target.res->storage;
    struct item *now = cache_get(res, v->item->ns, v->item->name);
    bool same = now && str_eq(now->uid, v->item->uid);
    if (!same) {
        item_unref(now);
        forget(v);
        return;
    }
    item_unref(v->item);
    v->item = now;
    if (!prepare(c, v)) {
        forget(v);
        return;
    }
    atomic_fetch_add(&c->under_way, 1);
    store_submit(cache_store(), &v->txn);
}

/* Those of the former wave that met a conflict, then new ones. */
static void wave(struct request *r)
{
    struct collection *c = r->ctx;
    size_t from = c->next > COLLECTION_WAVE ? c->next - COLLECTION_WAVE : 0, retry = 0;
    for (size_t i = from; i < c->next; i++) retry += c->victims[i].item != NULL;
    bool over = atomic_load(&c->failed) || ++c->waves > COLLECTION_WAVES_MAX || r->resp.code;
    if (over || (!retry && c->next == c->list.count)) {
        end(c);
        return;
    }
    atomic_store(&c->under_way, 1); /* ours: nobody calls the next wave before this one is out */
    size_t to = retry ? c->next : MIN(c->list.count, c->next + COLLECTION_WAVE);
    if (!retry) from = c->next;
    c->next = to;
    for (size_t i = from; i < to && !r->resp.code; i++) /* the first that is refused ends the whole */
        if (c->victims[i].item) attack(c, &c->victims[i]);
    if (atomic_fetch_sub(&c->under_way, 1) == 1) request_later(r, wave);
}

static void begin(struct request *r)
{
    struct collection *c = r->ctx;
    if (!list_collect(r, &c->q, &c->list)) {
        rest_end_work();
        rest_finish(r);
        return;
    }
    c->victims = ARENA_ARRAY(&r->arena, struct victim, c->list.count + 1);
    for (size_t i = 0; i < c->list.count; i++) {
        c->victims[i].owner = c;
        c->victims[i].item = item_ref(c->list.items[i]);
    }
    wave(r);
}

void rest_delete_collection(struct request *r)
{
    struct collection *c = ARENA_NEW(&r->arena, struct collection);
    c->r = r;
    r->ctx = c;
    bool ok = list_options_parse(r, &c->o) && delete_options_parse(r, &c->options) && list_query_of(r, &c->o, &c->q);
    /* Upstream lists page by page, and a page is of the very revision that it names. */
    if (ok && c->o.match == RV_MATCH_NONE && !c->o.cont.n) c->q.at_rev = c->q.reached;
    if (!ok) {
        rest_end_work();
        rest_finish(r);
        return;
    }
    delete_warn(r, &c->options);
    if (fresh_wait(r, c->q.reached, begin)) begin(r);
}
