/* advance.c - moves the clock on as if time had passed: from timer to timer, and between two of them until all
 * components are quiet. One big leap would make every lease look expired before its owner could renew it.
 *
 * Each state that components are sent while this is under way carries a number; a component reports with the number
 * that it has applied. A step is over when all are quiet with the newest number twice in a row and nothing was written
 * in between: what the first report could not know of (an event on its way) shows in the second.
 * Reads: the components' reports, the store's revision.
 * Writes: the clock; the response to clocks/NAME/advance. */
#include "apiserver/sim/sim_priv.h"

#include "apiserver/watch/cache.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/mono.h"

static pthread_mutex_t lock = MUTEX_INIT; /* covers all that follows; turns.c's is taken inside it */
static struct request *asked;             /* whose answer waits for the end; NULL: nothing is under way */
static void (*asked_then)(struct request *r);
static int64_t target_ns;
static uint64_t move, last_move;        /* the number components have to report; 0: none */
static uint64_t quiet_rev;              /* the revision at the first of two quiet reports */
static bool confirming;                 /* the second one is awaited */
static int64_t began_ns, step_began_ns; /* real time */
static _Atomic uint64_t told;           /* move, for control lines */

uint64_t advance_move(void) { return atomic_load(&told); }

/* Under the lock. */
static void next_move(bool confirm)
{
    confirming = confirm;
    move = ++last_move;
    if (!confirm) step_began_ns = mono_ns();
    atomic_store(&told, move);
}

static struct request *finish(void)
{
    struct request *r = asked;
    asked = NULL;
    move = 0;
    atomic_store(&told, 0);
    return r;
}

enum advance_act { ADVANCE_WAIT, ADVANCE_ASK_AGAIN, ADVANCE_MOVE, ADVANCE_END };

/* Under the lock: what is to be done now. */
static enum advance_act decide(int64_t *to_ns)
{
    struct clk_state s;
    int64_t due_ns, real = mono_ns();
    if (!asked) return ADVANCE_WAIT;
    bool late = real - step_began_ns > ADVANCE_STEP_WAIT_MS * INT64_C(1000000);
    if (!turns_quiet(move, &due_ns) && !late) return ADVANCE_WAIT;
    uint64_t rev = cache_rev();
    if (!late && (!confirming || rev != quiet_rev)) {
        quiet_rev = rev;
        next_move(true);
        return ADVANCE_ASK_AGAIN;
    }
    if (late) LOG_D("time goes on though a component is busy");
    clk_get(&s);
    if (s.at_ns >= target_ns || request_client_gone(asked)) return ADVANCE_END;
    bool leap = real - began_ns > ADVANCE_MAX_MS * INT64_C(1000000); /* a cluster that never rests */
    int64_t next = MAX(due_ns, s.at_ns + ADVANCE_STEP_MIN_NS);
    *to_ns = leap ? target_ns : MIN(target_ns, MIN(next, s.at_ns + ADVANCE_STEP_MAX_NS));
    next_move(false);
    return ADVANCE_MOVE;
}

void advance_go(void)
{
    int64_t to_ns = 0;
    mutex_lock(&lock);
    enum advance_act act = decide(&to_ns);
    struct request *done = act == ADVANCE_END ? finish() : NULL;
    void (*then)(struct request * r) = asked_then;
    mutex_unlock(&lock);
    if (act == ADVANCE_MOVE)
        clock_advance_to(to_ns);
    else if (act != ADVANCE_WAIT)
        control_changed();
    if (done) request_later(done, then);
}

bool advance_start(struct request *r, int64_t by_ns, void (*then)(struct request *r))
{
    struct clk_state s;
    mutex_lock(&lock);
    bool busy = asked != NULL;
    if (!busy) {
        clk_get(&s);
        asked = r;
        asked_then = then;
        target_ns = s.at_ns + by_ns;
        began_ns = mono_ns();
        next_move(false);
    }
    mutex_unlock(&lock);
    if (busy) return false;
    control_changed();
    sweep_start();
    advance_go();
    return true;
}

bool advance_sweep(void)
{
    advance_go();
    mutex_lock(&lock);
    bool under_way = asked != NULL;
    mutex_unlock(&lock);
    return under_way;
}

void advance_end(void)
{
    mutex_lock(&lock);
    struct request *r = asked ? finish() : NULL;
    void (*then)(struct request * r) = asked_then;
    mutex_unlock(&lock);
    if (r) request_later(r, then);
}
