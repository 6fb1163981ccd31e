/* reset.c - see reset.h.
 * Reads: the cache.   Writes: the store; the side tables (walks, decisions, steppers go). */
#include "apiserver/sim/reset.h"

#include "apiserver/rest/status.h"
#include "apiserver/sim/sim_priv.h"
#include "apiserver/watch/state.h"
#include "base/heap.h"
#include "base/mono.h"

static struct {
    pthread_mutex_t lock; /* everything below */
    struct cache_state *begin;
    bool fenced;             /* components may not write */
    int under_way;           /* writes of components */
    struct request *waiting; /* the reset that waits for these */
    bool busy;
    _Atomic bool closing;
    uint64_t writes, writes_then; /* of clients: so far, and when the present reset began */
} state = {.lock = MUTEX_INIT};

struct reset { /* one that is under way; in its request's arena */
    struct request *r;
    struct cache_way way;
    struct store_txn txn;
    struct err err;
    bool conflict, puts; /* the second transaction */
    int tries;
};

static void begin(struct request *r);

/* ---- Who may write ---- */

static bool refuse(struct request *r)
{
    status_failf(r, ERR_CONFLICT, "the cluster is being reset");
    return false;
}

bool reset_admits(struct request *r)
{
    mutex_lock(&state.lock);
    bool own = r->user.component, admitted = !own || !state.fenced || r->target.verb == VERB_CREATE;
    if (!own) state.writes++;
    if (!own && !state.begin) state.begin = cache_state_take();
    r->of_component = own && admitted;
    state.under_way += r->of_component;
    mutex_unlock(&state.lock);
    return admitted || refuse(r);
}

bool reset_admits_create(struct request *r, const struct json *object)
{
    if (!r->of_component) return true;
    mutex_lock(&state.lock);
    bool fenced = state.fenced;
    mutex_unlock(&state.lock);
    bool of_before = obj_count(object, ".metadata.ownerReferences") || obj_has(object, ".involvedObject") ||
                     obj_has(object, ".spec.claimRef") || r->target.sub;
    return !fenced || !of_before || refuse(r);
}

/* Under the lock: the reset goes on when nothing is under way any more. */
static struct request *take_waiting(void)
{
    struct request *r = state.under_way ? NULL : state.waiting;
    if (r) state.waiting = NULL;
    return r;
}

void reset_leave(struct request *r)
{
    if (!r->of_component) return;
    mutex_lock(&state.lock);
    r->of_component = false;
    state.under_way--;
    struct request *next = take_waiting();
    mutex_unlock(&state.lock);
    if (next) request_later(next, begin);
}

static void set_fence(bool on)
{
    mutex_lock(&state.lock);
    state.fenced = on;
    mutex_unlock(&state.lock);
}

/* ---- The end ---- */

static void over(void)
{
    mutex_lock(&state.lock);
    state.fenced = state.busy = false;
    mutex_unlock(&state.lock);
}

static void failed(struct reset *z)
{
    over();
    status_fail(z->r, &z->err);
    rest_finish(z->r);
}

/* What our components had not made yet when the first client wrote (accounts of namespaces, say) is there by now: it
 * stays from now on. */
static void renew_begin(void)
{
    struct cache_state *was = NULL;
    mutex_lock(&state.lock);
    if (state.begin && state.writes == state.writes_then) {
        was = state.begin;
        state.begin = cache_state_take();
    }
    mutex_unlock(&state.lock);
    cache_state_free(was);
}

static void answer(struct request *r)
{
    if (!state.closing) renew_begin();
    over();
    sim_ok(r);
}

/* Components have dropped what they had in mind for the state before. */
static void settle_again(struct request *r)
{
    set_fence(false);
    if (state.closing || !advance_start(r, 0, answer)) answer(r);
}

static void settle(struct request *r)
{
    if (turns_on() || !turns_anyone() || !advance_start(r, 0, settle_again)) answer(r);
}

static void clear(struct side *t)
{
    side_lock(t);
    while (t->eldest) side_remove(t, t->eldest);
    side_unlock(t);
}

/* ---- The transactions ---- */

static void submit(struct reset *z);

static void go_on(struct request *r)
{
    struct reset *z = r->ctx;
    cache_way_release(&z->way);
    if (z->conflict && ++z->tries == RESET_TRIES)
        (void)err_set(&z->err, ERR_CONFLICT, "the cluster is written to all the while: nothing can be reset");
    if (z->err.code) {
        failed(z);
    } else if (z->conflict || !z->puts) {
        z->puts = z->puts || !z->conflict;
        submit(z);
    } else {
        cache_expire_watches();
        clear(&walks);
        clear(&decisions);
        settle(r);
    }
}

/* Writer thread. */
static void stored(struct store_txn *t, const struct store_result *res)
{
    struct reset *z = CONTAINER_OF(t, struct reset, txn);
    z->conflict = res->conflict;
    if (!res->ok && !res->conflict) z->err = res->err;
    request_later(z->r, go_on);
}

static void submit(struct reset *z)
{
    if (z->puts)
        cache_way_put(state.begin, &z->way);
    else
        cache_way_delete(state.begin, &z->way);
    z->conflict = false;
    z->txn = (struct store_txn){.ops = z->way.ops, .nops = z->way.nops, .done = stored};
    if (z->way.nops)
        store_submit(cache_store(), &z->txn);
    else
        go_on(z->r);
}

static void begin(struct request *r)
{
    struct reset *z = ARENA_NEW(&r->arena, struct reset);
    z->r = r;
    r->ctx = z;
    if (state.begin)
        submit(z);
    else
        settle(r); /* no client has written anything yet */
}

/* A write of a component that takes too long (held at a gate, say) is not waited for. */
static void stop_waiting(void *arg)
{
    (void)arg;
    mutex_lock(&state.lock);
    struct request *r = state.waiting;
    state.waiting = NULL;
    mutex_unlock(&state.lock);
    if (r) request_later(r, begin);
}

void reset_post(struct request *r)
{
    if (!sim_is_master(&r->user)) {
        sim_fail(r, ERR_FORBIDDEN, "only system:masters may reset the cluster");
        return;
    }
    gate_delete_all();
    mutex_lock(&state.lock);
    bool busy = state.busy;
    if (!busy) {
        state.busy = state.fenced = true;
        state.writes_then = state.writes;
        state.waiting = r;
    }
    struct request *next = busy ? NULL : take_waiting();
    mutex_unlock(&state.lock);
    if (busy)
        sim_fail(r, ERR_CONFLICT, "the cluster is being reset already");
    else if (next)
        request_later(next, begin);
    else
        stream_at(mono_ns() + RESET_WAIT_MS * INT64_C(1000000), stop_waiting, NULL);
}

void reset_shutdown(void)
{
    mutex_lock(&state.lock);
    state.closing = true;
    mutex_unlock(&state.lock);
    stop_waiting(NULL);
}
