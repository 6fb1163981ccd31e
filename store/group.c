/* group.c - one group of transactions: checks each against the index overlaid with what the group has
 * decided so far, assigns revisions, commits all of it at once, then tells and answers.
 * Reads the index and the overlay; writes the log, the index and the heap of expiring keys.
 * The worked example is in store.h. */
#include "store/store_priv.h"

#include "base/kassert.h"
#include "base/mem.h"

#include <stdlib.h>

void txn_fail(struct store_txn *t, enum err_code code, const char *text)
{
    struct store_result r = {.failed_op = -1};
    err_set(&r.err, code, "%s", text);
    t->done(t, &r);
}

/* ---- Deciding ---- */

static struct rec *group_current(const struct store *s, struct str key)
{
    struct rec *r = map_get(&s->group.overlay, key);
    if (!r) r = omap_get(&s->index.keys, key);
    return r && r->value ? r : NULL;
}

static const char *txn_refusal(const struct store_txn *t)
{
    if (t->nops < 0 || t->nops > STORE_TXN_OPS_MAX) return "too many changes in one transaction";
    for (int i = 0; i < t->nops; i++) {
        const struct store_op *op = &t->ops[i];
        if (op->key.n == 0 || op->key.n > STORE_KEY_MAX) return "the key is too long";
        if (op->kind == STORE_PUT && op->value->n > STORE_VALUE_MAX) return "the value is too large";
    }
    return NULL;
}

static bool op_holds(const struct store_op *op, const struct rec *now)
{
    if (op->kind == STORE_DELETE && !now) return false;
    return op->expect_rev == STORE_ANY_REV || op->expect_rev == (now ? id_rev(now->id) : 0);
}

static void group_change(struct store *s, const struct store_op *op, uint64_t id)
{
    struct group *g = &s->group;
    struct rec *prev = group_current(s, op->key);
    KASSERT(!prev || id_rev(prev->id) < id_rev(id)); /* a key occurs once in a transaction */
    bool put = op->kind == STORE_PUT;
    struct rec *now = rec_new(&(struct rec_init){
        .key = op->key,
        .value = put ? blob_ref(op->value) : NULL,
        .id = id,
        .prev_id = prev ? prev->id : 0,
        .create_rev = prev ? prev->create_rev : id_rev(id),
        .version = put ? (prev ? prev->version : 0) + 1 : 0,
        .time_ms = g->now_ms,
        .expires_at_ms = put ? op->expires_at_ms : 0,
    });
    if (g->nchanges == g->cap_changes) {
        g->cap_changes = g->cap_changes ? g->cap_changes * 2 : STORE_GROUP_OPS_MAX;
        g->changes = xreallocarray(g->changes, g->cap_changes, sizeof *g->changes);
    }
    g->changes[g->nchanges++] = (struct change){.now = now, .prev = rec_ref(prev), .tag = op->tag};
    map_set(&g->overlay, op->key, now);
}

static void group_decide(struct store *s, struct store_txn *t)
{
    struct group *g = &s->group;
    if (g->nslots == g->cap_slots) {
        g->cap_slots = g->cap_slots ? g->cap_slots * 2 : 64;
        g->slots = xreallocarray(g->slots, g->cap_slots, sizeof *g->slots);
    }
    struct slot *sl = &g->slots[g->nslots++];
    *sl = (struct slot){.txn = t, .failed_op = -1, .first = g->nchanges, .refused = txn_refusal(t)};
    if (sl->refused) {
        sl->verdict = VERDICT_REFUSED;
        return;
    }
    for (int i = 0; i < t->nops; i++) {
        struct rec *now = group_current(s, t->ops[i].key);
        if (op_holds(&t->ops[i], now)) continue;
        sl->verdict = VERDICT_CONFLICT;
        sl->failed_op = i;
        sl->present = rec_ref(now);
        return;
    }
    if (t->nops > 0) g->rev++;
    sl->rev = g->rev;
    for (int i = 0; i < t->nops; i++) group_change(s, &t->ops[i], rev_id(g->rev) + (uint64_t)i);
    sl->count = (size_t)t->nops;
}

/* ---- Committing ---- */

/* A key that keeps no history: the version before the one that is now superseded goes at once. (The superseded
 * one stays, because the new event refers to it; its own event has lost its previous version by this.) */
