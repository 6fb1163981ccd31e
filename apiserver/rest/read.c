/* read.c - GET and LIST.
 * Reads: the watch cache.   Writes: r->resp, the trace (steps 4 to 6 and 15).
 * Upstream: apiserver pkg/endpoints/handlers/get.go, pkg/storage/cacher, pkg/storage/etcd3/store.go. */
#include "apiserver/rest/list.h"

#include "apiserver/crd/conversion.h"
#include "apiserver/crd/crd.h"
#include "apiserver/object/message.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/query.h"
#include "apiserver/rest/status_priv.h"
#include "apiserver/rest/write.h"
#include "apiserver/sim/gate.h"
#include "apiserver/sim/trace.h"
#include "apiserver/watch/fresh.h"
#include "schema_ids.h"

static bool shows_pods(const struct request *r)
{
    return !r->user.component && r->target.res->storage == &res_core_v1_pods;
}

/* A revision that was waited for in vain. */
static bool too_early(struct request *r, uint64_t rev)
{
    uint64_t now = cache_rev();
    if (rev <= now) return false;
    status_failf(r, ERR_TIMEOUT, TOO_EARLY_FORMAT, (unsigned long long)rev, (unsigned long long)now);
    return true;
}

/* ---- GET ---- */

struct getting { /* one GET between its threads; in the request's arena */
    uint64_t rev;
    struct item *item;   /* referenced */
    const char *include; /* of a Table */
    const char *error;   /* of the webhook that converts it */
    bool worker;
};

static void get_end(struct request *r)
{
    struct getting *g = r->ctx;
    if (g->error)
        status_plain_error(r, 500, str_of(g->error));
    else
        media_respond_item(r, 200, r->target.res, g->item, 0, g->include);
    if (shows_pods(r)) trace_served(r, &g->item, 1);
    item_unref(g->item);
    if (g->worker) rest_end_work();
    rest_finish(r);
}

/* The request is a worker's from now on. */
static void get_work(struct getting *g)
{
    g->worker = true;
    rest_begin_work();
}

/* False: answered, with what was wrong. */
static bool get_find(struct request *r, struct getting *g)
{
    if (too_early(r, g->rev)) return false;
    g->item = cache_get(r->target.res->storage, r->target.ns, r->target.name);
    if (!g->item) status_not_found(r);
    return g->item != NULL;
}

static void get_fresh(struct request *r)
{
    struct getting *g = r->ctx;
    if (!get_find(r, g)) {
        rest_finish(r);
    } else if (!item_has_form(g->item, r->target.res)) {
        get_work(g);
        if (conversion_await(r, &g->item, 1, r->target.res, &g->error, get_end)) get_end(r);
    } else if (g->item->blob->n <= CONVERT_ON_SPOT_BYTES || media_is_plain(r, g->item->blob->n)) {
        get_end(r);
    } else {
        get_work(g);
        request_later(r, get_end);
    }
}

void rest_get(struct request *r)
{
    struct getting *g = ARENA_NEW(&r->arena, struct getting);
    struct str why;
    r->ctx = g;
    if (!table_options_parse(r, &g->include)) {
        rest_finish(r);
    } else if (!query_revision(r, request_arg_str(r, "resourceVersion"), &g->rev, &why)) {
        status_plain_error(r, 500, why); /* upstream gives this error no status */
        rest_finish(r);
    } else if (fresh_wait(r, g->rev, get_fresh)) {
        get_fresh(r);
    }
}

/* ---- LIST ---- */

struct listing { /* one LIST between its threads; in the request's arena */
    struct list_options o;
    struct list_query q;
    struct cache_list list;
    bool collected;
    bool worker;
    const char *error; /* of the webhook that converts them */
    bool walk;         /* the scheduler asks for the nodes on behalf of a pod's walk */
    struct str walk_ns, walk_name;
};

static void write_items(struct buf *out, const struct request *r, const struct cache_list *l)
{
    buf_cstr(out, "\"items\":[");
    for (size_t i = 0; i < l->count; i++) {
        if (i) buf_char(out, ',');
        (r->accept.bare ? item_write_bare : item_write)(out, l->items[i], r->target.res, false, 0);
    }
    buf_char(out, ']');
}

