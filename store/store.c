/* store.c - opening, closing and the reads of the present state. Reads the index; the rest is in writer.c
 * (queue), group.c (a commit), history.c (the past), compact.c, expire.c, elog_*.c (the log), fsck.c. */
#include "store/store_priv.h"

#include "base/mem.h"

#include <stdlib.h>

static bool is_memory(const char *path) { return !path || strcmp(path, "memory") == 0; }

static struct store *store_new(const struct store_options *o)
{
    struct store *s = xcalloc(1, sizeof *s);
    s->o = *o;
    s->o.path = o->path ? xstrdup(o->path) : NULL;
    s->o.newest_only_prefix = o->newest_only_prefix ? xstrdup(o->newest_only_prefix) : NULL;
    s->newest_only = str_of(s->o.newest_only_prefix);
    if (!s->o.history_revisions) s->o.history_revisions = STORE_HISTORY_REVISIONS;
    if (!s->o.history_ms) s->o.history_ms = STORE_HISTORY_MS;
    index_init(&s->index);
    pthread_mutex_init(&s->lock, NULL);
    cond_init_mono(&s->wake);
    expire_init(s);
    return s;
}

static void store_free(struct store *s)
{
    expire_release(s);
    group_release(&s->group);
    if (s->log) s->log->ops->close(s->log);
    index_release(&s->index);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->wake);
    free((char *)s->o.path);
    free((char *)s->o.newest_only_prefix);
    free(s);
}

static void track_expiries(struct store *s)
{
    struct omap_cursor c;
    struct str key;
    void *value;
    omap_seek(&s->index.keys, STR(""), &c);
    while (omap_next(&c, &key, &value)) expire_track(s, NULL, value);
}

struct store *store_open(const struct store_options *o, struct err *e)
{
    struct store *s = store_new(o);
    struct elog_found found = {.rev = 1};
    if (is_memory(o->path))
        s->log = elog_ram_open();
    else
        s->log = elog_sqlite_open(o->path, (int)o->sync, o->read_only, &s->index, &found, e);
    if (!s->log) {
        err_context(e, "cannot open the store");
        store_free(s);
        return NULL;
    }
    atomic_store(&s->rev, found.rev);
    atomic_store(&s->compacted, found.compacted);
    atomic_store(&s->dropped, found.dropped);
    if (o->read_only) return s;
    track_expiries(s);
    s->thread = thread_start("store-writer", writer_main, s);
    s->running = true;
    return s;
}

void store_close(struct store *s)
{
    if (!s) return;
    mutex_lock(&s->lock);
    s->closing = true;
    writer_wake(s);
    mutex_unlock(&s->lock);
    if (s->running) thread_join(s->thread);
    store_free(s);
}

unsigned store_caps(const struct store *s)
{
    (void)s; /* a file and memory can do the same */
    return STORE_CAP_HISTORY | STORE_CAP_REWIND | STORE_CAP_SNAPSHOT;
}

uint64_t store_rev(struct store *s) { return atomic_load(&s->rev); }
uint64_t store_compacted_rev(struct store *s) { return atomic_load(&s->compacted); }

bool store_barrier(struct store *s, struct err *e)
{
    (void)s, (void)e; /* the one writer changes the index before it answers */
    return true;
}

static struct store_kv kv_of(const struct rec *r)
{
    return (struct store_kv){
        .key = rec_key(r),
        .value = r->value,
        .create_rev = r->create_rev,
        .mod_rev = id_rev(r->id),
        .version = r->version,
        .expires_at_ms = r->expires_at_ms,
    };
}

bool store_get(struct store *s, struct str key, struct store_kv *out)
{
    struct rec *r = index_ref(&s->index, key);
    if (!r) return false;
    *out = kv_of(r);
    out->key = key;
    blob_ref(out->value);
    rec_unref(r);
    return true;
}

bool store_range(struct store *s, struct str from, struct str to, uint64_t rev, size_t limit, uint64_t *at,
                 size_t *count, store_each_fn *each, void *arg, struct err *e)
{
    struct recs found = {0};
    uint64_t read_at = rev;
    bool ok = true;
    if (rev == 0)
        index_collect(&s->index, from, to, UINT64_MAX, limit, &found, &read_at, count);
    else
        ok = history_range(s, from, to, rev, limit, &found, count, e);
    if (ok && at) *at = read_at;
    for (size_t i = 0; ok && i < found.count; i++) {
        struct store_kv kv = kv_of(found.v[i]);
        if (!each(arg, &kv)) break;
    }
    recs_release(&found);
    return ok;
}

bool store_snapshot(struct store *s, const char *path, struct err *e)
{
    return s->log->ops->snapshot(s->log, &s->index, path, e) || err_context(e, "snapshot");
}
