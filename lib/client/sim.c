/* sim.c - the control stream (clock, steppers, turns, reviews) and the gates of a component.
 * Reads: /apis/sim.kubestep.dev/v1/control.   Writes: the process's clock; acks, parks, answers to reviews. */
#include "sim_priv.h"

#include "base/clk.h"
#include "base/kassert.h"
#include "base/log.h"
#include "base/mono.h"
#include "base/thread.h"

#include <stdlib.h>

bool sim_post(struct sim *s, const char *path, const struct json *body, int64_t timeout_ms, struct err *e)
{
    struct rest_call c = {.method = "POST", .path = path, .body = body, .timeout_ms = timeout_ms};
    return rest_do(s->rest, &c, NULL, e);
}

/* ---- The state ---- */

static void steppers_clear(struct sim *s)
{
    for (int i = 0; i < s->nsteppers; i++) {
        free(s->steppers[i].name);
        free(s->steppers[i].ns);
        free(s->steppers[i].pod);
        free(s->steppers[i].breakpoints);
    }
    s->nsteppers = 0;
}

static char *dup_or_empty(struct str v) { return str_dup(v.p ? v : STR("")); }

static char *list_text(const struct json *list)
{
    struct buf text;
    if (!obj_count(list, "")) return NULL;
    buf_init(&text, SIM_BREAKPOINTS_BYTES);
    json_write(&text, list);
    return buf_take(&text);
}

static void set_steppers(struct sim *s, const struct json *state)
{
    bool points = false;
    mutex_lock(&s->lock);
    steppers_clear(s);
    for (OBJ_EACH(it, state, ".steppers")) {
        if (s->nsteppers == SIM_STEPPERS_MAX) break;
        struct stepper *st = &s->steppers[s->nsteppers++];
        st->name = dup_or_empty(obj_str(it, ".name"));
        st->ns = dup_or_empty(obj_str(it, ".namespace"));
        st->pod = dup_or_empty(obj_str(it, ".pod"));
        st->textbook = obj_is(it, ".flow", "textbook");
        st->step = obj_is(it, ".mode", "step");
        st->points = obj_bool(it, ".points", false);
        st->others_wait = obj_is(it, ".others", "Wait");
        st->components = obj_bool(it, ".components", false);
        st->breakpoints = list_text(obj_get(it, ".breakpoints"));
        points |= st->points;
    }
    atomic_store(&s->points, points);
    atomic_store(&s->stepping, s->nsteppers > 0);
    s->has_state = true;
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

static void set_clock(const struct json *state)
{
    if (!obj_has(state, ".clock.at")) return;
    struct clk_state clock = {.at_ns = obj_int(state, ".clock.at", 0),
                              .paused = obj_bool(state, ".clock.paused", false)};
    clock.rate = obj_has(state, ".clock.rate") ? json_number(obj_get(state, ".clock.rate")) : 1;
    clk_set(&clock);
}

/* ---- Reviews ---- */

static void take_review(struct sim *s, const struct json *review)
{
    mutex_lock(&s->review_lock);
    bool taken = s->on_review != NULL;
    if (taken) s->on_review(s->review_arg, review);
    mutex_unlock(&s->review_lock);
    if (!taken) sim_review_failed(s, obj_int(review, ".id", 0), 503, "the scheduler is not ready");
}

void sim_on_review(struct sim *s, sim_review_fn *fn, void *arg)
{
    mutex_lock(&s->review_lock);
    s->on_review = fn;
    s->review_arg = arg;
    mutex_unlock(&s->review_lock);
}

bool sim_reviewed(struct sim *s, struct str answer, struct err *e)
{
    struct rest_call c = {.method = "POST", .path = SIM_ROOT "/control/reviewed", .raw_body = answer};
    return rest_do(s->rest, &c, NULL, e);
}

void sim_review_failed(struct sim *s, int64_t id, int code, const char *message)
{
    struct arena a AUTO_ARENA = {0};
    struct err e;
    struct json *body = obj_empty(&a);
    obj_put_int(&a, body, ".id", id);
    obj_put_int(&a, body, ".code", code);
    obj_put_cstr(&a, body, ".message", message);
    if (!sim_post(s, SIM_ROOT "/control/reviewed", body, 0, &e))
        LOG_W("review %lld is answered in vain: %s", (long long)id, e.text);
}

/* ---- Lines ---- */

/* A whole state; it is acknowledged once it is in force. */
static bool apply_line(struct sim *s, struct str line, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    if (str_trim(line).n == 0) return true;
    struct json *state = json_parse(&a, line, e);
    if (!state) return err_context(e, "control stream");
    if (obj_has(state, ".review")) {
        take_review(s, obj_get(state, ".review"));
        return true;
    }
    set_clock(state);
    atomic_store(&s->turns, obj_bool(state, ".turns", false));
    atomic_store(&s->move, (uint64_t)obj_int(state, ".move", 0));
    set_steppers(s, state); /* wakes the reporter, too */
    sim_poke(s);
    int64_t generation = obj_int(state, ".generation", 0);
    if (generation && generation == s->acked) return true; /* only the clock is another */
    struct json *ack = obj_empty(&a);
    obj_put_cstr(&a, ack, ".component", s->component);
    obj_put_int(&a, ack, ".generation", generation);
    if (!sim_post(s, SIM_ROOT "/control/ack", ack, 0, e)) return false;
    s->acked = generation;
    return true;
}

/* ---- The control thread ---- */

static bool follow(struct sim *s, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct rest_call c = {.method = "GET", .path = arena_printf(&a, SIM_ROOT "/control?component=%s", s->component)};
    struct http_stream *stream = rest_open(s->rest, &c, e);
    if (!stream) return false;
    struct str line;
    bool any = false;
    s->acked = 0; /* another server may be there now */
    while (http_stream_line(stream, &line, INT64_MAX, e) == 1) {
        struct err bad;
        any = apply_line(s, line, &bad) || any;
        if (!any && !atomic_load(&s->let_go)) LOG_W("%s", bad.text);
    }
    http_stream_close(stream);
    return any;
}

static void *control_run(void *arg)
{
    struct sim *s = arg;
    for (int64_t wait_ms = 0; !atomic_load(&s->let_go);) {
        struct err e = ERR_INIT;
        bool worked = follow(s, &e);
        /* The last state is kept, but nobody may stay parked by a server that is gone. */
        http_interrupt(rest_http(s->rest));
        bool absent = !worked && (e.code == ERR_NOT_FOUND || e.code == ERR_FORBIDDEN || e.code == ERR_NOT_IMPLEMENTED);
        if (absent) {
            atomic_store(&s->stepping, false);
            atomic_store(&s->points, false);
            atomic_store(&s->turns, false);
        }
        wait_ms = worked ? 0 : absent ? SIM_ABSENT_RETRY_MS : MIN(MAX(2 * wait_ms, REFUSED_MIN_MS), REFUSED_MAX_MS);
        if (!http_wait(rest_http(s->rest), wait_ms)) break;
    }
    return NULL;
}

/* ---- Life ---- */

struct sim *sim_start(struct rest *r, const char *component, bool textbook_default)
{
    struct sim *s = xcalloc(1, sizeof *s);
    s->rest = rest_dup(r);
    KASSERT(s->rest);
    s->component = xstrdup(component);
    s->textbook_default = textbook_default;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->review_lock, NULL);
    cond_init_mono(&s->changed);
    s->control = thread_start("sim-control", control_run, s);
    return s;
}

