/* history.c - the past: ranges at a revision and the feed of events. Reads the log page by page and calls
 * back between two pages, holding no lock; a compaction that overtakes it ends in ERR_EXPIRED. */
#include "store/store_priv.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>

void change_release(struct change *c)
{
    rec_unref(c->now);
    rec_unref(c->prev);
}

void elog_page_release(struct elog_page *p)
{
    for (int i = 0; i < p->count; i++) change_release(&p->items[i]);
    p->count = 0;
}

static bool fail_expired(struct err *e) { return err_set(e, ERR_EXPIRED, "required revision has been compacted"); }

/* ---- Range ---- */

struct undo {
    struct omap keys; /* key -> what it was at the revision: a struct rec, or `absent` */
    uint64_t rev;
    size_t created, deleted; /* events of these kinds behind rev */
};
static struct rec absent; /* only its address is used */

static void undo_free(void *r)
{
    if (r != &absent) rec_unref(r);
}

/* The first event of a key behind the revision says what the key was before. */
static bool undo_add(struct undo *u, struct change *c, struct err *e)
{
    struct str key = rec_key(c->now);
    u->created += !c->now->prev_id;
    u->deleted += !c->now->value;
    if (omap_get(&u->keys, key)) return true;
    if (!c->now->prev_id) {
        omap_set(&u->keys, key, &absent);
        return true;
    }
    /* Gone, or events between are (keys that keep no history). */
    if (!c->prev || id_rev(c->prev->id) > u->rev) return fail_expired(e);
    omap_set(&u->keys, key, rec_ref(c->prev));
    return true;
}

/* Collects what the keys in [from, to) that have events in (u->rev, upto] were at u->rev. */
static bool undo_read(struct store *s, struct undo *u, struct str from, struct str to, uint64_t upto, struct err *e)
{
    struct elog_query q = {rev_id(u->rev + 1) - 1, rev_id(upto + 1), from, to};
    struct elog_page *page AUTO_FREE = xmalloc(sizeof *page);
    bool ok = true, more = true;
    while (ok && more) {
        if (!s->log->ops->fetch(s->log, &q, page, e)) return false;
        if (u->rev <= page->compacted) ok = fail_expired(e);
        more = page->count == STORE_PAGE_EVENTS;
        if (more) q.after_id = page->items[page->count - 1].now->id;
        for (int i = 0; ok && i < page->count; i++) ok = undo_add(u, &page->items[i], e);
        elog_page_release(page);
    }
    return ok;
}

/* Merges keys that have not changed since with what the others were; both are in key order. A key that has changed
 * and of which the log says nothing keeps no history, and was written while we read. */
static bool merge(const struct recs *present, const struct undo *u, size_t limit, struct recs *out, struct err *e)
{
    struct omap_cursor c;
    struct str key;
    void *was = NULL;
    omap_seek(&u->keys, STR(""), &c);
    bool have = omap_next(&c, &key, &was);
    size_t i = 0;
    while ((i < present->count || have) && (!limit || out->count < limit)) {
        struct rec *r = i < present->count ? present->v[i] : NULL;
        int order = !r ? 1 : !have ? -1 : str_cmp(rec_key(r), key);
        if (order < 0) {
            if (id_rev(r->id) > u->rev) return fail_expired(e);
            recs_add(out, rec_ref(r));
        } else {
            if (was != &absent) recs_add(out, rec_ref(was));
            have = omap_next(&c, &key, &was);
        }
        if (order <= 0) i++;
    }
    return true;
}

bool history_range(struct store *s, struct str from, struct str to, uint64_t rev, size_t limit, struct recs *out,
                   size_t *count, struct err *e)
{
    struct recs present = {0};
    struct undo u = {.rev = rev};
    uint64_t now;
    if (rev > atomic_load(&s->rev)) return err_set(e, ERR_BAD_REQUEST, "required revision is a future revision");
    if (rev <= atomic_load(&s->compacted)) return fail_expired(e);
    omap_init(&u.keys);
    index_collect(&s->index, from, to, rev, limit, &present, &now, count);
    bool ok = now == rev || undo_read(s, &u, from, to, now, e);
    ok = ok && merge(&present, &u, limit, out, e);
    if (ok && count) *count = *count + u.deleted - u.created;
    recs_release(&present);
    omap_release(&u.keys, undo_free);
    return ok;
}

/* ---- Feed ---- */

/* The first key behind all that start with prefix, in out; STR_NULL: there is none. */
static struct str prefix_end(struct str prefix, struct buf *out)
{
    size_t n = prefix.n;
    while (n && (unsigned char)prefix.p[n - 1] == 0xff) n--;
    if (n == 0) return STR_NULL;
    buf_add(out, prefix.p, n - 1);
    buf_char(out, (char)(prefix.p[n - 1] + 1));
    return buf_view(out);
}

static uint64_t floor_of(const struct store *s, struct str prefix, uint64_t compacted, uint64_t dropped)
{
    struct str np = s->newest_only;
    bool meets = !np.p || str_starts(prefix, np) || str_starts(np, prefix);
    return prefix.n && meets ? MAX(compacted, dropped) : compacted;
}

uint64_t store_floor(struct store *s, struct str prefix)
{
    return floor_of(s, prefix, atomic_load(&s->compacted), atomic_load(&s->dropped));
}

static bool feed_page(const struct elog_page *page, store_event_fn *each, void *arg)
{
    for (int i = 0; i < page->count; i++) {
        const struct rec *now = page->items[i].now, *prev = page->items[i].prev;
        struct store_event ev = {
            .rev = id_rev(now->id),
            .create_rev = now->create_rev,
            .version = now->version,
            .deleted = !now->value,
            .key = rec_key(now),
            .value = now->value,
            .prev = prev ? prev->value : NULL,
            .prev_rev = id_rev(now->prev_id),
        };
        if (!each(arg, &ev)) return false;
    }
    return true;
}

bool store_feed(struct store *s, struct str prefix, uint64_t after, store_event_fn *each, void *arg, struct err *e)
{
    uint64_t upto = atomic_load(&s->rev);
    struct buf end AUTO_BUF = {0};
    buf_init(&end, prefix.n + 1);
    if (after >= upto) return true;
    struct elog_query q = {rev_id(after + 1) - 1, rev_id(upto + 1), prefix, prefix_end(prefix, &end)};
    struct elog_page *page AUTO_FREE = xmalloc(sizeof *page);
    for (bool more = true; more;) {
        if (!s->log->ops->fetch(s->log, &q, page, e)) return false;
        bool lost = after < floor_of(s, prefix, page->compacted, page->dropped);
        more = page->count == STORE_PAGE_EVENTS;
        if (more) {
            q.after_id = page->items[page->count - 1].now->id;
            after = id_rev(q.after_id) - 1; /* the rest of its revision may be on the next page */
        }
        if (!lost) more = feed_page(page, each, arg) && more;
        elog_page_release(page);
        if (lost) return fail_expired(e);
    }
    return true;
}
