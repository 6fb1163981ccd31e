/* informer.c - a reflector: list in pages, watch, relist (client-go: tools/cache/reflector.go).
 * Reads: one resource of the API server.   Writes: its cache; calls the handlers. */
#include "informer.h"

#include "base/kassert.h"
#include "base/log.h"
#include "base/mono.h"
#include "base/rnd.h"
#include "base/thread.h"
#include "cache.h"
#include "deliver.h"
#include "scan.h"
#include "sim.h"

#include <stdatomic.h>
#include <stdlib.h>

#define NS_PER_MS INT64_C(1000000)

struct informer {
    struct rest *rest;
    struct sim *sim;
    char *resource, *label_selector, *field_selector;
    const char *const *drop;
    object_trim_fn *trim;
    bool metadata_only, stub;
    struct cache cache;
    struct deliver deliver;
    _Atomic uint64_t rev;
    pthread_t thread;
    bool started;
    /* The informer's thread: */
    struct rnd rnd;
    struct buf key, text;
    struct arena scratch;
    uint32_t round;
    int failures;
    pthread_mutex_t lock; /* covers what follows */
    pthread_cond_t changed;
    struct http_stream *stream;
    bool synced, stopping, running;
};

static const char *const drop_default[] = {".metadata.managedFields", NULL};
static const char *const drop_metadata[] = {".metadata.managedFields", ".metadata.annotations", NULL};
#define PARTIAL_MEDIA(kind) "application/json;as=" kind ";g=meta.k8s.io;v=v1,application/json"

/* ---- Life ---- */

struct informer *informer_new(struct rest *r, const struct informer_options *o)
{
    struct informer *i = xcalloc(1, sizeof *i);
    i->rest = r;
    i->resource = xstrdup(o->resource);
    if (o->label_selector) i->label_selector = xstrdup(o->label_selector);
    if (o->field_selector) i->field_selector = xstrdup(o->field_selector);
    i->metadata_only = o->metadata_only;
    i->trim = o->trim;
    i->stub = o->stub;
    i->drop = o->drop ? o->drop : o->metadata_only ? drop_metadata : drop_default;
    cache_init(&i->cache);
    i->cache.kinds = o->kinds;
    deliver_init(&i->deliver, o->delivery_gate ? o->gate_number : 0);
    buf_init(&i->key, 64 << 10);
    buf_init(&i->text, 16 << 20);
    pthread_mutex_init(&i->lock, NULL);
    cond_init_mono(&i->changed);
    /* A stream of its own: reconnecting to the outside world must not disturb the seeded draws. */
    rnd_stream(&i->rnd, str_hash(str_of(i->resource), rnd_is_seeded() ? 0 : rnd_u64()));
    return i;
}

void informer_set_sim(struct informer *i, struct sim *sim)
{
    KASSERT(!i->started);
    i->sim = i->deliver.sim = sim;
}

void informer_want_whole(struct informer *i)
{
    KASSERT(!i->started);
    if (i->metadata_only) i->drop = drop_default;
    i->metadata_only = false;
}

void informer_on(struct informer *i, informer_fn *fn, void *arg)
{
    KASSERT(!i->started && i->deliver.nhandlers < INFORMER_HANDLERS_MAX);
    i->deliver.handlers[i->deliver.nhandlers].fn = fn;
    i->deliver.handlers[i->deliver.nhandlers++].arg = arg;
}

int informer_index(struct informer *i, bool (*fn)(const struct object *o, struct buf *out))
{
    return cache_add_index(&i->cache, fn);
}

void informer_cancel(struct informer *i)
{
    deliver_close(&i->deliver);
    mutex_lock(&i->lock);
    i->stopping = true;
    if (i->stream) http_stream_cancel(i->stream);
    pthread_cond_broadcast(&i->changed);
    mutex_unlock(&i->lock);
}

bool informer_is_over(struct informer *i)
{
    mutex_lock(&i->lock);
    bool over = !i->running;
    mutex_unlock(&i->lock);
    return over;
}

