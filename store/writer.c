/* writer.c - the queue and the one thread that empties it. A group is whatever waits, up to a limit;
 * nothing is held back for a group to grow. Reads the queue; writes through group.c, compact.c, expire.c. */
#include "store/store_priv.h"

#include "base/mem.h"
#include "base/mono.h"

void writer_wake(struct store *s)
{
    if (!s->sleeping) return;
    s->sleeping = false;
    pthread_cond_signal(&s->wake);
}

void store_submit(struct store *s, struct store_txn *t)
{
    t->next = NULL;
    if (s->o.read_only) {
        txn_fail(t, ERR_IO, "the store was opened read-only");
        return;
    }
    mutex_lock(&s->lock);
    bool closed = s->closing;
    if (!closed) {
        s->started = true;
        if (s->tail)
            s->tail->next = t;
        else
            s->head = t;
        s->tail = t;
        writer_wake(s);
    }
    mutex_unlock(&s->lock);
    if (closed) txn_fail(t, ERR_CLOSED, "the store is closed");
}

void store_start(struct store *s)
{
    mutex_lock(&s->lock);
    s->started = true;
    s->expire_due = true; /* the writer looks what is due and sets the timer for the rest */
    writer_wake(s);
    mutex_unlock(&s->lock);
}

static size_t txn_bytes(const struct store_txn *t)
{
    size_t n = 0;
    for (int i = 0; i < t->nops; i++)
        if (t->ops[i].kind == STORE_PUT) n += t->ops[i].value->n;
    return n;
}

/* Cuts a group off the head of the queue. With s->lock held. */
static struct store_txn *queue_take(struct store *s)
{
    struct store_txn *first = s->head, *last = NULL;
    size_t bytes = 0;
    for (int ops = 0; s->head; s->head = s->head->next) {
        ops += MAX(s->head->nops, 1);
        bytes += txn_bytes(s->head);
        if (last && (ops > STORE_GROUP_OPS_MAX || bytes > STORE_GROUP_BYTES_MAX)) break;
        last = s->head;
    }
    if (last) last->next = NULL;
    if (!s->head) s->tail = NULL;
    return first;
}

static bool compact_wanted(const struct store *s) { return s->compact_want > atomic_load(&s->compacted) + 1; }

/* Nothing to do. With s->lock held. */
static bool writer_idle(struct store *s)
{
    if (s->expire_retry_ns && mono_ns() >= s->expire_retry_ns) s->expire_due = true;
    if (s->head || s->closing || s->expire_due) return false;
    return !compact_wanted(s) || mono_ns() < s->compact_retry_ns;
}

static void writer_wait(struct store *s)
{
    while (writer_idle(s)) {
        int64_t until = s->expire_retry_ns ? s->expire_retry_ns : INT64_MAX;
        if (compact_wanted(s)) until = MIN(until, s->compact_retry_ns);
        s->sleeping = true;
        cond_wait_until(&s->wake, &s->lock, until);
        s->sleeping = false;
    }
}

void *writer_main(void *store)
{
    struct store *s = store;
    bool more = false;
    for (;;) {
        mutex_lock(&s->lock);
        if (!more) writer_wait(s);
        struct store_txn *list = queue_take(s);
        bool expire = s->expire_due && !s->closing, started = s->started;
        bool end = s->closing && !list;
        s->expire_due = false;
        mutex_unlock(&s->lock);
        if (end) return NULL;
        if (expire) list = expire_take(s, list);
        if (list) {
            group_run(s, list);
            s->log->ops->tidy(s->log);
        }
        more = compact_turn(s);
        if (started) expire_arm(s);
    }
}

/* ---- Waiting for an answer ---- */

struct sync_txn {
    struct store_txn txn;
    struct store_result *result;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done;
};

static void sync_done(struct store_txn *t, const struct store_result *r)
{
    struct sync_txn *w = CONTAINER_OF(t, struct sync_txn, txn);
    mutex_lock(&w->lock);
    *w->result = *r;
    w->result->present = blob_ref(r->present);
    w->done = true;
    pthread_cond_signal(&w->cond); /* inside the lock: the waiter's stack is gone as soon as it can run */
    mutex_unlock(&w->lock);
}

struct store_result store_submit_sync(struct store *s, struct store_op *ops, int nops)
{
    struct store_result r;
    struct sync_txn w = {.txn = {.ops = ops, .nops = nops, .done = sync_done}, .result = &r, .lock = MUTEX_INIT};
    cond_init_mono(&w.cond);
    store_submit(s, &w.txn);
    mutex_lock(&w.lock);
    while (!w.done) cond_wait_until(&w.cond, &w.lock, INT64_MAX);
    mutex_unlock(&w.lock);
    pthread_mutex_destroy(&w.lock);
    pthread_cond_destroy(&w.cond);
    return r;
}
