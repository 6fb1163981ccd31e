/* decisions.c - see decisions.h.
 * Reads: decisions.   Writes: POST /apis/sim.kubestep.dev/v1/decisions. */
#include "scheduler/decisions.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/mono.h"
#include "base/thread.h"
#include "scheduler/limits.h"

#include <stdlib.h>

enum {
    BATCH_BYTES_MAX = 2 << 20,
    RETRY_MS = 200,
    TIDY_AFTER_MS = 1000, /* without a decision */
    PACE_MS = 20,         /* between requests that are not full: one decision is sent at once, many go together */
};

struct decisions {
    struct rest *rest;
    pthread_t thread;
    pthread_mutex_t lock; /* everything below */
    pthread_cond_t more;
    char *waiting[DECISIONS_QUEUED]; /* ring of JSON texts */
    int first, count;
    bool stop;
    struct metric *dropped;
};

/* Takes up to a batch off the ring as one body. Called with the lock held. */
static void take_batch(struct decisions *d, struct buf *body)
{
    buf_cstr(body, "{\"kind\":\"DecisionList\",\"apiVersion\":\"sim.kubestep.dev/v1\",\"items\":[");
    for (int n = 0; d->count && n < DECISIONS_BATCH; n++) {
        char *text = d->waiting[d->first];
        if (n && body->n + strlen(text) > BATCH_BYTES_MAX) break;
        if (n) buf_char(body, ',');
        buf_cstr(body, text);
        free(text);
        d->first = (d->first + 1) % DECISIONS_QUEUED;
        d->count--;
    }
    buf_cstr(body, "]}");
}

static void send(struct decisions *d, const struct buf *body)
{
    struct err e = ERR_INIT;
    const struct rest_call call = {
        .method = "POST", .path = "/apis/sim.kubestep.dev/v1/decisions", .raw_body = buf_view(body)};
    for (int tries = 0; tries < 2; tries++) {
        if (rest_do(d->rest, &call, NULL, &e)) return;
        if (!err_info(e.code)->retry) break;
        mono_sleep_ms(RETRY_MS);
    }
    LOG_W("decisions not sent err=\"%s\"", e.text);
}

/* Called with the lock held; gives it back meanwhile. */
static void gather(struct decisions *d, int64_t until_ns)
{
    while (!d->stop && d->count < DECISIONS_BATCH && mono_ns() < until_ns)
        cond_wait_until(&d->more, &d->lock, until_ns);
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
        untidy = true;
        sent_ns = mono_ns();
        struct buf body AUTO_BUF = {0};
        buf_init(&body, 2 * BATCH_BYTES_MAX + (64 << 20));
        take_batch(d, &body);
        mutex_unlock(&d->lock);
        send(d, &body);
        mutex_lock(&d->lock);
    }
    mutex_unlock(&d->lock);
    return NULL;
}

struct decisions *decisions_new(struct rest *r)
{
    struct decisions *d = xcalloc(1, sizeof *d);
    d->rest = r;
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

void decisions_add(struct decisions *d, const struct json *decision)
{
    struct buf text;
    buf_init(&text, 64 << 20);
    json_write(&text, decision);
    decisions_add_text(d, buf_take(&text));
}

void decisions_add_text(struct decisions *d, char *text)
{
    mutex_lock(&d->lock);
    if (d->count == DECISIONS_QUEUED) {
        free(d->waiting[d->first]);
        d->first = (d->first + 1) % DECISIONS_QUEUED;
        d->count--;
        metric_add(d->dropped, 1);
    }
    d->waiting[(d->first + d->count++) % DECISIONS_QUEUED] = text;
    pthread_cond_signal(&d->more);
    mutex_unlock(&d->lock);
}
