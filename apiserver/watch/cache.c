/* cache.c - the present state of every stored resource in memory, and its newest events.
 * Reads: the store at start, past revisions from it later; commits from its writer.
 * Writes: shelves (items, rings); wakes the watches. */
#include "apiserver/watch/shelf.h"

#include "apiserver/watch/fresh.h"
#include "base/kassert.h"
#include "base/log.h"
#include "base/map.h"
#include "schema_ids.h"

#include <stdlib.h>

enum {
    KEY_MAX = 1024 /* prefix, namespace and name are far shorter; a longer key cannot exist */,
    COMMIT_ON_STACK = 64
};

struct shelf *shelves, *customs;
size_t nshelves;
static struct shelf **by_id; /* by api_resource.id of any version */
static struct map by_prefix; /* store_prefix -> struct shelf *; main at start, then the store's writer */
static struct store *the_store;
static struct omap custom_shelves; /* store_prefix -> struct shelf * of a custom kind; under the lock */
/* Of everything that shelf.h says is under it. Prefers writers: a commit must not wait for a stream of readers. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static _Atomic uint64_t revision;

void shelves_lock(void) { KASSERT(pthread_rwlock_rdlock(&lock) == 0); }
void shelves_unlock(void) { KASSERT(pthread_rwlock_unlock(&lock) == 0); }

struct shelf *shelf_of(const struct api_resource *res)
{
    if (res->custom) return res->custom->home;
    const struct api_resource *st = res->storage ? res->storage : res;
    return by_id && st->id < api_resource_count && api_resources[st->id] == st ? by_id[st->id] : NULL;
}

struct shelf *shelf_present(struct shelf *sh)
{
    for (struct shelf *heir = sh; heir; heir = atomic_load(&sh->heir)) sh = heir;
    return sh;
}

/* The resource whose prefix is the longest one of the key. */
static struct shelf *shelf_of_key(struct str key)
{
    struct shelf *best = NULL;
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] != '/') continue;
        struct shelf *sh = map_get(&by_prefix, str_n(key.p, i + 1));
        if (sh) best = sh;
    }
    return best;
}

/* ---- Opening ---- */

static void shelves_make(void)
{
    by_id = xcalloc(api_resource_count, sizeof(struct shelf *));
    shelves = xcalloc((size_t)api_resource_count + 1, sizeof *shelves);
    omap_init(&custom_shelves);
    map_init(&by_prefix);
    for (size_t i = 0; i < api_resource_count; i++) {
        const struct api_resource *res = api_resources[i];
        if (res->storage != res || (res->flags & API_R_VIRTUAL)) continue;
        struct shelf *sh = &shelves[nshelves++];
        sh->res = res;
        omap_init(&sh->items);
        by_id[res->id] = sh;
        (void)map_set(&by_prefix, str_of(res->store_prefix), sh);
    }
    customs = &shelves[nshelves++];
    customs->res = &res_apiextensions_k8s_io_v1_customresourcedefinitions;
    omap_init(&customs->items);
}

static bool fill_one(void *arg, const struct store_kv *kv)
{
    struct shelf *sh = arg;
    struct item *it = item_new(sh->res, kv->key, kv->value, kv->mod_rev, kv->create_rev);
    if (!it)
        LOG_E("key %.*s does not hold a %s: skipped", STR_ARG(kv->key), sh->res->kind);
    else
        item_unref(omap_set(&sh->items, it->key, it));
    return true;
}

/* The key behind all that begin with prefix, which ends with '/'. */
static struct str prefix_end(struct arena *a, struct str prefix)
{
    char *p = arena_memdup(a, prefix.p, prefix.n);
    p[prefix.n - 1]++;
    return str_n(p, prefix.n);
}

static bool fill_all(struct store *s, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    for (size_t i = 0; i < nshelves; i++) {
        struct str prefix = str_of(shelves[i].res->store_prefix);
        if (&shelves[i] == customs) continue;
        if (!store_range(s, prefix, prefix_end(&a, prefix), 0, 0, NULL, NULL, fill_one, &shelves[i], e))
            return err_context(e, "reading %s", shelves[i].res->plural);
    }
    return true;
}