/* Upstream keeps such a list as a map: its members come by name, and a token is there even when it is empty. */
static void write_customs(struct buf *out, const struct request *r, const struct cache_list *l,
                          const struct list_meta *meta)
{
    char version[API_VERSION_MAX];
    const struct api_resource *res = r->target.res;
    buf_addf(out, "{\"apiVersion\":\"%s\",", api_version_of(res, version));
    write_items(out, r, l);
    buf_addf(out, ",\"kind\":\"%s\",\"metadata\":{\"continue\":", res->list_kind);
    json_write_string(out, meta->cont.n ? meta->cont : STR(""));
    if (meta->cont.n && meta->remaining != SIZE_MAX) buf_addf(out, ",\"remainingItemCount\":%zu", meta->remaining);
    buf_addf(out, ",\"resourceVersion\":\"%llu\"}}", (unsigned long long)meta->rev);
}

static void write_objects(struct buf *out, const struct request *r, const struct cache_list *l,
                          const struct list_meta *meta)
{
    char version[API_VERSION_MAX];
    const struct api_resource *res = r->target.res;
    size_t bytes = 256;
    for (size_t i = 0; i < l->count; i++) bytes += l->items[i]->blob->n + 40;
    buf_reserve(out, MIN(bytes, (size_t)RESPONSE_MAX));
    if (res->custom) {
        write_customs(out, r, l, meta);
        return;
    }
    buf_addf(out, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":", res->list_kind, api_version_of(res, version));
    list_meta_write(out, meta);
    buf_char(out, ',');
    write_items(out, r, l);
    buf_char(out, '}');
}

void list_respond(struct request *r, const struct cache_list *l, struct str cont, const char *include_object)
{
    struct list_meta meta = {.rev = l->rev, .cont = cont, .remaining = l->more ? l->remaining : SIZE_MAX};
    const struct api_resource *res = r->target.res;
    const char *version = r->accept.as_version;
    struct buf out;
    struct err e = ERR_INIT;
    if (!accept_fits(r, true)) return;
    buf_init(&out, RESPONSE_MAX);
    bool ok = true, message = r->accept.media == MEDIA_PROTOBUF, partial = r->accept.form == FORM_METADATA_LIST;
    if (message)
        ok = message_list(&out, res, l->items, l->count, &meta, partial, version, &e);
    else if (r->accept.form == FORM_TABLE)
        table_write(&out, res, l->items, l->count, &meta, include_object ? include_object : "Metadata", version);
    else if (partial)
        partial_list_write(&out, l->items, l->count, &meta, version, r->accept.bare);
    else
        write_objects(&out, r, l, &meta);
    if (ok && buf_ok(&out)) {
        (message ? media_respond_message : media_respond)(r, 200, &out);
        return;
    }
    buf_release(&out);
    if (ok || e.code == ERR_TOO_LARGE)
        status_failf(r, ERR_INTERNAL, "the list is longer than %d bytes: use limit and continue", RESPONSE_MAX);
    else
        status_fail(r, &e);
}

struct str list_token(struct request *r, const struct list_query *q, const struct cache_list *l)
{
    if (!l->more || !l->count) return STR_NULL;
    struct str last = str_from(l->items[l->count - 1]->key, list_prefix(r, q).n);
    char *start = arena_alloc(&r->arena, last.n + 1);
    memcpy(start, last.p, last.n);
    start[last.n] = '\0';
    return continue_write(&r->arena, (int64_t)l->rev, str_n(start, last.n + 1));
}

bool list_collect(struct request *r, const struct list_query *q, struct cache_list *out)
{
    struct err e = ERR_INIT;
    if (too_early(r, q->reached)) return false;
    if (cache_list(q, out, &e)) return true;
    if (e.code == ERR_EXPIRED && q->start.n)
        status_expired_continue(r, continue_write(&r->arena, -1, str_from(q->start, list_prefix(r, q).n)));
    else
        status_fail(r, &e);
    return false;
}

/* ---- Kinds that a webhook converts ---- */

/* A selector is about objects in the version of the request: then all are converted, and picked afterwards. */
static bool picks_late(const struct request *r, const struct list_options *o)
{
    const struct api_resource *res = r->target.res;
    return res->custom && crd_kind_of(res)->webhook && (o->has_labels || (o->has_fields && !o->only_name));
}

