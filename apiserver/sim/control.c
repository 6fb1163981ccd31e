/* control.c - the components' control streams: clock, steppers and turns as one line, sent whole on every change; for
 * the scheduler also a line for each review.
 * Reads: the state of sim/.
 * Writes: streams (stream thread). */
#include "apiserver/sim/sim_priv.h"

#include "base/log.h"

#include <stdlib.h>

struct control { /* stream thread, but for its making */
    struct control *prev, *next;
    struct stream *stream; /* set by the first fill */
    uint64_t sent;         /* the version that was written last; 0: none */
    uint64_t number;       /* which stream this is */
    bool reviews;          /* the scheduler's: it answers reviews */
    char component[COMPONENT_NAME_MAX + 1];
};

static struct control *controls; /* stream thread */
static _Atomic uint64_t version = 1;
static _Atomic uint64_t last_number;
static _Atomic int open_count;
static _Atomic bool kicked;

static void write_state(struct stream *s, struct control *c)
{
    uint64_t now = atomic_load(&version); /* before the state is read: a later change makes another line */
    if (c->sent == now) return;
    c->sent = now;
    struct buf line AUTO_BUF = {0};
    buf_init(&line, STREAM_QUEUE_MAX);
    buf_char(&line, '{');
    clock_write_state(&line);
    buf_char(&line, ',');
    gate_write_state(&line);
    buf_addf(&line, ",\"turns\":%s,\"move\":%llu}\n", turns_on() ? "true" : "false",
             (unsigned long long)advance_move());
    if (buf_ok(&line)) stream_write(s, buf_view(&line));
}

static void write_reviews(struct stream *s, const struct control *c)
{
    while (!stream_full(s)) {
        const struct blob *line = reviews_next(c->number);
        if (!line) return;
        stream_write_blob(s, line);
        blob_unref(line);
    }
}

static void fill(struct stream *s, void *arg)
{
    struct control *c = arg;
    if (!c->stream) {
        c->stream = s;
        c->next = controls;
        if (controls) controls->prev = c;
        controls = c;
    }
    write_state(s, c);
    if (c->reviews) write_reviews(s, c);
}

static void closed(struct stream *s, void *arg)
{
    struct control *c = arg;
    (void)s;
    if (c->stream) {
        *(c->prev ? &c->prev->next : &controls) = c->next;
        if (c->next) c->next->prev = c->prev;
    }
    atomic_fetch_sub(&open_count, 1);
    LOG_I("component %s left", c->component);
    gate_disconnected(c->component);
    turns_left(c->component);
    if (c->reviews) reviews_left(c->number);
    free(c);
}

static void kick_all(void *arg)
{
    (void)arg;
    atomic_store(&kicked, false);
    for (struct control *c = controls; c; c = c->next) stream_kick(c->stream);
}

void control_wake(void)
{
    if (!atomic_load(&open_count) || atomic_exchange(&kicked, true)) return;
    if (!stream_post(kick_all, NULL)) atomic_store(&kicked, false);
}

void control_changed(void)
{
    atomic_fetch_add(&version, 1);
    control_wake();
}

void control_open(struct request *r)
{
    static const struct stream_ops ops = {.fill = fill, .closed = closed};
    struct str name = request_arg_str(r, "component");
    if (!name.n) name = str_of(r->user.component);
    if (name.n > COMPONENT_NAME_MAX || !sim_is_name(name)) {
        sim_fail(r, ERR_BAD_REQUEST, "component: must be a DNS label");
        return;
    }
    if (atomic_fetch_add(&open_count, 1) >= CONTROL_STREAMS_MAX) {
        atomic_fetch_sub(&open_count, 1);
        sim_fail(r, ERR_TOO_MANY, "there are %d control streams already", CONTROL_STREAMS_MAX);
        return;
    }
    struct control *c = xcalloc(1, sizeof *c);
    memcpy(c->component, name.p, name.n);
    c->number = atomic_fetch_add(&last_number, 1) + 1;
    c->reviews = str_eqc(name, "scheduler");
    LOG_I("component %s connected", c->component);
    gate_connected(c->component);
    turns_joined(c->component);
    if (c->reviews) reviews_joined(c->number);
    stream_start(r, "application/json", &ops, c);
}