static void free_item(void *it) { item_unref(it); }

/* ---- Custom kinds ---- */

void shelf_unref(struct shelf *sh)
{
    while (sh && atomic_fetch_sub(&sh->refs, 1) == 1) {
        struct shelf *heir = atomic_load(&sh->heir);
        omap_release(&sh->items, free_item);
        ring_release(&sh->ring);
        free(sh);
        sh = heir;
    }
}

void cache_release_home(void *home) { shelf_unref(home); }

static void copy_items(struct shelf *to, const struct shelf *from)
{
    struct omap_cursor at;
    struct str key;
    void *value;
    omap_seek(&from->items, STR(""), &at);
    while (omap_next(&at, &key, &value)) {
        const struct item *old = value;
        struct item *it = item_new(to->res, old->key, old->blob, old->rev, old->create_rev);
        if (it) item_unref(omap_set(&to->items, it->key, it));
    }
}

/* Under the write lock. The shelf is empty afterwards; what it held goes when the caller has let go of the lock. */
static void retire(struct shelf *sh, struct shelf *heir, struct shelf *rest)
{
    rest->items = sh->items;
    rest->ring = sh->ring;
    omap_init(&sh->items);
    sh->ring = (struct ring){.tail = rest->ring.tail, .head = rest->ring.tail, .floor = rest->ring.floor};
    if (heir) {
        atomic_fetch_add(&heir->refs, 1);
        atomic_store(&sh->heir, heir);
    }
    atomic_store(&sh->gone, true);
}

/* Of what goes without having been deleted (a definition that lost its finalizer): who follows all kinds is told, with
 * the revision of the commit that is just coming. */
static void tell_left_over(const struct shelf *rest)
{
    struct omap_cursor at;
    struct str key;
    void *value;
    omap_seek(&rest->items, STR(""), &at);
    while (omap_next(&at, &key, &value)) ring_push(&customs->ring, event_new(cache_rev() + 1, NULL, item_ref(value)));
}

static void throw_away(struct shelf *rest)
{
    omap_release(&rest->items, free_item);
    ring_release(&rest->ring);
}

bool cache_put_kind(struct api_custom *c, const struct api_custom *former, bool from_store, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct shelf *sh = xcalloc(1, sizeof *sh), *old = former ? former->home : NULL, rest = {0};
    sh->res = &c->versions[c->storage];
    atomic_init(&sh->refs, 1);
    omap_init(&sh->items);
    c->home = sh;
    struct str prefix = str_of(sh->res->store_prefix);
    if (from_store && !store_range(the_store, prefix, prefix_end(&a, prefix), 0, 0, NULL, NULL, fill_one, sh, e))
        return err_context(e, "reading %s", sh->res->plural);
    KASSERT(pthread_rwlock_wrlock(&lock) == 0);
    if (old) copy_items(sh, old);
    sh->changed_rev = old ? old->changed_rev : cache_rev();
    sh->ring.floor = cache_rev();
    if (old) retire(old, sh, &rest);
    (void)omap_set(&custom_shelves, prefix, sh);
    shelves_unlock();
    (void)map_set(&by_prefix, prefix, sh);
    if (!old) return true;
    throw_away(&rest);
    watch_news(old);
    return true;
}

void cache_drop_kind(const struct api_custom *c)
{
    struct shelf *sh = c->home, rest = {0};
    (void)map_take(&by_prefix, str_of(sh->res->store_prefix));
    KASSERT(pthread_rwlock_wrlock(&lock) == 0);
    retire(sh, NULL, &rest);
    tell_left_over(&rest);
    (void)omap_take(&custom_shelves, str_of(sh->res->store_prefix));
    shelves_unlock();
    throw_away(&rest);
    watch_news(sh);
}

static void empty_all(void)
{
    for (size_t i = 0; i < nshelves; i++) {
        omap_release(&shelves[i].items, free_item);
        ring_release(&shelves[i].ring);
    }
    free(shelves);
    free(by_id);
    map_release(&by_prefix, NULL);
    omap_release(&custom_shelves, NULL);
    shelves = customs = NULL;
    by_id = NULL;
    nshelves = 0;
    the_store = NULL;
}

