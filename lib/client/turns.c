/* turns.c - turns of the deterministic mode, and the report of quietness.
 * Reads: the component's queues by a callback, the clock's next timer.   Writes: control/take, give, report. */
#include "sim_priv.h"

#include "base/clk.h"
#include "base/kassert.h"
#include "base/log.h"
#include "base/mono.h"
#include "base/thread.h"

static _Thread_local bool has_turn;

static struct json *component_body(struct arena *a, const struct sim *s)
{
    struct json *body = obj_empty(a);
    obj_put_cstr(a, body, ".component", s->component);
    return body;
}

void turn_take(struct sim *s, const char *kind, struct str what)
{
    if (!s || !atomic_load_explicit(&s->turns, memory_order_relaxed)) return;
    struct arena a AUTO_ARENA = {0};
    struct err e;
    KASSERT(!has_turn);
    struct json *body = component_body(&a, s);
    obj_put_cstr(&a, body, ".kind", kind);
    obj_put_str(&a, body, ".what", what);
    has_turn = sim_post(s, SIM_ROOT "/control/take", body, SIM_PARK_MS, &e);
    if (!has_turn) LOG_D("no turn for %s %.*s: %s", kind, STR_ARG(what), e.text);
}

void turn_give(struct sim *s)
{
    if (!has_turn) return;
    struct arena a AUTO_ARENA = {0};
    struct err e;
    has_turn = false;
    if (!sim_post(s, SIM_ROOT "/control/give", component_body(&a, s), 0, &e)) LOG_D("giving a turn: %s", e.text);
}

bool sim_turns(const struct sim *s) { return s && atomic_load_explicit(&s->turns, memory_order_relaxed); }

/* ---- Quiet ---- */

struct report { /* what was told last */
    bool told, quiet;
    uint64_t rev, move;
    int64_t due_ns;
};

/* False: there is nobody to tell. */
static bool tell(struct sim *s, struct report *last)
{
    struct report now = {.told = true, .move = atomic_load(&s->move)};
    now.due_ns = clk_next_due_ns(); /* before the queues are looked at: what a timer adds is there then */
    now.quiet = s->is_quiet(s->report_arg) && (!now.move || now.due_ns > clk_ns());
    now.rev = s->seen_rev(s->report_arg);
    if (last->told && now.quiet == last->quiet && now.rev == last->rev && now.due_ns == last->due_ns &&
        now.move == last->move)
        return true;
    struct arena a AUTO_ARENA = {0};
    struct err e;
    struct json *body = component_body(&a, s);
    obj_put_bool(&a, body, ".quiet", now.quiet);
    obj_put_int(&a, body, ".revision", (int64_t)now.rev);
    if (now.move) obj_put_int(&a, body, ".move", (int64_t)now.move);
    if (now.due_ns != INT64_MAX) obj_put_int(&a, body, ".nextDue", now.due_ns);
    if (!sim_post(s, SIM_ROOT "/control/report", body, 0, &e)) return e.code != ERR_NOT_FOUND;
    *last = now;
    return true;
}

static void *report_run(void *arg)
{
    struct sim *s = arg;
    struct report last = {0};
    int64_t not_before_ns = 0;
    mutex_lock(&s->lock);
    while (!atomic_load(&s->let_go)) {
        /* Somebody waits for it: with turns, or while the clock advances. Else nobody is told anything. */
        bool wanted = atomic_load(&s->turns) || atomic_load(&s->move);
        if (!s->dirty || !wanted) {
            cond_wait_until(&s->changed, &s->lock, INT64_MAX);
            continue;
        }
        if (mono_ns() < not_before_ns) {
            cond_wait_until(&s->changed, &s->lock, not_before_ns);
            continue;
        }
        s->dirty = false;
        mutex_unlock(&s->lock);
        bool heard = tell(s, &last);
        not_before_ns = heard ? 0 : mono_ns() + SIM_ABSENT_RETRY_MS * INT64_C(1000000);
        mutex_lock(&s->lock);
    }
    mutex_unlock(&s->lock);
    return NULL;
}

void sim_poke(struct sim *s)
{
    if (!s || !atomic_load_explicit(&s->reporting, memory_order_acquire)) return;
    if (atomic_exchange(&s->dirty, true)) return;
    mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

static void due_changed(void *arg) { sim_poke(arg); }

void sim_report_quiet(struct sim *s, bool (*is_quiet)(void *arg), uint64_t (*seen_rev)(void *arg), void *arg)
{
    if (!s) return;
    KASSERT(!atomic_load(&s->reporting));
    s->is_quiet = is_quiet;
    s->seen_rev = seen_rev;
    s->report_arg = arg;
    atomic_store(&s->dirty, true);
    atomic_store_explicit(&s->reporting, true, memory_order_release);
    s->reporter = thread_start("sim-report", report_run, s);
    clk_on_due_change(due_changed, s);
}

void sim_report_stop(struct sim *s)
{
    if (!s || !atomic_exchange(&s->reporting, false)) return;
    clk_on_due_change(NULL, NULL);
    sim_let_go(s);
    thread_join(s->reporter);
}
