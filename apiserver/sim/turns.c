/* turns.c - the turn arbiter over HTTP: control/take is held until its turn comes, control/give, control/report.
 * Reads: what components say.
 * Writes: responses; the clock, when the arbiter moves it. */
#include "apiserver/sim/sim_priv.h"
#include "apiserver/sim/turn.h"

#include "base/mono.h"

static pthread_mutex_t lock = MUTEX_INIT;
static struct turn_arbiter arbiter; /* lock */
static bool on, closing;

void turns_init(bool enabled, bool advance, uint64_t seed)
{
    on = enabled;
    closing = false;
    turn_init(&arbiter, seed, enabled && advance);
}

bool turns_on(void) { return on; }

/* Lets the arbiter go on as far as it can. No lock is held. */
static void run(void)
{
    for (;;) {
        void *owner = NULL;
        int64_t to = 0;
        mutex_lock(&lock);
        enum turn_act act = on && !closing ? turn_next(&arbiter, &owner, &to) : TURN_NONE;
        mutex_unlock(&lock);
        if (act == TURN_NONE) return;
        if (act == TURN_GRANT)
            request_later(owner, sim_ok);
        else
            clock_advance_to(to);
    }
}

void turns_joined(const char *component)
{
    mutex_lock(&lock);
    (void)turn_join(&arbiter, str_of(component));
    mutex_unlock(&lock);
}

/* Takes out the waiters that `which` names and answers them. Under the lock. */
static void drop_where(bool (*which)(const struct turn_waiter *w, int64_t now), int64_t now)
{
    for (size_t i = arbiter.nwaiters; i-- > 0;) {
        if (!which(&arbiter.waiters[i], now)) continue;
        struct request *r = arbiter.waiters[i].owner;
        turn_drop(&arbiter, i);
        request_later(r, sim_ok);
    }
}

static bool is_over(const struct turn_waiter *w, int64_t now)
{
    return !arbiter.components[w->component].streams || (now - w->since_ns) / 1000000 >= PARK_MAX_MS ||
           request_client_gone(w->owner);
}

static bool is_any(const struct turn_waiter *w, int64_t now)
{
    (void)w;
    (void)now;
    return true;
}

void turns_left(const char *component)
{
    mutex_lock(&lock);
    turn_leave(&arbiter, str_of(component));
    drop_where(is_over, mono_ns());
    mutex_unlock(&lock);
    run();
    advance_go();
}

bool turns_quiet(uint64_t move, int64_t *due_ns)
{
    mutex_lock(&lock);
    bool quiet = turn_all_quiet(&arbiter, move, due_ns);
    mutex_unlock(&lock);
    return quiet;
}

bool turns_anyone(void)
{
    mutex_lock(&lock);
    bool anyone = turn_count(&arbiter) > 0;
    mutex_unlock(&lock);
    return anyone;
}

bool turns_sweep(int64_t now)
{
    mutex_lock(&lock);
    drop_where(is_over, now);
    bool left = arbiter.nwaiters > 0;
    mutex_unlock(&lock);
    run();
    return left;
}

void turns_release_all(void)
{
    mutex_lock(&lock);
    closing = true;
    drop_where(is_any, 0);
    mutex_unlock(&lock);
}

/* ---- HTTP ---- */

static struct str component_of(const struct request *r, const struct json *body)
{
    struct str name = obj_str(body, ".component");
    return name.n ? name : str_of(r->user.component);
}

void turns_take(struct request *r)
{
    const struct json *body = sim_body(r);
    if (!body) return;
    struct str component = component_of(r, body);
    mutex_lock(&lock);
    bool held =
        on && !closing && turn_take(&arbiter, component, obj_str(body, ".kind"), obj_str(body, ".what"), mono_ns(), r);
    mutex_unlock(&lock);
    if (!held) {
        sim_ok(r); /* turns are off, or it is nobody that takes part */
        return;
    }
    sweep_start();
    run();
}

void turns_give(struct request *r)
{
    const struct json *body = sim_body(r);
    if (!body) return;
    mutex_lock(&lock);
    (void)turn_give(&arbiter, component_of(r, body));
    mutex_unlock(&lock);
    sim_ok(r);
    run();
}

void turns_report(struct request *r)
{
    const struct json *body = sim_body(r);
    if (!body) return;
    int64_t rev = obj_int(body, ".revision", 0), due = obj_int(body, ".nextDue", INT64_MAX);
    mutex_lock(&lock);
    struct str component = component_of(r, body);
    (void)turn_report(&arbiter, component, obj_bool(body, ".quiet", false), rev > 0 ? (uint64_t)rev : 0, due);
    turn_moved(&arbiter, component, (uint64_t)obj_int(body, ".move", 0));
    mutex_unlock(&lock);
    sim_ok(r);
    run();
    advance_go();
}
