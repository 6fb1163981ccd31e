/* decisions.c - see decisions.h. A table is sent with the first Decision that refers to it, and again when the API
 * server says that it does not know one (it was restarted, or has forgotten all that referred to it). Reads: accounts.
 * Writes: POST /apis/sim.kubestep.dev/v1/decisions. */
#include "scheduler/decisions.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/mono.h"
#include "base/thread.h"
#include "scheduler/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BATCH_BYTES_MAX = 2 << 20,
    TRIES = 3,
    RETRY_MS = 200,
    TIDY_AFTER_MS = 1000, /* without a decision */
    PACE_MS = 20,         /* between requests that are not full: one decision is sent at once, many go together */
};

struct decisions {
    struct rest *rest;
    char process[40]; /* ids of tables are our own: another scheduler has others */
    pthread_t thread;
    uint32_t known[TABLES_KNOWN]; /* sender: ids of tables that were sent last; 0: none */
    int nknown;
    pthread_mutex_t lock; /* everything below */
    pthread_cond_t more;
    struct account waiting[DECISIONS_QUEUED]; /* ring */
    int first, count;
    size_t bytes; /* of their text */
    bool stop;
    struct metric *dropped;
};

/* ---- One batch; the sender's ---- */

struct batch {
    struct account v[DECISIONS_BATCH];
    int n;
};

static struct account take(struct decisions *d)
{
    struct account a = d->waiting[d->first];
    d->first = (d->first + 1) % DECISIONS_QUEUED;
    d->count--;
    d->bytes -= a.n;
    return a;
}

static size_t table_bytes(const struct node_table *t)
{
    size_t n = 0;
    for (int i = 0; t && i < t->n; i++) n += t->names[i]->n + 3;
    return n;
}

static const struct node_table *last_table(const struct batch *b) { return b->n ? b->v[b->n - 1].table : NULL; }

/* What fits into one body, its tables too. Called with the lock held. */
static void take_batch(struct decisions *d, struct batch *b)
{
    size_t bytes = 0;
    while (d->count && b->n < DECISIONS_BATCH) {
        const struct account *next = &d->waiting[d->first];
        bytes += next->n + (next->table != last_table(b) ? table_bytes(next->table) : 0);
        if (b->n && bytes > BATCH_BYTES_MAX) return;
        b->v[b->n++] = take(d);
    }
}

static bool knows(const struct decisions *d, uint32_t id)
{
    for (int i = 0; i < MIN(d->nknown, TABLES_KNOWN); i++)
        if (d->known[i] == id) return true;
    return false;
}

static void write_body(struct decisions *d, const struct batch *b, struct buf *body)
{
    bool any = false;
    buf_addf(body, "{\"kind\":\"DecisionList\",\"apiVersion\":\"sim.kubestep.dev/v1\",\"process\":\"%s\",\"tables\":[",
             d->process);
    for (int i = 0; i < b->n; i++) {
        const struct node_table *t = b->v[i].table;
        if (!t || knows(d, t->id)) continue;
        d->known[d->nknown++ % TABLES_KNOWN] = t->id;
        if (any) buf_char(body, ',');
        any = true;
        account_write_table(body, t);
    }
    buf_cstr(body, "],\"items\":[");
    for (int i = 0; i < b->n; i++) {
        if (i) buf_char(body, ',');
        buf_add(body, b->v[i].text, b->v[i].n);
    }
    buf_cstr(body, "]}");
}

static bool post(struct decisions *d, const struct batch *b, struct err *e)
{
    struct buf body AUTO_BUF = {0};
    buf_init(&body, 2 * BATCH_BYTES_MAX + (64 << 20));
    write_body(d, b, &body);
    const struct rest_call call = {
        .method = "POST", .path = "/apis/sim.kubestep.dev/v1/decisions", .raw_body = buf_view(&body)};
    return rest_do(d->rest, &call, NULL, e);
}

static void send(struct decisions *d, struct batch *b)
{
    struct err e = ERR_INIT;
    for (int tries = 0; tries < TRIES; tries++) {
        e = (struct err)ERR_INIT;
        if (post(d, b, &e)) return;
        d->nknown = 0; /* who knows what came through */
        if (e.code == ERR_CONFLICT) continue;
        if (!err_info(e.code)->retry) break;
        mono_sleep_ms(RETRY_MS);
    }
    LOG_W("decisions not sent err=\"%s\"", e.text);
}

static bool is_full(const struct decisions *d) { return d->count >= DECISIONS_BATCH || d->bytes >= BATCH_BYTES_MAX; }

/* Called with the lock held; gives it back meanwhile. */
static void gather(struct decisions *d, int64_t until_ns)
{
    while (!d->stop && !is_full(d) && mono_ns() < until_ns) cond_wait_until(&d->more, &d->lock, until_ns);
}

static void *sender(void *arg)
{
    struct decisions *d = arg;
    bool untidy = false; /* much was taken and given back since the heap was looked after */
    int64_t sent_ns = 0;
    mutex_lock(&d->lock);
    while (!d->stop || d->count) {
        if (!d->count) {
            bool woken =
                cond_wait_until(&d->more, &d->lock, untidy ? mono_ns() + TIDY_AFTER_MS * 1000000LL : INT64_MAX);
            if (woken || d->count) continue;
            mutex_unlock(&d->lock);
            mem_trim();
            untidy = false;
            mutex_lock(&d->lock);
            continue;
        }
        gather(d, sent_ns + PACE_MS * 1000000LL);
        struct batch b = {.n = 0};
        untidy = true;
        sent_ns = mono_ns();
        take_batch(d, &b);
        mutex_unlock(&d->lock);
        send(d, &b);
        for (int i = 0; i < b.n; i++) account_release(&b.v[i]);
        mutex_lock(&d->lock);
    }
    mutex_unlock(&d->lock);
    return NULL;
}

/* ---- Life ---- */

struct decisions *decisions_new(struct rest *r)
{
    struct decisions *d = xcalloc(1, sizeof *d);
    d->rest = r;
    snprintf(d->process, sizeof d->process, "%d-%lld", (int)getpid(), (long long)mono_ns());
    d->dropped =
        metric_counter("kubestep_scheduler_decisions_dropped_total", NULL, "Decisions that found the queue full.");
    pthread_mutex_init(&d->lock, NULL);
    cond_init_mono(&d->more);
    d->thread = thread_start("decisions", sender, d);
    return d;
}

void decisions_free(struct decisions *d)
{
    if (!d) return;
    mutex_lock(&d->lock);
    d->stop = true;
    pthread_cond_signal(&d->more);
    mutex_unlock(&d->lock);
    thread_join(d->thread);
    pthread_cond_destroy(&d->more);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

void decisions_add(struct decisions *d, struct account *a)
{
    mutex_lock(&d->lock);
    while (d->count == DECISIONS_QUEUED || (d->count && d->bytes + a->n > DECISIONS_QUEUED_BYTES)) {
        struct account oldest = take(d);
        account_release(&oldest);
        metric_add(d->dropped, 1);
    }
    d->waiting[(d->first + d->count++) % DECISIONS_QUEUED] = *a;
    d->bytes += a->n;
    *a = (struct account){0};
    if (d->count == 1 || is_full(d)) pthread_cond_signal(&d->more);
    mutex_unlock(&d->lock);
}