bool cache_open(struct store *s, struct err *e)
{
    /* Held all the while: keys may expire meanwhile, and such a commit must not fall between range and ring. */
    KASSERT(pthread_rwlock_wrlock(&lock) == 0);
    KASSERT(!shelves);
    the_store = s;
    shelves_make();
    bool ok = fill_all(s, e);
    uint64_t rev = store_rev(s);
    for (size_t i = 0; i < nshelves; i++) shelves[i].changed_rev = shelves[i].ring.floor = rev;
    atomic_store(&revision, rev);
    if (!ok) empty_all();
    shelves_unlock();
    return ok;
}

void cache_close(void)
{
    KASSERT(pthread_rwlock_wrlock(&lock) == 0);
    empty_all();
    shelves_unlock();
}

struct store *cache_store(void) { return the_store; }
uint64_t cache_rev(void) { return atomic_load(&revision); }

/* ---- Commits (the store's writer) ---- */

/* Under the write lock. Takes the reference on `cur`. */
static void apply(struct shelf *sh, const struct store_event *ev, struct item *cur)
{
    const struct item *present = ev->rev <= sh->ring.floor ? omap_get(&sh->items, ev->key) : NULL;
    if (present && present->rev >= ev->rev) { /* cache_open has read it already */
        item_unref(cur);
        return;
    }
    struct item *prev = cur ? omap_set(&sh->items, cur->key, cur) : omap_take(&sh->items, ev->key);
    if (!cur && !prev) return; /* bytes that were skipped at start are gone now */
    struct event *what = event_new(ev->rev, item_ref(cur), prev);
    ring_push(&sh->ring, what);
    sh->changed_rev = ev->rev;
    if (!sh->res->custom) return;
    ring_push(&customs->ring, event_ref(what));
    watch_news(sh);
}

void cache_on_commit(void *arg, const struct store_event *events, int count, uint64_t rev)
{
    (void)arg;
    shelves_lock(); /* while cache_open works this waits; before it there is nothing to do */
    bool open = shelves != NULL;
    shelves_unlock();
    if (!open) return;
    struct {
        struct shelf *shelf;
        struct item *cur;
    } few[COMMIT_ON_STACK], *work = count > COMMIT_ON_STACK ? xcalloc((size_t)count, sizeof *work) : few;
    for (int i = 0; i < count; i++) { /* scanned before the lock is taken */
        const struct store_event *ev = &events[i];
        struct shelf *sh = work[i].shelf = shelf_of_key(ev->key);
        work[i].cur = sh && !ev->deleted ? item_new(sh->res, ev->key, ev->value, ev->rev, ev->create_rev) : NULL;
        if (sh && !ev->deleted && !work[i].cur) {
            LOG_E("key %.*s does not hold a %s: skipped", STR_ARG(ev->key), sh->res->kind);
            work[i].shelf = NULL;
        }
    }
    KASSERT(pthread_rwlock_wrlock(&lock) == 0);
    for (int i = 0; i < count; i++)
        if (work[i].shelf) apply(work[i].shelf, &events[i], work[i].cur);
    if (rev > cache_rev()) atomic_store(&revision, rev);
    shelves_unlock();
    if (work != few) free(work);
}

void cache_on_group_end(void *arg)
{
    (void)arg;
    watch_wake();
    fresh_wake();
}

/* ---- Reading ---- */

static size_t key_into(char out[KEY_MAX], const struct api_resource *res, struct str ns, struct str name)
{
    struct str prefix = str_of(res->store_prefix);
    if (prefix.n + ns.n + 1 + name.n > KEY_MAX) return 0;
    char *p = mempcpy(out, prefix.p, prefix.n);
    if (res->namespaced && ns.n) {
        p = mempcpy(p, ns.p, ns.n);
        *p++ = '/';
    }
    if (name.n) p = mempcpy(p, name.p, name.n);
    return (size_t)(p - out);
}

struct str cache_key(struct arena *a, const struct api_resource *res, struct str ns, struct str name)
{
    return res->namespaced ? str_printf(a, "%s%.*s/%.*s", res->store_prefix, STR_ARG(ns), STR_ARG(name))
                           : str_printf(a, "%s%.*s", res->store_prefix, STR_ARG(name));
}

