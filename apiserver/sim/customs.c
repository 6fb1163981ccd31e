/* customs.c - the objects of all custom kinds as one list and one watch, by their metadata: what the garbage collector
 * reads. A list and a watch of each kind would be a connection and a thread for each.
 * Reads: the watch cache.
 * Writes: responses, streams. */
#include "apiserver/sim/sim_priv.h"

#include "apiserver/limits.h"
#include "apiserver/object/table.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/query.h"
#include "apiserver/rest/status.h"
#include "apiserver/watch/cache.h"
#include "schema_ids.h"

/* ---- List ---- */

/* Where a page begins: "REVISION.LENGTH.KEY", LENGTH that of the prefix of the key's kind. All pages tell the first
 * one's revision, so that a watch from there misses nothing. */
struct begin {
    uint64_t rev; /* 0: the first page */
    struct str prefix, after;
};

static bool read_begin(struct str token, struct begin *b)
{
    uint64_t n;
    struct str rest, key;
    *b = (struct begin){.prefix = STR(""), .after = STR("")};
    if (!token.n) return true;
    if (!str_to_u64(str_cut(token, '.', &rest), &b->rev) || !str_to_u64(str_cut(rest, '.', &key), &n)) return false;
    if (!b->rev || !n || n > key.n) return false;
    b->prefix = str_n(key.p, n);
    b->after = key;
    return true;
}

static struct str write_begin(struct arena *a, const struct cache_list *l)
{
    if (!l->more) return STR_NULL;
    const struct item *last = l->items[l->count - 1];
    return str_printf(a, "%llu.%zu.%.*s", (unsigned long long)l->rev, strlen(last->indexed->store_prefix),
                      STR_ARG(last->key));
}

static void write_list(struct request *r, const struct cache_list *l)
{
    struct buf out;
    struct list_meta meta = {.rev = l->rev, .cont = write_begin(&r->arena, l), .remaining = SIZE_MAX};
    buf_init(&out, RESPONSE_MAX);
    buf_cstr(&out, "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":");
    list_meta_write(&out, &meta);
    buf_cstr(&out, ",\"items\":[");
    for (size_t i = 0; i < l->count; i++) {
        if (i) buf_char(&out, ',');
        item_write_identity(&out, l->items[i], 0);
    }
    buf_cstr(&out, "]}");
    if (buf_ok(&out)) {
        media_respond(r, 200, &out);
        return;
    }
    buf_release(&out);
    status_failf(r, ERR_INTERNAL, "the list is longer than %d bytes: use limit and continue", RESPONSE_MAX);
}

static void list(struct request *r)
{
    struct begin from;
    struct cache_list l;
    int64_t limit = 0;
    if (!query_int(r, "limit", &limit)) return;
    if (limit < 0 || limit > LIST_LIMIT_MAX || !read_begin(request_arg_str(r, "continue"), &from)) {
        status_failf(r, ERR_BAD_REQUEST, "limit or continue is not valid");
        return;
    }
    cache_list_customs(from.prefix, from.after, (size_t)limit, &l);
    if (from.rev) l.rev = from.rev;
    write_list(r, &l);
    cache_list_release(&l);
}

/* ---- Watch ---- */

/* False: answered. */
static bool watch(struct request *r)
{
    struct str why;
    struct err e = ERR_INIT;
    int64_t timeout_s = WATCH_TIMEOUT_MAX_S;
    struct watch_options o = {.res = &res_apiextensions_k8s_io_v1_customresourcedefinitions,
                              .customs = true,
                              .bookmarks = true,
                              .accept = {.media = MEDIA_JSON, .form = FORM_METADATA, .as_version = "v1"}};
    if (!query_int(r, "timeoutSeconds", &timeout_s)) return false;
    if (!query_revision(r, request_arg_str(r, "resourceVersion"), &o.after_rev, &why)) {
        status_failf(r, ERR_BAD_REQUEST, "%.*s", STR_ARG(why));
        return false;
    }
    if (o.after_rev > cache_rev()) { /* of a state that is no more: the reader lists again */
        status_failf(r, ERR_TIMEOUT, TOO_EARLY_FORMAT, (unsigned long long)o.after_rev,
                     (unsigned long long)cache_rev());
        return false;
    }
    o.timeout_ms = MIN(MAX(timeout_s, 1), (int64_t)WATCH_TIMEOUT_MAX_S) * 1000;
    if (watch_start(r, &o, &e)) return true;
    status_fail(r, &e);
    return false;
}

void customs_read(struct request *r)
{
    if (!query_flag(r, "watch"))
        list(r);
    else if (watch(r))
        return;
    rest_finish(r);
}
