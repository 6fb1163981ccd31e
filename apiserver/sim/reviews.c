/* reviews.c - reviews over HTTP: lines of the scheduler's control stream, control/reviewed.
 * Reads: what the scheduler answers.   Writes: the table of those that wait; requests go back to the workers. */
#include "apiserver/sim/reviews.h"

#include "apiserver/rest/rest.h"
#include "apiserver/rest/status.h"
#include "apiserver/rest/write.h"
#include "apiserver/sim/sim_priv.h"
#include "base/mono.h"

struct asking { /* of a request, in its arena */
    struct request *r;
    struct review_answer *answer;
    void (*then)(struct request *r);
};

static pthread_mutex_t lock = MUTEX_INIT;
static struct review_table table; /* lock */
static _Atomic uint64_t last_id;

static bool asker_gone(const void *owner) { return request_client_gone(((const struct asking *)owner)->r); }

static void end(struct asking *a, enum review_end why)
{
    a->answer->end = why;
    request_later(a->r, a->then);
}

/* Gives away who waits no longer. */
static void end_all(int64_t now)
{
    for (;;) {
        enum review_end why;
        mutex_lock(&lock);
        struct asking *a = review_ended(&table, now, asker_gone, &why);
        mutex_unlock(&lock);
        if (!a) return;
        end(a, why);
    }
}

bool reviews_ask(struct request *r, struct str members, struct review_answer *answer, void (*then)(struct request *r))
{
    struct buf line AUTO_BUF = {0};
    struct asking *a = ARENA_NEW(&r->arena, struct asking);
    uint64_t id = atomic_fetch_add(&last_id, 1) + 1;
    *a = (struct asking){r, answer, then};
    buf_init(&line, members.n + 64);
    buf_addf(&line, "{\"review\":{\"id\":%llu,", (unsigned long long)id);
    buf_str(&line, members);
    buf_cstr(&line, "}}\n");
    const struct blob *b = blob_new(buf_view(&line));
    mutex_lock(&lock);
    answer->end = review_add(&table, id, a, b, mono_ns());
    bool waits = answer->end == REVIEW_ANSWERED; /* it will be, or changed: r is no longer ours */
    mutex_unlock(&lock);
    if (!waits) {
        blob_unref(b);
        return false;
    }
    control_wake();
    sweep_start();
    return true;
}

/* ---- The scheduler's streams ---- */

void reviews_joined(uint64_t stream)
{
    mutex_lock(&lock);
    review_join(&table, stream);
    mutex_unlock(&lock);
}

void reviews_left(uint64_t stream)
{
    mutex_lock(&lock);
    review_leave(&table, stream);
    mutex_unlock(&lock);
    end_all(mono_ns());
    control_wake(); /* what was meant for it goes to another */
}

const struct blob *reviews_next(uint64_t stream)
{
    mutex_lock(&lock);
    const struct blob *line = review_next(&table, stream);
    mutex_unlock(&lock);
    return line;
}

bool reviews_sweep(int64_t now)
{
    end_all(now);
    mutex_lock(&lock);
    bool left = table.count > 0;
    mutex_unlock(&lock);
    return left;
}

void reviews_open(void)
{
    mutex_lock(&lock);
    table.closed = false;
    mutex_unlock(&lock);
}

void reviews_close(void)
{
    mutex_lock(&lock);
    table.closed = true;
    mutex_unlock(&lock);
    end_all(mono_ns());
}

/* ---- HTTP ---- */

void reviews_reviewed(struct request *r)
{
    if (!str_eqc(str_of(r->user.component), "scheduler")) {
        sim_fail(r, ERR_FORBIDDEN, "only the scheduler answers reviews");
        return;
    }
    const struct json *body = sim_body(r);
    if (!body) return;
    int64_t id = obj_int(body, ".id", 0);
    mutex_lock(&lock);
    struct asking *a = id > 0 ? review_answered(&table, (uint64_t)id) : NULL;
    mutex_unlock(&lock);
    if (!a) {
        sim_fail(r, ERR_NOT_FOUND, "nobody waits for review %lld", (long long)id);
        return;
    }
    a->answer->text = str_copy(&a->r->arena, r->body);
    end(a, REVIEW_ANSWERED);
    sim_ok(r);
}

void review_post(struct request *r)
{
    rest_begin_work();
    request_later(r, rest_write);
}
