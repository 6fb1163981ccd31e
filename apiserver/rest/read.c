/* read.c - GET, LIST and WATCH.
 * Reads: the watch cache.   Writes: r->resp, the trace (steps 4 to 6 and 15).
 * Upstream: apiserver pkg/endpoints/handlers/get.go, pkg/storage/cacher, pkg/storage/etcd3/store.go. */
#include "apiserver/rest/list.h"

#include "apiserver/object/message.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/status.h"
#include "apiserver/rest/write.h"
#include "apiserver/sim/gate.h"
#include "apiserver/sim/trace.h"
#include "schema_ids.h"

static bool shows_pods(const struct request *r)
{
    return !r->user.component && r->target.res->storage == &res_core_v1_pods;
}

static bool too_new(struct request *r, uint64_t rev)
{
    uint64_t now = cache_rev();
    if (rev <= now) return false;
    status_failf(r, ERR_TIMEOUT, "Too large resource version: %llu, current: %llu", (unsigned long long)rev,
                 (unsigned long long)now);
    return true;
}

/* ---- GET ---- */

struct getting {         /* one GET between its threads; in the request's arena */
    struct item *item;   /* referenced */
    const char *include; /* of a Table */
};

static void get_end(struct request *r, bool worker)
{
    struct getting *g = r->ctx;
    media_respond_item(r, 200, r->target.res, g->item, 0, g->include);
    if (shows_pods(r)) trace_served(r, &g->item, 1);
    item_unref(g->item);
    if (worker) rest_end_work();
    rest_finish(r);
}

static void get_later(struct request *r) { get_end(r, true); }

/* False: answered, with what was wrong. */
static bool get_find(struct request *r, struct getting *g)
{
    struct str text = request_arg_str(r, "resourceVersion");
    uint64_t rev = 0;
    if (!table_options_parse(r, &g->include)) return false;
    if (text.n && !str_to_u64(text, &rev)) {
        status_failf(r, ERR_BAD_REQUEST,
                     "resourceVersion: Invalid value: \"%.*s\": strconv.ParseUint: parsing \"%.*s\": invalid syntax",
                     STR_ARG(text), STR_ARG(text));
        return false;
    }
    if (rev && too_new(r, rev)) return false;
    g->item = cache_get(r->target.res->storage, r->target.ns, r->target.name);
    if (!g->item) status_not_found(r);
    return g->item != NULL;
}

void rest_get(struct request *r)
{
    struct getting *g = ARENA_NEW(&r->arena, struct getting);
    r->ctx = g;
    if (!get_find(r, g)) {
        rest_finish(r);
    } else if (g->item->blob->n <= CONVERT_ON_SPOT_BYTES || media_is_plain(r, g->item->blob->n)) {
        get_end(r, false);
    } else {
        rest_begin_work();
        request_later(r, get_later);
    }
}

/* ---- LIST ---- */

struct listing { /* one LIST between its threads; in the request's arena */
    struct list_options o;
    struct list_query q;
    struct cache_list list;
    bool collected;
    bool walk; /* the scheduler asks for the nodes on behalf of a pod's walk */
    struct str walk_ns, walk_name;
};

/* What the keys of a query have in common; continue tokens are relative to it. */
static struct str prefix_of(struct request *r, const struct list_query *q)
{
    const struct api_resource *storage = q->res->storage;
    return q->ns.n ? cache_key(&r->arena, storage, q->ns, STR("")) : str_of(storage->store_prefix);
}

/* The revision of a past state to read, 0: the present one. */
static bool pick_revision(struct request *r, const struct list_options *o, struct list_query *q)
{
    struct err e = ERR_INIT;
    int64_t rev;
    if (o->cont.n) {
        struct str start;
        if (!continue_parse(&r->arena, o->cont, &rev, &start, &e)) {
            status_fail(r, &e);
            return false;
        }
        if (o->rv_text.n && !str_eqc(o->rv_text, "0")) {
            status_failf(r, ERR_BAD_REQUEST, "specifying resource version is not allowed when using continue");
            return false;
        }
        struct str prefix = prefix_of(r, q);
        char *key = arena_alloc(&r->arena, prefix.n + start.n + 1);
        memcpy(key, prefix.p, prefix.n);
        memcpy(key + prefix.n, start.p, start.n); /* may hold a NUL: the key behind the last one */
        q->start = str_n(key, prefix.n + start.n);
        q->at_rev = rev > 0 ? (uint64_t)rev : 0;
        return true;
    }
    if (o->rv == 0) return true;
    if (too_new(r, o->rv)) return false;
    bool exact = o->match == RV_MATCH_EXACT || (o->match == RV_MATCH_NONE && o->limit);
    if (exact) q->at_rev = o->rv;
    return true;
}

bool list_query_of(struct request *r, const struct list_options *o, struct list_query *q)
{
    *q = (struct list_query){
        .res = r->target.res,
        .ns = r->target.ns,
        .labels = o->has_labels ? &o->labels : NULL,
        .fields = o->has_fields ? &o->fields : NULL,
        .start = STR_NULL,
        .limit = o->limit,
    };
    if (!pick_revision(r, o, q)) return false;
    if (q->at_rev && q->at_rev == cache_rev()) q->at_rev = 0;
    return true;
}

