/* clock.c - the object clocks/cluster: pause, rate, advance. Kept in memory: a new process starts on the wall clock.
 * Reads: the cluster's clock.
 * Writes: it; the components are told by their control streams. */
#include "apiserver/sim/sim_priv.h"

#include "apiserver/rest/status.h"
#include "base/clk.h"

struct side clocks;

static struct side_entry cluster;             /* never leaves the table */
static pthread_mutex_t set_lock = MUTEX_INIT; /* a change reads the clock and sets it; taken before the table's */

static void clock_write(struct buf *out, const struct side_entry *e)
{
    struct clk_state s;
    char now[CLK_TEXT_MAX];
    (void)e;
    clk_get(&s);
    buf_addf(out, ",\"spec\":{\"paused\":%s,\"rate\":%.15g},\"status\":{\"now\":\"%s\"}", s.paused ? "true" : "false",
             s.rate, clk_rfc3339_micro(s.at_ns, now));
}

void clock_init(void)
{
    static const struct side_kind kind = {.plural = "clocks",
                                          .kind = "Clock",
                                          .list_kind = "ClockList",
                                          .max = 1,
                                          .full_refuses = true,
                                          .write = clock_write};
    cluster = (struct side_entry){0};
    side_init(&clocks, &kind);
    side_watch_init(&clocks);
    side_lock(&clocks);
    (void)side_add(&clocks, &cluster, STR_NULL, STR("cluster"), STR("cluster"));
    side_unlock(&clocks);
}

void clock_write_state(struct buf *out)
{
    struct clk_state s;
    clk_get(&s);
    buf_addf(out, "\"clock\":{\"at\":%lld,\"rate\":%.15g,\"paused\":%s}", (long long)s.at_ns, s.rate,
             s.paused ? "true" : "false");
}

static void changed(void)
{
    side_lock(&clocks);
    side_touch(&clocks, &cluster);
    side_unlock(&clocks);
    control_changed();
}

static void respond(struct request *r, int code)
{
    struct buf text;
    side_lock(&clocks);
    side_text(r, &clocks, &cluster, &text);
    side_unlock(&clocks);
    side_respond(r, code, &clocks, &text);
}

static bool known(struct request *r, struct str name)
{
    if (str_eqc(name, "cluster")) return true;
    sim_not_found(r, &clocks, name);
    return false;
}

static bool is_number(const struct json *j) { return json_is(j, JSON_INT) || json_is(j, JSON_REAL); }

/* The patch's spec into *s; null is the default. False: 422 (in c). */
static bool read_spec(struct check *c, const struct json *body, struct clk_state *s)
{
    const struct json *paused = obj_get(body, ".spec.paused"), *rate = obj_get(body, ".spec.rate");
    if (paused && paused->type != JSON_BOOL && paused->type != JSON_NULL)
        check_invalid(c, "spec.paused", paused, "must be true or false");
    double v = !rate ? s->rate : rate->type == JSON_NULL ? 1 : json_number(rate);
    if (rate && rate->type != JSON_NULL && (!is_number(rate) || !(v > 0 && v <= CLOCK_RATE_MAX)))
        check_invalidf(c, "spec.rate", rate, "must be above 0 and at most %g; to stop the clock set paused",
                       CLOCK_RATE_MAX);
    if (c->count) return false;
    s->rate = v;
    if (paused) s->paused = obj_bool(body, ".spec.paused", false);
    return true;
}

void clock_patch(struct request *r, struct str name)
{
    if (!known(r, name)) return;
    const struct json *body = sim_body(r);
    if (!body) return;
    struct check *c = ARENA_NEW(&r->arena, struct check);
    struct clk_state s;
    check_init(c, &r->arena);
    mutex_lock(&set_lock);
    clk_get(&s);
    bool good = read_spec(c, body, &s);
    if (good) clk_set(&s);
    mutex_unlock(&set_lock);
    if (!good) {
        status_invalid(r, "Clock", SIM_GROUP, name, c);
        rest_finish(r);
        return;
    }
    changed();
    respond(r, 200);
}

void clock_advance(struct request *r, struct str name)
{
    if (!known(r, name)) return;
    const struct json *body = sim_body(r);
    if (!body) return;
    struct str text = obj_str(body, ".duration");
    int64_t by = 0;
    if (!clk_parse_go_duration(text.p ? text.p : "", text.n, &by) || by < 0 || by > CLOCK_ADVANCE_MAX) {
        sim_fail(r, ERR_INVALID,
                 "Clock." SIM_GROUP " \"cluster\" is invalid: duration: Invalid value: \"%.*s\": must be a duration "
                 "such as 30s, at most ten years",
                 STR_ARG(text_cut(text, FACT_TEXT_MAX)));
        return;
    }
    if (!turns_on() && turns_anyone()) {
        if (!advance_start(r, by, clock_respond)) sim_fail(r, ERR_CONFLICT, "the clock is being advanced already");
        return;
    }
    clock_advance_to(clk_ns() + by);
    clock_respond(r);
}

void clock_respond(struct request *r) { respond(r, 201); }

void clock_advance_to(int64_t virtual_ns)
{
    struct clk_state s;
    mutex_lock(&set_lock);
    clk_get(&s);
    s.at_ns = MAX(s.at_ns, virtual_ns);
    clk_set(&s);
    mutex_unlock(&set_lock);
    changed();
}
