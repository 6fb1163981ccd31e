/* elog_ram.c - the event log of a store in memory: a ring of (rec, previous rec), oldest first.
 * Values are shared with the index, so an event costs 24 bytes until its key changes. */
#include "store/elog.h"

#include "base/kassert.h"
#include "base/mem.h"
#include "base/thread.h"
#include "store/db.h"
#include "store/store.h"

#include <stdlib.h>
#include <unistd.h>

struct ram_slot {
    uint64_t id;
    struct rec *now;  /* NULL: dropped */
    struct rec *prev; /* NULL: created, or dropped */
};

struct elog_ram {
    struct elog base;
    pthread_mutex_t lock; /* over what follows; taken inside the index's lock, never the other way round */
    struct ram_slot *slots;
    size_t head, count, cap; /* cap is a power of two */
    uint64_t compacted, dropped;
};

static struct elog_ram *ram_of(struct elog *l) { return CONTAINER_OF(l, struct elog_ram, base); }

static struct ram_slot *ram_at(const struct elog_ram *l, size_t i) { return &l->slots[(l->head + i) & (l->cap - 1)]; }

/* Place of the first slot with an id > after. */
static size_t ram_seek(const struct elog_ram *l, uint64_t after)
{
    size_t lo = 0, hi = l->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (ram_at(l, mid)->id > after)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

static struct ram_slot *ram_find(const struct elog_ram *l, uint64_t id)
{
    size_t i = ram_seek(l, id - 1);
    return i < l->count && ram_at(l, i)->id == id ? ram_at(l, i) : NULL;
}

static void ram_grow(struct elog_ram *l)
{
    size_t cap = l->cap ? l->cap * 2 : 1024;
    struct ram_slot *slots = xreallocarray(NULL, cap, sizeof *slots);
    for (size_t i = 0; i < l->count; i++) slots[i] = *ram_at(l, i);
    free(l->slots);
    l->slots = slots;
    l->head = 0;
    l->cap = cap;
}

/* An old version counts as history from the moment that something follows it. */
static size_t ram_weight(const struct rec *prev) { return prev ? sizeof *prev + prev->key_n + prev->value->n : 0; }

static void ram_forget_prev(struct elog_ram *l, struct ram_slot *s)
{
    l->base.old_bytes -= ram_weight(s->prev);
    rec_unref(s->prev);
    s->prev = NULL;
}

static bool ram_begin(struct elog *base, struct err *e)
{
    (void)base, (void)e;
    return true;
}

static bool ram_append(struct elog *base, const struct change *c, struct err *e)
{
    (void)e;
    struct elog_ram *l = ram_of(base);
    mutex_lock(&l->lock);
    if (l->count == l->cap) ram_grow(l);
    *ram_at(l, l->count++) = (struct ram_slot){c->now->id, rec_ref(c->now), rec_ref(c->prev)};
    l->base.old_bytes += ram_weight(c->prev);
    mutex_unlock(&l->lock);
    return true;
}

static bool ram_drop(struct elog *base, uint64_t victim, uint64_t holder, struct err *e)
{
    (void)e;
    struct elog_ram *l = ram_of(base);
    mutex_lock(&l->lock);
    struct ram_slot *h = ram_find(l, holder), *v = ram_find(l, victim);
    l->dropped = MAX(l->dropped, id_rev(holder)); /* at once: readers see the hole from now on */
    if (h) ram_forget_prev(l, h);
    if (v) {
        ram_forget_prev(l, v);
        rec_unref(v->now);
        v->now = NULL;
    }
    mutex_unlock(&l->lock);
    return true;
}

static bool ram_commit(struct elog *base, uint64_t dropped_rev, struct err *e)
{
    (void)base, (void)dropped_rev, (void)e;
    return true;
}

static void ram_rollback(struct elog *base)
{
    (void)base;
    KASSERT(!"a group in memory cannot fail");
}

static bool ram_compact(struct elog *base, struct elog_slice *s, struct err *e)
{
    (void)e;
    struct elog_ram *l = ram_of(base);
    mutex_lock(&l->lock);
    s->compacted = s->upto_rev;
    s->young_ms = 0;
    uint64_t last = 0;
    for (int n = 0; l->count; n++) {
        struct ram_slot *slot = ram_at(l, 0);
        uint64_t rev = id_rev(slot->id);
        if (rev > s->upto_rev) break;
        bool young = slot->now && slot->now->time_ms > s->cutoff_ms;
        if (young || (n >= STORE_COMPACT_ROWS_MAX && rev != last)) { /* never in the middle of a revision */
            s->compacted = n ? rev - 1 : s->after_rev;
            if (young) s->young_ms = slot->now->time_ms;
            break;
        }
        last = rev;
        ram_forget_prev(l, slot);
        rec_unref(slot->now);
        l->head = (l->head + 1) & (l->cap - 1);
        l->count--;
    }
    l->compacted = MAX(l->compacted, s->compacted);
    s->compacted = l->compacted;
    mutex_unlock(&l->lock);
    return true;
}

static void ram_tidy(struct elog *base) { (void)base; }

static bool ram_fetch(struct elog *base, const struct elog_query *q, struct elog_page *out, struct err *e)
{
    (void)e;
    struct elog_ram *l = ram_of(base);
    out->count = 0;
    mutex_lock(&l->lock);
    out->compacted = l->compacted;
    out->dropped = l->dropped;
    for (size_t i = ram_seek(l, q->after_id); i < l->count && out->count < STORE_PAGE_EVENTS; i++) {
        const struct ram_slot *s = ram_at(l, i);
        if (s->id >= q->before_id) break;
        if (!s->now || str_cmp(rec_key(s->now), q->from) < 0) continue;
        if (q->to.p && str_cmp(rec_key(s->now), q->to) >= 0) continue;
        out->items[out->count++] = (struct change){.now = rec_ref(s->now), .prev = rec_ref(s->prev)};
    }
    mutex_unlock(&l->lock);
    return true;
}

/* All versions that a file would hold: the present ones, the events, and what these refer to. */
static void ram_collect(struct elog_ram *l, struct index *ix, struct recs *all, uint64_t *compacted, uint64_t *dropped)
{
    struct omap_cursor c;
    struct str key;
    void *value;
    pthread_rwlock_rdlock(&ix->lock);
    mutex_lock(&l->lock);
    omap_seek(&ix->keys, STR(""), &c);
    while (omap_next(&c, &key, &value)) recs_add(all, rec_ref(value));
    for (size_t i = 0; i < l->count; i++) {
        const struct ram_slot *s = ram_at(l, i);
        if (id_rev(s->id) > ix->rev) break; /* a group that is not in the index yet */
        if (s->prev) recs_add(all, rec_ref(s->prev));
        if (s->now) recs_add(all, rec_ref(s->now));
    }
    *compacted = l->compacted;
    *dropped = MIN(l->dropped, ix->rev);
    mutex_unlock(&l->lock);
    pthread_rwlock_unlock(&ix->lock);
}

static bool ram_write(sqlite3 *db, const struct recs *all, uint64_t compacted, uint64_t dropped, struct err *e)
{
    sqlite3_stmt *have = db_prepare(db, "SELECT 1 FROM event WHERE id = ?", e);
    sqlite3_stmt *insert = have ? db_prepare(db, DB_INSERT_SQL, e) : NULL;
    bool ok = insert && db_exec(db, "PRAGMA synchronous = OFF; BEGIN", e);
    for (size_t i = 0; ok && i < all->count; i++) {
        sqlite3_bind_int64(have, 1, (int64_t)all->v[i]->id);
        if (sqlite3_step(have) != SQLITE_ROW) ok = db_insert_rec(db, insert, all->v[i], e);
        sqlite3_reset(have);
    }
    sqlite3_finalize(have);
    sqlite3_finalize(insert);
    return ok && db_meta_set(db, "compacted_rev", compacted, e) && db_meta_set(db, "dropped_rev", dropped, e) &&
           db_exec(db, "COMMIT", e);
}

static bool ram_snapshot(struct elog *base, struct index *ix, const char *path, struct err *e)
{
    struct recs all = {0};
    uint64_t compacted, dropped;
    ram_collect(ram_of(base), ix, &all, &compacted, &dropped);
    AUTO_FREE char *tmp = xasprintf("%s.tmp", path);
    unlink(tmp);
    sqlite3 *db = db_open(tmp, DB_WRITE, STORE_SYNC_OFF, e);
    bool ok = db && ram_write(db, &all, compacted, dropped, e);
    if (db && sqlite3_close(db) != SQLITE_OK) ok = err_set(e, ERR_IO, "%s: cannot close", tmp);
    recs_release(&all);
    ok = ok && db_publish(tmp, path, e);
    if (!ok) unlink(tmp);
    return ok;
}

static void ram_close(struct elog *base)
{
    struct elog_ram *l = ram_of(base);
    for (size_t i = 0; i < l->count; i++) {
        rec_unref(ram_at(l, i)->now);
        rec_unref(ram_at(l, i)->prev);
    }
    free(l->slots);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static const struct elog_ops ram_ops = {
    .begin = ram_begin,
    .append = ram_append,
    .drop = ram_drop,
    .commit = ram_commit,
    .rollback = ram_rollback,
    .compact = ram_compact,
    .tidy = ram_tidy,
    .fetch = ram_fetch,
    .snapshot = ram_snapshot,
    .close = ram_close,
};

struct elog *elog_ram_open(void)
{
    struct elog_ram *l = xcalloc(1, sizeof *l);
    l->base.ops = &ram_ops;
    pthread_mutex_init(&l->lock, NULL);
    return &l->base;
}