static void write_objects(struct buf *out, struct request *r, const struct cache_list *l, const struct list_meta *meta)
{
    char version[API_VERSION_MAX];
    const struct api_resource *res = r->target.res;
    size_t bytes = 256;
    for (size_t i = 0; i < l->count; i++) bytes += l->items[i]->blob->n + 40;
    buf_reserve(out, MIN(bytes, (size_t)RESPONSE_MAX));
    buf_addf(out, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":", res->list_kind, api_version_of(res, version));
    list_meta_write(out, meta);
    buf_cstr(out, ",\"items\":[");
    for (size_t i = 0; i < l->count; i++) {
        if (i) buf_char(out, ',');
        item_write(out, l->items[i], res, false, 0);
    }
    buf_cstr(out, "]}");
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
        partial_list_write(&out, l->items, l->count, &meta, version);
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

/* A token that goes on behind the last item, at the same revision. */
static struct str next_token(struct request *r, const struct listing *x)
{
    if (!x->list.more || !x->list.count) return STR_NULL;
    struct str prefix = prefix_of(r, &x->q);
    struct str last = str_from(x->list.items[x->list.count - 1]->key, prefix.n);
    char *start = arena_alloc(&r->arena, last.n + 1);
    memcpy(start, last.p, last.n);
    start[last.n] = '\0';
    return continue_write(&r->arena, (int64_t)x->list.rev, str_n(start, last.n + 1));
}

static void list_failed(struct request *r, const struct listing *x, const struct err *e)
{
    if (e->code != ERR_EXPIRED) {
        status_fail(r, e);
    } else if (x->o.cont.n) {
        struct str prefix = prefix_of(r, &x->q);
        status_expired_continue(r, continue_write(&r->arena, -1, str_from(x->q.start, prefix.n)));
    } else {
        status_failf(r, ERR_EXPIRED, "The resourceVersion for the provided list is too old.");
    }
}

static bool collect(struct request *r, struct listing *x)
{
    struct err e = ERR_INIT;
    if (cache_list(&x->q, &x->list, &e)) return x->collected = true;
    list_failed(r, x, &e);
    return false;
}

static void list_end(struct request *r, bool worker)
{
    struct listing *x = r->ctx;
    if (x->collected) {
        list_respond(r, &x->list, next_token(r, x), x->o.include_object);
        if (x->walk) trace_nodes_returned(r, x->list.count, r->resp.body.n);
        if (shows_pods(r)) trace_served(r, x->list.items, x->list.count);
        cache_list_release(&x->list);
    }
    if (worker) rest_end_work();
    rest_finish(r);
}

static void list_write(struct request *r) { list_end(r, true); }

static void list_collect(struct request *r)
{
    (void)collect(r, r->ctx);
    list_end(r, true);
}

/* ---- LIST of the nodes for a walk: steps 4, 5 and 6, each with its gate ---- */

static void walk_read(struct request *r)
{
    struct listing *x = r->ctx;
    if (!collect(r, x)) {
        list_end(r, true);
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

void rest_list(struct request *r)
{
    struct listing *x = ARENA_NEW(&r->arena, struct listing);
    r->ctx = x;
    if (!list_options_parse(r, &x->o) || !list_query_of(r, &x->o, &x->q)) {
        rest_finish(r);
        return;
    }
    x->walk = is_walk(r, x);
    bool plain = !x->q.at_rev && (!x->o.has_labels || x->o.limit) && (!x->o.has_fields || x->o.only_name);
    if (!x->walk && plain && !collect(r, x)) {
        rest_finish(r);
    } else if (!x->walk && plain && is_short(&x->list, r)) {
        list_end(r, false);
    } else {
        rest_begin_work();
        request_later(r, x->walk ? walk_requested : x->collected ? list_write : list_collect);
    }
}

/* ---- WATCH ---- */

/* Spread by the moment of arrival, not by rnd: when a client connects must not change what a seed draws. */
static int64_t watch_timeout_ms(const struct request *r, const struct list_options *o)
{
    enum { SPREAD_MS = (WATCH_TIMEOUT_MAX_S - WATCH_TIMEOUT_MIN_S) * 1000 };
    if (o->timeout_s > 0) return MIN(o->timeout_s, INT32_MAX) * 1000;
    uint64_t mixed = (uint64_t)r->received_ns * 0x9e3779b97f4a7c15u;
    return WATCH_TIMEOUT_MIN_S * 1000 + (int64_t)((mixed >> 32) % SPREAD_MS);
}

void rest_watch(struct request *r)
{
    struct list_options o;
    struct err e = ERR_INIT;
    if (!list_options_parse(r, &o)) {
        rest_finish(r);
        return;
    }
    struct watch_options w = {
        .res = r->target.res,
        .ns = r->target.ns,
        .labels = o.labels,
        .fields = o.fields,
        .has_labels = o.has_labels,
        .has_fields = o.has_fields,
        .after_rev = o.rv,
        .bookmarks = o.bookmarks,
        .timeout_ms = watch_timeout_ms(r, &o),
        .accept = r->accept,
        .include_object = o.include_object,
    };
    if (o.send_initial >= 0)
        w.initial = o.send_initial;
    else
        w.initial = o.rv == 0;
    w.initial_bookmark = o.send_initial == 1 && o.bookmarks;
    if (!w.initial && o.rv == 0) w.after_rev = cache_rev();
    if (!accept_stream(r)) {
        rest_finish(r);
        return;
    }
    if (watch_start(r, &w, &e)) return;
    status_fail(r, &e);
    rest_finish(r);
}