void informer_stop(struct informer *i)
{
    if (!i->started) return;
    deliver_close(&i->deliver);                             /* before its gates open: what they hold is dropped */
    if (i->sim && !informer_is_over(i)) sim_let_go(i->sim); /* its thread may wait for a turn */
    informer_cancel(i);
    i->started = false;
    mutex_lock(&i->lock);
    while (i->running && !cond_wait_until(&i->changed, &i->lock, mono_ns() + STOP_PATIENCE_MS * NS_PER_MS)) {
        mutex_unlock(&i->lock);
        http_interrupt(rest_http(i->rest)); /* it waits for an answer to a list: the process is ending */
        mutex_lock(&i->lock);
    }
    mutex_unlock(&i->lock);
    thread_join(i->thread);
    deliver_stop(&i->deliver);
}

void informer_free(struct informer *i)
{
    if (!i) return;
    informer_stop(i);
    cache_release(&i->cache);
    deliver_release(&i->deliver);
    buf_release(&i->key);
    buf_release(&i->text);
    arena_release(&i->scratch);
    pthread_cond_destroy(&i->changed);
    pthread_mutex_destroy(&i->lock);
    free(i->resource);
    free(i->label_selector);
    free(i->field_selector);
    free(i);
}

static bool stopping(struct informer *i)
{
    mutex_lock(&i->lock);
    bool s = i->stopping;
    mutex_unlock(&i->lock);
    return s;
}

/* ---- Changes ---- */

static void saw_rev(struct informer *i, uint64_t rev)
{
    if (rev > atomic_load(&i->rev)) atomic_store(&i->rev, rev);
}

static const struct object *stub_of(const struct object *obj)
{
    static const char *const kept[] = {".metadata.name", ".metadata.namespace", ".metadata.uid",
                                       ".metadata.resourceVersion"};
    struct arena a AUTO_ARENA = {0};
    struct json *root = obj_empty(&a);
    for (size_t i = 0; i < ARRAY_LEN(kept); i++) obj_put_copy(&a, root, kept[i], obj_get(obj->root, kept[i]));
    return object_of(root);
}

/* An object that is there; takes the reference. */
static void apply_present(struct informer *i, const struct object *obj)
{
    const struct object *now AUTO_OBJ = object_ref(obj);
    struct str key = cache_key(&i->cache, obj, &i->key);
    if (cache_same(&i->cache, key, obj->uid, obj->rv, i->round)) return object_unref(obj);
    if (i->stub) {
        const struct object *whole = obj;
        obj = stub_of(whole);
        object_unref(whole);
    }
    const struct object *old AUTO_OBJ = cache_put(&i->cache, key, obj, i->round);
    if (old && !str_eq(old->uid, now->uid)) { /* its deletion was missed */
        deliver_event(&i->deliver, key, INFORMER_DELETED, old, old);
        deliver_event(&i->deliver, key, INFORMER_ADDED, NULL, now);
    } else {
        deliver_event(&i->deliver, key, old ? INFORMER_MODIFIED : INFORMER_ADDED, old, now);
    }
}

static void apply_gone(struct informer *i, const struct object *obj)
{
    struct str key = cache_key(&i->cache, obj, &i->key);
    const struct object *old AUTO_OBJ = cache_take(&i->cache, key);
    if (old) deliver_event(&i->deliver, key, INFORMER_DELETED, old, obj);
}

/* ---- List ---- */

static void add_query(struct buf *b, const char *name, struct str value)
{
    static const char hex[] = "0123456789ABCDEF";
    buf_char(b, memchr(b->p, '?', b->n) ? '&' : '?');
    buf_addf(b, "%s=", name);
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                     c == '.' || c == '_';
        if (plain)
            buf_char(b, (char)c);
        else
            buf_addf(b, "%%%c%c", hex[c >> 4], hex[c & 15]);
    }
}

/* What is not kept need not be sent: our API server knows this header of its components. */
static const char *const *more_headers(const struct informer *i)
{
    static const char *const omit[] = {"Kubestep-Omit: managedFields", NULL};
    for (const char *const *d = i->drop; *d; d++)
        if (strcmp(*d, ".metadata.managedFields") == 0) return omit;
    return NULL;
}