uint64_t cache_changed_rev(const struct api_resource *res)
{
    struct shelf *sh = shelf_of(res);
    shelves_lock();
    uint64_t rev = sh ? shelf_present(sh)->changed_rev : 0;
    shelves_unlock();
    return rev;
}

struct item *cache_get(const struct api_resource *res, struct str ns, struct str name)
{
    char key[KEY_MAX];
    struct shelf *sh = shelf_of(res);
    size_t n = sh ? key_into(key, res, ns, name) : 0;
    if (!n) return NULL;
    shelves_lock();
    struct item *it = item_ref(omap_get(&shelf_present(sh)->items, str_n(key, n)));
    shelves_unlock();
    return it;
}

/* [from, to) of a query, in the arena. */
struct span {
    struct str from, to;
};

static struct span span_of(struct arena *a, const struct list_query *q, const struct api_resource *storage)
{
    struct str prefix = storage->namespaced && q->ns.n ? str_printf(a, "%s%.*s/", storage->store_prefix, STR_ARG(q->ns))
                                                       : str_of(storage->store_prefix);
    struct span s = {.from = prefix, .to = prefix_end(a, prefix)};
    if (q->start.n && str_cmp(q->start, s.from) > 0) s.from = q->start;
    return s;
}

struct collect {
    const struct list_query *q;
    struct cache_list *out;
    const struct api_resource *storage;
    size_t cap;
};

static bool selects(const struct list_query *q)
{
    return (q->labels && q->labels->count) || (q->fields && q->fields->count);
}

static void add(struct collect *c, struct item *referenced)
{
    if (c->out->count == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 64;
        c->out->items = xreallocarray(c->out->items, c->cap, sizeof *c->out->items);
    }
    c->out->items[c->out->count++] = referenced;
}

/* The selector by which upstream's cache has an index: a first page then ends with the last object of that index and
 * not with the last one of all. NULL: none. */
static const struct sel_term *index_term(const struct list_query *q)
{
    static const char *const indexed[] = {"pods", "resourceslices"};
    bool has = false;
    for (size_t i = 0; i < ARRAY_LEN(indexed); i++) has = has || strcmp(q->res->plural, indexed[i]) == 0;
    for (int i = 0; has && !q->at_rev && !q->start.n && q->fields && i < q->fields->count; i++)
        if (q->fields->terms[i].op == SEL_EQ && str_eqc(q->fields->terms[i].key, "spec.nodeName"))
            return &q->fields->terms[i];
    return NULL;
}

static bool wanted(const struct list_query *q, const struct item *it)
{
    return (!q->ns.n || str_eq(it->ns, q->ns)) && item_matches(it, q->res, q->labels, q->fields);
}

/* "metadata.name=x" within a namespace (or without namespaces) names one key: what `kubectl get -w NAME` and kubelets
 * ask for. */
static bool only_name(const struct list_query *q, const struct api_resource *storage, struct str *name)
{
    if (!q->fields || (storage->namespaced && !q->ns.n)) return false;
    for (int i = 0; i < q->fields->count; i++)
        if (q->fields->terms[i].op == SEL_EQ && str_eq(q->fields->terms[i].key, STR("metadata.name"))) {
            *name = q->fields->terms[i].values[0];
            return true;
        }
    return false;
}

/* Under the read lock. */
static void collect_now(struct shelf *sh, const struct list_query *q, struct cache_list *out)
{
    struct arena a AUTO_ARENA = {0};
    const struct api_resource *res = q->res->storage;
    struct span span = span_of(&a, q, res);
    struct collect c = {.q = q, .out = out, .storage = res};
    struct str key, name;
    void *value;
    if (only_name(q, res, &name) && !q->start.n) {
        struct item *it = omap_get(&sh->items, cache_key(&a, res, q->ns, name));
        if (it && wanted(q, it)) add(&c, item_ref(it));
        return;
    }
    const struct sel_term *term = index_term(q);
    const struct selector index = {.terms = (struct sel_term *)term, .count = term != NULL};
    struct omap_cursor at;
    omap_seek(&sh->items, span.from, &at);
    while (omap_next(&at, &key, &value) && str_cmp(key, span.to) < 0) {
        if (q->limit && out->count == q->limit) { /* what follows need not be wanted: upstream does not look */
            if (term && !item_matches(value, q->res, NULL, &index)) continue;
            out->more = true;
            out->remaining = selects(q) ? SIZE_MAX : omap_count_range(&sh->items, key, span.to);
            return;
        }
        if (wanted(q, value)) add(&c, item_ref(value));
    }
}