static bool group_drop(struct store *s, const struct change *c, struct err *e)
{
    struct group *g = &s->group;
    if (!s->newest_only.p || !c->prev || !c->prev->prev_id || !str_starts(rec_key(c->now), s->newest_only)) return true;
    g->dropped = MAX(g->dropped, id_rev(c->prev->id));
    return s->log->ops->drop(s->log, c->prev->prev_id, c->prev->id, e);
}

static bool group_commit(struct store *s, struct err *e)
{
    struct group *g = &s->group;
    const struct elog_ops *ops = s->log->ops;
    if (g->nchanges == 0) return true;
    if (!ops->begin(s->log, e)) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < g->nchanges; i++)
        ok = ops->append(s->log, &g->changes[i], e) && group_drop(s, &g->changes[i], e);
    if (ok && ops->commit(s->log, g->dropped, e)) return true;
    ops->rollback(s->log);
    return false;
}

/* ---- Telling ---- */

static void group_apply(struct store *s)
{
    struct group *g = &s->group;
    if (g->nchanges == 0) return;
    pthread_rwlock_wrlock(&s->index.lock);
    /* Former recs are also in changes[i].prev, so none is freed under the lock. */
    for (size_t i = 0; i < g->nchanges; i++) rec_unref(index_set(&s->index, rec_ref(g->changes[i].now)));
    s->index.rev = g->rev;
    atomic_store(&s->dropped, g->dropped);
    atomic_store(&s->rev, g->rev);
    pthread_rwlock_unlock(&s->index.lock);
    for (size_t i = 0; i < g->nchanges; i++) expire_track(s, g->changes[i].prev, g->changes[i].now);
}

static void group_tell(struct store *s, const struct slot *sl)
{
    struct group *g = &s->group;
    if (!s->o.on_commit || sl->count == 0) return;
    if (sl->count > g->cap_events) {
        g->cap_events = sl->count;
        g->events = xreallocarray(g->events, g->cap_events, sizeof *g->events);
    }
    for (size_t i = 0; i < sl->count; i++) {
        const struct change *c = &g->changes[sl->first + i];
        g->events[i] = (struct store_event){
            .rev = sl->rev,
            .create_rev = c->now->create_rev,
            .version = c->now->version,
            .deleted = !c->now->value,
            .key = rec_key(c->now),
            .value = c->now->value,
            .prev = c->prev ? c->prev->value : NULL,
            .prev_rev = id_rev(c->now->prev_id),
            .tag = c->tag,
        };
    }
    s->o.on_commit(s->o.arg, g->events, (int)sl->count, sl->rev);
}

static void slot_answer(const struct slot *sl)
{
    struct store_result r = {.failed_op = sl->failed_op};
    switch (sl->verdict) {
    case VERDICT_REFUSED: txn_fail(sl->txn, ERR_TOO_LARGE, sl->refused); return;
    case VERDICT_OK:
        r.ok = true;
        r.rev = sl->rev;
        break;
    case VERDICT_CONFLICT:
        r.conflict = true;
        r.present = sl->present ? sl->present->value : NULL;
        r.present_rev = sl->present ? id_rev(sl->present->id) : 0;
        break;
    }
    sl->txn->done(sl->txn, &r);
}

static void group_clear(struct group *g)
{
    map_release(&g->overlay, NULL);
    for (size_t i = 0; i < g->nchanges; i++) change_release(&g->changes[i]);
    for (size_t i = 0; i < g->nslots; i++) rec_unref(g->slots[i].present);
    g->nchanges = g->nslots = 0;
}

void group_run(struct store *s, struct store_txn *list)
{
    struct group *g = &s->group;
    struct err e = ERR_INIT;
    g->rev = atomic_load(&s->rev);
    g->dropped = atomic_load(&s->dropped);
    g->now_ms = clk_ms();
    for (struct store_txn *t = list, *next; t; t = next) {
        next = t->next; /* the caller's again once it was answered */
        group_decide(s, t);
    }
    bool ok = group_commit(s, &e);
    if (ok) {
        group_apply(s);
        for (size_t i = 0; i < g->nslots; i++) group_tell(s, &g->slots[i]);
    }
    for (size_t i = 0; i < g->nslots; i++) {
        if (ok)
            slot_answer(&g->slots[i]);
        else
            txn_fail(g->slots[i].txn, e.code, e.text);
    }
    if (s->o.on_group_end) s->o.on_group_end(s->o.arg);
    group_clear(g);
}

void group_release(struct group *g)
{
    group_clear(g);
    free(g->slots);
    free(g->changes);
    free(g->events);
}