static void begin_query(struct informer *i, struct buf *path)
{
    struct arena a AUTO_ARENA = {0};
    buf_init(path, 64 << 10);
    buf_cstr(path, rest_path(&a, i->resource, STR_NULL, STR_NULL, NULL));
    if (i->label_selector) add_query(path, "labelSelector", str_of(i->label_selector));
    if (i->field_selector) add_query(path, "fieldSelector", str_of(i->field_selector));
}

/* An item of a built-in list carries no TypeMeta; objects of a watch do. The cache holds both alike. */
static const struct object *parse_item(struct informer *i, struct str item, struct str api_version,
                                       struct str list_kind, struct err *e)
{
    struct str kind = list_kind;
    if (!str_ends(kind, STR("List")) || scan_member(item, "kind").p)
        return object_parse_in(&i->scratch, item, i->drop, i->trim, e);
    size_t brace = str_chr(item, '{');
    if (brace == SIZE_MAX) return object_parse_in(&i->scratch, item, i->drop, i->trim, e);
    kind.n -= 4;
    buf_clear(&i->text);
    buf_addf(&i->text, "{\"apiVersion\":\"%.*s\",\"kind\":\"%.*s\"", STR_ARG(api_version), STR_ARG(kind));
    struct str rest = str_from(item, brace + 1);
    if (!str_eqc(str_trim(rest), "}")) buf_char(&i->text, ',');
    buf_str(&i->text, rest);
    if (!buf_ok(&i->text)) return err_set(e, ERR_TOO_LARGE, "an object of %zu bytes", item.n), NULL;
    return object_parse_in(&i->scratch, buf_view(&i->text), i->drop, i->trim, e);
}

struct page {
    struct str rev;
    struct arena arena; /* holds `next` and rev across pages */
    struct str next;    /* continue token; empty: the last page */
};

static bool apply_page(struct informer *i, struct str body, struct page *p, struct err *e)
{
    struct str item, meta = scan_member(body, "metadata"), items = scan_member(body, "items");
    struct str api_version = scan_plain_string(scan_member(body, "apiVersion"));
    struct str kind = scan_plain_string(scan_member(body, "kind"));
    struct json *m = meta.p ? json_parse(&p->arena, str_copy(&p->arena, meta), e) : NULL;
    if (!m || !items.p) return err_set(e, ERR_IO, "%s: the answer is no list", i->resource);
    p->rev = obj_str(m, ".resourceVersion");
    p->next = obj_str(m, ".continue");
    for (size_t at = 0; scan_element(items, &at, &item);) {
        const struct object *o = parse_item(i, item, api_version, kind, e);
        if (!o) return err_context(e, "%s: item of the list", i->resource);
        apply_present(i, o);
    }
    return true;
}

static bool list_page(struct informer *i, struct page *p, bool limited, struct err *e)
{
    struct buf path AUTO_BUF = {0};
    struct http_response resp;
    begin_query(i, &path);
    if (limited) add_query(&path, "limit", str_printf(&p->arena, "%d", LIST_PAGE));
    if (p->next.n) add_query(&path, "continue", p->next);
    http_response_init(&resp);
    struct rest_call c = {.method = "GET", .path = path.p, .headers = more_headers(i)};
    if (i->metadata_only) c.accept = PARTIAL_MEDIA("PartialObjectMetadataList");
    bool ok = rest_do_raw(i->rest, &c, &resp, e) && apply_page(i, buf_view(&resp.body), p, e);
    http_response_release(&resp);
    return ok;
}

static void forget_missing(struct informer *i)
{
    struct objs gone AUTO_OBJS = {0};
    cache_sweep(&i->cache, i->round, &gone);
    for (size_t n = 0; n < gone.count; n++)
        deliver_event(&i->deliver, cache_key(&i->cache, gone.items[n], &i->key), INFORMER_DELETED, gone.items[n],
                      gone.items[n]);
}

