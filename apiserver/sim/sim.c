/* sim.c - routes the requests of group sim.kubestep.dev/v1; looks after what is held.
 * Reads: method and path.
 * Writes: nothing itself. */
#include "apiserver/sim/sim_priv.h"
#include "apiserver/sim/stepper.h"

#include "apiserver/rest/query.h"
#include "apiserver/rest/status.h"
#include "base/mono.h"
#include "base/rnd.h"

/* ---- The sweep: deadlines and hang-ups of whatever is held, while something is ---- */

static _Atomic bool sweeping;

static void sweep(void *arg)
{
    (void)arg;
    atomic_store(&sweeping, false);
    int64_t now = mono_ns();
    bool left = gate_sweep(now);
    left = hold_sweep(now) || left;
    left = turns_sweep(now) || left;
    left = reviews_sweep(now) || left;
    left = advance_sweep() || left;
    if (left && !atomic_exchange(&sweeping, true)) stream_at(now + (int64_t)SWEEP_MS * 1000000, sweep, NULL);
}

void sweep_start(void)
{
    if (!atomic_exchange(&sweeping, true)) stream_post(sweep, NULL);
}

/* ---- Life ---- */

void sim_init(const struct sim_options *o)
{
    uint64_t seed = o->seed ? o->seed : rnd_u64();
    side_seed(seed ^ UINT64_C(0x73696465)); /* "side": not the stream that pods' uids come from */
    trace_init(o->textbook);
    gate_init(o->textbook);
    decision_init();
    clock_init();
    turns_init(o->turns, o->advance, seed);
    reviews_open();
}

void sim_shutdown(void)
{
    gate_release_all();
    reset_shutdown();
    turns_release_all();
    reviews_close();
    advance_end();
    trace_release_held();
}

/* ---- Routing ---- */

struct place { /* what stands behind /apis/sim.kubestep.dev/v1/ */
    struct str plural, ns, name, sub;
    int parts; /* of plural, name, sub */
};

static bool parse(struct request *r, struct place *p)
{
    static const char prefix[] = "/apis/" SIM_API_VERSION "/";
    struct str rest = str_from(r->path, sizeof prefix - 1), *const out[] = {&p->plural, &p->name, &p->sub};
    *p = (struct place){0};
    if (!str_starts(r->path, STR(prefix)) || str_chr(rest, '%') != SIZE_MAX)
        return false; /* no name of ours needs escapes */
    if (str_starts(rest, STR("namespaces/"))) {
        (void)str_cut(rest, '/', &rest);
        p->ns = str_cut(rest, '/', &rest);
        if (!p->ns.n) return false;
    }
    while (rest.n && p->parts < 3) {
        *out[p->parts] = str_cut(rest, '/', &rest);
        if (!out[p->parts++]->n) return false;
    }
    return p->parts > 0 && !rest.n;
}

/* Calls without an object behind them, and what is not a plain get, list, watch or delete. */
static const struct call {
    const char *method, *plural, *name, *sub; /* name "*": any; NULL: none */
    bool component_only;
    void (*run)(struct request *r);
    void (*run_named)(struct request *r, struct str name);
} calls[] = {
    {"GET", "control", NULL, NULL, true, control_open, NULL},
    {"GET", "customobjects", NULL, NULL, true, customs_read, NULL},
    {"POST", "control", "ack", NULL, true, gate_ack, NULL},
    {"POST", "control", "take", NULL, true, turns_take, NULL},
    {"POST", "control", "give", NULL, true, turns_give, NULL},
    {"POST", "control", "report", NULL, true, turns_report, NULL},
    {"POST", "control", "reviewed", NULL, true, reviews_reviewed, NULL},
    {"POST", "schedulingreviews", NULL, NULL, false, review_post, NULL},
    {"", "schedulingreviews", "*", NULL, false, NULL, NULL}, /* none is kept: no method is good */
    {"POST", "snapshot", NULL, NULL, false, snapshot_post, NULL},
    {"POST", "reset", NULL, NULL, false, reset_post, NULL},
    {"POST", "decisions", NULL, NULL, true, decision_post, NULL},
    {"POST", "steppers", NULL, NULL, false, gate_create, NULL},
    {"PATCH", "steppers", "*", NULL, false, NULL, gate_patch},
    {"DELETE", "steppers", "*", NULL, false, NULL, gate_delete},
    {"POST", "steppers", "*", "step", false, NULL, gate_step},
    {"POST", "steppers", "*", "park", true, NULL, gate_park},
    {"PATCH", "clocks", "*", NULL, false, NULL, clock_patch},
    {"POST", "clocks", "*", "advance", false, NULL, clock_advance},
};

static bool part_is(struct str part, const char *want)
{
    return want ? part.n && (strcmp(want, "*") == 0 || str_eqc(part, want)) : !part.n;
}

static bool call_is_at(const struct call *c, const struct place *p)
{
    return str_eqc(p->plural, c->plural) && part_is(p->name, c->name) && part_is(p->sub, c->sub);
}

static void forbid(struct request *r)
{
    status_failf(r, ERR_FORBIDDEN, "User \"%.*s\" is none of the cluster's components: only they may do this",
                 STR_ARG(r->user.name));
    rest_finish(r);
}

static void not_allowed(struct request *r)
{
    status_method_not_allowed(r);
    rest_finish(r);
}

static void call(struct request *r, const struct call *c, struct str name)
{
    if (c->component_only && !r->user.component)
        forbid(r);
    else if (c->run)
        c->run(r);
    else
        c->run_named(r, name);
}

/* ---- The tables ---- */

static const struct {
    const char *plural;
    struct side *table;
    bool deletable; /* steppers have a delete of their own */
} tables[] = {{"walks", &walks, true},
              {"decisions", &decisions, true},
              {"steppers", &steppers, false},
              {"clocks", &clocks, false}};

static void use_table(struct request *r, struct side *t, bool deletable, const struct place *p)
{
    bool named = p->name.n > 0, scoped = t->kind->namespaced;
    if ((!scoped && p->ns.n) || p->sub.n || (scoped && named && !p->ns.n)) {
        status_no_route(r);
        rest_finish(r);
    } else if (str_eqc(r->method, "DELETE") && named && deletable) {
        side_delete(r, t, p->ns, p->name);
    } else if (!str_eqc(r->method, "GET")) {
        not_allowed(r);
    } else if (named) {
        side_get(r, t, p->ns, p->name);
    } else if (query_flag(r, "watch")) {
        side_watch(r, t, p->ns);
    } else {
        side_list(r, t, p->ns);
    }
}

void sim_handle(struct request *r)
{
    struct place p;
    bool there = false;
    bool good = parse(r, &p);
    for (size_t i = 0; good && i < ARRAY_LEN(calls); i++) {
        if (p.ns.n || !call_is_at(&calls[i], &p)) continue;
        there = true;
        if (!str_eqc(r->method, calls[i].method)) continue;
        call(r, &calls[i], p.name);
        return;
    }
    for (size_t i = 0; good && i < ARRAY_LEN(tables); i++) {
        if (!str_eqc(p.plural, tables[i].plural)) continue;
        if (there && p.sub.n) break; /* a subresource has no GET */
        use_table(r, tables[i].table, tables[i].deletable, &p);
        return;
    }
    if (there) {
        not_allowed(r);
        return;
    }
    status_no_route(r);
    rest_finish(r);
}
