/* cache.c - the objects of one informer. Reads: objects.   Writes: its own tables. */
#include "cache.h"

#include "api/schema.h"
#include "base/kassert.h"
#include "base/thread.h"

#include <stdlib.h>

struct bucket {           /* the objects of one index key */
    struct entry **items; /* in key order: the same content gives the same answer, whatever its history */
    uint32_t count, cap;
    char *key;
};

struct entry {
    const struct object *obj;
    uint32_t round;
    struct bucket *in[]; /* by index; NULL: not in this one */
};

/* ---- Life ---- */

void cache_init(struct cache *c)
{
    memset(c, 0, sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    omap_init(&c->objects);
}

static void bucket_free(void *p)
{
    struct bucket *b = p;
    free(b->items);
    free(b->key);
    free(b);
}

static void entry_free(void *p)
{
    struct entry *en = p;
    object_unref(en->obj);
    free(en);
}

void cache_release(struct cache *c)
{
    omap_release(&c->objects, entry_free);
    for (int i = 0; i < c->indexes; i++) {
        map_release(&c->by[i], bucket_free);
        buf_release(&c->scratch[i]);
    }
    pthread_mutex_destroy(&c->lock);
}

int cache_add_index(struct cache *c, cache_index_fn *fn)
{
    for (int i = 0; i < c->indexes; i++)
        if (c->index[i] == fn) return i;
    KASSERT(c->indexes < INFORMER_INDEXES_MAX && c->objects.count == 0);
    buf_init(&c->scratch[c->indexes], 64 << 10);
    c->index[c->indexes] = fn;
    return c->indexes++;
}

struct str cache_key(const struct cache *c, const struct object *o, struct buf *into)
{
    buf_clear(into);
    if (c->kinds) {
        struct str group, version;
        api_split_version(obj_str(o->root, ".apiVersion"), &group, &version);
        buf_addf(into, "%.*s/%.*s/", STR_ARG(group), STR_ARG(obj_str(o->root, ".kind")));
    }
    if (o->ns.n) {
        buf_str(into, o->ns);
        buf_char(into, '/');
    }
    buf_str(into, o->name);
    return buf_view(into);
}

/* ---- Indexes (lock held) ---- */

static int by_key(const struct object *x, const struct object *y)
{
    int ns = str_cmp(x->ns, y->ns);
    return ns ? ns : str_cmp(x->name, y->name);
}

/* Where obj is in the bucket, or belongs. */
static uint32_t bucket_place(const struct bucket *b, const struct object *obj)
{
    uint32_t low = 0, high = b->count;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (by_key(b->items[mid]->obj, obj) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void bucket_leave(struct cache *c, struct entry *en, int i)
{
    struct bucket *b = en->in[i];
    if (!b) return;
    uint32_t at = bucket_place(b, en->obj);
    KASSERT(at < b->count && b->items[at] == en);
    memmove(b->items + at, b->items + at + 1, (--b->count - at) * sizeof *b->items);
    en->in[i] = NULL;
    if (b->count) return;
    map_take(&c->by[i], str_of(b->key));
    bucket_free(b);
}

static void bucket_join(struct cache *c, struct entry *en, int i, struct str key)
{
    struct bucket *b = map_get(&c->by[i], key);
    if (!b) {
        b = xcalloc(1, sizeof *b);
        b->key = str_dup(key);
        map_set(&c->by[i], key, b);
    }
    if (b->count == b->cap) {
        b->cap = b->cap ? 2 * b->cap : 4;
        b->items = xreallocarray(b->items, b->cap, sizeof(struct entry *));
    }
    uint32_t at = bucket_place(b, en->obj);
    memmove(b->items + at + 1, b->items + at, (b->count++ - at) * sizeof *b->items);
    b->items[at] = en;
    en->in[i] = b;
}

static void reindex(struct cache *c, struct entry *en, const bool has[])
{
    for (int i = 0; i < c->indexes; i++) {
        struct str key = buf_view(&c->scratch[i]);
        struct bucket *now = en->in[i];
        if (has[i] && now && str_eqc(key, now->key)) continue;
        bucket_leave(c, en, i);
        if (has[i]) bucket_join(c, en, i, key);
    }
}

/* ---- The writer ---- */

const struct object *cache_put(struct cache *c, struct str key, const struct object *obj, uint32_t round)
{
    bool has[INFORMER_INDEXES_MAX];
    for (int i = 0; i < c->indexes; i++) { /* before the lock: no callback under it */
        buf_clear(&c->scratch[i]);
        has[i] = c->index[i](obj, &c->scratch[i]) && memchr(buf_view(&c->scratch[i]).p, 0, c->scratch[i].n) == NULL;
    }
    mutex_lock(&c->lock);
    struct entry *en = omap_get(&c->objects, key);
    if (!en) {
        en = xcalloc(1, sizeof *en + (size_t)c->indexes * sizeof en->in[0]);
        omap_set(&c->objects, key, en);
    }
    const struct object *old = en->obj;
    en->obj = obj;
    en->round = round;
    reindex(c, en, has);
    mutex_unlock(&c->lock);
    return old;
}

static const struct object *remove_locked(struct cache *c, struct str key)
{
    struct entry *en = omap_take(&c->objects, key);
    if (!en) return NULL;
    for (int i = 0; i < c->indexes; i++) bucket_leave(c, en, i);
    const struct object *old = en->obj;
    free(en);
    return old;
}

const struct object *cache_take(struct cache *c, struct str key)
{
    mutex_lock(&c->lock);
    const struct object *old = remove_locked(c, key);
    mutex_unlock(&c->lock);
    return old;
}

bool cache_same(struct cache *c, struct str key, struct str uid, uint64_t rv, uint32_t round)
{
    mutex_lock(&c->lock);
    struct entry *en = omap_get(&c->objects, key);
    bool same = en && en->obj->rv == rv && rv && str_eq(en->obj->uid, uid);
    if (same) en->round = round;
    mutex_unlock(&c->lock);
    return same;
}

void cache_sweep(struct cache *c, uint32_t round, struct objs *gone)
{
    struct omap_cursor at;
    struct str key;
    void *value;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 64 << 10);
    mutex_lock(&c->lock);
    omap_seek(&c->objects, STR(""), &at);
    while (omap_next(&at, &key, &value))
        if (((struct entry *)value)->round != round) objs_add(gone, ((struct entry *)value)->obj);
    for (size_t i = 0; i < gone->count; i++) object_unref(remove_locked(c, cache_key(c, gone->items[i], &b)));
    mutex_unlock(&c->lock);
}

/* ---- Readers ---- */

const struct object *cache_get(struct cache *c, struct str ns, struct str name)
{
    char text[1024];
    struct str key = name;
    if (ns.n) {
        if (ns.n + 1 + name.n > sizeof text) return NULL; /* no such object: names are shorter */
        memcpy(text, ns.p, ns.n);
        text[ns.n] = '/';
        memcpy(text + ns.n + 1, name.p, name.n);
        key = str_n(text, ns.n + 1 + name.n);
    }
    mutex_lock(&c->lock);
    struct entry *en = omap_get(&c->objects, key);
    const struct object *o = en ? object_ref(en->obj) : NULL;
    mutex_unlock(&c->lock);
    return o;
}

void cache_list(struct cache *c, struct str ns, struct objs *out)
{
    struct buf prefix AUTO_BUF = {0};
    struct omap_cursor at;
    struct str key;
    void *value;
    buf_init(&prefix, 64 << 10);
    buf_str(&prefix, ns);
    if (ns.n) buf_char(&prefix, '/');
    mutex_lock(&c->lock);
    omap_seek(&c->objects, buf_view(&prefix), &at);
    while (omap_next(&at, &key, &value) && str_starts(key, buf_view(&prefix)))
        objs_add(out, ((struct entry *)value)->obj);
    mutex_unlock(&c->lock);
}

void cache_by_index(struct cache *c, int index, struct str key, struct objs *out)
{
    mutex_lock(&c->lock);
    const struct bucket *b = map_get(&c->by[index], key);
    for (uint32_t i = 0; b && i < b->count; i++) objs_add(out, b->items[i]->obj);
    mutex_unlock(&c->lock);
}

bool cache_has_any(struct cache *c, struct str ns)
{
    struct buf prefix AUTO_BUF = {0};
    struct omap_cursor at;
    struct str key;
    void *value;
    buf_init(&prefix, 64 << 10);
    buf_addf(&prefix, "%.*s/", STR_ARG(ns));
    mutex_lock(&c->lock);
    omap_seek(&c->objects, buf_view(&prefix), &at);
    bool any = omap_next(&at, &key, &value) && str_starts(key, buf_view(&prefix));
    mutex_unlock(&c->lock);
    return any;
}

size_t cache_count(struct cache *c)
{
    mutex_lock(&c->lock);
    size_t n = c->objects.count;
    mutex_unlock(&c->lock);
    return n;
}