bool sim_wait_control(struct sim *s, int64_t timeout_ms)
{
    int64_t until = mono_ns() + timeout_ms * 1000000;
    mutex_lock(&s->lock);
    while (!s->has_state && !atomic_load(&s->let_go) && cond_wait_until(&s->changed, &s->lock, until)) {}
    bool has = s->has_state;
    mutex_unlock(&s->lock);
    return has;
}

void sim_let_go(struct sim *s)
{
    atomic_store(&s->let_go, true);
    atomic_store(&s->stepping, false);
    atomic_store(&s->points, false);
    atomic_store(&s->turns, false);
    mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
    http_abort(rest_http(s->rest));
}

void sim_stop(struct sim *s)
{
    if (!s) return;
    sim_let_go(s);
    sim_report_stop(s);
    thread_join(s->control);
    steppers_clear(s);
    rest_free(s->rest);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->review_lock);
    free(s->component);
    free(s);
}

/* ---- Gates ---- */

/* The stepper of this pod; its name (arena) when a and it steps. */
static bool find_stepper(struct sim *s, const struct sim_subject *pod, struct stepper *out, struct arena *a)
{
    bool found = false;
    mutex_lock(&s->lock);
    for (int i = 0; i < s->nsteppers && !found; i++) {
        const struct stepper *st = &s->steppers[i];
        found = st->pod[0] && str_eqc(pod->name, st->pod) && str_eqc(pod->ns, st->ns);
        if (found) *out = *st;
        if (found) out->name = a ? arena_strdup(a, st->name) : NULL;
    }
    mutex_unlock(&s->lock);
    return found;
}

bool sim_stepping(struct sim *s, const struct sim_subject *pod)
{
    struct stepper st;
    return s && atomic_load(&s->stepping) && find_stepper(s, pod, &st, NULL) && st.step;
}

bool sim_textbook(struct sim *s, const struct sim_subject *pod)
{
    struct stepper st;
    if (!s) return false;
    return atomic_load(&s->stepping) && find_stepper(s, pod, &st, NULL) ? st.textbook : s->textbook_default;
}

void sim_gate(struct sim *s, enum step step, const struct sim_subject *pod, const struct json *facts,
              const char *message)
{
    struct stepper st;
    struct arena a AUTO_ARENA = {0};
    if (!s || !atomic_load(&s->stepping) || !find_stepper(s, pod, &st, &a) || !st.step) return;
    struct json *body = obj_empty(&a);
    obj_put_int(&a, body, ".step", step);
    obj_put_cstr(&a, body, ".component", s->component);
    obj_put_str(&a, body, ".pod", pod->name);
    obj_put_str(&a, body, ".namespace", pod->ns);
    if (pod->uid.n) obj_put_str(&a, body, ".uid", pod->uid);
    obj_put_cstr(&a, body, ".message", message);
    if (facts) obj_put_copy(&a, body, ".facts", facts);
    const char *path = rest_path(&a, "sim.kubestep.dev/v1/steppers", STR_NULL, str_of(st.name), "park");
    struct err e;
    if (!sim_post(s, path, body, SIM_PARK_MS, &e)) LOG_D("step %d is not held: %s", (int)step, e.text);
}
