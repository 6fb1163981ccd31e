/* state.c - see state.h.
 * Reads: shelves.   Writes: watches that end. */
#include "apiserver/watch/state.h"

#include "api/registry.h"
#include "apiserver/watch/watch.h"

#include <stdlib.h>

struct cache_state {
    struct item **items; /* referenced, in key order */
    size_t count;
};

/* ---- Taking ---- */

static int by_key(const void *a, const void *b)
{
    return str_cmp((*(struct item *const *)a)->key, (*(struct item *const *)b)->key);
}

static void take_all(struct cache_state *s, const struct shelf *sh)
{
    struct omap_cursor c;
    struct str key;
    void *it;
    omap_seek(&sh->items, STR(""), &c);
    while (omap_next(&c, &key, &it)) s->items[s->count++] = item_ref(it);
}

/* Locks the shelves at a moment at which these are all custom kinds. */
static void lock_with(struct api_customs *kinds)
{
    for (;;) {
        api_customs_hold(kinds);
        shelves_lock();
        if (kinds->epoch == api_registry_epoch()) return;
        shelves_unlock();
        api_customs_release(kinds);
    }
}

/* All items there are now, referenced, in key order. */
static struct cache_state collect(void)
{
    struct cache_state s = {0};
    struct api_customs kinds;
    size_t count = 0;
    lock_with(&kinds);
    for (size_t i = 0; i < nshelves; i++) count += shelves[i].items.count;
    for (size_t i = 0; i < kinds.count; i++) count += shelf_present(kinds.items[i]->home)->items.count;
    s.items = xcalloc(count + 1, sizeof *s.items);
    for (size_t i = 0; i < nshelves; i++) take_all(&s, &shelves[i]);
    for (size_t i = 0; i < kinds.count; i++) take_all(&s, shelf_present(kinds.items[i]->home));
    shelves_unlock();
    api_customs_release(&kinds);
    qsort(s.items, s.count, sizeof *s.items, by_key);
    return s;
}

static void release(struct cache_state *s)
{
    for (size_t i = 0; i < s->count; i++) item_unref(s->items[i]);
    free(s->items);
}

struct cache_state *cache_state_take(void)
{
    struct cache_state *s = xcalloc(1, sizeof *s);
    *s = collect();
    return s;
}

void cache_state_free(struct cache_state *s)
{
    if (!s) return;
    release(s);
    free(s);
}

/* ---- The way back ---- */

static void add(struct cache_way *w, const struct item *it, const struct store_op *op)
{
    w->items[w->nitems++] = item_ref(it);
    w->ops[w->nops++] = *op;
}

static bool begins(const struct item *it, const char *prefix) { return str_starts(it->key, str_of(prefix)); }

static bool is_beat(const struct item *it) /* of a node or a component */
{
    return begins(it, "/registry/leases/kube-node-lease/") || begins(it, "/registry/leases/kube-system/");
}

static bool is_event(const struct item *it) { return begins(it, "/registry/events/"); }

/* now, before: of one key; one of them may be NULL. */
static void consider(struct cache_way *w, const struct item *now, const struct item *before, bool deletes)
{
    const struct item *it = now ? now : before;
    bool same = now && before && str_eq(now->uid, before->uid);
    if (is_beat(it) && (now || deletes)) return;
    if (deletes && now && !same)
        add(w, now, &(struct store_op){.kind = STORE_DELETE, .key = now->key, .expect_rev = now->rev});
    bool differs = before && (!same || !str_eq(blob_str(now->blob), blob_str(before->blob)));
    if (deletes || !differs || is_event(it)) return;
    add(w, before,
        &(struct store_op){
            .kind = STORE_PUT, .key = before->key, .expect_rev = now ? now->rev : 0, .value = before->blob});
}

/* Both in key order, side by side. */
static void compare(const struct cache_state *s, struct cache_way *out, bool deletes)
{
    struct cache_state now = collect();
    size_t most = now.count + s->count + 1, i = 0, k = 0;
    *out = (struct cache_way){.ops = xcalloc(most, sizeof *out->ops), .items = xcalloc(most, sizeof *out->items)};
    while (i < now.count || k < s->count) {
        int order = i == now.count ? 1 : k == s->count ? -1 : str_cmp(now.items[i]->key, s->items[k]->key);
        const struct item *a = order <= 0 ? now.items[i++] : NULL, *b = order >= 0 ? s->items[k++] : NULL;
        consider(out, a, b, deletes);
    }
    release(&now);
}

void cache_way_delete(const struct cache_state *s, struct cache_way *out) { compare(s, out, true); }
void cache_way_put(const struct cache_state *s, struct cache_way *out) { compare(s, out, false); }

void cache_way_release(struct cache_way *w)
{
    for (int i = 0; i < w->nitems; i++) item_unref(w->items[i]);
    free(w->items);
    free(w->ops);
    *w = (struct cache_way){0};
}

/* ---- Watches ---- */

static void expire_those_of(const struct shelf *sh)
{
    for (struct watch *w = sh->watchers, *next; w; w = next) {
        next = w->next;
        if (w->r->user.component || w->stage == WATCH_OVER) continue;
        watch_fail(w, ERR_EXPIRED, "The cluster was reset: list anew");
        stream_kick(w->stream);
    }
}

static void expire_all(void *arg)
{
    struct api_customs kinds;
    (void)arg;
    for (size_t i = 0; i < nshelves; i++) expire_those_of(&shelves[i]);
    api_customs_hold(&kinds);
    for (size_t i = 0; i < kinds.count; i++) expire_those_of(kinds.items[i]->home);
    api_customs_release(&kinds);
}

void cache_expire_watches(void)
{
    if (watch_count()) (void)stream_post(expire_all, NULL);
}