static void list_pick(struct request *r, const struct list_options *o, struct cache_list *l)
{
    size_t kept = 0;
    if (!picks_late(r, o)) return;
    for (size_t i = 0; i < l->count; i++) {
        if (item_matches(l->items[i], r->target.res, o->has_labels ? &o->labels : NULL,
                         o->has_fields ? &o->fields : NULL))
            l->items[kept++] = l->items[i];
        else
            item_unref(l->items[i]);
    }
    l->count = kept;
}

static bool list_is_sent(const struct request *r, const struct cache_list *l)
{
    bool sent = false;
    for (size_t i = 0; i < l->count && !sent; i++) sent = !item_has_form(l->items[i], r->target.res);
    return sent;
}

static bool collect(struct request *r, struct listing *x) { return x->collected = list_collect(r, &x->q, &x->list); }

static void list_end(struct request *r)
{
    struct listing *x = r->ctx;
    if (x->error) {
        status_plain_error(r, 500, str_of(x->error));
        cache_list_release(&x->list);
    } else if (x->collected) {
        list_pick(r, &x->o, &x->list);
        list_respond(r, &x->list, list_token(r, &x->q, &x->list), x->o.include_object);
        if (x->walk) trace_nodes_returned(r, x->list.count, r->resp.body.n);
        if (shows_pods(r)) trace_served(r, x->list.items, x->list.count);
        cache_list_release(&x->list);
    }
    if (x->worker) rest_end_work();
    rest_finish(r);
}

/* The request is a worker's from now on. */
static void list_work(struct listing *x)
{
    x->worker = true;
    rest_begin_work();
}

static void list_write(struct request *r)
{
    struct listing *x = r->ctx;
    if (!x->collected || conversion_await(r, x->list.items, x->list.count, r->target.res, &x->error, list_end))
        list_end(r);
}

static void list_late(struct request *r)
{
    (void)collect(r, r->ctx);
    list_write(r);
}

/* ---- LIST of the nodes for a walk: steps 4, 5 and 6, each with its gate ---- */

static void walk_read(struct request *r)
{
    struct listing *x = r->ctx;
    if (!collect(r, x)) {
        list_end(r);
        return;
    }
    trace_nodes_read(r, x->list.rev, x->list.count);
    if (gate_hold(r, STEP_NODES_RETURNED, x->walk_ns, x->walk_name, list_write,
                  "the API server answers the scheduler with the nodes"))
        return;
    list_write(r);
}

static void walk_requested(struct request *r)
{
    struct listing *x = r->ctx;
    trace_nodes_requested(r);
    if (gate_hold(r, STEP_NODES_READ, x->walk_ns, x->walk_name, walk_read, "the API server reads the nodes")) return;
    walk_read(r);
}

static bool is_walk(struct request *r, struct listing *x)
{
    struct str walk = r->user.component ? request_header(r, "Kubestep-Walk") : STR_NULL;
    if (!walk.n || r->target.res != &res_core_v1_nodes) return false;
    x->walk_ns = str_cut(walk, '/', &x->walk_name);
    return true;
}

static bool is_short(const struct cache_list *l, const struct request *r)
{
    size_t bytes = 0;
    if (!media_is_plain(r, LIST_ON_SPOT_BYTES)) return l->count == 0;
    for (size_t i = 0; i < l->count && bytes <= LIST_ON_SPOT_BYTES; i++) bytes += l->items[i]->blob->n;
    return bytes <= LIST_ON_SPOT_BYTES;
}

static void list_fresh(struct request *r)
{
    struct listing *x = r->ctx;
    bool plain = !x->q.at_rev && (!x->o.has_labels || x->o.limit) && (!x->o.has_fields || x->o.only_name);
    if (!x->walk && plain && !collect(r, x)) {
        rest_finish(r);
    } else if (!x->walk && plain && is_short(&x->list, r) && !list_is_sent(r, &x->list)) {
        list_end(r);
    } else {
        list_work(x);
        request_later(r, x->walk ? walk_requested : x->collected ? list_write : list_late);
    }
}

void rest_list(struct request *r)
{
    struct listing *x = ARENA_NEW(&r->arena, struct listing);
    r->ctx = x;
    if (!list_options_parse(r, &x->o) || !list_query_of(r, &x->o, &x->q)) {
        rest_finish(r);
        return;
    }
    if (picks_late(r, &x->o)) {
        x->q.labels = x->q.fields = NULL;
        x->q.limit = 0;
    }
    x->walk = is_walk(r, x);
    if (fresh_wait(r, x->q.reached, list_fresh)) list_fresh(r);
}
