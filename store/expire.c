/* expire.c - keys that are deleted at a moment of the cluster's clock. A timer (clk.h) wakes the writer; the
 * delete then is a transaction like anybody's, on the condition that the key is still the one that was to expire.
 * Reads the clock; writes the heap of expiring keys. Everything here but the timer's callback runs on the writer. */
#include "store/store_priv.h"

#include "base/mem.h"
#include "base/mono.h"

#include <stdlib.h>

struct expiry {
    struct store_txn txn;
    struct store_op op;
    struct rec *rec; /* referenced */
    struct store *store;
};

static bool expires_earlier(const struct heap_item *a, const struct heap_item *b)
{
    const struct rec *x = CONTAINER_OF(a, struct rec, expiry), *y = CONTAINER_OF(b, struct rec, expiry);
    return x->expires_at_ms != y->expires_at_ms ? x->expires_at_ms < y->expires_at_ms : x->id < y->id;
}

static void timer_fired(void *arg)
{
    struct store *s = arg;
    mutex_lock(&s->lock);
    s->expire_due = true;
    writer_wake(s);
    mutex_unlock(&s->lock);
}

void expire_init(struct store *s)
{
    heap_init(&s->expiries, expires_earlier);
    clk_timer_init(&s->timer, timer_fired, s);
    s->armed_ms = INT64_MAX;
}

void expire_release(struct store *s)
{
    clk_timer_stop(&s->timer);
    heap_release(&s->expiries);
}

/* A rec is in the heap as long as it is its key's present one, which the index's reference outlives. */
void expire_track(struct store *s, struct rec *former, struct rec *now)
{
    if (former) heap_remove(&s->expiries, &former->expiry);
    if (now && now->value && now->expires_at_ms > 0) heap_push(&s->expiries, &now->expiry);
}

/* In a group expiries come first, so that nothing but a failed commit can refuse them: then they are tried again. */
static void expired(struct store_txn *t, const struct store_result *r)
{
    struct expiry *x = CONTAINER_OF(t, struct expiry, txn);
    if (!r->ok && !r->conflict) {
        expire_track(x->store, NULL, x->rec);
        x->store->expire_retry_ns = mono_ns() + STORE_RETRY_MS * INT64_C(1000000);
    }
    rec_unref(x->rec);
    free(x);
}

static struct store_txn *expiry_new(struct store *s, struct rec *r)
{
    struct expiry *x = xmalloc(sizeof *x);
    *x = (struct expiry){
        .op = {.kind = STORE_DELETE, .key = rec_key(r), .expect_rev = id_rev(r->id)},
        .rec = rec_ref(r),
        .store = s,
    };
    x->txn = (struct store_txn){.ops = &x->op, .nops = 1, .done = expired};
    return &x->txn;
}

struct store_txn *expire_take(struct store *s, struct store_txn *next)
{
    int64_t now = clk_ms();
    struct store_txn *first = NULL, **at = &first;
    s->expire_retry_ns = 0;
    s->armed_ms = 0; /* has fired, or not: it is set anew in any case */
    for (int n = 0; n < STORE_EXPIRE_GROUP_MAX; n++) {
        struct heap_item *top = heap_peek(&s->expiries);
        struct rec *r = top ? CONTAINER_OF(top, struct rec, expiry) : NULL;
        if (!r || r->expires_at_ms > now) break;
        heap_pop(&s->expiries);
        *at = expiry_new(s, r);
        at = &(*at)->next;
    }
    *at = next;
    return first;
}

void expire_arm(struct store *s)
{
    struct heap_item *top = heap_peek(&s->expiries);
    int64_t due = top ? CONTAINER_OF(top, struct rec, expiry)->expires_at_ms : INT64_MAX;
    if (due == s->armed_ms || s->expire_retry_ns) return;
    s->armed_ms = due;
    if (due == INT64_MAX)
        clk_timer_stop(&s->timer);
    else
        clk_timer_start_at_ns(&s->timer, due > INT64_MAX / 1000000 ? INT64_MAX : due * 1000000);
}