static bool list_all(struct informer *i, struct err *e)
{
    struct page p = {0};
    uint64_t rev = 0;
    bool limited = true, ok = true;
    i->round++;
    for (bool more = true; ok && more;) {
        ok = list_page(i, &p, limited, e);
        more = p.next.n > 0;
        if (!ok && limited && (e->code == ERR_EXPIRED || e->code == ERR_GONE)) {
            limited = false; /* the token expired between pages: all at once, as client-go's pager does */
            i->round++;
            p.next = STR_NULL;
            ok = more = true;
        }
        if (stopping(i)) ok = err_set(e, ERR_CLOSED, "stopping");
    }
    if (ok && !str_to_u64(p.rev, &rev)) ok = err_set(e, ERR_IO, "%s: the list has no revision", i->resource);
    arena_release(&p.arena);
    if (!ok) return false;
    forget_missing(i);
    atomic_store(&i->rev, rev); /* may go back: the server was restored to an older state */
    mutex_lock(&i->lock);
    i->synced = true;
    pthread_cond_broadcast(&i->changed);
    mutex_unlock(&i->lock);
    return true;
}

/* ---- Watch ---- */

enum watch_end { WATCH_ENDED, WATCH_FAILED, WATCH_EXPIRED };

static bool error_event(const struct object *status, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct str reason = obj_str(status->root, ".reason");
    enum err_code code =
        err_from_http((int)obj_int(status->root, ".code", 500), reason.n ? str_cstr(&a, reason) : NULL);
    return err_set(e, code, "watch: %.*s", STR_ARG(obj_str(status->root, ".message")));
}

static bool apply_event(struct informer *i, struct str line, struct err *e)
{
    struct str type, text;
    if (line.n == 0) return true;
    if (!scan_event(line, &type, &text)) return err_set(e, ERR_IO, "watch: a line that is no event");
    const struct object *o = object_parse_in(&i->scratch, text, i->drop, i->trim, e);
    if (!o) return err_context(e, "watch");
    uint64_t rev = o->rv;
    if (str_eqc(type, "ERROR")) {
        bool ok = error_event(o, e);
        object_unref(o);
        return ok;
    }
    if (str_eqc(type, "BOOKMARK")) {
        object_unref(o);
    } else {
        turn_take(i->sim, "delivery", cache_key(&i->cache, o, &i->key));
        if (str_eqc(type, "DELETED")) {
            apply_gone(i, o);
            object_unref(o);
        } else {
            apply_present(i, o);
        }
        turn_give(i->sim);
    }
    saw_rev(i, rev);
    sim_poke(i->sim);
    return true;
}

static struct http_stream *open_watch(struct informer *i, int64_t timeout_s, struct err *e)
{
    struct buf path AUTO_BUF = {0};
    begin_query(i, &path);
    add_query(&path, "watch", STR("true"));
    add_query(&path, "allowWatchBookmarks", STR("true"));
    buf_addf(&path, "&resourceVersion=%llu&timeoutSeconds=%lld", (unsigned long long)atomic_load(&i->rev),
             (long long)timeout_s);
    struct rest_call c = {.method = "GET", .path = path.p, .headers = more_headers(i)};
    if (i->metadata_only) c.accept = PARTIAL_MEDIA("PartialObjectMetadata");
    struct http_stream *s = rest_open(i->rest, &c, e);
    if (!s) return NULL;
    mutex_lock(&i->lock);
    bool stop = i->stopping;
    if (!stop) i->stream = s;
    mutex_unlock(&i->lock);
    if (!stop) return s;
    http_stream_close(s);
    err_set(e, ERR_CLOSED, "stopping");
    return NULL;
}

static void close_watch(struct informer *i, struct http_stream *s)
{
    mutex_lock(&i->lock);
    i->stream = NULL;
    mutex_unlock(&i->lock);
    http_stream_close(s);
}

/* What the server refused is answered with a new list; what did not get through is tried again. */
static enum watch_end refused(const struct err *e)
{
    static const enum err_code unreached[] = {ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_IO, ERR_TOO_MANY, ERR_CLOSED};
    for (size_t n = 0; n < ARRAY_LEN(unreached); n++)
        if (e->code == unreached[n]) return WATCH_FAILED;
    return WATCH_EXPIRED;
}