bool shelf_snapshot(struct shelf *sh, const struct list_query *q, struct cache_list *out, uint64_t *seq)
{
    shelves_lock();
    uint64_t now = cache_rev();
    sh = shelf_present(sh);
    bool current = !q->at_rev || (q->at_rev <= now && q->at_rev >= sh->changed_rev); /* nothing has changed since */
    if (current) {
        collect_now(sh, q, out);
        out->rev = q->at_rev ? q->at_rev : now;
        if (seq) *seq = sh->ring.head;
    }
    shelves_unlock();
    return current;
}

static bool collect_past(void *arg, const struct store_kv *kv)
{
    struct collect *c = arg;
    if (c->q->limit && c->out->count == c->q->limit) {
        c->out->more = true;
        return false;
    }
    struct item *it = item_new(c->storage, kv->key, kv->value, kv->mod_rev, kv->create_rev);
    if (it && wanted(c->q, it))
        add(c, it);
    else
        item_unref(it);
    return true;
}

static bool list_past(const struct list_query *q, struct cache_list *out, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const struct api_resource *res = q->res->storage;
    struct span span = span_of(&a, q, res);
    struct collect c = {.q = q, .out = out, .storage = res};
    size_t count = 0, limit = q->limit && !selects(q) ? q->limit + 1 : 0;
    if (str_cmp(span.from, span.to) < 0 &&
        !store_range(the_store, span.from, span.to, q->at_rev, limit, NULL, &count, collect_past, &c, e)) {
        cache_list_release(out);
        if (e && e->code == ERR_EXPIRED)
            (void)err_set(e, ERR_EXPIRED, "The resourceVersion for the provided list is too old.");
        return false;
    }
    out->rev = q->at_rev;
    if (out->more) out->remaining = selects(q) ? SIZE_MAX : count - out->count;
    return true;
}

bool cache_list(const struct list_query *q, struct cache_list *out, struct err *e)
{
    *out = (struct cache_list){0};
    struct shelf *sh = shelf_of(q->res);
    if (!sh) return err_set(e, ERR_INTERNAL, "%s are not stored", q->res->plural);
    if (shelf_snapshot(sh, q, out, NULL)) return true;
    uint64_t now = cache_rev();
    if (q->at_rev > now)
        return err_set(e, ERR_TIMEOUT, "Too large resource version: %llu, current: %llu", (unsigned long long)q->at_rev,
                       (unsigned long long)now);
    return list_past(q, out, e);
}

/* Under the read lock. */
static void collect_behind(const struct shelf *sh, struct str after, size_t limit, struct collect *c)
{
    struct omap_cursor at;
    struct str key;
    void *value;
    omap_seek(&sh->items, after, &at);
    while (!c->out->more && omap_next(&at, &key, &value)) {
        if (str_eq(key, after)) continue;
        if (limit && c->out->count == limit)
            c->out->more = true;
        else
            add(c, item_ref(value));
    }
}

void cache_list_customs(struct str prefix, struct str after, size_t limit, struct cache_list *out)
{
    struct omap_cursor at;
    struct str key;
    void *value;
    *out = (struct cache_list){.remaining = SIZE_MAX};
    struct collect c = {.out = out};
    shelves_lock();
    out->rev = cache_rev();
    omap_seek(&custom_shelves, prefix, &at);
    while (!out->more && omap_next(&at, &key, &value))
        collect_behind(value, str_eq(key, prefix) ? after : STR(""), limit, &c);
    shelves_unlock();
}

void cache_list_release(struct cache_list *l)
{
    for (size_t i = 0; i < l->count; i++) item_unref(l->items[i]);
    free(l->items);
    *l = (struct cache_list){0};
}
