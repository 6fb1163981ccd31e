/* index.c - recs and the ordered map of the current ones.
 * Reads nothing else; written by the writer thread (group.c) and, before that runs, by the loader. */
#include "store/index.h"

#include "base/kassert.h"
#include "base/mem.h"

#include <stdlib.h>

struct rec *rec_new(const struct rec_init *from)
{
    struct rec *r = xmalloc(sizeof *r + from->key.n);
    *r = (struct rec){
        .refs = 1,
        .key_n = (uint32_t)from->key.n,
        .id = from->id,
        .prev_id = from->prev_id,
        .create_rev = from->create_rev,
        .version = from->version,
        .time_ms = from->time_ms,
        .expires_at_ms = from->expires_at_ms,
        .value = from->value,
    };
    if (from->key.n) memcpy(r->key, from->key.p, from->key.n);
    return r;
}

struct rec *rec_ref(struct rec *r)
{
    if (r) atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

void rec_unref(struct rec *r)
{
    if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1) return;
    blob_unref(r->value);
    free(r);
}

void rec_unref_any(void *r) { rec_unref(r); }

void index_init(struct index *ix)
{
    pthread_rwlockattr_t attr;
    pthread_rwlockattr_init(&attr);
    /* Steady readers must not keep the one writer out. */
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    KASSERT(pthread_rwlock_init(&ix->lock, &attr) == 0);
    pthread_rwlockattr_destroy(&attr);
    omap_init(&ix->keys);
    ix->rev = 1;
}

void index_release(struct index *ix)
{
    omap_release(&ix->keys, rec_unref_any);
    pthread_rwlock_destroy(&ix->lock);
}

struct rec *index_set(struct index *ix, struct rec *r)
{
    if (r->value) return omap_set(&ix->keys, rec_key(r), r);
    struct rec *former = omap_take(&ix->keys, rec_key(r));
    rec_unref(r);
    return former;
}

void recs_release(struct recs *l)
{
    for (size_t i = 0; i < l->count; i++) rec_unref(l->v[i]);
    free(l->v);
    *l = (struct recs){0};
}

void recs_add(struct recs *l, struct rec *r)
{
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->v = xreallocarray(l->v, l->cap, sizeof *l->v);
    }
    l->v[l->count++] = r;
}

void index_collect(struct index *ix, struct str from, struct str to, uint64_t max_rev, size_t limit, struct recs *out,
                   uint64_t *at, size_t *count)
{
    struct omap_cursor c;
    struct str key;
    void *value;
    size_t old = 0;
    pthread_rwlock_rdlock(&ix->lock);
    *at = ix->rev;
    if (count) *count = omap_count_range(&ix->keys, from, to);
    omap_seek(&ix->keys, from, &c);
    while (omap_next(&c, &key, &value)) {
        if (to.p && str_cmp(key, to) >= 0) break;
        struct rec *r = value;
        recs_add(out, rec_ref(r));
        if (id_rev(r->id) <= max_rev) old++;
        if (limit && old == limit) break;
    }
    pthread_rwlock_unlock(&ix->lock);
}

struct rec *index_ref(struct index *ix, struct str key)
{
    pthread_rwlock_rdlock(&ix->lock);
    struct rec *r = rec_ref(omap_get(&ix->keys, key));
    pthread_rwlock_unlock(&ix->lock);
    return r;
}