static enum watch_end watch_once(struct informer *i, struct err *e)
{
    int64_t timeout_s = WATCH_TIMEOUT_MIN_S + (int64_t)rnd_next_below(&i->rnd, WATCH_TIMEOUT_MIN_S), began = mono_ms();
    struct http_stream *s = open_watch(i, timeout_s, e);
    if (!s) return e->code == ERR_TIMEOUT && strstr(e->text, "resource version") ? WATCH_EXPIRED : refused(e);
    int64_t deadline = mono_ns() + (timeout_s + WATCH_SLACK_S) * 1000 * NS_PER_MS;
    struct str line;
    int got;
    bool any = false, ok = true;
    while (ok && (got = http_stream_line(s, &line, deadline, e)) == 1) {
        ok = apply_event(i, line, e);
        if (ok && !any) i->failures = 0;
        any = any || ok;
    }
    close_watch(i, s);
    if (!ok) return refused(e);
    if (mono_ms() - began >= SHORT_WATCH_MS)
        i->failures = 0;
    else if (!any && got == 0)
        return err_set(e, ERR_IO, "watch ended at once"), WATCH_FAILED;
    return got == 0 ? WATCH_ENDED : WATCH_FAILED;
}

/* ---- The thread ---- */

/* The first retry at once; then longer and longer, less long while nobody listens. */
static void back_off(struct informer *i, const struct err *e)
{
    int n = i->failures++;
    if (stopping(i)) return;
    bool down = e->code == ERR_UNAVAILABLE;
    int64_t min = down ? REFUSED_MIN_MS : BACKOFF_MIN_MS, max = down ? REFUSED_MAX_MS : BACKOFF_MAX_MS;
    int64_t ms = n == 0 ? 0 : MIN(min << MIN(n - 1, 10), max);
    ms += ms > 1 ? (int64_t)rnd_next_below(&i->rnd, (uint64_t)ms / 2) : 0;
    if (n == 0 || down)
        LOG_D("%s: %s; again in %lld ms", i->resource, e->text, (long long)ms);
    else
        LOG_W("%s: %s; again in %lld ms", i->resource, e->text, (long long)ms);
    int64_t until = mono_ns() + ms * NS_PER_MS;
    mutex_lock(&i->lock);
    while (!i->stopping && cond_wait_until(&i->changed, &i->lock, until)) {}
    mutex_unlock(&i->lock);
}

static void *run(void *arg)
{
    struct informer *i = arg;
    bool listed = false;
    while (!stopping(i)) {
        struct err e = ERR_INIT;
        if (!listed) {
            listed = list_all(i, &e);
            if (!listed) back_off(i, &e);
            continue;
        }
        enum watch_end end = watch_once(i, &e);
        if (end != WATCH_ENDED) back_off(i, &e);
        if (end == WATCH_EXPIRED) listed = false;
    }
    mutex_lock(&i->lock);
    i->running = false;
    pthread_cond_broadcast(&i->changed);
    mutex_unlock(&i->lock);
    return NULL;
}

void informer_start(struct informer *i)
{
    char name[16];
    const char *slash = strrchr(i->resource, '/');
    size_t n = strlen(slash + 1);
    memcpy(name, slash + 1, MIN(n, sizeof name - 1));
    name[MIN(n, sizeof name - 1)] = 0;
    i->started = i->running = true;
    i->thread = thread_start(name, run, i);
}

bool informer_wait_synced(struct informer *i, int64_t timeout_ms)
{
    int64_t until = mono_ns() + timeout_ms * NS_PER_MS;
    mutex_lock(&i->lock);
    while (!i->synced && !i->stopping && cond_wait_until(&i->changed, &i->lock, until)) {}
    bool synced = i->synced;
    mutex_unlock(&i->lock);
    return synced;
}

/* ---- Readers ---- */

const struct object *informer_get(struct informer *i, struct str ns, struct str name)
{
    return cache_get(&i->cache, ns, name);
}
void informer_list(struct informer *i, struct str ns, struct objs *out) { cache_list(&i->cache, ns, out); }
bool informer_has_any(struct informer *i, struct str ns) { return cache_has_any(&i->cache, ns); }
size_t informer_count(struct informer *i) { return cache_count(&i->cache); }
uint64_t informer_rev(struct informer *i) { return atomic_load(&i->rev); }
bool informer_idle(struct informer *i) { return deliver_idle(&i->deliver); }

void informer_by_index(struct informer *i, int index, struct str key, struct objs *out)
{
    cache_by_index(&i->cache, index, key, out);
}
